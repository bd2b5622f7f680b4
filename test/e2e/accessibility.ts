import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { askForConsent } from '../rig/consent.ts'
import { openWindow, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import type { AxeResults } from 'axe-core'

/**
 * The built window on a lived-in folder: nothing axe objects to (WCAG 2.2 AA), nothing asked of anybody else. In two files, which run beside each
 * other: every route is looked at in every variant.
 */
export interface Variant {
  width: number
  height: number
  theme: 'light' | 'dark' | 'hc-dark'
  language: 'en' | 'fr'
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What axe finds, one line each: rule, and the elements it means. */
export async function violations({ page }: Window): Promise<string[]> {
  await page.evaluate(axe)
  const results = await page.evaluate(
    (tags) =>
      (globalThis as unknown as { axe: { run(context: Document, options: object): Promise<AxeResults> } }).axe.run(document, {
        runOnly: { type: 'tag', values: tags },
        resultTypes: ['violations'],
      }),
    TAGS,
  )
  return results.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** The tests of these variants, on an instance of their own. */
export function testAccessibility(variants: readonly Variant[]): void {
  let burrow: Burrow
  let world: World

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      async prepare(folder) {
        world = await fillWorld(folder)
      },
    })
    await burrow.ask('POST', '/api/v1/statuses', { status: 'Waiting for the train, and for the network.', visibility: 'public' })
    await burrow.ask('POST', '/api/v1/statuses', {
      status: 'For the day after tomorrow.',
      visibility: 'unlisted',
      scheduled_at: new Date(Date.now() + 48 * 3_600_000).toISOString(),
    })
    await burrow.ask('POST', '/api/owner/door', { words: 'kettle sale', wholeWord: true })
    await burrow.ask('POST', '/api/owner/domain-blocks/import', { list: 'spam.example' })
    await burrow.ask('POST', '/api/v1/lists', { title: 'Menders' })
    await burrow.ask('PATCH', '/api/owner/settings', { lanApi: true })
    await burrow.ask('POST', '/api/owner/apps/connect')
    await burrow.ask('POST', '/api/v2/filters', {
      title: 'Choirs',
      context: ['home', 'account', 'thread'],
      filter_action: 'warn',
      keywords_attributes: [{ keyword: 'choir', whole_word: false }],
    })
    await burrow.ask('PUT', '/api/owner/drafts/5f3f2b1e-0000-4000-8000-000000000001', {
      text: 'Half a thought',
      warning: '',
      sensitive: false,
      visibility: 'public',
      language: 'en',
      inReplyToId: null,
      editOf: null,
      mediaIds: [],
      caret: 4,
    })
  })
  afterAll(() => burrow?.remove())

  async function look(window: Window, path: string): Promise<void> {
    await window.page.goto(new URL(path, burrow.ready.owner).href)
    await window.page.waitForFunction(
      () => document.querySelector('h1, h2') !== null && document.querySelector('[aria-busy="true"]') === null,
    )
    await window.page.evaluate(() => document.fonts.ready)
  }

  const routes = (): string[] => [
    '/app/home',
    `/app/post/${world.notebook}`,
    `/app/post/${world.answered}`,
    '/app/notifications',
    '/app/search?q=window',
    `/app/${world.person}`,
    '/app/@ada',
    '/app/bookmarks',
    '/app/favourites',
    '/app/outbox',
    '/app/outbox/drafts',
    '/app/outbox/waiting',
    '/app/outbox/failed',
    '/app/outbox/scheduled',
    '/app/search',
    '/app/compose',
    '/app/settings/profile',
    '/app/settings/address',
    '/app/settings/posting',
    '/app/settings/appearance',
    '/app/settings/language',
    '/app/settings/apps',
    '/app/settings/reading',
    '/app/settings/blocks',
    '/app/settings/network',
    '/app/settings/emoji',
    '/app/settings/move',
    '/app/health',
    '/app/tag/mending',
    `/app/post/${world.poll}`,
    '/app/nothing-here',
  ]

  describe.each(variants)('the window at $width, $theme, $language', ({ theme, language, ...size }) => {
    let window: Window
    beforeAll(async () => {
      await burrow.ask('PATCH', '/api/owner/settings', { theme, language })
      window = await openWindow(burrow, { ...size, colorScheme: theme === 'light' ? 'light' : 'dark' })
    })
    afterAll(() => window?.close())

    test('has no axe violation on any route', async () => {
      const found: string[] = []
      for (const path of routes()) {
        await look(window, path)
        for (const line of await violations(window)) found.push(`${path}  ${line}`)
      }
      expect(found).toEqual([])
    })

    test('has none with the composer, a menu, the help and the status open', async () => {
      const found: string[] = []
      const open = async (name: string, path: string, act: () => Promise<unknown>): Promise<void> => {
        await look(window, path)
        await act()
        for (const line of await violations(window)) found.push(`${name}  ${line}`)
      }
      const { page } = window
      await open('composer', '/app/home', async () => {
        await page.keyboard.press('n')
        await page.locator('textarea:visible').first().fill('Hello @bo and #mending https://example.com '.repeat(12))
      })
      await open('poll and quote being written', `/app/post/${world.notebook}`, async () => {
        await page.locator('.post-focus:visible').focus()
        await page.keyboard.press('q')
        await page.locator('.composer button[aria-pressed]').first().click()
        await page.locator('.composer ol input').first().waitFor()
      })
      const fromMenu = (entry: number) => async () => {
        await page.locator('.post-focus:visible [data-act=more]').click()
        await page.locator('.post-focus:visible [role^=menuitem]').nth(entry).click()
        await page.locator('dialog[open]').waitFor()
      }
      await open('reactions', `/app/post/${world.notebook}`, fromMenu(1))
      await open('report', `/app/post/${world.notebook}`, fromMenu(-1))
      await open('a time for a post', '/app/home', async () => {
        await page.keyboard.press('n')
        await page.locator('.composer .foot button[aria-haspopup="dialog"]').click()
        await page.locator('input[type="datetime-local"]:visible').waitFor()
      })
      const ofPerson = (entry: string) => async () => {
        await page.locator('main section button[aria-haspopup="menu"]:visible').first().click()
        await page.getByRole('menuitem', { name: new RegExp(entry) }).click()
        await page.locator('dialog[open]').waitFor()
      }
      const { mute, server, lists } =
        language === 'en'
          ? { mute: '^Mute', server: '^Block .*…', lists: '^Lists' }
          : { mute: '^Masquer', server: '^Bloquer .*…', lists: '^Listes' }
      await open('mute', `/app/${world.person}`, ofPerson(mute))
      await open('block a server', `/app/${world.person}`, ofPerson(server))
      await open('lists', `/app/${world.person}`, ofPerson(lists))
      await open('import of blocks', '/app/settings/blocks', async () => {
        await page.locator('.settings form').last().locator('button').last().click()
        await page.locator('dialog[open]').waitFor()
      })
      await open('closing the account', '/app/settings/move', async () => {
        await page.locator('.settings .btn-danger').last().click()
        await page.locator('dialog[open]').waitFor()
      })
      await open('an app that asks', '/app/home', async () => {
        await askForConsent(burrow)
        await page.locator('dialog[open] input').waitFor()
      })
      for (const { id } of (await burrow.ask<{ requests: { id: string }[] }>('GET', '/api/owner/apps')).requests)
        await burrow.ask('POST', `/api/owner/apps/requests/${id}/deny`)
      await open('help', '/app/home', async () => {
        await page.keyboard.press('?')
        await page.locator('dialog[open]').waitFor()
      })
      await open('menu of a post', '/app/home', async () => {
        await page.keyboard.press('j')
        await page.locator('article button[aria-haspopup="menu"]:visible').first().click()
        await page.locator('[role="menu"]:visible').waitFor()
      })
      await open('status', '/app/home', async () => {
        await page.locator('button.status:visible').first().click()
      })
      expect(found).toEqual([])
    })

    test('asks nobody but its own server for anything, and complains of nothing', () => {
      const own = new URL(burrow.ready.owner).host
      const foreign = window.requests.filter((url) => !url.startsWith('data:') && !url.startsWith('blob:') && new URL(url).host !== own)
      expect(foreign).toEqual([])
      expect(window.complaints).toEqual([])
    })
  })
}
