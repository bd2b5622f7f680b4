import { openAnswers } from '../domain/listings.ts'
import { ownEmojis } from '../domain/own-emojis.ts'
import { postById } from '../domain/posts.ts'
import { quotePolicyOf } from '../domain/quotes.ts'
import { mediaFiles } from '../domain/rows.ts'
import type { Domain } from '../domain/domain.ts'
import type { Emoji, LoadedPost, Post } from '../domain/types.ts'
import type { Uris } from '../domain/uris.ts'
import { SELF_REPLIES } from './mapping/note.ts'
import type { Picture, PostSurroundings } from './mapping/note.ts'

/** How far up a thread is followed to where it began. */
const MAX_UP = 100

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
    quote: quoteOf(d, u, post),
    quotePolicy: quotePolicyOf(d, post),
    context: contextOf(d, u, post),
    emojis: picturesOf(d, post.emojis),
    selfReplies: post.repliesCount === 0 ? [] : openAnswers(d, post.id, { own: true, limit: SELF_REPLIES }).map((id) => u.post(id)),
  }
}

/** What it quotes: named while its author has not said no. Ours only once it is out. */
function quoteOf(d: Domain, u: Uris, post: LoadedPost): PostSurroundings['quote'] {
  if (post.quoteState === null || post.quoteState === 'rejected' || post.quoteState === 'revoked' || post.quoteState === 'deleted')
    return null
  const quoted = post.quoteOf === null ? null : postById(d, post.quoteOf)
  if (quoted) return { uri: uriOf(u, quoted), url: quoted.own ? u.postPage(quoted.id) : (quoted.url ?? uriOf(u, quoted)) }
  return post.quoteUri === null ? null : { uri: post.quoteUri, url: post.quoteUri }
}

/** The conversation of a post (FEP-7888): ours if it began here, else the one that the thread says it is. */
function contextOf(d: Domain, u: Uris, post: Post): string | null {
  let root = post
  let theirs: string | null = null
  for (let up = 0; up < MAX_UP && root.inReplyToId !== null; up++) {
    const parent = postById(d, root.inReplyToId)
    if (!parent) break
    root = parent
    if (!root.own) theirs ??= root.contextUri
  }
  return root.own && root.inReplyToId === null && root.inReplyToUri === null ? u.context(root.id) : theirs
}

/** Own emojis with what their documents say; a picture that has its name no more keeps the one it had. */
export function picturesOf(d: Domain, emojis: readonly Emoji[]): Picture[] {
  if (emojis.length === 0) return []
  const files = mediaFiles(
    d,
    emojis.map((one) => one.mediaId),
  )
  const named = new Map(ownEmojis(d).map((one) => [one.mediaId, one]))
  return emojis.flatMap(({ shortcode, token, mediaId }) => {
    const file = files.get(mediaId)
    return file ? [{ shortcode, token, mime: file.mime, updatedAt: named.get(mediaId)?.updatedAt ?? 0 }] : []
  })
}
