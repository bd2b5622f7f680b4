import { endorse, endorsedPage, unendorse } from '../../domain/endorsements.ts'
import { relationship } from '../../domain/relationships.ts'
import { toRelationship } from '../entities/account.ts'
import { pageOf } from '../paging.ts'
import { accountAt, accountPage, contextFor, needs } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** People the owner recommends. `pin` and `unpin` are what the verbs were called before. */

const PEOPLE = { default: 40, most: 80 }

export function registerEndorsements(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  for (const [name, act] of [
    ['endorse', endorse],
    ['pin', endorse],
    ['unendorse', unendorse],
    ['unpin', unendorse],
  ] as const) {
    app.post<ById>(`/api/v1/accounts/:id/${name}`, needs('write:accounts', 'Relationship'), async (request) => {
      const { id } = accountAt(contextFor(request, options), request.params.id)
      act(d, id)
      return toRelationship(relationship(d, id))
    })
  }

  app.get('/api/v1/endorsements', needs('read:accounts', 'Account[]'), async (request, reply) =>
    accountPage(request, reply, contextFor(request, options), endorsedPage(d, pageOf(request, PEOPLE))),
  )

  // Whom others recommend is not known here.
  app.get<ById>('/api/v1/accounts/:id/endorsements', needs('read:accounts', 'Account[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const account = accountAt(at, request.params.id)
    return accountPage(request, reply, at, account.own ? endorsedPage(d, pageOf(request, PEOPLE)) : [])
  })
}
