import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What an inbox got. */
export interface Received {
  inbox: string
  host: string
  method: string
  target: string
  headers: IncomingHttpHeaders
  rawBody: Buffer
  /** `id` of the activity. */
  uri: string
}

/** How an inbox answers: a status with headers, a reset connection, or silence until the test ends. */
export type Answer = number | { status: number; headers?: Record<string, string> } | 'reset' | 'hang'

/** Any number of servers of invented names behind one loopback port: `map` leads every `*.test` name there. */
export class Fediverse {
  readonly received: Received[] = []
  /** Asked for every request; 202 unless it says otherwise. */
  answer: (request: Received) => Answer | Promise<Answer> = () => 202
  /** How long whoever talks to it waits: long, since a busy machine is no outage; tests of silence shorten it. */
  times = { connect: 5_000, headers: 8_000, total: 10_000 }
  readonly #server = createServer((request, response) => void this.#take(request, response))
  #held: ServerResponse[] = []
  /** How many requests are being answered now, and the most there were at once, by host. */
  readonly busy = new Map<string, number>()
  readonly most = new Map<string, number>()

  async open(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Options of `net` for whoever talks to this fediverse. */
  get net(): Record<string, unknown> {
    return {
      allowPrivateNetwork: true,
      userAgent: 'Burrow test',
      ownHosts: ['ana.test'],
      map: { '*.test': `127.0.0.1:${this.port}` },
      times: this.times,
    }
  }

  urisAt(inbox: string): string[] {
    return this.received.filter((one) => one.inbox === inbox).map((one) => one.uri)
  }

  async close(): Promise<void> {
    for (const response of this.#held) response.destroy()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const rawBody = Buffer.concat(chunks)
    const host = request.headers.host ?? ''
    const target = request.url ?? ''
    const uri = (JSON.parse(rawBody.toString()) as { id: string }).id
    const received = {
      inbox: `http://${host}${target}`,
      host,
      method: request.method ?? '',
      target,
      headers: request.headers,
      rawBody,
      uri,
    }
    const now = (this.busy.get(host) ?? 0) + 1
    this.busy.set(host, now)
    this.most.set(host, Math.max(this.most.get(host) ?? 0, now))
    response.on('close', () => this.busy.set(host, (this.busy.get(host) ?? 1) - 1))
    const answer = await this.answer(received)
    this.received.push(received)
    if (answer === 'hang') this.#held.push(response)
    else if (answer === 'reset') request.socket.resetAndDestroy()
    else if (typeof answer === 'number') response.writeHead(answer).end()
    else response.writeHead(answer.status, answer.headers).end()
  }
}
