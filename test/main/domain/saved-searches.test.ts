import { describe, expect, test } from 'vitest'
import { settings, updateSettings } from '../../../src-main/domain/owner.ts'
import { changeSearch, forgetSearches, removeSearch, saveSearch, searches, useSearch } from '../../../src-main/domain/saved-searches.ts'
import { openAna, refused } from './home.ts'

describe('saved searches', () => {
  test('they are named, renamed and removed, and leave the sidebar with themselves', () => {
    const home = openAna()
    const maps = saveSearch(home, ' Flood  maps ', 'maps has:link')
    const other = saveSearch(home, 'Bo', 'from:bo')
    expect(searches(home).saved).toEqual([
      { id: maps.id, name: 'Flood maps', query: 'maps has:link' },
      { id: other.id, name: 'Bo', query: 'from:bo' },
    ])
    changeSearch(home, maps.id, { name: 'Maps' })
    updateSettings(home, { pinned: [`search:${maps.id}`, 'tag:mending'] })
    home.heard()
    removeSearch(home, maps.id)
    expect(home.heard().map(([type]) => type)).toEqual(['settings-changed', 'searches-changed'])
    expect(settings(home).pinned).toEqual(['tag:mending'])
    expect(searches(home).saved.map((one) => one.name)).toEqual(['Bo'])
    expect(refused(() => removeSearch(home, maps.id)).code).toBe('not-found')
    expect(refused(() => changeSearch(home, maps.id, { name: 'x' })).code).toBe('not-found')
  })

  test('nothing, too much and too many are refused', () => {
    const home = openAna()
    for (const [name, words] of [
      ['', 'x'],
      ['x', '  '],
      ['x'.repeat(101), 'x'],
      ['x', 'y'.repeat(501)],
    ] as const)
      expect(refused(() => saveSearch(home, name, words)).code).toBe('invalid')
    for (let n = 0; n < 100; n++) saveSearch(home, `${n}`, `${n}`)
    expect(refused(() => saveSearch(home, 'one more', 'x')).code).toBe('invalid')
  })

  test('what was looked for is kept once, the last first, and what was typed on replaces its beginning', () => {
    const home = openAna()
    for (const words of ['bread', 'flo', 'flood', 'bread']) {
      useSearch(home, words)
      home.clock.at += 1000
    }
    expect(searches(home).recent).toEqual(['bread', 'flood'])
    for (let n = 0; n < 30; n++) {
      useSearch(home, `${n} words`)
      home.clock.at += 1000
    }
    expect(searches(home).recent).toHaveLength(20)
    expect(home.rows('recent_searches')).toBe(20)
    forgetSearches(home, '29 words')
    expect(searches(home).recent[0]).toBe('28 words')
    forgetSearches(home, null)
    expect(searches(home).recent).toEqual([])
  })
})
