import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ownerId } from './rows.ts'
import type { Domain } from './domain.ts'

/** Relays: servers that pass on public posts of many others, without which a home of one person sees almost nothing under a hashtag. */

export interface Relay {
  /** Also the id of our Follow: `uris.follow(id)`. */
  id: number
  /** As the owner typed it, made whole: an address. */
  address: string
  /** `mastodon`: a Follow of as:Public goes to its inbox. `litepub`: a Follow of its actor. */
  flavour: 'mastodon' | 'litepub'
  /** Null until it is known (Mastodon's flavour tells it only with the answer). */
  actorUri: string | null
  inbox: string
  state: 'pending' | 'accepted' | 'rejected'
  createdAt: number
}

/** Each sends all it has: more than a few would drown a home. */
const MAX_RELAYS = 10

const all = query()(() => build.selectFrom('relays').selectAll().orderBy('id'))
const byId = query<{ id: number }>()((p) => build.selectFrom('relays').selectAll().where('id', '=', p.id))
const byActor = query<{ actor_uri: string }>()((p) => build.selectFrom('relays').selectAll().where('actor_uri', '=', p.actor_uri))
const insert = query<{
  id: number
  address: string
  flavour: 'mastodon' | 'litepub'
  actor_uri: string | null
  inbox: string
  at: number
}>()((p) =>
  build.insertInto('relays').values({
    id: p.id,
    address: p.address,
    flavour: p.flavour,
    actor_uri: p.actor_uri,
    inbox: p.inbox,
    state: 'pending',
    created_at: p.at,
  }),
)
const answer = query<{ id: number; state: 'accepted' | 'rejected'; actor_uri: string | null }>()((p) =>
  build.updateTable('relays').set({ state: p.state, actor_uri: p.actor_uri }).where('id', '=', p.id),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('relays').where('id', '=', p.id))

type Row = NonNullable<ReturnType<typeof byId.get>>
const toRelay = (row: Row): Relay => ({
  id: row.id,
  address: row.address,
  flavour: row.flavour,
  actorUri: row.actor_uri,
  inbox: row.inbox,
  state: row.state,
  createdAt: row.created_at,
})

/** Asks a relay to pass posts on to us; pending until it answers. Throws 'invalid' (`relay-known`, `too-many`). Event `relay-changed`. */
export function addRelay(
  d: Domain,
  relay: { address: string; flavour: 'mastodon' | 'litepub'; actorUri: string | null; inbox: string },
): Relay {
  return d.store.transaction(() => {
    ownerId(d)
    const known = relays(d)
    if (known.some((one) => one.address === relay.address || one.inbox === relay.inbox)) {
      throw new AppError('invalid', 'This relay has been added already.', { reason: 'relay-known' })
    }
    if (known.length >= MAX_RELAYS) {
      throw new AppError('invalid', `${MAX_RELAYS} relays are enough.`, { reason: 'too-many', params: { max: MAX_RELAYS } })
    }
    const at = d.now()
    const id = nextId(at)
    insert.run(d.store, { id, address: relay.address, flavour: relay.flavour, actor_uri: relay.actorUri, inbox: relay.inbox, at })
    changed(d, relayById(d, id) as Relay, true)
    return relayById(d, id) as Relay
  })
}

/** No more of it. Throws 'not-found'. Event `relay-changed`, with all that is needed to tell the relay. */
export function removeRelay(d: Domain, id: number): void {
  d.store.transaction(() => {
    const relay = relayById(d, id)
    if (!relay) throw new AppError('not-found', 'There is no such relay.')
    remove.run(d.store, { id })
    changed(d, relay, false)
  })
}

function changed(d: Domain, relay: Relay, wanted: boolean): void {
  const { id, address, flavour, actorUri, inbox } = relay
  d.events.append('relay-changed', { relayId: id, address, wanted, followId: id, flavour, actorUri, inbox })
}

export function relays(d: Domain): Relay[] {
  return all.all(d.store).map(toRelay)
}

export function relayById(d: Domain, id: number): Relay | null {
  const row = byId.get(d.store, { id })
  return row ? toRelay(row) : null
}

/** Where public posts go besides the followers. */
export function acceptedRelays(d: Domain): { id: number; inbox: string }[] {
  return relays(d)
    .filter((relay) => relay.state === 'accepted')
    .map(({ id, inbox }) => ({ id, inbox }))
}

export function relayByActor(d: Domain, actorUri: string): Relay | null {
  const row = byActor.get(d.store, { actor_uri: actorUri })
  return row ? toRelay(row) : null
}

/**
 * A relay said yes or no to our Follow. `actorUri` is who signed: it must be the relay's actor, or, while that is not known, live on the
 * host of its inbox (rule 13). A yes counts only while the answer is open. Returns whether anything changed.
 */
export function answerRelay(d: Domain, reply: { relayId?: number; actorUri?: string; yes: boolean }): boolean {
  return d.store.transaction(() => {
    const relay =
      reply.relayId !== undefined ? relayById(d, reply.relayId) : reply.actorUri === undefined ? null : relayByActor(d, reply.actorUri)
    if (!relay) return false
    if (reply.actorUri !== undefined) {
      const fits = relay.actorUri === null ? hostOf(reply.actorUri) === hostOf(relay.inbox) : relay.actorUri === reply.actorUri
      if (!fits) return false
    }
    const state = reply.yes ? 'accepted' : 'rejected'
    if (relay.state === state || (reply.yes && relay.state !== 'pending')) return false
    answer.run(d.store, { id: relay.id, state, actor_uri: relay.actorUri ?? reply.actorUri ?? null })
    return true
  })
}

function hostOf(address: string): string | null {
  try {
    return new URL(address).host
  } catch {
    return null
  }
}
