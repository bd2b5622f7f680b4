import { build, inList, query, sql } from '../store/query.ts'
import { findOwnerId } from './rows.ts'
import type { Domain } from './domain.ts'

/** What is known here of somebody beside what their server tells: how much of them there is, what they write about, who of those followed follows them. */

export interface ProfileFacts {
  /** Posts of theirs that are here, boosts not counted; more than the most are as many. */
  posts: number
  /** Hashtags they used more than once, the most used first. */
  tags: string[]
}

/** Counted to here: after that it is "more than". */
export const MOST_COUNTED = 10_000
const MOST_TAGS = 6

const counted = query<{ account: number; limit: number }>()((p) =>
  build
    .selectFrom(
      build.selectFrom('posts').select('id').where('account_id', '=', p.account).where('boost_of', 'is', null).limit(p.limit).as('some'),
    )
    .select((e) => e.fn.countAll<number>().as('posts')),
)
const used = query<{ account: number; limit: number; latest: number }>()((p) =>
  build
    .selectFrom(
      build.selectFrom('posts').select('id').where('account_id', '=', p.account).orderBy('id', 'desc').limit(p.latest).as('latest'),
    )
    .innerJoin('post_tags', 'post_tags.post_id', 'latest.id')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select('tags.name')
    .groupBy('tags.name')
    .having(sql<boolean>`count(*) > 1`)
    .orderBy(sql`count(*) desc`)
    .orderBy('tags.name')
    .limit(p.limit),
)
const followed = query<{ owner: number; uris: string[] }>()((p) =>
  build
    .selectFrom('accounts')
    .innerJoin('follows', (join) =>
      join.onRef('follows.target_id', '=', 'accounts.id').on('follows.account_id', '=', p.owner).on('follows.state', '=', 'accepted'),
    )
    .select('accounts.id')
    .where('accounts.uri', 'in', inList(p.uris))
    .orderBy('follows.id', 'desc'),
)

export function profileFacts(d: Domain, accountId: number): ProfileFacts {
  return {
    posts: counted.get(d.store, { account: accountId, limit: MOST_COUNTED })?.posts ?? 0,
    tags: used.all(d.store, { account: accountId, limit: MOST_TAGS, latest: 400 }).map((row) => row.name),
  }
}

/** Whom of these, named by their addresses, the owner follows. */
export function followedAmong(d: Domain, uris: readonly string[]): number[] {
  const owner = findOwnerId(d)
  return owner === null || uris.length === 0 ? [] : followed.all(d.store, { owner, uris: [...uris] }).map((row) => row.id)
}
