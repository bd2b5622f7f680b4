import { setting } from './rows.ts'
import { INDEX_VERSION, indexAgain, indexPerson } from './search-index.ts'
import { setSetting } from './settings.ts'
import { build, inList, query } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Log } from './ports.ts'

/**
 * Keeps the search index up to date by itself: rows that an older version of the program wrote are written anew, newest first, a few at a
 * time and with rests between them; it goes on where it was after a restart. And what the owner keeps (favourites, bookmarks, boosts) is
 * found by operators a moment after.
 */

/** How far it has come: ids below these are still as an older version wrote them; 0: done, null: not begun. */
interface Progress {
  version: number
  posts: number | null
  people: number | null
}

interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/** Starting is for whoever waits for the window. */
const FIRST_MS = 20_000
/** One step holds the thread for a few milliseconds, then everybody else has time. */
const STEP = 50
const REST_MS = 15
/** After something went wrong (a full disk). */
const AGAIN_MS = 60_000

const postsBelow = query<{ below: number; limit: number }>()((p) =>
  build.selectFrom('posts').select('id').where('id', '<', p.below).where('boost_of', 'is', null).orderBy('id', 'desc').limit(p.limit),
)
const peopleBelow = query<{ below: number; limit: number }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['id', 'username', 'domain', 'display_name'])
    .where('id', '<', p.below)
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const boostedBy = query<{ ids: number[] }>()((p) =>
  build.selectFrom('posts').select('boost_of').where('id', 'in', inList(p.ids)).where('boost_of', 'is not', null),
)

function progress(d: Domain): Progress {
  const known = setting(d, 'searchIndex') as Progress | null
  return known?.version === INDEX_VERSION ? known : { version: INDEX_VERSION, posts: null, people: null }
}

/** Whether everything is indexed as this version would. */
export function isIndexed(d: Domain): boolean {
  const { posts, people } = progress(d)
  return posts === 0 && people === 0
}

/** One step, in one transaction with the note of how far it came. True when nothing is left. */
export function indexSome(d: Domain, limit: number = STEP): boolean {
  return d.store.transaction(() => {
    const now = progress(d)
    if (now.people !== 0) {
      const rows = peopleBelow.all(d.store, { below: now.people ?? Number.MAX_SAFE_INTEGER, limit })
      for (const row of rows) indexPerson(d, { ...row, displayName: row.display_name }, true)
      setSetting(d, 'searchIndex', { ...now, people: rows.length < limit ? 0 : (rows.at(-1)?.id ?? 0) })
      return false
    }
    if (now.posts === 0) return true
    const ids = postsBelow.all(d.store, { below: now.posts ?? Number.MAX_SAFE_INTEGER, limit }).map((row) => row.id)
    indexAgain(d, ids)
    const done = ids.length < limit
    setSetting(d, 'searchIndex', { ...now, posts: done ? 0 : (ids.at(-1) ?? 0) })
    return done
  })
}

/** Begins a little after the start. Returns the way to stop. */
export function startReindexing(d: Domain, log: Log, timers: Timers): () => void {
  let stopped = false
  let timer: unknown = null
  const step = (): void => {
    if (stopped) return
    const began = performance.now()
    try {
      if (indexSome(d)) log.info({ version: INDEX_VERSION }, 'the search index is up to date')
      // Three parts of rest to one of work: now and then FTS5 tidies up in a step, which takes longer.
      else timer = timers.set(step, Math.max(REST_MS, 3 * (performance.now() - began)))
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'the search index could not be brought up to date')
      timer = timers.set(step, AGAIN_MS)
    }
  }
  if (!isIndexed(d)) timer = timers.set(step, FIRST_MS)
  const off = followKept(d)
  return () => {
    stopped = true
    off()
    timers.clear(timer)
  }
}

const KEPT = ['favourited', 'unfavourited', 'bookmarked', 'unbookmarked', 'boosted', 'unboosted', 'post-released'] as const

/** Operators ask what the owner did with a post, and whom it is to, which is known for sure when it leaves. */
function followKept(d: Domain): () => void {
  return d.events.consume('search', KEPT, ({ type, data }) => {
    if ('own' in data && !data.own) return
    // A boost leaves too; what it boosts was seen to when it was made.
    if (type === 'post-released' && boostedBy.all(d.store, { ids: [data.postId] }).length > 0) return
    indexAgain(d, [data.postId])
  })
}
