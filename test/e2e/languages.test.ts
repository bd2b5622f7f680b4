import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { livedIn, visit } from './surfaces.ts'

describe.runIf(findChromium() !== null)('languages', { timeout: 90_000 }, () => {
  let home: Awaited<ReturnType<typeof livedIn>>
  let window: Window

  beforeAll(async () => {
    home = await livedIn()
    await home.burrow.ask('PATCH', '/api/owner/settings', { language: 'en' })
    window = await openWindow(home.burrow, { width: 1280, height: 860 })
  })
  afterAll(async () => {
    await window?.close()
    await home?.burrow.remove()
  })

  test('the language of the window changes at once, without loading it again, and dates and numbers with it', async () => {
    const { page } = window
    await visit(window, home.burrow, '/app/outbox/scheduled')
    const time = page.locator('main time:visible').first()
    const english = await time.innerText()
    await page.evaluate(() => {
      ;(globalThis as { marked?: boolean }).marked = true
    })
    await home.burrow.ask('PATCH', '/api/owner/settings', { language: 'fr' })
    await shown(page.getByRole('link', { name: 'Accueil' }))
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('fr')
    expect(await page.title()).toContain('Brouillons et envois')
    expect(await time.innerText()).not.toBe(english)
    expect(await page.evaluate(() => (globalThis as { marked?: boolean }).marked)).toBe(true)
    await home.burrow.ask('PATCH', '/api/owner/settings', { language: 'en' })
    await shown(page.getByRole('link', { name: 'Home' }))
    expect(await time.innerText()).toBe(english)
  })

  test('handles and hosts keep their direction, and every post says its language', async () => {
    const { page } = window
    await visit(window, home.burrow, '/app/home')
    const loose = await page.evaluate(() =>
      [...document.querySelectorAll('main .post')].flatMap((post) => {
        const walker = document.createTreeWalker(post, NodeFilter.SHOW_TEXT)
        const found: string[] = []
        for (let node = walker.nextNode(); node; node = walker.nextNode())
          if (
            /^@\w+(@[\w.-]+)?$/.test(node.textContent?.trim() ?? '') &&
            node.parentElement?.closest('bdi[dir="ltr"], .rich, .sr') === null
          )
            found.push(node.textContent ?? '')
        return found
      }),
    )
    expect(loose).toEqual([])
    const texts = await page.locator('main .post .post-text:visible').evaluateAll((all) =>
      all.map((text) => ({
        lang: text.closest('[lang]:not(html)')?.getAttribute('lang') ?? text.querySelector('[lang]')?.getAttribute('lang') ?? '',
        auto: [...text.querySelectorAll('p')].every((paragraph) => paragraph.dir === 'auto'),
      })),
    )
    expect(texts.length).toBeGreaterThan(2)
    expect(new Set(texts.map(({ lang }) => lang)).size).toBeGreaterThan(1)
    expect(texts.every(({ auto }) => auto)).toBe(true)
  })

  test('arrows that point somewhere turn round from right to left, pictures do not', async () => {
    const { page } = window
    await page.setViewportSize({ width: 700, height: 860 })
    await visit(window, home.burrow, `/app/post/${home.world.notebook}`)
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl'
    })
    const turned = await page
      .locator('main .flip:visible')
      .first()
      .evaluate((icon) => {
        const { transform, scale } = getComputedStyle(icon)
        return `${transform} ${scale}`
      })
    expect(turned).toMatch(/-1/)
    const picture = await page
      .locator('main .avatar:visible, main img:visible')
      .first()
      .evaluate((one) => getComputedStyle(one).transform)
    expect(picture).not.toMatch(/-1/)
    await page.setViewportSize({ width: 1280, height: 860 })
  })
})
