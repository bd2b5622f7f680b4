import { matchPost } from '../../domain/filters.ts'
import { iso } from './context.ts'
import type { FilteredPost, FilterKeyword } from '../../domain/filters.ts'
import type { Filter, LoadedPost } from '../../domain/types.ts'
import type { Context } from './context.ts'

/** Filter, FilterKeyword, FilterStatus, FilterResult, and V1::Filter, which is one word of a filter. */

const facts = (filter: Filter) => ({
  id: String(filter.id),
  title: filter.title,
  context: [...filter.contexts],
  expires_at: filter.expiresAt === null ? null : iso(filter.expiresAt),
  filter_action: filter.action,
})

export const toFilterKeyword = (word: Omit<FilterKeyword, 'filterId'>) => ({
  id: String(word.id),
  keyword: word.keyword,
  whole_word: word.wholeWord,
})

export const toFilterStatus = (one: Omit<FilteredPost, 'filterId'>) => ({ id: String(one.id), status_id: String(one.postId) })

export const toFilter = (filter: Filter) => ({
  ...facts(filter),
  keywords: filter.keywords.map(toFilterKeyword),
  statuses: filter.posts.map(toFilterStatus),
})

/** What the owner's filters found in a post, for `filtered`; strangers have none. */
export const filteredOf = (at: Context, post: LoadedPost) =>
  at.viewer === 'owner'
    ? matchPost(at.d, post).map((match) => ({
        filter: facts(match.filter),
        keyword_matches: match.keywords,
        status_matches: match.postIds.map(String),
      }))
    : []

/** A word as apps of before version 4 of Mastodon know it. */
export const toV1Filter = (filter: Filter, word: { id: number; keyword: string; wholeWord: boolean }) => ({
  id: String(word.id),
  phrase: word.keyword,
  context: [...filter.contexts],
  whole_word: word.wholeWord,
  expires_at: filter.expiresAt === null ? null : iso(filter.expiresAt),
  irreversible: filter.action === 'hide',
})
