import { followBetween, receiveUndoFollow } from '../domain/follows.ts'
import { removeFavourite } from '../domain/interactions.ts'
import { markGone, rememberTombstone, removeRemoteBoost, removeRemotePost } from '../domain/posts.ts'
import { removeReaction } from '../domain/reactions.ts'
import { senderByUri } from '../domain/senders.ts'
import { openAnnouncements } from './announcements.ts'
import { openArrivals } from './arrivals.ts'
import { openForwarding } from './forwarding.ts'
import { openGround } from './ground.ts'
import { ACTOR_TYPES } from './mapping/actor-in.ts'
import { hostOf, idOf, isObject, list, typesOf } from './mapping/read.ts'
import { openOpinions } from './opinions.ts'
import { pinOrUnpin } from './pins.ts'
import { done } from './plan.ts'
import { openQuoting } from './quoting.ts'
import { openRelations } from './relations.ts'
import { openVanishing } from './vanishing.ts'
import type { Domain } from '../domain/domain.ts'
import type { Budget } from './fetching.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Json } from './mapping/read.ts'
import type { Change, Incoming, Plan, Reaching } from './plan.ts'
import type { Remote } from './remote.ts'

/**
 * What a verified activity changes here. Everything is decided without the network if it can be; the change is a synchronous function
 * that looks again at what may have changed since, and runs in one transaction (design 12).
 */

export interface Activities {
  /** At once, without a request. `signerUri` is the verified owner of the key, who may pass on what is another's. */
  plan(activity: Json, signerUri: string): Plan
  /**
   * With as many requests as `spend` has left; `at` is when it came in. Throws NetError and AppError when what is missing cannot be had
   * now.
   */
  fetchAndPlan(activity: Json, signerUri: string, spend: Budget, at: number): Promise<Change | null>
}

export function openActivities(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  /** Whatever is held of this actor outside the database no longer counts. */
  forgetActor: (uri: string) => void
  /** A post that quotes is stored, or has been told where its stamp is. */
  quoting: (postId: number, stamp?: string | null) => void
}): Activities {
  const { domain: d, remote, identity, forgetActor } = parts
  const ground = openGround(parts)
  const vanishing = openVanishing(d, remote)
  const arrivals = openArrivals(ground, parts.quoting)
  const announce = openAnnouncements(ground, arrivals, vanishing)
  const opinions = openOpinions(ground)
  const relations = openRelations(ground)
  const quoting = openQuoting(ground)
  const forwarded = openForwarding(ground, arrivals, vanishing, quoting)

  function update(incoming: Incoming): Reaching {
    const { activity, actorUri, sender, reach } = incoming
    const object = list(activity.object, 1)[0]
    const uri = idOf(object)
    if (!uri || hostOf(uri) !== hostOf(actorUri)) return null
    const isProfile = uri === actorUri || (isObject(object) && typesOf(object).some((type) => ACTOR_TYPES.has(type)))
    if (!isProfile) return arrivals.update(incoming)
    // What it says of itself is fetched from where it lives, never taken from the body (rule 7).
    if (uri !== actorUri || !sender) return null
    return reach ? remote.actor(uri, reach, { fresh: true }).then(() => null) : 'fetch'
  }

  function remove({ activity, actorUri, sender }: Incoming): Plan {
    const object = list(activity.object, 1)[0]
    const uri = idOf(object)
    // Of somebody never heard of there is nothing to delete (rule 38).
    if (!sender || !uri || hostOf(uri) !== hostOf(actorUri)) return null
    if (uri === actorUri) {
      return done(() => {
        markGone(d, uri)
        d.store.afterCommit(() => forgetActor(uri))
      })
    }
    const isStamp = isObject(object) && typesOf(object).includes('QuoteAuthorization')
    return done(() => {
      if (quoting.revoke(uri, sender.accountId) === 0 && !isStamp) removeRemotePost(d, uri, actorUri)
    })
  }

  function undo({ activity, actorUri, sender }: Incoming): Plan {
    const object = list(activity.object, 1)[0]
    const uri = idOf(object)
    if (!sender || (uri && hostOf(uri) !== hostOf(actorUri))) return null
    const { accountId } = sender
    // Only its id: whatever of theirs it is.
    if (!isObject(object)) return uri === null ? null : () => undoNamed(accountId, actorUri, uri)
    const by = idOf(object.actor)
    if (by !== null && by !== actorUri) return null
    const types = typesOf(object)
    if (types.includes('Announce')) {
      const target = idOf(list(object.object, 1)[0])
      return done(() => removeRemoteBoost(d, uri, accountId, (target ? ground.post(target)?.id : null) ?? undefined))
    }
    if (types.includes('Like') || types.includes('EmojiReact')) return opinions.undoLike(accountId, object, actorUri)
    return relations.undo(accountId, object, actorUri)
  }

  function undoNamed(accountId: number, actorUri: string, uri: string): undefined {
    const me = identity.current() as Identity
    if (removeRemoteBoost(d, uri, accountId) || removeReaction(d, { uri, accountId }) || removeFavourite(d, { uri, accountId })) return
    if (followBetween(d, accountId, me.accountId)?.uri === uri) receiveUndoFollow(d, { accountId, followUri: uri })
    else rememberTombstone(d, uri, null, false, actorUri)
  }

  function dispatch(activity: Json, signerUri: string, reach: Budget | null, at: number): Reaching {
    if (idOf(activity.actor) !== signerUri) return forwarded(activity, signerUri, reach)
    const type = typesOf(activity)[0]
    const sender = senderByUri(d, signerUri)
    if (sender?.own) return null
    // Blocked people change nothing, but what they take back goes (rule 16).
    if (sender?.blocking && type !== 'Undo' && type !== 'Delete' && type !== 'Reject') return null
    const incoming: Incoming = { activity, actorUri: signerUri, sender, reach, at }
    switch (type) {
      case 'Create':
        return arrivals.create(incoming)
      case 'Update':
        return update(incoming)
      case 'Delete':
        return remove(incoming)
      case 'Announce':
        return announce(incoming)
      case 'Like':
      case 'EmojiReact':
        return opinions.like(incoming)
      case 'Follow':
        return relations.follow(incoming)
      case 'Accept':
      case 'Reject': {
        const answered = quoting.answer(incoming, type === 'Accept')
        return answered === undefined ? relations.answer(incoming, type === 'Accept') : answered
      }
      case 'Undo':
        return undo(incoming)
      case 'Block':
        return relations.block(incoming)
      case 'Flag':
        return opinions.flag(incoming)
      case 'Move':
        return relations.move(incoming)
      case 'Add':
      case 'Remove':
        return pinOrUnpin(ground, incoming, type)
      case 'QuoteRequest':
        return quoting.request(incoming)
      default:
        // Everything else (Dislike, View, Listen, Read …) is taken and does nothing: a 4xx would only make its sender try again.
        return null
    }
  }

  return {
    plan: (activity, signerUri) => dispatch(activity, signerUri, null, d.now()) as Plan,
    async fetchAndPlan(activity, signerUri, spend, at) {
      const plan = await dispatch(activity, signerUri, spend, at)
      return plan === 'fetch' ? null : plan
    },
  }
}
