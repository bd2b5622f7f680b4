import { Parser } from 'htmlparser2'

/** Links in HTML that has been sanitised already: which page a post is about, and which page a field of a profile names. Pure. */

/** More links than any honest post. */
const MOST_LINKS = 20

interface Link {
  href: string
  rel: string[]
  classes: string[]
  text: string
}

function linksIn(html: string): Link[] {
  const links: Link[] = []
  let open: Link | null = null
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name !== 'a' || links.length >= MOST_LINKS) return
      open = { href: attributes.href ?? '', rel: wordsOf(attributes.rel), classes: wordsOf(attributes.class), text: '' }
      links.push(open)
    },
    ontext(text) {
      if (open) open.text += text
    },
    onclosetag(name) {
      if (name === 'a') open = null
    },
  })
  parser.end(html)
  return links
}

const wordsOf = (value: string | undefined) => (value ?? '').toLowerCase().split(/\s+/).filter(Boolean)

/**
 * The pages a post links to, in order: no mentions, no hashtags, nothing in `others` (what it quotes, whom it mentions), nothing on
 * `ownHost`.
 */
export function pagesIn(html: string, others: ReadonlySet<string>, ownHost: string | null): string[] {
  if (!html.includes('<a ')) return []
  const pages = linksIn(html).flatMap(({ href, rel, classes }) => {
    if (classes.includes('mention') || classes.includes('hashtag') || classes.includes('u-url') || rel.includes('tag')) return []
    const url = URL.parse(href)
    if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password) return []
    if (url.host === ownHost || others.has(href) || others.has(url.href)) return []
    return [url.href]
  })
  return [...new Set(pages)]
}

/**
 * The https page a field of a profile consists of, or null. The whole address has to be there to read, or a field could show one page and
 * be proved by another (CVE-2023-42450); scheme and last slash may be left out.
 */
export function pageOfField(html: string): string | null {
  if (!html.includes('<a ')) return null
  const [link, more] = linksIn(html)
  if (!link || more) return null
  const url = URL.parse(link.href)
  if (url?.protocol !== 'https:' || url.username || url.password) return null
  const shown = (text: string) =>
    text
      .trim()
      .replace(/^https:\/\//i, '')
      .replace(/\/$/, '')
      .toLowerCase()
  let all = ''
  new Parser({ ontext: (text) => (all += text) }).end(html)
  return shown(all) === shown(link.text) && (shown(all) === shown(link.href) || shown(all) === shown(url.href)) ? url.href : null
}
