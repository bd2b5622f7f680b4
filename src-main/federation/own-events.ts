import { closedAt } from '../domain/closed.ts'
import { postById } from '../domain/posts.ts'
import { settings } from '../domain/settings.ts'
import type { Domain } from '../domain/domain.ts'
import type { DomainEvent } from '../domain/events.ts'
import type { Log, Outbox, OutgoingItem } from '../domain/ports.ts'
import type { Subject } from './outbound.ts'
import type { Tallies } from './tallies.ts'

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
  'blocked',
  'unblocked',
  'voted',
  'poll-changed',
  'pinned',
  'unpinned',
  'tag-featured',
  'tag-unfeatured',
  'reacted',
  'unreacted',
  'quote-asked',
  'quote-answered',
  'quote-revoked',
  'quote-changed',
  'reported',
  'moved',
  'relay-changed',
  'keys-rotated',
  'account-closed',
] as const

export function consumeOwnEvents(parts: { domain: Domain; outbox: Outbox; tallies: Tallies; log: Log }): () => void {
  const { domain: d, outbox, tallies, log } = parts
  return d.events.consume(
    'outbound',
    CONSUMED,
    (event) => route(d, outbox, tallies, event),
    (error, event) =>
      log.error({ seq: event.seq, type: event.type, error: (error as Error).stack }, 'an event could not be turned into an activity'),
  )
}

type Consumed = Extract<DomainEvent, { type: (typeof CONSUMED)[number] }>

function route(d: Domain, outbox: Outbox, tallies: Tallies, event: Consumed): void {
  const send = (
    kind: OutgoingItem['kind'],
    objectKey: string,
    subject: Subject,
    about: { postId?: number | null; accountId?: number } = {},
  ): void => {
    outbox.enqueue({ kind, objectKey, subject: { ...subject }, postId: about.postId ?? null, accountId: about.accountId ?? null })
  }
  /** An Update of an own post that is out; an edit of what has not left yet goes out with it. */
  const sendEdit = (postId: number): void => {
    const post = postById(d, postId)
    if (!post?.own || post.boostOf !== null || post.releasedAt === null) return
    outbox.takeBack(`post:${postId}`, ['edit'])
    send('edit', `post:${postId}`, {}, { postId })
  }
  /** Something that is now so, unless its opposite has not left yet. */
  const toggle = (key: string, kind: OutgoingItem['kind'], subject: Subject, about: { postId?: number }): void => {
    if (outbox.takeBack(key) !== 'cancelled') send(kind, key, subject, about)
  }

  // Nothing that happened before is told after the end, and nothing happens after it.
  if (event.type !== 'account-closed' && closedAt(d) !== null) return
  switch (event.type) {
    case 'account-closed':
      return send('close', 'close', {})
    case 'profile-changed':
      outbox.takeBack('profile', ['profile'])
      return send('profile', 'profile', {})
    case 'keys-rotated':
      // Whoever knows the old key believes it about the new one; then the new one speaks for itself. Not under the key of the profile,
      // where a later change would take the first of the two back.
      send('profile', `keys:${event.seq}`, { signer: 'previous' })
      return send('wake', `keys:${event.seq}`, {})

    case 'post-written': {
      const { postId } = event.data
      return send('post', `post:${postId}`, {}, { postId })
    }
    case 'post-edited':
      return event.data.own ? sendEdit(event.data.postId) : undefined
    case 'post-deleted': {
      const { postId, own, released, visibility, mentioned } = event.data
      if (!own) return
      // What was made ready but tried nowhere has not left either: nobody knows of it, so nobody is told.
      const post = outbox.takeBack(`post:${postId}`, ['post'])
      const rest = outbox.takeBack(`post:${postId}`)
      if (post === 'cancelled' && rest !== 'left') return
      if (released || post === 'left' || rest === 'left') send('delete', `post:${postId}`, { visibility, mentioned }, { postId })
      return
    }
    case 'boosted': {
      const { boostId, postId, own } = event.data
      return own ? send('boost', `boost:${boostId}`, { boostId }, { postId }) : undefined
    }
    case 'unboosted': {
      const { boostId, postId, own, released, visibility } = event.data
      if (!own) return
      const taken = outbox.takeBack(`boost:${boostId}`)
      if (taken === 'cancelled' || (taken === 'none' && !released)) return
      return send('unboost', `boost:${boostId}`, { boostId, visibility: visibility as NonNullable<Subject['visibility']> }, { postId })
    }
    case 'favourited': {
      const { favouriteId, postId, own } = event.data
      return own ? send('favourite', `favourite:${favouriteId}`, { favouriteId }, { postId }) : undefined
    }
    case 'unfavourited': {
      const { favouriteId, postId, own } = event.data
      return own ? toggle(`favourite:${favouriteId}`, 'unfavourite', { favouriteId }, { postId }) : undefined
    }
    case 'reacted': {
      const { reactionId, postId, own } = event.data
      return own ? send('react', `reaction:${reactionId}`, { reactionId }, { postId }) : undefined
    }
    case 'unreacted': {
      const { reactionId, postId, own, emoji } = event.data
      return own ? toggle(`reaction:${reactionId}`, 'unreact', { reactionId, emoji }, { postId }) : undefined
    }
    case 'pinned':
    case 'unpinned': {
      const { postId, own } = event.data
      return own ? toggle(`pin:${postId}`, event.type === 'pinned' ? 'pin' : 'unpin', {}, { postId }) : undefined
    }
    case 'tag-featured':
    case 'tag-unfeatured': {
      const { tag } = event.data
      return toggle(`featured-tag:${tag}`, event.type === 'tag-featured' ? 'feature-tag' : 'unfeature-tag', { tag }, {})
    }

    case 'voted': {
      // A vote is for ever; one activity for each choice, as everybody expects them.
      for (const voteId of event.data.voteIds) send('vote', `vote:${voteId}`, { voteId }, { postId: event.data.postId })
      return
    }
    case 'poll-changed':
      return event.data.own ? tallies.changed(event.data.postId, event.data.ended) : undefined

    case 'quote-asked': {
      // After its post, in the same order, and gone with it.
      const { postId } = event.data
      return send('quote-request', `post:${postId}`, {}, { postId })
    }
    case 'quote-answered': {
      const { stampId, postId, accountId, accepted } = event.data
      outbox.takeBack(`stamp:${stampId}`, ['quote-answer'])
      return send('quote-answer', `stamp:${stampId}`, { stampId, accepted }, { postId, accountId })
    }
    case 'quote-revoked': {
      const { stampId, postId, accountId } = event.data
      // Withdrawn before the yes has left: it was a no.
      const never = outbox.takeBack(`stamp:${stampId}`, ['quote-answer']) === 'cancelled'
      if (never) return send('quote-answer', `stamp:${stampId}`, { stampId, accepted: false }, { postId, accountId })
      return send('quote-revoke', `stamp:${stampId}`, { stampId }, { postId, accountId })
    }
    case 'quote-changed':
      // The consent (or its end) to a quote of ours that is out: an Update that nobody sees as an edit.
      return postById(d, event.data.postId)?.quoteState === 'pending' ? undefined : sendEdit(event.data.postId)

    case 'follow-asked': {
      const { followId, targetId, own } = event.data
      return own ? send('follow', `follow:${followId}`, { followId }, { accountId: targetId }) : undefined
    }
    case 'unfollowed': {
      const { followId, targetId, own } = event.data
      if (!own || outbox.takeBack(`follow:${followId}`) === 'cancelled') return
      return send('unfollow', `follow:${followId}`, { followId }, { accountId: targetId })
    }
    case 'follow-accepted': {
      const { followId, accountId, own, uri } = event.data
      if (!own) return
      // However often somebody asks, one answer waits.
      outbox.takeBack(`follower:${followId}`, ['accept'])
      return send('accept', `follower:${followId}`, { followId, uri }, { accountId })
    }
    case 'follow-rejected': {
      const { followId, accountId, own, uri } = event.data
      if (!own) return
      outbox.takeBack(`follower:${followId}`, ['accept'])
      return send('reject', `follower:${followId}`, { followId, uri }, { accountId })
    }
    case 'blocked': {
      // Blocks stay at home unless the owner asks: telling would only invite (federation.md section 1.6).
      const { blockId, targetId, own } = event.data
      return own && settings(d).sendBlocks ? send('block', `block:${blockId}`, { blockId }, { accountId: targetId }) : undefined
    }
    case 'unblocked': {
      const { blockId, targetId, own } = event.data
      if (!own) return
      const taken = outbox.takeBack(`block:${blockId}`)
      // Told long ago, or perhaps: whoever was never told is not told of the end either.
      if (taken === 'left' || (taken === 'none' && settings(d).sendBlocks)) {
        send('unblock', `block:${blockId}`, { blockId }, { accountId: targetId })
      }
      return
    }
    case 'reported': {
      const { reportId, own } = event.data
      return own ? send('report', `report:${reportId}`, { reportId }) : undefined
    }
    case 'moved': {
      const { targetId, own } = event.data
      return own ? send('move', 'move', {}, { accountId: targetId }) : undefined
    }
    case 'relay-changed': {
      const { relayId, wanted, followId, actorUri, inbox, flavour } = event.data
      if (wanted) return send('relay-follow', `relay:${relayId}`, { relayId })
      if (outbox.takeBack(`relay:${relayId}`) === 'cancelled') return
      return send('relay-unfollow', `relay:${relayId}`, { followId, actorUri: flavour === 'litepub' ? actorUri : null, inbox })
    }
  }
}
