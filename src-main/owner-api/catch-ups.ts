import {
  catchUp,
  catchUps,
  finishCatchUp,
  FURTHEST,
  keepState,
  KINDS,
  lookAround,
  newSince,
  openCatchUp,
  topLinks,
} from '../domain/catch-ups.ts'
import { parseId } from '../domain/uris.ts'
import { badBody, body, idOf, iso, isoOrNull } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { CatchUp } from '../domain/catch-ups.ts'
import type { Domain } from '../domain/domain.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Catching up after an absence. Which posts there are comes in columns, without their words: those are read as posts, a page at a time. */

const toCatchUp = (row: CatchUp): contract.CatchUp => ({
  id: String(row.id),
  from: iso(row.from),
  to: iso(row.to),
  state: row.state as contract.CatchUp['state'],
  finishedAt: isoOrNull(row.finishedAt),
  createdAt: iso(row.createdAt),
})

export function catchUpRoutes(routes: FastifyInstance, d: Domain): void {
  routes.get('/api/owner/catch-ups', async (): Promise<contract.CatchUp[]> => catchUps(d).map(toCatchUp))
  routes.post('/api/owner/catch-ups', async (request): Promise<contract.CatchUp> => {
    const { from } = body<{ from: string }>(request)
    return toCatchUp(openCatchUp(d, from === undefined || from === null ? null : timeOf(from)))
  })
  routes.get<{ Querystring: { since?: string } }>('/api/owner/catch-ups/offer', async (request): Promise<contract.CatchUpOffer> => {
    const since = parseId(request.query.since ?? null)
    if (since === null) throw badBody()
    const { posts, people, from } = await newSince(d, since)
    return { posts, people, from: iso(from) }
  })
  routes.get<ById>('/api/owner/catch-ups/:id', async (request): Promise<contract.CatchUp> => toCatchUp(catchUp(d, idOf(request))))
  routes.put<ById>('/api/owner/catch-ups/:id/state', async (request): Promise<contract.CatchUp> =>
    toCatchUp(keepState(d, idOf(request), body(request))),
  )
  routes.post<ById>('/api/owner/catch-ups/:id/done', async (request): Promise<contract.CatchUp> =>
    toCatchUp(finishCatchUp(d, idOf(request))),
  )
  routes.get<ById>('/api/owner/catch-ups/:id/posts', async (request): Promise<contract.CatchUpPosts> => {
    const { rows, more } = await lookAround(d, catchUp(d, idOf(request)))
    const people = new Map<number, number>()
    for (const { accountId } of rows) if (!people.has(accountId)) people.set(accountId, people.size)
    return {
      ids: rows.map((row) => String(row.id)),
      at: rows.map((row) => row.at),
      people: [...people.keys()].map(String),
      authors: rows.map((row) => people.get(row.accountId) as number),
      kinds: rows.map((row) => KINDS.indexOf(row.kind)),
      lengths: rows.map((row) => row.length),
      shares: rows.map((row) => row.shares),
      late: rows.map((row) => Number(row.late) as 0 | 1),
      more,
    }
  })
  routes.get<ById & { Querystring: { from?: string } }>('/api/owner/catch-ups/:id/links', async (request): Promise<contract.TopLink[]> => {
    const { to } = catchUp(d, idOf(request))
    const from = Math.max(timeOf(request.query.from), to - FURTHEST)
    return (await topLinks(d, from, to)).map((link) => ({
      ...link,
      accountIds: link.accountIds.map(String),
      postId: String(link.postId),
    }))
  })
}

function timeOf(text: unknown): number {
  const time = typeof text === 'string' && text.length < 40 ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time) || time < 0) throw badBody()
  return time
}
