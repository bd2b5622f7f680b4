import { expect, test } from 'vitest'
import { columnsOf, moved } from '../../../src-renderer/state/deck.ts'
import { fit, rank, remember, scopeOf, type PaletteEntry } from '../../../src-renderer/state/palette.ts'
import { isSingle, keysFor, RESERVED } from '../../../src-renderer/state/presets.ts'
import { placed, stepped } from '../../../src-renderer/state/shelf.svelte.ts'

const entry = (id: string, label: string, hint?: string): PaletteEntry => ({
  id,
  kind: 'command',
  label,
  run: () => {},
  ...(hint ? { hint } : {}),
})

test('a first letter narrows the palette, and an address is an address', () => {
  expect(scopeOf('> boost')).toEqual({ scope: 'command', words: 'boost', address: null })
  expect(scopeOf('@bo').scope).toBe('person')
  expect(scopeOf('#kites').scope).toBe('tag')
  expect(scopeOf('!half').scope).toBe('draft')
  expect(scopeOf('?').scope).toBe('help')
  expect(scopeOf('https://x.example/@bo/1').address).toBe('https://x.example/@bo/1')
  expect(scopeOf('home')).toEqual({ scope: 'all', words: 'home', address: null })
})

test('beginnings come before middles, accents do not matter, and nothing fits by chance', () => {
  expect(fit('home', 'Home')).toBeGreaterThan(fit('home', 'My home'))
  expect(fit('reglage', 'Réglages')).toBeGreaterThan(0)
  expect(fit('xyz', 'Bookmarks')).toBe(0)
})

test('what is used often and lately comes first', () => {
  const now = 1_000_000_000
  const entries = [entry('a', 'Boost'), entry('b', 'Bookmark')]
  expect(rank(entries, 'bo', {}, now).map((one) => one.id)).toEqual(['a', 'b'])
  let used = {}
  for (let times = 0; times < 5; times++) used = remember(used, 'b', now - 1_000)
  expect(rank(entries, 'bo', used, now).map((one) => one.id)).toEqual(['b', 'a'])
  expect(rank(entries, 'bo', used, now + 40 * 86_400_000).map((one) => one.id)).toEqual(['a', 'b'])
})

test('the owner’s keys come before those of the set, and those before Burrow’s', () => {
  const boost = { id: 'post.boost', keys: ['b'] }
  expect(keysFor(boost, 'burrow', {})).toEqual(['b'])
  expect(keysFor(boost, 'phanpy', {})).toEqual(['B'])
  expect(keysFor(boost, 'phanpy', { 'post.boost': [] })).toEqual([])
  expect(keysFor({ id: 'go.bookmarks', keys: ['g b'] }, 'mastodon', {})).toEqual([])
  expect(keysFor({ id: 'go.blocks', keys: [] }, 'mastodon', {})).toEqual(['g b'])
})

test('single keys are letters and signs; a browser keeps its own', () => {
  expect(['j', 'g h', '?', '.'].every(isSingle)).toBe(true)
  expect(['Escape', 'Ctrl+k', 'Enter'].some(isSingle)).toBe(false)
  expect(['Ctrl+n', 'Ctrl+t', 'Ctrl+w', 'Ctrl+l', 'Ctrl+1', 'Ctrl+9'].every((keys) => RESERVED.has(keys))).toBe(true)
})

test('pins move by steps among their kind and by dropping', () => {
  expect(stepped(['tag:a', 'list:1', 'tag:b'], 'tag:b', -1)).toEqual(['tag:b', 'list:1', 'tag:a'])
  expect(stepped(['tag:a'], 'tag:a', -1)).toEqual(['tag:a'])
  expect(placed(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b'])
  expect(placed(['a', 'b'], 'a', null)).toEqual(['b', 'a'])
})

test('columns are never twice there, between 340 and 440 pixels, and can be moved', () => {
  expect(columnsOf([]).map((one) => one.at)).toEqual(['/home', '/notifications'])
  const one = { at: '/home', muted: false, hideBoosts: false, hideReplies: false, width: 600 }
  expect(columnsOf([one, one]).map((column) => column.width)).toEqual([440])
  expect(moved([one, { ...one, at: '/tag/a' }], 0, 1).map((column) => column.at)).toEqual(['/tag/a', '/home'])
})
