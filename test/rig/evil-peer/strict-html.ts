/**
 * What the window may be handed, judged by a reader of its own: the allow-list of federation.md 1.4 as a grammar, not the code that
 * cleans. Everything that is not exactly an allowed tag with allowed attributes is named.
 */

const TAGS = new Set(['p', 'br', 'span', 'a', 'del', 'pre', 'code', 'em', 'strong', 'b', 'i', 'u', 'ul', 'ol', 'li', 'blockquote'])
const ATTRIBUTES: Record<string, readonly string[]> = {
  a: ['href', 'rel', 'class', 'target', 'translate'],
  span: ['class', 'translate'],
  p: ['class'],
  ol: ['start', 'reversed'],
  li: ['value'],
}
const SCHEMES = ['http:', 'https:', 'dat:', 'dweb:', 'ipfs:', 'ipns:', 'ssb:', 'gopher:', 'xmpp:', 'magnet:', 'gemini:']
const CLASS = /^(?:(?:h|p|u|dt|e)-[\w-]*|mention|hashtag|ellipsis|invisible|quote-inline)$/
const TAG = /<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)( ?\/)?>/y
const ATTRIBUTE = / ([a-z-]+)(?:="([^"]*)")?/g
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", colon: ':', Tab: '\t', NewLine: '\n' }

/** What is wrong with a piece of cleaned HTML; null when nothing is. `own`: made here, where a link to a hashtag is one to ourselves. */
export function htmlProblem(html: string, own = false): string | null {
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at)) {
    TAG.lastIndex = at
    const found = TAG.exec(html)
    const excerpt = html.slice(at, at + 120)
    if (!found) return `not a tag that may be there: ${excerpt}`
    const [whole, closing, name = '', attributes = ''] = found
    if (!TAGS.has(name)) return `the tag ${name}: ${excerpt}`
    if (closing && attributes) return `a closing tag with attributes: ${excerpt}`
    const problem = closing ? null : attributesProblem(name, attributes, own)
    if (problem) return `${problem}: ${excerpt}`
    at += whole.length
  }
  return null
}

function attributesProblem(tag: string, attributes: string, own: boolean): string | null {
  let href = false
  let rel = ''
  for (const [, name = '', raw = ''] of attributes.matchAll(ATTRIBUTE)) {
    if (!ATTRIBUTES[tag]?.includes(name)) return `the attribute ${name} of ${tag}`
    const value = decoded(raw)
    if (name === 'href') {
      href = true
      // A scheme is what is left when blanks and controls are taken out, as browsers do.
      // eslint-disable-next-line no-control-regex -- exactly those
      const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(value.replace(/[\u0000-\u0020]/g, ''))?.[1]?.toLowerCase()
      if (scheme !== undefined && !SCHEMES.includes(scheme)) return `the scheme ${scheme}`
      if (/^[\u0000-\u0020]*[/\\]{2}/.test(value)) return 'a link without a scheme to another host'
    }
    if (name === 'class') for (const one of value.split(/\s+/).filter(Boolean)) if (!CLASS.test(one)) return `the class ${one}`
    if (name === 'rel') rel = value
    if (name === 'target' && value !== '_blank') return `the target ${value}`
  }
  if (tag === 'a' && href && !(own && rel === 'tag') && !(rel.includes('nofollow') && rel.includes('noopener')))
    return 'a link without nofollow noopener'
  return null
}

function decoded(value: string): string {
  return value.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{1,10}));?/gi, (whole, hex: string, decimal: string, name: string) => {
    if (name) return ENTITIES[name] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

/** Characters that turn, hide or join text so that a name reads as another (rule 9). */
// eslint-disable-next-line no-control-regex -- exactly those
export const DECEIVING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/
