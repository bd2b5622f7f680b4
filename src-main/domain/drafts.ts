import { AppError } from './errors.ts'
import { build, inList, query } from '../store/query.ts'
import { nextId } from '../store/ids.ts'
import { holdForDraft } from './media.ts'
import { mediaFiles } from './rows.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { QuotePolicy } from './quotes.ts'
import type { MediaFile, Visibility } from './types.ts'

/** What is being written. Saved at every pause of the keys, so nothing here is strict but what would break. */

export interface DraftInput {
  text: string
  warning: string
  sensitive: boolean
  visibility: Visibility
  language: string | null
  inReplyToId: number | null
  /** The post being edited, if this is an edit. */
  editOf: number | null
  mediaIds: number[]
  caret: number
  /** A poll being written, as far as it is; absent is null. */
  poll?: DraftPoll | null
  /** The post being quoted; absent is null. */
  quoteOf?: number | null
  /** Absent is null: as the settings say. */
  format?: 'plain' | 'markdown' | null
  quotePolicy?: QuotePolicy | null
  /** The further posts of a thread; absent is none. */
  parts?: DraftPart[] | null
  /** The time chosen for it; absent is none. */
  scheduledAt?: number | null
}

export interface DraftPart {
  text: string
  warning: string
  mediaIds: number[]
}

export interface DraftPoll {
  options: string[]
  multiple: boolean
  /** Seconds from publishing to the end. */
  expiresIn: number
}

export interface Draft extends DraftInput {
  id: string
  poll: DraftPoll | null
  quoteOf: number | null
  format: 'plain' | 'markdown' | null
  quotePolicy: QuotePolicy | null
  parts: DraftPart[] | null
  scheduledAt: number | null
  /** The files of `mediaIds` and of the parts that are there, in order. */
  media: MediaFile[]
  /** `user` or `user@host` of the author answered, for the list. */
  inReplyToAcct: string | null
  createdAt: number
  updatedAt: number
}

type Row = Selectable<Schema['drafts']>
type Written = Omit<Row, 'created_at'>

const FORMATS = { plain: 'text/plain', markdown: 'text/markdown' } as const

/** Far above any post; a draft is text on its way, not a store for files. */
const MAX_TEXT = 200_000
const MAX_MEDIA = 64
const MAX_OPTIONS = 20
/** The first is the draft itself. */
const MAX_PARTS = 98
const MAX_OPTION_TEXT = 1_000

const one = query<{ id: string }>()((p) => build.selectFrom('drafts').selectAll().where('id', '=', p.id))
const every = query()(() => build.selectFrom('drafts').selectAll().orderBy('updated_at', 'desc'))
const insert = query<Row>()((p) =>
  build.insertInto('drafts').values({
    id: p.id,
    text: p.text,
    warning: p.warning,
    sensitive: p.sensitive,
    visibility: p.visibility,
    language: p.language,
    in_reply_to_id: p.in_reply_to_id,
    edit_of: p.edit_of,
    media_ids: p.media_ids,
    caret: p.caret,
    poll: p.poll,
    quote_of: p.quote_of,
    source_type: p.source_type,
    quote_policy: p.quote_policy,
    parts: p.parts,
    scheduled_at: p.scheduled_at,
    created_at: p.created_at,
    updated_at: p.updated_at,
  }),
)
const update = query<Written>()((p) =>
  build
    .updateTable('drafts')
    .set({
      text: p.text,
      warning: p.warning,
      sensitive: p.sensitive,
      visibility: p.visibility,
      language: p.language,
      in_reply_to_id: p.in_reply_to_id,
      edit_of: p.edit_of,
      media_ids: p.media_ids,
      caret: p.caret,
      poll: p.poll,
      quote_of: p.quote_of,
      source_type: p.source_type,
      quote_policy: p.quote_policy,
      parts: p.parts,
      scheduled_at: p.scheduled_at,
      updated_at: p.updated_at,
    })
    .where('id', '=', p.id),
)
const remove = query<{ id: string }>()((p) => build.deleteFrom('drafts').where('id', '=', p.id))
const versionRows = query<{ draft_id: string }>()((p) =>
  build.selectFrom('draft_versions').selectAll().where('draft_id', '=', p.draft_id).orderBy('saved_at', 'desc').orderBy('id', 'desc'),
)
const latestVersion = query<{ draft_id: string }>()((p) =>
  build.selectFrom('draft_versions').select('saved_at').where('draft_id', '=', p.draft_id).orderBy('saved_at', 'desc').limit(1),
)
const insertVersion = query<{ id: number; draft_id: string; input: string; saved_at: number }>()((p) =>
  build.insertInto('draft_versions').values({ id: p.id, draft_id: p.draft_id, input: p.input, saved_at: p.saved_at }),
)
const removeVersion = query<{ id: number }>()((p) => build.deleteFrom('draft_versions').where('id', '=', p.id))
const authors = query<{ ids: number[] }>()((p) =>
  build
    .selectFrom('posts')
    .innerJoin('accounts', 'accounts.id', 'posts.account_id')
    .select(['posts.id', 'accounts.username', 'accounts.domain'])
    .where('posts.id', 'in', inList(p.ids)),
)

/**
 * Saves a draft under the id its writer gave it (a UUID): a repeated save is the same draft. Files that are not there (any more) are left
 * out. Throws 'invalid' for what is no draft at all. Event `draft-saved` if anything but the caret changed.
 */
export function saveDraft(d: Domain, id: string, input: DraftInput): Draft {
  if (!/^[A-Za-z0-9-]{8,64}$/.test(id)) throw new AppError('invalid', 'The id of a draft must be a UUID.', { reason: 'draft-id-invalid' })
  const parts = (input.parts ?? []).slice(0, MAX_PARTS)
  const length = parts.reduce((sum, part) => sum + part.text.length + part.warning.length, input.text.length)
  if (length > MAX_TEXT || input.warning.length > MAX_TEXT) {
    throw new AppError('invalid', `A draft is at most ${MAX_TEXT} characters.`, { reason: 'too-long', params: { max: MAX_TEXT } })
  }
  return d.store.transaction(() => {
    const now = d.now()
    const old = one.get(d.store, { id })
    const all = [input.mediaIds.slice(0, MAX_MEDIA), ...parts.map((part) => part.mediaIds.slice(0, MAX_MEDIA))]
    const files = mediaFiles(d, all.flat())
    const ownOf = (ids: readonly number[]) => [...new Set(ids)].filter((mediaId) => files.get(mediaId)?.own)
    const mediaIds = ownOf(input.mediaIds)
    const keptParts = parts.map(({ text, warning, mediaIds: ids }) => ({ text, warning, mediaIds: ownOf(ids) }))
    const row: Written = {
      id,
      text: input.text,
      warning: input.warning,
      sensitive: Number(input.sensitive),
      visibility: input.visibility,
      language: input.language,
      in_reply_to_id: input.inReplyToId,
      edit_of: input.editOf,
      media_ids: JSON.stringify(mediaIds),
      caret: Math.max(0, Math.min(Math.floor(input.caret) || 0, input.text.length)),
      poll: input.poll ? JSON.stringify(boundedPoll(input.poll)) : null,
      quote_of: input.quoteOf ?? null,
      source_type: input.format ? FORMATS[input.format] : null,
      quote_policy: input.quotePolicy ?? null,
      parts: keptParts.length > 0 ? JSON.stringify(keptParts) : null,
      scheduled_at: input.scheduledAt ?? null,
      updated_at: now,
    }
    const changed = !old || CONTENT.some((column) => old[column] !== row[column])
    if (changed || old.caret !== row.caret) {
      const kept = { ...row, updated_at: changed ? now : old.updated_at }
      if (old && changed) keepDraftVersion(d, old, now)
      if (old) update.run(d.store, kept)
      else insert.run(d.store, { ...kept, created_at: now })
    }
    if (!old || old.media_ids !== row.media_ids || old.parts !== row.parts)
      holdForDraft(d, id, [...new Set([...mediaIds, ...keptParts.flatMap((part) => part.mediaIds)])])
    if (changed) d.events.append('draft-saved', { draftId: id })
    return draft(d, id) as Draft
  })
}

/** Former versions stand at least this far apart, and so many of a draft are kept. */
const VERSION_MS = 60_000
const MAX_VERSIONS = 30

/** What is about to be overwritten stays as a version, unless one was kept a moment ago or nothing stood there. */
function keepDraftVersion(d: Domain, old: Row, now: number): void {
  if (old.text.trim() === '') return
  const last = latestVersion.get(d.store, { draft_id: old.id })
  if (last && now - last.saved_at < VERSION_MS) return
  addVersion(d, old, now)
}

function addVersion(d: Domain, old: Row, now: number): void {
  const [was] = toDrafts(d, [old])
  insertVersion.run(d.store, { id: nextId(now), draft_id: old.id, input: JSON.stringify(was), saved_at: old.updated_at })
  for (const { id } of versionRows.all(d.store, { draft_id: old.id }).slice(MAX_VERSIONS)) removeVersion.run(d.store, { id })
}

export interface DraftVersion {
  id: number
  savedAt: number
  input: Draft
}

/** Former versions of a draft, the latest first. */
export function draftVersions(d: Domain, draftId: string): DraftVersion[] {
  return versionRows
    .all(d.store, { draft_id: draftId })
    .map((row) => ({ id: row.id, savedAt: row.saved_at, input: JSON.parse(row.input) as Draft }))
}

/** Makes a former version the draft; what it was becomes a version itself. Throws 'not-found'. Events as {@link saveDraft}. */
export function restoreDraft(d: Domain, draftId: string, versionId: number): Draft {
  return d.store.transaction(() => {
    const version = draftVersions(d, draftId).find((one) => one.id === versionId)
    const old = one.get(d.store, { id: draftId })
    if (!version || !old) throw new AppError('not-found', 'This version is not there any more.')
    addVersion(d, old, d.now())
    return saveDraft(d, draftId, version.input)
  })
}

const CONTENT = [
  'text',
  'warning',
  'sensitive',
  'visibility',
  'language',
  'in_reply_to_id',
  'edit_of',
  'media_ids',
  'poll',
  'quote_of',
  'source_type',
  'quote_policy',
  'parts',
  'scheduled_at',
] as const

/** As many options of any length as a window can show; judged when it is published. */
function boundedPoll(poll: DraftPoll): DraftPoll {
  return {
    options: poll.options.slice(0, MAX_OPTIONS).map((option) => option.slice(0, MAX_OPTION_TEXT)),
    multiple: poll.multiple,
    expiresIn: Number.isFinite(poll.expiresIn) ? Math.max(0, Math.floor(poll.expiresIn)) : 0,
  }
}

/** All drafts, the latest first. */
export function listDrafts(d: Domain): Draft[] {
  return toDrafts(d, every.all(d.store))
}

export function draft(d: Domain, id: string): Draft | null {
  const row = one.get(d.store, { id })
  return row ? (toDrafts(d, [row])[0] as Draft) : null
}

/** Throws a draft away; its uploads go with the next sweep. Returns whether there was one. Event `draft-removed`. */
export function removeDraft(d: Domain, id: string): boolean {
  return d.store.transaction(() => {
    if (remove.run(d.store, { id }).changes === 0) return false
    holdForDraft(d, id, [])
    d.events.append('draft-removed', { draftId: id })
    return true
  })
}

function toDrafts(d: Domain, rows: Row[]): Draft[] {
  if (rows.length === 0) return []
  const lists = rows.map((row) => JSON.parse(row.media_ids) as number[])
  const threads = rows.map((row) => (row.parts === null ? null : (JSON.parse(row.parts) as DraftPart[])))
  const inParts = (i: number) => (threads[i] ?? []).flatMap((part) => part.mediaIds)
  const files = mediaFiles(d, [...lists.flat(), ...rows.flatMap((_, i) => inParts(i))])
  const answered = rows.map((row) => row.in_reply_to_id).filter((id) => id !== null)
  const accts = new Map(
    authors.all(d.store, { ids: answered }).map((row) => [row.id, row.domain === '' ? row.username : `${row.username}@${row.domain}`]),
  )
  return rows.map((row, i) => {
    const mediaIds = lists[i] as number[]
    return {
      id: row.id,
      text: row.text,
      warning: row.warning,
      sensitive: row.sensitive === 1,
      visibility: row.visibility,
      language: row.language,
      inReplyToId: row.in_reply_to_id,
      editOf: row.edit_of,
      mediaIds,
      caret: row.caret,
      poll: row.poll === null ? null : (JSON.parse(row.poll) as DraftPoll),
      quoteOf: row.quote_of,
      format: row.source_type === null ? null : row.source_type === 'text/markdown' ? 'markdown' : 'plain',
      quotePolicy: row.quote_policy,
      parts: threads[i] ?? null,
      scheduledAt: row.scheduled_at,
      media: [...new Set([...mediaIds, ...inParts(i)])].flatMap((id) => files.get(id) ?? []),
      inReplyToAcct: row.in_reply_to_id === null ? null : (accts.get(row.in_reply_to_id) ?? null),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  })
}
