import { AppError } from './errors.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { findOwnerId } from './rows.ts'
import { postById, postRow } from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { PostRow } from './rows.ts'
import type { Post } from './types.ts'

/** What stands at the top of a profile: the owner's choice, and others' as their servers tell it. */

/** As on Mastodon. */
export const MAX_PINS = 5
/** Of others: more is no choice any more. */
const MAX_REMOTE = 20

const pinned = query<{ account_id: number; limit: number }>()((p) =>
  build
    .selectFrom('posts')
    .select('id')
    .where('account_id', '=', p.account_id)
    .where('pinned_at', 'is not', null)
    .orderBy('pinned_at', 'desc')
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const mark = query<{ id: number; at: number | null }>()((p) => build.updateTable('posts').set({ pinned_at: p.at }).where('id', '=', p.id))

/** Posts pinned to a profile, the latest pin first. */
export function pinnedIds(d: Domain, accountId: number): number[] {
  return pinned.all(d.store, { account_id: accountId, limit: MAX_REMOTE }).map((row) => row.id)
}

/**
 * Pins an own post to the profile; again: nothing happens. Not what was written to named people, no boost, at most {@link MAX_PINS}.
 * Throws 'not-found', 'invalid' (`not-own`, `not-pinnable`, `too-many-pins`). Event `pinned`.
 */
export function pin(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = pinnable(d, postId)
    if (post.pinned_at === null) {
      if (pinnedIds(d, post.account_id).length >= MAX_PINS) {
        throw new AppError('invalid', `You have already pinned the maximum number of posts (${MAX_PINS}).`, {
          reason: 'too-many-pins',
          params: { max: MAX_PINS },
        })
      }
      mark.run(d.store, { id: post.id, at: d.now() })
      d.events.append('pinned', { postId: post.id, own: true })
    }
    return postById(d, post.id) as Post
  })
}

/** Takes an own post off the top of the profile. Without a pin nothing happens. Throws as {@link pin}. Event `unpinned`. */
export function unpin(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = pinnable(d, postId)
    unmark(d, post, true)
    return postById(d, post.id) as Post
  })
}

function pinnable(d: Domain, postId: number): PostRow {
  const post = postRow(d, postId)
  if (!post) throw new AppError('not-found', 'This post is not there any more.')
  if (post.own !== 1) throw new AppError('invalid', "Someone else's post cannot be pinned", { reason: 'not-own' })
  if (post.boost_of !== null) throw new AppError('invalid', 'A boost cannot be pinned', { reason: 'not-pinnable' })
  if (post.visibility === 'direct') {
    throw new AppError('invalid', 'Posts that are only visible to mentioned users cannot be pinned', { reason: 'not-pinnable' })
  }
  return post
}

function unmark(d: Domain, post: PostRow, own: boolean): boolean {
  if (post.pinned_at === null) return false
  mark.run(d.store, { id: post.id, at: null })
  d.events.append('unpinned', { postId: post.id, own })
  return true
}

/** A post of this account that its profile may show on top. */
function theirs(d: Domain, accountId: number, postId: number): PostRow | null {
  const post = postRow(d, postId)
  return post?.own === 0 && post.account_id === accountId && post.boost_of === null && post.visibility !== 'direct' ? post : null
}

/** The whole list of somebody's pins, in the order shown; posts of others in it are passed over. Events `pinned`, `unpinned`. */
export function setPinned(d: Domain, accountId: number, postIds: readonly number[]): void {
  if (accountId === findOwnerId(d)) return
  d.store.transaction(() => {
    const now = d.now()
    const wanted = [...new Set(postIds)].flatMap((id) => theirs(d, accountId, id) ?? []).slice(0, MAX_REMOTE)
    const kept = new Set(wanted.map((post) => post.id))
    for (const id of pinnedIds(d, accountId)) if (!kept.has(id)) unmark(d, postRow(d, id) as PostRow, false)
    wanted.forEach((post, place) => {
      mark.run(d.store, { id: post.id, at: now - place })
      if (post.pinned_at === null) d.events.append('pinned', { postId: post.id, own: false })
    })
  })
}

/** Somebody pinned one of their posts. False: not theirs, not here, pinned already, or too many. Event `pinned`. */
export function receivePin(d: Domain, accountId: number, postId: number): boolean {
  return d.store.transaction(() => {
    const post = theirs(d, accountId, postId)
    if (!post || post.pinned_at !== null || pinnedIds(d, accountId).length >= MAX_REMOTE) return false
    mark.run(d.store, { id: post.id, at: d.now() })
    d.events.append('pinned', { postId: post.id, own: false })
    return true
  })
}

/** Somebody took one of their posts off the top. False: it was not there. Event `unpinned`. */
export function receiveUnpin(d: Domain, accountId: number, postId: number): boolean {
  return d.store.transaction(() => {
    const post = theirs(d, accountId, postId)
    return post !== null && unmark(d, post, false)
  })
}
