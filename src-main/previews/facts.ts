import type { CardFacts } from '../domain/cards.ts'
import type { PageHead } from './page.ts'

/** What a page says of itself (Open Graph, Twitter's card, plain HTML, oEmbed) made into the facts of a card. Pure; nothing of it is markup. */

const MAX = { title: 300, description: 1_000, name: 200, alt: 1_500 }
/** Direction marks and other characters that are not seen (rule 9). */
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** An oEmbed answer, whatever it is. */
export type Embed = Readonly<Record<string, unknown>>

/** Null: the page has no title, so there is nothing to show. `url`: the address that answered. */
export function factsOf(url: string, head: PageHead, embed: Embed | null): Omit<CardFacts, 'authorId'> | null {
  const first = (...names: string[]) => {
    for (const name of names) {
      const value = clean(head.metas.get(name))
      if (value !== '') return value
    }
    return ''
  }
  const embedded = (name: string) => clean(typeof embed?.[name] === 'string' ? embed[name] : '')
  const title = first('og:title', 'twitter:title') || embedded('title') || clean(head.title)
  if (title === '') return null
  const picture =
    addressOf(url, first('og:image:secure_url', 'og:image:url', 'og:image', 'twitter:image', 'twitter:image:src')) ??
    addressOf(url, embedded('thumbnail_url'))
  const kind = kindOf(first('og:type'), embedded('type'))
  const photo = kind === 'photo' ? addressOf(url, embedded('url')) : null
  const sizes = { width: sizeOf(head.metas.get('og:image:width')), height: sizeOf(head.metas.get('og:image:height')) }
  const thumb = { width: sizeOf(embed?.thumbnail_width), height: sizeOf(embed?.thumbnail_height) }
  const author = embedded('author_name') || first('author', 'article:author', 'twitter:creator')
  return {
    kind: kind === 'photo' && photo === null ? 'link' : kind,
    title: cut(title, MAX.title),
    description: cut(first('og:description', 'twitter:description', 'description'), MAX.description),
    language: languageOf(head.language ?? first('og:locale')),
    // Some pages give an address for a name.
    authorName: /^https?:/i.test(author) ? '' : cut(author, MAX.name),
    authorUrl: addressOf(url, embedded('author_url')) ?? (/^https?:/i.test(author) ? (addressOf(url, author) ?? '') : ''),
    providerName: cut(embedded('provider_name') || first('og:site_name', 'application-name'), MAX.name) || hostOf(url),
    providerUrl: addressOf(url, embedded('provider_url')) ?? '',
    width: sizeOf(embed?.width) ?? sizes.width ?? 0,
    height: sizeOf(embed?.height) ?? sizes.height ?? 0,
    publishedAt: timeOf(first('article:published_time', 'og:published_time', 'date')),
    picture:
      photo !== null
        ? { url: photo, width: sizeOf(embed?.width), height: sizeOf(embed?.height), description: null }
        : picture === null
          ? null
          : {
              url: picture,
              ...(sizes.width !== null && sizes.height !== null ? sizes : thumb),
              description: cut(first('og:image:alt', 'twitter:image:alt'), MAX.alt) || null,
            },
  }
}

/** The account a page names as its author, as `name@host`; null if it names none. */
export function creatorOf(head: PageHead): string | null {
  const name = clean(head.metas.get('fediverse:creator')).replace(/^@/, '')
  return /^[A-Za-z0-9_.-]{1,64}@[^\s@/:]{1,253}(:\d{1,5})?$/.test(name) ? name : null
}

function kindOf(type: string, embed: string): CardFacts['kind'] {
  if (embed === 'photo' || embed === 'video' || embed === 'rich') return embed
  return /^video\b/i.test(type) ? 'video' : 'link'
}

const clean = (text: string | undefined) => (text ?? '').replace(INVISIBLE, '').replace(/\s+/g, ' ').trim()
/** Cut between characters, never inside of one. */
const cut = (text: string, max: number) => (text.length <= max ? text : `${[...text.slice(0, max)].slice(0, -1).join('')}…`)
const hostOf = (url: string) => (URL.parse(url)?.hostname ?? '').replace(/^www\./, '')

/** An http(s) address, read as the page means it; null if it is none. */
function addressOf(base: string, text: string): string | null {
  if (text === '' || text.length > 2_048) return null
  const url = URL.parse(text, base)
  return url && (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password ? url.href : null
}

function sizeOf(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value.trim()) : value
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= 20_000 ? number : null
}

function languageOf(text: string): string | null {
  const code = /^([a-z]{2,3})(?:[-_][a-z0-9]{2,8})*$/i.exec(text.trim().slice(0, 35))?.[1]
  return code?.toLowerCase() ?? null
}

function timeOf(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null
  const time = Date.parse(text)
  return Number.isNaN(time) || time <= 0 || time > 4_102_444_800_000 ? null : time
}
