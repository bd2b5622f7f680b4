import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './surfaces.ts'
import type { Draft, HeldPost } from '../../src-main/owner-api/contract.ts'

const DRAFT = '22222222-2222-4222-8222-222222222222'
const words = (text: string) => ({
  ...{ text, warning: '', sensitive: false, visibility: 'public', language: 'en' },
  ...{ inReplyToId: null, editOf: null, mediaIds: [], caret: 4 },
})

/** Between writing and delivery, against a whole instance; nobody can be reached from it. */
describe.runIf(findChromium() !== null)('drafts and outbox', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  const held = (seconds: number, text: string, key: string) =>
    burrow.ask<HeldPost>('POST', '/api/owner/held', { seconds, status: { status: text, draft_id: DRAFT, idempotency_key: key } })
  // After a restart of its server the page may be loading itself anew at this very moment.
  const go = async (path: string) => {
    const there = () => window.page.goto(`http://127.0.0.1:${burrow.ownerPort}/app${path}`)
    await there().catch(there)
  }

  beforeAll(async () => {
    burrow = await startBurrow({ name: 'ada', origin: 'https://ada.example' })
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('a held post survives kill -9 and is published after the next start', async () => {
    await burrow.ask('PUT', `/api/owner/drafts/${DRAFT}`, words('Held through the night'))
    await held(5, 'Held through the night', 'k1')
    await burrow.kill()
    await burrow.start()
    await until('the post is out', async () => {
      const home = await burrow.ask<{ content: string }[]>('GET', '/api/v1/timelines/home')
      return home.some(({ content }) => content.includes('Held through the night'))
    })
    expect(await burrow.ask<Draft[]>('GET', '/api/owner/drafts')).toEqual([])
  })

  test('a held post stands in the outbox and comes back as its draft', async () => {
    window = await openWindow(burrow, { width: 1280, height: 900 })
    await shown(window.page.getByRole('heading', { name: 'Home' }))
    await burrow.ask('PUT', `/api/owner/drafts/${DRAFT}`, words('Rather not yet'))
    await held(30, 'Rather not yet', 'k2')
    await go('/outbox/waiting')
    const row = window.page.locator('main li.out', { hasText: 'Rather not yet' })
    await shown(row.getByText('Goes out in a few seconds'))
    await row.getByRole('button', { name: 'Take back' }).click()
    await row.waitFor({ state: 'detached' })
    expect(await burrow.ask<HeldPost[]>('GET', '/api/owner/held')).toEqual([])
    expect(await burrow.ask<Draft[]>('GET', '/api/owner/drafts')).toMatchObject([{ id: DRAFT, text: 'Rather not yet' }])
  })

  test('everything can be paused, also over a restart, and goes on when told', async () => {
    await go('/outbox/waiting')
    await window.page.locator('main').getByRole('button', { name: 'Pause everything' }).click()
    await window.page.getByRole('button', { name: 'For an hour' }).click()
    await shown(window.page.locator('.status[data-state="paused"]').filter({ visible: true }))
    expect((await burrow.connection()).state).toBe('paused')
    await burrow.kill()
    await burrow.start()
    await until('still paused', async () => (await burrow.connection()).state === 'paused')
    await go('/outbox/waiting')
    await window.page.locator('main').getByRole('button', { name: 'Resume' }).click()
    await until('no longer paused', async () => (await burrow.connection()).state !== 'paused')
  })

  test('a post that waited for over 12 hours says so and can be sent by hand', async () => {
    await burrow.ask('POST', '/api/v1/statuses', { status: 'Written long ago' })
    await until('it waits', async () => (await burrow.outbox()).items.some((item) => item.excerpt === 'Written long ago'))
    await burrow.stop()
    const db = new Database(join(burrow.folder, 'burrow.db'))
    db.prepare('update outgoing set created_at = created_at - 13 * 3600000').run()
    db.close()
    await burrow.start()
    expect((await burrow.outbox()).items.filter((item) => item.asks).map((item) => item.excerpt)).toContain('Written long ago')
    await go('/outbox/waiting')
    const row = window.page.locator('main li.out', { hasText: 'Written long ago' })
    await shown(row.getByText('Waited for over 12 hours'))
    await row.getByRole('button', { name: 'Send now' }).click()
    await until('it may go', async () => !(await burrow.outbox()).items.some((item) => item.asks && item.excerpt === 'Written long ago'))
  })

  test('former versions of a draft are kept and can be restored', async () => {
    await burrow.ask('PUT', `/api/owner/drafts/${DRAFT}`, words('The second wording'))
    const [version] = await burrow.ask<{ id: string; input: Draft }[]>('GET', `/api/owner/drafts/${DRAFT}/versions`)
    expect(version?.input.text).toBe('Rather not yet')
    const restored = await burrow.ask<Draft>('POST', `/api/owner/drafts/${DRAFT}/versions/${version?.id}`)
    expect(restored.text).toBe('Rather not yet')
  })

  test('a row of a draft shows its former versions and restores one; what stood is kept', async () => {
    const { page } = window
    await burrow.ask('PUT', `/api/owner/drafts/${DRAFT}`, words('The third wording'))
    await go('/outbox/drafts')
    const row = page.locator('main li.draft', { hasText: 'The third wording' })
    await row.getByRole('button', { name: 'Former versions' }).press('Enter')
    const sheet = page.getByRole('dialog', { name: 'Former versions' })
    await shown(sheet.getByText('Rather not yet').first())
    expect(await violations(window)).toEqual([])
    await sheet.getByRole('button', { name: 'Restore' }).first().press('Enter')
    await row.waitFor({ state: 'detached' })
    const [draft] = await burrow.ask<Draft[]>('GET', '/api/owner/drafts')
    const versions = await burrow.ask<{ input: Draft }[]>('GET', `/api/owner/drafts/${DRAFT}/versions`)
    expect(versions.map(({ input }) => input.text)).toContain('The third wording')
    await shown(page.locator('main li.draft', { hasText: draft?.text ?? 'nothing' }))
  })

  test('what is scheduled stands by day under what waits; it goes now, or back to a draft', async () => {
    const { page } = window
    const day = 24 * 3600_000
    const plan = (status: string, days: number) =>
      burrow.ask('POST', '/api/v1/statuses', { status, scheduled_at: new Date(Date.now() + days * day).toISOString() })
    await Promise.all([plan('The day after tomorrow', 2), plan('In three days', 3), plan('In four days', 4)])
    await go('/outbox/scheduled')
    await shown(page.locator('main nav a[aria-current=page]', { hasText: 'Waiting & scheduled' }))
    await shown(page.getByRole('heading', { name: 'Scheduled' }))
    await until('three days', async () => (await page.locator('main h3.day:visible').count()) === 3)
    expect(await page.locator('main li.out:visible').count()).toBeGreaterThan(0)
    expect(await violations(window)).toEqual([])
    const row = (text: string) => page.locator('main li.scheduled', { hasText: text })
    await row('In three days').getByRole('button', { name: 'Back to draft' }).press('Enter')
    await row('In three days').waitFor({ state: 'detached' })
    expect((await burrow.ask<Draft[]>('GET', '/api/owner/drafts')).map(({ text }) => text)).toContain('In three days')
    await row('In four days').getByRole('button', { name: 'Post now' }).click()
    await shown(page.locator('main li.out', { hasText: 'In four days' }).getByText('post', { exact: false }).first())
    await row('The day after tomorrow').getByRole('button', { name: 'Edit' }).click()
    await shown(page.locator('.composer textarea'))
    expect(await page.locator('.composer textarea').inputValue()).toBe('The day after tomorrow')
    expect(await burrow.ask<unknown[]>('GET', '/api/v1/scheduled_statuses')).toEqual([])
  })

  test('the keys alone go through the drafts and the outbox', async () => {
    const { page } = window
    await go('/outbox/drafts')
    await shown(page.locator('main li.draft').first())
    await page.keyboard.press('j')
    await until('a row has the focus', () => page.evaluate(() => document.activeElement?.matches('li.draft') ?? false))
    await page.keyboard.press('Enter')
    await shown(page.locator('.composer textarea'))
    await page.keyboard.press('Escape')
    for (const [tab, name] of [
      ['Waiting & scheduled', '/outbox'],
      ['Needs you', '/outbox/failed'],
    ] as const) {
      await page.locator('main nav a', { hasText: tab }).press('Enter')
      await page.waitForURL((url) => url.pathname === `/app${name}`)
      expect(await violations(window)).toEqual([])
    }
  })

  test('the chip is one shape, one word and a sentence, told politely', async () => {
    const { page } = window
    await go('/home')
    const chip = page.locator('button.status:visible').first()
    expect(await chip.locator('[aria-live=polite]').count()).toBe(1)
    await until('it does not say online', async () => !['live', 'quiet'].includes((await chip.getAttribute('data-state')) ?? ''))
    expect(await chip.locator('svg').count()).toBe(1)
    expect((await chip.innerText()).trim()).not.toBe('')
    await chip.press('Enter')
    const sheet = page.getByRole('dialog', { name: 'State of your server' })
    await shown(sheet.getByRole('button', { name: 'Try now' }))
    await shown(sheet.getByRole('link', { name: 'See what waits' }))
    expect(await violations(window)).toEqual([])
    await page.keyboard.press('Escape')
  })
})
