import { loadAccounts } from '../domain/accounts.ts'
import { receiveBoost } from '../domain/posts.ts'
import { receiveFavourite } from '../domain/interactions.ts'
import { relayByActor } from '../domain/relays.ts'
import { senderByUri } from '../domain/senders.ts'
import { recipientsOf, visibilityOf } from './mapping/post-in.ts'
import { hostOf, idOf, idsOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Sender } from '../domain/senders.ts'
import type { Post } from '../domain/types.ts'
import type { Arrivals } from './arrivals.ts'
import type { Ground } from './ground.ts'
import type { Identity } from './identity.ts'
import type { Json } from './mapping/read.ts'
import type { Incoming, Reaching } from './plan.ts'
import type { FoundPost } from './remote.ts'
import type { Vanishing } from './vanishing.ts'

/** What a community passes on whole (Lemmy and the like, FEP-1b12). */
const PASSED_ON = new Set(['Create', 'Update', 'Delete', 'Like', 'Dislike', 'Undo', 'Add', 'Remove', 'Lock', 'Block', 'Flag'])

const isOpen = ({ post, author }: FoundPost) =>
  (post.visibility === 'public' || post.visibility === 'unlisted') && !author.blocking && !author.suspended

/**
 * Announce: boosts by people, activities passed on by communities, posts passed on by relays. Only addresses are read of what is
 * announced: a body from elsewhere is nobody's word (rule 5).
 */
export function openAnnouncements(ground: Ground, arrivals: Arrivals, vanishing: Vanishing) {
  const { domain: d, own, identity, remote, keep } = ground

  function boostTimes(activity: Json, booster: Sender) {
    const seen = visibilityOf(recipientsOf(activity.to), recipientsOf(activity.cc), booster.followersUri)
    // A boost to nobody in particular is a private one; only the author may boost what not everybody may see (rule 17).
    return { published: timeOf(activity.published, d.now()), visibility: seen === 'direct' ? ('private' as const) : seen }
  }

  function boost(me: Identity, incoming: Incoming, objectUri: string): Reaching {
    const { activity, sender, reach } = incoming
    const uri = idOf(activity)
    const known = ground.post(objectUri)
    const ours = own(objectUri)
    // Boosts of our posts count whoever makes them; others' posts are shown when somebody boosts them whom the owner follows.
    if (!uri || (ours ? known === null || ours.kind !== 'post' : !sender || (known === null && !sender.following))) return null
    return ground.withSender(incoming, (booster) => {
      const add = (postId: number) => receiveBoost(d, { uri, accountId: booster.accountId, postId, ...boostTimes(activity, booster) })
      if (known !== null) return done(() => add(known.id))
      if (!reach) return 'fetch'
      return remote.post(objectUri, reach).then((found) => {
        if (!found || !isOpen(found)) return null
        const store = keep(me, found.post, found.author)
        return () => {
          const parent = store()
          const stored = ground.post(found.post.uri)
          if (stored) add(stored.id)
          return parent
        }
      })
    })
  }

  /** A post that a relay of the owner's passes on is stored as if its author had sent it: nobody has boosted it. */
  function relayed(me: Identity, { reach }: Incoming, objectUri: string): Reaching {
    if (own(objectUri) || ground.post(objectUri)) return null
    if (!reach) return 'fetch'
    return remote.post(objectUri, reach).then((found) => (found && isOpen(found) ? keep(me, found.post, found.author) : null))
  }

  /** Only communities the owner follows may make us ask (rule 28). */
  function passedOn(me: Identity, incoming: Incoming, inner: Json): Reaching {
    const { actorUri, sender, reach } = incoming
    const object = list(inner.object, 1)[0]
    const uri = idOf(object)
    if (!sender?.following || !uri) return null
    const known = ground.post(uri)
    switch (typesOf(inner)[0]) {
      case 'Create': {
        const parent = isObject(object) ? idsOf(object.inReplyTo)[0] : undefined
        // A new thread is what the community recommends; an answer is kept where the thread is here.
        if (parent === undefined) return boost(me, incoming, uri)
        if (known || own(uri) || !ground.post(parent)) return null
        if (!reach) return 'fetch'
        return remote.post(uri, reach).then((found) => (found && isOpen(found) ? keep(me, found.post, found.author) : null))
      }
      case 'Update':
        if (!known || known.own) return null
        if (!reach) return 'fetch'
        return remote.post(uri, reach).then((found) => found && arrivals.renew(me, found.post, found.author, false))
      case 'Delete':
        if (!known || known.own) return null
        // Moderators may, in the community a post was written for; of its author's own Delete its own server must know (rule 6).
        return known.audienceUri === actorUri && byOther(inner, known) ? vanishing.remove(known) : vanishing.confirm(known, reach)
      case 'Like':
        return known?.own ? likePassedOn(idOf(inner), known.id, reach) : null
      default:
        return null
    }
  }

  const byOther = (inner: Json, post: Post) => {
    const author = loadAccounts(d, [post.accountId]).get(post.accountId)?.uri
    return idOf(inner.actor) !== null && idOf(inner.actor) !== author
  }

  /** Somebody's like of a post of ours, as its own address tells it. */
  function likePassedOn(likeUri: string | null, postId: number, reach: Incoming['reach']): Reaching {
    if (!likeUri) return null
    if (!reach) return 'fetch'
    return remote.document(likeUri, reach).then(async (found) => {
      if (typeof found === 'string' || idOf(found.json) !== likeUri || !typesOf(found.json).includes('Like')) return null
      const [actor, liked] = [idOf(found.json.actor), idOf(found.json.object)]
      if (!actor || !liked || hostOf(actor) !== hostOf(likeUri) || ground.post(liked)?.id !== postId) return null
      const accountId = await remote.actor(actor, reach)
      const liker = accountId === null ? null : senderByUri(d, actor)
      // Blocked people change nothing, whoever speaks for them (rule 16).
      if (accountId === null || !liker || liker.blocking || liker.suspended) return null
      return done(() => receiveFavourite(d, { uri: likeUri, accountId, postId }))
    })
  }

  return function announce(incoming: Incoming): Reaching {
    const me = identity.current()
    const object = list(incoming.activity.object, 1)[0]
    const objectUri = idOf(object)
    if (!me) return null
    if (isObject(object) && PASSED_ON.has(typesOf(object)[0] ?? '')) return passedOn(me, incoming, object)
    if (!objectUri) return null
    if (!incoming.sender?.following && relayByActor(d, incoming.actorUri)?.state === 'accepted') return relayed(me, incoming, objectUri)
    return boost(me, incoming, objectUri)
  }
}
