import { AppError } from './errors.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { findOwnerId, origin, toPost } from './rows.ts'
import { hasLink } from './search-index.ts'
import { parseOwn, uris } from './uris.ts'
import type { Slots } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { PostRow } from './rows.ts'
import type { MediaFile, Post, QuoteState, Visibility } from './types.ts'
import type { Uris } from './uris.ts'

export { hasLink }

/** The rows of a post and what hangs on them: reads by id and address, the inserts that own and received posts have in common, counters. */

export type NewRow = {
  id: number
  own: number
  uri: string | null
  url: string | null
  account_id: number
  boost_of: number | null
  type: string
  content: string
  source: string | null
  warning: string
  sensitive: number
  visibility: Visibility
  language: string | null
  in_reply_to_id: number | null
  in_reply_to_uri: string | null
  in_reply_to_account_id: number | null
  emojis: string
  created_at: number
  written_at: number | null
  released_at: number | null
  received_at: number
} & NewParts

/** What only some posts have. */
export type NewParts = {
  /** Came with edits behind it: older ones are not taken any more (rule 15). */
  edited_at: number | null
  quote_of: number | null
  quote_uri: string | null
  quote_state: QuoteState | null
  quote_stamp: string | null
  policy: string | null
  context_uri: string | null
  replies_uri: string | null
  audience_uri: string | null
  source_type: 'text/markdown' | null
  remote_replies: number | null
  remote_boosts: number | null
  remote_favourites: number | null
}
export const NO_PARTS: NewParts = {
  edited_at: null,
  quote_of: null,
  quote_uri: null,
  quote_state: null,
  quote_stamp: null,
  policy: null,
  context_uri: null,
  replies_uri: null,
  audience_uri: null,
  source_type: null,
  remote_replies: null,
  remote_boosts: null,
  remote_favourites: null,
}
const newColumns = (p: Slots<NewRow>) => ({
  id: p.id,
  own: p.own,
  uri: p.uri,
  url: p.url,
  account_id: p.account_id,
  boost_of: p.boost_of,
  type: p.type,
  content: p.content,
  source: p.source,
  warning: p.warning,
  sensitive: p.sensitive,
  visibility: p.visibility,
  language: p.language,
  in_reply_to_id: p.in_reply_to_id,
  in_reply_to_uri: p.in_reply_to_uri,
  in_reply_to_account_id: p.in_reply_to_account_id,
  emojis: p.emojis,
  created_at: p.created_at,
  written_at: p.written_at,
  released_at: p.released_at,
  received_at: p.received_at,
  edited_at: p.edited_at,
  quote_of: p.quote_of,
  quote_uri: p.quote_uri,
  quote_state: p.quote_state,
  quote_stamp: p.quote_stamp,
  policy: p.policy,
  context_uri: p.context_uri,
  replies_uri: p.replies_uri,
  audience_uri: p.audience_uri,
  source_type: p.source_type,
  remote_replies: p.remote_replies,
  remote_boosts: p.remote_boosts,
  remote_favourites: p.remote_favourites,
})
const insertPost = query<NewRow>()((p) => build.insertInto('posts').values(newColumns(p)))
const rowById = query<{ id: number }>()((p) => build.selectFrom('posts').selectAll().where('id', '=', p.id))
const rowByUri = query<{ uri: string }>()((p) => build.selectFrom('posts').selectAll().where('uri', '=', p.uri))
const ownerName = query<{ id: number }>()((p) => build.selectFrom('accounts').select('username').where('id', '=', p.id))

const tombstoneRow = query<{ uri: string }>()((p) => build.selectFrom('tombstones').selectAll().where('uri', '=', p.uri))
const insertTombstone = query<{ uri: string; own: number; former_type: string | null; at: number; by_uri: string | null }>()((p) =>
  build
    .insertInto('tombstones')
    .values({ uri: p.uri, own: p.own, former_type: p.former_type, at: p.at, by_uri: p.by_uri })
    // What is known to have gone is gone, whoever said so before.
    .onConflict((c) => c.column('uri').doUpdateSet({ by_uri: null }).where('excluded.by_uri', 'is', null)),
)
const dropTombstones = query<{ before: number }>()((p) => build.deleteFrom('tombstones').where('own', '=', 0).where('at', '<', p.before))

const insertMention = query<{ post_id: number; acct: string; account_id: number | null }>()((p) =>
  build
    .insertInto('mentions')
    .values({ post_id: p.post_id, acct: p.acct, account_id: p.account_id })
    .onConflict((c) => c.doNothing()),
)
const dropMentions = query<{ post_id: number }>()((p) => build.deleteFrom('mentions').where('post_id', '=', p.post_id))
const insertTags = query<{ names: string[] }>()((p) =>
  build
    .insertInto('tags')
    .columns(['name'])
    .expression(
      build
        .selectFrom(sql<{ value: string }>`json_each(${p.names})`.as('names'))
        .select('names.value')
        // An upsert that reads from a select needs a where, or SQLite takes "on" for a join.
        .where(sql<boolean>`true`),
    )
    .onConflict((c) => c.doNothing()),
)
const insertPostTags = query<{ post_id: number; names: string[] }>()((p) =>
  build
    .insertInto('post_tags')
    .columns(['tag_id', 'post_id'])
    .expression(
      build
        .selectFrom('tags')
        .select(['id', sql<number>`${p.post_id}`.as('post_id')])
        .where('name', 'in', inList(p.names)),
    )
    .onConflict((c) => c.doNothing()),
)
const dropPostTags = query<{ post_id: number }>()((p) => build.deleteFrom('post_tags').where('post_id', '=', p.post_id))
const tagNames = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select('tags.name')
    .where('post_tags.post_id', '=', p.post_id),
)
const insertHome = query<{ post_id: number }>()((p) =>
  build
    .insertInto('home')
    .values({ post_id: p.post_id })
    .onConflict((c) => c.doNothing()),
)
const homeRow = query<{ post_id: number }>()((p) => build.selectFrom('home').select('arrived').where('post_id', '=', p.post_id))
const addReplies = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('posts')
    .set((e) => ({ replies_count: e('replies_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const addBoosts = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('posts')
    .set((e) => ({ boosts_count: e('boosts_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const addQuotes = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('posts')
    .set((e) => ({ quotes_count: e('quotes_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const addPosts = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('accounts')
    .set((e) => ({ posts_count: e('posts_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const heardFrom = query<{ id: number; at: number }>()((p) =>
  build
    .updateTable('accounts')
    .set({ last_post_at: p.at })
    .where('id', '=', p.id)
    .where((e) => e.or([e('last_post_at', 'is', null), e('last_post_at', '<', p.at)])),
)
const insertEdit = query<{
  id: number
  post_id: number
  at: number
  content: string
  warning: string
  sensitive: number
  media: string
  poll: string | null
}>()((p) =>
  build.insertInto('edits').values({
    id: p.id,
    post_id: p.post_id,
    at: p.at,
    content: p.content,
    warning: p.warning,
    sensitive: p.sensitive,
    media: p.media,
    poll: p.poll,
  }),
)
const editRows = query<{ post_id: number }>()((p) => build.selectFrom('edits').selectAll().where('post_id', '=', p.post_id).orderBy('id'))

export function postRow(d: Domain, id: number): PostRow | undefined {
  return rowById.get(d.store, { id })
}

export function postRowByUri(d: Domain, uri: string): PostRow | undefined {
  const own = ownPostId(d, uri)
  if (own === null) return rowByUri.get(d.store, { uri })
  const row = rowById.get(d.store, { id: own })
  return row?.own === 1 ? row : undefined
}

/** The post itself, if this one is a boost. Throws 'not-found'. */
export function subject(d: Domain, id: number): PostRow {
  const found = postRow(d, id)
  const row = found?.boost_of ? postRow(d, found.boost_of) : found
  if (!row) throw new AppError('not-found', 'This post is not there any more.')
  return row
}

/** The owner's post of this id, no boost. Throws 'not-found'. */
export function ownPostRow(d: Domain, id: number): PostRow {
  const row = postRow(d, id)
  if (row?.own !== 1 || row.boost_of !== null) throw new AppError('not-found', 'This post is not there any more.')
  return row
}

/** Whether two addresses have the same host; false if one is no address. */
export function sameHost(a: string, b: string): boolean {
  try {
    return new URL(a).host === new URL(b).host
  } catch {
    return false
  }
}

export function postById(d: Domain, id: number): Post | null {
  const row = rowById.get(d.store, { id })
  return row ? toPost(row) : null
}

/** By the uri of its object (or, for boosts, of the Announce). Our own posts are known by every address of theirs. */
export function postByUri(d: Domain, uri: string): Post | null {
  const row = postRowByUri(d, uri)
  return row ? toPost(row) : null
}

/** Our addresses, or null before there is one. */
export function ownUris(d: Domain): Uris | null {
  const base = origin(d)
  const id = base === null ? null : findOwnerId(d)
  return base === null || id === null ? null : uris(base, ownerName.get(d.store, { id })?.username as string)
}

function ownPostId(d: Domain, uri: string): number | null {
  const base = origin(d)
  if (base === null || !uri.startsWith(base)) return null
  const id = findOwnerId(d)
  const parsed = id === null ? null : parseOwn(base, ownerName.get(d.store, { id })?.username as string, uri)
  return parsed?.kind === 'post' || parsed?.kind === 'activity' ? parsed.id : null
}

/** What is left of a deleted thing: it is never stored again. */
export function tombstone(d: Domain, uri: string): { formerType: string | null; at: number; own: boolean } | null {
  const row = tombstoneRow.get(d.store, { uri })
  return row ? { formerType: row.former_type, at: row.at, own: row.own === 1 } : null
}

/** What others deleted is remembered for so long: a request signed before is refused by its date long since (rule 40). */
const TOMBSTONE_MS = 90 * 24 * 3600_000

/** Forgets what others deleted long ago; of our own we say for ever that they are gone. Returns how many. */
export function sweepTombstones(d: Domain): number {
  return dropTombstones.run(d.store, { before: d.now() - TOMBSTONE_MS }).changes
}

/**
 * Remembers that something is gone. `by`: of what was never here, whose word that is; it then counts for their own posts alone, or
 * anybody on a server could keep the next posts of all the others there from arriving (rule 6).
 */
export function rememberTombstone(d: Domain, uri: string, formerType: string | null = null, own = false, by: string | null = null): void {
  insertTombstone.run(d.store, { uri, own: Number(own), former_type: formerType, at: d.now(), by_uri: by })
}

/** Former versions of a post, oldest first, without the present one. `media`: the files as they were; `poll`: the titles of its options. */
export function formerVersions(
  d: Domain,
  postId: number,
): { at: number; content: string; warning: string; sensitive: boolean; media: MediaFile[]; poll: string[] | null }[] {
  return editRows.all(d.store, { post_id: postId }).map((row) => ({
    at: row.at,
    content: row.content,
    warning: row.warning,
    sensitive: row.sensitive === 1,
    media: JSON.parse(row.media) as MediaFile[],
    poll: row.poll === null ? null : (JSON.parse(row.poll) as string[]),
  }))
}

/** Keeps the present version of a post before it is overwritten. `poll`: the titles of its options, empty for none. */
export function keepVersion(d: Domain, id: number, row: PostRow, media: readonly MediaFile[], poll: readonly string[]): void {
  insertEdit.run(d.store, {
    id,
    post_id: row.id,
    at: row.edited_at ?? row.created_at,
    content: row.content,
    warning: row.warning,
    sensitive: row.sensitive,
    media: JSON.stringify(media),
    poll: poll.length === 0 ? null : JSON.stringify(poll),
  })
}

/** Replies that strangers may see are counted, as Mastodon counts them; a private answer does not show in a public number. */
export const counts = (visibility: Visibility) => visibility === 'public' || visibility === 'unlisted'

export function addToReplies(d: Domain, parentId: number | null, visibility: Visibility, by: number): void {
  if (parentId !== null && counts(visibility) && by !== 0) addReplies.run(d.store, { id: parentId, by })
}

export function addToBoosts(d: Domain, postId: number, by: 1 | -1): void {
  addBoosts.run(d.store, { id: postId, by })
}

/** Quotes that are shown as such. */
export function addToQuotes(d: Domain, postId: number | null, by: 1 | -1): void {
  if (postId !== null) addQuotes.run(d.store, { id: postId, by })
}

/** The owner's own number of posts: boosts count, private mentions do not (as on Mastodon). Of others we show what their server says. */
export function addToPosts(d: Domain, accountId: number, visibility: Visibility, by: 1 | -1): void {
  if (visibility !== 'direct') addPosts.run(d.store, { id: accountId, by })
}

/** `lastHeard`: the author's last post as far as known, which saves the look; absent: looked up. People are shown the day only. */
export function insertPostRow(d: Domain, row: NewRow, lastHeard?: number | null): void {
  insertPost.run(d.store, row)
  if (lastHeard === undefined || lastHeard === null || dayOf(row.created_at) > dayOf(lastHeard)) {
    heardFrom.run(d.store, { id: row.account_id, at: row.created_at })
  }
}

const dayOf = (time: number) => Math.floor(time / 86_400_000)

export function intoHome(d: Domain, postId: number): void {
  insertHome.run(d.store, { post_id: postId })
}

export function isHome(d: Domain, postId: number): boolean {
  return homeRow.get(d.store, { post_id: postId }) !== undefined
}

export function setMentions(
  d: Domain,
  postId: number,
  mentions: readonly { acct: string; accountId: number | null }[],
  replace: boolean,
): void {
  if (replace) dropMentions.run(d.store, { post_id: postId })
  for (const { acct, accountId } of mentions) insertMention.run(d.store, { post_id: postId, acct, account_id: accountId })
}

/** `names` normalised. */
export function setTags(d: Domain, postId: number, names: readonly string[], replace: boolean): void {
  if (replace) dropPostTags.run(d.store, { post_id: postId })
  if (names.length === 0) return
  insertTags.run(d.store, { names: [...names] })
  insertPostTags.run(d.store, { post_id: postId, names: [...names] })
}

export function tagsOf(d: Domain, postId: number): string[] {
  return tagNames.all(d.store, { post_id: postId }).map((row) => row.name)
}
