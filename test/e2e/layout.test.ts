import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld } from '../rig/world.ts'
import { violations } from './surfaces.ts'
import type { Settings } from '../../src-main/owner-api/contract.ts'

/** A busy machine is waited for. */
const poll = <Value>(look: () => Value) => expect.poll(look, { timeout: 15_000 })

/** How the window stands in every width, on a real instance that nobody can reach. */
describe.runIf(findChromium() !== null)('the frame', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  beforeAll(async () => {
    burrow = await startBurrow({ name: 'ada', origin: 'https://ada.example', prepare: fillWorld })
    await burrow.ask('PATCH', '/api/owner/settings', { language: 'en' })
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await window.page.waitForSelector('main .post')
  }, 60_000)
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })
  const kept = () => burrow.ask<Settings>('GET', '/api/owner/settings')
  const widthOf = (selector: string) =>
    window.page
      .locator(selector)
      .first()
      .evaluate((one) => Math.round(one.getBoundingClientRect().width))
  const columns = () => window.page.locator('.deck [data-column]').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
  const columnWithFocus = () =>
    window.page.evaluate(() =>
      [...document.querySelectorAll('.deck [data-column]')].findIndex((one) => one.contains(document.activeElement)),
    )

  test('a post opens beside the timeline, and Esc gives the focus back to it', async () => {
    await window.page.keyboard.press('j')
    const id = await window.page.evaluate(() => (document.activeElement as HTMLElement).dataset['postId'])
    await window.page.keyboard.press('Enter')
    await shown(window.page.locator('aside.pane-detail [data-post-id]').first())
    expect(await window.page.locator('main .post:visible').count()).toBeGreaterThan(0)
    await window.page.keyboard.press('Escape')
    await poll(() => window.page.evaluate(() => (document.activeElement as HTMLElement).dataset['postId'])).toBe(id)
  })

  test('panes are resized by key and by drag, for each layout apart, and stay so', async () => {
    const edge = window.page.getByRole('separator', { name: 'Width of the timeline' })
    const before = await widthOf('.place')
    await edge.focus()
    await window.page.keyboard.press('ArrowRight')
    await poll(() => widthOf('.place')).toBe(before + 16)
    const box = (await edge.boundingBox()) as { x: number; y: number; width: number; height: number }
    await window.page.mouse.move(box.x + 3, box.y + 300)
    await window.page.mouse.down()
    await window.page.mouse.move(box.x - 57, box.y + 300)
    await window.page.mouse.up()
    await poll(() => widthOf('.place')).toBe(before - 44)
    await window.page.reload()
    await window.page.waitForSelector('main .post')
    expect(await widthOf('.place')).toBe(before - 44)
    await window.page.setViewportSize({ width: 1900, height: 900 })
    await poll(() => widthOf('.place')).toBe(before)
  })

  test('a deck stands in very wide windows when it is wanted, and its last column is what is open', async () => {
    await burrow.ask('PATCH', '/api/owner/settings', { deck: true })
    await poll(columns).toEqual(['Column 1: Home', 'Column 2: Notifications'])
    expect(await widthOf('.rail')).toBe(64)
    await window.page.getByRole('button', { name: 'Add a column' }).click()
    await window.page.getByRole('menuitem', { name: 'Bookmarks' }).click()
    await poll(columns).toEqual(['Column 1: Home', 'Column 2: Notifications', 'Column 3: Bookmarks'])
    await window.page.keyboard.press('1')
    await poll(columnWithFocus).toBe(0)
    await window.page.keyboard.press(']')
    await poll(columnWithFocus).toBe(1)
    await window.page.keyboard.press('[')
    await poll(columnWithFocus).toBe(0)
    await window.page.keyboard.press('j')
    await window.page.keyboard.press('Enter')
    await shown(window.page.locator('aside.pane-detail [data-post-id]').first())
    expect(await violations(window)).toEqual([])
    await window.page.keyboard.press('Escape')
  })

  test('columns are moved by button and by drag, filtered, muted and taken away', async () => {
    const options = async (name: string, item: string) => {
      await window.page.getByRole('button', { name: `Options of the column ${name}` }).click()
      await window.page.getByRole('menuitem', { name: item }).click()
    }
    await options('Bookmarks', 'Move towards the start')
    await poll(columns).toEqual(['Column 1: Home', 'Column 2: Bookmarks', 'Column 3: Notifications'])
    await window.page.locator('[data-column] .grip').nth(2).dragTo(window.page.locator('[data-column]').first())
    await poll(columns).toEqual(['Column 1: Notifications', 'Column 2: Home', 'Column 3: Bookmarks'])
    const boosts = window.page.locator('[data-column]').nth(1).locator('[data-relation="boost"]:visible')
    await options('Home', 'Hide boosts')
    await poll(() => boosts.count()).toBe(0)
    await options('Home', 'Do not say what is new')
    await poll(async () => (await kept()).deckColumns[1]).toMatchObject({ at: '/home', muted: true, hideBoosts: true })
    await options('Bookmarks', 'Remove this column')
    await poll(columns).toEqual(['Column 1: Notifications', 'Column 2: Home'])
    await burrow.ask('PATCH', '/api/owner/settings', { deck: false })
    await poll(columns).toEqual([])
  })

  test('pictures are a step of the history: Back closes them', async () => {
    await window.page.setViewportSize({ width: 1440, height: 900 })
    await window.page.locator('main .media .open:visible').first().click()
    await shown(window.page.locator('dialog[open]'))
    expect(await window.page.evaluate(() => location.search)).toBe('?m=media')
    await window.page.goBack()
    await poll(() => window.page.locator('dialog[open]').count()).toBe(0)
    expect(new URL(window.page.url()).pathname).toMatch(/^\/app\/(?:home)?$/)
  })

  test('a browser says where the server is, once', async () => {
    await shown(window.page.getByText('You’re using Burrow in a browser.'))
    await window.page.getByRole('button', { name: 'Do not show this again' }).click()
    await poll(() => window.page.getByText('You’re using Burrow in a browser.').count()).toBe(0)
  })

  test('a narrow window has a bar of five, and nothing scrolls sideways', async () => {
    for (const width of [380, 320]) {
      await window.page.setViewportSize({ width, height: 800 })
      const names = await window.page
        .locator('.tabbar > .item')
        .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? one.textContent?.trim()))
      expect(names.map((one) => one?.replace(/\d.*$/, '').trim())).toEqual(['Home', 'Catch-up', 'Write', 'Notifications', 'More'])
      expect(await window.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
    }
    await window.page.setViewportSize({ width: 700, height: 800 })
    await poll(() => widthOf('nav.sidebar')).toBe(64)
  })
})
