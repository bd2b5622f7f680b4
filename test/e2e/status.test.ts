import { resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findChromium, openBrowser, type Browser } from '../rig/browser.ts'
import { until } from '../rig/process.ts'
import { shown } from '../rig/window.ts'
import { startMock, type Mock } from '../renderer/mock-server.ts'
import { violations } from './surfaces.ts'
import type { AwayReport, Connection, OutboxItem } from '../../src-main/owner-api/contract.ts'

const built = process.env.BURROW_TEST_WINDOW ?? resolve(import.meta.dirname, '../../out/renderer')
const DAY = 24 * 3600_000

/** The chip in states that a real instance reaches only by accident: its answers about the connection are told by hand. */
describe.runIf(findChromium() !== null)('the state of the server', { timeout: 60_000 }, () => {
  let mock: Mock
  let browser: Browser
  let told: Partial<Connection> = {}
  let away: AwayReport[] = []
  let items: Partial<OutboxItem>[] = []
  let approved = 0

  beforeAll(async () => {
    mock = await startMock({ window: built, language: 'en', connection: 'online' })
    browser = await openBrowser({ width: 1440, height: 900 })
    const { page } = browser
    await page.route('**/api/owner/state', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { connection: Connection }
      await route.fulfill({ response: answer, json: { ...body, connection: { ...body.connection, ...told } } })
    })
    await page.route('**/api/owner/connection', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...((await answer.json()) as Connection), ...told } })
    })
    await page.route('**/api/owner/away', (route) => route.fulfill({ json: away }))
    await page.route('**/api/owner/held', (route) => route.fulfill({ json: [] }))
    await page.route('**/api/owner/outbox', (route) => route.fulfill({ json: { items, waiting: items.length, failed: 0 } }))
    await page.route('**/api/owner/outbox/approve', (route) => {
      approved++
      items = []
      return route.fulfill({ json: { items, waiting: 0, failed: 0 } })
    })
    await page.goto(`${mock.origin}/app/home#code=x`)
    await page.waitForSelector('main .post')
  })
  beforeEach(() => {
    told = {}
    away = []
    items = []
  })
  afterAll(async () => {
    await browser?.close()
    await mock?.close()
  })

  const chip = () => browser.page.locator('button.status:visible').first()
  const look = async (state: string) => {
    await browser.page.goto(`${mock.origin}/app/home`)
    await browser.page.waitForSelector('main .post')
    await until(`the chip is ${state}`, async () => (await chip().getAttribute('data-state')) === state)
    const seen = { shape: await chip().locator('svg').first().innerHTML(), word: (await chip().locator('b').textContent()) ?? '' }
    await chip().click()
    return seen
  }
  const sheet = () => browser.page.getByRole('dialog', { name: 'State of your server' })

  test('has a shape, a word, a sentence and at most one thing to do in each of the seven states', async () => {
    const six = new Date(new Date().setHours(18, 0, 0, 0) + DAY).toISOString()
    const report = { id: '1', awaySince: new Date(Date.now() - 3 * DAY).toISOString(), backAt: new Date().toISOString() }
    const cases: [string, Partial<Connection>, string, RegExp, string | null][] = [
      ['live', { seenAt: new Date(Date.now() - 120_000).toISOString() }, 'Online', /is reachable\. Last seen from outside/, null],
      ['connecting', { state: 'connecting' }, 'Connecting', /Opening your address…/, 'Try now'],
      [
        'reader-only',
        { state: 'unreachable', reason: 'tunnel-closed', waiting: 4 },
        'Can read, can’t be reached',
        /others can’t/,
        'Try now',
      ],
      ['offline', { state: 'offline', reason: 'no-network', waiting: 4 }, 'Offline', /No internet\. Everything you do is kept/, 'Try now'],
      ['paused', { state: 'paused', nextAttemptAt: six }, 'Paused until', /You paused everything until/, 'Resume'],
      ['needs-you', { state: 'action-needed', reason: 'disk-full' }, 'Action needed', /The disk is full/, 'Try now'],
      ['away-long', {}, 'Away 3 days', /Catching up: 26 looked at, 15 to go\./, null],
    ]
    const shapes = new Set<string>()
    for (const [state, connection, word, sentence, action] of cases) {
      told = connection
      if (state === 'away-long') {
        const rest = { finishedAt: null, posts: 0, servers: 41, threads: 0, silent: [], gaps: [], heldBy: null }
        away = [{ ...report, ...rest, state: 'running', accounts: 26, remaining: 15 }]
      }
      const seen = await look(state)
      shapes.add(seen.shape)
      expect(seen.word).toContain(word)
      await shown(sheet().getByText(sentence))
      const named = (await sheet().getByRole('button').allTextContents()).map((text) => text.trim())
      expect([state, named]).toEqual([state, action ? [action] : []])
      if (connection.waiting) await shown(sheet().getByRole('link', { name: 'See what waits' }))
      if (state === 'needs-you') expect(await violations(browser)).toEqual([])
      await browser.page.keyboard.press('Escape')
    }
    expect(shapes.size).toBe(cases.length)
    expect(await chip().locator('[aria-live=polite]').count()).toBe(1)
  })

  test('Home says what has waited for over twelve hours, and sends all of it', async () => {
    const base = { kind: 'post', state: 'waiting', accountId: null, acct: null, sentAt: null, delivered: 0, total: 2 } as const
    items = ['1', '2'].map((id) => ({
      ...base,
      ...{ id, postId: `9${id}`, excerpt: `Old words ${id}`, createdAt: new Date(Date.now() - 2 * DAY).toISOString(), nextAttemptAt: null },
      ...{ asks: true, writtenAt: null, cancellable: true, failures: [] },
    }))
    const { page } = browser
    await page.goto(`${mock.origin}/app/home`)
    const banner = page.locator('.waited:visible')
    await shown(banner.getByText(/2 posts have waited since/))
    expect(await banner.getByRole('link', { name: 'Review' }).getAttribute('href')).toBe('/app/outbox')
    expect(await violations(browser)).toEqual([])
    await banner.getByRole('button', { name: 'Send all' }).press('Enter')
    await banner.waitFor({ state: 'detached' })
    expect(approved).toBe(1)
  })
})
