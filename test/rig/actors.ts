import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signCavage, signRfc9421 } from '../../src-main/signatures/index.ts'
import { request, type Answer } from './http.ts'

/**
 * Actors made by hand, for everything a decent server would not send: their documents are served by this process, their requests signed
 * here, well or badly. Hosts are `NAME.localhost`.
 */
export interface Actor {
  readonly id: string
  readonly inbox: string
  readonly followersUri: string
  readonly keyId: string
  readonly privateKey: KeyObject
  readonly publicPem: string
  document(): Record<string, unknown>
  /** Headers of a POST of `body` to `url`, signed now or at `date` (milliseconds). */
  headers(
    url: string,
    body: string | Uint8Array,
    options?: { date?: number; scheme?: 'cavage' | 'rfc9421'; keyId?: string },
  ): Record<string, string>
  /** A public note and its Create. `id` is new for each call unless given. */
  create(note?: Record<string, unknown>, activity?: Record<string, unknown>): Record<string, unknown>
  /** Posts it, signed. `dial` is where the host really is when its name is not on loopback. */
  post(inbox: string, activity: unknown, options?: { date?: number; scheme?: 'cavage' | 'rfc9421' }): Promise<Answer>
}

export interface ActorServer {
  readonly origin: string
  /** Adds an actor `NAME`. Key generation takes a moment; `like` shares the keys of another one. */
  actor(name: string, like?: Actor): Actor
  /** What somebody posted to any inbox here, oldest first. */
  readonly received: { path: string; headers: Record<string, string>; activity: Record<string, unknown> }[]
  /** Paths that were asked for by GET, oldest first. */
  readonly asked: string[]
  /** Serves something else on a path: null body is 404. */
  serve(path: string, answer: { status?: number; headers?: Record<string, string>; body?: string }): void
  close(): Promise<void>
}

let serial = 1

export async function startActorServer(host = 'mo.localhost'): Promise<ActorServer> {
  const actors = new Map<string, Actor>()
  const others = new Map<string, { status?: number; headers?: Record<string, string>; body?: string }>()
  const received: ActorServer['received'] = []
  const asked: string[] = []
  const server: Server = createServer((incoming, response) => {
    const path = incoming.url ?? '/'
    if (incoming.method === 'POST') {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        received.push({
          path,
          headers: incoming.headers as Record<string, string>,
          activity: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
        })
        response.writeHead(202).end()
      })
      return
    }
    asked.push(path)
    const other = others.get(path)
    if (other)
      return void response.writeHead(other.status ?? 200, other.headers ?? { 'content-type': 'application/activity+json' }).end(other.body)
    const url = new URL(path, origin)
    if (url.pathname === '/.well-known/webfinger') {
      const name = /^acct:([^@]+)@/.exec(url.searchParams.get('resource') ?? '')?.[1] ?? ''
      const actor = actors.get(name)
      if (!actor) return void response.writeHead(404).end()
      const links = [{ rel: 'self', type: 'application/activity+json', href: actor.id }]
      const jrd = { subject: `acct:${name}@${url.host}`, aliases: [actor.id], links }
      return void response.writeHead(200, { 'content-type': 'application/jrd+json' }).end(JSON.stringify(jrd))
    }
    const actor = actors.get(/^\/users\/(\w+)$/.exec(url.pathname)?.[1] ?? '')
    if (!actor) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(actor.document()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  return {
    origin,
    received,
    asked,
    actor(name, like) {
      const made = makeActor(origin, name, like)
      actors.set(name, made)
      return made
    },
    serve: (path, answer) => void others.set(path, answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An actor on that origin, with keys of its own or those of `like`. */
export function makeActor(origin: string, name: string, like?: Pick<Actor, 'privateKey' | 'publicPem'>): Actor {
  const keys = like ?? newKeys()
  const id = `${origin}/users/${name}`
  const keyId = `${id}#main-key`
  const headers: Actor['headers'] = (url, body, options = {}) =>
    (options.scheme === 'rfc9421' ? signRfc9421 : signCavage)({
      method: 'POST',
      url,
      body,
      keyId: options.keyId ?? keyId,
      privateKey: keys.privateKey,
      date: options.date ?? Date.now(),
      headers: { 'content-type': 'application/activity+json' },
    })
  const actor: Actor = {
    id,
    inbox: `${id}/inbox`,
    followersUri: `${id}/followers`,
    keyId,
    privateKey: keys.privateKey,
    publicPem: keys.publicPem,
    headers,
    document: () => ({
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id,
      type: 'Person',
      preferredUsername: name,
      name: `${name[0]?.toUpperCase()}${name.slice(1)}`,
      inbox: `${id}/inbox`,
      outbox: `${id}/outbox`,
      followers: `${id}/followers`,
      url: `${origin}/@${name}`,
      endpoints: { sharedInbox: `${origin}/inbox` },
      publicKey: { id: keyId, owner: id, publicKeyPem: keys.publicPem },
    }),
    create(note = {}, activity = {}) {
      const noteId = `${id}/statuses/${serial++}`
      const published = new Date().toISOString()
      const to = ['https://www.w3.org/ns/activitystreams#Public']
      const cc = [`${id}/followers`]
      const object = { id: noteId, type: 'Note', attributedTo: id, content: '<p>The ferry is late.</p>', published, to, cc, ...note }
      return {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${String(object.id)}/activity`,
        type: 'Create',
        actor: id,
        published,
        to,
        cc,
        object,
        ...activity,
      }
    },
    post(inbox, activity, options = {}) {
      const body = typeof activity === 'string' ? activity : JSON.stringify(activity)
      return request(inbox, { method: 'POST', headers: headers(inbox, body, options), body })
    },
  }
  return actor
}

function newKeys(): { privateKey: KeyObject; publicPem: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privateKey: createPrivateKey(pair.privateKey), publicPem: pair.publicKey }
}
