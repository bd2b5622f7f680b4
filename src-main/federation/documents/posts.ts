import { openAnswers } from '../../domain/listings.ts'
import { loadPost, loadPosts } from '../../domain/loading.ts'
import { postById, tombstone } from '../../domain/posts.ts'
import { stampById } from '../../domain/quotes.ts'
import { threadOf } from '../../domain/timelines.ts'
import { parseId } from '../../domain/uris.ts'
import { canSee } from '../../domain/visibility.ts'
import { collection, collectionPage } from '../mapping/collection.ts'
import { withContext, withoutContext } from '../mapping/context.ts'
import { note, repliesPage } from '../mapping/note.ts'
import { activities, stamp } from '../mapping/to-activity.ts'
import { wantsPage } from '../negotiation.ts'
import { surroundingsOf, uriOf } from '../surroundings.ts'
import { AP_TYPE } from './sending.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../../domain/domain.ts'
import type { LoadedPost } from '../../domain/types.ts'
import type { Identity, IdentityHolder } from '../identity.ts'
import type { Document } from '../mapping/note.ts'
import type { Sending } from './sending.ts'

/** Posts, what hangs on them, and the conversations they began. Everything goes through `canSee` (rule 18). */

const PAGE = 20

type OfPost = { Params: { name: string; id: string }; Querystring: { page?: unknown; min_id?: unknown; only_other_accounts?: unknown } }
interface Visible {
  me: Identity
  post: LoadedPost
  /** Everybody may see it. */
  open: boolean
}

export function postRoutes(app: FastifyInstance, parts: { domain: Domain; identity: IdentityHolder; sending: Sending }): void {
  const { domain: d, identity, sending } = parts
  const { shelf, readers, named, missing, send, sendHeld, toPage, admit } = sending

  const visibleToAll = (id: number): boolean => {
    const post = postById(d, id)
    return post !== null && canSee(post, 'public')
  }
  /** The post, if whoever asks may see it. `reader`: who signed, where that is known already. */
  async function visible(request: FastifyRequest<OfPost>, reader: string | null): Promise<Visible | null> {
    const me = named(request.params.name)
    const id = parseId(request.params.id)
    const found = me && id !== null ? loadPost(d, id) : null
    const post = found?.own ? found : null
    if (me && post && canSee(post, 'public')) return { me, post, open: true }
    // Absent or hidden: the same work either way, so that nothing tells which it is.
    const signer = reader ?? (await readers.signer(request))
    if (!me || !post || !signer || !canSee(post, readers.viewerOf(signer, post))) return null
    return { me, post, open: false }
  }

  /** A document of a post that anybody may see from the shelf; of any other, made for this reader. */
  async function answer(
    request: FastifyRequest<OfPost>,
    reply: FastifyReply,
    kind: 'post' | 'activity',
    make: (me: Identity, post: LoadedPost) => Document | null,
  ): Promise<FastifyReply> {
    const page = kind === 'post' && wantsPage(request.headers.accept)
    const me = named(request.params.name)
    const id = parseId(request.params.id)
    if (page && me && id !== null) {
      // The page shows what anybody may see; for people there is no secure mode.
      const post = postById(d, id)
      if (post?.own && post.boostOf === null && canSee(post, 'public')) return toPage(reply, me.uris.postPage(id))
    }
    const admitted = await admit(request, reply)
    if (!admitted) return reply
    if (me && id !== null) {
      const held = shelf.take(`${kind}:${id}`, () => {
        const post = loadPost(d, id)
        const document = post?.own && canSee(post, 'public') ? make(me, post) : null
        return document && { document: withContext(document), type: AP_TYPE }
      })
      if (held) return sendHeld(request, reply, held)
    }
    const found = await visible(request, admitted.reader)
    const document = found && make(found.me, found.post)
    return document ? send(reply, withContext(document), found.open) : gone(request, reply)
  }

  app.get<OfPost>('/users/:name/statuses/:id', (request, reply) =>
    answer(request, reply, 'post', (me, post) => (post.boostOf === null ? note(post, surroundingsOf(d, me.uris, post)) : null)),
  )
  app.get<OfPost>('/users/:name/statuses/:id/activity', (request, reply) =>
    answer(request, reply, 'activity', (me, post) => activityOf(d, me, post)),
  )

  app.get<OfPost>('/users/:name/statuses/:id/replies', async (request, reply) => {
    const admitted = await admit(request, reply)
    if (!admitted) return reply
    const found = await visible(request, admitted.reader)
    if (!found?.open) return missing(reply)
    const { me, post } = found
    const id = me.uris.replies(post.id)
    const others = request.query.only_other_accounts === 'true'
    if (request.query.page !== 'true') {
      const own = surroundingsOf(d, me.uris, post).selfReplies
      return send(reply, withContext({ id, type: 'Collection', first: repliesPage(me.uris, post.id, own) }))
    }
    const after = typeof request.query.min_id === 'string' ? parseId(request.query.min_id) : null
    const here = `${id}?${others ? 'only_other_accounts=true&' : ''}page=true${after === null ? '' : `&min_id=${after}`}`
    const ids = openAnswers(d, post.id, { own: !others, limit: PAGE, ...(after === null ? {} : { after }) })
    const items = ids.filter(visibleToAll).flatMap((one) => {
      const answered = postById(d, one)
      return answered ? uriOf(me.uris, answered) : []
    })
    const last = ids.at(-1)
    const more =
      ids.length === PAGE && last !== undefined
        ? `${id}?${others ? 'only_other_accounts=true&' : ''}page=true&min_id=${last}`
        : others
          ? null
          : `${id}?only_other_accounts=true&page=true`
    return send(reply, withContext({ id: here, type: 'CollectionPage', partOf: id, ...(more ? { next: more } : {}), items }))
  })
  for (const kind of ['likes', 'shares'] as const) {
    app.get<OfPost>(`/users/:name/statuses/:id/${kind}`, async (request, reply) => {
      const admitted = await admit(request, reply)
      if (!admitted) return reply
      const found = await visible(request, admitted.reader)
      if (!found?.open) return missing(reply)
      const totalItems = kind === 'likes' ? found.post.favouritesCount : found.post.boostsCount
      return send(reply, withContext({ id: found.me.uris[kind](found.post.id), type: 'Collection', totalItems }))
    })
  }

  /** What an own post asked the author of what it quotes. */
  app.get<OfPost>('/users/:name/statuses/:id/quote', async (request, reply) => {
    const admitted = await admit(request, reply)
    if (!admitted) return reply
    const found = await visible(request, admitted.reader)
    const quoted = found?.post.quoteOf == null ? null : postById(d, found.post.quoteOf)
    const author = quoted && loadPost(d, quoted.id)?.account.uri
    if (!found || !quoted || quoted.own || !author) return missing(reply)
    const { uris: u } = found.me
    return send(reply, activities.quoteRequest(found.post.id, u, author, uriOf(u, quoted), u.post(found.post.id)), found.open)
  })
  /** The owner's consent to a quote: others check it, so it stands here for as long as it holds. */
  app.get<OfPost>('/users/:name/quote_authorizations/:id', async (request, reply) => {
    const admitted = await admit(request, reply)
    if (!admitted) return reply
    const me = named(request.params.name)
    const id = parseId(request.params.id)
    const given = me && id !== null ? stampById(d, id) : null
    const quoted = given && postById(d, given.postId)
    if (!me || !given || !quoted || !canSee(quoted, 'public') || given.state !== 'accepted') return missing(reply)
    return send(reply, withContext(stamp(given.id, me.uris, given.quotingUri, me.uris.post(given.postId))))
  })

  type OfContext = { Params: { id: string }; Querystring: { page?: unknown; min_id?: unknown } }
  /** A conversation that began here (FEP-7888): the first post, then the answers by their time. */
  app.get<OfContext>('/contexts/:id', async (request, reply) => {
    const admitted = await admit(request, reply)
    if (!admitted) return reply
    const me = identity.current()
    const rootId = parseId(request.params.id)
    const root = rootId === null ? null : postById(d, rootId)
    const begins = root?.own && root.boostOf === null && root.inReplyToId === null && root.inReplyToUri === null
    if (!me || !root || !begins || !canSee(root, 'public')) return missing(reply)
    const id = me.uris.context(root.id)
    // Only what stands on the page is loaded whole: a conversation can have a thousand answers.
    const answers = threadOf(d, root.id).descendants.sort((a, b) => a - b)
    const ids = [root.id, ...answers.filter((one) => visibleToAll(one))]
    if (request.query.page !== 'true') {
      const whole = { ...collection(id, ids.length, `${id}?page=true`), attributedTo: me.uris.actor }
      return send(reply, whole)
    }
    const after = typeof request.query.min_id === 'string' ? (parseId(request.query.min_id) ?? 0) : 0
    const start = after === 0 ? 0 : ids.findIndex((one, at) => at > 0 && one > after)
    const shown = loadPosts(d, start === -1 ? [] : ids.slice(start, start + PAGE))
    const last = shown.at(-1)
    const more = last && start + PAGE < ids.length ? { next: `${id}?page=true&min_id=${last.id}` } : {}
    const items = shown.map((post) => (post.own ? note(post, surroundingsOf(d, me.uris, post)) : uriOf(me.uris, post)))
    return send(reply, collectionPage(id, `${id}?page=true${after === 0 ? '' : `&min_id=${after}`}`, items, more))
  })

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
}

/** The Create of an own post or the Announce of a boost, without context; null if what was boosted is not here. */
export function activityOf(d: Domain, me: Identity, post: LoadedPost): Document | null {
  const { uris: u } = me
  if (post.boostOf === null) return withoutContext(activities.create(post, surroundingsOf(d, u, post)))
  const { boost } = post
  const author = boost && (boost.account.own ? u.actor : boost.account.uri)
  return boost && author ? withoutContext(activities.announce(post, u, author, uriOf(u, boost))) : null
}
