import { describe, expect, test } from 'vitest'
import { createSignInCode, createToken } from '../../../src-main/domain/grants.ts'
import { openHouse } from './house.ts'
import type { WebSocket } from 'ws'
import type { FastifyInstance } from 'fastify'

const MINUTE = 60_000

/** Opens the owner's stream with a token (or none); frames are kept from the first one on. */
async function listen(app: FastifyInstance, token: string | null, more: { host?: string; origin?: string } = {}) {
  const frames: { type: string }[] = []
  const headers = { host: '127.0.0.1:0', ...(token === null ? {} : { 'sec-websocket-protocol': token }), ...more }
  const socket = (await app.injectWS(
    '/api/owner/events',
    { headers },
    {
      onInit: (made: WebSocket) => made.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()))),
    },
  )) as unknown as WebSocket
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  return { socket, frames, closed }
}
const soon = async (what: () => boolean) => {
  for (let turn = 0; turn < 500 && !what(); turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(what()).toBe(true)
}

describe('the sign-in code', () => {
  test('opens the window once', async () => {
    const house = await openHouse()
    const code = createSignInCode(house.domain)
    const first = await house.call('POST', '/api/owner/session', { code }, null)
    expect((await house.call('GET', '/api/owner/state', undefined, first.body.token)).status).toBe(200)
    const second = await house.call('POST', '/api/owner/session', { code }, null)
    expect([second.status, second.body.code]).toEqual([401, 'sign-in-code-invalid'])
  })

  test('is good for ten minutes', async () => {
    const house = await openHouse()
    const late = createSignInCode(house.domain)
    house.clock.at += 10 * MINUTE + 1
    expect((await house.call('POST', '/api/owner/session', { code: late }, null)).status).toBe(401)
    const timely = createSignInCode(house.domain)
    house.clock.at += 10 * MINUTE
    expect((await house.call('POST', '/api/owner/session', { code: timely }, null)).status).toBe(200)
  })

  test('that is none opens nothing', async () => {
    const house = await openHouse()
    for (const body of [{}, { code: 7 }, { code: '' }, { code: 'guess' }, [], 'text']) {
      const answer = await house.call('POST', '/api/owner/session', body, null)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.body.token).toBeUndefined()
    }
  })
})

describe('without the owner’s token', () => {
  const routes: [string, string][] = [
    ['GET', '/api/owner/state'],
    ['GET', '/api/owner/setup/name?name=ana'],
    ['POST', '/api/owner/setup/name'],
    ['POST', '/api/owner/setup/check'],
    ['POST', '/api/owner/setup/address'],
    ['GET', '/api/owner/connection'],
    ['POST', '/api/owner/connection/retry'],
    ['GET', '/api/owner/outbox'],
    ['POST', '/api/owner/outbox/1/retry'],
    ['DELETE', '/api/owner/outbox/1'],
    ['GET', '/api/owner/drafts'],
    ['PUT', '/api/owner/drafts/1'],
    ['DELETE', '/api/owner/drafts/1'],
    ['GET', '/api/owner/settings'],
    ['PATCH', '/api/owner/settings'],
    ['GET', '/api/owner/places/home'],
    ['PUT', '/api/owner/places/home'],
    ['POST', '/api/owner/stop'],
  ]
  test('every route is 401, whatever is sent', async () => {
    const house = await openHouse()
    const app = createToken(house.domain, 'app', ['read', 'write', 'follow', 'push'], null).token
    const narrow = createToken(house.domain, 'cli', ['read']).token
    for (const [method, path] of routes) {
      for (const token of [null, 'wrong', app, narrow]) {
        const answer = await house.call(method, path, method === 'GET' ? undefined : {}, token)
        expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 401, 'unauthorized'])
      }
    }
    expect(house.stops).toBe(0)
  })

  test('the command line’s token for everything is the owner’s', async () => {
    const house = await openHouse()
    const { token } = createToken(house.domain, 'cli', ['read', 'write', 'follow', 'push'])
    expect((await house.call('GET', '/api/owner/state', undefined, token)).status).toBe(200)
  })
})

describe('the stream', () => {
  test('is closed at once without the right token, and not opened to other sites', async () => {
    const house = await openHouse()
    for (const token of [null, 'wrong']) {
      const { closed, frames } = await listen(house.ownerApp, token)
      expect(await closed).toBe(4401)
      expect(frames).toEqual([])
    }
    for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }]) {
      await expect(listen(house.ownerApp, house.token, headers)).rejects.toThrow('403')
    }
  })

  test('begins with the connection and tells of drafts, settings and the outbox', async () => {
    const house = await openHouse()
    const { socket, frames } = await listen(house.ownerApp, house.token)
    await soon(() => frames.length === 1)
    expect(frames[0]).toMatchObject({ type: 'connection', connection: { state: 'no-address', waiting: 0 } })
    const draft = {
      text: 'a',
      warning: '',
      sensitive: false,
      visibility: 'public',
      language: null,
      inReplyToId: null,
      editOf: null,
      mediaIds: [],
      caret: 1,
    }
    await house.call('PUT', '/api/owner/drafts/0d6b1c1e-7f6c-4b6e-9f59-6f3a3f4f7a10', draft)
    await house.call('PATCH', '/api/owner/settings', { theme: 'dark' })
    await house.call('DELETE', '/api/owner/drafts/0d6b1c1e-7f6c-4b6e-9f59-6f3a3f4f7a10')
    await house.call('POST', '/api/v1/statuses', { status: 'High water' })
    await soon(() => frames.some((frame) => frame.type === 'outbox'))
    expect(frames.map((frame) => frame.type)).toEqual(expect.arrayContaining(['draft', 'settings', 'draft-removed', 'outbox']))
    socket.terminate()
  })
})

test('stopping answers first and then ends', async () => {
  const house = await openHouse()
  expect(await house.call('POST', '/api/owner/stop')).toEqual({ status: 200, body: {} })
  await soon(() => house.stops === 1)
})
