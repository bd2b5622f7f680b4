import { describe, expect, test } from 'vitest'
import { AppError } from '../../../src-main/domain/errors.ts'
import { StoreError } from '../../../src-main/store/store.ts'
import { openInside, openOutside } from './house.ts'

const own = { host: '127.0.0.1:4000' }
const counted = () => {
  let calls = 0
  return {
    get calls() {
      return calls
    },
    build: (app: import('fastify').FastifyInstance) => void app.post('/change', async () => ({ calls: ++calls })),
  }
}

describe('the owner listener', () => {
  test.each([
    ['a name that was made to point here (rule 43)', { host: 'evil.example:4000' }],
    ['another port', { host: '127.0.0.1:4001' }],
    ['localhost', { host: 'localhost:4000' }],
    ['the address without its port', { host: '127.0.0.1' }],
    ['a page of another site', { ...own, origin: 'https://evil.example' }],
    ['a page without an origin of its own', { ...own, origin: 'null' }],
    ['another program on this machine', { ...own, origin: 'http://127.0.0.1:4001' }],
    ['https of the same address', { ...own, origin: 'https://127.0.0.1:4000' }],
  ])('refuses %s with 403 and does nothing', async (_what, headers) => {
    const change = counted()
    const { app } = await openInside(4000, change.build)
    const answer = await app.inject({ method: 'POST', url: '/change', headers })
    expect(answer.statusCode).toBe(403)
    expect(change.calls).toBe(0)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('answers its own page and programs that have no origin', async () => {
    const change = counted()
    const { app } = await openInside(4000, change.build)
    expect((await app.inject({ method: 'POST', url: '/change', headers: { ...own, origin: 'http://127.0.0.1:4000' } })).statusCode).toBe(
      200,
    )
    const answer = await app.inject({ method: 'POST', url: '/change', headers: own })
    expect(answer.json()).toEqual({ calls: 2 })
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('gives no other site leave by a preflight', async () => {
    const { app } = await openInside(4000, counted().build)
    const headers = { ...own, origin: 'https://evil.example', 'access-control-request-method': 'POST' }
    const answer = await app.inject({ method: 'OPTIONS', url: '/change', headers })
    expect(answer.statusCode).toBe(403)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('the public listener', () => {
  test.each([['evil.example'], ['127.0.0.1:4000'], ['ana.example:8080'], ['ana.example.evil.example'], ['']])(
    'answers 421 to the host "%s"',
    async (host) => {
      const { app } = await openOutside()
      const answer = await app.inject({ url: '/@ana', headers: { host } })
      expect(answer.statusCode).toBe(421)
      expect(answer.body).not.toContain('Ana')
    },
  )

  test('answers its own host, however it is written', async () => {
    const { app } = await openOutside()
    expect((await app.inject({ url: '/@ana', headers: { host: 'Ana.Example' } })).statusCode).toBe(200)
  })

  test('serves nobody before there is an address', async () => {
    const { app } = await openOutside({ address: null })
    for (const host of ['ana.example', '127.0.0.1', 'localhost'])
      expect((await app.inject({ url: '/', headers: { host } })).statusCode).toBe(421)
  })

  test('keeps idle connections long enough for a tunnel that reuses them', async () => {
    const { app } = await openOutside()
    expect(app.server.keepAliveTimeout).toBeGreaterThanOrEqual(75_000)
  })
})

describe('errors', () => {
  const failing = (error: unknown) =>
    openInside(4000, (app) => {
      app.get('/x', async () => {
        throw error
      })
      app.get('/api/owner/x', async () => {
        throw error
      })
      app.post('/api/owner/take', async (request) => request.body)
    })

  test('of ours tell nothing of the inside', async () => {
    const { app, heard } = await failing(new Error('SELECT secret FROM /home/ana/.local/share/burrow'))
    for (const url of ['/x', '/api/owner/x']) {
      const answer = await app.inject({ url, headers: own })
      expect(answer.statusCode).toBe(500)
      expect(answer.body).not.toMatch(/secret|home|stack|at /)
    }
    expect(heard.lines.join()).toContain('SELECT secret')
  })

  test('of a full disk are 503 with a code and a time to come back, and are told on', async () => {
    const { app, heard } = await failing(new StoreError('disk-full', 'The disk is full.'))
    const answer = await app.inject({ url: '/api/owner/x', headers: own })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'disk-full' })
    expect(answer.headers['retry-after']).toBe('30')
    expect(heard.full).toBe(1)
    expect((await app.inject({ url: '/x', headers: own })).json()).toMatchObject({ error: expect.stringContaining('full') })
  })

  test('carry the finer code and its numbers to the window, and Mastodon’s body to everybody else', async () => {
    const { app } = await failing(
      new AppError('conflict', 'The address is fixed.', { reason: 'origin-already-set', params: { origin: 'https://a.example' } }),
    )
    const answer = await app.inject({ url: '/api/owner/x', headers: own })
    expect([answer.statusCode, answer.json()]).toEqual([
      409,
      { error: 'The address is fixed.', code: 'origin-already-set', params: { origin: 'https://a.example' } },
    ])
    expect((await app.inject({ url: '/x', headers: own })).json()).toMatchObject({ error: 'The address is fixed.' })
  })

  test.each([
    ['broken JSON', '{"a":', 'application/json', 400],
    ['JSON that reaches for prototypes', '{"__proto__":{"admin":true}}', 'application/json', 400],
    ['an unknown type', 'a', 'application/x-strange', 415],
    ['too much', JSON.stringify({ a: 'x'.repeat(3_000_000) }), 'application/json', 413],
  ])('answer %s with its own status and a code', async (_what, payload, type, status) => {
    const { app } = await failing(null)
    const answer = await app.inject({ method: 'POST', url: '/api/owner/take', headers: { ...own, 'content-type': type }, payload })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ error: expect.any(String), code: expect.any(String) })
  })

  test('say that there is nothing at an unknown address', async () => {
    const { app } = await failing(null)
    const answer = await app.inject({ url: '/api/v1/nothing', headers: own })
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'Record not found' }])
  })
})
