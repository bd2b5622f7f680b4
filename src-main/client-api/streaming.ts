import { grantFor, invalidToken } from './auth.ts'
import { scopeAllows } from '../domain/grants.ts'
import { loadPost } from '../domain/loading.ts'
import { notificationById } from '../domain/notifications.ts'
import { normaliseTag } from '../domain/text.ts'
import { hushedAmong, inHome } from '../domain/timelines.ts'
import { contextOf } from './entities/context.ts'
import { toStatus } from './entities/status.ts'
import { paramsOf } from './params.ts'
import { notifications } from './routes/notifications.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { DomainEvent } from '../domain/events.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { ClientApiOptions } from './options.ts'

/**
 * Live updates over one WebSocket with many streams (mastodon-api.md 2.8), fed by the events of the domain after their commit. Nothing
 * is kept: who comes back fetches.
 */

const PING_MS = 25_000
/** A socket that takes no frames for so long is closed; its client comes back and fetches. */
const MAX_BUFFERED = 1024 * 1024
const MOST_STREAMS = 50
const MOST_SOCKETS = 100

/** The streams there are, and the scope each needs; `tag` and `list` need a name besides. */
const STREAMS: Record<string, { needs: string; param?: 'tag' | 'list' }> = {
  user: { needs: 'read:statuses' },
  'user:notification': { needs: 'read:notifications' },
  public: { needs: 'read:statuses' },
  'public:media': { needs: 'read:statuses' },
  'public:local': { needs: 'read:statuses' },
  'public:local:media': { needs: 'read:statuses' },
  'public:remote': { needs: 'read:statuses' },
  'public:remote:media': { needs: 'read:statuses' },
  hashtag: { needs: 'read:statuses', param: 'tag' },
  'hashtag:local': { needs: 'read:statuses', param: 'tag' },
  list: { needs: 'read:lists', param: 'list' },
  direct: { needs: 'read:statuses' },
}

interface Listener {
  socket: WebSocket
  token: string
  window: boolean
  scopes: readonly string[]
  /** By its name and parameter as one text: `["hashtag","tides"]`. */
  streams: Set<string>
  alive: boolean
}

interface Frame {
  event: 'update' | 'status.update' | 'delete' | 'notification'
  payload: string
  streams: string[]
  /** Apps do not know what it speaks of. */
  windowOnly?: boolean
}

const keyOf = (...stream: string[]) => JSON.stringify(stream)
const USER = keyOf('user')
const NOTIFICATIONS = keyOf('user:notification')

export function registerStreaming(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, log } = options
  const listeners = new Set<Listener>()
  const tokens = new WeakMap<FastifyRequest, string>()

  app.get(
    '/api/v1/streaming',
    {
      websocket: true,
      onRequest: async (request) => {
        const token = tokenOf(request)
        if (token === null) throw invalidToken()
        tokens.set(request, token)
      },
    },
    (socket, request) => {
      const token = tokens.get(request) as string
      const grant = grantFor(d, token, options.listener)
      if (!grant || listeners.size >= MOST_SOCKETS) {
        socket.close(grant ? 1013 : 4401)
        return
      }
      const listener: Listener = { socket, token, window: grant.kind === 'window', scopes: grant.scopes, streams: new Set(), alive: true }
      listeners.add(listener)
      socket.on('close', () => listeners.delete(listener))
      socket.on('error', () => listeners.delete(listener))
      socket.on('pong', () => (listener.alive = true))
      socket.on('message', (data) => order(listener, String(data)))
      const params = paramsOf(request)
      const first = params.word('stream')
      if (first !== undefined) change(listener, 'subscribe', first, params.word('tag') ?? params.word('list'))
    },
  )

  const off = d.events.listen((event) => {
    if (listeners.size === 0) return
    try {
      for (const frame of framesOf(event)) spread(frame)
    } catch (error) {
      // A commit has happened: whatever goes wrong here is nobody's failure but the stream's.
      log.error({ error: error instanceof Error ? error.stack : String(error), event: event.type }, 'an event could not be streamed')
    }
  })
  const pings = setInterval(() => {
    for (const listener of listeners) {
      if (!listener.alive || !grantFor(d, listener.token, options.listener)) {
        listener.socket.terminate()
        continue
      }
      listener.alive = false
      listener.socket.ping()
    }
  }, PING_MS)
  pings.unref()
  app.addHook('onClose', async () => {
    off()
    clearInterval(pings)
    for (const { socket } of listeners) socket.terminate()
  })

  /** From the subprotocol (browsers), the header, the query; the first that is good counts: some send an empty or foreign protocol too. */
  function tokenOf(request: FastifyRequest): string | null {
    const offered = [
      ...(request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim()),
      /^bearer +(\S+)$/i.exec(request.headers.authorization?.trim() ?? '')?.[1] ?? '',
      paramsOf(request).word('access_token') ?? '',
    ]
    return offered.find((token) => token !== '' && (grantFor(d, token, options.listener)?.kind ?? 'client') !== 'client') ?? null
  }

  /** A frame of the client. Anything that is no order is answered with an error; the socket stays. */
  function order(listener: Listener, text: string): void {
    let frame: Record<string, unknown> = {}
    try {
      const parsed: unknown = JSON.parse(text)
      if (typeof parsed === 'object' && parsed !== null) frame = parsed as Record<string, unknown>
    } catch {
      // Falls through to the error below.
    }
    const { type, stream } = frame
    const named = frame.tag ?? frame.list
    if ((type !== 'subscribe' && type !== 'unsubscribe') || typeof stream !== 'string')
      return complain(listener, 'Unknown message type', 400)
    change(listener, type, stream, typeof named === 'string' || typeof named === 'number' ? String(named) : undefined)
  }

  function change(listener: Listener, type: 'subscribe' | 'unsubscribe', stream: string, named: string | undefined): void {
    const known = Object.hasOwn(STREAMS, stream) ? STREAMS[stream] : undefined
    if (!known || (known.param && !named)) return complain(listener, 'Unknown stream type', 400)
    if (!scopeAllows(listener.scopes, known.needs)) return complain(listener, 'Access token does not have the required scopes', 401)
    const key = known.param ? keyOf(stream, known.param === 'tag' ? normaliseTag(named as string) : (named as string)) : keyOf(stream)
    if (type === 'unsubscribe') listener.streams.delete(key)
    else if (listener.streams.size < MOST_STREAMS) listener.streams.add(key)
  }

  const complain = (listener: Listener, error: string, status: number) => listener.socket.send(JSON.stringify({ error, status }))

  function spread({ event, payload, streams, windowOnly = false }: Frame): void {
    for (const key of streams) {
      let text: string | null = null
      for (const listener of listeners) {
        if (!listener.streams.has(key) || (windowOnly && !listener.window)) continue
        if (listener.socket.bufferedAmount > MAX_BUFFERED) {
          listener.socket.terminate()
          continue
        }
        text ??= JSON.stringify({ stream: JSON.parse(key), event, payload })
        listener.socket.send(text)
      }
    }
  }

  function framesOf(event: DomainEvent): Frame[] {
    switch (event.type) {
      case 'post-written':
        return posted('update', event.data.postId, true)
      case 'post-received':
        return posted('update', event.data.postId, event.data.home)
      case 'boosted':
        return event.data.home ? posted('update', event.data.boostId, true) : []
      case 'post-edited':
        return posted('status.update', event.data.postId, event.data.home)
      case 'voted':
      case 'poll-changed':
      case 'quote-changed':
      case 'reacted':
      case 'unreacted':
        return posted('status.update', event.data.postId, inHome(d, [event.data.postId]).size > 0)
      case 'post-released':
        return posted('status.update', event.data.postId, true)
      case 'post-deleted':
        return deleted(event.data.postId, event.data.visibility === 'public')
      case 'unboosted':
        return deleted(event.data.boostId, false)
      case 'notified':
        return notified(event.data.notificationId)
      default:
        return []
    }
  }

  function posted(event: 'update' | 'status.update', postId: number, home: boolean): Frame[] {
    const post = loadPost(d, postId)
    if (!post) return []
    const streams = [...(home ? [USER] : []), ...publicStreams(post)]
    if (!streams.some((key) => wanted(key))) return []
    if (hushedAmong(d, [post.accountId, post.boost?.accountId ?? post.accountId]).size > 0) return []
    return [{ event, payload: JSON.stringify(toStatus(contextOf(d, options.base(), 'owner'), post)), streams }]
  }

  /** Also to those who never saw it: an id they do not know does no harm. */
  function deleted(postId: number, everywhere: boolean): Frame[] {
    const streams = everywhere ? new Set([USER, ...[...listeners].flatMap((listener) => [...listener.streams])]) : new Set([USER])
    streams.delete(NOTIFICATIONS)
    return [{ event: 'delete', payload: String(postId), streams: [...streams] }]
  }

  function notified(id: number): Frame[] {
    if (!wanted(USER) && !wanted(NOTIFICATIONS)) return []
    const found = notificationById(d, id)
    const [payload] = found ? notifications(contextOf(d, options.base(), 'owner'), [found]) : []
    if (!payload) return []
    return [{ event: 'notification', payload: JSON.stringify(payload), streams: [USER, NOTIFICATIONS], windowOnly: found?.type === 'move' }]
  }

  const wanted = (key: string) => [...listeners].some((listener) => listener.streams.has(key))
}

/** Where else a public post shows up. */
function publicStreams(post: LoadedPost): string[] {
  if (post.visibility !== 'public' || post.boost) return []
  const where = post.own ? 'local' : 'remote'
  const timelines = post.inReplyToId === null && post.inReplyToUri === null ? ['public', `public:${where}`] : []
  return [
    ...timelines.flatMap((name) => [keyOf(name), ...(post.media.length > 0 ? [keyOf(`${name}:media`)] : [])]),
    ...post.tags.flatMap((tag) => [keyOf('hashtag', tag), ...(post.own ? [keyOf('hashtag:local', tag)] : [])]),
  ]
}
