import { actor } from './actor.ts'
import { ACTOR_CONTEXT, AS2, POST_CONTEXT, PUBLIC, withContext, withoutContext } from './context.ts'
import { audience, emoji, iso, note } from './note.ts'
import type { Account, LoadedPost, Visibility } from '../../domain/types.ts'
import type { Uris } from '../../domain/uris.ts'
import type { PublicKeys } from './actor.ts'
import type { Document, Picture, PostSurroundings } from './note.ts'

/** Domain to ActivityStreams: the activities we send, in the one shape that everybody reads (federation.md 1.6). Ids are never used twice. */

export type { Document } from './note.ts'

type Audience = { to: string[]; cc?: string[] }

/** A quote of ours or of somebody else's, as its request names it. */
export interface QuoteRequest {
  /** Theirs; null if they gave it none. */
  id: string | null
  actor: string
  object: string
  instrument: string
}

/** Activities of the owner. `u` is the owner's addresses. */
export const activities = {
  create(post: LoadedPost, around: PostSurroundings): Document {
    const object = note(post, around)
    const { to, cc } = object as unknown as { to: string[]; cc: string[] }
    const u = around.uris
    return sent({ id: u.postActivity(post.id), type: 'Create', actor: u.actor, published: iso(post.createdAt), to, cc, object })
  },
  /**
   * An edit, or something beside the words: who may quote, the consent to a quote. Then there is no `updated`, or that of the last edit, and
   * nobody marks it. `id`: of the item that carries it. A tally says nothing of edits: Mastodon takes an Update with `updated` for one.
   */
  update(id: number, post: LoadedPost, around: PostSurroundings, as: { tally?: boolean } = {}): Document {
    const { updated, ...rest } = note(post, around)
    const object = as.tally || updated === undefined ? rest : { ...rest, updated }
    const { to, cc } = rest as unknown as { to: string[]; cc: string[] }
    const u = around.uris
    return sent({ id: u.update(post.id, id), type: 'Update', actor: u.actor, to, cc, object })
  },
  remove(postId: number, visibility: Visibility, u: Uris, mentioned: string[]): Document {
    const { to, cc } = audience(visibility, u.followers, mentioned)
    return sent({ id: u.remove(postId), type: 'Delete', actor: u.actor, to, cc, object: { id: u.post(postId), type: 'Tombstone' } })
  },
  announce(boost: LoadedPost, u: Uris, author: string, object: string): Document {
    const to = boost.visibility === 'public' ? { to: [PUBLIC], cc: [u.followers, author] } : { to: [u.followers], cc: [PUBLIC, author] }
    const narrow = boost.visibility === 'private' ? { to: [u.followers], cc: [author] } : to
    return sent({ id: u.postActivity(boost.id), type: 'Announce', actor: u.actor, published: iso(boost.createdAt), ...narrow, object })
  },
  like(id: number, u: Uris, author: string, object: string): Document {
    return sent({ id: u.favourite(id), type: 'Like', actor: u.actor, to: [author], object })
  },
  /** `emoji`: the character, or `:shortcode:` with its tag. As a Like it carries the picture in Misskey's words: others see a favourite. */
  react(
    id: number,
    u: Uris,
    author: string,
    object: string,
    given: { emoji: string; tag: Document[]; as: 'EmojiReact' | 'Like' },
  ): Document {
    const content = { content: given.emoji, ...(given.as === 'Like' ? { _misskey_reaction: given.emoji } : {}) }
    return sent({ id: u.reaction(id), type: given.as, actor: u.actor, to: [author], object, ...content, tag: given.tag })
  },
  /** A vote is a Note with a name and nothing to read, for the author of the poll alone. */
  vote(id: number, u: Uris, author: string, object: string, title: string): Document {
    return sent({
      id: u.voteActivity(id),
      type: 'Create',
      actor: u.actor,
      to: [author],
      object: { id: u.vote(id), type: 'Note', name: title, attributedTo: u.actor, to: [author], inReplyTo: object },
    })
  },
  follow(id: number, u: Uris, target: string): Document {
    return sent({ id: u.follow(id), type: 'Follow', actor: u.actor, to: [target], object: target })
  },
  /** Mastodon's relays are asked for everything public, LitePub's are followed. */
  relayFollow(id: number, u: Uris, relayActor: string | null): Document {
    return relayActor ? activities.follow(id, u, relayActor) : sent({ id: u.follow(id), type: 'Follow', actor: u.actor, object: PUBLIC })
  },
  /** The whole Follow goes back: Pixelfed and old Pleroma match the embedded one. */
  accept(id: number, u: Uris, follower: string, followUri: string | null): Document {
    return sent({ id: u.accept(id), type: 'Accept', actor: u.actor, to: [follower], object: theirFollow(u, follower, followUri) })
  },
  reject(id: number, u: Uris, follower: string, followUri: string | null): Document {
    return sent({ id: u.reject(id), type: 'Reject', actor: u.actor, to: [follower], object: theirFollow(u, follower, followUri) })
  },
  block(id: number, u: Uris, target: string): Document {
    return sent({ id: u.block(id), type: 'Block', actor: u.actor, to: [target], object: target })
  },
  profile(account: Account, u: Uris, keys: PublicKeys, emojis: Picture[], id: number): Document {
    const object = withoutContext(actor(account, u, keys, emojis))
    return withContext({ id: u.profileUpdate(id), type: 'Update', actor: u.actor, to: [PUBLIC], cc: [u.followers], object }, ACTOR_CONTEXT)
  },
  /** To followers alone: their servers follow the new account for them. */
  move(id: number, u: Uris, target: string): Document {
    return sent({ id: u.move(id), type: 'Move', actor: u.actor, to: [u.followers], object: u.actor, target })
  },
  /** The account is closed: to everybody who may know of it, as Mastodon does when an account is deleted. */
  close(u: Uris): Document {
    return sent({ id: `${u.actor}#delete`, type: 'Delete', actor: u.actor, to: [PUBLIC], object: u.actor })
  },
  /**
   * Into or out of the featured collection. Hashtags too: Mastodon looks for them there and tells them by their type, since it keeps no address of
   * the collection that they are in (its AddHashtagSerializer).
   */
  feature(id: number, type: 'Add' | 'Remove', u: Uris, object: string | Document, visibility: Visibility): Document {
    const { to, cc } = audience(visibility, u.followers, [])
    return sent({ id: type === 'Add' ? u.add(id) : u.removal(id), type, actor: u.actor, to, cc, object, target: u.featured })
  },
  /** From the instance, never with the name of who reports. */
  report(id: number, u: Uris, report: { about: string; posts: string[]; comment: string }): Document {
    const { about, posts, comment } = report
    return sent({ id: u.flag(id), type: 'Flag', actor: u.instanceActor, to: [about], object: [about, ...posts], content: comment })
  },
  /** Asks the author of the quoted post. `instrument`: the quoting post, whole where its author may read it. */
  quoteRequest(postId: number, u: Uris, author: string, quoted: string, instrument: Document | string): Document {
    return sent({ id: u.quoteRequest(postId), type: 'QuoteRequest', actor: u.actor, to: [author], object: quoted, instrument })
  },
  quoteAnswer(id: number, u: Uris, request: QuoteRequest, stamp: string | null): Document {
    const { id: requestId, ...rest } = request
    return sent({
      id: stamp ? u.accept(id) : u.reject(id),
      type: stamp ? 'Accept' : 'Reject',
      actor: u.actor,
      to: [request.actor],
      object: { ...(requestId ? { id: requestId } : {}), type: 'QuoteRequest', ...rest },
      ...(stamp ? { result: stamp } : {}),
    })
  },
  /** Consent withdrawn: whoever quotes passes it on. */
  revoke(stampId: number, u: Uris, quoter: string, quoting: string, quoted: string): Document {
    return sent({
      id: u.quoteStampEnd(stampId),
      type: 'Delete',
      actor: u.actor,
      to: [PUBLIC, quoter],
      object: { ...stamp(stampId, u, quoting, quoted) },
    })
  },
  undo(u: Uris, undone: Document, audience: Audience): Document {
    const object = withoutContext(undone)
    return sent({ id: u.undo(String(object.id)), type: 'Undo', actor: u.actor, ...audience, object })
  },
}

/** The consent to a quote of ours (FEP-044f). Without `@context`. */
export function stamp(id: number, u: Uris, quoting: string, quoted: string): Document {
  return {
    id: u.quoteStamp(id),
    type: 'QuoteAuthorization',
    attributedTo: u.actor,
    interactingObject: quoting,
    interactionTarget: quoted,
  }
}

/** A hashtag as it is featured. */
export function hashtag(name: string, u: Uris): Document {
  return { type: 'Hashtag', href: u.tag(name), name: `#${name}` }
}

/** The tag of a custom emoji: our own, or one of the server whose post is answered. */
export function emojiTag(picture: Picture | { shortcode: string; url: string; mime: string | null }, u: Uris): Document {
  if ('updatedAt' in picture) return emoji(picture, u)
  const { shortcode, url, mime } = picture
  return { type: 'Emoji', name: `:${shortcode}:`, icon: { type: 'Image', ...(mime ? { mediaType: mime } : {}), url } }
}

function theirFollow(u: Uris, follower: string, uri: string | null): Document {
  return { ...(uri ? { id: uri } : {}), type: 'Follow', actor: follower, object: u.actor }
}

const sent = (activity: Document): Document => withContext(activity, POST_CONTEXT)

/** What an AP document is called in an Accept header and in links. */
export const AP_MEDIA_TYPE = `application/ld+json; profile="${AS2}"`
