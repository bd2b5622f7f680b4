import { loadAccounts } from '../domain/accounts.ts'
import { postById } from '../domain/posts.ts'
import { receiveQuoteRequest, revokeStamp, settleQuote } from '../domain/quotes.ts'
import { isTheirs } from './arrivals.ts'
import { hostOf, idOf, isObject, list, typesOf } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Sender } from '../domain/senders.ts'
import type { Ground } from './ground.ts'
import type { Identity } from './identity.ts'
import type { SentPost } from './mapping/post-in.ts'
import type { Change, Incoming, Plan, Reaching } from './plan.ts'

/** Consent to quotes (FEP-044f): others ask to quote the owner, answer the owner's own requests, and take their consent back. */
export interface Quoting {
  request(incoming: Incoming): Reaching
  /** Accept or Reject of a QuoteRequest of ours; undefined: this is about something else. */
  answer(incoming: Incoming, yes: boolean): Plan | undefined
  /** A stamp is deleted by who gave it; returns how many quotes here it carried. */
  revoke(stampUri: string, accountId: number): number
}

export function openQuoting(ground: Ground): Quoting {
  const { domain: d, own, identity, remote, keep } = ground

  /** Rule 14: the post that quotes is the sender's own and quotes exactly what is asked for. */
  function answerTo(me: Identity, incoming: Incoming, post: SentPost, author: Sender): Change | null {
    const objectUri = idOf(incoming.activity.object)
    const target = own(objectUri)
    const quoted = target?.kind === 'post' ? postById(d, target.id) : null
    const says = post.quote && own(post.quote.uri)
    if (!quoted?.own || quoted.releasedAt === null || says?.kind !== 'post' || says.id !== quoted.id) return null
    const store = keep(me, post, author)
    return () => {
      const parent = store()
      receiveQuoteRequest(d, {
        postId: quoted.id,
        accountId: author.accountId,
        quotingUri: post.uri,
        requestUri: idOf(incoming.activity),
      })
      return parent
    }
  }

  return {
    request(incoming) {
      const { activity, actorUri, reach } = incoming
      const me = identity.current()
      const instrument = list(activity.instrument, 1)[0]
      const uri = idOf(instrument)
      if (!me || !uri || own(idOf(activity.object))?.kind !== 'post' || hostOf(uri) !== hostOf(actorUri)) return null
      if (isTheirs(instrument, uri, actorUri)) {
        return ground.withSender(incoming, (author) => {
          const post = ground.read(instrument, author.followersUri)
          return post && answerTo(me, incoming, post, author)
        })
      }
      // Somebody else's post, or one described too thinly to be believed: only its address counts.
      if (isObject(instrument) && instrument.attributedTo !== undefined) return null
      if (!reach) return 'fetch'
      return remote.post(uri, reach).then((found) => {
        return found && found.post.author === actorUri && found.post.uri === uri ? answerTo(me, incoming, found.post, found.author) : null
      })
    },

    answer({ activity, actorUri, sender }, yes) {
      const object = list(activity.object, 1)[0]
      const named = own(idOf(object))
      const described = isObject(object) && typesOf(object).includes('QuoteRequest') ? own(idOf(object.instrument)) : null
      const postId = named?.kind === 'quote-request' ? named.id : described?.kind === 'post' ? described.id : null
      if (postId === null) return undefined
      const post = postById(d, postId)
      const quoted = post?.own && post.quoteOf !== null ? postById(d, post.quoteOf) : null
      if (!sender || !quoted || loadAccounts(d, [quoted.accountId]).get(quoted.accountId)?.uri !== actorUri) return null
      if (!yes) return done(() => settleQuote(d, postId, { state: 'rejected' }))
      const stamp = idOf(activity.result)
      return stamp && hostOf(stamp) === hostOf(actorUri) ? done(() => settleQuote(d, postId, { state: 'accepted', stamp })) : null
    },

    revoke: (stampUri, accountId) => revokeStamp(d, stampUri, accountId),
  }
}
