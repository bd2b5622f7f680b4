import { discoveryRoutes } from './discovery.ts'
import { actorRoutes } from './documents/actors.ts'
import { collectionRoutes } from './documents/collections.ts'
import { postRoutes } from './documents/posts.ts'
import { openSending } from './documents/sending.ts'
import { openShelf } from './documents/shelf.ts'
import { openReaders } from './readers.ts'
import type { FastifyPluginAsync } from 'fastify'
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
