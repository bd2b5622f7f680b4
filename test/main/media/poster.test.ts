import { decode } from 'blurhash'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { drawPoster } from '../../../src-main/media/poster.ts'

test.each([
  [1_920, 1_080, 640, 360],
  [1_080, 1_920, 360, 640],
  [320, 240, 320, 240],
  [2, 2, 16, 16],
])('for a film of %i × %i: a sign to play it on a quiet ground', async (width, height, wide, high) => {
  const poster = await drawPoster({ width, height })
  expect([poster.mime, poster.width, poster.height]).toEqual(['image/webp', wide, high])
  const { data, info } = await sharp(poster.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([wide, high])
  const light = (x: number, y: number) => data[(Math.floor(y) * wide + Math.floor(x)) * 3] ?? 0
  // The middle lies in the sign, the corners do not.
  expect(light(wide / 2, high / 2)).toBeGreaterThan(120)
  expect(light(2, 2)).toBeLessThan(90)
  expect(light(wide - 2, high - 2)).toBeLessThan(90)
  expect(decode(poster.blurhash, 8, 8)).toHaveLength(256)
  // The same film has the same picture.
  expect((await drawPoster({ width, height })).bytes).toEqual(poster.bytes)
})
