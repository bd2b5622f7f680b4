import { createHash, randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import { askIn, fieldsOf, openBrowser, type Browser } from '../rig/scriptless-browser.ts'
import { expectEqual, expectOne, expectThat } from '../rig/evil-peer/expect.ts'
import { request, type Answer } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { Answers, type Attempt } from './attempt.ts'
import type { Scene } from '../rig/evil-peer/scene.ts'

/** Who wants to be let in as an app without the owner's yes: rules 42 to 46, with the doors for apps open. */

const BACK = 'https://app.example/back'
/** What letting apps in may change. */
const LEAVES = ['apps', 'tokens', 'codes', 'settings', 'secrets', 'events', 'cursors']

interface Client {
  client_id: string
  client_secret: string
}
interface Apps {
  openUntil: string | null
  requests: { id: string; tries: number }[]
  apps: { id: string }[]
}

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
})
const owned = async (s: Scene, method: string, path: string, body?: unknown): Promise<Apps> => {
  const answer = await s.target.api(method, `/api/owner/${path}`, body)
  expectEqual(answer.status, 200, `${method} ${path}`)
  return answer.json<Apps>()
}
const register = async (s: Scene, redirect = BACK): Promise<Client> =>
  (await s.target.ask('/api/v1/apps', form({ client_name: 'Ivory', redirect_uris: redirect, scopes: 'read write' }))).json<
    Client & Record<string, unknown>
  >()
const linkOf = (client: Client, more: Record<string, string> = {}) =>
  `/oauth/authorize?${new URLSearchParams({ client_id: client.client_id, redirect_uri: BACK, response_type: 'code', scope: 'read', ...more })}`
const browserOf = (s: Scene): Browser =>
  openBrowser(async (method, path, headers, fields) => {
    const sent = fields ? form(Object.fromEntries(fields)) : { method, headers: {} }
    const { status, text, headers: told } = await s.target.ask(path, { ...sent, method, headers: { ...sent.headers, ...headers } })
    return { status, body: text, headers: told }
  })
const exchange = (s: Scene, client: Client, code: string, more: Record<string, string> = {}): Promise<Answer> =>
  s.target.ask('/oauth/token', form({ ...client, grant_type: 'authorization_code', redirect_uri: BACK, code, ...more }))
const codeIn = (location: string | undefined): string => new URL(location ?? BACK).searchParams.get('code') ?? ''

/** With the API on the public address, and shut again afterwards whatever happens. */
const opened =
  (play: (s: Scene) => Promise<number | string>): Attempt['play'] =>
  async (s) => {
    await owned(s, 'PATCH', 'settings', { publicApi: true })
    try {
      return await play(s)
    } finally {
      await owned(s, 'DELETE', 'apps/connect')
      for (const { id } of (await owned(s, 'GET', 'apps')).apps) await owned(s, 'DELETE', `apps/${id}`)
      await owned(s, 'PATCH', 'settings', { publicApi: false })
    }
  }

/** The port of the listener for the local network, switched on for the time of the play. */
const inTheLan =
  (
    play: (s: Scene, ask: (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>) => Promise<number | string>,
  ): Attempt['play'] =>
  async (s) => {
    await owned(s, 'PATCH', 'settings', { lanApi: true })
    try {
      const port = () => s.count("select cast(value as integer) from settings where key = 'lanPort'")
      await until('the listener of the local network is open', async () => {
        if (!(port() > 0)) return false
        return request(`http://127.0.0.1:${port()}/api/v2/instance`).then(
          () => true,
          () => false,
        )
      })
      return await play(s, (path, headers = {}, method = 'GET') => request(`http://127.0.0.1:${port()}${path}`, { method, headers }))
    } finally {
      await owned(s, 'PATCH', 'settings', { lanApi: false })
    }
  }

/** A token as the window has it, and the way to take it away. */
function windowToken(s: Scene): { token: string; drop: () => void } {
  const token = randomBytes(32).toString('base64url')
  const hash = createHash('sha256').update(token).digest('hex')
  s.write(
    "insert into tokens (id, hash, kind, scopes, created_at) values (77, ?, 'window', 'read write follow push owner', ?)",
    hash,
    Date.now(),
  )
  return { token, drop: () => s.write('delete from tokens where id = 77') }
}

export const apps: Attempt[] = [
  {
    rule: 45,
    name: 'an app that asks while nobody pressed the button',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const answers = new Answers()
      const client = await register(s)
      const browser = browserOf(s)
      for (const path of [linkOf(client), linkOf(client, { force_login: 'true', approve: '1', decision: 'ask' })]) {
        const page = await browser.open(path)
        answers.add(page as unknown as Answer, [403], 'the page')
        expectEqual(page.headers.location, undefined, 'the way back')
      }
      const fields = { client_id: client.client_id, redirect_uri: BACK, response_type: 'code', scope: 'read' }
      for (const decision of ['ask', 'allow', 'approve']) {
        const sent = await browser.submit('/oauth/authorize', { ...fields, decision, approve: 'true', form_token: 'x' })
        expectOne(sent.status, [403, 422], decision)
        expectEqual(sent.headers.location, undefined, `the way back after ${decision}`)
      }
      const { requests, apps: connected } = await owned(s, 'GET', 'apps')
      expectEqual([requests.length, connected.length], [0, 0], 'who asks, and who is in')
      return String(answers)
    }),
  },
  {
    rule: 45,
    name: 'another browser that wants the way back',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const client = await register(s)
      await owned(s, 'POST', 'apps/connect')
      const [browser, foreign] = [browserOf(s), browserOf(s)]
      const { path, id, code } = await askIn(browser, linkOf(client))
      const formCookie = browser.cookies.get('burrow_ask /oauth')?.value ?? ''
      const bound = browser.cookies.get(`burrow_consent ${path}`)?.value ?? ''
      const planted = [
        '',
        'x',
        'A'.repeat(43),
        formCookie,
        fieldsOf(await foreign.open(linkOf(client))).form_token ?? '',
        `${bound.slice(0, 42)}A`,
      ]
      for (const stage of ['waiting', 'approved']) {
        if (stage === 'approved') await owned(s, 'POST', `apps/requests/${id}/approve`, { code })
        for (const value of planted.filter((one) => one !== bound)) {
          for (const accept of ['text/html', 'application/json']) {
            const seen = await foreign.open(`${path}?back=1`, { accept, cookie: `burrow_consent=${value}; burrow_ask=${value}` })
            expectEqual(seen.headers.location, undefined, `the way back for a cookie of ${value.length} letters`)
            expectThat(
              !seen.body.includes(code) && !/approved|waiting/.test(seen.body),
              `it says what came of it: ${seen.body.slice(0, 200)}`,
            )
          }
        }
      }
      const right = await browser.open(path)
      expectThat(codeIn(right.headers.location) !== '', 'the browser that asked gets nothing')
      return 'nothing for the others'
    }),
  },
  {
    rule: 45,
    name: 'guesses of the code that the page shows',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const client = await register(s)
      await owned(s, 'POST', 'apps/connect')
      const browser = browserOf(s)
      const { path, id, code } = await askIn(browser, linkOf(client))
      const authorization = `Bearer ${s.target.token}`
      // From outside there is nobody to guess at.
      for (const way of [`/api/owner/apps/requests/${id}/approve`, `${path}/approve`]) {
        const sent = await s.target.ask(way, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ code }),
        })
        expectEqual(sent.status, 404, way)
      }
      for (const decision of ['approve', 'allow', 'ask']) await browser.submit(path, { decision, code, approve: 'true' })
      const statuses = []
      for (const guess of ['AAAAAA', 'HHHHHH', 'XXXXXX', code]) {
        statuses.push((await s.target.api('POST', `/api/owner/apps/requests/${id}/approve`, { code: guess })).status)
      }
      expectEqual(statuses, [422, 422, 422, 409], 'three guesses, and then the right one')
      expectThat((await browser.open(path)).headers.location?.includes('error=access_denied') === true, 'it is not denied')
      return statuses.join(', ')
    }),
  },
  {
    rule: 45,
    name: 'a flood of requests to be let in',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const client = await register(s)
      await owned(s, 'POST', 'apps/connect')
      const seen = new Set<number>()
      const knock = async () => {
        const browser = browserOf(s)
        const fields = fieldsOf(await browser.open(linkOf(client)))
        seen.add((await browser.submit('/oauth/authorize', { ...fields, decision: 'ask' })).status)
      }
      await Promise.all(Array.from({ length: 40 }, knock))
      expectEqual((await owned(s, 'GET', 'apps')).requests.length, 3, 'who waits')
      // Whoever is sent away asks again: after a dozen the door is shut.
      for (let times = 0; times < 30; times++) {
        const { requests, openUntil } = await owned(s, 'GET', 'apps')
        if (openUntil === null) break
        for (const { id } of requests) await owned(s, 'POST', `apps/requests/${id}/deny`)
        await knock()
      }
      expectEqual((await owned(s, 'GET', 'apps')).openUntil, null, 'until when apps may ask')
      return [...seen].toSorted().join(', ')
    }),
  },
  {
    rule: 45,
    name: 'a yes that comes after the no',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const answers = new Answers()
      const client = await register(s)
      await owned(s, 'POST', 'apps/connect')
      const late = async (what: string, end: (id: string, path: string, browser: Browser) => Promise<unknown>) => {
        await owned(s, 'POST', 'apps/connect')
        const browser = browserOf(s)
        const { id, path, code } = await askIn(browser, linkOf(client))
        await end(id, path, browser)
        answers.add(await s.target.api('POST', `/api/owner/apps/requests/${id}/approve`, { code }), [409], what)
        expectEqual(codeIn((await browser.open(path)).headers.location), '', `a code ${what}`)
      }
      await late('after the owner denied', (id) => owned(s, 'POST', `apps/requests/${id}/deny`))
      await late('after the door was shut', () => owned(s, 'DELETE', 'apps/connect'))
      await late('after the person left', (_id, path, browser) => browser.submit(path, { decision: 'withdraw' }))
      await late('after the app was removed', async () => s.write('delete from apps where client_id = ?', client.client_id))
      return String(answers)
    }),
  },
  {
    rule: 45,
    name: 'codes that are stolen, shown twice, or another app’s',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const [client, other] = [await register(s), await register(s)]
      const verifier = 'v'.repeat(64)
      const challenge = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
      const fresh = async (more: Record<string, string> = challenge) => {
        await owned(s, 'POST', 'apps/connect')
        const browser = browserOf(s)
        const { id, path, code } = await askIn(browser, linkOf(client, more))
        await owned(s, 'POST', `apps/requests/${id}/approve`, { code })
        return codeIn((await browser.open(path)).headers.location)
      }
      const refused = async (what: string, answer: Promise<Answer>) => expectEqual((await answer).status, 400, what)
      await refused('without the verifier', exchange(s, client, await fresh()))
      await refused('with the challenge for a verifier', exchange(s, client, await fresh(), { code_verifier: challenge.code_challenge }))
      await refused('by another app', exchange(s, other, await fresh(), { code_verifier: verifier }))
      await refused('with another address', exchange(s, client, await fresh(), { code_verifier: verifier, redirect_uri: `${BACK}/` }))
      const plain = await browserOf(s).open(linkOf(client, { code_challenge: verifier, code_challenge_method: 'plain' }))
      expectThat(plain.headers.location?.includes('error=invalid_request') === true, 'a plain challenge is taken')
      const code = await fresh()
      const { access_token: token } = (await exchange(s, client, code, { code_verifier: verifier })).json<{ access_token: string }>()
      const home = async () => (await s.target.ask('/api/v1/timelines/home', { headers: { authorization: `Bearer ${token}` } })).status
      expectEqual(await home(), 200, 'the app reads')
      await refused('a second time', exchange(s, client, code, { code_verifier: verifier }))
      expectEqual(await home(), 401, 'the token of a code that was shown twice')
      expectEqual(s.count('select count(*) from tokens where hash = ? or hash = ?', token, code), 0, 'secrets in the clear')
      return 'invalid_grant'
    }),
  },
  {
    rule: 44,
    name: 'forms of other sites on the consent page, and cookies they planted',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const answers = new Answers()
      const client = await register(s)
      await owned(s, 'POST', 'apps/connect')
      const [victim, attacker] = [browserOf(s), browserOf(s)]
      const mine = { ...fieldsOf(await victim.open(linkOf(client))), decision: 'ask' }
      const theirs = { ...fieldsOf(await attacker.open(linkOf(client))), decision: 'ask' }
      const waits = async (what: string, expected: number) => expectEqual((await owned(s, 'GET', 'apps')).requests.length, expected, what)
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ] as Record<string, string>[]) {
        answers.add((await victim.submit('/oauth/authorize', mine, headers)) as unknown as Answer, [422], JSON.stringify(headers))
      }
      answers.add((await victim.submit('/oauth/authorize', theirs)) as unknown as Answer, [422], 'somebody else’s form')
      // Fixation: the victim carries the attacker's cookie, and the attacker's form comes from the attacker's site.
      const planted = attacker.cookies.get('burrow_ask /oauth')?.value ?? ''
      const fixed = browserOf(s)
      fixed.cookies.set('burrow_ask /oauth', { value: planted, path: '/oauth' })
      answers.add(
        (await fixed.submit('/oauth/authorize', theirs, { origin: 'https://evil.example' })) as unknown as Answer,
        [422],
        'a planted cookie',
      )
      await waits('who asks after forms of others', 0)
      // And if the person does it themselves: what binds the answer is made then, and the planted value is not it.
      const { path, id, code } = await askIn(fixed, linkOf(client))
      await owned(s, 'POST', `apps/requests/${id}/approve`, { code })
      for (const name of ['burrow_consent', 'burrow_ask']) {
        const taken = await attacker.open(path, { cookie: `${name}=${planted}; burrow_consent=${planted}` })
        expectEqual([taken.status, taken.headers.location], [404, undefined], 'what the attacker is told')
      }
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
        await fixed.submit(path, { decision: 'withdraw' }, headers)
      }
      expectThat(codeIn((await fixed.open(path)).headers.location) !== '', 'another site took the answer back')
      const framed = (await attacker.open(linkOf(client))).headers
      expectThat(/frame-ancestors 'none'/.test(framed['content-security-policy'] ?? ''), 'the page may be framed')
      expectEqual(framed['access-control-allow-origin'], undefined, 'CORS on the consent page')
      return String(answers)
    }),
  },
  {
    rule: 46,
    name: 'tokens in addresses while the API is on, looked for in the log',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const answers = new Answers()
      const { token } = s.target
      const before = s.target.log().length
      for (const path of ['/api/v1/timelines/home', '/api/v1/accounts/verify_credentials', '/oauth/userinfo', '/api/v1/notifications']) {
        answers.add(await s.target.ask(`${path}?access_token=${token}`), [401], `a token in the address of ${path}`)
        answers.add(await s.target.ask(`${path}?token=${token}&bearer_token=${token}`), [401], `a token in the address of ${path}`)
      }
      for (const path of [
        `/api/v1/streaming/nowhere?access_token=${token}`,
        `/api/v1/streaming/hashtag?access_token=${token}`,
        `/%ff?access_token=${token}`,
      ]) {
        answers.add(await s.target.ask(path), [400, 404], path)
      }
      // The one place where it counts: browsers cannot send a header with a socket.
      const socket = new WebSocket(`ws://127.0.0.1:${s.target.publicPort}/api/v1/streaming?stream=user&access_token=${token}`, {
        headers: { host: 'ana.example' },
      })
      const said = await new Promise<string>((done) => {
        socket.on('open', () => done('open')).on('error', (error) => done(error.message))
      })
      socket.terminate()
      expectEqual(said, 'open', 'a socket with its token in the address')
      const logged = s.target.log().slice(before)
      expectThat(!logged.includes(token) && !/access_token=[^&\s"]*[A-Za-z0-9]{8}/.test(logged), 'a token stands in the log')
      return String(answers)
    }),
  },
  {
    rule: 46,
    name: 'the window’s own token, shown from outside',
    leaves: LEAVES,
    requests: 0,
    play: opened(async (s) => {
      const answers = new Answers()
      const { token, drop } = windowToken(s)
      try {
        const authorization = `Bearer ${token}`
        for (const path of [
          '/api/v1/timelines/home',
          '/api/v1/accounts/verify_credentials',
          '/oauth/userinfo',
          '/api/v1/streaming',
          '/api/v1/streaming/user',
        ])
          answers.add(await s.target.ask(path, { headers: { authorization } }), [401], path)
        answers.add(await s.target.ask(`/api/v1/streaming/user?access_token=${token}`), [401], 'in the address of a stream')
        for (const path of ['/api/owner/state', '/api/owner/apps', '/api/owner/apps/connect', '/app/']) {
          for (const method of ['GET', 'POST', 'DELETE'])
            answers.add(await s.target.ask(path, { method, headers: { authorization } }), [404], `${method} ${path}`)
        }
        expectEqual((await owned(s, 'GET', 'apps')).openUntil, null, 'until when apps may ask')
      } finally {
        drop()
      }
      return String(answers)
    }),
  },
  {
    rule: 43,
    name: 'names of others on the listener of the local network',
    leaves: LEAVES,
    requests: 0,
    play: inTheLan(async (s, ask) => {
      const answers = new Answers()
      const own = (await ask('/api/v2/instance')).status
      expectEqual(own, 200, 'by an address of this machine')
      const authorization = `Bearer ${s.target.token}`
      for (const host of [
        'evil.example',
        'ana.example',
        'localhost',
        '127.0.0.1',
        '[::1]',
        '0.0.0.0',
        `127.0.0.1:${s.target.ownerPort}`,
        '192.0.2.1:80',
        'rebound.evil.example:4000',
      ]) {
        for (const path of ['/api/v2/instance', '/api/v1/timelines/home', '/oauth/authorize', '/media/x/y.png', '/nowhere'])
          answers.add(await ask(path, { host, authorization, origin: 'https://evil.example' }), [421], `${host} ${path}`)
      }
      const page = await ask('/oauth/authorize', { origin: 'https://evil.example' })
      expectEqual(page.headers['access-control-allow-origin'], undefined, 'CORS on the consent page')
      return String(answers)
    }),
  },
  {
    rule: 42,
    name: 'the owner’s routes and the federation’s in the local network',
    leaves: LEAVES,
    requests: 0,
    play: inTheLan(async (s, ask) => {
      const answers = new Answers()
      const { token, drop } = windowToken(s)
      try {
        for (const bearer of [token, s.target.token]) {
          const authorization = `Bearer ${bearer}`
          for (const path of [
            '/api/owner/state',
            '/api/owner/apps',
            '/api/owner/apps/connect',
            '/api/owner/session',
            '/api/owner/events',
            '/app/',
            '/inbox',
            '/users/ana',
            '/users/ana/inbox',
            '/@ana',
            '/actor',
          ]) {
            for (const method of ['GET', 'POST', 'PATCH', 'DELETE'])
              answers.add(await ask(path, { authorization }, method), [404], `${method} ${path}`)
          }
        }
        for (const path of ['/api/v1/timelines/home', '/api/v1/accounts/verify_credentials'])
          answers.add(await ask(path, { authorization: `Bearer ${token}` }), [401], `the window’s token on ${path}`)
      } finally {
        drop()
      }
      return String(answers)
    }),
  },
]
