import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSignInCode, createToken, WINDOW_SCOPES } from '../../../src-main/domain/grants.ts'
import { askIn, fieldsOf } from '../../rig/scriptless-browser.ts'
import { browserOf, CHALLENGE, linkOf, REDIRECT, VERIFIER, withApp } from './letting-in.ts'

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
      { state: 'x'.repeat(4_001) },
    ])
      errors.push(new URL((await page(change)).headers.location as string).searchParams.get('error'))
    expect(errors).toEqual(['invalid_scope', 'invalid_scope', 'invalid_request', 'invalid_request', 'invalid_request', 'invalid_request'])
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
