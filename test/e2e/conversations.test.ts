import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fillAbsence } from '../rig/absence.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'

interface Talk {
  id: string
  unread: boolean
  accounts: { username: string }[]
  last_status: { id: string; content: string; visibility: string; mentions: { username: string }[] }
}

/** Private mentions by the people in them; nothing leaves this machine, and everything can be read and written. */
describe.runIf(findChromium() !== null)('conversations, against a whole instance', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  const talks = () => burrow.ask<Talk[]>('GET', '/api/v1/conversations')
  const list = () => window.page.locator('main.over a.talk:visible')
  const talk = (name: string) => list().filter({ hasText: name }).first()
  const aside = () => window.page.locator('aside.pane-detail')

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      prepare: async (folder) => void (await fillAbsence(folder)),
    })
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await shown(window.page.getByRole('heading', { name: 'Home' }))
    await window.go('/app/conversations')
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('private mentions of the same people are one conversation', async () => {
    await shown(list().first())
    expect((await talks()).length).toBe(3)
    expect(await list().count()).toBe(2)
    expect(await list().first().innerText()).toMatch(/Bo Lindqvist[\s\S]*Shall I bring the small press/)
    expect(await list().nth(1).innerText()).toMatch(/Cy Okafor and Bo Lindqvist|Bo Lindqvist and Cy Okafor/)
  })

  test('a conversation opens beside the list, and in its place at 380 pixels', async () => {
    const { page } = window
    await list().first().focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/app\/conversations\/\d+$/)
    await shown(aside().getByText('Did the press arrive?'))
    const said = await aside().locator('article').allInnerTexts()
    expect(said.findIndex((one) => one.includes('Did the press arrive?'))).toBeLessThan(
      said.findIndex((one) => one.includes('Shall I bring')),
    )
    await shown(aside().getByText('Private mentions are not encrypted'))
    await shown(list().first())
    expect(await violations(window)).toEqual([])
    await page.setViewportSize({ width: 380, height: 780 })
    await shown(page.locator('main.over').getByText('Did the press arrive?'))
    await gone(list().first())
    expect(await page.locator('main.over').getByText('Private mentions are not encrypted').filter({ visible: true }).count()).toBe(1)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380)
    expect(await violations(window)).toEqual([])
    await page.locator('main.over').getByRole('button', { name: 'Back' }).filter({ visible: true }).click()
    await shown(list().first())
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  test('the unread dot goes when it is read, and comes back when asked', async () => {
    const { page } = window
    const other = talk('Cy Okafor')
    await shown(other.getByText('Unread'))
    await other.click()
    await shown(aside().getByText('The hall is ours from nine.'))
    await until('the server knows it is read', async () => !(await talks()).find((one) => one.accounts.length === 2)?.unread)
    await until('the dot is gone', async () => (await other.getByText('Unread').count()) === 0)
    await aside().getByRole('button', { name: 'Conversation' }).click()
    await page.getByRole('menuitem', { name: 'Mark as unread' }).click()
    await shown(other.getByText('Unread'))
    await until('the server knows it is not', async () => (await talks()).find((one) => one.accounts.length === 2)?.unread === true)
  })

  test('an answer goes to the same people, less those whose chip was removed', async () => {
    const { page } = window
    await talk('Cy Okafor').click()
    await shown(aside().getByText('The hall is ours from nine.'))
    await aside()
      .getByRole('button', { name: /^Answer / })
      .click()
    const composer = page.locator('.composer')
    await shown(composer.getByRole('textbox', { name: 'Text of the post' }))
    await composer.getByRole('button', { name: /bo@tide\.example/ }).click()
    await composer.getByRole('textbox', { name: 'Text of the post' }).fill('I will sweep it first.')
    await page.keyboard.press('ControlOrMeta+Enter')
    await gone(composer)
    await until('it is written', async () => (await talks()).some((one) => one.last_status.content.includes('I will sweep it first.')))
    const written = (await talks()).find((one) => one.last_status.content.includes('I will sweep it first.'))
    expect(written?.last_status.visibility).toBe('direct')
    expect(written?.last_status.mentions.map((one) => one.username)).toEqual(['cy'])
    // It is with other people now: a conversation of its own, which shows at once.
    await shown(list().filter({ hasText: 'I will sweep it first.' }))
  })

  test('a conversation is taken out of the list', async () => {
    const { page } = window
    await talk('Bo Lindqvist').click()
    await shown(aside().locator('article').first())
    const name = await aside().getByRole('heading').first().innerText()
    await aside().getByRole('button', { name: 'Conversation' }).click()
    await page.getByRole('menuitem', { name: 'Remove from the list' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove this conversation?' })
    await shown(dialog)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await gone(dialog)
    const before = await list().count()
    await aside().getByRole('button', { name: 'Conversation' }).click()
    await page.getByRole('menuitem', { name: 'Remove from the list' }).click()
    await dialog.getByRole('button', { name: 'Remove from the list' }).click()
    await page.waitForURL(/\/app\/conversations$/)
    await until('it is gone', async () => (await list().count()) === before - 1)
    expect(name.length).toBeGreaterThan(0)
  })
})
