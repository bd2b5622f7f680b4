import { postByUri, receiveEdit, receivePost } from '../domain/posts.ts'
import { senderByUri } from '../domain/senders.ts'
import { POST_TYPES, recipientsOf, toSentPost } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Sender } from '../domain/senders.ts'
import type { Change, Reaching } from './plan.ts'
import type { Budget } from './fetching.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'

/** Posts of others coming in, and their edits: which of them are kept, and whose word counts for what is in them. */
export interface Arrivals {
  create(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching
  update(activity: Json, actorUri: string, sender: Sender | null, reach: Budget | null): Reaching
}

export function openArrivals(parts: { domain: Domain; remote: Remote; identity: IdentityHolder }): Arrivals {
  const { domain: d, remote, identity } = parts

  /** A body is believed only from its own author's hand on its own host (rule 5). */
  const isTheirs = (object: unknown, uri: string, actorUri: string): object is Json =>
    isObject(object) && hostOf(uri) === hostOf(actorUri) && idOf(list(object.attributedTo)[0]) === actorUri

  /** A server of one keeps what its owner asked for: people followed, posts addressed to the owner, answers in known threads. */
  function concernsUs(me: Identity, post: SentPost, author: Sender | null): boolean {
    if (author?.blocking || author?.suspended) return false
    return (
      author?.following === true ||
      post.audience.includes(me.uris.actor) ||
      post.mentions.some((mention) => mention.uri === me.uris.actor) ||
      (post.inReplyTo !== null && postByUri(d, post.inReplyTo) !== null)
    )
  }

  const store =
    (me: Identity, post: SentPost, author: Sender): Change =>
    () => {
      const stored = receivePost(d, storable(d, me, post, author.accountId))
      return stored?.created && post.inReplyTo !== null && !postByUri(d, post.inReplyTo) ? post.inReplyTo : undefined
    }

  /** Reads an embedded post with its author known, and goes on if it is for us. */
  function embedded(object: Json, actorUri: string, sender: Sender | null, reach: Budget | null, use: Use): Reaching {
    const me = identity.current()
    const post = me && toSentPost(object, sender?.followersUri ?? null, d.now())
    if (!me || !post) return null
    const keep = concernsUs(me, post, sender)
    if (sender) return use(me, post, sender, keep)
    // Strangers' profiles are fetched only for what is kept.
    if (!keep) return null
    if (!reach) return 'fetch'
    return remote.actor(actorUri, reach).then(() => {
      const found = senderByUri(d, actorUri)
      return found ? embedded(object, actorUri, found, reach, use) : null
    })
  }
  type Use = (me: Identity, post: SentPost, author: Sender, keep: boolean) => Reaching

  return {
    create(activity, actorUri, sender, reach) {
      const object = list(activity.object)[0]
      const uri = idOf(object)
      const me = identity.current()
      if (!me || !uri) return null
      if (isTheirs(object, uri, actorUri)) {
        return embedded(object, actorUri, sender, reach, (_me, post, author, keep) => (keep ? store(me, post, author) : null))
      }
      // Only an address, or somebody else's words: its origin is asked, for those who may make us ask (rule 28).
      const forUs = [...recipientsOf(activity.to), ...recipientsOf(activity.cc)].includes(me.uris.actor)
      if ((!sender?.following && !forUs) || me.own(uri) || postByUri(d, uri)) return null
      if (!reach) return 'fetch'
      return remote
        .post(uri, reach)
        .then((found) => (found && concernsUs(me, found.post, found.author) ? store(me, found.post, found.author) : null))
    },

    update(activity, actorUri, sender, reach) {
      const object = activity.object
      const uri = idOf(object)
      if (!uri || !isTheirs(object, uri, actorUri) || !typesOf(object).some((type) => POST_TYPES.has(type))) return null
      return embedded(object, actorUri, sender, reach, (me, post, author, keep) => {
        if (!keep && !postByUri(d, uri)) return null
        return () => {
          // Decided in the transaction: the Create may have come in the same breath.
          if (!postByUri(d, uri)) return keep ? store(me, post, author)() : undefined
          receiveEdit(d, storable(d, me, post, author.accountId))
          return undefined
        }
      })
    },
  }
}
