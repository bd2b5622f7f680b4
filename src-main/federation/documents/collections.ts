import { loadAccounts } from '../../domain/accounts.ts'
import { featuredTags } from '../../domain/followed-tags.ts'
import { countListed, followersAt } from '../../domain/listings.ts'
import { loadPosts } from '../../domain/loading.ts'
import { pinnedIds } from '../../domain/pins.ts'
import { peoplePage } from '../../domain/relationships.ts'
import { accountPage } from '../../domain/timelines.ts'
import { parseId } from '../../domain/uris.ts'
import { canSee } from '../../domain/visibility.ts'
import { collection, collectionPage } from '../mapping/collection.ts'
import { withContext } from '../mapping/context.ts'
import { note } from '../mapping/note.ts'
import { hashtag } from '../mapping/to-activity.ts'
import { surroundingsOf } from '../surroundings.ts'
import { activityOf } from './posts.ts'
import { AP_TYPE } from './sending.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../../domain/domain.ts'
import type { Account } from '../../domain/types.ts'
import type { Identity, IdentityHolder } from '../identity.ts'
import type { Sending } from './sending.ts'

/** What the owner has written, pinned and featured, and who follows whom: paged by ids that never move (federation.md 1.7). */

const PAGE = 20

type Named = { Params: { name: string } }
type Paged = Named & { Querystring: { page?: unknown; max_id?: unknown; min_id?: unknown } }

export function collectionRoutes(app: FastifyInstance, parts: { domain: Domain; identity: IdentityHolder; sending: Sending }): void {
  const { domain: d, identity, sending } = parts
  const { shelf, named, missing, send, sendHeld, admit } = sending

  /** A route for those who are let in, about the owner. */
  const owned =
    (work: (request: FastifyRequest<Paged>, reply: FastifyReply, me: Identity, owner: Account) => FastifyReply) =>
    async (request: FastifyRequest<Paged>, reply: FastifyReply) => {
      if (!(await admit(request, reply))) return reply
      const me = named(request.params.name)
      const owner = me && identity.owner()
      return me && owner ? work(request, reply, me, owner) : missing(reply)
    }
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
  const around = (base: string, first: number | undefined, last: number | undefined, full: boolean) => ({
    ...(last !== undefined && full ? { next: `${base}?page=true&max_id=${last}` } : {}),
    ...(first !== undefined ? { prev: `${base}?page=true&min_id=${first}` } : {}),
  })

  app.get<Paged>(
    '/users/:name/outbox',
    owned((request, reply, me, owner) => {
      const { outbox } = me.uris
      if (request.query.page !== 'true') {
        const held = shelf.take('outbox', () => ({ document: collection(outbox, countListed(d), `${outbox}?page=true`), type: AP_TYPE }))
        return held ? sendHeld(request, reply, held) : missing(reply)
      }
      const { here, page } = pageAsked(request, outbox)
      const ids = accountPage(d, owner.id, page, { publicOnly: true })
      const items = loadPosts(d, ids)
        .filter((post) => canSee(post, 'public'))
        .flatMap((post) => activityOf(d, me, post) ?? [])
      return send(reply, collectionPage(outbox, here, items, around(outbox, ids[0], ids.at(-1), ids.length === PAGE)))
    }),
  )
  for (const list of ['followers', 'following'] as const) {
    app.get<Paged>(
      `/users/:name/${list}`,
      owned((request, reply, me, owner) => {
        const base = me.uris[list]
        const total = list === 'followers' ? owner.followersCount : owner.followingCount
        if (request.query.page !== 'true') return send(reply, collection(base, total, `${base}?page=true`))
        const { here, page } = pageAsked(request, base)
        const rows = peoplePage(d, list, owner.id, page)
        const people = loadAccounts(
          d,
          rows.map((row) => row.accountId),
        )
        const items = rows.flatMap((row) => people.get(row.accountId)?.uri ?? [])
        return send(reply, collectionPage(base, here, items, around(base, rows[0]?.cursor, rows.at(-1)?.cursor, rows.length === PAGE)))
      }),
    )
  }

  /** Pinned posts, whole: whoever reads them needs no second look. What is not for everybody is not among them. */
  app.get<Paged>(
    '/users/:name/collections/featured',
    owned((request, reply, me, owner) => {
      const held = shelf.take('featured', () => {
        const posts = loadPosts(d, pinnedIds(d, owner.id)).filter((post) => post.own && post.boostOf === null && canSee(post, 'public'))
        const orderedItems = posts.map((post) => note(post, surroundingsOf(d, me.uris, post)))
        const document = { id: me.uris.featured, type: 'OrderedCollection', totalItems: orderedItems.length, orderedItems }
        return { document: withContext(document), type: AP_TYPE }
      })
      return held ? sendHeld(request, reply, held) : missing(reply)
    }),
  )
  app.get<Paged>(
    '/users/:name/collections/tags',
    owned((request, reply, me) => {
      const held = shelf.take('featured-tags', () => {
        const items = featuredTags(d).map((one) => hashtag(one.name, me.uris))
        const document = { id: me.uris.featuredTags, type: 'Collection', totalItems: items.length, items }
        return { document: withContext(document), type: AP_TYPE }
      })
      return held ? sendHeld(request, reply, held) : missing(reply)
    }),
  )

  /** Who of a server follows the owner, for that server alone (FEP-8fcf): a signature shows whose it is. */
  app.get<Named>('/users/:name/followers_synchronization', async (request, reply) => {
    const me = named(request.params.name)
    const reader = await sending.readers.signer(request)
    if (reader === null) {
      return reply
        .status(401)
        .type('application/json; charset=utf-8')
        .header('Vary', 'Accept, Signature')
        .header('Cache-Control', 'private, no-store')
        .send({ error: 'Request not signed' })
    }
    if (!me || sending.readers.isBlocked(reader)) return missing(reply)
    const orderedItems = followersAt(d, new URL(reader).origin)
    const document = { id: me.uris.synchronization, type: 'OrderedCollection', totalItems: orderedItems.length, orderedItems }
    return send(reply, withContext(document), false)
  })
}
