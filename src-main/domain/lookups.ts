import { build, inList, query, sql } from '../store/query.ts'
import { ownerId } from './rows.ts'
import type { Domain } from './domain.ts'

/** What has been looked up at the origin of others' posts and people, and when: so that nobody is asked again too soon. */

/** How far an account's own list of posts has been read. */
export interface ReadingMark {
  /** When its newest posts were read last. */
  at: number | null
  /** Address of the page before the oldest one read. */
  next: string | null
  /** The beginning has been reached. */
  done: boolean
}

const reading = query<{ id: number }>()((p) =>
  build.selectFrom('accounts').select(['posts_fetched_at', 'outbox_next', 'outbox_done']).where('id', '=', p.id),
)
const markReading = query<{ id: number; at: number | null; next: string | null; done: number }>()((p) =>
  build.updateTable('accounts').set({ posts_fetched_at: p.at, outbox_next: p.next, outbox_done: p.done }).where('id', '=', p.id),
)
const looked = query<{ id: number }>()((p) =>
  build.selectFrom('posts').select(['checked_at', 'walked_at', 'received_at']).where('id', '=', p.id),
)
const check = query<{ id: number; at: number }>()((p) => build.updateTable('posts').set({ checked_at: p.at }).where('id', '=', p.id))
const walk = query<{ ids: number[]; at: number }>()((p) =>
  build.updateTable('posts').set({ walked_at: p.at }).where('id', 'in', inList(p.ids)),
)

/** Upwards and downwards from a post, as far as it is here. */
const rootOf = query<{ id: number }>()((p) =>
  build
    .withRecursive('up', (w) =>
      w
        .selectFrom('posts')
        .select(['posts.id', 'posts.in_reply_to_id as parent', sql<number>`0`.as('depth')])
        .where('posts.id', '=', p.id)
        .unionAll(
          w
            .selectFrom('up')
            .innerJoin('posts', 'posts.id', 'up.parent')
            .select(['posts.id', 'posts.in_reply_to_id as parent', sql<number>`up.depth + 1`.as('depth')])
            .where('up.depth', '<', 4_096),
        ),
    )
    .selectFrom('up')
    .select('id')
    .orderBy('depth', 'desc')
    .limit(1),
)
const below = query<{ id: number; limit: number }>()((p) =>
  build
    .withRecursive('down', (w) =>
      w
        .selectFrom('posts')
        .select('posts.id')
        .where('posts.id', '=', p.id)
        .union(w.selectFrom('down').innerJoin('posts', 'posts.in_reply_to_id', 'down.id').select('posts.id')),
    )
    .selectFrom('down')
    .innerJoin('posts', 'posts.id', 'down.id')
    .select(['posts.id', 'posts.uri', 'posts.own', 'posts.context_uri', 'posts.replies_uri', 'posts.visibility'])
    .orderBy('posts.id')
    .limit(p.limit),
)
const threads = query<{ owner: number; since: number; limit: number }>()((p) =>
  build
    .selectFrom('posts')
    .select(['id', 'in_reply_to_id'])
    .where('account_id', '=', p.owner)
    .where('boost_of', 'is', null)
    .where('created_at', '>', p.since)
    .where('visibility', 'in', ['public', 'unlisted'])
    .where('released_at', 'is not', null)
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const synchronized = query<{ id: number }>()((p) => build.selectFrom('accounts').select('synchronized_at').where('id', '=', p.id))
const synchronize = query<{ id: number; at: number }>()((p) =>
  build.updateTable('accounts').set({ synchronized_at: p.at }).where('id', '=', p.id),
)
const followedIn = query<{ owner: number; domain: string }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.target_id')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('follows.account_id', '=', p.owner)
    .where('follows.state', '=', 'accepted')
    .where('accounts.domain', '=', p.domain),
)

const followedRows = query<{ owner: number; state: string }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.target_id')
    .select(['follows.id as followId', 'follows.created_at as since', 'accounts.id as accountId', 'accounts.uri'])
    .select(['accounts.outbox', 'accounts.featured_uri as featuredUri'])
    .where('follows.account_id', '=', p.owner)
    .where('follows.state', '=', sql<'accepted'>`${p.state}`)
    .where('accounts.suspended_at', 'is', null)
    .where('accounts.uri', 'is not', null)
    .orderBy('accounts.last_post_at', 'desc'),
)

/** Null for an account that is not here. */
export function readingMark(d: Domain, accountId: number): ReadingMark | null {
  const row = reading.get(d.store, { id: accountId })
  return row ? { at: row.posts_fetched_at, next: row.outbox_next, done: row.outbox_done === 1 } : null
}

export function setReadingMark(d: Domain, accountId: number, mark: ReadingMark): void {
  markReading.run(d.store, { id: accountId, at: mark.at, next: mark.next, done: Number(mark.done) })
}

/** When a post was last compared with its origin (when it came, if never since), and when its conversation was walked. */
export function lookedAt(d: Domain, postId: number): { checkedAt: number; walkedAt: number | null } | null {
  const row = looked.get(d.store, { id: postId })
  return row ? { checkedAt: row.checked_at ?? row.received_at, walkedAt: row.walked_at } : null
}

export function markChecked(d: Domain, postId: number, at: number): void {
  check.run(d.store, { id: postId, at })
}

export function markWalked(d: Domain, postIds: number[], at: number): void {
  walk.run(d.store, { ids: postIds, at })
}

/** The first post of a conversation as far as it is here: the post itself, if it answers nothing that is. */
export function threadRoot(d: Domain, postId: number): number {
  return rootOf.get(d.store, { id: postId })?.id ?? postId
}

/** A post of a conversation and where more of it is to be had. */
export interface ThreadPost {
  id: number
  uri: string | null
  own: boolean
  open: boolean
  contextUri: string | null
  repliesUri: string | null
}

/** A post and everything below it that is here, oldest first. */
export function threadBelow(d: Domain, postId: number, limit: number): ThreadPost[] {
  return below.all(d.store, { id: postId, limit }).map((row) => ({
    id: row.id,
    uri: row.uri,
    own: row.own === 1,
    open: row.visibility === 'public' || row.visibility === 'unlisted',
    contextUri: row.context_uri,
    repliesUri: row.replies_uri,
  }))
}

/** First posts of the conversations the owner wrote in since then, each once, the latest first. */
export function ownThreads(d: Domain, since: number, limit: number): number[] {
  const rows = threads.all(d.store, { owner: ownerId(d), since, limit: limit * 4 })
  return [...new Set(rows.map((row) => (row.in_reply_to_id === null ? row.id : threadRoot(d, row.id))))].slice(0, limit)
}

/** When the list of an account's followers was compared with ours last (FEP-8fcf). */
export function synchronizedAt(d: Domain, accountId: number): number | null {
  return synchronized.get(d.store, { id: accountId })?.synchronized_at ?? null
}

export function markSynchronized(d: Domain, accountId: number, at: number): void {
  synchronize.run(d.store, { id: accountId, at })
}

/** How many people of a domain the owner follows. */
export function followedOn(d: Domain, domain: string): number {
  return followedIn.get(d.store, { owner: ownerId(d), domain })?.count ?? 0
}

export interface FollowedAccount {
  followId: number
  /** When the owner asked. */
  since: number
  accountId: number
  uri: string | null
  outbox: string | null
  featuredUri: string | null
}

/** Whom the owner follows (or has asked to), those heard from last first. */
export function followedAccounts(d: Domain, state: 'accepted' | 'pending'): FollowedAccount[] {
  return followedRows.all(d.store, { owner: ownerId(d), state })
}
