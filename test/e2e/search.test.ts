import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Searches, Settings } from '../../src-main/owner-api/contract.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillAbsence, type Absence } from '../rig/absence.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'

/** Looking for what is here; what is elsewhere is asked for only when told, and then there is no network to ask. */
describe.runIf(findChromium() !== null)('search, against a whole instance', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let absence: Absence
  let window: Window
  const main = () => window.page.locator('main.over')
  const box = () => window.page.getByRole('searchbox', { name: 'Search' })
  const posts = () => main().locator('[data-post-id]:visible')
  const kind = (name: string) => main().getByRole('group', { name: 'What to look for' }).getByRole('button', { name, exact: true })
  const type = async (words: string) => {
    await box().fill(words)
    await until(`"${words}" was looked for`, async () => new URL(window.page.url()).searchParams.get('q') === words.trim())
  }

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
    await window.page.keyboard.press('/')
    await shown(box())
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('operators narrow what is found, and the help puts them into the box', async () => {
    const help = main().getByRole('region', { name: 'Narrow a search' })
    await shown(help)
    await help.getByRole('button', { name: 'from:@bo@tide.example' }).click()
    expect(await box().inputValue()).toBe('from:')
    expect(await box().evaluate((element) => element === document.activeElement)).toBe(true)
    for (const [words, found, not] of [
      ['from:bo evening', 'workbench.test', 'archive.example'],
      ['worth "an evening" has:link', 'archive.example', 'Ten coats'],
      ['in:bookmarks', '', 'Ten coats'],
      ['is:reply lang:en', '', 'Ten coats'],
      ['from:me before:2001-01-01', '', 'Ten coats'],
      ['from:me has:poll', '', 'Ten coats'],
    ] as const) {
      await type(words)
      if (found) await shown(posts().filter({ hasText: found }).first())
      await until(`not ${not}`, async () => (await posts().filter({ hasText: not }).count()) === 0)
    }
    await burrow.ask('POST', `/api/v1/statuses/${absence.notebook}/bookmark`)
    await burrow.ask('POST', `/api/v1/statuses/${absence.notebook}/reblog`)
    for (const words of ['in:bookmarks notebook', 'is:boosted notebook', 'to:me', 'after:2001-01-01 notebook']) {
      await type(words)
      await shown(posts().first())
    }
    await type('in:bookmarks notebook')
    await shown(window.post(absence.notebook))
  })

  test('posts, people and tags are found as you type, in one list', async () => {
    await box().fill('')
    await box().pressSequentially('glaz', { delay: 5 })
    await shown(main().getByRole('heading', { name: 'People and hashtags' }))
    await shown(main().getByRole('link', { name: '#glazing' }))
    await type('varni')
    await shown(posts().filter({ hasText: 'Ten coats of varnish' }))
    await type('wren')
    await shown(main().locator('article.person', { hasText: 'Wren Abbott' }))
    await box().press('ArrowDown')
    expect(await window.page.evaluate(() => document.activeElement?.matches('[data-item]'))).toBe(true)
    await type('nothinglikethisanywhere')
    await shown(main().getByText('Nothing here matches “nothinglikethisanywhere”.'))
  })

  test('more posts are fetched at the end, and one kind can be looked at alone', async () => {
    await type('lang:en')
    await kind('Posts').click()
    await until('the address says so', async () => new URL(window.page.url()).searchParams.get('type') === 'posts')
    await shown(posts().first())
    const first = await posts().count()
    await main()
      .locator('.pane-scroll')
      .evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await until('there are more', async () => (await posts().count()) > first)
    await type('wren')
    await kind('People').click()
    await shown(main().locator('article.person', { hasText: 'Wren Abbott' }))
    expect(await posts().count()).toBe(0)
    await kind('Hashtags').click()
    await until('the kind is in the address', async () => new URL(window.page.url()).searchParams.get('type') === 'tags')
    await kind('All').click()
    expect(await violations(window)).toEqual([])
  })

  test('looking somebody up elsewhere is a row of its own, and offline says so', async () => {
    const asked = window.requests.length
    await box().fill('@nobody@far.example')
    const row = main().getByRole('button', { name: 'Look up @nobody@far.example' })
    await shown(row)
    expect(window.requests.slice(asked).some((url) => url.includes('resolve=true'))).toBe(false)
    await row.click()
    await shown(main().getByText('There is no answer from far.example, or no network to ask by. Everything here is found all the same.'))
    await shown(row)
    expect(window.requests.slice(asked).some((url) => url.includes('resolve=true'))).toBe(true)
  })

  test('the address of a post opens the post', async () => {
    const { uri } = await burrow.ask<{ uri: string }>('GET', `/api/v1/statuses/${absence.notebook}`)
    await box().fill(uri)
    await shown(main().getByRole('button', { name: /^Open this link from / }))
    await box().press('Enter')
    await window.page.waitForURL(new RegExp(`/app/post/${absence.notebook}$`))
    await window.page.goBack()
    await shown(box())
  })

  test('a search is saved, renamed, pinned to the sidebar and removed', async () => {
    const { page } = window
    await type('varnish')
    await main().getByRole('button', { name: 'Save this search' }).click()
    const name = page.getByRole('textbox', { name: 'Name' })
    await shown(name)
    await name.fill('Coats')
    await name.press('Enter')
    await shown(main().getByRole('button', { name: 'Remove saved search Coats' }))
    await box().fill('')
    const saved = main().getByRole('region', { name: 'Saved searches' })
    await shown(saved.getByRole('button', { name: /^Coats/ }))
    const menu = async (item: string) => {
      await saved.getByRole('button', { name: /^More about / }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await menu('Show in the sidebar')
    const { saved: kept } = await burrow.ask<Searches>('GET', '/api/owner/searches')
    const pin = `search:${kept[0]?.id}`
    await until('it is pinned', async () => (await burrow.ask<Settings>('GET', '/api/owner/settings')).pinned.includes(pin))
    await shown(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Coats' }))
    await menu('Rename…')
    await name.fill('Varnish')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await shown(saved.getByRole('button', { name: /^Varnish/ }).first())
    await saved
      .getByRole('button', { name: /^Varnish/ })
      .first()
      .click()
    await shown(posts().filter({ hasText: 'Ten coats of varnish' }))
    await box().fill('')
    await menu('Remove')
    await gone(saved)
    expect((await burrow.ask<Settings>('GET', '/api/owner/settings')).pinned).not.toContain(pin)
  })

  test('recent searches come back and can be cleared', async () => {
    await type('varnish')
    await box().press('Enter')
    await type('press')
    await window.go('/app/bookmarks')
    await window.go('/app/search')
    const recent = main().getByRole('region', { name: 'Recent searches' })
    await shown(recent.getByRole('button', { name: 'press', exact: true }))
    await recent.getByRole('button', { name: 'varnish', exact: true }).click()
    await shown(posts().filter({ hasText: 'Ten coats of varnish' }))
    await box().fill('')
    await recent.getByRole('button', { name: 'Forget press' }).click()
    await gone(recent.getByRole('button', { name: 'press', exact: true }))
    await recent.getByRole('button', { name: 'Clear' }).click()
    await gone(recent)
    expect((await burrow.ask<Searches>('GET', '/api/owner/searches')).recent).toEqual([])
  })
})
