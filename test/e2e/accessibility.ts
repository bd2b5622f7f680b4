import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Burrow } from '../rig/burrow.ts'
import { askForConsent } from '../rig/consent.ts'
import { openWindow, type Window } from '../rig/window.ts'
import { livedIn, move, placesOf, settingsSections, violations, visit } from './surfaces.ts'
import type { World } from '../rig/world.ts'

/**
 * The built window on a lived-in folder: nothing axe objects to (WCAG 2.2 AA), nothing asked of anybody else. In two files, which run beside each
 * other, a variant each; all themes, directions and widths are `npm run axe`.
 */
export interface Variant {
  width: number
  height: number
  theme: 'light' | 'dark' | 'hc-dark'
  language: 'en' | 'fr'
}

export { violations } from './surfaces.ts'

/** The tests of these variants, on an instance of their own. */
export function testAccessibility(variants: readonly Variant[]): void {
  let burrow: Burrow
  let world: World
  let home: Awaited<ReturnType<typeof livedIn>>

  beforeAll(async () => {
    home = await livedIn()
    burrow = home.burrow
    world = home.world
  })
  afterAll(() => burrow?.remove())

  const look = (window: Window, path: string) => visit(window, burrow, path)

  describe.each(variants)('the window at $width, $theme, $language', ({ theme, language, ...size }) => {
    let window: Window
    beforeAll(async () => {
      await burrow.ask('PATCH', '/api/owner/settings', { theme, language })
      window = await openWindow(burrow, { ...size, colorScheme: theme === 'light' ? 'light' : 'dark' })
    })
    afterAll(() => window?.close())

    test('has no axe violation on any route', async () => {
      const found: string[] = []
      await look(window, '/app/home')
      for (const path of [...placesOf(home), ...(await settingsSections(window, burrow))]) {
        await move(window, path)
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
        const later = language === 'en' ? 'Set a time' : 'Fixer une heure'
        const button = page.locator('.composer .foot').getByRole('button', { name: later })
        if (await button.isVisible()) await button.click()
        else {
          await page
            .locator('.composer .foot')
            .getByRole('button', { name: language === 'en' ? 'More options' : 'Autres options' })
            .click()
          await page.getByRole('menuitem', { name: later }).click()
        }
        await page.locator('dialog[open]').waitFor()
      })
      const ofPerson = (entry: string) => async () => {
        await page.locator('main section button[aria-haspopup="menu"]:visible').first().click()
        await page.getByRole('menuitem', { name: new RegExp(entry) }).click()
        await page.locator('dialog[open]').waitFor()
      }
      const { mute, server, lists } =
        language === 'en'
          ? { mute: '^Mute', server: '^Block .*…', lists: '^Lists' }
          : { mute: '^Masquer @', server: '^Bloquer .*…', lists: '^Listes' }
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
      // That a server which nobody can reach is asked for a post, and the answer, are part of what was looked at.
      expect(window.complaints.filter((line) => !/status of 503/.test(line))).toEqual([])
    })
  })
}
