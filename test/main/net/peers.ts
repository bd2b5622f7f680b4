import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createNet, type Net, type NetOptions } from '../../../src-main/net/index.ts'

const tls = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8')
export const ca = tls('ca.pem')

/** What a peer saw of one request. */
export interface Seen {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export interface Peer {
  port: number
  /** `127.0.0.1:port`, for `map`. */
  dial: string
  seen: Seen[]
  connections: () => number
}

const open: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const stop of open.splice(0).reverse()) await stop()
})

type Answer = (request: IncomingMessage & { text: string }, response: ServerResponse) => void

/** A server on loopback that lives until the end of the test. `secure` speaks TLS with the test certificate. */
export async function startPeer(answer: Answer, secure = true): Promise<Peer> {
  const seen: Seen[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      seen.push({ method: request.method!, path: request.url!, headers: request.headers, body })
      answer(Object.assign(request, { text: body }), response)
    })
  }
  const server = secure ? createSecureServer({ key: tls('peer.key'), cert: tls('peer.pem') }, listener) : createPlainServer(listener)
  return { ...(await listen(server)), seen }
}

/** A raw TCP server, for peers that do not even speak HTTP. */
export async function startRawPeer(onConnection: (socket: Socket) => void): Promise<Peer> {
  return { ...(await listen(createTcpServer(onConnection))), seen: [] }
}

async function listen(server: Server): Promise<{ port: number; dial: string; connections: () => number }> {
  let connections = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { port, dial: `127.0.0.1:${port}`, connections: () => connections }
}

/** A room under the strict policy, trusting the test authority, with short limits; closed at the end of the test. */
export function startNet(options: Partial<NetOptions> = {}): Net {
  const net = createNet({
    allowPrivateNetwork: false,
    userAgent: 'Burrow/test',
    now: () => Date.UTC(2026, 2, 5),
    ownHosts: ['ana.example'],
    ca,
    lookup: () => Promise.reject(new Error('no test may ask a real name server')),
    times: { connect: 400, headers: 400, total: 600, stream: 600 },
    ...options,
  })
  open.push(() => net.close())
  return net
}

/** An answer of JSON in an ActivityPub type. */
export function sendActivity(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/activity+json; charset=utf-8' }).end(JSON.stringify(value))
}

/** Registers something to be stopped at the end of the test. */
export function stopLater(stop: () => Promise<unknown>): void {
  open.push(stop)
}
