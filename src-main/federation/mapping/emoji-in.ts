import { hostOf, idOf, isObject, list, text, typesOf, urlOf } from './read.ts'
import type { RemoteEmoji } from '../../domain/emojis.ts'
import type { Json } from './read.ts'

/** More tags of one document are not read (rule 26). */
export const MAX_TAGS = 256

/** Custom emoji on the author's own host only: another host's cannot be overwritten (rule 11). */
export function emojisOf(object: Json, owner: string): RemoteEmoji[] {
  const seen = new Set<string>()
  return list(object.tag, MAX_TAGS).flatMap((tag) => {
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

/** What somebody reacts with: at most this many UTF-16 units, as long as the longest emoji sequences. */
const MAX_REACTION = 32

/**
 * The emoji of an EmojiReact, or of a Like as Misskey sends it: a character, or a shortcode with a picture on the reactor's own host (rule 11:
 * of another host's picture the reactor has no say). Null: a plain like, or nothing that can be shown.
 */
export function reactionOf(activity: Json, actorUri: string): { emoji: string; picture: RemoteEmoji | null } | null {
  const said = [activity.content, activity._misskey_reaction]
    .find((one): one is string => typeof one === 'string' && one.trim() !== '')
    ?.trim()
  if (said === undefined || said.length > 200) return null
  // How Misskey says that somebody simply likes a thing.
  if (said.replace('\u{fe0f}', '') === '\u{2764}' && typesOf(activity).includes('Like')) return null
  const shortcode = /^:([A-Za-z0-9_+-]{1,100})(?:@[A-Za-z0-9.:-]{1,253})?:$/.exec(said)?.[1]
  if (shortcode !== undefined) {
    const picture = emojisOf(activity, actorUri).find((one) => one.shortcode === shortcode)
    return picture ? { emoji: shortcode, picture } : null
  }
  return said.length <= MAX_REACTION && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(said) && !/[\p{L}\s<>&]/u.test(said)
    ? { emoji: said, picture: null }
    : null
}
