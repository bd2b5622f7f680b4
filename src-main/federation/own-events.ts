import { postById } from '../domain/posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { DomainEvent } from '../domain/events.ts'
import type { Log, Outbox, OutgoingItem } from '../domain/ports.ts'

/**
 * What the owner did, turned into waiting items of the outbox, in the transaction that moves the consumer's cursor. A thing and its
 * opposite that have both not left take each other back: nobody ever hears of them.
 */

const CONSUMED = [
  'profile-changed',
  'post-written',
  'post-edited',
  'post-deleted',
  'boosted',
  'unboosted',
  'favourited',
  'unfavourited',
  'follow-asked',
  'follow-accepted',
  'follow-rejected',
  'unfollowed',
] as const

export function consumeOwnEvents(d: Domain, outbox: Outbox, log: Log): () => void {
  return d.events.consume(
    'outbound',
    CONSUMED,
    (event) => route(d, outbox, event),
    (error, event) =>
      log.error({ seq: event.seq, type: event.type, error: (error as Error).stack }, 'an event could not be turned into an activity'),
  )
}

type Consumed = Extract<DomainEvent, { type: (typeof CONSUMED)[number] }>
const item = (
  kind: OutgoingItem['kind'],
  objectKey: string,
  subject: Record<string, unknown>,
  about: { postId?: number; accountId?: number },
): OutgoingItem => ({ kind, objectKey, subject, postId: about.postId ?? null, accountId: about.accountId ?? null })

function route(d: Domain, outbox: Outbox, event: Consumed): void {
  switch (event.type) {
    case 'profile-changed':
      outbox.takeBack('profile', ['profile'])
      outbox.enqueue(item('profile', 'profile', {}, {}))
      return
    case 'post-written': {
      const { postId } = event.data
      outbox.enqueue(item('post', `post:${postId}`, {}, { postId }))
      return
    }
    case 'post-edited': {
      const { postId, own } = event.data
      const post = own ? postById(d, postId) : null
      // An edit of what has not left yet goes out with it.
      if (!post || post.releasedAt === null) return
      outbox.takeBack(`post:${postId}`, ['edit'])
      outbox.enqueue(item('edit', `post:${postId}`, {}, { postId }))
      return
    }
    case 'post-deleted': {
      const { postId, own, released, visibility, mentioned } = event.data
      if (!own) return
      const taken = outbox.takeBack(`post:${postId}`)
      if (!released && taken !== 'left') return
      outbox.enqueue(item('delete', `post:${postId}`, { visibility, mentioned }, { postId }))
      return
    }
    case 'boosted': {
      const { boostId, postId, own } = event.data
      if (own) outbox.enqueue(item('boost', `boost:${boostId}`, { boostId }, { postId }))
      return
    }
    case 'unboosted': {
      const { boostId, postId, own, released, visibility } = event.data
      if (!own || (outbox.takeBack(`boost:${boostId}`) !== 'left' && !released)) return
      outbox.enqueue(item('unboost', `boost:${boostId}`, { boostId, visibility }, { postId }))
      return
    }
    case 'favourited': {
      const { favouriteId, postId, own } = event.data
      if (own) outbox.enqueue(item('favourite', `favourite:${favouriteId}`, { favouriteId }, { postId }))
      return
    }
    case 'unfavourited': {
      const { favouriteId, postId, own } = event.data
      if (!own || outbox.takeBack(`favourite:${favouriteId}`) === 'cancelled') return
      outbox.enqueue(item('unfavourite', `favourite:${favouriteId}`, { favouriteId }, { postId }))
      return
    }
    case 'follow-asked': {
      const { followId, targetId, own } = event.data
      if (own) outbox.enqueue(item('follow', `follow:${followId}`, { followId }, { accountId: targetId }))
      return
    }
    case 'unfollowed': {
      const { followId, targetId, own } = event.data
      if (!own || outbox.takeBack(`follow:${followId}`) === 'cancelled') return
      outbox.enqueue(item('unfollow', `follow:${followId}`, { followId }, { accountId: targetId }))
      return
    }
    case 'follow-accepted': {
      const { followId, accountId, own, uri } = event.data
      if (!own) return
      // However often somebody asks, one answer waits.
      outbox.takeBack(`follower:${followId}`, ['accept'])
      outbox.enqueue(item('accept', `follower:${followId}`, { followId, uri }, { accountId }))
      return
    }
    case 'follow-rejected': {
      const { followId, accountId, own, uri } = event.data
      if (!own) return
      outbox.takeBack(`follower:${followId}`, ['accept'])
      outbox.enqueue(item('reject', `follower:${followId}`, { followId, uri }, { accountId }))
      return
    }
  }
}
