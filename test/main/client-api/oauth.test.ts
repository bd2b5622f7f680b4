import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  appById,
  codeSpent,
  connectedApps,
  createClientToken,
  createSignInCode,
  createToken,
  registerApp,
  tokenInfo,
  WINDOW_SCOPES,
} from '../../../src-main/domain/grants.ts'
import { askIn, fieldsOf, openBrowser } from '../../rig/scriptless-browser.ts'
import { openApi } from './instance.ts'
import type { Api, ApiOptions } from './instance.ts'

const REDIRECT = 'https://elk.example/api/x/https%3A%2F%2Fana.example/?tab=1'
const VERIFIER = 'v'.repeat(64)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const OOB = 'urn:ietf:wg:oauth:2.0:oob'

async function withApp(options: ApiOptions & { redirect?: string; scopes?: string } = {}) {
  const api = await openApi(options)
  const { body: app } = await api.call('POST', '/api/v1/apps', {
    client_name: 'Elk <b>',
    redirect_uris: options.redirect ?? REDIRECT,
    scopes: options.scopes ?? 'read write follow push',
  })
  const ask = (change: Record<string, string | undefined> = {}) => {
    const fields = {
      client_id: app.client_id as string,
      redirect_uri: options.redirect ?? REDIRECT,
      response_type: 'code',
      scope: options.scopes ?? 'read write follow push',
      ...change,
    }
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, string>
  }
  const page = (change: Record<string, string | undefined> = {}) =>
    api.call('GET', `/oauth/authorize?${new URLSearchParams(ask(change)).toString()}`, undefined, { token: null })
  return { api, app, ask, page }
}

type Context = Awaited<ReturnType<typeof withApp>>

/** A browser on this API, as it comes by. */
const browserOf = (api: Api) =>
  openBrowser(async (method, path, headers, form) => {
    const type = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const {
      status,
      body,
      headers: told,
    } = await api.call(method, path, form?.toString(), { token: null, headers: { ...type, ...headers } })
    const cookie = told['set-cookie'] as string | string[] | undefined
    return {
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...told, 'set-cookie': [cookie].flat().join('; ') },
    }
  })
const linkOf = (context: Context, change: Record<string, string | undefined> = {}) =>
  `/oauth/authorize?${new URLSearchParams(context.ask(change)).toString()}`

/** The owner pressed the button, the app asks, the owner types the code. */
async function letIn(context: Context, change: Record<string, string | undefined> = {}) {
  context.api.consents.open()
  const browser = browserOf(context.api)
  const { path, id, code } = await askIn(browser, linkOf(context, change))
  expect(context.api.consents.approve(id, code)).toBe('ok')
  return { browser, path }
}

async function approved(context: Context, change: Record<string, string | undefined> = {}): Promise<URL> {
  const { browser, path } = await letIn(context, change)
  const answer = await browser.open(path)
  expect(answer.status).toBe(303)
  return new URL(answer.headers.location as string)
}

const exchange = ({ api, app }: Context, code: string | null, change: Record<string, string> = {}) =>
  api.call(
    'POST',
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      client_id: app.client_id,
      client_secret: app.client_secret,
      redirect_uri: REDIRECT,
      code,
      ...change,
    },
    { token: null },
  )

describe('the code flow', () => {
  it('goes from a page to a token that works, with PKCE, the state given back as it came', async () => {
    const context = await withApp()
    const state = 'a b&c=d%20e'
    const back = await approved(context, { code_challenge: CHALLENGE, code_challenge_method: 'S256', state, force_login: 'false' })
    expect(back.href.startsWith(`${REDIRECT}&code=`)).toBe(true)
    expect(back.searchParams.get('state')).toBe(state)
    const { status, body } = await exchange(context, back.searchParams.get('code'), { code_verifier: VERIFIER, scope: 'ignored' })
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String) as string,
        token_type: 'Bearer',
        scope: 'read write follow push',
        created_at: Math.floor(context.api.home.clock.at / 1000),
      },
    ])
    const me = await context.api.get('/api/v1/accounts/verify_credentials', { token: body.access_token })
    expect([me.status, me.body.acct]).toEqual([200, 'ana'])
    // An app is no window: what belongs to the owner alone stays out of reach.
    expect(body.scope).not.toContain('owner')
    expect((await context.api.get('/api/v1/apps/verify_credentials', { token: body.access_token })).body.name).toBe('Elk <b>')
  })

  it('takes a code once, within a minute, with the right verifier, address and secret', async () => {
    const context = await withApp()
    const fresh = async () =>
      (await approved(context, { code_challenge: CHALLENGE, code_challenge_method: 'S256' })).searchParams.get('code')
    const grant = { error: 'invalid_grant', error_description: expect.any(String) as string }
    const once = await fresh()
    expect((await exchange(context, once, { code_verifier: VERIFIER })).status).toBe(200)
    expect((await exchange(context, once, { code_verifier: VERIFIER })).body).toEqual(grant)
    expect((await exchange(context, await fresh(), { code_verifier: 'w'.repeat(64) })).body).toEqual(grant)
    expect((await exchange(context, await fresh())).status).toBe(400)
    expect((await exchange(context, await fresh(), { code_verifier: VERIFIER, redirect_uri: `${REDIRECT}#` })).status).toBe(400)
    const wrong = await exchange(context, await fresh(), { code_verifier: VERIFIER, client_secret: 'x' })
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client'])
    expect(wrong.body.error_description).toContain('Client authentication failed')
    const late = await fresh()
    context.api.home.clock.at += 61_000
    expect((await exchange(context, late, { code_verifier: VERIFIER })).status).toBe(400)
  })

  it('takes credentials as Basic too, both together if they agree, and no content type at all', async () => {
    const context = await withApp()
    const { api, app } = context
    const basic = (secret: string) => `Basic ${Buffer.from(`${app.client_id}:${secret}`).toString('base64')}`
    const ask = async (authorization: string, more: Record<string, string>) => {
      const code = (await approved(context)).searchParams.get('code') as string
      const payload = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: REDIRECT, code, ...more }).toString()
      return (await api.call('POST', '/oauth/token', undefined, { token: null, payload, headers: { authorization } })).status
    }
    expect(await ask(basic(app.client_secret), {})).toBe(200)
    expect(await ask(basic(app.client_secret), { client_id: app.client_id, client_secret: app.client_secret })).toBe(200)
    expect(await ask(basic(app.client_secret), { client_secret: 'other' })).toBe(401)
    expect(await ask(basic('other'), {})).toBe(401)
  })

  it('knows no passwords', async () => {
    const context = await withApp()
    const { status, body } = await exchange(context, null, { grant_type: 'password', username: 'ana', password: 'x' })
    expect([status, body.error]).toEqual([400, 'unsupported_grant_type'])
  })

  it('shows the code on the page where there is nowhere to go', async () => {
    const context = await withApp({ redirect: OOB })
    const { browser, path } = await letIn(context)
    const shown = await browser.open(path)
    const code = /<title>([\w-]+)<\/title>/.exec(shown.body)?.[1] as string
    expect([shown.status, shown.headers.location, shown.body.includes(`<code>${code}</code>`)]).toEqual([200, undefined, true])
    // Too late to copy it: another one, and the first is good no more.
    context.api.home.clock.at += 50_000
    const second = /<title>([\w-]+)<\/title>/.exec((await browser.open(path)).body)?.[1] as string
    expect((await exchange(context, code, { redirect_uri: OOB })).status).toBe(400)
    expect((await exchange(context, second, { redirect_uri: OOB })).status).toBe(200)
    expect((await browser.open(path)).body).toContain('is let in')
    const refused = await context.page({ response_type: 'token' })
    expect([refused.status, refused.headers.location]).toEqual([400, undefined])
  })

  it('goes back to schemes of apps, once by itself and then by a press', async () => {
    const context = await withApp({ redirect: 'icecubesapp://' })
    const { browser, path } = await letIn(context)
    const back = await browser.open(path)
    expect(back.headers.location).toMatch(/^icecubesapp:\/\/\?code=/)
    const still = await browser.open(path)
    expect([still.status, still.headers.location]).toEqual([200, undefined])
    expect(still.body).toContain(`${path}?back=1`)
    expect((await browser.open(`${path}?back=1`)).headers.location).toBe(back.headers.location)
  })

  it('rule 45: a code that is shown twice ends what was made from it', async () => {
    const context = await withApp()
    const code = (await approved(context)).searchParams.get('code')
    const { body } = await exchange(context, code)
    expect((await context.api.get('/api/v1/timelines/home', { token: body.access_token })).status).toBe(200)
    expect((await exchange(context, code)).body.error).toBe('invalid_grant')
    expect((await context.api.get('/api/v1/timelines/home', { token: body.access_token })).status).toBe(401)
  })

  it('an answer that a tunnel lost may be asked for again, as Elk’s server does', async () => {
    const context = await withApp()
    const { api, app } = context
    const code = (await approved(context)).searchParams.get('code') as string
    const { port } = new URL(await api.listen())
    // Whoever asked is gone the moment the answer is made.
    api.app.server.prependListener('request', (request, answer) => {
      Object.assign(answer, { end: () => (request.socket.destroy(), answer) })
    })
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: app.client_id as string,
      client_secret: app.client_secret as string,
      redirect_uri: REDIRECT,
      code,
    }).toString()
    const head = `POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`
    await new Promise<void>((done) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(head + body))
      socket.on('close', () => done()).on('error', () => undefined)
    })
    await expect.poll(() => codeSpent(api.home, code)).toBe(false)
    expect(connectedApps(api.home)).toEqual([])
  })
})

describe('the consent pages', () => {
  it('say who asks for what, in the reader’s language, without frames, and with no script but the one that looks', async () => {
    const context = await withApp()
    context.api.consents.open()
    const answer = await context.page()
    expect(answer.body).toContain('Let Elk &lt;b&gt; in?')
    expect(answer.body).toContain('@ana@ana.example')
    expect(answer.body).not.toContain('<script')
    const { page: waits } = await askIn(browserOf(context.api), linkOf(context))
    expect(waits.body).toContain('<noscript><meta http-equiv="refresh"')
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(waits.body) ?? []
    const hash = createHash('sha256').update(script).digest('base64')
    for (const headers of [answer.headers, waits.headers]) {
      const csp = headers['content-security-policy'] as string
      expect(csp).toContain("default-src 'none'")
      expect(csp).toContain("frame-ancestors 'none'")
      expect(csp).toContain(`script-src 'sha256-${hash}';`)
      // Chromium would kill callbacks to schemes of apps, and Phanpy's popup needs its opener.
      expect(csp).not.toContain('form-action')
      expect(headers['cross-origin-opener-policy']).toBeUndefined()
      expect([headers['referrer-policy'], headers['cache-control']]).toEqual(['same-origin', 'no-store'])
    }
    expect(answer.headers['set-cookie']).toMatch(/Path=\/oauth; .*HttpOnly; SameSite=Strict/)
    expect((await context.page({ lang: 'fr' })).body).toContain('<html lang="fr">')
  })

  it('say where to press while no app may ask, and go on by themselves', async () => {
    const context = await withApp()
    const browser = browserOf(context.api)
    const link = linkOf(context, { state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' })
    const shut = await browser.open(link)
    expect([shut.status, shut.body.includes('press “Connect an app”')]).toEqual([403, true])
    const next = /http-equiv="refresh" content="\d+;url=([^"]+)"/.exec(shut.body)?.[1]?.replaceAll('&amp;', '&') as string
    context.api.consents.open()
    const opened = await browser.open(next)
    expect([opened.status, fieldsOf(opened).state, fieldsOf(opened).code_challenge]).toEqual([200, 's', CHALLENGE])
    context.api.consents.close()
    expect((await browser.submit('/oauth/authorize', { ...fieldsOf(opened), decision: 'ask' })).status).toBe(403)
    expect(context.api.consents.list()).toEqual([])
    // Nobody looks for ever.
    expect((await browser.open(`${link}&looks=200`)).body).not.toContain('refresh')
  })

  it('rule 45: a GET asks nobody anything; a fourth has to wait', async () => {
    const context = await withApp()
    context.api.consents.open()
    for (let times = 0; times < 5; times++) await context.page()
    expect(context.api.consents.list()).toEqual([])
    for (let times = 0; times < 3; times++) await askIn(browserOf(context.api), linkOf(context))
    const late = browserOf(context.api)
    const fields = fieldsOf(await late.open(linkOf(context)))
    expect((await late.submit('/oauth/authorize', { ...fields, decision: 'ask' })).status).toBe(429)
    expect(context.api.consents.list()).toHaveLength(3)
  })

  it('rule 44: are bound to the browser that opened them: no cookie, another’s token, another site’s form do nothing', async () => {
    const context = await withApp()
    const { api } = context
    api.consents.open()
    const browser = browserOf(api)
    const mine = { ...fieldsOf(await browser.open(linkOf(context))), decision: 'ask' }
    const theirs = fieldsOf(await browserOf(api).open(linkOf(context)))
    expect((await browserOf(api).submit('/oauth/authorize', mine)).status).toBe(422)
    expect((await browser.submit('/oauth/authorize', { ...mine, form_token: theirs.form_token as string })).status).toBe(422)
    expect((await browser.submit('/oauth/authorize', mine, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await browser.submit('/oauth/authorize', mine, { 'sec-fetch-site': 'cross-site' })).status).toBe(422)
    expect(api.consents.list()).toEqual([])
    expect(
      (await browser.submit('/oauth/authorize', mine, { origin: 'http://127.0.0.1:4321', 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200)
    expect(api.consents.list()).toHaveLength(1)
  })

  it('rule 45: another browser learns nothing, whatever cookie it brings', async () => {
    const context = await withApp()
    const { api } = context
    api.consents.open()
    const browser = browserOf(api)
    const { path, id, code } = await askIn(browser, linkOf(context))
    const bound = browser.cookies.get(`burrow_consent ${path}`)?.value as string
    const foreign = browserOf(api)
    // Planted beforehand: a value that the server never made binds nothing.
    foreign.cookies.set(`burrow_consent ${path}`, { value: 'A'.repeat(43), path })
    foreign.cookies.set('burrow_consent /oauth', { value: [...browser.cookies.values()][0]?.value as string, path: '/oauth' })
    const json = { accept: 'application/json' }
    for (const state of ['waiting', 'approved']) {
      if (state === 'approved') expect(api.consents.approve(id, code)).toBe('ok')
      const shown = await foreign.open(path)
      expect([shown.status, shown.headers.location, shown.body.includes(code)]).toEqual([404, undefined, false])
      expect(JSON.parse((await foreign.open(path, json)).body)).toEqual({ state: 'over' })
      await foreign.submit(path, { decision: 'withdraw' })
      expect(JSON.parse((await browser.open(path, json)).body)).toEqual({ state })
    }
    expect(bound).toMatch(/^[\w-]{43}$/)
    expect((await browser.open(path)).headers.location).toContain('code=')
  })

  it('rule 45: two requests of one browser have cookies of their own', async () => {
    const context = await withApp()
    context.api.consents.open()
    const browser = browserOf(context.api)
    const [one, two] = [await askIn(browser, linkOf(context)), await askIn(browser, linkOf(context))]
    expect(one.code).not.toBe(two.code)
    expect(context.api.consents.approve(one.id, two.code)).toEqual({ left: 2 })
    expect(context.api.consents.approve(two.id, two.code)).toBe('ok')
    expect([(await browser.open(one.path)).status, (await browser.open(two.path)).status]).toEqual([200, 303])
  })

  it.each(['on the first page', 'on the page that waits', 'in the window', 'by nobody'])(
    'denied %s goes back with the words of the standard',
    async (where) => {
      const context = await withApp()
      const { api } = context
      api.consents.open()
      const browser = browserOf(api)
      const link = linkOf(context, { state: 'a b' })
      let answer
      if (where === 'on the first page') {
        answer = await browser.submit('/oauth/authorize', { ...fieldsOf(await browser.open(link)), decision: 'deny' })
      } else {
        const { path, id } = await askIn(browser, link)
        if (where === 'in the window') api.consents.deny(id)
        if (where === 'by nobody') api.home.clock.at += 300_000
        answer = where === 'on the page that waits' ? await browser.submit(path, { decision: 'withdraw' }) : await browser.open(path)
        // What stays open behind the app does not call it again.
        expect((await browser.open(path)).headers.location).toBe(undefined)
      }
      const back = new URL(answer.headers.location as string)
      const said = ['error', 'state', 'code'].map((name) => back.searchParams.get(name))
      expect(said).toEqual(['access_denied', 'a b', null])
      expect(api.consents.list()).toEqual([])
    },
  )

  it('never send anybody to an address no app has registered', async () => {
    const { page, api } = await withApp()
    for (const change of [
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: REDIRECT.replace('%3A', ':') },
      { client_id: 'unknown' },
    ]) {
      for (const open of [false, true]) {
        if (open) api.consents.open()
        const answer = await page(change)
        expect([answer.status, answer.headers.location]).toEqual([400, undefined])
      }
    }
  })

  it('refuse scopes the app did not register for, and challenges that are no challenge', async () => {
    const { page, api } = await withApp({ scopes: 'read' })
    const errors = []
    for (const change of [
      { scope: 'read write' },
      { scope: 'owner' },
      { code_challenge: VERIFIER, code_challenge_method: 'plain' },
      { code_challenge: CHALLENGE },
      { code_challenge: 'short', code_challenge_method: 'S256' },
    ])
      errors.push(new URL((await page(change)).headers.location as string).searchParams.get('error'))
    expect(errors).toEqual(['invalid_scope', 'invalid_scope', 'invalid_request', 'invalid_request', 'invalid_request'])
    api.consents.open()
    expect((await page({ scope: 'read:statuses' })).status).toBe(200)
  })

  it('rule 45: know no sign-in code and no word of the window: it answers in its own API alone', async () => {
    for (const listener of ['owner', 'public'] as const) {
      const context = await withApp({ listener })
      const { api, ask } = context
      api.consents.open()
      const window = createToken(api.home, 'window', WINDOW_SCOPES).token
      const said = await api.call('POST', '/oauth/authorize', { ...ask({ state: 's' }), approve: true }, { token: window })
      expect([said.status, said.headers.location]).toEqual([422, undefined])
      const browser = browserOf(api)
      const fields = fieldsOf(await browser.open(linkOf(context)))
      const code = createSignInCode(api.home)
      const allowed = await browser.submit('/oauth/authorize', { ...fields, sign_in_code: code, decision: 'allow' })
      expect(allowed.headers.location).toContain('error=access_denied')
    }
  })
})

describe('limits', () => {
  it('are told on every answer of a token’s, and end with 429 until their time is over', async () => {
    const api = await openApi({ listener: 'public', allowances: { token: 3, none: 2, registration: 1 } })
    const home = () => api.get('/api/v1/timelines/home')
    const first = await home()
    const reset = new Date(api.home.clock.at + 300_000).toISOString()
    const told = ({ headers }: typeof first) => ['limit', 'remaining', 'reset'].map((name) => headers[`x-ratelimit-${name}`])
    expect(told(first)).toEqual(['3', '2', reset])
    await home()
    await home()
    const over = await home()
    expect([over.status, over.body, told(over)]).toEqual([429, { error: 'Too many requests' }, ['3', '0', reset]])
    expect([over.headers['access-control-allow-origin'], over.headers['retry-after']]).toEqual(['*', '300'])
    expect(over.headers['access-control-expose-headers']).toContain('X-RateLimit-Reset')
    // Another app has its own; strangers have one together.
    const { token } = createToken(api.home, 'app', ['read'])
    expect((await api.get('/api/v1/timelines/home', { token })).status).toBe(200)
    const strangers = async (bearer: string | null) => (await api.get('/api/v1/timelines/public', { token: bearer })).status
    expect([await strangers(null), await strangers('unknown'), await strangers(null)]).toEqual([401, 401, 429])
    const register = () => api.call('POST', '/api/v1/apps', { client_name: 'x', redirect_uris: OOB }, { token: null })
    expect([(await register()).status, (await register()).status]).toEqual([200, 429])
    api.home.clock.at += 300_000
    expect([(await home()).status, await strangers(null), (await register()).status]).toEqual([200, 401, 200])
  })

  it('leave the owner’s own programs alone, and let a burst at the start pass', async () => {
    const owner = await openApi({ allowances: { token: 1, none: 1 } })
    for (let times = 0; times < 5; times++) expect((await owner.get('/api/v1/timelines/home')).status).toBe(200)
    const { token } = createToken(owner.home, 'app', ['read'])
    const statuses = []
    for (let times = 0; times < 2; times++) statuses.push((await owner.get('/api/v1/timelines/home', { token })).status)
    expect(statuses).toEqual([200, 429])
    const api = await openApi({ listener: 'public' })
    const burst = await Promise.all(Array.from({ length: 400 }, () => api.get('/api/v1/preferences')))
    expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe('tokens', () => {
  it('of an app speaking for itself reach what is open, and no person’s route', async () => {
    const { api, app } = await withApp()
    const { body } = await api.call(
      'POST',
      '/oauth/token',
      { grant_type: 'client_credentials', client_id: app.client_id, client_secret: app.client_secret, scope: 'read' },
      { token: null },
    )
    expect((await api.get('/api/v1/apps/verify_credentials', { token: body.access_token })).body).toMatchObject({
      name: 'Elk <b>',
      scopes: ['read', 'write', 'follow', 'push'],
    })
    const user = await api.get('/api/v1/timelines/home', { token: body.access_token })
    expect([user.status, user.body.error]).toEqual([422, 'This method requires an authenticated user'])
  })

  it('that are unknown, missing or too small are told apart in Mastodon’s words', async () => {
    const api = await openApi()
    const small = createToken(api.home, 'app', ['read:statuses', 'follow'], null).token
    const answers = []
    for (const [method, path, token] of [
      ['GET', '/api/v1/timelines/home', null],
      ['GET', '/api/v1/timelines/home', 'unknown'],
      ['GET', '/api/v1/statuses/1', 'unknown'],
      ['GET', '/api/v1/timelines/home', small],
      ['GET', '/api/v1/notifications', small],
      ['POST', '/api/v1/statuses', small],
      ['GET', '/api/v1/blocks', small],
      ['GET', '/api/v1/preferences', small],
    ] as const)
      answers.push(await api.call(method, path, method === 'POST' ? { status: 'x' } : undefined, { token }))
    expect(answers.map(({ status, body }) => [status, body.error])).toEqual([
      [401, 'The access token is invalid'],
      [401, 'The access token is invalid'],
      [401, 'The access token is invalid'],
      [200, undefined],
      [403, 'This action is outside the authorized scopes'],
      [403, 'This action is outside the authorized scopes'],
      [200, undefined],
      [403, 'This action is outside the authorized scopes'],
    ])
  })

  it('are revoked by their app, twice without harm, and by nobody else', async () => {
    const context = await withApp()
    const { api, app } = context
    const { body } = await exchange(context, (await approved(context)).searchParams.get('code'))
    const revoke = (fields: Record<string, string>) => api.call('POST', '/oauth/revoke', fields, { token: null })
    const other = (await api.call('POST', '/api/v1/apps', { client_name: 'Other', redirect_uris: OOB })).body
    const foreign = await revoke({ client_id: other.client_id, client_secret: other.client_secret, token: body.access_token })
    expect([foreign.status, foreign.body.error]).toEqual([403, 'unauthorized_client'])
    expect((await revoke({ token: body.access_token })).status).toBe(403)
    const own = { client_id: app.client_id as string, client_secret: app.client_secret as string, token: body.access_token as string }
    expect([(await revoke(own)).body, (await revoke(own)).body]).toEqual([{}, {}])
    expect((await api.get('/api/v1/timelines/home', { token: body.access_token })).status).toBe(401)
    // The window signs itself out with its token alone.
    expect((await revoke({ token: api.token })).status).toBe(200)
    expect((await api.get('/api/v1/timelines/home')).status).toBe(401)
  })

  it('tell who one is to those who may know', async () => {
    const api = await openApi()
    const { token } = createToken(api.home, 'app', ['profile'], null)
    expect((await api.call('GET', '/oauth/userinfo', undefined, { token })).body).toMatchObject({
      sub: 'https://ana.example/users/ana',
      preferred_username: 'ana',
    })
    expect((await api.get('/api/v1/accounts/verify_credentials', { token })).status).toBe(200)
    expect(
      (await api.call('POST', '/oauth/userinfo', undefined, { token: createToken(api.home, 'app', ['write'], null).token })).status,
    ).toBe(403)
  })
})

describe('apps', () => {
  it.each([
    [{ client_name: '', redirect_uris: OOB }, "Validation failed: Application name can't be blank"],
    [{ client_name: 'x' }, 'Validation failed: Redirect URI must be an absolute URI.'],
    [{ client_name: 'x', redirect_uris: 'javascript:alert(1)' }, 'Validation failed: Redirect URI must be an absolute URI.'],
    [{ client_name: 'x', redirect_uris: 'data:text/html,x' }, 'Validation failed: Redirect URI must be an absolute URI.'],
    [{ client_name: 'x', redirect_uris: 'https://x.example/#part' }, 'Validation failed: Redirect URI cannot contain a fragment.'],
    [{ client_name: 'x', redirect_uris: 'https://x.example/\u00e9' }, 'Validation failed: Redirect URI must be an absolute URI.'],
    [{ client_name: 'x', redirect_uris: 'not a url' }, 'Validation failed: Redirect URI must be an absolute URI.'],
  ])('%j is refused', async (body, error) => {
    const api = await openApi()
    const answer = await api.call('POST', '/api/v1/apps', body, { token: null })
    expect([answer.status, answer.body.error]).toEqual([422, error])
  })

  it.each(['JSON', 'form', 'multipart', 'query', 'no type'])('register and get tokens by %s', async (way) => {
    const api = await openApi({ listener: 'public' })
    const send = (path: string, fields: [string, string][]) => {
      const query = new URLSearchParams(fields).toString()
      const none = { token: null }
      if (way === 'JSON') {
        const body: Record<string, unknown> = {}
        for (const [name, value] of fields) {
          const list = name.endsWith('[]') ? name.slice(0, -2) : null
          if (list) body[list] = [...((body[list] as string[] | undefined) ?? []), value]
          else body[name] = value
        }
        return api.call('POST', path, body, none)
      }
      if (way === 'query') return api.call('POST', `${path}?${query}`, undefined, none)
      if (way === 'no type') return api.call('POST', path, undefined, { ...none, payload: query })
      if (way === 'form')
        return api.call('POST', path, undefined, {
          ...none,
          payload: query,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        })
      const parts = fields.map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      return api.call('POST', path, undefined, {
        ...none,
        payload: `${parts.join('')}--x--\r\n`,
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
      })
    }
    const { status, body: app } = await send('/api/v1/apps', [
      ['client_name', 'Ice Cubes'],
      ['redirect_uris[]', 'icecubesapp://'],
      ['redirect_uris[]', OOB],
      ['scopes', 'read write admin:read'],
      ['website', 'https://ice.example'],
    ])
    expect([status, app]).toMatchObject([
      200,
      {
        id: expect.stringMatching(/^\d+$/) as string,
        name: 'Ice Cubes',
        website: 'https://ice.example',
        scopes: ['read', 'write', 'admin:read'],
        redirect_uri: `icecubesapp://\n${OOB}`,
        redirect_uris: ['icecubesapp://', OOB],
        client_secret_expires_at: 0,
        vapid_key: expect.stringMatching(/./) as string,
      },
    ])
    const made = await send('/oauth/token', [
      ['grant_type', 'client_credentials'],
      ['client_id', app.client_id as string],
      ['client_secret', app.client_secret as string],
      ['scope', 'read'],
    ])
    expect(made.body).toMatchObject({ token_type: 'Bearer', scope: 'read', created_at: expect.any(Number) as number })
    expect((await api.get('/api/v1/apps/verify_credentials', { token: made.body.access_token })).body.name).toBe('Ice Cubes')
    const wide = await send('/oauth/token', [
      ['grant_type', 'client_credentials'],
      ['client_id', app.client_id as string],
      ['client_secret', app.client_secret as string],
      ['scope', 'read follow'],
    ])
    expect([wide.status, wide.body.error]).toEqual([400, 'invalid_scope'])
  })

  it('are kept while somebody may still sign in with them; what floods in pushes out the oldest that never did', async () => {
    const api = await openApi()
    const register = () => registerApp(api.home, { name: 'Elk', website: null, redirectUris: [OOB], scopes: ['read'] })
    const [elk, used] = [register(), register()]
    createToken(api.home, 'app', ['read'], used.id)
    createClientToken(api.home, elk.id, ['read'])
    api.home.clock.at += 30 * 24 * 3600_000
    register()
    expect(appById(api.home, elk.id)?.name).toBe('Elk')
    api.home.store.transaction(() => {
      for (let times = 0; times < 1_000; times++) register()
    })
    expect([appById(api.home, elk.id), appById(api.home, used.id)?.id]).toEqual([null, used.id])
    const own = Array.from({ length: 30 }, () => createClientToken(api.home, used.id, ['read']))
    expect(own.filter((token) => tokenInfo(api.home, token) !== null)).toEqual(own.slice(-20))
  })

  it('are found by what the metadata says', async () => {
    const api = await openApi({ listener: 'public' })
    const { body } = await api.call('GET', '/.well-known/oauth-authorization-server', undefined, { token: null })
    expect(body).toMatchObject({
      issuer: 'https://ana.example/',
      token_endpoint: 'https://ana.example/oauth/token',
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
    })
  })
})
