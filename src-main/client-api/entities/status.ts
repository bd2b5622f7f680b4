import { canSee } from '../../domain/visibility.ts'
import { toAccount, toEmoji } from './account.ts'
import { file, iso, tagUrl } from './context.ts'
import { filteredOf } from './filter.ts'
import { toCard } from './card.ts'
import { toMediaAttachment } from './media.ts'
import type { Account, Audience, LoadedPost, MediaFile, Poll, QuoteState, ReactionCount } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Status, Poll, Quote, StatusEdit, StatusSource. What is the owner's own business (favourited, bookmarked …) is shown to the owner alone. */

export function toStatus(at: Context, post: LoadedPost, depth = 0): Entity<'Status'> {
  const mine = at.viewer === 'owner'
  const address = addressOf(at, post)
  // The marks of a boost are those of what it boosts: clients ask the wrapper.
  const marked = post.boost ?? post
  return {
    id: String(post.id),
    created_at: iso(post.createdAt),
    in_reply_to_id: post.inReplyToId === null ? null : String(post.inReplyToId),
    in_reply_to_account_id: post.inReplyToAccountId === null ? null : String(post.inReplyToAccountId),
    // Not Mastodon's: an answer to a post that is not here says so to the window, which can look for it.
    ...(mine && post.inReplyToId === null && post.inReplyToUri !== null ? { in_reply_to_uri: post.inReplyToUri } : {}),
    sensitive: post.sensitive,
    spoiler_text: post.warning,
    visibility: post.visibility,
    language: post.language,
    uri: address.uri,
    url: address.url,
    replies_count: Math.max(0, post.repliesCount),
    reblogs_count: Math.max(0, post.boostsCount),
    favourites_count: Math.max(0, post.favouritesCount),
    quotes_count: Math.max(0, post.quotesCount),
    edited_at: post.editedAt === null ? null : iso(post.editedAt),
    favourited: mine && marked.favourited,
    reblogged: mine && (marked.boosted || (post.boost !== null && post.own)),
    muted: mine && marked.threadMuted,
    bookmarked: mine && marked.bookmarked,
    ...(mine && post.own && !post.boost ? { pinned: post.pinnedAt !== null } : {}),
    content: post.content,
    filtered: filteredOf(at, post),
    reblog: post.boost ? toStatus(at, post.boost, depth) : null,
    account: toAccount(at, post.account),
    media_attachments: post.media.map((media) => toMediaAttachment(at, media)),
    mentions: post.mentions.flatMap((mention) => {
      const own = mention.accountId === at.ownerId
      const url = own ? (at.own?.profile ?? null) : mention.url
      // A name nobody has looked up yet is text: clients want an id and an address (a null broke Moshidon).
      if (mention.accountId === null || url === null) return []
      return [{ id: String(mention.accountId), username: mention.username, url, acct: own ? mention.username : mention.acct }]
    }),
    tags: post.tags.map((name) => ({ name, url: tagUrl(at, name) })),
    emojis: post.emojis.map((emoji) => toEmoji(at, emoji)),
    card: post.card === null ? null : toCard(at, post.card),
    poll: post.poll ? toPoll(at, post.poll, post.emojis) : null,
    quote: toQuote(at, post, depth),
    quote_approval: toQuoteApproval(at, post),
    // Not Mastodon's: what Pleroma's and Akkoma's clients read, and the window.
    emoji_reactions: post.reactions.map((reaction) => toReaction(at, reaction)),
  }
}

/** `votes_count` of an option is null while its author keeps the numbers back. */
export function toPoll(at: Context, poll: Poll, emojis: LoadedPost['emojis']): Entity<'Poll'> {
  const mine = at.viewer === 'owner'
  const expired = poll.closedAt !== null || (poll.endsAt !== null && poll.endsAt <= at.d.now())
  const hidden = poll.hideTotals && !expired
  return {
    id: String(poll.postId),
    expires_at: poll.endsAt === null ? null : iso(poll.endsAt),
    expired,
    multiple: poll.multiple,
    votes_count: poll.options.reduce((sum, option) => sum + option.votes, 0),
    voters_count: poll.voters,
    // As on Mastodon, its author has voted, so to speak: clients show the numbers instead of the boxes.
    voted: mine && (poll.own || poll.ownVotes.length > 0),
    own_votes: mine ? poll.ownVotes : [],
    // Not Mastodon's: when its server told these numbers, for the window.
    as_of: poll.checkedAt === null ? null : iso(poll.checkedAt),
    options: poll.options.map(({ title, votes }) => ({ title, votes_count: hidden ? null : votes })),
    emojis: emojis.map((emoji) => toEmoji(at, emoji)),
  }
}

/** Mastodon's words. A quote without any consent is none to its clients: the link in the text stands for it. */
const QUOTE_STATE = {
  pending: 'pending',
  accepted: 'accepted',
  rejected: 'rejected',
  revoked: 'revoked',
  deleted: 'deleted',
} as const satisfies Record<Exclude<QuoteState, 'unverified'>, string>

/** One level deep with the post itself, below that with its id only (ShallowQuote). */
function toQuote(at: Context, post: LoadedPost, depth: number): Entity<'Status'>['quote'] {
  const { quoteState: state, quote } = post
  if (state === null || state === 'unverified') return null
  if (depth > 0) return { state: QUOTE_STATE[state], quoted_status_id: post.quoteOf === null ? null : String(post.quoteOf) }
  // Whom the owner blocks or mutes is for nobody else to know.
  if (post.quoteHidden && at.viewer === 'owner') return { state: `${post.quoteHidden}_account`, quoted_status: null }
  if (state !== 'accepted') return { state: QUOTE_STATE[state], quoted_status: null }
  // Strangers see of the owner's home what they might see anyway.
  if (!quote || (at.viewer === 'public' && !(quote.own && canSee(quote, 'public')))) return { state: 'unauthorized', quoted_status: null }
  return { state: 'accepted', quoted_status: toStatus(at, quote, depth + 1) }
}

const audiences = (list: readonly Audience[]): Entity<'QuoteApproval'>['automatic'] => [
  ...new Set(
    list.flatMap((one) =>
      one === 'author' ? [] : one === 'public' || one === 'followers' || one === 'following' ? [one] : ['unsupported_policy' as const],
    ),
  ),
]

function toQuoteApproval(at: Context, post: LoadedPost): Entity<'QuoteApproval'> {
  const said = post.policy?.quote
  return {
    automatic: audiences(said?.automatic ?? []),
    manual: audiences(said?.manual ?? []),
    current_user: at.viewer === 'owner' ? post.quotable : 'denied',
  }
}

function toReaction(at: Context, { emoji, token, count, mine }: ReactionCount) {
  const url = token === null ? null : file(at, token, 'original', null)
  return { name: emoji, url, static_url: url, count, me: at.viewer === 'owner' && mine }
}

function addressOf(at: Context, post: LoadedPost): { uri: string; url: string } {
  if (post.own && at.own) {
    if (post.boostOf !== null) return { uri: at.own.postActivity(post.id), url: at.own.postActivity(post.id) }
    return { uri: at.own.post(post.id), url: at.own.postPage(post.id) }
  }
  const uri = post.uri ?? ''
  return { uri, url: post.url || uri }
}

/** The answer to a deletion: what is needed to write the post anew. */
export const toDeletedStatus = (at: Context, post: LoadedPost): Entity<'Status'> => ({
  ...toStatus(at, post),
  text: post.source ?? '',
  content_type: post.sourceType ?? 'text/plain',
})

export function toStatusEdit(
  at: Context,
  account: Account,
  version: { at: number; content: string; warning: string; sensitive: boolean; media: MediaFile[] },
  emojis: LoadedPost['emojis'],
  /** Titles of its options. */
  poll: readonly string[] | null = null,
): Entity<'StatusEdit'> {
  return {
    content: version.content,
    spoiler_text: version.warning,
    sensitive: version.sensitive,
    created_at: iso(version.at),
    account: toAccount(at, account),
    poll: poll && { options: poll.map((title) => ({ title })) },
    quote: null,
    media_attachments: version.media.map((media) => toMediaAttachment(at, media)),
    emojis: emojis.map((emoji) => toEmoji(at, emoji)),
  }
}
