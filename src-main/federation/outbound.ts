import { closedAt } from '../domain/closed.ts'
import { followersAt } from '../domain/listings.ts'
import { followersDigest } from './followers-digest.ts'
import { openAddressing } from './outbound/addressing.ts'
import { answerRenderers } from './outbound/answers.ts'
import { peopleRenderers } from './outbound/people.ts'
import { postRenderers } from './outbound/posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Preparer, Servers } from '../domain/ports.ts'
import type { Visibility } from '../domain/types.ts'
import type { IdentityHolder } from './identity.ts'
import type { Remote } from './remote.ts'

/**
 * Waiting items made ready to go, when we are online: the people a post names are looked up, and it is rendered as it is then, with the
 * time it leaves (design 7).
 */

/** "We are back" goes to thousands of servers, which all look at us in return: over so long. */
const SPREAD_MS = 5 * 60_000

/** What an item of the outbox carries, by its kind; written by own-events.ts, and kept as JSON meanwhile. */
export interface Subject {
  boostId?: number
  favouriteId?: number
  followId?: number
  blockId?: number
  reactionId?: number
  voteId?: number
  reportId?: number
  stampId?: number
  relayId?: number
  /** Of a Follow that is answered. */
  uri?: string | null
  visibility?: Visibility
  mentioned?: number[]
  emoji?: string
  tag?: string
  accepted?: boolean
  actorUri?: string | null
  inbox?: string
  /** The Update that tells of a new key is signed by the old one. */
  signer?: 'previous'
}

export function openPreparer(parts: { domain: Domain; identity: IdentityHolder; remote: Remote; servers: Servers; log: Log }): Preparer {
  const { domain: d, identity, remote, servers, log } = parts
  const addressing = openAddressing(d, identity)
  const posts = postRenderers({ domain: d, addressing, remote, log })
  const answers = answerRenderers({ domain: d, addressing, servers })
  const people = peopleRenderers({ domain: d, identity, addressing })

  return {
    async prepare(outgoing) {
      addressing.me()
      if (outgoing.kind !== 'close' && closedAt(d) !== null) return 'drop'
      const subject = outgoing.subject as Subject
      const { id, attempts, accountId } = outgoing
      const postId = outgoing.postId ?? 0
      const followId = subject.followId ?? 0
      const uri = subject.uri ?? null
      switch (outgoing.kind) {
        case 'post':
          return posts.post(postId, attempts)
        case 'edit':
          return posts.edit(postId, id, attempts)
        case 'tally':
          return posts.tally(postId, id)
        case 'delete':
          return posts.remove(postId, subject.visibility ?? 'direct', subject.mentioned ?? [])
        case 'boost':
          return posts.boost(subject.boostId ?? 0)
        case 'unboost':
          return posts.unboost(subject.boostId ?? 0, postId, subject.visibility ?? 'public')
        case 'favourite':
          return answers.favourite(postId, subject.favouriteId ?? 0)
        case 'unfavourite':
          return answers.unfavourite(postId, subject.favouriteId ?? 0)
        case 'react':
          return answers.react(postId, subject.reactionId ?? 0)
        case 'unreact':
          return answers.unreact(postId, subject.reactionId ?? 0, subject.emoji ?? '')
        case 'vote':
          return answers.vote(postId, subject.voteId ?? 0)
        case 'quote-request':
          return answers.quoteRequest(postId)
        case 'quote-answer':
          return answers.quoteAnswer(subject.stampId ?? 0, id, subject.accepted ?? false)
        case 'quote-revoke':
          return answers.quoteRevoke(subject.stampId ?? 0)
        case 'follow':
          return people.follow(accountId, followId)
        case 'unfollow':
          return people.unfollow(accountId, followId)
        case 'accept':
          return people.accept(accountId, followId, id, uri)
        case 'reject':
          return people.reject(accountId, id, uri)
        case 'block':
          return people.block(accountId, subject.blockId ?? 0)
        case 'unblock':
          return people.unblock(accountId, subject.blockId ?? 0)
        case 'report':
          return people.report(subject.reportId ?? 0)
        case 'profile':
          return people.profile(id, subject.signer ? { signer: subject.signer } : {})
        case 'wake':
          return people.profile(id, { spreadMs: SPREAD_MS })
        case 'close':
          return people.close()
        case 'move':
          return people.move(accountId, id)
        case 'pin':
          return people.pin(postId, id)
        case 'unpin':
          return people.unpin(postId, id)
        case 'feature-tag':
          return people.featureTag(subject.tag ?? '', id, 'Add')
        case 'unfeature-tag':
          return people.featureTag(subject.tag ?? '', id, 'Remove')
        case 'relay-follow':
          return people.relayFollow(subject.relayId ?? 0)
        case 'relay-unfollow':
          return people.relayUnfollow({ followId, actorUri: subject.actorUri ?? null, inbox: subject.inbox ?? '' })
      }
    },
    synchronization(inbox) {
      const me = identity.current()
      const peer = URL.parse(inbox)
      const followers = me && peer ? followersAt(d, peer.origin) : []
      if (!me || followers.length === 0) return null
      const { followers: collection, synchronization: url } = me.uris
      return `collectionId="${collection}", url="${url}", digest="${followersDigest(followers)}"`
    },
  }
}
