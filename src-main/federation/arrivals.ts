import { receiveEdit } from '../domain/posts.ts'
import { senderByUri } from '../domain/senders.ts'
import { authorOf, isVote, POST_TYPES, recipientsOf } from './mapping/post-in.ts'
import { hostOf, idOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import { castVotes } from './votes.ts'
import type { Sender } from '../domain/senders.ts'
import type { Ground } from './ground.ts'
import type { Identity } from './identity.ts'
import type { SentPost } from './mapping/post-in.ts'
import type { Json } from './mapping/read.ts'
import type { Change, Incoming, Reaching } from './plan.ts'

/** Posts of others coming in, and their edits: which of them are kept, and whose word counts for what is in them. */
export interface Arrivals {
  create(incoming: Incoming): Reaching
  update(incoming: Incoming): Reaching
  /** Takes the present version of a post that is here from its author's own hand; `keep`: stores it if it is not. */
  renew(me: Identity, post: SentPost, author: Sender, keep: boolean): Change
}

/** A body is believed only from its own author's hand on its own host (rule 5). */
export const isTheirs = (object: unknown, uri: string, actorUri: string): object is Json =>
  isObject(object) && hostOf(uri) === hostOf(actorUri) && authorOf(object) === actorUri

/**
 * Small servers (activitypub-bot) tell the time of an edit by the activity alone. Of polls and quotes an Update without `updated` is no
 * edit: it brings a tally or a stamp (Mastodon).
 */
const dated = (post: SentPost, activity: Json, now: number): SentPost =>
  post.edited !== null || post.poll || post.quote
    ? post
    : { ...post, edited: timeOf(activity.updated, now) ?? timeOf(activity.published, now) }

export function openArrivals(ground: Ground, quoting: (postId: number, stamp: string | null) => void): Arrivals {
  const { domain: d, remote, identity, concernsUs, keep } = ground

  /** Reads an embedded post with its author known, and goes on if it is for us. */
  function embedded(object: Json, incoming: Incoming, use: Use): Reaching {
    const { actorUri, sender, reach } = incoming
    const me = identity.current()
    const post = me && ground.read(object, sender?.followersUri ?? null)
    if (!me || !post) return null
    const wanted = concernsUs(me, post, sender)
    if (sender) return use(me, post, sender, wanted)
    // Strangers' profiles are fetched only for what is kept.
    if (!wanted) return null
    if (!reach) return 'fetch'
    return remote.actor(actorUri, reach).then(() => {
      const found = senderByUri(d, actorUri)
      return found ? embedded(object, { ...incoming, sender: found }, use) : null
    })
  }
  type Use = (me: Identity, post: SentPost, author: Sender, wanted: boolean) => Reaching

  function renew(me: Identity, post: SentPost, author: Sender, wanted: boolean): Change {
    return () => {
      // Decided in the transaction: the Create may have come in the same breath.
      const here = ground.post(post.uri)
      if (!here) return wanted ? keep(me, post, author)() : undefined
      // Of nobody else's hand, whatever it says (rule 6).
      if (here.own || here.accountId !== author.accountId) return undefined
      receiveEdit(d, storable(d, me, post, author.accountId))
      // The consent to a quote comes afterwards, by an Update (FEP-044f).
      if (post.quote) d.store.afterCommit(() => quoting(here.id, post.quote?.stamp ?? null))
      return undefined
    }
  }

  return {
    renew,
    create(incoming) {
      const { activity, actorUri, sender, reach } = incoming
      const objects = list(activity.object, 16)
      const ballots = objects.filter((one): one is Json => isObject(one) && isVote(one))
      if (ballots.length > 0) return castVotes(ground, incoming, ballots)
      const object = objects[0]
      const uri = idOf(object)
      const me = identity.current()
      if (!me || !uri) return null
      if (isTheirs(object, uri, actorUri)) {
        return embedded(object, incoming, (_me, post, author, wanted) => (wanted ? keep(me, post, author) : null))
      }
      // Only an address, or somebody else's words: its origin is asked, for those who may make us ask (rule 28).
      const forUs = [...recipientsOf(activity.to), ...recipientsOf(activity.cc)].includes(me.uris.actor)
      if ((!sender?.following && !forUs) || me.own(uri) || ground.post(uri)) return null
      if (!reach) return 'fetch'
      return remote
        .post(uri, reach)
        .then((found) => (found && concernsUs(me, found.post, found.author) ? keep(me, found.post, found.author) : null))
    },

    update(incoming) {
      const object = list(incoming.activity.object, 1)[0]
      const uri = idOf(object)
      if (!uri || !isTheirs(object, uri, incoming.actorUri) || !typesOf(object).some((type) => POST_TYPES.has(type))) return null
      return embedded(object, incoming, (me, post, author, wanted) =>
        wanted || ground.post(uri) ? renew(me, dated(post, incoming.activity, d.now()), author, wanted) : null,
      )
    },
  }
}
