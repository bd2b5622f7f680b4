import { closedAt } from '../domain/closed.ts'
import { discoveryRoutes } from './discovery.ts'
import { actorRoutes } from './documents/actors.ts'
import { collectionRoutes } from './documents/collections.ts'
import { postRoutes } from './documents/posts.ts'
import { openSending } from './documents/sending.ts'
import { openShelf } from './documents/shelf.ts'
import { openReaders } from './readers.ts'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { IdentityHolder } from './identity.ts'
import type { Inbox } from './inbox.ts'
import type { Keys } from './keys.ts'

/** What other servers read of us, and where they write to. */

const MAX_BODY = 1024 * 1024

export interface DocumentParts {
  domain: Domain
  identity: IdentityHolder
  keys: Keys
  inbox: Inbox
  version: string
}
export interface Documents {
  readonly routes: FastifyPluginAsync
  /** Name, address or keys are new: nothing that was made before is shown any more. */
  changed(): void
  stop(): void
}

export function openDocuments(parts: DocumentParts): Documents {
  const { domain, identity, keys, inbox } = parts
  const shelf = openShelf(domain)
  const readers = openReaders({ domain, identity, keys })
  const sending = openSending({ domain, identity, readers, shelf })

  return {
    changed: () => shelf.clear(),
    stop: () => shelf.close(),
    routes: async (app) => {
      // The inbox needs the bytes as they came: digests are over bytes.
      closedRoutes(app, domain)
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body))
      discoveryRoutes(app, { ...parts, sending })
      actorRoutes(app, { domain, identity, sending })
      collectionRoutes(app, { domain, identity, sending })
      postRoutes(app, { domain, identity, sending })

      app.post('/inbox', async (request, reply) => {
        await inbox.receive(request, reply)
        return reply
      })
      app.post<{ Params: { name: string } }>('/users/:name/inbox', async (request, reply) => {
        if (!sending.named(request.params.name)) return sending.missing(reply)
        await inbox.receive(request, reply)
        return reply
      })
    },
  }
}

/** What stays after the account is closed: the instance, whose key shows that the name is still ours while the others are told. */
const STAYS = new Set([
  '/actor',
  '/actor/outbox',
  '/.well-known/nodeinfo',
  '/nodeinfo/2.0',
  '/nodeinfo/2.1',
  '/.well-known/host-meta',
  '/.well-known/host-meta.json',
])

/**
 * Once the account is closed, everything about it is gone (410, as on Mastodon). What is sent to the shared inbox is taken and not looked at:
 * refusing it would only make others try again. WebFinger answers for itself, since it is asked for the instance too.
 */
function closedRoutes(app: FastifyInstance, d: Domain): void {
  app.addHook('onRequest', async (request, reply) => {
    const path = request.routeOptions.url
    if (path === undefined || STAYS.has(path) || path === '/.well-known/webfinger' || closedAt(d) === null) return undefined
    reply.type('application/json; charset=utf-8').header('Cache-Control', 'no-store')
    return path === '/inbox' ? reply.status(202).send('') : reply.status(410).send({ error: 'Gone' })
  })
}
