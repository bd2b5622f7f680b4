import { build, inList, query, sql } from '../store/query.ts'
import { LONGEST_WAIT } from './policy.ts'
import type { Before, FailureCode } from './policy.ts'
import type { Store } from '../store/store.ts'

/**
 * The rows of `deliveries`: one per activity and distinct inbox it still has to reach, gone once it is there. A kill at any point leaves
 * either the row or the delivery, never neither; a repeat carries the same activity id and the peer drops it.
 *
 * Order in an inbox: creation order. A delivery waits for every earlier one of its object (an edit never overtakes its post), and for any
 * earlier one that has been tried fewer than four times, about seven minutes: a short outage changes no order. After that an inbox goes
 * on without the one that fails, whose retries last a week. What is spread over minutes on purpose holds nothing else back.
 */

export interface Row extends Before {
  id: number
  outgoingId: number
  inbox: string
  host: string
}

/** An inbox and the authority it is at. */
export interface Address {
  inbox: string
  host: string
}

export type Change =
  | { kind: 'delivered'; id: number; outgoingId: number }
  | { kind: 'again'; id: number; outgoingId: number; at: number; attempts: number; code: FailureCode; status: number | null }
  | { kind: 'given-up'; id: number; outgoingId: number; code: FailureCode; status: number | null }

export interface Failure {
  host: string
  code: FailureCode
  status: number | null
  at: number
  final: boolean
}

/** So often an earlier delivery is tried before others of its inbox may pass. */
const ORDERLY_TRIES = 4
const SHOWN_FAILURES = 50

const insertRows = query<{ outgoing: number; key: string; at: number; step: number; rows: string }>()((p) =>
  build
    .insertInto('deliveries')
    .columns(['outgoing_id', 'inbox', 'host', 'object_key', 'next_at'])
    .expression((e) =>
      e
        .selectFrom(sql<{ value: string }>`json_each(${p.rows})`.as('j'))
        .select([
          sql<number>`${p.outgoing}`.as('outgoing_id'),
          sql<string>`j.value ->> 0`.as('inbox'),
          sql<string>`j.value ->> 1`.as('host'),
          sql<string>`${p.key}`.as('object_key'),
          sql<number>`${p.at} + cast(j.key * ${p.step} as integer)`.as('next_at'),
        ]),
    ),
)
const inboxRows = query()(() =>
  build
    .selectFrom('deliveries')
    .select(['inbox', 'host', (e) => e.fn.min('next_at').as('at')])
    .where('failed_at', 'is', null)
    .groupBy('inbox'),
)
const inboxesOf = query<{ outgoing: number }>()((p) =>
  build.selectFrom('deliveries').select(['inbox', 'host']).where('outgoing_id', '=', p.outgoing).where('failed_at', 'is', null),
)
const headRows = query<{ inboxes: string[] }>()((p) =>
  build
    .selectFrom(sql<{ value: string }>`json_each(${p.inboxes})`.as('j'))
    .innerJoin('deliveries as d', (join) =>
      join.on(
        'd.id',
        '=',
        sql<number>`(select e.id from deliveries e where e.inbox = j.value and e.failed_at is null order by e.id limit 1)`,
      ),
    )
    .select(['d.id', 'd.outgoing_id as outgoingId', 'd.inbox', 'd.host', 'd.attempts', 'd.error', 'd.waited', 'd.next_at as at']),
)
const rowsOfInbox = query<{ inbox: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['id', 'outgoing_id as outgoingId', 'inbox', 'host', 'attempts', 'error', 'waited', 'next_at as at', 'object_key as key'])
    .where('inbox', '=', p.inbox)
    .where('failed_at', 'is', null)
    .orderBy('id'),
)
const removeRows = query<{ outgoing: number; ids: number[] }>()((p) =>
  build.deleteFrom('deliveries').where('id', 'in', inList(p.ids)).where('outgoing_id', '=', p.outgoing),
)
const retryLater = query<{ id: number; at: number; wait: number; attempts: number; error: string; status: number | null }>()((p) =>
  build
    .updateTable('deliveries')
    .set((e) => ({ next_at: p.at, error: p.error, status: p.status, attempts: p.attempts, waited: e('waited', '+', p.wait) }))
    .where('id', '=', p.id)
    .where('failed_at', 'is', null),
)
const giveUp = query<{ id: number; at: number; error: string; status: number | null }>()((p) =>
  build
    .updateTable('deliveries')
    .set((e) => ({ failed_at: p.at, error: p.error, status: p.status, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id)
    .where('failed_at', 'is', null),
)
const freeHost = query<{ host: string; now: number }>()((p) =>
  build
    .updateTable('deliveries')
    // What is not waited to its end is not counted: a server that comes and goes does not use up its own mail's patience.
    .set((e) => ({ next_at: p.now, waited: sql<number>`max(0, ${e.ref('waited')} - (${e.ref('next_at')} - ${p.now}))` }))
    .where('host', '=', p.host)
    .where('failed_at', 'is', null)
    .where('next_at', '>', p.now)
    // What its server refused or asked us to slow down with was no outage.
    .where('error', 'in', ['no-answer', 'timeout', 'refused', 'server-error', 'tls', 'dns']),
)
const again = query<{ outgoing: number; now: number }>()((p) =>
  build.updateTable('deliveries').set({ failed_at: null, next_at: p.now, attempts: 0, waited: 0 }).where('outgoing_id', '=', p.outgoing),
)
const ofInbox = query<{ inbox: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['id', 'outgoing_id as outgoingId', 'object_key as key'])
    .where('inbox', '=', p.inbox)
    .where('failed_at', 'is', null)
    .orderBy('id'),
)
const redirect = query<{ id: number; inbox: string; host: string; now: number }>()((p) =>
  build
    .updateTable('deliveries')
    .set({ inbox: p.inbox, host: p.host, next_at: p.now, attempts: 0, error: null, status: null })
    .where('id', '=', p.id),
)
const goesTo = query<{ outgoing: number; inbox: string }>()((p) =>
  build.selectFrom('deliveries').select('id').where('outgoing_id', '=', p.outgoing).where('inbox', '=', p.inbox),
)
const untouched = query<{ outgoing: number }>()((p) =>
  build
    .selectFrom('deliveries')
    .select((e) => [e.fn.countAll<number>().as('all'), sql<number>`total(error is not null)`.as('tried')])
    .where('outgoing_id', '=', p.outgoing),
)
const superseded = query<{ key: string; kinds: string[]; before: number; inboxes: string[]; flying: number[] }>()((p) =>
  build
    .selectFrom('outgoing as o')
    .innerJoin('deliveries as d', 'd.outgoing_id', 'o.id')
    .select(['d.id', 'd.outgoing_id as outgoingId'])
    .where('o.object_key', '=', p.key)
    .where('o.state', '=', 'sending')
    .where('o.kind', 'in', inList(p.kinds))
    .where('o.id', '<', p.before)
    .where('d.failed_at', 'is', null)
    .where('d.inbox', 'in', inList(p.inboxes))
    .where('d.id', 'not in', inList(p.flying)),
)
const troubles = query<{ outgoing: number; limit: number }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['host', 'error', 'status', 'failed_at'])
    .where('outgoing_id', '=', p.outgoing)
    .where('error', 'is not', null)
    .orderBy('id')
    .limit(p.limit),
)
const nextOf = query<{ outgoing: number }>()((p) =>
  build
    .selectFrom('deliveries as d')
    .leftJoin('hosts as h', 'h.host', 'd.host')
    .select(sql<number | null>`min(max(d.next_at, coalesce(h.open_until, 0)))`.as('at'))
    .where('d.outgoing_id', '=', p.outgoing)
    .where('d.failed_at', 'is', null),
)

type Timed = Row & { at: number }

export interface Rows {
  /** Rows for inboxes, in this order; inside a transaction. `spread`: the first is due at `at`, each other `step` milliseconds later. */
  add(outgoing: { id: number; key: string }, inboxes: readonly Address[], spread?: { at: number; step: number }): void
  /** Every inbox that something waits for, and when it is due. */
  inboxes(): (Address & { at: number })[]
  inboxesOf(outgoingId: number): Address[]
  /** What may go to each of these inboxes now; a time: not before; null: nothing waits. */
  next(inboxes: readonly string[]): Map<string, Row | number | null>
  /**
   * Writes results; inside a transaction. Returns per activity how many rows really went or were given up: a result of a row that is not there any
   * more counts for nothing.
   */
  apply(changes: readonly Change[]): Map<number, { delivered: number; failed: number }>
  /** A server has come back: what its outage put off may go now. */
  freeHost(host: string): void
  /** Starts all rows of an activity over, those given up too. */
  restart(outgoingId: number): void
  /** Removes what a later activity of the same object makes pointless at these inboxes; returns how many rows per activity. */
  supersede(by: {
    id: number
    key: string
    kinds: readonly string[]
    inboxes: readonly string[]
    flying: readonly number[]
  }): Map<number, number>
  /**
   * What waits for this inbox goes to these instead; inside a transaction. Returns per activity how many inboxes more (or, below 0, fewer) it
   * goes to.
   */
  redirect(inbox: string, to: readonly Address[]): Map<number, number>
  /** Whether no row of this activity has been tried, out of so many. */
  untried(outgoingId: number, total: number): boolean
  failuresOf(outgoingId: number): Failure[]
  nextAttemptOf(outgoingId: number): number | null
}

export function openRows(store: Store, now: () => number): Rows {
  const isDue = (at: number): boolean => at <= now() || at > now() + LONGEST_WAIT
  const bare = ({ id, outgoingId, inbox, host, attempts, error, waited }: Omit<Timed, 'error'> & { error: string | null }): Row => ({
    id,
    outgoingId,
    inbox,
    host,
    attempts,
    error: error as FailureCode | null,
    waited,
  })

  /** The first row of an inbox that no earlier one holds back. */
  const walk = (inbox: string): Row | number | null => {
    const waiting = new Set<string>()
    let earliest: number | null = null
    for (const row of rowsOfInbox.iterate(store, { inbox })) {
      if (waiting.has(row.key)) continue
      if (isDue(row.at)) return bare(row)
      earliest = Math.min(earliest ?? row.at, row.at)
      if (row.attempts > 0 && row.attempts < ORDERLY_TRIES) break
      waiting.add(row.key)
    }
    return earliest
  }

  return {
    add(outgoing, inboxes, spread = { at: now(), step: 0 }) {
      const list = JSON.stringify(inboxes.map(({ inbox, host }) => [inbox, host]))
      insertRows.run(store, { outgoing: outgoing.id, key: outgoing.key, ...spread, rows: list })
    },
    inboxes: () => inboxRows.all(store).map((row) => ({ inbox: row.inbox, host: row.host, at: row.at ?? 0 })),
    inboxesOf: (outgoingId) => inboxesOf.all(store, { outgoing: outgoingId }),
    next(inboxes) {
      const found = new Map<string, Row | number | null>(inboxes.map((inbox) => [inbox, null]))
      for (const row of headRows.all(store, { inboxes: [...inboxes] })) found.set(row.inbox, isDue(row.at) ? bare(row) : walk(row.inbox))
      return found
    },
    apply(changes) {
      const counts = new Map<number, { delivered: number; failed: number }>()
      const countOf = (outgoingId: number): { delivered: number; failed: number } => {
        let count = counts.get(outgoingId)
        if (!count) counts.set(outgoingId, (count = { delivered: 0, failed: 0 }))
        return count
      }
      const arrived = new Map<number, number[]>()
      for (const change of changes) {
        const { id, outgoingId } = change
        if (change.kind === 'delivered') listIn(arrived, outgoingId).push(id)
        else if (change.kind === 'again') {
          const { at, attempts, code, status } = change
          retryLater.run(store, { id, at, wait: Math.max(at - now(), 0), attempts, error: code, status })
        } else countOf(outgoingId).failed += giveUp.run(store, { id, at: now(), error: change.code, status: change.status }).changes
      }
      for (const [outgoing, ids] of arrived) countOf(outgoing).delivered += removeRows.run(store, { outgoing, ids }).changes
      return counts
    },
    freeHost: (host) => void freeHost.run(store, { host, now: now() }),
    restart: (outgoingId) => void again.run(store, { outgoing: outgoingId, now: now() }),
    supersede({ id, key, kinds, inboxes, flying }) {
      const removed = new Map<number, number>()
      const ids = new Map<number, number[]>()
      for (const row of superseded.all(store, { key, kinds: [...kinds], before: id, inboxes: [...inboxes], flying: [...flying] })) {
        listIn(ids, row.outgoingId).push(row.id)
      }
      for (const [outgoing, list] of ids) removed.set(outgoing, removeRows.run(store, { outgoing, ids: list }).changes)
      return removed
    },
    redirect(inbox, to) {
      const more = new Map<number, number>()
      for (const { id, outgoingId, key } of ofInbox.all(store, { inbox })) {
        const fresh = to.filter((one) => goesTo.get(store, { outgoing: outgoingId, inbox: one.inbox }) === undefined)
        const [first, ...others] = fresh
        if (first) redirect.run(store, { id, ...first, now: now() })
        else removeRows.run(store, { outgoing: outgoingId, ids: [id] })
        if (others.length > 0) this.add({ id: outgoingId, key }, others)
        more.set(outgoingId, (more.get(outgoingId) ?? 0) + fresh.length - 1)
      }
      return more
    },
    untried(outgoingId, total) {
      const counted = untouched.get(store, { outgoing: outgoingId })
      return counted !== undefined && counted.all === total && counted.tried === 0
    },
    failuresOf: (outgoingId) =>
      troubles.all(store, { outgoing: outgoingId, limit: SHOWN_FAILURES }).map((row) => ({
        host: row.host,
        code: row.error as FailureCode,
        status: row.status,
        at: row.failed_at ?? now(),
        final: row.failed_at !== null,
      })),
    nextAttemptOf: (outgoingId) => nextOf.get(store, { outgoing: outgoingId })?.at ?? null,
  }
}

/** Each once, in order; what is no address is left out. */
export function addressesOf(inboxes: Iterable<string>): Address[] {
  return [...new Set(inboxes)].flatMap((inbox) => {
    const host = URL.parse(inbox)?.host
    return host ? [{ inbox, host }] : []
  })
}

function listIn(lists: Map<number, number[]>, key: number): number[] {
  let list = lists.get(key)
  if (!list) lists.set(key, (list = []))
  return list
}
