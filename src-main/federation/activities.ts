import { receiveBlock, receiveAccept, receiveFollow, receiveReject, receiveUnblock, receiveUndoFollow } from '../domain/follows.ts'
import { followBetween } from '../domain/follows.ts'
import { receiveFavourite, removeFavourite } from '../domain/interactions.ts'
import { markGone, postByUri, receiveBoost, rememberTombstone, removeRemoteBoost, removeRemotePost } from '../domain/posts.ts'
import { senderByUri } from '../domain/senders.ts'
import { openArrivals } from './arrivals.ts'
import { ACTOR_TYPES, recipientsOf, visibilityOf } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import { receivePost } from '../domain/posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Sender } from '../domain/senders.ts'
import type { OwnAddress } from '../domain/uris.ts'
import type { Budget } from './fetching.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'
import type { Change, Plan, Reaching } from './plan.ts'

/**
 * What a verified activity changes here. Everything is decided without the network if it can be; the change is a synchronous function
 * that looks again at what may have changed since, and runs in one transaction (design 12).
 */

export interface Activities {
  /** At once, without a request. */
  plan(activity: Json, actorUri: string): Plan
  /** With as many requests as `spend` has left. Throws NetError and AppError when what is missing cannot be had now. */
  fetchAndPlan(activity: Json, actorUri: string, spend: Budget): Promise<Change | null>
}

export function openActivities(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  /** Whatever is held of this actor outside the database no longer counts. */
  forgetActor: (uri: string) => void
}): Activities {
  const { domain: d, remote, identity, forgetActor } = parts
  const arrivals = openArrivals({ domain: d, remote, identity })

  const own = (uri: string | null): OwnAddress | null => (uri === null ? null : (identity.current()?.own(uri) ?? null))

  /** A post stored here, ours or another's. */
  const postIdOf = (uri: string): number | null => postByUri(d, uri)?.id ?? null

  /** Goes on with the sender: stored, or fetched and stored if there is reach. */
  function withSender(uri: string, sender: Sender | null, reach: Budget | null, use: (sender: Sender) => Reaching): Reaching {
    if (sender) return use(sender)
    if (!reach) return 'fetch'
    return remote.actor(uri, reach).then(() => {
      const found = senderByUri(d, uri)
      return found ? use(found) : null
    })
  }

  function update(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching {
    const object = activity.object
    const uri = idOf(object)
    if (!uri || hostOf(uri) !== hostOf(actorUri)) return null
    const isProfile = uri === actorUri || (isObject(object) && typesOf(object).some((type) => ACTOR_TYPES.has(type)))
    if (!isProfile) return arrivals.update(activity, actorUri, sender, reach)
    // What it says of itself is fetched from where it lives, never taken from the body (rule 7).
    if (uri !== actorUri || !sender) return null
    return reach ? remote.actor(uri, reach, { fresh: true }).then(() => null) : 'fetch'
  }

  function remove(activity: Json, actorUri: string, sender: Sender | null): Plan {
    const uri = idOf(activity.object)
    // Of somebody never heard of there is nothing to delete (rule 38).
    if (!sender || !uri || hostOf(uri) !== hostOf(actorUri)) return null
    if (uri !== actorUri) {
      return () => {
        removeRemotePost(d, uri, actorUri)
        return undefined
      }
    }
    return () => {
      markGone(d, uri)
      d.store.afterCommit(() => forgetActor(uri))
      return undefined
    }
  }

  function announce(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching {
    const me = identity.current()
    const uri = idOf(activity)
    const objectUri = idOf(list(activity.object)[0])
    if (!me || !uri || !objectUri) return null
    const ours = own(objectUri)
    const known = postIdOf(objectUri)
    // Boosts of our posts count whoever makes them; others' posts are shown when somebody boosts them whom the owner follows.
    if (ours ? known === null || ours.kind !== 'post' : !sender || (known === null && !sender.following)) return null
    return withSender(actorUri, sender, reach, (booster) => {
      const boost = (postId: number) => receiveBoost(d, { uri, accountId: booster.accountId, postId, ...boostTimes(activity, booster) })
      if (known !== null) {
        return () => {
          boost(known)
          return undefined
        }
      }
      if (!reach) return 'fetch'
      // Only its address is read: a body from elsewhere is nobody's word (rule 5).
      return remote.post(objectUri, reach).then((found) => {
        if (!found || found.author.blocking || found.author.suspended) return null
        const { post, author } = found
        if (post.visibility !== 'public' && post.visibility !== 'unlisted') return null
        return () => {
          const stored = receivePost(d, storable(d, me, post, author.accountId))
          if (stored) boost(stored.id)
          return stored?.created && post.inReplyTo !== null && postIdOf(post.inReplyTo) === null ? post.inReplyTo : undefined
        }
      })
    })
  }

  function boostTimes(activity: Json, booster: Sender) {
    const seen = visibilityOf(recipientsOf(activity.to), recipientsOf(activity.cc), booster.followersUri)
    // A boost to nobody in particular is a private one; only the author may boost what not everybody may see (rule 17).
    return { published: timeOf(activity.published, d.now()), visibility: seen === 'direct' ? ('private' as const) : seen }
  }

  function like(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching {
    const objectUri = idOf(list(activity.object)[0])
    const postId = objectUri ? postIdOf(objectUri) : null
    if (postId === null || (!sender && !own(objectUri))) return null
    return withSender(actorUri, sender, reach, ({ accountId }) => () => {
      receiveFavourite(d, { uri: idOf(activity), accountId, postId })
      return undefined
    })
  }

  function follow(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching {
    if (own(idOf(activity.object))?.kind !== 'actor') return null
    return withSender(actorUri, sender, reach, ({ accountId }) => () => {
      receiveFollow(d, { accountId, uri: idOf(activity) })
      return undefined
    })
  }

  function answer(activity: Json, actorUri: string, sender: Sender | null, yes: boolean): Plan {
    const object = list(activity.object)[0]
    if (!sender) return null
    // The Follow may be named, embedded, or only described by its two ends.
    const followUri = own(idOf(object))?.kind === 'follow' ? idOf(object) : null
    const described =
      isObject(object) &&
      typesOf(object).includes('Follow') &&
      own(idOf(object.actor))?.kind === 'actor' &&
      idOf(object.object) === actorUri
    if (!followUri && !described) return null
    const { accountId } = sender
    return () => {
      if (yes) receiveAccept(d, { accountId, followUri })
      else receiveReject(d, { accountId, followUri })
      return undefined
    }
  }

  function undo(activity: Json, actorUri: string, sender: Sender | null): Plan {
    const object = list(activity.object)[0]
    const uri = idOf(object)
    if (!sender || (uri && hostOf(uri) !== hostOf(actorUri))) return null
    const { accountId } = sender
    // Only its id: whatever of theirs it is.
    if (!isObject(object)) return uri === null ? null : () => undoNamed(accountId, uri)
    const by = idOf(object.actor)
    if (by !== null && by !== actorUri) return null
    const types = typesOf(object)
    const target = idOf(list(object.object)[0])
    if (types.includes('Follow')) {
      return own(target)?.kind === 'actor' ? done(() => receiveUndoFollow(d, { accountId, followUri: uri })) : null
    }
    if (types.includes('Block')) return own(target)?.kind === 'actor' ? done(() => receiveUnblock(d, { accountId, uri })) : null
    if (types.includes('Announce')) {
      return done(() => removeRemoteBoost(d, uri, accountId, (target ? postIdOf(target) : null) ?? undefined))
    }
    if (types.includes('Like') || types.includes('EmojiReact')) {
      return done(() => removeFavourite(d, { uri, accountId, postId: target ? postIdOf(target) : null }))
    }
    return null
  }

  const done =
    (work: () => unknown): Change =>
    () => {
      work()
      return undefined
    }

  function undoNamed(accountId: number, uri: string): undefined {
    const me = identity.current() as Identity
    if (removeRemoteBoost(d, uri, accountId) || removeFavourite(d, { uri, accountId })) return
    if (followBetween(d, accountId, me.accountId)?.uri === uri) receiveUndoFollow(d, { accountId, followUri: uri })
    else rememberTombstone(d, uri)
  }

  function dispatch(activity: Json, actorUri: string, reach: Budget | null): Reaching {
    const type = typesOf(activity)[0]
    const sender = senderByUri(d, actorUri)
    if (sender?.own) return null
    // Blocked people change nothing, but what they take back goes (rule 16).
    if (sender?.blocking && type !== 'Undo' && type !== 'Delete' && type !== 'Reject') return null
    switch (type) {
      case 'Create':
        return arrivals.create(activity, actorUri, sender, reach)
      case 'Update':
        return update(activity, actorUri, sender, reach)
      case 'Delete':
        return remove(activity, actorUri, sender)
      case 'Announce':
        return announce(activity, actorUri, sender, reach)
      case 'Like':
      case 'EmojiReact':
        return like(activity, actorUri, sender, reach)
      case 'Follow':
        return follow(activity, actorUri, sender, reach)
      case 'Accept':
        return answer(activity, actorUri, sender, true)
      case 'Reject':
        return answer(activity, actorUri, sender, false)
      case 'Undo':
        return undo(activity, actorUri, sender)
      case 'Block':
        return own(idOf(activity.object))?.kind === 'actor'
          ? withSender(actorUri, sender, reach, ({ accountId }) => done(() => receiveBlock(d, { accountId, uri: idOf(activity) })))
          : null
      default:
        // Everything else is taken and does nothing: a 4xx would only make its sender try again.
        return null
    }
  }

  return {
    plan: (activity, actorUri) => dispatch(activity, actorUri, null) as Plan,
    async fetchAndPlan(activity, actorUri, spend) {
      const plan = await dispatch(activity, actorUri, spend)
      return plan === 'fetch' ? null : plan
    },
  }
}
