import { openBrowser, type Browser } from './browser.ts'
import { until } from './process.ts'
import type { Burrow } from './burrow.ts'
import type { Locator, Page } from 'playwright-core'

/** The built window of an instance, signed in by a fresh one-time link, in a Chromium of its own. */
export interface Window extends Browser {
  readonly page: Page
  /** Goes to a place by the window's own router, as a click on a link does: nothing is loaded anew. */
  go(path: string): Promise<void>
  /** The row of a post, wherever it stands in the visible view. */
  post(id: string): Locator
  /** The row of a post by its words, in the visible view. */
  text(words: string): Locator
  /** Words, wherever they can be seen: a view that is kept behind another one does not count. */
  words(text: string | RegExp): Locator
  /** @throws if the page has been loaded again since it was opened */
  notReloaded(): Promise<void>
  /** What the status chip says. */
  chip(): Promise<string>
}

type Marked = typeof globalThis & { openedOnce?: boolean }

export async function openWindow(burrow: Burrow, options: Parameters<typeof openBrowser>[0] = {}): Promise<Window> {
  return enterWindow(await burrow.signInLink(), options)
}

/** By a link that is already there, such as the one of the ready line. */
export async function enterWindow(link: string, options: Parameters<typeof openBrowser>[0] = {}): Promise<Window> {
  const browser = await openBrowser(options)
  const { page } = browser
  try {
    await page.goto(link)
    await page.waitForSelector('main, form', { timeout: 20_000 })
  } catch (error) {
    const seen = await page.content().catch(() => '')
    await browser.close()
    throw new Error(`The window did not open: ${String(error)}; ${browser.complaints.join('; ')}; ${seen.slice(0, 500)}`)
  }
  await page.evaluate(() => {
    ;(globalThis as Marked).openedOnce = true
  })
  return {
    ...browser,
    page,
    async go(path) {
      await page.evaluate((to) => {
        const link = document.createElement('a')
        link.href = to
        document.querySelector('#app, body')?.append(link)
        link.click()
        link.remove()
      }, path)
      await page.waitForURL((url) => url.pathname === path)
    },
    post: (id) => page.locator(`main [data-post-id="${id}"]:visible`).first(),
    text: (words) => page.locator('main [data-item]:visible', { hasText: words }).first(),
    words: (text) => page.getByText(text).filter({ visible: true }).first(),
    async notReloaded() {
      if ((await page.evaluate(() => (globalThis as Marked).openedOnce)) !== true) throw new Error('The window was loaded again')
    },
    chip: async () => (await page.locator('button.status:visible .words').first().innerText({ timeout: 2_000 })).trim(),
  }
}

/** Waits until that is on the screen. */
export const shown = (what: Locator, limit = 15_000): Promise<void> => what.waitFor({ state: 'visible', timeout: limit })
/** Waits until nothing of it is on the screen. */
export const gone = (what: Locator, limit = 15_000): Promise<unknown> =>
  until(`${String(what)} is gone`, async () => (await what.count()) === 0 || !(await what.isVisible()), limit)
