import { AppError } from '../../domain/errors.ts'
import { loadPost } from '../../domain/loading.ts'
import { quotesOf, revokeQuote, setQuotePolicy } from '../../domain/quotes.ts'
import { parseId } from '../../domain/uris.ts'
import { toStatus } from '../entities/status.ts'
import { pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, open, postAt, statusPage } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { QuotePolicy } from '../../domain/quotes.ts'
import type { LoadedPost } from '../../domain/types.ts'
import type { ClientApiOptions } from '../options.ts'
import type { Params } from '../params.ts'
import type { ById } from './answers.ts'

/** Who may quote a post, who did, and consent taken back (Mastodon 4.5). */

const POSTS = { default: 20, most: 40 }
const POLICIES: readonly string[] = ['public', 'followers', 'nobody'] satisfies QuotePolicy[]

/** `quote_approval_policy`, as an argument to spread; nothing if it is absent. Throws 'invalid' for another word. */
export function quotePolicy(params: Params): { quotePolicy?: QuotePolicy } {
  const asked = params.word('quote_approval_policy')
  if (asked === undefined) return {}
  if (!POLICIES.includes(asked)) {
    throw new AppError('invalid', 'Validation failed: Quote approval policy is public, followers or nobody', { reason: 'policy-invalid' })
  }
  return { quotePolicy: asked as QuotePolicy }
}

export function registerQuotes(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get<ById>('/api/v1/statuses/:id/quotes', open('read:statuses', 'Status[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    return statusPage(request, reply, at, quotesOf(d, post.boostOf ?? post.id, pageOf(request, POSTS)))
  })

  app.post<{ Params: { id: string; quoting: string } }>(
    '/api/v1/statuses/:id/quotes/:quoting/revoke',
    needs('write:statuses', 'Status'),
    async (request) => {
      const at = contextFor(request, options)
      const quoting = parseId(request.params.quoting)
      const post = postAt(at, request.params.id)
      if (quoting === null || !post.own) throw notFound()
      return toStatus(at, loadPost(d, revokeQuote(d, post.id, quoting).id) as LoadedPost)
    },
  )

  const setPolicy = async (request: FastifyRequest<ById>) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    if (!post.own) throw notFound()
    const { quotePolicy: wish } = quotePolicy(paramsOf(request))
    if (wish !== undefined) setQuotePolicy(d, post.id, wish)
    return toStatus(at, loadPost(d, post.id) as LoadedPost)
  }
  app.put<ById>('/api/v1/statuses/:id/interaction_policy', needs('write:statuses', 'Status'), setPolicy)
  app.patch<ById>('/api/v1/statuses/:id/interaction_policy', needs('write:statuses', 'Status'), setPolicy)
}
