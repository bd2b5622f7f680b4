import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterEach } from 'vitest'
import { openDomain } from '../../../src-main/domain/domain.ts'
import { authorize, follow, followBetween, receiveAccept, receiveFollow } from '../../../src-main/domain/follows.ts'
import { chooseOrigin, findOwner, nameOwner } from '../../../src-main/domain/owner.ts'
import { openFederation } from '../../../src-main/federation/federation.ts'
import { errorHandler } from '../../../src-main/http/errors.ts'
import { sniff } from '../../../src-main/media/sniff.ts'
import { createNet } from '../../../src-main/net/index.ts'
import { encodeMultikey } from '../../../src-main/signatures/index.ts'
import { openStore } from '../../../src-main/store/store.ts'
import { ca, keyPair, world } from './world.ts'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../../../src-main/domain/domain.ts'
import type { OutgoingItem, Prepared } from '../../../src-main/domain/ports.ts'
import type { Federation } from '../../../src-main/federation/federation.ts'
import type { NetOptions } from '../../../src-main/net/index.ts'
import type { RemoteActor, SignOptions } from './world.ts'

/** The room on a real database and a real socket, with a clock that moves only when told, among the servers of `world.ts`. */

export const NOON = Date.UTC(2026, 4, 1, 12)
export const ORIGIN = 'https://ana.example'
export const ANA = `${ORIGIN}/users/ana`
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** The owner's key for integrity proofs, the same for all tests of a file. */
const ed25519 = generateKeyPairSync('ed25519')
export const proving = {
  ed25519PrivatePem: ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  ed25519PublicMultibase: encodeMultikey(ed25519.publicKey),
}

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  json<T = Record<string, unknown>>(): T
}

export interface Instance extends Domain {
  clock: { at: number }
  federation: Federation
  app: FastifyInstance
  /** Items handed to the outbox and not taken back, oldest first. */
  outbox: (OutgoingItem & { id: number; createdAt: number; attempts: number })[]
  /** Whether the outbox says of a key that something has left. */
  left: Set<string>
  heard: number
  /** Whether others can reach us; the listeners hear of a change. Offline until told otherwise. */
  reachable(online: boolean): Promise<void>
  /** Waiting timers: run those that are due by moving the clock. */
  pass(ms: number): Promise<void>
  get(path: string, options?: { headers?: Record<string, string>; method?: string }): Promise<Answer>
  post(path: string, body: string | Buffer, headers: Record<string, string>): Promise<Answer>
  /** Signs and posts to the shared inbox. */
  deliver(actor: RemoteActor, activity: unknown, options?: SignOptions & { path?: string }): Promise<Answer>
  /** The same, and waits until everything it caused is done. */
  takes(actor: RemoteActor, activity: unknown, options?: SignOptions & { path?: string }): Promise<Answer>
  /** Prepares the oldest waiting item and, as the outbox does, commits it; the item is gone then. */
  leave(): Promise<(Prepared & { activity: Record<string, unknown> }) | 'drop'>
  rows(table: string, where?: string): number
  one<T = Record<string, unknown>>(sql: string, ...values: unknown[]): T
  /** Every row of every table, to show that nothing was changed. */
  picture(): string
  /** The program ends and starts again on the same folder, so much later. */
  restart(ms: number): Promise<Instance>
}

/** Knows somebody, as if the owner had looked them up. */
export async function knowing(home: Instance, actor: RemoteActor): Promise<number> {
  const found = await home.federation.resolver.url(actor.id)
  if (found?.kind !== 'account') throw new Error(`${actor.id} could not be had`)
  return found.id
}

/** The owner follows somebody, who said yes: their posts are for us. */
export async function following(home: Instance, actor: RemoteActor): Promise<number> {
  const id = await knowing(home, actor)
  follow(home, id)
  receiveAccept(home, { accountId: id })
  await eventsTaken()
  home.outbox.splice(0)
  return id
}

/** Somebody follows the owner. */
export async function followedBy(home: Instance, actor: RemoteActor): Promise<number> {
  const id = await knowing(home, actor)
  receiveFollow(home, { accountId: id, uri: `${actor.id}#follows/1` })
  authorizeIfAsked(home, id)
  await eventsTaken()
  home.outbox.splice(0)
  return id
}

/** The consumer of events runs soon after each commit. */
export const eventsTaken = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function authorizeIfAsked(home: Instance, id: number): void {
  if (followBetween(home, id, (findOwner(home) as { id: number }).id)?.state === 'pending') authorize(home, id)
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

export async function openInstance(
  options: {
    net?: Partial<NetOptions>
    maxPages?: number
    folder?: string
    at?: number
    start?: boolean
    locked?: boolean
    lost?: boolean
    signatures?: 'cavage' | 'rfc9421'
  } = {},
): Promise<Instance> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'burrow-federation-'))
  const clock = { at: options.at ?? NOON }
  const now = () => clock.at
  world.now = now
  const store = openStore({ folder, now, ...(options.maxPages ? { maxPages: options.maxPages } : {}) })
  const d = openDomain({ store, now })
  const own = keyPair(0)
  const keys = {
    rsaPrivatePem: own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    rsaPublicPem: own.pem,
    ...proving,
  }
  if (store.database.prepare('select 1 from accounts where own = 1').get() === undefined) {
    nameOwner(d, { name: 'ana', displayName: 'Ana', keys, seal: (plain) => plain })
    chooseOrigin(d, ORIGIN, { trial: false })
    if (options.locked) store.database.prepare('update accounts set locked = 1 where own = 1').run()
  }
  const net = createNet({
    allowPrivateNetwork: false,
    userAgent: 'Burrow/test',
    now,
    ownHosts: ['ana.example'],
    ca,
    map: { '*.example': world.dial, '*.test': world.dial },
    lookup: () => Promise.reject(new Error('no test may ask a real name server')),
    times: { connect: 1_000, headers: 1_000, total: 1_500, stream: 1_500 },
    ...options.net,
  })
  const timers = new Set<{ at: number; work: () => void }>()
  const outbox: Instance['outbox'] = []
  const left = new Set<string>()
  let nextId = 1
  const listening = new Set<() => void>()
  const connectivity = {
    online: false,
    onChange(listen: () => void) {
      listening.add(listen)
      return () => listening.delete(listen)
    },
  }
  const instance = {
    clock,
    outbox,
    left,
    heard: 0,
  }
  const federation = openFederation({
    domain: d,
    net,
    keys: () => keys,
    outbox: {
      enqueue(item) {
        const id = nextId++
        outbox.push({ ...item, id, createdAt: clock.at, attempts: 0 })
        return id
      },
      takeBack(key, kinds) {
        const mine = outbox.filter((item) => item.objectKey === key && (!kinds || kinds.includes(item.kind)))
        for (const item of mine) outbox.splice(outbox.indexOf(item), 1)
        return left.has(key) ? 'left' : mine.length > 0 ? 'cancelled' : 'none'
      },
    },
    heard: () => void result.heard++,
    plainHttp: () => false,
    connectivity,
    lostWhileAway: () => options.lost === true,
    signatures: options.signatures ?? null,
    sniff,
    version: '0.1.0',
    timers: {
      set(work, ms) {
        const timer = { at: clock.at + ms, work }
        timers.add(timer)
        return timer
      },
      clear: (timer) => void timers.delete(timer as { at: number; work: () => void }),
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (data, text) => failures.push(`${text}: ${JSON.stringify(data)}`),
    },
  })
  const failures: string[] = []
  const app = Fastify({ exposeHeadRoutes: true })
  app.setErrorHandler(
    errorHandler(
      { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (data) => failures.push(JSON.stringify(data)) },
      () => undefined,
    ),
  )
  await app.register(federation.publicRoutes)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  if (options.start !== false) federation.start()
  let closed = false
  const end = async () => {
    if (closed) return
    closed = true
    await app.close()
    await federation.stop()
    await net.close()
    store.close()
  }
  closers.push(async () => {
    await end()
    if (!options.folder) rmSync(folder, { recursive: true, force: true })
    if (failures.length > 0 && !options.maxPages) throw new Error(`errors were logged: ${failures.join('; ')}`)
  })

  const ask = (method: string, path: string, headers: Record<string, string>, body?: string | Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asking = httpRequest(
        { host: '127.0.0.1', port, path, method, agent: false, headers: { host: 'ana.example', ...headers } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Record<string, string>,
              text,
              json: <T>() => JSON.parse(text) as T,
            })
          })
        },
      )
      asking.on('error', reject)
      asking.end(body)
    })

  const result: Instance = Object.assign(instance, d, {
    federation,
    app,
    async reachable(online: boolean) {
      connectivity.online = online
      for (const listen of [...listening]) listen()
      await settled()
    },
    async pass(ms: number) {
      clock.at += ms
      for (const timer of [...timers]) {
        if (timer.at > clock.at) continue
        timers.delete(timer)
        timer.work()
      }
      await settled()
    },
    get: (path: string, given: { headers?: Record<string, string>; method?: string } = {}) =>
      ask(given.method ?? 'GET', path, given.headers ?? { accept: 'application/activity+json' }),
    post: (path: string, body: string | Buffer, headers: Record<string, string>) => ask('POST', path, headers, body),
    deliver(actor: RemoteActor, activity: unknown, given: SignOptions & { path?: string } = {}) {
      const body = typeof activity === 'string' ? activity : JSON.stringify(activity)
      const path = given.path ?? '/inbox'
      return ask('POST', path, actor.signed(ORIGIN + path, body, given), body)
    },
    async takes(actor: RemoteActor, activity: unknown, given: SignOptions & { path?: string } = {}) {
      const answer = await result.deliver(actor, activity, given)
      await settled()
      return answer
    },
    async leave() {
      await eventsTaken()
      const item = outbox[0]
      if (!item) throw new Error('nothing waits')
      const prepared = await federation.preparer.prepare(item)
      if (prepared !== 'drop') store.transaction(() => prepared.commit?.())
      outbox.shift()
      left.add(item.objectKey)
      return prepared === 'drop' ? prepared : { ...prepared, activity: JSON.parse(prepared.body) as Record<string, unknown> }
    },
    rows: (table: string, where = '1') =>
      (store.database.prepare(`select count(*) as n from ${table} where ${where}`).get() as { n: number }).n,
    one: <T>(sql: string, ...values: unknown[]) => store.database.prepare(sql).get(...values) as T,
    async restart(ms: number) {
      await end()
      return openInstance({ ...options, folder, at: clock.at + ms })
    },
    picture() {
      const tables = store.database
        .prepare(
          "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'search_%' order by name",
        )
        .all() as { name: string }[]
      return JSON.stringify(tables.map(({ name }) => [name, store.database.prepare(`select * from ${name}`).all()]))
    },
  })

  /** Until nothing is under way, group commits and their followers included. */
  async function settled(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await federation.settled()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return result
}
