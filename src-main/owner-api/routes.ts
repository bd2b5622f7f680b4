import { settings, updateSettings } from '../domain/owner.ts'
import { setSetting } from '../domain/settings.ts'
import { AppError } from '../domain/errors.ts'
import { tokenInfo, useSignInCode } from '../domain/grants.ts'
import { firstFollowAt, place, setPlace } from '../domain/reading.ts'
import { appRoutes } from './apps.ts'
import { aroundRoutes } from './around.ts'
import { badBody, body, idOf, notFound } from './bodies.ts'
import { catchUpRoutes } from './catch-ups.ts'
import { closingRoutes } from './closing.ts'
import { doorRoutes } from './door.ts'
import { draftRoutes } from './drafts.ts'
import { emojiRoutes } from './emojis.ts'
import { filterRoutes } from './filters.ts'
import { heldRoutes } from './held.ts'
import { identityRoutes } from './identity.ts'
import { labelRoutes } from './labels.ts'
import { posterRoutes } from './media.ts'
import { networkRoutes } from './network.ts'
import { cancel, toOutboxItem } from './outbox.ts'
import { openPeople, peopleRoutes } from './people.ts'
import { postRoutes } from './posts.ts'
import { searchRoutes } from './searches.ts'
import { serverRoutes } from './servers.ts'
import { setup } from './setup.ts'
import { connectionOf, stateOf } from './state.ts'
import { storageRoutes } from './storage.ts'
import { streamTo } from './stream.ts'
import { namesLike } from './suggestion.ts'
import { writingRoutes } from './writing.ts'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { OutboxView } from '../delivery/delivery.ts'
import type { TokenInfo } from '../domain/grants.ts'
import type { CatchUp, Images, Resolver, Servers } from '../domain/ports.ts'
import type { AppParts } from './apps.ts'
import type { ById } from './bodies.ts'
import type { HeldParts } from './held.ts'
import type { SetupPorts } from './setup.ts'
import type { StateParts } from './state.ts'
import type { Ground } from './storage.ts'
import type * as contract from './contract.ts'

export interface OwnerApiOptions extends StateParts, AppParts, HeldParts {
  resolver: Resolver
  catchUp: CatchUp
  servers: Servers
  images: Images
  ground: Ground
  setup: SetupPorts
  /** Fixed base of the listener, `http://127.0.0.1:PORT`. */
  base: () => string
  /** How many windows listen now; called with every one that comes or goes. */
  windows?: (open: number) => void
  stop: () => void
}

/** The window's tokens, and those of the command line that may read and write everything: who reads the folder is the owner. */
const isOwners = (info: TokenInfo | null): info is TokenInfo =>
  info !== null && (info.kind === 'window' || (info.kind === 'cli' && info.scopes.includes('read') && info.scopes.includes('write')))

/** The routes of `contract.ts`. Codes and numbers only: words are made in the window (design 4). */
export function ownerApi(options: OwnerApiOptions): FastifyPluginAsync {
  const { domain: d, outbox } = options
  let listening = 0

  const authorise = async (request: FastifyRequest) => {
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (!isOwners(token ? tokenInfo(d, token) : null)) throw unauthorized()
  }

  return async (app) => {
    const people = openPeople(options)
    app.addHook('onClose', async () => people.stop())
    app.post('/api/owner/session', async (request): Promise<contract.Session> => {
      const { code } = body<contract.SessionRequest>(request)
      const token = typeof code === 'string' ? useSignInCode(d, code) : null
      if (!token) throw new AppError('unauthorized', 'This sign-in link has been used or is too old.', { reason: 'sign-in-code-invalid' })
      return { token }
    })

    app.get('/api/owner/events', { websocket: true }, (socket, request) => {
      const token = request.headers['sec-websocket-protocol']?.split(',')[0]?.trim()
      if (!isOwners(token ? tokenInfo(d, token) : null)) {
        socket.close(4401, 'unauthorized')
        return
      }
      options.windows?.(++listening)
      streamTo(socket, { ...options, people, closed: () => options.windows?.(--listening) })
    })

    await app.register(async (routes) => {
      routes.addHook('onRequest', authorise)
      routes.addHook('onSend', async (_request, reply) => {
        reply.header('Cache-Control', 'no-store')
      })
      homeRoutes(routes, options)
      outboxRoutes(routes)
      draftRoutes(routes, d, options.base)
      heldRoutes(routes, options)
      writingRoutes(routes, d)
      settingRoutes(routes)
      postRoutes(routes, options)
      serverRoutes(routes, options)
      identityRoutes(routes, options)
      networkRoutes(routes, options)
      appRoutes(routes, options)
      doorRoutes(routes, d)
      catchUpRoutes(routes, d)
      searchRoutes(routes, d)
      labelRoutes(routes, d)
      filterRoutes(routes, d)
      aroundRoutes(routes, options)
      closingRoutes(routes, options)
      storageRoutes(routes, options)
      peopleRoutes(routes, people)
      await routes.register(emojiRoutes(options))
      await routes.register(posterRoutes(options))
      routes.post('/api/owner/stop', async () => {
        setImmediate(options.stop)
        return {}
      })
    })
  }

  function outboxRoutes(routes: FastifyInstance): void {
    const whole = (): contract.Outbox => ({ items: outbox.list().map((item) => toOutboxItem(d, item)), ...outbox.counts() })
    routes.get('/api/owner/outbox', async () => whole())
    routes.post('/api/owner/outbox/approve', async () => {
      outbox.approve()
      return whole()
    })
    routes.post<ById>('/api/owner/outbox/:id/retry', async (request) => {
      const id = idOf(request)
      if (!outbox.retry(id)) throw notFound()
      return toOutboxItem(d, outbox.item(id) as NonNullable<ReturnType<OutboxView['item']>>)
    })
    routes.delete<ById>('/api/owner/outbox/:id', async (request) => {
      cancel(d, outbox, idOf(request))
      return whole()
    })
  }

  function settingRoutes(routes: FastifyInstance): void {
    routes.get('/api/owner/settings', async () => settings(d))
    routes.patch('/api/owner/settings', async (request) => updateSettings(d, body(request) as Partial<contract.Settings>))

    routes.get<{ Params: { '*': string } }>('/api/owner/places/*', async (request, reply) =>
      reply.type('application/json').send(JSON.stringify(place(d, request.params['*']))),
    )
    routes.get('/api/owner/beginning', async (): Promise<contract.Beginning> => {
      const at = firstFollowAt(d)
      return { followedAt: at === null ? null : new Date(at).toISOString() }
    })
    routes.put<{ Params: { '*': string } }>('/api/owner/places/*', async (request) => {
      setPlace(d, request.params['*'], body(request) as unknown as contract.Place)
      return request.body
    })
  }
}

/** The first run, and how the connection stands. */
function homeRoutes(routes: FastifyInstance, options: OwnerApiOptions): void {
  const firstRun = setup(options.domain, options.setup)
  const state = () => stateOf(options, firstRun)
  routes.get('/api/owner/state', async () => state())
  routes.get<{ Querystring: { name?: string } }>('/api/owner/setup/name', async (request): Promise<contract.NameCheck> =>
    namesLike(String(request.query.name ?? '')),
  )
  routes.post('/api/owner/setup/name', async (request) => {
    const { name, displayName } = body<contract.SetupName>(request)
    if (typeof name !== 'string' || (displayName !== undefined && typeof displayName !== 'string')) throw badBody()
    await firstRun.name(name, displayName)
    return state()
  })
  routes.post('/api/owner/setup/check', async (request) => {
    const { origin } = body<{ origin: string }>(request)
    if (typeof origin !== 'string') throw badBody()
    return firstRun.check(origin)
  })
  routes.post('/api/owner/setup/address', async (request) => {
    const choice = body(request) as unknown as contract.SetupAddress
    if (!['own', 'trial', 'later'].includes(choice.choice)) throw badBody()
    if (choice.choice === 'own' && typeof choice.origin !== 'string') throw badBody()
    await firstRun.address(choice)
    return state()
  })

  const { connectivity } = options
  routes.get('/api/owner/connection', async () => connectionOf(options))
  routes.post('/api/owner/connection/retry', async () => {
    connectivity.retry()
    return connectionOf(options)
  })
  routes.post('/api/owner/connection/pause', async (request) => {
    const { until } = body<{ until: string | null }>(request)
    const at = typeof until === 'string' ? Date.parse(until) : null
    if (until !== null && (at === null || !(at > options.domain.now()))) throw badBody()
    setSetting(options.domain, 'pausedUntil', at)
    connectivity.pause(at)
    return connectionOf(options)
  })
}

const unauthorized = () => new AppError('unauthorized', 'The access token is invalid', { reason: 'unauthorized' })
