import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { createServer as createPlainServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { makeEvilActor, type EvilActor, type Keys } from './actor.ts'
import { certificate } from './authority.ts'

/**
 * Everybody else on the network, well-behaved or not, behind one TLS server on loopback: it answers for every name of the test
 * certificate, serves whatever an attack wants served, and counts what it is asked. Its answers for `ana.example` are those of the
 * instance under attack, so that this instance finds itself reachable.
 */

/** Answers one request. */
export type Handler = (request: IncomingMessage & { path: string }, response: ServerResponse) => void

export interface Asked {
  host: string
  method: string
  path: string
  headers: IncomingMessage['headers']
  at: number
}

export interface EvilHost {
  readonly name: string
  readonly origin: string
  /** Serves JSON, or whatever the function does, on a path (query included). Null: 404. */
  serve(path: string, document: object | string | Handler | null, type?: string): void
  /** Every path that nothing else is served on. */
  serveRest(handler: Handler): void
  /** WebFinger: where `name@host` leads. Honest for every actor unless told otherwise. */
  finger(acct: string, answer: { subject: string; self: string } | null): void
  /** An actor with a document of its own; `change` is laid over it. */
  actor(name: string, change?: Record<string, unknown>, keys?: Keys): EvilActor
  /** How often a path (any, if not given) was asked for by GET. */
  count(path?: string): number
  /** What somebody posted to any inbox here, oldest first. */
  readonly received: { path: string; activity: Record<string, unknown>; headers: IncomingMessage['headers'] }[]
}

export interface EvilPeer {
  /** Where all names are dialled. */
  readonly port: number
  /** For `BURROW_NET_MAP`. */
  readonly netMap: Record<string, string>
  /** A port on 127.0.0.1 that nobody may be made to connect to, and how often somebody has. */
  readonly inside: { port: number; connections(): number }
  host(name: string): EvilHost
  /** Requests of the instance under attack to others, oldest first; those it makes to itself are left out. */
  readonly asked: Asked[]
  /** Paths the instance under attack asked of itself through its public address, the self-check's among them. */
  readonly ofItself: string[]
  /** Connections that spoke no TLS, which an https-only client never opens. */
  plain(): number
  /** Requests that are being answered now, `held` ones left out. */
  readonly busy: number
  /** A handler that leaves its answer open says so, or nothing would ever be quiet again. */
  hold(response: ServerResponse): void
  /** Where `ana.example` is. */
  proxyTo(port: number): void
  close(): Promise<void>
}

const KEY_COUNT = 3

function newKeys(): Keys {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privateKey: createPrivateKey(pair.privateKey) as KeyObject, publicPem: pair.publicKey }
}

const JSON_TYPE = 'application/activity+json'

export async function startEvilPeer(home = 'ana.example'): Promise<EvilPeer> {
  const keys = Array.from({ length: KEY_COUNT }, newKeys)
  const hosts = new Map<string, EvilHost & { handle: Handler }>()
  const asked: Asked[] = []
  const ofItself: string[] = []
  const held = new WeakSet<ServerResponse>()
  let proxied = 0
  let busy = 0
  let plain = 0

  function makeHost(name: string): EvilHost & { handle: Handler } {
    const origin = `https://${name}`
    const served = new Map<string, Handler>()
    const fingers = new Map<string, { subject: string; self: string } | null>()
    const received: EvilHost['received'] = []
    let rest: Handler | null = null
    const json =
      (document: object | string, type: string): Handler =>
      (_request, response) =>
        void response.writeHead(200, { 'content-type': type }).end(typeof document === 'string' ? document : JSON.stringify(document))

    const made: EvilHost & { handle: Handler } = {
      name,
      origin,
      received,
      serve(path, document, type = JSON_TYPE) {
        if (document === null) served.delete(path)
        else served.set(path, typeof document === 'function' ? (document as Handler) : json(document, type))
      },
      serveRest: (handler) => void (rest = handler),
      finger: (acct, answer) => void fingers.set(acct.toLowerCase(), answer),
      actor(username, change = {}, given) {
        const actor = makeEvilActor(origin, username, change, given ?? (keys[(username.length + name.length) % KEY_COUNT] as Keys))
        served.set(`/users/${username}`, (request, response) => json(actor.document, JSON_TYPE)(request, response))
        const acct = `${username}@${name}`.toLowerCase()
        if (!fingers.has(acct)) fingers.set(acct, { subject: `acct:${username}@${name}`, self: actor.id })
        return actor
      },
      count: (path) => asked.filter((one) => one.host === name && one.method === 'GET' && (path === undefined || one.path === path)).length,
      handle(request, response) {
        if (request.method === 'POST' && !served.has(`POST ${request.path}`)) return takePost(request, response)
        const handler = served.get(request.method === 'POST' ? `POST ${request.path}` : request.path)
        if (handler) return handler(request, response)
        const url = new URL(request.path, origin)
        if (url.pathname === '/.well-known/webfinger') {
          const acct = (url.searchParams.get('resource') ?? '').replace(/^acct:/, '').toLowerCase()
          const found = fingers.get(acct)
          if (found) {
            const links = [{ rel: 'self', type: JSON_TYPE, href: found.self }]
            return json({ subject: found.subject, links }, 'application/jrd+json')(request, response)
          }
        }
        if (rest) return rest(request, response)
        response.writeHead(404).end()
      },
    }
    function takePost(request: IncomingMessage & { path: string }, response: ServerResponse): void {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const activity = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
        received.push({ path: request.path, activity, headers: request.headers })
        response.writeHead(202).end()
      })
    }
    return made
  }

  function host(name: string): EvilHost & { handle: Handler } {
    const known = hosts.get(name)
    if (known) return known
    const made = makeHost(name)
    hosts.set(name, made)
    return made
  }

  const server = createServer(certificate, (incoming, response) => {
    const request = Object.assign(incoming, { path: incoming.url ?? '/' })
    const name = incoming.headers.host ?? ''
    if (name === home) {
      ofItself.push(request.path)
      return passOn(incoming, response)
    }
    asked.push({ host: name, method: incoming.method ?? '', path: request.path, headers: incoming.headers, at: Date.now() })
    busy++
    let counted = true
    const over = (): void => {
      if (counted) busy--
      counted = false
    }
    response.on('close', over)
    try {
      host(name).handle(request, response)
    } catch (error) {
      response.destroy(error as Error)
    }
    if (held.has(response)) over()
  })
  // A handshake that is broken off is none: only bytes that are no TLS are.
  server.on('tlsClientError', (error: Error & { code?: string }) => {
    if (error.code === 'ERR_SSL_HTTP_REQUEST' || error.code === 'ERR_SSL_WRONG_VERSION_NUMBER') plain++
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = (server.address() as AddressInfo).port

  function passOn(incoming: IncomingMessage, response: ServerResponse): void {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port: proxied, method: incoming.method, path: incoming.url, headers: incoming.headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  }

  let connections = 0
  const insideSockets = new Set<Socket>()
  const inside = createPlainServer((socket) => {
    connections++
    insideSockets.add(socket)
    socket.on('error', () => undefined).on('close', () => insideSockets.delete(socket))
    socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\ncontent-length: 2\r\n\r\n{}')
  })
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))

  return {
    port,
    netMap: { '*.example': `127.0.0.1:${port}`, '*.test': `127.0.0.1:${port}` },
    inside: { port: (inside.address() as AddressInfo).port, connections: () => connections },
    host,
    asked,
    ofItself,
    plain: () => plain,
    get busy() {
      return busy
    },
    hold: (response) => void held.add(response),
    proxyTo: (at) => void (proxied = at),
    async close() {
      for (const socket of insideSockets) socket.destroy()
      inside.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
