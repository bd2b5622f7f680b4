import { once } from 'node:events'
import { get } from 'node:http'
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Api, Json } from './instance.ts'

/** Ears of apps: sockets and lines of server-sent events on the open port. */

const sockets: WebSocket[] = []
const requests: ClientRequest[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
  for (const request of requests.splice(0)) request.destroy()
})

export interface Stream {
  socket: WebSocket
  /** The next frames, at least so many. */
  frames(count: number): Promise<Json[]>
  send(frame: unknown): void
  /** Resolves with the code it was closed with. */
  closed: Promise<number>
}

export async function connect(base: string, query = '', protocol?: string, headers: Record<string, string> = {}): Promise<Stream> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/v1/streaming${query}`, protocol === undefined ? [] : [protocol], {
    headers,
  })
  sockets.push(socket)
  const got: Json[] = []
  let heard = () => {}
  socket.on('message', (data: Buffer) => {
    got.push(JSON.parse(data.toString()))
    heard()
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await once(socket, 'open')
  return {
    socket,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async frames(count) {
      while (got.length < count) await new Promise<void>((resolve) => (heard = resolve))
      return got.splice(0)
    },
  }
}

export interface Line {
  status: number
  headers: IncomingHttpHeaders
  /** Of an answer that is no stream. */
  body(): Promise<Json>
  /** The next events, at least so many; `data` parsed where it is JSON. */
  events(count: number): Promise<{ event: string; data: Json }[]>
  /** Comments so far, this one among them once it resolves. */
  comment(text: string): Promise<string[]>
  /** Resolves when the other side has ended it. */
  ended: Promise<void>
  /** Stops reading, as a phone in a tunnel does. */
  pause(): void
}

/** Asks for a stream of events on the open port; a token as header unless the query has one. */
export async function listenTo(
  api: Api,
  path: string,
  more: { token?: string | null; headers?: Record<string, string> } = {},
): Promise<Line> {
  const { port } = api.app.server.address() as AddressInfo
  const host = api.base.startsWith('https') ? 'ana.example' : `127.0.0.1:${port}`
  const { token = api.token, headers = {} } = more
  const request = get({
    port,
    host: '127.0.0.1',
    path: `/api/v1/streaming${path}`,
    headers: { host, ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
  })
  requests.push(request)
  request.on('error', () => undefined)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  const events: { event: string; data: Json }[] = []
  const comments: string[] = []
  let heard = () => {}
  response.setEncoding('utf8')
  response.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()))
  const stream = response.headers['content-type']?.startsWith('text/event-stream') === true
  response.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); stream && end >= 0; end = text.indexOf('\n\n')) {
      take(text.slice(0, end))
      text = text.slice(end + 2)
    }
    heard()
  })
  function take(block: string): void {
    const lines = block.split('\n')
    const field = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
        .join('\n')
    comments.push(...lines.filter((line) => line.startsWith(':')))
    if (field('event') === '') return
    const data = field('data')
    events.push({ event: field('event'), data: /^[[{]/.test(data) ? JSON.parse(data) : data })
  }
  return {
    status: response.statusCode as number,
    headers: response.headers,
    async body() {
      await ended
      return JSON.parse(text)
    },
    async events(count) {
      while (events.length < count) await new Promise<void>((resolve) => (heard = resolve))
      return events.splice(0)
    },
    async comment(wanted) {
      while (!comments.includes(wanted)) await new Promise<void>((resolve) => (heard = resolve))
      return comments
    },
    ended,
    pause: () => void response.pause(),
  }
}
