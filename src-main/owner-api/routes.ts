import { isTrial, findOwner, origin, checkName, settings, updateSettings } from '../domain/owner.ts'
import { draft, listDrafts, removeDraft, saveDraft } from '../domain/drafts.ts'
import { AppError } from '../domain/errors.ts'
import { tokenInfo, useSignInCode } from '../domain/grants.ts'
import { place, setPlace } from '../domain/reading.ts'
import { handleOf, mediaPath, parseId } from '../domain/uris.ts'
import { mediaById } from '../domain/media.ts'
import { accountById } from '../domain/accounts.ts'
import { postById } from '../domain/posts.ts'
import { cancel, iso, toOutboxItem } from './outbox.ts'
import { setup } from './setup.ts'
import type { WebSocket } from 'ws'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { ConnectivityControl } from '../delivery/connectivity.ts'
import type { OutboxView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { TokenInfo } from '../domain/grants.ts'
import type { SetupPorts } from './setup.ts'
import type * as contract from './contract.ts'

export interface OwnerApiOptions {
  domain: Domain
  outbox: OutboxView
  connectivity: ConnectivityControl
  setup: SetupPorts
  version: string
  host: 'desktop' | 'headless'
  /** What carries the traffic now. */
  tunnel: () => 'none' | 'localtunnel'
  /** A name from the system's user name, if it looks like a person's. */
  suggestedName: string | null
  /** Fixed base of the listener, `http://127.0.0.1:PORT`. */
  base: () => string
  /** How many windows listen now; called with every one that comes or goes. */
  windows?: (open: number) => void
  stop: () => void
}

/** A socket that takes no frames for so long is closed; the window comes back by itself. */
const MAX_BUFFERED = 1024 * 1024
const PING_MS = 25_000

/** The window's tokens, and those of the command line that may read and write everything: who reads the folder is the owner. */
const isOwners = (info: TokenInfo | null): info is TokenInfo =>
  info !== null && (info.kind === 'window' || (info.kind === 'cli' && info.scopes.includes('read') && info.scopes.includes('write')))

/** The routes of `contract.ts`. Codes and numbers only: words are made in the window (design 4). */
export function ownerApi(options: OwnerApiOptions): FastifyPluginAsync {
  const { domain: d, outbox, connectivity } = options
  const firstRun = setup(d, options.setup)
  let listening = 0

  const connection = (): contract.Connection => {
    const { state, reason, since, seenAt, nextAttemptAt } = connectivity.status()
    const counts = outbox.counts()
    const chosen = origin(d)
    const me = findOwner(d)
    return {
      state,
      reason,
      since: iso(since),
      origin: chosen,
      handle: chosen && me ? handleOf(chosen, me.username) : null,
      tunnel: options.tunnel(),
      trial: isTrial(d),
      seenAt: seenAt === null ? null : iso(seenAt),
      nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
      ...counts,
    }
  }
  const state = (): contract.OwnerState => {
    const me = findOwner(d)
    const chosen = origin(d)
    return {
      version: options.version,
      setup: firstRun.step(),
      suggestedName: me ? null : options.suggestedName,
      owner: me ? { id: String(me.id), username: me.username, handle: chosen ? handleOf(chosen, me.username) : null } : null,
      connection: connection(),
      settings: settings(d),
      host: options.host,
    }
  }
  const wholeOutbox = (): contract.Outbox => ({ items: outbox.list().map((item) => toOutboxItem(d, item)), ...outbox.counts() })
  const toDraft = (row: NonNullable<ReturnType<typeof draft>>): contract.Draft => {
    const parent = row.inReplyToId === null ? null : postById(d, row.inReplyToId)
    const answered = parent && accountById(d, parent.accountId)
    return {
      id: row.id,
      text: row.text,
      warning: row.warning,
      sensitive: row.sensitive,
      visibility: row.visibility,
      language: row.language,
      inReplyToId: row.inReplyToId === null ? null : String(row.inReplyToId),
      inReplyToAcct: answered ? (answered.domain ? `${answered.username}@${answered.domain}` : answered.username) : null,
      editOf: row.editOf === null ? null : String(row.editOf),
      mediaIds: row.mediaIds.map(String),
      media: row.mediaIds.flatMap((id) => {
        const file = mediaById(d, id)
        if (!file) return []
        return [
          {
            id: String(file.id),
            type: file.kind as contract.DraftMedia['type'],
            url: options.base() + mediaPath(file.token, 'original', file.mime),
            previewUrl: options.base() + mediaPath(file.token, 'small', file.mime),
            description: file.description,
            width: file.width,
            height: file.height,
            blurhash: file.blurhash,
            focus: file.focus,
          },
        ]
      }),
      caret: row.caret,
      createdAt: iso(row.createdAt),
      updatedAt: iso(row.updatedAt),
    }
  }

  return async (app) => {
    const authorise = async (request: FastifyRequest) => {
      const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const info = token ? tokenInfo(d, token) : null
      if (!isOwners(info)) throw unauthorized()
    }
    const body = <T>(request: FastifyRequest): T => {
      if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) {
        throw new AppError('invalid', 'The body must be a JSON object.', { reason: 'invalid-body' })
      }
      return request.body as T
    }

    app.post('/api/owner/session', async (request): Promise<contract.Session> => {
      const { code } = body<contract.SessionRequest>(request)
      const token = typeof code === 'string' ? useSignInCode(d, code) : null
      if (!token) throw new AppError('unauthorized', 'This sign-in link has been used or is too old.', { reason: 'sign-in-code-invalid' })
      return { token }
    })

    app.get('/api/owner/events', { websocket: true }, (socket, request) => {
      const token = request.headers['sec-websocket-protocol']?.split(',')[0]?.trim()
      const info = token ? tokenInfo(d, token) : null
      if (!isOwners(info)) {
        socket.close(4401, 'unauthorized')
        return
      }
      stream(socket)
    })

    await app.register(async (routes) => {
      routes.addHook('onRequest', authorise)
      routes.addHook('onSend', async (_request, reply) => {
        reply.header('Cache-Control', 'no-store')
      })

      routes.get('/api/owner/state', async () => state())
      routes.get<{ Querystring: { name?: string } }>('/api/owner/setup/name', async (request): Promise<contract.NameCheck> =>
        checkName(String(request.query.name ?? '')),
      )
      routes.post('/api/owner/setup/name', async (request) => {
        const { name, displayName } = body<contract.SetupName>(request)
        if (typeof name !== 'string' || (displayName !== undefined && typeof displayName !== 'string')) throw badBody()
        await firstRun.name(name, displayName)
        return state()
      })
      routes.post('/api/owner/setup/address', async (request) => {
        const choice = body<contract.SetupAddress>(request)
        if (!['own', 'trial', 'later'].includes(choice.choice)) throw badBody()
        if (choice.choice === 'own' && typeof choice.origin !== 'string') throw badBody()
        await firstRun.address(choice)
        return state()
      })

      routes.get('/api/owner/connection', async () => connection())
      routes.post('/api/owner/connection/retry', async () => {
        connectivity.retry()
        return connection()
      })

      routes.get('/api/owner/outbox', async () => wholeOutbox())
      routes.post<{ Params: { id: string } }>('/api/owner/outbox/:id/retry', async (request) => {
        const id = parseId(request.params.id)
        if (id === null || !outbox.retry(id)) throw notFound()
        return toOutboxItem(d, outbox.item(id) as NonNullable<ReturnType<OutboxView['item']>>)
      })
      routes.delete<{ Params: { id: string } }>('/api/owner/outbox/:id', async (request) => {
        const id = parseId(request.params.id)
        if (id === null) throw notFound()
        cancel(d, outbox, id)
        return wholeOutbox()
      })

      routes.get('/api/owner/drafts', async () => listDrafts(d).map(toDraft))
      routes.put<{ Params: { id: string } }>('/api/owner/drafts/:id', async (request) => {
        const input = body<contract.DraftInput>(request)
        return toDraft(saveDraft(d, request.params.id, draftInput(input)))
      })
      routes.delete<{ Params: { id: string } }>('/api/owner/drafts/:id', async (request) => {
        removeDraft(d, request.params.id)
        return {}
      })

      routes.get('/api/owner/settings', async () => settings(d))
      routes.patch('/api/owner/settings', async (request) => updateSettings(d, body<Partial<contract.Settings>>(request)))

      routes.get<{ Params: { '*': string } }>('/api/owner/places/*', async (request, reply) =>
        reply.type('application/json').send(JSON.stringify(place(d, request.params['*']))),
      )
      routes.put<{ Params: { '*': string } }>('/api/owner/places/*', async (request) => {
        setPlace(d, request.params['*'], body(request))
        return request.body
      })

      routes.post('/api/owner/stop', async () => {
        setImmediate(options.stop)
        return {}
      })
    })
  }

  function stream(socket: WebSocket): void {
    const send = (event: contract.OwnerEvent) => {
      if (socket.bufferedAmount > MAX_BUFFERED) socket.close(1013, 'too slow')
      else socket.send(JSON.stringify(event))
    }
    options.windows?.(++listening)
    send({ type: 'connection', connection: connection() })
    const offs = [
      connectivity.onChange(() => send({ type: 'connection', connection: connection() })),
      outbox.onChange((id) => {
        const item = outbox.item(id)
        send(
          item
            ? { type: 'outbox', item: toOutboxItem(d, item), ...outbox.counts() }
            : { type: 'outbox-removed', id: String(id), ...outbox.counts() },
        )
      }),
      d.events.listen((event) => {
        if (event.type === 'draft-saved') {
          const row = draft(d, event.data.draftId)
          if (row) send({ type: 'draft', draft: toDraft(row) })
        } else if (event.type === 'draft-removed') send({ type: 'draft-removed', id: event.data.draftId })
        else if (event.type === 'settings-changed') send({ type: 'settings', settings: settings(d) })
        else if (event.type === 'profile-changed' || event.type === 'owner-named' || event.type === 'origin-chosen')
          send({ type: 'profile' })
      }),
    ]
    const ping = setInterval(() => socket.ping(), PING_MS)
    ping.unref()
    socket.on('close', () => {
      clearInterval(ping)
      options.windows?.(--listening)
      for (const off of offs) off()
    })
  }
}

const badBody = () => new AppError('invalid', 'The body is not what this route takes.', { reason: 'invalid-body' })
const notFound = () => new AppError('not-found', 'There is no such item.')
const unauthorized = () => new AppError('unauthorized', 'The access token is invalid', { reason: 'unauthorized' })

/** The checked shape of a draft; ids become numbers, unknown ones are dropped. */
function draftInput(input: contract.DraftInput) {
  const { text, warning, sensitive, visibility, language, caret } = input
  const texts = typeof text === 'string' && typeof warning === 'string' && (language === null || typeof language === 'string')
  if (!texts || !['public', 'unlisted', 'private', 'direct'].includes(visibility) || !Array.isArray(input.mediaIds)) throw badBody()
  return {
    text,
    warning,
    sensitive: sensitive === true,
    visibility,
    language,
    inReplyToId: parseId(input.inReplyToId),
    editOf: parseId(input.editOf),
    mediaIds: input.mediaIds.flatMap((id) => parseId(String(id)) ?? []),
    caret: Number.isSafeInteger(caret) && caret >= 0 ? caret : 0,
  }
}
