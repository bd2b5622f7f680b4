import { closedAt } from '../domain/closed.ts'
import { findOwner, origin } from '../domain/owner.ts'
import { loadPost, loadPosts } from '../domain/loading.ts'
import { tombstone } from '../domain/posts.ts'
import { normaliseTag } from '../domain/text.ts'
import { accountPage, tagPage, threadOf } from '../domain/timelines.ts'
import { parseId, uris } from '../domain/uris.ts'
import { canSee } from '../domain/visibility.ts'
import { NOT_FOUND } from './errors.ts'
import { atomFeed } from './feed.ts'
import { absentPage, interactionPage, postPage, profilePage, tagPageMarkup } from './page-markup.ts'
import { PAGE_STYLE } from './page-style.ts'
import { languageOf, wordsIn } from './words.ts'
import type { Domain } from '../domain/domain.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { PageContext } from './page-markup.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'

/**
 * Pages for people at the addresses the outside knows: `/@ana`, `/@ana/ID`, `/tags/x`, the feed `/@ana.atom`. Servers that ask for
 * ActivityPub at a page are sent to its document. Only what `canSee` shows to everybody is here: nothing that waits, nothing for
 * followers or for one person; unlisted posts stand on the profile and on their own page, never under hashtags or in the feed.
 */

const CSP =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const POSTS = 20
const CACHE = 'public, max-age=60'

type Named = { Params: { name: string }; Querystring: { max_id?: string } }
type OfPost = { Params: { name: string; id: string } }
type Tagged = { Params: { tag: string }; Querystring: { max_id?: string } }

export function publicPages({ domain: d }: { domain: Domain }): FastifyPluginAsync {
  const contextOf = (request: FastifyRequest): PageContext | null => {
    const owner = findOwner(d)
    const address = origin(d)
    if (!owner || !address) return null
    return { owner, uris: uris(address, owner.username), words: wordsIn(languageOf(request.headers['accept-language'])) }
  }
  const named = (request: FastifyRequest, name: string): PageContext | null => {
    const at = contextOf(request)
    return at && at.owner.username === name.toLowerCase() ? at : null
  }
  const visible = (posts: readonly LoadedPost[]) =>
    posts.filter((post) => canSee(post, 'public') && (post.boostOf === null || (post.boost !== null && canSee(post.boost, 'public'))))

  return async (app) => {
    const send = (reply: FastifyReply, body: string, status = 200) =>
      reply
        .status(status)
        .type('text/html; charset=utf-8')
        .header('Content-Security-Policy', CSP)
        .header('Vary', 'Accept, Accept-Language')
        .header('Cache-Control', status === 200 ? CACHE : 'no-store')
        .send(body)
    const absent = (request: FastifyRequest, reply: FastifyReply, why: 'missing' | 'gone' = 'missing') => {
      const at = contextOf(request)
      const status = why === 'gone' ? 410 : 404
      if (at) return send(reply, absentPage(at, why, at.uris.profile), status)
      return reply.status(status).type('text/plain; charset=utf-8').send('There is nothing here.\n')
    }
    const toDocument = (reply: FastifyReply, document: string) => reply.header('Vary', 'Accept').redirect(document, 303)
    const paged = (ids: readonly number[], address: string, maxId: number | null) => {
      const last = ids.at(-1)
      return { older: last !== undefined && ids.length === POSTS ? `${address}?max_id=${last}` : null, first: maxId === null }
    }

    // Everything about the account is gone once it is closed; the style is of the page that says so.
    app.addHook('onRequest', async (request, reply) => {
      const path = request.routeOptions.url
      if (path === undefined || path === '/pages.css' || path === '/*' || closedAt(d) === null) return undefined
      return absent(request, reply, 'gone')
    })

    app.get('/', async (request, reply) => {
      const at = contextOf(request)
      return at ? reply.redirect(at.uris.profile) : absent(request, reply)
    })
    app.get('/pages.css', async (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('Cache-Control', 'public, max-age=3600').send(PAGE_STYLE),
    )

    app.get<Named>('/@:name', async (request, reply) => {
      const { name } = request.params
      if (name.endsWith('.atom')) {
        const at = named(request, name.slice(0, -'.atom'.length))
        if (!at) return absent(request, reply)
        const ids = accountPage(d, at.owner.id, { limit: POSTS }, { publicOnly: true, excludeBoosts: true, excludeReplies: true })
        const posts = visible(loadPosts(d, ids)).filter((post) => post.visibility === 'public')
        return reply.type('application/atom+xml; charset=utf-8').header('Cache-Control', CACHE).send(atomFeed(at, posts))
      }
      const at = named(request, name)
      if (!at) return absent(request, reply)
      if (wantsDocument(request)) return toDocument(reply, at.uris.actor)
      const maxId = parseId(request.query.max_id)
      const ids = accountPage(
        d,
        at.owner.id,
        { limit: POSTS, ...(maxId === null ? {} : { maxId }) },
        { publicOnly: true, excludeReplies: true },
      )
      return send(reply, profilePage(at, visible(loadPosts(d, ids)), paged(ids, at.uris.profile, maxId)))
    })

    app.get<OfPost>('/@:name/:id', async (request, reply) => {
      const at = named(request, request.params.name)
      const id = parseId(request.params.id)
      if (!at || id === null) return absent(request, reply)
      const post = loadPost(d, id)
      if (!post?.own || post.boostOf !== null || !canSee(post, 'public')) {
        return absent(request, reply, !post && tombstone(d, at.uris.post(id))?.own ? 'gone' : 'missing')
      }
      if (wantsDocument(request)) return toDocument(reply, at.uris.post(id))
      const parent = post.inReplyToId === null ? null : loadPost(d, post.inReplyToId)
      const thread = visible(loadPosts(d, threadOf(d, id).descendants)).filter((reply) => reply.own)
      return send(reply, postPage(at, post, parent && canSee(parent, 'public') ? parent : null, thread))
    })

    app.get<Tagged>('/tags/:tag', async (request, reply) => {
      const at = contextOf(request)
      const tag = normaliseTag(request.params.tag).slice(0, 200)
      if (!at || tag === '') return absent(request, reply)
      const maxId = parseId(request.query.max_id)
      const ids = tagPage(d, tag, { limit: POSTS, ...(maxId === null ? {} : { maxId }) }, { own: true })
      return send(reply, tagPageMarkup(at, tag, visible(loadPosts(d, ids)), paged(ids, at.uris.tag(tag), maxId)))
    })

    // Remote "follow" buttons end here. A GET has no effects: the page names what to open in the program, and nothing else (rule 44).
    app.get<{ Querystring: { uri?: unknown } }>('/authorize_interaction', async (request, reply) => {
      const at = contextOf(request)
      const wanted = askedFor(request.query.uri)
      if (!at || wanted === null) return absent(request, reply)
      return send(reply, interactionPage(at, wanted))
    })

    // Whatever else is asked for is not here: a page for people, Mastodon's words for programs.
    app.get('/*', async (request, reply) => {
      if (request.headers.accept?.includes('text/html')) return absent(request, reply)
      return reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND)
    })
  }
}

/** Whether whoever asks is a server: ActivityPub named before HTML. Without any wish it is a person, or a preview. */
function wantsDocument(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? ''
  const first = (type: string) => (accept.includes(type) ? accept.indexOf(type) : Number.MAX_SAFE_INTEGER)
  return Math.min(first('application/activity+json'), first('application/ld+json')) < first('text/html')
}

/** What somebody wants to open: an address on the web, or a handle; null for anything else. */
function askedFor(uri: unknown): string | null {
  if (typeof uri !== 'string' || uri.length > 2_048) return null
  const handle = /^(?:acct:)?@?([\w.-]{1,64}@[\w.:-]{1,255})$/.exec(uri.trim())
  if (handle) return `@${handle[1]}`
  const url = URL.parse(uri)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password ? url.href : null
}
