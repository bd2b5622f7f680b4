import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSignInCode, createToken } from '../../../src-main/domain/grants.ts'
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

/** The form of a consent page, as its browser would send it. */
function formOf(answer: Awaited<ReturnType<Api['call']>>): { fields: Record<string, string>; cookie: string } {
  const fields = Object.fromEntries(
    [...String(answer.body).matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name,
      (value as string).replaceAll('&amp;', '&'),
    ]),
  )
  return { fields: fields as Record<string, string>, cookie: String(answer.headers['set-cookie']).split(';')[0] as string }
}

const submit = (api: Api, fields: Record<string, string>, headers: Record<string, string>) =>
  api.call('POST', '/oauth/authorize', undefined, {
    token: null,
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

async function approved(context: Awaited<ReturnType<typeof withApp>>, change: Record<string, string | undefined> = {}): Promise<URL> {
  const { fields, cookie } = formOf(await context.page(change))
  const answer = await submit(context.api, { ...fields, sign_in_code: createSignInCode(context.api.home), decision: 'allow' }, { cookie })
  expect(answer.status).toBe(303)
  return new URL(answer.headers.location as string)
}

const exchange = ({ api, app }: Awaited<ReturnType<typeof withApp>>, code: string | null, change: Record<string, string> = {}) =>
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
    const { fields, cookie } = formOf(await context.page())
    const shown = await submit(context.api, { ...fields, sign_in_code: createSignInCode(context.api.home), decision: 'allow' }, { cookie })
    const code = /<title>([\w-]+)<\/title>/.exec(shown.body)?.[1] as string
    expect([shown.status, shown.body.includes(`<code>${code}</code>`)]).toEqual([200, true])
    expect((await exchange(context, code, { redirect_uri: OOB })).status).toBe(200)
    const refused = await context.page({ response_type: 'token' })
    expect([refused.status, refused.headers.location]).toEqual([400, undefined])
  })
})

describe('the consent page', () => {
  it('says who asks for what, in the reader’s language, without a way for scripts or frames', async () => {
    const { page, app } = await withApp()
    const answer = await page()
    expect(answer.body).toContain('Let Elk &lt;b&gt; in?')
    expect(answer.body).toContain('@ana@ana.example')
    expect(answer.body).not.toContain('<script')
    const csp = answer.headers['content-security-policy'] as string
    expect(csp).toContain("default-src 'none'")
    expect(csp).toContain("frame-ancestors 'none'")
    // Chromium would kill callbacks to schemes of apps, and Phanpy's popup needs its opener.
    expect(csp).not.toContain('form-action')
    expect(answer.headers['cross-origin-opener-policy']).toBeUndefined()
    expect(answer.headers['referrer-policy']).toBe('same-origin')
    expect(answer.headers['set-cookie']).toMatch(/Path=\/oauth; .*HttpOnly; SameSite=Strict/)
    expect((await page({ lang: 'fr' })).body).toContain('<html lang="fr">')
    expect(app.client_id).not.toBe('')
  })

  it('gives nothing without a good sign-in code, and takes a code once', async () => {
    const context = await withApp()
    const { fields, cookie } = formOf(await context.page())
    const allow = (code: string) => submit(context.api, { ...fields, sign_in_code: code, decision: 'allow' }, { cookie })
    expect((await allow('')).status).toBe(422)
    expect((await allow('made-up')).status).toBe(422)
    const code = createSignInCode(context.api.home)
    expect((await allow(`http://127.0.0.1:4321/app/#code=${code}`)).status).toBe(303)
    expect((await allow(code)).status).toBe(422)
    const old = createSignInCode(context.api.home)
    context.api.home.clock.at += 11 * 60_000
    expect((await allow(old)).status).toBe(422)
  })

  it('is bound to the browser that opened it: no cookie, another’s token, another site’s form do nothing', async () => {
    const context = await withApp()
    const { fields, cookie } = formOf(await context.page())
    const other = formOf(await context.page())
    const code = createSignInCode(context.api.home)
    const send = (headers: Record<string, string>, change: Record<string, string> = {}) =>
      submit(context.api, { ...fields, sign_in_code: code, decision: 'allow', ...change }, headers)
    expect((await send({})).status).toBe(422)
    expect((await send({ cookie: other.cookie })).status).toBe(422)
    expect((await send({ cookie }, { form_token: 'x' })).status).toBe(422)
    expect((await send({ cookie, origin: 'https://evil.example' })).status).toBe(403)
    // None of these spent the code.
    expect((await send({ cookie, origin: 'http://127.0.0.1:4321' })).status).toBe(303)
  })

  it('denied goes back with the words of the standard', async () => {
    const context = await withApp()
    const { fields, cookie } = formOf(await context.page({ state: 's' }))
    const answer = await submit(context.api, { ...fields, decision: 'deny' }, { cookie })
    const back = new URL(answer.headers.location as string)
    expect([back.searchParams.get('error'), back.searchParams.get('state'), back.searchParams.has('code')]).toEqual([
      'access_denied',
      's',
      false,
    ])
  })

  it('never sends anybody to an address no app has registered', async () => {
    const { page } = await withApp()
    for (const change of [
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: REDIRECT.replace('%3A', ':') },
      { client_id: 'unknown' },
    ]) {
      const answer = await page(change)
      expect([answer.status, answer.headers.location]).toEqual([400, undefined])
    }
  })

  it('refuses scopes the app did not register for, and challenges that are no challenge', async () => {
    const { page } = await withApp({ scopes: 'read' })
    const errors = []
    for (const change of [
      { scope: 'read write' },
      { scope: 'owner' },
      { code_challenge: VERIFIER, code_challenge_method: 'plain' },
      { code_challenge: 'short', code_challenge_method: 'S256' },
    ])
      errors.push(new URL((await page(change)).headers.location as string).searchParams.get('error'))
    expect(errors).toEqual(['invalid_scope', 'invalid_scope', 'invalid_request', 'invalid_request'])
    expect((await page({ scope: 'read:statuses' })).status).toBe(200)
  })
})

describe('approval by the window', () => {
  it('answers where to go, for a token of the window alone', async () => {
    const context = await withApp()
    const { api, ask } = context
    const send = (token: string, change: Record<string, unknown> = {}) =>
      api.call('POST', '/oauth/authorize', { ...ask({ state: 's' }), approve: true, ...change }, { token })
    const { body } = await send(api.token)
    const code = new URL(body.redirect_uri).searchParams.get('code')
    expect((await exchange(context, code)).status).toBe(200)
    expect(new URL((await send(api.token, { approve: false })).body.redirect_uri).searchParams.get('error')).toBe('access_denied')
    const { token } = createToken(api.home, 'app', ['read', 'write', 'follow', 'push'], 1)
    expect((await send(token)).status).toBe(403)
    expect((await send('unknown')).status).toBe(401)
    expect((await send(api.token, { redirect_uri: 'https://evil.example' })).status).toBe(422)
  })

  it('is not to be had through the public address', async () => {
    const { api, ask } = await withApp({ listener: 'public' })
    expect((await api.call('POST', '/oauth/authorize', { ...ask(), approve: true })).status).toBe(403)
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
    [{ client_name: 'x', redirect_uris: 'not a url' }, 'Validation failed: Redirect URI must be an absolute URI.'],
  ])('%j is refused', async (body, error) => {
    const api = await openApi()
    const answer = await api.call('POST', '/api/v1/apps', body, { token: null })
    expect([answer.status, answer.body.error]).toEqual([422, error])
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
