import { build, inList, query } from '../store/query.ts'
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
  /** Votes of the owner in somebody's poll. */
  voted: { postId: number; voteIds: number[] }
  /** Numbers of a poll, or its end. `own`: the owner's poll, whose tally is to be told. */
  'poll-changed': { postId: number; own: boolean; ended: boolean }
  pinned: { postId: number; own: boolean }
  unpinned: { postId: number; own: boolean }
  'tag-featured': { tag: string }
  'tag-unfeatured': { tag: string }
  'tag-followed': { tag: string }
  'tag-unfollowed': { tag: string }
  reacted: { reactionId: number; postId: number; accountId: number; own: boolean }
  unreacted: { reactionId: number; postId: number; accountId: number; own: boolean; emoji: string; uri: string | null }
  /** Its author has to be asked (own quote of somebody's post). */
  'quote-asked': { postId: number }
  /** Somebody asked to quote a post of ours and got an answer. `accountId` is theirs. */
  'quote-answered': { stampId: number; postId: number; accountId: number; accepted: boolean }
  'quote-revoked': { stampId: number; postId: number; accountId: number }
  /** The state of a quote that is here changed. */
  'quote-changed': { postId: number }
  reported: { reportId: number; own: boolean }
  /** The owner has moved to another account (`own`), or somebody followed has. */
  moved: { accountId: number; targetId: number; own: boolean }
  /** The relay's row is gone when it is no longer wanted: all that is needed to tell it stands here. */
  'relay-changed': {
    relayId: number
    address: string
    wanted: boolean
    followId: number
    flavour: 'mastodon' | 'litepub'
    actorUri: string | null
    inbox: string
  }
  'keys-rotated': Record<string, never>
  'emojis-changed': Record<string, never>
  'caught-up': { catchupId: number }
  'draft-saved': { draftId: string }
  'draft-removed': { draftId: string }
  /** A post is held for second thoughts, has been taken back, could not go (`postId` null), or went. */
  'held-changed': { heldId: number; postId: number | null }
  'settings-changed': Record<string, never>
  'lists-changed': Record<string, never>
  'searches-changed': Record<string, never>
  'labels-changed': Record<string, never>
  'filters-changed': Record<string, never>
  /** New post, read, or taken away (`gone`). */
  'conversation-changed': { conversationId: number; gone: boolean }
  'thread-muted': { postId: number }
  'thread-unmuted': { postId: number }
  'domain-blocked': { domain: string }
  'domain-unblocked': { domain: string }
  endorsed: { accountId: number }
  unendorsed: { accountId: number }
  'scheduled-changed': Record<string, never>
  /** A link preview is there (or is another). */
  'card-ready': { cardId: number; postIds: number[] }
  /** An own film or sound is ready, or has failed. */
  'media-changed': { mediaId: number }
  /** Apps, their tokens and what asks to be let in. */
  'apps-changed': Record<string, never>
  /** A push subscription was made, changed or taken away. */
  'push-changed': { subscriptionId: number }
  /** What waited of these people stands among the notifications now. */
  'requests-accepted': { accountIds: number[] }
  /** The owner has closed the account: Delete of the actor to every known inbox. */
  'account-closed': { accountId: number }
}
export type EventType = keyof EventMap
export type DomainEvent = { [T in EventType]: { seq: number; type: T; data: EventMap[T]; at: number } }[EventType]

export interface EventLog {
  /** Appends one event; must be called inside the transaction that makes the change. Listeners hear of it after the commit. */
  append<T extends EventType>(type: T, data: EventMap[T]): void
  /**
   * Calls `handle` for every event of these types since the consumer's cursor, in order, and from now on soon after each commit. The
   * handler runs inside the transaction that also advances the cursor: a crash in between runs it again, so it must be synchronous and
   * its effects rows. A handler that throws, or a disk that is full, stops the consumer at that event (`failed` hears of it); it is tried
   * again with the next event, and by itself a little later. A consumer that was never there before starts at the end.
   */
  consume<T extends EventType>(
    consumer: string,
    types: readonly T[],
    handle: (event: Extract<DomainEvent, { type: T }>) => void,
    failed?: (error: unknown, event: DomainEvent) => void,
  ): () => void
  /** Hears every event after its commit, from now on; nothing is kept. For streams. */
  listen(handle: (event: DomainEvent) => void): () => void
}

const insert = query<{ type: string; data: string; at: number }>()((p) =>
  build.insertInto('events').values({ type: p.type, data: p.data, at: p.at }),
)
const since = query<{ seq: number; types: string[]; limit: number }>()((p) =>
  build.selectFrom('events').selectAll().where('seq', '>', p.seq).where('type', 'in', inList(p.types)).orderBy('seq').limit(p.limit),
)
const cursorOf = query<{ consumer: string }>()((p) => build.selectFrom('cursors').select('seq').where('consumer', '=', p.consumer))
const setCursor = query<{ consumer: string; seq: number }>()((p) =>
  build
    .insertInto('cursors')
    .values({ consumer: p.consumer, seq: p.seq })
    .onConflict((c) => c.column('consumer').doUpdateSet({ seq: p.seq })),
)
const lastSeq = query()(() => build.selectFrom('events').select((e) => e.fn.max('seq').as('seq')))
const forget = query<{ before: number; seq: number }>()((p) =>
  build.deleteFrom('events').where('at', '<', p.before).where('seq', '<=', p.seq),
)

const BATCH = 200
const KEPT_MS = 7 * 24 * 3600_000
/** A consumer that stopped tries again after so long: the disk may have room. */
const AGAIN_MS = 15_000
/** How many appended events lie between two looks for old ones. */
const SWEEP_EVERY = 5_000

interface Consumer {
  types: ReadonlySet<EventType>
  cursor: number
  /** Handles what there is; false if it stopped at a failing event. */
  drain(): boolean
}

export function openEventLog(store: Store, now: () => number): EventLog {
  const listeners = new Set<(event: DomainEvent) => void>()
  const consumers = new Set<Consumer>()
  const due = new Set<Consumer>()
  let appended = 0
  let scheduled = false
  let again: NodeJS.Timeout | null = null

  const committed = (event: DomainEvent) => {
    for (const consumer of consumers) if (consumer.types.has(event.type)) due.add(consumer)
    for (const handle of listeners) handle(event)
    if (scheduled || (due.size === 0 && appended < SWEEP_EVERY)) return
    scheduled = true
    // One pass for all the events of a commit: a group commit of the inbox carries dozens.
    queueMicrotask(() => {
      scheduled = false
      pass()
    })
  }

  const pass = () => {
    if (!store.database.open) return
    const now = [...due]
    due.clear()
    for (const consumer of now) run(consumer)
    if (appended >= SWEEP_EVERY) sweep()
  }

  /** A consumer that stops stays due. */
  const run = (consumer: Consumer): boolean => {
    if (consumer.drain()) return true
    if (consumers.has(consumer)) due.add(consumer)
    again ??= setTimeout(() => {
      again = null
      pass()
    }, AGAIN_MS).unref()
    return false
  }

  /** Old events go once every consumer is past them; consumers with nothing of theirs left move to the end first. */
  const sweep = () => {
    appended = 0
    const last = lastSeq.get(store)?.seq ?? 0
    if ([...consumers].every(run)) forget.run(store, { before: now() - KEPT_MS, seq: last })
  }

  return {
    append(type, data) {
      if (!store.inTransaction) throw new Error(`event ${type} outside a transaction`)
      const at = now()
      const { id } = insert.run(store, { type, data: JSON.stringify(data), at })
      appended++
      store.afterCommit(() => committed({ seq: id, type, data, at } as unknown as DomainEvent))
    },
    consume(name, types, handle, failed) {
      const known = cursorOf.get(store, { consumer: name })
      const start = known?.seq ?? lastSeq.get(store)?.seq ?? 0
      if (!known) setCursor.run(store, { consumer: name, seq: start })
      const consumer: Consumer = {
        types: new Set(types),
        cursor: start,
        drain() {
          for (;;) {
            const rows = since.all(store, { seq: consumer.cursor, types: [...types], limit: BATCH })
            if (rows.length === 0) return true
            const events = rows.map((row) => ({ seq: row.seq, type: row.type, data: JSON.parse(row.data), at: row.at }) as DomainEvent)
            let stopped: { error: unknown; event: DomainEvent } | null = null
            let reached = consumer.cursor
            try {
              store.transaction(() => {
                for (const event of events) {
                  try {
                    store.transaction(() => handle(event as Parameters<typeof handle>[0]))
                  } catch (error) {
                    stopped = { error, event }
                    // A full disk makes SQLite undo the whole transaction, the effects of the events before included: so must the cursor.
                    if (!store.inTransaction) throw error
                    break
                  }
                  reached = event.seq
                }
                setCursor.run(store, { consumer: name, seq: reached })
              })
              consumer.cursor = reached
            } catch (error) {
              stopped ??= { error, event: events[0] as DomainEvent }
            }
            if (stopped) {
              const { error, event } = stopped as { error: unknown; event: DomainEvent }
              failed?.(error, event)
              return false
            }
          }
        },
      }
      consumers.add(consumer)
      run(consumer)
      return () => {
        consumers.delete(consumer)
        due.delete(consumer)
      }
    },
    listen(handle) {
      listeners.add(handle)
      return () => listeners.delete(handle)
    },
  }
}
