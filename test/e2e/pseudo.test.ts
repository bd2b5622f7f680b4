import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { buildPseudo, longer, mirrored } from './pseudo.ts'
import type { Window } from '../rig/window.ts'

/** The window in languages that nobody speaks: what is not from the catalogue has no brackets, what is too long shows, and so does a left that is not a start. */
describe.runIf(findChromium() !== null)('pseudo-locales', { timeout: 120_000 }, () => {
  let folder: string
  let surfaces: typeof import('./surfaces.ts')
  let openWindow: (typeof import('../rig/window.ts'))['openWindow']
  let home: Awaited<ReturnType<(typeof import('./surfaces.ts'))['livedIn']>>
  let window: Window
  let places: string[]

  beforeAll(async () => {
    folder = await buildPseudo()
    // The rig reads it once, so it is fetched afterwards.
    process.env.BUILT = folder
    surfaces = await import('./surfaces.ts')
    ;({ openWindow } = await import('../rig/window.ts'))
    home = await surfaces.livedIn()
    await home.burrow.ask('PATCH', '/api/owner/settings', { language: 'fr' })
    window = await openWindow(home.burrow, { width: 1280, height: 860 })
    places = [...surfaces.placesOf(home), ...(await surfaces.settingsSections(window, home.burrow))]
  }, 120_000)
  afterAll(async () => {
    await window?.close()
    await home?.burrow.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Words on the screen that are neither from the catalogue, nor anybody's own, nor a number or a name. */
  const strays = () =>
    window.page.evaluate(() => {
      const own =
        '[lang]:not(html), .rich, .note, bdi, time, kbd, code, pre, textarea, input, .num, .num *, .count *, .fields, .wordmark, [aria-hidden="true"], svg, script, style, noscript, option, [data-own], [data-own] *'
      const found: string[] = []
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = node.textContent?.trim() ?? ''
        const parent = node.parentElement
        if (!parent || !/\p{L}{2}/u.test(text) || parent.closest(own) || !parent.checkVisibility({ visibilityProperty: true })) continue
        // A message with markup inside is cut into several nodes: the brackets may stand around them.
        let around: Element | null = parent
        let inside = false
        for (let level = 0; around && level < 3 && !inside; level++, around = around.parentElement)
          inside = /[⟦⟧]/.test(around.textContent ?? '') && (around.textContent ?? '').length < 600
        // Names of programs, and days as Intl writes them.
        if (/^(?:Burrow|Mastodon|Phanpy|(?:lun|mar|mer|jeu|ven|sam|dim)\.)$/.test(text)) continue
        if (!inside) found.push(`${parent.tagName}.${parent.className}: ${text.slice(0, 50)}`)
      }
      return found
    })

  /** Labels that do not fit into what holds them, and panes that must be scrolled sideways. */
  const overflowing = () =>
    window.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, .btn, .tab, .segment, h1, .pane-scroll, .status')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('[inert], .sr, .skip') === null)
        .filter((element) => getComputedStyle(element).textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 2)
        .filter((element) => !['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || element.matches('.pane-scroll'))
        .filter((element) => getComputedStyle(element).display !== 'inline')
        .map((element) => `${element.tagName}.${element.className}: ${element.textContent?.trim().slice(0, 40) ?? ''}`),
    )

  test('make what they should', () => {
    expect(longer('Publish')).toMatch(/^⟦Þùƀļìšĥ[ ~]+⟧$/)
    expect(longer('${i?.count} new')).toContain('${i?.count} ñèŵ')
    expect(mirrored('New')).toBe('⟦\u202eNew\u202c⟧')
  })

  test('en-XA: every word of the window comes from the catalogue, and two fifths longer it fits', async () => {
    const found: string[] = []
    for (const width of [1280, 380]) {
      await window.page.setViewportSize({ width, height: 860 })
      for (const path of places) {
        await surfaces.move(window, path)
        if (width === 1280) for (const stray of await strays()) found.push(`${path}  from nowhere: ${stray}`)
        for (const one of await overflowing()) found.push(`${path} at ${width}  too long: ${one}`)
      }
    }
    expect(found).toEqual([])
  })

  test('ar-XB: from right to left nothing hangs over the edge, and the sidebar stands on the right', async () => {
    await home.burrow.ask('PATCH', '/api/owner/settings', { language: 'en' })
    const turn = () =>
      window.page.evaluate(() => {
        document.documentElement.dir = 'rtl'
      })
    const found: string[] = []
    for (const width of [380, 1280]) {
      await window.page.setViewportSize({ width, height: 860 })
      for (const path of [
        '/app/home',
        '/app/notifications',
        '/app/outbox',
        '/app/search',
        '/app/compose',
        '/app/settings/posting',
        `/app/${home.world.person}`,
      ]) {
        await surfaces.move(window, path)
        await turn()
        for (const one of await overflowing()) found.push(`${path} at ${width}  ${one}`)
      }
    }
    expect(found).toEqual([])
    await turn()
    const sidebar = await window.page.locator('nav:visible').first().boundingBox()
    expect(sidebar?.x ?? 0).toBeGreaterThan(640)
  })
})
