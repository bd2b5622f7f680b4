/**
 * HTML that is clean already, known in one pass: nearly every post comes from a server that writes Mastodon's HTML, and a parser costs
 * a hundred times what looking at it does. Only what is written out here is recognised, character by character; everything else, however
 * harmless, is for the parser. What comes back is exactly what the parser would have made of it (tests hold the two against each other).
 *
 * Recognised: text; `p` at the top; `br`; `span`, `a`, `em`, `strong`, `b`, `i`, `u`, `del`, `code`, properly nested, `a` never inside
 * `a`; attributes `name="value"` one space apart, each once, of the values below; the entities that servers write.
 */

const LT = 60
const GT = 62
const AMP = 38
const QUOTE = 34
const SPACE = 32
const SLASH = 47
const EQUALS = 61

/** Below the parser's own limit of 32. */
const MAX_DEPTH = 16
/** The longest name of an element or attribute here. */
const MAX_NAME = 9

const INLINE = new Set(['span', 'a', 'em', 'strong', 'b', 'i', 'u', 'del', 'code'])
const LINK_CLASSES = new Set(['mention', 'hashtag', 'mention hashtag', 'u-url mention', 'mention u-url', 'u-url'])
const SPAN_CLASSES = new Set(['h-card', 'invisible', 'ellipsis', 'mention', 'hashtag'])
/** Written for apostrophes and quotation marks, which need no escape in text, and as the character by the parser. */
const CHARACTERS = new Map([
  ['&quot;', '"'],
  ['&#39;', "'"],
  ['&apos;', "'"],
  ['&nbsp;', '\u{a0}'],
])
const KEPT = ['&amp;', '&lt;', '&gt;']

/**
 * The clean form of clean HTML (the same text, but for `rel`, `target` and how `br` is written); null for what has to be parsed, also
 * if it has more than `maxTags` tags.
 */
export function recognise(html: string, maxTags = 5_000): string | null {
  const open: string[] = []
  let tags = 0
  let links = 0
  let out = ''
  /** Everything before it is in `out`. */
  let from = 0
  let i = 0
  const length = html.length
  while (i < length) {
    const c = html.charCodeAt(i)
    if (c === LT) {
      if (++tags > maxTags) return null
      if (html.charCodeAt(i + 1) === SLASH) {
        const name = open.pop()
        if (name === undefined || !html.startsWith(name, i + 2)) return null
        const end = i + 2 + name.length
        if (html.charCodeAt(end) !== GT) return null
        if (name === 'a') links--
        i = end + 1
        continue
      }
      const end = nameEnd(html, i + 1)
      const name = html.slice(i + 1, end)
      if (name === 'br') {
        const close = brEnd(html, end)
        if (close < 0) return null
        if (close - i !== 6) {
          out += `${html.slice(from, i)}<br />`
          from = close
        }
        i = close
        continue
      }
      if (name === 'p' ? open.length > 0 : !INLINE.has(name)) return null
      if (name === 'a' && ++links > 1) return null
      open.push(name)
      if (open.length > MAX_DEPTH) return null
      if (name === 'a' || html.charCodeAt(end) !== GT) {
        const tag = opening(html, name, end)
        if (!tag) return null
        out += html.slice(from, i) + tag.text
        from = tag.end
        i = tag.end
      } else i = end + 1
    } else if (c === AMP) {
      const end = html.indexOf(';', i)
      if (end < 0 || end - i > 5) return null
      const entity = html.slice(i, end + 1)
      if (!KEPT.includes(entity)) {
        const character = CHARACTERS.get(entity)
        if (character === undefined) return null
        out += html.slice(from, i) + character
        from = end + 1
      }
      i = end + 1
    } else if (c === GT || (c < SPACE && c !== 10 && c !== 9)) return null
    else i++
  }
  if (open.length > 0) return null
  return from === 0 ? html : out + html.slice(from)
}

/** Where a name of small letters and digits ends. */
function nameEnd(html: string, start: number): number {
  let i = start
  for (; i - start < MAX_NAME; i++) {
    const c = html.charCodeAt(i)
    if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57))) break
  }
  return i
}

/** After `>`, `/>` or ` />`; -1 for anything else. */
function brEnd(html: string, end: number): number {
  if (html.charCodeAt(end) === GT) return end + 1
  const slash = html.charCodeAt(end) === SPACE ? end + 1 : end
  return html.charCodeAt(slash) === SLASH && html.charCodeAt(slash + 1) === GT ? slash + 2 : -1
}

/** The rest of an opening tag from the end of its name: as it is to stand, and where it ends. */
function opening(html: string, name: string, start: number): { text: string; end: number } | null {
  let text = `<${name}`
  let rel: string | null = null
  let target = false
  const seen: string[] = []
  let i = start
  // Links get a place for `rel` where the sender had one, and after everything else where not: as the parser does.
  const relFor = (value: string) => (value.split(' ').includes('tag') ? 'tag nofollow noopener' : 'nofollow noopener')
  while (html.charCodeAt(i) === SPACE) {
    const end = nameEnd(html, i + 1)
    const attribute = html.slice(i + 1, end)
    if (html.charCodeAt(end) !== EQUALS || html.charCodeAt(end + 1) !== QUOTE || seen.includes(attribute)) return null
    seen.push(attribute)
    const close = html.indexOf('"', end + 2)
    if (close < 0) return null
    const value = html.slice(end + 2, close)
    i = close + 1
    if (attribute === 'class') {
      // Mastodon writes an empty one around short links; it is left out.
      if (value === '') continue
      if (name === 'a' ? !LINK_CLASSES.has(value) : name === 'span' ? !SPAN_CLASSES.has(value) : name !== 'p' || value !== 'quote-inline')
        return null
      text += ` class="${value}"`
    } else if (attribute === 'translate') {
      if (value !== 'no' || (name !== 'a' && name !== 'span')) return null
      text += ' translate="no"'
    } else if (name !== 'a') return null
    else if (attribute === 'href') {
      if (!isAddress(value)) return null
      text += ` href="${value}"`
    } else if (attribute === 'rel') {
      if (!isWords(value)) return null
      rel = relFor(value)
      text += ` rel="${rel}"`
    } else if (attribute === 'target') {
      if (value !== '_blank') return null
      target = true
      text += ' target="_blank"'
    } else return null
  }
  if (html.charCodeAt(i) !== GT) return null
  if (name === 'a') {
    if (rel === null) text += ' rel="nofollow noopener"'
    if (!target) text += ' target="_blank"'
  }
  return { text: `${text}>`, end: i + 1 }
}

/** An address that stands in quotes as it is: http or https, nothing that ends a value or a tag, no entity but `&amp;`. */
function isAddress(value: string): boolean {
  if (!value.startsWith('https://') && !value.startsWith('http://')) return false
  for (let i = 7; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (c === AMP) {
      if (!value.startsWith('&amp;', i)) return false
      i += 4
    } else if (c <= SPACE || c === LT || c === GT || (c >= 127 && c <= 160)) return false
  }
  return true
}

/** Small letters in words one space apart. */
function isWords(value: string): boolean {
  if (value === '' || value.length > 60) return false
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (!((c >= 97 && c <= 122) || (c === SPACE && i > 0 && i < value.length - 1))) return false
  }
  return true
}
