import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { makeActor } from '../rig/actors.ts'
import { answerCalls, newKeys, startChild } from './child.ts'

/** Servers with people who have gone on posting while we were away: actors, outboxes, pins. In a process of its own. */
export interface OutboxesTally {
  requests: number
  /** The most that were being answered at the same time, and to one host. */
  atOnce: number
  atOnceOfOneHost: number
}
export interface Outboxes {
  readonly netMap: Record<string, string>
  /** How long each request is let wait, as over the sea. */
  slow(ms: number): Promise<void>
  tally(): Promise<OutboxesTally>
  stop(): Promise<void>
}

export const HOSTS = 300
export const POSTS_EACH = 20
export const homeOf = (person: number): string => `http://away${person % HOSTS}.test`

export async function startOutboxes(): Promise<Outboxes> {
  const child = startChild(fileURLToPath(import.meta.url))
  const { port } = await child.call<{ port: number }>('start')
  return {
    netMap: Object.fromEntries(Array.from({ length: HOSTS }, (_, host) => [`away${host}.test`, `127.0.0.1:${port}`])),
    slow: (ms) => child.call('slow', { ms }),
    tally: () => child.call('tally'),
    stop: () => child.stop(),
  }
}

let shared: { privateKey: KeyObject; publicPem: string }
let latency = 0
let requests = 0
const inside = new Map<string, number>()
let allInside = 0
let atOnce = 0
let atOnceOfOneHost = 0

function documentAt(host: string, path: string, search: string): object | null {
  const [, name, rest] = /^\/users\/(\w+)(\/.*)?$/.exec(path) ?? []
  if (name === undefined) return null
  const actor = makeActor(`http://${host}`, name, shared)
  const outbox = `${actor.id}/outbox`
  if (rest === undefined) return actor.document()
  const context = 'https://www.w3.org/ns/activitystreams'
  if (rest === '/collections/featured')
    return { '@context': context, id: `${actor.id}${rest}`, type: 'OrderedCollection', orderedItems: [] }
  if (rest !== '/outbox') return null
  if (search === '') return { '@context': context, id: outbox, type: 'OrderedCollection', totalItems: 1_000, first: `${outbox}?page=true` }
  const now = Date.now()
  const items = Array.from({ length: POSTS_EACH }, (_, number) => {
    // One an hour, newest first.
    const published = new Date(now - (number + 1) * 3600_000).toISOString()
    return actor.create(
      { id: `${actor.id}/statuses/${number}`, published, content: `<p>The ${number}. ferry of ${name} left.</p>` },
      { published },
    )
  })
  return { '@context': context, id: `${outbox}?page=true`, type: 'OrderedCollectionPage', partOf: outbox, orderedItems: items }
}

async function start(): Promise<{ port: number }> {
  shared = newKeys()
  const server = createServer((request, response) => {
    const host = request.headers.host ?? ''
    if (request.method === 'POST') return void request.resume().on('end', () => response.writeHead(202, { 'content-length': '0' }).end())
    const url = new URL(request.url ?? '/', `http://${host}`)
    requests++
    const here = (inside.get(host) ?? 0) + 1
    inside.set(host, here)
    atOnce = Math.max(atOnce, ++allInside)
    atOnceOfOneHost = Math.max(atOnceOfOneHost, here)
    setTimeout(() => {
      inside.set(host, (inside.get(host) ?? 1) - 1)
      allInside--
      const document = documentAt(host, url.pathname, url.search)
      if (!document) return void response.writeHead(404).end()
      response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document))
    }, latency)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port }
}

const slow = ({ ms }: { ms: number }): void => {
  latency = ms
  requests = atOnce = atOnceOfOneHost = 0
}
const tally = (): OutboxesTally => ({ requests, atOnce, atOnceOfOneHost })

answerCalls(fileURLToPath(import.meta.url), { start, slow, tally })
