import { parseId } from '../../domain/uris.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { says } from '../schemas/answers.ts'
import { needs, open } from './answers.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** What clients ask at their start although a home of one person has nothing to say to it: valid, empty, constant (mastodon-api.md, P2). */

const EMPTY_LISTS: [path: string, scope: string | null][] = [
  ['/api/v1/instance/rules', null],
  ['/api/v1/instance/peers', null],
  ['/api/v1/instance/activity', null],
  ['/api/v1/instance/domain_blocks', null],
  ['/api/v1/directory', null],
  ['/api/v1/trends', null],
  ['/api/v1/trends/tags', null],
  ['/api/v1/trends/statuses', null],
  ['/api/v1/trends/links', null],
  ['/api/v1/announcements', 'read'],
  ['/api/v1/suggestions', 'read'],
  ['/api/v2/suggestions', 'read'],
]
const OF_ACCOUNT: [path: string, scope: string][] = [['/api/v1/accounts/:id/identity_proofs', 'read:accounts']]
export function registerConstants(app: FastifyInstance, _options: ClientApiOptions): void {
  for (const [path, scope] of EMPTY_LISTS) {
    app.get(path, { config: { answers: 'Nothing[]', ...(scope === null ? {} : { needs: scope }) } }, async () => [])
  }
  for (const [path, scope] of OF_ACCOUNT) {
    app.get<{ Params: { id: string } }>(path, open(scope, 'Nothing[]'), async (request) => {
      if (parseId(request.params.id) === null) throw notFound()
      return []
    })
  }
  app.get('/api/v1/instance/translation_languages', says('Map'), async () => ({}))
  app.delete('/api/v1/suggestions/:id', needs('read', 'Empty'), async () => ({}))
  app.get('/api/v1/annual_reports', needs('read:accounts', 'AnnualReports'), async () => ({
    annual_reports: [],
    accounts: [],
    statuses: [],
  }))
  app.get('/api/v1/annual_reports/:year/state', needs('read:accounts', 'AnnualReportState'), async () => ({ state: 'ineligible' }))
  app.get('/api/v1/accounts/familiar_followers', needs('read:follows', 'FamiliarFollowers[]'), async (request) =>
    paramsOf(request)
      .ids('id')
      .map((id) => ({ id: String(id), accounts: [] })),
  )
  // Nobody can sign up here, and there is nobody to administer.
  const refused = async (_request: FastifyRequest, reply: FastifyReply) => reply.status(403).send({ error: 'This action is not allowed' })
  app.post('/api/v1/accounts', { config: { anyToken: true, answers: 'Absent' } }, refused)
  app.post('/api/v1/emails/confirmations', { config: { anyToken: true, answers: 'Absent' } }, refused)
  for (const path of ['/api/v1/admin/*', '/api/v2/admin/*']) app.all(path, refused)
  app.get('/api/proofs', { config: { anyToken: true, answers: 'Absent' } }, refused)
}
