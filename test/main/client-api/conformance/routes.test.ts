import { expect, it } from 'vitest'
import { compare } from '../../../routes/comparison.ts'

it('has every route of the reference, on both listeners and in its document', { timeout: 60_000 }, async () => {
  const { gaps, listeners } = await compare()
  expect(gaps).toEqual([])
  // A comparison of nothing finds no gaps either.
  for (const listener of listeners)
    expect([listener.name, listener.routes > 200, listener.documented > 150]).toEqual([listener.name, true, true])
})
