import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { enterWindow, gone, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'
import type { Settings } from '../../src-main/owner-api/contract.ts'

/** The first minutes of a home, from an empty folder to what it still lacks; nothing of it needs a network. */
describe.runIf(findChromium() !== null)('a new home, in the window', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window

  beforeAll(async () => {
    burrow = await startBurrow({ name: null, origin: null })
    window = await enterWindow(burrow.ready.signIn, { width: 1280, height: 900 })
  }, 60_000)
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })
  const name = () => window.page.getByRole('textbox', { name: 'Choose your name' })
  const done = async () => (await burrow.ask<Settings>('GET', '/api/owner/settings')).setupDone

  test('a name that cannot be had says why and offers free ones', async () => {
    const { page } = window
    await shown(page.getByRole('heading', { level: 1, name: 'Your own place on the fediverse.' }))
    await name().fill('admin')
    await shown(page.getByRole('alert').filter({ hasText: 'This name is kept for the server itself.' }))
    await shown(page.getByRole('button', { name: 'admin_home' }))
    await name().fill('José Núñez')
    await shown(page.getByRole('alert').filter({ hasText: 'Letters a to z, digits and _ only' }))
    expect(await violations(window)).toEqual([])
    await page.getByRole('button', { name: 'jose_nunez' }).press('Enter')
    expect(await name().inputValue()).toBe('jose_nunez')
    await shown(window.words('Free'))
    expect(await name().evaluate((field) => field === document.activeElement)).toBe(true)
  })

  test('an own domain says what it takes and is looked at before it is chosen', async () => {
    const { page } = window
    await page.getByRole('radio', { name: 'My own address' }).check()
    await shown(window.words('It answers over HTTPS with a valid certificate.'))
    await shown(window.words(/^This address is permanent\./))
    const check = page.getByRole('button', { name: 'Check', exact: true })
    await check.click()
    await shown(page.getByRole('status').filter({ hasText: 'Type the domain that leads to this computer.' }))
    const domain = page.getByRole('textbox', { name: 'Domain' })
    await domain.fill('http://jose.localhost:1')
    await check.press('Enter')
    await shown(page.getByRole('status').filter({ hasText: 'jose.localhost:1 is known, but nothing answers there.' }))
    await domain.fill(`http://jose.localhost:${burrow.publicPort}`)
    await gone(page.getByRole('status').filter({ hasText: 'nothing answers' }))
    await check.click()
    await shown(page.getByRole('status').filter({ hasText: 'leads here. You can choose it.' }))
    expect((await burrow.state()).connection.origin).toBeNull()
    expect(await violations(window)).toEqual([])
  })

  test('nothing about a trial is called permanent', async () => {
    const { page } = window
    await page.getByRole('radio', { name: 'Try it now' }).check()
    await shown(window.words('This is for trying out. Whoever follows you here follows this trial name.'))
    expect(await page.locator('main').innerText()).not.toMatch(/permanent/i)
    const what = page.getByRole('button', { name: 'What is happening?' })
    await what.press('Enter')
    await shown(page.getByRole('dialog', { name: 'What is happening?' }))
    await page.keyboard.press('Escape')
    await until('focus is back', () => what.evaluate((button) => button === document.activeElement))
  })

  test('the first post begins with a chip, and its proof leads to people', async () => {
    const { page } = window
    await page.getByRole('radio', { name: 'Later, write first' }).check()
    await name().press('Enter')
    const composer = page.getByRole('textbox', { name: /text/i }).first()
    await shown(composer)
    await shown(page.getByRole('list', { name: 'How your home is coming along' }).getByText('Keys made'))
    const chips = page.getByRole('group', { name: 'Ways to begin' })
    for (const chip of ['I’m new here, I like …', 'I moved from @…']) await shown(chips.getByRole('button', { name: chip }))
    await chips.getByRole('button', { name: '#introduction' }).click()
    expect(await composer.inputValue()).toContain('#introduction')
    await composer.pressSequentially(' I mend books.')
    await shown(page.getByRole('button', { name: 'Skip for now' }))
    await composer.press('ControlOrMeta+Enter')
    await shown(page.getByRole('heading', { level: 1, name: 'Published here.' }))
    await shown(window.words(/I mend books/))
    expect(await violations(window)).toEqual([])
    await page.getByRole('button', { name: 'Find people' }).press('Enter')
    await shown(page.getByRole('heading', { level: 1, name: 'Find people' }))
    await shown(page.getByRole('textbox', { name: 'Addresses, links or a list' }))
    expect(await violations(window)).toEqual([])
    await page.getByRole('link', { name: 'Go to Home' }).click()
    await shown(window.text('I mend books.'))
  })

  test('Home with few people offers more, and once put aside it stands in the sidebar until it is done', async () => {
    const { page } = window
    const offer = page.getByRole('region', { name: 'Find people' })
    await shown(offer.getByText('You follow nobody yet.'))
    const list = page.getByRole('region', { name: 'Finish setup' })
    await shown(list.getByRole('link', { name: 'Find people' }))
    expect(await violations(window)).toEqual([])
    await offer.getByRole('button', { name: 'Not now: find people' }).press('Enter')
    await gone(offer)
    await until('it is kept', async () => (await done()).includes('people-later'))
    await shown(list.getByRole('link', { name: 'Find people' }))
    await list.getByRole('link', { name: 'Picture and bio' }).click()
    await shown(page.getByRole('heading', { level: 1, name: 'Profile' }))
    await list.getByRole('button', { name: 'Done with: Picture and bio' }).press('Enter')
    await gone(list.getByRole('link', { name: 'Picture and bio' }))
    await page.setViewportSize({ width: 800, height: 900 })
    await gone(list)
    await page.setViewportSize({ width: 1280, height: 900 })
    await list.getByRole('button', { name: 'Done with: Find people' }).click()
    await gone(list)
    await until('both are kept', async () => {
      const kept = await done()
      return kept.includes('people') && kept.includes('picture')
    })
  })
})
