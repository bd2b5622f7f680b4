import { filterTotals, previewFilter } from '../domain/filter-preview.ts'
import { badBody, body, iso } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type * as contract from './contract.ts'

/** What filters would find, and what they found, day by day. The filters themselves are those of the client API. */

const MOST_WORDS = 100

export function filterRoutes(routes: FastifyInstance, d: Domain): void {
  routes.post('/api/owner/filters/preview', async (request): Promise<contract.FilterPreview> => {
    const { words, offset } = body<contract.FilterQuestion>(request)
    if (!Array.isArray(words) || words.length > MOST_WORDS) throw badBody()
    const asked = words.map((word: unknown) => {
      const { keyword, wholeWord } = (word ?? {}) as { keyword?: unknown; wholeWord?: unknown }
      if (typeof keyword !== 'string' || keyword.length > 512 || typeof wholeWord !== 'boolean') throw badBody()
      return { keyword, wholeWord }
    })
    const found = await previewFilter(d, asked, minutes(offset))
    return { ...found, days: found.days.map((day) => ({ at: iso(day.at), posts: day.posts })), postIds: found.postIds.map(String) }
  })
  routes.get<{ Querystring: { offset?: string } }>('/api/owner/filters/totals', async (request): Promise<contract.FilterTotals> => {
    const told = await filterTotals(d, minutes(Number(request.query.offset ?? 0)))
    return { days: told.days.map(iso), filters: told.filters.map((one) => ({ id: String(one.id), counts: one.counts })), whole: told.whole }
  })
}

/** Minutes east of Greenwich, as far as there are any. */
function minutes(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 14 * 60) throw badBody()
  return Math.trunc(value)
}
