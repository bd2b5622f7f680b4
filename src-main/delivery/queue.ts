import { build, inList, query, sql } from '../store/query.ts'
import { nextId } from '../store/ids.ts'
import type { Store } from '../store/store.ts'
import type { OutgoingItem } from '../domain/ports.ts'
import type { OutgoingKind } from '../domain/types.ts'
import type { FailureCode } from './policy.ts'

/**
 * The rows of what goes out. `outgoing`: one activity; `deliveries`: one row per distinct inbox it still has to reach, gone once it is
 * there. Everything is written before it is done, so a kill at any point leaves either the row or the delivery, never neither.
 */

export type OutgoingState = 'waiting' | 'sending' | 'failed' | 'sent'
export interface Outgoing {
  id: number
  uri: string | null
  kind: OutgoingKind
  state: OutgoingState
  subject: Record<string, unknown>
  objectKey: string
  postId: number | null
  accountId: number | null
  body: string | null
  total: number
  delivered: number
  failed: number
  attempts: number
  nextAt: number
  error: FailureCode | null
  createdAt: number
  sentAt: number | null
}
export interface Delivery {
  id: number
  outgoingId: number
  inbox: string
  host: string
  attempts: number
}
export interface Failure {
  host: string
  code: FailureCode
  status: number | null
  at: number
  final: boolean
}

const KEPT_SENT_MS = 24 * 3600_000

const insertOutgoing = query<{
  id: number
  kind: string
  subject: string
  object_key: string
  post_id: number | null
  account_id: number | null
  at: number
}>()((p) =>
  build.insertInto('outgoing').values({
    id: p.id,
    kind: p.kind,
    state: 'waiting',
    subject: p.subject,
    object_key: p.object_key,
    post_id: p.post_id,
    account_id: p.account_id,
    created_at: p.at,
  }),
)
const outgoingRow = query<{ id: number }>()((p) => build.selectFrom('outgoing').selectAll().where('id', '=', p.id))
const byObject = query<{ key: string }>()((p) =>
  build.selectFrom('outgoing').select(['id', 'kind', 'state']).where('object_key', '=', p.key),
)
const waitingRows = query<{ now: number; limit: number; busy: number[] }>()((p) =>
  build
    .selectFrom('outgoing')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('next_at', '<=', p.now)
    .where('id', 'not in', inList(p.busy))
    .where(
      sql<boolean>`not exists (select 1 from outgoing e where e.object_key = outgoing.object_key and e.id < outgoing.id and e.state = 'waiting')`,
    )
    .orderBy('id')
    .limit(p.limit),
)
const nextWaiting = query()(() =>
  build
    .selectFrom('outgoing')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('state', '=', 'waiting'),
)
const deleteOutgoing = query<{ id: number }>()((p) => build.deleteFrom('outgoing').where('id', '=', p.id))
const setSending = query<{ id: number; uri: string; body: string | null; total: number; state: OutgoingState; sent_at: number | null }>()(
  (p) =>
    build
      .updateTable('outgoing')
      .set({ uri: p.uri, body: p.body, total: p.total, state: p.state, sent_at: p.sent_at, error: null })
      .where('id', '=', p.id),
)
const putOff = query<{ id: number; at: number; error: string | null; state: OutgoingState }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ next_at: p.at, error: p.error, state: p.state, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id),
)
const insertDelivery = query<{ outgoing: number; inbox: string; host: string; key: string; at: number }>()((p) =>
  build.insertInto('deliveries').values({ outgoing_id: p.outgoing, inbox: p.inbox, host: p.host, object_key: p.key, next_at: p.at }),
)
const dueRows = query<{ now: number; limit: number; busy: number[] }>()((p) =>
  build
    .selectFrom('deliveries as d')
    .select(['d.id', 'd.outgoing_id as outgoingId', 'd.inbox', 'd.host', 'd.attempts'])
    .where('d.failed_at', 'is', null)
    .where('d.next_at', '<=', p.now)
    .where('d.id', 'not in', inList(p.busy))
    .where(
      sql<boolean>`not exists (select 1 from deliveries e where e.inbox = d.inbox and e.failed_at is null and e.id < d.id and e.object_key = d.object_key)`,
    )
    .orderBy('d.id')
    .limit(p.limit),
)
const nextDue = query()(() =>
  build
    .selectFrom('deliveries')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('failed_at', 'is', null),
)
const deliveryRow = query<{ id: number }>()((p) => build.selectFrom('deliveries').selectAll().where('id', '=', p.id))
const deleteDelivery = query<{ id: number }>()((p) => build.deleteFrom('deliveries').where('id', '=', p.id))
const countUp = query<{ id: number; delivered: number; failed: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ delivered: e('delivered', '+', p.delivered), failed: e('failed', '+', p.failed) }))
    .where('id', '=', p.id),
)
const finish = query<{ id: number; at: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set({
      state: sql<OutgoingState>`case when delivered = 0 and failed > 0 then 'failed' else 'sent' end`,
      sent_at: p.at,
      body: sql<string | null>`case when failed > 0 then body end`,
    })
    .where('id', '=', p.id)
    .where('state', '=', 'sending')
    .where(sql<boolean>`delivered + failed >= total`),
)
const retryLater = query<{ id: number; at: number; error: string; status: number | null; attempts: number }>()((p) =>
  build
    .updateTable('deliveries')
    .set((e) => ({ next_at: p.at, error: p.error, status: p.status, attempts: e('attempts', '+', p.attempts) }))
    .where('id', '=', p.id),
)
const giveUp = query<{ id: number; at: number; error: string; status: number | null }>()((p) =>
  build
    .updateTable('deliveries')
    .set((e) => ({ failed_at: p.at, error: p.error, status: p.status, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id),
)
const holdHost = query<{ host: string; until: number }>()((p) =>
  build.updateTable('deliveries').set({ next_at: p.until }).where('host', '=', p.host).where('failed_at', 'is', null).where('next_at', '<', p.until),
)
const freeHost = query<{ host: string; now: number }>()((p) =>
  build.updateTable('deliveries').set({ next_at: p.now }).where('host', '=', p.host).where('failed_at', 'is', null).where('next_at', '>', p.now),
)
const again = query<{ outgoing: number; now: number }>()((p) =>
  build.updateTable('deliveries').set({ failed_at: null, next_at: p.now, attempts: 0 }).where('outgoing_id', '=', p.outgoing),
)
const reopen = query<{ id: number; now: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set({ state: sql<OutgoingState>`case when body is null then 'waiting' else 'sending' end`, failed: 0, next_at: p.now, attempts: 0, error: null })
    .where('id', '=', p.id),
)
const listed = query<{ since: number; limit: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .selectAll()
    .where((e) => e.or([e('state', 'in', ['waiting', 'sending', 'failed']), e('sent_at', '>', p.since)]))
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const troubles = query<{ outgoing: number }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['host', 'error', 'status', 'failed_at', 'next_at'])
    .where('outgoing_id', '=', p.outgoing)
    .where('error', 'is not', null)
    .orderBy('id')
    .limit(50),
)
const counted = query()(() =>
  build
    .selectFrom('outgoing')
    .select(['state', (e) => e.fn.countAll<number>().as('count')])
    .where('state', 'in', ['waiting', 'sending', 'failed'])
    .groupBy('state'),
)
const nextOf = query<{ outgoing: number }>()((p) =>
  build
    .selectFrom('deliveries')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('outgoing_id', '=', p.outgoing)
    .where('failed_at', 'is', null),
)
const purge = query<{ before: number }>()((p) =>
  build.deleteFrom('outgoing').where('state', '=', 'sent').where('sent_at', '<', p.before),
)

type Row = NonNullable<ReturnType<typeof outgoingRow.get>>
const toOutgoing = (row: Row): Outgoing => ({
  id: row.id,
  uri: row.uri,
  kind: row.kind as OutgoingKind,
  state: row.state,
  subject: JSON.parse(row.subject) as Record<string, unknown>,
  objectKey: row.object_key,
  postId: row.post_id,
  accountId: row.account_id,
  body: row.body,
  total: row.total,
  delivered: row.delivered,
  failed: row.failed,
  attempts: row.attempts,
  nextAt: row.next_at,
  error: row.error as FailureCode | null,
  createdAt: row.created_at,
  sentAt: row.sent_at,
})

export interface Queue {
  add(item: OutgoingItem): number
  get(id: number): Outgoing | null
  /** Takes back waiting items of a key; see `Outbox.takeBack`. */
  takeBack(objectKey: string, kinds?: OutgoingKind[]): { result: 'none' | 'cancelled' | 'left'; removed: number[] }
  /** Waiting items that may be prepared now, oldest first, one per object. */
  waiting(limit: number, busy: number[]): Outgoing[]
  remove(id: number): void
  /** Turns a waiting item into one row per inbox; inside a transaction. */
  release(id: number, prepared: { uri: string; body: string; inboxes: string[] }): void
  /** A waiting item that could not be prepared: later, or never (`failed`). */
  postpone(id: number, at: number, error: FailureCode | null, failed: boolean): void
  /** Rows that may be sent now, oldest first, at most one per inbox and object. */
  due(limit: number, busy: number[]): Delivery[]
  delivered(deliveryId: number): number | null
  retry(deliveryId: number, at: number, error: FailureCode, status: number | null): number | null
  givenUp(deliveryId: number, error: FailureCode, status: number | null): number | null
  holdHost(host: string, until: number): void
  freeHost(host: string): void
  /** Starts a failed or waiting item over, from the owner's hand. */
  restart(id: number): void
  list(limit: number): Outgoing[]
  failuresOf(id: number): Failure[]
  nextAttemptOf(id: number): number | null
  counts(): { waiting: number; failed: number }
  /** When the next thing falls due; null when nothing waits. */
  nextDue(): number | null
  purge(): void
}

export function openQueue(store: Store, now: () => number): Queue {
  const settle = (outgoingId: number) => finish.run(store, { id: outgoingId, at: now() })
  return {
    add(item) {
      const at = now()
      const id = nextId(at)
      insertOutgoing.run(store, {
        id,
        kind: item.kind,
        subject: JSON.stringify(item.subject),
        object_key: item.objectKey,
        post_id: item.postId,
        account_id: item.accountId,
        at,
      })
      return id
    },
    get(id) {
      const row = outgoingRow.get(store, { id })
      return row ? toOutgoing(row) : null
    },
    takeBack(objectKey, kinds) {
      const rows = byObject.all(store, { key: objectKey }).filter((row) => !kinds || kinds.includes(row.kind as OutgoingKind))
      const waiting = rows.filter((row) => row.state === 'waiting')
      for (const row of waiting) deleteOutgoing.run(store, { id: row.id })
      const left = rows.some((row) => row.state !== 'waiting')
      return { result: left ? 'left' : waiting.length > 0 ? 'cancelled' : 'none', removed: waiting.map((row) => row.id) }
    },
    waiting: (limit, busy) => waitingRows.all(store, { now: now(), limit, busy }).map(toOutgoing),
    remove: (id) => void deleteOutgoing.run(store, { id }),
    release(id, prepared) {
      const at = now()
      const inboxes = [...new Set(prepared.inboxes)]
      const done = inboxes.length === 0
      setSending.run(store, {
        id,
        uri: prepared.uri,
        body: done ? null : prepared.body,
        total: inboxes.length,
        state: done ? 'sent' : 'sending',
        sent_at: done ? at : null,
      })
      const key = outgoingRow.get(store, { id })?.object_key ?? prepared.uri
      for (const inbox of inboxes) insertDelivery.run(store, { outgoing: id, inbox, host: new URL(inbox).host, key, at })
    },
    postpone: (id, at, error, failed) => void putOff.run(store, { id, at, error, state: failed ? 'failed' : 'waiting' }),
    due: (limit, busy) => dueRows.all(store, { now: now(), limit, busy }),
    delivered(deliveryId) {
      const row = deliveryRow.get(store, { id: deliveryId })
      if (!row) return null
      deleteDelivery.run(store, { id: deliveryId })
      countUp.run(store, { id: row.outgoing_id, delivered: 1, failed: 0 })
      settle(row.outgoing_id)
      return row.outgoing_id
    },
    retry(deliveryId, at, error, status) {
      const row = deliveryRow.get(store, { id: deliveryId })
      if (!row) return null
      retryLater.run(store, { id: deliveryId, at, error, status, attempts: 1 })
      return row.outgoing_id
    },
    givenUp(deliveryId, error, status) {
      const row = deliveryRow.get(store, { id: deliveryId })
      if (!row) return null
      giveUp.run(store, { id: deliveryId, at: now(), error, status })
      countUp.run(store, { id: row.outgoing_id, delivered: 0, failed: 1 })
      settle(row.outgoing_id)
      return row.outgoing_id
    },
    holdHost: (host, until) => void holdHost.run(store, { host, until }),
    freeHost: (host) => void freeHost.run(store, { host, now: now() }),
    restart(id) {
      store.transaction(() => {
        again.run(store, { outgoing: id, now: now() })
        reopen.run(store, { id, now: now() })
      })
    },
    list: (limit) => listed.all(store, { since: now() - KEPT_SENT_MS, limit }).map(toOutgoing),
    failuresOf: (id) =>
      troubles.all(store, { outgoing: id }).map((row) => ({
        host: row.host,
        code: row.error as FailureCode,
        status: row.status,
        at: row.failed_at ?? now(),
        final: row.failed_at !== null,
      })),
    nextAttemptOf: (id) => nextOf.get(store, { outgoing: id })?.at ?? outgoingRow.get(store, { id })?.next_at ?? null,
    counts() {
      const by = new Map(counted.all(store).map((row) => [row.state, row.count]))
      return { waiting: (by.get('waiting') ?? 0) + (by.get('sending') ?? 0), failed: by.get('failed') ?? 0 }
    },
    nextDue() {
      const times = [nextWaiting.get(store)?.at, nextDue.get(store)?.at].filter((at): at is number => typeof at === 'number')
      return times.length > 0 ? Math.min(...times) : null
    },
    purge: () => void purge.run(store, { before: now() - KEPT_SENT_MS }),
  }
}
