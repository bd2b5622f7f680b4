import { AppError } from './errors.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { canSee } from './visibility.ts'
import { postRow } from './stored-posts.ts'
import type { Domain } from './domain.ts'

/**
 * Threads the owner wants to hear no more of: nobody is told of what is said in them. A mute stands at the first post of the thread that is
 * known here and holds for everything below it.
 */

const anything = query()(() => build.selectFrom('muted_threads').select('post_id').limit(1))
const put = query<{ post_id: number; at: number }>()((p) =>
  build
    .insertInto('muted_threads')
    .values({ post_id: p.post_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const removeAll = query<{ ids: number[] }>()((p) => build.deleteFrom('muted_threads').where('post_id', 'in', inList(p.ids)))
/** Deeper than any conversation; a ring of answers ends here too. */
const DEPTH = 2_000
/** Each of these posts with everything above it, itself included. */
const linesUp = (ids: unknown) => sql`
  with recursive line(post_id, above, depth) as (
    select value, value, 0 from json_each(${ids})
    union all
    select line.post_id, posts.in_reply_to_id, line.depth + 1 from line join posts on posts.id = line.above
    where posts.in_reply_to_id is not null and line.depth < ${sql.lit(DEPTH)}
  )`
const mutedOf = query<{ ids: number[] }>()((p) => ({
  compile: () =>
    sql<{
      id: number
    }>`${linesUp(p.ids)} select distinct line.post_id as id from line join muted_threads on muted_threads.post_id = line.above`.compile(
      build,
    ),
}))
const above = query<{ ids: number[] }>()((p) => ({
  compile: () => sql<{ id: number }>`${linesUp(p.ids)} select above as id from line order by depth`.compile(build),
}))
const answersMuted = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('posts')
    .innerJoin('muted_threads', 'muted_threads.post_id', 'posts.id')
    .select('posts.id')
    .where('posts.in_reply_to_id', '=', p.post_id)
    .limit(1),
)

/** The first post of a thread that is known here: the post itself if it answers nothing that is here. */
export function threadOf(d: Domain, postId: number): number {
  return above.all(d.store, { ids: [postId] }).at(-1)?.id ?? postId
}

function seen(d: Domain, postId: number): number {
  const found = postRow(d, postId)
  const row = found?.boost_of ? postRow(d, found.boost_of) : found
  if (!row || !canSee({ own: row.own === 1, visibility: row.visibility, releasedAt: row.released_at }, 'owner')) {
    throw new AppError('not-found', 'This post is not there any more.')
  }
  return row.id
}

/** Nobody is told any more of what is said in the thread of this post. Throws 'not-found'. Event `thread-muted`. */
export function muteThread(d: Domain, postId: number): void {
  d.store.transaction(() => {
    const id = seen(d, postId)
    if (isThreadMuted(d, id)) return
    put.run(d.store, { post_id: threadOf(d, id), at: d.now() })
    d.events.append('thread-muted', { postId: id })
  })
}

/** Throws 'not-found'. Event `thread-unmuted`, if it was muted. */
export function unmuteThread(d: Domain, postId: number): void {
  d.store.transaction(() => {
    const id = seen(d, postId)
    const line = above.all(d.store, { ids: [id] }).map((row) => row.id)
    if (removeAll.run(d.store, { ids: line }).changes > 0) d.events.append('thread-unmuted', { postId: id })
  })
}

/** Those of these posts that stand in a muted thread, in one query; next to nothing while no thread is muted. */
export function mutedAmong(d: Domain, posts: readonly { id: number }[]): Set<number> {
  if (posts.length === 0 || !anything.get(d.store)) return new Set()
  return new Set(mutedOf.all(d.store, { ids: posts.map((post) => post.id) }).map((row) => row.id))
}

export function isThreadMuted(d: Domain, postId: number): boolean {
  return mutedAmong(d, [{ id: postId }]).size > 0
}

/** A post has come that others answered before: if one of those answers was the top of a muted thread, the thread now begins higher. */
export function threadGrew(d: Domain, postId: number): void {
  if (anything.get(d.store) && answersMuted.get(d.store, { post_id: postId }))
    put.run(d.store, { post_id: threadOf(d, postId), at: d.now() })
}
