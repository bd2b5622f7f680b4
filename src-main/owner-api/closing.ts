import { closeAccount, closedAt, closing } from '../domain/closing.ts'
import { body, isoOrNull, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { OutboxView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { Receipt } from '../domain/closing.ts'
import type * as contract from './contract.ts'

/** The end of the account, and its receipt: how many servers have been told. */

interface Parts {
  domain: Domain
  outbox: OutboxView
}

export function closingRoutes(routes: FastifyInstance, parts: Parts): void {
  // The outbox forgets what was sent a day ago; the receipt is kept whether a window looks or not.
  const off = parts.outbox.onChange((id) => {
    if (closedAt(parts.domain) !== null && parts.outbox.item(id)?.kind === 'close') closingOf(parts)
  })
  routes.addHook('onClose', async () => off())

  routes.get('/api/owner/closing', async () => closingOf(parts))
  routes.post('/api/owner/closing', async (request) => {
    closeAccount(parts.domain, text(body<{ confirm: string }>(request).confirm))
    return closingOf(parts)
  })
}

export function closingOf({ domain: d, outbox }: Parts): contract.Closing {
  const told = closing(d, closedAt(d) === null ? null : seen(outbox))
  return { ...told, at: isoOrNull(told.at) }
}

function seen(outbox: OutboxView): Receipt | null {
  const item = outbox.list().find((one) => one.kind === 'close')
  if (!item) return null
  const { total, delivered, failures } = item
  const failed = Math.max(item.failed, failures.filter((failure) => failure.final).length)
  return { total, delivered, failed, settled: item.state === 'sent' || item.state === 'failed' }
}
