import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CatchUp, Place } from '../../src-main/owner-api/contract.ts'
import { fillAbsence, type Absence } from '../rig/absence.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'

/** After a night away, with nothing but what is stored: the address of this home leads nowhere. */
describe.runIf(findChromium() !== null)('catching up, against a whole instance', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let absence: Absence
  let window: Window
  const chip = (name: RegExp) => window.page.locator('main').getByRole('button', { name }).filter({ visible: true })
  const rows = () => window.page.locator('main .catch:visible')
  const slider = () => window.page.getByRole('slider', { name: 'Catch up from' })
  const sum = async () => Number(/^\d+/.exec(await window.page.locator('main .tide [role=status] b').innerText())?.[0])
  const section = (name: string) => window.page.locator('main section[data-section]', { has: window.page.getByRole('heading', { name }) })
  const aside = () => window.page.locator('aside.pane-detail')

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      async prepare(folder) {
        absence = await fillAbsence(folder)
      },
    })
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('the way to catch up and the line where one left off stand at Home', async () => {
    const pill = window.page.locator('main').getByRole('link', { name: /^Catch up: \d+ posts, 9\sh$/ })
    await shown(pill)
    await shown(window.words(/^You left off here · /))
    const count = Number(/\d+/.exec(await pill.innerText())?.[0])
    await pill.click()
    await window.page.waitForURL(/\/app\/catchup$/)
    await shown(rows().first())
    expect(await sum()).toBeGreaterThanOrEqual(count)
    expect((await sum()) - count).toBeLessThanOrEqual(1)
    await window.go('/app/home')
    await gone(pill)
  })

  test('the page counts what stands in Home since the last visit, from what is stored', async () => {
    const { page } = window
    await window.go('/app/catchup')
    await shown(rows().first())
    const [current] = await burrow.ask<CatchUp[]>('GET', '/api/owner/catch-ups')
    const posts = await burrow.ask<{ ids: string[]; at: number[] }>('GET', `/api/owner/catch-ups/${current?.id}/posts`)
    const since = Date.parse(current?.from ?? '')
    expect(Math.round((Date.now() - since) / 360_000) / 10).toBeGreaterThanOrEqual(8.5)
    expect(await sum()).toBe(posts.at.filter((at) => at >= since).length)
    expect(await slider().getAttribute('aria-valuetext')).toMatch(/^your last visit, /)
    // Two lines and no more, however long the letter; who is answered stands before the words.
    const letter = window.page.locator('.catch', { hasText: 'A long letter about looms.' })
    await section('Emeka').scrollIntoViewIfNeeded()
    await shown(letter)
    expect((await letter.boundingBox())?.height).toBeLessThan(64)
    expect(await page.locator('main .catch[data-relation=reply] .lead').first().innerText()).toMatch(/^to |^Replies/)
    expect(await page.locator('main .catch .thumb').count()).toBeGreaterThan(0)
    expect(window.requests.filter((url) => url.includes('/api/v1/statuses?')).every((url) => url.split('id[]').length <= 21)).toBe(true)
  })

  test('links that two people shared stand at the side', async () => {
    const links = aside().getByRole('listitem')
    await shown(links.first())
    expect(await links.count()).toBe(2)
    expect(await links.first().innerText()).toMatch(/Flood maps of the lower estuary[\s\S]*3 people[\s\S]*archive\.example/)
    expect(await links.nth(1).innerText()).toMatch(/The case for the boring repair[\s\S]*2 people/)
  })

  test('chips with counts choose the kinds', async () => {
    const before = await rows().count()
    const boosts = chip(/^Boosts \d+$/)
    expect(await boosts.getAttribute('aria-pressed')).toBe('false')
    expect(Number(/\d+/.exec(await boosts.innerText())?.[0])).toBeGreaterThan(0)
    for (const name of [/^Original \d+$/, /^Replies \d+$/, /^Quotes \d+$/, /^Followed tags 1$/, /^Filtered 0$/]) await shown(chip(name))
    const counts = await window.page.locator('main .chips').first().locator('.num').allInnerTexts()
    expect(counts.map(Number).reduce((a, b) => a + b)).toBe(await sum())
    await boosts.click()
    await shown(window.page.locator('main .catch[data-relation=boost]').first())
    await chip(/^Followed tags/).click()
    await shown(window.page.locator('main .catch', { hasText: 'Putty that never dries.' }))
    expect(await rows().count()).toBeGreaterThan(before)
    await boosts.click()
    await chip(/^Followed tags/).click()
    await gone(window.page.locator('main .catch[data-relation=boost]').first())
  })

  test('rows are sorted by age, by length and by who shared them', async () => {
    await chip(/^By author$/).click()
    const first = () => rows().first()
    const times = async () =>
      await rows()
        .locator('time')
        .evaluateAll((all) => all.map((one) => one.getAttribute('datetime') ?? ''))
    await until('oldest first', async () => {
      const all = await times()
      return all.length > 3 && all.every((one, index) => index === 0 || one >= (all[index - 1] ?? ''))
    })
    await chip(/^Newest$/).click()
    await until('newest first', async () => {
      const all = await times()
      return all.every((one, index) => index === 0 || one <= (all[index - 1] ?? ''))
    })
    await chip(/^Longest$/).click()
    await until('the letter first', async () => (await first().innerText()).includes('A long letter about looms.'))
    await chip(/^Most shared$/).click()
    await until('the shared one first', async () => (await first().innerText()).includes('Start where the light is.'))
    expect(await first().innerText()).toContain('shared by 3 people you follow')
    await chip(/^Oldest$/).click()
    await chip(/^By author$/).click()
    await shown(section('Pia'))
  })

  test('the range goes by key from an hour to seven days, and the counts follow', async () => {
    const visit = await sum()
    await slider().focus()
    await window.page.keyboard.press('End')
    await until('an hour', async () => (await slider().getAttribute('aria-valuetext')) === 'The last 1 hour')
    const hour = await sum()
    await window.page.keyboard.press('Home')
    await until('seven days', async () => (await slider().getAttribute('aria-valuetext')) === 'The last 7 days')
    expect(hour).toBeLessThan(visit)
    expect(await sum()).toBeGreaterThan(visit)
    for (let tries = 0; tries < 16 && !(await slider().getAttribute('aria-valuetext'))?.startsWith('your last visit'); tries++)
      await window.page.keyboard.press('ArrowRight')
    expect(await sum()).toBe(visit)
  })

  test('authors are gone through by h and l and from the strip', async () => {
    const { page } = window
    const faces = page.getByRole('list', { name: 'Authors' }).getByRole('button')
    expect(await faces.count()).toBeGreaterThan(5)
    const current = () => page.locator('main .strip [aria-current]').getAttribute('data-face')
    const focused = () => page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-author]')?.dataset['author'] ?? null)
    await faces.nth(2).click()
    const third = await faces.nth(2).getAttribute('data-face')
    await until('their first row has the focus', async () => (await focused()) === third)
    await page.keyboard.press('l')
    await until('the next author', async () => (await focused()) === (await faces.nth(3).getAttribute('data-face')))
    await page.keyboard.press('h')
    await page.keyboard.press('h')
    await until('the one before', async () => (await focused()) === (await faces.nth(1).getAttribute('data-face')))
    expect(await current()).toBe(await focused())
    // Elsewhere the same keys mean something else, or nothing.
    await window.go('/app/bookmarks')
    await page.keyboard.press('l')
    expect(new URL(page.url()).pathname).toBe('/app/bookmarks')
    await page.goBack()
    await shown(rows().first())
  })

  test('Enter peeks beside the list and Escape returns to the row', async () => {
    const { page } = window
    await rows().nth(1).focus()
    const words = await rows().nth(1).locator('.text').innerText()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/app\/post\//)
    await shown(aside().locator('.post-focus'))
    expect(await rows().nth(1).getAttribute('data-open')).toBe('')
    await page.keyboard.press('Escape')
    await page.waitForURL(/\/app\/catchup/)
    await until('the row has the focus', () =>
      page.evaluate((text) => document.activeElement?.textContent?.includes(text.slice(0, 30)) ?? false, words),
    )
    expect(await rows().nth(1).getAttribute('data-read')).toBe('')
    await rows().nth(2).locator('.text').click()
    await page.waitForURL(/\/app\/post\//)
    await page.goBack()
  })

  test('a marks an author done, and it stays done', async () => {
    const { page } = window
    const author = await page.locator('main section[data-section]').first().getAttribute('data-section')
    const first = page.locator(`main section[data-section="${author}"]`)
    await first.locator('.catch').first().focus()
    await page.keyboard.press('a')
    await shown(first.getByRole('button', { name: 'Show again' }))
    expect(await first.locator('.catch').count()).toBe(0)
    await shown(page.locator(`main .strip [data-face="${author}"][data-done]`))
    const second = page.locator('main section[data-section]').nth(1)
    await second.getByRole('button', { name: /^Mark done: / }).click()
    await shown(second.getByRole('button', { name: 'Show again' }))
    await until('it is kept', async () => {
      const [current] = await burrow.ask<CatchUp[]>('GET', '/api/owner/catch-ups')
      return Object.keys(current?.state.done ?? {}).length === 2
    })
    await page.reload()
    await shown(first.getByRole('button', { name: 'Show again' }))
    await first.getByRole('button', { name: 'Show again' }).click()
    await shown(first.locator('.catch').first())
  })

  test('at 380 pixels everything is in one pane', async () => {
    const { page } = window
    await page.setViewportSize({ width: 380, height: 780 })
    await shown(page.locator('main').getByRole('button', { name: 'Done', exact: true }))
    const links = page.getByRole('region', { name: 'Top links' })
    await links.scrollIntoViewIfNeeded()
    await shown(links.getByRole('link', { name: /Flood maps/ }))
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380)
    expect(await violations(window)).toEqual([])
    await page.setViewportSize({ width: 1440, height: 900 })
    await shown(aside().getByRole('button', { name: 'Done', exact: true }))
    expect(await violations(window)).toEqual([])
  })

  test('Done moves the place in Home to now, and the catch-up is kept', async () => {
    const { page } = window
    await aside().getByRole('button', { name: 'Done', exact: true }).click()
    await page.waitForURL(/\/app\/home/)
    const [newest] = await burrow.ask<{ id: string }[]>('GET', '/api/v1/timelines/home?limit=1')
    const isNow = async (view: string) => {
      const place = await burrow.ask<Place>('GET', `/api/owner/places/${view}`)
      return place.lastSeenId === newest?.id && place.anchorId === newest?.id
    }
    await until('the place is now', () => isNow('home'))
    await until('the newest is in sight', () => window.post(newest?.id ?? '').isVisible())
    // What the window itself has kept since says the same.
    await until('the place of this browser is now', () => isNow('home.browser'))
    expect(await isNow('home')).toBe(true)
    const kept = await burrow.ask<CatchUp[]>('GET', '/api/owner/catch-ups')
    expect(kept.map((one) => one.finishedAt !== null)).toEqual([true])
    await window.go('/app/catchup')
    await page.getByRole('button', { name: 'Earlier catch-ups' }).click()
    await page.getByRole('menuitemradio').nth(1).click()
    await page.waitForURL(new RegExp(`/app/catchup/${kept[0]?.id}$`))
    await shown(page.getByText(/^Finished .*This is how it was then\.$/))
    expect(await page.getByRole('button', { name: 'Done', exact: true }).count()).toBe(0)
    expect(Number(absence.seen)).toBeGreaterThan(0)
  })
})
