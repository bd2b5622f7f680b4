import { expect, test } from 'vitest'
import { barsOf, hoursAway, momentName, sortRows, spanName, stopsOf, type CatchUpRow } from '../../../src-renderer/state/catchup.svelte.ts'

const HOUR = 3_600_000
const NOW = new Date(2026, 10, 18, 9, 10).getTime()

test('the offer stands for three hours or more, and says how many and how long', () => {
  expect(hoursAway(NOW - 3 * HOUR + 1, NOW)).toBeNull()
  expect(hoursAway(NOW - 3 * HOUR, NOW)).toBe(3)
  expect(hoursAway(NOW - 9.2 * HOUR, NOW)).toBe(9)
  expect([spanName(9, 'en'), spanName(72, 'en'), spanName(72, 'fr')]).toEqual(['9\u00a0h', '3\u00a0d', '3\u00a0j'])
  expect(momentName(NOW - 2 * HOUR, NOW, 'en')).toBe('07:10')
  expect(momentName(NOW - 11.5 * HOUR, NOW, 'en')).toBe('yesterday 21:40')
  expect(momentName(NOW - 35.5 * HOUR, NOW, 'en')).toBe('Mon 21:40')
  expect(momentName(NOW - 11.5 * HOUR, NOW, 'fr')).toBe('hier 21:40')
})

test('the last visit has its place among the hours, and takes that of one it is close to', () => {
  const stops = stopsOf(NOW - 9.5 * HOUR, NOW)
  expect(stops.map((stop) => stop.hours)).toEqual([168, 72, 24, 12, 11, 10, null, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  expect(stopsOf(NOW - 24 * HOUR - 60_000, NOW).map((stop) => stop.hours)).toEqual([168, 72, null, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  expect(stopsOf(NOW - 60_000, NOW).at(-1)?.hours).toBeNull()
})

test('bars say how much came in an hour, whatever the length of their step', () => {
  const stops = stopsOf(NOW - 9.5 * HOUR, NOW)
  const bars = barsOf([NOW - 60_000, NOW - 120_000, NOW - 30 * HOUR, NOW - 31 * HOUR], stops, NOW)
  expect(bars).toHaveLength(stops.length * 3)
  expect(bars.at(-1)).toBe(1)
  expect(bars.filter((bar) => bar > 0)).toHaveLength(2)
  expect(Math.min(...bars.filter((bar) => bar > 0))).toBeLessThan(0.1)
  expect(barsOf([], stops, NOW).every((bar) => bar === 0)).toBe(true)
})

test('rows are sorted by age, length and shares', () => {
  const row = (id: string, length: number, shares: number): CatchUpRow => ({
    id,
    at: 0,
    author: '1',
    kind: 'original',
    length,
    shares,
    late: false,
  })
  const rows = [row('9', 10, 0), row('10', 30, 1), row('8', 20, 1)]
  const ids = (sort: 'oldest' | 'newest' | 'longest' | 'shared') => sortRows(rows, sort).map((one) => one.id)
  expect([ids('oldest'), ids('newest'), ids('longest'), ids('shared')]).toEqual([
    ['8', '9', '10'],
    ['10', '9', '8'],
    ['10', '8', '9'],
    ['10', '8', '9'],
  ])
})
