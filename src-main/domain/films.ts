import { AppError } from './errors.ts'
import { mediaById, unusedBlobs } from './media.ts'
import { mediaPath } from './uris.ts'
import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Images, RemuxedFilm } from './ports.ts'
import type { MediaFile } from './types.ts'

/** Own films and sounds between their upload and the moment they may be seen, and the pictures that stand for them. */

/** What a film turned out to be, once it was written anew. Pixels and seconds. */
export interface ReadyFilm extends RemuxedFilm {
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

/**
 * Where the picture of an own film or sound is, on either listener; null if it has none. Pictures may change while files never do, and are kept by browsers as
 * long: another one is at another address.
 */
export function posterPath(media: MediaFile): string | null {
  if (!media.own || media.previewBlob === null || (media.kind !== 'video' && media.kind !== 'audio')) return null
  return `${mediaPath(media.token, 'small', media.previewMime)}?v=${media.previewBlob.slice(0, 8)}`
}

/**
 * Makes a picture that was sent one that stands for a film: written anew like any other, small, its blob on the disk. Throws as {@link Images}.
 */
export async function storePoster(d: Domain, images: Images, bytes: Buffer): Promise<Poster> {
  const { preview, blurhash } = await images.process(bytes)
  const { mime, width, height } = preview
  return { blob: await d.store.blobs.put(preview.bytes), mime, width, height, blurhash }
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
  build.selectFrom('media').select('id').where('own', '=', 1).where('state', '=', sql.lit('processing')).orderBy('id'),
)
const mark = query<{ id: number; error: string | null }>()((p) => build.updateTable('media').set({ error: p.error }).where('id', '=', p.id))

/** Stands in `error` while a film is being made ready: an end of the program in the midst of it shows. */
const ATTEMPTS = ['begun', 'begun-again']

/** Films that wait, oldest first. */
export function waitingFilms(d: Domain): number[] {
  return waiting.all(d.store).map((row) => row.id)
}

/**
 * Notes that a film is being made ready now. False: it does not wait (any more), or it was begun twice without an end, so it may be what ends the program: then
 * it has failed with `interrupted`.
 */
export function beginFilm(d: Domain, id: number): boolean {
  return d.store.transaction(() => {
    const media = mediaById(d, id)
    if (media?.state !== 'processing') return false
    const next = ATTEMPTS[media.error === null ? 0 : ATTEMPTS.indexOf(media.error) + 1]
    if (next === undefined) filmFailed(d, id, 'interrupted')
    else mark.run(d.store, { id, error: next })
    return next !== undefined
  })
}

/** The program ends in order: the film waits as if it had not been begun. */
export function postponeFilm(d: Domain, id: number): void {
  if (mediaById(d, id)?.state === 'processing') mark.run(d.store, { id, error: null })
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
 * Gives an own film or sound another picture, made from one that was sent, and removes the former one. Throws 'not-found', 'invalid' (`no-film`) for pictures,
 * 'conflict' once its post has left, and as {@link Images}. Event `media-changed`.
 */
export async function setPoster(d: Domain, images: Images, id: number, bytes: Buffer): Promise<MediaFile> {
  takesPoster(d, id)
  const picture = await storePoster(d, images, bytes)
  const former = d.store.transaction(() => {
    const { previewBlob } = takesPoster(d, id)
    poster.run(d.store, { ...picture, id })
    d.events.append('media-changed', { mediaId: id })
    return previewBlob
  })
  if (former !== null) for (const key of unusedBlobs(d, [former])) await d.store.blobs.remove(key)
  return mediaById(d, id) as MediaFile
}

function takesPoster(d: Domain, id: number): MediaFile {
  const media = mediaById(d, id)
  if (!media?.own) throw new AppError('not-found', 'There is no such file.')
  if (media.kind !== 'video' && media.kind !== 'audio') {
    throw new AppError('invalid', 'Only a film or a sound has a picture of its own.', { reason: 'no-film' })
  }
  const post = posted.get(d.store, { id })
  if (post && post.released_at !== null) throw new AppError('conflict', 'This file belongs to a post that has left: edit the post.')
  return media
}

const bookmarkedFiles = query<{ limit: number }>()((p) =>
  build
    .selectFrom('bookmarks')
    .innerJoin('media', 'media.post_id', 'bookmarks.post_id')
    .select(['media.id', 'media.kind'])
    .where('media.own', '=', 0)
    .orderBy('bookmarks.id', 'desc')
    .limit(p.limit),
)

/** More than anybody bookmarks; looking through so many takes a tenth of a second. */
const MOST_KEPT = 100_000

/** Copies of others' files that the owner wants to have: those of bookmarked posts, of the newest ones at most so many. */
export function keptCopies(d: Domain, limit = MOST_KEPT): { id: number; film: boolean }[] {
  return bookmarkedFiles.all(d.store, { limit }).map(({ id, kind }) => ({ id, film: kind === 'video' || kind === 'audio' }))
}
