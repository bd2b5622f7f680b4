import { AppError } from '../domain/errors.ts'
import { connectedApps, disconnectApp } from '../domain/grants.ts'
import { body, idOf, iso, isoOrNull, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { ConsentRequest, Consents } from '../domain/consents.ts'
import type { Domain } from '../domain/domain.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Apps: who is in, who asks, and by which addresses they find this home. Consent is given here and nowhere else (rule 45). */

export interface AppParts {
  domain: Domain
  consents: Consents
  /** Where apps find this home now; empty while no switch is on. */
  addresses: () => contract.AppAddress[]
  /** Hears that they are others. Returns the way to stop. */
  onAddresses?: (listen: () => void) => () => void
}

/** What apps of the code-to-copy kind have for an address. */
const OOB = 'urn:ietf:wg:oauth:2.0:oob'

const toRequest = ({ id, app, redirectUri, scopes, from, askedAt, expiresAt, tries }: ConsentRequest): contract.AppRequest => ({
  id,
  name: app.name,
  website: app.website,
  redirectUri: redirectUri === OOB ? null : redirectUri,
  scopes,
  from,
  askedAt: iso(askedAt),
  expiresAt: iso(expiresAt),
  tries,
})

export function appsOf({ domain: d, consents, addresses }: AppParts): contract.Apps {
  return {
    openUntil: isoOrNull(consents.openUntil()),
    requests: consents.list().map(toRequest),
    apps: connectedApps(d).map(({ id, createdAt, lastUsedAt, ...app }) => ({
      id: String(id),
      ...app,
      createdAt: iso(createdAt),
      lastUsedAt: isoOrNull(lastUsedAt),
    })),
    addresses: addresses(),
  }
}

export function appRoutes(routes: FastifyInstance, parts: AppParts): void {
  const { domain: d, consents } = parts
  const over = () => new AppError('conflict', 'Nobody waits for that any more.', { reason: 'request-over' })

  routes.get('/api/owner/apps', async () => appsOf(parts))
  routes.post('/api/owner/apps/connect', async () => {
    consents.open()
    return appsOf(parts)
  })
  routes.delete('/api/owner/apps/connect', async () => {
    consents.close()
    return appsOf(parts)
  })
  routes.post<{ Params: { id: string } }>('/api/owner/apps/requests/:id/approve', async (request) => {
    const said = consents.approve(request.params.id, text(body<{ code: string }>(request).code, 100))
    if (said === 'over') throw over()
    if (said !== 'ok') throw new AppError('invalid', 'The app shows another code.', { reason: 'code-wrong', params: { left: said.left } })
    return appsOf(parts)
  })
  routes.post<{ Params: { id: string } }>('/api/owner/apps/requests/:id/deny', async (request) => {
    if (!consents.deny(request.params.id)) throw over()
    return appsOf(parts)
  })
  routes.delete<ById>('/api/owner/apps/:id', async (request) => {
    disconnectApp(d, idOf(request))
    return appsOf(parts)
  })
}
