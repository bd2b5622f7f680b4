import { plainText, sanitise } from '../../domain/html.ts'
import { escapeHtml, formatText, normaliseTag } from '../../domain/text.ts'
import { onSite, sameHost } from './actor-in.ts'
import { PUBLIC } from './context.ts'
import { emojisOf, MAX_TAGS } from './emoji-in.ts'
import { mediaOf } from './media-in.ts'
import { pollOf, totalOf } from './poll-in.ts'
import { policyOf, quoteOf, withoutFallback } from './quote-in.ts'
import { dateOf, hostOf, idOf, idsOf, isHttp, isObject, languageOf, list, text, timeOf, translated, typesOf, urlOf } from './read.ts'
import type { RemoteEmoji } from '../../domain/emojis.ts'
import type { RemoteMediaFile } from '../../domain/media.ts'
import type { RemotePoll } from '../../domain/polls.ts'
import type { InteractionPolicy, Visibility } from '../../domain/types.ts'
import type { Json } from './read.ts'

/** Notes, questions, articles and the like to posts. Pure: what needs the network has been fetched before. Null: not something we keep. */

/** What is shown as a post: Mastodon shows the ones after Question with their title and link; a ChatMessage is Pleroma's private word. */
export const POST_TYPES = new Set(['Note', 'Question', 'Article', 'Page', 'Video', 'Audio', 'Image', 'Event', 'ChatMessage'])
const MAX = { name: 500, summary: 100_000, content: 200_000, mentions: 50, chat: 4 }
/** Types whose `summary` is a warning; elsewhere it is what the thing is about. */
const WARNED = new Set(['Note', 'Question'])

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
  poll: RemotePoll | null
  quote: { uri: string; stamp: string | null } | null
  policy: InteractionPolicy | null
  contextUri: string | null
  repliesUri: string | null
  audienceUri: string | null
  counts: { replies?: number; boosts?: number; favourites?: number }
  /** Every address in `to` and `cc`. */
  audience: string[]
}

/** Who reads: their language, where a post comes in several, and their actor, where it names people. */
export interface Reader {
  language: () => string | null
  actor: string | null
}

/**
 * A post. `followersUri` is the author's known followers collection, which makes a post "followers only". Null for other types, for
 * posts whose id and author are not on one host, and for votes (a Note with a name and no content).
 */
export function toSentPost(
  object: Json,
  followersUri: string | null,
  now: number,
  reader: Reader = { language: () => null, actor: null },
): SentPost | null {
  const uri = idOf(object)
  const author = authorOf(object)
  const type = typesOf(object).find((one) => POST_TYPES.has(one))
  if (!uri || !author || !type || hostOf(uri) !== hostOf(author) || isVote(object)) return null
  const own = translated(object.content, object.contentMap, MAX.content, reader.language)
  const about = translated(object.summary, object.summaryMap, MAX.summary, reader.language)
  const to = recipientsOf(object.to)
  const cc = recipientsOf(object.cc)
  const url = urlOf(object.url)
  const body = own.text ?? (type === 'Article' ? previewOf(object, reader) : null) ?? ''
  const content = sanitise(composed(object, type, isPlain(object) ? paragraphs(body) : body, about.text ?? '', url ?? uri, now))
  const warning = plainText(sanitise(WARNED.has(type) || object.sensitive === true ? (about.text ?? '') : ''))
  const quote = quoteOf(object, uri)
  const counts = { replies: totalOf(object.replies), boosts: totalOf(object.shares), favourites: totalOf(object.likes) }
  return {
    uri,
    url: onSite(url, uri),
    author,
    type,
    published: timeOf(object.published, now),
    edited: timeOf(object.updated, now),
    content: quote ? withoutFallback(content) : content,
    warning,
    sensitive: object.sensitive === true || warning !== '',
    // Lemmy and PeerTube name the language itself.
    language: own.language ?? languageOf(isObject(object.language) ? object.language.identifier : null) ?? about.language,
    visibility: marked(object, type) ? 'direct' : visibilityOf(to, cc, followersUri),
    inReplyTo: idsOf(object.inReplyTo)[0] ?? null,
    mentions: mentionsOf(object, type),
    tags: tagsOf(object),
    media: mediaOf(object, type),
    emojis: emojisOf(object, uri),
    poll: pollOf(object, now),
    quote,
    policy: policyOf(object, { uri: author, followers: followersUri }, reader.actor),
    contextUri: idOf(object.context) ?? idOf(object.conversation),
    repliesUri: sameHost(idOf(object.replies), uri),
    audienceUri: communityOf(object, author),
    counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== null)) as SentPost['counts'],
    audience: [...to, ...cc],
  }
}

/** A vote in a poll looks like a post: a Note with a name and no content, which answers the Question (federation.md 1.4). */
export function isVote(object: Json): boolean {
  return typesOf(object).includes('Note') && isNameOnly(object) && idsOf(object.inReplyTo)[0] !== undefined
}

function isNameOnly({ name, content, contentMap }: Json): boolean {
  return typeof name === 'string' && (content === undefined || content === null || content === '') && !isObject(contentMap)
}

/**
 * Who wrote it: a video belongs to a person and a channel (PeerTube: [Person, Group]), and the person counts. Pleroma's ChatMessages have
 * only an `actor`.
 */
export function authorOf(object: Json): string | null {
  const named = list(object.attributedTo ?? (typesOf(object).includes('ChatMessage') ? object.actor : null), 16)
  const person = named.find((one) => isObject(one) && typesOf(one).includes('Person') && idOf(one) !== null)
  return idOf(person) ?? idsOf(named)[0] ?? null
}

/** The community a thing was sent to: `audience` (Lemmy), or the channel it stands in (PeerTube). */
function communityOf(object: Json, author: string): string | null {
  const group = list(object.attributedTo, 16).find((one) => isObject(one) && typesOf(one).includes('Group'))
  const named = idsOf(object.audience, 4).find((one) => one !== PUBLIC) ?? idOf(group)
  return named && named !== author && isHttp(named) ? named : null
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

/** Pleroma's own words for what is not for everybody: whatever else the addresses say, it stays between those named (rule 17). */
function marked(object: Json, type: string): boolean {
  return type === 'ChatMessage' || object.directMessage === true || (object.listMessage !== undefined && object.listMessage !== null)
}

// Content ------------------------------------------------------------------------------------------------------------------------------------

const isPlain = (object: Json) => object.mediaType === 'text/markdown' || object.mediaType === 'text/plain'
/** Markdown as it was typed (PeerTube, Lemmy's sources): paragraphs and links. */
const paragraphs = (plain: string) => formatText(plain, { origin: null, mentions: new Map() })

/** FEP-b2b8: what an article shows of itself where it is not read in whole. */
function previewOf(object: Json, reader: Reader): string | null {
  return isObject(object.preview) ? translated(object.preview.content, object.preview.contentMap, MAX.content, reader.language).text : null
}

/** Articles, videos, events and the like: title, when and where, words, and the link to the thing, as Mastodon shows them. */
function composed(object: Json, type: string, body: string, summary: string, link: string, now: number): string {
  if (type === 'Note' && isNameOnly(object)) return paragraphs(text(object.name, MAX.name) ?? '')
  if (type === 'Note' || type === 'Question' || type === 'ChatMessage') return body
  const title = plainText(sanitise(translated(object.name, object.nameMap, MAX.name, null).text ?? ''))
  const head = title ? `<p><strong>${escapeHtml(title)}</strong></p>` : ''
  const about = type === 'Event' ? occasion(object, now) : ''
  const words = body.trim() || (object.sensitive === true ? '' : summary)
  const links = [attachedLink(object), link].filter((one) => one !== null)
  const addresses = [...new Set(links)].map((href) => `<a href="${escapeHtml(href)}">${escapeHtml(href)}</a>`).join('<br>')
  return `${head}${about}${words}<p>${addresses}</p>`
}

/** The page a Lemmy post points to. */
function attachedLink(object: Json): string | null {
  const found = list(object.attachment, 16).find((one): one is Json => isObject(one) && typesOf(one).includes('Link'))
  const href = found ? text(found.href, 2_049) : null
  return href && isHttp(href) ? href : null
}

/** When and where, in no language (Mobilizon, Gancio): `2026-06-03 18:00 UTC – 20:00 UTC · Old Mill, Weir Lane 2`. */
function occasion(object: Json, now: number): string {
  const [start, end] = [dateOf(object.startTime, now), dateOf(object.endTime, now)]
  const minutes = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const sameDay = start !== null && end !== null && minutes(start).slice(0, 10) === minutes(end).slice(0, 10)
  const until = end === null || end === start ? '' : ` – ${sameDay ? minutes(end).slice(11) : minutes(end)} UTC`
  const when = start === null ? '' : `${minutes(start)} UTC${until}`
  const place = list(object.location, 4).find((one) => isObject(one) && typesOf(one).includes('Place')) ?? list(object.location, 1)[0]
  const said = [when, typeof place === 'string' ? (isHttp(place) ? '' : place.slice(0, MAX.name)) : isObject(place) ? placeOf(place) : '']
  const line = said.filter((part) => part !== '').join(' · ')
  return line ? `<p>${escapeHtml(line)}</p>` : ''
}

function placeOf(place: Json): string {
  const { address } = place
  const parts = isObject(address)
    ? ['streetAddress', 'postalCode', 'addressLocality', 'addressRegion', 'addressCountry'].map((key) => text(address[key], 100))
    : [text(address, MAX.name)]
  const words = [text(place.name, MAX.name), ...parts].filter((part): part is string => part !== null && part.trim() !== '')
  return [...new Set(words.map((part) => plainText(part).trim()))].join(', ')
}

// People and tags ----------------------------------------------------------------------------------------------------------------------------

function mentionsOf(object: Json, type: string): SentMention[] {
  const seen = new Set<string>()
  const found: SentMention[] = []
  for (const tag of list(object.tag, MAX_TAGS)) {
    if (!isObject(tag) || !typesOf(tag).includes('Mention')) continue
    const uri = text(tag.href, 2_048)
    if (!uri || !isHttp(uri) || seen.has(uri)) continue
    seen.add(uri)
    if (found.push({ uri, name: text(tag.name, 300) }) === MAX.mentions) break
  }
  // A chat names nobody: whoever it is sent to is meant.
  if (type === 'ChatMessage' && found.length === 0)
    found.push(
      ...recipientsOf(object.to)
        .filter((uri) => uri !== PUBLIC)
        .slice(0, MAX.chat)
        .map((uri) => ({ uri, name: null })),
    )
  return found
}

function tagsOf(object: Json): string[] {
  const names = list(object.tag, MAX_TAGS).flatMap((tag) => {
    if (!isObject(tag) || !typesOf(tag).includes('Hashtag')) return []
    const name = normaliseTag(text(tag.name, 200) ?? '')
    return name !== '' && name.length <= 100 && /^[\p{L}\p{M}\p{N}_\u{b7}\u{30fb}\u{200c}]+$/u.test(name) ? [name] : []
  })
  return [...new Set(names)]
}
