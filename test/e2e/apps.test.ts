import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Apps } from '../../src-main/owner-api/contract.ts'
import { findChromium, openBrowser, type Browser } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'

interface Registered {
  client_id: string
  client_secret: string
}

/** Apps are let in by the window and by nothing else: what an owner, an app and a thief would see. */
describe.runIf(findChromium() !== null)('an app that asks to be let in', { timeout: 90_000 }, () => {
  let burrow: Burrow
  let window: Window
  let other: Browser
  let home: Server
  let redirect: string
  let answers: URL[]
  let app: Registered

  const apps = () => burrow.ask<Apps>('GET', '/api/owner/apps')
  const dialog = () => window.page.getByRole('dialog', { name: 'Let Kettle in?' })
  const field = () => dialog().getByRole('textbox', { name: 'Code on the app’s page' })
  const allow = () => dialog().getByRole('button', { name: 'Allow' })

  /** The app sends the owner's browser to Burrow, as apps do, and that browser asks. The code its page shows. */
  const ask = async (state: string): Promise<string> => {
    const query = new URLSearchParams({
      client_id: app.client_id,
      redirect_uri: redirect,
      response_type: 'code',
      scope: 'read write:statuses',
      state,
    })
    await other.page.goto(`${new URL(burrow.ready.owner).origin}/oauth/authorize?${query.toString()}`)
    await other.page.locator('button[value="ask"]').click()
    await other.page.waitForURL(/\/oauth\/authorize\/[\w-]{22}$/)
    const code = /\b[ACDEFHJKLMNPRTUVWXY3479]{3}[\s-]?[ACDEFHJKLMNPRTUVWXY3479]{3}\b/.exec(
      await other.page.locator('body').innerText(),
    )?.[0]
    if (!code) throw new Error(`The waiting page shows no code: ${await other.page.locator('body').innerText()}`)
    return code
  }

  beforeAll(async () => {
    answers = []
    home = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://app.test')
      if (url.pathname === '/callback') answers.push(url)
      response.end('Back in the app')
    })
    await new Promise<void>((resolve) => home.listen(0, '127.0.0.1', resolve))
    redirect = `http://127.0.0.1:${(home.address() as AddressInfo).port}/callback`
    burrow = await startBurrow()
    app = await burrow.ask<Registered>('POST', '/api/v1/apps', {
      client_name: 'Kettle',
      redirect_uris: redirect,
      scopes: 'read write:statuses',
      website: 'https://kettle.example',
    })
    window = await openWindow(burrow)
    other = await openBrowser()
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await other?.close()
    await window?.close()
    await burrow?.remove()
    home?.close()
  })

  test('rule 45: nothing comes up before the owner has pressed, and the ten minutes are seen running', async () => {
    const { page } = window
    expect((await apps()).openUntil).toBeNull()
    await window.go('/app/settings/apps')
    await page.getByRole('button', { name: 'Connect an app' }).click()
    await shown(page.getByText(/^Open for (10:00|9:\d\d)$/))
    expect(Date.parse((await apps()).openUntil ?? '')).toBeGreaterThan(Date.now() + 9 * 60_000)
  })

  test('the question comes up wherever the owner is, and says who asks for what', async () => {
    await window.go('/app/home')
    await ask('one')
    await shown(dialog())
    const words = await dialog().innerText()
    expect(words).toContain(redirect)
    expect(words).toContain('https://kettle.example')
    expect(words).toContain('Read everything you can read here')
    expect(words).toContain('Write or change: posts.')
    expect(words).toMatch(/Denied by itself in [45]:\d\d/)
    expect(await field().evaluate((element) => element === document.activeElement)).toBe(true)
  })

  test('rule 45: it cannot be answered by accident: keys without a code, Esc and a press outside let nobody in', async () => {
    const { page } = window
    await until('the field takes keys', () => field().isEditable())
    await page.keyboard.press('Enter')
    await page.keyboard.type('AB')
    await page.keyboard.press('Enter')
    expect(await allow().getAttribute('aria-disabled')).toBe('true')
    expect((await apps()).requests).toMatchObject([{ tries: 0 }])
    await page.keyboard.press('Escape')
    await gone(dialog())
    expect((await apps()).requests).toHaveLength(1)
    await page.getByRole('button', { name: 'Answer' }).click()
    await shown(dialog())
  })

  test('a wrong code costs a try and lets nobody in', async () => {
    await until('the field takes keys', () => field().isEditable())
    await field().fill('AAAAAA')
    await allow().click()
    await shown(dialog().getByText('That is not the code. 2 tries left.'))
    expect((await apps()).apps.map((one) => one.name)).not.toContain('Kettle')
    expect(answers).toEqual([])
  })

  test('the code of the waiting page sends that browser back with a grant, and the app is in the list', async () => {
    const { page } = window
    const text = await other.page.locator('body').innerText()
    const code = /\b[ACDEFHJKLMNPRTUVWXY3479]{3}[\s-]?[ACDEFHJKLMNPRTUVWXY3479]{3}\b/.exec(text)?.[0] ?? ''
    await field().fill(code.toLowerCase())
    await page.keyboard.press('Enter')
    await gone(dialog())
    await until('the waiting page leads back', () => answers.length > 0, 30_000)
    const grant = answers[0]?.searchParams.get('code') ?? ''
    expect([grant.length > 20, answers[0]?.searchParams.get('state')]).toEqual([true, 'one'])

    const response = await fetch(`${new URL(burrow.ready.owner).origin}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'authorization_code', code: grant, redirect_uri: redirect, ...app }),
    })
    expect(response.status).toBe(200)
    await window.go('/app/settings/apps')
    await shown(page.getByRole('list', { name: 'Connected apps' }).getByText('Kettle', { exact: true }))
  })

  test('who denies sends the app away empty-handed', async () => {
    const before = answers.length
    await window.go('/app/home')
    await ask('two')
    await shown(dialog())
    await dialog().getByRole('button', { name: 'Deny' }).click()
    await gone(dialog())
    await until('the app hears of it', () => answers.length > before, 30_000)
    expect(answers.at(-1)?.searchParams.get('error')).toBe('access_denied')
  })

  test('an app is signed out after a question, and its key is worth nothing', async () => {
    const { page } = window
    await window.go('/app/settings/apps')
    await page.getByRole('button', { name: 'Sign out Kettle' }).click()
    await page.getByRole('dialog', { name: 'Sign out Kettle?' }).getByRole('button', { name: 'Sign out' }).click()
    await until('it is out', async () => !(await apps()).apps.some((one) => one.name === 'Kettle'))
    await gone(page.getByRole('list', { name: 'Connected apps' }).getByText('Kettle', { exact: true }))
  })

  test('the local network is a switch that says what it costs, and shows the address for a camera too', async () => {
    const { page } = window
    const lan = page.getByRole('switch', { name: 'Apps in the same network' })
    await lan.click()
    const { addresses } = await until('the address is there', async () => {
      const told = await apps()
      return told.addresses.some((one) => one.kind === 'lan') ? told : false
    })
    const url = addresses.find((one) => one.kind === 'lan')?.url ?? ''
    await shown(page.getByText(url, { exact: true }))
    await shown(page.getByRole('img', { name: `QR code of ${url}` }))
    await shown(page.getByText(/No encryption\. Everybody in this network can read along/))
    await lan.click()
    await gone(page.getByText(url, { exact: true }))
    // The wrong code was refused, which the browser says on its console.
    expect(window.complaints.filter((line) => !/status of 4\d\d/.test(line))).toEqual([])
  })
})
