import { AppError } from './errors.ts'
import { bookmarkPost } from './interactions.ts'
import { termsOf } from './search-terms.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** The owner's own folders for bookmarks, and looking for words in them. Nobody else ever hears of either, apps neither. */

export interface Label {
  id: number
  name: string
  /** How many bookmarks carry it. */
  posts: number
}
/** A page of bookmarks, the newest mark first. `next`: what to ask with for the page below; null: that was all. */
export interface BookmarkPage {
  postIds: number[]
  next: number | null
}

const MOST = 200
const LONGEST = 60

const all = query()(() =>
  build
    .selectFrom('labels')
    .select((e) => [
      'labels.id',
      'labels.name',
      e
        .selectFrom('post_labels')
        .innerJoin('bookmarks', 'bookmarks.post_id', 'post_labels.post_id')
        .select((c) => c.fn.countAll<number>().as('n'))
        .whereRef('post_labels.label_id', '=', 'labels.id')
        .as('posts'),
    ])
    .orderBy('labels.position')
    .orderBy('labels.id'),
)
const one = query<{ id: number }>()((p) => build.selectFrom('labels').select(['id', 'name']).where('id', '=', p.id))
const named = query<{ name: string }>()((p) => build.selectFrom('labels').select('id').where('name', '=', p.name))
const insert = query<{ id: number; name: string; position: number; at: number }>()((p) =>
  build.insertInto('labels').values({ id: p.id, name: p.name, position: p.position, created_at: p.at }),
)
const rename = query<{ id: number; name: string }>()((p) => build.updateTable('labels').set({ name: p.name }).where('id', '=', p.id))
const remove = query<{ id: number }>()((p) => build.deleteFrom('labels').where('id', '=', p.id))
const ofPost = query<{ post_id: number }>()((p) => build.selectFrom('post_labels').select('label_id').where('post_id', '=', p.post_id))
const put = query<{ label_id: number; post_id: number; at: number }>()((p) =>
  build
    .insertInto('post_labels')
    .values({ label_id: p.label_id, post_id: p.post_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const takeOthers = query<{ post_id: number; ids: number[] }>()((p) =>
  build.deleteFrom('post_labels').where('post_id', '=', p.post_id).where('label_id', 'not in', inList(p.ids)),
)

/** Every label, in the order they were made. */
export function labels(d: Domain): Label[] {
  return all.all(d.store).map((row) => ({ id: row.id, name: row.name, posts: row.posts ?? 0 }))
}

function clean(text: string): string {
  const name = text.replace(/\s+/g, ' ').trim()
  if (name === '' || name.length > LONGEST) {
    throw new AppError('invalid', `The name of a label is between 1 and ${LONGEST} letters.`, { reason: 'invalid-body' })
  }
  return name
}
const taken = () => new AppError('conflict', 'There is a label of that name.', { reason: 'label-taken' })
const gone = () => new AppError('not-found', 'This label is not there any more.')

/** Throws 'invalid', 'conflict' (`label-taken`). Event `labels-changed`. */
export function createLabel(d: Domain, text: string): Label {
  return d.store.transaction(() => {
    const name = clean(text)
    const count = labels(d).length
    if (count >= MOST) {
      throw new AppError('invalid', `There are ${MOST} labels, which is the most.`, { reason: 'too-many', params: { max: MOST } })
    }
    if (named.get(d.store, { name })) throw taken()
    const id = nextId(d.now())
    insert.run(d.store, { id, name, position: count, at: d.now() })
    d.events.append('labels-changed', {})
    return { id, name, posts: 0 }
  })
}

/** Throws 'not-found', 'invalid', 'conflict'. Event `labels-changed`. */
export function renameLabel(d: Domain, id: number, text: string): void {
  d.store.transaction(() => {
    const name = clean(text)
    const other = named.get(d.store, { name })
    if (other && other.id !== id) throw taken()
    if (rename.run(d.store, { id, name }).changes === 0) throw gone()
    d.events.append('labels-changed', {})
  })
}

/** The label goes; the bookmarks stay. Throws 'not-found'. Event `labels-changed`. */
export function removeLabel(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { id }).changes === 0) throw gone()
    d.events.append('labels-changed', {})
  })
}

/** The labels of a post, whether it is a bookmark now or was one. */
export function labelsOf(d: Domain, postId: number): number[] {
  return ofPost.all(d.store, { post_id: postId }).map((row) => row.label_id)
}

/** Puts a post under exactly these labels; it becomes a bookmark if it is none. Throws 'not-found' (the post, a label). Event `labels-changed`. */
export function setLabels(d: Domain, postId: number, ids: readonly number[]): void {
  d.store.transaction(() => {
    const wanted = [...new Set(ids)]
    for (const id of wanted) if (!one.get(d.store, { id })) throw gone()
    if (wanted.length > 0) bookmarkPost(d, postId)
    takeOthers.run(d.store, { post_id: postId, ids: wanted })
    for (const id of wanted) put.run(d.store, { label_id: id, post_id: postId, at: d.now() })
    d.events.append('labels-changed', {})
  })
}

type Asked = { max: number; label: number; limit: number }
const page = query<Asked>()((p) =>
  build
    .selectFrom('bookmarks')
    .select(['post_id as postId', 'id as cursor'])
    .where('id', '<', p.max)
    .where(
      sql<boolean>`(${p.label} = 0 or exists (select 1 from post_labels where post_labels.post_id = bookmarks.post_id and post_labels.label_id = ${p.label}))`,
    )
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const found = query<Asked & { match: string; from: number; to: number }>()((p) =>
  build
    .selectFrom('bookmarks')
    .select(['post_id as postId', 'id as cursor'])
    .where('id', '<', p.max)
    .where('post_id', '>=', p.from)
    .where('post_id', '<', p.to)
    .where(
      sql<boolean>`(${p.label} = 0 or exists (select 1 from post_labels where post_labels.post_id = bookmarks.post_id and post_labels.label_id = ${p.label}))`,
    )
    .where(sql<boolean>`post_id in (select rowid from search where search match ${p.match})`)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

/**
 * Bookmarks, of one label or all; with words, only those in which they are found: the same words and operators as everywhere. In the
 * reader thread.
 */
export async function bookmarkPage(
  d: Domain,
  wish: { label: number | null; words: string; max: number | null; limit: number },
): Promise<BookmarkPage> {
  const asked = { max: wish.max ?? Number.MAX_SAFE_INTEGER, label: wish.label ?? 0, limit: wish.limit }
  const terms = wish.words.trim() === '' ? null : termsOf(wish.words, () => [])
  if (wish.words.trim() !== '' && !terms) return { postIds: [], next: null }
  const rows = terms
    ? await d.store.reader.all(found, { ...asked, match: terms.match, from: terms.from, to: terms.to })
    : await d.store.reader.all(page, asked)
  return { postIds: rows.map((row) => row.postId), next: rows.length < wish.limit ? null : (rows.at(-1)?.cursor ?? null) }
}
