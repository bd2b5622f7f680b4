import { findOwnerId } from './rows.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { ReactionCount } from './types.ts'

/** Answers of one picture: an emoji character, or a custom emoji with its picture (Misskey, Pleroma and their kin). */

const counted = query<{ ids: number[]; owner: number }>()((p) =>
  build
    .selectFrom('reactions')
    .leftJoin('media', 'media.id', 'reactions.media_id')
    .select([
      'reactions.post_id as postId',
      'reactions.emoji',
      'media.token',
      sql<number>`count(*)`.as('count'),
      sql<number>`max(reactions.account_id = ${p.owner})`.as('mine'),
    ])
    .where('reactions.post_id', 'in', inList(p.ids))
    // The same name of two servers is two pictures.
    .groupBy(['reactions.post_id', 'reactions.emoji', 'reactions.media_id'])
    .orderBy(sql`min(reactions.id)`),
)

/** What these posts were answered with, by post, in the order each picture came first; one query, none for an empty list. */
export function reactionsOf(d: Domain, postIds: readonly number[]): Map<number, ReactionCount[]> {
  const found = new Map<number, ReactionCount[]>()
  if (postIds.length === 0) return found
  for (const row of counted.all(d.store, { ids: [...postIds], owner: findOwnerId(d) ?? 0 })) {
    const one = { emoji: row.emoji, token: row.token, count: row.count, mine: row.mine === 1 }
    const list = found.get(row.postId)
    if (list) list.push(one)
    else found.set(row.postId, [one])
  }
  return found
}
