import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { signCavageInPool } from '../../src-main/signatures/index.ts'
import { makeActor } from '../rig/actors.ts'
import { answerCalls, newKeys, startChild } from './child.ts'

/** Many people on many servers who all follow at once: their actors, their signed Follows, their inboxes. In a process of its own. */
export interface CrowdTally {
  /** Actor documents that were fetched. */
  fetched: number
  /** Different Follows that were answered with an Accept, and how many Accepts came more than once. */
  accepted: number
  repeated: number
  rejected: number
  /** Milliseconds since the epoch. */
  lastAt: number
}
export interface CrowdResult {
  seconds: number
  /** Answers to the POSTs, by status; those that were sent again count each time. */
  statuses: Record<string, number>
}
export interface Crowd {
  readonly netMap: Record<string, string>
  /** Signs that many Follows of that actor, from so many hosts. */
  sign(ask: { inbox: string; target: string; hosts: number; count: number; connections: number }): Promise<void>
  /** Posts them; what is answered 429 or 503 is posted again after a second, as servers do after a while. */
  send(): Promise<CrowdResult>
  tally(): Promise<CrowdTally>
  stop(): Promise<void>
}

const MOST_HOSTS = 300
const originOf = (host: number): string => `http://crowd${host}.test`

export async function startCrowd(): Promise<Crowd> {
  const child = startChild(fileURLToPath(import.meta.url))
  const { port } = await child.call<{ port: number }>('start')
  return {
    // Registrable domains of their own: hosts of one domain share a budget, as they should.
    netMap: Object.fromEntries(Array.from({ length: MOST_HOSTS }, (_, host) => [`crowd${host}.test`, `127.0.0.1:${port}`])),
    sign: (ask) => child.call('sign', ask),
    send: () => child.call('send'),
    tally: () => child.call('tally'),
    stop: () => child.stop(),
  }
}

let shared: { privateKey: KeyObject; publicPem: string }
const accepted = new Map<string, number>()
let fetched = 0
let rejected = 0
let lastAt = 0
let connections = 32
let ready: { url: string; headers: Record<string, string>; body: string }[] = []

async function start(): Promise<{ port: number }> {
  shared = newKeys()
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const activity = JSON.parse(Buffer.concat(chunks).toString()) as { type: string; object: string | { id: string } }
        const about = typeof activity.object === 'string' ? activity.object : activity.object.id
        if (activity.type === 'Accept') accepted.set(about, (accepted.get(about) ?? 0) + 1)
        else rejected++
        lastAt = Date.now()
        response.writeHead(202, { 'content-length': '0' }).end()
      })
      return
    }
    const host = request.headers.host ?? ''
    const asked = new URL(request.url ?? '/', `http://${host}`)
    if (asked.pathname === '/.well-known/webfinger') {
      const subject = asked.searchParams.get('resource') ?? ''
      const id = `http://${host}/users/${/^acct:([^@]+)@/.exec(subject)?.[1] ?? ''}`
      const jrd = { subject, aliases: [id], links: [{ rel: 'self', type: 'application/activity+json', href: id }] }
      return void response.writeHead(200, { 'content-type': 'application/jrd+json' }).end(JSON.stringify(jrd))
    }
    const name = /^\/users\/(\w+)$/.exec(asked.pathname)?.[1]
    if (name === undefined) return void response.writeHead(404).end()
    fetched++
    const document = makeActor(`http://${host}`, name, shared).document()
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port }
}

async function sign(ask: { inbox: string; target: string; hosts: number; count: number; connections: number }): Promise<void> {
  connections = ask.connections
  ready = []
  let next = 0
  const one = async (number: number): Promise<void> => {
    const actor = makeActor(originOf(number % ask.hosts), `reader${number}`, shared)
    const body = JSON.stringify({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${actor.id}#follows/1`,
      type: 'Follow',
      actor: actor.id,
      object: ask.target,
    })
    const headers = await signCavageInPool({
      method: 'POST',
      url: ask.inbox,
      body,
      keyId: actor.keyId,
      privateKey: shared.privateKey,
      date: Date.now(),
      headers: { 'content-type': 'application/activity+json' },
    })
    ready.push({ url: ask.inbox, headers, body })
  }
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < ask.count) await one(next++)
    }),
  )
}

async function send(): Promise<CrowdResult> {
  const url = new URL(ready[0]?.url ?? 'http://127.0.0.1')
  const pool = new Pool(`http://127.0.0.1:${url.port}`, { connections, pipelining: 1 })
  const statuses: Record<string, number> = {}
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let request = ready[next++]; request; request = ready[next++]) {
        for (;;) {
          const answer = await pool.request({ path: url.pathname, method: 'POST', headers: request.headers, body: request.body })
          await answer.body.dump()
          statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1
          if (answer.statusCode !== 429 && answer.statusCode !== 503) break
          await new Promise((resolve) => setTimeout(resolve, 1_000))
        }
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  await pool.close()
  return { seconds, statuses }
}

const tally = (): CrowdTally => ({
  fetched,
  accepted: accepted.size,
  repeated: [...accepted.values()].filter((count) => count > 1).length,
  rejected,
  lastAt,
})

answerCalls(fileURLToPath(import.meta.url), { start, sign, send, tally })
