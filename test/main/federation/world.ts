import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { signCavage, signRfc9421 } from '../../../src-main/signatures/index.ts'
import type { AddressInfo } from 'node:net'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { KeyObject } from 'node:crypto'

/**
 * Everybody else, behind one TLS server on loopback that answers for every name of the test certificate: hosts with actors, honest or
 * not. What they were asked is kept in order.
 */

const tls = (name: string): string => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8')
export const ca = tls('ca.pem')

/** Answers one request itself: true when it did. */
export type Answering = (request: IncomingMessage & { path: string }, response: ServerResponse) => boolean | Promise<boolean>

export interface RemoteServer {
  readonly host: string
  readonly origin: string
  /** `METHOD path`, oldest first. */
  readonly asked: string[]
  /** Headers of the same requests. */
  readonly headers: IncomingMessage['headers'][]
  /** Looks at every request first. */
  answer(answering: Answering): void
  /** Serves JSON on a path; a function makes it afresh. Null: not there. */
  serve(path: string, document: object | (() => object | null) | null, type?: string): void
  /** WebFinger: what `name@host` leads to. Honest for every actor unless told otherwise; null: no such person. */
  finger(acct: string, answer: { subject?: string; self: string } | null): void
  actor(name: string, change?: Record<string, unknown>): RemoteActor
  /** How often a path was asked for. */
  count(path: string): number
}

export interface RemoteActor {
  readonly id: string
  readonly keyId: string
  readonly inbox: string
  readonly followers: string
  readonly key: KeyObject
  document: Record<string, unknown>
  /** A signed POST of a body to an inbox of ours. */
  signed(url: string, body: string, options?: SignOptions): Record<string, string>
  note(change?: Record<string, unknown>): Record<string, unknown> & { id: string }
  /** The Create of a note. */
  create(note?: Record<string, unknown>, change?: Record<string, unknown>): Record<string, unknown>
  activity(type: string, object: unknown, change?: Record<string, unknown>): Record<string, unknown>
}
export interface SignOptions {
  date?: number
  keyId?: string
  key?: KeyObject
  scheme?: 'cavage' | 'rfc9421'
  /** The body that is signed, when another one is sent. */
  about?: string
  headers?: Record<string, string>
  /** Which of `headers` are signed too. */
  covers?: string[]
}

const KEY_COUNT = 3
const keys: { privateKey: KeyObject; pem: string }[] = []
let server: Server | undefined
let servers = new Map<string, RemoteServer & { handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> }>()
let serial = 0
export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
/** The time signatures and posts are made at unless told otherwise. */
export const world = { now: () => 0, dial: '' }

beforeAll(async () => {
  for (let i = 0; i < KEY_COUNT; i++) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    keys.push({ privateKey: createPrivateKey(privateKey), pem: publicKey })
  }
  server = createServer({ key: tls('peer.key'), cert: tls('peer.pem') }, (request, response) => {
    const host = servers.get(request.headers.host ?? '')
    if (host) void host.handle(request, response)
    else response.writeHead(502).end()
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  world.dial = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  servers = new Map()
})
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server?.close(() => resolve())
      server?.closeAllConnections()
    }),
)

/** The n-th key pair of this run: making one takes a while, so they are shared. */
export const keyPair = (n: number) => keys[n % KEY_COUNT] as { privateKey: KeyObject; pem: string }

/** A server of this name (`mo.example`, `*.peers.test`), for this test. */
export function remoteServer(host: string): RemoteServer {
  const origin = `https://${host}`
  const documents = new Map<string, { make: () => object | null; type: string }>()
  const fingers = new Map<string, { subject?: string; self: string } | null>()
  const answers: Answering[] = []
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []

  const json = (response: ServerResponse, document: object, type: string) =>
    void response.writeHead(200, { 'content-type': type }).end(JSON.stringify(document))

  const made: RemoteServer & { handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> } = {
    host,
    origin,
    asked,
    headers,
    count: (path) => asked.filter((one) => one.endsWith(` ${path}`)).length,
    answer: (answering) => void answers.push(answering),
    serve: (path, document, type = 'application/activity+json') =>
      void documents.set(path, { make: typeof document === 'function' ? (document as () => object | null) : () => document, type }),
    finger: (acct, answer) => void fingers.set(acct.toLowerCase(), answer),
    actor(name, change = {}) {
      const actor = makeActor(origin, name, change)
      documents.set(`/users/${name}`, { make: () => actor.document, type: 'application/activity+json' })
      if (!fingers.has(`${name}@${host}`.toLowerCase())) {
        fingers.set(`${name}@${host}`.toLowerCase(), { subject: `acct:${name}@${host}`, self: actor.id })
      }
      return actor
    },
    async handle(request, response) {
      const path = request.url ?? '/'
      asked.push(`${request.method} ${path}`)
      headers.push(request.headers)
      for (const answering of answers) if (await answering(Object.assign(request, { path }), response)) return
      const url = new URL(path, origin)
      if (url.pathname === '/.well-known/webfinger') {
        const acct = (url.searchParams.get('resource') ?? '').replace(/^acct:/, '').toLowerCase()
        const found = fingers.get(acct)
        if (!found) return void response.writeHead(404).end()
        const links = [{ rel: 'self', type: 'application/activity+json', href: found.self }]
        return json(response, { subject: found.subject ?? `acct:${acct}`, links }, 'application/jrd+json')
      }
      const found = documents.get(path)
      const document = found?.make()
      if (!found || !document) return void response.writeHead(404).end()
      json(response, document, found.type)
    },
  }
  servers.set(host, made)
  return made
}

function makeActor(origin: string, name: string, change: Record<string, unknown>): RemoteActor {
  const id = `${origin}/users/${name}`
  const pair = keyPair(name.length + origin.length)
  const keyId = `${id}#main-key`
  const actor: RemoteActor = {
    id,
    keyId,
    inbox: `${id}/inbox`,
    followers: `${id}/followers`,
    key: pair.privateKey,
    document: {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id,
      type: 'Person',
      preferredUsername: name,
      name: name.charAt(0).toUpperCase() + name.slice(1),
      inbox: `${id}/inbox`,
      outbox: `${id}/outbox`,
      followers: `${id}/followers`,
      url: `${origin}/@${name}`,
      endpoints: { sharedInbox: `${origin}/inbox` },
      publicKey: { id: keyId, owner: id, publicKeyPem: pair.pem },
      ...change,
    },
    signed(url, body, options = {}) {
      return (options.scheme === 'rfc9421' ? signRfc9421 : signCavage)({
        method: 'POST',
        url,
        body: options.about ?? body,
        keyId: options.keyId ?? keyId,
        privateKey: options.key ?? pair.privateKey,
        date: options.date ?? world.now(),
        headers: { 'content-type': 'application/activity+json', ...options.headers },
        ...(options.covers ? { covers: options.covers } : {}),
      })
    },
    note(change = {}) {
      const to = [PUBLIC]
      const noteId = `${id}/statuses/${++serial}`
      const published = new Date(world.now()).toISOString()
      return {
        id: noteId,
        type: 'Note',
        attributedTo: id,
        content: '<p>The ferry is late.</p>',
        published,
        to,
        cc: [`${id}/followers`],
        ...change,
      } as Record<string, unknown> & { id: string }
    },
    create(note = {}, change = {}) {
      const object = actor.note(note)
      return {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${object.id}/activity`,
        type: 'Create',
        actor: id,
        published: object.published,
        to: object.to,
        cc: object.cc,
        object,
        ...change,
      }
    },
    activity(type, object, change = {}) {
      return {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${id}#${type.toLowerCase()}s/${++serial}`,
        type,
        actor: id,
        object,
        ...change,
      }
    },
  }
  return actor
}
