import { MAX_FEATURED } from '../../domain/followed-tags.ts'
import { MAX_PINS } from '../../domain/pins.ts'
import { POLL_LIMITS } from '../../domain/polls.ts'
import { maxCharacters, findOwner, settings } from '../../domain/owner.ts'
import { MAX_MEDIA } from '../../domain/posts.ts'
import { MAX_FILM_BYTES, MAX_IMAGE_BYTES } from '../bodies.ts'
import { MISSING_HEADER } from '../pictures.ts'
import { LINK_LENGTH } from '../../domain/text.ts'
import { MAX_DESCRIPTION } from '../../domain/media.ts'
import { MAX_FILM_PIXELS, MAX_FRAME_RATE, MAX_IMAGE_PIXELS, UPLOAD_TYPES } from '../upload-types.ts'
import { file } from './context.ts'
import { toAccount } from './account.ts'
import type { Account } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Instance of both versions: what is declared here switches features on in clients, so nothing is that is not served (mastodon-api.md 2.2). */

/** What Ice Cubes, Phanpy, Mastodon.py read as the version of Mastodon we resemble. */
export const versionText = (version: string) => `4.5.0 (compatible; Burrow ${version})`

/** 2: grouped notifications, 3: pictures of the profile taken off, 4: uploads given up, 5: blurring filters, 7: quotes. */
const API_VERSIONS = { mastodon: 7, burrow: 1 }

const titleOf = (me: Account | null) => (me ? me.displayName || me.username : 'Burrow')
const descriptionOf = (me: Account | null) => (me ? `The home of ${me.displayName || me.username}.` : 'A home of one person.')
const hostOf = (at: Context) => at.own?.host ?? new URL(at.base).host
const streaming = (at: Context) => at.base.replace(/^http/, 'ws')
const thumbnail = (at: Context, me: Account | null) =>
  me?.header ? file(at, me.header.token, 'original', me.header.mime) : at.base + MISSING_HEADER

const languages = (at: Context) => {
  const chosen = settings(at.d).defaultLanguage
  return chosen === '' ? ['en'] : [chosen]
}

const configuration = (at: Context) => ({
  accounts: {
    max_featured_tags: MAX_FEATURED,
    max_pinned_statuses: MAX_PINS,
    max_profile_fields: 4,
    profile_field_name_limit: 255,
    profile_field_value_limit: 255,
  },
  statuses: {
    max_characters: maxCharacters(at.d),
    max_media_attachments: Math.min(4, MAX_MEDIA),
    characters_reserved_per_url: LINK_LENGTH,
    supported_mime_types: ['text/plain', 'text/markdown'],
  },
  media_attachments: {
    supported_mime_types: UPLOAD_TYPES,
    description_limit: MAX_DESCRIPTION,
    image_size_limit: MAX_IMAGE_BYTES,
    image_matrix_limit: MAX_IMAGE_PIXELS,
    video_size_limit: MAX_FILM_BYTES,
    video_frame_rate_limit: MAX_FRAME_RATE,
    video_matrix_limit: MAX_FILM_PIXELS,
  },
  polls: {
    max_options: POLL_LIMITS.mostOptions,
    max_characters_per_option: POLL_LIMITS.optionLength,
    min_expiration: POLL_LIMITS.leastMs / 1000,
    max_expiration: POLL_LIMITS.mostMs / 1000,
  },
})

export function toInstance(at: Context, version: string, vapidKey: string): Entity<'Instance'> {
  const me = at.gone ? null : findOwner(at.d)
  const picture = thumbnail(at, me)
  return {
    domain: hostOf(at),
    title: titleOf(me),
    version: versionText(version),
    source_url: `${at.base}/`,
    description: descriptionOf(me),
    usage: { users: { active_month: me ? 1 : 0 } },
    thumbnail: { url: picture, blurhash: null, versions: { '@1x': picture, '@2x': picture }, description: '' },
    icon: [],
    languages: languages(at),
    configuration: {
      urls: { streaming: streaming(at), status: null, about: at.own?.profile ?? null, privacy_policy: null, terms_of_service: null },
      vapid: { public_key: vapidKey },
      ...configuration(at),
      translation: { enabled: false },
      timelines_access: {
        live_feeds: { local: 'authenticated', remote: 'authenticated' },
        hashtag_feeds: { local: 'authenticated', remote: 'authenticated' },
        trending_link_feeds: { local: 'disabled', remote: 'disabled' },
      },
      limited_federation: false,
    },
    registrations: { enabled: false, approval_required: false, reason_required: false, message: null, min_age: null, url: null },
    api_versions: API_VERSIONS,
    contact: { email: '', account: me ? toAccount(at, me) : null },
    rules: [],
  }
}

export function toInstanceV1(at: Context, version: string, knownHosts: number): Entity<'V1Instance'> {
  const me = at.gone ? null : findOwner(at.d)
  return {
    uri: hostOf(at),
    title: titleOf(me),
    short_description: descriptionOf(me),
    description: descriptionOf(me),
    email: '',
    version: versionText(version),
    urls: { streaming_api: streaming(at) },
    stats: { user_count: me ? 1 : 0, status_count: me ? Math.max(0, me.postsCount) : 0, domain_count: knownHosts },
    thumbnail: thumbnail(at, me),
    languages: languages(at),
    registrations: false,
    approval_required: false,
    invites_enabled: false,
    max_toot_chars: maxCharacters(at.d),
    configuration: configuration(at),
    contact_account: me ? toAccount(at, me) : null,
    rules: [],
  }
}
