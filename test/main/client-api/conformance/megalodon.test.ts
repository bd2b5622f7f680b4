import { expect, it } from 'vitest'
import { openWhole } from './whole.ts'
import { detector } from 'megalodon'

it('is taken for a server of the Mastodon API', async () => {
  const { base, complaints } = await openWhole()
  expect(await detector(base)).toBe('mastodon')
  expect(complaints).toEqual([])
})
