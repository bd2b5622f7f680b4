import { fork } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { signCavageInPool } from '../../src-main/signatures/index.ts'
import { makeActor } from '../rig/actors.ts'

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
}
export interface Load {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly authors: { name: string; uri: string }[]
  readonly pem: string
  /** Signs `count` fresh Creates for this inbox. */
  sign(ask: Ask): Promise<void>
  /** Posts what was signed. */
  send(): Promise<LoadResult>
  stop(): Promise<void>
}

const AUTHORS = 20

export async function startLoad(): Promise<Load> {
  const child = fork(fileURLToPath(import.meta.url), ['worker'], {
    execArgv: ['--no-warnings'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '4' },
  })
  const call = async <T>(message: unknown): Promise<T> => {
    const answer = once(child, 'message') as Promise<[T]>
    child.send(message as object)
    return (await answer)[0]
  }
  const { origin, pem } = await call<{ origin: string; pem: string }>({ type: 'start' })
  return {
    origin,
    pem,
    authors: Array.from({ length: AUTHORS }, (_, number) => ({ name: `author${number}`, uri: `${origin}/users/author${number}` })),
    sign: (ask) => call({ type: 'sign', ...ask }),
    send: () => call({ type: 'send' }),
    async stop() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

if (process.argv[2] === 'worker' && process.send) {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const shared = { privateKey: createPrivateKey(keys.privateKey), publicPem: keys.publicKey }
  const server = createServer((request, response) => {
    const name = /^\/users\/(\w+)$/.exec(request.url ?? '')?.[1]
    if (name === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(makeActor(origin, name, shared).document()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const actors = Array.from({ length: AUTHORS }, (_, number) => makeActor(origin, `author${number}`, shared))
  let ready: { url: string; headers: Record<string, string>; body: string }[] = []
  let connections = 32
  const words = 'ferry lighthouse morning bread harbour signal winter kettle garden letter window river copper lantern'.split(' ')

  const sign = async (ask: Ask): Promise<void> => {
    connections = ask.connections
    ready = []
    const one = async (number: number): Promise<void> => {
      const actor = actors[number % actors.length]
      if (!actor) return
      const text = Array.from({ length: 24 }, (_, at) => words[(number * 7 + at * 3) % words.length]).join(' ')
      const body = JSON.stringify(actor.create({ content: `<p>${text} ${number}</p>` }))
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
    let next = 0
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < ask.count) await one(next++)
      }),
    )
  }

  const send = async (): Promise<LoadResult> => {
    const url = new URL(ready[0]?.url ?? origin)
    const pool = new Pool(`http://127.0.0.1:${url.port}`, { connections, pipelining: 1 })
    const statuses: Record<string, number> = {}
    let next = 0
    const began = performance.now()
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let request = ready[next++]; request; request = ready[next++]) {
          const answer = await pool.request({ path: url.pathname, method: 'POST', headers: request.headers, body: request.body })
          await answer.body.dump()
          statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1
        }
      }),
    )
    const seconds = (performance.now() - began) / 1000
    await pool.close()
    return { seconds, statuses }
  }

  process.on('message', (message: { type: string } & Ask) => {
    const work =
      message.type === 'sign' ? sign(message) : message.type === 'send' ? send() : Promise.resolve({ origin, pem: keys.publicKey })
    work.then(
      (answer) => process.send?.(answer ?? {}),
      (error: Error) => {
        process.stderr.write(`${error.stack ?? error.message}\n`)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}
