import { knownInboxes, markGone } from '../domain/posts.ts'
import { accountSeen, loadAccounts, missingAccount } from '../domain/accounts.ts'
import { budget } from './fetching.ts'
import { hostOf, typesOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { InboxReports, Log } from '../domain/ports.ts'
import type { Remote } from './remote.ts'

/**
 * What becomes of people whose inbox says it is gone or has moved. Only their own actor's word removes somebody: 410 or a Tombstone at
 * its address, or 404 twice, a day apart, on top of an inbox that has said so for days, from a server that is there (NodeInfo). One 404,
 * an outage, another server's page: nobody is removed for it (federation.md 3.1).
 */
export interface Absences extends InboxReports {
  inboxDoubtful(inbox: string): void
  settled(): Promise<void>
  stop(): void
}

/** People of one inbox looked up for one report; the others have their turn with the next. */
const MAX_PEOPLE = 50
/** The same person is not asked after again so soon. */
const AGAIN_MS = 3600_000

export function openAbsences(parts: {
  domain: Domain
  remote: Remote
  forgetActor: (uri: string) => void
  /** Whether a server answers at all: the 404 of a sleeping laptop's tunnel says nothing. */
  alive: (host: string) => Promise<boolean>
  log: Log
}): Absences {
  const { domain: d, remote, forgetActor, alive, log } = parts
  const asked = new Map<string, number>()
  let working = Promise.resolve()
  let stopped = false

  async function look(accountId: number, uri: string, mayGo: boolean): Promise<void> {
    const found = await remote.document(uri, budget())
    const tombstone = typeof found === 'object' && found.json.id === uri && typesOf(found.json).includes('Tombstone')
    const missing = found === 'missing' && mayGo && (await alive(hostOf(uri))) && missingAccount(d, accountId)
    if (mayGo && (found === 'gone' || tombstone || missing)) {
      log.info({ actor: uri }, 'an account is gone')
      await d.store.groupCommit(() => void markGone(d, uri))
      forgetActor(uri)
    } else if (!tombstone && typeof found === 'object') {
      accountSeen(d, accountId)
      await remote.actor(uri, budget(), { fresh: true, document: found.json })
    }
  }

  function report(inbox: string, mayGo: boolean): void {
    const people = knownInboxes(d).filter((one) => one.inbox === inbox || one.sharedInbox === inbox)
    const accounts = loadAccounts(
      d,
      people.slice(0, MAX_PEOPLE).map((one) => one.accountId),
    )
    for (const { id, uri } of accounts.values()) {
      if (uri === null || (asked.get(uri) ?? 0) > d.now() - AGAIN_MS) continue
      if (asked.size > 5_000) asked.clear()
      asked.set(uri, d.now())
      working = working.then(async () => {
        if (stopped) return
        try {
          await look(id, uri, mayGo)
        } catch (error) {
          log.info({ actor: uri, error: (error as Error).message }, 'an account behind a closed inbox could not be asked for')
        }
      })
    }
  }

  return {
    inboxGone: (inbox) => report(inbox, true),
    inboxDoubtful: (inbox) => report(inbox, false),
    settled: () => working,
    stop() {
      stopped = true
    },
  }
}
