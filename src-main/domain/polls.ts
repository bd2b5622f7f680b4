import { findOwnerId } from './rows.ts'
import { build, inList, query } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Poll } from './types.ts'

/** Polls: the owner's own, counted from the votes that come in, and others', whose numbers are their server's word. */

type Ids = { ids: number[] }
const pollRows = query<Ids>()((p) =>
  build
    .selectFrom('polls')
    .innerJoin('posts', 'posts.id', 'polls.post_id')
    .selectAll('polls')
    .select('posts.own')
    .where('polls.post_id', 'in', inList(p.ids)),
)
const ownChoices = query<Ids & { owner: number }>()((p) =>
  build
    .selectFrom('votes')
    .select(['post_id', 'choice'])
    .where('post_id', 'in', inList(p.ids))
    .where('account_id', '=', p.owner)
    .orderBy('choice'),
)

/** The polls of these posts, by post; two queries, none for an empty list. */
export function pollsOf(d: Domain, postIds: readonly number[]): Map<number, Poll> {
  if (postIds.length === 0) return new Map()
  const ids = [...postIds]
  const polls = new Map<number, Poll>()
  for (const row of pollRows.all(d.store, { ids })) {
    polls.set(row.post_id, {
      postId: row.post_id,
      multiple: row.multiple === 1,
      options: JSON.parse(row.options) as Poll['options'],
      voters: row.voters,
      endsAt: row.ends_at,
      closedAt: row.closed_at,
      ownVotes: [],
      own: row.own === 1,
    })
  }
  if (polls.size === 0) return polls
  for (const row of ownChoices.all(d.store, { ids, owner: findOwnerId(d) ?? 0 })) polls.get(row.post_id)?.ownVotes.push(row.choice)
  return polls
}

/** The poll of a post, or null. */
export function pollOf(d: Domain, postId: number): Poll | null {
  return pollsOf(d, [postId]).get(postId) ?? null
}
