import { findOwnerId } from './rows.ts'
import { searchAccounts } from './search.ts'
import { normaliseTag } from './text.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** What can stand for the beginning of a name while the owner writes: from what is here, nobody is asked. */

/** So many are looked at before those near the owner come first. */
const LOOKED_AT = 30
/** The newest posts that speak to the owner: who wrote one of them counts as somebody who writes. */
const NEWEST = 5_000
/** Who is used more often than this is used a lot. */
const MOST_USES = 500

const followed = query<{ owner: number; ids: number[] }>()((p) =>
  build
    .selectFrom('follows')
    .select('target_id as id')
    .where('account_id', '=', p.owner)
    .where('state', '=', 'accepted')
    .where('target_id', 'in', inList(p.ids)),
)
const writers = query<{ owner: number; ids: number[]; newest: number }>()((p) =>
  build
    .selectFrom(
      build
        .selectFrom('mentions')
        .select('post_id')
        .where('account_id', '=', p.owner)
        .orderBy('post_id', 'desc')
        .limit(p.newest)
        .as('spoken'),
    )
    .innerJoin('posts', 'posts.id', 'spoken.post_id')
    .select('posts.account_id as id')
    .distinct()
    .where('posts.account_id', 'in', inList(p.ids)),
)

/** Ids of people whose name begins like that: those followed, those who have written to the owner, then the others. */
export async function suggestPeople(d: Domain, typed: string, limit: number): Promise<number[]> {
  const ids = await searchAccounts(d, typed, { limit: LOOKED_AT })
  const owner = findOwnerId(d)
  if (owner === null || ids.length === 0) return ids.slice(0, limit)
  const near = new Set(followed.all(d.store, { owner, ids }).map((row) => row.id))
  const wrote = new Set(writers.all(d.store, { owner, ids, newest: NEWEST }).map((row) => row.id))
  const rank = (id: number) => (near.has(id) ? 0 : wrote.has(id) ? 1 : 2)
  return ids
    .filter((id) => id !== owner)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, limit)
}

const tags = query<{ name: string; high: string; most: number; limit: number }>()((p) =>
  build
    .selectFrom('tags')
    .select('name')
    .select(
      sql<number>`(select count(*) from (select 1 from post_tags join posts on posts.id = post_tags.post_id where post_tags.tag_id = tags.id and posts.own = 1 limit ${p.most}))`.as(
        'own',
      ),
    )
    .select(sql<number>`(select count(*) from (select 1 from post_tags where post_tags.tag_id = tags.id limit ${p.most}))`.as('known'))
    .where('name', '>=', p.name)
    .where('name', '<', p.high)
    .orderBy('own', 'desc')
    .orderBy('known', 'desc')
    .orderBy('name')
    .limit(p.limit),
)

/** Hashtags that begin like that: those the owner has used most, then those used most here. `own`: how often the owner used it. */
export async function suggestTags(d: Domain, typed: string, limit: number): Promise<{ name: string; own: number; known: number }[]> {
  const name = normaliseTag(typed.trim().replace(/^#/, ''))
  if (name === '') return []
  return d.store.reader.all(tags, { name, high: `${name}\u{10ffff}`, most: MOST_USES, limit })
}
