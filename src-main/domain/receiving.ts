import { AppError } from './errors.ts'
import { mintId, nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { isDomainBlocked } from './blocked-domains.ts'
import { conversationsGrew, joined } from './conversations.ts'
import { turnedAway } from './door.ts'
import { emojisFor } from './emojis.ts'
import { followsAny } from './followed-tags.ts'
import { readsLanguage } from './languages.ts'
import { isExclusive } from './lists.ts'
import { addRemoteMedia, mediaOf, replaceMedia } from './media.ts'
import { threadGrew } from './muted-threads.ts'
import { notify } from './notifications.ts'
import { addRemotePoll, changeRemotePoll, pollTitles, receiveTally } from './polls.ts'
import { adoptQuotes, changeQuote, quotedByOwner, quoteStored, receivedQuote } from './quotes.ts'
import { ownerId } from './rows.ts'
import { indexAgain, indexRow } from './search-index.ts'
import {
  addToReplies,
  counts,
  hasLink,
  insertPostRow,
  intoHome,
  isHome,
  keepVersion,
  NO_PARTS,
  postRow,
  postRowByUri,
  setMentions,
  setTags,
} from './stored-posts.ts'
import { escapeHtml, normaliseTag } from './text.ts'
import type { Said } from './door.ts'
import type { Domain } from './domain.ts'
import type { RemoteEmoji } from './emojis.ts'
import type { RemoteMediaFile } from './media.ts'
import type { RemotePoll } from './polls.ts'
import type { PostRow } from './rows.ts'
import type { NewRow } from './stored-posts.ts'
import type { InteractionPolicy, Visibility } from './types.ts'

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
  /** In an edit: absent leaves what is known, null takes it away. */
  poll?: RemotePoll | null
  /** What it quotes, and the author's consent if it names one. */
  quote?: { uri: string; stamp: string | null } | null
  policy?: InteractionPolicy | null
  /** The collection of the whole conversation, and that of the answers. */
  contextUri?: string | null
  repliesUri?: string | null
  /** The community it was sent through: its actor. */
  audienceUri?: string | null
  /** What its own server counts. */
  counts?: { replies?: number; boosts?: number; favourites?: number }
}

const MAX = { mentions: 100, tags: 64, media: 16 }

/** Everything that decides about a post, in one look: this runs for every post that comes in. */
const facts = query<{ uri: string; account_id: number; owner: number }>()((p) =>
  build
    .selectFrom('accounts as author')
    .select(['author.domain', 'author.suspended_at', 'author.last_post_at'])
    .select((e) => [
      e
        .selectFrom('tombstones')
        .select('at')
        .where('tombstones.uri', '=', p.uri)
        .where((w) => w.or([w('by_uri', 'is', null), w('by_uri', '=', w.ref('author.uri'))]))
        .as('dead'),
      e.selectFrom('posts').select('id').where('uri', '=', p.uri).as('known'),
      e.selectFrom('posts').select('id').where('in_reply_to_uri', '=', p.uri).where('in_reply_to_id', 'is', null).limit(1).as('answered'),
      e
        .selectFrom('posts')
        .select('id')
        .where('quote_uri', '=', p.uri)
        .where('quote_of', 'is', null)
        .where('quote_uri', 'is not', null)
        .limit(1)
        .as('quoted'),
      e
        .selectFrom('follows')
        .select('notify')
        .where('account_id', '=', p.owner)
        .where('target_id', '=', p.account_id)
        .where('state', '=', 'accepted')
        .as('notify'),
      e.selectFrom('follows').select('languages').where('account_id', '=', p.owner).where('target_id', '=', p.account_id).as('languages'),
      e.selectFrom('blocks').select('id').where('account_id', '=', p.owner).where('target_id', '=', p.account_id).as('blocked'),
    ])
    .where('author.id', '=', p.account_id),
)
const standing = query<{ owner: number; account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('id')
    .where('account_id', '=', p.owner)
    .where('target_id', '=', p.account_id)
    .where('state', '=', 'accepted'),
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
  policy: string | null
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
      policy: p.policy,
      edited_at: p.edited_at,
    })
    .where('id', '=', p.id),
)
const setAside = query<{
  id: number
  policy: string | null
  context_uri: string | null
  replies_uri: string | null
  remote_replies: number | null
  remote_boosts: number | null
  remote_favourites: number | null
}>()((p) =>
  build
    .updateTable('posts')
    .set({
      policy: p.policy,
      context_uri: p.context_uri,
      replies_uri: p.replies_uri,
      remote_replies: p.remote_replies,
      remote_boosts: p.remote_boosts,
      remote_favourites: p.remote_favourites,
    })
    .where('id', '=', p.id),
)
const setType = query<{ id: number; type: string }>()((p) => build.updateTable('posts').set({ type: p.type }).where('id', '=', p.id))
const ownBoost = query<{ owner: number; post_id: number }>()((p) =>
  build.selectFrom('posts').select('id').where('boost_of', '=', p.post_id).where('account_id', '=', p.owner),
)
const mentionedIds = query<{ post_id: number }>()((p) =>
  build.selectFrom('mentions').select('account_id').where('post_id', '=', p.post_id).where('account_id', 'is not', null),
)

/**
 * Stores a post of somebody else, once per uri; a repeat changes nothing, whatever it says. Decides, as Mastodon does, whether it stands
 * at home (its author is followed; an answer only if it is to the author, to the owner or to somebody followed; a private mention only
 * if it is for the owner; in a language that is read of them; not if they stand on an exclusive list; whoever wrote it, if it is public and
 * under a followed hashtag) and what the owner is told (a mention; a new post, where asked for; a quote with consent). Answers and quotes
 * that came before what they speak of find it now.
 *
 * `quietly`: read up later, for a thread or a profile: never at home, and nobody is told. `caughtUp`: missed while away: home in its place,
 * but only a mention is worth a notification.
 *
 * Null: not kept, because it was deleted before it came, its author is suspended or on a server the owner has blocked, or a stranger's post has
 * words that are turned away at the door. Events `post-received`, `notified`.
 */
export function receivePost(
  d: Domain,
  remote: RemotePost,
  options: { quietly?: boolean; caughtUp?: boolean } = {},
): { id: number; created: boolean } | null {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const known = facts.get(d.store, { uri: remote.uri, account_id: remote.accountId, owner })
    if (!known) throw new AppError('internal', 'The author of a received post is not stored.')
    if (owner === remote.accountId) throw new AppError('internal', 'The owner writes here and is never received.')
    if (known.known !== null) return { id: known.known, created: false }
    if (known.dead !== null || known.suspended_at !== null) return null
    if (isDomainBlocked(d, known.domain) || (known.notify === null && turnedAway(d, wordsOf(remote)))) return null
    const quietly = options.quietly ?? false
    const now = d.now()
    const published = remote.published !== null && remote.published > 0 && remote.published <= now ? remote.published : now
    const parent = remote.inReplyToUri === remote.uri ? undefined : parentRow(d, remote.inReplyToUri)
    const parentAuthor =
      parent?.account_id ?? (remote.inReplyToAccountUri ? (authorOf.get(d.store, { uri: remote.inReplyToAccountUri })?.id ?? null) : null)
    const quote = remote.quote && remote.quote.uri !== remote.uri ? receivedQuote(d, remote.quote, remote) : null
    const optionTitles = remote.poll ? remote.poll.options.map((option) => option.title) : []
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
      ...NO_PARTS,
      ...quote,
      ...aside(remote),
      audience_uri: remote.audienceUri ?? null,
      edited_at: remote.edited !== null && remote.edited > published ? Math.min(remote.edited, now) : null,
    }
    insertPostRow(d, row, known.last_post_at)
    if (remote.poll) addRemotePoll(d, row.id, remote.poll)
    const parts = bounded(remote)
    setMentions(d, row.id, parts.mentions, false)
    setTags(d, row.id, parts.tags, false)
    parts.media.forEach((file, position) => addRemoteMedia(d, row.id, position, file))
    indexRow(d, row, { ...parts, hasLink: hasLink(row.content), options: optionTitles })
    addToReplies(d, row.in_reply_to_id, row.visibility, 1)
    if (known.answered !== null) {
      adoptReplies(d, row.id, remote.uri, remote.accountId)
      threadGrew(d, row.id)
      conversationsGrew(d, row.id)
    }
    if (known.quoted !== null) adoptQuotes(d, { id: row.id, uri: remote.uri, accountId: remote.accountId })

    const mentioned = parts.mentions.some((mention) => mention.accountId === owner)
    if (row.visibility === 'direct' && (mentioned || remote.forOwner)) joined(d, row.id, { quietly })
    const followed =
      known.notify !== null &&
      readsLanguage(known.languages, row.language) &&
      (row.visibility !== 'direct' || mentioned || remote.forOwner) &&
      (remote.inReplyToUri === null || answersSomeoneNear(d, owner, remote.accountId, parentAuthor))
    const home =
      !quietly &&
      known.blocked === null &&
      ((followed && !isExclusive(d, remote.accountId)) ||
        (row.visibility === 'public' && parts.tags.length > 0 && followsAny(d, parts.tags)))
    if (home) intoHome(d, row.id)
    d.events.append('post-received', { postId: row.id, home })
    if (quote) quoteStored(d, row.id, remote.accountId, quote, quietly)
    if (quietly) return { id: row.id, created: true }
    if (mentioned) notify(d, 'mention', remote.accountId, row.id)
    else if (
      followed &&
      known.blocked === null &&
      !options.caughtUp &&
      known.notify === 1 &&
      (remote.inReplyToUri === null || parentAuthor === remote.accountId)
    ) {
      notify(d, 'post', remote.accountId, row.id)
    }
    return { id: row.id, created: true }
  })
}

/**
 * A remote author changed a post. Ignored (false) for posts not here and of other authors (rule 6). A new version is one newer than
 * what is stored (rule 15): it never shows the post to more people than before (rule 17), and the former version is kept. The same
 * version again, or one without a time, may bring what is no edit: the numbers of a poll, the stamp of a quote, a policy, counts.
 *
 * Events `post-edited`, `poll-changed`, `quote-changed`, `notified` (newly mentioned; an edit of what the owner boosted or quoted).
 */
export function receiveEdit(d: Domain, remote: RemotePost): boolean {
  return d.store.transaction(() => {
    const old = postRowByUri(d, remote.uri)
    if (!old || old.own === 1 || old.boost_of !== null || old.account_id !== remote.accountId) return false
    const now = d.now()
    const edited = remote.edited === null ? null : Math.min(remote.edited, now)
    const last = old.edited_at ?? old.created_at
    if (edited === null || edited <= last) return receiveAside(d, old, remote, edited)
    const owner = ownerId(d)
    const known = facts.get(d.store, { uri: remote.uri, account_id: remote.accountId, owner })
    // Words that would have been turned away do not come in by way of an edit: the post stays as it was.
    if (known?.notify === null && turnedAway(d, wordsOf(remote))) return false
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
      policy: remote.policy === undefined ? old.policy : textOf(remote.policy),
      edited_at: edited,
    }
    const titles = pollTitles(d, old.id)
    const mediaChanged = replaceMedia(d, old.id, parts.media)
    const pollChanged = remote.poll !== undefined && changeRemotePoll(d, old.id, remote.poll)
    const quoteChanged = remote.quote !== undefined && changeQuote(d, old, remote.quote)
    const changed =
      mediaChanged ||
      pollChanged ||
      quoteChanged ||
      (['content', 'warning', 'sensitive', 'visibility', 'language', 'emojis'] as const).some((column) => old[column] !== row[column])
    if (!changed) return receiveAside(d, old, remote, edited)
    keepVersion(d, nextId(now), old, former, titles)
    update.run(d.store, row)
    if (pollChanged && (old.type === 'Question') !== (remote.poll !== null)) setType.run(d.store, { id: old.id, type: remote.type })
    if (counts(old.visibility) && !counts(visibility)) addToReplies(d, old.in_reply_to_id, old.visibility, -1)
    const before = new Set(mentionedIds.all(d.store, { post_id: old.id }).map((mention) => mention.account_id))
    setMentions(d, old.id, parts.mentions, true)
    setTags(d, old.id, parts.tags, true)
    joined(d, old.id, { quietly: true })
    indexAgain(d, [old.id])
    d.events.append('post-edited', { postId: old.id, own: false, home: isHome(d, old.id) })
    if (!before.has(owner) && parts.mentions.some((mention) => mention.accountId === owner)) notify(d, 'mention', old.account_id, old.id)
    if (ownBoost.get(d.store, { owner, post_id: old.id })) notify(d, 'edit', old.account_id, old.id)
    if (quotedByOwner(d, old.id)) notify(d, 'quote-edit', old.account_id, old.id)
    return true
  })
}

/** What changes without an edit. An older version than the stored one says nothing any more, but for the votes: they only grow. */
function receiveAside(d: Domain, old: PostRow, remote: RemotePost, edited: number | null): boolean {
  const counted = remote.poll ? receiveTally(d, old.id, remote.poll) : false
  if (edited === null ? old.edited_at !== null : edited < (old.edited_at ?? old.created_at)) return counted
  const row = { id: old.id, ...kept(old), ...aside(remote) }
  const changed = (Object.keys(row) as (keyof typeof row)[]).some((column) => old[column] !== row[column])
  if (changed) setAside.run(d.store, row)
  const quoted = remote.quote ? changeQuote(d, old, remote.quote) : false
  return counted || quoted || changed
}

const textOf = (policy: InteractionPolicy | null) => (policy === null ? null : JSON.stringify(policy))

const kept = (old: PostRow) => ({
  policy: old.policy,
  context_uri: old.context_uri,
  replies_uri: old.replies_uri,
  remote_replies: old.remote_replies,
  remote_boosts: old.remote_boosts,
  remote_favourites: old.remote_favourites,
})

/** The columns of what a post's server says besides the post; what it does not mention is left out. */
function aside(remote: RemotePost): Partial<ReturnType<typeof kept>> {
  const { policy, contextUri, repliesUri, counts: told } = remote
  const out: Partial<ReturnType<typeof kept>> = {}
  if (policy !== undefined) out.policy = textOf(policy)
  if (contextUri) out.context_uri = contextUri
  if (repliesUri) out.replies_uri = repliesUri
  if (told?.replies !== undefined) out.remote_replies = told.replies
  if (told?.boosts !== undefined) out.remote_boosts = told.boosts
  if (told?.favourites !== undefined) out.remote_favourites = told.favourites
  return out
}

const NARROW: Record<Visibility, number> = { public: 0, unlisted: 1, private: 2, direct: 3 }

function withTitle(remote: RemotePost): string {
  return remote.title ? `<p><strong>${escapeHtml(remote.title)}</strong></p>${remote.content}` : remote.content
}

function wordsOf(remote: RemotePost): Said {
  return {
    content: remote.content,
    title: remote.title ?? null,
    warning: remote.warning,
    others: [
      ...remote.media.slice(0, MAX.media).map((file) => file.description ?? ''),
      ...(remote.poll?.options.map((one) => one.title) ?? []),
    ],
    tags: remote.tags.slice(0, MAX.tags),
  }
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
