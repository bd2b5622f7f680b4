import type { Chance } from './chance.ts'

/** What documents are made of: strings that have broken somebody, HTML, addresses, and values of every kind. */

export const HOSTS = ['mo.example', 'evil.example', 'bob.example', 'x.peers.test', 'y.peers.test'] as const
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
export const HOME = 'https://ana.example'
export const ANA = `${HOME}/users/ana`

const ODD_STRINGS = [
  '',
  ' ',
  '\u0000',
  '\u202eabc',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '%00',
  '%',
  '../../etc/passwd',
  "' or 1=1 --",
  '<b>x</b>',
  '<script>alert(1)</script>',
  '&amp;lt;script&amp;gt;',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  '-0',
  '1e999',
  '9007199254740993',
  'as:Public',
  'Public',
  PUBLIC,
  ANA,
  HOME,
  `${ANA}/statuses/1`,
  `${ANA}#main-key`,
  'acct:ana@ana.example',
  '@ana@ana.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'http://127.0.0.1/',
  'https://[::1]/',
  'https://10.0.0.1/x',
  'https://localhost/x',
  'https://evil.example:99999/',
  'https://evil.example/%zz',
  'https://user:pw@evil.example/',
  'https://evil.example\\@mo.example/',
  '2026-05-01T10:00:00Z',
  '9999-99-99',
  '0000-00-00T00:00:00Z',
  'P1Y',
  'PT99999999999S',
  '🎉',
  '👩‍👩‍👧‍👦',
  ':blob:',
  ':a b:',
  '漢字かな',
  'ﷺ',
  'e\u0301'.repeat(50),
  'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
  'image/png',
  'text/markdown',
  'Note',
  'Tombstone',
  'Collection',
  'OrderedCollectionPage',
  '#tag',
  '##',
  '#',
  '@',
  '@@',
  'https://',
  '://',
  'x'.repeat(5_000),
  '<'.repeat(300),
  '&'.repeat(300),
  '('.repeat(300),
] as const
export const TYPES = [
  'Create',
  'Update',
  'Delete',
  'Follow',
  'Accept',
  'Reject',
  'Undo',
  'Announce',
  'Like',
  'Dislike',
  'EmojiReact',
  'Block',
  'Flag',
  'Move',
  'Add',
  'Remove',
  'QuoteRequest',
  'View',
  'Read',
  'Offer',
  'Invite',
  'Question',
  'toString',
  '',
] as const
const OBJECT_TYPES = [
  'Note',
  'Note',
  'Note',
  'Question',
  'Article',
  'Page',
  'Video',
  'Audio',
  'Image',
  'Event',
  'Tombstone',
  'Person',
  'Service',
  'Group',
  'Follow',
  'Like',
  'Announce',
  'Collection',
  'QuoteAuthorization',
  'ChatMessage',
  'Relationship',
] as const
const FIELDS = [
  'id',
  'type',
  'actor',
  'object',
  'target',
  'result',
  'instrument',
  'attributedTo',
  'to',
  'cc',
  'bto',
  'bcc',
  'audience',
  'content',
  'contentMap',
  'summary',
  'summaryMap',
  'name',
  'nameMap',
  'mediaType',
  'source',
  'published',
  'updated',
  'deleted',
  'inReplyTo',
  'replies',
  'context',
  'conversation',
  'tag',
  'attachment',
  'image',
  'icon',
  'url',
  'href',
  'rel',
  'sensitive',
  'quote',
  'quoteUrl',
  'quoteUri',
  '_misskey_quote',
  'quoteAuthorization',
  'interactionPolicy',
  'canQuote',
  'automaticApproval',
  'oneOf',
  'anyOf',
  'endTime',
  'closed',
  'votersCount',
  'likes',
  'shares',
  'totalItems',
  'first',
  'next',
  'items',
  'orderedItems',
  'partOf',
  'blurhash',
  'focalPoint',
  'width',
  'height',
  'duration',
  'preview',
  'signature',
  'proof',
  'publicKey',
  'inbox',
  'outbox',
  'followers',
  'endpoints',
  'sharedInbox',
  'preferredUsername',
  'movedTo',
  'alsoKnownAs',
  'featured',
  'assertionMethod',
  '@context',
  '_misskey_reaction',
  'interactingObject',
  'interactionTarget',
  'formerType',
] as const

const TAGS = [
  'p',
  'a',
  'span',
  'br',
  'b',
  'i',
  'u',
  'em',
  'strong',
  'del',
  'code',
  'pre',
  'ul',
  'ol',
  'li',
  'blockquote',
  'h1',
  's',
  'script',
  'style',
  'svg',
  'math',
  'img',
  'iframe',
  'table',
  'template',
  'textarea',
  'noscript',
  'P',
  'A',
  'x-y',
  '!--',
  '?xml',
  '![CDATA[',
  '/p',
  '/',
] as const
const ATTRIBUTES = [
  'href',
  'class',
  'rel',
  'target',
  'translate',
  'style',
  'onclick',
  'id',
  'src',
  'title',
  'start',
  'value',
  'reversed',
  'HREF',
  'xlink:href',
  'data-x',
  '',
] as const
const VALUES = [
  'https://mo.example/x',
  'mention',
  'h-card',
  'u-url mention',
  'mention hashtag',
  'invisible',
  'ellipsis',
  'quote-inline',
  'h-\u0000x',
  'nofollow',
  'tag',
  'me opener',
  '_blank',
  '_top',
  'no',
  'javascript:alert(1)',
  'JaVaScRiPt&colon;alert(1)',
  'java\nscript:alert(1)',
  '&#106;avascript:x',
  '//evil.example',
  '\\\\evil.example',
  ' https://x',
  'data:,x',
  'mailto:a@b',
  '1',
  '"',
  '&quot;',
  '<',
  '>',
  '&',
  '',
  'https://a/"onclick=x',
  'https://mo.example/?a=1&b=2',
  'https://mo.example/#é',
  'vbscript:x',
  'x',
] as const
const TEXTS = [
  'x',
  'Grüße',
  'a b',
  '&lt;script&gt;',
  '&amp;',
  '&#39;',
  '&quot;',
  '&nbsp;',
  '&bogus;',
  '&',
  '<',
  '>',
  '"',
  "'",
  '\n',
  '\t',
  '\u0000',
  '\u202e',
  ' ',
  '@ana',
  '#tag',
  'https://mo.example',
  '漢',
  '🎉',
  ']]>',
  '-->',
  '&#0;',
  '&#x110000;',
] as const

/** HTML of all sorts, from what Mastodon writes to what nobody should. */
export function html(chance: Chance, most = 12): string {
  const wild = chance.likely(0.5)
  let out = ''
  const open: string[] = []
  for (let i = chance.number(most); i >= 0; i--) {
    const kind = chance.number(10)
    if (kind < 4) out += text(chance, wild)
    else if (kind < 7 || (kind === 7 && open.length === 0)) {
      const name = wild ? chance.pick(TAGS) : chance.pick(TAGS.slice(0, 11))
      out += `<${name}${attributes(chance, wild)}${chance.likely(0.05) ? ' /' : ''}${wild && chance.likely(0.05) ? '' : '>'}`
      if (name !== 'br') open.push(name)
    } else if (kind === 7) out += `</${open.pop() ?? ''}>`
    else if (wild) out += chance.pick(['</', '<', '<!', '<a', '"', "'", '=', '/>', '<>', '</ p>', '<p<b>'])
    else out += text(chance, false)
  }
  if (!wild) while (open.length > 0) out += `</${open.pop() ?? ''}>`
  return out
}

function text(chance: Chance, wild: boolean): string {
  let out = ''
  for (let i = chance.number(4); i >= 0; i--) out += wild ? chance.pick(TEXTS) : chance.pick(TEXTS.slice(0, 8))
  return out
}

function attributes(chance: Chance, wild: boolean): string {
  let out = ''
  for (let i = chance.number(3); i > 0; i--) {
    const [name, value] = [chance.pick(ATTRIBUTES), chance.pick(VALUES)]
    const quote = wild ? chance.pick(['"', '"', "'", '']) : '"'
    out += `${wild && chance.likely(0.1) ? '\n' : ' '}${name}${chance.likely(0.05) ? '' : `=${quote}${value}${quote}`}`
  }
  return out
}

export function address(chance: Chance): string {
  const host = chance.pick(HOSTS)
  return chance.pick([
    `https://${host}/users/x`,
    `https://${host}/n/${chance.number(400)}`,
    `https://${host}/c/${chance.number(50)}?page=${chance.number(9)}`,
    `${ANA}/statuses/${chance.number(9)}`,
    ANA,
    chance.pick(ODD_STRINGS),
  ])
}

export function string(chance: Chance): string {
  return chance.pick([
    () => chance.pick(ODD_STRINGS),
    () => html(chance),
    () => address(chance),
    () => String(chance.number(1e9) - 5e8),
    () => chance.pick(ODD_STRINGS).slice(0, 40) + chance.pick(ODD_STRINGS).slice(0, 40),
  ])()
}

/** Any JSON there is. */
export function junk(chance: Chance, depth = 0): unknown {
  const kind = chance.number(depth > 4 ? 9 : 13)
  if (kind < 5) return string(chance)
  if (kind === 5) return chance.pick([0, -1, 1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 31, 1e-7])
  if (kind === 6) return chance.likely(0.5)
  if (kind === 7) return null
  if (kind === 8) return address(chance)
  if (kind === 9) return Array.from({ length: chance.number(5) }, () => junk(chance, depth + 1))
  if (kind === 10 && chance.likely(0.05)) return nested(chance)
  if (kind === 11 && chance.likely(0.02)) return Array.from({ length: 2_000 }, (_, i) => (chance.likely(0.5) ? i : address(chance)))
  return object(chance, depth + 1)
}

function nested(chance: Chance): unknown {
  let value: unknown = 1
  for (let i = chance.number(60); i > 0; i--) value = chance.likely(0.5) ? [value] : { object: value }
  return value
}

/** An object of the properties that are really read, each of them anything. */
export function object(chance: Chance, depth = 0): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  if (chance.likely(0.7)) made.type = chance.pick(OBJECT_TYPES)
  if (chance.likely(0.6)) made.id = address(chance)
  for (let i = chance.number(7); i > 0; i--) made[chance.pick(FIELDS)] = junk(chance, depth + 1)
  return made
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The same document with so many things about it changed. */
export function mutate<T>(chance: Chance, document: T, changes = 1 + chance.number(4)): T {
  const copy = structuredClone(document)
  for (let i = 0; i < changes; i++) change(chance, copy)
  return copy
}

function change(chance: Chance, root: unknown): void {
  let at: unknown = root
  // Down to somewhere, more often near the top.
  for (let steps = chance.number(5); steps > 0; steps--) {
    const below: unknown[] = Array.isArray(at) ? at : isObject(at) ? Object.values(at) : []
    const inner = below.filter((value) => typeof value === 'object' && value !== null)
    if (inner.length === 0) break
    at = chance.pick(inner)
  }
  if (Array.isArray(at)) {
    const index = chance.number(at.length + 1)
    if (chance.likely(0.3)) at.splice(index, 1)
    else if (chance.likely(0.3) && at.length > 0)
      for (let i = chance.number(40); i > 0; i--) at.push(structuredClone(chance.pick(at as unknown[])))
    else at[index] = junk(chance)
    return
  }
  if (!isObject(at)) return
  const keys = Object.keys(at)
  const key = keys.length > 0 && chance.likely(0.8) ? chance.pick(keys) : chance.pick(FIELDS)
  const old = at[key]
  switch (chance.number(9)) {
    case 0:
      delete at[key]
      break
    case 1:
      at[key] = [old, old]
      break
    case 2:
      at[key] = [old]
      break
    case 3:
      at[key] = { id: old, type: chance.pick(OBJECT_TYPES) }
      break
    case 4:
      at[chance.pick(FIELDS)] = old
      break
    case 5:
      at[key] = typeof old === 'string' ? old.slice(0, chance.number(old.length + 1)) + string(chance) : junk(chance)
      break
    case 6:
      at[key] = html(chance)
      break
    case 7:
      at[key] = address(chance)
      break
    default:
      at[key] = junk(chance)
  }
}

/** A public note that any server might send. */
export function note(chance: Chance, author: string, id = `${author}/n/${chance.number(300)}`): Json {
  const made: Json = {
    id,
    type: chance.pick(OBJECT_TYPES),
    attributedTo: author,
    content: html(chance),
    published: new Date(Date.UTC(2026, 4, 1, 12) - chance.number(1e8)).toISOString(),
    to: chance.pick([[PUBLIC], [ANA], [`${author}/followers`], PUBLIC, [PUBLIC, ANA]]),
    cc: chance.pick([[`${author}/followers`], [PUBLIC], [], [ANA]]),
  }
  if (chance.likely(0.3)) made.inReplyTo = address(chance)
  if (chance.likely(0.3))
    made.tag = [
      { type: 'Mention', href: chance.pick([ANA, address(chance)]), name: string(chance) },
      { type: 'Hashtag', name: string(chance) },
      { type: 'Emoji', id: address(chance), name: string(chance), icon: { url: address(chance) } },
    ]
  if (chance.likely(0.2))
    made.attachment = [
      {
        type: 'Image',
        mediaType: 'image/png',
        url: address(chance),
        name: string(chance),
        blurhash: string(chance),
        focalPoint: [chance.number(5) - 2, 0.5],
      },
    ]
  if (chance.likely(0.2))
    made[chance.pick(['oneOf', 'anyOf'])] = [
      { type: 'Note', name: string(chance), replies: { totalItems: chance.number(99) } },
      { type: 'Note', name: 'B', replies: junk(chance) },
    ]
  if (chance.likely(0.2)) made.quote = address(chance)
  if (chance.likely(0.2)) made.updated = new Date(Date.UTC(2026, 4, 1, 12) + chance.number(1e7)).toISOString()
  if (chance.likely(0.1)) made.interactionPolicy = { canQuote: { automaticApproval: junk(chance), manualApproval: junk(chance) } }
  return made
}

/** An activity of an actor, with any object. */
export function activity(chance: Chance, actor: string, own: readonly string[]): Json {
  const type = chance.pick(TYPES)
  const aimed = () => chance.pick<unknown>([chance.pick(own), ANA, address(chance), note(chance, actor), object(chance)])
  const made: Json = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${actor}#${type.toLowerCase()}s/${chance.number(1e9)}`,
    type,
    actor,
    to: chance.pick([[PUBLIC], [ANA], PUBLIC, [], [`${actor}/followers`]]),
    object: type === 'Create' || type === 'Update' ? note(chance, actor) : aimed(),
  }
  if (['Move', 'Add', 'Remove'].includes(type)) made.target = chance.pick([`${actor}/featured`, address(chance), junk(chance)])
  if (['EmojiReact', 'Like', 'Flag'].includes(type)) made.content = string(chance)
  if (type === 'QuoteRequest') made.instrument = chance.pick<unknown>([note(chance, actor), address(chance)])
  if (['Undo', 'Accept', 'Reject'].includes(type))
    made.object = chance.pick<unknown>([
      { id: `${actor}#x`, type: chance.pick(TYPES), actor: chance.pick([actor, ANA]), object: aimed() },
      aimed(),
    ])
  if (type === 'Flag') made.object = [ANA, chance.pick(own), junk(chance)]
  return made
}
