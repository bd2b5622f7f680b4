import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { notify, unnotify } from './notifications.ts'
import { ownerId } from './rows.ts'
import { ownUris, postById, rememberTombstone, sameHost, subject, tombstone } from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { Post } from './types.ts'

/** Favourites, the owner's and others', and bookmarks, which are nobody's business but the owner's. */

const insert = query<{ id: number; account_id: number; post_id: number; uri: string | null; at: number }>()((p) =>
  build
    .insertInto('favourites')
    .values({ id: p.id, account_id: p.account_id, post_id: p.post_id, uri: p.uri, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const byPair = query<{ account_id: number; post_id: number }>()((p) =>
  build.selectFrom('favourites').selectAll().where('post_id', '=', p.post_id).where('account_id', '=', p.account_id),
)
const byUri = query<{ account_id: number; uri: string }>()((p) =>
  build.selectFrom('favourites').selectAll().where('account_id', '=', p.account_id).where('uri', '=', p.uri),
)
const byId = query<{ id: number }>()((p) => build.selectFrom('favourites').selectAll().where('id', '=', p.id))
const remove = query<{ id: number }>()((p) => build.deleteFrom('favourites').where('id', '=', p.id))
const count = query<{ post_id: number; by: number }>()((p) =>
  build
    .updateTable('posts')
    .set((e) => ({ favourites_count: e('favourites_count', '+', p.by) }))
    .where('id', '=', p.post_id),
)
const insertBookmark = query<{ id: number; post_id: number; at: number }>()((p) =>
  build
    .insertInto('bookmarks')
    .values({ id: p.id, post_id: p.post_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const removeBookmark = query<{ post_id: number }>()((p) => build.deleteFrom('bookmarks').where('post_id', '=', p.post_id))
const accountFacts = query<{ id: number }>()((p) => build.selectFrom('accounts').select(['uri', 'suspended_at']).where('id', '=', p.id))

export interface Favourite {
  id: number
  accountId: number
  postId: number
  uri: string | null
  createdAt: number
}

/** The owner favourites a post (or what that boost boosts) and gets it back. Again: nothing happens. Throws 'not-found'. Event `favourited`. */
export function favouritePost(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const owner = ownerId(d)
    const at = d.now()
    const id = nextId(at)
    if (insert.run(d.store, { id, account_id: owner, post_id: post.id, uri: null, at }).changes > 0) {
      count.run(d.store, { post_id: post.id, by: 1 })
      d.events.append('favourited', { favouriteId: id, postId: post.id, accountId: owner, own: true })
    }
    return postById(d, post.id) as Post
  })
}

/** Takes the owner's favourite back. Without one nothing happens. Throws 'not-found'. Event `unfavourited`. */
export function unfavouritePost(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const owner = ownerId(d)
    const row = byPair.get(d.store, { account_id: owner, post_id: post.id })
    if (row) {
      remove.run(d.store, { id: row.id })
      count.run(d.store, { post_id: post.id, by: -1 })
      const uri = ownUris(d)?.favourite(row.id) ?? null
      d.events.append('unfavourited', { favouriteId: row.id, postId: post.id, accountId: owner, own: true, uri })
    }
    return postById(d, post.id) as Post
  })
}

/** A favourite by its id, as its own address names it. */
export function favouriteById(d: Domain, id: number): Favourite | null {
  const row = byId.get(d.store, { id })
  return row ? { id: row.id, accountId: row.account_id, postId: row.post_id, uri: row.uri, createdAt: row.created_at } : null
}

/**
 * Somebody favourited a post stored here. False: a repeat, or not kept (taken back before, suspended, or an own post that has not left:
 * nobody can have seen it). Events `favourited`, `notified`.
 */
export function receiveFavourite(d: Domain, favourite: { uri: string | null; accountId: number; postId: number }): boolean {
  return d.store.transaction(() => {
    const { uri, accountId } = favourite
    const post = subject(d, favourite.postId)
    if (post.own === 1 && post.released_at === null) return false
    if (accountFacts.get(d.store, { id: accountId })?.suspended_at !== null) return false
    if (uri !== null && tombstone(d, uri)) return false
    const at = d.now()
    const id = nextId(at)
    if (insert.run(d.store, { id, account_id: accountId, post_id: post.id, uri, at }).changes === 0) return false
    count.run(d.store, { post_id: post.id, by: 1 })
    d.events.append('favourited', { favouriteId: id, postId: post.id, accountId, own: false })
    if (post.own === 1) notify(d, 'favourite', accountId, post.id)
    return true
  })
}

/**
 * Somebody took a favourite back, named by its uri or by its post; the uri never counts again (rule 15). Returns whether there was one.
 * Event `unfavourited`.
 */
export function removeFavourite(d: Domain, favourite: { uri?: string | null; accountId: number; postId?: number | null }): boolean {
  return d.store.transaction(() => {
    const { accountId } = favourite
    const uri = favourite.uri ?? null
    const row =
      (uri === null ? undefined : byUri.get(d.store, { account_id: accountId, uri })) ??
      (favourite.postId ? byPair.get(d.store, { account_id: accountId, post_id: favourite.postId }) : undefined)
    const account = accountFacts.get(d.store, { id: accountId })?.uri
    if (uri !== null && account && sameHost(uri, account)) rememberTombstone(d, uri, 'Like', false, account)
    if (!row) return false
    remove.run(d.store, { id: row.id })
    count.run(d.store, { post_id: row.post_id, by: -1 })
    unnotify(d, 'favourite', accountId, row.post_id)
    d.events.append('unfavourited', { favouriteId: row.id, postId: row.post_id, accountId, own: false, uri: row.uri })
    return true
  })
}

/** Keeps a post (or what that boost boosts). Again: nothing happens. Throws 'not-found'. Event `bookmarked`. */
export function bookmarkPost(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    const post = subject(d, postId)
    const at = d.now()
    if (insertBookmark.run(d.store, { id: nextId(at), post_id: post.id, at }).changes > 0)
      d.events.append('bookmarked', { postId: post.id })
    return postById(d, post.id) as Post
  })
}

/** Lets a kept post go. Throws 'not-found'. Event `unbookmarked`. */
export function unbookmarkPost(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    const post = subject(d, postId)
    if (removeBookmark.run(d.store, { post_id: post.id }).changes > 0) d.events.append('unbookmarked', { postId: post.id })
    return postById(d, post.id) as Post
  })
}
