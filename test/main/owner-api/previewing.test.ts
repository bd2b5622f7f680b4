import { expect, test } from 'vitest'
import { openDesk } from './desk.ts'

test('a preview takes what can be published, and not what would keep everything else waiting', async () => {
  const desk = await openDesk()
  const preview = (text: string) => desk.call('POST', '/api/owner/preview', { text, format: 'markdown' })
  expect((await preview('word '.repeat(4_000))).status).toBe(200)
  // Emphasis that never ends takes the square of its length.
  expect((await preview('_a'.repeat(50_000))).body).toMatchObject({ code: 'invalid-body' })
})

test('suggestions for what is no single text are refused', async () => {
  const desk = await openDesk()
  expect((await desk.call('GET', '/api/owner/suggestions?kind=people&q=a&q=b')).status).toBe(422)
})
