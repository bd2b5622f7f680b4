import { build, inList, query, sql } from '../store/query.ts'
import type { Slots } from '../store/query.ts'
import { pageOf } from './paging.ts'
import type { Bounds } from './paging.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/**
 * Which posts stand in a list, as ids, newest first. Order is id order everywhere: an id carries the published time (design 7).
 * Muted and blocked authors are left out at read, so that unmuting brings back what came in meanwhile.
 */

type Rows = { id: number }[]
type Now = { now: number }
type Slot = Slots<Now>['now']
type Read<Extra> = (d: Domain, bounds: Bounds & Extra & Now) => Rows
const OWNER = sql<number>`(select id from accounts where domain = '' and own = 1)`
/** Accounts whose words the owner does not want to see now: blocked, of a blocked server, or muted and the mute has not run out. */
export const hushed = (p: { now: Slot }) => sql<number>`(select target_id from mutes where expires_at is null or expires_at > ${p.now}
  union all select target_id from blocks where account_id = ${OWNER}
  union all select id from accounts where domain_blocked = 1)`
/** A boost of somebody's words is their words. */
const boostsHushed = (p: { now: Slot }, boostOf: string) =>
  sql<boolean>`(${sql.ref(boostOf)} is null or (select account_id from posts as boosted where boosted.id = ${sql.ref(boostOf)}) not in ${hushed(p)})`

/** The same query downwards and upwards. */
function both<Extra extends Record<string, string | number>>(
  make: (direction: 'asc' | 'desc') => { all(on: Domain['store'], args: Bounds & Extra & Now): Rows },
): (d: Domain, page: Page, extra: Extra) => number[] {
  const down = make('desc')
  const up = make('asc')
  const read =
    (from: { all(on: Domain['store'], args: Bounds & Extra & Now): Rows }): Read<Extra> =>
    (d, bounds) =>
      from.all(d.store, bounds)
  return (d, page, extra) => {
    const now = d.now()
    return pageOf(page, {
      down: (bounds) => read(down)(d, { ...bounds, ...extra, now }),
      up: (bounds) => read(up)(d, { ...bounds, ...extra, now }),
    }).map((row) => row.id)
  }
}

// A cross join is SQLite's word for "in this order": with statistics at hand it would read all posts and sort them.
const home = both<Record<never, never>>((direction) =>
  query<Bounds & Now>()((p) =>
    build
      .selectFrom('home')
      .crossJoin('posts')
      .select('home.post_id as id')
      .whereRef('posts.id', '=', 'home.post_id')
      .where('home.post_id', '<', p.max)
      .where('home.post_id', '>', p.min)
      .where('posts.account_id', 'not in', hushed(p))
      .where(boostsHushed(p, 'posts.boost_of'))
      .orderBy('home.post_id', direction)
      .limit(p.limit),
  ),
)

/** Own posts and those of followed people. */
export function homePage(d: Domain, page: Page): number[] {
  return home(d, page, {})
}

type PublicFilter = { remote: number; media: number }
const ofPublic = both<PublicFilter>((direction) =>
  query<Bounds & Now & PublicFilter>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where('visibility', '=', 'public')
      .where('boost_of', 'is', null)
      .where(sql<boolean>`(${p.remote} = 0 or own = 0)`)
      .where(sql<boolean>`((in_reply_to_uri is null and in_reply_to_id is null) or in_reply_to_account_id = account_id)`)
      .where(sql<boolean>`(${p.media} = 0 or exists (select 1 from media where media.post_id = posts.id))`)
      .where('account_id', 'not in', hushed(p))
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)
// By way of the index of the owner's posts: among a million of others' they are few.
const ofOwner = both<PublicFilter>((direction) =>
  query<Bounds & Now & PublicFilter>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('account_id', '=', OWNER)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where('visibility', '=', 'public')
      .where('boost_of', 'is', null)
      .where(sql<boolean>`((in_reply_to_uri is null and in_reply_to_id is null) or in_reply_to_account_id = account_id)`)
      .where(sql<boolean>`(${p.media} = 0 or exists (select 1 from media where media.post_id = posts.id))`)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)

/** Everything public received, no boosts, answers only to oneself; `local`: the owner's own; `remote`: without them. */
export function publicPage(d: Domain, page: Page, filter: { local?: boolean; remote?: boolean; onlyMedia?: boolean } = {}): number[] {
  const read = filter.local && !filter.remote ? ofOwner : ofPublic
  return read(d, page, { remote: Number(filter.remote ?? false), media: Number(filter.onlyMedia ?? false) })
}

type AccountFilter = { account: number; replies: number; boosts: number; media: number; public_only: number; tag: string }
const ofAccount = both<AccountFilter>((direction) =>
  query<Bounds & Now & AccountFilter>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('account_id', '=', p.account)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where(sql<boolean>`(${p.replies} = 1 or in_reply_to_uri is null or in_reply_to_account_id = account_id)`)
      .where(sql<boolean>`(${p.boosts} = 1 or boost_of is null)`)
      .where(sql<boolean>`(${p.media} = 0 or exists (select 1 from media where media.post_id = posts.id))`)
      .where(
        sql<boolean>`(${p.tag} = '' or id in (select post_id from post_tags inner join tags on tags.id = post_tags.tag_id where tags.name = ${p.tag}))`,
      )
      .where(sql<boolean>`(${p.public_only} = 0 or (visibility in ('public', 'unlisted') and (own = 0 or released_at is not null)))`)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
)

/** Posts and boosts of one account. `tagged`: under this hashtag (normalised); `publicOnly`: what anybody may see, nothing that has not left yet. */
export function accountPage(
  d: Domain,
  accountId: number,
  page: Page,
  filter: { excludeReplies?: boolean; excludeBoosts?: boolean; onlyMedia?: boolean; publicOnly?: boolean; tagged?: string } = {},
): number[] {
  return ofAccount(d, page, {
    account: accountId,
    replies: filter.excludeReplies ? 0 : 1,
    boosts: filter.excludeBoosts ? 0 : 1,
    media: filter.onlyMedia ? 1 : 0,
    public_only: filter.publicOnly ? 1 : 0,
    tag: filter.tagged ?? '',
  })
}

type TagFilter = {
  names: string
  all: string
  none: string
  all_count: number
  own: number
  remote: number
  media: number
  public_only: number
}
const wishedFor = (p: Slots<TagFilter & Now>) => [
  sql<boolean>`posts.visibility = 'public'`,
  sql<boolean>`(${p.all_count} = 0 or (select count(*) from post_tags inner join tags on tags.id = post_tags.tag_id
    where post_tags.post_id = posts.id and tags.name in (select value from json_each(${p.all}))) = ${p.all_count})`,
  sql<boolean>`(${p.none} = '[]' or posts.id not in ${under(p.none)})`,
  sql<boolean>`(${p.own} = 0 or posts.own = 1) and (${p.remote} = 0 or posts.own = 0)`,
  sql<boolean>`(${p.public_only} = 0 or (posts.own = 1 and posts.released_at is not null))`,
  sql<boolean>`(${p.media} = 0 or exists (select 1 from media where media.post_id = posts.id))`,
  sql<boolean>`(posts.own = 1 or posts.account_id not in ${hushed(p)})`,
]
// A hashtag is read from its own index, however many posts it has; of several, as many posts of each as a page holds.
const ofTag = both<TagFilter>((direction) =>
  query<Bounds & Now & TagFilter>()((p) =>
    build
      .selectFrom('post_tags')
      .crossJoin('posts')
      .select('posts.id as id')
      .whereRef('posts.id', '=', 'post_tags.post_id')
      .where('post_tags.tag_id', '=', sql<number>`(select id from tags where name = ${p.names} ->> 0)`)
      .where('post_tags.post_id', '<', p.max)
      .where('post_tags.post_id', '>', p.min)
      .where((e) => e.and(wishedFor(p)))
      .orderBy('post_tags.post_id', direction)
      .limit(p.limit),
  ),
)
const ofTags = both<TagFilter>((direction) =>
  query<Bounds & Now & TagFilter>()((p) =>
    build
      .selectFrom(
        sql<{ id: number }>`(select distinct found.id as id from tags as tag cross join posts as found on found.id in (${build
          .selectFrom('post_tags')
          .crossJoin('posts')
          .select('posts.id')
          .whereRef('posts.id', '=', 'post_tags.post_id')
          .where('post_tags.tag_id', '=', sql<number>`tag.id`)
          .where('post_tags.post_id', '<', p.max)
          .where('post_tags.post_id', '>', p.min)
          .where((e) => e.and(wishedFor(p)))
          .orderBy('post_tags.post_id', direction)
          .limit(p.limit)}) where tag.name in (select value from json_each(${p.names})))`.as('page'),
      )
      .select('page.id as id')
      .orderBy('page.id', direction)
      .limit(p.limit),
  ),
)
const under = (names: Slots<TagFilter>['names']) =>
  sql<number>`(select post_id from post_tags where tag_id in (select id from tags where name in (select value from json_each(${names}))))`

export interface TagWishes {
  /** Only the owner's that have left: for the public page. */
  own?: boolean
  local?: boolean
  remote?: boolean
  onlyMedia?: boolean
  /** Normalised names besides the first: one of these will do too; these must all be there; none of these may. */
  any?: readonly string[]
  all?: readonly string[]
  none?: readonly string[]
}

/** Public posts under a hashtag (normalised name). */
export function tagPage(d: Domain, name: string, page: Page, filter: TagWishes = {}): number[] {
  const all = [...new Set(filter.all ?? [])]
  const read = (filter.any?.length ?? 0) > 0 ? ofTags : ofTag
  return read(d, page, {
    names: JSON.stringify([name, ...(filter.any ?? [])]),
    all: JSON.stringify(all),
    all_count: all.length,
    none: JSON.stringify(filter.none ?? []),
    own: Number((filter.own ?? false) || (filter.local ?? false)),
    remote: Number(filter.remote ?? false),
    media: Number(filter.onlyMedia ?? false),
    public_only: Number(filter.own ?? false),
  })
}

type LinkFilter = { url: string }
const ofLink = both<LinkFilter>((direction) =>
  query<Bounds & Now & LinkFilter>()((p) =>
    build
      .selectFrom('post_cards')
      .crossJoin('posts')
      .select('posts.id as id')
      .whereRef('posts.id', '=', 'post_cards.post_id')
      .where('post_cards.card_id', '=', sql<number>`(select id from cards where url = ${p.url})`)
      .where('post_cards.post_id', '<', p.max)
      .where('post_cards.post_id', '>', p.min)
      .where('posts.visibility', '=', 'public')
      .where('posts.account_id', 'not in', hushed(p))
      .orderBy('post_cards.post_id', direction)
      .limit(p.limit),
  ),
)

/** Public posts whose link preview is of this page. */
export function linkPage(d: Domain, url: string, page: Page): number[] {
  return ofLink(d, page, { url })
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

type Markers = Bounds & { post: number }
const markers = (direction: 'asc' | 'desc') => ({
  boosts: query<Markers>()((p) =>
    build
      .selectFrom('posts')
      .select(['account_id as accountId', 'id as cursor'])
      .where('boost_of', '=', p.post)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
  favourites: query<Markers>()((p) =>
    build
      .selectFrom('favourites')
      .select(['account_id as accountId', 'id as cursor'])
      .where('post_id', '=', p.post)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
})
const MARKERS = { down: markers('desc'), up: markers('asc') }

/** Who boosted or favourited a post, as far as known here, the last one first. */
export function markersOf(d: Domain, kind: 'boosts' | 'favourites', postId: number, page: Page): { accountId: number; cursor: number }[] {
  return pageOf(page, {
    down: (bounds) => MARKERS.down[kind].all(d.store, { post: postId, ...bounds }),
    up: (bounds) => MARKERS.up[kind].all(d.store, { post: postId, ...bounds }),
  })
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

const unheard = query<{ ids: number[]; now: number }>()((p) =>
  build.selectFrom('posts').select('id').where('id', 'in', inList(p.ids)).where('account_id', 'in', hushed(p)),
)
const unheardPeople = query<{ ids: number[]; now: number }>()((p) =>
  build.selectFrom('accounts').select('id').where('id', 'in', inList(p.ids)).where('id', 'in', hushed(p)),
)

/** Which of these accounts the owner does not want to see now: blocked, of a blocked server or muted. */
export function hushedAmong(d: Domain, accountIds: readonly number[]): Set<number> {
  return new Set(unheardPeople.all(d.store, { ids: [...accountIds], now: d.now() }).map((row) => row.id))
}

/**
 * The thread around a post: ancestors from the root down, descendants depth first, siblings in the order they were written. Without the
 * posts of blocked and muted people and blocked servers; answers to those stay.
 */
export function threadOf(d: Domain, postId: number): { ancestors: number[]; descendants: number[] } {
  // Answers can form a circle: two posts that name each other, stored as they came in.
  const seen = new Set([postId])
  const fresh = (id: number) => !seen.has(id) && Boolean(seen.add(id))
  const up = ancestors
    .all(d.store, { id: postId, limit: MAX_ANCESTORS })
    .flatMap((row) => row.id ?? [])
    .reverse()
    .filter(fresh)
    .reverse()
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
    if (!fresh(id)) continue
    ordered.push(id)
    stack.push(...(children.get(id) ?? []).sort((a, b) => b - a))
  }
  const silent = new Set(unheard.all(d.store, { ids: [...up, ...ordered], now: d.now() }).map((row) => row.id))
  return { ancestors: up.filter((id) => !silent.has(id)), descendants: ordered.filter((id) => !silent.has(id)) }
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
