import { loadAccounts } from '../domain/accounts.ts'
import { knownInboxes } from '../domain/recipients.ts'
import { build, inList, query } from '../store/query.ts'
import type { Domain } from '../domain/domain.ts'

/**
 * Inboxes that say nobody is there (404, 410) or that redirect, and since when: the evidence a follower is removed by (federation.md
 * section 3.1). One 404 proves nothing: localtunnel answers so for whoever sleeps. Kept in memory and in the table `suspects`.
 */

/** Not found for so long: then somebody should look whether the people behind the inbox are gone. */
const LASTING_MS = 3 * 24 * 3600_000
/** Evidence that nobody has repeated for so long is none. */
const FORGOTTEN_MS = 40 * 24 * 3600_000
/** Bounded: one attacker may have thousands of inboxes. */
const MOST = 20_000

interface Suspect {
  status: number
  since: number
  seenAt: number
  /** Accounts that were behind it when it began to redirect. */
  people: number[] | null
}

const everyRow = query()(() => build.selectFrom('suspects').selectAll().orderBy('seen_at'))
const put = query<{ inbox: string; status: number; since: number; seen_at: number; people: string | null }>()((p) =>
  build
    .insertInto('suspects')
    .values({ inbox: p.inbox, status: p.status, since: p.since, seen_at: p.seen_at, people: p.people })
    .onConflict((c) => c.column('inbox').doUpdateSet({ status: p.status, since: p.since, seen_at: p.seen_at, people: p.people })),
)
const drop = query<{ inboxes: string[] }>()((p) => build.deleteFrom('suspects').where('inbox', 'in', inList(p.inboxes)))

export interface Suspects {
  /** This inbox answered 404 or 410. True once that has gone on for three days (410: at once): nobody may be there any more. */
  absent(inbox: string, status: number): boolean
  /** This inbox redirects: whoever is behind it now is remembered. */
  redirects(inbox: string, status: number): void
  /** This inbox took a delivery. */
  found(inbox: string): void
  /** Where the people of an inbox that redirects are now; null: it does not, or they are still there as far as is known. */
  movedTo(inbox: string): string[] | null
  /** Writes what has changed; inside a transaction. A rollback leaves it to the next call. */
  save(): void
  /** Forgets what nobody has seen for weeks. */
  purge(): void
}

export function openSuspects(domain: Domain, now: () => number): Suspects {
  const { store } = domain
  const known = new Map<string, Suspect>()
  const changed = new Set<string>()
  for (const row of everyRow.all(store)) {
    const people = row.people === null ? null : (JSON.parse(row.people) as number[])
    known.set(row.inbox, { status: row.status, since: row.since, seenAt: row.seen_at, people })
  }

  const forget = (inbox: string): void => {
    if (known.delete(inbox)) changed.add(inbox)
  }
  const note = (inbox: string, suspect: Suspect): void => {
    known.delete(inbox)
    known.set(inbox, suspect)
    changed.add(inbox)
    while (known.size > MOST) forget(known.keys().next().value as string)
  }
  const behind = (inbox: string): number[] =>
    knownInboxes(domain)
      .filter((one) => one.inbox === inbox || one.sharedInbox === inbox)
      .map((one) => one.accountId)

  return {
    absent(inbox, status) {
      const at = now()
      const before = known.get(inbox)
      // A redirect is no absence; a time in the future was written under another clock.
      const since = before && before.people === null && before.since <= at ? before.since : at
      note(inbox, { status, since, seenAt: at, people: null })
      return status === 410 || at - since >= LASTING_MS
    },
    redirects(inbox, status) {
      const before = known.get(inbox)
      if (before?.people && before.people.length > 0) return
      note(inbox, { status, since: now(), seenAt: now(), people: behind(inbox) })
    },
    found: forget,
    movedTo(inbox) {
      const people = known.get(inbox)?.people
      if (!people || people.length === 0) return null
      const inboxes = new Set<string>()
      for (const { inbox: personal, sharedInbox } of loadAccounts(domain, people).values()) {
        if (personal === inbox || sharedInbox === inbox) return null
        const target = sharedInbox ?? personal
        if (target) inboxes.add(target)
      }
      return inboxes.size > 0 ? [...inboxes] : null
    },
    save() {
      if (changed.size === 0) return
      const gone: string[] = []
      for (const inbox of changed) {
        const suspect = known.get(inbox)
        if (!suspect) gone.push(inbox)
        else {
          const { status, since, seenAt, people } = suspect
          put.run(store, { inbox, status, since, seen_at: seenAt, people: people && JSON.stringify(people) })
        }
      }
      if (gone.length > 0) drop.run(store, { inboxes: gone })
      store.afterCommit(() => changed.clear())
    },
    purge() {
      for (const [inbox, { seenAt }] of known) if (seenAt < now() - FORGOTTEN_MS) forget(inbox)
      store.transaction(() => this.save())
    },
  }
}
