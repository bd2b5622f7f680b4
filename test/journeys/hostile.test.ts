import { readFileSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createNet } from '../../src-main/net/index.ts'
import { startActorServer, type Actor, type ActorServer } from '../rig/actors.ts'
import { rule } from '../rig/attacks.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { request, type Answer } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { number, picture } from '../rig/rows.ts'

/** What a stranger can send to the built program over real HTTP, with the answer each gets, and that nothing changes. */
const HOUR = 3_600_000
let burrow: Burrow
let server: ActorServer
let elsewhere: ActorServer
let mo: Actor
/** A stranger on another host. */
let mallory: Actor
/** Somebody on mo's own server. */
let neighbour: Actor
let inbox: string
/** A post of mo's that is stored, and the Create that brought it. */
let stored: { uri: string; create: Record<string, unknown> }

beforeAll(async () => {
  ;[burrow, server, elsewhere] = await Promise.all([startBurrow(), startActorServer('mo.localhost'), startActorServer('mallory.localhost')])
  mo = server.actor('mo')
  mallory = elsewhere.actor('mallory')
  neighbour = server.actor('neighbour')
  inbox = `${burrow.origin}/inbox`
  const mastodon = await burrow.mastodon()
  const found = await mastodon.v2.search.list({ q: mo.id, type: 'accounts', resolve: true })
  await mastodon.v1.accounts.$select(found.accounts[0]?.id ?? '').follow()
  const asked = await until('mo is asked', () => server.received.find(({ activity }) => activity.type === 'Follow'))
  const accept = {
    '@context': 'https://www.w3.org/ns/activitystreams',
    id: `${mo.id}#accept`,
    type: 'Accept',
    actor: mo.id,
    object: asked.activity,
  }
  expect((await mo.post(inbox, accept)).status).toBe(202)
  const create = mo.create()
  stored = { uri: (create.object as { id: string }).id, create }
  expect((await mo.post(inbox, create)).status).toBe(202)
  // Known here too, with their keys: what they are refused for is never that nobody knows them.
  for (const known of [mallory, neighbour]) expect((await known.post(inbox, known.create())).status).toBe(202)
  await until('all of it is stored', async () =>
    (await mastodon.v1.timelines.home.list({ limit: 5 })).some((status) => status.uri === stored.uri),
  )
  // Somebody just followed is read up in the background: that is no doing of an attack.
  await until('the profile was read', () => number(burrow.folder, 'select posts_fetched_at from accounts where uri = ?', mo.id) > 0)
  await settled()
})
afterAll(async () => {
  await burrow?.remove()
  await server?.close()
  await elsewhere?.close()
})

/** The picture, once it stays the same for a moment. */
async function settled(): Promise<Record<string, string[]>> {
  let last = picture(burrow.folder)
  return until('the database is quiet', async () => {
    await new Promise((resolve) => setTimeout(resolve, 150))
    const next = picture(burrow.folder)
    const same = JSON.stringify(next) === JSON.stringify(last)
    last = next
    return same ? next : null
  })
}

async function changesNothing(attack: () => Promise<Answer>): Promise<Answer> {
  const before = picture(burrow.folder)
  const answer = await attack()
  expect(await settled()).toEqual(before)
  return answer
}

const post = (body: string, headers: Record<string, string>, url = inbox): Promise<Answer> =>
  request(url, { method: 'POST', headers, body })
const json = (activity: unknown): string => JSON.stringify(activity)
const activityType = { 'content-type': 'application/activity+json' }

describe('the inbox', () => {
  test('unsigned: 401', async () => {
    const answer = await changesNothing(() => post(json(mo.create()), activityType))
    expect(answer.status).toBe(401)
    expect(answer.headers['content-type']).toContain('application/json')
  })

  test('signed with another key than the one it names: 401', async () => {
    const body = json(mo.create())
    expect((await changesNothing(() => post(body, mallory.headers(inbox, body, { keyId: mo.keyId })))).status).toBe(401)
  })

  test('a body that is not the one that was signed: 401', async () => {
    const headers = mo.headers(inbox, json(mo.create()))
    expect((await changesNothing(() => post(json(mo.create({ content: '<p>Send me money.</p>' })), headers))).status).toBe(401)
  })

  test('signed for another address: 401', async () => {
    const body = json(mo.create())
    const headers = { ...mo.headers('http://elsewhere.localhost/inbox', body), host: new URL(inbox).host }
    expect((await changesNothing(() => post(body, headers))).status).toBe(401)
  })

  test(`stale, ${rule(15)}: 401`, async () => {
    for (const date of [Date.now() - 2 * HOUR, Date.now() + 2 * HOUR]) {
      for (const scheme of ['cavage', 'rfc9421'] as const) {
        expect((await changesNothing(() => mo.post(inbox, mo.create(), { date, scheme }))).status).toBe(401)
      }
    }
  })

  test(`replayed, ${rule(15)}: 202 and no change`, async () => {
    const body = json(stored.create)
    const headers = mo.headers(inbox, body)
    expect((await changesNothing(() => post(body, headers))).status).toBe(202)
    expect((await changesNothing(() => post(body, headers))).status).toBe(202)
    // The same post under a new activity id is no second post either.
    const mastodon = await burrow.mastodon()
    const before = (await mastodon.v1.timelines.home.list({ limit: 40 })).length
    expect((await mo.post(inbox, { ...stored.create, id: `${stored.uri}/activity-again` })).status).toBe(202)
    await settled()
    expect((await mastodon.v1.timelines.home.list({ limit: 40 })).length).toBe(before)
  })

  test('larger than 1 MiB: 413', async () => {
    const body = json(mo.create({ content: `<p>${'a'.repeat(1_048_576)}</p>` }))
    const headers = mo.headers(inbox, body)
    const answer = await changesNothing(() => post(body, headers).catch((error: Error) => ({ status: 413, text: error.message }) as Answer))
    expect(answer.status).toBe(413)
    // Without saying how long it will be.
    const endless = await changesNothing(() =>
      request(inbox, { method: 'POST', headers, pieces: Array.from({ length: 40 }, () => 'a'.repeat(65_536)) }).catch(
        (error: Error) => ({ status: 413, text: error.message }) as Answer,
      ),
    )
    expect(endless.status).toBe(413)
    expect((await request(`${burrow.origin}/users/ana`, { headers: { accept: 'application/activity+json' } })).status).toBe(200)
  })

  test(`deeply nested and broken, ${rule(26)}: 400`, async () => {
    const deep = json(mo.create()).replace('"type":"Note"', `"type":"Note","x":${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    for (const body of [deep, '{"type":"Create",', '[]', '"Create"', 'null', '{"__proto__":{"type":"Create"}}', '\u0000']) {
      expect((await changesNothing(() => mo.post(inbox, body))).status, body.slice(0, 40)).toBe(400)
    }
  })

  test('of another type: 415', async () => {
    for (const type of ['text/plain', 'text/html', 'application/x-www-form-urlencoded', 'image/png']) {
      const body = json(mo.create())
      const headers = { ...mo.headers(inbox, body), 'content-type': type }
      expect((await changesNothing(() => post(body, headers))).status, type).toBe(415)
    }
  })

  test(`in somebody else’s name, ${rule(1)}: 401`, async () => {
    const body = json(mo.create())
    expect((await changesNothing(() => post(body, neighbour.headers(inbox, body)))).status).toBe(401)
    const own = json({ ...mo.create(), actor: `${burrow.origin}/users/ana` })
    expect((await changesNothing(() => post(own, mo.headers(inbox, own)))).status).toBe(401)
  })

  test(`passed on by another server, ${rule(8)}: 202, looked up where it lives, and nothing kept that is not there`, async () => {
    const made = mo.create()
    const body = json(made)
    const before = picture(burrow.folder, ['seen'])
    expect((await post(body, mallory.headers(inbox, body))).status).toBe(202)
    const { id } = made.object as { id: string }
    await until('its origin was asked', () => server.asked.some((path) => id.endsWith(path)))
    await settled()
    expect(picture(burrow.folder, ['seen'])).toEqual(before)
  })

  test(`about somebody else’s post, ${rule(5)}, ${rule(6)}: no change but the memory of its id`, async () => {
    const mastodon = await burrow.mastodon()
    const ours = await mastodon.v1.statuses.create({ status: 'Mine' })
    const note = { type: 'Note', content: '<p>Mallory was here.</p>', updated: new Date(Date.now() + 1_000).toISOString() }
    const follow = { type: 'Follow', actor: `${burrow.origin}/users/ana` }
    const aimed = (who: Actor): Record<string, unknown>[] => [
      who.create({ attributedTo: mo.id, content: '<p>Mallory was here.</p>' }),
      { id: `${who.id}#update`, type: 'Update', actor: who.id, object: { ...note, id: stored.uri, attributedTo: mo.id } },
      { id: `${who.id}#update-mine`, type: 'Update', actor: who.id, object: { ...note, id: stored.uri, attributedTo: who.id } },
      { id: `${who.id}#update-yours`, type: 'Update', actor: who.id, object: { ...note, id: ours.uri, attributedTo: who.id } },
      { id: `${who.id}#delete`, type: 'Delete', actor: who.id, object: stored.uri },
      { id: `${who.id}#delete-yours`, type: 'Delete', actor: who.id, object: ours.uri },
      { id: `${who.id}#undo`, type: 'Undo', actor: who.id, object: { id: `${mo.id}#accept`, type: 'Accept', actor: mo.id } },
      { id: `${who.id}#accept`, type: 'Accept', actor: who.id, object: { ...follow, id: `${burrow.origin}/follows/1`, object: who.id } },
      { id: `${who.id}#reject`, type: 'Reject', actor: who.id, object: { ...follow, id: `${burrow.origin}/follows/1`, object: mo.id } },
    ]
    const attacks = [
      ...aimed(mallory).map((activity) => ({ who: mallory, activity })),
      { who: mallory, activity: mallory.create({ id: `${mo.id}/statuses/forged`, attributedTo: mo.id }) },
      { who: mallory, activity: { id: `${mallory.id}#delete-mo`, type: 'Delete', actor: mallory.id, object: mo.id } },
      ...aimed(neighbour).map((activity) => ({ who: neighbour, activity })),
    ]
    // Every id is remembered, and what has to be fetched first waits a moment as a row of its own.
    const without = ['seen', 'inbound']
    await settled()
    for (const { who, activity } of attacks) {
      const before = picture(burrow.folder, without)
      // Taken when the signature is good, since it is; what it says is not done.
      const answer = await who.post(inbox, { '@context': 'https://www.w3.org/ns/activitystreams', ...activity })
      expect([202, 400, 401], json(activity)).toContain(answer.status)
      await settled()
      expect(picture(burrow.folder, without), json(activity)).toEqual(before)
    }
    for (const who of [mallory, neighbour]) {
      const { accounts } = await mastodon.v2.search.list({ q: who.id, type: 'accounts', resolve: true })
      expect((await mastodon.v1.accounts.relationships.fetch({ id: [accounts[0]?.id ?? ''] }))[0]?.following).toBe(false)
    }
  })

  test('for a foreign Host: 421', async () => {
    const body = json(mo.create())
    for (const host of ['elsewhere.example', `127.0.0.1:${burrow.publicPort}`, 'ana.localhost']) {
      const headers = { ...mo.headers(inbox, body), host }
      expect((await changesNothing(() => post(body, headers, `http://127.0.0.1:${burrow.publicPort}/inbox`))).status, host).toBe(421)
    }
  })

  test('still takes what is right, by both schemes', async () => {
    const mastodon = await burrow.mastodon()
    for (const scheme of ['cavage', 'rfc9421'] as const) {
      const create = mo.create({ content: `<p>Signed by ${scheme}</p>` })
      expect((await mo.post(inbox, create, { scheme })).status).toBe(202)
      const { id } = create.object as { id: string }
      await until(`it is at home, signed by ${scheme}`, async () =>
        (await mastodon.v1.timelines.home.list({ limit: 5 })).some((status) => status.uri === id),
      )
    }
  })
})

describe('the listeners', () => {
  const owner = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> =>
    request(`http://127.0.0.1:${burrow.ownerPort}${path}`, { method, headers })

  test(`${rule(43)}`, async () => {
    const token = await burrow.token()
    const authorization = `Bearer ${token}`
    for (const path of ['/api/owner/state', '/api/v1/timelines/home', '/app/', '/oauth/authorize']) {
      for (const host of ['evil.example', `localhost:${burrow.ownerPort}`, '127.0.0.1', `ana.localhost:${burrow.publicPort}`]) {
        expect((await owner(path, { host, authorization })).status, `${host} ${path}`).toBe(403)
      }
      for (const origin of ['https://evil.example', 'null', `http://localhost:${burrow.ownerPort}`, burrow.origin]) {
        const answer = await owner(path, { origin, authorization })
        expect(answer.status, `${origin} ${path}`).toBe(403)
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      }
    }
    expect((await owner('/api/owner/state', { authorization })).status).toBe(200)
    expect((await owner('/api/owner/state', { authorization, origin: `http://127.0.0.1:${burrow.ownerPort}` })).status).toBe(200)
    expect((await owner('/api/owner/state', {})).status).toBe(401)
    expect((await owner('/api/owner/state', { cookie: `token=${token}` })).status).toBe(401)
  })

  test('a WebSocket from a foreign page is refused', async () => {
    const token = await burrow.token()
    for (const path of ['/api/v1/streaming?stream=user', '/api/owner/events']) {
      const status = await new Promise<number>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${burrow.ownerPort}${path}`, [token], { origin: 'https://evil.example' })
        socket.on('unexpected-response', (_asked, response) => {
          resolve(response.statusCode ?? 0)
          socket.terminate()
        })
        socket.on('open', () => {
          resolve(101)
          socket.terminate()
        })
        socket.on('error', () => undefined)
      })
      expect(status, path).toBe(403)
    }
  })

  test(`${rule(42)}, ${rule(46)}`, async () => {
    const authorization = `Bearer ${await burrow.token()}`
    for (const path of [
      '/api/owner/state',
      '/api/owner/outbox',
      '/api/v1/timelines/home',
      '/api/v1/accounts/verify_credentials',
      '/app/',
      '/oauth/authorize',
    ]) {
      const answer = await request(`${burrow.origin}${path}`, { headers: { authorization } })
      expect(answer.status, path).toBe(404)
      expect(answer.text).not.toContain('at ')
    }
    expect((await request(`${burrow.origin}/api/owner/stop`, { method: 'POST', headers: { authorization }, body: '' })).status).toBe(404)
  })
})

describe('a fetch to a private address without the flag', () => {
  test('directly: the built program asks nobody', async () => {
    const asked: string[] = []
    const inside = createServer((incoming, response) => {
      asked.push(incoming.url ?? '')
      response.end('{}')
    })
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
    const { port } = inside.address() as AddressInfo
    const strict = await startBurrow({ origin: 'https://ana.example', lifted: false })
    try {
      for (const host of ['127.0.0.1', 'localhost', 'mo.localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0.0.0.0']) {
        for (const scheme of ['http', 'https']) {
          const url = `${scheme}://${host}:${port}/users/mo`
          const answer = await strict.api('GET', `/api/v2/search?resolve=true&q=${encodeURIComponent(url)}`)
          expect(answer.status, url).toBe(200)
          expect(answer.json(), url).toMatchObject({ accounts: [], statuses: [] })
        }
      }
      expect(asked).toEqual([])
    } finally {
      await strict.remove()
      inside.close()
    }
  })

  test(`by redirect and by DNS answer, ${rule(19)}, ${rule(21)}`, async () => {
    const tls = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url))
    const asked: string[] = []
    const outside = createSecureServer({ key: tls('peer.key'), cert: tls('peer.pem') }, (incoming, response) => {
      asked.push(`${incoming.headers.host ?? ''}${incoming.url ?? ''}`)
      response.writeHead(302, { location: new URL(incoming.url ?? '/', 'https://x').searchParams.get('to') ?? '' }).end()
    })
    await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
    const dial = `127.0.0.1:${(outside.address() as AddressInfo).port}`
    const net = createNet({
      allowPrivateNetwork: false,
      userAgent: 'Burrow under test',
      now: Date.now,
      ownHosts: [],
      ca: tls('ca.pem').toString(),
      map: {
        'mo.example': dial,
        'ana.example': { address: '10.0.0.7', dial },
        'bob.example': { address: ['93.184.216.34', '127.0.0.1'], dial },
      },
    })
    try {
      for (const to of [
        'http://127.0.0.1/',
        'https://127.0.0.1/',
        'https://[::ffff:7f00:1]/',
        'https://ana.example/',
        'https://localhost/',
      ]) {
        const before = asked.length
        const refused = { code: expect.stringMatching(/^(redirect|refused-url|refused-address)$/) as string }
        await expect(net.get(`https://mo.example/?to=${encodeURIComponent(to)}`), to).rejects.toMatchObject(refused)
        // It got as far as the redirect, and no further.
        expect(asked.length, to).toBe(before + 1)
      }
      const before = asked.length
      await expect(net.get('https://ana.example/')).rejects.toMatchObject({ code: 'refused-address' })
      await expect(net.get('https://bob.example/')).rejects.toMatchObject({ code: 'refused-address' })
      expect(asked.length).toBe(before)
    } finally {
      await net.close()
      outside.close()
    }
  })
})
