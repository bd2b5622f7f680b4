/** The `@context` of everything we send (federation.md section 1.5). Contexts are never fetched: keys are read by their names. */

export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
export const AS2 = 'https://www.w3.org/ns/activitystreams'
const SECURITY = 'https://w3id.org/security/v1'
const MULTIKEY = 'https://w3id.org/security/multikey/v1'
const DATA_INTEGRITY = 'https://w3id.org/security/data-integrity/v1'

const link = (id: string) => ({ '@id': id, '@type': '@id' })

const TERMS = {
  sensitive: 'as:sensitive',
  Hashtag: 'as:Hashtag',
  manuallyApprovesFollowers: 'as:manuallyApprovesFollowers',
  movedTo: link('as:movedTo'),
  alsoKnownAs: link('as:alsoKnownAs'),
  quoteUrl: 'as:quoteUrl',
  toot: 'http://joinmastodon.org/ns#',
  Emoji: 'toot:Emoji',
  featured: link('toot:featured'),
  featuredTags: link('toot:featuredTags'),
  discoverable: 'toot:discoverable',
  indexable: 'toot:indexable',
  blurhash: 'toot:blurhash',
  focalPoint: { '@container': '@list', '@id': 'toot:focalPoint' },
  votersCount: 'toot:votersCount',
  attributionDomains: link('toot:attributionDomains'),
  // Wrong by the letter (it should be https and without #), but what Mastodon wants.
  schema: 'http://schema.org#',
  PropertyValue: 'schema:PropertyValue',
  value: 'schema:value',
  ostatus: 'http://ostatus.org#',
  conversation: 'ostatus:conversation',
  webfinger: 'https://purl.archive.org/socialweb/webfinger#webfinger',
  misskey: 'https://misskey-hub.net/ns#',
  _misskey_quote: 'misskey:_misskey_quote',
  _misskey_reaction: 'misskey:_misskey_reaction',
  quoteUri: 'http://fedibird.com/ns#quoteUri',
  EmojiReact: 'http://litepub.social/ns#EmojiReact',
  gts: 'https://gotosocial.org/ns#',
  interactionPolicy: link('gts:interactionPolicy'),
  canQuote: link('gts:canQuote'),
  automaticApproval: link('gts:automaticApproval'),
  manualApproval: link('gts:manualApproval'),
  interactingObject: link('gts:interactingObject'),
  interactionTarget: link('gts:interactionTarget'),
  QuoteRequest: 'https://w3id.org/fep/044f#QuoteRequest',
  QuoteAuthorization: 'https://w3id.org/fep/044f#QuoteAuthorization',
  quote: link('https://w3id.org/fep/044f#quote'),
  quoteAuthorization: link('https://w3id.org/fep/044f#quoteAuthorization'),
}

/** Of the DID context, which is not worth naming for one word (FEP-521a). */
const KEY_TERMS = { assertionMethod: { '@id': 'https://w3id.org/security#assertionMethod', '@type': '@id', '@container': '@set' } }

export const POST_CONTEXT: unknown[] = [AS2, TERMS]
/** With the words of an integrity proof. */
export const PROVEN_CONTEXT: unknown[] = [AS2, DATA_INTEGRITY, TERMS]
export const ACTOR_CONTEXT: unknown[] = [AS2, SECURITY, MULTIKEY, { ...TERMS, ...KEY_TERMS }]
export const PROVEN_ACTOR_CONTEXT: unknown[] = [AS2, SECURITY, MULTIKEY, DATA_INTEGRITY, { ...TERMS, ...KEY_TERMS }]

/** A document with its context in front. */
export function withContext<T extends object>(document: T, context: unknown = POST_CONTEXT): T & { '@context': unknown } {
  return { '@context': context, ...document }
}
/** A document inside another: the outer one has the context. */
export function withoutContext(document: Record<string, unknown>): Record<string, unknown> {
  const { '@context': _context, ...rest } = document
  return rest
}
