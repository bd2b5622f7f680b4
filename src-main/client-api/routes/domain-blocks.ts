import { AppError } from '../../domain/errors.ts'
import { blockDomain, domainBlocksPage, unblockDomain } from '../../domain/domain-blocks.ts'
import { linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** Whole servers the owner wants nothing of. */

const PAGE = { default: 100, most: 200 }

export function registerDomainBlocks(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/domain_blocks', needs('read:blocks', 'DomainName[]'), async (request, reply) => {
    const page = domainBlocksPage(d, pageOf(request, PAGE))
    linkTo(
      request,
      reply,
      contextFor(request, options).base,
      page.map((one) => one.id),
    )
    return page.map((one) => one.domain)
  })
  app.post('/api/v1/domain_blocks', needs('write:blocks', 'Empty'), async (request) => {
    blockDomain(d, domainOf(request))
    return {}
  })
  app.delete('/api/v1/domain_blocks', needs('write:blocks', 'Empty'), async (request) => {
    unblockDomain(d, domainOf(request))
    return {}
  })
}

function domainOf(request: FastifyRequest): string {
  const domain = paramsOf(request).word('domain')
  if (domain === undefined) throw new AppError('invalid', "Validation failed: Domain can't be blank")
  return domain
}
