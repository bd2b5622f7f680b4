import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { signCavage } from '../../../src-main/signatures/index.ts'
import { eventsTaken, following, openInstance, ORIGIN } from './instance.ts'
import { keyPair, remoteServer, world } from './world.ts'
import type { Peer, Story } from '../../fixtures/peers/expectation.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

/**
 * The fixtures of one kind of server, come alive: its documents answer at their own addresses, its people are found by WebFinger, and its
 * activities are posted to the inbox, signed by whom they name.
 */

export type Json = Record<string, unknown>

const FOLDER = join(import.meta.dirname, '../../fixtures/peers')
const MINE = /(https:\/\/ana\.example\/users\/ana\/statuses\/)([123])(?=["/#])/g
const PAGE = /(https:\/\/ana\.example\/@ana\/)([123])(?=")/g
const PEER_KEY = keyPair

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const isActivity = (document: Json) => document.actor !== undefined && document.object !== undefined

export interface Scene {
  home: Instance
  /** Raw text of a file, with the owner's posts named in it written and out. */
  file(name: string): Promise<Json>
  /** Address of the owner's post, poll or quote; null while no file has named it. */
  own(n: 1 | 2 | 3): number | null
  /** Every version of a post that its server has told so far, newest last. */
  told: Map<string, Json>
  actorUri(file: string): string
  /** Posts a file to the inbox as the actor it names, and waits until everything it caused is done. */
  take(name: string): Promise<number>
  /** The origin answers 410 for what this file describes. */
  vanish(name: string): Promise<void>
}

/** Names of the files of a kind of server, without `.json`. */
export function filesOf(software: string): string[] {
  return readdirSync(join(FOLDER, software))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
    .toSorted()
}

export function rawFile(software: string, name: string): Json {
  return JSON.parse(readFileSync(join(FOLDER, software, `${name}.json`), 'utf8')) as Json
}

export async function openScene(peer: Peer, story: Pick<Story, 'following'>): Promise<Scene> {
  const home = await openInstance()
  const servers = new Map<string, RemoteServer>()
  const gone = new Set<string>()
  const owned = new Map<number, number>()
  const told = new Map<string, Json>()
  const key = PEER_KEY(1)

  function server(host: string): RemoteServer {
    const known = servers.get(host)
    if (known) return known
    const made = remoteServer(host)
    made.answer((request, response) => {
      const url = `https://${host}${request.path}`
      if (request.path.startsWith('/.well-known/')) return false
      if (gone.has(url)) {
        response.writeHead(410).end()
        return true
      }
      // A key may be had unsigned, nothing else: how else would anybody check the first signature?
      if (!peer.secure || request.headers.signature || peer.elsewhere?.[url]) return false
      response.writeHead(401).end()
      return true
    })
    servers.set(host, made)
    return made
  }

  function serve(address: string, document: Json): void {
    const url = new URL(address)
    if (url.host === 'ana.example' || url.hash !== '') return
    server(url.host).serve(url.pathname + url.search, document)
  }

  /** What an activity tells of a post is what its origin answers from then on. */
  function publish(document: Json, replace: boolean): void {
    const object = document.object
    if (isActivity(document) && typeof document.id === 'string' && replace) serve(document.id, document)
    if (!isObject(object)) return
    if (isActivity(object)) return publish(object, replace)
    const described = typeof object.id === 'string' && typeof object.type === 'string' && object.attributedTo !== undefined
    if (!described || (!replace && told.has(object.id as string))) return
    // An origin does not go back to what it said before.
    const newest = told.get(object.id as string)?.updated
    if (typeof newest === 'string' && typeof object.updated === 'string' && object.updated < newest) return
    told.set(object.id as string, object)
    serve(object.id as string, { '@context': document['@context'] ?? 'https://www.w3.org/ns/activitystreams', ...object })
  }

  async function ownPost(n: number): Promise<number> {
    const known = owned.get(n)
    if (known) return known
    const poll = n === 2 ? { options: ['Left bank', 'Right bank'], multiple: true, expiresIn: 24 * 3600_000 } : null
    const quoted = n === 3 ? [...told.keys()].map((uri) => postByUri(home, uri)).find((post) => post !== null) : undefined
    const text = ['', 'What Ana says', 'Which bank?', 'Look at this'][n] as string
    const { post } = writePost(home, { text, visibility: 'public', poll, quoteOf: quoted?.id ?? null })
    await home.leave()
    await eventsTaken()
    home.outbox.splice(0)
    owned.set(n, post.id)
    return post.id
  }

  async function file(name: string): Promise<Json> {
    let text = readFileSync(join(FOLDER, peer.software, `${name}.json`), 'utf8').replaceAll('"KEY"', JSON.stringify(key.pem))
    const wanted = new Set([...text.matchAll(MINE), ...text.matchAll(PAGE)].map((match) => Number(match[2])))
    for (const n of wanted) {
      const id = await ownPost(n)
      text = text.replaceAll(MINE, (whole, base: string, found: string) => (Number(found) === n ? `${base}${id}` : whole))
      text = text.replaceAll(PAGE, (whole, base: string, found: string) => (Number(found) === n ? `${base}${id}` : whole))
    }
    return JSON.parse(text) as Json
  }

  const actors = new Map<string, Json>()
  for (const name of filesOf(peer.software)) {
    const raw = JSON.parse(
      readFileSync(join(FOLDER, peer.software, `${name}.json`), 'utf8').replaceAll('"KEY"', JSON.stringify(key.pem)),
    ) as Json
    const id = raw.id
    if (typeof id !== 'string' || Object.values(peer.elsewhere ?? {}).includes(name)) continue
    if (!isActivity(raw)) {
      serve(id, raw)
      if (raw.attributedTo !== undefined) told.set(id, raw)
    }
    if (raw.inbox !== undefined) {
      actors.set(name, raw)
      const host = new URL(id).host
      const handle = peer.people[name]?.handle ?? `${String(raw.preferredUsername)}@${host}`
      const answer = { subject: `acct:${handle}`, self: id }
      server(host).finger(`${String(raw.preferredUsername)}@${host}`, answer)
      server(handle.split('@')[1] as string).finger(handle, answer)
    }
  }
  for (const [address, name] of Object.entries(peer.elsewhere ?? {})) serve(address, await file(name))
  for (const name of filesOf(peer.software)) {
    const raw = rawFile(peer.software, name)
    // What is edited later is not yet.
    const told = isObject(raw.object) && isActivity(raw.object) ? raw.object : raw
    if (told.type !== 'Update') publish(raw, false)
  }

  const byUri = (uri: unknown) => [...actors.values()].find((actor) => actor.id === uri)
  const scene: Scene = {
    home,
    file,
    told,
    own: (n) => owned.get(n) ?? null,
    actorUri(name) {
      const actor = actors.get(name)
      if (!actor) throw new Error(`${peer.software} has no person ${name}`)
      return actor.id as string
    },
    async take(name) {
      const activity = await file(name)
      publish(activity, true)
      const actor = byUri(activity.actor)
      if (!actor) throw new Error(`nobody of ${peer.software} is ${String(activity.actor)}`)
      const sender = {
        signed: (url: string, body: string) =>
          signCavage({
            method: 'POST',
            url,
            body,
            keyId: (actor.publicKey as { id: string }).id,
            privateKey: key.privateKey,
            date: world.now(),
            headers: { 'content-type': 'application/activity+json' },
          }),
      } as unknown as RemoteActor
      home.outbox.splice(0)
      // A little later each: things that happen at the same moment have no order.
      home.clock.at += 1_000
      const answer = await home.takes(sender, activity)
      await home.pass(0)
      await eventsTaken()
      return answer.status
    },
    async vanish(name) {
      gone.add((await file(name)).id as string)
    },
  }
  for (const person of story.following ?? ['actor']) await following(home, { id: scene.actorUri(person) } as RemoteActor)
  return scene
}

export { ORIGIN }
