import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import type { Draft } from '../../src-main/owner-api/contract.ts'

const TEXT = 'The wax has to be cold when you do it, or the thread drags it out again. I learned that on a jacket I still wear.'

/** Whatever is killed at whatever key: at most a second of typing is lost. */
describe.runIf(findChromium() !== null)('a crash while writing', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  beforeAll(async () => {
    burrow = await startBurrow({ name: 'ada', origin: 'https://ada.example' })
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test.each([17, 61])('after %i keys, instance and page at once: at most one second of typing is lost', async (keys) => {
    window = await openWindow(burrow, { width: 1280, height: 900 })
    const { page } = window
    await shown(page.getByRole('heading', { name: 'Home' }))
    await page.keyboard.press('n')
    const box = page.locator('textarea').filter({ visible: true }).first()
    await shown(box)
    await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
    const typed: number[] = []
    for (const key of TEXT.slice(0, keys)) {
      await page.keyboard.type(key, { delay: 60 })
      typed.push(Date.now())
    }
    const killed = Date.now()
    await Promise.all([burrow.kill(), window.close()])
    await burrow.start()
    const safe = typed.filter((at) => at < killed - 1_000).length
    const drafts = await burrow.ask<Draft[]>('GET', '/api/owner/drafts')
    // Where the typing that was kept ends.
    const kept = Math.max(
      0,
      ...drafts.filter((draft) => draft.text && TEXT.includes(draft.text)).map((draft) => TEXT.indexOf(draft.text) + draft.text.length),
    )
    expect(kept).toBeGreaterThanOrEqual(safe)
    for (const draft of drafts) await burrow.ask('DELETE', `/api/owner/drafts/${draft.id}`)
  })
})
