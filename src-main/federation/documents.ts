import { loadAccounts } from '../domain/accounts.ts'
import { loadPost, loadPosts } from '../domain/loading.ts'
import { tombstone } from '../domain/posts.ts'
import { peoplePage } from '../domain/relationships.ts'
import { accountPage, threadOf } from '../domain/timelines.ts'
import { parseId } from '../domain/uris.ts'
import { canSee } from '../domain/visibility.ts'
import { discoveryRoutes } from './discovery.ts'
import { actor, instanceActor } from './mapping/actor.ts'
import { collection, collectionPage } from './mapping/collection.ts'
import { withContext } from './mapping/context.ts'
import { note } from './mapping/note.ts'
import { activities } from './mapping/to-activity.ts'
import { wantsPage } from './negotiation.ts'
import { openReaders } from './readers.ts'
import { picturesOf, surroundingsOf, uriOf } from './surroundings.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Inbox } from './inbox.ts'
import type { Keys } from './keys.ts'
import type { Document } from './mapping/to-activity.ts'

/** What other servers read of us: the actors, their collections, posts. Everything goes through `canSee` (rule 18). */

const AP_TYPE = 'application/activity+json; charset=utf-8'
const PAGE = 20
/** Answers listed under a post; a thread is read no further than this for it. */
const MAX_REPLIES = 40
const MAX_BODY = 1024 * 1024

export interface DocumentParts {
  domain: Domain
  identity: IdentityHolder
  keys: Keys
  inbox: Inbox
  version: string
}

export function publicRoutes(parts: DocumentParts): FastifyPluginAsync {
  const { domain: d, identity, keys, inbox } = parts
  const readers = openReaders({ domain: d, identity, keys })

  return async (app) => {
    // The inbox needs the bytes as they came: digests are over bytes.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY }, (_request, body, done) => done(null, body))
    discoveryRoutes(app, parts)

    const missing = (reply: FastifyReply) =>
      reply
        .status(404)
        .type('application/json; charset=utf-8')
        .header('Vary', 'Accept, Signature')
        .header('Cache-Control', 'private, no-store')
        .send({ error: 'Record not found' })
    const send = (reply: FastifyReply, document: Document, cache = 'public, max-age=180') =>
      reply
        .type(AP_TYPE)
        .header('Vary', 'Accept, Signature')
        .header('Cache-Control', cache)
        .header('Access-Control-Allow-Origin', '*')
        .send(JSON.stringify(document))
    const toPage = (reply: FastifyReply, page: string) => reply.header('Vary', 'Accept, Signature').redirect(page, 303)
    const named = (name: string): Identity | null => {
      const me = identity.current()
      return me && me.username.toLowerCase() === name.toLowerCase() ? me : null
    }

    // The actors ----------------------------------------------------------------------------------------------------------------------

    type Named = { Params: { name: string } }
    app.get<Named>('/users/:name', async (request, reply) => {
      const me = named(request.params.name)
      const owner = me && identity.owner()
      if (!me || !owner) return missing(reply)
      return wantsPage(request.headers.accept)
        ? toPage(reply, me.uris.profile)
        : send(reply, actor(owner, me.uris, me.keys, picturesOf(d, owner.emojis)))
    })
    app.get('/actor', async (_request, reply) => {
      const me = identity.current()
      return me ? send(reply, instanceActor(me.uris, me.keys)) : missing(reply)
    })
    app.get('/actor/outbox', async (_request, reply) => {
      const me = identity.current()
      return me ? send(reply, collection(`${me.uris.instanceActor}/outbox`, 0, null)) : missing(reply)
    })

    // Collections ---------------------------------------------------------------------------------------------------------------------

    type Paged = Named & { Querystring: { page?: unknown; max_id?: unknown; min_id?: unknown } }
    /** Bounds of a page, and its address as it was asked for: cursors that are none are left out. */
    const pageAsked = (request: FastifyRequest<Paged>, base: string) => {
      const id = (value: unknown) => (typeof value === 'string' ? parseId(value) : null)
      const [maxId, minId] = [id(request.query.max_id), id(request.query.min_id)]
      const cursors = `${maxId === null ? '' : `&max_id=${maxId}`}${minId === null ? '' : `&min_id=${minId}`}`
      return {
        here: `${base}?page=true${cursors}`,
        page: { limit: PAGE, ...(maxId === null ? {} : { maxId }), ...(minId === null ? {} : { minId }) },
      }
    }

    app.get<Paged>('/users/:name/outbox', async (request, reply) => {
      const me = named(request.params.name)
      const owner = me && identity.owner()
      if (!me || !owner) return missing(reply)
      const { outbox } = me.uris
      if (request.query.page !== 'true') return send(reply, collection(outbox, owner.postsCount, `${outbox}?page=true`))
      const { here, page } = pageAsked(request, outbox)
      const ids = accountPage(d, owner.id, page, { publicOnly: true })
      const posts = loadPosts(d, ids).filter((post) => canSee(post, 'public'))
      const [first, last] = [ids[0], ids.at(-1)]
      return send(
        reply,
        collectionPage(
          outbox,
          here,
          posts.flatMap((post) => outboxItem(me, post)),
          {
            ...(last !== undefined && ids.length === PAGE ? { next: `${outbox}?page=true&max_id=${last}` } : {}),
            ...(first !== undefined ? { prev: `${outbox}?page=true&min_id=${first}` } : {}),
          },
        ),
      )
    })
    for (const list of ['followers', 'following'] as const) {
      app.get<Paged>(`/users/:name/${list}`, async (request, reply) => {
        const me = named(request.params.name)
        const owner = me && identity.owner()
        if (!me || !owner) return missing(reply)
        const base = me.uris[list]
        const total = list === 'followers' ? owner.followersCount : owner.followingCount
        if (request.query.page !== 'true') return send(reply, collection(base, total, `${base}?page=true`))
        const { here, page } = pageAsked(request, base)
        const rows = peoplePage(d, list, owner.id, page)
        const people = loadAccounts(
          d,
          rows.map((row) => row.accountId),
        )
        const [first, last] = [rows[0], rows.at(-1)]
        return send(
          reply,
          collectionPage(
            base,
            here,
            rows.flatMap((row) => people.get(row.accountId)?.uri ?? []),
            {
              ...(last && rows.length === PAGE ? { next: `${base}?page=true&max_id=${last.cursor}` } : {}),
              ...(first ? { prev: `${base}?page=true&min_id=${first.cursor}` } : {}),
            },
          ),
        )
      })
    }
    app.get<Named>('/users/:name/collections/featured', async (request, reply) => {
      const me = named(request.params.name)
      return me
        ? send(reply, withContext({ id: me.uris.featured, type: 'OrderedCollection', totalItems: 0, orderedItems: [] }))
        : missing(reply)
    })
    app.get<Named>('/users/:name/collections/tags', async (request, reply) => {
      const me = named(request.params.name)
      return me ? send(reply, withContext({ id: me.uris.featuredTags, type: 'Collection', totalItems: 0, items: [] })) : missing(reply)
    })

    // Posts ---------------------------------------------------------------------------------------------------------------------------

    type OfPost = { Params: { name: string; id: string }; Querystring: { page?: unknown } }
    /** The post, if whoever asks may see it; `open`: everybody may. */
    const visiblePost = async (request: FastifyRequest<OfPost>) => {
      const me = named(request.params.name)
      const id = parseId(request.params.id)
      const found = me && id !== null ? loadPost(d, id) : null
      const post = found?.own ? found : null
      if (me && post && canSee(post, 'public')) return { me, post, open: true }
      // Absent or hidden: the same work either way, so that nothing tells which it is.
      const reader = await readers.signer(request)
      if (!me || !post || !reader || !canSee(post, readers.viewerOf(reader, post))) return null
      return { me, post, open: false }
    }
    const PRIVATE = 'private, no-store'

    app.get<OfPost>('/users/:name/statuses/:id', async (request, reply) => {
      const found = await visiblePost(request)
      if (!found || found.post.boostOf !== null) return gone(request, reply)
      const { me, post, open } = found
      if (open && wantsPage(request.headers.accept)) return toPage(reply, me.uris.postPage(post.id))
      return send(reply, withContext(note(post, surroundingsOf(d, me.uris, post))), open ? undefined : PRIVATE)
    })
    app.get<OfPost>('/users/:name/statuses/:id/activity', async (request, reply) => {
      const found = await visiblePost(request)
      const item = found && outboxItem(found.me, found.post)[0]
      return item ? send(reply, withContext(item), found.open ? undefined : PRIVATE) : gone(request, reply)
    })
    app.get<OfPost>('/users/:name/statuses/:id/replies', async (request, reply) => {
      const found = await visiblePost(request)
      if (!found?.open) return missing(reply)
      const { me, post } = found
      const id = me.uris.replies(post.id)
      if (request.query.page !== 'true') {
        const first = { type: 'CollectionPage', partOf: id, next: `${id}?page=true`, items: [] }
        return send(reply, withContext({ id, type: 'Collection', first }))
      }
      const near = threadOf(d, post.id).descendants.slice(0, MAX_REPLIES * 5)
      const items = loadPosts(d, near)
        .filter((answer) => answer.inReplyToId === post.id && canSee(answer, 'public'))
        .slice(0, MAX_REPLIES)
        .map((answer) => uriOf(me.uris, answer))
      return send(reply, withContext({ id: `${id}?page=true`, type: 'CollectionPage', partOf: id, items }))
    })
    for (const kind of ['likes', 'shares'] as const) {
      app.get<OfPost>(`/users/:name/statuses/:id/${kind}`, async (request, reply) => {
        const found = await visiblePost(request)
        if (!found?.open) return missing(reply)
        const totalItems = kind === 'likes' ? found.post.favouritesCount : found.post.boostsCount
        return send(reply, withContext({ id: found.me.uris[kind](found.post.id), type: 'Collection', totalItems }))
      })
    }

    /** Deleted posts say so; what never was and what may not be seen look the same. */
    function gone(request: FastifyRequest<OfPost>, reply: FastifyReply) {
      const me = named(request.params.name)
      const id = parseId(request.params.id)
      const uri = me && id !== null ? me.uris.post(id) : null
      const dead = uri ? tombstone(d, uri) : null
      if (!uri || !dead?.own) return missing(reply)
      reply.status(410)
      return send(
        reply,
        withContext({ id: uri, type: 'Tombstone', formerType: dead.formerType ?? 'Note', deleted: new Date(dead.at).toISOString() }),
      )
    }

    function outboxItem(me: Identity, post: LoadedPost): Document[] {
      const { uris: u } = me
      if (post.boostOf === null) return [bare(activities.create(post, surroundingsOf(d, u, post)))]
      const { boost } = post
      const author = boost && (boost.account.own ? u.actor : boost.account.uri)
      return boost && author ? [bare(activities.announce(post, u, author, uriOf(u, boost)))] : []
    }

    // Inboxes -------------------------------------------------------------------------------------------------------------------------

    app.post('/inbox', async (request, reply) => {
      await inbox.receive(request, reply)
      return reply
    })
    app.post<Named>('/users/:name/inbox', async (request, reply) => {
      if (!named(request.params.name)) return missing(reply)
      await inbox.receive(request, reply)
      return reply
    })
  }
}

const bare = (document: Document): Document => {
  const { '@context': _context, ...rest } = document
  return rest
}
