import { toAccount, toEmoji } from './account.ts'
import { iso, tagUrl } from './context.ts'
import { toMediaAttachment } from './media.ts'
import type { Account, LoadedPost, MediaFile } from '../../domain/types.ts'
import type { Context } from './context.ts'

/** Status, StatusEdit, StatusSource. What is the owner's own business (favourited, bookmarked …) is shown to the owner alone. */

export function toStatus(at: Context, post: LoadedPost): Record<string, unknown> {
  const mine = at.viewer === 'owner'
  const address = addressOf(at, post)
  // The marks of a boost are those of what it boosts: clients ask the wrapper.
  const marked = post.boost ?? post
  return {
    id: String(post.id),
    created_at: iso(post.createdAt),
    in_reply_to_id: post.inReplyToId === null ? null : String(post.inReplyToId),
    in_reply_to_account_id: post.inReplyToAccountId === null ? null : String(post.inReplyToAccountId),
    sensitive: post.sensitive,
    spoiler_text: post.warning,
    visibility: post.visibility,
    language: post.language,
    uri: address.uri,
    url: address.url,
    replies_count: Math.max(0, post.repliesCount),
    reblogs_count: Math.max(0, post.boostsCount),
    favourites_count: Math.max(0, post.favouritesCount),
    quotes_count: 0,
    edited_at: post.editedAt === null ? null : iso(post.editedAt),
    favourited: mine && marked.favourited,
    reblogged: mine && (marked.boosted || (post.boost !== null && post.own)),
    muted: false,
    bookmarked: mine && marked.bookmarked,
    ...(mine && post.own && !post.boost ? { pinned: false } : {}),
    content: post.content,
    filtered: [],
    reblog: post.boost ? toStatus(at, post.boost) : null,
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
    card: null,
    poll: null,
    quote: null,
  }
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
export const toDeletedStatus = (at: Context, post: LoadedPost) => ({ ...toStatus(at, post), text: post.source ?? '' })

export function toStatusEdit(
  at: Context,
  account: Account,
  version: { at: number; content: string; warning: string; sensitive: boolean; media: MediaFile[] },
  emojis: LoadedPost['emojis'],
) {
  return {
    content: version.content,
    spoiler_text: version.warning,
    sensitive: version.sensitive,
    created_at: iso(version.at),
    account: toAccount(at, account),
    poll: null,
    quote: null,
    media_attachments: version.media.map((media) => toMediaAttachment(at, media)),
    emojis: emojis.map((emoji) => toEmoji(at, emoji)),
  }
}
