/** The `@context` of everything we send (federation.md section 1.5). Contexts are never fetched: keys are read by their names. */

export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
export const AS2 = 'https://www.w3.org/ns/activitystreams'
const SECURITY = 'https://w3id.org/security/v1'
const MULTIKEY = 'https://w3id.org/security/multikey/v1'

const TERMS = {
  sensitive: 'as:sensitive',
  Hashtag: 'as:Hashtag',
  manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
  movedTo: { '@id': 'as:movedTo', '@type': '@id' },
  alsoKnownAs: { '@id': 'as:alsoKnownAs', '@type': '@id' },
  toot: 'http://joinmastodon.org/ns#',
  Emoji: 'toot:Emoji',
  featured: { '@id': 'toot:featured', '@type': '@id' },
  featuredTags: { '@id': 'toot:featuredTags', '@type': '@id' },
  discoverable: 'toot:discoverable',
  indexable: 'toot:indexable',
  blurhash: 'toot:blurhash',
  focalPoint: { '@container': '@list', '@id': 'toot:focalPoint' },
  // Wrong by the letter (it should be https and without #), but what Mastodon wants.
  schema: 'http://schema.org#',
  PropertyValue: 'schema:PropertyValue',
  value: 'schema:value',
}

/** Of the DID context, which is not worth naming for one word (FEP-521a). */
const KEY_TERMS = { assertionMethod: { '@id': 'https://w3id.org/security#assertionMethod', '@type': '@id', '@container': '@set' } }

export const POST_CONTEXT: unknown[] = [AS2, TERMS]
export const ACTOR_CONTEXT: unknown[] = [AS2, SECURITY, MULTIKEY, { ...TERMS, ...KEY_TERMS }]

/** A document with its context in front. */
export function withContext<T extends object>(document: T, context: unknown = POST_CONTEXT): T & { '@context': unknown } {
  return { '@context': context, ...document }
}
