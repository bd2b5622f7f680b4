import { AppError } from '../../domain/errors.ts'
import { cancelScheduled, reschedule, scheduledById, scheduledPage, WINDOW_AHEAD_MS } from '../../domain/scheduled.ts'
import { parseId } from '../../domain/uris.ts'
import { grantOf } from '../auth.ts'
import { toScheduledStatus } from '../entities/scheduled.ts'
import { linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Posts that wait for their time: listed, moved, cancelled. They are made by `POST statuses` with `scheduled_at`. */

const PAGE = { default: 20, most: 40 }

export function registerScheduled(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/scheduled_statuses', needs('read:statuses', 'ScheduledStatus[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const page = scheduledPage(d, pageOf(request, PAGE))
    linkTo(
      request,
      reply,
      at.base,
      page.map((one) => one.id),
    )
    return page.map((one) => toScheduledStatus(at, one))
  })

  app.get<ById>('/api/v1/scheduled_statuses/:id', needs('read:statuses', 'ScheduledStatus'), async (request) =>
    toScheduledStatus(contextFor(request, options), found(request)),
  )

  const move = async (request: FastifyRequest<ById>) => {
    const { id, at } = found(request)
    return toScheduledStatus(
      contextFor(request, options),
      reschedule(d, id, scheduledAt(paramsOf(request)) ?? at, aheadFor(grantOf(request)).ahead),
    )
  }
  app.put('/api/v1/scheduled_statuses/:id', needs('write:statuses', 'ScheduledStatus'), move)
  app.patch('/api/v1/scheduled_statuses/:id', needs('write:statuses', 'ScheduledStatus'), move)

  app.delete<ById>('/api/v1/scheduled_statuses/:id', needs('write:statuses', 'Empty'), async (request) => {
    cancelScheduled(d, found(request).id)
    return {}
  })

  function found(request: FastifyRequest<ById>) {
    const id = parseId(request.params.id)
    const one = id === null ? null : scheduledById(d, id)
    if (!one) throw notFound()
    return one
  }
}

/** Mastodon's five minutes for apps; the owner's own window may be quicker. */
export const aheadFor = (grant: { kind: string } | null | undefined): { ahead?: number } =>
  grant?.kind === 'window' ? { ahead: WINDOW_AHEAD_MS } : {}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,20} ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/i

/** `scheduled_at` in milliseconds; a time without an offset is UTC, as on Mastodon. Undefined if absent. Throws 'invalid' for what is no date. */
export function scheduledAt(params: Params): number | undefined {
  const text = params.word('scheduled_at')
  if (text === undefined) return undefined
  const zoned = /(Z|[+-][0-9]{2}:?[0-9]{2})$/i.test(text.slice(10))
  const time = DATE.test(text) ? Date.parse(text.length > 10 && !zoned ? `${text}Z` : text) : Number.NaN
  if (Number.isNaN(time)) throw new AppError('invalid', 'Validation failed: Scheduled at is invalid')
  return time
}
