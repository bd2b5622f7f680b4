import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, test } from 'vitest'
import { findChromium, openBrowser, type Browser } from '../rig/browser.ts'
import { startMock, type Mock, type MockOptions } from '../renderer/mock-server.ts'

const built = process.env.BURROW_TEST_WINDOW ?? resolve(import.meta.dirname, '../../out/renderer')
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

interface Window {
  mock: Mock
  browser: Browser
  page: Page
}

/** The built window before a mock instance, signed in, with its timeline on screen. */
const window = async (options: Partial<MockOptions> & { width?: number; height?: number; dark?: boolean } = {}): Promise<Window> => {
  const mock = await startMock({ window: built, language: 'en', connection: 'online', ...options })
  open.push(() => mock.close())
  const browser = await openBrowser({
    width: options.width ?? 1440,
    height: options.height ?? 900,
    ...(options.dark ? { colorScheme: 'dark' as const } : {}),
  })
  open.push(() => browser.close())
  await browser.page.goto(`${mock.origin}/app/home#code=x`)
  await browser.page.waitForSelector('main .post')
  return { mock, browser, page: browser.page }
}

/** The topmost row that is wholly in sight, and where. */
const topRow = (page: Page) =>
  page.evaluate(() => {
    const scroller = document.querySelector('main .pane-scroll')
    const edge = scroller?.getBoundingClientRect().top ?? 0
    const row = [...(scroller?.querySelectorAll<HTMLElement>('[data-row]') ?? [])].find((one) => one.getBoundingClientRect().top >= edge)
    return { id: row?.dataset['row'] ?? '', top: row?.getBoundingClientRect().top ?? 0 }
  })
const topOf = (page: Page, id: string) =>
  page.evaluate((row) => document.querySelector(`[data-row="${row}"]`)?.getBoundingClientRect().top ?? null, id)
const scrollTo = async (page: Page, top: number) => {
  await page.evaluate((to) => {
    const scroller = document.querySelector('main .pane-scroll')
    if (scroller) scroller.scrollTop = to
  }, top)
  await page.waitForTimeout(700)
}
const arrive = (mock: Mock, count: number) => {
  for (let index = 0; index < count; index++) {
    const status = mock.world.make(
      { by: 'emeka', ago: 0, html: `<p>Fresh ${index} ${'and longer every time '.repeat(index)}</p>` },
      Date.now() + index,
    )
    mock.world.home.unshift(status)
    mock.world.statuses.unshift(status)
    mock.stream('update', status)
  }
}
const settingsOf = async (mock: Mock) => (await (await fetch(`${mock.origin}/api/owner/settings`)).json()) as Record<string, unknown>
const focused = (page: Page) =>
  page.evaluate(() =>
    document.activeElement instanceof HTMLElement ? (document.activeElement.dataset['postId'] ?? document.activeElement.tagName) : '',
  )

describe.runIf(findChromium() !== null)('reading', { timeout: 90_000 }, () => {
  test('the page never moves under the reader: 40 arrivals, shown above, ten times', async () => {
    const { mock, page } = await window()
    await scrollTo(page, 2_500)
    const { id } = await topRow(page)
    for (let round = 0; round < 10; round++) {
      const before = { id, top: (await topOf(page, id)) ?? 0 }
      arrive(mock, 4)
      // A second press with nothing waiting would go to the top: all four have to be there first.
      await expect.poll(() => page.textContent('.pill')).toContain(`${(round + 1) * 4} new`)
      expect(Math.abs(((await topOf(page, before.id)) ?? 0) - before.top)).toBeLessThanOrEqual(1)
      await page.keyboard.press('.')
      for (let frame = 0; frame < 5; frame++) {
        await page.evaluate(() => new Promise(requestAnimationFrame))
        expect(Math.abs(((await topOf(page, before.id)) ?? 0) - before.top)).toBeLessThanOrEqual(1)
      }
    }
    expect(await page.textContent('.pill')).toContain('40')
  })

  test('something above the reader that grows moves nothing', async () => {
    const { page } = await window()
    await scrollTo(page, 2_500)
    const drifts = await page.evaluate(async () => {
      const scroller = document.querySelector('main .pane-scroll')
      const edge = scroller?.getBoundingClientRect().top ?? 0
      const rows = [...(scroller?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
      const seen = rows.find((row) => row.getBoundingClientRect().top >= edge)
      const above = seen ? rows[rows.indexOf(seen) - 2] : undefined
      const post = above?.firstElementChild
      if (!seen || !(post instanceof HTMLElement)) return null
      const top = seen.getBoundingClientRect().top
      post.style.paddingBlockEnd = '240px'
      const found: number[] = []
      for (let frame = 0; frame < 8; frame++) {
        await new Promise(requestAnimationFrame)
        found.push(Math.abs(seen.getBoundingClientRect().top - top))
      }
      return found.slice(1)
    })
    expect(Math.max(...(drifts ?? [99]))).toBeLessThanOrEqual(1)
  })

  test('after a restart the same post stands at the same place, with what came since above it', async () => {
    const { mock, page } = await window()
    await scrollTo(page, 2_500)
    await expect.poll(() => mock.requests.includes('PUT /api/owner/places/home.browser')).toBe(true)
    const before = await topRow(page)
    const status = mock.world.make({ by: 'emeka', ago: 0, html: '<p>While you were away</p>' }, Date.now())
    mock.world.home.unshift(status)
    await page.reload()
    await page.waitForSelector(`[data-row="${before.id}"]`)
    await page.waitForTimeout(500)
    expect(Math.abs(((await topOf(page, before.id)) ?? 0) - before.top)).toBeLessThanOrEqual(1)
    expect(await page.textContent('.pill')).toContain('1 new')
  })

  test('the focused post stays, however far it is scrolled away', async () => {
    const { page } = await window()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    const id = await focused(page)
    for (let step = 0; step < 30; step++) await page.mouse.wheel(0, 1_000)
    await page.waitForTimeout(300)
    expect(await focused(page)).toBe(id)
  })

  test('keys: next, open beside, back to the very post, go to, search, help', async () => {
    const { page } = await window()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    const id = await focused(page)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.post-focus')
    expect(page.url()).toContain(`/app/post/${id}`)
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toBe(id)
    expect(page.url()).toContain('/app/home')
    await page.keyboard.press('g')
    await page.keyboard.press('n')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Notifications')
    await page.keyboard.press('/')
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
    await page.keyboard.type('g h ?')
    expect(page.url()).toContain('/app/search')
    await page.keyboard.press('Tab')
    await page.keyboard.press('?')
    await page.waitForSelector('dialog[open]')
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog[open]').count()).toBe(0)
  })

  test('a favourite can be taken back, and a deletion before it is sent', async () => {
    const { mock, page } = await window()
    const post = page.locator('main .post', { hasText: 'I keep a repair notebook' }).first()
    await post.hover()
    await post.locator('[data-act="bookmark"]').click()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect
      .poll(() => mock.requests.filter((path) => path.endsWith('mark')).map((path) => path.split('/').at(-1)))
      .toEqual(['bookmark', 'unbookmark'])

    const own = page.locator('main .post', { hasText: 'Third evening' })
    await own.hover()
    await own.locator('[data-act="more"]').click()
    await page.getByRole('menuitem', { name: 'Delete', exact: true }).click()
    await expect.poll(() => own.count()).toBe(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => own.count()).toBe(1)
    expect(mock.requests.filter((path) => path.startsWith('DELETE'))).toEqual([])
  })

  test('the top without having read: nothing is marked, and the count stays; the second press of the pill goes there and marks', async () => {
    const { mock, page } = await window()
    await scrollTo(page, 2_500)
    await scrollTo(page, 0)
    await scrollTo(page, 2_500)
    arrive(mock, 6)
    await expect.poll(() => page.textContent('.pill')).toContain('6 new')
    await page.keyboard.press('0')
    await expect.poll(() => page.evaluate(() => document.querySelector('main .pane-scroll')?.scrollTop)).toBe(0)
    await page.waitForTimeout(300)
    expect(await page.textContent('.pill')).toContain('6 new')
    expect(await page.locator('.pill').getByText('6').count()).toBe(1)
    await page.click('.pill')
    await expect.poll(() => page.locator('.pill').count()).toBe(0)
  })

  test('the count in the pill goes down while one scrolls up', async () => {
    const { mock, page } = await window()
    await scrollTo(page, 2_500)
    arrive(mock, 12)
    await expect.poll(() => page.textContent('.pill')).toContain('12 new')
    await page.click('.pill')
    await page.waitForTimeout(300)
    expect(await page.textContent('.pill')).toContain('12 new')
    const counts: number[] = []
    for (let step = 0; step < 60 && (await page.locator('.pill').count()) > 0; step++) {
      counts.push(Number.parseInt((await page.textContent('.pill')) ?? '0', 10))
      await page.mouse.move(500, 500)
      await page.mouse.wheel(0, -140)
      await page.waitForTimeout(50)
    }
    expect(counts).toEqual(counts.toSorted((a, b) => b - a))
    expect(new Set(counts).size).toBeGreaterThan(4)
    expect(await page.locator('.pill').count()).toBe(0)
  })

  test('a post deleted by its author leaves a line as tall as it was, and is gone at the next load', async () => {
    const { mock, page } = await window()
    const post = page.locator('main [data-item]', { hasText: 'A county archive has put' }).first()
    const id = (await post.getAttribute('data-post-id')) ?? ''
    const row = page.locator('main [data-row]', { has: page.locator(`[data-post-id="${id}"]`) })
    const key = (await row.getAttribute('data-row')) ?? ''
    const height = async () => (await page.locator(`[data-row="${key}"]`).boundingBox())?.height ?? 0
    const before = await height()
    mock.world.home.splice(
      mock.world.home.findIndex((one) => (one['reblog'] as { id?: string } | null)?.id === id || one['id'] === id),
      1,
    )
    mock.stream('delete', id)
    await expect.poll(() => page.locator(`[data-row="${key}"]`).innerText()).toContain('Deleted by author')
    expect(Math.abs((await height()) - before)).toBeLessThanOrEqual(1)
    await page.reload()
    await page.waitForSelector('main .post')
    expect(await page.locator(`[data-row="${key}"]`).count()).toBe(0)
  })

  test('live at the top: by the owner’s wish, with the hand at rest, posts come in by themselves', async () => {
    const { mock, page } = await window()
    const first = () => page.locator('main [data-row]').first().innerText()
    arrive(mock, 1)
    await expect.poll(() => page.textContent('.pill')).toContain('1 new')
    expect(await first()).not.toContain('Fresh')
    await page.click('.pill')
    await page.evaluate(() => document.querySelector('main .pane-scroll')?.scrollTo(0, 0))
    mock.owner({ type: 'settings', settings: { ...(await settingsOf(mock)), liveAtTop: true } })
    await page.waitForTimeout(3_200)
    const status = mock.world.make({ by: 'emeka', ago: 0, html: '<p>By itself</p>' }, Date.now() + 60_000)
    mock.stream('update', status)
    await expect.poll(first).toContain('By itself')
    await page.mouse.move(500, 400)
    await page.mouse.move(520, 420)
    const other = mock.world.make({ by: 'emeka', ago: 0, html: '<p>Under the hand</p>' }, Date.now() + 120_000)
    mock.stream('update', other)
    await expect.poll(() => page.locator('.pill').count()).toBe(1)
    expect(await first()).toContain('By itself')
  })

  test('new posts are announced only when asked for, once a minute, by their number', async () => {
    const { mock, page } = await window()
    const heard = () => page.locator('main > [role="status"].sr').first().innerText()
    await scrollTo(page, 1_500)
    arrive(mock, 3)
    await expect.poll(() => page.textContent('.pill')).toContain('3 new')
    await page.clock.install()
    expect(await heard()).toBe('')
    mock.owner({ type: 'settings', settings: { ...(await settingsOf(mock)), announceNew: 'count' } })
    await page.clock.runFor(100)
    arrive(mock, 2)
    await expect.poll(() => page.textContent('.pill')).toContain('5 new')
    expect(await heard()).toBe('')
    await page.clock.runFor(61_000)
    await expect.poll(heard).toBe('5 new posts')
  })
})
