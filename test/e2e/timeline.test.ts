import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { addToTimeline, fillTimeline } from '../rig/timelines.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import type { Place } from '../../src-main/owner-api/contract.ts'

/** The home timeline on a real instance that nobody can reach: all of it is what is stored. */
describe.runIf(findChromium() !== null)('the timeline', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  let people: number[] = []
  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      prepare: async (folder) => {
        ;({ people } = await fillTimeline(folder, 90, Date.now() - 12 * 3_600_000))
      },
    })
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await window.page.waitForSelector('main .post')
  }, 60_000)
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  const set = (settings: Record<string, unknown>) => burrow.ask('PATCH', '/api/owner/settings', settings)
  const texts = () =>
    window.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('main [data-row]')].map((row) => row.innerText.replace(/\s+/g, ' ').trim()),
    )
  const placeOf = (words: string, list: readonly string[]) => list.findIndex((text) => text.includes(words))
  const focusedText = () => window.page.evaluate(() => (document.activeElement as HTMLElement | null)?.innerText.replace(/\s+/g, ' ') ?? '')
  const scrollTop = () => window.page.evaluate(() => document.querySelector('main .pane-scroll')?.scrollTop ?? -1)
  const scrollTo = (top: number) => window.page.evaluate((to) => document.querySelector('main .pane-scroll')?.scrollTo(0, to), top)
  const topOf = (words: string) => window.text(words).evaluate((item) => item.getBoundingClientRect().top)
  /** The list has come to rest: nothing moves and every row is measured, for five painted frames. */
  const still = () =>
    window.page.evaluate(async () => {
      const scroller = document.querySelector('main .pane-scroll') as HTMLElement
      const unmeasured = () =>
        [...scroller.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => !row.checkVisibility({ visibilityProperty: true })).length
      let [before, same] = ['', 0]
      while (same < 5) {
        await new Promise<void>((resolve) => {
          requestAnimationFrame(() => setTimeout(resolve))
        })
        const now = [scroller.scrollTop, scroller.scrollHeight, unmeasured()].join()
        same = now === before && unmeasured() === 0 ? same + 1 : 0
        before = now
      }
    })
  /** From now on, how far a row strays from where it stands in any frame that is painted. */
  const watch = async (row: Locator) => {
    await row.evaluate((row) => {
      const before = row.getBoundingClientRect().top
      const drift = { worst: 0 }
      Object.assign(globalThis, { drift })
      const painted = () => {
        drift.worst = Math.max(drift.worst, row.isConnected ? Math.abs(row.getBoundingClientRect().top - before) : Infinity)
        requestAnimationFrame(() => setTimeout(painted))
      }
      painted()
    })
    return async () => {
      await still()
      return await window.page.evaluate(() => (globalThis as typeof globalThis & { drift: { worst: number } }).drift.worst)
    }
  }
  /** Where the reader is, as the window tells it: the topmost post and its distance from the edge. */
  const standing = () =>
    window.page.evaluate(() => {
      const scroller = document.querySelector('main.over .pane-scroll') ?? document.querySelector('main .pane-scroll')
      const edge = scroller?.getBoundingClientRect().top ?? 0
      const rows = [...(scroller?.querySelectorAll<HTMLElement>('[data-row]:has(> .post)') ?? [])]
      const row = rows.find((one) => one.getBoundingClientRect().bottom > edge)
      return { anchorId: row?.dataset['row'] ?? null, offsetPx: Math.round((row?.getBoundingClientRect().top ?? 0) - edge) }
    })
  /** The place that is kept is where the reader stands. */
  const keptHere = async (ask: () => Promise<Place | null>) => {
    await expect
      .poll(async () => {
        const [place, here] = [await ask(), await standing()]
        return place?.anchorId === here.anchorId && Math.abs(place.offsetPx - here.offsetPx) <= 1
      })
      .toBe(true)
    return await ask()
  }
  const kept = () => burrow.ask<Place | null>('GET', '/api/owner/places/home.browser')

  test('a thread is its first post, "3 more" and its last, with badges; x and a click open it', async () => {
    const before = await texts()
    const first = placeOf('On mending, first', before)
    expect(before[first]).toContain('1/5')
    expect(before[first + 1]).toBe('3 more')
    expect(before[first + 2]).toContain('Fifth: then wear it')
    expect(before[first + 2]).toContain('5/5')
    // What was written between the parts stands after the thread: its newest part came later.
    expect(placeOf('practising scales', before)).toBe(first + 3)
    await window.text('On mending, first').focus()
    await window.page.keyboard.press('x')
    await shown(window.text('Third: a patch'))
    const open = await texts()
    expect(['Second:', 'Third:', 'Fourth:', 'Fifth:'].map((words) => placeOf(words, open) - first)).toEqual([1, 2, 3, 4])
    expect(await focusedText()).toContain('Second:')
    await window.page.keyboard.press('x')
    await expect.poll(async () => placeOf('Third: a patch', await texts())).toBe(-1)
    await window.page.getByRole('button', { name: '3 more' }).click()
    await shown(window.text('Third: a patch'))
    await window.page.keyboard.press('x')
    await set({ foldThreads: false })
    await expect.poll(async () => placeOf('Third: a patch', await texts())).toBeGreaterThan(0)
    const unfolded = await texts()
    expect(placeOf('Fifth:', unfolded)).toBeLessThan(placeOf('On mending, first', unfolded))
    await set({ foldThreads: true })
    await expect.poll(async () => placeOf('Third: a patch', await texts())).toBe(-1)
  })

  test('a conversation hangs together, oldest first, and an answer names what it answers', async () => {
    const rows = await texts()
    expect(placeOf('Two, and a third', rows)).toBe(placeOf('own a drop spindle', rows) + 1)
    await set({ foldThreads: false })
    const answer = window.text('Two, and a third')
    await expect.poll(() => answer.locator('.parent').innerText()).toContain('Cy')
    expect(await answer.locator('.parent').innerText()).toContain('Does anybody still own a drop spindle?')
    await set({ foldThreads: true })
  })

  test('an answer to what is not here says so and looks for it', async () => {
    await window.go('/app/@wren@hedgerow.example/replies')
    const lost = window.text('I agree with every word of it')
    await shown(lost)
    expect(await lost.locator('.parent').innerText()).toContain('Reply to seed.peers.test · Load')
    await lost.getByRole('button', { name: 'Load' }).click()
    await shown(window.words('The post it answers could not be had.'), 20_000)
    await window.go('/app/home')
  })

  test('boosts in a row stand on a shelf with its own buttons; J passes it, cards are reached by key', async () => {
    const { page } = window
    const shelf = page.locator('main [data-shelf]').first()
    await shelf.scrollIntoViewIfNeeded()
    expect(await shelf.innerText()).toContain('Boosts')
    const kiln = shelf.locator('[data-card]', { hasText: 'About the kiln' })
    await expect.poll(async () => (await kiln.innerText()).replace(/\s+/g, ' ')).toContain('Bo, Wren, Pia and Cy')
    expect(Math.round((await kiln.boundingBox())?.width ?? 0)).toBe(300)
    const strip = shelf.locator('ul')
    const along = () => strip.evaluate((list) => list.scrollLeft)
    await shelf.getByRole('button', { name: 'Next boost' }).click()
    await expect.poll(along).toBeGreaterThan(200)
    await shelf.getByRole('button', { name: 'Previous boost' }).click()
    await expect.poll(along).toBe(0)
    await shelf.locator('[data-card]').first().focus()
    await page.keyboard.press('j')
    expect(await focusedText()).toContain('About the pond')
    await page.keyboard.press('J')
    await expect.poll(focusedText).toContain('own a drop spindle')
    await page.keyboard.press('K')
    await expect.poll(focusedText).toContain('About the')
    await page.keyboard.press('K')
    await expect.poll(focusedText).toContain('practising scales')
    await page.keyboard.press('K')
    await expect.poll(focusedText).toContain('On mending, first')
  })

  test('boosts in line name everybody once on one card, and hidden ones are nowhere', async () => {
    await set({ boosts: 'inline' })
    const card = window.text('About the kiln')
    await shown(card)
    await expect.poll(async () => (await card.locator('.context').innerText()).replace(/\s+/g, ' ')).toBe('Bo, Wren and 2 more boosted')
    expect(await window.page.locator('main [data-item]', { hasText: 'About the kiln' }).count()).toBe(1)
    await set({ boosts: 'hidden' })
    await expect.poll(async () => placeOf('About the kiln', await texts())).toBe(-1)
    await set({ boosts: 'shelf' })
    await shown(window.page.locator('main [data-shelf]').first())
  })

  test('Ctrl+F finds in the whole list, also what is not drawn, and ends at the post', async () => {
    const { page } = window
    await scrollTo(0)
    await page.keyboard.press('Control+f')
    await page.waitForSelector('main search input:focus')
    await page.keyboard.type('older 71')
    await expect.poll(async () => placeOf('older 71', await texts())).toBeGreaterThan(0)
    expect(await page.locator('main search').innerText()).toContain('1 of 1')
    await page.keyboard.press('Escape')
    await expect.poll(focusedText).toContain('older 71')
    await page.keyboard.press('Control+f')
    await page.waitForSelector('main search input:focus')
    await page.keyboard.type('patch is not an apology')
    await shown(window.text('Third: a patch'))
    await page.keyboard.press('Control+a')
    await page.keyboard.type('heron')
    const count = page.locator('main search [role="status"]')
    await expect.poll(() => count.innerText()).toMatch(/^1 of \d+$/)
    const before = await count.innerText()
    await page.keyboard.press('Enter')
    await expect.poll(() => count.innerText()).not.toBe(before)
    await page.keyboard.press('Shift+Enter')
    await expect.poll(() => count.innerText()).toBe(before)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('zeppelin')
    await shown(window.words('Not in this view'))
    await shown(page.getByRole('link', { name: 'Search everything' }))
    await page.keyboard.press('Escape')
  })

  test('a row with an open menu stays however far one scrolls', async () => {
    const { page } = window
    await scrollTo(0)
    const post = window.text('fresh 0')
    await post.hover()
    await post.locator('[data-act="more"]').click()
    await page.waitForSelector('[popover]:popover-open')
    await scrollTo(6_000)
    await expect.poll(() => window.page.locator('main [data-item]', { hasText: 'fresh 0' }).count()).toBe(1)
    expect(await page.locator('[popover]:popover-open').count()).toBe(1)
    await page.keyboard.press('Escape')
  })

  test('a press right after a turn of the wheel is heard', async () => {
    const under = await window.page.evaluate(async () => {
      const scroller = document.querySelector('main .pane-scroll') as HTMLElement
      scroller.scrollTop = 300
      await new Promise((resolve) => scroller.addEventListener('scroll', resolve, { once: true }))
      await new Promise<void>((resolve) => {
        requestAnimationFrame(() => setTimeout(resolve))
      })
      const { left, width, top, height } = scroller.getBoundingClientRect()
      return document.elementFromPoint(left + width / 2, top + height / 2)?.closest('[data-row]') !== null
    })
    expect(under).toBe(true)
  })

  test('older posts come before the end is reached, and the end says since when', async () => {
    const { page } = window
    // Half a window at a time, never faster than what is asked for comes.
    let nearest = Infinity
    const step = async () => {
      const left = await page.evaluate(() => {
        const scroller = document.querySelector('main .pane-scroll') as HTMLElement
        scroller.scrollTop += scroller.clientHeight / 2
        return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
      })
      if (await page.locator('main .end:visible', { hasText: 'everything since' }).count()) return true
      nearest = Math.min(nearest, left)
      await still()
      await page.waitForSelector('main [role="feed"][aria-busy="false"]')
      return false
    }
    await expect.poll(step, { interval: 20, timeout: 30_000 }).toBe(true)
    expect(nearest).toBeGreaterThan(0)
    const today = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' }).format(new Date())
    await shown(window.words(`That’s everything since ${today}, when you followed your first account.`))
  })

  test('the place is kept within half a second, with its gaps; the desktop and a browser keep their own', async () => {
    const { page } = window
    await scrollTo(2_000)
    const mine = await keptHere(kept)
    expect(await burrow.ask('GET', '/api/owner/places/home')).toBeNull()
    expect(Object.keys(mine ?? {}).toSorted()).toEqual(['anchorId', 'focusedId', 'gapIds', 'lastSeenId', 'offsetPx', 'savedAt'])
    const list = await burrow.ask<{ id: string; content: string }[]>('GET', '/api/v1/timelines/home?limit=40')
    const there = list[2] as { id: string; content: string }
    const desktop: Place = {
      anchorId: there.id,
      offsetPx: -20,
      focusedId: null,
      lastSeenId: there.id,
      savedAt: new Date(Date.now() + 1_000).toISOString(),
    }
    await burrow.ask('PUT', '/api/owner/places/home', desktop)
    await page.reload()
    await page.waitForSelector(`[data-row="${mine?.anchorId}"]`)
    await shown(window.words('You read on in Burrow on your computer.'))
    await page.getByRole('button', { name: 'Jump there' }).click()
    const edge = await page.evaluate(() => document.querySelector('main .pane-scroll')?.getBoundingClientRect().top ?? 0)
    await expect.poll(async () => Math.round((await topOf('fresh 0')) - edge)).toBe(-20)
  })

  test('a list keeps its own place', async () => {
    const { page } = window
    const list = await burrow.ask<{ id: string }>('POST', '/api/v1/lists', { title: 'Everybody' })
    await burrow.ask('POST', `/api/v1/lists/${list.id}/accounts`, { account_ids: people.map(String) })
    await window.go(`/app/list/${list.id}`)
    const scroller = page.locator('main.over .pane-scroll')
    await page.waitForSelector('main.over .post')
    await scroller.evaluate((element) => element.scrollTo(0, 1_700))
    const there = () => burrow.ask<Place | null>('GET', `/api/owner/places/list:${list.id}.browser`)
    const anchor = (await keptHere(there))?.anchorId
    const top = () => page.locator(`main.over [data-row="${anchor}"]`).evaluate((row) => row.getBoundingClientRect().top)
    const before = await top()
    await page.reload()
    await page.waitForSelector(`main.over [data-row="${anchor}"]`)
    await expect.poll(async () => Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
    await window.go('/app/home')
  })

  test('after a long absence: the line, the count, and from the top a gap with both its edges', { timeout: 90_000 }, async () => {
    const { page } = window
    await scrollTo(0)
    await keptHere(kept)
    await page.goto('about:blank')
    await burrow.stop()
    await addToTimeline(burrow.folder, people, 330, Date.now(), 'since')
    await burrow.start()
    // As if the last visit had been yesterday.
    const place = await kept()
    await burrow.ask('PUT', '/api/owner/places/home.browser', { ...place, savedAt: new Date(Date.now() - 30 * 3_600_000).toISOString() })
    await page.goto(await burrow.signInLink())
    await page.waitForSelector('main .post')
    await shown(window.text('fresh 2'))
    await expect.poll(() => page.textContent('main .pill')).toMatch(/More than (3\d|40) new/)
    await expect.poll(() => page.locator('main .unread').first().textContent()).toContain('You left off here')

    await page.keyboard.press('0')
    await shown(window.text('since 329'))
    await expect.poll(scrollTop).toBe(0)
    // Nothing between was read.
    expect(await page.locator('main .pill').count()).toBe(1)
    const gap = page.locator('main article.gap')
    await page.mouse.move(500, 500)
    await expect
      .poll(
        async () => {
          if (await gap.count()) return true
          await page.mouse.wheel(0, 500)
          return false
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    await still()
    expect(await gap.innerText()).toMatch(/Gap · about \dh/)
    // Rows that are drawn on the way are measured then, so it takes more than one step.
    const toMiddle = async () => {
      const step = () =>
        gap.evaluate((row) => {
          const away = row.getBoundingClientRect().top - 450
          if (Math.abs(away) > 1) (row.closest('.pane-scroll') as HTMLElement).scrollTop += away
          return Math.abs(away)
        })
      while ((await step()) > 1) await still()
    }
    await toMiddle()

    // Older: what is above the gap stays where it is.
    await expect.poll(async () => (await kept())?.gapIds?.length).toBe(1)
    const bounds = async () => (await kept())?.gapIds?.[0] ?? []
    const [newer, older] = await bounds()
    const aboveMoved = await watch(window.text('since 290'))
    await gap.getByRole('button', { name: 'Load older' }).click()
    await shown(window.text('since 289'))
    expect(await aboveMoved()).toBeLessThanOrEqual(1)

    // Newer: from below, what is below stays. The key does the same.
    await page.keyboard.press('u')
    await expect.poll(async () => placeOf('fresh 2', await texts())).toBeGreaterThan(0)
    await still()
    await toMiddle()
    const below = page.locator(`main [data-row="${older}"] [data-item]`)
    await below.focus()
    const belowMoved = await watch(below)
    await page.keyboard.press('l')
    await expect.poll(async () => (await bounds())[1]).not.toBe(older)
    expect(await belowMoved()).toBeLessThanOrEqual(1)
    expect((await bounds())[0]).not.toBe(newer)
    expect((await kept())?.gapIds).toHaveLength(1)
  })

  test('reading upward opens at the oldest unread post', async () => {
    const { page } = window
    await set({ direction: 'upward' })
    const list = await burrow.ask<{ id: string }[]>('GET', '/api/v1/timelines/home?limit=40')
    const [oldestUnread, seen] = [list[20], list[21]]
    await burrow.ask('PUT', '/api/owner/places/home.browser', {
      anchorId: list[39]?.id,
      offsetPx: 0,
      focusedId: null,
      lastSeenId: seen?.id,
      savedAt: new Date().toISOString(),
    })
    await page.goto('about:blank')
    await burrow.ask('PUT', '/api/owner/places/home.browser', {
      anchorId: list[39]?.id,
      offsetPx: 0,
      focusedId: null,
      lastSeenId: seen?.id,
      savedAt: new Date(Date.now() + 5_000).toISOString(),
    })
    await page.goto(await burrow.signInLink())
    const row = page.locator(`main [data-row="${oldestUnread?.id}"]`)
    await shown(row)
    await expect
      .poll(() =>
        row.evaluate((one) => {
          const scroller = one.closest('.pane-scroll') as HTMLElement
          return Math.round(Math.abs(one.getBoundingClientRect().bottom - scroller.getBoundingClientRect().bottom))
        }),
      )
      .toBeLessThanOrEqual(1)
    await set({ direction: 'newest' })
  })
})
