import { expect, test } from 'vitest'
import { readPeople } from '../../../src-renderer/state/finding.svelte.ts'

test('addresses are found in a file, and what is too long for one is passed over at once', () => {
  const started = performance.now()
  const pasted = `Account address,Show boosts\nbo@tide.example,true\nhttps://moor.example/${'x'.repeat(3_000)}\n${'a'.repeat(1_000_000)}\n@CY@moor.example`
  expect(readPeople(pasted)).toEqual(['bo@tide.example', 'cy@moor.example'])
  expect(performance.now() - started).toBeLessThan(500)
})
