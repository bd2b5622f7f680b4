import { build, query, sql } from '../store/query.ts'
import type { Store } from '../store/store.ts'
import type { FailureCode } from './policy.ts'

/**
 * What is known of each server we send to: how many deliveries it took, failures in a row, a breaker, and which signature it wants. Five
 * failures within ten minutes open the breaker; then ONE delivery is let through every half hour until the server answers again
 * (federation.md section 3.1). What is held against a server is forgotten after a week without a failure (CVE-2026-69132).
 *
 * Kept in memory where something is out of the ordinary, written with the results that changed it, so that a restart does not forget who
 * is down. Counts and last words are in the table alone.
 */

export type Scheme = 'cavage' | 'rfc9421'

const FAILURES = 5
const WINDOW_MS = 10 * 60_000
const OPEN_MS = 30 * 60_000
const HELD_AGAINST_MS = 7 * 24 * 3600_000
const SCHEME_TTL_MS = 30 * 24 * 3600_000
/** Bounded: an attacker with thousands of sub-domains must not grow it for ever (CVE-2026-69132). */
const MOST = 20_000
const FORGOTTEN_MS = 40 * 24 * 3600_000
/** The longest silence a server may ask for: a day (Retry-After), and some. A later time was written under another clock. */
const LONGEST_QUIET_MS = 25 * 3600_000

interface HostState {
  failures: number
  firstFailureAt: number
  lastFailureAt: number
  /** Nothing goes before: the breaker, or the quiet the server asked for. */
  quietUntil: number
  scheme: Scheme | null
  schemeAt: number
}

/** How the last delivery that did not arrive ended. */
export interface Trouble {
  code: FailureCode
  status: number | null
}

const notableRows = query()(() =>
  build
    .selectFrom('hosts')
    .selectAll()
    .where((e) => e.or([e('failures', '>', 0), e('open_until', 'is not', null), e('scheme', 'is not', null)]))
    .orderBy('updated_at'),
)
const put = query<{
  host: string
  failures: number
  first: number | null
  open: number | null
  scheme: string | null
  scheme_at: number | null
  failed_at: number | null
  error: string | null
  status: number | null
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
      last_failure_at: p.failed_at,
      last_error: p.error,
      last_status: p.status,
      updated_at: p.at,
    })
    .onConflict((c) =>
      c.column('host').doUpdateSet({
        failures: p.failures,
        first_failure_at: p.first,
        open_until: p.open,
        scheme: p.scheme,
        scheme_at: p.scheme_at,
        last_failure_at: sql<number | null>`coalesce(excluded.last_failure_at, hosts.last_failure_at)`,
        last_status: sql<number | null>`case when excluded.last_error is null then hosts.last_status else excluded.last_status end`,
        last_error: sql<string | null>`coalesce(excluded.last_error, hosts.last_error)`,
        updated_at: p.at,
      }),
    ),
)
/** Many at once: `[[host, deliveries], …]`. */
const countUp = query<{ counts: string; at: number }>()((p) =>
  build
    .insertInto('hosts')
    .columns(['host', 'delivered', 'last_success_at', 'updated_at'])
    .expression((e) =>
      e
        .selectFrom(sql<{ value: string }>`json_each(${p.counts})`.as('j'))
        .select([
          sql<string>`j.value ->> 0`.as('host'),
          sql<number>`j.value ->> 1`.as('delivered'),
          sql<number>`${p.at}`.as('last_success_at'),
          sql<number>`${p.at}`.as('updated_at'),
        ])
        // Without a condition, SQLite takes `on conflict` for the `on` of a join.
        .where(sql<boolean>`true`),
    )
    .onConflict((c) =>
      c.column('host').doUpdateSet({
        delivered: sql<number>`hosts.delivered + excluded.delivered`,
        last_success_at: sql<number>`excluded.last_success_at`,
        updated_at: sql<number>`excluded.updated_at`,
      }),
    ),
)
const dropOld = query<{ before: number; most: number }>()((p) =>
  build
    .deleteFrom('hosts')
    .where((e) =>
      e.or([
        e('updated_at', '<', p.before),
        e('host', 'in', e.selectFrom('hosts').select('host').orderBy('updated_at', 'desc').limit(-1).offset(p.most)),
      ]),
    ),
)

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
  /** What it said, or that it said nothing: for the owner to see. */
  troubled(host: string, trouble: Trouble): void
  /** It asked for quiet. */
  silence(host: string, until: number): void
  /** The owner wants to try now: the breaker lets one through. */
  forgive(host: string): void
  /** Nothing is held against it any more. */
  forget(host: string): void
  /** Writes what has changed; inside a transaction. A rollback leaves it to the next call. */
  save(): void
  /** Forgets what nobody has needed for weeks. */
  purge(): void
}

export function openHosts(store: Store, now: () => number, preferred: Scheme): Hosts {
  const known = new Map<string, HostState>()
  const changed = new Set<string>()
  /** Deliveries and troubles since the last save. */
  const taken = new Map<string, number>()
  const troubles = new Map<string, Trouble & { at: number }>()
  for (const row of notableRows.all(store)) {
    known.set(row.host, {
      failures: row.failures,
      firstFailureAt: row.first_failure_at ?? 0,
      lastFailureAt: row.last_failure_at ?? row.first_failure_at ?? 0,
      quietUntil: row.open_until ?? 0,
      scheme: row.scheme as Scheme | null,
      schemeAt: row.scheme_at ?? 0,
    })
  }

  const change = (host: string, next: Partial<HostState>): void => {
    const before = known.get(host) ?? { failures: 0, firstFailureAt: 0, lastFailureAt: 0, quietUntil: 0, scheme: null, schemeAt: 0 }
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

  /** Failures that still count. */
  const failuresOf = (host: string): number => {
    const state = known.get(host)
    return state && Math.abs(now() - state.lastFailureAt) < HELD_AGAINST_MS ? state.failures : 0
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
    probing: (host) => failuresOf(host) >= FAILURES,
    failing: (host) => failuresOf(host) > 0,
    answered,
    succeeded(host, scheme) {
      taken.set(host, (taken.get(host) ?? 0) + 1)
      const recovered = answered(host)
      // Preferred ones are not worth remembering, unless something else stands there.
      if (scheme !== (schemeOf(host) ?? preferred)) change(host, { scheme: scheme === preferred ? null : scheme, schemeAt: now() })
      return recovered
    },
    failed(host) {
      const state = known.get(host)
      const at = now()
      const before = failuresOf(host)
      const stale = !state || before === 0 || (before < FAILURES && Math.abs(at - state.firstFailureAt) > WINDOW_MS)
      const failures = stale ? 1 : before + 1
      change(host, {
        failures,
        firstFailureAt: stale ? at : state.firstFailureAt,
        lastFailureAt: at,
        quietUntil: Math.max(failures >= FAILURES ? at + OPEN_MS : 0, state?.quietUntil ?? 0),
      })
    },
    troubled(host, trouble) {
      troubles.set(host, { ...trouble, at: now() })
      changed.add(host)
    },
    silence(host, until) {
      change(host, { quietUntil: Math.max(until, known.get(host)?.quietUntil ?? 0) })
    },
    forgive(host) {
      if ((known.get(host)?.quietUntil ?? 0) > 0) change(host, { quietUntil: 0 })
    },
    forget(host) {
      if (known.has(host)) change(host, { failures: 0, quietUntil: 0 })
    },
    save() {
      if (changed.size === 0 && taken.size === 0) return
      const at = now()
      for (const host of changed) {
        const state = known.get(host)
        const trouble = troubles.get(host)
        put.run(store, {
          host,
          failures: state?.failures ?? 0,
          first: state && state.failures > 0 ? state.firstFailureAt : null,
          open: state && state.quietUntil > 0 ? state.quietUntil : null,
          scheme: state?.scheme ?? null,
          scheme_at: state?.scheme ? state.schemeAt : null,
          failed_at: trouble?.at ?? null,
          error: trouble?.code ?? null,
          status: trouble?.status ?? null,
          at,
        })
      }
      if (taken.size > 0) countUp.run(store, { counts: JSON.stringify([...taken]), at })
      store.afterCommit(() => {
        changed.clear()
        taken.clear()
        troubles.clear()
      })
    },
    purge() {
      const before = now() - FORGOTTEN_MS
      for (const [host, state] of known) {
        if (Math.max(state.lastFailureAt, state.schemeAt, state.quietUntil) < before) known.delete(host)
      }
      dropOld.run(store, { before, most: MOST })
    },
  }
}
