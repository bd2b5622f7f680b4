import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { pageOf } from './paging.ts'
import { findOwnerId, ownerId } from './rows.ts'
import { normaliseTag } from './text.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/** Hashtags the owner follows (their posts come home, whoever wrote them) and those shown on the owner's profile. */

/** As many hashtags on a profile as Mastodon allows. */
export const MAX_FEATURED = 10
/** More followed hashtags than anybody reads: every received post is compared with them. */
const MAX_FOLLOWED = 1_000

const insertTag = query<{ name: string }>()((p) =>
  build
    .insertInto('tags')
    .values({ name: p.name })
    .onConflict((c) => c.doNothing()),
)
const tagId = query<{ name: string }>()((p) => build.selectFrom('tags').select('id').where('name', '=', p.name))
const insertFollowed = query<{ tag_id: number; at: number }>()((p) =>
  build
    .insertInto('followed_tags')
    .values({ tag_id: p.tag_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const removeFollowed = query<{ tag_id: number }>()((p) => build.deleteFrom('followed_tags').where('tag_id', '=', p.tag_id))
const countFollowed = query()(() => build.selectFrom('followed_tags').select((e) => e.fn.countAll<number>().as('count')))
const followedAmong = query<{ names: string[] }>()((p) =>
  build
    .selectFrom('tags')
    .innerJoin('followed_tags', 'followed_tags.tag_id', 'tags.id')
    .select('tags.name')
    .where('tags.name', 'in', inList(p.names)),
)
type Bounds = { max: number; min: number; limit: number }
const followedRows = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('followed_tags')
      .innerJoin('tags', 'tags.id', 'followed_tags.tag_id')
      .select(['tags.name', 'followed_tags.tag_id as cursor'])
      .where('followed_tags.tag_id', '<', p.max)
      .where('followed_tags.tag_id', '>', p.min)
      .orderBy('followed_tags.tag_id', direction)
      .limit(p.limit),
  )
const followedDown = followedRows('desc')
const followedUp = followedRows('asc')

/** Posts that came home for this hashtag alone: neither by the owner nor by somebody followed, and without another followed hashtag. */
const leaveHome = query<{ tag_id: number; owner: number }>()((p) =>
  build.deleteFrom('home').where(
    'post_id',
    'in',
    build
      .selectFrom('post_tags as this')
      .innerJoin('posts', 'posts.id', 'this.post_id')
      .select('posts.id')
      .where('this.tag_id', '=', p.tag_id)
      .where('posts.own', '=', 0)
      .where('posts.account_id', 'not in', build.selectFrom('follows').select('target_id').where('account_id', '=', p.owner))
      .where((e) =>
        e.not(
          e.exists(
            e
              .selectFrom('post_tags as others')
              .innerJoin('followed_tags', 'followed_tags.tag_id', 'others.tag_id')
              .select('others.post_id')
              .whereRef('others.post_id', '=', 'posts.id'),
          ),
        ),
      ),
  ),
)

const insertFeatured = query<{ id: number; tag_id: number; at: number }>()((p) =>
  build
    .insertInto('featured_tags')
    .values({ id: p.id, tag_id: p.tag_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const removeFeatured = query<{ tag_id: number }>()((p) => build.deleteFrom('featured_tags').where('tag_id', '=', p.tag_id))
const countFeatured = query()(() => build.selectFrom('featured_tags').select((e) => e.fn.countAll<number>().as('count')))
const featuredRows = query()(() =>
  build
    .selectFrom('featured_tags')
    .innerJoin('tags', 'tags.id', 'featured_tags.tag_id')
    .select(['featured_tags.id', 'tags.name'])
    .select((e) => [
      e
        .selectFrom('post_tags')
        .innerJoin('posts', 'posts.id', 'post_tags.post_id')
        .whereRef('post_tags.tag_id', '=', 'tags.id')
        .where('posts.own', '=', 1)
        .where('posts.visibility', 'in', ['public', 'unlisted'])
        .select((n) => n.fn.countAll<number>().as('count'))
        .as('postsCount'),
      e
        .selectFrom('post_tags')
        .innerJoin('posts', 'posts.id', 'post_tags.post_id')
        .whereRef('post_tags.tag_id', '=', 'tags.id')
        .where('posts.own', '=', 1)
        .where('posts.visibility', 'in', ['public', 'unlisted'])
        .select((n) => n.fn.max('posts.created_at').as('at'))
        .as('lastAt'),
    ])
    .orderBy('featured_tags.id'),
)
const suggestions = query<{ limit: number }>()((p) =>
  build
    .selectFrom('post_tags')
    .innerJoin('posts', 'posts.id', 'post_tags.post_id')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select('tags.name')
    .where('posts.own', '=', 1)
    .where('posts.visibility', 'in', ['public', 'unlisted'])
    .where('post_tags.tag_id', 'not in', build.selectFrom('featured_tags').select('tag_id'))
    .groupBy('post_tags.tag_id')
    .orderBy(sql`count(*)`, 'desc')
    .orderBy('tags.name')
    .limit(p.limit),
)

/** Normalised: with or without `#`, letters' case does not matter. Throws 'invalid' (`tag-invalid`) for what cannot be a hashtag. */
export function checkTag(name: string): string {
  const clean = normaliseTag(name.trim().slice(0, 200))
  if (!/^[\p{L}\p{M}\p{N}_\u00b7\u200c\u30fb]{1,100}$/u.test(clean) || /^[\p{N}_]+$/u.test(clean)) {
    throw new AppError('invalid', 'A hashtag has letters, digits and _, and is not a number.', { reason: 'tag-invalid' })
  }
  return clean
}

function idOf(d: Domain, name: string): number {
  insertTag.run(d.store, { name })
  return tagId.get(d.store, { name })?.id as number
}

/** From now on posts with this hashtag come home. Again: nothing happens. Throws 'invalid'. Event `tag-followed`. */
export function followTag(d: Domain, name: string): string {
  const tag = checkTag(name)
  d.store.transaction(() => {
    ownerId(d)
    if (isFollowed(d, [tag]).size > 0) return
    if ((countFollowed.get(d.store)?.count ?? 0) >= MAX_FOLLOWED) {
      throw new AppError('invalid', `You follow ${MAX_FOLLOWED} hashtags already.`, { reason: 'too-many', params: { max: MAX_FOLLOWED } })
    }
    insertFollowed.run(d.store, { tag_id: idOf(d, tag), at: d.now() })
    d.events.append('tag-followed', { tag })
  })
  return tag
}

/** No longer; what came home for it alone leaves. Event `tag-unfollowed`. */
export function unfollowTag(d: Domain, name: string): string {
  const tag = checkTag(name)
  d.store.transaction(() => {
    const id = tagId.get(d.store, { name: tag })?.id
    if (id === undefined || removeFollowed.run(d.store, { tag_id: id }).changes === 0) return
    leaveHome.run(d.store, { tag_id: id, owner: findOwnerId(d) ?? 0 })
    d.events.append('tag-unfollowed', { tag })
  })
  return tag
}

/** Followed hashtags, newest row first; `cursor` is for paging only. */
export function followedTags(d: Domain, page: Page): { name: string; cursor: number }[] {
  return pageOf(page, { down: (bounds) => followedDown.all(d.store, bounds), up: (bounds) => followedUp.all(d.store, bounds) })
}

/** Those of the names (normalised) that are followed. One query, none for an empty list. */
export function isFollowed(d: Domain, names: readonly string[]): Set<string> {
  if (names.length === 0) return new Set()
  return new Set(followedAmong.all(d.store, { names: [...names] }).map((row) => row.name))
}

/** Whether one of the names (normalised) is followed. */
export function followsAny(d: Domain, names: readonly string[]): boolean {
  return isFollowed(d, names).size > 0
}

export interface FeaturedTag {
  id: number
  name: string
  /** Own public and unlisted posts with it. */
  postsCount: number
  lastAt: number | null
}

/** Shows a hashtag on the owner's profile; at most {@link MAX_FEATURED}. Again: nothing happens. Throws 'invalid'. Event `tag-featured`. */
export function featureTag(d: Domain, name: string): FeaturedTag {
  const tag = checkTag(name)
  return d.store.transaction(() => {
    ownerId(d)
    const old = featuredTags(d).find((one) => one.name === tag)
    if (old) return old
    if ((countFeatured.get(d.store)?.count ?? 0) >= MAX_FEATURED) {
      throw new AppError('invalid', `A profile shows at most ${MAX_FEATURED} hashtags.`, {
        reason: 'too-many',
        params: { max: MAX_FEATURED },
      })
    }
    const at = d.now()
    insertFeatured.run(d.store, { id: nextId(at), tag_id: idOf(d, tag), at })
    d.events.append('tag-featured', { tag })
    return featuredTags(d).find((one) => one.name === tag) as FeaturedTag
  })
}

/** Takes a hashtag off the profile. Returns whether it was there. Event `tag-unfeatured`. */
export function unfeatureTag(d: Domain, name: string): boolean {
  const tag = checkTag(name)
  return d.store.transaction(() => {
    const id = tagId.get(d.store, { name: tag })?.id
    if (id === undefined || removeFeatured.run(d.store, { tag_id: id }).changes === 0) return false
    d.events.append('tag-unfeatured', { tag })
    return true
  })
}

/** On the owner's profile, in the order they were put there. */
export function featuredTags(d: Domain): FeaturedTag[] {
  return featuredRows.all(d.store).map((row) => ({ ...row, postsCount: row.postsCount ?? 0, lastAt: row.lastAt ?? null }))
}

/** The owner's most used hashtags that are not on the profile. */
export function featuredTagSuggestions(d: Domain, limit = 10): string[] {
  return suggestions.all(d.store, { limit }).map((row) => row.name)
}
