import { report } from '../../domain/reports.ts'
import { toReport } from '../entities/report.ts'
import { paramsOf } from '../params.ts'
import { accountAt, contextFor, needs } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** Reporting somebody: kept here, and told to their server only if asked (`forward`). */
export function registerReports(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options
  app.post('/api/v1/reports', needs('write:reports', 'Report'), async (request) => {
    const at = contextFor(request, options)
    const params = paramsOf(request)
    const { id } = accountAt(at, params.word('account_id') ?? '')
    const made = report(d, {
      accountId: id,
      postIds: params.ids('status_ids'),
      comment: params.text('comment') ?? '',
      category: params.word('category') ?? 'other',
      forward: params.flag('forward') ?? false,
    })
    return toReport(at, made)
  })
}
