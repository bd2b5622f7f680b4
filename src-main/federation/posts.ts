import { handlesByUri } from '../domain/senders.ts'
import { settings } from '../domain/settings.ts'
import { toSentPost } from './mapping/post-in.ts'
import { hostOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { RemotePost } from '../domain/posts.ts'
import type { Identity } from './identity.ts'
import type { SentPost } from './mapping/post-in.ts'
import type { Json } from './mapping/read.ts'

/** A post as its author sent it, read by the owner: in the owner's language where there are several. `followersUri` is the author's. */
export function readPost(d: Domain, me: Identity | null, object: Json, followersUri: string | null): SentPost | null {
  return toSentPost(object, followersUri, d.now(), { language: () => settings(d).defaultLanguage || null, actor: me?.uris.actor ?? null })
}

/** A sent post with its people looked up among those stored: no network, ready for a transaction. */
export function storable(d: Domain, me: Identity, post: SentPost, authorId: number): RemotePost {
  const { mentions, inReplyTo, author: _author, audience, ...rest } = post
  const known = handlesByUri(
    d,
    mentions.map((mention) => mention.uri),
  )
  return {
    ...rest,
    accountId: authorId,
    inReplyToUri: inReplyTo,
    // Whom a mention means is its address; its name comes from our own records (rule 10).
    mentions: mentions.map(({ uri, name }) => {
      const person = known.get(uri)
      if (!person) return { acct: acctFrom(name, uri), accountId: null, uri }
      return { acct: person.acct.includes('@') ? person.acct : `${person.acct}@${me.uris.host}`, accountId: person.accountId, uri }
    }),
    forOwner: audience.includes(me.uris.actor),
  }
}

/** What to call somebody not known yet: the name as sent, but always at the host the address points to. */
function acctFrom(name: string | null, uri: string): string {
  const user = /^@?([A-Za-z0-9_.-]{1,64})/.exec(name ?? '')?.[1]
  const last = uri.slice(uri.lastIndexOf('/') + 1).replace(/^@/, '')
  return `${user ?? last.slice(0, 64)}@${hostOf(uri)}`
}
