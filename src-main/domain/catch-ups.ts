import { AppError } from './errors.ts'
import { matchFilters } from './filters.ts'
import { loadPosts } from './loading.ts'
import { place, setMarker, setPlace } from './reading.ts'
import { hushed } from './timelines.ts'
import { firstIdAt, idTime, nextId } from '../store/ids.ts'
import { build, query, sql } from '../store/query.ts'
import type { Slots } from '../store/query.ts'
import type { Domain } from './domain.ts'

/**
 * Catching up after an absence: what came to the home timeline since the owner was last there, looked at as a whole. Everything is read from
 * what is stored, in the reader thread, bounded; words of posts are read only of those that come before the eye. One catch-up is open at a
 * time, and the last three are kept.
 */

export const KINDS = ['original', 'reply', 'boost', 'quote', 'tag', 'filtered'] as const
export type CatchUpKind = (typeof KINDS)[number]

export interface CatchUp {
  id: number
  /** The last visit: what came since is new. */
  from: number
  to: number
  /** JSON of the window: what is chosen, and who is done with. */
  state: unknown
  finishedAt: number | null
  createdAt: number
}

/** One row of the home timeline, without its words. */
export interface CatchUpRow {
  id: number
  /** When it was written, or boosted. */
  at: number
  accountId: number
  kind: CatchUpKind
  length: number
  /** Boosts and quotes by people the owner follows, as far as known here. */
  shares: number
  /** It was written before the last visit, and came later than posts are on their way. */
  late: boolean
}
export interface CatchUpLook {
  rows: CatchUpRow[]
  /** There are more than are looked at: these are the newest. */
  more: boolean
}
export interface TopLink {
  url: string
  title: string
  language: string | null
  /** Everybody who shared it, followed people only. */
  people: number
  /** The first few of them. */
  accountIds: number[]
  /** The newest of the posts with it. */
  postId: number
}

const DAY = 24 * 3600_000
/** As far back as the range goes. */
export const FURTHEST = 7 * DAY
/** The last visit is said to be so long ago where nothing is known of it. */
const USUAL = 12 * 3600_000
/** A catch-up that was begun longer ago is no longer gone on with. */
const STALE = 12 * 3600_000
const KEPT = 3
export const MOST_ROWS = 10_000
const MOST_LINKS = 20
const MOST_STATE = 16_384

const OWNER = sql<number>`(select id from accounts where domain = '' and own = 1)`
const FOLLOWED = sql<number>`(select target_id from follows where account_id = ${OWNER} and state = 'accepted')`

const one = query<{ id: number }>()((p) => build.selectFrom('catch_ups').selectAll().where('id', '=', p.id))
const every = query()(() => build.selectFrom('catch_ups').selectAll().orderBy('id', 'desc'))
const unfinished = query<{ since: number }>()((p) =>
  build
    .selectFrom('catch_ups')
    .selectAll()
    .where('finished_at', 'is', null)
    .where('created_at', '>', p.since)
    .orderBy('id', 'desc')
    .limit(1),
)
const insert = query<{ id: number; from: number; to: number; at: number }>()((p) =>
  build.insertInto('catch_ups').values({ id: p.id, from_at: p.from, to_at: p.to, created_at: p.at, finished_at: null }),
)
const change = query<{ id: number; from: number; to: number; state: string; finished: number | null }>()((p) =>
  build.updateTable('catch_ups').set({ from_at: p.from, to_at: p.to, state: p.state, finished_at: p.finished }).where('id', '=', p.id),
)
const dropOld = query<{ kept: number }>()((p) =>
  build
    .deleteFrom('catch_ups')
    .where('id', 'not in', build.selectFrom('catch_ups').select('id').orderBy('id', 'desc').limit(p.kept).$castTo<{ id: number }>()),
)
const newest = query()(() => build.selectFrom('home').select((e) => e.fn.max('post_id').as('id')))

type Row = NonNullable<ReturnType<typeof one.get>>
const toCatchUp = (row: Row): CatchUp => ({
  id: row.id,
  from: row.from_at,
  to: row.to_at,
  state: JSON.parse(row.state),
  finishedAt: row.finished_at,
  createdAt: row.created_at,
})

/** Newest first. */
export const catchUps = (d: Domain): CatchUp[] => every.all(d.store).map(toCatchUp)

/** Throws 'not-found'. */
export function catchUp(d: Domain, id: number): CatchUp {
  const row = one.get(d.store, { id })
  if (!row) throw new AppError('not-found', 'This catch-up is not kept any more.')
  return toCatchUp(row)
}

/** Goes on with the one that is open, up to now, or begins one. `from`: the last visit; absent: as far as the owner has seen the home timeline. */
export function openCatchUp(d: Domain, from: number | null = null): CatchUp {
  return d.store.transaction(() => {
    const now = d.now()
    const open = unfinished.get(d.store, { since: now - STALE })
    if (open) {
      const since = Math.max(from ?? open.from_at, now - FURTHEST)
      change.run(d.store, { id: open.id, from: since, to: now, state: open.state, finished: null })
      return catchUp(d, open.id)
    }
    const id = nextId(now)
    insert.run(d.store, { id, from: Math.min(Math.max(from ?? lastVisit(d), now - FURTHEST), now), to: now, at: now })
    dropOld.run(d.store, { kept: KEPT })
    return catchUp(d, id)
  })
}

/** The desktop program and a browser each have their own place at home. */
const PLACES = ['home', 'home.browser']

/** When the newest post was written that the owner has had before their eyes, if that is a while ago. */
function lastVisit(d: Domain): number {
  const now = d.now()
  const seen = Math.max(...PLACES.map((view) => Number((place(d, view) as { lastSeenId?: unknown } | null)?.lastSeenId) || 0))
  const at = Number.isSafeInteger(seen) && seen > 0 ? idTime(seen) : 0
  return at > 0 && at <= now - 3600_000 ? at : now - USUAL
}

/** What the window wants kept with it: at most 16 kB of JSON. Throws 'not-found', 'invalid'. */
export function keepState(d: Domain, id: number, state: unknown): CatchUp {
  const json = JSON.stringify(state)
  if (json.length > MOST_STATE) throw new AppError('invalid', 'Of a catch-up at most 16 kB of JSON are kept.')
  return d.store.transaction(() => {
    const { from, to, finishedAt } = catchUp(d, id)
    change.run(d.store, { id, from, to, state: json, finished: finishedAt })
    return catchUp(d, id)
  })
}

/** Done with: the place in the home timeline is now. Throws 'not-found'. */
export function finishCatchUp(d: Domain, id: number): CatchUp {
  return d.store.transaction(() => {
    const { from, to, state, finishedAt } = catchUp(d, id)
    change.run(d.store, { id, from, to, state: JSON.stringify(state), finished: finishedAt ?? d.now() })
    const last = newest.get(d.store)?.id ?? null
    if (last !== null) {
      const top = {
        anchorId: String(last),
        offsetPx: 0,
        focusedId: null,
        lastSeenId: String(last),
        savedAt: new Date(d.now()).toISOString(),
      }
      for (const view of PLACES) if (view === 'home' || place(d, view) !== null) setPlace(d, view, top)
      setMarker(d, 'home', last)
    }
    return catchUp(d, id)
  })
}

type Range = { first: number; last: number; received: number; now: number }
/** Of others, and of nobody the owner wants nothing of. */
const wanted = (p: Slots<Range>) => sql<boolean>`posts.account_id <> ${OWNER}
  and posts.account_id not in ${hushed(p)}
  and (posts.boost_of is null or (select account_id from posts as boosted where boosted.id = posts.boost_of) not in ${hushed(p)})`

const KIND = sql<Exclude<CatchUpKind, 'filtered'>>`case
  when posts.boost_of is not null then 'boost'
  when posts.account_id not in ${FOLLOWED} then 'tag'
  when (posts.in_reply_to_id is not null or posts.in_reply_to_uri is not null)
    and coalesce(posts.in_reply_to_account_id, 0) <> posts.account_id then 'reply'
  when posts.quote_of is not null or posts.quote_uri is not null then 'quote'
  else 'original' end`
const SHARES = sql<number>`(select count(*) from posts as boost where boost.boost_of = said.id and boost.account_id in ${FOLLOWED})
  + (select count(distinct quoting.account_id) from posts as quoting where quoting.quote_of = said.id and quoting.account_id in ${FOLLOWED})`

const among = query<Range & { since: number; limit: number }>()((p) =>
  build
    .selectFrom('home')
    .crossJoin('posts')
    .crossJoin('posts as said')
    .select(['posts.id', 'posts.created_at as at', 'posts.account_id as accountId'])
    .select([KIND.as('kind'), sql<number>`length(said.content)`.as('length'), SHARES.as('shares')])
    .select(sql<number>`posts.created_at < ${p.since} and posts.received_at > ${p.since} + 300000`.as('late'))
    .whereRef('posts.id', '=', 'home.post_id')
    .where(sql<boolean>`said.id = coalesce(posts.boost_of, posts.id)`)
    .where('home.post_id', '>=', p.first)
    .where('home.post_id', '<', p.last)
    .where('posts.received_at', '<=', p.received)
    .where(wanted(p))
    .orderBy('home.post_id', 'desc')
    .limit(p.limit),
)

/** Everything of the seven days before its end, newest first, at most ten thousand: the window takes the part it wants. */
export async function lookAround(d: Domain, { from, to }: Pick<CatchUp, 'from' | 'to'>): Promise<CatchUpLook> {
  const found = await d.store.reader.all(among, { ...rangeOf(d, to - FURTHEST, to), since: from, limit: MOST_ROWS + 1 })
  const rows = found.slice(0, MOST_ROWS)
  const marked = await filteredAmong(
    d,
    rows.map((row) => row.id),
  )
  return {
    rows: rows.flatMap((row): CatchUpRow[] => {
      const filter = marked.get(row.id)
      if (filter === 'hide') return []
      return [{ ...row, kind: filter === 'warn' ? 'filtered' : row.kind, late: row.late === 1 }]
    }),
    more: found.length > MOST_ROWS,
  }
}

const rangeOf = (d: Domain, from: number, to: number): Range => ({
  first: firstIdAt(from),
  last: firstIdAt(to + 1),
  received: to,
  now: d.now(),
})

const anyFilter = query()(() => build.selectFrom('filters').select('id').limit(1))
/** Posts whose words are read between two breaths. */
const STEP = 100

/** What the owner's filters for the home timeline fold or hide. Others wait for a moment only between the steps. */
async function filteredAmong(d: Domain, ids: readonly number[]): Promise<Map<number, 'warn' | 'hide'>> {
  const marked = new Map<number, 'warn' | 'hide'>()
  if (!anyFilter.get(d.store)) return marked
  for (let at = 0; at < ids.length; at += STEP) {
    const found = matchFilters(d, loadPosts(d, ids.slice(at, at + STEP)), 'home')
    for (const [id, matches] of found) {
      const actions = matches.map((match) => match.filter.action)
      if (actions.includes('hide')) marked.set(id, 'hide')
      else if (actions.includes('warn')) marked.set(id, 'warn')
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  return marked
}

// Of followed people one by one, not by way of the home timeline: a boost of what stands there already does not stand there again.
const shared = query<Range & { least: number; limit: number }>()((p) =>
  build
    .selectFrom('follows')
    .crossJoin('posts')
    .crossJoin('post_cards')
    .crossJoin('cards')
    .select(['cards.url', 'cards.title', 'cards.language'])
    .select([
      sql<number>`count(distinct posts.account_id)`.as('people'),
      sql<string>`json_group_array(distinct posts.account_id)`.as('accounts'),
      sql<number>`max(post_cards.post_id)`.as('postId'),
    ])
    .where(sql<boolean>`follows.account_id = ${OWNER}`)
    .where('follows.state', '=', 'accepted')
    .whereRef('posts.account_id', '=', 'follows.target_id')
    .where('posts.id', '>=', p.first)
    .where('posts.id', '<', p.last)
    .where('posts.received_at', '<=', p.received)
    .where('posts.visibility', '<>', 'direct')
    .where(sql<boolean>`post_cards.post_id = coalesce(posts.boost_of, posts.id)`)
    .whereRef('cards.id', '=', 'post_cards.card_id')
    .where(wanted(p))
    .groupBy('cards.id')
    .having(sql<number>`count(distinct posts.account_id)`, '>=', p.least)
    .orderBy('people', 'desc')
    .orderBy('postId', 'desc')
    .limit(p.limit),
)
const FACES = 6

/** Pages that two or more followed people shared, the most shared first. */
export async function topLinks(d: Domain, from: number, to: number): Promise<TopLink[]> {
  const rows = await d.store.reader.all(shared, { ...rangeOf(d, from, to), least: 2, limit: MOST_LINKS })
  return rows.map(({ accounts, ...row }) => ({ ...row, accountIds: (JSON.parse(accounts) as number[]).slice(0, FACES) }))
}

const newer = query<Range & { limit: number }>()((p) =>
  build
    .selectFrom(
      build
        .selectFrom('home')
        .crossJoin('posts')
        .select('posts.account_id')
        .whereRef('posts.id', '=', 'home.post_id')
        .where('home.post_id', '>=', p.first)
        .where('home.post_id', '<', p.last)
        .where('posts.received_at', '<=', p.received)
        .where(wanted(p))
        .limit(p.limit)
        .as('fresh'),
    )
    .select((e) => [e.fn.countAll<number>().as('posts'), sql<number>`count(distinct fresh.account_id)`.as('people')]),
)
const MOST_COUNTED = 1_000

/** How much came to the home timeline after a post; counting stops at a thousand. */
export async function newSince(d: Domain, seenId: number): Promise<{ posts: number; people: number; from: number }> {
  const now = d.now()
  const from = idTime(seenId)
  const range = { ...rangeOf(d, from, now), first: Math.max(seenId + 1, firstIdAt(now - FURTHEST)) }
  const found = await d.store.reader.get(newer, { ...range, limit: MOST_COUNTED })
  return { posts: found?.posts ?? 0, people: found?.people ?? 0, from }
}
