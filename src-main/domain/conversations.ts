import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query } from '../store/query.ts'
import { threadOf } from './muted-threads.ts'
import { pageOf } from './paging.ts'
import { findOwnerId, setting } from './rows.ts'
import { setSetting } from './settings.ts'
import { hushed } from './timelines.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/** Private mentions as conversations: one per thread and the people in it, as on Mastodon. */

export interface Conversation {
  id: number
  /** The others, in the order of their ids; empty for notes to oneself. */
  accountIds: number[]
  lastPostId: number
  unread: boolean
  updatedAt: number
}

type Row = Selectable<Schema['conversations']>
const byId = query<{ id: number }>()((p) => build.selectFrom('conversations').selectAll().where('id', '=', p.id))
const byPeople = query<{ thread: number; people: string }>()((p) =>
  build.selectFrom('conversations').selectAll().where('thread', '=', p.thread).where('people', '=', p.people),
)
const insert = query<{ id: number; thread: number; people: string; last: number; unread: number; at: number }>()((p) =>
  build
    .insertInto('conversations')
    .values({ id: p.id, thread: p.thread, people: p.people, last_post_id: p.last, unread: p.unread, updated_at: p.at }),
)
const refresh = query<{ id: number; last: number; unread: number; at: number }>()((p) =>
  build.updateTable('conversations').set({ last_post_id: p.last, unread: p.unread, updated_at: p.at }).where('id', '=', p.id),
)
const setUnread = query<{ id: number; unread: number }>()((p) =>
  build.updateTable('conversations').set({ unread: p.unread }).where('id', '=', p.id),
)
const rethread = query<{ id: number; thread: number }>()((p) =>
  build.updateTable('conversations').set({ thread: p.thread }).where('id', '=', p.id),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('conversations').where('id', '=', p.id))
const ofPost = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('conversation_posts')
    .innerJoin('conversations', 'conversations.id', 'conversation_posts.conversation_id')
    .selectAll('conversations')
    .where('conversation_posts.post_id', '=', p.post_id),
)
const putPost = query<{ post_id: number; conversation_id: number }>()((p) =>
  build
    .insertInto('conversation_posts')
    .values({ post_id: p.post_id, conversation_id: p.conversation_id })
    .onConflict((c) => c.column('post_id').doUpdateSet({ conversation_id: p.conversation_id })),
)
const takePost = query<{ post_id: number }>()((p) => build.deleteFrom('conversation_posts').where('post_id', '=', p.post_id))
const moveAll = query<{ from: number; to: number }>()((p) =>
  build.updateTable('conversation_posts').set({ conversation_id: p.to }).where('conversation_id', '=', p.from),
)
const newest = query<{ id: number }>()((p) =>
  build
    .selectFrom('conversation_posts')
    .select((e) => e.fn.max('post_id').as('id'))
    .where('conversation_id', '=', p.id),
)
const postFacts = query<{ id: number }>()((p) =>
  build
    .selectFrom('posts')
    .select(['id', 'account_id', 'own', 'visibility', 'boost_of', 'in_reply_to_id', 'created_at'])
    .where('id', '=', p.id),
)
const namedIn = query<{ post_id: number }>()((p) =>
  build.selectFrom('mentions').select('account_id').where('post_id', '=', p.post_id).where('account_id', 'is not', null),
)
const beginningAtAnswers = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('conversations')
    .selectAll()
    .where('thread', 'in', build.selectFrom('posts').select('id').where('in_reply_to_id', '=', p.post_id)),
)
type Bounds = { max: number; min: number; limit: number; now: number }
// By the last post: that is the order people know, and what Mastodon's cursors are. A page shows nobody the owner does not want to read.
const rows = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('conversations')
      .innerJoin('posts', 'posts.id', 'conversations.last_post_id')
      .selectAll('conversations')
      .where('conversations.last_post_id', '<', p.max)
      .where('conversations.last_post_id', '>', p.min)
      .where('posts.account_id', 'not in', hushed(p))
      .orderBy('conversations.last_post_id', direction)
      .limit(p.limit),
  )
const down = rows('desc')
const up = rows('asc')
const directPage = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('conversation_posts')
      .innerJoin('posts', 'posts.id', 'conversation_posts.post_id')
      .select('posts.id')
      .where('conversation_posts.post_id', '<', p.max)
      .where('conversation_posts.post_id', '>', p.min)
      .where('posts.account_id', 'not in', hushed(p))
      .orderBy('conversation_posts.post_id', direction)
      .limit(p.limit),
  )
const directDown = directPage('desc')
const directUp = directPage('asc')

function toConversation(row: Row): Conversation {
  return {
    id: row.id,
    accountIds: JSON.parse(row.people) as number[],
    lastPostId: row.last_post_id as number,
    unread: row.unread === 1,
    updatedAt: row.updated_at,
  }
}

/** The last to be written in first; pages by `lastPostId`. */
export function conversationsPage(d: Domain, page: Page): Conversation[] {
  const now = d.now()
  return pageOf(page, {
    down: (bounds) => down.all(d.store, { ...bounds, now }),
    up: (bounds) => up.all(d.store, { ...bounds, now }),
  }).map(toConversation)
}

/** Private mentions one by one, newest first, as ids. */
export function directPosts(d: Domain, page: Page): number[] {
  const now = d.now()
  return pageOf(page, {
    down: (bounds) => directDown.all(d.store, { ...bounds, now }),
    up: (bounds) => directUp.all(d.store, { ...bounds, now }),
  }).map((row) => row.id)
}

export function conversationById(d: Domain, id: number): Conversation | null {
  const row = byId.get(d.store, { id })
  return row && row.last_post_id !== null ? toConversation(row) : null
}

/** The conversation a post stands in, or null. */
export function conversationOf(d: Domain, postId: number): Conversation | null {
  const row = ofPost.get(d.store, { post_id: postId })
  return row && row.last_post_id !== null ? toConversation(row) : null
}

/** Throws 'not-found'. Event `conversation-changed`, if it was unread. */
export function readConversation(d: Domain, id: number, unread = false): Conversation {
  return d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    if (!row || row.last_post_id === null) throw gone()
    if (row.unread !== Number(unread)) {
      setUnread.run(d.store, { id, unread: Number(unread) })
      d.events.append('conversation-changed', { conversationId: id, gone: false })
    }
    return toConversation({ ...row, unread: Number(unread) as 0 | 1 })
  })
}

/** Out of the list; its posts stay, and the next one brings it back. Throws 'not-found'. Event `conversation-changed`. */
export function removeConversation(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { id }).changes === 0) throw gone()
    d.events.append('conversation-changed', { conversationId: id, gone: true })
  })
}

const gone = () => new AppError('not-found', 'This conversation is not there any more.')

/**
 * A private mention takes its place in its conversation, inside the transaction that stores it, its mentions written; again after those
 * have changed. Nothing happens for posts that are none. `quietly`: read up later, or known before: does not make it unread. Event
 * `conversation-changed`.
 */
export function joined(d: Domain, postId: number, options: { quietly?: boolean } = {}): void {
  const post = postFacts.get(d.store, { id: postId })
  if (!post || post.visibility !== 'direct' || post.boost_of !== null) return
  const owner = findOwnerId(d)
  const named = namedIn.all(d.store, { post_id: postId }).map((row) => row.account_id as number)
  const others = [...new Set([post.account_id, ...named])].filter((id) => id !== owner).sort((a, b) => a - b)
  const people = JSON.stringify(others)
  const above = post.in_reply_to_id === null ? undefined : ofPost.get(d.store, { post_id: post.in_reply_to_id })
  const thread = above?.thread ?? threadOf(d, postId)
  const before = ofPost.get(d.store, { post_id: postId })
  if (before && before.thread === thread && before.people === people) return
  if (before) leave(d, postId, before.id)
  const known = byPeople.get(d.store, { thread, people })
  const heard = post.own === 0 && !options.quietly
  const id = known?.id ?? nextId(d.now())
  if (!known) insert.run(d.store, { id, thread, people, last: postId, unread: Number(heard), at: post.created_at })
  else if (known.last_post_id === null || postId > known.last_post_id) {
    // Whoever answers has read.
    const unread = post.own === 1 ? 0 : heard ? 1 : known.unread
    refresh.run(d.store, { id, last: postId, unread, at: post.created_at })
  } else if (heard && known.unread === 0) setUnread.run(d.store, { id, unread: 1 })
  putPost.run(d.store, { post_id: postId, conversation_id: id })
  d.events.append('conversation-changed', { conversationId: id, gone: false })
}

/** A post goes, or is no private mention any more: before its row does. Event `conversation-changed`. */
export function leftConversation(d: Domain, postId: number): void {
  const row = ofPost.get(d.store, { post_id: postId })
  if (row) leave(d, postId, row.id)
}

function leave(d: Domain, postId: number, id: number): void {
  takePost.run(d.store, { post_id: postId })
  const last = newest.get(d.store, { id })?.id ?? null
  if (last === null) remove.run(d.store, { id })
  else {
    const row = byId.get(d.store, { id }) as Row
    refresh.run(d.store, { id, last, unread: row.unread, at: postFacts.get(d.store, { id: last })?.created_at ?? row.updated_at })
  }
  d.events.append('conversation-changed', { conversationId: id, gone: last === null })
}

/** A post has come that others answered before: conversations that began at such an answer begin higher now; equal ones become one. */
export function conversationsGrew(d: Domain, postId: number): void {
  const found = beginningAtAnswers.all(d.store, { post_id: postId })
  if (found.length === 0) return
  const thread = threadOf(d, postId)
  for (const row of found) {
    const same = byPeople.get(d.store, { thread, people: row.people })
    if (!same) {
      rethread.run(d.store, { id: row.id, thread })
      continue
    }
    moveAll.run(d.store, { from: row.id, to: same.id })
    remove.run(d.store, { id: row.id })
    const last = newest.get(d.store, { id: same.id })?.id
    if (last != null) {
      const unread = Math.max(same.unread, row.unread)
      refresh.run(d.store, { id: same.id, last, unread, at: Math.max(same.updated_at, row.updated_at) })
    }
    d.events.append('conversation-changed', { conversationId: row.id, gone: true })
    d.events.append('conversation-changed', { conversationId: same.id, gone: false })
  }
}

const EARLIER = 'conversationsJoinedUpTo'
/** Posts looked at in one step: a few milliseconds. */
const STEP = 2_000
const following = query<{ after: number; limit: number }>()((p) =>
  build.selectFrom('posts').select(['id', 'visibility']).where('id', '>', p.after).orderBy('id').limit(p.limit),
)
const inOne = query<{ ids: number[] }>()((p) =>
  build.selectFrom('conversation_posts').select('post_id').where('post_id', 'in', inList(p.ids)),
)

/**
 * One step of putting the private mentions of the time before there were conversations into theirs, as read. Remembers how far it is, so
 * it goes on after a restart. Returns whether there is more to do.
 */
export function joinEarlier(d: Domain): boolean {
  const reached = setting(d, EARLIER)
  if (reached === 'done') return false
  return d.store.transaction(() => {
    const after = typeof reached === 'number' ? reached : 0
    const step = following.all(d.store, { after, limit: STEP })
    const direct = step.filter((row) => row.visibility === 'direct').map((row) => row.id)
    const placed = new Set(direct.length === 0 ? [] : inOne.all(d.store, { ids: direct }).map((row) => row.post_id))
    for (const id of direct) if (!placed.has(id)) joined(d, id, { quietly: true })
    const last = step.at(-1)
    setSetting(d, EARLIER, step.length < STEP || !last ? 'done' : last.id)
    return step.length === STEP
  })
}
