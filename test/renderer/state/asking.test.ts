import { expect, test } from 'vitest'
import { askOf } from '../../../src-renderer/state/asking.ts'

test('addresses of people, with or without the first @', () => {
  expect(askOf('@bo@tide.example')).toEqual({ kind: 'person', query: '@bo@tide.example', label: '@bo@tide.example' })
  expect(askOf('  bo@Tide.Example ')?.query).toBe('@bo@tide.example')
  expect(askOf('bo@127.0.0.1:4001')?.query).toBe('@bo@127.0.0.1:4001')
})

test('links of posts and profiles', () => {
  expect(askOf('https://tide.example/@bo/1')).toEqual({ kind: 'url', query: 'https://tide.example/@bo/1', label: 'tide.example' })
})

test('plain words, half addresses and other schemes ask nobody', () => {
  for (const text of ['', 'kettle', '@bo', 'bo@', '#mending', 'javascript:alert(1)', 'http://', 'https://two words'])
    expect(askOf(text), text).toBeNull()
})
