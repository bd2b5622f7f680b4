import { describe, expect, it } from 'vitest'
import { createToken, registerApp, revokeToken } from '../../../../src-main/domain/grants.ts'
import { person, received } from '../../domain/home.ts'
import { openApi } from '../instance.ts'
import type { Api } from '../instance.ts'

/** Every route there is, asked wrongly in every way: the documented status and sentence, never a 500. Generated from the route table. */

const PARAM = /:\w+/g
/** Without a token, these sockets and lines would stay open. */
const streams = (path: string) => path.startsWith('/api/v1/streaming')
const judged = (api: Api) =>
  api.routes.filter(([, path]) => path.startsWith('/api/') && !path.includes('*') && path !== '/api/oembed' && path !== '/api/openapi.json')

describe.each(['owner', 'public'] as const)('on the %s listener', (listener) => {
  it('a token that is unknown or was taken back is a 401 on every route that reads one', async () => {
    const api = await openApi({ listener })
    const gone = createToken(api.home, 'app', ['read', 'write', 'follow', 'push'], null).token
    revokeToken(api.home, gone)
    const wrong: unknown[] = []
    let asked = 0
    for (const [method, path] of judged(api)) {
      const { needs, anyToken } = api.configs.get(`${method} ${path}`) ?? {}
      if (needs === undefined && !anyToken && !streams(path)) continue
      if (path === '/api/v1/streaming/health' || path === '/api/v1/streaming') continue
      for (const token of ['x'.repeat(43), gone]) {
        asked++
        const answer = await api.call(method, path.replace(PARAM, '1'), undefined, { token })
        const body = typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body
        if (answer.status !== 401 || body.error !== 'The access token is invalid') wrong.push([method, path, answer.status, body])
      }
    }
    expect([wrong, asked > 250, api.problems]).toEqual([[], true, []])
  })

  it('no token is a 401 on what is not open', async () => {
    const api = await openApi({ listener })
    const wrong: unknown[] = []
    for (const [method, path] of judged(api)) {
      const { needs, open } = api.configs.get(`${method} ${path}`) ?? {}
      if (needs === undefined || open) continue
      const answer = await api.call(method, path.replace(PARAM, '1'), undefined, { token: null })
      if (answer.status !== 401 || answer.body.error !== 'The access token is invalid')
        wrong.push([method, path, answer.status, answer.body])
    }
    expect(wrong).toEqual([])
  })

  it('too little scope is a 403, and an app without its owner a 422', async () => {
    const api = await openApi({ listener })
    const app = registerApp(api.home, {
      name: 'Lantern',
      website: null,
      redirectUris: ['lantern://in'],
      scopes: ['read', 'write', 'follow', 'push'],
    })
    const small = createToken(api.home, 'app', ['push'], app.id).token
    const profile = createToken(api.home, 'app', ['profile'], app.id).token
    const client = createToken(api.home, 'client', ['read', 'write'], app.id).token
    const wrong: unknown[] = []
    for (const [method, path] of judged(api)) {
      const { needs, open } = api.configs.get(`${method} ${path}`) ?? {}
      if (needs === undefined) continue
      const under = await api.call(method, path.replace(PARAM, '1'), undefined, { token: needs === 'push' ? profile : small })
      if (under.status !== 403 || under.body.error !== 'This action is outside the authorized scopes')
        wrong.push([method, path, under.status, under.body])
      if (open) continue
      const alone = await api.call(method, path.replace(PARAM, '1'), undefined, { token: client })
      if (alone.status !== 422 || alone.body.error !== 'This method requires an authenticated user')
        wrong.push([method, path, alone.status, alone.body])
    }
    expect(wrong).toEqual([])
  })

  it(
    'ids that are absent, of something else, negative, enormous or none are not found: never a 5xx, and nothing changes',
    { timeout: 120_000 },
    async () => {
      const api = await openApi({ listener })
      const bo = person(api.home, 'bo')
      const post = received(api.home, bo)
      const wrong: unknown[] = []
      const ids = ['999', '-1', '0', '9007199254740993', '99999999999999999999999999', 'abc', '%F0%9F%8C%8A', '1e3', ' 1', '%00']
      for (const [method, path] of judged(api).filter(([, path]) => path.includes(':id') && !streams(path))) {
        // What people are called by their post's id, and posts by their author's.
        const foreign =
          path.includes('/accounts/') || path.includes('follow_requests')
            ? [String(post)]
            : path.includes('/statuses/:id')
              ? [String(bo)]
              : []
        for (const id of [...ids, ...foreign]) {
          const answer = await api.call(method, path.replace(PARAM, id))
          const fine = answer.status === 404 && answer.body.error === 'Record not found'
          // A row that is to go may be gone already; some constants know no ids.
          const constant = path.includes('suggestions') || path.includes('identity_proofs')
          if (!fine && !(constant && answer.status < 300) && answer.status !== 400 && answer.status !== 422)
            wrong.push([method, path, id, answer.status, answer.body])
        }
      }
      expect([wrong, api.problems]).toEqual([[], []])
    },
  )

  it('a body that is too large is a 413 in JSON, one that is broken a 400', { timeout: 120_000 }, async () => {
    const api = await openApi({ listener })
    const wrong: unknown[] = []
    const large = `{"status":"${'x'.repeat(3 * 1024 * 1024)}"}`
    for (const [method, path] of api.routes) {
      if (method === 'GET' || path.includes('*') || !/^\/(api\/v|oauth\/(token|revoke|userinfo))/.test(path)) continue
      const send = (payload: string) =>
        api.call(method, path.replace(PARAM, '1'), undefined, { payload, headers: { 'content-type': 'application/json' } })
      const much = await send(large)
      const { answers } = api.configs.get(`${method} ${path}`) ?? {}
      if (much.status !== 413 && answers !== 'Absent') wrong.push([method, path, much.status])
      const broken = await send('{"status":')
      if (broken.status !== 400 && answers !== 'Absent') wrong.push([method, path, broken.status])
    }
    expect([wrong, api.problems]).toEqual([[], []])
  })
})

describe('headers', () => {
  it('the public listener answers any site on every route, errors and preflights too, and never with credentials', async () => {
    const open = await openApi({ listener: 'public' })
    const wrong: unknown[] = []
    const from = { origin: 'https://elk.example' }
    const paths = new Set(open.routes.map(([, path]) => path).filter((path) => !path.startsWith('/oauth/authorize')))
    for (const path of [...paths, '/api/v1/nothing', '/api/v2/nothing/at/all']) {
      const url = path.replace(PARAM, '1').replace('*', 'nothing')
      if (!/^\/(api\/|oauth\/|\.well-known\/oauth)/.test(url)) continue
      const answer = await open.call('GET', url, undefined, { token: 'wrong', headers: from })
      const { headers } = answer
      const fine =
        headers['access-control-allow-origin'] === '*' &&
        /Link/.test(headers['access-control-expose-headers'] ?? '') &&
        headers['access-control-allow-credentials'] === undefined
      if (!fine || answer.status >= 500) wrong.push(['GET', url, answer.status, headers['access-control-allow-origin']])
      const asked = { ...from, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,idempotency-key' }
      const preflight = await open.call('OPTIONS', url, undefined, { token: null, headers: asked })
      // What is only read is only allowed to be read.
      const verb = url.startsWith('/.well-known') ? 'GET' : 'PUT'
      const allowed = preflight.headers['access-control-allow-methods'] ?? ''
      if (
        preflight.status !== 204 ||
        !allowed.includes(verb) ||
        !/idempotency-key/.test(preflight.headers['access-control-allow-headers'] ?? '')
      ) {
        wrong.push(['OPTIONS', url, preflight.status, preflight.headers])
      }
    }
    expect([wrong, paths.size > 100]).toEqual([[], true])
  })

  it('the owner’s listener has no word for other sites, whatever they ask', async () => {
    const owner = await openApi()
    const wrong: unknown[] = []
    for (const [method, path] of owner.routes) {
      const url = path.replace(PARAM, '1').replace('*', 'nothing')
      for (const verb of [method, 'OPTIONS']) {
        const { status, headers } = await owner.call(verb, url, undefined, { headers: { origin: 'https://evil.example' } })
        if (status !== 403 || Object.keys(headers).some((name) => name.startsWith('access-control-'))) wrong.push([verb, url, status])
      }
    }
    expect(wrong).toEqual([])
  })
})
