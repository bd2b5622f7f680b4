import { expect, test } from 'vitest'
import { rangeAsked } from '../../../src-main/http/byte-range.ts'

test.each([
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-1000', { start: 90, end: 99 }],
  ['bytes=-5', { start: 95, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=100-', 'beyond'],
  ['bytes=-0', 'beyond'],
  ['bytes=0-1,5-6', null],
  ['bytes=9-5', null],
  ['bytes=-', null],
  ['items=0-5', null],
  ['bytes=a-b', null],
  ['bytes=0-99999999999999999999', null],
  [undefined, null],
])('%s of 100 bytes', (header, part) => {
  expect(rangeAsked(header, 100)).toEqual(part)
})
