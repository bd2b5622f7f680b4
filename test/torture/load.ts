import { setTimeout as wait } from 'node:timers/promises'
import { request } from '../rig/http.ts'
import { newOwnPost, note, type Ledger, type OwnPost, type TheirPost } from './ledger.ts'
import { activity, type Peers } from './peers.ts'
import type { Actor } from '../rig/actors.ts'
import type { Burrow } from '../rig/burrow.ts'

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

export interface Loading {
  burrow: Burrow
  peers: Peers
  ledger: Ledger
  token: string
  roll: (below: number) => number
}

/** Everybody at once: four who write to us, one owner who writes, until `going` says no. */
export async function load(at: Loading, going: () => boolean): Promise<void> {
  await Promise.all([...Array.from({ length: 4 }, () => inbound(at, going)), outbound(at, going)])
}

let serial = 0

async function inbound(at: Loading, going: () => boolean): Promise<void> {
  while (going()) {
    const what = at.roll(10)
    if (what < 5) await write(at)
    else if (what < 6) await rewrite(at)
    else if (what < 7) await removeTheirs(at)
    else if (what < 8) await like(at)
    else if (what < 9) await boost(at)
    else await follow(at)
  }
}

async function send(at: Loading, actor: Actor, kind: string, body: Record<string, unknown>): Promise<boolean> {
  const answer = await actor.post(`${at.burrow.origin}/inbox`, body).catch(() => null)
  note(at.ledger, kind, answer?.status ?? null)
  // A door that is shut answers at once, and would be asked a thousand times.
  if (answer === null) await wait(20)
  return answer?.status === 202
}

const post = (at: Loading, text: string): Record<string, unknown> => ({
  content: `<p>${text}</p>`,
  cc: [`${at.burrow.origin}/users/ana`],
  tag: [{ type: 'Mention', href: `${at.burrow.origin}/users/ana`, name: '@ana' }],
})

async function write(at: Loading): Promise<void> {
  const text = `theirs ${serial++} v0.`
  const create = at.peers.first.create(post(at, text))
  const uri = (create.object as { id: string }).id
  const entry: TheirPost = { uri, texts: [text], answered: -1, deleted: 'no' }
  at.ledger.theirs.set(uri, entry)
  if (await send(at, at.peers.first, 'Create', create)) entry.answered = 0
}

/** Posts that were answered, and that nobody else is at: who edits and deletes at the same moment gets what comes. */
const busy = new Set<string>()
function pick<T extends TheirPost | OwnPost>(at: Loading, all: Map<string, T>): T | null {
  const free = [...all.values()].filter((one) => one.answered >= 0 && one.deleted === 'no' && !busy.has(one.texts[0] as string))
  return free[at.roll(Math.max(1, free.length))] ?? null
}

async function holding(one: TheirPost | OwnPost, work: () => Promise<void>): Promise<void> {
  const key = one.texts[0] as string
  busy.add(key)
  await work().finally(() => busy.delete(key))
}

async function rewrite(at: Loading): Promise<void> {
  const old = pick(at, at.ledger.theirs)
  if (!old) return write(at)
  await holding(old, async () => {
    const version = old.texts.length
    const text = `${(old.texts[0] as string).replace(/v0\.$/, '')}v${version}.`
    old.texts.push(text)
    // A later second each time: what is not newer is no edit.
    const updated = new Date(Date.now() + version).toISOString()
    const object = { ...(at.peers.first.create({ ...post(at, text), id: old.uri, updated }).object as Record<string, unknown>) }
    if (await send(at, at.peers.first, 'Update', activity(at.peers.first, 'Update', object, `${old.uri}#updates/${version}`)))
      old.answered = version
  })
}

async function removeTheirs(at: Loading): Promise<void> {
  const old = pick(at, at.ledger.theirs)
  if (!old) return write(at)
  await holding(old, async () => {
    old.deleted = 'asked'
    if (
      await send(at, at.peers.first, 'Delete', activity(at.peers.first, 'Delete', { id: old.uri, type: 'Tombstone' }, `${old.uri}#delete`))
    ) {
      old.deleted = 'yes'
    }
  })
}

async function like(at: Loading): Promise<void> {
  const mine = pick(at, at.ledger.own)
  if (!mine || mine.uri === null) return write(at)
  await holding(mine, async () => {
    const id = `${at.peers.first.id}#likes/${serial++}`
    const pair = `${at.peers.first.id} ${mine.id}`
    at.ledger.likes.set(pair, at.ledger.likes.get(pair) ?? false)
    if (await send(at, at.peers.first, 'Like', activity(at.peers.first, 'Like', mine.uri, id))) at.ledger.likes.set(pair, true)
  })
}

async function boost(at: Loading): Promise<void> {
  const mine = pick(at, at.ledger.own)
  if (!mine || mine.uri === null || [...at.ledger.boosts.keys()].some((uri) => uri.endsWith(`/${mine.id}`))) return write(at)
  await holding(mine, async () => {
    const id = `${at.peers.first.id}/boosts/${mine.id}`
    at.ledger.boosts.set(id, at.ledger.boosts.get(id) ?? false)
    const announce = {
      ...activity(at.peers.first, 'Announce', mine.uri, id),
      to: ['https://www.w3.org/ns/activitystreams#Public'],
      published: new Date().toISOString(),
    }
    if (await send(at, at.peers.first, 'Announce', announce)) at.ledger.boosts.set(id, true)
  })
}

async function follow(at: Loading): Promise<void> {
  const stranger = at.peers.stranger()
  at.ledger.follows.set(stranger.id, false)
  const body = activity(stranger, 'Follow', `${at.burrow.origin}/users/ana`, `${stranger.id}#follow`)
  if (await send(at, stranger, 'Follow', body)) at.ledger.follows.set(stranger.id, true)
}

// The owner ----------------------------------------------------------------------------------------------------------------------------------

async function ask(
  at: Loading,
  method: string,
  path: string,
  body?: object,
  key?: string,
): Promise<{ status: number; json<T>(): T } | null> {
  return request(`http://127.0.0.1:${at.burrow.ownerPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${at.token}`, 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeout: 5_000,
  }).catch(() => null)
}

async function outbound(at: Loading, going: () => boolean): Promise<void> {
  while (going()) {
    const what = at.roll(10)
    const old = what < 6 ? null : pick(at, at.ledger.own)
    if (!old) await publish(at, newOwnPost(at.ledger, `own ${serial++} v0.`))
    else if (what < 9) await edit(at, old)
    else await remove(at, old)
    await wait(10)
  }
}

async function publish(at: Loading, mine: OwnPost): Promise<void> {
  const answer = await ask(at, 'POST', '/api/v1/statuses', { status: mine.texts[0] }, mine.key)
  note(at.ledger, 'own post', answer?.status ?? null)
  if (answer?.status !== 200) return
  const { id, uri } = answer.json<{ id: string; uri: string }>()
  Object.assign(mine, { id, uri, answered: 0 })
}

async function edit(at: Loading, mine: OwnPost): Promise<void> {
  await holding(mine, async () => {
    mine.texts.push(`${(mine.texts[0] as string).replace(/v0\.$/, '')}v${mine.texts.length}.`)
    await repeatEdit(at, mine)
  })
}

async function repeatEdit(at: Loading, mine: OwnPost): Promise<void> {
  const answer = await ask(at, 'PUT', `/api/v1/statuses/${mine.id}`, { status: mine.texts.at(-1) })
  note(at.ledger, 'own edit', answer?.status ?? null)
  if (answer?.status === 200) mine.answered = mine.texts.length - 1
}

async function remove(at: Loading, mine: OwnPost): Promise<void> {
  await holding(mine, async () => {
    // Likes and boosts of it go with it.
    for (const pair of [...at.ledger.likes.keys()].filter((one) => one.endsWith(` ${mine.id}`))) at.ledger.likes.delete(pair)
    for (const uri of [...at.ledger.boosts.keys()].filter((one) => one.endsWith(`/${mine.id}`))) at.ledger.boosts.delete(uri)
    mine.deleted = 'asked'
    await repeatRemoval(at, mine)
  })
}

async function repeatRemoval(at: Loading, mine: OwnPost): Promise<void> {
  const answer = await ask(at, 'DELETE', `/api/v1/statuses/${mine.id}`)
  note(at.ledger, 'own removal', answer?.status ?? null)
  if (answer?.status === 200 || answer?.status === 404) mine.deleted = 'yes'
}

/** What got no answer is asked again, as a decent client does: the same key makes it the same post. */
export async function askAgain(at: Loading): Promise<void> {
  for (const mine of at.ledger.own.values()) {
    if (mine.answered < 0 && mine.id === null) await publish(at, mine)
    if (mine.deleted === 'asked') await repeatRemoval(at, mine)
    else if (mine.deleted === 'no' && mine.id !== null && mine.answered < mine.texts.length - 1) await repeatEdit(at, mine)
  }
}
