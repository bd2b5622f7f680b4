import { firstIdAt } from '../store/ids.ts'
import { normaliseTag } from './text.ts'

/**
 * The language of search, with no database in it: how text becomes what FTS5's unicode61 keeps apart rightly in any script, and how what
 * the owner typed becomes an expression. The same function prepares both, so whatever it does, they meet.
 */

/** Written without spaces between words: found by overlapping pairs of letters. */
const RUNNING =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const MARK = /\p{M}/u
const EMOJI = /[\p{Extended_Pictographic}\u{1f1e6}-\u{1f1ff}]/u
const WORD = /[\p{L}\p{N}]/u
/** Latin and what unicode61 does well by itself; anything else is prepared here. */
const NEEDS_PREPARING = /[^\u0000-\u00a8\u00aa-\u00ad\u00af-\u02ff\u2010-\u2027]/
/** Vowel points of Hebrew and Arabic, the stretched line, colours of skin: written or left out at will. */
const LEFT_OUT = /[\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640\u06d6-\u06ed\u200b-\u200f\u2060\ufe00-\ufe0f\u{1f3fb}-\u{1f3ff}]/u
/** The prolonged sound mark and the iteration mark belong to the words they stand in. */
const RUNNING_TOO = /[\u30fc\u3005\uff70]/

const isRunning = (c: string) => RUNNING.test(c) || RUNNING_TOO.test(c)

/** Vowel signs of India's and South-East Asia's scripts are no letters to unicode61, which would cut words at them: private letters stand for them. */
const asLetter = (mark: string) => {
  const code = mark.codePointAt(0) as number
  return code >= 0x900 && code < 0x1800 ? String.fromCharCode(0xe000 + code - 0x900) : ''
}

/** An emoji is no letter to unicode61 either. */
const emojiWord = (emoji: string) => ` \uf000${(emoji.codePointAt(0) as number).toString(16)} `

/**
 * Text as it is indexed. Runs of Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese become overlapping pairs, and their last letter
 * stands alone as well: "東京都 ok" -> "東京 京都 都 ok". Emoji become words, forms that mean the same become one. `open`: a run at the very end
 * may go on, as in what is typed, and its last letter is not set apart.
 */
export function segment(text: string, open = false): string {
  if (!NEEDS_PREPARING.test(text)) return text
  let out = ''
  let run: string[] = []
  const flush = (ends: boolean) => {
    if (run.length === 0) return
    for (let i = 0; i + 1 < run.length; i++) out += ` ${run[i]}${run[i + 1]}`
    out += ends || run.length === 1 ? ` ${run.at(-1)} ` : ' '
    run = []
  }
  for (const c of folded(text)) {
    if (c < '\u0300') {
      flush(true)
      out += c
    } else if (LEFT_OUT.test(c)) continue
    else if (MARK.test(c)) {
      const letter = asLetter(c)
      if (run.length > 0) run[run.length - 1] += letter
      else out += letter
    } else if (isRunning(c)) run.push(c)
    else {
      flush(true)
      out += EMOJI.test(c) ? emojiWord(c) : c
    }
  }
  flush(!open)
  return out
}

/** One form for what means the same: half and full width, ligatures, letters with and without accents where unicode61 does not see to it. */
function folded(text: string): string {
  const one = text.normalize('NFKC')
  if (!/[\u0370-\u04ff\u1f00-\u1fff]/.test(one)) return one
  return one
    .replace(/[\u0386-\u03ce\u1f00-\u1fff]/g, (c) => c.normalize('NFD').replace(/[\u0300-\u036f]/g, ''))
    .replaceAll('ё', 'е')
    .replaceAll('Ё', 'Е')
}

/** Whether there is anything in it that can be looked for. */
export const hasWords = (text: string): boolean => WORD.test(text) || EMOJI.test(text)

/** Letters and digits only: the tokenizer would split anything else. */
export const facetWord = (word: string): string =>
  [...word.toLowerCase()].map((c) => (/[\p{L}\p{N}]/u.test(c) ? c : `z${(c.codePointAt(0) as number).toString(16)}z`)).join('')

/**
 * Words as FTS5 wants them: one quoted string, so that nothing typed can be syntax. A single letter of a script that is indexed by pairs
 * finds every pair that begins with it, which with the one that stands alone is every place it stands.
 */
export function quoted(text: string, prefix = false): string {
  // To FTS5 an expression ends at a zero, in the midst of a string too.
  const words = segment(text.replaceAll('\u0000', ' '), true).trim().replace(/\s+/g, ' ')
  const single = [...words].length === 1 && isRunning(words)
  return `"${words.replaceAll('"', '""')}"${prefix || single ? '*' : ''}`
}

export interface Terms {
  /** For FTS5; always something, if only every post. */
  match: string
  /** Ids from here on. */
  from: number
  /** Ids below this. */
  to: number
  /** Ids from `gapFrom` to below `gapTo` are not wanted; both 0: no gap. */
  gapFrom: number
  gapTo: number
  /** Standing at home, or not; null: wherever. */
  home: boolean | null
}

/** What an operator wants, as a condition on the column of operators, or as bounds. */
type Wish = { facet: string } | { before: number } | { after: number } | { during: [number, number] } | { home: true } | 'everything'

/** Every post carries it: for searches that name no word. */
export const EVERY_POST = 'xall'

const HAS: Record<string, string> = {
  media: 'xhasmedia',
  attachment: 'xhasmedia',
  file: 'xhasmedia',
  image: 'xhasimage',
  picture: 'xhasimage',
  photo: 'xhasimage',
  video: 'xhasvideo',
  film: 'xhasvideo',
  gif: 'xhasgifv',
  gifv: 'xhasgifv',
  audio: 'xhasaudio',
  sound: 'xhasaudio',
  poll: 'xhaspoll',
  link: 'xhaslink',
  url: 'xhaslink',
  card: 'xhascard',
  embed: 'xhasembed',
  quote: 'xhasquote',
  cw: 'xhascw',
  warning: 'xhascw',
}
const IS: Record<string, string> = {
  reply: 'xisreply',
  answer: 'xisreply',
  sensitive: 'xissensitive',
  quote: 'xhasquote',
  own: 'xisown',
  mine: 'xisown',
  boost: 'xisboost',
  boosted: 'xisboost',
  reblog: 'xisboost',
  favourite: 'xisfavourite',
  favourited: 'xisfavourite',
  favorite: 'xisfavourite',
  favorited: 'xisfavourite',
  bookmark: 'xisbookmark',
  bookmarked: 'xisbookmark',
  private: 'xisprivate',
  direct: 'xisdirect',
}

/** People that `from:` and `to:` name: ids, none if nobody is known by that name. */
export type PeopleNamed = (name: string) => readonly number[]

/**
 * What was typed: words (all of them), "phrases", -not, `#tag` and operators. What is no operator, or has a value that means nothing to
 * it, is words. Null when there is nothing to look for. Never throws, whatever was typed.
 */
export function termsOf(typed: string, peopleNamed: PeopleNamed): Terms | null {
  const wanted: string[] = []
  const unwanted: string[] = []
  const terms: Terms = { match: '', from: 0, to: Number.MAX_SAFE_INTEGER, gapFrom: 0, gapTo: 0, home: null }
  let any = false
  for (const [, minus = '', name, phrase, word] of typed.slice(0, 500).matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/giu)) {
    const text = (phrase ?? word ?? '').trim()
    const wish = name ? wishOf(name.toLowerCase(), text, peopleNamed) : tagWish(text)
    if (wish === null) {
      const plain = name ? `${name}:${text}` : text
      if (!hasWords(plain)) continue
      ;(minus ? unwanted : wanted).push(`text : ${wordOf(plain, phrase === undefined)}`)
    } else if (wish === 'everything') any = true
    else if ('facet' in wish) (minus ? unwanted : wanted).push(wish.facet)
    else bound(terms, wish, minus !== '')
    any = true
  }
  if (!any) return null
  const all = (wanted.length > 0 ? wanted : [facet(EVERY_POST)]).map((expression) => `(${expression})`).join(' AND ')
  terms.match = unwanted.length === 0 ? all : `(${all}) NOT (${unwanted.map((expression) => `(${expression})`).join(' OR ')})`
  return terms
}

/** `boat*`: every word that begins so. Of fewer letters it would be half of everything. */
const wordOf = (text: string, bare: boolean): string => {
  const beginning = bare && text.endsWith('*') ? text.replace(/\*+$/, '') : ''
  return [...beginning].length >= 3 && hasWords(beginning) ? quoted(beginning, true) : quoted(text)
}

/** Several bounds all hold. */
function bound(terms: Terms, wish: Exclude<Wish, 'everything' | { facet: string }>, not: boolean): void {
  const below = (time: number) => (terms.to = Math.min(terms.to, firstIdAt(time)))
  const above = (time: number) => (terms.from = Math.max(terms.from, firstIdAt(time)))
  if ('home' in wish) terms.home = !not
  else if ('before' in wish) (not ? above : below)(wish.before)
  else if ('after' in wish) (not ? below : above)(wish.after)
  else if (not) [terms.gapFrom, terms.gapTo] = wish.during.map(firstIdAt) as [number, number]
  else {
    above(wish.during[0])
    below(wish.during[1])
  }
}

const facet = (word: string) => `facets : "${word}"`

function tagWish(text: string): Wish | null {
  if (!text.startsWith('#')) return null
  const name = normaliseTag(text)
  return name === '' ? null : { facet: facet(`xtag${facetWord(name)}`) }
}

/** Null: no operator, or a value it knows nothing of. */
function wishOf(name: string, value: string, peopleNamed: PeopleNamed): Wish | null {
  if (value === '') return null
  switch (name) {
    case 'from':
      return people('xfrom', peopleNamed(value.replace(/^@/, '')))
    case 'to':
    case 'mentions':
      return people('xto', peopleNamed(value.replace(/^@/, '')))
    case 'has': {
      const known = wordIn(HAS, value)
      return known === null ? null : { facet: facet(known) }
    }
    case 'is': {
      const known = wordIn(IS, value)
      return known === null ? null : { facet: facet(known) }
    }
    case 'lang':
    case 'language':
      return /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(value) ? { facet: facet(`xlang${facetWord(value.split('-')[0] as string)}`) } : null
    case 'in':
      return placeOf(value.toLowerCase())
    case 'before':
    case 'after':
    case 'during':
      return timeWish(name, value)
    default:
      return null
  }
}

/** In the singular too. */
function wordIn(words: Record<string, string>, value: string): string | null {
  const word = value.toLowerCase()
  const single = word.endsWith('s') ? word.slice(0, -1) : word
  return Object.hasOwn(words, word) ? (words[word] as string) : Object.hasOwn(words, single) ? (words[single] as string) : null
}

function people(kind: 'xfrom' | 'xto', ids: readonly number[]): Wish {
  // Nobody is known by that name: nothing is by them.
  return { facet: `facets : (${(ids.length > 0 ? ids : [0]).map((id) => `"${kind}${id}"`).join(' OR ')})` }
}

function placeOf(value: string): Wish | null {
  if (value === 'library') return { facet: facet('xinlibrary') }
  if (value === 'home') return { home: true }
  if (value === 'bookmarks') return { facet: facet('xisbookmark') }
  if (value === 'favourites' || value === 'favorites') return { facet: facet('xisfavourite') }
  if (value === 'public') return { facet: facet('xinpublic') }
  return value === 'all' ? 'everything' : null
}

/** `before:` a day is earlier than that day, `after:` it later than that day, as on Mastodon; days are those of this computer. */
function timeWish(name: 'before' | 'after' | 'during', value: string): Wish | null {
  const span = spanOf(value)
  if (span === null) return null
  return name === 'before' ? { before: span[0] } : name === 'after' ? { after: span[1] } : { during: span }
}

/** First and last millisecond (exclusive) of an ISO year, month, day or moment; null if it is none. */
function spanOf(value: string): [number, number] | null {
  const [, year, month, day] = /^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?$/.exec(value) ?? []
  if (year === undefined) {
    if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value)) return null
    const moment = Date.parse(value)
    return Number.isNaN(moment) || moment < 0 ? null : [moment, moment + 1]
  }
  const [y, m, d] = [Number(year), month === undefined ? null : Number(month), day === undefined ? null : Number(day)]
  if (y < 1970 || (m !== null && (m < 1 || m > 12)) || (d !== null && (d < 1 || d > 31))) return null
  const start = new Date(y, (m ?? 1) - 1, d ?? 1)
  if (d !== null && start.getDate() !== d) return null
  const end = new Date(start)
  if (m === null) end.setFullYear(y + 1)
  else if (d === null) end.setMonth(end.getMonth() + 1)
  else end.setDate(end.getDate() + 1)
  return [start.getTime(), end.getTime()]
}
