import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { emojisFor } from './emojis.ts'
import { notify, unnotifySubject } from './notifications.ts'
import { ownEmojisIn } from './own-emojis.ts'
import { findOwnerId, ownerId } from './rows.ts'
import { ownUris, postById, rememberTombstone, sameHost, subject, tombstone } from './stored-posts.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { RemoteEmoji } from './emojis.ts'
import type { Post, ReactionCount } from './types.ts'

/** Answers of one picture: an emoji character, or a custom emoji with its picture (Misskey, Pleroma and their kin). */

/** Different pictures of one person under one post: Pleroma allows any number, Misskey one. */
const MAX_EACH = 10
/** The longest emoji are families joined of many (rule 26). */
const MAX_LENGTH = 64
const SHORTCODE = /^[A-Za-z0-9_+-]{1,100}$/

const counted = query<{ ids: number[]; owner: number }>()((p) =>
  build
    .selectFrom('reactions')
    .leftJoin('media', 'media.id', 'reactions.media_id')
    .select([
      'reactions.post_id as postId',
      'reactions.emoji',
      'media.token',
      sql<number>`count(*)`.as('count'),
      sql<number>`max(reactions.account_id = ${p.owner})`.as('mine'),
    ])
    .where('reactions.post_id', 'in', inList(p.ids))
    // The same name of two servers is two pictures.
    .groupBy(['reactions.post_id', 'reactions.emoji', 'reactions.media_id'])
    .orderBy(sql`min(reactions.id)`),
)
const insert = query<{
  id: number
  post_id: number
  account_id: number
  emoji: string
  media_id: number | null
  uri: string | null
  at: number
}>()((p) =>
  build
    .insertInto('reactions')
    .values({
      id: p.id,
      post_id: p.post_id,
      account_id: p.account_id,
      emoji: p.emoji,
      media_id: p.media_id,
      uri: p.uri,
      created_at: p.at,
    })
    .onConflict((c) => c.doNothing()),
)
const byId = query<{ id: number }>()((p) =>
  build
    .selectFrom('reactions')
    .leftJoin('media', 'media.id', 'reactions.media_id')
    .selectAll('reactions')
    .select(['media.token', 'media.remote_url as remoteUrl', 'media.mime'])
    .where('reactions.id', '=', p.id),
)
const byAccount = query<{ post_id: number; account_id: number }>()((p) =>
  build.selectFrom('reactions').selectAll().where('post_id', '=', p.post_id).where('account_id', '=', p.account_id),
)
const byUri = query<{ account_id: number; uri: string }>()((p) =>
  build.selectFrom('reactions').selectAll().where('account_id', '=', p.account_id).where('uri', '=', p.uri),
)
const pictured = query<{ post_id: number; emoji: string }>()((p) =>
  build
    .selectFrom('reactions')
    .select('media_id')
    .where('post_id', '=', p.post_id)
    .where('emoji', '=', p.emoji)
    .where('media_id', 'is not', null)
    .orderBy('id')
    .limit(1),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('reactions').where('id', '=', p.id))
const account = query<{ id: number }>()((p) =>
  build.selectFrom('accounts').select(['uri', 'domain', 'suspended_at']).where('id', '=', p.id),
)

type Row = Selectable<Schema['reactions']>

/** What these posts were answered with, by post, in the order each picture came first; one query, none for an empty list. */
export function reactionsOf(d: Domain, postIds: readonly number[]): Map<number, ReactionCount[]> {
  const found = new Map<number, ReactionCount[]>()
  if (postIds.length === 0) return found
  for (const row of counted.all(d.store, { ids: [...postIds], owner: findOwnerId(d) ?? 0 })) {
    const one = { emoji: row.emoji, token: row.token, count: row.count, mine: row.mine === 1 }
    const list = found.get(row.postId)
    if (list) list.push(one)
    else found.set(row.postId, [one])
  }
  return found
}

export interface Reaction {
  id: number
  accountId: number
  postId: number
  /** The character, or the shortcode without colons. */
  emoji: string
  /** The picture of a custom one: its capability, its file, and where it is from (null: the owner's own). */
  token: string | null
  mediaId: number | null
  remoteUrl: string | null
  mime: string | null
  uri: string | null
  createdAt: number
}

/** A reaction by its id, as its own address names it. */
export function reactionById(d: Domain, id: number): Reaction | null {
  const row = byId.get(d.store, { id })
  if (!row) return null
  return {
    id: row.id,
    accountId: row.account_id,
    postId: row.post_id,
    emoji: row.emoji,
    token: row.token,
    mediaId: row.media_id,
    remoteUrl: row.remoteUrl,
    mime: row.mime,
    uri: row.uri,
    createdAt: row.created_at,
  }
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Whether a text is exactly one emoji character, as Unicode means it: no letter, no bare digit. */
export function isEmoji(text: string): boolean {
  if (text === '' || text.length > MAX_LENGTH) return false
  const [first, second] = graphemes.segment(text)
  if (!first || second) return false
  return /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\u{fe0f}?\u{20e3}/u.test(text)
}

/** `:blob:` and `:blob@host:` without what stands around the name. */
const bare = (emoji: string) => emoji.trim().replace(/^:/, '').replace(/:$/, '').replace(/@.*$/s, '')

/**
 * The owner answers a post (or what that boost boosts) with a picture: an emoji character, an own custom emoji, or a custom one that
 * somebody has put under it. Again: nothing happens. Throws 'not-found', 'invalid' (`emoji-invalid`, `too-many-reactions`).
 * Event `reacted`.
 */
export function react(d: Domain, postId: number, emoji: string): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const owner = ownerId(d)
    const chosen = picture(d, post.id, emoji)
    const mine = byAccount.all(d.store, { post_id: post.id, account_id: owner })
    if (mine.some((row) => row.emoji === chosen.emoji)) return postById(d, post.id) as Post
    if (mine.length >= MAX_EACH) {
      throw new AppError('invalid', `At most ${MAX_EACH} pictures under one post.`, {
        reason: 'too-many-reactions',
        params: { max: MAX_EACH },
      })
    }
    const at = d.now()
    const id = nextId(at)
    insert.run(d.store, { id, post_id: post.id, account_id: owner, ...chosen, uri: null, at })
    d.events.append('reacted', { reactionId: id, postId: post.id, accountId: owner, own: true })
    return postById(d, post.id) as Post
  })
}

function picture(d: Domain, postId: number, emoji: string): { emoji: string; media_id: number | null } {
  if (isEmoji(emoji)) return { emoji, media_id: null }
  const name = bare(emoji)
  if (SHORTCODE.test(name)) {
    const own = ownEmojisIn(d, `:${name}:`)[0]
    if (own) return { emoji: own.shortcode, media_id: own.mediaId }
    const theirs = pictured.get(d.store, { post_id: postId, emoji: name })
    if (theirs) return { emoji: name, media_id: theirs.media_id }
  }
  throw new AppError('invalid', 'That is no emoji.', { reason: 'emoji-invalid' })
}

/** Takes the owner's picture under a post back. Without one nothing happens. Throws 'not-found'. Event `unreacted`. */
export function unreact(d: Domain, postId: number, emoji: string): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const name = isEmoji(emoji) ? emoji : bare(emoji)
    const row = byAccount.all(d.store, { post_id: post.id, account_id: ownerId(d) }).find((one) => one.emoji === name)
    if (row) take(d, row, true)
    return postById(d, post.id) as Post
  })
}

/**
 * Somebody answered a stored post with a picture. `emoji`: a character, or a shortcode (with or without colons) if there is a `picture`
 * of it. False: a repeat, or not kept: no emoji at all (which may still be a favourite), taken back before, suspended, too many of one
 * person, or an own post that has not left. Events `reacted`, `notified`.
 */
export function receiveReaction(
  d: Domain,
  reaction: { postId: number; accountId: number; emoji: string; picture: RemoteEmoji | null; uri: string | null },
): boolean {
  return d.store.transaction(() => {
    const { accountId, uri } = reaction
    const post = subject(d, reaction.postId)
    if (post.own === 1 && post.released_at === null) return false
    const who = account.get(d.store, { id: accountId })
    if (who?.suspended_at !== null) return false
    if (uri !== null && tombstone(d, uri)) return false
    const name = reaction.picture ? bare(reaction.emoji) : reaction.emoji
    if (reaction.picture ? !SHORTCODE.test(name) : !isEmoji(name)) return false
    const earlier = byAccount.all(d.store, { post_id: post.id, account_id: accountId })
    if (earlier.length >= MAX_EACH || earlier.some((row) => row.emoji === name)) return false
    const [file] = reaction.picture ? emojisFor(d, who.domain, [{ ...reaction.picture, shortcode: name }]) : []
    const at = d.now()
    const id = nextId(at)
    insert.run(d.store, { id, post_id: post.id, account_id: accountId, emoji: name, media_id: file?.mediaId ?? null, uri, at })
    d.events.append('reacted', { reactionId: id, postId: post.id, accountId, own: false })
    if (post.own === 1) notify(d, 'reaction', accountId, post.id, id)
    return true
  })
}

/**
 * Somebody took a picture back, named by its uri, or by post and emoji; only one's own, and the uri never counts again (rule 15). Returns
 * whether there was one. Event `unreacted`.
 */
export function removeReaction(
  d: Domain,
  reaction: { uri?: string | null; accountId: number; postId?: number | null; emoji?: string | null },
): boolean {
  return d.store.transaction(() => {
    const { accountId } = reaction
    const uri = reaction.uri ?? null
    const name = reaction.emoji ? (isEmoji(reaction.emoji) ? reaction.emoji : bare(reaction.emoji)) : null
    const row =
      (uri === null ? undefined : byUri.get(d.store, { account_id: accountId, uri })) ??
      (reaction.postId && name
        ? byAccount.all(d.store, { post_id: reaction.postId, account_id: accountId }).find((one) => one.emoji === name)
        : undefined)
    const address = account.get(d.store, { id: accountId })?.uri
    if (uri !== null && address && sameHost(uri, address)) rememberTombstone(d, uri, 'EmojiReact', false, address)
    if (!row) return false
    take(d, row, false)
    return true
  })
}

function take(d: Domain, row: Row, own: boolean): void {
  remove.run(d.store, { id: row.id })
  if (!own) unnotifySubject(d, 'reaction', row.id)
  const uri = own ? (ownUris(d)?.reaction(row.id) ?? null) : row.uri
  d.events.append('unreacted', { reactionId: row.id, postId: row.post_id, accountId: row.account_id, own, emoji: row.emoji, uri })
}
