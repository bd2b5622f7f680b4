import { expect, test } from 'vitest'
import { placeBeside } from '../../../src-renderer/ui/floating.ts'

const view = { width: 1000, height: 600 }
const size = { width: 240, height: 300 }

test('below its opener, start edges in line', () => {
  expect(placeBeside({ top: 50, bottom: 80, left: 100, right: 130 }, size, view, { end: false, rtl: false })).toEqual({
    top: 84,
    left: 100,
  })
})

test('above where there is no room below', () => {
  expect(placeBeside({ top: 500, bottom: 530, left: 100, right: 130 }, size, view, { end: false, rtl: false }).top).toBe(196)
})

test('never outside the window, however small it is', () => {
  expect(placeBeside({ top: 10, bottom: 40, left: 950, right: 990 }, size, view, { end: false, rtl: false }).left).toBe(752)
  expect(placeBeside({ top: 100, bottom: 130, left: 5, right: 30 }, size, { width: 200, height: 200 }, { end: true, rtl: false })).toEqual({
    top: 8,
    left: 8,
  })
})

test('end edges in line, mirrored from right to left', () => {
  const opener = { top: 50, bottom: 80, left: 500, right: 530 }
  expect(placeBeside(opener, size, view, { end: true, rtl: false }).left).toBe(290)
  expect(placeBeside(opener, size, view, { end: false, rtl: true }).left).toBe(290)
  expect(placeBeside(opener, size, view, { end: true, rtl: true }).left).toBe(500)
})
