import { accountById, accountByUri, accountIdByUri } from '../domain/accounts.ts'
import {
  receiveBoost,
  removeRemoteBoost,
  markGone,
  postByUri,
  receiveEdit,
  receivePost,
  rememberTombstone,
  removeRemotePost,
} from '../domain/posts.ts'
import { receiveFavourite, removeFavourite } from '../domain/interactions.ts'
import { receiveAccept, receiveBlock, receiveFollow, receiveReject, receiveUnblock, receiveUndoFollow } from '../domain/follows.ts'
import { relationship } from '../domain/relationships.ts'
import { parseOwn } from '../domain/uris.ts'
import { ACTOR_TYPES, POST_TYPES, recipientsOf, toSentPost, visibilityOf } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Json } from './mapping/read.ts'
import type { Budget, Remote } from './remote.ts'

/**
 * What a verified activity changes here. `plan` looks at it and fetches what is missing; it returns the change as a synchronous function,
 * which runs in one transaction (design 12). When nothing is missing it returns at once, and the inbox applies the change in the very
 * commit that its 202 stands for.
 */

/** What to do in the transaction; returns posts whose parents are worth looking for. */
export type Change = () => string | undefined
export interface Activities {
  plan(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change>
}

const NOTHING: Change = () => undefined

export function openActivities(parts: { domain: Domain; remote: Remote; identity: IdentityHolder; log: Log }): Activities {
  const { domain: d, remote, identity } = parts

  /** Runs `use` with the account behind an actor: at once if it is stored, else after fetching it. */
  function withActor(uri: string, spend: Budget, use: (id: number) => Change | Promise<Change>): Change | Promise<Change> {
    const id = accountIdByUri(d, uri)
    if (id !== null) return use(id)
    return remote.actor(uri, spend).then((fetched) => (fetched === null ? NOTHING : use(fetched)))
  }

  const own = (uri: string | null) => {
    const me = identity.current()
    const owner = identity.owner()
    return me && owner && uri ? parseOwn(me.uris.origin, owner.username, uri) : null
  }

  const ownPostOr = (uri: string): number | null => {
    const address = own(uri)
    return address?.kind === 'post' ? address.id : (postByUri(d, uri)?.id ?? null)
  }

  function create(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change> {
    const object = list(activity.object)[0]
    const uri = idOf(object)
    if (!uri) return NOTHING
    // A body is believed only from its own author's hand on its own host (rule 5); anything else is an address to fetch.
    const embedded = isObject(object) && hostOf(uri) === hostOf(actorUri) && idOf(list(object.attributedTo)[0]) === actorUri
    if (!embedded) return fetchPost(uri, spend)
    return withActor(actorUri, spend, (authorId) => {
      const post = toSentPost(object, accountById(d, authorId)?.followersUri ?? null, d.now())
      return post && concernsUs(post, authorId) ? store(post, authorId) : NOTHING
    })
  }

  async function fetchPost(uri: string, spend: Budget): Promise<Change> {
    if (own(uri) || postByUri(d, uri)) return NOTHING
    const post = await remote.post(uri, spend)
    if (!post) return NOTHING
    const authorId = await remote.actor(post.author, spend)
    return authorId !== null && concernsUs(post, authorId) ? store(post, authorId) : NOTHING
  }

  const store =
    (post: SentPost, authorId: number): Change =>
    () => {
      const stored = receivePost(d, storable(d, identity, post, authorId))
      return stored?.created && post.inReplyTo && !ownPostOr(post.inReplyTo) ? post.inReplyTo : undefined
    }

  /** A server of one keeps what its owner asked for: people followed, posts addressed to the owner, answers in known threads. */
  function concernsUs(post: SentPost, authorId: number): boolean {
    const me = identity.current()
    const relation = relationship(d, authorId)
    if (relation.blocking) return false
    return (
      relation.following ||
      (me !== null && (post.audience.includes(me.uris.actor) || post.mentions.some((mention) => mention.uri === me.uris.actor))) ||
      (post.inReplyTo !== null && ownPostOr(post.inReplyTo) !== null)
    )
  }

  function update(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change> {
    const object = activity.object
    const uri = idOf(object)
    if (!uri || hostOf(uri) !== hostOf(actorUri)) return NOTHING
    const types = isObject(object) ? typesOf(object) : []
    if (uri === actorUri || types.some((type) => ACTOR_TYPES.has(type))) {
      if (uri !== actorUri || accountIdByUri(d, uri) === null) return NOTHING
      return remote.actor(uri, spend, { fresh: true }).then(() => NOTHING)
    }
    if (!isObject(object) || !types.some((type) => POST_TYPES.has(type))) return NOTHING
    if (idOf(list(object.attributedTo)[0]) !== actorUri) return NOTHING
    return withActor(actorUri, spend, (authorId) => {
      const post = toSentPost(object, accountById(d, authorId)?.followersUri ?? null, d.now())
      if (!post) return NOTHING
      if (!postByUri(d, uri)) return concernsUs(post, authorId) ? store(post, authorId) : NOTHING
      return () => void receiveEdit(d, storable(d, identity, post, authorId))
    })
  }

  function remove(activity: Json, actorUri: string): Change {
    const uri = idOf(activity.object)
    if (!uri || hostOf(uri) !== hostOf(actorUri)) return NOTHING
    if (uri === actorUri) return () => void markGone(d, uri)
    return () => void removeRemotePost(d, uri, actorUri)
  }

  function announce(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change> {
    const uri = idOf(activity)
    const objectUri = idOf(list(activity.object)[0])
    if (!uri || !objectUri) return NOTHING
    const to = recipientsOf(activity.to)
    const cc = recipientsOf(activity.cc)
    return withActor(actorUri, spend, (accountId) => {
      const boost = (postId: number): Change => {
        const visibility = visibilityOf(to, cc, accountById(d, accountId)?.followersUri ?? null)
        // A boost to nobody in particular is a private one; only the author may boost what not everybody may see (rule 17).
        return () =>
          void receiveBoost(d, {
            uri,
            accountId,
            postId,
            published: timeOf(activity.published, d.now()),
            visibility: visibility === 'direct' ? 'private' : visibility,
          })
      }
      const known = ownPostOr(objectUri)
      if (known !== null) return boost(known)
      if (own(objectUri) || !relationship(d, accountId).following) return NOTHING
      return remote.post(objectUri, spend).then(async (post) => {
        if (!post || (post.visibility !== 'public' && post.visibility !== 'unlisted')) return NOTHING
        const authorId = await remote.actor(post.author, spend)
        if (authorId === null || relationship(d, authorId).blocking) return NOTHING
        return () => {
          const stored = receivePost(d, storable(d, identity, post, authorId))
          if (stored) boost(stored.id)()
          return stored?.created && post.inReplyTo ? post.inReplyTo : undefined
        }
      })
    })
  }

  function like(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change> {
    const objectUri = idOf(list(activity.object)[0])
    const postId = objectUri ? ownPostOr(objectUri) : null
    if (postId === null) return NOTHING
    return withActor(actorUri, spend, (accountId) => () => void receiveFavourite(d, { uri: idOf(activity), accountId, postId }))
  }

  function follow(activity: Json, actorUri: string, spend: Budget): Change | Promise<Change> {
    if (own(idOf(activity.object))?.kind !== 'actor') return NOTHING
    return withActor(actorUri, spend, (accountId) => () => void receiveFollow(d, { accountId, uri: idOf(activity) }))
  }

  function answer(activity: Json, actorUri: string, yes: boolean): Change {
    const accountId = accountIdByUri(d, actorUri)
    const object = activity.object
    if (accountId === null) return NOTHING
    // The Follow may be named, embedded, or only described by its two ends.
    const followUri = own(idOf(object))?.kind === 'follow' ? idOf(object) : null
    const described =
      isObject(object) &&
      typesOf(object).includes('Follow') &&
      own(idOf(object.actor))?.kind === 'actor' &&
      idOf(object.object) === actorUri
    if (!followUri && !described) return NOTHING
    return () => void (yes ? receiveAccept : receiveReject)(d, { accountId, followUri })
  }

  function undo(activity: Json, actorUri: string): Change {
    const accountId = accountIdByUri(d, actorUri)
    const object = list(activity.object)[0]
    const uri = idOf(object)
    if (accountId === null || (uri && hostOf(uri) !== hostOf(actorUri))) return NOTHING
    if (!isObject(object)) {
      // Only its id: whatever of theirs it is.
      return uri ? () => void undoAny(accountId, uri) : NOTHING
    }
    if (idOf(object.actor) !== null && idOf(object.actor) !== actorUri) return NOTHING
    const types = typesOf(object)
    const target = idOf(list(object.object)[0])
    const postId = target ? ownPostOr(target) : null
    if (types.includes('Follow'))
      return target && own(target)?.kind === 'actor' ? () => void receiveUndoFollow(d, { accountId, followUri: uri }) : NOTHING
    if (types.includes('Block')) return () => void receiveUnblock(d, { accountId, uri })
    if (types.includes('Announce')) return () => void removeRemoteBoost(d, uri, accountId, postId ?? undefined)
    if (types.includes('Like') || types.includes('EmojiReact')) return () => void removeFavourite(d, { uri, accountId, postId })
    return NOTHING
  }

  const undoAny = (accountId: number, uri: string): void => {
    const done =
      removeRemoteBoost(d, uri, accountId) || removeFavourite(d, { uri, accountId }) || receiveUndoFollow(d, { accountId, followUri: uri })
    if (!done) rememberTombstone(d, uri)
  }

  return {
    plan(activity, actorUri, spend) {
      const type = typesOf(activity)[0]
      const account = accountByUri(d, actorUri)
      // Blocked people change nothing, but what they take back goes.
      if (account && type !== 'Undo' && type !== 'Delete' && relationship(d, account.id).blocking) return NOTHING
      switch (type) {
        case 'Create':
          return create(activity, actorUri, spend)
        case 'Update':
          return update(activity, actorUri, spend)
        case 'Delete':
          return remove(activity, actorUri)
        case 'Announce':
          return announce(activity, actorUri, spend)
        case 'Like':
        case 'EmojiReact':
          return like(activity, actorUri, spend)
        case 'Follow':
          return follow(activity, actorUri, spend)
        case 'Accept':
          return answer(activity, actorUri, true)
        case 'Reject':
          return answer(activity, actorUri, false)
        case 'Undo':
          return undo(activity, actorUri)
        case 'Block':
          return own(idOf(activity.object))?.kind === 'actor'
            ? withActor(actorUri, spend, (accountId) => () => void receiveBlock(d, { accountId, uri: idOf(activity) }))
            : NOTHING
        default:
          // Everything else is taken and does nothing: a 4xx would only make its sender try again.
          return NOTHING
      }
    },
  }
}
