import { findOwnerId } from './rows.ts'
import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** What strangers may be told in lists: numbers and ids of what anybody may see, in the order of the ids, which is that of time. */

const OPEN = sql<boolean>`posts.visibility in ('public', 'unlisted') and (posts.own = 0 or posts.released_at is not null)`

const countedPosts = query<{ owner: number }>()((p) =>
  build
    .selectFrom('posts')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('account_id', '=', p.owner)
    .where(OPEN),
)
const answers = query<{ post_id: number; own: number; after: number; limit: number }>()((p) =>
  build
    .selectFrom('posts')
    .select('posts.id')
    .where('posts.in_reply_to_id', '=', p.post_id)
    .where('posts.id', '>', p.after)
    .where('posts.own', '=', p.own)
    .where('posts.boost_of', 'is', null)
    .where(
      'posts.account_id',
      'not in',
      build
        .selectFrom('blocks')
        .innerJoin('accounts', 'accounts.id', 'blocks.account_id')
        .select('blocks.target_id')
        .where('accounts.own', '=', 1),
    )
    .where(OPEN)
    .orderBy('posts.id')
    .limit(p.limit),
)
const followersBetween = query<{ owner: number; from: string; to: string; limit: number }>()((p) =>
  build
    .selectFrom('accounts')
    .innerJoin('follows', 'follows.account_id', 'accounts.id')
    .select('accounts.uri')
    .where('accounts.uri', '>=', p.from)
    .where('accounts.uri', '<', p.to)
    .where('follows.target_id', '=', p.owner)
    .where('follows.state', '=', 'accepted')
    .where('accounts.suspended_at', 'is', null)
    .orderBy('accounts.uri')
    .limit(p.limit),
)

/** More followers of one server than this are not listed to it. */
const MAX_FOLLOWERS = 20_000

/** How many posts and boosts of the owner anybody may see: what the outbox lists, all pages together. */
export function countListed(d: Domain): number {
  const owner = findOwnerId(d)
  return owner === null ? 0 : (countedPosts.get(d.store, { owner })?.count ?? 0)
}

/** Direct answers to a post that anybody may see, the owner's or everybody else's, oldest first. `after`: an id, exclusive. */
export function openAnswers(d: Domain, postId: number, which: { own: boolean; after?: number; limit: number }): number[] {
  return answers.all(d.store, { post_id: postId, own: Number(which.own), after: which.after ?? 0, limit: which.limit }).map((row) => row.id)
}

/** Addresses of the owner's followers on one origin (`https://mo.example`), in order. */
export function followersAt(d: Domain, origin: string): string[] {
  const owner = findOwnerId(d)
  if (owner === null) return []
  // Everything that begins with `origin/`: 0 comes after /.
  return followersBetween
    .all(d.store, { owner, from: `${origin}/`, to: `${origin}0`, limit: MAX_FOLLOWERS })
    .flatMap((row) => row.uri ?? [])
}
