import { AppError } from '../../domain/errors.ts'
import { listById } from '../../domain/lists.ts'
import { invalidToken } from '../auth.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { checkScope, ownersGrant, tokenOf } from './access.ts'
import { framesOf } from './frames.ts'
import { openHub } from './hub.ts'
import { listenByEvents } from './server-sent.ts'
import { listenBySocket } from './socket.ts'
import { CHANNELS, streamOf } from './streams.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TokenInfo } from '../../domain/grants.ts'
import type { Limits } from '../limits.ts'
import type { ClientApiOptions } from '../options.ts'
import type { LineListener } from './server-sent.ts'
import type { SocketListener } from './socket.ts'

/**
 * Live updates (mastodon-api.md 1.7, 2.8): one source of frames, the events of the domain after their commit, and two ways to hear them, a
 * WebSocket with many streams and server-sent events with one each. Nothing is kept: who comes back fetches.
 */

const PING_MS = 25_000
const THUMP_MS = 15_000
/** Of one socket. */
const MOST_STREAMS = 50
/** Sockets and lines together. */
const MOST_LISTENERS = 100
/** Of one app: the others have to get in too. */
const MOST_BY_TOKEN = 30

export function registerStreaming(app: FastifyInstance, options: ClientApiOptions, limits: Limits): void {
  const { domain: d, log } = options
  const hub = openHub(MOST_STREAMS)
  const sockets = new Set<SocketListener>()
  const lines = new Set<LineListener>()
  const tokens = new WeakMap<FastifyRequest, { token: string; grant: TokenInfo }>()

  /**
   * Before the upgrade, and before anything is read of what was asked for. Streams count for their token, wherever it stands: strangers who
   * use up what they have together keep no app of the owner's out.
   */
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const token = tokenOf(request, options)
    const grant = token === null ? null : ownersGrant(token, options)
    const counted = grant ? limits.of(grant) : limits.nobody()
    if (counted) limits.count(reply, counted)
    if (token === null || !grant) throw invalidToken()
    tokens.set(request, { token, grant })
  }

  const full = (token: string) =>
    hub.size >= MOST_LISTENERS || hub.listeners().filter((listener) => listener.token === token).length >= MOST_BY_TOKEN

  async function answerWithEvents(request: FastifyRequest, reply: FastifyReply, name: string | undefined) {
    const { token, grant } = tokens.get(request) as { token: string; grant: TokenInfo }
    const params = paramsOf(request)
    const stream = name === undefined ? null : streamOf(name, name.startsWith('list') ? params.word('list') : params.word('tag'))
    if (!stream) return reply.status(400).send({ error: 'Unknown channel requested' })
    checkScope(grant, stream)
    if (stream.listId !== null && !listKnown(stream.listId)) throw notFound()
    if (full(token)) throw new AppError('unavailable', 'Too many streams are open')
    const line = listenByEvents(reply, hub, stream, { token, grant, base: options.base })
    lines.add(line)
    reply.raw.on('close', () => lines.delete(line))
    return reply
  }

  for (const [path, name] of Object.entries(CHANNELS)) {
    app.get(
      `/api/v1/streaming/${path}`,
      { onRequest, exposeHeadRoute: false, config: { answers: 'EventStream', countsItself: true } },
      async (request, reply) => {
        const media = name.startsWith('public') && paramsOf(request).flag('only_media') === true
        return answerWithEvents(request, reply, media ? `${name}:media` : name)
      },
    )
  }
  app.get('/api/v1/streaming/*', { onRequest, exposeHeadRoute: false, config: { countsItself: true } }, (request, reply) =>
    answerWithEvents(request, reply, undefined),
  )

  app.route({
    method: 'GET',
    url: '/api/v1/streaming',
    config: { answers: 'Socket', countsItself: true },
    exposeHeadRoute: false,
    onRequest,
    // Without an upgrade: one stream as events, as its query says.
    handler: async (request, reply) => answerWithEvents(request, reply, paramsOf(request).word('stream')),
    wsHandler(socket, request) {
      const { token } = tokens.get(request) as { token: string }
      const grant = ownersGrant(token, options)
      if (!grant || full(token)) {
        socket.close(grant ? 1013 : 4401)
        return
      }
      const listener = listenBySocket(socket, hub, { token, grant, base: options.base, query: paramsOf(request), listKnown })
      sockets.add(listener)
      socket.on('close', () => sockets.delete(listener))
    },
  })

  const off = d.events.listen((event) => {
    if (hub.size === 0) return
    try {
      // An app that was sent away hears nothing more, whatever it is subscribed to.
      if (event.type === 'apps-changed' || event.type === 'settings-changed') dropStrangers()
      for (const frame of framesOf(d, hub, event)) hub.spread(frame)
    } catch (error) {
      // A commit has happened: whatever goes wrong here is nobody's failure but the stream's.
      log.error({ error: error instanceof Error ? error.stack : String(error), event: event.type }, 'an event could not be streamed')
    }
  })
  const pings = setInterval(() => {
    dropStrangers()
    for (const listener of sockets) if (!listener.ping()) listener.drop()
  }, PING_MS)
  const thumps = setInterval(() => {
    for (const line of lines) line.thump()
  }, THUMP_MS)
  pings.unref()
  thumps.unref()
  const offWake = options.onWoken?.(dropAll)
  app.addHook('preClose', async () => dropAll())
  app.addHook('onClose', async () => {
    off()
    offWake?.()
    clearInterval(pings)
    clearInterval(thumps)
  })

  /** While the machine slept its connections died without a word: clients come back and fetch at once, instead of waiting for nothing. */
  function dropAll(): void {
    for (const listener of hub.listeners()) listener.drop()
  }

  /** Whose token has been revoked; everybody, once the owner has switched the API of this listener off. */
  function dropStrangers(): void {
    if (!options.enabled()) return dropAll()
    for (const listener of hub.listeners()) if (!ownersGrant(listener.token, options)) listener.drop()
  }

  function listKnown(id: number): boolean {
    return listById(d, id) !== null
  }
}
