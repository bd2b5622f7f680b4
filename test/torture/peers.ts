import { startActorServer, type Actor, type ActorServer } from '../rig/actors.ts'
import { until } from '../rig/process.ts'
import type { Burrow } from '../rig/burrow.ts'
import type { Ledger } from './ledger.ts'

type Json = Record<string, unknown>

/** Servers whose people follow ana. They are idempotent: an activity that comes again is the same one. */
export interface Peers {
  /** The one whose people write to us. */
  readonly loud: ActorServer
  readonly servers: ActorServer[]
  /** An actor nobody has seen yet, with the keys of the first. */
  stranger(): Actor
  readonly first: Actor
  close(): Promise<void>
}

export async function startPeers(): Promise<Peers> {
  const servers = await Promise.all(['mo.localhost', 'no.localhost', 'po.localhost'].map((host) => startActorServer(host)))
  const loud = servers[0] as ActorServer
  const first = loud.actor('mo')
  let next = 1
  return {
    loud,
    servers,
    first,
    stranger: () => loud.actor(`stranger${next++}`, first),
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  }
}

/** Somebody of each server follows, so that each gets everything once. */
export async function followAll(burrow: Burrow, peers: Peers): Promise<void> {
  for (const server of peers.servers) {
    const actor = server === peers.loud ? peers.first : server.actor('reader', peers.first)
    const follow = activity(actor, 'Follow', `${burrow.origin}/users/ana`, `${actor.id}#follow`)
    const answer = await actor.post(`${burrow.origin}/inbox`, follow)
    if (answer.status !== 202) throw new Error(`a follow was answered with ${answer.status}`)
    // Who follows only from the middle of a post on hears of its edit alone.
    await until('the follow is accepted', () => server.received.some((one) => one.activity.type === 'Accept'))
  }
}

export function activity(actor: Actor, type: string, object: unknown, id: string): Json {
  return { '@context': 'https://www.w3.org/ns/activitystreams', id, type, actor: actor.id, object }
}

/** What one server knows of our posts once every activity has been taken in the order in which it first came. */
interface Known {
  text: string | null
  creates: Set<string>
  deletes: Set<string>
}

export interface Deliveries {
  /** Activities that were to come, and came: first arrivals. */
  distinct: number
  /** Arrivals of an activity that was there already. */
  again: number
  faults: string[]
}

/** Everything that arrived at these servers against what the owner was promised. */
export function judgeDeliveries(peers: Peers, ledger: Ledger): Deliveries {
  const result: Deliveries = { distinct: 0, again: 0, faults: [] }
  for (const server of peers.servers) {
    const seen = new Set<string>()
    const known = new Map<string, Known>()
    const accepted = new Map<string, Set<string>>()
    let newest = 0
    for (const { activity: one } of server.received) {
      const id = String(one.id)
      if (seen.has(id)) {
        result.again++
        continue
      }
      seen.add(id)
      const object = one.object as Json
      if (one.type === 'Accept') {
        const follower = String(object.actor)
        accepted.set(follower, (accepted.get(follower) ?? new Set()).add(id))
        continue
      }
      if (!['Create', 'Update', 'Delete'].includes(String(one.type)) || typeof object.id !== 'string' || !object.id.includes('/statuses/'))
        continue
      const post = known.get(object.id) ?? { text: null, creates: new Set(), deletes: new Set() }
      known.set(object.id, post)
      if (one.type === 'Create') {
        post.creates.add(id)
        // In the order in which they were written.
        const written = Number(object.id.split('/').at(-1))
        if (written < newest) result.faults.push(`${object.id} came after a later one`)
        newest = Math.max(newest, written)
      }
      if (one.type === 'Delete') post.deletes.add(id)
      post.text = one.type === 'Delete' ? null : String(object.content)
    }
    result.distinct += seen.size
    const host = new URL(server.origin).hostname
    for (const post of ledger.own.values()) {
      const there = post.uri === null ? undefined : known.get(post.uri)
      const name = `${post.texts[0]} at ${host}`
      if (post.deleted === 'yes') {
        // Gone before it left, or told once and taken back once.
        if (there && (there.creates.size > 1 || there.deletes.size !== 1 || there.text !== null)) result.faults.push(`${name} is not gone`)
      } else if (!there) result.faults.push(`${name} never came`)
      else if (there.creates.size !== 1) result.faults.push(`${name} came as ${there.creates.size} activities`)
      else if (!there.text?.includes(post.texts.at(-1) as string)) result.faults.push(`${name} is not as it was last written`)
    }
    for (const [follower, ids] of accepted) if (ids.size > 1) result.faults.push(`${follower} was accepted ${ids.size} times`)
    if (server !== peers.loud) continue
    for (const [follower, answered] of ledger.follows) {
      if (answered && !accepted.has(follower)) result.faults.push(`${follower} was never accepted`)
    }
  }
  return result
}
