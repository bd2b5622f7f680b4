import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFederation, generateCryptoKeyPair, MemoryKvStore, verifyObject, type Context } from '@fedify/fedify'
import {
  Accept,
  Activity,
  Announce,
  Create,
  Delete,
  Document,
  Endpoints,
  Follow,
  Image,
  isActor,
  Like,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Tombstone,
  Undo,
  Update,
  type Actor,
  type Recipient,
} from '@fedify/vocab'
import { Temporal as Polyfill } from '@js-temporal/polyfill'
import sharp from 'sharp'
import type { PeerCommands, ReceivedActivity, WirePost } from './contract.ts'

/**
 * A server of the fediverse that we did not write: Fedify's code verifies our signatures, reads our documents and signs what it sends.
 * One actor, `bo`, and `bosse`, whom he may move to. `node server.ts ORIGIN_HOST PORT`; prints `{"origin","control"}` when it listens.
 */
const hostname = process.argv[2] ?? 'peer.localhost'
const name = 'bo'
const later = 'bosse'
let hasMoved = false
const instant = (ms: number): Temporal.Instant => Polyfill.Instant.fromEpochMilliseconds(ms) as unknown as Temporal.Instant

interface StoredNote {
  text: string
  inReplyTo: string | null
  mention: string[]
  alt: string | null
  published: number
  updated: number | null
}

const notes = new Map<string, StoredNote>()
const followers = new Map<string, Recipient>()
const following = new Set<string>()
const received: ReceivedActivity[] = []
const posts: WirePost[] = []
const served = new Map<string, Record<string, unknown>>()
const refused: { status: number; path: string; said: string }[] = []
let next = 1

const federation = createFederation<null>({ kv: new MemoryKvStore(), allowPrivateAddress: true, userAgent: 'Fedify peer of the tests' })
const keyPairs = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5'), await generateCryptoKeyPair('Ed25519')]
const picture = await sharp({ create: { width: 48, height: 32, channels: 3, background: '#3b7a57' } })
  .png()
  .toBuffer()

federation
  .setActorDispatcher('/users/{identifier}', async (context, identifier) => {
    if (identifier !== name && identifier !== later) return null
    const keys = await context.getActorKeyPairs(identifier)
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: 'Bo Lindqvist',
      aliases: identifier === later ? [context.getActorUri(name)] : [],
      successor: identifier === name && hasMoved ? context.getActorUri(later) : null,
      featured: new URL(`/users/${identifier}/featured`, origin),
      summary: '<p>Ferries, mostly.</p>',
      url: new URL(`/@${identifier}`, origin),
      inbox: context.getInboxUri(identifier),
      outbox: context.getOutboxUri(identifier),
      followers: context.getFollowersUri(identifier),
      following: context.getFollowingUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      icon: new Image({ url: new URL('/media/picture.png', origin), mediaType: 'image/png' }),
      publicKey: keys[0]?.cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    })
  })
  .setKeyPairsDispatcher((_context, identifier) => (identifier === name || identifier === later ? keyPairs : []))

federation.setFollowersDispatcher('/users/{identifier}/followers', (_context, identifier, _cursor, filter) =>
  identifier === name
    ? { items: [...followers.values()].filter(({ id }) => !filter || id?.href.startsWith(filter.href)) }
    : identifier === later
      ? { items: [] }
      : null,
)
federation.setFollowingDispatcher('/users/{identifier}/following', (_context, identifier) =>
  identifier === name || identifier === later ? { items: [...following].map((uri) => new URL(uri)) } : null,
)
federation.setOutboxDispatcher('/users/{identifier}/outbox', (context, identifier) =>
  identifier === name
    ? {
        items: [...notes.keys()].toReversed().map(
          (id) =>
            new Create({
              id: new URL(`${noteUri(context, id).href}#create`),
              actor: context.getActorUri(name),
              object: note(context, id),
            }),
        ),
      }
    : identifier === later
      ? { items: [] }
      : null,
)
federation.setObjectDispatcher(Note, '/users/{identifier}/notes/{id}', (context, { identifier, id }) =>
  identifier === name && notes.has(id) ? note(context, id) : null,
)

federation
  .setInboxListeners('/users/{identifier}/inbox', '/inbox')
  .setSharedKeyDispatcher(() => ({ identifier: name }))
  .on(Activity, async (context, activity) => {
    const json = (await activity.toJsonLd()) as Record<string, unknown>
    received.push({
      at: Date.now(),
      type: typeof json.type === 'string' ? json.type : '',
      id: activity.id?.href ?? '',
      actor: activity.actorId?.href ?? '',
      activity: json,
    })
    const followed = [name, later].find((one) => activity.objectId?.href === context.getActorUri(one).href)
    if (activity instanceof Follow && followed !== undefined) {
      const actor = await activity.getActor(context)
      if (!actor?.id || !isActor(actor)) return
      if (followed === name) followers.set(actor.id.href, actor)
      const accept = new Accept({ id: activityUri('accept'), actor: context.getActorUri(followed), to: actor.id, object: activity })
      await context.sendActivity({ identifier: followed }, actor, accept)
    } else if (activity instanceof Accept && activity.actorId) following.add(activity.actorId.href)
    else if (activity instanceof Undo && activity.actorId) {
      const undone = await activity.getObject(context)
      if (undone instanceof Follow) followers.delete(activity.actorId.href)
    }
  })
  .onError((_context, error) => void process.stderr.write(`inbox: ${error.stack ?? error.message}\n`))

const noteUri = (context: Context<null>, id: string): URL => context.getObjectUri(Note, { identifier: name, id })
const activityUri = (kind: string): URL => new URL(`/activities/${kind}-${next++}`, origin)

function note(context: Context<null>, id: string): Note {
  const stored = notes.get(id)
  if (!stored) throw new Error(`There is no note ${id}`)
  return new Note({
    id: noteUri(context, id),
    attribution: context.getActorUri(name),
    content: `<p>${stored.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`,
    to: PUBLIC_COLLECTION,
    ccs: [context.getFollowersUri(name), ...stored.mention.map((uri) => new URL(uri))],
    tags: stored.mention.map((uri) => new Mention({ href: new URL(uri), name: `@${uri.split('/').at(-1)}@${new URL(uri).host}` })),
    replyTarget: stored.inReplyTo === null ? null : new URL(stored.inReplyTo),
    attachments:
      stored.alt === null
        ? []
        : [new Document({ mediaType: 'image/png', url: new URL('/media/picture.png', origin), name: stored.alt, width: 48, height: 32 })],
    published: instant(stored.published),
    updated: stored.updated === null ? null : instant(stored.updated),
  })
}

const idOf = (uri: string): string => {
  const id = uri.split('/').at(-1) ?? ''
  if (!notes.has(id)) throw new Error(`${uri} is not a note of ours`)
  return id
}

async function actorOf(context: Context<null>, who: string): Promise<Actor> {
  let uri = who
  const handle = /^@?([^@/]+)@([^@/]+)$/.exec(who)
  if (handle) {
    // Fedify asks WebFinger over https alone, and loopback has none.
    const answer = await fetch(`http://${handle[2]}/.well-known/webfinger?resource=${encodeURIComponent(`acct:${handle[1]}@${handle[2]}`)}`)
    if (!answer.ok) throw new Error(`WebFinger of ${who} answers ${answer.status}`)
    const jrd = (await answer.json()) as { links: { rel: string; type?: string; href?: string }[] }
    const self = jrd.links.find((link) => link.rel === 'self' && link.type?.includes('activity+json'))
    if (!self?.href) throw new Error(`WebFinger of ${who} names no actor`)
    uri = self.href
  }
  const object = await context.lookupObject(uri)
  if (!isActor(object as never)) throw new Error(`${uri} is no actor`)
  return object as Actor
}

/** Followers and whoever is named or answered. */
async function audience(context: Context<null>, uris: string[]): Promise<Recipient[]> {
  const everybody = new Map(followers)
  for (const uri of uris) if (!everybody.has(uri)) everybody.set(uri, await actorOf(context, uri))
  return [...everybody.values()]
}

async function authorOf(context: Context<null>, uri: string): Promise<{ actor: Actor; object: URL }> {
  const object = await context.lookupObject(uri)
  const author = object && 'attributionId' in object ? object.attributionId : null
  if (!object?.id || !author) throw new Error(`${uri} cannot be read`)
  return { actor: await actorOf(context, author.href), object: object.id }
}

/** The text with its places filled in. */
const here = (text: unknown): unknown =>
  JSON.parse(JSON.stringify(text).replaceAll('$ME', `${origin}/users/${name}`).replaceAll('$AT', origin))

type Commands = { [Name in keyof PeerCommands]: (input: Parameters<PeerCommands[Name]>[0]) => Promise<ReturnType<PeerCommands[Name]>> }

function commands(context: Context<null>): Commands {
  const me = context.getActorUri(name)
  const send = async (to: Recipient[], activity: Activity): Promise<{ activity: string }> => {
    await context.sendActivity({ identifier: name }, to, activity, { preferSharedInbox: true, fanout: 'skip' })
    return { activity: activity.id?.href ?? '' }
  }
  const follow = (actor: Actor) =>
    new Follow({ id: new URL(`/follows/${encodeURIComponent(actor.id?.href ?? '')}`, origin), actor: me, object: actor.id, to: actor.id })
  const like = (object: URL, to: URL | null) =>
    new Like({ id: new URL(`/likes/${encodeURIComponent(object.href)}`, origin), actor: me, object, to })
  return {
    async follow({ who }) {
      const actor = await actorOf(context, who)
      const { activity } = await send([actor], follow(actor))
      return { actor: actor.id?.href ?? '', activity }
    },
    async unfollow({ who }) {
      const actor = await actorOf(context, who)
      return send([actor], new Undo({ id: activityUri('undo'), actor: me, object: follow(actor), to: actor.id }))
    },
    async post({ text, mention = [], inReplyTo, picture: attached, published }) {
      const id = String(next++)
      const named = [...mention]
      if (inReplyTo !== undefined) {
        const { actor } = await authorOf(context, inReplyTo)
        if (actor.id && actor.id.href !== me.href && !named.includes(actor.id.href)) named.push(actor.id.href)
      }
      notes.set(id, {
        text,
        inReplyTo: inReplyTo ?? null,
        mention: named,
        alt: attached?.alt ?? null,
        published: published === undefined ? Date.now() : Date.parse(published),
        updated: null,
      })
      const object = note(context, id)
      await send(
        await audience(context, named),
        new Create({
          id: new URL(`${object.id?.href}#create`),
          actor: me,
          object,
          tos: object.toIds,
          ccs: object.ccIds,
          published: object.published,
        }),
      )
      return { uri: object.id?.href ?? '' }
    },
    async edit({ uri, text }) {
      const stored = notes.get(idOf(uri))
      if (!stored) throw new Error(`${uri} is gone`)
      stored.text = text
      stored.updated = Date.now()
      const object = note(context, idOf(uri))
      const update = new Update({
        id: activityUri('update'),
        actor: me,
        object,
        tos: object.toIds,
        ccs: object.ccIds,
        updated: object.updated,
      })
      return send(await audience(context, stored.mention), update)
    },
    async remove({ uri }) {
      const stored = notes.get(idOf(uri))
      const to = await audience(context, stored?.mention ?? [])
      notes.delete(idOf(uri))
      return send(
        to,
        new Delete({ id: activityUri('delete'), actor: me, object: new Tombstone({ id: new URL(uri) }), to: PUBLIC_COLLECTION }),
      )
    },
    async like({ uri }) {
      const { actor, object } = await authorOf(context, uri)
      return send([actor], like(object, actor.id))
    },
    async unlike({ uri }) {
      const { actor, object } = await authorOf(context, uri)
      return send([actor], new Undo({ id: activityUri('undo'), actor: me, object: like(object, actor.id), to: actor.id }))
    },
    async announce({ uri }) {
      const { actor, object } = await authorOf(context, uri)
      const announce = new Announce({
        id: activityUri('announce'),
        actor: me,
        object,
        to: PUBLIC_COLLECTION,
        ccs: [context.getFollowersUri(name), ...(actor.id ? [actor.id] : [])],
        published: instant(Date.now()),
      })
      return send(await audience(context, actor.id ? [actor.id.href] : []), announce)
    },
    received: ({ type }) => Promise.resolve(received.filter((one) => type === undefined || one.type === type)),
    refused: () => Promise.resolve(refused),
    followers: () => Promise.resolve([...followers.keys()]),
    following: () => Promise.resolve([...following]),
    async fetch({ uri }) {
      const loader = await context.getDocumentLoader({ identifier: name })
      return (await loader(uri)).document
    },
    async send({ activity: text, to = [], sync }) {
      const json = here(text)
      const activity = await Activity.fromJsonLd(json, context)
      if (sync) {
        await context.sendActivity({ identifier: name }, 'followers', activity, {
          preferSharedInbox: true,
          syncCollection: true,
          fanout: 'skip',
        })
        return { activity: activity.id?.href ?? '' }
      }
      return send(await Promise.all(to.map((uri) => actorOf(context, uri))), activity)
    },
    serve({ path, document }) {
      if (document === null) served.delete(path)
      else served.set(path, here(document) as Record<string, unknown>)
      return Promise.resolve({ uri: new URL(path, origin).href })
    },
    posts: () => Promise.resolve(posts),
    async proves({ body }) {
      const json = JSON.parse(body) as { actor: string }
      const proven = await verifyObject(Activity, json, context)
      return proven !== null && proven.actorId?.href === json.actor
    },
    moved() {
      hasMoved = true
      return Promise.resolve({ to: context.getActorUri(later).href })
    },
    forget({ who }) {
      followers.delete(who)
      return Promise.resolve({ left: followers.size })
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', origin)
  if (url.pathname === '/media/picture.png') {
    response.writeHead(200, { 'content-type': 'image/png' }).end(picture)
    return
  }
  const document = served.get(url.pathname)
  if (document) {
    response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(document))
    return
  }
  const headers = new Headers()
  for (const [key, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) headers.append(key, one)
  }
  const bytes = request.method === 'POST' ? new Uint8Array(await bodyOf(request)) : null
  if (bytes) posts.push({ path: url.pathname, headers: request.headers as Record<string, string>, body: Buffer.from(bytes).toString() })
  const result = await federation.fetch(new Request(url, { method: request.method ?? 'GET', headers, body: bytes }), { contextData: null })
  const said = Buffer.from(await result.arrayBuffer())
  if (request.method === 'POST' && result.status >= 300) {
    refused.push({
      status: result.status,
      path: url.pathname,
      said: `${said.toString()} ${bytes ? Buffer.from(bytes).toString().slice(0, 2_000) : ''}`,
    })
  }
  response.writeHead(result.status, Object.fromEntries(result.headers)).end(said)
}

const publicServer = createServer((request, response) => {
  answer(request, response).catch((error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    if (!response.headersSent) response.writeHead(500)
    response.end()
  })
})
await new Promise<void>((resolve) => publicServer.listen(Number(process.argv[3] ?? 0), '127.0.0.1', resolve))
const origin = `http://${hostname}:${(publicServer.address() as AddressInfo).port}`
const table = commands(federation.createContext(new URL(origin), null))

const control = createServer((request, response) => {
  const run = async (): Promise<unknown> => {
    const command = (request.url ?? '/').slice(1)
    if (!Object.hasOwn(table, command)) throw new Error(`There is no command ${command}`)
    return (table[command as keyof Commands] as (input: unknown) => Promise<unknown>)(
      JSON.parse((await bodyOf(request)).toString() || '{}'),
    )
  }
  run().then(
    (result) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result)),
    (error: Error) =>
      response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ error: error.stack ?? error.message })),
  )
})
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
process.on('SIGTERM', () => process.exit(0))
process.stdout.write(`${JSON.stringify({ origin, control: (control.address() as AddressInfo).port })}\n`)
