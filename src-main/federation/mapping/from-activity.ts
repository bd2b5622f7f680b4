import { plainText, sanitise } from '../../domain/html.ts'
import { normaliseTag } from '../../domain/text.ts'
import { PUBLIC } from './context.ts'
import { hostOf, idOf, idsOf, integer, isHttp, isObject, list, text, timeOf, typesOf, urlOf } from './read.ts'
import type { RemoteAccount } from '../../domain/accounts.ts'
import type { RemoteEmoji } from '../../domain/emojis.ts'
import type { RemoteMediaFile } from '../../domain/media.ts'
import type { Field, Visibility } from '../../domain/types.ts'
import type { Json } from './read.ts'

/** ActivityStreams to domain. Pure: what needs the network has been fetched before. Null means: not something we keep. */

export const ACTOR_TYPES = new Set(['Person', 'Service', 'Application', 'Group', 'Organization'])
/** What is shown as a post: Mastodon shows the ones after Question with their title and link. */
export const POST_TYPES = new Set(['Note', 'Question', 'Article', 'Page', 'Video', 'Audio', 'Image', 'Event'])
const NAME = /^[A-Za-z0-9_.-]{1,64}$/
/** Direction marks and other invisible characters that make one name look like another (rule 9). */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

const MAX = { name: 500, summary: 100_000, content: 200_000, tags: 256, mentions: 50, attachments: 16, fields: 16, description: 1_500 }

/**
 * An actor document. `domain` is what WebFinger proved; `id` must be the address it was fetched from (rule 3). Null if it has no inbox
 * on an allowed address or no usable name.
 */
export function toRemoteAccount(actor: Json, domain: string, now: number): RemoteAccount | null {
  const uri = idOf(actor)
  const type = typesOf(actor).find((one) => ACTOR_TYPES.has(one))
  const username = text(actor.preferredUsername, 200)
  const inbox = idOf(actor.inbox)
  // Where somebody's mail goes is on their own site: else thousands of made-up people could point our deliveries at one victim (rule 41).
  if (!uri || !type || !username || !NAME.test(username) || !inbox || !sameSite(inbox, uri)) return null
  const endpoints = isObject(actor.endpoints) ? actor.endpoints : {}
  const shared = idOf(endpoints.sharedInbox)
  const icon = list(actor.icon, 4).find(isObject)
  const image = list(actor.image, 4).find(isObject)
  return {
    uri,
    username,
    domain,
    type,
    displayName: (text(actor.name, MAX.name) ?? '').replace(INVISIBLE, '').trim(),
    note: sanitise(text(actor.summary, MAX.summary) ?? ''),
    url: onSite(urlOf(actor.url), uri),
    avatarUrl: icon ? urlOf(icon.url, 'image/png') : null,
    avatarMime: icon ? text(icon.mediaType, 100) : null,
    headerUrl: image ? urlOf(image.url, 'image/png') : null,
    headerMime: image ? text(image.mediaType, 100) : null,
    fields: fieldsOf(actor),
    emojis: emojisOf(actor, uri),
    locked: actor.manuallyApprovesFollowers === true,
    discoverable: typeof actor.discoverable === 'boolean' ? actor.discoverable : null,
    indexable: actor.indexable === true,
    inbox,
    // Threads really has one on another host of its domain.
    sharedInbox: onSite(shared, uri),
    outbox: sameHost(idOf(actor.outbox), uri),
    followersUri: sameHost(idOf(actor.followers), uri),
    followingUri: sameHost(idOf(actor.following), uri),
    featuredUri: sameHost(idOf(actor.featured), uri),
    alsoKnownAs: idsOf(actor.alsoKnownAs, 16),
    movedTo: idOf(actor.movedTo),
    createdAt: timeOf(actor.published, now),
    keys: keysOf(actor),
  }
}

/** The keys an actor lists, if they name it as owner and live on its host (rule 7). */
export function keysOf(actor: Json): { id: string; pem: string }[] {
  const uri = idOf(actor)
  if (!uri) return []
  return list(actor.publicKey, 4).flatMap((key) => {
    if (!isObject(key)) return []
    const id = idOf(key)
    const pem = text(key.publicKeyPem, 10_000)
    return id && pem && idOf(key.owner) === uri && hostOf(id) === hostOf(uri) ? [{ id, pem }] : []
  })
}

function fieldsOf(actor: Json): Field[] {
  return list(actor.attachment, 64)
    .filter((one): one is Json => isObject(one) && typesOf(one).includes('PropertyValue'))
    .slice(0, MAX.fields)
    .map((one) => ({
      name: plainText(sanitise(text(one.name, MAX.name) ?? '')),
      value: sanitise(text(one.value, 10_000) ?? ''),
      verifiedAt: null,
    }))
}

/** Custom emoji on the author's own host only: another host's cannot be overwritten (rule 11). */
function emojisOf(object: Json, owner: string): RemoteEmoji[] {
  const seen = new Set<string>()
  return list(object.tag, MAX.tags).flatMap((tag) => {
    if (!isObject(tag) || !typesOf(tag).includes('Emoji') || !isObject(tag.icon)) return []
    const shortcode = (text(tag.name, 200) ?? '').replace(/^:|:$/g, '')
    const url = urlOf(tag.icon.url, 'image/png')
    const uri = idOf(tag)
    if (!/^[A-Za-z0-9_+-]{1,100}$/.test(shortcode) || !url || seen.has(shortcode)) return []
    if (uri && hostOf(uri) !== hostOf(owner)) return []
    seen.add(shortcode)
    return [{ shortcode, url, uri }]
  })
}

/** A mention as sent: whom it means is decided by its address, never by its text (rule 10). */
export interface SentMention {
  uri: string
  name: string | null
}

/** A post as sent, before its people are looked up. */
export interface SentPost {
  uri: string
  url: string | null
  author: string
  type: string
  published: number | null
  edited: number | null
  content: string
  warning: string
  sensitive: boolean
  language: string | null
  visibility: Visibility
  inReplyTo: string | null
  mentions: SentMention[]
  tags: string[]
  media: RemoteMediaFile[]
  emojis: RemoteEmoji[]
  /** Every address in `to` and `cc`. */
  audience: string[]
}

/**
 * A post. `followersUri` is the author's known followers collection, which makes a post "followers only". Null for other types, for
 * posts whose id and author are not on one host, and for votes (a Note with a name and no content).
 */
export function toSentPost(object: Json, followersUri: string | null, now: number): SentPost | null {
  const uri = idOf(object)
  const author = idsOf(object.attributedTo)[0]
  const type = typesOf(object).find((one) => POST_TYPES.has(one))
  if (!uri || !author || !type || hostOf(uri) !== hostOf(author)) return null
  if (type === 'Note' && typeof object.name === 'string' && typeof object.content !== 'string') return null
  const url = urlOf(object.url)
  const map = isObject(object.contentMap)
    ? Object.entries(object.contentMap).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : []
  const own = text(object.content, MAX.content) ?? map[0]?.[1] ?? ''
  const to = recipientsOf(object.to)
  const cc = recipientsOf(object.cc)
  const warning = text(type === 'Note' || type === 'Question' ? object.summary : null, MAX.summary) ?? ''
  return {
    uri,
    url: onSite(url, uri),
    author,
    type,
    published: timeOf(object.published, now),
    edited: timeOf(object.updated, now),
    content: sanitise(titled(object, type, markdown(object) ? paragraphs(own) : own, url ?? uri)),
    warning: plainText(sanitise(warning)),
    sensitive: object.sensitive === true || warning !== '',
    language: languageOf(map[0]?.[0]),
    visibility: visibilityOf(to, cc, followersUri),
    inReplyTo: idsOf(object.inReplyTo)[0] ?? null,
    mentions: mentionsOf(object),
    tags: tagsOf(object),
    media: attachmentsOf(object, type),
    emojis: emojisOf(object, uri),
    audience: [...to, ...cc],
  }
}

/** Addresses of `to` or `cc`; the three spellings of "everybody" become one. */
export function recipientsOf(value: unknown): string[] {
  return list(value).flatMap((one) => (one === 'as:Public' || one === 'Public' ? [PUBLIC] : (idOf(one) ?? [])))
}

/** In Mastodon's order (federation.md 1.4); what is not understood is the most private. */
export function visibilityOf(to: string[], cc: string[], followersUri: string | null): Visibility {
  if (to.includes(PUBLIC)) return 'public'
  if (cc.includes(PUBLIC)) return 'unlisted'
  if (followersUri && (to.includes(followersUri) || cc.includes(followersUri))) return 'private'
  return 'direct'
}

const markdown = (object: Json) => object.mediaType === 'text/markdown'
const escape = (plain: string) => plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
const paragraphs = (plain: string) =>
  plain
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${escape(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('')

/** Articles, videos and the like: their title and a link in front, as Mastodon shows them. */
function titled(object: Json, type: string, content: string, link: string): string {
  if (type === 'Note' || type === 'Question') return content
  const title = plainText(sanitise(text(object.name, MAX.name) ?? ''))
  const summary = type === 'Article' || type === 'Page' || type === 'Event' ? (text(object.summary, MAX.summary) ?? '') : ''
  const head = title ? `<p><strong>${escape(title)}</strong></p>` : ''
  const body = content || summary
  return `${head}${body}<p><a href="${escape(link)}">${escape(link)}</a></p>`
}

function languageOf(code: string | undefined): string | null {
  return code && /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code) && code.toLowerCase() !== 'und' ? code : null
}

function mentionsOf(object: Json): SentMention[] {
  const seen = new Set<string>()
  return list(object.tag, MAX.tags)
    .flatMap((tag) => {
      if (!isObject(tag) || !typesOf(tag).includes('Mention')) return []
      const uri = text(tag.href, 2_048)
      if (!uri || !isHttp(uri) || seen.has(uri)) return []
      seen.add(uri)
      return [{ uri, name: text(tag.name, 300) }]
    })
    .slice(0, MAX.mentions)
}

function tagsOf(object: Json): string[] {
  const names = list(object.tag, MAX.tags).flatMap((tag) => {
    if (!isObject(tag) || !typesOf(tag).includes('Hashtag')) return []
    const name = normaliseTag(text(tag.name, 200) ?? '')
    return name !== '' && name.length <= 100 && /^[\p{L}\p{M}\p{N}_\u{b7}\u{30fb}\u{200c}]+$/u.test(name) ? [name] : []
  })
  return [...new Set(names)]
}

const KINDS: [RegExp, RemoteMediaFile['kind']][] = [
  [/^image\/gif$/, 'image'],
  [/^image\/(jpeg|png|webp|avif|heic|heif|jxl)$/, 'image'],
  [/^video\//, 'video'],
  [/^audio\//, 'audio'],
]

function attachmentsOf(object: Json, type: string): RemoteMediaFile[] {
  const attached = list(object.attachment, 64).filter(isObject)
  const files = attached.filter((one) => typesOf(one).some((t) => ['Document', 'Image', 'Video', 'Audio'].includes(t)))
  if (type === 'Article' && files.length === 0) files.push(...list(object.image, 1).filter(isObject))
  return files.slice(0, MAX.attachments).flatMap((one): RemoteMediaFile[] => {
    const link = list(one.url, 32).find(isObject)
    const url = urlOf(one.url, '') ?? urlOf(one.href, '')
    if (!url) return []
    const mime = text(one.mediaType, 100) ?? (link ? text(link.mediaType, 100) : null)
    const kind = KINDS.find(([pattern]) => mime !== null && pattern.test(mime))?.[1] ?? kindOfType(one, mime)
    const focus = list(one.focalPoint, 2)
    const [x, y] = focus
    const blurhash = text(one.blurhash, 101)
    return [
      {
        kind,
        url,
        mime,
        description: describe(one),
        width: integer(one.width, 1, 100_000),
        height: integer(one.height, 1, 100_000),
        duration: null,
        blurhash: blurhash && isBlurhash(blurhash) ? blurhash : null,
        focus: typeof x === 'number' && typeof y === 'number' && Math.abs(x) <= 1 && Math.abs(y) <= 1 ? { x, y } : null,
      },
    ]
  })
}

function kindOfType(one: Json, mime: string | null): RemoteMediaFile['kind'] {
  if (mime !== null) return 'unknown'
  const types = typesOf(one)
  if (types.includes('Image')) return 'image'
  if (types.includes('Video')) return 'video'
  return types.includes('Audio') ? 'audio' : 'unknown'
}

function describe(one: Json): string | null {
  const words = text(one.summary, MAX.description) ?? text(one.name, MAX.description)
  return words ? plainText(words).trim() || null : null
}

/** 1 + 1 + 4 + 2 per further component characters of base 83 (rule 34). */
function isBlurhash(hash: string): boolean {
  if (hash.length < 6 || hash.length > 100 || !/^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]+$/.test(hash)) return false
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
  const size = digits.indexOf(hash[0] as string)
  return hash.length === 4 + 2 * ((size % 9) + 1) * (Math.floor(size / 9) + 1)
}

function sameHost(address: string | null, uri: string): string | null {
  return address && hostOf(address) === hostOf(uri) ? address : null
}

const onSite = (address: string | null, uri: string) => (address && sameSite(address, uri) ? address : null)

/** The same host, one a sub-domain of the other, or two of one domain (its last two labels): close enough for profile pages and inboxes. */
export function sameSite(a: string, b: string): boolean {
  const [one, two] = [hostOf(a), hostOf(b)]
  if (one === '' || two === '') return false
  if (one === two || one.endsWith(`.${two}`) || two.endsWith(`.${one}`)) return true
  const site = (host: string) => host.split('.').slice(-2).join('.')
  return site(one).includes('.') && site(one) === site(two)
}
