import DOMPurify from 'dompurify'
import { hold } from './stills.ts'

/** Mastodon's own allow-list for posts (its sanitiser), plus ruby. Everything else loses its tag and keeps its text. */
const TAGS = [
  'p',
  'br',
  'a',
  'span',
  'strong',
  'b',
  'em',
  'i',
  'del',
  's',
  'u',
  'code',
  'pre',
  'blockquote',
  'ul',
  'ol',
  'li',
  'ruby',
  'rt',
  'rp',
]
const ATTRIBUTES = ['href', 'lang', 'dir', 'start', 'reversed', 'value', 'class']
const SCHEMES = /^(?:https?|mailto|xmpp|gemini|gopher|magnet|matrix|ipfs|ipns|dat|dweb):/i
const CLASSES = new Set(['mention', 'hashtag', 'ellipsis', 'invisible', 'u-url', 'h-card'])
const LINK_LENGTH = 30

export interface Emoji {
  shortcode: string
  url: string
  staticUrl: string
}

/** What of a post's surroundings its links are resolved with. */
export interface Surroundings {
  emojis?: readonly Emoji[]
  /** Mentions of the post: their links lead to profiles inside the window. */
  mentions?: readonly { url: string; acct: string; username: string }[]
  /** Hashtags of the post: their links lead to the tag inside the window. */
  tags?: readonly { name: string; url?: string | null }[]
  profilePath?: (acct: string) => string
  tagPath?: (tag: string) => string
}

/** `https://www.example.org/a/long/path` as `example.org/a/long…`: host and path, at most 30 characters. */
export function shortLink(href: string): string {
  let url: URL
  try {
    url = new URL(href)
  } catch {
    return href
  }
  if (!/^https?:$/.test(url.protocol)) return href
  let path = url.pathname === '/' ? '' : url.pathname
  try {
    path = decodeURI(path)
  } catch {
    // A path that is not UTF-8 is shown as it is.
  }
  const text = url.host.replace(/^www\./, '') + path + url.search
  return text.length > LINK_LENGTH ? `${text.slice(0, LINK_LENGTH - 1)}…` : text
}

const bare = (url: string) => url.replace(/[/#]+$/, '').toLowerCase()

const rewriteLink = (link: HTMLAnchorElement, around: Surroundings): void => {
  const href = link.getAttribute('href') ?? ''
  const text = link.textContent ?? ''
  if (!SCHEMES.test(href)) {
    link.replaceWith(...link.childNodes)
    return
  }
  const mention = around.mentions?.find(
    (one) =>
      bare(one.url) === bare(href) ||
      (link.classList.contains('mention') && text.replace(/^@/, '').toLowerCase() === one.acct.toLowerCase()),
  )
  if (mention && around.profilePath) {
    link.href = around.profilePath(mention.acct)
    link.className = 'mention'
    link.title = `@${mention.acct}`
    const name = document.createElement('bdi')
    name.dir = 'ltr'
    name.textContent = text.trim() || `@${mention.username}`
    link.replaceChildren(name)
    return
  }
  const tag = /^#/.test(text.trim()) ? text.trim().slice(1) : null
  const known =
    tag === null
      ? undefined
      : around.tags?.find(
          (one) => one.name.toLowerCase() === tag.toLowerCase().normalize('NFKC') || (one.url && bare(one.url) === bare(href)),
        )
  if (tag && around.tagPath && (known || link.classList.contains('hashtag') || /\/tags?\/[^/]+\/?$/i.test(href))) {
    link.href = around.tagPath(known?.name ?? tag)
    link.rel = 'tag'
    link.className = ''
    link.textContent = `#${tag}`
    return
  }
  link.rel = 'noopener noreferrer nofollow'
  link.target = '_blank'
  link.className = ''
  if (/^https?:/i.test(text) || link.querySelector('.invisible, .ellipsis')) {
    const shown = document.createElement('bdi')
    shown.dir = 'ltr'
    shown.textContent = shortLink(href)
    link.replaceChildren(shown)
  }
  link.title = href
}

const SHORTCODE = /:([a-zA-Z0-9_]{2,}):/g

const PICTURED = /:[a-zA-Z0-9_]{2,}:|\p{RGI_Emoji}/gv

/** A name with at most so many emoji, own pictures and characters alike; an ellipsis stands for the others. */
export function fewerEmojis(text: string, emojis: readonly Emoji[], most: number): string {
  let count = 0
  const short = text.replace(PICTURED, (found) => {
    if (found.startsWith(':') && !emojis.some((one) => found === `:${one.shortcode}:`)) return found
    return ++count > most ? '' : found
  })
  return count > most ? `${short.replace(/\s+/g, ' ').trim()}\u2026` : text
}

/** Text with `:shortcodes:` as a list of texts and pictures. */
export function withEmojis(text: string, emojis: readonly Emoji[] = []): (string | HTMLImageElement)[] {
  if (emojis.length === 0 || !text.includes(':')) return [text]
  const parts: (string | HTMLImageElement)[] = []
  let last = 0
  for (const found of text.matchAll(SHORTCODE)) {
    const emoji = emojis.find((one) => one.shortcode === found[1])
    if (!emoji) continue
    if (found.index > last) parts.push(text.slice(last, found.index))
    const image = document.createElement('img')
    if (emoji.staticUrl && emoji.staticUrl !== emoji.url) {
      image.src = emoji.staticUrl
      image.dataset['still'] = emoji.staticUrl
      image.dataset['moving'] = emoji.url
    } else hold(image, emoji.url)
    image.alt = found[0]
    image.title = found[0]
    image.className = 'emoji'
    image.draggable = false
    image.decoding = 'async'
    parts.push(image)
    last = found.index + found[0].length
  }
  if (last < text.length) parts.push(text.slice(last))
  return parts
}

const replaceEmojis = (root: Node, emojis: readonly Emoji[]): void => {
  if (emojis.length === 0) return
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  const texts: Text[] = []
  while (walker.nextNode()) texts.push(walker.currentNode as Text)
  for (const text of texts) {
    if (text.parentElement?.closest('code, pre')) continue
    const parts = withEmojis(text.data, emojis)
    if (parts.some((part) => typeof part !== 'string')) text.replaceWith(...parts)
  }
}

/** More tags than these at the end of a post are stuffing. */
const MOST_TAGS = 3

/** A last paragraph of nothing but many hashtags is marked: lists show one quiet line of it. */
const markStuffing = (fragment: DocumentFragment): void => {
  const last = fragment.lastElementChild
  if (last?.tagName !== 'P' || fragment.childElementCount < 2) return
  const links = [...last.querySelectorAll('a')]
  if (links.length <= MOST_TAGS || !links.every((link) => link.rel === 'tag')) return
  const words = [...last.childNodes].filter((node) => !(node instanceof HTMLAnchorElement)).map((node) => node.textContent ?? '')
  if (words.join('').trim() === '') last.className = 'stuffing'
}

/**
 * Remote HTML as nodes that are safe to show: allow-listed tags and attributes, no styles, no pictures but custom emoji, links to
 * people and tags kept inside the window, other links marked and shortened, every paragraph with its own direction. The server has
 * sanitised already; this is the second layer.
 */
export function sanitise(html: string, around: Surroundings = {}): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOWED_URI_REGEXP: SCHEMES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  })
  for (const element of fragment.querySelectorAll<HTMLElement>('*')) {
    const classes = [...element.classList].filter((name) => CLASSES.has(name))
    if (classes.length > 0) element.className = classes.join(' ')
    else element.removeAttribute('class')
  }
  for (const link of fragment.querySelectorAll('a')) rewriteLink(link, around)
  for (const hidden of fragment.querySelectorAll('.invisible')) hidden.remove()
  for (const block of fragment.querySelectorAll<HTMLElement>('p, li, blockquote, pre')) if (!block.dir) block.dir = 'auto'
  markStuffing(fragment)
  replaceEmojis(fragment, around.emojis ?? [])
  return fragment
}
