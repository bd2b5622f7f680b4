import { accountById } from '../domain/accounts.ts'
import { postByUri } from '../domain/posts.ts'
import { addRelay, relays, removeRelay } from '../domain/relays.ts'
import { reports, resolveReport } from '../domain/reports.ts'
import { body, idOf, iso, isoOrNull, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Resolver } from '../domain/ports.ts'
import type { Report } from '../domain/reports.ts'
import type { Account } from '../domain/types.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Relays, and reports sent and received. */

const handleOf = (account: Account) => (account.domain === '' ? account.username : `${account.username}@${account.domain}`)

export function networkRoutes(routes: FastifyInstance, parts: { domain: Domain; resolver: Resolver }): void {
  const { domain: d, resolver } = parts

  const allRelays = (): contract.Relay[] =>
    relays(d).map(({ id, address, flavour, state }) => ({ id: String(id), address, flavour, state }))
  routes.get('/api/owner/relays', async () => allRelays())
  routes.post('/api/owner/relays', async (request) => {
    const address = text(body<{ address: string }>(request).address)
    addRelay(d, { address, ...(await resolver.relay(address)) })
    return allRelays()
  })
  routes.delete<ById>('/api/owner/relays/:id', async (request) => {
    removeRelay(d, idOf(request))
    return allRelays()
  })

  const acctOf = (id: number | null) => {
    const account = id === null ? null : accountById(d, id)
    return account && handleOf(account)
  }
  /** Servers report in the name of an actor of their own: then the server is who reports. */
  const reporter = (report: Report): string => {
    const account = report.byId === null ? null : accountById(d, report.byId)
    if (!account || account.type === 'Application' || account.type === 'Service') return report.byHost || (account ? handleOf(account) : '')
    return handleOf(account)
  }
  const toReport = (report: Report): contract.Report => ({
    id: String(report.id),
    own: report.own,
    by: reporter(report),
    about: acctOf(report.aboutId),
    comment: report.comment,
    postIds: report.postUris.flatMap((uri) => {
      const post = postByUri(d, uri)
      return post ? [String(post.id)] : []
    }),
    createdAt: iso(report.createdAt),
    resolvedAt: isoOrNull(report.resolvedAt),
  })
  const allReports = () => reports(d).map(toReport)
  routes.get('/api/owner/reports', async () => allReports())
  routes.post<ById>('/api/owner/reports/:id/resolve', async (request) => {
    resolveReport(d, idOf(request))
    return allReports()
  })
}
