import { Marked } from 'marked'
import { AppError } from './errors.ts'
import { sanitise } from './html.ts'
import { peopleNamed } from './rendering.ts'
import { origin } from './rows.ts'
import { entities, escapeHtml, formatInline, linkHtml, normaliseTag } from './text.ts'
import type { Token, Tokens } from 'marked'
import type { Domain } from './domain.ts'
import type { Rendered } from './rendering.ts'
import type { Formatting } from './text.ts'

/**
 * Markdown of the owner (CommonMark with strike-through, a line break is a line break), as Mastodon's HTML subset. Mentions, hashtags and
 * addresses in the text are found as in plain text, not in code. What the subset has no word for is written out: a heading is a strong
 * paragraph, a picture a link, a table and raw HTML stay text.
 */

const marked = new Marked({ gfm: true, breaks: true })
marked.use({
  tokenizer: {
    table: () => undefined,
    html: () => undefined,
    tag: () => undefined,
    // Ours decides what a bare address is: the one of the library takes `ana@ana.example` in a mention for an e-mail address.
    url(src) {
      const word = /^https?:\/\/\S{1,2000}/i.exec(src)?.[0]
      const [link] = word === undefined ? [] : entities(word)
      if (link?.kind !== 'link' || link.start !== 0) return undefined
      return { type: 'link', raw: link.url, text: link.url, href: link.url, title: null, tokens: [] }
    },
  },
})

/** Quotes and lists within one another, and what they hold: nobody reads deeper. */
const MOST_DEEP = 200
const tooDeep = () => new AppError('invalid', 'The quotes or lists of this post are nested too deeply.', { reason: 'too-deep' })

function tokensOf(text: string): Token[] {
  try {
    return marked.lexer(text)
  } catch (error) {
    // The library calls itself for every level.
    throw error instanceof RangeError ? tooDeep() : error
  }
}

/**
 * Formats Markdown of the owner; the same promise as `rendering.render`. `found` adds accounts for accts (lower case). Throws 'invalid'
 * (`too-deep`).
 */
export function renderMarkdown(d: Domain, text: string, found: ReadonlyMap<string, number> = new Map()): Rendered {
  const tokens = tokensOf(text)
  const accts = new Map<string, string>()
  const tags = new Set<string>()
  let hasLink = false
  const look = (list: readonly Token[], inLink: boolean, depth: number): void => {
    if (depth > MOST_DEEP) throw tooDeep()
    for (const token of list) {
      if (token.type === 'link' || token.type === 'image') hasLink ||= address((token as Tokens.Link).href) !== null
      if (isText(token) && !inLink) {
        for (const entity of entities(token.text)) {
          if (entity.kind === 'mention' && !accts.has(entity.acct.toLowerCase())) accts.set(entity.acct.toLowerCase(), entity.acct)
          if (entity.kind === 'tag') tags.add(normaliseTag(entity.name))
          if (entity.kind === 'link') hasLink = true
        }
      }
      look(below(token), inLink || token.type === 'link', depth + 1)
    }
  }
  look(tokens, false, 0)
  const { mentions, people } = peopleNamed(d, [...accts.values()], found)
  return { html: sanitise(blocks(tokens, { origin: origin(d), mentions: people })), mentions, tags: [...tags], hasLink }
}

const isText = (token: Token): token is Tokens.Text => token.type === 'text' && !(token as Tokens.Text).tokens?.length

function below(token: Token): readonly Token[] {
  if (token.type === 'list') return (token as Tokens.List).items
  return token.type === 'image' ? [] : ((token as { tokens?: Token[] }).tokens ?? [])
}

function blocks(tokens: readonly Token[], formatting: Formatting): string {
  return tokens.map((token) => block(token, formatting)).join('')
}

function block(token: Token, formatting: Formatting): string {
  const inside = () => inline(below(token), formatting, false)
  switch (token.type) {
    case 'space':
    case 'def':
      return ''
    case 'heading':
      return `<p><strong>${inside()}</strong></p>`
    case 'hr':
      return '<p>———</p>'
    case 'code':
      return `<pre><code>${escapeHtml((token as Tokens.Code).text)}</code></pre>`
    case 'blockquote':
      return `<blockquote>${blocks(below(token), formatting)}</blockquote>`
    case 'list': {
      const { ordered, start, items } = token as Tokens.List
      const rows = items.map((item) => `<li>${item.task ? (item.checked ? '☑ ' : '☐ ') : ''}${listItem(item, formatting)}</li>`).join('')
      return ordered ? `<ol${start === 1 || start === '' ? '' : ` start="${start}"`}>${rows}</ol>` : `<ul>${rows}</ul>`
    }
    default:
      return `<p>${below(token).length > 0 ? inside() : inline([token], formatting, false)}</p>`
  }
}

/** The lines of a list without empty ones between them are no paragraphs. */
function listItem(item: Tokens.ListItem, formatting: Formatting): string {
  return item.tokens
    .map((token) =>
      token.type === 'text'
        ? isText(token)
          ? inline([token], formatting, false)
          : inline(below(token), formatting, false)
        : token.type === 'checkbox'
          ? ''
          : block(token, formatting),
    )
    .join('')
}

function inline(tokens: readonly Token[], formatting: Formatting, inLink: boolean): string {
  return tokens
    .map((token) => {
      const inside = () => inline(below(token), formatting, inLink)
      switch (token.type) {
        case 'strong':
          return `<strong>${inside()}</strong>`
        case 'em':
          return `<em>${inside()}</em>`
        case 'del':
          return `<del>${inside()}</del>`
        case 'codespan':
          return `<code>${escapeHtml((token as Tokens.Codespan).text)}</code>`
        case 'br':
          return '<br />'
        case 'escape':
          return escapeHtml((token as Tokens.Escape).text)
        case 'link': {
          const { href, raw, text } = token as Tokens.Link
          const to = address(href)
          if (to === null) return escapeHtml(raw)
          if (text === href) return linkHtml(to)
          return `<a href="${escapeHtml(to)}" target="_blank" rel="nofollow noopener">${inline(below(token), formatting, true)}</a>`
        }
        case 'image': {
          const { href, raw, text } = token as Tokens.Image
          const to = address(href)
          if (to === null) return escapeHtml(raw)
          return text === '' ? linkHtml(to) : `<a href="${escapeHtml(to)}" target="_blank" rel="nofollow noopener">${escapeHtml(text)}</a>`
        }
        case 'text':
          return isText(token) ? (inLink ? escapeHtml(token.text) : formatInline(token.text, formatting)) : inside()
        default:
          return escapeHtml(token.raw)
      }
    })
    .join('')
}

/** Only what leads to a page is a link. */
function address(href: string): string | null {
  try {
    const url = new URL(href)
    return (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password ? href : null
  } catch {
    return null
  }
}
