import { AppError } from './errors.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { leftConversation } from './conversations.ts'
import { loadPost } from './loading.ts'
import { releaseMedia } from './media.ts'
import { recipientsOf } from './recipients.ts'
import { unnotify } from './notifications.ts'
import { pollsVotedIn, recount } from './polls.ts'
import { quotedRemoved } from './quotes.ts'
import { findOwnerId } from './rows.ts'
import { unindexPost } from './search-index.ts'
import {
  addToBoosts,
  addToPosts,
  addToReplies,
  counts,
  isHome,
  ownUris,
  postRow,
  postRowByUri,
  rememberTombstone,
  sameHost,
} from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { PostRow } from './rows.ts'
import type { LoadedPost } from './types.ts'

/** The end of posts, boosts and accounts: what hangs on them goes, what counted them is counted down, their uris never come back. */

const removeRow = query<{ id: number }>()((p) => build.deleteFrom('posts').where('id', '=', p.id))
const boostsOf = query<{ id: number }>()((p) =>
  build.selectFrom('posts').select(['id', 'account_id', 'own', 'visibility']).where('boost_of', '=', p.id),
)
const accountRow = query<{ uri: string }>()((p) =>
  build.selectFrom('accounts').select(['id', 'own', 'uri', 'avatar_id', 'header_id']).where('uri', '=', p.uri),
)
const uriOfAccount = query<{ id: number }>()((p) => build.selectFrom('accounts').select('uri').where('id', '=', p.id))

const takeFavourites = query<{ account_id: number }>()((p) =>
  build
    .updateTable('posts')
    .set((e) => ({ favourites_count: e('favourites_count', '-', 1) }))
    .where('id', 'in', build.selectFrom('favourites').select('post_id').where('account_id', '=', p.account_id)),
)
const postsOf = query<{ account_id: number; after: number }>()((p) =>
  build.selectFrom('posts').selectAll().where('account_id', '=', p.account_id).where('id', '>', p.after).orderBy('id').limit(500),
)
const takeFollower = query<{ owner: number; account_id: number }>()((p) =>
  build
    .updateTable('accounts')
    .set((e) => ({
      followers_count: e(
        'followers_count',
        '-',
        sql<number>`(select count(*) from follows where account_id = ${p.account_id} and target_id = ${p.owner} and state = 'accepted')`,
      ),
      following_count: e(
        'following_count',
        '-',
        sql<number>`(select count(*) from follows where account_id = ${p.owner} and target_id = ${p.account_id} and state = 'accepted')`,
      ),
    }))
    .where('id', '=', p.owner),
)
const removeAccount = query<{ id: number }>()((p) => build.deleteFrom('accounts').where('id', '=', p.id))
const removeMedia = query<{ ids: number[] }>()((p) => build.deleteFrom('media').where('id', 'in', inList(p.ids)))
const removeKeys = query<{ account_uri: string }>()((p) => build.deleteFrom('keys').where('account_uri', '=', p.account_uri))

/**
 * Deletes an own post (a boost is taken back) and returns it as it was, for "delete and write anew": its uploads stay for a day. A post
 * that never left goes without a trace. Throws 'not-found'. Event `post-deleted`.
 */
export function deletePost(d: Domain, id: number): LoadedPost {
  return d.store.transaction(() => {
    ensureOpen(d)
    const row = postRow(d, id)
    if (!row || row.own !== 1) throw new AppError('not-found', 'This post is not there any more.')
    const snapshot = loadPost(d, id) as LoadedPost
    if (row.boost_of !== null) removeBoostRow(d, row)
    else removePostRow(d, row)
    return snapshot
  })
}

/**
 * A remote author deleted a post. Only the author's own word counts (rule 6), or, for a post not seen yet, that of an actor on the uri's
 * host. The uri is remembered, so that a Create that comes later finds it gone. Returns whether something was removed.
 */
export function removeRemotePost(d: Domain, uri: string, byAccountUri: string): boolean {
  return d.store.transaction(() => {
    const row = postRowByUri(d, uri)
    if (!row) {
      if (sameHost(uri, byAccountUri)) rememberTombstone(d, uri, null, false, byAccountUri)
      return false
    }
    if (row.own === 1 || uriOfAccount.get(d.store, { id: row.account_id })?.uri !== byAccountUri) return false
    rememberTombstone(d, uri, row.boost_of === null ? row.type : 'Announce')
    if (row.boost_of === null) removePostRow(d, row)
    else removeBoostRow(d, row)
    return true
  })
}

const missed = query<{ id: number; since: number | null; at: number }>()((p) =>
  build.updateTable('posts').set({ missing_since: p.since, checked_at: p.at }).where('id', '=', p.id),
)
/** How long a server has to say that a post is not there before it is believed. */
const MISSING_MS = 24 * 3600_000

/**
 * The origin of somebody's post says that it is not there (404), or gone for good (410, `gone`). Once is an accident: it is remembered; the
 * second time it is dropped as if its author had deleted it, after a day at the earliest, or at once if `gone`. Returns whether it was dropped.
 */
export function dropMissing(d: Domain, postId: number, now: number, gone = false): boolean {
  return d.store.transaction(() => {
    const row = postRow(d, postId)
    if (!row || row.own === 1) return false
    if (row.missing_since === null || (!gone && now - row.missing_since < MISSING_MS)) {
      missed.run(d.store, { id: row.id, since: row.missing_since ?? now, at: now })
      return false
    }
    if (row.uri) rememberTombstone(d, row.uri, row.boost_of === null ? row.type : 'Announce')
    if (row.boost_of === null) removePostRow(d, row)
    else removeBoostRow(d, row)
    return true
  })
}

/** The origin of a post has it (still, or again): the next look may wait. */
export function seenAgain(d: Domain, postId: number): void {
  missed.run(d.store, { id: postId, since: null, at: d.now() })
}

function removePostRow(d: Domain, row: PostRow): void {
  const own = row.own === 1
  const u = own ? ownUris(d) : null
  const uri = own ? (u?.post(row.id) ?? null) : row.uri
  const released = !own || row.released_at !== null
  const mentioned = own ? recipientsOf(d, row.id).accountIds : []
  const home = isHome(d, row.id)
  if (own) releaseMedia(d, row.id)
  // Shown as ours, with a 410, only if everybody could see it: else its grave would tell that it was (rule 18).
  if (own && released && uri !== null) rememberTombstone(d, uri, row.type, counts(row.visibility))
  // Boosts go with what they boost; readers must take them off their screens too. Nothing is sent: their subject is gone.
  for (const boost of boostsOf.all(d.store, { id: row.id })) {
    if (boost.own === 1) addToPosts(d, boost.account_id, boost.visibility, -1)
    d.events.append('unboosted', {
      boostId: boost.id,
      postId: row.id,
      accountId: boost.account_id,
      own: false,
      uri: null,
      released: true,
      visibility: boost.visibility,
    })
  }
  leftConversation(d, row.id)
  unindexPost(d, row.id)
  quotedRemoved(d, row)
  addToReplies(d, row.in_reply_to_id, row.visibility, -1)
  if (own) addToPosts(d, row.account_id, row.visibility, -1)
  removeRow.run(d.store, { id: row.id })
  d.events.append('post-deleted', { postId: row.id, own, uri, released, visibility: row.visibility, mentioned, home })
}

/** Takes a boost back, own or not. Event `unboosted`. */
export function removeBoostRow(d: Domain, row: PostRow): void {
  const own = row.own === 1
  const postId = row.boost_of as number
  const uri = own ? (ownUris(d)?.postActivity(row.id) ?? null) : row.uri
  const released = !own || row.released_at !== null
  removeRow.run(d.store, { id: row.id })
  addToBoosts(d, postId, -1)
  if (own) addToPosts(d, row.account_id, row.visibility, -1)
  else unnotify(d, 'boost', row.account_id, postId)
  if (own && released && uri !== null) rememberTombstone(d, uri, 'Announce', true)
  d.events.append('unboosted', { boostId: row.id, postId, accountId: row.account_id, own, uri, released, visibility: row.visibility })
}

/**
 * An actor is gone: posts, boosts, favourites, follows, blocks, notifications and keys go with the account, and the uri is remembered.
 * Returns false for an account not known (remembered all the same). Never the owner. Event `account-gone`.
 */
export function markGone(d: Domain, accountUri: string): boolean {
  return d.store.transaction(() => {
    const account = accountRow.get(d.store, { uri: accountUri })
    if (account?.own === 1) return false
    rememberTombstone(d, accountUri, 'Person')
    removeKeys.run(d.store, { account_uri: accountUri })
    if (!account) return false
    const owner = findOwnerId(d)
    takeFavourites.run(d.store, { account_id: account.id })
    if (owner !== null) takeFollower.run(d.store, { owner, account_id: account.id })
    for (let after = 0; ;) {
      const rows = postsOf.all(d.store, { account_id: account.id, after })
      for (const row of rows) {
        if (!postRow(d, row.id)) continue // a boost of a post that went a moment ago
        if (row.boost_of === null) removePostRow(d, row)
        else removeBoostRow(d, row)
      }
      if (rows.length < 500) break
      after = (rows.at(-1) as PostRow).id
    }
    const polls = pollsVotedIn(d, account.id)
    removeAccount.run(d.store, { id: account.id })
    for (const postId of polls) {
      recount(d, postId)
      d.events.append('poll-changed', { postId, own: true, ended: false })
    }
    removeMedia.run(d.store, { ids: [account.avatar_id, account.header_id].filter((id) => id !== null) })
    d.events.append('account-gone', { accountId: account.id, uri: accountUri })
    return true
  })
}
