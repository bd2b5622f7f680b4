import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'
import type { PeopleImport, Settings } from '../../src-main/owner-api/contract.ts'

/** A new home whose address leads nowhere: what it still lacks, and what it takes on the disk. */
describe.runIf(findChromium() !== null)('a home of one’s own, against a whole instance', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window

  beforeAll(async () => {
    burrow = await startBurrow({ name: 'ada', origin: 'https://ada.example' })
    window = await openWindow(burrow, { width: 1280, height: 900 })
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('home without anybody offers to find people, and a pasted list is looked over and waits to be online', async () => {
    const { page } = window
    await shown(page.getByRole('heading', { name: 'Find people' }))
    const field = page.getByRole('textbox', { name: 'Addresses, links or a list' })
    await page.getByRole('button', { name: 'Find people', exact: true }).click()
    await shown(page.getByRole('alert').filter({ hasText: 'There is no address in this.' }))
    await field.fill('Account address,Show boosts\nbo@tide.example,true\nhttps://harbour.example/@cy and @Dee@tide.example')
    await shown(window.words('3 addresses found'))
    await page.getByRole('checkbox', { name: 'dee@tide.example' }).uncheck()
    expect(await violations(window)).toEqual([])
    await page.getByRole('button', { name: 'Follow 2 people' }).press('Enter')
    await shown(window.words('Following 0 of 2'))
    await shown(window.words('It goes on as soon as you are online.'))
    const people = await burrow.ask<PeopleImport>('GET', '/api/owner/people')
    expect(people).toMatchObject({ state: 'running', total: 2, left: 2 })
  })

  test('the list goes on where it was after a restart', async () => {
    await burrow.kill()
    await burrow.start()
    expect(await burrow.ask<PeopleImport>('GET', '/api/owner/people')).toMatchObject({ state: 'running', total: 2, left: 2 })
  })

  test('what new homes still lack can be put aside, and stays aside', async () => {
    const { page } = window
    await page.getByRole('button', { name: 'Not now: Picture and bio' }).click()
    await until('it is kept', async () => (await burrow.ask<Settings>('GET', '/api/owner/settings')).setupDone.includes('picture-later'))
    await until('it has gone', async () => (await page.getByRole('heading', { name: 'Picture and bio' }).count()) === 0)
  })

  test('storage shows every part in one bar and in words, and limits that are kept', async () => {
    const { page } = window
    await window.go('/app/storage')
    await shown(page.getByRole('img', { name: 'What takes room in your folder' }))
    for (const part of [
      'Messages and people',
      'Search index',
      'Your pictures, films and sounds',
      'Files in drafts',
      'Kept copies',
      'Other copies',
    ])
      await shown(page.getByRole('listitem').filter({ hasText: part }))
    await shown(window.words(/^Free on this disk: \d/))
    await page.getByRole('button', { name: /^Room for other copies/ }).press('Enter')
    await page.getByRole('menuitemradio', { name: '5 GB' }).click()
    await until('it is kept', async () => (await burrow.ask<Settings>('GET', '/api/owner/settings')).mediaBudget === 5_000_000_000)
    expect(await violations(window)).toEqual([])
  })

  test('diagnostics are copied and the last log lines are shown, with nobody named in either', async () => {
    const { page } = window
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy diagnostics' }).click()
    const copied = await until('it is copied', () => page.evaluate(async () => (await navigator.clipboard.readText()) || null))
    expect(JSON.parse(copied)).toMatchObject({ host: 'headless', outbox: { failed: 0 } })
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    const log = page.getByRole('region', { name: 'Last lines of the log' })
    await shown(log)
    const told = `${copied}${await log.innerText()}`
    for (const secret of ['ada.example', '@ada', 'bo@tide', await burrow.token(), burrow.folder, 'BEGIN'])
      expect(told).not.toContain(secret)
    expect(await violations(window)).toEqual([])
  })

  test('data and logs are a section of the settings, found by search', async () => {
    const { page } = window
    await window.go('/app/settings/profile')
    await page.getByRole('searchbox', { name: 'Find a setting' }).fill('diagnostics')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/app/settings/data')
    await shown(page.getByRole('heading', { level: 1, name: 'Data & logs' }))
    await shown(page.getByRole('button', { name: 'Copy diagnostics' }).filter({ visible: true }))
    expect(await violations(window)).toEqual([])
  })
})
