import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
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
const focused = (page: Page) =>
  page.evaluate(() =>
    document.activeElement instanceof HTMLElement ? (document.activeElement.dataset['postId'] ?? document.activeElement.tagName) : '',
  )

describe.runIf(findChromium() !== null)('reading', { timeout: 90_000 }, () => {
  test('the page never moves under the reader: 40 arrivals, shown above, ten times', async () => {
    const { mock, page } = await window()
    await scrollTo(page, 2_500)
    const before = await topRow(page)
    for (let round = 0; round < 10; round++) {
      arrive(mock, 4)
      // A second press with nothing waiting would go to the top: all four have to be there first.
      await expect.poll(() => page.textContent('.pill')).toContain(`${(round + 1) * 4} new`)
      expect(await topOf(page, before.id)).toBeCloseTo(before.top, 0)
      await page.keyboard.press('.')
      for (let frame = 0; frame < 5; frame++) {
        await page.evaluate(() => new Promise(requestAnimationFrame))
        expect(await topOf(page, before.id)).toBeCloseTo(before.top, 0)
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

  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
  const routes = [
    'home',
    'notifications',
    'notifications/requests',
    'search',
    'bookmarks',
    'favourites',
    '@mirelle@atelier.example',
    '@bo@tide.example/followers',
    'tag/gravure',
    'nowhere',
  ]
  for (const [width, dark] of [
    [380, false],
    [1280, true],
    [1920, false],
  ] as const)
    test(`no axe violation and no request to anybody else: ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
      const { mock, browser, page } = await window({ width, dark, connection: 'offline' })
      const judge = async (where: string) => {
        await page.evaluate(await readFile(axe, 'utf8'))
        const found = await page.evaluate(async () => {
          const { axe: judge } = globalThis as unknown as {
            axe: { run: (root: Document, options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
          }
          const { violations } = await judge.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
          return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`)
        })
        expect(found, where).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
          where,
        ).toBeLessThanOrEqual(0)
      }
      for (const route of routes) {
        await page.goto(`${mock.origin}/app/${route}`)
        await expect.poll(() => page.locator('main h1:visible').count(), { message: route, timeout: 15_000 }).toBeGreaterThan(0)
        await page.waitForTimeout(350)
        await judge(route)
      }
      await page.goto(`${mock.origin}/app/home`)
      await page.waitForSelector('main .post')
      await page.locator('main .post').nth(1).focus()
      await page.keyboard.press('Enter')
      await page.waitForSelector('.post-focus')
      await page.waitForTimeout(300)
      await judge('a thread')
      await page.locator('.post-focus [data-act="more"]').click()
      await judge('a menu')
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.waitForSelector('dialog[open]')
      await judge('the list of keys')
      expect(browser.complaints).toEqual([])
      expect(
        browser.requests.filter(
          (url) =>
            !url.startsWith(mock.origin) &&
            !url.startsWith(mock.origin.replace('http', 'ws')) &&
            !url.startsWith('data:') &&
            !url.startsWith('about:'),
        ),
      ).toEqual([])
    })
})
