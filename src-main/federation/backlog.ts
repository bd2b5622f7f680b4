import { accountIdByUri } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { NetError } from '../net/index.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { SignedRequest } from '../signatures/index.ts'

/**
 * What was answered with 202 and still has to be handled: activities that need something fetched, and requests whose key could not be
 * had (`parked`). Rows until they are done; handled in the background, many hosts side by side, four of one host at a time (rule 28).
 */

/** Requests whose key cannot be had now are kept up to these bounds. */
export const PARKED_BYTES = 50 * 1024 * 1024
export const PARKED_PER_HOST = 200
/** Activities to be handled are kept up to this many bytes of all senders together (rule 40). */
export const KEPT_BYTES = 64 * 1024 * 1024
const RETRY_STEPS_MS = [60_000, 300_000, 1_800_000, 7_200_000, 43_200_000]
const AT_ONCE = 24
const PER_HOST = 4
/** Rows read to find some that may start; further ones only if none of the first may. */
const LOOKED_AT = { first: 100, further: 5_000 }
/** The database cannot be written: another look after this. */
const PAUSE_MS = 15_000

export interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface KeptActivity {
  id: number
  /** Whose key signed it. */
  actor: string
  body: Buffer
  receivedAt: number
}
export interface ParkedRequest {
  id: number
  actor: string
  request: Pick<SignedRequest, 'target' | 'headers'>
  body: Buffer
  receivedAt: number
}
/** What became of a row: done with it in the transaction that is handed back, or not to be had now. */
export type Handled = { commit: () => void; after?: () => void } | 'later' | 'drop'

export interface Backlog {
  /** Keeps a verified activity for the background; inside the transaction its 202 stands for. */
  keep(activity: { host: string; actor: string; body: Buffer; at: number }): void
  /** Keeps a request to be judged later; false if there is no room. Inside a transaction. */
  park(request: { host: string; actor: string; target: string; headers: readonly string[]; body: Buffer; at: number }): boolean
  /** A parked request has been judged and is an activity to be handled, signed by `actor`; inside a transaction. */
  judged(id: number, actor: string): void
  /** Whether there is room to keep another body of so many bytes. */
  hasRoom(bytes: number): boolean
  /** How many activities of this actor there are that what comes now has to wait behind; 0: it need not wait. */
  holds(actor: string): number
  /** Makes what comes from this actor wait from now on, before `keep` is committed; call what it returns after that. */
  reserve(actor: string): () => void
  /** Takes up what was left by an earlier run. */
  start(): void
  /** Resolves when nothing is being handled. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const insert = query<{
  state: 'verified' | 'parked'
  host: string
  actor: string
  target: string | null
  headers: string | null
  body: Uint8Array
  next_at: number
  at: number
}>()((p) =>
  build.insertInto('inbound').values({
    state: p.state,
    host: p.host,
    actor: p.actor,
    target: p.target,
    headers: p.headers,
    body: p.body,
    next_at: p.next_at,
    received_at: p.at,
  }),
)
const parkedByHost = query()(() =>
  build
    .selectFrom('inbound')
    .select(['host', (e) => e.fn.countAll<number>().as('count'), sql<number>`sum(length(body) + length(headers))`.as('bytes')])
    .where('state', '=', 'parked')
    .groupBy('host'),
)
const keptRows = query()(() =>
  build
    .selectFrom('inbound')
    .select(['id', 'actor', 'next_at', sql<number>`length(body)`.as('bytes')])
    .where('state', '=', 'verified')
    .orderBy('id'),
)
const due = query<{ now: number; limit: number; busy: number[]; hosts: string[] }>()((p) =>
  build
    .selectFrom('inbound')
    .select(['id', 'host', 'actor', 'state'])
    .where('next_at', '<=', p.now)
    .where('id', 'not in', inList(p.busy))
    .where('host', 'not in', inList(p.hosts))
    .orderBy('id')
    .limit(p.limit),
)
const whole = query<{ id: number }>()((p) => build.selectFrom('inbound').selectAll().where('id', '=', p.id))
const nextAfter = query<{ now: number }>()((p) =>
  build
    .selectFrom('inbound')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('next_at', '>', p.now),
)
const drop = query<{ id: number }>()((p) => build.deleteFrom('inbound').where('id', '=', p.id))
const postpone = query<{ id: number; at: number }>()((p) =>
  build
    .updateTable('inbound')
    .set((e) => ({ next_at: p.at, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id),
)
const postponeOthers = query<{ actor: string; at: number }>()((p) =>
  build
    .updateTable('inbound')
    .set({ next_at: p.at })
    .where('actor', '=', p.actor)
    .where('state', '=', 'verified')
    .where('next_at', '<', p.at),
)
const becomeVerified = query<{ id: number; actor: string; at: number }>()((p) =>
  build
    .updateTable('inbound')
    .set({ state: 'verified', actor: p.actor, headers: null, target: null, next_at: p.at, attempts: 0 })
    .where('id', '=', p.id),
)

type Row = NonNullable<ReturnType<typeof whole.get>>

export function openBacklog(parts: {
  domain: Domain
  handle: (activity: KeptActivity) => Promise<Handled>
  judge: (request: ParkedRequest) => Promise<Handled>
  timers: Timers
  log: Log
}): Backlog {
  const { domain: d, handle, judge, timers, log } = parts
  const { store } = d
  const running = new Map<number, { host: string; actor: string; done: Promise<void> }>()
  /** Ids of kept activities by actor, in order; `postponed`: their first one waits for another try. */
  const lanes = new Map<string, { ids: number[]; postponed: boolean }>()
  const reserved = new Map<string, number>()
  const parked = { bytes: 0, byHost: new Map<string, number>() }
  let started = false
  let stopped = false
  let timer: unknown = null
  let scheduled = false

  let kept = 0
  for (const row of keptRows.all(store)) enter(row.actor as string, row.id, row.bytes, row.next_at > d.now())
  for (const row of parkedByHost.all(store)) {
    parked.byHost.set(row.host, row.count)
    parked.bytes += row.bytes
  }

  function enter(actor: string, id: number, bytes: number, postponed = false): void {
    kept += bytes
    const lane = lanes.get(actor)
    if (lane) lane.ids.push(id)
    else lanes.set(actor, { ids: [id], postponed })
  }

  function leave(actor: string, id: number, bytes: number): void {
    kept -= bytes
    const lane = lanes.get(actor)
    if (!lane) return
    lane.ids = lane.ids.filter((one) => one !== id)
    lane.postponed = false
    if (lane.ids.length === 0) lanes.delete(actor)
  }

  function unpark(row: Row): void {
    parked.bytes -= row.body.length + (row.headers?.length ?? 0)
    const left = (parked.byHost.get(row.host) ?? 1) - 1
    if (left > 0) parked.byHost.set(row.host, left)
    else parked.byHost.delete(row.host)
  }

  function wake(): void {
    if (scheduled || stopped || !started) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      if (stopped) return
      try {
        begin()
      } catch (error) {
        log.error({ error: (error as Error).message }, 'the inbox could not be worked on')
        plan(d.now() + PAUSE_MS)
      }
    })
  }

  function begin(): void {
    const load = new Map<string, number>()
    for (const { host } of running.values()) load.set(host, (load.get(host) ?? 0) + 1)
    // Half of the places free before another look: not a query for every row.
    if (running.size <= AT_ONCE / 2) {
      const full = [...load].flatMap(([host, count]) => (count >= PER_HOST ? [host] : []))
      const rows = (limit: number) => due.all(store, { now: d.now(), limit, busy: [...running.keys()], hosts: full })
      const first = rows(LOOKED_AT.first)
      startSome(first, load)
      if (running.size === 0 && first.length === LOOKED_AT.first) startSome(rows(LOOKED_AT.further), load)
    }
    if (running.size === 0) plan(nextAfter.get(store, { now: d.now() })?.at ?? null)
  }

  function startSome(rows: ReturnType<typeof due.all>, load: Map<string, number>): void {
    for (const row of rows) {
      if (running.size >= AT_ONCE) return
      const busy = load.get(row.host) ?? 0
      if (busy >= PER_HOST || !mayStart(row.id, row.state, row.actor as string)) continue
      load.set(row.host, busy + 1)
      run(row.id, row.host, row.actor as string)
    }
  }

  /** Of somebody not known yet, one after the other: a Follow and its Undo may both be waiting. */
  function mayStart(id: number, state: Row['state'], actor: string): boolean {
    return state === 'parked' || lanes.get(actor)?.ids[0] === id || accountIdByUri(d, actor) !== null
  }

  function plan(at: number | null): void {
    if (at === null || stopped) return
    timers.clear(timer)
    timer = timers.set(wake, Math.max(at - d.now(), 10))
  }

  function run(id: number, host: string, actor: string): void {
    const done = work(id)
      .catch((error: unknown) => {
        // Nothing can be written (a full disk): the row stays as it is.
        log.error({ id, error: (error as Error).message }, 'an activity waits: its outcome could not be written')
        plan(d.now() + PAUSE_MS)
        return true
      })
      .then((failed) => {
        running.delete(id)
        if (!failed) wake()
      })
    running.set(id, { host, actor, done })
  }

  /** True: nothing more is to be tried just now. */
  async function work(id: number): Promise<boolean> {
    const row = whole.get(store, { id })
    if (!row) return false
    const actor = row.actor as string
    const body = Buffer.from(row.body)
    let handled: Handled
    try {
      handled =
        row.state === 'parked'
          ? await judge({
              id,
              actor,
              request: { target: row.target as string, headers: JSON.parse(row.headers as string) as string[] },
              body,
              receivedAt: row.received_at,
            })
          : await handle({ id, actor, body, receivedAt: row.received_at })
    } catch (error) {
      const hopeless = isHopeless(error)
      log.info({ id, error: (error as Error).message, hopeless }, 'an activity could not be handled')
      handled = hopeless ? 'drop' : 'later'
    }
    if (stopped) return true
    const wait = RETRY_STEPS_MS[row.attempts + (row.state === 'parked' ? 1 : 0)]
    if (handled === 'later' && wait !== undefined) {
      const at = d.now() + wait
      await store.groupCommit(() => {
        postpone.run(store, { id, at })
        if (row.state === 'verified' && accountIdByUri(d, actor) === null) postponeOthers.run(store, { actor, at })
      })
      const lane = lanes.get(actor)
      if (row.state === 'verified' && lane?.ids[0] === id) lane.postponed = true
      return false
    }
    await store.groupCommit(() => {
      if (typeof handled === 'object') handled.commit()
      if (whole.get(store, { id })?.state === row.state) drop.run(store, { id })
    })
    if (row.state === 'verified') leave(actor, id, body.length)
    else unpark(row)
    if (typeof handled === 'object') handled.after?.()
    return false
  }

  return {
    keep({ host, actor, body, at }) {
      const { id } = insert.run(store, { state: 'verified', host, actor, target: null, headers: null, body, next_at: at, at })
      store.afterCommit(() => {
        enter(actor, id, body.length)
        wake()
      })
    },
    park({ host, actor, target, headers, body, at }) {
      const text = JSON.stringify(headers)
      const bytes = body.length + text.length
      const ofHost = parked.byHost.get(host) ?? 0
      if (parked.bytes + bytes > PARKED_BYTES || ofHost >= PARKED_PER_HOST) return false
      const nextAt = at + (RETRY_STEPS_MS[0] as number)
      insert.run(store, { state: 'parked', host, actor, target, headers: text, body, next_at: nextAt, at })
      store.afterCommit(() => {
        parked.bytes += bytes
        parked.byHost.set(host, (parked.byHost.get(host) ?? 0) + 1)
        wake()
      })
      return true
    },
    judged(id, actor) {
      const row = whole.get(store, { id })
      if (!row) return
      becomeVerified.run(store, { id, actor, at: d.now() })
      store.afterCommit(() => enter(actor, id, row.body.length))
    },
    reserve(actor) {
      reserved.set(actor, (reserved.get(actor) ?? 0) + 1)
      return () => {
        const left = (reserved.get(actor) ?? 1) - 1
        if (left > 0) reserved.set(actor, left)
        else reserved.delete(actor)
      }
    },
    hasRoom: (bytes) => kept + bytes <= KEPT_BYTES,
    holds(actor) {
      const lane = lanes.get(actor)
      const waiting = lane && (!lane.postponed || accountIdByUri(d, actor) === null) ? lane.ids.length : 0
      return waiting + (reserved.get(actor) ?? 0)
    },
    start() {
      started = true
      wake()
    },
    async settled() {
      for (;;) {
        await Promise.resolve()
        if (running.size === 0 && !scheduled) return
        await Promise.all([...running.values()].map((one) => one.done))
      }
    },
    async stop() {
      stopped = true
      timers.clear(timer)
      await Promise.all([...running.values()].map((one) => one.done))
    },
  }
}

/** Whether trying again cannot help. Unknown errors are ours: they are tried again. */
function isHopeless(error: unknown): boolean {
  if (error instanceof AppError) return !error.retryable && error.code !== 'internal'
  return error instanceof NetError && !error.retryable && !error.ours
}
