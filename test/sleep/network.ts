import { signCavage } from '../../src-main/signatures/index.ts'
import { NetError } from '../../src-main/net/index.ts'
import type { KeyObject } from 'node:crypto'
import type { Net } from '../../src-main/net/index.ts'
import type { Sender } from './senders.ts'

/** The other servers of the simulation, without sockets: what they serve to look-ups, and what they sign. */

export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
const ACTIVITY = 'application/activity+json'
const PAGE = 20

export interface Note {
  id: string
  author: string
  at: number
  to: string[]
  cc: string[]
  inReplyTo: string | null
  tag: object[]
}

export interface Site {
  readonly host: string
  readonly origin: string
  readonly sender: Sender
  readonly notes: Note[]
  /** Requests it was asked, `keyId path`. */
  readonly asked: { at: number; keyId: string; path: string }[]
  actorId(name: string): string
  followers(name: string): string
  /** Null: 404. */
  answer(path: string, keyId: string): object | null
}

const time = (at: number) => new Date(at).toISOString()

export const document = (note: Note, site: Site): Record<string, unknown> => ({
  '@context': 'https://www.w3.org/ns/activitystreams',
  id: note.id,
  type: 'Note',
  attributedTo: note.author,
  content: `<p>${note.id}</p>`,
  published: time(note.at),
  to: note.to,
  cc: note.cc,
  inReplyTo: note.inReplyTo,
  tag: note.tag,
  ...(note.inReplyTo === null && site.sender.thread === 'context' ? { context: `${site.origin}/contexts/1` } : {}),
  ...(note.inReplyTo === null && site.sender.thread === 'replies' ? { replies: `${note.id}/replies` } : {}),
})

export const create = (note: Note, site: Site, whole = true): Record<string, unknown> => ({
  '@context': 'https://www.w3.org/ns/activitystreams',
  id: `${note.id}/activity`,
  type: 'Create',
  actor: note.author,
  to: note.to,
  cc: note.cc,
  ...(whole ? { published: time(note.at), object: document(note, site) } : { object: note.id }),
})

/** A server with as many people as are asked for; `fo` is the one the owner follows. */
export function openSite(sender: Sender, publicPem: string, reader: string): Site {
  const host = `${sender.software}.peers.test`
  const origin = `https://${host}`
  const notes: Note[] = []
  const actorId = (name: string) => `${origin}/users/${name}`
  const followers = (name: string) => `${actorId(name)}/followers`
  const outbox = `${actorId('fo')}/outbox`

  function actor(name: string): object {
    const id = actorId(name)
    return {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id,
      type: 'Person',
      preferredUsername: name,
      inbox: `${id}/inbox`,
      outbox: `${id}/outbox`,
      followers: followers(name),
      featured: `${id}/featured`,
      endpoints: { sharedInbox: `${origin}/inbox` },
      publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem: publicPem },
    }
  }

  function outboxPage(keyId: string, below: number): object {
    const seesMore = sender.outbox.forFollowers && keyId === reader
    const shown = notes
      .filter((note) => note.author === actorId('fo') && (note.to.includes(PUBLIC) || seesMore))
      .filter((note) => sender.outbox.items === 'create' || note.inReplyTo === null)
      .sort((a, b) => b.at - a.at)
    const page = shown.slice(below, below + PAGE)
    return {
      id: `${outbox}?page=true&from=${below}`,
      type: 'OrderedCollectionPage',
      partOf: outbox,
      orderedItems: page.map((note) => create(note, site, sender.outbox.items === 'create')),
      ...(below + PAGE < shown.length ? { next: `${outbox}?page=true&from=${below + PAGE}` } : {}),
    }
  }

  const answers = () => notes.filter((note) => note.inReplyTo !== null && note.to.includes(PUBLIC))

  const site: Site = {
    host,
    origin,
    sender,
    notes,
    asked: [],
    actorId,
    followers,
    answer(path, keyId) {
      const url = new URL(path, origin)
      const acct = url.searchParams.get('resource')
      if (url.pathname === '/.well-known/webfinger' && acct) {
        const name = acct.replace(/^acct:/, '').split('@')[0] as string
        return { subject: acct, links: [{ rel: 'self', type: ACTIVITY, href: actorId(name) }] }
      }
      if (url.pathname === '/.well-known/nodeinfo') {
        return { links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.1', href: `${origin}/nodeinfo/2.1` }] }
      }
      if (url.pathname === '/nodeinfo/2.1') return { version: '2.1', software: { name: sender.software, version: '1.0.0' } }
      if (url.pathname === '/contexts/1' && sender.thread === 'context') {
        const all = [...notes.filter((note) => note.id.endsWith('/root')), ...answers()]
        return { id: `${origin}/contexts/1`, type: 'OrderedCollection', orderedItems: all.map(({ id }) => id) }
      }
      if (url.pathname.endsWith('/replies') && sender.thread === 'replies') {
        return { id: origin + path, type: 'Collection', items: answers().map(({ id }) => id) }
      }
      if (url.pathname.endsWith('/featured')) return { id: origin + path, type: 'OrderedCollection', totalItems: 0, orderedItems: [] }
      if (url.pathname === '/users/fo/outbox') {
        if (!url.searchParams.has('page')) return { id: outbox, type: 'OrderedCollection', first: `${outbox}?page=true` }
        return { ...outboxPage(keyId, Number(url.searchParams.get('from') ?? 0)), id: origin + path }
      }
      const person = /^\/users\/([a-z0-9]+)$/.exec(url.pathname)?.[1]
      if (person) return actor(person)
      const note = notes.find(({ id }) => id === origin + url.pathname)
      const hidden = note && !note.to.includes(PUBLIC) && !(sender.outbox.forFollowers && keyId === reader)
      return note && !hidden ? document(note, site) : null
    },
  }
  return site
}

/** The way out of the instance: straight to the sites. Who asks is read from the real signature. */
export function openNetwork(sites: ReadonlyMap<string, Site>, now: () => number, awake: () => boolean): Net {
  const none = () => Promise.reject(new NetError('connect', 'Not part of the simulation'))
  return {
    async getJson(url, options) {
      if (!awake()) throw new NetError('connect', 'The machine sleeps', { ours: true })
      const { host, pathname, search } = new URL(url)
      const site = sites.get(host)
      if (!site) throw new NetError('dns', 'No such host', { url })
      const headers = options.sign ? await options.sign({ method: 'GET', url }) : {}
      const keyId = /keyId="([^"]+)"/.exec(Object.values(headers).join(' '))?.[1] ?? ''
      const path = pathname + search
      site.asked.push({ at: now(), keyId, path })
      const found = site.answer(path, keyId)
      if (!found) throw new NetError('http-status', 'Not found', { url, status: 404, headers: {} })
      const json: unknown = JSON.parse(JSON.stringify(found))
      return { status: 200, url, headers: {}, json, contentType: ACTIVITY }
    },
    get: none,
    stream: none,
    post: none,
    networkChanged: () => undefined,
    close: () => Promise.resolve(),
  }
}

/** Headers of a POST to our shared inbox, signed as any of them would. */
export function signed(url: string, body: string, actor: string, privateKey: KeyObject, now: number): Record<string, string> {
  return signCavage({
    method: 'POST',
    url,
    body,
    keyId: `${actor}#main-key`,
    privateKey,
    date: now,
    headers: { 'content-type': ACTIVITY },
  })
}
