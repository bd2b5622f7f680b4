import { relayByActor } from '../domain/relays.ts'
import { senderByUri } from '../domain/senders.ts'
import { hostOf, idOf, idsOf, isObject, list, typesOf } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Arrivals } from './arrivals.ts'
import type { Budget } from './fetching.ts'
import type { Ground } from './ground.ts'
import type { Json } from './mapping/read.ts'
import type { Reaching } from './plan.ts'
import type { Quoting } from './quoting.ts'
import type { Vanishing } from './vanishing.ts'

/** What servers pass on for others: answers to their own posts (Mastodon), everything public (relays). */
const FORWARDED = new Set(['Create', 'Update', 'Delete'])

/**
 * Whether an activity of somebody else than its signer may be one that is passed on in good faith. Who stands how to whom is never
 * passed on: a Follow or a Like under another's signature is a forgery.
 */
export function mayBeForwarded(activity: Json): boolean {
  const [uri, actor] = [idOf(list(activity.object, 1)[0]), idOf(activity.actor)]
  if (!uri || !actor || uri === actor || !FORWARDED.has(typesOf(activity)[0] ?? '')) return false
  return hostOf(uri) === hostOf(actor)
}

/**
 * An activity that came under another's signature (rule 8): its body, and any signature inside it, is nobody's word. What it speaks of is
 * fetched from where it lives, for those who may make us ask: relays, people followed, answers in known threads, posts that are here.
 */
export function openForwarding(ground: Ground, arrivals: Arrivals, vanishing: Vanishing, quoting: Quoting) {
  const { domain: d, own, identity, remote, keep, concernsUs } = ground

  return function forwarded(activity: Json, signerUri: string, reach: Budget | null): Reaching {
    const me = identity.current()
    const object = list(activity.object, 1)[0]
    const [uri, actorUri] = [idOf(object), idOf(activity.actor)]
    if (!me || !uri || !actorUri || !mayBeForwarded(activity) || own(uri)) return null
    const [signer, author] = [senderByUri(d, signerUri), senderByUri(d, actorUri)]
    if (signer?.blocking || signer?.suspended || author?.blocking || author?.suspended) return null
    const known = ground.post(uri)
    const type = typesOf(activity)[0]

    if (type === 'Delete') {
      if (known) return vanishing.confirm(known, reach)
      // The consent to a quote that is here, taken back, as the quoting server passes it on (FEP-044f).
      if (!signer || !author || !isObject(object) || !typesOf(object).includes('QuoteAuthorization')) return null
      if (!reach) return 'fetch'
      return remote.document(uri, reach).then(async (found) => {
        // A tunnel whose laptop sleeps says 404 of everything, of its people too: that takes nothing back.
        const missing = found === 'missing' && typeof (await remote.document(actorUri, reach)) === 'object'
        const gone = missing || found === 'gone' || (typeof found === 'object' && typesOf(found.json).includes('Tombstone'))
        return gone ? done(() => quoting.revoke(uri, author.accountId)) : null
      })
    }
    if (type === 'Update') {
      if (!known) return null
      if (!reach) return 'fetch'
      return remote.post(uri, reach).then((found) => (found?.post.uri === uri ? arrivals.renew(me, found.post, found.author, false) : null))
    }
    if (known) return null
    const relay = relayByActor(d, signerUri)?.state === 'accepted'
    const parent = isObject(object) ? idsOf(object.inReplyTo)[0] : undefined
    const wanted = relay || signer?.following || author?.following || (parent !== undefined && ground.post(parent) !== null)
    if (!wanted) return null
    if (!reach) return 'fetch'
    return remote.post(uri, reach).then((found) => {
      if (!found || found.author.blocking || found.author.suspended) return null
      const open = found.post.visibility === 'public' || found.post.visibility === 'unlisted'
      return (relay && open) || concernsUs(me, found.post, found.author) ? keep(me, found.post, found.author) : null
    })
  }
}
