import { build, inList, query, sql } from '../store/query.ts'
import { nextId } from '../store/ids.ts'
import { LONGEST_WAIT } from './policy.ts'
import type { ExpressionBuilder, RawBuilder } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { OutgoingItem, Prepared } from '../domain/ports.ts'
import type { OutgoingKind } from '../domain/types.ts'
import type { FailureCode } from './policy.ts'
import { addressesOf } from './rows.ts'
import type { Address, Change, Rows } from './rows.ts'

/**
 * What goes out, one activity each: `waiting` (nothing of it has left), `sending` (rendered, with one row per inbox it still has to
 * reach), `sent`, `failed` (nobody took it, or it could not be rendered). Everything is written before it is done.
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
  total: number
  delivered: number
  failed: number
  attempts: number
  nextAt: number
  error: FailureCode | null
  createdAt: number
  sentAt: number | null
  /** It has waited so long that it goes only when the owner says so. */
  asks: boolean
}

const KEPT_SENT_MS = 24 * 3600_000
/** Where a post went can be looked up for so long. */
const KEPT_POSTS_MS = 14 * KEPT_SENT_MS
const SHOWN_PER_POST: readonly OutgoingKind[] = ['post', 'boost']
const PURGED_AT_ONCE = 500
const ROOM_BYTES = 64 * 1024
/** Rows made in one transaction: a few milliseconds. */
const ROWS_AT_ONCE = 400
/** Where the inboxes that have no row yet are kept, beside the subject, and when they are due: a kill between two parts loses none. */
const UNSPREAD = '@inboxes'
const PACE = '@pace'

/** What a later activity of the same object makes pointless where it has not arrived yet: the later one says it all. */
const SUPERSEDES: Partial<Record<OutgoingKind, readonly OutgoingKind[]>> = {
  edit: ['edit', 'tally'],
  tally: ['tally'],
  profile: ['profile'],
  wake: ['wake'],
  delete: ['post', 'edit', 'tally'],
  unboost: ['boost'],
  unfavourite: ['favourite'],
  unreact: ['react'],
  unfollow: ['follow'],
  unblock: ['block'],
  accept: ['reject'],
  reject: ['accept'],
  pin: ['unpin'],
  unpin: ['pin'],
  'feature-tag': ['unfeature-tag'],
  'unfeature-tag': ['feature-tag'],
  'relay-unfollow': ['relay-follow'],
}

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
const newest = query()(() => build.selectFrom('outgoing').select((e) => e.fn.max('id').as('id')))
/** All but the body, which only the sending thread needs. */
const shown = [
  'id',
  'uri',
  'kind',
  'state',
  'subject',
  'object_key',
  'post_id',
  'account_id',
  'total',
  'delivered',
  'failed',
  'attempts',
  'next_at',
  'error',
  'created_at',
  'sent_at',
  'approved',
] as const
const outgoingRow = query<{ id: number }>()((p) => build.selectFrom('outgoing').select(shown).where('id', '=', p.id))
const letterOf = query<{ id: number }>()((p) =>
  build.selectFrom('outgoing').select(['body', 'signer', 'synchronize']).where('id', '=', p.id),
)
const byObject = query<{ key: string }>()((p) =>
  build.selectFrom('outgoing').select(['id', 'kind', 'state', 'total', 'delivered', 'failed']).where('object_key', '=', p.key),
)
/** A post or boost that has waited longer than this, without a try, asks before it goes: the talk may have moved on. */
export const STALE_MS = 12 * 3600_000
const ASKING: readonly OutgoingKind[] = ['post', 'boost']
/** One per object: the oldest that waits. */
const firstOfItsObject = sql<boolean>`not exists (select 1 from outgoing e where e.object_key = outgoing.object_key and e.id < outgoing.id and e.state = 'waiting')`
const mayGo = (e: ExpressionBuilder<Schema, 'outgoing'>, stale: RawBuilder<number>) =>
  e.or([e('kind', 'not in', [...ASKING]), e('created_at', '>=', stale), e('attempts', '>', 0), e('approved', '=', 1)])
const waitingRows = query<{ now: number; latest: number; limit: number; kinds: string[]; stale: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select(shown)
    .where('state', '=', 'waiting')
    .where((e) => e.or([e('next_at', '<=', p.now), e('next_at', '>', p.latest)]))
    .where('kind', 'in', inList(p.kinds))
    .where((e) => mayGo(e, p.stale))
    .where(firstOfItsObject)
    .orderBy('id')
    .limit(p.limit),
)
const waitingOthers = query<{ now: number; latest: number; limit: number; kinds: string[]; stale: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select(shown)
    .where('state', '=', 'waiting')
    .where((e) => e.or([e('next_at', '<=', p.now), e('next_at', '>', p.latest)]))
    .where('kind', 'not in', inList(p.kinds))
    .where((e) => mayGo(e, p.stale))
    .where(firstOfItsObject)
    .orderBy('id')
    .limit(p.limit),
)
const nextWaiting = query<{ now: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('state', '=', 'waiting')
    .where('next_at', '>', p.now),
)
const unsent = query()(() => build.selectFrom('outgoing').select('id').where('state', '!=', 'sent'))
const deleteOutgoing = query<{ id: number }>()((p) => build.deleteFrom('outgoing').where('id', '=', p.id))
const freeUri = query<{ uri: string; id: number }>()((p) =>
  build.updateTable('outgoing').set({ uri: null }).where('uri', '=', p.uri).where('id', '!=', p.id),
)
const setSending = query<{
  id: number
  uri: string
  body: string | null
  total: number
  state: OutgoingState
  sent_at: number | null
  signer: NonNullable<Prepared['signer']>
  synchronize: number
  hosts: string
}>()((p) =>
  build
    .updateTable('outgoing')
    .set({
      uri: p.uri,
      body: p.body,
      total: p.total,
      state: p.state,
      sent_at: p.sent_at,
      error: null,
      signer: p.signer,
      synchronize: p.synchronize,
      hosts: p.hosts,
    })
    .where('id', '=', p.id),
)
const hostsOf = query<{ id: number }>()((p) => build.selectFrom('outgoing').select('hosts').where('id', '=', p.id))
const setHosts = query<{ id: number; hosts: string }>()((p) => build.updateTable('outgoing').set({ hosts: p.hosts }).where('id', '=', p.id))
const setSubject = query<{ id: number; subject: string }>()((p) =>
  build.updateTable('outgoing').set({ subject: p.subject }).where('id', '=', p.id),
)
const unspreadRows = query()(() =>
  build
    .selectFrom('outgoing')
    .select('id')
    .where('state', '=', 'sending')
    .where(sql<boolean>`subject ->> ${sql.lit(`$."${UNSPREAD}"`)} is not null`)
    .orderBy('id'),
)
const putOff = query<{ id: number; at: number; error: string | null; state: OutgoingState }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ next_at: p.at, error: p.error, state: p.state, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id)
    .where('state', '=', 'waiting'),
)
const countUp = query<{ id: number; delivered: number; failed: number; total: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ delivered: e('delivered', '+', p.delivered), failed: e('failed', '+', p.failed), total: e('total', '-', p.total) }))
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
const reopen = query<{ id: number; now: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set({
      state: sql<OutgoingState>`case when body is null then 'waiting' else 'sending' end`,
      failed: 0,
      next_at: p.now,
      attempts: 0,
      error: null,
      sent_at: null,
      approved: 1,
    })
    .where('id', '=', p.id),
)
const listed = query<{ since: number; limit: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select(shown)
    .where((e) => e.or([e('state', 'in', ['waiting', 'sending', 'failed']), e('sent_at', '>', p.since)]))
    // However much was sent, what is not done is never beyond the end of the list.
    .orderBy(sql`state = 'sent'`)
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const asking = query<{ stale: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select('id')
    .where('state', '=', 'waiting')
    .where('approved', '=', 0)
    .where('attempts', '=', 0)
    .where('created_at', '<', p.stale)
    .where('kind', 'in', [...ASKING])
    .orderBy('id'),
)
const counted = query()(() =>
  build
    .selectFrom('outgoing')
    .select(['state', (e) => e.fn.countAll<number>().as('count')])
    .where('state', 'in', ['waiting', 'sending', 'failed'])
    .groupBy('state'),
)
const purge = query<{ before: number; posts: number; kinds: string[]; limit: number }>()((p) =>
  build.deleteFrom('outgoing').where('id', 'in', (e) =>
    e
      .selectFrom('outgoing')
      .select('id')
      .where('state', '=', 'sent')
      .where((w) => w.or([w('sent_at', '<', p.posts), w.and([w('sent_at', '<', p.before), w('kind', 'not in', inList(p.kinds))])]))
      .limit(p.limit),
  ),
)

/** When the next row is due and how long after it the one that follows, in milliseconds. */
interface Pace {
  at: number
  step: number
}

type StoredItem = NonNullable<ReturnType<typeof outgoingRow.get>>
const asks = (row: StoredItem, now: number): boolean =>
  row.state === 'waiting' &&
  row.approved === 0 &&
  row.attempts === 0 &&
  row.created_at < now - STALE_MS &&
  ASKING.includes(row.kind as OutgoingKind)
const toOutgoing = (row: StoredItem, now: number): Outgoing => ({
  id: row.id,
  uri: row.uri,
  kind: row.kind as OutgoingKind,
  state: row.state,
  subject: JSON.parse(row.subject) as Record<string, unknown>,
  objectKey: row.object_key,
  postId: row.post_id,
  accountId: row.account_id,
  total: row.total,
  delivered: row.delivered,
  failed: row.failed,
  attempts: row.attempts,
  nextAt: row.next_at,
  error: row.error as FailureCode | null,
  createdAt: row.created_at,
  sentAt: row.sent_at,
  asks: asks(row, now),
})

/** What the sending thread needs to know of an activity. */
export interface Letter {
  body: string
  signer: NonNullable<Prepared['signer']>
  synchronize: boolean
}

export interface Released {
  /** Those that have got their row. */
  inboxes: Address[]
  /** Earlier items of the same object that have less to do now. */
  moved: number[]
  more: boolean
}

export interface Queue {
  /** Adds a waiting item; ids rise with time, whatever the clock does. */
  add(item: OutgoingItem): number
  get(id: number): Outgoing | null
  letter(id: number): Letter | null
  /**
   * Takes back what has not left; see `Outbox.takeBack`. An item that could not be rendered has not left either, nor has one with rows of which none
   * has been tried. `flying`: activities of which something is on its way right now.
   */
  takeBack(
    objectKey: string,
    kinds: OutgoingKind[] | undefined,
    flying: (id: number) => boolean,
  ): { result: 'none' | 'cancelled' | 'left'; removed: number[] }
  /** Waiting items that may be prepared now, oldest first, one per object: of these kinds, or of all others. */
  waiting(limit: number, kinds: { only: readonly OutgoingKind[] } | { not: readonly OutgoingKind[] }): Outgoing[]
  remove(id: number): void
  /** Drops everything that has not arrived, whatever it says: the account is closed. Returns the items. */
  removeUnsent(): number[]
  /**
   * Turns a waiting item into one row per inbox and drops what it makes pointless there; inside a transaction. Of thousands only the first rows are
   * made; `more` says so. `flying`: rows on their way right now.
   */
  release(item: Outgoing, prepared: Omit<Prepared, 'commit'>, flying: readonly number[]): Released
  /** Makes the next rows of such an item; inside a transaction. */
  spread(id: number, flying: readonly number[]): Released
  /** Items whose rows are not all made yet, oldest first. */
  unspread(): number[]
  /** A waiting item that could not be prepared: later, or never (`failed`). */
  postpone(id: number, at: number, error: FailureCode | null, failed: boolean): void
  /** Writes results; inside a transaction. Each counts once, however often it comes. */
  apply(changes: readonly Change[]): void
  /** What waits for an inbox goes to these instead; inside a transaction. Returns the activities that have changed. */
  redirect(inbox: string, to: readonly Address[]): number[]
  /** Some of its rows are gone: it may be done. Inside a transaction. */
  settle(id: number): void
  /** Starts over what has not arrived, from the owner's hand. Returns the inboxes it goes to now; null: everything has arrived. */
  restart(id: number): Address[] | null
  /** Newest first: everything waiting, on its way or failed, and what was sent within a day. */
  list(limit: number): Outgoing[]
  /** What goes only when the owner says so, oldest first. */
  asking(): number[]
  counts(): { waiting: number; failed: number }
  /** When the next postponed item is due; null if there is none. */
  nextDue(): number | null
  /** Takes some room on the disk and gives it back. Throws `disk-full` while there is none. */
  tryRoom(): void
  /** Forgets some of what was sent a day ago; true if there may be more. */
  purge(): boolean
}

export function openQueue(store: Store, rows: Rows, now: () => number): Queue {
  const count = (id: number, by: { delivered?: number; failed?: number; total?: number }): void => {
    countUp.run(store, { id, delivered: by.delivered ?? 0, failed: by.failed ?? 0, total: by.total ?? 0 })
    finish.run(store, { id, at: now() })
  }
  const addRows = (item: Outgoing, inboxes: readonly string[], flying: readonly number[], pace: Pace | undefined): Released => {
    const { id, kind, objectKey, subject } = item
    const part = addressesOf(inboxes.slice(0, ROWS_AT_ONCE))
    const later = inboxes.slice(ROWS_AT_ONCE)
    const more = later.length > 0
    if (more || UNSPREAD in subject) {
      const next = more && pace ? { at: pace.at + pace.step * part.length, step: pace.step } : undefined
      setSubject.run(store, { id, subject: JSON.stringify({ ...subject, [UNSPREAD]: more ? later : undefined, [PACE]: next }) })
    }
    if (part.length > 0) rows.add({ id, key: objectKey }, part, pace && { at: Math.round(pace.at), step: pace.step })
    const kinds = SUPERSEDES[kind]
    if (!kinds || part.length === 0) return { inboxes: part, moved: [], more }
    const dropped = rows.supersede({ id, key: objectKey, kinds, inboxes: part.map(({ inbox }) => inbox), flying })
    for (const [earlier, total] of dropped) count(earlier, { total })
    return { inboxes: part, moved: [...dropped.keys()], more }
  }
  return {
    add(item) {
      const at = now()
      const id = Math.max(nextId(at), (newest.get(store)?.id ?? 0) + 1)
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
      return row ? toOutgoing(row, now()) : null
    },
    letter(id) {
      const row = letterOf.get(store, { id })
      return row && row.body !== null ? { body: row.body, signer: row.signer, synchronize: row.synchronize === 1 } : null
    },
    takeBack(objectKey, kinds, flying) {
      const items = byObject.all(store, { key: objectKey }).filter((item) => !kinds || kinds.includes(item.kind as OutgoingKind))
      const unsent = items.filter(({ id, state, total, delivered, failed }) => {
        if (state === 'waiting' || (state === 'failed' && total === 0)) return true
        return state === 'sending' && delivered + failed === 0 && !flying(id) && rows.untried(id, total)
      })
      // One that failed everywhere may have arrived all the same; nobody will want to try it again.
      const failed = items.filter((item) => item.state === 'failed' && item.total > 0)
      for (const item of [...unsent, ...failed]) deleteOutgoing.run(store, { id: item.id })
      const left = items.length > unsent.length
      return {
        result: left ? 'left' : unsent.length > 0 ? 'cancelled' : 'none',
        removed: [...unsent, ...failed].map((item) => item.id),
      }
    },
    waiting(limit, kinds) {
      const times = { now: now(), latest: now() + LONGEST_WAIT, limit, stale: now() - STALE_MS }
      const found =
        'only' in kinds
          ? waitingRows.all(store, { ...times, kinds: [...kinds.only] })
          : waitingOthers.all(store, { ...times, kinds: [...kinds.not] })
      return found.map((row) => toOutgoing(row, now()))
    },
    remove: (id) => void deleteOutgoing.run(store, { id }),
    removeUnsent() {
      const ids = unsent.all(store).map((row) => row.id)
      for (const id of ids) deleteOutgoing.run(store, { id })
      return ids
    },
    release(item, prepared, flying) {
      const { id } = item
      const inboxes = addressesOf(prepared.inboxes)
      const done = inboxes.length === 0
      const pace = prepared.spreadMs && !done ? { at: now(), step: prepared.spreadMs / inboxes.length } : undefined
      // An Accept that is given again has the uri of the first one.
      freeUri.run(store, { uri: prepared.uri, id })
      setSending.run(store, {
        id,
        uri: prepared.uri,
        body: done ? null : prepared.body,
        total: inboxes.length,
        state: done ? 'sent' : 'sending',
        sent_at: done ? now() : null,
        signer: prepared.signer ?? 'owner',
        synchronize: prepared.synchronize ? 1 : 0,
        hosts: JSON.stringify([...new Set(inboxes.map(({ host }) => host))]),
      })
      return addRows(
        item,
        inboxes.map(({ inbox }) => inbox),
        flying,
        pace,
      )
    },
    spread(id, flying) {
      const row = outgoingRow.get(store, { id })
      const item = row && toOutgoing(row, now())
      const inboxes = item?.subject[UNSPREAD]
      if (!item || !Array.isArray(inboxes)) return { inboxes: [], moved: [], more: false }
      return addRows(item, inboxes as string[], flying, item.subject[PACE] as Pace | undefined)
    },
    unspread: () => unspreadRows.all(store).map((row) => row.id),
    postpone: (id, at, error, failed) => void putOff.run(store, { id, at, error, state: failed ? 'failed' : 'waiting' }),
    apply(changes) {
      for (const [id, by] of rows.apply(changes)) count(id, by)
    },
    redirect(inbox, to) {
      const before = URL.parse(inbox)?.host
      const changes = rows.redirect(inbox, to)
      for (const [id, more] of changes) {
        count(id, { total: -more })
        const listed = JSON.parse(hostsOf.get(store, { id })?.hosts ?? '[]') as string[]
        const stays = rows.inboxesOf(id).some(({ host }) => host === before)
        const hosts = new Set([...listed.filter((host) => stays || host !== before), ...to.map(({ host }) => host)])
        setHosts.run(store, { id, hosts: JSON.stringify([...hosts]) })
      }
      return [...changes.keys()]
    },
    settle: (id) => void finish.run(store, { id, at: now() }),
    restart: (id) =>
      store.transaction(() => {
        const item = outgoingRow.get(store, { id })
        if (!item || (item.state === 'sent' && item.failed === 0)) return null
        rows.restart(id)
        reopen.run(store, { id, now: now() })
        return rows.inboxesOf(id)
      }),
    list: (limit) =>
      listed
        .all(store, { since: now() - KEPT_SENT_MS, limit })
        .sort((a, b) => b.id - a.id)
        .map((row) => toOutgoing(row, now())),
    asking: () => asking.all(store, { stale: now() - STALE_MS }).map((row) => row.id),
    counts() {
      const by = new Map(counted.all(store).map((row) => [row.state, row.count]))
      return { waiting: (by.get('waiting') ?? 0) + (by.get('sending') ?? 0), failed: by.get('failed') ?? 0 }
    },
    nextDue: () => nextWaiting.get(store, { now: now() })?.at ?? null,
    tryRoom() {
      const id = (newest.get(store)?.id ?? 0) + 1
      const room = {
        id,
        kind: 'profile',
        subject: JSON.stringify(' '.repeat(ROOM_BYTES)),
        object_key: '',
        post_id: null,
        account_id: null,
        at: now(),
      }
      // Really written, not rolled back: a disk that is full says so at the commit.
      store.transaction(() => {
        insertOutgoing.run(store, room)
        const none = { body: null, total: 0, signer: 'owner', synchronize: 0, hosts: '[]' } as const
        setSending.run(store, { id, uri: `room:${id}`, state: 'sent', sent_at: 0, ...none })
      })
      deleteOutgoing.run(store, { id })
    },
    purge() {
      const times = { before: now() - KEPT_SENT_MS, posts: now() - KEPT_POSTS_MS }
      return purge.run(store, { ...times, kinds: [...SHOWN_PER_POST], limit: PURGED_AT_ONCE }).changes === PURGED_AT_ONCE
    },
  }
}
