import { heldById, heldPosts, hold, sendNow, takeBack } from '../domain/held.ts'
import { tokenInfo } from '../domain/grants.ts'
import { badBody, body, idOf, iso, notFound } from './bodies.ts'
import { toDraft } from './drafts.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Held, HeldInput } from '../domain/held.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Posts that wait for second thoughts. Asked for by the window; posts of other apps go at once. */

const EXCERPT = 140
const SECONDS = [5, 10, 20, 30]

export function toHeldPost(held: Held): contract.HeldPost {
  return {
    id: String(held.id),
    draftId: held.draftId,
    until: iso(held.until),
    excerpt: held.input.text.slice(0, EXCERPT),
    editOf: null,
    problem: held.problem,
  }
}

export interface HeldParts {
  domain: Domain
  base: () => string
  /** Reads the JSON body of `POST /api/v1/statuses`. */
  readPost: (status: unknown) => HeldInput
}

export function heldRoutes(routes: FastifyInstance, { domain: d, base, readPost }: HeldParts): void {
  routes.get('/api/owner/held', async () => heldPosts(d).map(toHeldPost))
  routes.post('/api/owner/held', async (request): Promise<contract.HeldPost> => {
    const { seconds, status } = body<contract.HoldRequest>(request)
    if (!SECONDS.includes(seconds as number) || typeof status !== 'object' || status === null) throw badBody()
    const { draft_id: draftId, idempotency_key: key } = status as Record<string, unknown>
    if (typeof draftId !== 'string' || typeof key !== 'string' || key === '' || key.length > 255) throw badBody()
    const held = hold(d, readPost(status), {
      draftId,
      ms: (seconds as number) * 1_000,
      idempotency: { tokenId: tokenOf(request), key },
    })
    return toHeldPost(held)
  })
  routes.delete<ById>('/api/owner/held/:id', async (request) => ({ draft: toDraft(takeBack(d, idOf(request)), base()) }))
  routes.post<ById>('/api/owner/held/:id/now', async (request) => {
    const { alone } = typeof request.body === 'object' && request.body !== null ? (request.body as { alone?: unknown }) : {}
    if (!heldById(d, idOf(request))) throw notFound()
    sendNow(d, idOf(request), { alone: alone === true })
    return {}
  })

  function tokenOf(request: FastifyRequest): number {
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const info = token ? tokenInfo(d, token) : null
    if (!info) throw badBody()
    return info.id
  }
}
