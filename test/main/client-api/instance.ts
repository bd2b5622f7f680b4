import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { clientApi } from '../../../src-main/client-api/plugin.ts'
import { openConsents } from '../../../src-main/domain/consents.ts'
import { openDomain } from '../../../src-main/domain/domain.ts'
import { createToken, WINDOW_SCOPES } from '../../../src-main/domain/grants.ts'
import { chooseOrigin, nameOwner } from '../../../src-main/domain/owner.ts'
import { letTakeTime, ownerListener, publicListener } from '../../../src-main/http/listeners.ts'
import { openVapid } from '../../../src-main/server/vapid.ts'
import { openFilmQueue } from '../../../src-main/server/films.ts'
import { openStore } from '../../../src-main/store/store.ts'
import { KEYS, NOON, ORIGIN } from '../domain/home.ts'
import { watchAnswers } from './answers.ts'
import type { FastifyContextConfig, FastifyInstance, InjectOptions } from 'fastify'
import type { Allowances } from '../../../src-main/client-api/limits.ts'
import type { Consents, Door } from '../../../src-main/domain/consents.ts'
import type { AppError } from '../../../src-main/domain/errors.ts'
import type { Images, Log, ProcessedImage, Resolver, Walk } from '../../../src-main/domain/ports.ts'
import type { Vapid } from '../../../src-main/server/vapid.ts'
import type { Home } from '../domain/home.ts'

/** The client API on a real listener of `http`, over a real database in a folder of its own; only network and image work are put in. */

const closers: (() => unknown)[] = []
afterEach(async () => {
  const failed: unknown[] = []
  for (const close of closers.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      failed.push(error)
    }
  }
  if (failed.length > 0) throw failed[0]
})

export interface Answer<T = Json> {
  status: number
  body: T
  headers: Record<string, string | undefined>
  links: { next?: string; prev?: string }
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire, looked into by tests
export type Json = any

export interface Api {
  home: Home
  app: FastifyInstance
  base: string
  token: string
  resolver: Resolver & {
    asked: string[]
    accounts: Map<string, number>
    urls: Map<string, { kind: 'account' | 'post'; id: number }>
    /** Walks by the post they are for. */
    walks: Map<number, Walk>
  }
  pictures: { bytes: Buffer[]; refuse: AppError | null }
  /** What the window answers apps with. */
  consents: Consents
  vapid: Vapid
  /** The machine wakes from sleep. */
  wake(): void
  /** Every route, as the router knows them. */
  routes: [method: string, path: string][]
  /** What each of them declares, by `GET /api/v1/markers`. */
  configs: Map<string, FastifyContextConfig>
  /** Lines that went to the error log: none may. */
  problems: unknown[]
  call(method: string, path: string, body?: unknown, more?: Partial<InjectOptions> & { token?: string | null }): Promise<Answer>
  get(path: string, more?: { token?: string | null }): Promise<Answer>
  /** Opens the port: for real clients and sockets. */
  listen(): Promise<string>
}

export interface ApiOptions {
  listener?: Door
  /** The owner's switch; absent: on. */
  enabled?: () => boolean
  allowances?: Partial<Allowances>
  /** How long a stranger's request may take to come in on the public listener, in milliseconds. */
  patienceMs?: number
  /** Null: no address yet. */
  origin?: string | null
  named?: boolean
}

export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-client-api-'))
  const clock = { at: NOON }
  const store = openStore({ folder, now: () => clock.at })
  const d = openDomain({ store, now: () => clock.at })
  closers.push(() => {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  if (options.named !== false) nameOwner(d, { name: 'ana', displayName: 'Ana', keys: KEYS, seal: (plain) => `sealed ${plain}` })
  if (options.named !== false && options.origin !== null) chooseOrigin(d, options.origin ?? ORIGIN, { trial: false })

  const problems: unknown[] = []
  const log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (data) => problems.push(data),
    error: (data) => problems.push(data),
  }
  const resolver: Api['resolver'] = {
    asked: [],
    accounts: new Map(),
    urls: new Map(),
    account: async (acct) => (resolver.asked.push(acct), resolver.accounts.get(acct) ?? null),
    url: async (url) => (resolver.asked.push(url), resolver.urls.get(url) ?? null),
    refresh: (id) => void resolver.asked.push(`refresh ${id}`),
    walks: new Map(),
    refreshPost: (id) => void resolver.asked.push(`refresh post ${id}`),
    posts: async (id, options) => (resolver.asked.push(`posts ${id}${options?.older ? ' older' : ''}`), { added: 0, more: false }),
    conversation: (id) => (resolver.asked.push(`conversation ${id}`), resolver.walks.get(id) ?? null),
    walk: (id) => [...resolver.walks.values()].find((walk) => walk.id === id) ?? null,
    onWalk: () => () => undefined,
    relay: async (address) => (resolver.asked.push(address), { flavour: 'mastodon', actorUri: null, inbox: address }),
    around: { posts: async () => ({ postIds: [], next: null }), familiar: async () => ({ accountIds: [], looked: 0, whole: false }) },
    aliasOf: async (acct) => (resolver.asked.push(acct), null),
  }
  const pictures: Api['pictures'] = { bytes: [], refuse: null }
  const images: Images = {
    async process(bytes): Promise<ProcessedImage> {
      if (pictures.refuse) throw pictures.refuse
      pictures.bytes.push(bytes)
      const preview = { bytes: Buffer.from(`small ${bytes.length}`), mime: 'image/webp', width: 400, height: 300 }
      return {
        kind: 'image',
        original: { bytes, mime: 'image/jpeg', width: 800, height: 600 },
        preview,
        blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      }
    },
    async processProfile(bytes) {
      if (pictures.refuse) throw pictures.refuse
      pictures.bytes.push(bytes)
      return { bytes, mime: 'image/webp', width: 400, height: 400 }
    },
  }

  const listener = options.listener ?? 'owner'
  const port = { number: 4321 }
  const http = { log, full: () => undefined }
  const app =
    listener === 'owner'
      ? await ownerListener({ ...http, port: () => port.number })
      : await publicListener({
          ...http,
          hosts: () => ['ana.example'],
          ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
        })
  const base = () => (listener === 'owner' ? `http://127.0.0.1:${port.number}` : (options.origin ?? ORIGIN))
  const routes: Api['routes'] = []
  const configs: Api['configs'] = new Map()
  app.addHook('onRoute', ({ method, url: path, config = {} }) => {
    for (const name of [method].flat()) {
      if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(name)) continue
      routes.push([name, path])
      configs.set(`${name} ${path}`, config)
    }
  })
  // Also what real clients are told over the socket: what nobody looked at yet fails the test at its end.
  const wrong: string[] = []
  watchAnswers(app, wrong)
  closers.push(() => {
    if (wrong.length > 0) throw new Error(`Answers against their schemas:\n${wrong.join('\n')}`)
  })
  const consents = openConsents({ domain: d })
  const { enabled = () => true, allowances = {} } = options
  const vapid = openVapid(d, {
    seal: (plain, context) => `${context}|${String(plain)}`,
    unseal: (sealed, context) => Buffer.from(sealed.slice(context.length + 1)),
  })
  const films = openFilmQueue({ domain: d, log })
  closers.push(() => films.stop())
  const sleepers = new Set<() => void>()
  await app.register(
    clientApi({
      domain: d,
      resolver,
      images,
      films,
      version: '0.1.0',
      listener,
      enabled,
      consents,
      allowances,
      base,
      log,
      vapidKey: vapid.publicKey,
      patient: letTakeTime,
      push: { sealToken: vapid.sealToken, plainAllowed: false },
      onWoken: (listen) => {
        sleepers.add(listen)
        return () => sleepers.delete(listen)
      },
    }),
  )
  closers.push(() => app.close())
  // As it is used: the window on the owner's listener, an app on the public one.
  const { token } =
    listener === 'owner' ? createToken(d, 'window', WINDOW_SCOPES) : createToken(d, 'app', ['read', 'write', 'follow', 'push'])

  const api: Api = {
    home: Object.assign(d, { clock, folder }) as unknown as Home,
    app,
    base: base(),
    token,
    resolver,
    pictures,
    consents,
    vapid,
    wake: () => {
      for (const listen of sleepers) listen()
    },
    routes,
    configs,
    problems,
    async call(method, path, body, more = {}) {
      const { token: bearer = token, headers, ...rest } = more
      const answer = await app.inject({
        method: method as 'GET',
        url: path,
        ...(body === undefined ? {} : { payload: body as string }),
        ...rest,
        headers: {
          host: listener === 'owner' ? `127.0.0.1:${port.number}` : 'ana.example',
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...headers,
        },
      })
      const json = answer.headers['content-type']?.toString().startsWith('application/json')
      const links = Object.fromEntries(
        [...String(answer.headers.link ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel, url]),
      )
      if (method !== 'HEAD' && method !== 'OPTIONS' && speaksJson(path)) {
        if (!json) throw new Error(`${method} ${path} answers ${answer.statusCode} with ${answer.headers['content-type']}`)
      }
      if (wrong.length > 0) throw new Error(wrong.splice(0).join('\n'))
      return {
        status: answer.statusCode,
        body: json ? (answer.json() as Json) : answer.payload,
        headers: answer.headers as Answer['headers'],
        links,
      }
    },
    get: (path, more) => api.call('GET', path, undefined, more),
    async listen() {
      await app.listen({ host: '127.0.0.1', port: 0 })
      const address = app.server.address()
      if (typeof address === 'object' && address) port.number = address.port
      return base()
    },
  }
  return api
}

/** Everything of the API answers JSON; these are texts. */
const speaksJson = (path: string) => /^\/api\/v[12]/.test(path) && !path.startsWith('/api/v1/streaming')
