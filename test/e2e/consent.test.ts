import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToken, WINDOW_SCOPES } from '../../src-main/domain/grants.ts'
import { nameOwner } from '../../src-main/domain/owner.ts'
import { startInstance } from '../../src-main/server.ts'
import { KEYS } from '../main/domain/home.ts'
import { configOf, program, quiet, temporaryFolder } from '../main/owner-api/house.ts'
import { findChromium, openBrowser } from '../rig/browser.ts'
import { request } from '../rig/http.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { RunningInstance } from '../../src-main/server.ts'
import type { Browser } from '../rig/browser.ts'

/**
 * The pages on which an app asks to be let in, in a real browser: the app is another site (`localhost` beside `127.0.0.1`), so its cookies,
 * popups and ways back meet the rules that browsers have for those (mastodon-api.md 2.1, 5).
 */
describe.skipIf(findChromium() === null)('an app that asks to be let in', () => {
  let instance: RunningInstance
  let site: Server
  let browser: Browser
  let token: string

  const owned = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await request(`${instance.owner}/api/owner/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect([path, answer.status]).toEqual([path, 200])
    return answer.json() as T
  }
  const at = () => `http://localhost:${(site.address() as AddressInfo).port}`
  const register = async (redirect: string): Promise<string> => {
    const answer = await request(`${instance.owner}/api/v1/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Phanpy', redirect_uris: redirect, scopes: 'read write follow push' }),
    })
    const asked = {
      client_id: answer.json<{ client_id: string }>().client_id,
      redirect_uri: redirect,
      response_type: 'code',
      scope: 'read write',
    }
    return `${instance.owner}/oauth/authorize?${new URLSearchParams(asked).toString()}`
  }
  /** What the owner does in the window with the code of the page. */
  async function letIn(page: Page): Promise<void> {
    const code = await page.locator('.letters').innerText()
    const { requests } = await owned<{ requests: { id: string; name: string }[] }>('GET', 'apps')
    expect(requests.map(({ name }) => name)).toEqual(['Phanpy'])
    await owned('POST', `apps/requests/${requests[0]?.id ?? ''}/approve`, { code })
  }

  beforeAll(async () => {
    instance = await startInstance(configOf(temporaryFolder()), {
      program,
      logs: quiet(),
      now: Date.now,
      host: null,
      stop: () => undefined,
    })
    nameOwner(instance.domain, { name: 'ana', displayName: 'Ana', keys: KEYS, seal: (plain) => `sealed ${plain}` })
    token = createToken(instance.domain, 'window', WINDOW_SCOPES).token
    site = createServer((asked, answer) => {
      const script = asked.url?.startsWith('/back')
        ? 'if (opener) { opener.postMessage(location.search, origin); document.title = "told" }'
        : 'addEventListener("message", (event) => { document.title = event.data })'
      answer.setHeader('Content-Type', 'text/html')
      answer.end(`<!doctype html><title>app</title><a id="link">sign in</a><script>${script}</script>`)
    })
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done))
    browser = await openBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await new Promise((done) => site?.close(done))
    await instance?.close()
  }, 30_000)

  it('in a popup, before and after the owner presses the button, and the popup tells its opener', async () => {
    await owned('DELETE', 'apps/connect')
    const link = await register(`${at()}/back?from=burrow`)
    await browser.page.goto(`${at()}/`)
    const [popup] = await Promise.all([
      browser.context.waitForEvent('page'),
      browser.page.evaluate((address) => void window.open(address, 'sign-in', 'width=500,height=700'), link),
    ])
    await popup.getByText('press “Connect an app”').waitFor()
    await owned('POST', 'apps/connect')
    // By itself: nobody has to load the page again.
    await popup.getByRole('button', { name: 'Go on' }).click({ timeout: 30_000 })
    await popup.getByRole('heading', { name: 'Type this code in Burrow’s window' }).waitFor()
    await letIn(popup)
    await expect.poll(() => browser.page.title(), { timeout: 30_000 }).toMatch(/^\?from=burrow&code=[\w-]{43}$/)
    await popup.close()
    // The page that said where to press was a 403; no policy of the pages stood in their own way.
    expect(browser.complaints.filter((said) => !said.includes('status of 403'))).toEqual([])
  }, 90_000)

  it('without any script', async () => {
    await owned('POST', 'apps/connect')
    const page = await browser.context.newPage()
    const session = await browser.context.newCDPSession(page)
    await session.send('Emulation.setScriptExecutionDisabled', { value: true })
    await page.goto(await register(`${at()}/back`))
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.locator('.letters').waitFor()
    await letIn(page)
    await page.waitForURL(/\/back\?code=/, { timeout: 30_000 })
    await page.close()
  }, 90_000)

  it('and is denied from the page that waits', async () => {
    await owned('POST', 'apps/connect')
    await browser.page.goto(`${at()}/`)
    // As from a link on the app's own site: no cookie of ours comes along.
    await browser.page.evaluate((address) => document.querySelector('a')?.setAttribute('href', address), await register(`${at()}/back`))
    await browser.page.locator('#link').click()
    await browser.page.getByRole('button', { name: 'Go on' }).click()
    await browser.page.locator('.letters').waitFor()
    await browser.page.getByRole('button', { name: 'Do not let it in' }).click()
    await browser.page.waitForURL(/\/back\?error=access_denied/, { timeout: 30_000 })
    expect((await owned<{ requests: unknown[] }>('GET', 'apps')).requests).toEqual([])
  }, 90_000)
})
