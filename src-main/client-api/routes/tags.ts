import {
  checkTag,
  featuredTags,
  featuredTagSuggestions,
  featureTag,
  followedTags,
  followTag,
  unfeatureTag,
  unfollowTag,
} from '../../domain/followed-tags.ts'
import { normaliseTag } from '../../domain/text.ts'
import { parseId } from '../../domain/uris.ts'
import { toFeaturedTag, toTag, toTags } from '../entities/tag.ts'
import { linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { accountAt, contextFor, needs, open } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Hashtags: one, those the owner follows, those on the owner's profile. */

const FOLLOWED = { default: 100, most: 200 }

interface ByName {
  Params: { name: string }
}

export function registerTags(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get<ByName>('/api/v1/tags/:name', open('read:statuses', 'Tag'), async (request) =>
    toTag(contextFor(request, options), normaliseTag(request.params.name)),
  )
  const verb = (name: string, scope: string, act: (tag: string) => unknown) =>
    app.post<ByName>(`/api/v1/tags/:name/${name}`, needs(scope, 'Tag'), async (request) => {
      const tag = checkTag(request.params.name)
      act(tag)
      return toTag(contextFor(request, options), tag)
    })
  verb('follow', 'write:follows', (tag) => followTag(d, tag))
  verb('unfollow', 'write:follows', (tag) => unfollowTag(d, tag))
  verb('feature', 'write:accounts', (tag) => featureTag(d, tag))
  verb('unfeature', 'write:accounts', (tag) => unfeatureTag(d, tag))

  app.get('/api/v1/followed_tags', needs('read:follows', 'Tag[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const page = followedTags(d, pageOf(request, FOLLOWED))
    linkTo(
      request,
      reply,
      at.base,
      page.map((tag) => tag.cursor),
    )
    return toTags(
      at,
      page.map((tag) => tag.name),
    )
  })

  app.get('/api/v1/featured_tags', needs('read:accounts', 'FeaturedTag[]'), async (request) => {
    const at = contextFor(request, options)
    return featuredTags(d).map((tag) => toFeaturedTag(at, tag))
  })
  app.post('/api/v1/featured_tags', needs('write:accounts', 'FeaturedTag'), async (request) =>
    toFeaturedTag(contextFor(request, options), featureTag(d, paramsOf(request).word('name') ?? '')),
  )
  app.get('/api/v1/featured_tags/suggestions', needs('read:accounts', 'Tag[]'), async (request) =>
    toTags(contextFor(request, options), featuredTagSuggestions(d)),
  )
  app.delete<ById>('/api/v1/featured_tags/:id', needs('write:accounts', 'Empty'), async (request) => {
    const id = parseId(request.params.id)
    const tag = featuredTags(d).find((one) => one.id === id)
    if (!tag) throw notFound()
    unfeatureTag(d, tag.name)
    return {}
  })
  app.get<ById>('/api/v1/accounts/:id/featured_tags', open('read:accounts', 'FeaturedTag[]'), async (request) => {
    const at = contextFor(request, options)
    // Of others we know no numbers, and an entity without them breaks strict clients.
    return accountAt(at, request.params.id).own ? featuredTags(d).map((tag) => toFeaturedTag(at, tag)) : []
  })
}
