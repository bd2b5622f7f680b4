/** The beginning of a mention, hashtag or emoji before the caret: what is completed, and where it stands. */
export interface Token {
  kind: 'mention' | 'tag' | 'emoji'
  /** Offset of the `@`, `#` or `:`, in UTF-16 units. */
  start: number
  /** What follows it up to the caret. */
  query: string
}

const WORD = /[\p{L}\p{M}\p{N}_]/u
const MENTION_PART = /[\p{L}\p{N}_.@-]/u
const TAG_PART = /[\p{L}\p{M}\p{N}_]/u
const EMOJI_PART = /[\p{L}\p{N}_+-]/u
const LONGEST = 100
/** `:)` and `:D` are no beginnings of an emoji's name. */
const SHORTEST_EMOJI = 2

/** The token the caret stands at the end of; null when it stands elsewhere, or inside an e-mail address or link. */
export function tokenAt(text: string, caret: number): Token | null {
  for (let at = caret - 1; at >= 0 && caret - at <= LONGEST; at--) {
    const character = text[at] ?? ''
    const before = text[at - 1] ?? ' '
    const query = text.slice(at + 1, caret)
    if (character === '#') return !WORD.test(before) && !'/&#'.includes(before) && query !== '' ? { kind: 'tag', start: at, query } : null
    if (character === '@' && !MENTION_PART.test(before) && before !== '/')
      return query === '' || query.startsWith('@') ? null : { kind: 'mention', start: at, query }
    if (character === ':') {
      const named = query.length >= SHORTEST_EMOJI && [...query].every((one) => EMOJI_PART.test(one))
      return named && !WORD.test(before) && !':/'.includes(before) ? { kind: 'emoji', start: at, query } : null
    }
    if (!MENTION_PART.test(character) && !TAG_PART.test(character) && !EMOJI_PART.test(character)) return null
  }
  return null
}
