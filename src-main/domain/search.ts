import { plainText } from './html.ts'
import { findOwnerId } from './rows.ts'
import { normaliseTag } from './text.ts'
import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/**
 * Search over everything received or written (design 15): contentless FTS5, unicode61, runs of Chinese, Japanese and Korean as bigrams,
 * newest first. Operators (`from: has: lang: is:`) are tokens of a second column, so that they cost no join.
 */

const insert = query<{ id: number; text: string; facets: string }>()((p) =>
  build.insertInto('search').values({ rowid: p.id, text: p.text, facets: p.facets }),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('search').where('rowid', '=', p.id))
const matching = query<{ match: string; max: number; limit: number; offset: number }>()((p) =>
  build
    .selectFrom('search')
    .select('rowid')
    .where(sql<boolean>`search match ${p.match}`)
    .where('rowid', '<', p.max)
    .orderBy('rowid', 'desc')
    .limit(p.limit)
    .offset(p.offset),
)
const tagsLike = query<{ low: string; high: string; limit: number; offset: number }>()((p) =>
  build
    .selectFrom('tags')
    .select(['id', 'name'])
    .where('name', '>=', p.low)
    .where('name', '<', p.high)
    .orderBy('name')
    .limit(p.limit)
    .offset(p.offset),
)

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u
const MAY_HAVE_CJK = /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff]|[\ud840-\ud888]/

/** Runs of CJK letters become overlapping pairs, everything else stays: "東京都 ok" -> "東京 京都 ok". A single letter stays alone. */
export function segmentCjk(text: string): string {
  if (!MAY_HAVE_CJK.test(text)) return text
  let out = ''
  let run: string[] = []
  const flush = () => {
    if (run.length === 1) out += ` ${run[0]} `
    for (let i = 0; i + 1 < run.length; i++) out += ` ${run[i]}${run[i + 1]} `
    run = []
  }
  for (const c of text) {
    if (CJK.test(c)) run.push(c)
    else {
      flush()
      out += c
    }
  }
  flush()
  return out
}

export interface Indexed {
  id: number
  accountId: number
  own: boolean
  /** HTML or plain text; markup is taken out. */
  content: string
  warning: string
  altTexts: readonly string[]
  tags: readonly string[]
  language: string | null
  reply: boolean
  media: readonly string[]
  /** Titles of a poll's options; none: no poll. */
  options: readonly string[]
  hasLink: boolean
}

/** Adds a post, inside the transaction that stores it. */
export function indexPost(d: Domain, post: Indexed): void {
  const facets = [`xfrom${post.accountId}`]
  if (post.own) facets.push('xisown')
  if (post.reply) facets.push('xisreply')
  if (post.language) facets.push(`xlang${facetWord(post.language.split('-')[0] as string)}`)
  if (post.media.length > 0) facets.push('xhasmedia', ...new Set(post.media.map((kind) => `xhas${facetWord(kind)}`)))
  if (post.hasLink) facets.push('xhaslink')
  if (post.options.length > 0) facets.push('xhaspoll')
  for (const tag of post.tags) facets.push(`xtag${facetWord(tag)}`)
  const text = [post.warning, plainText(post.content), ...post.altTexts, ...post.options].filter(Boolean).join('\n')
  insert.run(d.store, { id: post.id, text: segmentCjk(text), facets: facets.join(' ') })
}

export function unindexPost(d: Domain, postId: number): void {
  remove.run(d.store, { id: postId })
}

/** Letters and digits only: the tokenizer would split anything else. */
const facetWord = (word: string) =>
  [...word.toLowerCase()].map((c) => (/[\p{L}\p{N}]/u.test(c) ? c : `z${(c.codePointAt(0) as number).toString(16)}z`)).join('')

/** One term as FTS5 wants it: always a quoted string, so that nothing typed can be syntax. */
const quoted = (text: string) => `"${segmentCjk(text).trim().replace(/\s+/g, ' ').replaceAll('"', '""')}"`

/**
 * What was typed, as an FTS5 expression: words (all of them), "phrases", -not, `from:` (resolved by the caller to an account id; 0 matches
 * nothing), `has:image|video|audio|media|link|poll`, `lang:fr`, `is:reply|own`, `#tag`. Null when there is nothing to look for.
 */
export function searchExpression(typed: string, accountOf: (acct: string) => number): string | null {
  const wanted: string[] = []
  const unwanted: string[] = []
  for (const [, minus, name, phrase, word] of typed.slice(0, 500).matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/giu)) {
    const text = (phrase ?? word ?? '').trim()
    const term = name ? facetTerm(name.toLowerCase(), text, accountOf) : text.startsWith('#') ? tagTerm(text) : null
    const plain = name && term === null ? `${name}:${text}` : text
    const expression = term ?? (/[\p{L}\p{N}]/u.test(plain) ? `text : ${quoted(plain)}` : null)
    if (expression) (minus ? unwanted : wanted).push(expression)
  }
  if (wanted.length === 0) return null
  const all = wanted.map((expression) => `(${expression})`).join(' AND ')
  return unwanted.length === 0 ? all : `(${all}) NOT (${unwanted.map((expression) => `(${expression})`).join(' OR ')})`
}

function tagTerm(text: string): string | null {
  const name = normaliseTag(text)
  return name === '' ? null : `facets : "xtag${facetWord(name)}"`
}

function facetTerm(name: string, value: string, accountOf: (acct: string) => number): string | null {
  if (value === '') return null
  if (name === 'from') return `facets : "xfrom${accountOf(value.replace(/^@/, ''))}"`
  if (name === 'has') return `facets : "xhas${facetWord(value)}"`
  if (name === 'lang' || name === 'language') return `facets : "xlang${facetWord(value)}"`
  if (name === 'is') return `facets : "xis${facetWord(value)}"`
  return null
}

/** Ids of posts, newest first; runs in the reader thread, so that a long search delays nobody. */
export async function searchPosts(
  d: Domain,
  typed: string,
  options: { limit: number; offset?: number; maxId?: number; accountId?: number; accountOf: (acct: string) => number },
): Promise<number[]> {
  const found = searchExpression(typed, options.accountOf)
  if (!found) return []
  const match = options.accountId === undefined ? found : `(${found}) AND facets : "xfrom${options.accountId}"`
  const rows = await d.store.reader.all(matching, {
    match,
    max: options.maxId ?? Number.MAX_SAFE_INTEGER,
    limit: options.limit,
    offset: options.offset ?? 0,
  })
  return rows.map((row) => row.rowid)
}

const people = query<{
  low: string
  high: string
  like: string
  words: string
  owner: number
  following: number
  limit: number
  offset: number
}>()((p) =>
  build
    .selectFrom('accounts')
    .leftJoin('follows', (join) =>
      join.onRef('follows.target_id', '=', 'accounts.id').on('follows.account_id', '=', p.owner).on('follows.state', '=', 'accepted'),
    )
    .select('accounts.id')
    .where('accounts.suspended_at', 'is', null)
    .where(sql<boolean>`(${p.following} = 0 or follows.id is not null)`)
    .where(
      sql<boolean>`((lower(accounts.username) >= ${p.low} and lower(accounts.username) < ${p.high}
        and (${p.like} = '' or accounts.domain like ${p.like} escape '\\'))
        or (${p.like} = '' and (accounts.display_name like ${p.words} escape '\\' or accounts.display_name like '% ' || ${p.words} escape '\\')))`,
    )
    .orderBy(sql`follows.id is null`)
    .orderBy(sql`length(accounts.username)`)
    .orderBy('accounts.username')
    .orderBy('accounts.id')
    .limit(p.limit)
    .offset(p.offset),
)
const asPrefix = (text: string) => `${text.replace(/[\\%_]/g, '\\$&')}%`

/**
 * Ids of people whose name, or a word of whose display name, begins with what was typed; `ana@ti` means the host begins with `ti`.
 * Followed ones first, then short names. Runs in the reader thread.
 */
export async function searchAccounts(
  d: Domain,
  typed: string,
  options: { limit: number; offset?: number; following?: boolean },
): Promise<number[]> {
  const clean = typed.trim().replace(/^@/, '').toLowerCase().slice(0, 200)
  const [name = '', host] = clean.split('@')
  if (name === '') return []
  const rows = await d.store.reader.all(people, {
    low: name,
    high: `${name}\u{10ffff}`,
    like: host === undefined ? '' : asPrefix(host),
    words: asPrefix(name),
    owner: findOwnerId(d) ?? 0,
    following: Number(options.following ?? false),
    limit: options.limit,
    offset: options.offset ?? 0,
  })
  return rows.map((row) => row.id)
}

/** Known hashtags that begin with what was typed. */
export function searchTags(d: Domain, typed: string, limit: number, offset = 0): string[] {
  const low = normaliseTag(typed)
  if (low === '') return []
  return tagsLike.all(d.store, { low, high: `${low}\u{10ffff}`, limit, offset }).map((row) => row.name)
}
