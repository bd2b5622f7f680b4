import { describe, expect, it } from 'vitest'
import { createToken, WINDOW_SCOPES } from '../../../src-main/domain/grants.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'

const IDS = [
  '0',
  '-1',
  '1',
  '9007199254740991',
  '9007199254740993',
  '99999999999999999999999999',
  '1e3',
  '0x10',
  'abc',
  '%00',
  '..%2f..',
  "'%20or%201=1",
  '１２',
  'null',
  'NaN',
  'x'.repeat(400),
]

describe('hostile ids', () => {
  it('on every route of every method are a clean refusal: never a 5xx, never a change', async () => {
    const api = await openApi()
    const known = api.routes.filter(([, path]) => path.includes(':') && !path.includes('*'))
    expect(known.length).toBeGreaterThan(40)
    // A group's key and a hashtag are no ids: anything may stand there.
    for (const [method, path] of known) {
      for (const id of IDS) {
        const url = path.replace(/:\w+/g, id)
        const answer = await api.app.inject({
          method: method as 'GET',
          url,
          headers: { host: '127.0.0.1:4321', authorization: `Bearer ${api.token}` },
        })
        expect(answer.statusCode, `${method} ${url}`).toBeLessThan(500)
        if (path.includes(':id') && !['/suggestions/', '/annual_reports/'].some((part) => path.includes(part)) && answer.statusCode === 200)
          expect(answer.json(), `${method} ${url}`).toEqual([])
      }
    }
    expect(api.problems).toEqual([])
  })

  it('in bodies and queries are no better', async () => {
    const api = await openApi()
    for (const id of IDS) {
      const raw = decodeURIComponent(id.replace('%', '%25'))
      for (const [method, path, body] of [
        ['POST', '/api/v1/statuses', { status: 'x', in_reply_to_id: raw }],
        ['POST', '/api/v1/statuses', { status: 'x', media_ids: [raw] }],
        ['POST', '/api/v1/markers', { home: { last_read_id: raw } }],
        ['GET', `/api/v1/timelines/home?max_id=${id}&since_id=${id}&min_id=${id}`, undefined],
        ['GET', `/api/v1/statuses?id[]=${id}`, undefined],
        ['GET', `/api/v1/accounts?id[]=${id}`, undefined],
        ['GET', `/api/v1/accounts/familiar_followers?id[]=${id}`, undefined],
        ['GET', `/api/v1/notifications?account_id=${id}&types[]=${id}`, undefined],
        ['GET', `/api/v2/notifications?max_id=${id}&min_id=${id}`, undefined],
        ['GET', `/api/v2/search?q=x&account_id=${id}&max_id=${id}&offset=${id}`, undefined],
        ['GET', `/api/v1/accounts/lookup?acct=${id}`, undefined],
      ] as const)
        expect((await api.call(method, path, body)).status, `${method} ${path} ${raw}`).toBeLessThan(500)
    }
    expect(api.problems).toEqual([])
  })
})

describe('routes that are not there', () => {
  it.each([
    ['GET', '/api/v1/nothing'],
    ['POST', '/api/v1/statuses/1/translate'],
    ['GET', '/api/v1/statuses/1/card'],
    ['DELETE', '/api/v2/nothing/at/all'],
    ['GET', '/api/v1_alpha/async_refreshes/1'],
    ['GET', '/api/oembed'],
    ['GET', '/oauth/nothing'],
  ])('%s %s answer 404 in JSON', async (method, path) => {
    const api = await openApi()
    expect(await api.call(method, path)).toMatchObject({ status: 404, body: { error: 'Record not found' } })
  })
})

describe('strangers', () => {
  it('without a token reach what is open and nothing else', async () => {
    const api = await openApi()
    const open = new Set<string>()
    for (const [method, path] of api.routes) {
      if (path.includes('*') || !path.startsWith('/api/') || path === '/api/oembed' || path === '/api/v1/streaming') continue
      const answer = await api.app.inject({ method: method as 'GET', url: path.replace(/:\w+/g, '1'), headers: { host: '127.0.0.1:4321' } })
      if (answer.statusCode !== 401) open.add(`${method} ${path}`)
    }
    expect([...open].sort()).toEqual([
      'GET /api/openapi.json',
      'GET /api/v1/accounts/:id',
      'GET /api/v1/accounts/:id/featured_tags',
      'GET /api/v1/accounts/:id/identity_proofs',
      'GET /api/v1/accounts/:id/statuses',
      'GET /api/v1/accounts/lookup',
      'GET /api/v1/custom_emojis',
      'GET /api/v1/directory',
      'GET /api/v1/instance',
      'GET /api/v1/instance/activity',
      'GET /api/v1/instance/domain_blocks',
      'GET /api/v1/instance/extended_description',
      'GET /api/v1/instance/peers',
      'GET /api/v1/instance/privacy_policy',
      'GET /api/v1/instance/rules',
      'GET /api/v1/instance/translation_languages',
      'GET /api/v1/polls/:id',
      'GET /api/v1/statuses',
      'GET /api/v1/statuses/:id',
      'GET /api/v1/statuses/:id/context',
      'GET /api/v1/statuses/:id/history',
      'GET /api/v1/statuses/:id/quotes',
      'GET /api/v1/streaming/health',
      'GET /api/v1/tags/:name',
      'GET /api/v1/trends',
      'GET /api/v1/trends/links',
      'GET /api/v1/trends/statuses',
      'GET /api/v1/trends/tags',
      'GET /api/v2/instance',
      'POST /api/v1/apps',
    ])
  })

  it.each(['owner', 'public'] as const)(
    'see own posts that have left, without the owner’s marks, and nobody else’s (%s listener)',
    async (listener) => {
      const api = await openApi({ listener })
      const make = async (visibility: string, left: boolean) => {
        const { body } = await api.call('POST', '/api/v1/statuses', { status: visibility, visibility })
        if (left) releasePost(api.home, Number(body.id), api.home.clock.at)
        return body.id as string
      }
      const shown = await make('public', true)
      const unlisted = await make('unlisted', true)
      const wet = await make('public', false)
      const followers = await make('private', true)
      const direct = await make('direct', true)
      const theirs = String(received(api.home, person(api.home, 'bo')))
      for (const verb of ['favourite', 'bookmark', 'reblog']) await api.call('POST', `/api/v1/statuses/${shown}/${verb}`)
      const statuses = []
      for (const id of [shown, unlisted, wet, followers, direct, theirs])
        statuses.push((await api.get(`/api/v1/statuses/${id}`, { token: null })).status)
      expect(statuses).toEqual([200, 200, 404, 404, 404, 404])
      expect((await api.get(`/api/v1/statuses/${shown}`, { token: null })).body).toMatchObject({
        favourited: false,
        bookmarked: false,
        reblogged: false,
      })
      const me = (await api.get('/api/v1/accounts/lookup?acct=ana', { token: null })).body.id as string
      const listed = (await api.get(`/api/v1/accounts/${me}/statuses`, { token: null })).body.map(
        (one: { id: string }) => one.id,
      ) as string[]
      expect(listed.sort()).toEqual([shown, unlisted].sort())
      expect((await api.get(`/api/v1/statuses?id[]=${shown}&id[]=${direct}&id[]=${theirs}`, { token: null })).body).toHaveLength(1)
      for (const id of [followers, direct, wet]) {
        for (const path of ['context', 'history'])
          expect((await api.get(`/api/v1/statuses/${id}/${path}`, { token: null })).status).toBe(404)
      }
      expect((await api.get('/api/v1/accounts/lookup?acct=bo@tide.example', { token: null })).status).toBe(404)
    },
  )

  it('do not see answers of others through a thread of ours', async () => {
    const api = await openApi()
    const { body } = await api.call('POST', '/api/v1/statuses', { status: 'Boats' })
    releasePost(api.home, Number(body.id), api.home.clock.at)
    received(api.home, person(api.home, 'bo'), { inReplyToUri: body.uri, visibility: 'private', forOwner: true })
    expect((await api.get(`/api/v1/statuses/${body.id}/context`)).body.descendants).toHaveLength(1)
    expect((await api.get(`/api/v1/statuses/${body.id}/context`, { token: null })).body.descendants).toHaveLength(0)
  })
})

describe('the public listener', () => {
  it('answers other sites, errors and preflights too, but not on the consent page', async () => {
    const api = await openApi({ listener: 'public' })
    const from = { headers: { origin: 'https://elk.example' } }
    for (const [path, status] of [
      ['/api/v2/instance', 200],
      ['/api/v1/timelines/home', 401],
      ['/api/v1/statuses/1', 404],
      ['/api/v1/nothing', 404],
      ['/oauth/token', 404],
    ] as const) {
      const answer = await api.call('GET', path, undefined, { ...from, token: null })
      expect([path, answer.status, answer.headers['access-control-allow-origin']]).toEqual([path, status, '*'])
      expect(answer.headers['access-control-expose-headers']).toContain('Link')
      expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
    }
    const preflight = await api.call('OPTIONS', '/api/v1/statuses', undefined, {
      token: null,
      headers: {
        origin: 'https://elk.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, idempotency-key',
      },
    })
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
      204,
      'authorization, content-type, idempotency-key',
    ])
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH')
    expect(
      (await api.call('GET', '/oauth/authorize', undefined, { ...from, token: null })).headers['access-control-allow-origin'],
    ).toBeUndefined()
  })

  it('links to the address, not to what the client calls it', async () => {
    const api = await openApi({ listener: 'public' })
    const { token } = createToken(api.home, 'app', ['read', 'write'], null)
    const { body } = await api.call('POST', '/api/v1/statuses', { status: 'Boats' }, { token })
    expect(body.account.avatar).toBe('https://ana.example/avatars/original/missing.png')
    const page = await api.get('/api/v1/timelines/home', { token })
    expect(page.links.next).toMatch(/^https:\/\/ana\.example\/api\/v1\/timelines\/home\?max_id=/)
    expect(page.headers['cache-control']).toBe('private, no-store')
    expect((await api.get('/api/v2/instance', { token })).body.configuration.urls.streaming).toBe('wss://ana.example')
  })

  it('opens nothing to the window’s own token: shown there, it has leaked', async () => {
    const api = await openApi({ listener: 'public' })
    const { token } = createToken(api.home, 'window', WINDOW_SCOPES)
    for (const path of ['/api/v1/timelines/home', '/api/v1/accounts/verify_credentials', '/api/v1/timelines/public']) {
      const answer = await api.get(path, { token })
      expect([answer.status, answer.body]).toEqual([401, { error: 'The access token is invalid' }])
    }
    expect((await api.call('POST', '/api/v1/statuses', { status: 'Not by me' }, { token })).status).toBe(401)
  })
})

describe('the owner’s listener', () => {
  it('has no word for other sites', async () => {
    const api = await openApi()
    const answer = await api.call('GET', '/oauth/authorize', undefined, { headers: { origin: 'https://evil.example' } })
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined])
    expect((await api.get('/api/v2/instance')).headers['access-control-allow-origin']).toBeUndefined()
  })
})
