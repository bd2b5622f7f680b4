import { build, inList, query, sql } from '../store/query.ts'
import { pageOf } from './paging.ts'
import type { Bounds } from './paging.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/**
 * Which posts stand in a list, as ids, newest first. Order is id order everywhere: an id carries the published time (design 7).
 * Muted and blocked authors are left out at read, so that unmuting brings back what came in meanwhile.
 */

type Rows = { id: number }[]
type Read<Extra> = (d: Domain, bounds: Bounds & Extra) => Rows
const HUSHED = sql<number>`(select target_id from mutes where expires_at is null or expires_at > 0
  union all select target_id from blocks where account_id = (select id from accounts where domain = '' and own = 1))`

/** The same query downwards and upwards. */
function both<Extra extends Record<string, string | number>>(
  make: (direction: 'asc' | 'desc') => { all(on: Domain['store'], args: Bounds & Extra): Rows },
): (d: Domain, page: Page, extra: Extra) => number[] {
  const down = make('desc')
  const up = make('asc')
  const read =
    (from: { all(on: Domain['store'], args: Bounds & Extra): Rows }): Read<Extra> =>
    (d, bounds) =>
      from.all(d.store, bounds)
  return (d, page, extra) =>
    pageOf(page, {
      down: (bounds) => read(down)(d, { ...bounds, ...extra }),
      up: (bounds) => read(up)(d, { ...bounds, ...extra }),
    }).map((row) => row.id)
}

const home = both<Record<never, never>>((direction) =>
  query<{ max: number; min: number; limit: number }>()((p) =>
    build
      .selectFrom('home')
      .innerJoin('posts', 'posts.id', 'home.post_id')
      .select('home.post_id as id')
      .where('home.post_id', '<', p.max)
      .where('home.post_id', '>', p.min)
      .where('posts.account_id', 'not in', HUSHED)
      .orderBy('home.post_id', direction)
      .limit(p.limit),
  ),
)

/** Own posts and those of followed people. */
export function homePage(d: Domain, page: Page): number[] {
  return home(d, page, {})
}

const publicLocal = both<Record<never, never>>((direction) =>
  query<{ max: number; min: number; limit: number }>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where('account_id', '=', sql<number>`(select id from accounts where domain = '' and own = 1)`)
      .where('visibility', '=', 'public')
      .where('boost_of', 'is', null)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)
const publicAll = both<{ own: number }>((direction) =>
  query<{ max: number; min: number; limit: number; own: number }>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where('own', '<=', p.own)
      .where('visibility', '=', 'public')
      .where('boost_of', 'is', null)
      .where('in_reply_to_uri', 'is', null)
      .where('account_id', 'not in', HUSHED)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)

/** Everything public received; `local`: the owner's own; `remote`: without them. */
export function publicPage(d: Domain, page: Page, filter: { local?: boolean; remote?: boolean } = {}): number[] {
  return filter.local ? publicLocal(d, page, {}) : publicAll(d, page, { own: filter.remote ? 0 : 1 })
}

type AccountFilter = { account: number; replies: number; boosts: number; media: number; public_only: number }
const ofAccount = both<AccountFilter>((direction) =>
  query<{ max: number; min: number; limit: number } & AccountFilter>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('account_id', '=', p.account)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where(sql<boolean>`(${p.replies} = 1 or in_reply_to_uri is null or in_reply_to_account_id = account_id)`)
      .where(sql<boolean>`(${p.boosts} = 1 or boost_of is null)`)
      .where(sql<boolean>`(${p.media} = 0 or exists (select 1 from media where media.post_id = posts.id))`)
      .where(sql<boolean>`(${p.public_only} = 0 or (visibility in ('public', 'unlisted') and (own = 0 or released_at is not null)))`)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)

/** Posts and boosts of one account. `publicOnly`: what anybody may see, nothing that has not left yet. */
export function accountPage(
  d: Domain,
  accountId: number,
  page: Page,
  filter: { excludeReplies?: boolean; excludeBoosts?: boolean; onlyMedia?: boolean; publicOnly?: boolean } = {},
): number[] {
  return ofAccount(d, page, {
    account: accountId,
    replies: filter.excludeReplies ? 0 : 1,
    boosts: filter.excludeBoosts ? 0 : 1,
    media: filter.onlyMedia ? 1 : 0,
    public_only: filter.publicOnly ? 1 : 0,
  })
}

type TagFilter = { name: string; own: number }
const ofTag = both<TagFilter>((direction) =>
  query<{ max: number; min: number; limit: number } & TagFilter>()((p) =>
    build
      .selectFrom('post_tags')
      .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
      .innerJoin('posts', 'posts.id', 'post_tags.post_id')
      .select('posts.id as id')
      .where('tags.name', '=', p.name)
      .where('post_tags.post_id', '<', p.max)
      .where('post_tags.post_id', '>', p.min)
      .where('posts.visibility', '=', 'public')
      .where(sql<boolean>`(${p.own} = 0 or (posts.own = 1 and posts.released_at is not null))`)
      .orderBy('post_tags.post_id', direction)
      .limit(p.limit),
  ),
)

/** Public posts under a hashtag (normalised name); `own`: only the owner's that have left, for the public page. */
export function tagPage(d: Domain, name: string, page: Page, filter: { own?: boolean } = {}): number[] {
  return ofTag(d, page, { name, own: filter.own ? 1 : 0 })
}

/** A post and the row id to page by. */
export interface PostRow {
  postId: number
  cursor: number
}
const kept = (table: 'bookmarks' | 'favourites', direction: 'asc' | 'desc') =>
  query<{ max: number; min: number; limit: number }>()((p) => {
    const rows = build
      .selectFrom(table)
      .select(['post_id as postId', 'id as cursor'])
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit)
    return table === 'favourites' ? rows.where(sql<boolean>`account_id = (select id from accounts where domain = '' and own = 1)`) : rows
  })
const KEPT = {
  bookmarks: { down: kept('bookmarks', 'desc'), up: kept('bookmarks', 'asc') },
  favourites: { down: kept('favourites', 'desc'), up: kept('favourites', 'asc') },
}

/** The owner's bookmarks or favourites, newest mark first. */
export function keptPage(d: Domain, list: 'bookmarks' | 'favourites', page: Page): PostRow[] {
  return pageOf(page, {
    down: (bounds) => KEPT[list].down.all(d.store, { ...bounds }),
    up: (bounds) => KEPT[list].up.all(d.store, { ...bounds }),
  })
}

const boosters = query<{ post: number; max: number; limit: number }>()((p) =>
  build
    .selectFrom('posts')
    .select(['account_id as accountId', 'id as cursor'])
    .where('boost_of', '=', p.post)
    .where('id', '<', p.max)
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const favouriters = query<{ post: number; max: number; limit: number }>()((p) =>
  build
    .selectFrom('favourites')
    .select(['account_id as accountId', 'id as cursor'])
    .where('post_id', '=', p.post)
    .where('id', '<', p.max)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

/** Who boosted or favourited a post, as far as known here. */
export function markersOf(d: Domain, kind: 'boosts' | 'favourites', postId: number, page: Page): { accountId: number; cursor: number }[] {
  const from = kind === 'boosts' ? boosters : favouriters
  return from.all(d.store, { post: postId, max: page.maxId ?? Number.MAX_SAFE_INTEGER, limit: page.limit })
}

const ancestors = query<{ id: number; limit: number }>()((p) =>
  build
    .withRecursive('up', (q) =>
      q
        .selectFrom('posts')
        .select(['in_reply_to_id as id', sql<number>`1`.as('depth')])
        .where('id', '=', p.id)
        .where('in_reply_to_id', 'is not', null)
        .unionAll((u) =>
          u
            .selectFrom('posts')
            .innerJoin('up', 'up.id', 'posts.id')
            .select(['posts.in_reply_to_id as id', sql<number>`up.depth + 1`.as('depth')])
            .where('posts.in_reply_to_id', 'is not', null)
            .where(sql<boolean>`up.depth < ${p.limit}`),
        ),
    )
    .selectFrom('up')
    .select('id')
    .orderBy('depth', 'desc'),
)
const descendants = query<{ id: number; limit: number }>()((p) =>
  build
    .withRecursive('down', (q) =>
      q
        .selectFrom('posts')
        .select(['id', 'in_reply_to_id'])
        .where('in_reply_to_id', '=', p.id)
        .union((u) =>
          u.selectFrom('posts').innerJoin('down', 'down.id', 'posts.in_reply_to_id').select(['posts.id', 'posts.in_reply_to_id']),
        ),
    )
    .selectFrom('down')
    .select(['id', 'in_reply_to_id as parent'])
    .limit(p.limit),
)

/** As much of a thread as one look takes: deeper and wider ones are read in steps. */
const MAX_ANCESTORS = 200
const MAX_DESCENDANTS = 1_000

/** The thread around a post: ancestors from the root down, descendants depth first, siblings in the order they were written. */
export function threadOf(d: Domain, postId: number): { ancestors: number[]; descendants: number[] } {
  const up = ancestors.all(d.store, { id: postId, limit: MAX_ANCESTORS }).flatMap((row) => row.id ?? [])
  const children = new Map<number, number[]>()
  for (const row of descendants.all(d.store, { id: postId, limit: MAX_DESCENDANTS })) {
    const siblings = children.get(row.parent as number)
    if (siblings) siblings.push(row.id)
    else children.set(row.parent as number, [row.id])
  }
  const ordered: number[] = []
  const stack = [...(children.get(postId) ?? [])].sort((a, b) => b - a)
  while (stack.length > 0) {
    const id = stack.pop() as number
    ordered.push(id)
    stack.push(...(children.get(id) ?? []).sort((a, b) => b - a))
  }
  return { ancestors: up, descendants: ordered }
}

const newest = query()(() => build.selectFrom('home').select((e) => e.fn.max('arrived').as('arrived')))
const arrivedAfter = query<{ arrived: number; limit: number }>()((p) =>
  build.selectFrom('home').select(['post_id', 'arrived']).where('arrived', '>', p.arrived).orderBy('arrived').limit(p.limit),
)

/** The order of arrival, for what came in while nobody looked: late posts have old ids. */
export function arrivals(d: Domain, after: number, limit: number): { postId: number; arrived: number }[] {
  return arrivedAfter.all(d.store, { arrived: after, limit }).map((row) => ({ postId: row.post_id, arrived: row.arrived }))
}
export function lastArrival(d: Domain): number {
  return newest.get(d.store)?.arrived ?? 0
}

const among = query<{ ids: number[] }>()((p) => build.selectFrom('home').select('post_id').where('post_id', 'in', inList(p.ids)))

/** Which of these stand in the home timeline. */
export function inHome(d: Domain, ids: number[]): Set<number> {
  return new Set(among.all(d.store, { ids }).map((row) => row.post_id))
}
