import { generateKeyPairSync } from 'node:crypto'
import { AppError } from '../../src-main/domain/errors.ts'
import { recognise } from '../../src-main/domain/clean-html.ts'
import { parseClean, plainText, sanitise } from '../../src-main/domain/html.ts'
import { entities, formatText, mentionsIn, normaliseTag, tagsIn, textLength } from '../../src-main/domain/text.ts'
import { keysOf, toRemoteAccount, toSentPost } from '../../src-main/federation/mapping/from-activity.ts'
import { wantsPage } from '../../src-main/federation/negotiation.ts'
import { NetError, matchesType, parseJson, parseMediaType } from '../../src-main/net/index.ts'
import { addressRefusal } from '../../src-main/net/address.ts'
import { allowedLocation, literalAddress } from '../../src-main/net/location.ts'
import {
  checkSignature,
  parseProof,
  parseSignature,
  readPublicKey,
  verifyContentDigest,
  verifyDigest,
  verifyProof,
} from '../../src-main/signatures/index.ts'
import { DECEIVING, htmlProblem } from '../rig/evil-peer/strict-html.ts'
import { activity, address, html, junk, mutate, note, object, string } from './words.ts'
import type { Chance } from './chance.ts'
import type { FuzzedInstance } from './instance.ts'

/** One thing strangers can feed us. What it makes is JSON, so that a failure can be printed, and tried again smaller. */
export interface Target {
  name: string
  /** How often, beside the others. */
  weight: number
  make(chance: Chance, s: FuzzedInstance, golden: readonly object[]): unknown
  /** What is wrong after it was fed this; null when nothing is. May throw. */
  feed(s: FuzzedInstance, document: unknown): Promise<string | null> | string | null
}

/** Requests that one activity may cause: its own, a thread of twenty parents with their people, a quote's. */
const ONE_ACTIVITY = 45
/** A look-up, with the thread above what is found. */
const ONE_LOOK_UP = 60
/** A profile page, or a conversation, as the owner opens them. */
const ONE_READING = 1_100

type Sent = { by: number; path: string; body: string }
type Raw = { method: string; path: string; headers: Record<string, string>; body: string }

const ED25519 = generateKeyPairSync('ed25519').publicKey
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function tooMany(s: FuzzedInstance, most: number): string | null {
  return s.network.requests > most ? `${s.network.requests} requests: ${s.network.asked.slice(0, 8).join(' ')} …` : null
}

/** What is stored of a post must be fit for the window. */
function storedProblem(s: FuzzedInstance, uri: unknown): string | null {
  if (typeof uri !== 'string') return null
  const row = s.store.database.prepare('select content, warning from posts where uri = ?').get(uri) as
    { content: string; warning: string } | undefined
  return row ? htmlProblem(row.content) : null
}

/** Signed requests: as they would be sent. */
async function send(s: FuzzedInstance, raw: Raw, who: string): Promise<{ status: number; problem: string | null }> {
  let status: number
  try {
    const answer = await s.app.inject({
      method: raw.method as 'GET',
      url: raw.path,
      headers: { host: 'ana.example', ...raw.headers },
      ...(raw.body === '' ? {} : { payload: raw.body }),
    })
    status = answer.statusCode
    s.statuses[`${who} ${status}`] = (s.statuses[`${who} ${status}`] ?? 0) + 1
    if (status >= 400 && /\bat \S+ \(|node_modules|SQLITE|\.ts:\d/.test(answer.body))
      return { status, problem: `it tells too much: ${answer.body.slice(0, 200)}` }
  } catch (error) {
    // A path or header that cannot be written on the wire at all is refused by the one who would write it.
    if (/Invalid|ERR_INVALID|must be|path|header/i.test((error as Error).message)) return { status: 0, problem: null }
    throw error
  }
  await s.settle()
  return { status, problem: status >= 500 && status !== 503 ? `answered with ${status}` : null }
}

/** What a look-up may end with: an answer, or a word for the owner. */
async function allowed(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof AppError && error.code !== 'internal') return null
    return `it threw ${(error as Error).stack ?? String(error)}`
  }
}

const inbox: Target = {
  name: 'inbox',
  weight: 34,
  make(chance, s, golden): Sent {
    // Most often the one whom the owner follows: what strangers say is mostly not for us.
    const by = chance.likely(0.5) ? 0 : chance.number(s.people.length)
    const actor = s.people[by]?.id ?? ''
    let made: unknown
    if (golden.length > 0 && chance.likely(0.4))
      made = inTheNameOf(actor, chance.pick(golden), chance.likely(0.7) ? `-${chance.number(1e9)}` : '')
    else if (chance.likely(0.05)) made = junk(chance)
    else made = activity(chance, actor, s.own)
    made = mutate(chance, made, chance.number(5))
    // Who deletes the account deletes everything else there is to try.
    if (isObject(made) && made.type === 'Delete' && made.object === actor && chance.likely(0.95)) made.object = chance.pick(s.own)
    // Mostly it should get past the door.
    if (isObject(made) && chance.likely(0.9)) made.actor = actor
    if (isObject(made) && chance.likely(0.5)) made.id = `${actor}#${chance.number(1e9)}`
    return { by, path: chance.likely(0.8) ? '/inbox' : '/users/ana/inbox', body: JSON.stringify(made) ?? 'null' }
  },
  async feed(s, document) {
    const { by, path, body } = document as Sent
    const headers = s.people[by]?.sign(path, body) ?? {}
    const { problem } = await send(s, { method: 'POST', path, headers, body }, 'inbox')
    if (problem) return problem
    const parsed = JSON.parse(body) as unknown
    const inner = isObject(parsed) ? parsed.object : null
    return storedProblem(s, isObject(inner) ? inner.id : inner) ?? tooMany(s, ONE_ACTIVITY)
  },
}

/** A golden document, said by somebody known here. */
function inTheNameOf(actor: string, document: object, suffix: string): unknown {
  const { actor: said, attributedTo, id } = document as Record<string, unknown>
  const author = [said, attributedTo, id].find((one): one is string => typeof one === 'string' && one.startsWith('https:'))
  if (!author) return document
  const text = JSON.stringify(document)
  const origin = URL.parse(author)?.origin ?? author
  const renamed = JSON.parse(text.replaceAll(author, actor).replaceAll(origin, new URL(actor).origin)) as Record<string, unknown>
  // Another post each time, or most would be one that is here.
  const inner = typeof said === 'string' ? renamed.object : renamed
  if (isObject(inner) && typeof inner.id === 'string' && inner.id !== actor) inner.id += suffix
  if (typeof said === 'string') return renamed
  return { id: `${actor}#c`, type: 'Create', actor, to: renamed.to, cc: renamed.cc, object: renamed }
}

const NAMES = [
  'signature',
  'signature-input',
  'digest',
  'content-digest',
  'date',
  'content-type',
  'accept',
  'accept-language',
  'authorization',
  'collection-synchronization',
  'content-encoding',
  'transfer-encoding',
  'range',
  'if-none-match',
  'x-forwarded-for',
  'cookie',
  'expect',
  'content-length',
  'host',
  'origin',
] as const

/** Visible ASCII: nothing else arrives in a header. */
const header = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 2_000)
    .trim()

const door: Target = {
  name: 'door',
  weight: 12,
  make(chance, s): Raw {
    const body = JSON.stringify(activity(chance, s.people[0]?.id ?? '', s.own))
    const headers: Record<string, string> = chance.likely(0.7) ? { ...s.people[0]?.sign('/inbox', body) } : {}
    for (let i = chance.number(4); i > 0; i--) {
      const name = chance.pick(NAMES)
      const old = headers[name] ?? ''
      headers[name] = header(
        chance.pick([
          string(chance),
          old + string(chance),
          old.replace(/"[^"]*"/, () => JSON.stringify(string(chance))),
          `keyId="${address(chance)}",headers="${string(chance)}",signature="${string(chance)}"`,
          `sig1=("${string(chance)}" "@method");created=${string(chance)};keyid="${address(chance)}"`,
          `collectionId="${address(chance)}", url="${address(chance)}", digest="${string(chance)}"`,
        ]),
      )
    }
    const cut = chance.likely(0.2) ? body.slice(0, chance.number(body.length)) : body
    return {
      method: chance.pick(['POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE', 'OPTIONS', 'HEAD']),
      path: chance.pick(['/inbox', '/users/ana/inbox', '/inbox?x=1']),
      headers,
      body: cut,
    }
  },
  async feed(s, document) {
    const { problem } = await send(s, document as Raw, 'door')
    return problem ?? tooMany(s, ONE_ACTIVITY)
  },
}

const reading: Target = {
  name: 'reading',
  weight: 6,
  make(chance, s): Raw {
    const at = chance.pick(s.own).replace(/^https:\/\/[^/]+/, '')
    const word = encodeURIComponent(string(chance).toWellFormed()).slice(0, 600)
    const path = chance.pick([
      `${at}${chance.pick(['', '/activity', '/replies', '/likes', '/shares', '/quotes', `/${word}`])}`,
      `/users/ana/${chance.pick(['outbox', 'followers', 'following', 'collections/featured', 'collections/tags', 'followers_synchronization', word])}`,
      `/tags/${word}`,
      `/@ana/${word}`,
      `/users/${word}`,
      `/contexts/${word}`,
      `/.well-known/webfinger`,
      `/nodeinfo/2.1`,
      `/users/ana/quote_authorizations/${word}`,
      `/media/${word}/original.png`,
      '/',
      `/${word}`,
    ])
    const query = chance.likely(0.5)
      ? `?${chance.pick(['page', 'max_id', 'min_id', 'resource', 'page=true&max_id', word])}=${chance.pick(['true', word, '0', '-1', '99999999999999999999'])}`
      : ''
    const headers: Record<string, string> = {
      accept: header(
        chance.pick(['application/activity+json', 'text/html', '*/*', string(chance), 'text/html;q=0.5, application/activity+json;q=x']),
      ),
    }
    if (chance.likely(0.3)) headers['accept-language'] = header(string(chance))
    return { method: chance.pick(['GET', 'GET', 'HEAD']), path: path + query, headers, body: '' }
  },
  async feed(s, document) {
    const { problem } = await send(s, document as Raw, 'reading')
    return problem ?? tooMany(s, 5)
  },
}

type Served = { url: string; document: unknown; ask: 'url' | 'acct' | 'posts' | 'older' | 'conversation' | 'refresh' }

const answers: Target = {
  name: 'answers',
  weight: 14,
  make(chance, _s, golden): Served {
    const host = chance.pick(['mo.example', 'evil.example', 'bob.example', 'x.peers.test'])
    const ask = chance.pick(['url', 'url', 'url', 'acct', 'posts', 'older', 'conversation', 'refresh'] as const)
    const url =
      ask === 'posts' || ask === 'older'
        ? `https://${host}/c/1?page=0`
        : `https://${host}/${chance.pick(['n', 'users', 'c'])}/${chance.number(1e6)}`
    const author = `https://${host}/users/x`
    const person = {
      id: url,
      type: 'Person',
      preferredUsername: string(chance),
      name: html(chance),
      summary: html(chance),
      inbox: `${url}/inbox`,
      attachment: [{ type: 'PropertyValue', name: string(chance), value: html(chance) }],
      publicKey: { id: `${url}#k`, owner: url, publicKeyPem: string(chance) },
      icon: { url: address(chance) },
      endpoints: { sharedInbox: address(chance) },
    }
    const collection = {
      id: url,
      type: 'OrderedCollection',
      first: {
        type: 'OrderedCollectionPage',
        next: address(chance),
        orderedItems: Array.from({ length: chance.number(20) }, () =>
          chance.pick<unknown>([
            note(chance, author),
            address(chance),
            {
              id: `${author}#c${chance.number(1e6)}`,
              type: chance.pick(['Create', 'Announce']),
              actor: author,
              object: chance.pick<unknown>([note(chance, author), address(chance)]),
            },
          ]),
        ),
      },
    }
    const bases: unknown[] = [
      note(chance, author, url),
      person,
      collection,
      object(chance),
      ...(golden.length > 0 ? [{ ...chance.pick(golden), id: url }] : []),
    ]
    return { url, document: mutate(chance, ask === 'posts' || ask === 'older' ? collection : chance.pick(bases), chance.number(4)), ask }
  },
  async feed(s, document) {
    const { url, document: served, ask } = document as Served
    s.network.serve(url, () => served as object)
    const { resolver } = s.federation
    const post = s.store.database
      .prepare('select id from posts where own = 0 and boost_of is null order by received_at desc limit 1')
      .pluck()
      .get() as number | undefined
    const person = s.people[url.length % s.people.length]?.accountId ?? 0
    const problem = await allowed(async () => {
      if (ask === 'acct') await resolver.account(`${url.split('/').at(-1)}@${new URL(url).host}`)
      else if (ask === 'posts') await resolver.posts(person)
      else if (ask === 'older') await resolver.posts(person, { older: true })
      else if (ask === 'conversation' && post !== undefined) resolver.conversation(post)
      else if (ask === 'refresh' && post !== undefined) resolver.refreshPost(post)
      else await resolver.url(url)
    })
    await s.settle()
    s.network.unserve(url)
    return problem ?? storedProblem(s, url) ?? tooMany(s, ask === 'url' || ask === 'acct' ? ONE_LOOK_UP : ONE_READING)
  },
}

const cleaning: Target = {
  name: 'html',
  weight: 14,
  make: (chance) => html(chance, 30),
  feed(_s, document) {
    const dirty = String(document)
    const clean = sanitise(dirty)
    const problem = htmlProblem(clean)
    if (problem) return problem
    const known = recognise(dirty)
    if (known !== null && known !== parseClean(dirty)) return `recognised as ${known}, parsed as ${parseClean(dirty)}`
    const again = htmlProblem(sanitise(clean))
    if (again) return `cleaned twice: ${again}`
    return /<\w/.test(plainText(clean).replaceAll('<', ' ')) ? 'plain text that is none' : null
  },
}

const mapping: Target = {
  name: 'mapping',
  weight: 12,
  make(chance, _s, golden) {
    const id = 'https://mo.example/users/x'
    const bases: unknown[] = [
      note(chance, id),
      object(chance),
      { ...object(chance), id, type: 'Person', inbox: `${id}/inbox`, preferredUsername: 'x', name: string(chance) },
    ]
    return mutate(chance, golden.length > 0 && chance.likely(0.5) ? chance.pick(golden) : chance.pick(bases), 1 + chance.number(6))
  },
  feed(s, document) {
    if (!isObject(document)) return null
    const post = toSentPost(document, 'https://mo.example/users/x/followers', s.clock.at)
    if (post) {
      const problem = htmlProblem(post.content)
      if (problem) return problem
      if (post.published !== null && (post.published <= 0 || post.published > s.clock.at)) return `published ${post.published}`
      if (post.mentions.length > 50 || post.tags.length > 256 || post.media.length > 16) return 'more than there may be'
      if (post.content.length > 1_100_000) return `${post.content.length} characters`
    }
    const person = toRemoteAccount(document, 'mo.example', s.clock.at)
    if (person) {
      const problem = htmlProblem(person.note) ?? person.fields.map((field) => htmlProblem(field.value)).find((one) => one !== null)
      if (problem) return problem
      if (DECEIVING.test(person.displayName)) return `the name ${JSON.stringify(person.displayName)}`
      if (!/^[A-Za-z0-9_.-]{1,64}$/.test(person.username)) return `the user name ${JSON.stringify(person.username)}`
    }
    keysOf(document)
    return null
  },
}

const parsers: Target = {
  name: 'parsers',
  weight: 8,
  make: (chance, s): unknown => ({
    which: chance.number(9),
    text: chance.pick([
      string(chance),
      JSON.stringify(object(chance)),
      JSON.stringify(activity(chance, s.people[0]?.id ?? '', s.own)),
      address(chance),
    ]),
    more: string(chance),
  }),
  feed(s, document) {
    const { which, text, more } = document as { which: number; text: string; more: string }
    const bytes = Buffer.from(text)
    switch (which) {
      case 0:
        try {
          parseJson(bytes.subarray(0, bytes.length - (more.length % 3)))
        } catch (error) {
          if (!(error instanceof NetError)) throw error
        }
        return null
      case 1: {
        const request = {
          method: 'POST',
          target: '/inbox',
          headers: ['signature', text, 'signature-input', more, 'digest', more, 'date', more],
          rawBody: bytes,
          authority: 'ana.example',
          scheme: 'https' as const,
        }
        const parsed = parseSignature(request)
        if (parsed.ok && checkSignature(parsed, request, s.clock.at).ok) return 'a signature made of nothing is good'
        return null
      }
      case 2:
        return verifyDigest(text, bytes) || verifyContentDigest(text, bytes) ? 'a digest made of nothing is right' : null
      case 3: {
        readPublicKey(text)
        const proof = {
          type: 'DataIntegrityProof',
          cryptosuite: 'eddsa-jcs-2022',
          verificationMethod: more,
          proofPurpose: 'assertionMethod',
          proofValue: `z${'3'.repeat(87)}`,
          created: more,
        }
        const document = { proof: [more, proof], '@context': text, content: more, [text]: more }
        const found = parseProof(document)
        const good = !('ok' in found) && verifyProof(document, found, ED25519, s.clock.at).ok
        return good ? 'a proof made of nothing is good' : null
      }
      case 4:
        try {
          const url = allowedLocation(text, { allowPrivateNetwork: false, ownHosts: ['ana.example'] })
          if (
            url.protocol !== 'https:' ||
            url.port !== '' ||
            url.username !== '' ||
            literalAddress(url) !== null ||
            url.host === 'ana.example'
          )
            return `${text} would be fetched`
        } catch (error) {
          if (!(error instanceof NetError)) throw error
        }
        return null
      case 5:
        addressRefusal(text.slice(0, 60))
        matchesType(text, ['application/activity+json'])
        parseMediaType(more)
        wantsPage(text)
        return null
      case 6: {
        entities(text)
        mentionsIn(text)
        tagsIn(text)
        normaliseTag(text)
        return textLength(text, more) < 0 ? 'a negative length' : null
      }
      default:
        return htmlProblem(formatText(text, { origin: 'https://ana.example', mentions: new Map() }), true)
    }
  },
}

export const targets: readonly Target[] = [inbox, door, reading, answers, cleaning, mapping, parsers]
