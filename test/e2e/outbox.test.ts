import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
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
  const go = async (path: string) => window.page.goto(`http://127.0.0.1:${burrow.ownerPort}/app${path}`)

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
})
