import { loadPost } from '../domain/loading.ts'
import { AppError } from '../domain/errors.ts'
import { react, reactionsOf, unreact } from '../domain/reactions.ts'
import { accountById } from '../domain/accounts.ts'
import { mediaPath } from '../domain/uris.ts'
import { body, idOf, isoOrNull, notFound, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { OutboxView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { Resolver, Walk } from '../domain/ports.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** About single posts and people's posts: reactions, where they have arrived, and reading more where they live. */

export const toWalk = (walk: Walk): contract.Walk => ({ ...walk, postId: String(walk.postId) })

export function postRoutes(
  routes: FastifyInstance,
  parts: { domain: Domain; outbox: OutboxView; resolver: Resolver; base: () => string },
): void {
  const { domain: d, outbox, resolver, base } = parts

  const postAt = (id: number): number => {
    if (!loadPost(d, id)) throw notFound()
    return id
  }

  const reactions = (postId: number): contract.PostReactions => ({
    postId: String(postId),
    reactions: (reactionsOf(d, [postId]).get(postId) ?? []).map(({ emoji, token, count, mine }) => ({
      emoji,
      url: token === null ? null : base() + mediaPath(token, 'original', null),
      count,
      mine,
    })),
  })
  routes.post<ById>('/api/owner/posts/:id/reactions', async (request) => {
    const id = postAt(idOf(request))
    return reactions(react(d, id, text(body<{ emoji: string }>(request).emoji, 100)).id)
  })
  routes.delete<{ Params: { id: string; emoji: string } }>('/api/owner/posts/:id/reactions/:emoji', async (request) => {
    const id = postAt(idOf(request))
    return reactions(unreact(d, id, request.params.emoji).id)
  })

  const deliveries = (postId: number): contract.PostDeliveries => {
    const view = outbox.post(postId)
    if (!view) throw notFound()
    return {
      postId: String(postId),
      delivered: view.delivered,
      total: view.total,
      hosts: view.hosts.map((host) => ({ ...host, nextAttemptAt: isoOrNull(host.nextAttemptAt) })),
    }
  }
  routes.get<ById>('/api/owner/posts/:id/deliveries', async (request) => deliveries(idOf(request)))
  routes.post<ById>('/api/owner/posts/:id/deliveries/retry', async (request) => {
    const id = idOf(request)
    if (!outbox.retryPost(id)) throw notFound()
    return deliveries(id)
  })

  routes.post<ById>('/api/owner/accounts/:id/posts', async (request): Promise<contract.FetchedPosts> => {
    const account = accountById(d, idOf(request))
    if (!account) throw notFound()
    if (account.own) return { added: 0, more: false }
    return resolver.posts(account.id, { older: body<{ older: boolean }>(request).older === true })
  })
  routes.post<ById>('/api/owner/posts/:id/conversation', async (request): Promise<contract.Walk> => {
    const id = postAt(idOf(request))
    // Nothing to walk is a walk that has ended.
    return toWalk(resolver.conversation(id) ?? { id: '0', postId: id, state: 'finished', found: 0 })
  })
  routes.get<ById>('/api/owner/walks/:id', async (request): Promise<contract.Walk> => {
    const walk = resolver.walk(request.params.id)
    if (!walk) throw new AppError('not-found', 'That walk is over.')
    return toWalk(walk)
  })
}
