import { featuredTags, isFollowed } from '../../domain/followed-tags.ts'
import { iso, tagUrl } from './context.ts'
import type { FeaturedTag } from '../../domain/followed-tags.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Tag and FeaturedTag. `history` is empty: nobody counts here how often the world says something. */

/** In the order asked. What the owner follows is shown to the owner alone. */
export function toTags(at: Context, names: readonly string[]): Entity<'Tag'>[] {
  const followed = at.viewer === 'owner' ? isFollowed(at.d, names) : new Set<string>()
  const featured = at.viewer === 'owner' && names.length > 0 ? new Set(featuredTags(at.d).map((tag) => tag.name)) : new Set<string>()
  return names.map((name) => ({
    id: name,
    name,
    url: tagUrl(at, name),
    history: [],
    following: followed.has(name),
    featuring: featured.has(name),
  }))
}

export const toTag = (at: Context, name: string) => toTags(at, [name])[0] as Entity<'Tag'>

/** `statuses_count` is a text, as Mastodon sends it (Ice Cubes decodes nothing else). */
export const toFeaturedTag = (at: Context, tag: FeaturedTag): Entity<'FeaturedTag'> => ({
  id: String(tag.id),
  name: tag.name,
  url: tagUrl(at, tag.name),
  statuses_count: String(tag.postsCount),
  last_status_at: tag.lastAt === null ? null : iso(tag.lastAt).slice(0, 10),
})
