import { listFilters, matcherOf, matchPost } from './filters.ts'
import { loadPosts } from './loading.ts'
import { firstIdAt, idTime } from '../store/ids.ts'
import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { LoadedPost } from './types.ts'

/**
 * What filters find in what came in during the last days: what one would have found before it is kept, and how much the ones that are
 * kept found, day by day. The ids come from the reader thread, the posts are read in small steps, and there is an end to both.
 */

const DAY = 24 * 3600_000
export const PREVIEW_DAYS = 7
const MOST_POSTS = 4_000
const STEP = 100
const MOST_EXAMPLES = 5

export interface FilterPreview {
  /** The days, today last, with how many posts were found in each. */
  days: { at: number; posts: number }[]
  found: number
  /** Some of them, the newest first. */
  postIds: number[]
  looked: number
  /** False: more came in than was looked through. */
  whole: boolean
}
export interface FilterTotals {
  /** The beginnings of the days, today last. */
  days: number[]
  filters: { id: number; counts: number[] }[]
  whole: boolean
}

const received = query<{ since: number; limit: number }>()((p) =>
  build
    .selectFrom('posts')
    .select('id')
    .where('id', '>=', p.since)
    .where('own', '=', 0)
    .where(sql<boolean>`(exists (select 1 from home where home.post_id = posts.id) or boost_of is null)`)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

/** The day of a time, as an index from the first of the days; `offset`: minutes east of Greenwich. */
function daysUntil(now: number, offset: number): number[] {
  const shift = offset * 60_000
  const today = Math.floor((now + shift) / DAY) * DAY - shift
  return Array.from({ length: PREVIEW_DAYS }, (_, at) => today - (PREVIEW_DAYS - 1 - at) * DAY)
}

async function walk(d: Domain, since: number, see: (post: LoadedPost) => void): Promise<{ looked: number; whole: boolean }> {
  const rows = await d.store.reader.all(received, { since: firstIdAt(since), limit: MOST_POSTS + 1 })
  const ids = rows.slice(0, MOST_POSTS).map((row) => row.id)
  for (let at = 0; at < ids.length; at += STEP) {
    for (const post of loadPosts(d, ids.slice(at, at + STEP))) see(post)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { looked: ids.length, whole: rows.length <= MOST_POSTS }
}

const dayOf = (days: readonly number[], post: LoadedPost): number => {
  const at = idTime(post.id)
  return days.findLastIndex((day) => day <= at)
}

/** What a filter of these words would have found. */
export async function previewFilter(
  d: Domain,
  words: readonly { keyword: string; wholeWord: boolean }[],
  offset: number,
): Promise<FilterPreview> {
  const days = daysUntil(d.now(), offset)
  const counts = days.map(() => 0)
  const postIds: number[] = []
  const matches = matcherOf(words)
  let found = 0
  const { looked, whole } = await walk(d, days[0] as number, (post) => {
    if (!matches(post)) return
    found++
    const day = dayOf(days, post)
    if (day >= 0) counts[day] = (counts[day] ?? 0) + 1
    if (postIds.length < MOST_EXAMPLES) postIds.push(post.id)
  })
  return { days: days.map((at, index) => ({ at, posts: counts[index] ?? 0 })), found, postIds, looked, whole }
}

/** How much each of the filters that are kept found, by day. */
export async function filterTotals(d: Domain, offset: number): Promise<FilterTotals> {
  const days = daysUntil(d.now(), offset)
  const totals = new Map(listFilters(d).map((filter) => [filter.id, days.map(() => 0)]))
  if (totals.size === 0) return { days, filters: [], whole: true }
  const { whole } = await walk(d, days[0] as number, (post) => {
    const day = dayOf(days, post)
    if (day < 0) return
    for (const { filter } of matchPost(d, post)) {
      const counts = totals.get(filter.id)
      if (counts) counts[day] = (counts[day] ?? 0) + 1
    }
  })
  return { days, filters: [...totals].map(([id, counts]) => ({ id, counts })), whole }
}
