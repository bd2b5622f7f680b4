import { AppError } from './errors.ts'
import { build, inList, query } from '../store/query.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { Account, Emoji, Field, FilmDetails, InteractionPolicy, MediaFile, Post } from './types.ts'

/** Rows of the database turned into the words of this room, in one place. Nothing here writes. */

export type AccountRow = Selectable<Schema['accounts']>
export type PostRow = Selectable<Schema['posts']>
export type MediaRow = Selectable<Schema['media']>

// By way of the handles' index: `own = 1` alone would read every account there is.
const ownerRow = query()(() => build.selectFrom('accounts').select('id').where('domain', '=', '').where('own', '=', 1))
const mediaIn = query<{ ids: number[] }>()((p) => build.selectFrom('media').selectAll().where('id', 'in', inList(p.ids)))
const settingRow = query<{ key: string }>()((p) => build.selectFrom('settings').select('value').where('key', '=', p.key))

/** Asked for by nearly every read; once there is an owner, it is always the same. */
const owners = new WeakMap<Domain['store'], number>()

/** The owner's account id, or null before there is a name. */
export function findOwnerId(d: Domain): number | null {
  const known = owners.get(d.store)
  if (known !== undefined) return known
  const id = ownerRow.get(d.store)?.id ?? null
  // What is read inside a transaction may still be undone.
  if (id !== null && !d.store.inTransaction) owners.set(d.store, id)
  return id
}

/** The owner's account id. Throws 'conflict' (`name-first`) before there is a name. */
export function ownerId(d: Domain): number {
  const id = findOwnerId(d)
  if (id === null) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
  return id
}

/** A raw setting: the parsed JSON, or null. */
export function setting(d: Domain, key: string): unknown {
  const row = settingRow.get(d.store, { key })
  return row ? (JSON.parse(row.value) as unknown) : null
}

/** `https://ana.example` once it is chosen, without a slash at the end; null before. */
export function origin(d: Domain): string | null {
  const known = origins.get(d.store)
  if (known !== undefined) return known
  const chosen = setting(d, 'origin') as string | null
  if (chosen !== null && !d.store.inTransaction) origins.set(d.store, chosen)
  return chosen
}
/** Once chosen it never changes (design 6). */
const origins = new WeakMap<Domain['store'], string>()

export function toMedia(row: MediaRow): MediaFile {
  return {
    id: row.id,
    own: row.own === 1,
    token: row.token,
    kind: row.kind,
    mime: row.mime,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    previewWidth: row.preview_width,
    previewHeight: row.preview_height,
    duration: row.duration,
    blurhash: row.blurhash,
    description: row.description,
    focus: row.focus_x === null || row.focus_y === null ? null : { x: row.focus_x, y: row.focus_y },
    remoteUrl: row.remote_url,
    blob: row.blob,
    previewBlob: row.preview_blob,
    previewMime: row.preview_mime,
    state: row.state,
    error: row.error,
    details: row.details === null ? null : (JSON.parse(row.details) as FilmDetails),
  }
}

/** `files` holds at least the avatar and the header of the account. */
export function toAccount(row: AccountRow, files: Map<number, MediaFile>): Account {
  return {
    id: row.id,
    own: row.own === 1,
    uri: row.uri,
    username: row.username,
    domain: row.domain,
    type: row.type,
    displayName: row.display_name,
    note: row.note,
    noteSource: row.note_source,
    url: row.url,
    avatar: row.avatar_id === null ? null : (files.get(row.avatar_id) ?? null),
    header: row.header_id === null ? null : (files.get(row.header_id) ?? null),
    fields: JSON.parse(row.fields) as Field[],
    emojis: JSON.parse(row.emojis) as Emoji[],
    locked: row.locked === 1,
    discoverable: row.discoverable === null ? null : row.discoverable === 1,
    indexable: row.indexable === 1,
    inbox: row.inbox,
    sharedInbox: row.shared_inbox,
    outbox: row.outbox,
    followersUri: row.followers_uri,
    followingUri: row.following_uri,
    featuredUri: row.featured_uri,
    featuredTagsUri: row.featured_tags_uri,
    alsoKnownAs: JSON.parse(row.also_known_as) as string[],
    attributionDomains: JSON.parse(row.attribution_domains) as string[],
    movedTo: row.moved_to,
    createdAt: row.created_at,
    fetchedAt: row.fetched_at,
    suspendedAt: row.suspended_at,
    lastPostAt: row.last_post_at,
    postsCount: row.posts_count,
    followersCount: row.followers_count,
    followingCount: row.following_count,
  }
}

export function toPost(row: PostRow): Post {
  return {
    id: row.id,
    own: row.own === 1,
    uri: row.uri,
    url: row.url,
    accountId: row.account_id,
    boostOf: row.boost_of,
    type: row.type,
    content: row.content,
    source: row.source,
    warning: row.warning,
    sensitive: row.sensitive === 1,
    visibility: row.visibility,
    language: row.language,
    inReplyToId: row.in_reply_to_id,
    inReplyToUri: row.in_reply_to_uri,
    inReplyToAccountId: row.in_reply_to_account_id,
    createdAt: row.created_at,
    writtenAt: row.written_at,
    releasedAt: row.released_at,
    editedAt: row.edited_at,
    receivedAt: row.received_at,
    repliesCount: Math.max(row.replies_count, row.remote_replies ?? 0),
    boostsCount: Math.max(row.boosts_count, row.remote_boosts ?? 0),
    favouritesCount: Math.max(row.favourites_count, row.remote_favourites ?? 0),
    quotesCount: row.quotes_count,
    quoteOf: row.quote_of,
    quoteUri: row.quote_uri,
    quoteState: row.quote_state,
    quoteStamp: row.quote_stamp,
    policy: row.policy === null ? null : (JSON.parse(row.policy) as InteractionPolicy),
    contextUri: row.context_uri,
    repliesUri: row.replies_uri,
    audienceUri: row.audience_uri,
    pinnedAt: row.pinned_at,
    sourceType: row.source_type,
  }
}

/** Media by id; unknown ids are missing. One query, none for an empty list. */
export function mediaFiles(d: Domain, ids: readonly number[]): Map<number, MediaFile> {
  if (ids.length === 0) return new Map()
  return new Map(mediaIn.all(d.store, { ids: [...ids] }).map((row) => [row.id, toMedia(row)]))
}
