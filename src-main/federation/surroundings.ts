import { postById } from '../domain/posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { LoadedPost, Post } from '../domain/types.ts'
import type { Uris } from '../domain/uris.ts'
import type { PostSurroundings } from './mapping/to-activity.ts'

/** The uri of a stored post, ours or another's. */
export const uriOf = (u: Uris, post: Pick<Post, 'own' | 'id' | 'uri'>): string => (post.own ? u.post(post.id) : (post.uri as string))

/** What a post's document needs to know beside the post. */
export function surroundingsOf(d: Domain, u: Uris, post: LoadedPost): PostSurroundings {
  const parent = post.inReplyToId === null ? null : postById(d, post.inReplyToId)
  return {
    uris: u,
    inReplyTo: parent ? uriOf(u, parent) : post.inReplyToUri,
    mentioned: post.mentions.flatMap(({ uri, acct }) =>
      uri === null ? [] : [{ uri, acct: acct.includes('@') ? acct : `${acct}@${u.host}` }],
    ),
  }
}
