import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { openWindow, type Window } from '../rig/window.ts'
import { livedIn, move, placesOf, rested, settingsSections, visit } from './surfaces.ts'
import type { Page } from 'playwright-core'

/** What WCAG 2.2 AA asks for and axe cannot see (interface.md section 5, own tests), on a lived-in home. */
describe.runIf(findChromium() !== null)('by hand', { timeout: 120_000 }, () => {
  let home: Awaited<ReturnType<typeof livedIn>>
  let window: Window
  let page: Page
  let places: string[]

  beforeAll(async () => {
    home = await livedIn()
    window = await openWindow(home.burrow, { width: 1280, height: 860 })
    page = window.page
    places = [...placesOf(home), ...(await settingsSections(window, home.burrow))]
  })
  afterAll(async () => {
    await window?.close()
    await home?.burrow.remove()
  })

  const at = (width: number, height = 860) => page.setViewportSize({ width, height })

  test('2.4.11: what has the focus is never hidden under something else', async () => {
    const hidden: string[] = []
    for (const path of ['/app/home', `/app/post/${home.world.notebook}`, '/app/settings/posting', '/app/notifications']) {
      for (const width of [380, 1280]) {
        await at(width)
        await visit(window, home.burrow, path)
        for (let step = 0; step < 40; step++) {
          await page.keyboard.press('Tab')
          const covered = await page.evaluate(async () => {
            // A row that scrolls sideways brings it into sight first.
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            const focused = document.activeElement
            if (!(focused instanceof HTMLElement) || focused === document.body) return null
            const box = focused.getBoundingClientRect()
            if (box.width === 0 || box.height === 0) return null
            // Some point of it has to be the thing itself: AA forbids "entirely hidden".
            for (const [x, y] of [
              [0.5, 0.5],
              [0.1, 0.2],
              [0.9, 0.2],
              [0.1, 0.8],
              [0.9, 0.8],
            ] as const) {
              const hit = document.elementFromPoint(
                box.left + box.width * x,
                Math.min(innerHeight - 1, Math.max(0, box.top + box.height * y)),
              )
              if (hit && (focused.contains(hit) || hit.contains(focused))) return null
            }
            return `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent?.trim().slice(0, 40) ?? ''}`
          })
          if (covered) hidden.push(`${path} at ${width}: ${covered}`)
        }
      }
    }
    expect(hidden).toEqual([])
  })

  test('1.4.10: at 320 pixels nothing has to be scrolled sideways', async () => {
    await visit(window, home.burrow, '/app/home')
    await at(320, 640)
    const wide: string[] = []
    for (const path of places) {
      await move(window, path)
      const found = await page.evaluate(() => {
        const root = document.documentElement
        const panes = [...document.querySelectorAll<HTMLElement>('.pane-scroll')].filter((pane) =>
          pane.checkVisibility({ visibilityProperty: true }),
        )
        return [
          ...(root.scrollWidth > root.clientWidth ? [`the page, ${root.scrollWidth}`] : []),
          ...panes.filter((pane) => pane.scrollWidth > pane.clientWidth + 1).map((pane) => `a pane, ${pane.scrollWidth}`),
        ]
      })
      for (const what of found) wide.push(`${path}: ${what}`)
    }
    expect(wide).toEqual([])
  })

  test('1.4.12: with the spacing of text that readers may set, nothing is cut off', async () => {
    await at(1280)
    const cut: string[] = []
    for (const path of ['/app/home', '/app/notifications', '/app/outbox', '/app/settings/posting', '/app/@ada', '/app/search']) {
      await visit(window, home.burrow, path)
      await page.addStyleTag({
        content:
          '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }',
      })
      await rested(window)
      const found = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button, a, h1, h2, label, [role="tab"], .what, .name')]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('[inert], .sr, .skip') === null)
          .filter((element) => {
            const style = getComputedStyle(element)
            // A name that ends in dots says so; its whole stands in the title or the accessible name.
            if (style.textOverflow === 'ellipsis' || style.overflow === 'visible') return false
            return element.scrollHeight > element.clientHeight + 2 || element.scrollWidth > element.clientWidth + 2
          })
          .map((element) => `${element.tagName}.${element.className} ${element.textContent?.trim().slice(0, 30) ?? ''}`),
      )
      for (const what of found) cut.push(`${path}: ${what}`)
    }
    expect(cut).toEqual([])
  })

  test('1.4.4: at 200 percent everything can still be read and reached', async () => {
    // 1280 pixels at 200 percent are 640 of the page's own.
    await at(640, 430)
    for (const path of ['/app/home', '/app/settings/appearance', `/app/post/${home.world.notebook}`]) {
      await visit(window, home.burrow, path)
      const heading = await page.locator('main h1:visible').first().boundingBox()
      expect(heading, path).not.toBeNull()
      expect((heading?.x ?? 0) + (heading?.width ?? 0), path).toBeLessThanOrEqual(640)
    }
    await page.keyboard.press('n')
    const publish = page.locator('.composer .btn-primary:visible').first()
    await publish.waitFor()
    const box = await publish.boundingBox()
    expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThanOrEqual(430)
    expect((box?.x ?? 999) + (box?.width ?? 0)).toBeLessThanOrEqual(640)
    await page.keyboard.press('Escape')
  })

  test('1.4.11: the edges of controls stand out from what is behind them, in every theme', async () => {
    await at(1280)
    const faint: string[] = []
    for (const path of ['/app/settings/posting', '/app/settings/profile', '/app/search']) {
      await visit(window, home.burrow, path)
      for (const theme of ['light', 'dark', 'hc-light', 'hc-dark']) {
        const found = await page.evaluate((to) => {
          document.documentElement.dataset['theme'] = to
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
          const rgb = (colour: string): [number, number, number, number] => {
            if (!canvas) return [0, 0, 0, 0]
            canvas.clearRect(0, 0, 1, 1)
            canvas.fillStyle = colour
            canvas.fillRect(0, 0, 1, 1)
            const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
            return [r, g, b, a]
          }
          const light = ([r, g, b]: [number, number, number, number]) => {
            const linear = (part: number) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)
            return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
          }
          const ratio = (a: string, b: string) => {
            const [x, y] = [light(rgb(a)), light(rgb(b))].toSorted((one, other) => other - one) as [number, number]
            return (x + 0.05) / (y + 0.05)
          }
          const behind = (element: Element | null): string => {
            for (let one = element; one; one = one.parentElement) {
              const { backgroundColor } = getComputedStyle(one)
              if (rgb(backgroundColor)[3] > 250) return backgroundColor
            }
            return 'white'
          }
          return [
            ...document.querySelectorAll<HTMLElement>(
              'input:not([type=checkbox], [type=radio], [type=file], [type=range]), textarea, .switch',
            ),
          ]
            .filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('[inert]') === null)
            .flatMap((element) => {
              const style = getComputedStyle(element)
              const back = behind(element.parentElement)
              // Its own edge, the edge of the box around it, or what fills it.
              const box = element.parentElement ? getComputedStyle(element.parentElement) : style
              const edges = [
                ...(Number.parseFloat(style.borderTopWidth) > 0 ? [style.borderTopColor] : []),
                ...(Number.parseFloat(style.borderBottomWidth) > 0 ? [style.borderBottomColor] : []),
                ...(Number.parseFloat(box.borderTopWidth) > 0 ? [box.borderTopColor] : []),
                style.backgroundColor,
                getComputedStyle(element, '::before').backgroundColor,
              ]
              const best = Math.max(...edges.filter((colour) => rgb(colour)[3] > 200).map((colour) => ratio(colour, back)), 0)
              return best >= 3
                ? []
                : [`${to} ${element.tagName}.${element.className} ${element.getAttribute('aria-label') ?? element.id}: ${best.toFixed(2)}`]
            })
        }, theme)
        for (const what of found) faint.push(`${path} ${what}`)
      }
    }
    expect(faint).toEqual([])
  })

  test('2.1.2: the keyboard leaves the composer and the picture as it came', async () => {
    await at(1280)
    await visit(window, home.burrow, '/app/home')
    await page.keyboard.press('n')
    await page.locator('.composer textarea:visible').first().waitFor()
    const inside = () => page.evaluate(() => document.activeElement?.closest('.composer') !== null)
    let left = false
    for (let step = 0; step < 60 && !left; step++) {
      await page.keyboard.press('Tab')
      left = !(await inside())
    }
    expect(left).toBe(true)
    await page.locator('.composer textarea:visible').first().focus()
    await page.keyboard.press('Escape')
    await page.locator('.composer').waitFor({ state: 'detached' })
    await page.locator('.media .open:visible').first().click()
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
  })

  test('forced colours: icons, chosen places and switches can still be told apart', async () => {
    await at(1280)
    await page.emulateMedia({ forcedColors: 'active' })
    try {
      await visit(window, home.burrow, '/app/settings/posting')
      const seen = await page.evaluate(() => {
        const visible = (element: Element) => element.checkVisibility({ visibilityProperty: true })
        const icons = [...document.querySelectorAll('nav svg')].filter(visible)
        const switches = [...document.querySelectorAll<HTMLElement>('.switch')].filter(visible)
        const chosen = document.querySelector('nav a[aria-current]')
        return {
          icons: icons.length,
          lost: icons.filter((icon) => getComputedStyle(icon).color === getComputedStyle(icon.closest('nav') ?? icon).backgroundColor)
            .length,
          bare: switches.filter(
            (one) => Number.parseFloat(getComputedStyle(one).borderTopWidth) === 0 && getComputedStyle(one).outlineStyle === 'none',
          ).length,
          weight: chosen ? getComputedStyle(chosen).fontWeight : '0',
        }
      })
      expect(seen.icons).toBeGreaterThan(5)
      expect(seen.lost).toBe(0)
      expect(seen.bare).toBe(0)
      expect(Number(seen.weight)).toBeGreaterThanOrEqual(600)
    } finally {
      await page.emulateMedia({ forcedColors: 'none' })
    }
  })

  test('reduced motion: nothing moves for longer than a tenth of a second, and nothing glides', async () => {
    await at(1280)
    const longest = async () => {
      await visit(window, home.burrow, '/app/home')
      await page.keyboard.press('n')
      await page.locator('.composer:visible').waitFor()
      return page.evaluate(() => {
        const seconds = (list: string) =>
          Math.max(...list.split(',').map((one) => Number.parseFloat(one) * (one.trim().endsWith('ms') ? 0.001 : 1)))
        const all = [...document.querySelectorAll('body *')].map((element) => getComputedStyle(element))
        return {
          // Colours and opacity may fade; what is set to run without end or slowly may not.
          transition: Math.max(...all.map((style) => seconds(style.transitionDuration))),
          animation: Math.max(...all.map((style) => (style.animationName === 'none' ? 0 : seconds(style.animationDuration)))),
          gliding: all.filter((style) => style.scrollBehavior === 'smooth').length,
        }
      })
    }
    // The rig's browsers ask for reduced motion.
    const reduced = await longest()
    expect(reduced.transition).toBeLessThanOrEqual(0.1)
    expect(reduced.animation).toBeLessThanOrEqual(0.1)
    expect(reduced.gliding).toBe(0)
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    try {
      // By the owner's own setting the same, whatever the system says.
      await home.burrow.ask('PATCH', '/api/owner/settings', { motion: 'reduce' })
      const wanted = await longest()
      expect(wanted.transition).toBeLessThanOrEqual(0.1)
      expect(wanted.animation).toBeLessThanOrEqual(0.1)
    } finally {
      await home.burrow.ask('PATCH', '/api/owner/settings', { motion: 'system' })
      await page.emulateMedia({ reducedMotion: 'reduce' })
    }
  })

  test('3.3.8: the code to sign in can be pasted, and nothing has to be solved', async () => {
    const stranger = await openWindow(home.burrow, { width: 1280 })
    try {
      await stranger.page.evaluate(() => localStorage.clear())
      await stranger.page.goto(new URL('/app/home', home.burrow.ready.owner).href)
      const field = stranger.page.locator('input:visible').first()
      await field.waitFor()
      const code = new URL(await home.burrow.signInLink()).hash.replace('#code=', '')
      await field.focus()
      await stranger.page.evaluate((text) => {
        const data = new DataTransfer()
        data.setData('text/plain', text)
        const pasted = document.activeElement?.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
        )
        // Nobody may take the paste away; the browser itself would then put the text in.
        if (pasted) document.execCommand('insertText', false, text)
      }, code)
      expect(await field.inputValue()).toBe(code)
      await stranger.page.keyboard.press('Enter')
      await stranger.page.waitForSelector('main .post, main h1', { timeout: 20_000 })
      expect(await stranger.page.locator('nav').count()).toBeGreaterThan(0)
    } finally {
      await stranger.close()
    }
  })
})
