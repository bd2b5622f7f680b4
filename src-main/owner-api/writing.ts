import { loadAccounts } from '../domain/accounts.ts'
import { renderMarkdown } from '../domain/markdown.ts'
import { render } from '../domain/rendering.ts'
import { suggestPeople, suggestTags } from '../domain/suggesting.ts'
import { badBody, body } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type * as contract from './contract.ts'

/** What helps while the owner writes: how a text will look, and what a beginning may stand for. Nothing of it is kept. */

/** Twice the longest post there can be: Markdown made to be slow takes seconds of everybody's time when it is much longer. */
const MAX_TEXT = 40_000
const MOST = 6

export function writingRoutes(routes: FastifyInstance, d: Domain): void {
  routes.post('/api/owner/preview', async (request): Promise<contract.Preview> => {
    const { text, format } = body<{ text: string; format: string }>(request)
    if (typeof text !== 'string' || text.length > MAX_TEXT || (format !== 'plain' && format !== 'markdown')) throw badBody()
    const { html, mentions } = format === 'markdown' ? renderMarkdown(d, text) : render(d, text)
    const ids = mentions.flatMap((one) => (one.accountId === null ? [] : [one.accountId]))
    const known = loadAccounts(d, ids)
    return {
      html,
      mentions: mentions.flatMap((one) => {
        const account = one.accountId === null ? undefined : known.get(one.accountId)
        return account
          ? [{ id: String(account.id), acct: one.acct, username: account.username, url: account.url ?? account.uri ?? '' }]
          : []
      }),
    }
  })

  routes.get<{ Querystring: { kind?: string; q?: string } }>('/api/owner/suggestions', async (request): Promise<contract.Suggestions> => {
    const { kind, q = '' } = request.query
    if (typeof q !== 'string') throw badBody()
    const typed = q.slice(0, 200)
    if (kind === 'people') return { people: (await suggestPeople(d, typed, MOST)).map(String), tags: [] }
    if (kind === 'tags') return { people: [], tags: await suggestTags(d, typed, MOST) }
    throw badBody()
  })
}
