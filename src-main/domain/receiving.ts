import { AppError } from './errors.ts'
import { mintId, nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { emojisFor } from './emojis.ts'
import { addRemoteMedia, mediaOf, replaceMedia } from './media.ts'
import { notify } from './notifications.ts'
import {
  addToReplies,
  counts,
  hasLink,
  index,
  insertPostRow,
  intoHome,
  isHome,
  keepVersion,
  postRow,
  postRowByUri,
  setMentions,
  setTags,
} from './stored-posts.ts'
import { escapeHtml, normaliseTag } from './text.ts'
import type { Domain } from './domain.ts'
import type { RemoteEmoji } from './emojis.ts'
import type { RemoteMediaFile } from './media.ts'
import type { PostRow } from './rows.ts'
import type { NewRow } from './stored-posts.ts'
import type { Visibility } from './types.ts'

/** Posts of others on their way into the database: the hot path of the inbox. */

/** A remote post as federation's mapping makes it: verified, HTML sanitised, lists bounded, times in milliseconds. */
export interface RemotePost {
  uri: string
  url: string | null
  /** The author, stored already. */
  accountId: number
  /** ActivityStreams type: Note, Article, Page, Question … */
  type: string
  published: number | null
  edited: number | null
  /** HTML, sanitised. */
  content: string
  /** Plain text; set above the content (articles, pages). */
  title?: string | null
  warning: string
  sensitive: boolean
  language: string | null
  visibility: Visibility
  inReplyToUri: string | null
  /** Who wrote the post answered, if mapping knows: decides whether it is for home while the post itself is not here. */
  inReplyToAccountUri?: string | null
  mentions: { acct: string; accountId: number | null; uri?: string | null }[]
  /** With or without `#`. */
  tags: string[]
  media: RemoteMediaFile[]
  emojis: RemoteEmoji[]
  /** Delivered to the owner's own inbox or addressed to the owner. */
  forOwner: boolean
}

const MAX = { mentions: 100, tags: 64, media: 16 }

const facts = query<{ uri: string; account_id: number }>()((p) =>
  build.selectNoFrom((e) => [
    e.selectFrom('tombstones').select('at').where('uri', '=', p.uri).as('dead'),
    e.selectFrom('posts').select('id').where('uri', '=', p.uri).as('known'),
    e.selectFrom('accounts').select('id').where('domain', '=', '').where('own', '=', 1).as('owner'),
    e.selectFrom('accounts').select('domain').where('id', '=', p.account_id).as('domain'),
    e.selectFrom('accounts').select('suspended_at').where('id', '=', p.account_id).as('suspended'),
  ]),
)
const standing = query<{ owner: number; account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select(['notify'])
    .where('account_id', '=', p.owner)
    .where('target_id', '=', p.account_id)
    .where('state', '=', 'accepted'),
)
const blocked = query<{ owner: number; account_id: number }>()((p) =>
  build.selectFrom('blocks').select('id').where('account_id', '=', p.owner).where('target_id', '=', p.account_id),
)
const authorOf = query<{ uri: string }>()((p) => build.selectFrom('accounts').select('id').where('uri', '=', p.uri))
const waitingReplies = query<{ uri: string; id: number }>()((p) =>
  build
    .selectFrom('posts')
    .select(['id', 'visibility'])
    .where('in_reply_to_uri', '=', p.uri)
    .where('in_reply_to_id', 'is', null)
    .where('id', '<>', p.id),
)
const adopt = query<{ uri: string; id: number; account_id: number }>()((p) =>
  build
    .updateTable('posts')
    .set({ in_reply_to_id: p.id, in_reply_to_account_id: p.account_id })
    .where('in_reply_to_uri', '=', p.uri)
    .where('in_reply_to_id', 'is', null)
    .where('id', '<>', p.id),
)
const setReplies = query<{ id: number; count: number }>()((p) =>
  build.updateTable('posts').set({ replies_count: p.count }).where('id', '=', p.id),
)
const update = query<{
  id: number
  url: string | null
  content: string
  warning: string
  sensitive: number
  visibility: Visibility
  language: string | null
  emojis: string
  edited_at: number
}>()((p) =>
  build
    .updateTable('posts')
    .set({
      url: p.url,
      content: p.content,
      warning: p.warning,
      sensitive: p.sensitive,
      visibility: p.visibility,
      language: p.language,
      emojis: p.emojis,
      edited_at: p.edited_at,
    })
    .where('id', '=', p.id),
)
const ownBoost = query<{ owner: number; post_id: number }>()((p) =>
  build.selectFrom('posts').select('id').where('boost_of', '=', p.post_id).where('account_id', '=', p.owner),
)
const mentionedIds = query<{ post_id: number }>()((p) =>
  build.selectFrom('mentions').select('account_id').where('post_id', '=', p.post_id).where('account_id', 'is not', null),
)

/**
 * Stores a post of somebody else, once per uri; a repeat changes nothing, whatever it says. Decides, as Mastodon does, whether it stands
 * at home (its author is followed; an answer only if it is to the author, to the owner or to somebody followed; a private mention only
 * if it is for the owner) and what the owner is told (a mention; a new post, where asked for). Answers that came before what they answer
 * find their parent now.
 *
 * Null: not kept, because it was deleted before it came or its author is suspended. Events `post-received`, `notified`.
 */
export function receivePost(d: Domain, remote: RemotePost): { id: number; created: boolean } | null {
  return d.store.transaction(() => {
    const known = facts.get(d.store, { uri: remote.uri, account_id: remote.accountId })
    if (!known || known.owner === null) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
    if (known.known !== null) return { id: known.known, created: false }
    if (known.dead !== null || known.suspended !== null) return null
    if (known.domain === null) throw new AppError('internal', 'The author of a received post is not stored.')
    if (known.owner === remote.accountId) throw new AppError('internal', 'The owner writes here and is never received.')
    const owner = known.owner
    const now = d.now()
    const published = remote.published !== null && remote.published > 0 && remote.published <= now ? remote.published : now
    const parent = remote.inReplyToUri === remote.uri ? undefined : parentRow(d, remote.inReplyToUri)
    const parentAuthor =
      parent?.account_id ?? (remote.inReplyToAccountUri ? (authorOf.get(d.store, { uri: remote.inReplyToAccountUri })?.id ?? null) : null)
    const row: NewRow = {
      id: mintId(d.store, published, now, false),
      own: 0,
      uri: remote.uri,
      url: remote.url,
      account_id: remote.accountId,
      boost_of: null,
      type: remote.type,
      content: withTitle(remote),
      source: null,
      warning: remote.warning,
      sensitive: Number(remote.sensitive),
      visibility: remote.visibility,
      language: remote.language,
      in_reply_to_id: parent?.id ?? null,
      in_reply_to_uri: remote.inReplyToUri,
      in_reply_to_account_id: parentAuthor,
      emojis: remote.emojis.length === 0 ? '[]' : JSON.stringify(emojisFor(d, known.domain, remote.emojis)),
      created_at: published,
      written_at: null,
      released_at: null,
      received_at: now,
    }
    insertPostRow(d, row)
    const parts = bounded(remote)
    setMentions(d, row.id, parts.mentions, false)
    setTags(d, row.id, parts.tags, false)
    parts.media.forEach((file, position) => addRemoteMedia(d, row.id, position, file))
    index(d, row, { tags: parts.tags, media: parts.media, hasLink: hasLink(row.content) }, false)
    addToReplies(d, row.in_reply_to_id, row.visibility, 1)
    adoptReplies(d, row.id, remote.uri, remote.accountId)

    const mentioned = parts.mentions.some((mention) => mention.accountId === owner)
    const follow = standing.get(d.store, { owner, account_id: remote.accountId })
    const home =
      follow !== undefined &&
      (row.visibility !== 'direct' || mentioned || remote.forOwner) &&
      (remote.inReplyToUri === null || answersSomeoneNear(d, owner, remote.accountId, parentAuthor)) &&
      !blocked.get(d.store, { owner, account_id: remote.accountId })
    if (home) intoHome(d, row.id)
    d.events.append('post-received', { postId: row.id, home })
    if (mentioned) notify(d, 'mention', remote.accountId, row.id)
    else if (home && follow.notify === 1 && (remote.inReplyToUri === null || parentAuthor === remote.accountId)) {
      notify(d, 'post', remote.accountId, row.id)
    }
    return { id: row.id, created: true }
  })
}

/**
 * A remote author changed a post. Ignored (false) for posts not here, of other authors (rule 6), and unless it is newer than what is
 * stored (rule 15). Never shows the post to more people than before (rule 17). The former version is kept. Events `post-edited`,
 * `notified` (newly mentioned; an edit of what the owner boosted).
 */
export function receiveEdit(d: Domain, remote: RemotePost): boolean {
  return d.store.transaction(() => {
    const old = postRowByUri(d, remote.uri)
    if (!old || old.own === 1 || old.boost_of !== null || old.account_id !== remote.accountId) return false
    const now = d.now()
    const edited = remote.edited === null ? null : Math.min(remote.edited, now)
    if (edited === null || edited <= (old.edited_at ?? old.created_at)) return false
    const known = facts.get(d.store, { uri: remote.uri, account_id: remote.accountId })
    const owner = known?.owner ?? 0
    const parts = bounded(remote)
    const former = mediaOf(d, old.id)
    const visibility = NARROW[remote.visibility] > NARROW[old.visibility] ? remote.visibility : old.visibility
    const row = {
      id: old.id,
      url: remote.url,
      content: withTitle(remote),
      warning: remote.warning,
      sensitive: Number(remote.sensitive),
      visibility,
      language: remote.language,
      emojis: JSON.stringify(emojisFor(d, known?.domain ?? '', remote.emojis)),
      edited_at: edited,
    }
    const mediaChanged = replaceMedia(d, old.id, parts.media)
    const changed =
      mediaChanged ||
      (['content', 'warning', 'sensitive', 'visibility', 'language', 'emojis'] as const).some((column) => old[column] !== row[column])
    if (!changed) return false
    keepVersion(d, nextId(now), old, former)
    update.run(d.store, row)
    if (counts(old.visibility) && !counts(visibility)) addToReplies(d, old.in_reply_to_id, old.visibility, -1)
    const before = new Set(mentionedIds.all(d.store, { post_id: old.id }).map((mention) => mention.account_id))
    setMentions(d, old.id, parts.mentions, true)
    setTags(d, old.id, parts.tags, true)
    index(d, { ...old, ...row }, { tags: parts.tags, media: parts.media, hasLink: hasLink(row.content) }, true)
    d.events.append('post-edited', { postId: old.id, own: false, home: isHome(d, old.id) })
    if (!before.has(owner) && parts.mentions.some((mention) => mention.accountId === owner)) notify(d, 'mention', old.account_id, old.id)
    if (ownBoost.get(d.store, { owner, post_id: old.id })) notify(d, 'edit', old.account_id, old.id)
    return true
  })
}

const NARROW: Record<Visibility, number> = { public: 0, unlisted: 1, private: 2, direct: 3 }

function withTitle(remote: RemotePost): string {
  return remote.title ? `<p><strong>${escapeHtml(remote.title)}</strong></p>${remote.content}` : remote.content
}

function bounded(remote: RemotePost): Pick<RemotePost, 'mentions' | 'tags' | 'media'> {
  return {
    mentions: remote.mentions.slice(0, MAX.mentions),
    tags: [...new Set(remote.tags.slice(0, MAX.tags).map(normaliseTag))].filter((tag) => tag !== ''),
    media: remote.media.slice(0, MAX.media),
  }
}

/** What is answered, if it is here; who answers a boost answers what it boosts. */
function parentRow(d: Domain, uri: string | null): PostRow | undefined {
  const row = uri === null ? undefined : postRowByUri(d, uri)
  return row?.boost_of ? postRow(d, row.boost_of) : row
}

function answersSomeoneNear(d: Domain, owner: number, author: number, parentAuthor: number | null): boolean {
  if (parentAuthor === null) return false
  return parentAuthor === author || parentAuthor === owner || standing.get(d.store, { owner, account_id: parentAuthor }) !== undefined
}

function adoptReplies(d: Domain, id: number, uri: string, accountId: number): void {
  const replies = waitingReplies.all(d.store, { uri, id })
  if (replies.length === 0) return
  adopt.run(d.store, { uri, id, account_id: accountId })
  setReplies.run(d.store, { id, count: replies.filter((reply) => counts(reply.visibility)).length })
}
