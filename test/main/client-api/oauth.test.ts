import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  appById,
  codeSpent,
  connectedApps,
  createClientToken,
  createToken,
  registerApp,
  tokenInfo,
} from '../../../src-main/domain/grants.ts'
import { openApi } from './instance.ts'
import { approved, CHALLENGE, exchange, letIn, OOB, REDIRECT, VERIFIER, withApp } from './letting-in.ts'

/** Exchanges a code for somebody who is gone the moment the answer is made. */
async function exchangeInVain({ api, app }: Awaited<ReturnType<typeof withApp>>, code: string): Promise<void> {
  const { port } = new URL(await api.listen())
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
}

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
    const { api } = context
    const code = (await approved(context)).searchParams.get('code') as string
    await exchangeInVain(context, code)
    await expect.poll(() => codeSpent(api.home, code)).toBe(false)
    expect(connectedApps(api.home)).toEqual([])
  })

  it('an answer that was lost while nothing can be written ends nothing but itself', async () => {
    const context = await withApp()
    const { api } = context
    const code = (await approved(context)).searchParams.get('code') as string
    api.home.store.database.exec("create trigger full before delete on tokens begin select raise(abort, 'full'); end")
    await exchangeInVain(context, code)
    await expect.poll(() => api.problems.length).toBe(1)
    api.problems.length = 0
    expect((await api.get('/api/v1/apps/verify_credentials')).status).toBe(200)
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
    [{ client_name: '\u202e\u0000 ', redirect_uris: OOB }, "Validation failed: Application name can't be blank"],
    [{ client_name: 'x', redirect_uris: OOB, website: 'javascript:alert(1)' }, 'Validation failed: Application website is not a valid URL'],
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
