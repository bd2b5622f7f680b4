import { AppError } from '../../domain/errors.ts'
import { favouriteById } from '../../domain/interactions.ts'
import { loadPost } from '../../domain/loading.ts'
import { pollOf, voteById } from '../../domain/polls.ts'
import { postById } from '../../domain/posts.ts'
import { stampById } from '../../domain/quotes.ts'
import { reactionById } from '../../domain/reactions.ts'
import { mediaFiles } from '../../domain/rows.ts'
import { senderByUri } from '../../domain/senders.ts'
import { canSee } from '../../domain/visibility.ts'
import { note } from '../mapping/note.ts'
import { activities, emojiTag } from '../mapping/to-activity.ts'
import { picturesOf, surroundingsOf, uriOf } from '../surroundings.ts'
import type { Domain } from '../../domain/domain.ts'
import type { Prepared, Servers } from '../../domain/ports.ts'
import type { Account, LoadedPost } from '../../domain/types.ts'
import type { Document } from '../mapping/to-activity.ts'
import type { Addressing } from './addressing.ts'

/** What the owner answers others' posts with: favourites, reactions, votes, quotes; each goes to one person. */
export interface AnswerRenderers {
  favourite(postId: number, favouriteId: number): Prepared | 'drop'
  unfavourite(postId: number, favouriteId: number): Prepared | 'drop'
  react(postId: number, reactionId: number): Prepared | 'drop'
  unreact(postId: number, reactionId: number, emoji: string): Prepared | 'drop'
  vote(postId: number, voteId: number): Prepared | 'drop'
  quoteRequest(postId: number): Prepared | 'drop'
  /** `id`: of the item that goes out. */
  quoteAnswer(stampId: number, id: number, accepted: boolean): Prepared | 'drop'
  quoteRevoke(stampId: number): Prepared | 'drop'
}

/** Software that reads EmojiReact (FEP-c0e0). Mastodon and its kin drop it: they get a Like, and so does what is not known. */
const READS_REACTIONS = new Set(
  (
    'akkoma burrow calckey catodon cherrypick fedibird firefish foundkey friendica hollo iceshrimp iceshrimp.net kmyblue magnetar misskey mitra ' +
    'pleroma rebased sharkey snac'
  ).split(' '),
)

export function answerRenderers(parts: { domain: Domain; addressing: Addressing; servers: Servers }): AnswerRenderers {
  const { domain: d, addressing, servers } = parts
  const { me, toAuthor, ready, inboxes, expectOutside } = addressing
  const like = (id: number) => (author: string, object: string) => activities.like(id, me().uris, author, object)

  const form = (author: Account): 'EmojiReact' | 'Like' => {
    const software = servers.softwareOf(new URL(author.uri as string).host)
    return software !== null && READS_REACTIONS.has(software) ? 'EmojiReact' : 'Like'
  }

  return {
    favourite: (postId, id) => (favouriteById(d, id) ? toAuthor(postId, like(id)) : 'drop'),
    unfavourite: (postId, id) =>
      toAuthor(postId, (author, object) => activities.undo(me().uris, like(id)(author, object), { to: [author] })),

    react(postId, reactionId) {
      const reaction = reactionById(d, reactionId)
      if (!reaction) return 'drop'
      const { uris: u } = me()
      const tag: Document[] = []
      const file = reaction.mediaId === null ? null : (mediaFiles(d, [reaction.mediaId]).get(reaction.mediaId) ?? null)
      if (file?.own) {
        tag.push(...picturesOf(d, [{ shortcode: reaction.emoji, mediaId: file.id, token: file.token }]).map((one) => emojiTag(one, u)))
      } else if (file?.remoteUrl) tag.push(emojiTag({ shortcode: reaction.emoji, url: file.remoteUrl, mime: file.mime }, u))
      const emoji = file ? `:${reaction.emoji}:` : reaction.emoji
      return toAuthor(postId, (author, object, account) =>
        activities.react(reactionId, u, author, object, { emoji, tag, as: form(account) }),
      )
    },
    unreact: (postId, reactionId, emoji) =>
      toAuthor(postId, (author, object, account) => {
        const { uris: u } = me()
        return activities.undo(u, activities.react(reactionId, u, author, object, { emoji, tag: [], as: form(account) }), { to: [author] })
      }),
    vote(postId, voteId) {
      const vote = voteById(d, voteId)
      if (!vote) return 'drop'
      // What is counted no more is not sent late: the owner is told.
      const poll = pollOf(d, vote.postId)
      const over = poll !== null && (poll.closedAt !== null || (poll.endsAt !== null && poll.endsAt <= d.now()))
      if (over) throw new AppError('conflict', 'The poll has ended.', { reason: 'poll-over', retryable: false })
      return toAuthor(postId, (author, object) => activities.vote(voteId, me().uris, author, object, vote.title))
    },

    quoteRequest(postId) {
      const post = loadPost(d, postId)
      const quoted = post?.quoteOf == null ? null : postById(d, post.quoteOf)
      // Answered meanwhile, or not to be shown as a quote any more.
      if (!post || !quoted || post.quoteState !== 'pending') return 'drop'
      expectOutside(post)
      const { uris: u } = me()
      return toAuthor(quoted.id, (author, object) =>
        activities.quoteRequest(postId, u, author, object, mayRead(post, author) ? note(post, surroundingsOf(d, u, post)) : u.post(postId)),
      )
    },
    quoteAnswer(stampId, id, accepted) {
      const stamp = stampById(d, stampId)
      const quoted = stamp && postById(d, stamp.postId)
      // Withdrawn before it left: no yes any more; who asked hears a no.
      if (!stamp || !quoted?.own) return 'drop'
      const yes = accepted && stamp.state === 'accepted'
      const { uris: u } = me()
      return addressing.toAccount(stamp.accountId, (actor) =>
        activities.quoteAnswer(
          id,
          u,
          { id: stamp.requestUri, actor, object: uriOf(u, quoted), instrument: stamp.quotingUri },
          yes ? u.quoteStamp(stampId) : null,
        ),
      )
    },
    quoteRevoke(stampId) {
      const stamp = stampById(d, stampId)
      const quoted = stamp && postById(d, stamp.postId)
      const quoter = stamp && addressing.account(stamp.accountId)
      if (!stamp || !quoted?.own || !quoter?.uri) return 'drop'
      const { uris: u } = me()
      // Whoever was shown the quote by its author is told by its author; our followers' servers may have it too.
      return ready(
        activities.revoke(stampId, u, quoter.uri, stamp.quotingUri, uriOf(u, quoted)),
        inboxes({ followers: true, accountIds: [quoter.id] }),
      )
    },
  }

  /** Whether the author of what is quoted may read the quoting post: what is for few is named to them, not shown. */
  function mayRead(post: LoadedPost, author: string): boolean {
    const sender = senderByUri(d, author)
    if (!sender) return canSee(post, 'public')
    return canSee(post, {
      accountId: sender.accountId,
      follows: sender.followedBy,
      mentioned: post.mentions.some((mention) => mention.accountId === sender.accountId),
      blocked: sender.blocking,
    })
  }
}
