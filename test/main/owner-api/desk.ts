import { afterEach } from 'vitest'
import { openConsents } from '../../../src-main/domain/consents.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { createToken, WINDOW_SCOPES } from '../../../src-main/domain/grants.ts'
import { ownerListener } from '../../../src-main/http/listeners.ts'
import { ownerApi } from '../../../src-main/owner-api/routes.ts'
import { images } from '../../../src-main/server/images.ts'
import { generateKeys } from '../../../src-main/signatures/index.ts'
import { openAna } from '../domain/home.ts'
import type { WebSocket } from 'ws'
import type { FastifyInstance } from 'fastify'
import type { HostView, OutboxView, PostView } from '../../../src-main/delivery/delivery.ts'
import type { Consents } from '../../../src-main/domain/consents.ts'
import type { Absence, CatchUp, Resolver, Servers, Walk } from '../../../src-main/domain/ports.ts'
import type { Home } from '../domain/home.ts'

/** The owner API on its listener over a real database, with the network and the sending put in: what those find is said by the test. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire, looked into by tests
export type Json = any

export interface Desk {
  home: Home
  app: FastifyInstance
  token: string
  /** What the network would say, and what it was asked. */
  network: {
    asked: string[]
    accounts: Map<string, number>
    aliases: Map<string, { accountId: number; namesUs: boolean }>
    relays: Map<string, Awaited<ReturnType<Resolver['relay']>>>
    posts: { added: number; more: boolean }
    walks: Map<number, Walk>
    away: Absence[]
    software: Map<string, string>
    online: boolean
  }
  sending: { posts: Map<number, PostView>; hosts: Map<string, HostView>; retried: string[] }
  consents: Consents
  /** How often everything that depends on keys began anew. */
  changes: number
  routes: [method: string, path: string][]
  tell: { walk(walk: Walk): void; away(absence: Absence): void }
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<{ status: number; body: Json }>
  upload(path: string, fields: Record<string, string>, file: Buffer | null): Promise<{ status: number; body: Json }>
  listen(): Promise<{ type: string }[]>
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

export async function openDesk(): Promise<Desk> {
  const home = openAna()
  const network: Desk['network'] = {
    asked: [],
    accounts: new Map(),
    aliases: new Map(),
    relays: new Map(),
    posts: { added: 0, more: false },
    walks: new Map(),
    away: [],
    software: new Map(),
    online: false,
  }
  const sending: Desk['sending'] = { posts: new Map(), hosts: new Map(), retried: [] }
  const walkers = new Set<(walk: Walk) => void>()
  const readers = new Set<(absence: Absence) => void>()
  const ask = (what: string) => void network.asked.push(what)
  const resolver: Resolver = {
    account: async (acct) => (ask(acct), network.accounts.get(acct) ?? null),
    url: async (url) => {
      ask(url)
      const id = network.accounts.get(url)
      return id === undefined ? null : { kind: 'account', id }
    },
    refresh: () => undefined,
    refreshPost: () => undefined,
    posts: async (id, options) => (ask(`posts ${id}${options?.older ? ' older' : ''}`), network.posts),
    conversation: (id) => network.walks.get(id) ?? null,
    walk: (id) => [...network.walks.values()].find((walk) => walk.id === id) ?? null,
    onWalk: (listen) => (walkers.add(listen), () => void walkers.delete(listen)),
    async relay(address) {
      ask(address)
      const relay = network.relays.get(address)
      if (!relay) throw new AppError('invalid', 'There is no relay at that address.')
      return relay
    },
    around: { posts: async () => ({ postIds: [], next: null }), familiar: async () => ({ accountIds: [], looked: 0, whole: false }) },
    aliasOf: async (acct) => (ask(acct), network.aliases.get(acct) ?? null),
  }
  const catchUp: CatchUp = {
    run: () => ask('catch up'),
    stop: () => ask('stop'),
    reports: () => network.away,
    onChange: (listen) => (readers.add(listen), () => void readers.delete(listen)),
  }
  const servers: Servers = { softwareOf: (host) => network.software.get(host) ?? null }
  const outbox: OutboxView = {
    list: () => [],
    item: () => null,
    counts: () => ({ waiting: 0, failed: 0 }),
    retry: () => false,
    approve: () => 0,
    dismiss: () => false,
    post: (id) => sending.posts.get(id) ?? null,
    retryPost: (id) => (sending.retried.push(`post ${id}`), sending.posts.has(id)),
    hosts: () => [...sending.hosts.values()],
    host: (host) => sending.hosts.get(host) ?? null,
    retryHost: (host) => (sending.retried.push(host), sending.hosts.has(host)),
    forgetHost: (host) => sending.hosts.delete(host),
    onChange: () => () => undefined,
  }
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const app = await ownerListener({ log, full: () => undefined, port: () => 4321 })
  const routes: Desk['routes'] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(name)) routes.push([name, url])
  })
  const { token } = createToken(home, 'window', WINDOW_SCOPES)
  const consents = openConsents({ domain: home })
  const host = '127.0.0.1:4321'
  const desk: Desk = {
    home,
    app,
    token,
    network,
    sending,
    consents,
    changes: 0,
    routes,
    tell: {
      walk: (walk) => walkers.forEach((listen) => listen(walk)),
      away: (absence) => readers.forEach((listen) => listen(absence)),
    },
    async call(method, path, body, bearer = token) {
      const answer = await app.inject({
        method: method as 'GET',
        url: path,
        headers: { host, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
        ...(body === undefined ? {} : { payload: body as object }),
      })
      return { status: answer.statusCode, body: answer.body === '' ? null : (answer.json() as Json) }
    },
    async upload(path, fields, file) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.set(name, value)
      if (file) form.set('file', new Blob([new Uint8Array(file)]), 'emoji')
      const request = new Request('http://x/', { method: 'POST', body: form })
      const answer = await app.inject({
        method: 'POST',
        url: path,
        headers: { host, authorization: `Bearer ${token}`, 'content-type': request.headers.get('content-type') as string },
        payload: Buffer.from(await request.arrayBuffer()),
      })
      return { status: answer.statusCode, body: answer.json() as Json }
    },
    async listen() {
      const frames: { type: string }[] = []
      const socket = (await app.injectWS(
        '/api/owner/events',
        { headers: { host, 'sec-websocket-protocol': token } },
        { onInit: (made: WebSocket) => made.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as { type: string })) },
      )) as unknown as WebSocket
      closers.push(() => socket.terminate())
      return frames
    },
  }
  await app.register(
    ownerApi({
      domain: home,
      outbox,
      resolver,
      catchUp,
      servers,
      images,
      consents,
      addresses: () => [],
      readPost: () => ({ text: '', visibility: 'public' }),
      connectivity: {
        online: false,
        heard: () => undefined,
        onChange: () => () => undefined,
        status: () => ({
          state: network.online ? 'online' : 'offline',
          reason: null,
          since: home.clock.at,
          seenAt: null,
          nextAttemptAt: null,
        }),
        start: () => undefined,
        stop: () => undefined,
        retry: () => undefined,
        pause: () => undefined,
        reconfigure: () => undefined,
        setDiskFull: () => undefined,
      },
      ground: {
        free: () => 5_000_000_000,
        copies: () => 0,
        dropCopies: () => undefined,
        schema: () => 4,
        log: () => [],
      },
      setup: {
        async generateKeys() {
          const { rsa, ed25519 } = await generateKeys()
          return {
            rsaPrivatePem: rsa.privatePem,
            rsaPublicPem: rsa.publicPem,
            ed25519PrivatePem: ed25519.privatePem,
            ed25519PublicMultibase: ed25519.publicMultibase,
          }
        },
        seal: (plain) => `sealed ${plain}`,
        identityChanged: () => void desk.changes++,
        openTrial: async () => '',
        checkAddress: async () => 'fine',
        chooseTunnel: () => undefined,
        allowPrivateNetwork: false,
      },
      version: '0.1.0',
      host: 'headless',
      tunnel: () => 'none',
      suggestedName: null,
      base: () => `http://${host}`,
      stop: () => undefined,
    }),
  )
  closers.push(() => app.close())
  await app.ready()
  return desk
}
