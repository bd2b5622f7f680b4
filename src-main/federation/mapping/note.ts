import { posterPath } from '../../domain/films.ts'
import { escapeHtml } from '../../domain/text.ts'
import { mediaPath } from '../../domain/uris.ts'
import { AS2, PUBLIC } from './context.ts'
import type { LoadedPost, MediaFile, Poll, Visibility } from '../../domain/types.ts'
import type { Uris } from '../../domain/uris.ts'

/** Own posts as Note or Question, in the one shape that everybody reads (federation.md 1.4 and 1.6). */

export type Document = Record<string, unknown>

export const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** What an author of others' posts is to us: id and handle. */
export interface Person {
  uri: string
  acct: string
}
/** A custom emoji of our own. */
export interface Picture {
  shortcode: string
  token: string
  mime: string | null
  updatedAt: number
}

export interface PostSurroundings {
  uris: Uris
  /** uri of the post answered. */
  inReplyTo: string | null
  /** Everyone mentioned who could be found. */
  mentioned: Person[]
  /** The post quoted, if it still may be. `url` is for people. */
  quote: { uri: string; url: string } | null
  /** Who may quote it. */
  quotePolicy: 'public' | 'followers' | 'nobody'
  /** The conversation it belongs to (FEP-7888), ours or another's. */
  context: string | null
  emojis: Picture[]
  /** Own answers to it: the first page of its replies. */
  selfReplies: string[]
}

/** `to` and `cc` by visibility; the same on activity and object (federation.md 1.4). Never `bto` or `bcc`. */
export function audience(visibility: Visibility, followers: string, mentioned: string[]): { to: string[]; cc: string[] } {
  if (visibility === 'public') return { to: [PUBLIC], cc: [followers, ...mentioned] }
  if (visibility === 'unlisted') return { to: [followers], cc: [PUBLIC, ...mentioned] }
  if (visibility === 'private') return { to: [followers], cc: mentioned }
  return { to: mentioned, cc: [] }
}

export const isOpen = (visibility: Visibility) => visibility === 'public' || visibility === 'unlisted'

/** An own post. Without `@context`. */
export function note(post: LoadedPost, around: PostSurroundings): Document {
  const u = around.uris
  const id = u.post(post.id)
  const open = isOpen(post.visibility)
  const mentioned = around.mentioned.map((person) => person.uri)
  const content = around.quote ? withFallback(post, around.quote) : post.content
  return {
    id,
    type: post.poll ? 'Question' : 'Note',
    attributedTo: u.actor,
    ...audience(post.visibility, u.followers, mentioned),
    published: iso(post.createdAt),
    ...(post.editedAt ? { updated: iso(post.editedAt) } : {}),
    url: u.postPage(post.id),
    ...(around.inReplyTo ? { inReplyTo: around.inReplyTo } : {}),
    ...(around.context ? { context: around.context, conversation: around.context } : {}),
    ...(post.warning ? { summary: post.warning } : {}),
    ...(post.warning && post.language ? { summaryMap: { [post.language]: post.warning } } : {}),
    sensitive: post.sensitive,
    content,
    ...(post.language ? { contentMap: { [post.language]: content } } : {}),
    ...(post.source !== null ? { source: { content: post.source, mediaType: post.sourceType ?? 'text/plain' } } : {}),
    ...(post.poll ? question(post.poll) : {}),
    ...(around.quote ? quoting(around.quote.uri, post.quoteState === 'accepted' ? post.quoteStamp : null) : {}),
    interactionPolicy: { canQuote: approvals(around.quotePolicy, u) },
    tag: [
      ...around.mentioned.map((person) => ({ type: 'Mention', href: person.uri, name: `@${person.acct}` })),
      ...post.tags.map((name) => ({ type: 'Hashtag', href: u.tag(name), name: `#${name}` })),
      ...around.emojis.map((picture) => emoji(picture, u)),
      ...(around.quote ? [quoteLink(around.quote.uri)] : []),
    ],
    attachment: post.media.map((file) => attachment(file, u.origin)),
    ...(open
      ? {
          replies: {
            id: u.replies(post.id),
            type: 'Collection',
            first: repliesPage(u, post.id, around.selfReplies),
          },
          likes: { id: u.likes(post.id), type: 'Collection', totalItems: post.favouritesCount },
          shares: { id: u.shares(post.id), type: 'Collection', totalItems: post.boostsCount },
        }
      : {}),
  }
}

/** Answers of the author's that stand in a post's own document. */
export const SELF_REPLIES = 5

/** The first page of the answers: the author's own, as at Mastodon; more of them and the others' follow. */
export function repliesPage(u: Uris, postId: number, items: string[]): Document {
  const id = u.replies(postId)
  const next = items.length < SELF_REPLIES ? `${id}?only_other_accounts=true&page=true` : `${id}?page=true&min_id=${idOf(items.at(-1))}`
  return { type: 'CollectionPage', partOf: id, next, items }
}
const idOf = (uri: string | undefined) => uri?.slice(uri.lastIndexOf('/') + 1)

/** Options have neither `content` nor authors; the numbers are what is known now, unless they are kept back until the end (as at Mastodon). */
function question(poll: Poll): Document {
  const hidden = poll.hideTotals && poll.closedAt === null
  return {
    [poll.multiple ? 'anyOf' : 'oneOf']: poll.options.map((option) => ({
      type: 'Note',
      name: option.title,
      replies: { type: 'Collection', ...(hidden ? {} : { totalItems: option.votes }) },
    })),
    ...(poll.endsAt === null ? {} : { endTime: iso(poll.endsAt) }),
    ...(poll.closedAt === null ? {} : { closed: iso(poll.closedAt) }),
    votersCount: poll.voters ?? 0,
  }
}

/** Every name a quote goes by: FEP-044f, Fedibird, Pleroma and Misskey. */
function quoting(uri: string, stamp: string | null): Document {
  return { quote: uri, quoteUrl: uri, quoteUri: uri, _misskey_quote: uri, ...(stamp ? { quoteAuthorization: stamp } : {}) }
}
function quoteLink(uri: string): Document {
  return {
    type: 'Link',
    mediaType: `application/ld+json; profile="${AS2}"`,
    rel: 'https://misskey-hub.net/ns#_misskey_quote',
    href: uri,
    name: `RE: ${uri}`,
  }
}

/** For servers that know no quotes; those that do take this class out again. Not where the owner wrote the address down anyway. */
function withFallback(post: LoadedPost, quote: { uri: string; url: string }): string {
  if (post.source?.includes(quote.url) || post.source?.includes(quote.uri)) return post.content
  const url = escapeHtml(quote.url)
  const fallback = `<span class="quote-inline"><br/>RE: <a href="${url}">${url}</a></span>`
  const { content } = post
  return content.endsWith('</p>') ? `${content.slice(0, -4)}${fallback}</p>` : `${content}<p>${fallback}</p>`
}

/** Who may quote: that nobody may is said by naming the owner alone. */
function approvals(policy: PostSurroundings['quotePolicy'], u: Uris): Document {
  return { automaticApproval: [policy === 'public' ? PUBLIC : policy === 'followers' ? u.followers : u.actor] }
}

/** A custom emoji; as an object of its own at its id too. */
export function emoji(picture: Picture, u: Uris): Document {
  return {
    id: u.emoji(picture.shortcode),
    type: 'Emoji',
    name: `:${picture.shortcode}:`,
    updated: iso(picture.updatedAt),
    icon: { type: 'Image', mediaType: picture.mime, url: u.origin + mediaPath(picture.token, 'original', picture.mime) },
  }
}

function attachment(file: MediaFile, origin: string): Document {
  return {
    type: file.kind === 'image' || file.kind === 'gifv' ? 'Image' : 'Document',
    mediaType: file.mime,
    url: origin + mediaPath(file.token, 'original', file.mime),
    // Mastodon reads summary or name, GoToSocial summary first, Misskey and Pixelfed name.
    ...(file.description ? { name: file.description, summary: file.description } : {}),
    ...(file.width && file.height ? { width: file.width, height: file.height } : {}),
    ...(file.blurhash ? { blurhash: file.blurhash } : {}),
    ...(file.focus ? { focalPoint: [file.focus.x, file.focus.y] } : {}),
    ...(file.duration === null ? {} : { duration: `PT${file.duration}S` }),
    ...posterOf(file, origin),
  }
}

/** What Mastodon calls the thumbnail of a film or a sound: as it sends it, and reads it. */
function posterOf(file: MediaFile, origin: string): Document {
  const path = posterPath(file)
  return path ? { icon: { type: 'Image', mediaType: file.previewMime, url: origin + path } } : {}
}
