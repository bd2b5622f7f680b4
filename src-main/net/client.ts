import { pipeline, type Readable } from 'node:stream'
import type { Agent, Dispatcher } from 'undici'
import { flatten, lowerCase, refused, retryAfterOf, statusError, type Answer } from './answer.ts'
import { capped, readBody } from './body.ts'
import { createConnector, sharedSecureContext, type Connector, type Dial } from './connector.ts'
import type { GetOptions, Net, NetOptions, NetResponse, NetTimes, PostOptions, RequestOptions, Sign, Signable } from './contract.ts'
import { asNetError, codeOf, NetError } from './error.ts'
import { createGate } from './gate.ts'
import { parseJson } from './json.ts'
import { allowedLocation } from './location.ts'
import { matchesType } from './media-type.ts'
import { createMap, ownNames } from './naming.ts'
import { createOperations, type Operation } from './operation.ts'
import { postOver, type Posted } from './posting.ts'
import { createResolver } from './resolver.ts'

const defaultTimes: NetTimes = { connect: 5_000, headers: 10_000, total: 15_000, stream: 30_000 }
const mebibyte = 1_048_576
/** Made for one request: never carried along a redirect, the signer makes new ones. */
const signedHeaders = ['signature', 'signature-input', 'digest', 'content-digest', 'date', 'host']
/** Meant for one host: never sent to another. */
const secretHeaders = ['authorization', 'cookie', 'proxy-authorization']

/** Why a single connection ends, made once: an error with its stack for every delivery costs a fifth of the time. */
const finished = new NetError('aborted', 'The exchange is over')

interface Plan {
  url: URL
  headers: Record<string, string>
  given: RequestOptions
}

/** The guarded way out (design decision 10, federation.md 5.2). One per thread. */
export function createNet(options: NetOptions): Net {
  const times = { ...defaultTimes, ...options.times }
  const resolver = createResolver({ now: options.now, timeout: Math.min(2_500, times.connect), servers: options.dnsServers })
  const map = createMap(options.map ?? {})
  const lookup = ownNames({ map, allowPrivateNetwork: options.allowPrivateNetwork, lookup: options.lookup ?? resolver.lookup })
  const dial: Dial = (target) => map.dial(target) ?? options.dial?.(target) ?? target
  const gate = createGate({ perHost: options.perHost ?? 4, global: options.global ?? 32, waiting: 10_000 })
  const operations = createOperations(times.headers)
  const secureContext = sharedSecureContext(options.ca)
  const connector = (anyAddress: boolean): Connector =>
    createConnector({ lookup, dial, connectTimeout: times.connect, anyAddress, secureContext })
  const guarded = connector(options.allowPrivateNetwork)
  const toOurselves = connector(true)
  // undici's time limits count between chunks; ours are wall-clock (rule 25), so its own are off.
  const clientOptions = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: 16_384 }
  // Loaded when something is first fetched: a sending thread never needs it, and a start is a tenth of a second shorter.
  const client = () => import('undici')
  const makeAgent = async (): Promise<Agent> =>
    new (await client()).Agent({ ...clientOptions, connect: guarded.forClients, keepAliveTimeout: 4_000, keepAliveMaxTimeout: 10_000 })
  const ports = (options.ports ?? []).map((authority) => authority.toLowerCase())
  let agent: Promise<Agent> | null = null
  const forget = (reason: NetError): void => {
    agent?.then((old) => old.destroy(reason)).catch(() => undefined)
    agent = null
  }
  let closed = false

  const userAgent = (): string => (typeof options.userAgent === 'function' ? options.userAgent() : options.userAgent)

  const location = (text: string, self: boolean): URL => {
    const own = (typeof options.ownHosts === 'function' ? options.ownHosts() : options.ownHosts).map((host) => host.toLowerCase())
    if (!self) return allowedLocation(text, { allowPrivateNetwork: options.allowPrivateNetwork, ownHosts: own, ports })
    const url = allowedLocation(text, { allowPrivateNetwork: true, ownHosts: [] })
    if (!own.includes(url.host)) throw new NetError('refused-url', 'A self-check goes to our own origin only', { url: text })
    return url
  }

  /** One hop: a place in the queue, a fresh signature, headers back. */
  const ask = async (plan: Plan, operation: Operation): Promise<Answer> => {
    const { url, given } = plan
    const { Client } = await client()
    const leave = await gate.enter(url.host, operation.signal)
    operation.startClock()
    const headersHere = operation.awaitHeaders()
    // The self-check goes once in a while: a connection of its own, closed after use.
    const single = given.self === true ? new Client(url.origin, { ...clientOptions, connect: toOurselves.forClients, pipelining: 0 }) : null
    const release = (): void => {
      headersHere()
      single?.destroy(finished).catch(() => undefined)
      leave()
    }
    try {
      const signed = given.sign ? await signHop(given.sign, { method: 'GET', url: url.href }) : {}
      const request: Dispatcher.RequestOptions = {
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { ...plan.headers, ...signed, host: url.host },
        signal: operation.signal,
      }
      const response = await (single ? single.request(request) : askAgain(request, operation))
      headersHere()
      response.body.on('error', () => undefined)
      return { status: response.statusCode, url: url.href, headers: flatten(response.headers), body: response.body, release }
    } catch (error) {
      release()
      throw operation.signal.aborted ? operation.reason() : asNetError(error, url.href)
    }
  }

  /** The peer may close a kept connection the moment we use it; a GET is then asked again, once, on another. */
  const askAgain = async (request: Dispatcher.RequestOptions, operation: Operation): Promise<Dispatcher.ResponseData> => {
    const kept = await (agent ??= makeAgent())
    try {
      return await kept.request(request)
    } catch (error) {
      if (operation.signal.aborted || !['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')) throw error
      return kept.request(request)
    }
  }

  /** One delivery over a connection of its own: a place in the queue, a fresh signature, the head of the answer. */
  const deliver = async (plan: Plan, body: Uint8Array, operation: Operation): Promise<Posted & { url: string }> => {
    const { url, given } = plan
    const leave = await gate.enter(url.host, operation.signal)
    operation.startClock()
    const headersHere = operation.awaitHeaders()
    try {
      const signed = given.sign ? await signHop(given.sign, { method: 'POST', url: url.href, body }) : {}
      const socket = await (given.self === true ? toOurselves : guarded).open(url)
      const maxResponseBytes = (given as PostOptions).maxResponseBytes ?? 65_536
      const posted = await postOver(socket, {
        url,
        headers: { ...plan.headers, ...signed },
        body,
        maxResponseBytes,
        answered: headersHere,
        signal: operation.signal,
      })
      return { ...posted, url: url.href }
    } catch (error) {
      throw operation.signal.aborted ? operation.reason() : asNetError(error, url.href)
    } finally {
      headersHere()
      leave()
    }
  }

  /** Asks, and follows redirects by rule 21: each judged like a first URL, never down from https, never in circles. */
  const fetchAnswer = async (first: Plan, redirects: number, operation: Operation): Promise<Answer> => {
    const seen = new Set<string>()
    let plan = first
    for (let left = redirects; ; left--) {
      seen.add(plan.url.href)
      const answer = await ask(plan, operation)
      if (![301, 302, 303, 307, 308].includes(answer.status)) return answer
      const refuse = (why: string): NetError =>
        refused(answer, new NetError('redirect', `The redirect is not followed: ${why}`, { url: answer.url }))
      const target = answer.headers['location']
      if (left === 0) throw refuse('too many')
      if (target === undefined) throw refuse('no location')
      const next = URL.parse(target, plan.url)
      if (next === null) throw refuse('not a URL')
      if (plan.url.protocol === 'https:' && next.protocol !== 'https:') throw refuse('from https to something else')
      answer.body.destroy()
      answer.release()
      const url = location(next.href, false)
      if (seen.has(url.href)) throw refuse('back to where it was')
      plan = { ...plan, url, headers: carriedHeaders(plan.headers, url.host === plan.url.host) }
    }
  }

  const get = (text: string, given: GetOptions, encoding: string, operation: Operation): Promise<Answer> => {
    const plan: Plan = {
      url: location(text, given.self === true),
      headers: {
        ...lowerCase(given.headers ?? {}),
        'user-agent': userAgent(),
        accept: given.accept ?? '*/*',
        'accept-encoding': encoding,
      },
      given,
    }
    return fetchAnswer(plan, given.self === true ? 0 : Math.min(given.redirects ?? 3, 5), operation)
  }

  const begin = (text: string, given: RequestOptions, totalMs: number): Operation => {
    if (closed) throw new NetError('aborted', 'The network room is closed')
    return operations.begin(text, given.totalMs ?? totalMs, given.signal)
  }

  const timed = async <T>(text: string, given: RequestOptions, work: (operation: Operation) => Promise<T>): Promise<T> => {
    const operation = begin(text, given, times.total)
    try {
      return await work(operation)
    } catch (error) {
      throw operation.signal.aborted ? operation.reason() : asNetError(error, text)
    } finally {
      operation.end()
    }
  }

  const readWhole = async (answer: Answer, given: GetOptions, operation: Operation): Promise<NetResponse & { body: Buffer }> => {
    const maxBytes = given.maxBytes ?? mebibyte
    expectLength(answer, maxBytes)
    const abort = (): void => void answer.body.destroy(operation.reason())
    operation.signal.addEventListener('abort', abort, { once: true })
    try {
      const body = await readBody(answer.body, answer.headers['content-encoding'], maxBytes)
      return { status: answer.status, url: answer.url, headers: answer.headers, body }
    } finally {
      operation.signal.removeEventListener('abort', abort)
      answer.release()
    }
  }

  const expectSuccess = (answer: Answer): void => {
    if (answer.status < 200 || answer.status > 299) throw refused(answer, statusError(answer, options.now()))
  }

  return {
    getJson: (text, given) =>
      timed(text, given, async (operation) => {
        const answer = await get(text, given, 'gzip, br', operation)
        expectSuccess(answer)
        expectType(answer, given.types)
        const { body, ...rest } = await readWhole(answer, given, operation)
        const json = parseJson(body, { ...given.limits, maxBytes: given.maxBytes ?? mebibyte })
        return { ...rest, json, contentType: rest.headers['content-type'] ?? '' }
      }),

    get: (text, given = {}) =>
      timed(text, given, async (operation) => {
        const answer = await get(text, given, 'gzip, br', operation)
        if (answer.status < 300) expectType(answer, given.types)
        return readWhole(answer, given, operation)
      }),

    stream: async (text, given) => {
      const operation = begin(text, given, times.stream)
      try {
        const answer = await get(text, given, 'identity', operation)
        expectSuccess(answer)
        expectType(answer, given.types)
        expectLength(answer, given.maxBytes)
        const encoding = answer.headers['content-encoding']?.toLowerCase() ?? 'identity'
        if (encoding !== 'identity')
          throw refused(answer, new NetError('encoding', 'The media is compressed although it was asked for plain', { url: answer.url }))
        const limit = capped(given.maxBytes).stream
        const abort = (): void => void limit.destroy(operation.reason())
        operation.signal.addEventListener('abort', abort, { once: true })
        const body = pipeline([answer.body, limit], () => {
          operation.signal.removeEventListener('abort', abort)
          operation.end()
          answer.release()
        }) as unknown as Readable
        return { status: answer.status, url: answer.url, headers: answer.headers, body }
      } catch (error) {
        operation.end()
        throw operation.signal.aborted ? operation.reason() : asNetError(error, text)
      }
    },

    post: (text, given) =>
      timed(text, given, async (operation) => {
        const body = typeof given.body === 'string' ? Buffer.from(given.body, 'utf8') : given.body
        const headers = { ...lowerCase(given.headers ?? {}), 'user-agent': userAgent(), 'accept-encoding': 'identity' }
        const plan: Plan = { url: location(text, given.self === true), headers, given }
        let answer = await deliver(plan, body, operation)
        const target = answer.headers['location'] === undefined ? null : URL.parse(answer.headers['location'], plan.url)
        if ((answer.status === 307 || answer.status === 308) && target?.origin === plan.url.origin && target.href !== plan.url.href) {
          answer = await deliver(
            { ...plan, url: location(target.href, given.self === true), headers: carriedHeaders(headers, true) },
            body,
            operation,
          )
        }
        return { status: answer.status, url: answer.url, headers: answer.headers, retryAfter: retryAfterOf(answer.headers, options.now()) }
      }),

    networkChanged() {
      const reason = new NetError('aborted', 'The network changed')
      operations.abortAll(reason)
      resolver.renew()
      forget(reason)
    },

    async close() {
      closed = true
      const reason = new NetError('aborted', 'The network room is closed')
      operations.abortAll(reason)
      resolver.renew()
      const last = await agent
      forget(reason)
      await last?.destroy(reason)
    },
  }
}

function expectType(answer: Answer, types: readonly string[] | undefined): void {
  if (types === undefined || matchesType(answer.headers['content-type'], types)) return
  throw refused(
    answer,
    new NetError('type', `The answer is of another type (${answer.headers['content-type'] ?? 'none'})`, { url: answer.url }),
  )
}

function expectLength(answer: Answer, maxBytes: number): void {
  if (Number(answer.headers['content-length'] ?? 0) <= maxBytes) return
  throw refused(answer, new NetError('too-large', `The answer is larger than ${maxBytes} bytes`, { url: answer.url }))
}

async function signHop(sign: Sign, hop: Signable): Promise<Record<string, string>> {
  try {
    return lowerCase(await sign(hop))
  } catch (error) {
    throw new NetError('signing', 'The request could not be signed', { url: hop.url, cause: error, ours: true })
  }
}

/** What a redirected request keeps of its headers. */
function carriedHeaders(headers: Record<string, string>, sameHost: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !signedHeaders.includes(name) && (sameHost || !secretHeaders.includes(name))),
  )
}
