import { AppError } from './errors.ts'
import { mediaById } from './media.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { FilmDetails, MediaFile } from './types.ts'

/** Own films and sounds between their upload and the moment they may be seen, and the pictures that stand for them. */

/** What a film turned out to be, once it was written anew. Pixels and seconds. */
export interface ReadyFilm {
  kind: 'video' | 'audio'
  mime: string
  bytes: number
  width: number | null
  height: number | null
  duration: number
  details: FilmDetails
  blob: string
  /** Used if the film has no poster yet. */
  poster: Poster | null
}
export interface Poster {
  blob: string
  mime: string
  width: number
  height: number
  blurhash: string | null
}

const ready = query<{
  id: number
  kind: 'video' | 'audio'
  mime: string
  bytes: number
  width: number | null
  height: number | null
  duration: number
  details: string
  blob: string
}>()((p) =>
  build
    .updateTable('media')
    .set({
      state: 'ready',
      error: null,
      kind: p.kind,
      mime: p.mime,
      bytes: p.bytes,
      width: p.width,
      height: p.height,
      duration: p.duration,
      details: p.details,
      blob: p.blob,
    })
    .where('id', '=', p.id)
    .where('state', '=', sql.lit('processing')),
)
const failed = query<{ id: number; error: string }>()((p) =>
  build
    .updateTable('media')
    .set({ state: 'failed', error: p.error, blob: null })
    .where('id', '=', p.id)
    .where('state', '=', sql.lit('processing')),
)
const posted = query<{ id: number }>()((p) =>
  build.selectFrom('media').innerJoin('posts', 'posts.id', 'media.post_id').select('posts.released_at').where('media.id', '=', p.id),
)
const poster = query<{ id: number; blob: string; mime: string; width: number; height: number; blurhash: string | null }>()((p) =>
  build
    .updateTable('media')
    .set({ preview_blob: p.blob, preview_mime: p.mime, preview_width: p.width, preview_height: p.height, blurhash: p.blurhash })
    .where('id', '=', p.id),
)
const waiting = query()(() =>
  build.selectFrom('media').select(['id', 'error']).where('own', '=', 1).where('state', '=', sql.lit('processing')).orderBy('id'),
)
const begunAgain = query<{ ids: number[] }>()((p) =>
  build.updateTable('media').set({ error: BEGUN_AGAIN }).where('id', 'in', inList(p.ids)),
)

/** Stands in `error` while a film that a kill interrupted is tried once more. */
const BEGUN_AGAIN = 'begun-again'

/**
 * Films that wait, oldest first, after a start: those that were waiting when the program ended are begun anew, once. One that has been begun anew before may be
 * what ends the program: it fails with `interrupted`.
 */
export function resumeFilms(d: Domain): number[] {
  return d.store.transaction(() => {
    const rows = waiting.all(d.store)
    const again = rows.filter((row) => row.error === null).map((row) => row.id)
    for (const row of rows) if (row.error !== null) filmFailed(d, row.id, 'interrupted')
    if (again.length > 0) begunAgain.run(d.store, { ids: again })
    return again
  })
}

/** A film may be seen from now on. False: it was given up meanwhile. Event `media-changed`. */
export function filmReady(d: Domain, id: number, film: ReadyFilm): boolean {
  return d.store.transaction(() => {
    const { details, poster: neutral, ...facts } = film
    if (ready.run(d.store, { ...facts, id, details: JSON.stringify(details) }).changes === 0) return false
    if (neutral && mediaById(d, id)?.previewBlob === null) poster.run(d.store, { ...neutral, id })
    d.events.append('media-changed', { mediaId: id })
    return true
  })
}

/** A film cannot be taken: `error` is a code, followed by a colon and a name where it names something (`unsupported-codec:AC-3`). Event `media-changed`. */
export function filmFailed(d: Domain, id: number, error: string): void {
  d.store.transaction(() => {
    if (failed.run(d.store, { id, error }).changes > 0) d.events.append('media-changed', { mediaId: id })
  })
}

/**
 * Gives an own film or sound another picture. Returns it, and the blob of the former one. Throws 'not-found', 'invalid' (`no-film`) for pictures, 'conflict' once
 * its post has left. Event `media-changed`.
 */
export function setPoster(d: Domain, id: number, picture: Poster): { media: MediaFile; former: string | null } {
  return d.store.transaction(() => {
    const media = mediaById(d, id)
    if (!media?.own) throw new AppError('not-found', 'There is no such file.')
    if (media.kind !== 'video' && media.kind !== 'audio') {
      throw new AppError('invalid', 'Only a film or a sound has a picture of its own.', { reason: 'no-film' })
    }
    const post = posted.get(d.store, { id })
    if (post && post.released_at !== null) throw new AppError('conflict', 'This file belongs to a post that has left: edit the post.')
    poster.run(d.store, { ...picture, id })
    d.events.append('media-changed', { mediaId: id })
    return { media: mediaById(d, id) as MediaFile, former: media.previewBlob }
  })
}

const bookmarkedFiles = query<{ limit: number }>()((p) =>
  build
    .selectFrom('bookmarks')
    .innerJoin('media', 'media.post_id', 'bookmarks.post_id')
    .select('media.id')
    .where('media.own', '=', 0)
    .orderBy('bookmarks.id', 'desc')
    .limit(p.limit),
)

/** Copies of others' files that the owner wants to have: those of bookmarked posts, of the newest ones at most so many. */
export function keptCopies(d: Domain, limit = 20_000): number[] {
  return bookmarkedFiles.all(d.store, { limit }).map((row) => row.id)
}
