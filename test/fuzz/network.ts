import { allowedLocation } from '../../src-main/net/location.ts'
import { NetError, parseJson, type Net } from '../../src-main/net/index.ts'
import { chanceOf, hash, type Chance } from './chance.ts'
import { address, junk, mutate, note, object } from './words.ts'

/** A network without sockets: what is asked for is judged as the real one judges it, what is answered is made from the address and the seed. */
export interface FuzzedNetwork {
  readonly net: Net
  /** Requests that got through the policy since the last `reset`. */
  readonly requests: number
  /** Addresses that were asked for since, refused ones among them. */
  readonly asked: readonly string[]
  reset(): void
  /** What is served at an address, whatever the seed would have made of it. */
  serve(url: string, document: () => object): void
  unserve(url: string): void
}

const HEADERS = { 'content-type': 'application/activity+json' }

export function fuzzedNetwork(seed: number, golden: readonly object[]): FuzzedNetwork {
  const served = new Map<string, () => object>()
  let requests = 0
  let asked: string[] = []

  function pass(url: string): string {
    asked.push(url)
    const { href } = allowedLocation(url, { allowPrivateNetwork: false, ownHosts: ['ana.example'] })
    requests++
    return href
  }

  function answer(url: string): { url: string; json: unknown } {
    const known = served.get(url)
    if (known) return { url, json: known() }
    const chance = chanceOf(hash(url, seed))
    const kind = chance.number(20)
    if (kind < 4)
      throw new NetError('http-status', 'The answer is not 2xx', { status: chance.pick([404, 410, 401, 403, 400, 418]), url, headers: {} })
    if (kind === 4) throw new NetError('http-status', 'The answer is 5xx', { status: 503, retryable: true, url, headers: {} })
    if (kind === 5) throw new NetError(chance.pick(['connect', 'timeout', 'tls', 'dns'] as const), 'It cannot be reached', { url })
    if (kind === 6)
      throw new NetError(chance.pick(['type', 'json', 'too-large', 'redirect', 'encoding'] as const), 'It cannot be read', { url })
    const document = made(chance, url, kind)
    return { url: chance.likely(0.05) ? address(chance) : url, json: parseJson(Buffer.from(JSON.stringify(document))) }
  }

  function made(chance: Chance, url: string, kind: number): unknown {
    const origin = URL.parse(url)?.origin ?? 'https://mo.example'
    if (url.includes('/.well-known/webfinger')) {
      return mutate(
        chance,
        {
          subject: decodeURIComponent(url.split('resource=')[1] ?? ''),
          links: [{ rel: 'self', type: HEADERS['content-type'], href: chance.likely(0.7) ? `${origin}/users/x` : address(chance) }],
        },
        chance.number(2),
      )
    }
    if (url.includes('/c/') || kind === 7) {
      const items = Array.from({ length: chance.number(30) }, () =>
        chance.likely(0.5) ? address(chance) : note(chance, `${origin}/users/x`),
      )
      const next = chance.likely(0.7) ? `${origin}/c/${chance.number(50)}?page=${chance.number(9)}` : address(chance)
      return mutate(
        chance,
        {
          id: url,
          type: chance.pick(['OrderedCollection', 'OrderedCollectionPage', 'CollectionPage', 'Collection']),
          first: chance.likely(0.5) ? next : { type: 'CollectionPage', items, next },
          next,
          orderedItems: items,
        },
        chance.number(3),
      )
    }
    if (kind === 8) return junk(chance)
    if (kind === 9) return object(chance)
    if (kind < 12 && golden.length > 0) return mutate(chance, { ...chance.pick(golden), id: url }, chance.number(3))
    if (kind < 14)
      return mutate(
        chance,
        {
          id: url,
          type: 'QuoteAuthorization',
          attributedTo: `${origin}/users/x`,
          interactingObject: address(chance),
          interactionTarget: address(chance),
        },
        chance.number(3),
      )
    return mutate(chance, note(chance, `${origin}/users/x`, url), chance.number(3))
  }

  const net: Net = {
    async getJson(url) {
      const found = answer(pass(url))
      return { status: 200, url: found.url, headers: HEADERS, contentType: HEADERS['content-type'], json: found.json }
    },
    async get(url) {
      return { status: 404, url: pass(url), headers: {}, body: Buffer.alloc(0) }
    },
    async stream(url) {
      throw new NetError('http-status', 'The answer is 404', { status: 404, url: pass(url), headers: {} })
    },
    async post(url) {
      return { status: 202, url: pass(url), headers: {}, retryAfter: null }
    },
    networkChanged: () => undefined,
    close: () => Promise.resolve(),
  }
  return {
    net,
    get requests() {
      return requests
    },
    get asked() {
      return asked
    },
    reset() {
      requests = 0
      asked = []
    },
    serve: (url, document) => void served.set(url, document),
    unserve: (url) => void served.delete(url),
  }
}
