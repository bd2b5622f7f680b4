import { accountByUri } from '../../domain/accounts.ts'
import { featuredTags } from '../../domain/followed-tags.ts'
import { plainText } from '../../domain/html.ts'
import { peoplePage } from '../../domain/relationships.ts'
import { settings } from '../../domain/owner.ts'
import { MISSING_AVATAR, MISSING_HEADER } from '../pictures.ts'
import { file, iso } from './context.ts'
import { toFeaturedTag } from './tag.ts'
import type { Account, Emoji, Field, MediaFile, Relationship } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Account, CredentialAccount, MutedAccount, Relationship, CustomEmoji, Field. */

/** `inPicker`: the owner may write it. */
export function toEmoji(at: Context, emoji: Emoji, inPicker = false): Entity<'CustomEmoji'> {
  const url = file(at, emoji.token, 'original', null)
  return { shortcode: emoji.shortcode, url, static_url: url, visible_in_picker: inPicker }
}

const toField = (field: Field) => ({
  name: field.name,
  value: field.value,
  verified_at: field.verifiedAt === null ? null : iso(field.verifiedAt),
})

const picture = (at: Context, media: MediaFile | null, missing: string) =>
  media ? file(at, media.token, 'original', media.mime) : at.base + missing

export const acctOf = (account: { username: string; domain: string }) =>
  account.domain === '' ? account.username : `${account.username}@${account.domain}`

export function toAccount(at: Context, account: Account, moved: Account | null = null): Entity<'Account'> {
  const own = account.own ? at.own : null
  const avatar = picture(at, account.avatar, MISSING_AVATAR)
  const header = picture(at, account.header, MISSING_HEADER)
  const uri = own?.actor ?? account.uri ?? ''
  return {
    id: String(account.id),
    username: account.username,
    acct: acctOf(account),
    display_name: account.displayName,
    locked: account.locked,
    bot: account.type === 'Service' || account.type === 'Application',
    group: account.type === 'Group',
    discoverable: account.discoverable,
    indexable: account.indexable,
    noindex: !account.indexable,
    // Mastodon gives the day only: the hour somebody signed up is nobody's business.
    created_at: `${iso(account.createdAt).slice(0, 10)}T00:00:00.000Z`,
    note: account.note,
    url: own?.profile ?? account.url ?? uri,
    uri,
    avatar,
    avatar_static: avatar,
    header,
    header_static: header,
    followers_count: Math.max(0, account.followersCount),
    following_count: Math.max(0, account.followingCount),
    statuses_count: Math.max(0, account.postsCount),
    last_status_at: account.lastPostAt === null ? null : iso(account.lastPostAt).slice(0, 10),
    hide_collections: account.own ? false : null,
    emojis: account.emojis.map((emoji) => toEmoji(at, emoji)),
    fields: account.fields.map(toField),
    roles: [],
    ...(account.suspendedAt === null ? {} : { suspended: true }),
    ...(moved ? { moved: toAccount(at, moved) } : {}),
  }
}

/** No more of somebody than their face needs, for groups of notifications. */
export function toPartialAccount(at: Context, account: Account): Entity<'PartialAccount'> {
  const { id, acct, locked, bot, url, avatar, avatar_static } = toAccount(at, account)
  return { id, acct, locked, bot, url, avatar, avatar_static }
}

/** Where somebody has moved to, if that account is known here. */
export const movedTo = (at: Context, account: Account): Account | null =>
  account.movedTo === null ? null : accountByUri(at.d, account.movedTo)

/** More follow requests than anybody answers by hand. */
const MOST_REQUESTS = 1_000

/** The owner's own account, with what only the owner sees. */
export function toCredentialAccount(at: Context, account: Account): Entity<'CredentialAccount'> {
  const preferences = settings(at.d)
  return {
    ...toAccount(at, account, movedTo(at, account)),
    source: {
      note: account.noteSource ?? plainText(account.note),
      fields: account.fields.map((field) => ({ ...toField(field), value: field.source ?? plainText(field.value) })),
      privacy: preferences.defaultVisibility,
      sensitive: preferences.defaultSensitive,
      language: preferences.defaultLanguage,
      quote_policy: preferences.quotePolicy,
      follow_requests_count: peoplePage(at.d, 'requests', account.id, { limit: MOST_REQUESTS }).length,
      hide_collections: false,
      discoverable: account.discoverable ?? false,
      indexable: account.indexable,
      attribution_domains: account.attributionDomains,
    },
    role: { id: '3', name: 'Owner', permissions: '1', color: '', highlighted: true },
  }
}

/** Profile (Mastodon 4.6): the texts as they were typed, pictures null where there is none. What this home does not hide is shown. */
export function toProfile(at: Context, account: Account): Entity<'Profile'> {
  const picture = (media: MediaFile | null) => (media ? file(at, media.token, 'original', media.mime) : null)
  return {
    id: String(account.id),
    display_name: account.displayName,
    note: account.noteSource ?? plainText(account.note),
    fields: account.fields.map((field) => ({ ...toField(field), value: field.source ?? plainText(field.value) })),
    avatar: picture(account.avatar),
    avatar_static: picture(account.avatar),
    avatar_description: account.avatar?.description ?? '',
    header: picture(account.header),
    header_static: picture(account.header),
    header_description: account.header?.description ?? '',
    locked: account.locked,
    bot: account.type === 'Service' || account.type === 'Application',
    hide_collections: false,
    discoverable: account.discoverable,
    indexable: account.indexable,
    show_media: true,
    show_media_replies: true,
    show_featured: true,
    attribution_domains: account.attributionDomains,
    featured_tags: featuredTags(at.d).map((tag) => toFeaturedTag(at, tag)),
  }
}

export const toMutedAccount = (at: Context, account: Account, expiresAt: number | null): Entity<'MutedAccount'> => ({
  ...toAccount(at, account),
  mute_expires_at: expiresAt === null ? null : iso(expiresAt),
})

export const toRelationship = (r: Relationship): Entity<'Relationship'> => ({
  id: String(r.accountId),
  following: r.following,
  showing_reblogs: (r.following || r.requested) && r.showingBoosts,
  notifying: (r.following || r.requested) && r.notifying,
  languages: r.languages,
  followed_by: r.followedBy,
  blocking: r.blocking,
  blocked_by: r.blockedBy,
  muting: r.muting,
  muting_notifications: r.mutingNotifications,
  muting_expires_at: r.muteExpiresAt === null ? null : iso(r.muteExpiresAt),
  requested: r.requested,
  requested_by: r.requestedBy,
  domain_blocking: r.domainBlocking,
  endorsed: r.endorsed,
  note: r.note,
})
