import { isoOrNull, iso, notFound } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { HostView, OutboxView } from '../delivery/delivery.ts'
import type { Absence, CatchUp, Servers } from '../domain/ports.ts'
import type * as contract from './contract.ts'

/** Other servers: how deliveries to each go, and what was missed of them while away. */

export const toAwayReport = (absence: Absence): contract.AwayReport => ({
  ...absence,
  id: String(absence.id),
  awaySince: iso(absence.awaySince),
  backAt: iso(absence.backAt),
  finishedAt: isoOrNull(absence.finishedAt),
  gaps: absence.gaps.map((gap) => ({ ...gap, from: iso(gap.from), to: iso(gap.to) })),
})

interface ByHost {
  Params: { host: string }
}

export function serverRoutes(routes: FastifyInstance, parts: { outbox: OutboxView; catchUp: CatchUp; servers: Servers }): void {
  const { outbox, catchUp, servers } = parts

  const toHost = (view: HostView): contract.HostDelivery => ({
    host: view.host,
    software: servers.softwareOf(view.host),
    state: view.state,
    waiting: view.waiting,
    failed: view.failed,
    delivered: view.delivered,
    lastSuccessAt: isoOrNull(view.lastSuccessAt),
    lastFailureAt: isoOrNull(view.lastFailureAt),
    lastCode: view.lastCode,
    lastStatus: view.lastStatus,
    nextAttemptAt: isoOrNull(view.nextAttemptAt),
  })
  /** As it is now, also when nothing is left to tell of it. */
  const hostAt = (host: string): contract.HostDelivery =>
    toHost(
      outbox.host(host) ?? {
        host,
        state: 'fine',
        waiting: 0,
        failed: 0,
        delivered: 0,
        lastSuccessAt: null,
        lastFailureAt: null,
        lastCode: null,
        lastStatus: null,
        nextAttemptAt: null,
      },
    )

  routes.get('/api/owner/hosts', async () => outbox.hosts().map(toHost))
  routes.post<ByHost>('/api/owner/hosts/:host/retry', async (request) => {
    if (!outbox.retryHost(request.params.host)) throw notFound()
    return hostAt(request.params.host)
  })
  routes.delete<ByHost>('/api/owner/hosts/:host', async (request) => {
    if (!outbox.forgetHost(request.params.host)) throw notFound()
    return hostAt(request.params.host)
  })

  const away = () => catchUp.reports().map(toAwayReport)
  routes.get('/api/owner/away', async () => away())
  routes.post('/api/owner/away', async () => {
    catchUp.run()
    return away()
  })
  routes.delete('/api/owner/away', async () => {
    catchUp.stop()
    return away()
  })
}
