import { accountById, accountIdByUri } from '../domain/accounts.ts'
import { postByUri, receivePost } from '../domain/posts.ts'
import { parseOwn } from '../domain/uris.ts'
import { hostOf } from './mapping/read.ts'
import { budget } from './remote.ts'
import type { Domain } from '../domain/domain.ts'
import type { RemotePost } from '../domain/posts.ts'
import type { Log } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Remote } from './remote.ts'

/** A sent post with its people looked up among those stored: no network, ready for a transaction. */
export function storable(d: Domain, identity: IdentityHolder, post: SentPost, authorId: number): RemotePost {
  const me = identity.current()
  const { mentions, inReplyTo, author: _author, audience, ...rest } = post
  return {
    ...rest,
    accountId: authorId,
    // Our own posts are found by their uri as everybody knows it.
    inReplyToUri: inReplyTo,
    mentions: mentions.map((mention) => {
      const accountId = me && mention.uri === me.uris.actor ? me.accountId : accountIdByUri(d, mention.uri)
      const account = accountId === null ? null : accountById(d, accountId)
      const acct = account
        ? account.own
          ? `${account.username}@${me?.uris.host ?? ''}`
          : `${account.username}@${account.domain}`
        : acctFrom(mention.name, mention.uri)
      return { acct, accountId, uri: mention.uri }
    }),
    forOwner: me !== null && audience.includes(me.uris.actor),
  }
}

/** What to call somebody not known yet: the name as sent, but always at the host it points to (rule 10). */
function acctFrom(name: string | null, uri: string): string {
  const host = hostOf(uri)
  const user = /^@?([A-Za-z0-9_.-]{1,64})/.exec(name ?? '')?.[1]
  return `${user ?? uri.slice(uri.lastIndexOf('/') + 1).replace(/^@/, '')}@${host}`
}

/** Parents of one post are looked for so far up, in the background, and shown as they come (rule 28). */
const MAX_ANCESTORS = 20

/** Fetches the posts a post answers, one after the other, until one is known. Never throws. */
export async function fetchAncestors(
  parts: { domain: Domain; remote: Remote; identity: IdentityHolder; log: Log },
  uri: string,
  options: { depth?: number } = {},
): Promise<void> {
  const { domain: d, remote, identity, log } = parts
  const spend = budget(MAX_ANCESTORS * 2)
  let next: string | null = uri
  try {
    for (let depth = options.depth ?? MAX_ANCESTORS; next && depth > 0; depth--) {
      const owner = identity.owner()
      const me = identity.current()
      if (!me || !owner || parseOwn(me.uris.origin, owner.username, next) || postByUri(d, next)) return
      const post: SentPost | null = await remote.post(next, spend)
      if (!post || post.visibility === 'direct') return
      const authorId = await remote.actor(post.author, spend)
      if (authorId === null) return
      if (!receivePost(d, storable(d, identity, post, authorId))?.created) return
      next = post.inReplyTo
    }
  } catch (error) {
    log.debug({ uri, error: (error as Error).message }, 'a thread could not be followed upwards')
  }
}
