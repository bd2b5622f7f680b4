import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { errorHandler, NOT_FOUND } from './errors.ts'
import type { Log } from '../domain/ports.ts'
import type { FastifyInstance } from 'fastify'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The listeners. Two of them are on 127.0.0.1 (design 2); the third, for the local network, is there only while the owner wants it. Traffic of the tunnel also comes from loopback, so the address of a peer never means
 * anything: what is reachable is decided by which listener a route is mounted on, and who asks by its token.
 */

export interface ListenerOptions {
  log: Log
  /** Something could not be written because the disk is full. */
  full: () => void
}

/** One client may hold a request open for so long: 99 MB over a line of 1 Mbit/s. */
const REQUEST_TIMEOUT_MS = 15 * 60_000
/** The head of a request has to be here by then, and the body that strangers send (rule 37). Apps of the owner's may upload as long as above. */
const HEAD_TIMEOUT_MS = 30_000
const BODY_TIMEOUT_MS = 10_000
/** How often Node looks for requests over their time. */
const LOOK_MS = 5_000
/** A connection is closed, politely, after so many requests; a tunnel opens another. */
const REQUESTS_PER_SOCKET = 5_000
/** Proxies and tunnels open dozens. More are somebody who holds them open. */
const CONNECTIONS = 1_024

interface Limits {
  keepAliveTimeout: number
  bodyLimit: number
  requestTimeout: number
  headersTimeout: number
  maxRequestsPerSocket?: number
}

function fastify(options: ListenerOptions, { headersTimeout, ...more }: Limits): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: false,
    exposeHeadRoutes: true,
    forceCloseConnections: true,
    http: { headersTimeout, maxHeaderSize: 16_384, connectionsCheckingInterval: Math.min(LOOK_MS, headersTimeout) },
    clientErrorHandler: refuseBytes,
    // Nothing of ours has long path parts; search terms travel in the query.
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false, caseSensitive: true },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // No route has a JSON schema: what would compile them (Ajv, fast-json-stringify) need not be loaded at every start.
    schemaController: { compilersFactory: { buildValidator: () => noSchema, buildSerializer: () => noSchema } },
    ...more,
  })
  app.setErrorHandler(errorHandler(options.log, options.full))
  // Absolute forms and doubled slashes mean different things to whoever stands in front of us (rule 51).
  app.addHook('onRequest', async (request, reply) => {
    const target = request.raw.url ?? ''
    if (!target.startsWith('/') || target.startsWith('//') || target.includes('\\')) {
      return reply.status(400).type('application/json; charset=utf-8').send({ error: 'The request could not be understood.' })
    }
  })
  return app
}

/**
 * What is no HTTP, or too slow to be. A socket that has not said a word yet is left alone, although Node counts its silence as a slow
 * request: localtunnel opens its ten as soon as it is connected, for whoever comes later.
 */
function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || socket.bytesRead === 0) return
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : status
  if (socket.writable) socket.write(`HTTP/1.1 ${late}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  socket.destroySoon()
}

const noSchema = (): never => {
  throw new Error('Routes of this program have no JSON schema')
}

/** What the tunnel exposes. Host must be the identity's (421), checked before anything else is read. */
export async function publicListener(
  options: ListenerOptions & {
    hosts: () => readonly string[]
    /** Answers to a request before its name is looked at: an address that is being checked is not ours yet. */
    beforehand?: (target: string, host: string) => object | null
    /** For tests: how long a stranger's request may take to come in, in milliseconds. */
    patienceMs?: number
  },
): Promise<FastifyInstance> {
  // localtunnel's server reuses an idle socket it was promised: Node's default of 5 s would close it under its hands (peers.md 3.2).
  const app = fastify(options, {
    keepAliveTimeout: 90_000,
    bodyLimit: 1024 * 1024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: options.patienceMs ?? HEAD_TIMEOUT_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET,
  })
  app.server.maxConnections = CONNECTIONS
  limitBodies(app, options.patienceMs ?? BODY_TIMEOUT_MS)
  app.addHook('onRequest', async (request, reply) => {
    const host = request.headers.host?.toLowerCase() ?? ''
    const early = options.beforehand?.(request.url, host)
    if (early) return reply.header('Cache-Control', 'no-store').type('application/json').send(early)
    if (!options.hosts().includes(host)) return reply.status(421).type('application/json').send({ error: 'Misdirected request' })
    reply.header('X-Content-Type-Options', 'nosniff')
    reply.header('Referrer-Policy', 'same-origin')
    if (!isForScripts(request.url)) return
    reply.header('Access-Control-Allow-Origin', '*')
    if (request.method === 'OPTIONS') {
      const headers = request.headers['access-control-request-headers']
      if (headers !== undefined) reply.header('Access-Control-Allow-Headers', headers)
      return reply.header('Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS').header('Access-Control-Max-Age', '86400').status(204).send()
    }
  })
  await app.register(websocket, { options: { maxPayload: 64 * 1024, handleProtocols } })
  app.setNotFoundHandler((_request, reply) => reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND))
  return app
}

/**
 * What the phones of the same home reach. Host must be an address of this machine (421): a name somebody made point here is none. Who is
 * not of this network gets no word.
 */
export async function lanListener(
  options: ListenerOptions & { hosts: () => readonly string[]; admits: (peer: string) => boolean },
): Promise<FastifyInstance> {
  const app = await publicListener(options)
  app.server.on('connection', (socket: Socket) => {
    if (!options.admits(socket.remoteAddress ?? '')) socket.destroy()
  })
  return app
}

/**
 * Documents that scripts of other sites may read, found or not (mastodon-api.md 2.3): without this their browser says "network error". The
 * client API speaks for its own paths.
 */
const isForScripts = (url: string): boolean => /^\/(?:\.well-known\/|nodeinfo\/|@|users\/|media\/)/.test(url)

/** The window's origin: UI, client API, owner API. Nothing but a page from this very address, or a program without an Origin, gets in. */
export async function ownerListener(options: ListenerOptions & { port: () => number }): Promise<FastifyInstance> {
  const app = fastify(options, {
    keepAliveTimeout: 30_000,
    bodyLimit: 2 * 1024 * 1024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEAD_TIMEOUT_MS,
  })
  app.addHook('onRequest', async (request, reply) => {
    const own = `127.0.0.1:${options.port()}`
    const { host, origin } = request.headers
    // DNS rebinding (rule 43): a page that made its name point here still says its own name.
    if (host !== own) return reply.status(403).type('application/json').send({ error: 'This address is not served here.' })
    if (origin !== undefined && origin !== `http://${own}`) {
      return reply.status(403).type('application/json').send({ error: 'Requests from other sites are not answered here.' })
    }
    reply.header('X-Content-Type-Options', 'nosniff')
    reply.header('X-Frame-Options', 'DENY')
    reply.header('Referrer-Policy', 'no-referrer')
    reply.header('Cross-Origin-Resource-Policy', 'same-origin')
  })
  await app.register(websocket, { options: { maxPayload: 64 * 1024, handleProtocols } })
  app.setNotFoundHandler((_request, reply) => reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND))
  return app
}

/** Bodies that are late soon, by their requests. */
const late = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/**
 * Strangers may not take their time: what they send is here within ten seconds, or not at all, whether anybody reads it or has answered
 * already. Otherwise a thousand of them that send a letter a minute keep everybody else out (rule 37).
 */
function limitBodies(app: FastifyInstance, patienceMs: number): void {
  app.addHook('onRequest', async ({ raw }) => {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers
    if (length === '0' && coding === undefined) return
    const timer = setTimeout(() => {
      if (!raw.complete) raw.destroy()
    }, patienceMs)
    late.set(raw, timer)
    raw.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
  })
}

/** Whoever sends this request has shown that they are the owner's: an upload may take as long as a slow line needs. */
export function letTakeTime(raw: IncomingMessage): void {
  clearTimeout(late.get(raw))
}

/** Browsers hand the token over as subprotocol and insist on getting it back (mastodon-api.md 2.8). */
function handleProtocols(protocols: Set<string>): string | false {
  const [first] = protocols
  return first ?? false
}
