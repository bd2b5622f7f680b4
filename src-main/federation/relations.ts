import { loadAccounts } from '../domain/accounts.ts'
import { receiveAccept, receiveBlock, receiveFollow, receiveReject, receiveUnblock, receiveUndoFollow } from '../domain/follows.ts'
import { receiveMove } from '../domain/moves.ts'
import { answerRelay, relayById } from '../domain/relays.ts'
import { hostOf, idOf, isObject, list, typesOf } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Ground } from './ground.ts'
import type { Json } from './mapping/read.ts'
import type { Change, Incoming, Plan, Reaching } from './plan.ts'

/** How people stand to the owner: follows and their answers, blocks, moves; and what relays answer. */
export interface Relations {
  follow(incoming: Incoming): Reaching
  block(incoming: Incoming): Reaching
  /** Accept and Reject of a Follow of ours. */
  answer(incoming: Incoming, yes: boolean): Plan
  move(incoming: Incoming): Reaching
  /** Undo of a Follow, a Block, or of an Accept of our Follow; null for anything else. */
  undo(accountId: number, undone: Json, actorUri: string): Change | null
}

export function openRelations(ground: Ground): Relations {
  const { domain: d, own, remote } = ground
  const isUs = (uri: string | null) => own(uri)?.kind === 'actor'

  /** The Follow of ours that is spoken of: named, embedded, or only described by its two ends. */
  function followOfOurs(object: unknown, actorUri: string): { uri: string | null; id: number | null } | null {
    const named = own(idOf(object))
    if (named?.kind === 'follow') return { uri: idOf(object), id: named.id }
    const described = isObject(object) && typesOf(object).includes('Follow') && isUs(idOf(object.actor)) && idOf(object.object) === actorUri
    return described ? { uri: null, id: null } : null
  }

  return {
    follow(incoming) {
      if (!isUs(idOf(list(incoming.activity.object, 1)[0]))) return null
      return ground.withSender(incoming, ({ accountId }) => done(() => receiveFollow(d, { accountId, uri: idOf(incoming.activity) })))
    },

    block(incoming) {
      if (!isUs(idOf(list(incoming.activity.object, 1)[0]))) return null
      return ground.withSender(incoming, ({ accountId }) => done(() => receiveBlock(d, { accountId, uri: idOf(incoming.activity) })))
    },

    answer({ activity, actorUri, sender }, yes) {
      const follow = followOfOurs(list(activity.object, 1)[0], actorUri)
      if (!follow) return null
      // A relay is nobody's friend: it has no account here, and may be asked by an actor that is not its own.
      const relay = follow.id === null ? null : relayById(d, follow.id)
      if (relay) return done(() => answerRelay(d, { relayId: relay.id, actorUri, yes }))
      if (!sender) return null
      const { accountId } = sender
      return done(() => (yes ? receiveAccept : receiveReject)(d, { accountId, followUri: follow.uri }))
    },

    /**
     * Section 4: signed by who moves, about itself, not moved before; the new account, as it says now, names the old one. Only for people
     * the owner follows or who follow: nobody else can make us ask (rule 28).
     */
    move({ activity, actorUri, sender, reach }) {
      const target = idOf(activity.target)
      if (!sender || !target || target === actorUri || idOf(activity.object) !== actorUri) return null
      if (!sender.following && !sender.followedBy) return null
      const fromId = sender.accountId
      const movedTo = loadAccounts(d, [fromId]).get(fromId)?.movedTo ?? null
      if ((movedTo !== null && movedTo !== target) || ground.own(target)) return null
      if (!reach) return 'fetch'
      return remote.actor(target, reach, { fresh: true }).then((toId) => {
        const to = toId === null ? undefined : loadAccounts(d, [toId]).get(toId)
        if (!to || to.uri !== target || !to.alsoKnownAs.includes(actorUri)) return null
        return done(() => receiveMove(d, { fromId, toId: to.id }))
      })
    },

    undo(accountId, undone, actorUri) {
      const types = typesOf(undone)
      const uri = idOf(undone)
      const target = list(undone.object, 1)[0]
      if (types.includes('Follow')) return isUs(idOf(target)) ? done(() => receiveUndoFollow(d, { accountId, followUri: uri })) : null
      if (types.includes('Block')) return isUs(idOf(target)) ? done(() => receiveUnblock(d, { accountId, uri })) : null
      if (!types.includes('Accept')) return null
      const follow = followOfOurs(target, actorUri)
      return follow && hostOf(actorUri) !== '' ? done(() => receiveReject(d, { accountId, followUri: follow.uri })) : null
    },
  }
}
