import { expect, test } from 'vitest'
import { addRows, idAfter, newerFirst } from '../../../src-renderer/state/rows.ts'
import { boost, post } from '../posts.ts'

test('ids are compared as numbers, not as texts', () => {
  expect(['9', '10', '100'].toSorted(newerFirst)).toEqual(['100', '10', '9'])
  expect(newerFirst('3676767495264402', '3676767495264402')).toBe(0)
  expect(idAfter('9007199254740993')).toBe('9007199254740994')
})

test('a post boosted by two people is one row that names both, newest first', () => {
  const original = post('5')
  const rows = addRows([], [boost('9', 'cy', original), boost('8', 'pia', original), post('7')], 'end')
  expect(rows.map((row) => row.id)).toEqual(['9', '7'])
  expect(rows[0]?.boosters.map((booster) => booster.acct)).toEqual(['cy@tide.example', 'pia@tide.example'])
})

test('a boost of a post that already stands near is not shown again', () => {
  const original = post('5')
  const rows = addRows([], [original, post('4')], 'end')
  const more = addRows(rows, [boost('9', 'cy', original)], 'start')
  expect(more.map((row) => row.id)).toEqual(['5', '4'])
  expect(more[0]?.boosters).toEqual([])
})

test('further than 200 rows away it is shown again', () => {
  const original = post('5')
  const between = Array.from({ length: 200 }, (_, index) => post(String(1_000 - index)))
  const rows = addRows([], [...between, original], 'end')
  expect(addRows(rows, [boost('2000', 'cy', original)], 'start')[0]?.id).toBe('2000')
})

test('what is there already is not added twice, and untouched rows stay the same objects', () => {
  const rows = addRows([], [post('3'), post('2')], 'end')
  const more = addRows(rows, [post('2'), post('1')], 'end')
  expect(more.map((row) => row.id)).toEqual(['3', '2', '1'])
  expect(more[0]).toBe(rows[0])
})
