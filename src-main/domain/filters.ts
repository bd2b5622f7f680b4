import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { plainText } from './html.ts'
import { postRow } from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { Filter, FilterContext, FilterMatch, LoadedPost } from './types.ts'

/**
 * What the owner wants to be warned of, or not to see: words, and single posts. A filter takes nothing away by itself; it says what it found
 * in a post, and whoever shows the post acts upon it.
 */

export const CONTEXTS: readonly FilterContext[] = ['home', 'notifications', 'public', 'thread', 'account']
export const ACTIONS: readonly Filter['action'][] = ['warn', 'hide', 'blur']

/** More than anybody keeps by hand: every post that is shown is compared with all of them. */
const MAX = { filters: 200, keywords: 2_000, posts: 2_000, keyword: 512, title: 256 }

export interface FilterWishes {
  title: string
  contexts: readonly FilterContext[]
  action: Filter['action']
  /** Null: never. */
  expiresAt: number | null
}
export interface NewFilter extends FilterWishes {
  keywords: readonly { keyword: string; wholeWord: boolean }[]
}
export interface FilterChange extends Partial<FilterWishes> {
  /** Without an id: a new one. `remove`: it goes. */
  keywords?: readonly { id?: number; keyword?: string; wholeWord?: boolean; remove?: boolean }[]
}
/** A word of a filter, with the filter it belongs to. */
export interface FilterKeyword {
  id: number
  filterId: number
  keyword: string
  wholeWord: boolean
}
/** A post of a filter. */
export interface FilteredPost {
  id: number
  filterId: number
  postId: number
}

const allFilters = query()(() => build.selectFrom('filters').selectAll().orderBy('id'))
const allKeywords = query()(() => build.selectFrom('filter_keywords').selectAll().orderBy('id'))
const allPosts = query()(() => build.selectFrom('filter_posts').selectAll().orderBy('id'))
const filterRow = query<{ id: number }>()((p) => build.selectFrom('filters').selectAll().where('id', '=', p.id))
const keywordsOf = query<{ id: number }>()((p) =>
  build.selectFrom('filter_keywords').selectAll().where('filter_id', '=', p.id).orderBy('id'),
)
const postsOf = query<{ id: number }>()((p) => build.selectFrom('filter_posts').selectAll().where('filter_id', '=', p.id).orderBy('id'))
const keywordRow = query<{ id: number }>()((p) => build.selectFrom('filter_keywords').selectAll().where('id', '=', p.id))
const filteredRow = query<{ id: number }>()((p) => build.selectFrom('filter_posts').selectAll().where('id', '=', p.id))
const filteredPair = query<{ filter_id: number; post_id: number }>()((p) =>
  build.selectFrom('filter_posts').selectAll().where('filter_id', '=', p.filter_id).where('post_id', '=', p.post_id),
)
const counted = query()(() =>
  build.selectNoFrom((e) => [
    e
      .selectFrom('filters')
      .select((c) => c.fn.countAll<number>().as('n'))
      .as('filters'),
    e
      .selectFrom('filter_keywords')
      .select((c) => c.fn.countAll<number>().as('n'))
      .as('keywords'),
    e
      .selectFrom('filter_posts')
      .select((c) => c.fn.countAll<number>().as('n'))
      .as('posts'),
  ]),
)
type FilterRow = NonNullable<ReturnType<typeof filterRow.get>>
type Columns = { id: number; title: string; contexts: string; action: Filter['action']; expires_at: number | null }
const insertFilter = query<Columns & { at: number }>()((p) =>
  build
    .insertInto('filters')
    .values({ id: p.id, title: p.title, contexts: p.contexts, action: p.action, expires_at: p.expires_at, created_at: p.at }),
)
const changeFilter = query<Columns>()((p) =>
  build
    .updateTable('filters')
    .set({ title: p.title, contexts: p.contexts, action: p.action, expires_at: p.expires_at })
    .where('id', '=', p.id),
)
const dropFilter = query<{ id: number }>()((p) => build.deleteFrom('filters').where('id', '=', p.id))
const insertKeyword = query<{ id: number; filter_id: number; keyword: string; whole_word: number }>()((p) =>
  build.insertInto('filter_keywords').values({ id: p.id, filter_id: p.filter_id, keyword: p.keyword, whole_word: p.whole_word }),
)
const changeKeyword = query<{ id: number; keyword: string; whole_word: number }>()((p) =>
  build.updateTable('filter_keywords').set({ keyword: p.keyword, whole_word: p.whole_word }).where('id', '=', p.id),
)
const dropKeyword = query<{ id: number }>()((p) => build.deleteFrom('filter_keywords').where('id', '=', p.id))
const insertPost = query<{ id: number; filter_id: number; post_id: number }>()((p) =>
  build.insertInto('filter_posts').values({ id: p.id, filter_id: p.filter_id, post_id: p.post_id }),
)
const dropPost = query<{ id: number }>()((p) => build.deleteFrom('filter_posts').where('id', '=', p.id))

/** Every filter, the oldest first, those that have run out too. */
export function listFilters(d: Domain): Filter[] {
  const keywords = Map.groupBy(allKeywords.all(d.store), (row) => row.filter_id)
  const posts = Map.groupBy(allPosts.all(d.store), (row) => row.filter_id)
  return allFilters.all(d.store).map((row) => toFilter(row, keywords.get(row.id) ?? [], posts.get(row.id) ?? []))
}

export function filterById(d: Domain, id: number): Filter | null {
  const row = filterRow.get(d.store, { id })
  return row ? toFilter(row, keywordsOf.all(d.store, { id }), postsOf.all(d.store, { id })) : null
}

const toFilter = (row: FilterRow, keywords: ReturnType<typeof keywordsOf.all>, posts: ReturnType<typeof postsOf.all>): Filter => ({
  id: row.id,
  title: row.title,
  contexts: JSON.parse(row.contexts) as FilterContext[],
  action: row.action,
  expiresAt: row.expires_at,
  keywords: keywords.map(({ id, keyword, whole_word }) => ({ id, keyword, wholeWord: whole_word === 1 })),
  posts: posts.map(({ id, post_id }) => ({ id, postId: post_id })),
})

/** A new filter with its words. Throws 'invalid': no title, no place where it counts, a bad action or word, or too many. Event `filters-changed`. */
export function createFilter(d: Domain, wishes: NewFilter): Filter {
  return d.store.transaction(() => {
    room(d, 'filters', 1)
    const at = d.now()
    const id = nextId(at)
    insertFilter.run(d.store, { id, ...columns(wishes), at })
    for (const keyword of wishes.keywords) putKeyword(d, id, keyword)
    return changed(d, id)
  })
}

/** Changes what is named and leaves the rest. Throws 'not-found' (the filter, or a word that is none of its), 'invalid'. Event `filters-changed`. */
export function updateFilter(d: Domain, id: number, change: FilterChange): Filter {
  return d.store.transaction(() => {
    const old = known(filterById(d, id))
    changeFilter.run(d.store, { id, ...columns({ ...old, ...change }) })
    for (const wish of change.keywords ?? []) {
      if (wish.id === undefined) {
        if (!wish.remove) putKeyword(d, id, { keyword: wish.keyword ?? '', wholeWord: wish.wholeWord ?? true })
        continue
      }
      const word = known(old.keywords.find((one) => one.id === wish.id) ?? null)
      if (wish.remove) dropKeyword.run(d.store, { id: word.id })
      else setKeyword(d, word.id, { keyword: wish.keyword ?? word.keyword, wholeWord: wish.wholeWord ?? word.wholeWord })
    }
    return changed(d, id)
  })
}

/** The filter goes with its words and posts. Throws 'not-found'. Event `filters-changed`. */
export function removeFilter(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (dropFilter.run(d.store, { id }).changes === 0) throw gone()
    changed(d, null)
  })
}

export function keywordById(d: Domain, id: number): FilterKeyword | null {
  const row = keywordRow.get(d.store, { id })
  return row ? { id: row.id, filterId: row.filter_id, keyword: row.keyword, wholeWord: row.whole_word === 1 } : null
}

/** One more word for a filter. Throws 'not-found', 'invalid'. Event `filters-changed`. */
export function addKeyword(d: Domain, filterId: number, word: { keyword: string; wholeWord: boolean }): FilterKeyword {
  return d.store.transaction(() => {
    if (!filterRow.get(d.store, { id: filterId })) throw gone()
    const id = putKeyword(d, filterId, word)
    changed(d, null)
    return known(keywordById(d, id))
  })
}

/** Throws 'not-found', 'invalid'. Event `filters-changed`. */
export function updateKeyword(d: Domain, id: number, change: { keyword?: string; wholeWord?: boolean }): FilterKeyword {
  return d.store.transaction(() => {
    const old = known(keywordById(d, id))
    setKeyword(d, id, { keyword: change.keyword ?? old.keyword, wholeWord: change.wholeWord ?? old.wholeWord })
    changed(d, null)
    return known(keywordById(d, id))
  })
}

/** Throws 'not-found'. Event `filters-changed`. */
export function removeKeyword(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (dropKeyword.run(d.store, { id }).changes === 0) throw gone()
    changed(d, null)
  })
}

export function filteredPostById(d: Domain, id: number): FilteredPost | null {
  const row = filteredRow.get(d.store, { id })
  return row ? { id: row.id, filterId: row.filter_id, postId: row.post_id } : null
}

/** This very post is found by the filter from now on. Again: the one that is there. Throws 'not-found' (either), 'invalid'. Event `filters-changed`. */
export function addFilteredPost(d: Domain, filterId: number, postId: number): FilteredPost {
  return d.store.transaction(() => {
    if (!filterRow.get(d.store, { id: filterId }) || !postRow(d, postId)) throw gone()
    const old = filteredPair.get(d.store, { filter_id: filterId, post_id: postId })
    if (old) return { id: old.id, filterId, postId }
    room(d, 'posts', 1)
    const id = nextId(d.now())
    insertPost.run(d.store, { id, filter_id: filterId, post_id: postId })
    changed(d, null)
    return { id, filterId, postId }
  })
}

/** Throws 'not-found'. Event `filters-changed`. */
export function removeFilteredPost(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (dropPost.run(d.store, { id }).changes === 0) throw gone()
    changed(d, null)
  })
}

const gone = () => new AppError('not-found', 'This filter is not there any more.')
function known<T>(value: T | null): T {
  if (value === null) throw gone()
  return value
}

function changed(d: Domain, id: number): Filter
function changed(d: Domain, id: null): null
function changed(d: Domain, id: number | null): Filter | null {
  d.store.afterCommit(() => compiled.delete(d.store))
  d.events.append('filters-changed', {})
  return id === null ? null : filterById(d, id)
}

function columns(wishes: FilterWishes): Omit<Columns, 'id'> {
  const title = wishes.title.trim()
  const invalid = (text: string, reason: string) => new AppError('invalid', text, { reason })
  if (title === '') throw invalid("Title can't be blank", 'title-missing')
  if (title.length > MAX.title) throw invalid(`Title is too long (maximum is ${MAX.title} characters)`, 'title-too-long')
  const contexts = CONTEXTS.filter((context) => wishes.contexts.includes(context))
  if (contexts.length === 0) throw invalid("Context can't be blank", 'context-missing')
  if (!ACTIONS.includes(wishes.action)) throw invalid('Action is not one of warn, hide and blur', 'action-invalid')
  return { title, contexts: JSON.stringify(contexts), action: wishes.action, expires_at: wishes.expiresAt }
}

function room(d: Domain, what: 'filters' | 'keywords' | 'posts', more: number): void {
  if ((counted.get(d.store)?.[what] ?? 0) + more > MAX[what]) {
    throw new AppError('invalid', `There are ${MAX[what]} already, which is the most.`, { reason: 'too-many', params: { max: MAX[what] } })
  }
}

function putKeyword(d: Domain, filterId: number, word: { keyword: string; wholeWord: boolean }): number {
  room(d, 'keywords', 1)
  const id = nextId(d.now())
  insertKeyword.run(d.store, { id, filter_id: filterId, keyword: clean(word.keyword), whole_word: Number(word.wholeWord) })
  return id
}

function setKeyword(d: Domain, id: number, word: { keyword: string; wholeWord: boolean }): void {
  changeKeyword.run(d.store, { id, keyword: clean(word.keyword), whole_word: Number(word.wholeWord) })
}

function clean(keyword: string): string {
  const text = keyword.trim()
  if (text === '') throw new AppError('invalid', "Keyword can't be blank", { reason: 'keyword-missing' })
  if (text.length > MAX.keyword) {
    throw new AppError('invalid', `Keyword is too long (maximum is ${MAX.keyword} characters)`, { reason: 'keyword-too-long' })
  }
  return text
}

// Matching ------------------------------------------------------------------------------------------------------------------------------

interface CompiledWord {
  keyword: string
  folded: string
  head: boolean
  tail: boolean
  /** With a star in it, which stands for the rest of a word. */
  pattern: RegExp | null
}
interface Compiled {
  filter: Filter
  words: CompiledWord[]
  posts: ReadonlySet<number>
}
const compiled = new WeakMap<Domain['store'], Compiled[]>()

const WORD = /[\p{L}\p{M}\p{N}_]/u
/** Scripts that are written without spaces have no edges of words to look for. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const hasEdge = (letter: string | undefined) => letter !== undefined && WORD.test(letter) && !UNSPACED.test(letter)
const fold = (text: string) => text.normalize('NFC').toLowerCase()

/** More stars than this are stars, side by side they are one. Each stands for at most thirty letters, so that no text makes it slow. */
const MOST_STARS = 2

function compileWord({ keyword, wholeWord }: { keyword: string; wholeWord: boolean }): CompiledWord {
  const folded = fold(keyword.trim())
  const head = wholeWord && hasEdge([...folded][0])
  const tail = wholeWord && hasEdge([...folded].at(-1))
  const parts = folded.split(/\*+/)
  const starred = parts.length > 1 && parts.length <= MOST_STARS + 1 && parts.join('').trim() !== ''
  const body = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('[\\p{L}\\p{M}\\p{N}_]{0,30}')
  const pattern = starred
    ? new RegExp(`${head ? '(?<![\\p{L}\\p{M}\\p{N}_])' : ''}${body}${tail ? '(?![\\p{L}\\p{M}\\p{N}_])' : ''}`, 'u')
    : null
  return { keyword, folded, head, tail, pattern }
}

/** Whether a post has one of these words, as {@link matchPost} finds them: for looking what a filter would do. */
export function matcherOf(words: readonly { keyword: string; wholeWord: boolean }[]): (post: LoadedPost) => boolean {
  const made = words.filter(({ keyword }) => keyword.trim() !== '').map(compileWord)
  return (post) => {
    if (made.length === 0 || post.own) return false
    const text = partsOf(post).map(textOf).join('\n')
    return made.some((word) => has(text, word))
  }
}

function filtersOf(d: Domain): Compiled[] {
  const kept = compiled.get(d.store)
  if (kept) return kept
  const made = listFilters(d).map((filter): Compiled => ({
    filter,
    words: filter.keywords.map(compileWord),
    posts: new Set(filter.posts.map(({ postId }) => postId)),
  }))
  // What is read inside a transaction may still be undone.
  if (!d.store.inTransaction) compiled.set(d.store, made)
  return made
}

/** Whether a folded text has a folded word in it; `head`, `tail`: with the edge of a word there. One pass. */
function has(text: string, word: CompiledWord): boolean {
  if (word.pattern) return word.pattern.test(text)
  const { folded, head, tail } = word
  for (let at = text.indexOf(folded); at >= 0; at = text.indexOf(folded, at + 1)) {
    const before = at === 0 ? undefined : letterBefore(text, at)
    const after = text.codePointAt(at + folded.length)
    if (head && before !== undefined && WORD.test(before)) continue
    if (tail && after !== undefined && WORD.test(String.fromCodePoint(after))) continue
    return true
  }
  return false
}

function letterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1)
  return low >= 0xdc00 && low <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text.slice(at - 1, at)
}

const partsOf = (post: LoadedPost): LoadedPost[] =>
  [post, post.boost, post.quote, post.boost?.quote].flatMap((part) => (part && !part.own ? [part] : []))

/** What somebody else says in a post: nothing of the owner's is ever filtered. */
function textOf(post: LoadedPost): string {
  if (post.own) return ''
  return fold(
    [
      post.warning,
      plainText(post.content),
      ...(post.poll?.options.map((option) => option.title) ?? []),
      ...post.media.flatMap((file) => file.description ?? []),
    ].join('\n'),
  )
}

/**
 * What the filters find in a post: in its own words or those it boosts or quotes (warning, text, poll, descriptions of its files), or because
 * the post itself was put on one. Never in the owner's posts; filters that have run out do not count. `context`: only those that count there;
 * absent: all, as Mastodon sends them. Costs one look into memory while there are no filters.
 */
export function matchPost(d: Domain, post: LoadedPost, context?: FilterContext): FilterMatch[] {
  const filters = filtersOf(d)
  if (filters.length === 0 || post.own) return []
  const now = d.now()
  const parts = partsOf(post)
  let text: string | null = null
  return filters.flatMap(({ filter, words, posts }) => {
    if (filter.expiresAt !== null && filter.expiresAt <= now) return []
    if (context !== undefined && !filter.contexts.includes(context)) return []
    text ??= parts.map(textOf).join('\n')
    const keywords = words.flatMap((word) => (has(text as string, word) ? [word.keyword] : []))
    const postIds = posts.size === 0 ? [] : parts.flatMap((part) => (posts.has(part.id) ? [part.id] : []))
    return keywords.length + postIds.length > 0 ? [{ filter, keywords, postIds }] : []
  })
}

/** {@link matchPost} for a list: only posts in which something was found are in the answer, by id. */
export function matchFilters(d: Domain, posts: readonly LoadedPost[], context?: FilterContext): Map<number, FilterMatch[]> {
  const found = new Map<number, FilterMatch[]>()
  if (filtersOf(d).length === 0) return found
  for (const post of posts) {
    const matches = matchPost(d, post, context)
    if (matches.length > 0) found.set(post.id, matches)
  }
  return found
}
