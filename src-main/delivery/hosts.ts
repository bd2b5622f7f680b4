import { build, query } from '../store/query.ts'
import type { Store } from '../store/store.ts'

/**
 * What is known of each server we send to: failures in a row, a breaker, and which signature it wants. Five failures within ten minutes
 * open the breaker; then one delivery is let through every half hour until one succeeds (federation.md section 3.1).
 */

export type Scheme = 'cavage' | 'rfc9421'

const FAILURES = 5
const WINDOW_MS = 10 * 60_000
const OPEN_MS = 30 * 60_000
const SCHEME_TTL_MS = 30 * 24 * 3600_000

interface HostState {
  failures: number
  firstFailureAt: number
  openUntil: number
  scheme: Scheme | null
  schemeAt: number
}

const row = query<{ host: string }>()((p) => build.selectFrom('hosts').selectAll().where('host', '=', p.host))
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

export interface Hosts {
  schemeOf(host: string): Scheme | null
  /** Inside the transaction that records the delivery. True if the host had been failing: what waits for it may go now. */
  succeeded(host: string, scheme: Scheme): boolean
  /** Returns when the breaker closes again, if this failure opened it (or found it open). */
  failed(host: string): number | null
}

/** In memory with a copy in the database, so that a restart does not forget who is down. */
export function openHosts(store: Store, now: () => number, preferred: Scheme): Hosts {
  const known = new Map<string, HostState>()
  const stateOf = (host: string): HostState => {
    let state = known.get(host)
    if (!state) {
      const saved = row.get(store, { host })
      state = {
        failures: saved?.failures ?? 0,
        firstFailureAt: saved?.first_failure_at ?? 0,
        openUntil: saved?.open_until ?? 0,
        scheme: (saved?.scheme as Scheme | null) ?? null,
        schemeAt: saved?.scheme_at ?? 0,
      }
      // Bounded: thousands of sub-domains must not grow it for ever (CVE-2026-69132).
      if (known.size >= 20_000) known.delete(known.keys().next().value as string)
      known.set(host, state)
    }
    return state
  }
  const save = (host: string, state: HostState, success: number | null) =>
    put.run(store, {
      host,
      failures: state.failures,
      first: state.failures > 0 ? state.firstFailureAt : null,
      open: state.openUntil > 0 ? state.openUntil : null,
      scheme: state.scheme,
      scheme_at: state.scheme ? state.schemeAt : null,
      success,
      at: now(),
    })

  return {
    schemeOf(host) {
      const state = stateOf(host)
      return state.scheme && now() - state.schemeAt < SCHEME_TTL_MS ? state.scheme : null
    },
    succeeded(host, scheme) {
      const state = stateOf(host)
      const wasFailing = state.failures > 0
      const learned = scheme !== (state.scheme ?? preferred)
      if (!wasFailing && !learned) return false
      state.failures = 0
      state.openUntil = 0
      if (learned) {
        state.scheme = scheme
        state.schemeAt = now()
      }
      save(host, state, now())
      return wasFailing
    },
    failed(host) {
      const state = stateOf(host)
      const at = now()
      if (state.failures === 0 || (at - state.firstFailureAt > WINDOW_MS && state.failures < FAILURES)) {
        state.failures = 0
        state.firstFailureAt = at
      }
      state.failures++
      if (state.failures >= FAILURES) state.openUntil = at + OPEN_MS
      save(host, state, null)
      return state.openUntil > at ? state.openUntil : null
    },
  }
}
