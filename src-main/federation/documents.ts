import { accountById, accountByUri } from '../domain/accounts.ts'
import { loadPost, loadPosts } from '../domain/loading.ts'
import { tombstone } from '../domain/posts.ts'
import { peoplePage, relationship } from '../domain/relationships.ts'
import { accountPage, threadOf } from '../domain/timelines.ts'
import { parseId } from '../domain/uris.ts'
import { canSee } from '../domain/visibility.ts'
import { checkSignature, parseSignature, verifySignature } from '../signatures/index.ts'
import { activities, actor, collection, collectionPage, instanceActor, note } from './mapping/to-activity.ts'
import { withContext } from './mapping/context.ts'
import { hostOf } from './mapping/read.ts'
import { budget } from './remote.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { Viewer } from '../domain/visibility.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Inbox } from './inbox.ts'
import type { Keys } from './keys.ts'
import type { Document, Person } from './mapping/to-activity.ts'

/** What other servers read of us: WebFinger, NodeInfo, the actor and its collections, posts. Everything goes through `canSee`. */

const AP_TYPE = 'application/activity+json; charset=utf-8'
const PAGE = 20
const DAY_MS = 24 * 3600_000

export interface DocumentParts {
  domain: Domain
  identity: IdentityHolder
  keys: Keys
  inbox: Inbox
  version: string
}

export function publicRoutes(parts: DocumentParts): FastifyPluginAsync {
  const { domain: d, identity, keys, inbox, version } = parts

  return async (app) => {
    // The inbox needs the bytes as they came: digests are over bytes.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: 1024 * 1024 }, (_request, body, done) => done(null, body))
    app.addHook('onRequest', async (request) => {
      if (request.method === 'GET' || request.method === 'HEAD') return
      if (request.headers['transfer-encoding'] !== undefined && request.headers['content-length'] !== undefined) {
        throw Object.assign(new Error('ambiguous length'), { statusCode: 400 })
      }
    })

    const me = (): Identity | null => identity.current()
    const missing = (reply: FastifyReply) => reply.status(404).type('application/json; charset=utf-8').send({ error: 'Record not found' })
    const send = (reply: FastifyReply, document: Document, cache = 'public, max-age=180') =>
      reply
        .type(AP_TYPE)
        .header('Vary', 'Accept, Signature')
        .header('Cache-Control', cache)
        .header('Access-Control-Allow-Origin', '*')
        .send(JSON.stringify(document))
    const named = (name: string) => {
      const current = me()
      const owner = current && identity.owner()
      return current && owner && owner.username.toLowerCase() === name.toLowerCase() ? { current, owner } : null
    }

    /** Browsers get the page, servers the document. */
    const wantsPage = (request: FastifyRequest) => {
      const accept = request.headers.accept ?? ''
      const first = (type: string) => (accept.includes(type) ? accept.indexOf(type) : Number.MAX_SAFE_INTEGER)
      return first('text/html') < Math.min(first('application/activity+json'), first('application/ld+json'), first('application/json'))
    }

    // Discovery -----------------------------------------------------------------------------------------------------------------------

    app.get<{ Querystring: { resource?: string } }>('/.well-known/webfinger', async (request, reply) => {
      reply.header('Access-Control-Allow-Origin', '*')
      const current = me()
      const owner = current && identity.owner()
      const { resource } = request.query
      if (!current || !owner) return missing(reply)
      if (typeof resource !== 'string' || resource === '' || resource.length > 2_048) {
        return reply.status(400).type('application/json; charset=utf-8').send({ error: 'Ask with ?resource=acct:name@host.' })
      }
      const u = current.uris
      const host = u.host
      const asked = resource.replace(/^acct:@?/i, '').toLowerCase()
      const isOwner = [`${owner.username}@${host}`, u.actor, u.profile].some((one) => one.toLowerCase() === asked)
      const isInstance = [`${host}@${host}`, `${host.split(':')[0]}@${host}`, u.instanceActor].some((one) => one.toLowerCase() === asked)
      if (!isOwner && !isInstance) return missing(reply)
      const self = isOwner ? u.actor : u.instanceActor
      const document = {
        subject: isOwner ? `acct:${owner.username}@${host}` : `acct:${host.split(':')[0]}@${host}`,
        aliases: isOwner ? [u.profile, u.actor] : [u.instanceActor],
        links: [
          { rel: 'self', type: 'application/activity+json', href: self },
          { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: u.profile },
        ],
      }
      return reply
        .type('application/jrd+json; charset=utf-8')
        .header('Cache-Control', 'public, max-age=3600')
        .send(JSON.stringify(document))
    })
    app.get('/.well-known/host-meta', async (_request, reply) => {
      const current = me()
      if (!current) return missing(reply)
      const template = `${current.uris.origin}/.well-known/webfinger?resource={uri}`
      return reply
        .type('application/xrd+xml; charset=utf-8')
        .send(
          `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n  <Link rel="lrdd" type="application/xrd+xml" template="${template}"/>\n</XRD>\n`,
        )
    })
    app.get('/.well-known/host-meta.json', async (_request, reply) => {
      const current = me()
      if (!current) return missing(reply)
      const template = `${current.uris.origin}/.well-known/webfinger?resource={uri}`
      return reply.type('application/json; charset=utf-8').send({ links: [{ rel: 'lrdd', type: 'application/jrd+json', template }] })
    })
    app.get('/.well-known/nodeinfo', async (_request, reply) => {
      const current = me()
      if (!current) return missing(reply)
      const link = (v: string) => ({
        rel: `http://nodeinfo.diaspora.software/ns/schema/${v}`,
        href: `${current.uris.origin}/nodeinfo/${v}`,
      })
      return reply
        .header('Access-Control-Allow-Origin', '*')
        .type('application/json; charset=utf-8')
        .send({ links: [link('2.0'), link('2.1')] })
    })
    for (const v of ['2.0', '2.1'] as const) {
      app.get(`/nodeinfo/${v}`, async (_request, reply) => {
        const owner = me() && identity.owner()
        if (!owner) return missing(reply)
        const active = (days: number) => ((owner.lastPostAt ?? 0) > d.now() - days * DAY_MS ? 1 : 0)
        const document = {
          version: v,
          software: { name: 'burrow', version },
          protocols: ['activitypub'],
          services: { inbound: [], outbound: [] },
          openRegistrations: false,
          usage: { users: { total: 1, activeMonth: active(30), activeHalfyear: active(180) }, localPosts: owner.postsCount },
          // Clients that know Mastodon's API look for its name here (mastodon-api.md 2.2).
          metadata: { nodeName: owner.displayName || owner.username, upstream: { name: 'mastodon' } },
        }
        return reply
          .header('Access-Control-Allow-Origin', '*')
          .type(`application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${v}#"; charset=utf-8`)
          .send(JSON.stringify(document))
      })
    }

    // The actors ----------------------------------------------------------------------------------------------------------------------

    type Named = { Params: { name: string } }
    app.get<Named>('/users/:name', async (request, reply) => {
      const found = named(request.params.name)
      if (!found) return missing(reply)
      if (wantsPage(request)) return reply.header('Vary', 'Accept').redirect(found.current.uris.profile, 303)
      return send(reply, actor(found.owner, found.current.uris, found.current.keys))
    })
    app.get('/actor', async (_request, reply) => {
      const current = me()
      return current ? send(reply, instanceActor(current.uris, current.keys)) : missing(reply)
    })
    app.get('/actor/outbox', async (_request, reply) => {
      const current = me()
      return current ? send(reply, collection(`${current.uris.instanceActor}/outbox`, 0, null)) : missing(reply)
    })

    // Collections ---------------------------------------------------------------------------------------------------------------------

    type Paged = Named & { Querystring: { page?: string; max_id?: string; min_id?: string } }
    const pageOf = (request: FastifyRequest<Paged>) => {
      const maxId = parseId(request.query.max_id)
      const minId = parseId(request.query.min_id)
      return { limit: PAGE, ...(maxId === null ? {} : { maxId }), ...(minId === null ? {} : { minId }) }
    }

    app.get<Paged>('/users/:name/outbox', async (request, reply) => {
      const found = named(request.params.name)
      if (!found) return missing(reply)
      const u = found.current.uris
      if (request.query.page !== 'true') return send(reply, collection(u.outbox, found.owner.postsCount, `${u.outbox}?page=true`))
      const posts = loadPosts(d, accountPage(d, found.owner.id, pageOf(request), { publicOnly: true })).filter((post) =>
        canSee(post, 'public'),
      )
      const items = posts.flatMap((post) => outboxItem(found.current, post))
      const [first, last] = [posts[0], posts.at(-1)]
      const here = `${u.outbox}?page=true${request.query.max_id ? `&max_id=${parseId(request.query.max_id) ?? 0}` : ''}`
      return send(
        reply,
        collectionPage(u.outbox, here, items, {
          ...(last && posts.length === PAGE ? { next: `${u.outbox}?page=true&max_id=${last.id}` } : {}),
          ...(first ? { prev: `${u.outbox}?page=true&min_id=${first.id}` } : {}),
        }),
      )
    })
    for (const list of ['followers', 'following'] as const) {
      app.get<Paged>(`/users/:name/${list}`, async (request, reply) => {
        const found = named(request.params.name)
        if (!found) return missing(reply)
        const u = found.current.uris
        const total = list === 'followers' ? found.owner.followersCount : found.owner.followingCount
        if (request.query.page !== 'true') return send(reply, collection(u[list], total, `${u[list]}?page=true`))
        const rows = peoplePage(d, list, found.owner.id, pageOf(request))
        const items = rows.flatMap((row) => accountById(d, row.accountId)?.uri ?? [])
        const last = rows.at(-1)
        const next = last && rows.length === PAGE ? { next: `${u[list]}?page=true&max_id=${last.cursor}` } : {}
        return send(reply, collectionPage(u[list], `${u[list]}?page=true`, items, next))
      })
    }
    app.get<Named>('/users/:name/collections/featured', async (request, reply) => {
      const found = named(request.params.name)
      return found
        ? send(reply, withContext({ id: found.current.uris.featured, type: 'OrderedCollection', totalItems: 0, orderedItems: [] }))
        : missing(reply)
    })
    app.get<Named>('/users/:name/collections/tags', async (request, reply) => {
      const found = named(request.params.name)
      return found
        ? send(reply, withContext({ id: found.current.uris.featuredTags, type: 'Collection', totalItems: 0, items: [] }))
        : missing(reply)
    })

    // Posts ---------------------------------------------------------------------------------------------------------------------------

    type OfPost = { Params: { name: string; id: string }; Querystring: { page?: string } }
    const visiblePost = async (request: FastifyRequest<OfPost>) => {
      const found = named(request.params.name)
      const id = parseId(request.params.id)
      const post = found && id !== null ? loadPost(d, id) : null
      if (!found || !post?.own) return null
      const open = canSee(post, 'public')
      if (open) return { ...found, post, open }
      const viewer = await signer(request)
      return viewer && canSee(post, viewerOf(viewer, post)) ? { ...found, post, open } : null
    }

    app.get<OfPost>('/users/:name/statuses/:id', async (request, reply) => {
      const found = await visiblePost(request)
      if (!found) return gone(request, reply)
      if (found.post.boostOf !== null) return missing(reply)
      if (wantsPage(request)) return reply.header('Vary', 'Accept').redirect(found.current.uris.postPage(found.post.id), 303)
      return send(
        reply,
        withContext(note(found.post, surroundings(found.current, found.post))),
        found.open ? undefined : 'private, no-store',
      )
    })
    app.get<OfPost>('/users/:name/statuses/:id/activity', async (request, reply) => {
      const found = await visiblePost(request)
      const item = found && outboxItem(found.current, found.post)[0]
      if (!found || !item) return gone(request, reply)
      return send(reply, withContext(item), found.open ? undefined : 'private, no-store')
    })
    app.get<OfPost>('/users/:name/statuses/:id/replies', async (request, reply) => {
      const found = await visiblePost(request)
      if (!found?.open) return missing(reply)
      const id = found.current.uris.replies(found.post.id)
      const { descendants } = threadOf(d, found.post.id)
      const direct = loadPosts(d, descendants).filter((post) => post.inReplyToId === found.post.id && canSee(post, 'public'))
      const items = direct.flatMap((post) => (post.own ? [found.current.uris.post(post.id)] : (post.uri ?? [])))
      if (request.query.page !== 'true') {
        return send(
          reply,
          withContext({ id, type: 'Collection', first: { type: 'CollectionPage', partOf: id, next: `${id}?page=true`, items: [] } }),
        )
      }
      return send(reply, withContext({ id: `${id}?page=true`, type: 'CollectionPage', partOf: id, items }))
    })
    for (const kind of ['likes', 'shares'] as const) {
      app.get<OfPost>(`/users/:name/statuses/:id/${kind}`, async (request, reply) => {
        const found = await visiblePost(request)
        if (!found?.open) return missing(reply)
        const totalItems = kind === 'likes' ? found.post.favouritesCount : found.post.boostsCount
        return send(reply, withContext({ id: found.current.uris[kind](found.post.id), type: 'Collection', totalItems }))
      })
    }

    /** Deleted posts say so; what never was and what may not be seen look the same. */
    function gone(request: FastifyRequest<OfPost>, reply: FastifyReply) {
      const found = named(request.params.name)
      const id = parseId(request.params.id)
      const uri = found && id !== null ? found.current.uris.post(id) : null
      const dead = uri ? tombstone(d, uri) : null
      if (!uri || !dead?.own) return missing(reply)
      reply.status(410)
      return send(
        reply,
        withContext({ id: uri, type: 'Tombstone', formerType: dead.formerType ?? 'Note', deleted: new Date(dead.at).toISOString() }),
      )
    }

    function surroundings(current: Identity, post: LoadedPost) {
      const parent = post.inReplyToId === null ? null : loadPost(d, post.inReplyToId)
      const inReplyTo = parent ? (parent.own ? current.uris.post(parent.id) : parent.uri) : post.inReplyToUri
      const mentioned = post.mentions.flatMap((mention): Person[] => (mention.uri ? [{ uri: mention.uri, acct: mention.acct }] : []))
      return { uris: current.uris, inReplyTo, mentioned }
    }

    function outboxItem(current: Identity, post: LoadedPost): Document[] {
      if (!post.boost) return post.boostOf === null ? [bare(activities.create(post, surroundings(current, post)))] : []
      const { boost } = post
      const author = boost.account.own ? current.uris.actor : boost.account.uri
      const object = boost.own ? current.uris.post(boost.id) : boost.uri
      return author && object ? [bare(activities.announce(post, current.uris, author, object))] : []
    }

    /** Who signed a GET, if it is signed and the signature holds; null otherwise. */
    async function signer(request: FastifyRequest): Promise<string | null> {
      const current = me()
      if (!current || request.headers.signature === undefined) return null
      const origin = current.uris.origin
      const signed = {
        method: 'GET',
        target: request.raw.url ?? '/',
        headers: request.raw.rawHeaders,
        rawBody: Buffer.alloc(0),
        authority: hostOf(origin),
        scheme: origin.startsWith('http:') ? ('http' as const) : ('https' as const),
      }
      const parsed = parseSignature(signed)
      if (!parsed.ok || !checkSignature(parsed, signed, d.now()).ok) return null
      const key = keys.known(parsed.keyId) ?? (await keys.fetch(parsed.keyId, budget()))
      if (typeof key === 'string') return null
      return verifySignature(parsed, signed, key.object, d.now(), { hosts: [current.uris.host] }).ok ? key.owner : null
    }

    function viewerOf(actorUri: string, post: LoadedPost): Viewer {
      const account = accountByUri(d, actorUri)
      if (!account) return 'public'
      const relation = relationship(d, account.id)
      return {
        accountId: account.id,
        follows: relation.followedBy,
        mentioned: post.mentions.some((mention) => mention.accountId === account.id),
        blocked: relation.blocking,
      }
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
