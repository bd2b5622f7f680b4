import { expect, test } from 'vitest'
import { difference } from '../../../src-renderer/state/difference.ts'

const drawn = (before: string, after: string, language?: string) =>
  difference(before, after, language)
    .map(({ kind, text }) => (kind === 'added' ? `[+${text}]` : kind === 'removed' ? `[-${text}]` : text))
    .join('')
/** Either text can be had back from what is shown. */
const back = (before: string, after: string) => {
  const all = difference(before, after)
  const without = (kind: string) =>
    all
      .filter((one) => one.kind !== kind)
      .map((one) => one.text)
      .join('')
  return [without('added'), without('removed')]
}

test('a word that was exchanged is one change, what went before what came', () => {
  expect(drawn('The kettle has two entries.', 'The kettle has six entries.')).toBe('The kettle has [-two][+six] entries.')
})

test('words that came or went at an end stand alone', () => {
  expect(drawn('One two', 'One two three')).toBe('One two[+ three]')
  expect(drawn('Zero one', 'one')).toBe('[-Zero ]one')
  expect(drawn('', 'all new')).toBe('[+all new]')
  expect(drawn('same', 'same')).toBe('same')
})

test('neighbouring words that changed are one change', () => {
  expect(drawn('a red old kettle', 'a blue new kettle')).toBe('a [-red old][+blue new] kettle')
})

test('nothing is lost, whatever the texts and their script', () => {
  for (const [before, after] of [
    ['今朝、銀杏が色づいた。', '今朝、駅前の銀杏が色づいていた。'],
    ['a\n\nb\n\nc', 'a\n\nc\n\nd'],
    ['x '.repeat(3_000), 'y '.repeat(3_000)],
    ['زرعنا نخلات', 'زرعنا ثلاث نخلات'],
  ] as const)
    expect(back(before, after)).toEqual([before, after])
})
