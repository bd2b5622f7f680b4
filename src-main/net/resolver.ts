import { Resolver } from 'node:dns/promises'
import { codeOf, NetError } from './error.ts'

export interface ResolvedAddress {
  address: string
  family: 4 | 6
  /** Seconds. */
  ttl?: number
}

/** All addresses of a host name. Rejects with a {@link NetError} `dns` when there are none. */
export type Lookup = (host: string) => Promise<ResolvedAddress[]>

export interface NameResolver {
  lookup: Lookup
  /** Forgets every answer and asks the resolvers the system names now; running queries fail as ours. */
  renew(): void
}

export interface ResolverOptions {
  now: () => number
  /** Milliseconds for one try; two tries are made. */
  timeout: number
  /** `address` or `address:port`; default: the system's. */
  servers?: readonly string[]
}

const shortestTtl = 10
const longestTtl = 600
const failureTtl = 10
const cacheSize = 5000

/** c-ares says so when our network or resolver does not answer: nobody else is to blame. */
const ownDnsErrors = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EDESTRUCTION', 'ELOADIPHLPAPI', 'ENOTINITIALIZED', 'EFILE'])

/**
 * Names through c-ares (A and AAAA together), which neither reads `/etc/hosts` nor occupies the thread pool as `dns.lookup` does.
 * Answers are kept for their TTL (10 s to 10 min), failures for 10 s; a name asked for twice at once is asked for once.
 */
export function createResolver(options: ResolverOptions): NameResolver {
  const make = (): Resolver => {
    const made = new Resolver({ timeout: options.timeout, tries: 2 })
    if (options.servers) made.setServers([...options.servers])
    return made
  }
  let resolver = make()
  let cache = new Map<string, { answer: Promise<ResolvedAddress[]>; until: number }>()

  const ask = async (host: string): Promise<ResolvedAddress[]> => {
    const [a, aaaa] = await Promise.allSettled([resolver.resolve4(host, { ttl: true }), resolver.resolve6(host, { ttl: true })])
    const found: ResolvedAddress[] = []
    if (a.status === 'fulfilled') for (const { address, ttl } of a.value) found.push({ address, ttl, family: 4 })
    if (aaaa.status === 'fulfilled') for (const { address, ttl } of aaaa.value) found.push({ address, ttl, family: 6 })
    if (found.length > 0) return found
    const codes = [a, aaaa].map((result) => (result.status === 'rejected' ? codeOf(result.reason) : undefined))
    const known = codes.some((code) => code === 'ENOTFOUND' || code === 'ENODATA')
    const own = !known && codes.every((code) => code !== undefined && ownDnsErrors.has(code))
    throw new NetError('dns', `The name ${host} has no address (${codes.find(Boolean) ?? 'empty'})`, { ours: own })
  }

  return {
    lookup(host) {
      const earlier = cache.get(host)
      if (earlier && earlier.until > options.now()) return earlier.answer
      const mine = cache
      const answer = ask(host)
      // Until the answer is here, everybody who asks waits for the same one.
      const entry = { answer, until: Infinity }
      cache.delete(host)
      cache.set(host, entry)
      if (cache.size > cacheSize) cache.delete(cache.keys().next().value!)
      answer.then(
        (addresses) => {
          const ttl = Math.min(...addresses.map((item) => item.ttl ?? shortestTtl))
          entry.until = options.now() + Math.min(Math.max(ttl, shortestTtl), longestTtl) * 1000
        },
        (error: NetError) => {
          if (error.ours && mine.get(host) === entry) mine.delete(host)
          else entry.until = options.now() + failureTtl * 1000
        },
      )
      return answer
    },
    renew() {
      const old = resolver
      resolver = make()
      cache = new Map()
      old.cancel()
    },
  }
}
