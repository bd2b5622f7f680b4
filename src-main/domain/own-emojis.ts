import { AppError } from './errors.ts'
import { build, inList, query } from '../store/query.ts'
import { mediaById } from './media.ts'
import type { Domain } from './domain.ts'
import type { Emoji } from './types.ts'

/** The owner's own custom emojis: pictures with a short name, sent along with the posts that use them. */

export const MAX_EMOJI_BYTES = 256 * 1024
export const EMOJI_TYPES: readonly string[] = ['image/png', 'image/gif', 'image/webp']
const MAX_EMOJIS = 500
/** In one post. */
const MAX_IN_TEXT = 64

export interface OwnEmoji extends Emoji {
  mime: string | null
  updatedAt: number
}

const rows = query()(() =>
  build
    .selectFrom('emojis')
    .innerJoin('media', 'media.id', 'emojis.media_id')
    .select(['emojis.shortcode', 'emojis.updated_at as updatedAt', 'media.id as mediaId', 'media.token', 'media.mime'])
    .where('emojis.domain', '=', '')
    .orderBy('emojis.shortcode'),
)
const among = query<{ shortcodes: string[] }>()((p) =>
  build
    .selectFrom('emojis')
    .innerJoin('media', 'media.id', 'emojis.media_id')
    .select(['emojis.shortcode', 'media.id as mediaId', 'media.token'])
    .where('emojis.domain', '=', '')
    .where('emojis.shortcode', 'in', inList(p.shortcodes)),
)
const insert = query<{ shortcode: string; media_id: number; at: number }>()((p) =>
  build.insertInto('emojis').values({ domain: '', shortcode: p.shortcode, uri: null, media_id: p.media_id, updated_at: p.at }),
)
const remove = query<{ shortcode: string }>()((p) =>
  build.deleteFrom('emojis').where('domain', '=', '').where('shortcode', '=', p.shortcode),
)

/** Without colons: a-z, 0-9 and _, 2 to 30. Throws 'invalid' (`shortcode-invalid`). */
function checkShortcode(shortcode: string): string {
  const clean = shortcode.trim().replace(/^:|:$/g, '').toLowerCase()
  if (!/^[a-z0-9_]{2,30}$/.test(clean)) {
    throw new AppError('invalid', 'The name of an emoji has 2 to 30 characters: a to z, 0 to 9 and _.', { reason: 'shortcode-invalid' })
  }
  return clean
}

/** The name, made whole, if it can be given to a new emoji. Throws 'invalid' (`shortcode-invalid`, `shortcode-taken`, `too-many`). */
export function freeShortcode(d: Domain, wished: string): string {
  const shortcode = checkShortcode(wished)
  const known = ownEmojis(d)
  if (known.some((one) => one.shortcode === shortcode)) {
    throw new AppError('invalid', `There is an emoji :${shortcode}: already.`, { reason: 'shortcode-taken', params: { shortcode } })
  }
  if (known.length >= MAX_EMOJIS) {
    throw new AppError('invalid', `There are ${MAX_EMOJIS} emojis already.`, { reason: 'too-many', params: { max: MAX_EMOJIS } })
  }
  return shortcode
}

/** Names an own picture (media of kind `emoji`). Throws 'invalid' (`shortcode-invalid`, `shortcode-taken`, `too-many`), 'not-found'. Event `emojis-changed`. */
export function addEmoji(d: Domain, emoji: { shortcode: string; mediaId: number }): OwnEmoji {
  return d.store.transaction(() => {
    const shortcode = freeShortcode(d, emoji.shortcode)
    const file = mediaById(d, emoji.mediaId)
    if (!file?.own || file.kind !== 'emoji') throw new AppError('not-found', 'There is no such picture.')
    insert.run(d.store, { shortcode, media_id: file.id, at: d.now() })
    d.events.append('emojis-changed', {})
    return ownEmojis(d).find((one) => one.shortcode === shortcode) as OwnEmoji
  })
}

/** Its name is free again; posts that use it keep the picture. Throws 'not-found'. Event `emojis-changed`. */
export function removeEmoji(d: Domain, shortcode: string): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { shortcode }).changes === 0) throw new AppError('not-found', 'There is no such emoji.')
    d.events.append('emojis-changed', {})
  })
}

/** By name. */
export function ownEmojis(d: Domain): OwnEmoji[] {
  return rows.all(d.store)
}

/** The own emojis that a plain text uses, each once, in the order of the text. */
export function ownEmojisIn(d: Domain, text: string): Emoji[] {
  const named = shortcodesIn(text)
  if (named.length === 0) return []
  const found = new Map(among.all(d.store, { shortcodes: named }).map((row) => [row.shortcode, row]))
  return named.flatMap((shortcode) => found.get(shortcode) ?? [])
}

/** `:name:` that touches neither a letter, a digit nor another colon, as Mastodon reads it. */
function shortcodesIn(text: string): string[] {
  const found = new Set<string>()
  for (const match of text.matchAll(/(?<![\p{L}\p{N}:]):([a-z0-9_]{2,30}):(?![\p{L}\p{N}:])/gu)) {
    found.add(match[1] as string)
    if (found.size >= MAX_IN_TEXT) break
  }
  return [...found]
}
