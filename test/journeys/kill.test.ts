import { randomInt, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startActorServer, type Actor, type ActorServer } from '../rig/actors.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { number } from '../rig/rows.ts'

/** Rounds of the torture; BURROW_TEST_KILLS asks for more. */
const ROUNDS = Number(process.env.BURROW_TEST_KILLS ?? 4)
let burrow: Burrow
let server: ActorServer
let mo: Actor
let token: string

beforeAll(async () => {
  ;[burrow, server] = await Promise.all([startBurrow({ flags: ['--log-level', 'warn'] }), startActorServer('mo.localhost')])
  mo = server.actor('mo')
  token = await burrow.token()
  await burrow.online()
  const follow = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${mo.id}#follow`,
    type: 'Follow',
    actor: mo.id,
    object: `${burrow.origin}/users/ana`,
  }
  expect((await mo.post(`${burrow.origin}/inbox`, follow)).status).toBe(202)
  await until('the follow is accepted', () => server.received.some(({ activity }) => activity.type === 'Accept'))
})
afterAll(async () => {
  await burrow?.remove()
  await server?.close()
})

/** Statuses and addresses of what the owner wrote, by the key that makes a repeated request the same one. */
const written = new Map<string, { text: string; uri: string | null }>()
/** Every note we were told is kept. */
const promised = new Set<string>()

async function write(text: string, key: string = randomUUID()): Promise<void> {
  if (!written.has(key)) written.set(key, { text, uri: null })
  const answer = await request(`http://127.0.0.1:${burrow.ownerPort}/api/v1/statuses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ status: text }),
    timeout: 5_000,
  })
  if (answer.status === 200) written.set(key, { text, uri: answer.json<{ uri: string }>().uri })
}

async function load(going: () => boolean, round: number): Promise<void> {
  const inbound = async (): Promise<void> => {
    while (going()) {
      const create = mo.create({
        cc: [`${burrow.origin}/users/ana`],
        tag: [{ type: 'Mention', href: `${burrow.origin}/users/ana`, name: '@ana' }],
      })
      const answer = await mo.post(`${burrow.origin}/inbox`, create).catch(() => null)
      if (answer?.status === 202) promised.add((create.object as { id: string }).id)
    }
  }
  const outbound = async (): Promise<void> => {
    for (let post = 0; going(); post++) {
      await write(`Round ${round}, post ${post}`).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
  }
  await Promise.all([inbound(), inbound(), inbound(), inbound(), outbound()])
}

test('killed at random moments under load, it keeps every 202 once and sends every post, in order, as one activity', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    let going = true
    const busy = load(() => going, round)
    await new Promise((resolve) => setTimeout(resolve, randomInt(200, 1_500)))
    await burrow.kill()
    going = false
    await busy
    await burrow.start()
    // A client that got no answer asks again with the same key.
    for (const [key, { text, uri }] of written) if (uri === null) await write(text, key)
  }
  expect(promised.size).toBeGreaterThan(20)
  expect(written.size).toBeGreaterThan(ROUNDS)
  expect([...written.values()].filter(({ uri }) => uri === null)).toEqual([])

  // Everything that was promised is there, once.
  await until('the inbox is worked off', () => number(burrow.folder, 'select count(*) from inbound') === 0)
  const missing = [...promised].filter((uri) => number(burrow.folder, 'select count(*) from posts where uri = ?', uri) !== 1)
  expect(missing).toEqual([])
  const mentions = number(burrow.folder, "select count(*) from notifications where type = 'mention'")
  expect(mentions).toBe(number(burrow.folder, 'select count(*) from posts where uri like ?', `${mo.id}/%`))
  expect(number(burrow.folder, 'select count(*) from posts where own = 1')).toBe(written.size)

  // Everything that was written has left, in the order in which it was written, and no note under two activities.
  await until('everything has left', async () => (await burrow.outbox()).waiting === 0, 60_000)
  const activities = new Map<string, string>()
  const order: string[] = []
  for (const { activity } of server.received) {
    if (activity.type !== 'Create') continue
    const { id } = activity.object as { id: string }
    if (!activities.has(id)) order.push(id)
    expect(activities.get(id) ?? activity.id).toBe(activity.id)
    activities.set(id, activity.id as string)
  }
  const uris = [...written.values()].map(({ uri }) => uri ?? '')
  expect(new Set(order)).toEqual(new Set(uris))
  const ids = order.map((uri) => Number(uri.split('/').at(-1)))
  expect(ids).toEqual(ids.toSorted((one, next) => one - next))
})
