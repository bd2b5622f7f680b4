import { build, inList, query } from '../store/query.ts'
import type { Store } from '../store/store.ts'

/**
 * What is known of each server we send to: failures in a row, a breaker, and which signature it wants. Five failures within ten minutes
 * open the breaker; then ONE delivery is let through every half hour until the server answers again (federation.md section 3.1).
 *
 * Kept in memory, changed ones written with the results that changed them, so that a restart does not forget who is down. Servers of
 * which there is nothing to say have no entry and no row. Inboxes that answer 404 are remembered in the same table under their URL.
 */

export type Scheme = 'cavage' | 'rfc9421'

const FAILURES = 5
const WINDOW_MS = 10 * 60_000
const OPEN_MS = 30 * 60_000
const SCHEME_TTL_MS = 30 * 24 * 3600_000
/** Not found for so long: then somebody should look whether the people behind the inbox are gone. */
const NOT_FOUND_MS = 3 * 24 * 3600_000
/** Bounded: an attacker with thousands of sub-domains must not grow it for ever (CVE-2026-69132). */
const MOST = 20_000
const FORGOTTEN_MS = 40 * 24 * 3600_000
/** The longest silence a server may ask for: a day (Retry-After), and some. A later time was written under another clock. */
const LONGEST_QUIET_MS = 25 * 3600_000

interface HostState {
  failures: number
  firstFailureAt: number
  /** Nothing goes before: the breaker, or the quiet the server asked for. */
  quietUntil: number
  scheme: Scheme | null
  schemeAt: number
}

const everyRow = query()(() => build.selectFrom('hosts').selectAll().orderBy('updated_at'))
const put = query<{
  host: string
  failures: number
  first: number | null
  open: number | null
  scheme: string | null
  scheme_at: number | null
  success: number | null
  at: number
}>()((p) =>
  build
    .insertInto('hosts')
    .values({
      host: p.host,
      failures: p.failures,
      first_failure_at: p.first,
      open_until: p.open,
      scheme: p.scheme,
      scheme_at: p.scheme_at,
      last_success_at: p.success,
      updated_at: p.at,
    })
    .onConflict((c) =>
      c.column('host').doUpdateSet((e) => ({
        failures: p.failures,
        first_failure_at: p.first,
        open_until: p.open,
        scheme: p.scheme,
        scheme_at: p.scheme_at,
        last_success_at: e.fn.coalesce('excluded.last_success_at', 'hosts.last_success_at'),
        updated_at: p.at,
      })),
    ),
)
const drop = query<{ hosts: string[] }>()((p) => build.deleteFrom('hosts').where('host', 'in', inList(p.hosts)))
const dropOld = query<{ before: number }>()((p) => build.deleteFrom('hosts').where('updated_at', '<', p.before))

export interface Hosts {
  /** Which signature this server took last; null: not known (any more). */
  schemeOf(host: string): Scheme | null
  /** Nothing may go to it before this time; 0 if it may now. */
  quietUntil(host: string): number
  /** Its breaker has opened and no answer has come since: one delivery at a time finds out. */
  probing(host: string): boolean
  /** It has failed lately. */
  failing(host: string): boolean
  /** It took a delivery. True if it had been failing: what waits for it may go now. */
  succeeded(host: string, scheme: Scheme): boolean
  /** It answered, if only with a refusal: it is alive. True as above. */
  answered(host: string): boolean
  failed(host: string): void
  /** It asked for quiet. */
  silence(host: string, until: number): void
  /** The owner wants to try now: the breaker lets one through. */
  forgive(host: string): void
  /** This inbox answered 404. True once that has gone on for days: nobody may be there any more. */
  notFound(inbox: string): boolean
  /** This inbox took a delivery. */
  found(inbox: string): void
  /** Writes what has changed; inside a transaction. A rollback leaves it to the next call. */
  save(): void
  /** Forgets what nobody has needed for weeks. */
  purge(): void
}

export function openHosts(store: Store, now: () => number, preferred: Scheme): Hosts {
  const known = new Map<string, HostState>()
  const changed = new Set<string>()
  for (const row of everyRow.all(store)) {
    known.set(row.host, {
      failures: row.failures,
      firstFailureAt: row.first_failure_at ?? 0,
      quietUntil: row.open_until ?? 0,
      scheme: row.scheme as Scheme | null,
      schemeAt: row.scheme_at ?? 0,
    })
  }

  const change = (host: string, next: Partial<HostState>): void => {
    const before = known.get(host) ?? { failures: 0, firstFailureAt: 0, quietUntil: 0, scheme: null, schemeAt: 0 }
    const state = { ...before, ...next }
    changed.add(host)
    if (state.failures > 0 || state.quietUntil > now() || state.scheme) known.set(host, state)
    else known.delete(host)
    while (known.size > MOST) {
      const oldest = known.keys().next().value as string
      known.delete(oldest)
      changed.add(oldest)
    }
  }

  const schemeOf = (host: string): Scheme | null => {
    const state = known.get(host)
    return state?.scheme && now() - state.schemeAt < SCHEME_TTL_MS ? state.scheme : null
  }

  const answered = (host: string): boolean => {
    const state = known.get(host)
    if (!state || state.failures === 0) return false
    // A quiet that was asked for stays; one that the breaker made ends.
    change(host, { failures: 0, quietUntil: state.failures >= FAILURES ? 0 : state.quietUntil })
    return true
  }

  return {
    schemeOf,
    quietUntil(host) {
      const until = known.get(host)?.quietUntil ?? 0
      return until > now() && until < now() + LONGEST_QUIET_MS ? until : 0
    },
    probing: (host) => (known.get(host)?.failures ?? 0) >= FAILURES,
    failing: (host) => (known.get(host)?.failures ?? 0) > 0,
    answered,
    succeeded(host, scheme) {
      const recovered = answered(host)
      // Preferred ones are not worth a row, unless something else stands there.
      if (scheme !== (schemeOf(host) ?? preferred)) change(host, { scheme: scheme === preferred ? null : scheme, schemeAt: now() })
      return recovered
    },
    failed(host) {
      const state = known.get(host)
      const at = now()
      const stale = !state || state.failures === 0 || (state.failures < FAILURES && Math.abs(at - state.firstFailureAt) > WINDOW_MS)
      const failures = stale ? 1 : state.failures + 1
      change(host, {
        failures,
        firstFailureAt: stale ? at : state.firstFailureAt,
        quietUntil: Math.max(failures >= FAILURES ? at + OPEN_MS : 0, state?.quietUntil ?? 0),
      })
    },
    silence(host, until) {
      change(host, { quietUntil: Math.max(until, known.get(host)?.quietUntil ?? 0) })
    },
    forgive(host) {
      if ((known.get(host)?.quietUntil ?? 0) > 0) change(host, { quietUntil: 0 })
    },
    notFound(inbox) {
      const state = known.get(inbox)
      const first = state && state.firstFailureAt <= now() ? state.firstFailureAt : now()
      change(inbox, { failures: (state?.failures ?? 0) + 1, firstFailureAt: first })
      return now() - first >= NOT_FOUND_MS
    },
    found(inbox) {
      if (known.has(inbox)) change(inbox, { failures: 0 })
    },
    save() {
      if (changed.size === 0) return
      const at = now()
      const gone: string[] = []
      for (const host of changed) {
        const state = known.get(host)
        if (!state) {
          gone.push(host)
          continue
        }
        put.run(store, {
          host,
          failures: state.failures,
          first: state.failures > 0 ? state.firstFailureAt : null,
          open: state.quietUntil > 0 ? state.quietUntil : null,
          scheme: state.scheme,
          scheme_at: state.scheme ? state.schemeAt : null,
          success: state.failures === 0 ? at : null,
          at,
        })
      }
      if (gone.length > 0) drop.run(store, { hosts: gone })
      store.afterCommit(() => changed.clear())
    },
    purge() {
      const before = now() - FORGOTTEN_MS
      for (const [host, state] of known) {
        if (Math.max(state.firstFailureAt, state.schemeAt, state.quietUntil) < before) known.delete(host)
      }
      dropOld.run(store, { before })
    },
  }
}
