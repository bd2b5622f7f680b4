import { AppError } from './errors.ts'
import { mintId, nextId } from '../store/ids.ts'
import { build, inList, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { joined } from './conversations.ts'
import { removeDraft } from './drafts.ts'
import { renderMarkdown } from './markdown.ts'
import { bindMedia, describeMedia, mediaOf } from './media.ts'
import { ownEmojisIn } from './own-emojis.ts'
import { addOwnPoll, changeOwnPoll, checkPoll, delayPoll, pollTitles } from './polls.ts'
import { ownQuoteOf, policyFor, quoteStored, setQuotePolicy } from './quotes.ts'
import { render } from './rendering.ts'
import { mediaFiles, ownerId, toPost } from './rows.ts'
import { checkLanguage, maxCharacters, settings } from './settings.ts'
import { indexAgain, indexRow } from './search-index.ts'
import {
  addToPosts,
  addToReplies,
  insertPostRow,
  intoHome,
  isHome,
  keepVersion,
  NO_PARTS,
  ownPostRow,
  postById,
  postRow,
  setMentions,
  setTags,
} from './stored-posts.ts'
import { textLength } from './text.ts'
import { canSee } from './visibility.ts'
import type { Domain } from './domain.ts'
import type { NewPoll } from './polls.ts'
import type { QuotePolicy } from './quotes.ts'
import type { Rendered } from './rendering.ts'
import type { NewRow } from './stored-posts.ts'
import type { PostRow } from './rows.ts'
import type { MediaFile, Post, Visibility } from './types.ts'

/** What the owner writes: always kept at once, sent when it can be (design 7, 9). */

export type Format = 'plain' | 'markdown'

export interface NewPost {
  /** Plain text, or Markdown if `format` says so. */
  text: string
  format?: Format
  warning?: string
  /** Media behind a click; a warning implies it. */
  sensitive?: boolean
  visibility: Visibility
  language?: string | null
  inReplyToId?: number | null
  /** Own uploads, in order. */
  mediaIds?: readonly number[]
  /** Instead of files. */
  poll?: NewPoll | null
  /** A post (or a boost of it) to show below; what is for followers makes this one so too. */
  quoteOf?: number | null
  /** Who may quote it; absent: the setting. */
  quotePolicy?: QuotePolicy
  /** Goes in the same transaction. */
  draftId?: string | null
  idempotency?: { tokenId: number; key: string } | null
  /** It was scheduled: its files are held for that. */
  scheduledId?: number | null
}

export interface PostChange {
  text: string
  /** Absent: as it was. */
  format?: Format
  warning?: string
  sensitive?: boolean
  language?: string | null
  /** Absent: the files stay as they are. */
  mediaIds?: readonly number[]
  mediaAttributes?: readonly { id: number; description?: string | null; focus?: { x: number; y: number } | null }[]
  /** Absent: the poll stays as it is; null: it goes. Other options begin anew. */
  poll?: NewPoll | null
  quotePolicy?: QuotePolicy
  draftId?: string | null
}

/** Files in one post. Other servers show the first 4 to 16. */
export const MAX_MEDIA = 16
/** How long a key is remembered (Mastodon: an hour). */
const IDEMPOTENCY_MS = 3600_000
const VISIBILITIES = new Set<Visibility>(['public', 'unlisted', 'private', 'direct'])

const keyed = query<{ token_id: number; key: string; after: number }>()((p) =>
  build
    .selectFrom('idempotency')
    .innerJoin('posts', 'posts.id', 'idempotency.post_id')
    .selectAll('posts')
    .where('idempotency.token_id', '=', p.token_id)
    .where('idempotency.key', '=', p.key)
    .where('idempotency.at', '>', p.after),
)
const rememberKey = query<{ token_id: number; key: string; post_id: number; at: number }>()((p) =>
  build
    .insertInto('idempotency')
    .values({ token_id: p.token_id, key: p.key, post_id: p.post_id, at: p.at })
    .onConflict((c) => c.columns(['token_id', 'key']).doUpdateSet({ post_id: p.post_id, at: p.at })),
)
const forgetKeys = query<{ before: number }>()((p) => build.deleteFrom('idempotency').where('at', '<=', p.before))
const update = query<{
  id: number
  content: string
  source: string
  warning: string
  sensitive: number
  language: string | null
  source_type: 'text/markdown' | null
  emojis: string
  type: string
  policy: string | null
  edited_at: number | null
}>()((p) =>
  build
    .updateTable('posts')
    .set({
      content: p.content,
      source: p.source,
      warning: p.warning,
      sensitive: p.sensitive,
      language: p.language,
      source_type: p.source_type,
      emojis: p.emojis,
      type: p.type,
      policy: p.policy,
      edited_at: p.edited_at,
    })
    .where('id', '=', p.id),
)
const ownTexts = query<{ account_id: number }>()((p) =>
  build.selectFrom('posts').select(['id', 'source', 'source_type']).where('account_id', '=', p.account_id).where('source', 'is not', null),
)
const setContent = query<{ id: number; content: string }>()((p) =>
  build.updateTable('posts').set({ content: p.content }).where('id', '=', p.id),
)
const release = query<{ id: number; at: number }>()((p) =>
  build.updateTable('posts').set({ released_at: p.at, created_at: p.at }).where('id', '=', p.id).where('released_at', 'is', null),
)
const mentionRows = query<{ post_id: number }>()((p) =>
  build.selectFrom('mentions').select(['acct', 'account_id']).where('post_id', '=', p.post_id),
)

/**
 * Keeps a post: its row, text as HTML, mentions, tags, files, place at home, search entry; the draft goes, all in one transaction. It is
 * wet (released_at null) until it leaves. The same idempotency key within an hour returns the first post and changes nothing.
 *
 * Throws 'invalid' (`empty`, `too-long`, `too-many-media`, `poll-…`, `quote-denied` …) or 'not-found' (the post answered or quoted, a
 * file): nothing is changed, the draft stays. Events `post-written`, `quote-asked`.
 */
export function writePost(d: Domain, input: NewPost): { post: Post; repeated: boolean } {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const now = d.now()
    if (input.idempotency) {
      const { tokenId, key } = input.idempotency
      const earlier = keyed.get(d.store, { token_id: tokenId, key, after: now - IDEMPOTENCY_MS })
      if (earlier) return { post: toPost(earlier), repeated: true }
    }
    const { media, poll, quote, words, parent, rendered, visibility } = checkPost(d, input)
    const row: NewRow = {
      id: mintId(d.store, now, now, true),
      own: 1,
      uri: null,
      url: null,
      account_id: owner,
      boost_of: null,
      type: poll ? 'Question' : 'Note',
      content: rendered.html,
      source: words.text,
      warning: words.warning,
      sensitive: Number(words.sensitive),
      visibility,
      language: words.language,
      in_reply_to_id: parent?.id ?? null,
      in_reply_to_uri: parent?.uri ?? null,
      in_reply_to_account_id: parent?.account_id ?? null,
      emojis: emojisIn(d, words, poll?.options ?? []),
      created_at: now,
      written_at: now,
      released_at: null,
      received_at: now,
      ...NO_PARTS,
      ...quote?.parts,
      source_type: SOURCE_TYPE[input.format ?? 'plain'],
      policy: JSON.stringify(policyFor(input.quotePolicy ?? settings(d).quotePolicy, visibility)),
    }
    insertPostRow(d, row)
    if (poll) addOwnPoll(d, row.id, poll, now)
    if (quote) quoteStored(d, row.id, owner, quote.parts, true)
    setMentions(d, row.id, rendered.mentions, false)
    setTags(d, row.id, rendered.tags, false)
    if (media.length > 0) {
      bindMedia(
        d,
        row.id,
        media.map((file) => file.id),
      )
    }
    joined(d, row.id)
    intoHome(d, row.id)
    addToReplies(d, row.in_reply_to_id, row.visibility, 1)
    addToPosts(d, owner, row.visibility, 1)
    indexRow(d, row, { ...rendered, media, options: poll?.options ?? [] })
    if (input.draftId) removeDraft(d, input.draftId)
    if (input.idempotency) {
      forgetKeys.run(d.store, { before: now - IDEMPOTENCY_MS })
      rememberKey.run(d.store, { token_id: input.idempotency.tokenId, key: input.idempotency.key, post_id: row.id, at: now })
    }
    d.events.append('post-written', { postId: row.id })
    if (quote?.asks) d.events.append('quote-asked', { postId: row.id })
    return { post: postById(d, row.id) as Post, repeated: false }
  })
}

/**
 * What a post would be made of, with every check of {@link writePost} and no change: for what is to be published later. Throws as
 * {@link writePost}.
 */
export function checkPost(d: Domain, input: NewPost) {
  ensureOpen(d)
  if (!VISIBILITIES.has(input.visibility))
    throw new AppError('invalid', 'A post is public, unlisted, private or direct.', { reason: 'visibility-invalid' })
  const media = checkMedia(d, input.mediaIds ?? [], null, input.scheduledId ?? null)
  const poll = input.poll ? checkPoll(input.poll) : null
  if (poll && media.length > 0) throw pollWithMedia()
  const quote = input.quoteOf ? ownQuoteOf(d, input.quoteOf) : null
  const words = checkWords(d, input, media, quote !== null)
  const parent = input.inReplyToId ? answered(d, input.inReplyToId) : undefined
  const rendered = renderAs(d, input.format ?? 'plain', words.text)
  if (quote && input.visibility === 'direct' && quote.asks && !rendered.mentions.some((one) => one.accountId === quote.post.account_id)) {
    throw new AppError('invalid', 'A private mention can quote only somebody it mentions.', { reason: 'quote-unmentioned' })
  }
  // What is for followers is not shown to everybody by way of a quote (as on Mastodon).
  const narrow = quote?.post.visibility === 'private' && input.visibility !== 'direct'
  const visibility: Visibility = narrow ? 'private' : input.visibility
  return { media, poll, quote, words, parent, rendered, visibility }
}

const SOURCE_TYPE = { plain: null, markdown: 'text/markdown' } as const
const formatOf = (type: 'text/markdown' | null): Format => (type === null ? 'plain' : 'markdown')

function renderAs(d: Domain, format: Format, text: string, found?: ReadonlyMap<string, number>): Rendered {
  return format === 'markdown' ? renderMarkdown(d, text, found) : render(d, text, found)
}

/**
 * Changes an own post. One that has left keeps its former version and gets `editedAt`; a wet one is changed in place, as if it had been
 * written so. What changes nothing is no edit. Throws as {@link writePost}. Event `post-edited`.
 */
export function editPost(d: Domain, id: number, change: PostChange): Post {
  return d.store.transaction(() => {
    ensureOpen(d)
    const old = ownPostRow(d, id)
    const before = mediaOf(d, id)
    const media = change.mediaIds ? checkMedia(d, change.mediaIds, id, null) : before
    for (const { id: mediaId, ...attributes } of change.mediaAttributes ?? []) {
      if (media.some((file) => file.id === mediaId)) describeMedia(d, mediaId, attributes, { postId: id })
    }
    const language = change.language === undefined ? old.language : change.language
    const words = checkWords(d, { ...change, language }, media, old.quote_uri !== null || old.quote_of !== null)
    const poll = change.poll ? checkPoll(change.poll) : change.poll
    if (media.length > 0 && (poll || (poll === undefined && pollTitles(d, id).length > 0))) throw pollWithMedia()
    const mediaIds = media.map((file) => file.id)
    if (change.mediaIds) bindMedia(d, id, mediaIds)
    const after = mediaOf(d, id)
    if (change.draftId) removeDraft(d, change.draftId)

    const wet = old.released_at === null
    const format = change.format ?? formatOf(old.source_type)
    const titles = pollTitles(d, id)
    const pollChanged = poll !== undefined && changeOwnPoll(d, id, poll, wet ? old.created_at : d.now())
    const same =
      old.source === words.text &&
      old.warning === words.warning &&
      old.sensitive === Number(words.sensitive) &&
      old.language === words.language &&
      old.source_type === SOURCE_TYPE[format] &&
      !pollChanged
    const wish = change.quotePolicy
    const policy =
      wish === undefined ? old.policy : JSON.stringify({ ...JSON.parse(old.policy ?? '{}'), ...policyFor(wish, old.visibility) })
    if (wish !== undefined && same) setQuotePolicy(d, id, wish)
    if (same && JSON.stringify(before) === JSON.stringify(after)) return postById(d, id) as Post

    if (!wet) keepVersion(d, nextId(d.now()), old, before, titles)
    const rendered = renderAs(d, format, words.text, knownMentions(d, id))
    const row = {
      id,
      content: rendered.html,
      source: words.text,
      warning: words.warning,
      sensitive: Number(words.sensitive),
      language: words.language,
      source_type: SOURCE_TYPE[format],
      emojis: emojisIn(d, words, pollTitles(d, id)),
      type: pollTitles(d, id).length > 0 ? 'Question' : 'Note',
      policy,
      // Receivers drop an edit that is not newer than the last one they saw.
      edited_at: wet ? null : Math.max(d.now(), (old.edited_at ?? old.released_at ?? 0) + 1),
    }
    update.run(d.store, row)
    setMentions(d, id, rendered.mentions, true)
    setTags(d, id, rendered.tags, true)
    joined(d, id, { quietly: true })
    indexAgain(d, [id])
    d.events.append('post-edited', { postId: id, own: true, home: isHome(d, id) })
    return postById(d, id) as Post
  })
}

/** The text as written, for editing. Own posts only; throws 'not-found'. */
export function postSource(d: Domain, id: number): { id: number; text: string; warning: string; format: Format } {
  const row = ownPostRow(d, id)
  return { id, text: row.source ?? '', warning: row.warning, format: formatOf(row.source_type) }
}

/**
 * An own post or boost leaves: from now on its time is the time it left (design 7); its id and its place at home stay. Does nothing for
 * one that has left before, or is gone. Event `post-released`.
 */
export function releasePost(d: Domain, id: number, at: number): void {
  d.store.transaction(() => {
    const row = postRow(d, id)
    if (row?.own !== 1 || release.run(d.store, { id, at }).changes === 0) return
    delayPoll(d, id, Math.max(0, at - row.created_at))
    d.events.append('post-released', { postId: id })
  })
}

/** The accts that an own post names and that nobody has looked up yet. */
export function unresolvedMentions(d: Domain, postId: number): string[] {
  return mentionRows.all(d.store, { post_id: postId }).flatMap((row) => (row.account_id === null ? [row.acct] : []))
}

/** Gives the names in an own post their accounts, by acct, and writes its HTML anew with the links. */
export function resolveMentions(d: Domain, postId: number, found: ReadonlyMap<string, number>): void {
  d.store.transaction(() => {
    const row = postRow(d, postId)
    if (row?.own === 1 && row.source !== null && found.size > 0) renderAgain(d, postId, row.source, row.source_type, found)
  })
}

/** Writes the HTML and the mentions of everything own anew: a new address gives hashtags somewhere to lead and the owner a handle. */
export function renderAllAgain(d: Domain): void {
  for (const post of ownTexts.all(d.store, { account_id: ownerId(d) }))
    renderAgain(d, post.id, post.source as string, post.source_type, new Map())
}

function renderAgain(d: Domain, postId: number, source: string, type: 'text/markdown' | null, found: ReadonlyMap<string, number>): void {
  const accounts = new Map([...knownMentions(d, postId), ...[...found].map(([acct, id]) => [acct.toLowerCase(), id] as const)])
  const rendered = renderAs(d, formatOf(type), source, accounts)
  setMentions(d, postId, rendered.mentions, true)
  setContent.run(d.store, { id: postId, content: rendered.html })
  joined(d, postId, { quietly: true })
}

function knownMentions(d: Domain, postId: number): Map<string, number> {
  return new Map(
    mentionRows
      .all(d.store, { post_id: postId })
      .flatMap((row) => (row.account_id === null ? [] : [[row.acct.toLowerCase(), row.account_id]])),
  )
}

function answered(d: Domain, id: number): PostRow {
  const found = postRow(d, id)
  const row = found?.boost_of ? postRow(d, found.boost_of) : found
  if (!row || !canSee({ own: row.own === 1, visibility: row.visibility, releasedAt: row.released_at }, 'owner')) {
    throw new AppError('not-found', 'The post you are answering is not there any more.', { reason: 'parent-gone' })
  }
  return row
}

/** Own uploads that no other post holds (nor one that is scheduled), ready to go, in the order given. */
function checkMedia(d: Domain, ids: readonly number[], postId: number | null, scheduledId: number | null): MediaFile[] {
  const distinct = [...new Set(ids)]
  if (distinct.length > MAX_MEDIA) {
    throw new AppError('invalid', `A post can carry at most ${MAX_MEDIA} files.`, { reason: 'too-many-media', params: { max: MAX_MEDIA } })
  }
  const files = mediaFiles(d, distinct)
  const bound = new Set(boundTo(d, distinct, postId, scheduledId))
  return distinct.map((id) => {
    const file = files.get(id)
    if (!file?.own || file.kind === 'avatar' || file.kind === 'header' || file.kind === 'emoji') {
      throw new AppError('not-found', 'One of the files is not there any more. Add it again.', { reason: 'media-gone' })
    }
    if (bound.has(id))
      throw new AppError('invalid', 'One of the files belongs to another post already. Add it again.', { reason: 'media-taken' })
    if (file.state === 'processing') {
      throw new AppError('invalid', 'Cannot attach files that have not finished processing. Try again in a moment!', {
        reason: 'media-processing',
      })
    }
    if (file.state === 'failed') {
      throw new AppError('invalid', 'One of the files could not be made ready. Take it out or add another.', { reason: 'media-failed' })
    }
    return file
  })
}

const takenRows = query<{ ids: string; post_id: number; scheduled_id: number }>()((p) =>
  build
    .selectFrom('media')
    .select('id')
    .where('id', 'in', inList<number>(p.ids))
    .where((e) =>
      e.or([
        e.and([e('post_id', 'is not', null), e('post_id', '<>', p.post_id)]),
        e.and([e('scheduled_id', 'is not', null), e('scheduled_id', '<>', p.scheduled_id)]),
      ]),
    ),
)

function boundTo(d: Domain, ids: readonly number[], postId: number | null, scheduledId: number | null): number[] {
  return ids.length === 0
    ? []
    : takenRows.all(d.store, { ids: JSON.stringify(ids), post_id: postId ?? 0, scheduled_id: scheduledId ?? 0 }).map((row) => row.id)
}

const pollWithMedia = () => new AppError('invalid', 'A post has either a poll or files, not both.', { reason: 'poll-with-media' })

function emojisIn(d: Domain, words: Words, options: readonly string[]): string {
  return JSON.stringify(ownEmojisIn(d, [words.text, words.warning, ...options].join('\n')))
}

interface Words {
  text: string
  warning: string
  sensitive: boolean
  language: string | null
}

function checkWords(
  d: Domain,
  input: { text: string; warning?: string; sensitive?: boolean; language?: string | null },
  media: readonly MediaFile[],
  quotes: boolean,
): Words {
  const text = input.text.replace(/\r\n?/g, '\n').trim()
  const warning = (input.warning ?? '').replace(/\s+/g, ' ').trim()
  if (text === '' && media.length === 0 && !quotes) {
    throw new AppError('invalid', 'An empty post cannot be published. Write something or add a picture.', { reason: 'empty' })
  }
  const max = maxCharacters(d)
  const length = textLength(text, warning)
  if (length > max) {
    throw new AppError('invalid', `A post has at most ${max} characters; this one has ${length}.`, {
      reason: 'too-long',
      params: { max, length },
    })
  }
  return { text, warning, sensitive: (input.sensitive ?? false) || warning !== '', language: checkLanguage(input.language) }
}
