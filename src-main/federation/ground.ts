import { postByUri, receivePost } from '../domain/posts.ts'
import { senderByUri } from '../domain/senders.ts'
import { readPost, storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Sender } from '../domain/senders.ts'
import type { Post } from '../domain/types.ts'
import type { OwnAddress } from '../domain/uris.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/post-in.ts'
import type { Json } from './mapping/read.ts'
import type { Change, Incoming, Reaching } from './plan.ts'
import type { Remote } from './remote.ts'

/** What the handlers of activities have in common: who we are, who sent it, which posts are kept and how. */
export interface Ground {
  readonly domain: Domain
  readonly remote: Remote
  readonly identity: IdentityHolder
  /** What an address of ours speaks of; null for others'. */
  own(uri: string | null): OwnAddress | null
  /** A post stored here, ours or another's. */
  post(uri: string): Post | null
  /** Goes on with the sender: stored, or fetched and stored if there is reach. */
  withSender(incoming: Incoming, use: (sender: Sender) => Reaching): Reaching
  /** A post as its author sent it; `followersUri` is the author's followers collection. */
  read(object: Json, followersUri: string | null): SentPost | null
  /** A server of one keeps what its owner asked for: people followed, posts addressed to the owner, answers and quotes of what is here. */
  concernsUs(me: Identity, post: SentPost, author: Sender | null): boolean
  /** Stores a post; `quietly`: as something that was read up, which is not news. */
  keep(me: Identity, post: SentPost, author: Sender, options?: { quietly: boolean }): Change
}

export function openGround(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  /** A post that quotes is stored, or its quote may have another standing: to be looked into. */
  quoting: (postId: number) => void
}): Ground {
  const { domain: d, remote, identity, quoting } = parts
  const own = (uri: string | null) => (uri === null ? null : (identity.current()?.own(uri) ?? null))
  const isHere = (uri: string) => postByUri(d, uri) !== null

  return {
    domain: d,
    remote,
    identity,
    own,
    post: (uri) => postByUri(d, uri),
    withSender({ actorUri, sender, reach }, use) {
      if (sender) return use(sender)
      if (!reach) return 'fetch'
      return remote.actor(actorUri, reach).then(() => {
        const found = senderByUri(d, actorUri)
        return found ? use(found) : null
      })
    },
    read: (object, followersUri) => readPost(d, identity.current(), object, followersUri),
    concernsUs(me, post, author) {
      if (author?.blocking || author?.suspended) return false
      return (
        author?.following === true ||
        post.audience.includes(me.uris.actor) ||
        post.mentions.some((mention) => mention.uri === me.uris.actor) ||
        (post.inReplyTo !== null && isHere(post.inReplyTo)) ||
        (post.quote !== null && own(post.quote.uri)?.kind === 'post' && isHere(post.quote.uri))
      )
    },
    keep(me, post, author, { quietly } = { quietly: false }) {
      return () => {
        const stored = receivePost(d, storable(d, me, post, author.accountId), quietly ? { quietly: true } : {})
        if (!stored?.created) return undefined
        if (post.quote) d.store.afterCommit(() => quoting(stored.id))
        return post.inReplyTo !== null && !isHere(post.inReplyTo) ? post.inReplyTo : undefined
      }
    },
  }
}
