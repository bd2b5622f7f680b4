import { accountById } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { block, follow, unblock, unfollow } from '../domain/follows.ts'
import { plainText } from '../domain/html.ts'
import { favouritePost, unfavouritePost } from '../domain/interactions.ts'
import { boostPost, unboostPost } from '../domain/boosts.ts'
import { featureTag, unfeatureTag } from '../domain/followed-tags.ts'
import { pin, unpin } from '../domain/pins.ts'
import { reactionById, unreact } from '../domain/reactions.ts'
import { removeRelay } from '../domain/relays.ts'
import { deletePost, postById } from '../domain/posts.ts'
import { iso, isoOrNull } from './bodies.ts'
import type { OutboxView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { OutboxItem } from './contract.ts'

/** The outbox as the window sees it: rows of delivery with what they speak of. */

const EXCERPT = 140

type Item = NonNullable<ReturnType<OutboxView['item']>>

export function toOutboxItem(d: Domain, item: Item): OutboxItem {
  const post = item.postId === null ? null : postById(d, item.postId)
  const account = item.accountId === null ? null : accountById(d, item.accountId)
  const spoken = post?.boostOf ? postById(d, post.boostOf) : post
  const text = spoken ? (spoken.source ?? plainText(spoken.content)) : null
  const own = item.error
    ? [{ host: account?.domain ?? '', code: item.error, status: null, at: iso(item.createdAt), final: item.state === 'failed' }]
    : []
  return {
    id: String(item.id),
    kind: item.kind,
    state: item.state,
    postId: item.postId === null ? null : String(item.postId),
    accountId: item.accountId === null ? null : String(item.accountId),
    excerpt: text === null ? null : text.slice(0, EXCERPT),
    acct: account ? (account.domain ? `${account.username}@${account.domain}` : account.username) : null,
    createdAt: iso(item.createdAt),
    sentAt: item.sentAt === null ? null : iso(item.sentAt),
    delivered: item.delivered,
    total: item.total,
    nextAttemptAt: item.nextAttemptAt === null ? null : iso(item.nextAttemptAt),
    asks: item.asks,
    writtenAt: post?.own && item.kind === 'post' ? isoOrNull(post.writtenAt) : null,
    cancellable: item.state === 'failed' || (item.state === 'waiting' && item.kind in OPPOSITES),
    failures: [...own, ...item.failures.map((failure) => ({ ...failure, at: iso(failure.at) }))],
  }
}

/** Taking back a waiting thing is doing its opposite: the event of that finds the waiting item and removes it. */
const OPPOSITES: Partial<Record<Item['kind'], (d: Domain, item: Item) => void>> = {
  post: (d, { postId }) => postId !== null && deletePost(d, postId),
  boost: (d, { postId }) => postId !== null && unboostPost(d, postId),
  unboost: (d, { postId }) => postId !== null && boostPost(d, postId),
  favourite: (d, { postId }) => postId !== null && unfavouritePost(d, postId),
  unfavourite: (d, { postId }) => postId !== null && favouritePost(d, postId),
  follow: (d, { accountId }) => accountId !== null && unfollow(d, accountId),
  unfollow: (d, { accountId }) => accountId !== null && follow(d, accountId, {}),
  block: (d, { accountId }) => accountId !== null && unblock(d, accountId),
  unblock: (d, { accountId }) => accountId !== null && block(d, accountId),
  pin: (d, { postId }) => postId !== null && unpin(d, postId),
  unpin: (d, { postId }) => postId !== null && pin(d, postId),
  react(d, { postId, subject }) {
    const reaction = typeof subject.reactionId === 'number' ? reactionById(d, subject.reactionId) : null
    if (postId !== null && reaction) unreact(d, postId, reaction.emoji)
  },
  'feature-tag': (d, { subject }) => typeof subject.tag === 'string' && unfeatureTag(d, subject.tag),
  'unfeature-tag': (d, { subject }) => typeof subject.tag === 'string' && featureTag(d, subject.tag),
  'relay-follow': (d, { subject }) => typeof subject.relayId === 'number' && removeRelay(d, subject.relayId),
}

/** Takes back a waiting item or lets go of a failed one. Throws 'not-found', or 'conflict' (`too-late`) once a server has it. */
export function cancel(d: Domain, view: OutboxView, id: number): void {
  const item = view.item(id)
  if (!item) throw new AppError('not-found', 'There is no such item in the outbox.')
  if (item.state === 'failed') {
    view.dismiss(id)
    return
  }
  const opposite = OPPOSITES[item.kind]
  if (item.state !== 'waiting' || !opposite) {
    throw new AppError('conflict', 'That is on its way already and cannot be taken back.', { reason: 'too-late' })
  }
  opposite(d, item)
}
