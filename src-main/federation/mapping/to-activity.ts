import { plainText } from '../../domain/html.ts'
import { mediaPath, uris } from '../../domain/uris.ts'
import { ACTOR_CONTEXT, POST_CONTEXT, PUBLIC, withContext } from './context.ts'
import type { Account, LoadedPost, MediaFile, Visibility } from '../../domain/types.ts'
import type { Uris } from '../../domain/uris.ts'

/** Domain to ActivityStreams: the documents and activities we send, in the one shape that everybody reads (federation.md 1.3 to 1.6). */

export type Document = Record<string, unknown>

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** What an author of others' posts is to us: id and handle. */
export interface Person {
  uri: string
  acct: string
}

export interface PostSurroundings {
  uris: Uris
  /** uri of the post answered. */
  inReplyTo: string | null
  /** Everyone mentioned who could be found. */
  mentioned: Person[]
}

/** `to` and `cc` by visibility; the same on activity and object (federation.md 1.4). Never `bto` or `bcc`. */
export function audience(visibility: Visibility, followers: string, mentioned: string[]): { to: string[]; cc: string[] } {
  if (visibility === 'public') return { to: [PUBLIC], cc: [followers, ...mentioned] }
  if (visibility === 'unlisted') return { to: [followers], cc: [PUBLIC, ...mentioned] }
  if (visibility === 'private') return { to: [followers], cc: mentioned }
  return { to: mentioned, cc: [] }
}

export function note(post: LoadedPost, around: PostSurroundings): Document {
  const u = around.uris
  const id = u.post(post.id)
  const open = post.visibility === 'public' || post.visibility === 'unlisted'
  const mentioned = around.mentioned.map((person) => person.uri)
  const content = post.content
  return {
    id,
    type: 'Note',
    attributedTo: u.actor,
    ...audience(post.visibility, u.followers, mentioned),
    published: iso(post.createdAt),
    ...(post.editedAt ? { updated: iso(post.editedAt) } : {}),
    url: u.postPage(post.id),
    ...(around.inReplyTo ? { inReplyTo: around.inReplyTo } : {}),
    ...(post.warning ? { summary: post.warning } : {}),
    sensitive: post.sensitive,
    content,
    ...(post.language ? { contentMap: { [post.language]: content } } : {}),
    ...(post.source !== null ? { source: { content: post.source, mediaType: 'text/plain' } } : {}),
    tag: [
      ...around.mentioned.map((person) => ({ type: 'Mention', href: person.uri, name: `@${person.acct}` })),
      ...post.tags.map((name) => ({ type: 'Hashtag', href: u.tag(name), name: `#${name}` })),
    ],
    attachment: post.media.map((file) => attachment(file, u.origin)),
    ...(open
      ? {
          replies: {
            id: u.replies(post.id),
            type: 'Collection',
            first: { type: 'CollectionPage', partOf: u.replies(post.id), next: `${u.replies(post.id)}?page=true`, items: [] },
          },
          likes: { id: u.likes(post.id), type: 'Collection', totalItems: post.favouritesCount },
          shares: { id: u.shares(post.id), type: 'Collection', totalItems: post.boostsCount },
        }
      : {}),
  }
}

function attachment(file: MediaFile, origin: string): Document {
  return {
    type: file.kind === 'image' || file.kind === 'gifv' ? 'Image' : 'Document',
    mediaType: file.mime,
    url: origin + mediaPath(file.token, 'original', file.mime),
    // Mastodon reads summary or name, GoToSocial summary first, Misskey and Pixelfed name.
    ...(file.description ? { name: file.description, summary: file.description } : {}),
    ...(file.width && file.height ? { width: file.width, height: file.height } : {}),
    ...(file.blurhash ? { blurhash: file.blurhash } : {}),
    ...(file.focus ? { focalPoint: [file.focus.x, file.focus.y] } : {}),
  }
}

export interface PublicKeys {
  rsaPublicPem: string
  ed25519PublicMultibase: string
}

/** The owner's actor: everything that is read of one, nothing else (federation.md 1.3). */
export function actor(account: Account, u: Uris, keys: PublicKeys): Document {
  const picture = (file: MediaFile) => ({
    type: 'Image',
    mediaType: file.mime,
    url: u.origin + mediaPath(file.token, 'original', file.mime),
  })
  return withContext(
    {
      id: u.actor,
      type: account.type,
      preferredUsername: account.username,
      name: account.displayName || account.username,
      summary: account.note,
      url: u.profile,
      published: iso(account.createdAt),
      webfinger: `acct:${account.username}@${u.host}`,
      inbox: u.inbox,
      outbox: u.outbox,
      followers: u.followers,
      following: u.following,
      featured: u.featured,
      featuredTags: u.featuredTags,
      endpoints: { sharedInbox: u.sharedInbox },
      manuallyApprovesFollowers: account.locked,
      discoverable: account.discoverable ?? true,
      indexable: account.indexable,
      ...(account.avatar ? { icon: picture(account.avatar) } : {}),
      ...(account.header ? { image: picture(account.header) } : {}),
      attachment: account.fields.map((field) => ({ type: 'PropertyValue', name: field.name, value: field.value })),
      tag: [],
      publicKey: { id: u.mainKey, owner: u.actor, publicKeyPem: keys.rsaPublicPem },
      assertionMethod: [{ id: u.edKey, type: 'Multikey', controller: u.actor, publicKeyMultibase: keys.ed25519PublicMultibase }],
    },
    ACTOR_CONTEXT,
  )
}

/** The instance itself: signs look-ups, readable unsigned even in secure mode, which breaks key-fetch deadlocks. */
export function instanceActor(u: Uris, keys: PublicKeys): Document {
  return withContext(
    {
      id: u.instanceActor,
      type: 'Application',
      preferredUsername: u.host.split(':')[0],
      name: 'Burrow',
      url: u.profile,
      inbox: u.sharedInbox,
      outbox: `${u.instanceActor}/outbox`,
      endpoints: { sharedInbox: u.sharedInbox },
      manuallyApprovesFollowers: true,
      publicKey: { id: u.instanceKey, owner: u.instanceActor, publicKeyPem: keys.rsaPublicPem },
    },
    ACTOR_CONTEXT,
  )
}

type Audience = { to: string[]; cc?: string[] }

/** Activities of the owner. `u` is the owner's addresses; ids are never used twice. */
export const activities = {
  create(post: LoadedPost, around: PostSurroundings): Document {
    const object = note(post, around)
    const { to, cc } = object as unknown as { to: string[]; cc: string[] }
    const u = around.uris
    return sent({ id: u.postActivity(post.id), type: 'Create', actor: u.actor, published: iso(post.createdAt), to, cc, object })
  },
  update(post: LoadedPost, around: PostSurroundings): Document {
    const object = note(post, around)
    const { to, cc } = object as unknown as { to: string[]; cc: string[] }
    const u = around.uris
    const at = post.editedAt ?? post.createdAt
    return sent({ id: u.update(post.id, at), type: 'Update', actor: u.actor, published: iso(at), to, cc, object })
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
  follow(id: number, u: Uris, target: string): Document {
    return sent({ id: u.follow(id), type: 'Follow', actor: u.actor, to: [target], object: target })
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
  profile(account: Account, u: Uris, keys: PublicKeys, at: number): Document {
    const object = actor(account, u, keys)
    delete object['@context']
    return withContext({ id: u.profileUpdate(at), type: 'Update', actor: u.actor, to: [PUBLIC], cc: [u.followers], object }, ACTOR_CONTEXT)
  },
  undo(u: Uris, undone: Document, audience: Audience): Document {
    const { '@context': _context, ...object } = undone
    return sent({ id: u.undo(String(object.id)), type: 'Undo', actor: u.actor, ...audience, object })
  },
}

function theirFollow(u: Uris, follower: string, uri: string | null): Document {
  return { ...(uri ? { id: uri } : {}), type: 'Follow', actor: follower, object: u.actor }
}

const sent = (activity: Document): Document => withContext(activity, POST_CONTEXT)

/** A page of a collection of ours, or the collection itself. */
export function collection(id: string, totalItems: number, first: string | null): Document {
  return withContext({ id, type: 'OrderedCollection', totalItems, ...(first ? { first } : {}) })
}
export function collectionPage(partOf: string, id: string, items: unknown[], more: { next?: string; prev?: string }): Document {
  return withContext({ id, type: 'OrderedCollectionPage', partOf, ...more, orderedItems: items })
}

/** The first words of a post, for titles and descriptions of pages. */
export function excerpt(post: { content: string; warning: string }, length: number): string {
  const words = post.warning || plainText(post.content).replace(/\s+/g, ' ')
  return words.length > length ? `${words.slice(0, length - 1)}…` : words
}

export { uris }
