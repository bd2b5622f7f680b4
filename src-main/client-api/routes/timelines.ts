import { homePage, linkPage, publicPage, tagPage } from '../../domain/timelines.ts'
import { normaliseTag } from '../../domain/text.ts'
import { pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { contextFor, needs, statusPage } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** Home, public, hashtags, posts about a page. The public one is for the owner too: it shows what was received, not what is published. */

const POSTS = { default: 20, most: 40 }

export function registerTimelines(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/timelines/home', needs('read:statuses', 'Status[]'), async (request, reply) =>
    statusPage(request, reply, contextFor(request, options), homePage(d, pageOf(request, POSTS))),
  )

  app.get('/api/v1/timelines/public', needs('read:statuses', 'Status[]'), async (request, reply) => {
    const params = paramsOf(request)
    const ids = publicPage(d, pageOf(request, POSTS), {
      local: params.flag('local') ?? false,
      remote: params.flag('remote') ?? false,
      onlyMedia: params.flag('only_media') ?? false,
    })
    return statusPage(request, reply, contextFor(request, options), ids)
  })

  app.get<{ Params: { hashtag: string } }>('/api/v1/timelines/tag/:hashtag', needs('read:statuses', 'Status[]'), async (request, reply) => {
    const params = paramsOf(request)
    const more = (name: string) => params.list(name).map(normaliseTag)
    const ids = tagPage(d, normaliseTag(request.params.hashtag), pageOf(request, POSTS), {
      any: more('any'),
      all: more('all'),
      none: more('none'),
      local: params.flag('local') ?? false,
      remote: params.flag('remote') ?? false,
      onlyMedia: params.flag('only_media') ?? false,
    })
    return statusPage(request, reply, contextFor(request, options), ids)
  })

  app.get('/api/v1/timelines/link', needs('read:statuses', 'Status[]'), async (request, reply) => {
    const url = paramsOf(request).word('url') ?? ''
    return statusPage(request, reply, contextFor(request, options), linkPage(d, url, pageOf(request, POSTS)))
  })
}
