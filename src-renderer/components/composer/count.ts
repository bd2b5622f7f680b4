/** A link, a mention or a hashtag in a text that is being written. Offsets are UTF-16 units. */
export interface Entity {
  kind: 'link' | 'mention' | 'tag'
  start: number
  end: number
  /** What it adds to the count: 23 for a link, `@user` for a mention with a host. */
  weight: number
}

/** What every link counts, however long it is (Mastodon's rule). */
export const LINK_WEIGHT = 23

const STOP = /[\s<>"\u{201c}\u{201d}\u{ab}\u{bb}]/u
const WORD = /[\p{L}\p{M}\p{N}_]/u
const TAG_PART = /[\p{L}\p{M}\p{N}_\u{b7}\u{30fb}\u{200c}]/u
const TAG_LETTER = /[\p{L}\p{M}_]/u
const TAG_JOINER = '\u{b7}\u{30fb}\u{200c}'
const NAME_PART = /[A-Za-z0-9_.-]/
const NAME_EDGE = /[A-Za-z0-9_]/
const HOST_PART = /[\p{L}\p{N}.:-]/u
const TOP_LEVEL = /^([a-z]{2,63}|xn--[a-z0-9-]{2,59})$/i
const CLOSING = '.,;:!?\'"*_~`…)]}'
const PAIRS = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
])

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How many characters a reader sees. Text below U+0300 needs no segmenter, which keeps long drafts fast. */
function graphemes(text: string): number {
  let simple = true
  for (let i = 0; simple && i < text.length; i++) {
    const code = text.charCodeAt(i)
    simple = code < 0x300 && code !== 13
  }
  if (simple) return text.length
  let count = 0
  for (const _ of segmenter.segment(text)) count++
  return count
}

/**
 * Links, mentions and hashtags in the order they stand, never overlapping: the rule our own server formats with
 * (`src-main/domain/text.ts`), and the same vectors test both (`test/fixtures/text-vectors.json`). One pass, no backtracking.
 */
export function entitiesIn(text: string): Entity[] {
  const found: Entity[] = []
  let before = ''
  for (let i = 0; i < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(i) ?? 0)
    const free = !WORD.test(before || ' ')
    let entity: Entity | null = null
    if (free && (character === 'h' || character === 'H')) entity = linkAt(text, i)
    else if (free && character === '@' && !'/=@'.includes(before || ' ')) entity = mentionAt(text, i)
    else if (free && (character === '#' || character === '\u{ff03}') && !'/&#'.includes(before || ' ')) entity = tagAt(text, i)
    if (entity) found.push(entity)
    i = entity ? entity.end : i + character.length
    before = entity ? (text[i - 1] ?? '') : character
  }
  return found
}

/** An http(s) address whose host has a dot and ends like a domain. Punctuation after it stays outside, balanced brackets stay inside. */
function linkAt(text: string, start: number): Entity | null {
  const scheme = /^https?:\/\//i.exec(text.slice(start, start + 8))?.[0]
  if (!scheme) return null
  if (!linkable(scheme + authorityAt(text, start + scheme.length))) return null
  let end = start + scheme.length
  const seen = new Map<string, number>()
  while (end < text.length && !STOP.test(text[end] ?? ' ')) {
    const character = text[end] ?? ''
    if ('()[]{}'.includes(character)) seen.set(character, (seen.get(character) ?? 0) + 1)
    end++
  }
  while (end > start + scheme.length) {
    const last = text[end - 1] ?? ''
    if (!CLOSING.includes(last)) break
    const opener = PAIRS.get(last)
    if (opener) {
      if ((seen.get(opener) ?? 0) >= (seen.get(last) ?? 0)) break
      seen.set(last, (seen.get(last) ?? 0) - 1)
    }
    end--
  }
  return linkable(text.slice(start, end)) ? { kind: 'link', start, end, weight: LINK_WEIGHT } : null
}

/** Host and port of the address that begins here. Judged before the rest is read, so that a run of broken addresses stays one pass. */
function authorityAt(text: string, start: number): string {
  let end = start
  while (end < text.length && !STOP.test(text[end] ?? ' ') && !'/?#\\'.includes(text[end] ?? '')) end++
  const closed = end < text.length && !STOP.test(text[end] ?? ' ')
  while (!closed && end > start && CLOSING.includes(text[end - 1] ?? '')) end--
  return text.slice(start, end)
}

function linkable(address: string): boolean {
  try {
    const { hostname, username, password } = new URL(address)
    const labels = hostname.split('.')
    return !username && !password && labels.length > 1 && !labels.includes('') && TOP_LEVEL.test(labels.at(-1) ?? '')
  } catch {
    return false
  }
}

function mentionAt(text: string, start: number): Entity | null {
  let end = start + 1
  if (!NAME_EDGE.test(text[end] ?? '')) return null
  while (end - start <= 64 && NAME_PART.test(text[end] ?? '')) end++
  while (!NAME_EDGE.test(text[end - 1] ?? '')) end--
  const weight = end - start
  if (text[end] === '@') {
    let stop = end + 1
    while (stop < text.length && HOST_PART.test(text[stop] ?? '')) stop++
    while (stop > end + 1 && !WORD.test(text[stop - 1] ?? '')) stop--
    if (hostable(text.slice(end + 1, stop))) end = stop
  }
  return { kind: 'mention', start, end, weight }
}

function hostable(host: string): boolean {
  if (!host || host.length > 253 || host.includes('..')) return false
  try {
    return new URL(`https://${host}`).pathname === '/'
  } catch {
    return false
  }
}

function tagAt(text: string, start: number): Entity | null {
  let end = start + 1
  let letter = false
  while (end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end) ?? 0)
    if (!TAG_PART.test(character)) break
    letter ||= TAG_LETTER.test(character)
    end += character.length
  }
  while (end > start + 1 && TAG_JOINER.includes(text[end - 1] ?? ' ')) end--
  if (!letter || end - start > 101) return null
  return { kind: 'tag', start, end, weight: graphemes(text.slice(start, end)) }
}

/**
 * The length of a post as servers count it (interface.md section 3): graphemes of warning and text, a link is 23, `@user@host` counts as
 * `@user`. Addresses without a scheme and e-mail addresses get no concession.
 */
export function countOf(text: string, warning = '', entities: readonly Entity[] = entitiesIn(text)): number {
  let plain = ''
  let weight = 0
  let from = 0
  for (const entity of entities) {
    if (entity.kind === 'tag') continue
    // A mention stands for its own short form, so that characters that join across its edge count as the server counts them.
    plain += text.slice(from, entity.start) + (entity.kind === 'mention' ? text.slice(entity.start, entity.start + entity.weight) : '')
    if (entity.kind === 'link') weight += entity.weight
    from = entity.end
  }
  return graphemes(plain + text.slice(from)) + weight + graphemes(warning)
}

/** The offset from which a text is too long for `limit` (what the warning takes is taken off); the end of the text when it fits. */
export function overflowAt(text: string, warning: string, limit: number, entities: readonly Entity[] = entitiesIn(text)): number {
  let left = limit - graphemes(warning)
  let from = 0
  const plain = (to: number): number | null => {
    for (const { segment, index } of segmenter.segment(text.slice(from, to))) {
      if (left < 1) return from + index
      left--
      if (segment === '') break
    }
    return null
  }
  for (const entity of entities) {
    if (entity.kind === 'tag') continue
    const over = plain(entity.start)
    if (over !== null) return over
    if (left < entity.weight) return entity.start
    left -= entity.weight
    from = entity.end
  }
  return plain(text.length) ?? text.length
}
