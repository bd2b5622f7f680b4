/**
 * Plain text as it is written: finding links, mentions and hashtags in it, counting it, and turning it into the HTML that Mastodon
 * would make (mastodon-api.md 2.7, interface.md section 3). Everything is a linear scan: no expression here can backtrack.
 */

export type Entity =
  | { kind: 'link'; start: number; end: number; url: string }
  | { kind: 'mention'; start: number; end: number; acct: string; username: string; host: string | null }
  | { kind: 'tag'; start: number; end: number; name: string }

const SPACE_OR_QUOTE = /[\s<>"\u{201c}\u{201d}\u{ab}\u{bb}]/u
const AUTHORITY_END = /[/?#\\\s<>"\u{201c}\u{201d}\u{ab}\u{bb}]/u
const WORD = /[\p{L}\p{M}\p{N}_]/u
const TAG_CHARACTER = /[\p{L}\p{M}\p{N}_\u{b7}\u{30fb}\u{200c}]/u
const TAG_LETTER = /[\p{L}\p{M}_]/u
const NAME_CHARACTER = /[A-Za-z0-9_]/
const NAME_INNER = /[A-Za-z0-9_.-]/
const HOST_CHARACTER = /[\p{L}\p{N}.:-]/u
const TRAILING = new Set('.,;:!?\'"*_~`…)]}')
const OPENER: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** Links, mentions and hashtags in the order they stand; they never overlap. Offsets are UTF-16 units. */
export function entities(text: string): Entity[] {
  const found: Entity[] = []
  let before = ''
  for (let i = 0; i < text.length;) {
    const c = text[i] as string
    let entity: Entity | null = null
    if ((c === 'h' || c === 'H') && !WORD.test(before || ' ')) entity = linkAt(text, i)
    else if (c === '@' && !WORD.test(before || ' ') && before !== '/' && before !== '=' && before !== '@') entity = mentionAt(text, i)
    else if ((c === '#' || c === '\u{ff03}') && !WORD.test(before || ' ') && before !== '/' && before !== '&' && before !== '#') {
      entity = tagAt(text, i)
    }
    if (entity) {
      found.push(entity)
      i = entity.end
      before = text[i - 1] as string
    } else {
      const step = (text.codePointAt(i) as number) > 0xffff ? 2 : 1
      before = text.slice(i, i + step)
      i += step
    }
  }
  return found
}

/** Longer than any host with a port (253 + 6). */
const MAX_AUTHORITY = 300

/**
 * The host is judged before anything else is read: an attempt that fails costs no more than a host's length, so text made of nothing
 * but beginnings of links is still read in one pass.
 */
function linkAt(text: string, start: number): Entity | null {
  const scheme = /^https?:\/\//i.exec(text.slice(start, start + 8))?.[0]
  if (!scheme) return null
  const from = start + scheme.length
  let authority = from
  while (authority < text.length && !AUTHORITY_END.test(text[authority] as string)) {
    if (++authority - from > MAX_AUTHORITY) return null
  }
  const last = authority === text.length || SPACE_OR_QUOTE.test(text[authority] as string)
  if (last) while (authority > from && TRAILING.has(text[authority - 1] as string)) authority--
  if (!isLinkHost(text.slice(start, authority))) return null

  let end = authority
  const open: Record<string, number> = { '(': 0, '[': 0, '{': 0 }
  const close: Record<string, number> = { ')': 0, ']': 0, '}': 0 }
  while (end < text.length && !SPACE_OR_QUOTE.test(text[end] as string)) {
    const c = text[end] as string
    if (c in open) open[c] = (open[c] as number) + 1
    if (c in close) close[c] = (close[c] as number) + 1
    end++
  }
  for (; end > authority; end--) {
    const c = text[end - 1] as string
    if (!TRAILING.has(c)) break
    const opener = OPENER[c]
    if (opener) {
      if ((open[opener] as number) >= (close[c] as number)) break
      close[c] = (close[c] as number) - 1
    }
  }
  return { kind: 'link', start, end, url: text.slice(start, end) }
}

/** Whether scheme and authority are an address on the open network: a name with a dot, no number, nobody's password. */
function isLinkHost(address: string): boolean {
  let host: string
  try {
    const parsed = new URL(address)
    if (parsed.username || parsed.password) return false
    host = parsed.hostname
  } catch {
    return false
  }
  const labels = host.split('.')
  const top = labels.at(-1) as string
  return labels.length >= 2 && !labels.includes('') && /^([a-z]{2,63}|xn--[a-z0-9-]{2,59})$/i.test(top)
}

function mentionAt(text: string, at: number): Entity | null {
  const name = nameFrom(text, at + 1)
  if (!name) return null
  const end = at + 1 + name.length
  if (text[end] === '@') {
    let stop = end + 1
    while (stop < text.length && HOST_CHARACTER.test(text[stop] as string)) stop++
    while (stop > end + 1 && !WORD.test(text[stop - 1] as string)) stop--
    const host = text.slice(end + 1, stop)
    if (host && !host.includes('..') && isHost(host)) {
      const lower = host.toLowerCase()
      return { kind: 'mention', start: at, end: stop, acct: `${name}@${lower}`, username: name, host: lower }
    }
  }
  return { kind: 'mention', start: at, end, acct: name, username: name, host: null }
}

function isHost(host: string): boolean {
  try {
    return new URL(`https://${host}`).pathname === '/' && host.length <= 253
  } catch {
    return false
  }
}

function nameFrom(text: string, start: number): string {
  let end = start
  if (!NAME_CHARACTER.test(text[end] ?? '')) return ''
  while (end < text.length && end - start < 64 && NAME_INNER.test(text[end] as string)) end++
  while (end > start && !NAME_CHARACTER.test(text[end - 1] as string)) end--
  return text.slice(start, end)
}

function tagAt(text: string, at: number): Entity | null {
  let end = at + 1
  let letter = false
  while (end < text.length) {
    const c = String.fromCodePoint(text.codePointAt(end) as number)
    if (!TAG_CHARACTER.test(c)) break
    letter ||= TAG_LETTER.test(c)
    end += c.length
  }
  while (end > at + 1 && '\u{b7}\u{30fb}\u{200c}'.includes(text[end - 1] as string)) end--
  return letter && end - at <= 101 ? { kind: 'tag', start: at, end, name: text.slice(at + 1, end) } : null
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

function countGraphemes(text: string): number {
  let plain = true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Carriage return joins with a line feed; everything else below U+0300 stands alone.
    if (code >= 0x300 || code === 13) {
      plain = false
      break
    }
  }
  if (plain) return text.length
  let count = 0
  for (const _ of graphemes.segment(text)) count++
  return count
}

export const LINK_LENGTH = 23

/** Characters as Mastodon counts them: graphemes, a link is 23, `@user@host` counts as `@user`, the warning counts too. */
export function textLength(text: string, warning = ''): number {
  let countable = ''
  let links = 0
  let from = 0
  for (const entity of entities(text)) {
    if (entity.kind === 'tag') continue
    countable += text.slice(from, entity.start)
    if (entity.kind === 'link') links++
    else countable += `@${entity.username}`
    from = entity.end
  }
  countable += text.slice(from)
  return countGraphemes(countable) + links * LINK_LENGTH + countGraphemes(warning)
}

/** Distinct mentions as written, `user` or `user@host` (host lower-cased), in order. */
export function mentionsIn(text: string): string[] {
  const seen = new Map<string, string>()
  for (const e of entities(text)) if (e.kind === 'mention' && !seen.has(e.acct.toLowerCase())) seen.set(e.acct.toLowerCase(), e.acct)
  return [...seen.values()]
}

/** Distinct hashtags, normalised for storage (NFKC, lower case), in order. */
export function tagsIn(text: string): string[] {
  return [...new Set(entities(text).flatMap((e) => (e.kind === 'tag' ? [normaliseTag(e.name)] : [])))]
}

export function normaliseTag(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/^#/, '')
}

export function linksIn(text: string): string[] {
  return [...new Set(entities(text).flatMap((e) => (e.kind === 'link' ? [e.url] : [])))]
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : c === '>' ? '&gt;' : c === '"' ? '&quot;' : '&#39;'))
}

export interface Formatting {
  /** For hashtag links; without one (no address yet) hashtags stay plain. */
  origin: string | null
  /** By acct as written, lower case: only known people become links. */
  mentions: Map<string, { url: string; username: string }>
}

/** Plain text to the HTML that Mastodon would make: paragraphs, line breaks, shortened links, mentions, hashtags. */
export function formatText(text: string, formatting: Formatting): string {
  const clean = text.replace(/\r\n?/g, '\n').trim()
  if (clean === '') return ''
  return formatInline(clean, formatting)
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br />')}</p>`)
    .join('')
}

/** A piece of plain text inside a paragraph: escaped, with its links, mentions and hashtags. */
export function formatInline(text: string, formatting: Formatting): string {
  let html = ''
  let from = 0
  for (const entity of entities(text)) {
    html += escapeHtml(text.slice(from, entity.start)) + entityHtml(entity, text.slice(entity.start, entity.end), formatting)
    from = entity.end
  }
  return html + escapeHtml(text.slice(from))
}

function entityHtml(entity: Entity, written: string, { origin, mentions }: Formatting): string {
  if (entity.kind === 'link') return linkHtml(entity.url)
  if (entity.kind === 'tag') {
    if (!origin) return escapeHtml(written)
    const href = escapeHtml(`${origin}/tags/${encodeURIComponent(normaliseTag(entity.name))}`)
    return `<a href="${href}" class="mention hashtag" rel="tag">#<span>${escapeHtml(entity.name)}</span></a>`
  }
  const person = mentions.get(entity.acct.toLowerCase())
  if (!person) return escapeHtml(written)
  const href = escapeHtml(person.url)
  return `<span class="h-card" translate="no"><a href="${href}" class="u-url mention">@<span>${escapeHtml(person.username)}</span></a></span>`
}

/** A link as Mastodon shortens it: scheme and tail invisible, 30 characters shown. */
export function linkHtml(url: string, rel = 'nofollow noopener'): string {
  const prefix = /^https?:\/\/(www\.)?/i.exec(url)?.[0] ?? ''
  const shown = url.slice(prefix.length, prefix.length + 30)
  const rest = url.slice(prefix.length + 30)
  return (
    `<a href="${escapeHtml(url)}" target="_blank" rel="${rel}" translate="no"><span class="invisible">${escapeHtml(prefix)}</span>` +
    `<span class="${rest ? 'ellipsis' : ''}">${escapeHtml(shown)}</span><span class="invisible">${escapeHtml(rest)}</span></a>`
  )
}
