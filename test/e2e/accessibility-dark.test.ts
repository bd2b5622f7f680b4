import { expect, test } from 'vitest'
import { startBurrow } from '../rig/burrow.ts'
import { enterWindow } from '../rig/window.ts'
import { testAccessibility, violations } from './accessibility.ts'

testAccessibility([{ width: 1280, height: 860, theme: 'hc-dark', language: 'en' }])

test('first run has no axe violation either', async () => {
  const fresh = await startBurrow({ name: null, origin: null })
  try {
    for (const width of [380, 1280]) {
      const window = await enterWindow(await fresh.signInLink(), { width })
      try {
        await window.page.waitForSelector('h1')
        expect(await violations(window)).toEqual([])
        expect(window.complaints).toEqual([])
      } finally {
        await window.close()
      }
    }
  } finally {
    await fresh.remove()
  }
})
