import { expect, test } from 'vitest'
import { kindOf, typeOf } from '../../../src-renderer/state/limits.ts'
import { sizeName } from '../../../src-renderer/state/sizes.ts'
import { fieldTime, tomorrowAt } from '../../../src-renderer/state/schedule.ts'

test('a file is known by what the system says, and by its name where the system says nothing', () => {
  expect(typeOf({ name: 'walk.MOV', type: '' })).toBe('video/quicktime')
  expect(typeOf({ name: 'walk.mov', type: 'Video/MP4' })).toBe('video/mp4')
  expect(typeOf({ name: 'notes', type: '' })).toBe('')
  expect([kindOf('audio/ogg'), kindOf('video/webm'), kindOf('image/png'), kindOf('')]).toEqual(['audio', 'video', 'image', 'image'])
})

test('sizes are said as people say them', () => {
  expect(sizeName(16 * 1024 * 1024, 'en')).toBe('16 MB')
  expect(sizeName(850 * 1024, 'en')).toBe('850 kB')
  expect(sizeName(99 * 1024 * 1024, 'fr')).toMatch(/^99\sMo$/)
})

test('a moment goes into the field and comes back as the same minute, over the end of a year too', () => {
  const at = new Date(2026, 11, 31, 23, 5).getTime()
  expect(fieldTime(at)).toBe('2026-12-31T23:05')
  expect(new Date(fieldTime(at)).getTime()).toBe(at)
  expect(fieldTime(tomorrowAt(9, at))).toBe('2027-01-01T09:00')
})
