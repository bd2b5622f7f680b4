import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure, createSecureContext, type SecureContext } from 'node:tls'
import type { buildConnector } from 'undici'
import { addressRefusal, nat64Target, sameAddress } from './address.ts'
import { asNetError, codeOf, isOwnFault, NetError } from './error.ts'
import type { Lookup, ResolvedAddress } from './resolver.ts'

/** Where to really connect for an address that has passed the policy. Lets tests put public-looking names on loopback ports. */
export type Dial = (target: { host: string; port: number; address: string }) => { address: string; port: number }

export interface ConnectorOptions {
  lookup: Lookup
  dial?: Dial
  /** Milliseconds for name, TCP and TLS together. */
  connectTimeout: number
  /** Whether any address may be connected to (`--allow-private-network`, or our own origin in the self-check). */
  anyAddress: boolean
  secureContext: () => SecureContext
}

/** The connect function of undici's clients, and the same for who speaks over the socket by hand. */
export interface Connector {
  readonly forClients: buildConnector.connector
  /** @throws {NetError} as the connect function */
  open(url: URL): Promise<Socket>
}

/** One TLS context for all connections: building one per connection reads the whole root store again. */
export function sharedSecureContext(ca?: string): () => SecureContext {
  let context: SecureContext | undefined
  return () => (context ??= createSecureContext({ minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) }))
}

/**
 * Opens sockets by rule 20: the name is looked up once, every answer must be allowed, the connection goes to that very address and is
 * compared with it once it stands; the name stays in SNI and certificate check. HTTP/1.1 only, no session cache, no proxy variables.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const connect = (to: { hostname: string; protocol: string; port: string }): Promise<Socket> => {
    const host = to.hostname.replace(/^\[|\]$/g, '')
    const secure = to.protocol === 'https:'
    return open(host, Number(to.port) || (secure ? 443 : 80), secure, options)
  }
  return {
    forClients: (request, callback) => {
      connect(request).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(asNetError(error, `${request.protocol}//${request.host ?? request.hostname}/`), null),
      )
    },
    async open(url) {
      try {
        return await connect(url)
      } catch (error) {
        throw asNetError(error, url.href)
      }
    },
  }
}

async function open(host: string, port: number, secure: boolean, options: ConnectorOptions): Promise<Socket> {
  const limit = new AbortController()
  const late = (): void => limit.abort(new NetError('timeout', `Connecting to ${host} took longer than ${options.connectTimeout} ms`))
  const timer = setTimeout(late, options.connectTimeout)
  try {
    const addresses = vet(host, await beforeAbort(resolve(host, options.lookup), limit.signal), options.anyAddress)
    const failures: NetError[] = []
    for (const { address } of addresses.slice(0, 4)) {
      try {
        return await dialOne({ host, port, address }, secure, options, limit.signal)
      } catch (error) {
        const failure = asNetError(error, host)
        if (failure.code !== 'connect') throw failure
        failures.push(failure)
      }
    }
    throw blame(addresses, failures)
  } finally {
    clearTimeout(timer)
  }
}

function resolve(host: string, lookup: Lookup): Promise<ResolvedAddress[]> {
  const family = isIP(host)
  return family === 0 ? lookup(host) : Promise.resolve([{ address: host, family: family as 4 | 6 }])
}

/** All answers must be allowed: one private address among public ones is how a rebinding name looks. IPv4 goes first. */
function vet(host: string, answers: readonly ResolvedAddress[], anyAddress: boolean): ResolvedAddress[] {
  const real = answers.filter(({ address, family }) => family === 4 || !answers.some((other) => other.address === nat64Target(address)))
  if (real.length === 0) throw new NetError('dns', `The name ${host} has no address`)
  for (const { address } of real) {
    const reason = anyAddress ? null : addressRefusal(address)
    if (reason !== null) throw new NetError('refused-address', `The name ${host} leads to an address that is not public (${reason})`)
  }
  return real.toSorted((one, other) => one.family - other.family)
}

function dialOne(
  target: { host: string; port: number; address: string },
  secure: boolean,
  options: ConnectorOptions,
  limit: AbortSignal,
): Promise<Socket> {
  const { address, port } = options.dial?.(target) ?? target
  const servername = isIP(target.host) === 0 ? target.host : ''
  return new Promise((resolve, reject) => {
    const common = { host: address, port, autoSelectFamily: false } as const
    const socket = secure
      ? connectSecure({
          ...common,
          servername,
          secureContext: options.secureContext(),
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: true,
        })
      : connectPlain(common)
    let connected = false
    const settle = (): void => {
      limit.removeEventListener('abort', onLimit)
      socket.off('connect', onConnect).off('error', onError).off('close', onClose)
      // undici adds its listener a moment later; an error in between must not be unhandled.
      socket.on('error', () => undefined)
    }
    const fail = (error: unknown): void => {
      settle()
      socket.destroy()
      reject(error)
    }
    const onLimit = (): void => fail(limit.reason)
    const onClose = (): void => fail(new NetError('connect', `${target.host} closed the connection`))
    const onConnect = (): void => {
      connected = true
      // A socket that was reset already has no address; its error is on the way.
      if (socket.remoteAddress === undefined) return
      if (!isPinned(socket.remoteAddress, address)) fail(new NetError('refused-address', `The connection to ${target.host} went elsewhere`))
      else if (!secure) ready()
    }
    const onError = (error: Error): void => {
      const code = codeOf(error)
      const facts = { cause: error, ours: isOwnFault(code) }
      if (connected && secure && code !== 'ECONNRESET')
        fail(new NetError('tls', `No secure connection to ${target.host} (${code ?? error.message})`, facts))
      else fail(new NetError('connect', `No connection to ${target.host} (${code ?? 'unknown'})`, facts))
    }
    const ready = (): void => {
      if (!isPinned(socket.remoteAddress, address)) return fail(new NetError('connect', `${target.host} closed the connection`))
      settle()
      resolve(socket)
    }
    limit.addEventListener('abort', onLimit, { once: true })
    socket.setNoDelay(true)
    socket.once('connect', onConnect).once('error', onError).once('close', onClose)
    if (secure) socket.once('secureConnect', ready)
    if (limit.aborted) onLimit()
  })
}

/** Whether a socket stands where it was sent (rule 20, the second look). */
export function isPinned(remoteAddress: string | undefined, expected: string): boolean {
  return remoteAddress !== undefined && sameAddress(remoteAddress, expected)
}

/** "Network unreachable" is ours only if an IPv4 address was among those tried: a host with IPv6 alone may never be reachable from here. */
function blame(addresses: readonly ResolvedAddress[], failures: readonly NetError[]): NetError {
  const last = failures.at(-1)!
  const ours = failures.every((failure) => failure.ours) && addresses.some(({ family }) => family === 4)
  return ours === last.ours ? last : new NetError('connect', last.message, { cause: last.cause, ours })
}

async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const expire = (): void => reject(signal.reason)
  signal.addEventListener('abort', expire, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', expire)
  }
}
