import sanitizeHtml from 'sanitize-html'
import { recognise } from './clean-html.ts'

/**
 * HTML from outside. `sanitise` keeps what Mastodon keeps (mastodon-api.md 2.7) and nothing else; it runs when a post comes in, the
 * window cleans once more when it shows it. The library parses as a stream (htmlparser2): no expression runs over strangers' HTML. What is
 * clean already (`clean-html`) does not need it.
 */

/** Longer than any honest post (rule 26): cut before parsing. */
const MAX_LENGTH = 200_000
/** More tags than any honest post: the parser's cost grows with the square of what is open at once (54,000 tags kept it busy for 0.6 s). */
const MAX_TAGS = 5_000
/** One expression for the microformats: the library would build one from every `h-*` at every call, a third of its time. */
const KEPT_CLASSES = [/^(?:h|p|u|dt|e)-[\w-]+$/, 'mention', 'hashtag', 'ellipsis', 'invisible', 'quote-inline']
const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

const options: sanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'span', 'a', 'del', 'pre', 'code', 'em', 'strong', 'b', 'i', 'u', 'ul', 'ol', 'li', 'blockquote'],
  allowedAttributes: {
    a: ['href', 'rel', 'class', 'target', 'translate'],
    span: ['class', 'translate'],
    p: ['class'],
    ol: ['start', 'reversed'],
    li: ['value'],
  },
  allowedClasses: { a: KEPT_CLASSES, span: KEPT_CLASSES, p: ['quote-inline'] },
  allowedSchemes: ['http', 'https', 'dat', 'dweb', 'ipfs', 'ipns', 'ssb', 'gopher', 'xmpp', 'magnet', 'gemini'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template', 'iframe', 'object', 'svg', 'math'],
  nestingLimit: 32,
  transformTags: {
    a: (_name, attributes) => {
      const rel = (attributes.rel ?? '').split(/\s+/).includes('tag') ? 'tag nofollow noopener' : 'nofollow noopener'
      return { tagName: 'a', attribs: { ...attributes, rel, target: '_blank' } }
    },
    s: 'del',
    strike: 'del',
    ...Object.fromEntries(HEADINGS.map((heading) => [heading, 'strong'])),
  },
}

/** Strangers' HTML made harmless: Mastodon's tags, classes and schemes only; every link `nofollow noopener` in a new tab. */
export function sanitise(html: string): string {
  return (html.length <= MAX_LENGTH ? recognise(html, MAX_TAGS) : null) ?? parseClean(html)
}

/** What {@link sanitise} does with HTML that is not known to be clean: parses it and keeps what is allowed. */
export function parseClean(html: string): string {
  return sanitizeHtml(html.slice(0, Math.min(MAX_LENGTH, endOfTags(html))), options)
}

/** Where the last tag that is looked at begins. */
function endOfTags(html: string): number {
  let at = html.indexOf('<')
  for (let tags = 0; at >= 0 && tags < MAX_TAGS; tags++) at = html.indexOf('<', at + 1)
  return at < 0 ? html.length : at
}

/** The text of a piece of sanitised HTML: paragraphs and line breaks become line feeds. For search, excerpts, feeds. */
export function plainText(html: string): string {
  if (!html.includes('<') && !html.includes('&')) return html
  let out = ''
  for (let i = 0; i < html.length;) {
    const c = html[i] as string
    if (c === '<') {
      const end = html.indexOf('>', i)
      if (end < 0) break
      const tag = html.slice(i + 1, end).toLowerCase()
      if (/^(br|\/p|\/li|\/blockquote|\/pre)\b/.test(tag)) out += '\n'
      i = end + 1
    } else if (c === '&') {
      const end = html.indexOf(';', i)
      const name = end > i && end - i <= 10 ? html.slice(i + 1, end) : null
      const character = name === null ? null : decodeEntity(name)
      out += character ?? '&'
      i = character === null ? i + 1 : end + 1
    } else {
      const next = nextMarkup(html, i)
      out += html.slice(i, next)
      i = next
    }
  }
  return out.trim()
}

function nextMarkup(html: string, from: number): number {
  let i = from
  while (i < html.length && html[i] !== '<' && html[i] !== '&') i++
  return i
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u{a0}' }

function decodeEntity(name: string): string | null {
  const named = NAMED[name]
  if (named) return named
  if (!name.startsWith('#')) return null
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return Number.isInteger(code) && code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : null
}
