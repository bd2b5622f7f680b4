import { accountIdByAcct } from './accounts.ts'
import { findOwnerId } from './rows.ts'
import { hasWords, quoted, termsOf } from './search-terms.ts'
import { hushed } from './timelines.ts'
import { normaliseTag } from './text.ts'
import { build, query, sql } from '../store/query.ts'
import type { RawBuilder } from 'kysely'
import type { Domain } from './domain.ts'
import type { Terms } from './search-terms.ts'

/**
 * Search over everything received or written (design 15): newest first, in the reader thread, so that a long one delays nobody. What is
 * indexed stands in `search-index`, what may be typed in `search-terms`.
 */

type Asked = { match: string; from: number; to: number; gapFrom: number; gapTo: number; limit: number; offset: number; now: number }

/** Numbers are bound as doubles, which FTS5 does not take for bounds: it would walk through everything before them. */
const whole = (slot: RawBuilder<number>) => sql<number>`cast(${slot} as integer)`

/** One query for each place and direction: conditions that may be absent would keep SQLite from the indexes. */
const matching = (home: boolean | null, direction: 'asc' | 'desc') =>
  query<Asked>()((p) =>
    build
      .selectFrom('search')
      .select('rowid')
      .where(sql<boolean>`search match ${p.match}`)
      .where('rowid', '>=', whole(p.from))
      .where('rowid', '<', whole(p.to))
      .where(sql<boolean>`(rowid < ${p.gapFrom} or rowid >= ${p.gapTo})`)
      .$if(home !== null, (q) =>
        q.where(
          home
            ? sql<boolean>`exists (select 1 from home where home.post_id = search.rowid)`
            : sql<boolean>`not exists (select 1 from home where home.post_id = search.rowid)`,
        ),
      )
      // Whom the owner wants nothing of is not found either, as on Mastodon.
      .where(sql<boolean>`(select account_id from posts where posts.id = search.rowid) not in ${hushed(p)}`)
      .orderBy('rowid', direction)
      .limit(p.limit)
      .offset(p.offset),
  )
const queries = {
  desc: { home: matching(true, 'desc'), elsewhere: matching(false, 'desc'), all: matching(null, 'desc') },
  asc: { home: matching(true, 'asc'), elsewhere: matching(false, 'asc'), all: matching(null, 'asc') },
}

export interface PostSearch {
  limit: number
  offset?: number
  /** Bounds are exclusive; `minId` is the page immediately above it. */
  maxId?: number
  minId?: number
  sinceId?: number
  /** Only by this account. */
  accountId?: number
}

/**
 * Ids of posts, newest first, by words and operators; nothing typed is an error. Boosts are not found, what they boost is. What people say
 * who are muted or blocked is left out.
 */
export async function searchPosts(d: Domain, typed: string, options: PostSearch): Promise<number[]> {
  const terms = termsOf(typed, (name) => peopleNamed(d, name))
  if (!terms) return []
  const upwards = options.minId !== undefined
  const { desc, asc } = queries
  const among = upwards ? asc : desc
  const found = terms.home === null ? among.all : terms.home ? among.home : among.elsewhere
  const rows = await d.store.reader.all(found, {
    ...boundsOf(terms, options),
    match: options.accountId === undefined ? terms.match : `(${terms.match}) AND facets : "xfrom${options.accountId}"`,
    limit: options.limit,
    offset: options.offset ?? 0,
    now: d.now(),
  })
  const ids = rows.map((row) => row.rowid)
  return upwards ? ids.reverse() : ids
}

function boundsOf(terms: Terms, { maxId, minId, sinceId }: PostSearch) {
  return {
    from: Math.max(terms.from, (minId ?? sinceId ?? -1) + 1),
    to: Math.min(terms.to, maxId ?? Number.MAX_SAFE_INTEGER),
    gapFrom: terms.gapFrom,
    gapTo: terms.gapTo,
  }
}

const byUsername = query<{ username: string; limit: number }>()((p) =>
  build
    .selectFrom('accounts')
    .select('id')
    .where(sql<boolean>`lower(username) = ${p.username}`)
    .limit(p.limit),
)
/** More people of one name than anybody means. */
const MOST_NAMESAKES = 50

/** Whom a name in an operator means: the owner (`me`), somebody's whole handle, or everybody here of that user name. */
function peopleNamed(d: Domain, name: string): number[] {
  const acct = name.toLowerCase()
  if (acct === '') return []
  if (acct === 'me' || acct === 'self') return [findOwnerId(d)].filter((id) => id !== null)
  const exact = accountIdByAcct(d, acct)
  if (acct.includes('@')) return exact === null ? [] : [exact]
  return byUsername.all(d.store, { username: acct, limit: MOST_NAMESAKES }).map((row) => row.id)
}

const people = query<{
  match: string
  most: number
  exact: string
  prefix: string
  host: string
  owner: number
  following: number
  limit: number
  offset: number
}>()((p) =>
  build
    .selectFrom(
      build
        .selectFrom('search_people')
        .select('rowid')
        .where(sql<boolean>`search_people match ${p.match}`)
        .limit(p.most)
        .as('found'),
    )
    .innerJoin('accounts', 'accounts.id', 'found.rowid')
    .leftJoin('follows', (join) =>
      join.onRef('follows.target_id', '=', 'accounts.id').on('follows.account_id', '=', p.owner).on('follows.state', '=', 'accepted'),
    )
    .select('accounts.id')
    .where('accounts.suspended_at', 'is', null)
    .where(sql<boolean>`(${p.following} = 0 or follows.id is not null)`)
    .where(sql<boolean>`(${p.host} = '' or accounts.domain like ${p.host} escape '\\')`)
    .orderBy(sql`lower(accounts.username) <> ${p.exact}`)
    .orderBy(sql`follows.id is null`)
    .orderBy(sql`lower(accounts.username) not like ${p.prefix} escape '\\'`)
    .orderBy(sql`accounts.own = 0`)
    .orderBy(sql`length(accounts.username)`)
    .orderBy('accounts.username')
    .orderBy('accounts.id')
    .limit(p.limit)
    .offset(p.offset),
)
/** Of everybody whose name begins with one letter so many are put in order. */
const MOST_PEOPLE = 20_000
const asPrefix = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`

/**
 * Ids of people every word typed is the beginning of a word of their user name or display name; `ana@ti` means the host begins with `ti`.
 * Who has exactly that name first, then those followed, then by name.
 */
export async function searchAccounts(
  d: Domain,
  typed: string,
  options: { limit: number; offset?: number; following?: boolean },
): Promise<number[]> {
  const clean = typed.trim().replace(/^@/, '').replace(/\*+$/, '').toLowerCase().slice(0, 200)
  const at = clean.indexOf('@')
  const [name, host] = at < 0 || /\s/.test(clean) ? [clean, ''] : [clean.slice(0, at), clean.slice(at + 1)]
  const words = name.split(/[\s@]+/).filter(hasWords)
  if (words.length === 0) return []
  const wanted = words.map((word) => `name : ${quoted(word, true)}`)
  if (hasWords(host)) wanted.push(`host : ${quoted(host, true)}`)
  const rows = await d.store.reader.all(people, {
    match: wanted.join(' AND '),
    most: MOST_PEOPLE,
    exact: name,
    prefix: asPrefix(name),
    host: host === '' ? '' : asPrefix(host),
    owner: findOwnerId(d) ?? 0,
    following: Number(options.following ?? false),
    limit: options.limit,
    offset: options.offset ?? 0,
  })
  return rows.map((row) => row.id)
}

const tagsLike = query<{ name: string; high: string; most: number; limit: number; offset: number }>()((p) =>
  build
    .selectFrom('tags')
    .select('name')
    .select(sql<number>`(select count(*) from (select 1 from post_tags where post_tags.tag_id = tags.id limit ${p.most}))`.as('uses'))
    .where('name', '>=', p.name)
    .where('name', '<', p.high)
    .orderBy(sql`name <> ${p.name}`)
    .orderBy('uses', 'desc')
    .orderBy('name')
    .limit(p.limit)
    .offset(p.offset),
)
/** Who is used more often than this is used a lot. */
const MOST_USES = 500

/** Known hashtags that begin with what was typed: exactly that one first, then the most used. */
export async function searchTags(d: Domain, typed: string, limit: number, offset = 0): Promise<string[]> {
  const name = normaliseTag(typed.trim().replace(/\*+$/, ''))
  if (name === '') return []
  const rows = await d.store.reader.all(tagsLike, { name, high: `${name}\u{10ffff}`, most: MOST_USES, limit, offset })
  return rows.map((row) => row.name)
}
