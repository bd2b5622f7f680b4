import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { signCavageInPool } from '../../src-main/signatures/index.ts'
import { makeActor } from '../rig/actors.ts'
import { answerCalls, newKeys, startChild } from './child.ts'

/**
 * The other side of the inbox benchmark, in a process of its own: serves twenty actors, signs every request before the clock runs, then
 * posts them over a fixed number of connections.
 */
interface Ask {
  inbox: string
  count: number
  connections: number
}
export interface LoadResult {
  seconds: number
  statuses: Record<string, number>
  /** Milliseconds of each answer. */
  times: number[]
  /** Objects of the activities that were answered with 202, as the ledger of what must not be lost. */
  acknowledged: string[]
  /** Requests that got no answer. */
  broken: number
}
export interface Load {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly authors: { name: string; uri: string }[]
  readonly pem: string
  /** Signs `count` fresh Creates for this inbox. */
  sign(ask: Ask): Promise<void>
  /** Posts what was signed, as fast as it is answered. Stops where the other side is gone. */
  send(): Promise<LoadResult>
  /** Posts what was signed, about 200 a second, for so many seconds or until there is nothing left. */
  paced(seconds: number): Promise<LoadResult>
  stop(): Promise<void>
}

const AUTHORS = 20

export async function startLoad(): Promise<Load> {
  const child = startChild(fileURLToPath(import.meta.url))
  const { origin, pem } = await child.call<{ origin: string; pem: string }>('start')
  return {
    origin,
    pem,
    authors: Array.from({ length: AUTHORS }, (_, number) => ({ name: `author${number}`, uri: `${origin}/users/author${number}` })),
    sign: (ask) => child.call('sign', ask),
    send: () => child.call('send'),
    paced: (seconds) => child.call('paced', { seconds }),
    stop: () => child.stop(),
  }
}

const words = 'ferry lighthouse morning bread harbour signal winter kettle garden letter window river copper lantern'.split(' ')
let origin = ''
let shared: { privateKey: KeyObject; publicPem: string }
let actors: ReturnType<typeof makeActor>[] = []
let ready: { url: string; headers: Record<string, string>; body: string; object: string }[] = []
let connections = 32

async function start(): Promise<{ origin: string; pem: string }> {
  shared = newKeys()
  const server = createServer((request, response) => {
    const name = /^\/users\/(\w+)$/.exec(request.url ?? '')?.[1]
    if (name === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(makeActor(origin, name, shared).document()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  actors = Array.from({ length: AUTHORS }, (_, number) => makeActor(origin, `author${number}`, shared))
  return { origin, pem: shared.publicPem }
}

async function sign(ask: Ask): Promise<void> {
  connections = ask.connections
  ready = []
  const one = async (number: number): Promise<void> => {
    const actor = actors[number % actors.length]
    if (!actor) return
    const text = Array.from({ length: 24 }, (_, at) => words[(number * 7 + at * 3) % words.length]).join(' ')
    const create = actor.create({ content: `<p>${text} ${number}</p>` }) as { object: { id: string } }
    const body = JSON.stringify(create)
    const headers = await signCavageInPool({
      method: 'POST',
      url: ask.inbox,
      body,
      keyId: actor.keyId,
      privateKey: shared.privateKey,
      date: Date.now(),
      headers: { 'content-type': 'application/activity+json' },
    })
    ready.push({ url: ask.inbox, headers, body, object: create.object.id })
  }
  let next = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (next < ask.count) await one(next++)
    }),
  )
}

/** Posts what is ready over the connections; `due` says when the next may go. */
async function post(due: (number: number) => Promise<boolean>): Promise<LoadResult> {
  const url = new URL(ready[0]?.url ?? origin)
  const pool = new Pool(`http://127.0.0.1:${url.port}`, { connections, pipelining: 1 })
  const result: LoadResult = { seconds: 0, statuses: {}, times: [], acknowledged: [], broken: 0 }
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let at = next++; at < ready.length && (await due(at)); at = next++) {
        const { headers, body, object } = ready[at] as (typeof ready)[number]
        const asked = performance.now()
        try {
          const answer = await pool.request({ path: url.pathname, method: 'POST', headers, body })
          await answer.body.dump()
          result.times.push(performance.now() - asked)
          result.statuses[answer.statusCode] = (result.statuses[answer.statusCode] ?? 0) + 1
          if (answer.statusCode === 202) result.acknowledged.push(object)
        } catch {
          result.broken++
          return
        }
      }
    }),
  )
  result.seconds = (performance.now() - began) / 1000
  await pool.destroy()
  return result
}

const send = (): Promise<LoadResult> => post(() => Promise.resolve(true))

function paced({ seconds }: { seconds: number }): Promise<LoadResult> {
  const began = performance.now()
  return post(async (number) => {
    const wait = began + number * 5 - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    return performance.now() - began < seconds * 1000
  })
}

answerCalls(fileURLToPath(import.meta.url), { start, sign, send, paced })
