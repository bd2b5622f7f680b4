import { accountById } from '../domain/accounts.ts'
import { lists, updateList } from '../domain/lists.ts'
import { profileFacts } from '../domain/profile-facts.ts'
import { badBody, body, idOf, notFound } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Resolver } from '../domain/ports.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Looking around: other servers' public posts, what is known of somebody, and what lists can besides what apps know of. */

export function aroundRoutes(routes: FastifyInstance, parts: { domain: Domain; resolver: Resolver }): void {
  const { domain: d, resolver } = parts

  routes.get<{ Params: { host: string }; Querystring: { before?: string } }>(
    '/api/owner/servers/:host/posts',
    async (request): Promise<contract.ServerPosts> => {
      const { before } = request.query
      if (before !== undefined && !/^[\w-]{1,64}$/.test(before)) throw badBody()
      const { postIds, next } = await resolver.around.posts(request.params.host, before ?? null)
      return { postIds: postIds.map(String), next }
    },
  )

  const accountAt = (id: number): number => {
    if (!accountById(d, id)) throw notFound()
    return id
  }
  routes.get<ById>('/api/owner/accounts/:id/facts', async (request): Promise<contract.ProfileFacts> =>
    profileFacts(d, accountAt(idOf(request))),
  )
  routes.post<ById>('/api/owner/accounts/:id/familiar', async (request): Promise<contract.Familiar> => {
    const found = await resolver.around.familiar(accountAt(idOf(request)))
    return { ...found, accountIds: found.accountIds.map(String) }
  })

  const boosts = (): contract.ListBoosts[] => lists(d).map((list) => ({ id: String(list.id), boosts: list.boosts }))
  routes.get('/api/owner/lists', async () => boosts())
  routes.patch<ById>('/api/owner/lists/:id', async (request) => {
    const { boosts: wanted } = body<{ boosts: boolean }>(request)
    if (typeof wanted !== 'boolean') throw badBody()
    updateList(d, idOf(request), { boosts: wanted })
    return boosts()
  })
}
