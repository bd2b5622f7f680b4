import { changeSearch, forgetSearches, removeSearch, saveSearch, searches, useSearch } from '../domain/saved-searches.ts'
import { badBody, body, idOf, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Saved searches, and what was last looked for. */

export const searchesOf = (d: Domain): contract.Searches => {
  const { saved, recent } = searches(d)
  return { saved: saved.map((one) => ({ ...one, id: String(one.id) })), recent }
}

export function searchRoutes(routes: FastifyInstance, d: Domain): void {
  routes.get('/api/owner/searches', async () => searchesOf(d))
  routes.post('/api/owner/searches', async (request) => {
    const wish = body<{ name: string; query: string }>(request)
    saveSearch(d, text(wish.name, 100), text(wish.query, 500))
    return searchesOf(d)
  })
  routes.patch<ById>('/api/owner/searches/:id', async (request) => {
    const { name, query } = body<{ name: string; query: string }>(request)
    changeSearch(d, idOf(request), {
      ...(name === undefined ? {} : { name: text(name, 100) }),
      ...(query === undefined ? {} : { query: text(query, 500) }),
    })
    return searchesOf(d)
  })
  routes.delete<ById>('/api/owner/searches/:id', async (request) => {
    removeSearch(d, idOf(request))
    return searchesOf(d)
  })
  routes.post('/api/owner/searches/recent', async (request) => {
    useSearch(d, text(body<{ query: string }>(request).query, 500))
    return searchesOf(d)
  })
  routes.delete<{ Querystring: { query?: string } }>('/api/owner/searches/recent', async (request) => {
    const { query } = request.query
    if (query !== undefined && typeof query !== 'string') throw badBody()
    forgetSearches(d, query ?? null)
    return searchesOf(d)
  })
}
