import type { Readable } from 'node:stream'
import type { Dial } from './connector.ts'
import type { JsonLimits } from './json.ts'
import type { AddressMap } from './naming.ts'
import type { Lookup } from './resolver.ts'

/** Rule 25, in milliseconds. `total` and `stream` are wall-clock for all hops of one request, from leaving the queue to the last byte. */
export interface NetTimes {
  connect: number
  headers: number
  total: number
  stream: number
}

/**
 * Everything but `now`, `ownHosts` and `userAgent` as functions, `lookup` and `dial` is plain data and can be posted to a worker, which then makes its
 * own `Net` from it.
 */
export interface NetOptions {
  /** `--allow-private-network`: lifts scheme, private addresses, IP literals, dotless names and ports. All other rules stay. */
  allowPrivateNetwork: boolean
  /** A function where it may change: the origin is chosen while the program runs. */
  userAgent: string | (() => string)
  now: () => number
  /** Our own authorities (`ana.example`, `127.0.0.1:8080`), never fetched but by `self` requests. */
  ownHosts: readonly string[] | (() => readonly string[])
  /** Other ports than 443, host by host (`mo.example:8443`). Default: none. */
  ports?: readonly string[]
  /** Replaces c-ares and its cache. */
  lookup?: Lookup
  dial?: Dial
  /** Names answered and dialled elsewhere; wins over `lookup` and `dial`. See {@link AddressMap}. */
  map?: AddressMap
  /** PEM of the only certificate authorities to trust; default: Node's. */
  ca?: string
  /** Name servers (`address:port`); default: the system's. */
  dnsServers?: readonly string[]
  times?: Partial<NetTimes>
  /** Parallel requests; default 4 per host, 32 in all. */
  perHost?: number
  global?: number
}

/** What a signer gets for every hop. Its headers are sent as they are. */
export interface Signable {
  method: 'GET' | 'POST'
  url: string
  body?: Uint8Array
}

export type Sign = (request: Signable) => Record<string, string> | Promise<Record<string, string>>

export interface RequestOptions {
  headers?: Readonly<Record<string, string>>
  /** Called again for each hop with its own URL (rule 21). */
  sign?: Sign
  signal?: AbortSignal
  /** Milliseconds, instead of the room's `times.total` (or `times.stream`). */
  totalMs?: number
  /** The self-check: our own origin only, whatever address it has, and no redirects. */
  self?: boolean
}

export interface GetOptions extends RequestOptions {
  accept?: string
  /** Media types the answer may have, parameters included (see `activityTypes`); default: any. */
  types?: readonly string[]
  /** After decompression. Default 1 MiB. */
  maxBytes?: number
  /** How many redirects to follow, 5 at most. Default 3. */
  redirects?: number
}

export interface GetJsonOptions extends GetOptions {
  limits?: Omit<JsonLimits, 'maxBytes'>
}

export interface NetResponse {
  status: number
  /** The URL that answered, after redirects. */
  url: string
  /** Lower-case names; repeated fields joined with `, `. */
  headers: Record<string, string>
}

export interface PostOptions extends RequestOptions {
  body: Uint8Array | string
  /** More of the answer is not read. Default 64 KiB. */
  maxResponseBytes?: number
}

export interface Net {
  /**
   * Fetches and parses JSON; only 2xx of an accepted type. Signs, redirects and limits as told.
   * @throws {NetError} any code; `http-status` carries `status`, `headers` and `retryAfter`
   */
  getJson(url: string, options: GetJsonOptions): Promise<NetResponse & { json: unknown; contentType: string }>
  /** Fetches bytes. Any status is an answer; `types` is held against 2xx answers only. */
  get(url: string, options?: GetOptions): Promise<NetResponse & { body: Buffer }>
  /**
   * Opens a media download, unpacked never (`identity`). The stream ends with a {@link NetError} when it is over `maxBytes` or too slow;
   * destroy it if it is not wanted. Not 2xx is `http-status`.
   */
  stream(url: string, options: GetOptions & { maxBytes: number }): Promise<NetResponse & { body: Readable }>
  /**
   * Posts once, over a connection of its own. Any status is an answer; no redirect is followed but one 307 or 308 to the same origin,
   * signed anew. The body of the answer is thrown away.
   */
  post(url: string, options: PostOptions): Promise<NetResponse & { retryAfter: number | null }>
  /** After a wake or a network change: forgets names, resolvers and connections. What is under way fails as `aborted`, ours. */
  networkChanged(): void
  /** Ends everything under way and refuses what comes. */
  close(): Promise<void>
}
