import { senderByUri } from '../domain/senders.ts'
import { checkSignature, parseSignature, verifySignature } from '../signatures/index.ts'
import { budget } from './fetching.ts'
import type { FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { Viewer } from '../domain/visibility.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Keys } from './keys.ts'

/** Who reads: the actor that signed a GET. What not everybody may see is shown to those it is for (federation.md 2.4). */
export interface Readers {
  /**
   * The actor that signed this request; null if nobody did, or badly. Asks the network for an unknown key: call it the same way whether
   * or not there is something to hide, or the fetch tells.
   */
  signer(request: FastifyRequest): Promise<string | null>
  /**
   * Whether the request says that it comes from somebody the owner has blocked. Believed without proof, since nobody wins by it: what anybody
   * may read costs no look-up of a key.
   */
  claimsBlocked(request: FastifyRequest): boolean
  isBlocked(actorUri: string): boolean
  /** How that actor stands to a post of the owner. */
  viewerOf(actorUri: string, post: LoadedPost): Viewer
}

export function openReaders(parts: { domain: Domain; identity: IdentityHolder; keys: Keys }): Readers {
  const { domain: d, identity, keys } = parts
  const isBlocked = (actorUri: string): boolean => {
    const reader = senderByUri(d, actorUri)
    return reader !== null && !reader.own && (reader.blocking || reader.suspended)
  }
  const signedPart = (request: FastifyRequest, me: Identity) => ({
    method: request.method,
    target: request.raw.url ?? '/',
    headers: request.raw.rawHeaders,
    rawBody: Buffer.alloc(0),
    authority: me.uris.host,
    scheme: me.uris.origin.startsWith('http:') ? ('http' as const) : ('https' as const),
  })
  return {
    isBlocked,
    claimsBlocked(request) {
      const me = identity.current()
      if (!me || request.headers.signature === undefined) return false
      const parsed = parseSignature(signedPart(request, me))
      return parsed.ok && isBlocked(keys.known(parsed.keyId)?.owner ?? (parsed.keyId.split('#')[0] as string))
    },
    async signer(request) {
      const me = identity.current()
      if (!me || request.headers.signature === undefined) return null
      const signed = signedPart(request, me)
      const parsed = parseSignature(signed)
      if (!parsed.ok || !checkSignature(parsed, signed, d.now()).ok) return null
      const key = keys.known(parsed.keyId) ?? (await keys.fetch(parsed.keyId, budget(4)))
      if (typeof key === 'string') return null
      return verifySignature(parsed, signed, key.object, d.now(), { hosts: [me.uris.host] }).ok ? key.owner : null
    },
    viewerOf(actorUri, post) {
      const reader = senderByUri(d, actorUri)
      if (!reader || reader.own || reader.suspended) return 'public'
      return {
        accountId: reader.accountId,
        follows: reader.followedBy,
        mentioned: post.mentions.some((mention) => mention.accountId === reader.accountId),
        blocked: reader.blocking,
      }
    },
  }
}
