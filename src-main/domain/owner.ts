import { accountById, siteNames } from './accounts.ts'
import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { describeMedia, mediaById } from './media.ts'
import { ownEmojisIn } from './own-emojis.ts'
import { render } from './rendering.ts'
import { findOwnerId, origin, ownerId, setting } from './rows.ts'
import { indexPerson } from './search-index.ts'
import { setSetting } from './settings.ts'
import { uris } from './uris.ts'
import { renderAllAgain } from './writing.ts'
import type { Slots } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Account, Field } from './types.ts'

export { findOwnerId, origin, ownerId, setting } from './rows.ts'
export { maxCharacters, setSetting, settings, updateSettings } from './settings.ts'
export type { OwnerSettings } from './settings.ts'

/** The one person this home belongs to: name, keys, address, profile. */

export interface OwnerKeys {
  rsaPrivatePem: string
  rsaPublicPem: string
  ed25519PrivatePem: string
  ed25519PublicMultibase: string
  /** The key before the last rotation, if there was one: what tells others of the new one is signed by it first. */
  previousRsaPrivatePem?: string | null
}

/** Once a day is more than enough: everybody who knows us has to fetch the new key. */
const ROTATION_MS = 24 * 3600_000

/** Names that would look like an office, or that our own addresses use. */
const RESERVED = new Set(
  (
    'about abuse account accounts actor admin administrator api app auth burrow everyone federation help home hostmaster info inbox instance ' +
    'localhost mail mastodon media moderator nobody noreply oauth owner postmaster public root security settings staff support sysadmin ' +
    'system tags users webmaster www'
  ).split(' '),
)

/** As Mastodon limits them. */
const LIMITS = { displayName: 30, note: 500, fields: 4, field: 255 }

const insertOwner = query<{ id: number; username: string; display_name: string; at: number }>()((p) =>
  build
    .insertInto('accounts')
    .values({ id: p.id, own: 1, username: p.username, display_name: p.display_name, discoverable: 1, created_at: p.at, fetched_at: p.at }),
)
const insertSecret = query<{ name: string; sealed: string; at: number }>()((p) =>
  build.insertInto('secrets').values({ name: p.name, sealed: p.sealed, created_at: p.at }),
)
const putSecret = query<{ name: string; sealed: string; at: number }>()((p) =>
  build
    .insertInto('secrets')
    .values({ name: p.name, sealed: p.sealed, created_at: p.at })
    .onConflict((c) => c.column('name').doUpdateSet({ sealed: p.sealed, created_at: p.at })),
)
const secret = query<{ name: string }>()((p) => build.selectFrom('secrets').select('sealed').where('name', '=', p.name))
type Addresses = {
  id: number
  uri: string
  url: string
  inbox: string
  shared_inbox: string
  outbox: string
  followers_uri: string
  following_uri: string
  featured_uri: string
  featured_tags_uri: string
}
const setAddresses = query<Addresses>()((p) =>
  build
    .updateTable('accounts')
    .set({
      uri: p.uri,
      url: p.url,
      inbox: p.inbox,
      shared_inbox: p.shared_inbox,
      outbox: p.outbox,
      followers_uri: p.followers_uri,
      following_uri: p.following_uri,
      featured_uri: p.featured_uri,
      featured_tags_uri: p.featured_tags_uri,
    })
    .where('id', '=', p.id),
)
type ProfileRow = {
  id: number
  display_name: string
  note: string
  note_source: string | null
  fields: string
  emojis: string
  avatar_id: number | null
  header_id: number | null
  locked: number
  discoverable: number
  indexable: number
  type: string
  attribution_domains: string
}
const profileColumns = (p: Slots<ProfileRow>) => ({
  display_name: p.display_name,
  note: p.note,
  note_source: p.note_source,
  fields: p.fields,
  emojis: p.emojis,
  avatar_id: p.avatar_id,
  header_id: p.header_id,
  locked: p.locked,
  discoverable: p.discoverable,
  indexable: p.indexable,
  type: p.type,
  attribution_domains: p.attribution_domains,
})
const setProfile = query<ProfileRow>()((p) => build.updateTable('accounts').set(profileColumns(p)).where('id', '=', p.id))

/** The owner's account, or null before there is a name. */
export function findOwner(d: Domain): Account | null {
  const id = findOwnerId(d)
  return id === null ? null : accountById(d, id)
}

/** The owner's account. Throws 'conflict' (`name-first`) before there is a name. */
export function owner(d: Domain): Account {
  return accountById(d, ownerId(d)) as Account
}

/** Trims and lower-cases a wished name and says what is wrong with it. Allowed: a-z, 0-9, `_`, 1 to 30, not `_` first or last. */
export function checkName(name: string): { name: string; problem: 'name-invalid' | 'name-reserved' | null } {
  const clean = name.trim().toLowerCase()
  if (!/^[a-z0-9](?:[a-z0-9_]{0,28}[a-z0-9])?$/.test(clean)) return { name: clean.slice(0, 100), problem: 'name-invalid' }
  return { name: clean, problem: RESERVED.has(clean) ? 'name-reserved' : null }
}

/**
 * Gives the home its owner, once. `seal` wraps a private key for the database. Throws 'invalid' (`name-invalid`, `name-reserved`) or
 * 'conflict' (`already-named`). Event `owner-named`.
 */
export function nameOwner(
  d: Domain,
  choice: {
    name: string
    displayName?: string | undefined
    keys: OwnerKeys
    seal: (plain: string) => string
  },
): Account {
  const { name, problem } = checkName(choice.name)
  if (problem) {
    const words = {
      'name-invalid': 'A name has 1 to 30 characters: a to z, 0 to 9 and _, but _ neither first nor last.',
      'name-reserved': 'That name is kept for addresses such as postmaster. Choose another one.',
    }
    throw new AppError('invalid', words[problem], { reason: problem, params: { name } })
  }
  const displayName = checkedLength(choice.displayName?.trim() ?? '', LIMITS.displayName, 'display name')
  return d.store.transaction(() => {
    if (findOwnerId(d) !== null) throw new AppError('conflict', 'This home has a name already.', { reason: 'already-named' })
    const at = d.now()
    const id = nextId(at)
    insertOwner.run(d.store, { id, username: name, display_name: displayName, at })
    indexPerson(d, { id, username: name, domain: '', displayName }, false)
    insertSecret.run(d.store, { name: 'rsa', sealed: choice.seal(choice.keys.rsaPrivatePem), at })
    insertSecret.run(d.store, { name: 'ed25519', sealed: choice.seal(choice.keys.ed25519PrivatePem), at })
    setSetting(d, 'publicKeys', { rsaPublicPem: choice.keys.rsaPublicPem, ed25519PublicMultibase: choice.keys.ed25519PublicMultibase })
    d.events.append('owner-named', { accountId: id })
    return accountById(d, id) as Account
  })
}

/** The owner's keys; `unseal` opens what `seal` closed. Throws 'conflict' (`name-first`). */
export function ownerKeys(d: Domain, unseal: (sealed: string) => string): OwnerKeys {
  const rsa = secret.get(d.store, { name: 'rsa' })
  const ed25519 = secret.get(d.store, { name: 'ed25519' })
  if (!rsa || !ed25519) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
  const previous = secret.get(d.store, { name: 'rsa-previous' })
  return {
    rsaPrivatePem: unseal(rsa.sealed),
    ed25519PrivatePem: unseal(ed25519.sealed),
    previousRsaPrivatePem: previous ? unseal(previous.sealed) : null,
    ...publicKeys(d),
  }
}

/**
 * A new RSA key pair in place of the old one, which is kept as `rsa-previous`: others learn of the new one from an Update that the old one
 * signed (federation.md 2.3). Throws 'conflict' (`name-first`, `rotated-recently`: once a day). Event `keys-rotated`.
 */
export function rotateKeys(d: Domain, keys: { rsaPrivatePem: string; rsaPublicPem: string }, seal: (plain: string) => string): void {
  d.store.transaction(() => {
    const old = secret.get(d.store, { name: 'rsa' })
    if (!old) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
    const at = d.now()
    const last = keysRotatedAt(d)
    if (last !== null && at - last < ROTATION_MS) {
      throw new AppError('conflict', 'The key was changed less than a day ago.', { reason: 'rotated-recently' })
    }
    putSecret.run(d.store, { name: 'rsa-previous', sealed: old.sealed, at })
    putSecret.run(d.store, { name: 'rsa', sealed: seal(keys.rsaPrivatePem), at })
    setSetting(d, 'publicKeys', { ...publicKeys(d), rsaPublicPem: keys.rsaPublicPem })
    setSetting(d, 'keysRotatedAt', at)
    d.events.append('keys-rotated', {})
  })
}

/** When the key was last changed; null for never. */
export function keysRotatedAt(d: Domain): number | null {
  const at = setting(d, 'keysRotatedAt')
  return typeof at === 'number' ? at : null
}

/** The public halves, which need no unsealing. Throws 'conflict' (`name-first`). */
export function publicKeys(d: Domain): { rsaPublicPem: string; ed25519PublicMultibase: string } {
  const keys = setting(d, 'publicKeys') as { rsaPublicPem: string; ed25519PublicMultibase: string } | null
  if (!keys) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
  return keys
}

/** Whether the address is a trial: not ours for ever. */
export function isTrial(d: Domain): boolean {
  return setting(d, 'trial') === true
}

/** Whether the owner said "Later, write first" and has not chosen an address since. */
export function addressPutOff(d: Domain): boolean {
  return setting(d, 'addressPutOff') === true && origin(d) === null
}

/** "Later, write first". Throws 'conflict' (`name-first`). */
export function putOffAddress(d: Domain): void {
  ownerId(d)
  setSetting(d, 'addressPutOff', true)
}

/**
 * Fixes the address for ever (design 6): the owner's uris, and the HTML of everything written before, whose hashtags now have somewhere
 * to lead. The same origin again changes nothing. Throws 'invalid' (`origin-invalid`), 'conflict' (`origin-already-set`, `name-first`).
 * Event `origin-chosen`.
 */
export function chooseOrigin(d: Domain, address: string, options: { trial: boolean }): void {
  const chosen = checkOrigin(address)
  d.store.transaction(() => {
    const id = ownerId(d)
    const old = origin(d)
    if (old === chosen) return
    if (old !== null) {
      throw new AppError('conflict', `The address is ${old} and cannot be changed.`, {
        reason: 'origin-already-set',
        params: { origin: old },
      })
    }
    setSetting(d, 'origin', chosen)
    setSetting(d, 'trial', options.trial)
    const account = accountById(d, id) as Account
    const u = uris(chosen, account.username)
    setAddresses.run(d.store, {
      id,
      uri: u.actor,
      url: u.profile,
      inbox: u.inbox,
      shared_inbox: u.sharedInbox,
      outbox: u.outbox,
      followers_uri: u.followers,
      following_uri: u.following,
      featured_uri: u.featured,
      featured_tags_uri: u.featuredTags,
    })
    renderAllAgain(d)
    writeProfile(d, accountById(d, id) as Account, {})
    d.events.append('origin-chosen', { origin: chosen })
  })
}

function checkOrigin(address: string): string {
  let url: URL | null = null
  try {
    url = new URL(address.trim())
  } catch {
    // Falls through to the one sentence.
  }
  const bare =
    url && (url.protocol === 'https:' || url.protocol === 'http:') && url.pathname === '/' && !url.search && !url.hash && !url.username
  if (!url || !bare || url.password) {
    throw new AppError('invalid', 'An address looks like https://ana.example, without anything after the name.', {
      reason: 'origin-invalid',
    })
  }
  return url.origin
}

export interface ProfileChange {
  displayName?: string
  /** Plain text. */
  note?: string
  /** Plain text; empty pairs are left out. */
  fields?: { name: string; value: string }[]
  /** Own media of kind avatar or header; null for none. */
  avatarMediaId?: number | null
  headerMediaId?: number | null
  /** What the pictures show, for those who do not see them. */
  avatarDescription?: string
  headerDescription?: string
  locked?: boolean
  discoverable?: boolean
  indexable?: boolean
  bot?: boolean
  /** Sites the owner writes for: links to them may name the owner as author. */
  attributionDomains?: readonly string[]
}

/** Changes the profile. Texts are plain and become HTML. Bad input is 'invalid' and changes nothing. Event `profile-changed`. */
export function updateProfile(d: Domain, change: ProfileChange): Account {
  return d.store.transaction(() => {
    ensureOpen(d)
    const old = owner(d)
    writeProfile(d, old, change)
    describePictures(d, old.id, change)
    const now = accountById(d, old.id) as Account
    if (JSON.stringify(now) !== JSON.stringify(old)) d.events.append('profile-changed', { accountId: old.id })
    return now
  })
}

function describePictures(d: Domain, id: number, change: ProfileChange): void {
  if (change.avatarDescription === undefined && change.headerDescription === undefined) return
  const { avatar, header } = accountById(d, id) as Account
  if (avatar && change.avatarDescription !== undefined) describeMedia(d, avatar.id, { description: change.avatarDescription })
  if (header && change.headerDescription !== undefined) describeMedia(d, header.id, { description: change.headerDescription })
}

function writeProfile(d: Domain, old: Account, change: ProfileChange): void {
  const source = change.note === undefined ? (old.noteSource ?? '') : checkedLength(change.note.trim(), LIMITS.note, 'bio')
  const given = change.fields ?? old.fields.map((field) => ({ name: field.name, value: field.source ?? '' }))
  const pairs = given.map((field) => ({ name: field.name.trim(), value: field.value.trim() })).filter((field) => field.name || field.value)
  if (pairs.length > LIMITS.fields) {
    throw new AppError('invalid', `A profile has at most ${LIMITS.fields} fields.`, {
      reason: 'too-many-fields',
      params: { max: LIMITS.fields },
    })
  }
  const fields = pairs.map(({ name, value }): Field => {
    if (name === '') throw new AppError('invalid', 'Every field of a profile needs a name.', { reason: 'field-name-missing' })
    checkedLength(name, LIMITS.field, 'name of a field')
    checkedLength(value, LIMITS.field, 'text of a field')
    const verifiedAt = old.fields.find((field) => field.name === name && field.source === value)?.verifiedAt ?? null
    return { name, value: render(d, value).html.replace(/^<p>|<\/p>$/g, ''), source: value, verifiedAt }
  })
  const displayName =
    change.displayName === undefined ? old.displayName : checkedLength(change.displayName.trim(), LIMITS.displayName, 'display name')
  const words = [displayName, source, ...pairs.flatMap(({ name, value }) => [name, value])].join('\n')
  setProfile.run(d.store, {
    id: old.id,
    display_name: displayName,
    note: render(d, source).html,
    note_source: source === '' ? null : source,
    fields: JSON.stringify(fields),
    emojis: JSON.stringify(ownEmojisIn(d, words)),
    avatar_id: picture(d, 'avatar', change.avatarMediaId, old.avatar?.id ?? null),
    header_id: picture(d, 'header', change.headerMediaId, old.header?.id ?? null),
    locked: Number(change.locked ?? old.locked),
    discoverable: Number(change.discoverable ?? old.discoverable ?? true),
    indexable: Number(change.indexable ?? old.indexable),
    type: change.bot === undefined ? old.type : change.bot ? 'Service' : 'Person',
    attribution_domains: JSON.stringify(change.attributionDomains ? siteNames(change.attributionDomains) : old.attributionDomains),
  })
  if (displayName !== old.displayName) indexPerson(d, { ...old, displayName }, true)
}

function picture(d: Domain, kind: 'avatar' | 'header', wanted: number | null | undefined, old: number | null): number | null {
  if (wanted === undefined) return old
  if (wanted === null) return null
  const file = mediaById(d, wanted)
  if (!file?.own || file.kind !== kind) throw new AppError('not-found', 'There is no such picture.')
  return file.id
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function checkedLength(text: string, max: number, what: string): string {
  if (text.length > max && [...graphemes.segment(text)].length > max) {
    throw new AppError('invalid', `The ${what} is at most ${max} characters.`, { reason: 'too-long', params: { max } })
  }
  return text
}
