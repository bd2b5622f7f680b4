import { domainToASCII } from 'node:url'
import { build, inList, query } from '../store/query.ts'
import { nextId } from '../store/ids.ts'
import type { Slots } from '../store/query.ts'
import { emojisFor } from './emojis.ts'
import { replaceRemoteMedia } from './media.ts'
import { mediaFiles, origin, toAccount } from './rows.ts'
import { indexPerson } from './search-index.ts'
import type { AccountRow } from './rows.ts'
import type { Domain } from './domain.ts'
import type { RemoteEmoji } from './emojis.ts'
import type { Account, Field } from './types.ts'

/** The people heard of. A remote account is known by its uri; its handle is what WebFinger proved last. */

/** A remote actor as federation's mapping makes it: HTML sanitised, handle proven by a WebFinger round trip, addresses on the actor's host. */
export interface RemoteAccount {
  uri: string
  username: string
  /** Lower case, punycode. */
  domain: string
  /** ActivityStreams actor type. */
  type: string
  displayName: string
  /** HTML, sanitised. */
  note: string
  url: string | null
  avatarUrl: string | null
  avatarMime?: string | null
  headerUrl: string | null
  headerMime?: string | null
  fields: Field[]
  emojis: RemoteEmoji[]
  locked: boolean
  discoverable: boolean | null
  indexable: boolean
  inbox: string
  sharedInbox: string | null
  outbox: string | null
  followersUri: string | null
  followingUri: string | null
  featuredUri: string | null
  featuredTagsUri?: string | null
  alsoKnownAs: string[]
  /** Sites it says it writes for; absent: none. */
  attributionDomains?: string[]
  movedTo: string | null
  createdAt: number | null
  /** Replace all keys stored for this account; PEM (SPKI) by key id. */
  keys: { id: string; pem: string }[]
  /** What its server says; absent: kept as they are. */
  counts?: { posts?: number; followers?: number; following?: number }
}

const byUri = query<{ uri: string }>()((p) => build.selectFrom('accounts').selectAll().where('uri', '=', p.uri))
const idByUri = query<{ uri: string }>()((p) => build.selectFrom('accounts').select(['id', 'own']).where('uri', '=', p.uri))
const byIds = query<{ ids: number[] }>()((p) => build.selectFrom('accounts').selectAll().where('id', 'in', inList(p.ids)))
const byHandle = query<{ username: string; domain: string }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['id', 'username', 'uri', 'display_name'])
    .where('domain', '=', p.domain)
    .where((e) => e(e.fn<string>('lower', ['username']), '=', p.username)),
)
const rename = query<{ id: number; username: string }>()((p) =>
  build.updateTable('accounts').set({ username: p.username }).where('id', '=', p.id),
)

type Written = {
  id: number
  uri: string
  username: string
  domain: string
  type: string
  display_name: string
  note: string
  url: string | null
  avatar_id: number | null
  header_id: number | null
  fields: string
  emojis: string
  locked: number
  discoverable: number | null
  indexable: number
  inbox: string
  shared_inbox: string | null
  outbox: string | null
  followers_uri: string | null
  following_uri: string | null
  featured_uri: string | null
  featured_tags_uri: string | null
  missing_since: number | null
  also_known_as: string
  attribution_domains: string
  links_checked_at: number | null
  moved_to: string | null
  created_at: number
  fetched_at: number
  posts_count: number
  followers_count: number
  following_count: number
}
const columns = (p: Slots<Written>) => ({
  username: p.username,
  domain: p.domain,
  type: p.type,
  display_name: p.display_name,
  note: p.note,
  url: p.url,
  avatar_id: p.avatar_id,
  header_id: p.header_id,
  fields: p.fields,
  emojis: p.emojis,
  locked: p.locked,
  discoverable: p.discoverable,
  indexable: p.indexable,
  inbox: p.inbox,
  shared_inbox: p.shared_inbox,
  outbox: p.outbox,
  followers_uri: p.followers_uri,
  following_uri: p.following_uri,
  featured_uri: p.featured_uri,
  featured_tags_uri: p.featured_tags_uri,
  missing_since: p.missing_since,
  also_known_as: p.also_known_as,
  attribution_domains: p.attribution_domains,
  links_checked_at: p.links_checked_at,
  moved_to: p.moved_to,
  created_at: p.created_at,
  fetched_at: p.fetched_at,
  posts_count: p.posts_count,
  followers_count: p.followers_count,
  following_count: p.following_count,
})
const insert = query<Written>()((p) => build.insertInto('accounts').values({ ...columns(p), id: p.id, uri: p.uri }))
const update = query<Written>()((p) => build.updateTable('accounts').set(columns(p)).where('id', '=', p.id))

const missing = query<{ id: number; since: number }>()((p) =>
  build.updateTable('accounts').set({ missing_since: p.since }).where('id', '=', p.id).where('missing_since', 'is', null),
)
const found = query<{ id: number }>()((p) => build.updateTable('accounts').set({ missing_since: null }).where('id', '=', p.id))
const missingSince = query<{ id: number }>()((p) =>
  build.selectFrom('accounts').select('missing_since').where('id', '=', p.id).where('own', '=', 0),
)

const keyRow = query<{ uri: string }>()((p) => build.selectFrom('keys').selectAll().where('uri', '=', p.uri))
const putKey = query<{ uri: string; account_uri: string; pem: string; at: number }>()((p) =>
  build
    .insertInto('keys')
    .values({ uri: p.uri, account_uri: p.account_uri, pem: p.pem, fetched_at: p.at })
    .onConflict((c) => c.column('uri').doUpdateSet({ account_uri: p.account_uri, pem: p.pem, fetched_at: p.at })),
)
const dropKeys = query<{ account_uri: string; kept: string[] }>()((p) =>
  build.deleteFrom('keys').where('account_uri', '=', p.account_uri).where('uri', 'not in', inList(p.kept)),
)

/** Accounts by id with avatar and header, in two queries whatever their number; unknown ids are missing. */
export function loadAccounts(d: Domain, ids: readonly number[]): Map<number, Account> {
  if (ids.length === 0) return new Map()
  return withFiles(d, byIds.all(d.store, { ids: [...new Set(ids)] }))
}

function withFiles(d: Domain, rows: AccountRow[]): Map<number, Account> {
  const files = mediaFiles(
    d,
    rows.flatMap((row) => [row.avatar_id, row.header_id]).filter((id) => id !== null),
  )
  return new Map(rows.map((row) => [row.id, toAccount(row, files)]))
}

export function accountById(d: Domain, id: number): Account | null {
  return loadAccounts(d, [id]).get(id) ?? null
}

export function accountByUri(d: Domain, uri: string): Account | null {
  const row = byUri.get(d.store, { uri })
  return row ? (withFiles(d, [row]).get(row.id) ?? null) : null
}

/** The id alone, for hot paths: one index look-up. */
export function accountIdByUri(d: Domain, uri: string): number | null {
  return idByUri.get(d.store, { uri })?.id ?? null
}

/** By `user@host`, or by `ana` and `ana@our-host` for the owner; letters' case does not matter. */
export function accountByAcct(d: Domain, acct: string): Account | null {
  const id = accountIdByAcct(d, acct)
  return id === null ? null : accountById(d, id)
}

export function accountIdByAcct(d: Domain, acct: string): number | null {
  const [username = '', domain = ''] = acct.replace(/^@/, '').toLowerCase().split('@')
  const own = origin(d)
  const local = domain === '' || (own !== null && new URL(own).host === domain)
  // Hosts are stored in punycode, people write them in their letters.
  const host = /^[\x20-\x7e]*$/.test(domain) ? domain : domainToASCII(domain)
  return byHandle.get(d.store, { username, domain: local ? '' : host })?.id ?? null
}

/**
 * Writes what a remote server says about an actor and returns its id, which never changes. Media rows are replaced when their address
 * changed. When another uri holds the handle already, the one that WebFinger names now wins: the older account keeps its id and posts
 * and becomes `name~ID`, a name no server can hand out (servers that were set up anew; Mastodon merges such accounts, we keep both).
 *
 * Event `account-changed` when something a reader sees has changed. Never touches the owner: an actor with the owner's uri is refused
 * by returning the owner's id unchanged.
 */
export function upsertAccount(d: Domain, remote: RemoteAccount): number {
  return d.store.transaction(() => {
    const now = d.now()
    const old = byUri.get(d.store, { uri: remote.uri })
    if (old?.own === 1) return old.id
    const id = old?.id ?? nextId(now)
    if (!old || old.username.toLowerCase() !== remote.username.toLowerCase() || old.domain !== remote.domain) {
      const holder = byHandle.get(d.store, { username: remote.username.toLowerCase(), domain: remote.domain })
      if (holder && holder.id !== id) {
        const username = `${holder.username}~${holder.id}`
        rename.run(d.store, { id: holder.id, username })
        indexPerson(d, { id: holder.id, username, domain: remote.domain, displayName: holder.display_name }, true)
        d.events.append('account-changed', { accountId: holder.id })
      }
    }
    const fields = JSON.stringify(keepVerified(old, remote.fields))
    const row: Written = {
      id,
      uri: remote.uri,
      username: remote.username,
      domain: remote.domain,
      type: remote.type,
      display_name: remote.displayName,
      note: remote.note,
      url: remote.url,
      avatar_id: replaceRemoteMedia(d, old?.avatar_id ?? null, 'avatar', remote.avatarUrl, remote.avatarMime ?? null),
      header_id: replaceRemoteMedia(d, old?.header_id ?? null, 'header', remote.headerUrl, remote.headerMime ?? null),
      fields,
      emojis: JSON.stringify(emojisFor(d, remote.domain, remote.emojis)),
      locked: Number(remote.locked),
      discoverable: remote.discoverable === null ? null : Number(remote.discoverable),
      indexable: Number(remote.indexable),
      inbox: remote.inbox,
      shared_inbox: remote.sharedInbox,
      outbox: remote.outbox,
      followers_uri: remote.followersUri,
      following_uri: remote.followingUri,
      featured_uri: remote.featuredUri,
      featured_tags_uri: remote.featuredTagsUri ?? null,
      missing_since: null,
      also_known_as: JSON.stringify(remote.alsoKnownAs),
      attribution_domains: JSON.stringify(siteNames(remote.attributionDomains ?? [])),
      // Other fields are worth a look at once.
      links_checked_at: old?.fields === fields ? old.links_checked_at : null,
      moved_to: remote.movedTo,
      created_at: remote.createdAt ?? old?.created_at ?? now,
      fetched_at: now,
      posts_count: remote.counts?.posts ?? old?.posts_count ?? 0,
      followers_count: remote.counts?.followers ?? old?.followers_count ?? 0,
      following_count: remote.counts?.following ?? old?.following_count ?? 0,
    }
    if (old) update.run(d.store, row)
    else insert.run(d.store, row)
    if (!old || old.username !== row.username || old.domain !== row.domain || old.display_name !== row.display_name) {
      indexPerson(d, { id, username: row.username, domain: row.domain, displayName: row.display_name }, old !== undefined)
    }
    for (const key of remote.keys) putKey.run(d.store, { uri: key.id, account_uri: remote.uri, pem: key.pem, at: now })
    dropKeys.run(d.store, { account_uri: remote.uri, kept: remote.keys.map((key) => key.id) })
    if (old && VISIBLE.some((column) => old[column] !== row[column])) d.events.append('account-changed', { accountId: id })
    return id
  })
}

/** A link back that was found stays found while the field stays what it was. */
function keepVerified(old: AccountRow | undefined, fields: Field[]): Field[] {
  if (!old || fields.length === 0) return fields
  const before = (JSON.parse(old.fields) as Field[]).filter((field) => field.verifiedAt !== null)
  if (before.length === 0) return fields
  return fields.map((field) => ({
    ...field,
    verifiedAt: before.find(({ name, value }) => name === field.name && value === field.value)?.verifiedAt ?? null,
  }))
}

/** More sites than anybody writes for (Mastodon's limit too). */
const MOST_SITES = 100

/** Names of sites as they are compared: lower case, punycode, without scheme, path and `*.`; what is none is left out. */
export function siteNames(names: readonly string[]): string[] {
  const sites = names.slice(0, MOST_SITES).flatMap((name) => {
    const bare = name
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, '')
      .replace(/^\*\./, '')
    const host = domainToASCII((bare.split(/[/?#:]/)[0] as string).slice(0, 253))
    return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) ? [host] : []
  })
  return [...new Set(sites)]
}

const fieldsOf = query<{ id: number; fields: string; at: number }>()((p) =>
  build.updateTable('accounts').set({ fields: p.fields, links_checked_at: p.at }).where('id', '=', p.id),
)
const checkedAt = query<{ id: number }>()((p) => build.selectFrom('accounts').select('links_checked_at').where('id', '=', p.id))

/** When the links of somebody's profile were looked at for a link back; null: never. */
export function linksCheckedAt(d: Domain, accountId: number): number | null {
  return checkedAt.get(d.store, { id: accountId })?.links_checked_at ?? null
}

/**
 * What came of looking at the links of a profile: by field value, whether the page there links back (rel=me). Fields that are not listed (the
 * page did not answer) stay as they were. Event `account-changed` when it shows.
 */
export function linksChecked(d: Domain, accountId: number, found: ReadonlyMap<string, boolean>, now: number): void {
  d.store.transaction(() => {
    const account = accountById(d, accountId)
    if (!account) return
    const fields = account.fields.map((field) => {
      const linked = found.get(field.value)
      return linked === undefined ? field : { ...field, verifiedAt: linked ? (field.verifiedAt ?? now) : null }
    })
    fieldsOf.run(d.store, { id: accountId, fields: JSON.stringify(fields), at: now })
    if (fields.some((field, i) => field.verifiedAt !== account.fields[i]?.verifiedAt)) d.events.append('account-changed', { accountId })
  })
}

const VISIBLE = [
  'username',
  'domain',
  'type',
  'display_name',
  'note',
  'url',
  'avatar_id',
  'header_id',
  'fields',
  'emojis',
  'locked',
  'moved_to',
] as const

/** Two looks that find nobody must lie so far apart: a server set up anew, a bad proxy and a closed tunnel answer 404 too. */
const MISSING_MS = 24 * 3600_000

/**
 * An actor's address answered 404 or 410. True when that is confirmed, a day after the first time: then `markGone` removes the account.
 * Any successful look in between ({@link upsertAccount}, {@link accountSeen}) begins anew. Never the owner.
 */
export function missingAccount(d: Domain, accountId: number): boolean {
  return d.store.transaction(() => {
    const now = d.now()
    const since = missingSince.get(d.store, { id: accountId })?.missing_since
    if (since === undefined) return false
    if (since === null) missing.run(d.store, { id: accountId, since: now })
    return since !== null && now - since >= MISSING_MS
  })
}

/** It is there after all. */
export function accountSeen(d: Domain, accountId: number): void {
  found.run(d.store, { id: accountId })
}

/** A public key by its id. */
export function keyByUri(d: Domain, keyId: string): { pem: string; accountUri: string; fetchedAt: number } | null {
  const row = keyRow.get(d.store, { uri: keyId })
  return row ? { pem: row.pem, accountUri: row.account_uri, fetchedAt: row.fetched_at } : null
}

/** Stores one public key; of an actor that need not be known (yet). */
export function saveKey(d: Domain, key: { id: string; accountUri: string; pem: string }): void {
  putKey.run(d.store, { uri: key.id, account_uri: key.accountUri, pem: key.pem, at: d.now() })
}

/** Forgets every key of an account: the next signature makes us fetch afresh. */
export function forgetKeys(d: Domain, accountUri: string): void {
  dropKeys.run(d.store, { account_uri: accountUri, kept: [] })
}
