import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { settings, updateSettings } from './settings.ts'
import type { Domain } from './domain.ts'

/** Searches the owner has kept under a name, and what was last looked for. Nobody else ever hears of either. */

export interface SavedSearch {
  id: number
  name: string
  query: string
}
export interface Searches {
  saved: SavedSearch[]
  /** What was looked for, the last first. */
  recent: string[]
}

const MOST_SAVED = 100
const MOST_RECENT = 20
const LONGEST = { name: 100, query: 500 }

const saved = query()(() => build.selectFrom('saved_searches').select(['id', 'name', 'query']).orderBy('position').orderBy('id'))
const counted = query()(() => build.selectFrom('saved_searches').select((e) => e.fn.countAll<number>().as('count')))
const insert = query<{ id: number; name: string; query: string; position: number; at: number }>()((p) =>
  build.insertInto('saved_searches').values({ id: p.id, name: p.name, query: p.query, position: p.position, created_at: p.at }),
)
const one = query<{ id: number }>()((p) => build.selectFrom('saved_searches').select(['id', 'name', 'query']).where('id', '=', p.id))
const rename = query<{ id: number; name: string; query: string }>()((p) =>
  build.updateTable('saved_searches').set({ name: p.name, query: p.query }).where('id', '=', p.id),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('saved_searches').where('id', '=', p.id))
const recent = query<{ limit: number }>()((p) =>
  build.selectFrom('recent_searches').select('query').orderBy('used_at', 'desc').orderBy('query').limit(p.limit),
)
const use = query<{ query: string; at: number }>()((p) =>
  build
    .insertInto('recent_searches')
    .values({ query: p.query, used_at: p.at })
    .onConflict((c) => c.column('query').doUpdateSet({ used_at: p.at })),
)
const forgetOld = query<{ kept: number }>()((p) =>
  build
    .deleteFrom('recent_searches')
    .where(
      'query',
      'not in',
      build
        .selectFrom('recent_searches')
        .select('query')
        .orderBy('used_at', 'desc')
        .orderBy('query')
        .limit(p.kept)
        .$castTo<{ query: string }>(),
    ),
)
const forgetOne = query<{ query: string }>()((p) => build.deleteFrom('recent_searches').where('query', '=', p.query))
const forgetAll = query()(() => build.deleteFrom('recent_searches'))

export function searches(d: Domain): Searches {
  return { saved: saved.all(d.store), recent: recent.all(d.store, { limit: MOST_RECENT }).map((row) => row.query) }
}

function clean(text: string, what: keyof typeof LONGEST): string {
  const one = text.replace(/\s+/g, ' ').trim()
  if (one === '' || one.length > LONGEST[what]) {
    throw new AppError('invalid', `The ${what} of a search is between 1 and ${LONGEST[what]} letters.`, { reason: 'invalid-body' })
  }
  return one
}

/** Throws 'invalid': nothing in it, too long, or there are a hundred already. Event `searches-changed`. */
export function saveSearch(d: Domain, name: string, words: string): SavedSearch {
  return d.store.transaction(() => {
    const position = counted.get(d.store)?.count ?? 0
    if (position >= MOST_SAVED) {
      throw new AppError('invalid', `There are ${MOST_SAVED} saved searches, which is the most.`, {
        reason: 'too-many',
        params: { max: MOST_SAVED },
      })
    }
    const row = { id: nextId(d.now()), name: clean(name, 'name'), query: clean(words, 'query') }
    insert.run(d.store, { ...row, position, at: d.now() })
    d.events.append('searches-changed', {})
    return row
  })
}

/** Throws 'not-found', 'invalid'. Event `searches-changed`. */
export function changeSearch(d: Domain, id: number, wish: { name?: string; query?: string }): void {
  d.store.transaction(() => {
    const old = one.get(d.store, { id })
    if (!old) throw new AppError('not-found', 'This search is not kept any more.')
    rename.run(d.store, { id, name: clean(wish.name ?? old.name, 'name'), query: clean(wish.query ?? old.query, 'query') })
    d.events.append('searches-changed', {})
  })
}

/** It leaves the sidebar too. Throws 'not-found'. Events `searches-changed`, and `settings-changed` if it was pinned. */
export function removeSearch(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { id }).changes === 0) throw new AppError('not-found', 'This search is not kept any more.')
    const { pinned } = settings(d)
    const left = pinned.filter((pin) => pin !== `search:${id}`)
    if (left.length < pinned.length) updateSettings(d, { pinned: left })
    d.events.append('searches-changed', {})
  })
}

/** Remembers what was looked for; what goes on with the one before takes its place. The last twenty are kept. */
export function useSearch(d: Domain, words: string): void {
  const text = clean(words, 'query')
  d.store.transaction(() => {
    const [last] = recent.all(d.store, { limit: 1 })
    if (last && last.query !== text && text.startsWith(last.query)) forgetOne.run(d.store, { query: last.query })
    use.run(d.store, { query: text, at: d.now() })
    forgetOld.run(d.store, { kept: MOST_RECENT })
  })
}

/** One of them, or all. */
export function forgetSearches(d: Domain, words: string | null): void {
  if (words === null) forgetAll.run(d.store)
  else forgetOne.run(d.store, { query: words })
}
