import { plainText } from './html.ts'
import { findOwnerId } from './rows.ts'
import { EVERY_POST, facetWord, segment } from './search-terms.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { Visibility } from './types.ts'

/**
 * What search knows of a post (design 15): its words, and what operators ask for as tokens of a second column, so that they cost no join.
 * FTS5, contentless: the words are kept nowhere twice, and a row is written whole.
 */

/** Raised when rows of before would be found less well than new ones: `reindexing` then writes them anew. */
export const INDEX_VERSION = 2

const insert = query<{ id: number; text: string; facets: string }>()((p) =>
  build.insertInto('search').values({ rowid: p.id, text: p.text, facets: p.facets }),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('search').where('rowid', '=', p.id))

type Ids = { ids: number[] }
const postRows = query<Ids>()((p) =>
  build
    .selectFrom('posts')
    .select(['id', 'own', 'account_id', 'type', 'content', 'warning', 'sensitive', 'visibility', 'language'])
    .select(['in_reply_to_id', 'in_reply_to_uri', 'in_reply_to_account_id', 'quote_uri', 'quote_of'])
    .where('id', 'in', inList(p.ids))
    .where('boost_of', 'is', null),
)
const mediaRows = query<Ids>()((p) =>
  build.selectFrom('media').select(['post_id', 'kind', 'description']).where('post_id', 'in', inList(p.ids)).orderBy('position'),
)
const mentionRows = query<Ids>()((p) =>
  build.selectFrom('mentions').select(['post_id', 'account_id']).where('post_id', 'in', inList(p.ids)).where('account_id', 'is not', null),
)
const tagRows = query<Ids>()((p) =>
  build
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select(['post_tags.post_id', 'tags.name'])
    .where('post_tags.post_id', 'in', inList(p.ids)),
)
const pollRows = query<Ids>()((p) => build.selectFrom('polls').select(['post_id', 'options']).where('post_id', 'in', inList(p.ids)))
const cardRows = query<Ids>()((p) =>
  build
    .selectFrom('post_cards')
    .innerJoin('cards', 'cards.id', 'post_cards.card_id')
    .select(['post_cards.post_id', 'cards.kind', 'cards.title', 'cards.description', 'cards.author_name', 'cards.provider_name'])
    .where('post_cards.post_id', 'in', inList(p.ids))
    .where('cards.fetched_at', 'is not', null)
    .where('cards.state', 'in', ['ready', 'waiting']),
)
const kept = query<Ids & { owner: number }>()((p) =>
  build
    .selectFrom('favourites')
    .select(['post_id as id', sql<'favourite' | 'bookmark' | 'boost'>`'favourite'`.as('how')])
    .where('post_id', 'in', inList(p.ids))
    .where('account_id', '=', p.owner)
    .unionAll(
      build
        .selectFrom('bookmarks')
        .select(['post_id as id', sql<'favourite' | 'bookmark' | 'boost'>`'bookmark'`.as('how')])
        .where('post_id', 'in', inList(p.ids)),
    )
    .unionAll(
      build
        .selectFrom('posts')
        .select([sql<number>`boost_of`.as('id'), sql<'favourite' | 'bookmark' | 'boost'>`'boost'`.as('how')])
        .where('boost_of', 'in', inList(p.ids))
        .where('account_id', '=', p.owner),
    ),
)

interface Indexed {
  id: number
  accountId: number
  own: boolean
  /** HTML or plain text; markup is taken out. */
  content: string
  warning: string
  sensitive: boolean
  visibility: Visibility
  altTexts: readonly string[]
  tags: readonly string[]
  language: string | null
  reply: boolean
  /** Whom it answers. */
  answers: number | null
  /** Whom it mentions. */
  mentions: readonly number[]
  quote: boolean
  media: readonly string[]
  /** Titles of a poll's options; none: no poll. */
  options: readonly string[]
  hasLink: boolean
  /** What the page it links to says of itself. */
  card?: { kind: string; words: readonly string[] } | undefined
  /** What the owner did with it. */
  kept?: ReadonlySet<'favourite' | 'bookmark' | 'boost'> | undefined
}

const NO_LINKS: readonly string[] = []

function indexPost(d: Domain, post: Indexed): void {
  const text = [post.warning, plainText(post.content), ...post.altTexts, ...post.options, ...(post.card?.words ?? NO_LINKS)]
  insert.run(d.store, { id: post.id, text: segment(text.filter(Boolean).join('\n')), facets: facetsOf(d, post).join(' ') })
}

function facetsOf(d: Domain, post: Indexed): string[] {
  const owner = findOwnerId(d)
  const facets = [EVERY_POST, `xfrom${post.accountId}`]
  const to = new Set(post.mentions)
  if (post.answers !== null) to.add(post.answers)
  for (const id of to) facets.push(`xto${id}`)
  if (post.own) facets.push('xisown')
  if (post.reply) facets.push('xisreply')
  if (post.sensitive) facets.push('xissensitive')
  if (post.warning !== '') facets.push('xhascw')
  if (post.quote) facets.push('xhasquote')
  if (post.visibility === 'public') facets.push('xinpublic')
  else if (post.visibility !== 'unlisted') facets.push('xisprivate')
  if (post.visibility === 'direct') facets.push('xisdirect')
  if (post.language) facets.push(`xlang${facetWord(post.language.split('-')[0] as string)}`)
  if (post.media.length > 0) facets.push('xhasmedia', ...new Set(post.media.map((kind) => `xhas${facetWord(kind)}`)))
  if (post.media.includes('gifv') && !post.media.includes('video')) facets.push('xhasvideo')
  if (post.hasLink) facets.push('xhaslink')
  if (post.options.length > 0) facets.push('xhaspoll')
  if (post.card) facets.push('xhascard')
  if (post.card?.kind === 'video' || post.card?.kind === 'rich') facets.push('xhasembed')
  for (const how of post.kept ?? []) facets.push(`xis${how}`)
  if (post.own || post.kept?.has('favourite') || post.kept?.has('bookmark') || (owner !== null && post.mentions.includes(owner))) {
    facets.push('xinlibrary')
  }
  for (const tag of post.tags) facets.push(`xtag${facetWord(tag)}`)
  return facets
}

/** The columns of a post that the index is made from. */
type IndexedRow = Pick<
  Selectable<Schema['posts']>,
  | 'id'
  | 'own'
  | 'account_id'
  | 'content'
  | 'warning'
  | 'sensitive'
  | 'visibility'
  | 'language'
  | 'in_reply_to_uri'
  | 'in_reply_to_id'
  | 'in_reply_to_account_id'
  | 'quote_of'
  | 'quote_uri'
>

/** Puts a new post into the search index, inside the transaction that stores it; after a change it is `indexAgain`. */
export function indexRow(
  d: Domain,
  row: IndexedRow,
  parts: {
    tags: readonly string[]
    mentions: readonly { accountId: number | null }[]
    media: readonly { kind: string; description?: string | null }[]
    hasLink: boolean
    /** Titles of a poll's options. */
    options?: readonly string[]
    card?: Indexed['card']
    kept?: Indexed['kept']
  },
): void {
  indexPost(d, {
    id: row.id,
    accountId: row.account_id,
    own: row.own === 1,
    content: row.content,
    warning: row.warning,
    sensitive: row.sensitive === 1,
    visibility: row.visibility,
    altTexts: parts.media.flatMap((file) => file.description ?? []),
    tags: parts.tags,
    language: row.language,
    reply: row.in_reply_to_id !== null || row.in_reply_to_uri !== null,
    answers: row.in_reply_to_account_id,
    mentions: parts.mentions.flatMap((mention) => mention.accountId ?? []),
    quote: row.quote_of !== null || row.quote_uri !== null,
    media: parts.media.map((file) => file.kind),
    options: parts.options ?? [],
    hasLink: parts.hasLink,
    card: parts.card,
    kept: parts.kept,
  })
}

export function unindexPost(d: Domain, postId: number): void {
  remove.run(d.store, { id: postId })
}

/**
 * Writes the rows of posts anew from what is stored, in a fixed number of queries; those of posts that are gone, and of boosts, go. Call it
 * when all that belongs to them is in its tables.
 */
export function indexAgain(d: Domain, ids: readonly number[]): void {
  if (ids.length === 0) return
  const all = { ids: [...ids] }
  const media = grouped(mediaRows.all(d.store, all))
  const mentions = grouped(mentionRows.all(d.store, all))
  const tags = grouped(tagRows.all(d.store, all))
  const polls = new Map(pollRows.all(d.store, all).map((row) => [row.post_id, JSON.parse(row.options) as { title: string }[]]))
  const cards = new Map(cardRows.all(d.store, all).map((row) => [row.post_id, row]))
  const keeping = new Map<number, Set<'favourite' | 'bookmark' | 'boost'>>()
  for (const { id, how } of kept.all(d.store, { ...all, owner: findOwnerId(d) ?? 0 })) {
    const set = keeping.get(id)
    if (set) set.add(how)
    else keeping.set(id, new Set([how]))
  }
  for (const id of ids) unindexPost(d, id)
  for (const row of postRows.all(d.store, all)) {
    const card = cards.get(row.id)
    indexRow(d, row, {
      tags: (tags.get(row.id) ?? []).map((tag) => tag.name),
      mentions: (mentions.get(row.id) ?? []).map((mention) => ({ accountId: mention.account_id })),
      media: media.get(row.id) ?? [],
      options: (polls.get(row.id) ?? []).map((option) => option.title),
      hasLink: hasLink(row.content),
      card: card && { kind: card.kind, words: [card.title, card.description, card.author_name, card.provider_name] },
      kept: keeping.get(row.id),
    })
  }
}

function grouped<T extends { post_id: number | null }>(rows: readonly T[]): Map<number, T[]> {
  const lists = new Map<number, T[]>()
  for (const row of rows) {
    if (row.post_id === null) continue
    const list = lists.get(row.post_id)
    if (list) list.push(row)
    else lists.set(row.post_id, [row])
  }
  return lists
}

/** Whether HTML has a link that is neither a mention nor a hashtag; one pass. */
export function hasLink(html: string): boolean {
  for (let at = html.indexOf('<a '); at >= 0; at = html.indexOf('<a ', at + 3)) {
    const end = html.indexOf('>', at)
    const tag = html.slice(at, end < 0 ? html.length : end)
    if (!tag.includes('mention') && !tag.includes('hashtag')) return true
  }
  return false
}

const insertPerson = query<{ id: number; name: string; host: string }>()((p) =>
  build.insertInto('search_people').values({ rowid: p.id, name: p.name, host: p.host }),
)
const removePerson = query<{ id: number }>()((p) => build.deleteFrom('search_people').where('rowid', '=', p.id))

/** Puts somebody into the index of people, or anew after a change of name. */
export function indexPerson(
  d: Domain,
  account: { id: number; username: string; domain: string; displayName: string },
  again: boolean,
): void {
  if (again) removePerson.run(d.store, { id: account.id })
  insertPerson.run(d.store, {
    id: account.id,
    name: segment(`${account.username} ${account.displayName}`),
    host: account.domain,
  })
}
