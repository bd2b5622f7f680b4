import { build, query } from '../store/query.ts'
import type { Store } from '../store/store.ts'

/**
 * Everything that changes rows says so here, in the same transaction (design 13). `own` tells whether the owner did it. Consumers read
 * in order: `federation/outbound` turns own changes into activities, `surface` listeners turn all of them into stream frames.
 */
export interface EventMap {
  'owner-named': { accountId: number }
  'origin-chosen': { origin: string }
  'profile-changed': { accountId: number }
  'account-changed': { accountId: number }
  'account-gone': { accountId: number; uri: string }
  'post-written': { postId: number }
  'post-released': { postId: number }
  'post-received': { postId: number; home: boolean }
  'post-edited': { postId: number; own: boolean; home: boolean }
  'post-deleted': {
    postId: number
    own: boolean
    uri: string | null
    /** False for an own post that never left: its Create is taken back and nothing goes out. */
    released: boolean
    visibility: 'public' | 'unlisted' | 'private' | 'direct'
    mentioned: number[]
    home: boolean
  }
  boosted: { boostId: number; postId: number; accountId: number; own: boolean; home: boolean }
  unboosted: { boostId: number; postId: number; accountId: number; own: boolean; uri: string | null; released: boolean; visibility: string }
  favourited: { favouriteId: number; postId: number; accountId: number; own: boolean }
  unfavourited: { favouriteId: number; postId: number; accountId: number; own: boolean; uri: string | null }
  bookmarked: { postId: number }
  unbookmarked: { postId: number }
  'follow-asked': { followId: number; accountId: number; targetId: number; own: boolean }
  'follow-accepted': { followId: number; accountId: number; targetId: number; own: boolean; uri: string | null }
  'follow-rejected': { followId: number; accountId: number; targetId: number; own: boolean; uri: string | null }
  unfollowed: { followId: number; accountId: number; targetId: number; own: boolean; uri: string | null }
  blocked: { blockId: number; accountId: number; targetId: number; own: boolean }
  unblocked: { blockId: number; accountId: number; targetId: number; own: boolean }
  muted: { targetId: number }
  unmuted: { targetId: number }
  notified: { notificationId: number }
  'notifications-cleared': Record<string, never>
  'draft-saved': { draftId: string }
  'draft-removed': { draftId: string }
  'settings-changed': Record<string, never>
}
export type EventType = keyof EventMap
export type DomainEvent = { [T in EventType]: { seq: number; type: T; data: EventMap[T]; at: number } }[EventType]

export interface EventLog {
  /** Appends one event; must be called inside the transaction that makes the change. Listeners hear of it after the commit. */
  append<T extends EventType>(type: T, data: EventMap[T]): void
  /**
   * Calls `handle` for every event since the consumer's cursor, in order, and from now on after each commit. The handler runs inside a
   * transaction that also advances the cursor: a crash in between runs it again, so it must be synchronous and its effects rows.
   * A handler that throws stops the consumer at that event; it is tried again with the next commit. A new consumer starts at the end.
   */
  consume(consumer: string, handle: (event: DomainEvent) => void, failed?: (error: unknown, event: DomainEvent) => void): () => void
  /** Hears every event after its commit, from now on; nothing is kept. For streams. */
  listen(handle: (event: DomainEvent) => void): () => void
}

const insert = query<{ type: string; data: string; at: number }>()((p) => build.insertInto('events').values({ type: p.type, data: p.data, at: p.at }))
const since = query<{ seq: number; limit: number }>()((p) =>
  build.selectFrom('events').selectAll().where('seq', '>', p.seq).orderBy('seq').limit(p.limit),
)
const cursorOf = query<{ consumer: string }>()((p) => build.selectFrom('cursors').select('seq').where('consumer', '=', p.consumer))
const setCursor = query<{ consumer: string; seq: number }>()((p) =>
  build
    .insertInto('cursors')
    .values({ consumer: p.consumer, seq: p.seq })
    .onConflict((c) => c.column('consumer').doUpdateSet({ seq: p.seq })),
)
const lastSeq = query<Record<never, never>>()(() => build.selectFrom('events').select((e) => e.fn.max('seq').as('seq')))
const slowest = query<Record<never, never>>()(() => build.selectFrom('cursors').select((e) => e.fn.min('seq').as('seq')))
const forget = query<{ seq: number; before: number }>()((p) => build.deleteFrom('events').where('seq', '<=', p.seq).where('at', '<', p.before))

const BATCH = 200
const KEPT_MS = 7 * 24 * 3600_000

export function openEventLog(store: Store, now: () => number): EventLog {
  const listeners = new Set<(event: DomainEvent) => void>()
  const drains = new Set<() => void>()
  let pending: DomainEvent[] = []

  const flush = () => {
    const events = pending
    pending = []
    for (const drain of drains) drain()
    for (const event of events) for (const handle of listeners) handle(event)
  }

  return {
    append(type, data) {
      if (!store.inTransaction) throw new Error(`event ${type} outside a transaction`)
      const at = now()
      const { id } = insert.run(store, { type, data: JSON.stringify(data), at })
      if (pending.length === 0) store.afterCommit(flush)
      pending.push({ seq: id, type, data, at } as unknown as DomainEvent)
    },
    consume(consumer, handle, failed) {
      store.transaction(() => {
        if (!cursorOf.get(store, { consumer })) setCursor.run(store, { consumer, seq: lastSeq.get(store, {})?.seq ?? 0 })
      })
      let running = false
      const drain = () => {
        if (running) return
        running = true
        try {
          for (;;) {
            const seq = cursorOf.get(store, { consumer })?.seq ?? 0
            const rows = since.all(store, { seq, limit: BATCH })
            if (rows.length === 0) break
            for (const row of rows) {
              const event = { seq: row.seq, type: row.type, data: JSON.parse(row.data), at: row.at } as DomainEvent
              try {
                store.transaction(() => {
                  handle(event)
                  setCursor.run(store, { consumer, seq: event.seq })
                })
              } catch (error) {
                failed?.(error, event)
                return
              }
            }
            if (rows.length < BATCH) {
              const slow = slowest.get(store, {})?.seq
              if (slow) forget.run(store, { seq: slow, before: now() - KEPT_MS })
            }
          }
        } finally {
          running = false
        }
      }
      drains.add(drain)
      drain()
      return () => drains.delete(drain)
    },
    listen(handle) {
      listeners.add(handle)
      return () => listeners.delete(handle)
    },
  }
}
