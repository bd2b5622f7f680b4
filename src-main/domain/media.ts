import { randomBytes } from 'node:crypto'
import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { closedAt } from './closed.ts'
import { toMedia } from './rows.ts'
import { canSee } from './visibility.ts'
import type { Slots } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { MediaFile, MediaKind } from './types.ts'

/** Rows of pictures and other files. Own ones have a blob in the folder, others' an address; both a token, the capability in our address. */

/** A file of somebody else's post, as federation's mapping makes it: kinds, sizes and the blurhash checked (rule 34). */
export interface RemoteMediaFile {
  kind: MediaKind
  url: string
  mime: string | null
  description?: string | null
  width?: number | null
  height?: number | null
  duration?: number | null
  blurhash?: string | null
  focus?: { x: number; y: number } | null
}

/** An own upload whose blobs are on the disk already. */
export interface NewMedia {
  /** `processing`: `blob` is the file as it came, which nobody may see; `domain/films` says what becomes of it. */
  state?: 'ready' | 'processing'
  kind: MediaKind
  /** Null while that is not known. */
  mime: string | null
  bytes: number
  width: number | null
  height: number | null
  previewWidth?: number | null
  previewHeight?: number | null
  duration?: number | null
  blurhash?: string | null
  description?: string | null
  focus?: { x: number; y: number } | null
  blob: string
  previewBlob: string | null
  /** Type of the preview; null if there is none. */
  previewMime: string | null
}

/** Mastodon's limit of a description, in characters. */
export const MAX_DESCRIPTION = 1_500
/** How long an app is shown its upload. */
const FRESH_MS = 3600_000
/** How long an upload without post and draft is kept. */
const UNUSED_MS = 24 * 3600_000

type Inserted = {
  id: number
  own: number
  token: string
  post_id: number | null
  position: number
  kind: MediaKind
  mime: string | null
  bytes: number | null
  width: number | null
  height: number | null
  preview_width: number | null
  preview_height: number | null
  duration: number | null
  blurhash: string | null
  description: string | null
  focus_x: number | null
  focus_y: number | null
  remote_url: string | null
  blob: string | null
  preview_blob: string | null
  preview_mime: string | null
  created_at: number
  state: 'ready' | 'processing' | 'failed'
  error: string | null
  details: string | null
}
const columns = (p: Slots<Inserted>) => ({
  id: p.id,
  own: p.own,
  token: p.token,
  post_id: p.post_id,
  position: p.position,
  kind: p.kind,
  mime: p.mime,
  bytes: p.bytes,
  width: p.width,
  height: p.height,
  preview_width: p.preview_width,
  preview_height: p.preview_height,
  duration: p.duration,
  blurhash: p.blurhash,
  description: p.description,
  focus_x: p.focus_x,
  focus_y: p.focus_y,
  remote_url: p.remote_url,
  blob: p.blob,
  preview_blob: p.preview_blob,
  preview_mime: p.preview_mime,
  created_at: p.created_at,
  state: p.state,
  error: p.error,
  details: p.details,
})
const insert = query<Inserted>()((p) => build.insertInto('media').values(columns(p)))
const byId = query<{ id: number }>()((p) => build.selectFrom('media').selectAll().where('id', '=', p.id))
const byToken = query<{ token: string }>()((p) =>
  build
    .selectFrom('media')
    .leftJoin('posts', 'posts.id', 'media.post_id')
    .selectAll('media')
    .select(['posts.own as post_own', 'posts.visibility', 'posts.released_at'])
    .where('media.token', '=', p.token),
)
const ofPost = query<{ post_id: number }>()((p) =>
  build.selectFrom('media').selectAll().where('post_id', '=', p.post_id).orderBy('position'),
)
const describe = query<{ id: number; description: string | null; x: number | null; y: number | null }>()((p) =>
  build.updateTable('media').set({ description: p.description, focus_x: p.x, focus_y: p.y }).where('id', '=', p.id),
)
const remove = query<{ ids: number[] }>()((p) => build.deleteFrom('media').where('id', 'in', inList(p.ids)))
const bindOne = query<{ id: number; post_id: number; position: number }>()((p) =>
  build.updateTable('media').set({ post_id: p.post_id, position: p.position, draft_id: null }).where('id', '=', p.id),
)
const unbindPost = query<{ post_id: number; at: number }>()((p) =>
  build.updateTable('media').set({ post_id: null, created_at: p.at, freed: 1 }).where('post_id', '=', p.post_id).where('own', '=', 1),
)
const removeOfPost = query<{ post_id: number }>()((p) => build.deleteFrom('media').where('post_id', '=', p.post_id))
const giveUp = query<{ id: number }>()((p) => build.updateTable('media').set({ draft_id: null, created_at: 0 }).where('id', '=', p.id))
const intoDraft = query<{ ids: number[]; draft_id: string }>()((p) =>
  build
    .updateTable('media')
    .set({ draft_id: p.draft_id })
    .where('id', 'in', inList(p.ids))
    .where('own', '=', 1)
    .where('post_id', 'is', null),
)
const outOfDraft = query<{ ids: number[]; draft_id: string; at: number }>()((p) =>
  build
    .updateTable('media')
    .set({ draft_id: null, created_at: p.at })
    .where('draft_id', '=', p.draft_id)
    .where('id', 'not in', inList(p.ids)),
)
// `own` as a literal: a bound value would hide from SQLite that the partial index fits.
const unused = query<{ before: number }>()((p) =>
  build
    .selectFrom('media')
    .select(['id', 'blob', 'preview_blob'])
    .where('own', '=', sql.lit(1))
    .where('post_id', 'is', null)
    .where('draft_id', 'is', null)
    .where('scheduled_id', 'is', null)
    .where('state', '!=', 'processing')
    // Posts keep the emojis they were written with, also those that have no name any more.
    .where('kind', '!=', 'emoji')
    .where('created_at', '<', p.before)
    .where('id', 'not in', (e) =>
      e
        .selectFrom('accounts')
        .select('avatar_id')
        .where('own', '=', 1)
        .where('domain', '=', '')
        .where('avatar_id', 'is not', null)
        .$castTo<{ avatar_id: number }>(),
    )
    .where('id', 'not in', (e) =>
      e
        .selectFrom('accounts')
        .select('header_id')
        .where('own', '=', 1)
        .where('domain', '=', '')
        .where('header_id', 'is not', null)
        .$castTo<{ header_id: number }>(),
    ),
)
const usedBlobs = query<{ keys: string[] }>()((p) =>
  build
    .selectFrom('media')
    .select('blob as key')
    .where('blob', 'in', inList(p.keys))
    .union(build.selectFrom('media').select('preview_blob as key').where('preview_blob', 'in', inList(p.keys))),
)

/** 128 random bits: whoever has it may read the file. */
const newToken = () => randomBytes(16).toString('base64url')

const within = (value: number) => Math.min(1, Math.max(-1, value))

function checked(description: string | null | undefined): string | null {
  const text = description?.trim() ?? ''
  if (text.length > MAX_DESCRIPTION) {
    throw new AppError('invalid', `A description is at most ${MAX_DESCRIPTION} characters.`, {
      reason: 'description-too-long',
      params: { max: MAX_DESCRIPTION },
    })
  }
  return text === '' ? null : text
}

/** Adds an own upload. It waits for a post or a draft, and is swept a day later if none took it. */
export function addMedia(d: Domain, file: NewMedia): MediaFile {
  const now = d.now()
  const id = nextId(now)
  const row: Inserted = {
    id,
    own: 1,
    token: newToken(),
    post_id: null,
    position: 0,
    kind: file.kind,
    mime: file.mime,
    bytes: file.bytes,
    width: file.width,
    height: file.height,
    preview_width: file.previewWidth ?? null,
    preview_height: file.previewHeight ?? null,
    duration: file.duration ?? null,
    blurhash: file.blurhash ?? null,
    description: checked(file.description),
    focus_x: file.focus ? within(file.focus.x) : null,
    focus_y: file.focus ? within(file.focus.y) : null,
    remote_url: null,
    blob: file.blob,
    preview_blob: file.previewBlob,
    preview_mime: file.previewMime,
    created_at: now,
    state: file.state ?? 'ready',
    error: null,
    details: null,
  }
  insert.run(d.store, row)
  return toMedia({ ...row, draft_id: null, scheduled_id: null, freed: 0 })
}

/** Adds a pointer to somebody else's file; nothing is fetched. */
export function addRemoteMedia(d: Domain, postId: number | null, position: number, file: RemoteMediaFile): { id: number; token: string } {
  const now = d.now()
  const row: Inserted = {
    id: nextId(now),
    own: 0,
    token: newToken(),
    post_id: postId,
    position,
    kind: file.kind,
    mime: file.mime,
    bytes: null,
    width: file.width ?? null,
    height: file.height ?? null,
    preview_width: null,
    preview_height: null,
    duration: file.duration ?? null,
    blurhash: file.blurhash ?? null,
    description: file.description ?? null,
    focus_x: file.focus ? within(file.focus.x) : null,
    focus_y: file.focus ? within(file.focus.y) : null,
    remote_url: file.url,
    blob: null,
    preview_blob: null,
    preview_mime: null,
    created_at: now,
    state: 'ready',
    error: null,
    details: null,
  }
  insert.run(d.store, row)
  return { id: row.id, token: row.token }
}

/** The row for an address that may have changed: the old row if it is the same, a new one (the old one gone) if not, null for none. */
export function replaceRemoteMedia(
  d: Domain,
  oldId: number | null,
  kind: 'avatar' | 'header',
  url: string | null,
  mime: string | null,
): number | null {
  const old = oldId === null ? undefined : byId.get(d.store, { id: oldId })
  if (old && old.remote_url === url) return old.id
  if (old) remove.run(d.store, { ids: [old.id] })
  return url === null ? null : addRemoteMedia(d, null, 0, { kind, url, mime }).id
}

/**
 * Changes the description or the focal point of an own file that no post holds yet, or whose post has not left. A key that is absent
 * stays as it is. 'not-found' for others' files; 'conflict' once its post has left: then the post is edited.
 */
export function describeMedia(
  d: Domain,
  id: number,
  change: { description?: string | null; focus?: { x: number; y: number } | null },
  options: { postId?: number } = {},
): MediaFile {
  return d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    if (!row || row.own !== 1) throw new AppError('not-found', 'There is no such file.')
    if (row.post_id !== null && row.post_id !== options.postId) {
      const post = byToken.get(d.store, { token: row.token })
      if (post?.released_at !== null) throw new AppError('conflict', 'This file belongs to a post that has left: edit the post.')
    }
    const focus =
      change.focus === undefined ? (row.focus_x === null || row.focus_y === null ? null : { x: row.focus_x, y: row.focus_y }) : change.focus
    describe.run(d.store, {
      id,
      description: change.description === undefined ? row.description : checked(change.description),
      x: focus ? within(focus.x) : null,
      y: focus ? within(focus.y) : null,
    })
    return mediaById(d, id) as MediaFile
  })
}

export function mediaById(d: Domain, id: number): MediaFile | null {
  const row = byId.get(d.store, { id })
  // An upload that was given up is gone, though the sweep has not been there yet.
  return row && !(row.own === 1 && row.created_at === 0) ? toMedia(row) : null
}

/** Gives an own upload up: the next sweep takes it and its blobs. Throws 'not-found', 'invalid' (`media-taken`) while a post holds it. */
export function removeUpload(d: Domain, id: number): void {
  d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    if (!row || row.own !== 1) throw new AppError('not-found', 'There is no such file.')
    if (row.post_id !== null || row.scheduled_id !== null)
      throw new AppError('invalid', 'This file belongs to a post.', { reason: 'media-taken' })
    giveUp.run(d.store, { id })
  })
}

/** Of a post, in order. */
export function mediaOf(d: Domain, postId: number): MediaFile[] {
  return ofPost.all(d.store, { post_id: postId }).map(toMedia)
}

/**
 * The file behind a token. The token is a capability, so a follower's server can fetch the picture of a post for followers only; but for
 * 'public' own files are there only while a post that has left holds them (emojis and the profile's always): not in drafts, not waiting,
 * not once deleted. `uploads`: the owner's apps look through the same door, and show for an hour what they have just uploaded.
 */
export function mediaByToken(d: Domain, token: string, viewer: 'owner' | 'public', uploads = false): MediaFile | null {
  const row = byToken.get(d.store, { token })
  // Until it is ready the file is as it came from the camera, with all it tells.
  if (!row || row.state !== 'ready') return null
  if (viewer === 'public' && row.own === 1 && closedAt(d) !== null) return null
  const profile = row.kind === 'avatar' || row.kind === 'header' || row.kind === 'emoji'
  if (viewer === 'public' && row.own === 1 && !profile && !(uploads && isFresh(d, row))) {
    // Visibility is the token's business here; what canSee adds is that nothing wet is seen.
    if (row.post_own !== 1 || !canSee({ own: true, visibility: 'public', releasedAt: row.released_at }, viewer)) return null
  }
  return toMedia(row)
}

/** Not long here, and given up by no post. */
const isFresh = (d: Domain, row: { freed: number; created_at: number }): boolean => row.freed === 0 && d.now() - row.created_at < FRESH_MS

/** Binds own uploads to a post, in this order; what the post held before and is not listed waits for the sweep. */
export function bindMedia(d: Domain, postId: number, ids: readonly number[]): void {
  unbindPost.run(d.store, { post_id: postId, at: d.now() })
  ids.forEach((id, position) => bindOne.run(d.store, { id, post_id: postId, position }))
}

/** Frees the own files of a post that goes, so that it can be written anew with them; the sweep takes them a day later. */
export function releaseMedia(d: Domain, postId: number): void {
  unbindPost.run(d.store, { post_id: postId, at: d.now() })
}

/** Replaces the files of a remote post. Rows whose address stays are kept (their cached bytes hang on the id). */
export function replaceMedia(d: Domain, postId: number, files: readonly RemoteMediaFile[]): boolean {
  const old = ofPost.all(d.store, { post_id: postId })
  const same =
    old.length === files.length &&
    old.every((row, i) => {
      const file = files[i] as RemoteMediaFile
      return row.remote_url === file.url && row.description === (file.description ?? null) && row.kind === file.kind
    })
  if (same) return false
  const kept = new Map(old.map((row) => [row.remote_url, row]))
  removeOfPost.run(d.store, { post_id: postId })
  files.forEach((file, position) => {
    const row = kept.get(file.url)
    if (row) {
      kept.delete(file.url)
      insert.run(d.store, { ...row, kind: file.kind, description: file.description ?? null, position })
    } else addRemoteMedia(d, postId, position, file)
  })
  return true
}

/** Makes exactly these uploads the draft's; the ones it held before wait for the sweep. Files of posts are left alone. */
export function holdForDraft(d: Domain, draftId: string, ids: readonly number[]): void {
  outOfDraft.run(d.store, { ids: [...ids], draft_id: draftId, at: d.now() })
  if (ids.length > 0) intoDraft.run(d.store, { ids: [...ids], draft_id: draftId })
}

/** Of these blobs, the ones that no file needs (any more): the caller removes them from the disk. */
export function unusedBlobs(d: Domain, keys: readonly string[]): string[] {
  const used = new Set(usedBlobs.all(d.store, { keys: [...keys] }).map((row) => row.key))
  return keys.filter((key) => !used.has(key))
}

/**
 * Removes own uploads that nothing has held for a day. Returns how many, and the blobs that no row names any more: the caller deletes
 * them after the commit.
 */
export function sweepMedia(d: Domain): { removed: number; blobs: string[] } {
  return d.store.transaction(() => {
    const rows = unused.all(d.store, { before: d.now() - UNUSED_MS })
    if (rows.length === 0) return { removed: 0, blobs: [] }
    remove.run(d.store, { ids: rows.map((row) => row.id) })
    const keys = [...new Set(rows.flatMap((row) => [row.blob, row.preview_blob]).filter((key) => key !== null))]
    return { removed: rows.length, blobs: unusedBlobs(d, keys) }
  })
}
