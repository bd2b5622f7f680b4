import { plainText } from '../../domain/html.ts'
import { durationOf, integer, isObject, list, text, typesOf, urlOf } from './read.ts'
import type { RemoteMediaFile } from '../../domain/media.ts'
import type { Json } from './read.ts'

/** Files of a post: attachments, and what a Video, an Audio or an Image is itself. Nothing is fetched; bounds are rules 26 and 34. */

const MAX = { attachments: 16, description: 1_500, links: 64 }
const FILE_TYPES = ['Document', 'Image', 'Video', 'Audio']
/** A picture taller than this is more than a reader's screen shows: PeerTube offers several. */
const TALL_ENOUGH = 1_080

const KINDS: [RegExp, RemoteMediaFile['kind']][] = [
  [/^image\/gif$/, 'image'],
  [/^image\/(jpeg|png|webp|avif|heic|heif|jxl)$/, 'image'],
  [/^video\//, 'video'],
  [/^audio\//, 'audio'],
]

/** Every file of a post, the thing itself first. */
export function mediaOf(object: Json, type: string): RemoteMediaFile[] {
  const attached = list(object.attachment, 64).filter(isObject)
  const files = attached.filter((one) => typesOf(one).some((t) => FILE_TYPES.includes(t))).flatMap(fileOf)
  const itself = type === 'Video' || type === 'Audio' ? streamOf(object, type) : type === 'Image' ? fileOf(object) : []
  const known = new Set(itself.map((file) => file.url))
  const all = [...itself, ...files.filter((file) => !known.has(file.url))]
  // The picture an article or an event stands under.
  if (all.length === 0 && WITH_PICTURE.has(type)) all.push(...list(object.image, 1).flatMap(pictureOf))
  return all.slice(0, MAX.attachments)
}

/** Ghost gives its address alone. */
const pictureOf = (image: unknown) => fileOf(isObject(image) ? image : { type: 'Image', url: image })

const WITH_PICTURE = new Set(['Article', 'Event'])

function fileOf(one: Json): RemoteMediaFile[] {
  const link =
    list(one.url, MAX.links).find((url): url is Json => isObject(url) && kindOf(url, mimeOf(url)) !== 'unknown') ??
    list(one.url, 4).find(isObject)
  const url = (link && text(link.href, 2_048) !== null ? urlOf(link, '') : null) ?? urlOf(one.url, '') ?? urlOf(one.href, '')
  if (!url) return []
  const mime = mimeOf(one) ?? (link ? mimeOf(link) : null)
  const [x, y] = list(one.focalPoint, 2)
  const blurhash = text(one.blurhash, 101)
  return [
    {
      kind: kindOf(one, mime),
      url,
      mime,
      description: describe(one),
      width: integer(one.width, 1, 100_000) ?? (link ? integer(link.width, 1, 100_000) : null),
      height: integer(one.height, 1, 100_000) ?? (link ? integer(link.height, 1, 100_000) : null),
      duration: secondsOf(one.duration),
      blurhash: blurhash && isBlurhash(blurhash) ? blurhash : null,
      focus: typeof x === 'number' && typeof y === 'number' && Math.abs(x) <= 1 && Math.abs(y) <= 1 ? { x, y } : null,
    },
  ]
}

/**
 * The file of a Video (PeerTube) or an Audio (Funkwhale, Castopod): the best of its Links that can be played as it is. Playlists cannot; the
 * files they are made of stand in the playlist's own `tag`.
 */
function streamOf(object: Json, type: 'Video' | 'Audio'): RemoteMediaFile[] {
  const wanted = type === 'Video' ? /^video\// : /^audio\//
  const links = list(object.url, MAX.links).filter(isObject)
  const nested = links
    .filter((link) => mimeOf(link) === 'application/x-mpegURL')
    .flatMap((link) => list(link.tag, MAX.links).filter(isObject))
  const playable = [...links, ...nested].filter((link) => wanted.test(mimeOf(link) ?? '') && urlOf(link, '') !== null)
  const height = (link: Json) => integer(link.height, 0, 100_000) ?? 0
  const fitting = playable.filter((link) => height(link) <= TALL_ENOUGH)
  const best =
    fitting.length > 0
      ? fitting.reduce((a, b) => (height(b) > height(a) ? b : a))
      : playable.reduce<Json | null>((a, b) => (a && height(a) <= height(b) ? a : b), null)
  if (!best) return typeof object.url === 'string' && wanted.test(mimeOf(object) ?? '') ? fileOf(object) : []
  return [
    {
      kind: type === 'Video' ? 'video' : 'audio',
      url: urlOf(best, '') as string,
      mime: mimeOf(best),
      description: null,
      width: integer(best.width, 1, 100_000),
      height: integer(best.height, 1, 100_000),
      duration: secondsOf(object.duration),
      blurhash: null,
      focus: null,
    },
  ]
}

const secondsOf = (duration: unknown): number | null => {
  const ms = durationOf(duration)
  return ms === null ? null : ms / 1000
}

const mimeOf = (one: Json): string | null => text(one.mediaType, 100) ?? text(one.mimeType, 100)

function kindOf(one: Json, mime: string | null): RemoteMediaFile['kind'] {
  return KINDS.find(([pattern]) => mime !== null && pattern.test(mime))?.[1] ?? kindOfType(one, mime)
}

function kindOfType(one: Json, mime: string | null): RemoteMediaFile['kind'] {
  if (mime !== null) return 'unknown'
  const types = typesOf(one)
  if (types.includes('Image')) return 'image'
  if (types.includes('Video')) return 'video'
  return types.includes('Audio') ? 'audio' : 'unknown'
}

/** The alt text: GoToSocial prefers `summary`, the others `name`. */
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
