import { AppError } from './errors.ts'
import { mintId } from '../store/ids.ts'
import { build, query, sql } from '../store/query.ts'
import { blockedDomainsAmong } from './blocked-domains.ts'
import { isExclusive } from './lists.ts'
import { ensureOpen } from './closed.ts'
import { notify } from './notifications.ts'
import { removeBoostRow } from './removal.ts'
import { ownerId, toPost } from './rows.ts'
import {
  addToBoosts,
  addToPosts,
  insertPostRow,
  intoHome,
  NO_PARTS,
  postById,
  postRowByUri,
  rememberTombstone,
  sameHost,
  subject,
  tombstone,
} from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { NewRow } from './stored-posts.ts'
import type { PostRow } from './rows.ts'
import type { Post, Visibility } from './types.ts'

/** Boosts are posts of their own that point at another. One per person and post. */

/** As Mastodon: a post that stands among the last so many at home is not shown again because somebody boosts it. */
const NEAR = 40

const boostRow = query<{ boost_of: number; account_id: number }>()((p) =>
  build.selectFrom('posts').selectAll().where('boost_of', '=', p.boost_of).where('account_id', '=', p.account_id),
)
const booster = query<{ owner: number; account_id: number; author: number }>()((p) =>
  build.selectNoFrom((e) => [
    e
      .selectFrom('follows')
      .select('boosts')
      .where('account_id', '=', p.owner)
      .where('target_id', '=', p.account_id)
      .where('state', '=', 'accepted')
      .as('boosts'),
    e
      .selectFrom('blocks')
      .select((b) => b.fn.countAll<number>().as('n'))
      .where((b) =>
        b.or([
          b.and([b('account_id', '=', p.owner), b('target_id', '=', p.account_id)]),
          b.and([b('account_id', '=', p.owner), b('target_id', '=', p.author)]),
          b.and([b('account_id', '=', p.author), b('target_id', '=', p.owner)]),
        ]),
      )
      .as('blocks'),
    e.selectFrom('accounts').select('suspended_at').where('id', '=', p.account_id).as('suspendedAt'),
    e.selectFrom('accounts').select('domain').where('id', '=', p.account_id).as('domain'),
    e.selectFrom('accounts').select('domain').where('id', '=', p.author).as('authorDomain'),
  ]),
)
const seenLately = query<{ post_id: number; near: number }>()((p) =>
  build
    .selectFrom(build.selectFrom('home').select('post_id').orderBy('arrived', 'desc').limit(p.near).as('latest'))
    .innerJoin('posts', 'posts.id', 'latest.post_id')
    .select(sql<number>`1`.as('one'))
    .where((e) => e.or([e('posts.id', '=', p.post_id), e('posts.boost_of', '=', p.post_id)]))
    .limit(1),
)

/**
 * The owner boosts a post (or what that boost boosts). Again: the first boost comes back. Public and unlisted posts, and own posts for
 * followers, which stay for followers. Throws 'not-found', 'forbidden'. Event `boosted`.
 */
export function boostPost(d: Domain, postId: number, visibility: Visibility = 'public'): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const owner = ownerId(d)
    const post = subject(d, postId)
    const old = boostRow.get(d.store, { boost_of: post.id, account_id: owner })
    if (old) return toPost(old)
    const open = post.visibility === 'public' || post.visibility === 'unlisted'
    if (!open && !(post.own === 1 && post.visibility === 'private')) {
      throw new AppError('forbidden', 'This post was not written for everybody, so it cannot be boosted.', { reason: 'not-boostable' })
    }
    const now = d.now()
    const row = boostOf(post, {
      id: mintId(d.store, now, now, true),
      own: 1,
      uri: null,
      accountId: owner,
      visibility: open && visibility !== 'direct' ? visibility : 'private',
      at: now,
      now,
    })
    insertPostRow(d, row)
    addToBoosts(d, post.id, 1)
    addToPosts(d, owner, row.visibility, 1)
    intoHome(d, row.id)
    d.events.append('boosted', { boostId: row.id, postId: post.id, accountId: owner, own: true, home: true })
    return postById(d, row.id) as Post
  })
}

/** Takes the owner's boost of a post back; returns the post. Without a boost nothing happens. Throws 'not-found'. Event `unboosted`. */
export function unboostPost(d: Domain, postId: number): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const row = boostRow.get(d.store, { boost_of: post.id, account_id: ownerId(d) })
    if (row) removeBoostRow(d, row)
    return postById(d, post.id) as Post
  })
}

/**
 * Somebody boosted a post that is stored here. A repeat (same uri, or same person and post) changes nothing. Null: not kept, because it
 * was taken back before, its booster is suspended, one of the two is on a server the owner has blocked, or the post is not for everybody
 * (rule 17: only its author may boost it).
 * `quietly`: read up later: never at home, and nobody is told. `caughtUp`: missed while away: home, but no notification.
 * Events `boosted`, `notified`.
 */
export function receiveBoost(
  d: Domain,
  boost: { uri: string; accountId: number; postId: number; published: number | null; visibility: Visibility },
  options: { quietly?: boolean; caughtUp?: boolean } = {},
): { id: number; created: boolean } | null {
  return d.store.transaction(() => {
    const post = subject(d, boost.postId)
    const known = postRowByUri(d, boost.uri) ?? boostRow.get(d.store, { boost_of: post.id, account_id: boost.accountId })
    if (known) return known.boost_of === post.id && known.account_id === boost.accountId ? { id: known.id, created: false } : null
    if (tombstone(d, boost.uri)) return null
    const open = post.visibility === 'public' || post.visibility === 'unlisted'
    if (!open && (post.account_id !== boost.accountId || post.visibility === 'direct')) return null
    // A wet post has been seen by nobody: a boost of it is made up.
    if (post.own === 1 && post.released_at === null) return null
    const owner = ownerId(d)
    const who = booster.get(d.store, { owner, account_id: boost.accountId, author: post.account_id })
    if (who?.suspendedAt) return null
    const unwanted = blockedDomainsAmong(d, [who?.domain ?? '', who?.authorDomain ?? ''])
    if (unwanted.size > 0) return null
    const now = d.now()
    const published = boost.published !== null && boost.published > 0 && boost.published <= now ? boost.published : now
    const row = boostOf(post, {
      id: mintId(d.store, published, now, false),
      own: 0,
      uri: boost.uri,
      accountId: boost.accountId,
      visibility: open ? boost.visibility : 'private',
      at: published,
      now,
    })
    const home =
      !options.quietly &&
      who?.boosts === 1 &&
      (who.blocks ?? 0) === 0 &&
      !isExclusive(d, boost.accountId) &&
      !seenLately.get(d.store, { post_id: post.id, near: NEAR })
    insertPostRow(d, row)
    addToBoosts(d, post.id, 1)
    if (home) intoHome(d, row.id)
    d.events.append('boosted', { boostId: row.id, postId: post.id, accountId: boost.accountId, own: false, home })
    if (post.own === 1 && !options.quietly && !options.caughtUp) notify(d, 'boost', boost.accountId, post.id)
    return { id: row.id, created: true }
  })
}

/**
 * Somebody took a boost back: by its uri, or by the pair of person and post when the server names it anew. Only one's own. The uri is
 * remembered: the same boost never comes again (rule 15). Event `unboosted`.
 */
export function removeRemoteBoost(d: Domain, uri: string | null, accountId: number, postId?: number): boolean {
  return d.store.transaction(() => {
    const named = uri === null ? undefined : postRowByUri(d, uri)
    const row = named?.boost_of
      ? named
      : postId === undefined
        ? undefined
        : boostRow.get(d.store, { boost_of: postId, account_id: accountId })
    if (row && (row.own === 1 || row.account_id !== accountId)) return false
    if (uri !== null && !named) {
      const account = accountUri.get(d.store, { id: accountId })?.uri
      if (account && sameHost(uri, account)) rememberTombstone(d, uri, 'Announce', false, account)
    }
    if (!row) return false
    if (row.uri) rememberTombstone(d, row.uri, 'Announce')
    removeBoostRow(d, row)
    return true
  })
}

const accountUri = query<{ id: number }>()((p) => build.selectFrom('accounts').select('uri').where('id', '=', p.id))

function boostOf(
  post: PostRow,
  boost: { id: number; own: 0 | 1; uri: string | null; accountId: number; visibility: Visibility; at: number; now: number },
): NewRow {
  return {
    id: boost.id,
    own: boost.own,
    uri: boost.uri,
    url: null,
    account_id: boost.accountId,
    boost_of: post.id,
    type: 'Announce',
    content: '',
    source: null,
    warning: '',
    sensitive: 0,
    visibility: boost.visibility,
    language: null,
    in_reply_to_id: null,
    in_reply_to_uri: null,
    in_reply_to_account_id: null,
    emojis: '[]',
    created_at: boost.at,
    written_at: boost.own === 1 ? boost.at : null,
    released_at: null,
    received_at: boost.now,
    ...NO_PARTS,
  }
}
