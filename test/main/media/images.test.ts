import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { isBlurhashValid } from 'blurhash'
import { MediaError, processImage, processProfileImage } from '../../../src-main/media/images.ts'
import type { ImageFile, ImageLimits, MediaErrorCode } from '../../../src-main/media/images.ts'
import { animatedWebp, avif, DELAYS, gif, halves, jpeg, png, pngChunk, pngParts, SECRET, strip, webp, webpParts } from './pictures.ts'

/** Words that only occur in what was to be removed. */
const TRACES = [
  SECRET,
  'Exif',
  'http://ns.adobe.com/xap',
  'xmpmeta',
  'Photoshop',
  '8BIM',
  'ICC_PROFILE',
  'iCCP',
  'acsp',
  'alert(1)',
  'THUMB',
  'GPS',
]

function expectClean(file: ImageFile): void {
  const text = file.bytes.toString('latin1')
  expect(TRACES.filter((trace) => text.includes(trace))).toEqual([])
}

/** By both ways in; returns the first error. */
async function expectRefused(bytes: Buffer, code: MediaErrorCode, limits?: ImageLimits): Promise<MediaError> {
  const errors: MediaError[] = []
  for (const work of [() => processImage(bytes, limits), () => processProfileImage(bytes, 'avatar', limits)]) {
    const error = await work().then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(MediaError)
    expect(error).toMatchObject({ code })
    expect((error as MediaError).sentence).toMatch(/^[A-Z][^\n/\\{}]+[.]$/)
    errors.push(error as MediaError)
  }
  const [first] = errors
  if (!first) throw new Error('taken')
  return first
}

/** The colour in the middle of the left, right, upper or lower half. */
async function colourAt(bytes: Buffer, where: { x: number; y: number }): Promise<'red' | 'blue' | 'other'> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(where.y * info.height) * info.width + Math.floor(where.x * info.width)) * info.channels
  const [r, , b] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
  return r > 180 && b < 90 ? 'red' : b > 180 && r < 90 ? 'blue' : 'other'
}

describe('an own upload tells nothing but its picture', () => {
  it.each([
    ['JPEG', () => jpeg(), 'image/jpeg'],
    ['PNG', () => png(), 'image/png'],
    ['WebP', () => webp(), 'image/webp'],
    ['animated WebP', () => animatedWebp(), 'image/webp'],
    ['GIF', () => gif(), 'image/gif'],
    ['AVIF', () => avif(), 'image/jpeg'],
    ['transparent AVIF', () => avif({ transparent: true }), 'image/webp'],
  ])('%s', async (_, make, mime) => {
    const bytes = await make()
    // Otherwise the test would prove nothing.
    expect(bytes.includes(SECRET)).toBe(true)
    const made = await processImage(bytes)
    expect(made.original.mime).toBe(mime)
    expectClean(made.original)
    expectClean(made.preview)
    const metadata = await sharp(made.original.bytes, { animated: true }).metadata()
    expect(metadata).toMatchObject({ width: made.original.width, hasProfile: false })
    for (const kept of ['exif', 'xmp', 'iptc', 'icc', 'orientation', 'comments'] as const) expect(metadata[kept]).toBeUndefined()
    for (const shape of ['avatar', 'header'] as const) expectClean(await processProfileImage(bytes, shape))
  })

  it('leaves only the chunks that make up the picture', async () => {
    expect(new Set(pngParts((await processImage(await png())).original.bytes))).toEqual(new Set(['IHDR', 'pHYs', 'IDAT', 'IEND']))
    const source = await animatedWebp()
    expect(webpParts(source)).toEqual(expect.arrayContaining(['EXIF', 'XMP ', 'PRVT']))
    expect(webpParts((await processImage(source)).original.bytes)).toEqual(['VP8X', 'ANIM', ...DELAYS.map(() => 'ANMF')])
  })
})

describe('an own upload', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('stands upright (orientation %i)', async (orientation) => {
    const { original, preview } = await processImage(await jpeg(90, 60, orientation))
    const turned = orientation >= 5
    expect([original.width, original.height]).toEqual(turned ? [60, 90] : [90, 60])
    expect([preview.width, preview.height]).toEqual(turned ? [60, 90] : [90, 60])
    // Where the red half, left in the file, ends up: EXIF 2.32, tag 0x0112.
    const red =
      { 1: [0.25, 0.5], 2: [0.75, 0.5], 3: [0.75, 0.5], 4: [0.25, 0.5], 5: [0.5, 0.25], 6: [0.5, 0.25], 7: [0.5, 0.75], 8: [0.5, 0.75] }[
        orientation
      ] ?? []
    const [x = 0, y = 0] = red
    for (const file of [original, preview]) {
      expect(await colourAt(file.bytes, { x, y })).toBe('red')
      expect(await colourAt(file.bytes, { x: 1 - x, y: 1 - y })).toBe('blue')
    }
  })

  it('is scaled down to Mastodon’s area, its preview to 640 × 360, and never up', async () => {
    const large = await processImage(await halves(5_000, 2_500).jpeg().toBuffer())
    expect(large.original.width * large.original.height).toBeLessThanOrEqual(8_294_400)
    expect(large.original.width / large.original.height).toBeCloseTo(2, 2)
    expect(large.original.width).toBeGreaterThan(4_000)
    expect(large.preview.width * large.preview.height).toBeLessThanOrEqual(230_400)
    expect(large.preview.width).toBeGreaterThan(640)
    const small = await processImage(await halves(20, 10).jpeg().toBuffer())
    expect(small).toMatchObject({ original: { width: 20, height: 10 }, preview: { width: 20, height: 10 } })
    const line = await processImage(await halves(4_000, 1).png().toBuffer())
    expect(line).toMatchObject({ original: { width: 4_000, height: 1 }, preview: { height: 1 } })
  })

  it('has a blurhash of its colours', async () => {
    const { blurhash } = await processImage(await jpeg())
    expect(isBlurhashValid(blurhash)).toEqual({ result: true })
    expect(blurhash).not.toBe((await processImage(await halves(90, 60).rotate(180).png().toBuffer())).blurhash)
    const portrait = await processImage(await halves(60, 90).png().toBuffer())
    expect(portrait.blurhash[0]).not.toBe(blurhash[0])
    const dot = await processImage(
      await sharp({ create: { width: 1, height: 1, channels: 4, background: '#00000000' } })
        .png()
        .toBuffer(),
    )
    expect(isBlurhashValid(dot.blurhash)).toEqual({ result: true })
  })

  it('keeps the colours it shows when its profile goes', async () => {
    const srgb = await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: 255, g: 0, b: 0 } } })
      .withIccProfile('p3')
      .png()
      .toBuffer()
    const [inFile] = await sharp(srgb, { ignoreIcc: true }).raw().toBuffer()
    expect(inFile).toBeLessThan(245)
    const { original } = await processImage(srgb)
    const [r = 0, g = 0, b = 0] = await sharp(original.bytes).raw().toBuffer()
    expect(r).toBeGreaterThan(250)
    expect(Math.max(g, b)).toBeLessThan(8)
  })

  it('takes CMYK, grey, 16 bit and palette pictures', async () => {
    for (const bytes of [
      await halves(40, 30).toColourspace('cmyk').jpeg().toBuffer(),
      await halves(40, 30).greyscale().jpeg().toBuffer(),
      await halves(40, 30).toColourspace('rgb16').png().toBuffer(),
      await halves(40, 30).png({ palette: true }).toBuffer(),
    ]) {
      const { original } = await processImage(bytes)
      expect(original).toMatchObject({ width: 40, height: 30 })
      expect((await sharp(original.bytes).metadata()).space).toMatch(/^(srgb|b-w)$/)
    }
  })

  it('keeps transparency, in the preview too', async () => {
    const { original, preview } = await processImage(await png(90, 60, { transparent: true }))
    expect(original.mime).toBe('image/png')
    expect(preview.mime).toBe('image/webp')
    for (const file of [original, preview]) expect((await sharp(file.bytes).stats()).isOpaque).toBe(false)
    expect((await processImage(await png())).preview.mime).toBe('image/jpeg')
  })

  it('keeps every pixel of a lossless picture', async () => {
    const pixels = (bytes: Buffer) => sharp(bytes).removeAlpha().raw().toBuffer()
    for (const bytes of [await halves(50, 40).png().toBuffer(), await halves(50, 40).webp({ lossless: true }).toBuffer()])
      expect((await pixels((await processImage(bytes)).original.bytes)).equals(await pixels(bytes))).toBe(true)
  })
})

describe('an animation', () => {
  it.each([
    ['GIF', gif, 'image/gif'],
    ['WebP', animatedWebp, 'image/webp'],
  ])('%s keeps its frames, delays, loop and pixels', async (_, make, mime) => {
    const bytes = await make()
    const made = await processImage(bytes)
    expect(made).toMatchObject({
      kind: 'gifv',
      original: { mime, width: 40, height: 30, frames: DELAYS.length },
      preview: { width: 40, height: 30 },
    })
    expect(await sharp(made.original.bytes, { animated: true }).metadata()).toMatchObject({
      pages: DELAYS.length,
      delay: DELAYS,
      loop: 3,
      pageHeight: 30,
    })
    const pixels = (file: Buffer) => sharp(file, { animated: true }).removeAlpha().raw().toBuffer()
    expect((await pixels(made.original.bytes)).equals(await pixels(bytes))).toBe(true)
    expect((await sharp(made.preview.bytes, { animated: true }).metadata()).pages ?? 1).toBe(1)
  })

  it('larger than the area is scaled with its frames', async () => {
    for (const bytes of [await gif(), await animatedWebp()]) {
      const { original } = await processImage(bytes, { maxArea: 20 * 15 })
      expect(original).toMatchObject({ width: 20, height: 15, frames: DELAYS.length })
      expect(await sharp(original.bytes, { animated: true }).metadata()).toMatchObject({
        pages: DELAYS.length,
        delay: DELAYS,
        loop: 3,
        pageHeight: 15,
      })
      expectClean(original)
    }
  })

  it('with a colour profile loses the profile and nothing else', async () => {
    const bytes = await (await strip(40, 30, DELAYS.length)).withIccProfile('p3').webp({ delay: DELAYS }).toBuffer()
    expect(webpParts(bytes)).toContain('ICCP')
    const { original } = await processImage(bytes)
    expect(webpParts(original.bytes)).not.toContain('ICCP')
    expect(await sharp(original.bytes, { animated: true }).metadata()).toMatchObject({ pages: DELAYS.length, delay: DELAYS })
  })

  it('becomes a still as a profile picture', async () => {
    for (const bytes of [await gif(), await animatedWebp()]) {
      const made = await processProfileImage(bytes, 'avatar')
      expect((await sharp(made.bytes, { animated: true }).metadata()).pages ?? 1).toBe(1)
    }
  })

  it('of one frame is a picture', async () => {
    expect((await processImage(await halves(20, 20).gif().toBuffer())).kind).toBe('image')
  })

  it('without its end mark is taken, and cut within a frame refused', async () => {
    const plain = await (await strip(40, 30, 3)).gif().toBuffer()
    const made = await processImage(plain.subarray(0, plain.length - 1))
    expect(made.original).toMatchObject({ frames: 3 })
    expect(made.original.bytes.at(-1)).toBe(0x3b)
    await expect(processImage(plain.subarray(0, plain.length - 8))).rejects.toMatchObject({ code: 'damaged' })
  })
})

describe('a profile picture', () => {
  it.each([
    ['avatar', [900, 600], [400, 400]],
    ['avatar', [120, 200], [120, 120]],
    ['header', [3_000, 2_000], [1_500, 500]],
    ['header', [600, 600], [600, 200]],
    ['header', [1, 1], [1, 1]],
  ] as const)('%s from %j is %j', async (shape, [width, height], [wide, high]) => {
    expect(await processProfileImage(await halves(width, height).jpeg().toBuffer(), shape)).toMatchObject({
      width: wide,
      height: high,
      mime: 'image/jpeg',
    })
  })

  it('stands upright and keeps transparency', async () => {
    const turned = await processProfileImage(await jpeg(90, 60, 6), 'avatar')
    expect(await colourAt(turned.bytes, { x: 0.5, y: 0.25 })).toBe('red')
    expect(await colourAt(turned.bytes, { x: 0.5, y: 0.75 })).toBe('blue')
    expect((await processProfileImage(await png(90, 60, { transparent: true }), 'avatar')).mime).toBe('image/png')
  })
})

describe('a file that cannot be taken gets a sentence and a code', () => {
  it('empty', async () => {
    await expectRefused(Buffer.alloc(0), 'empty')
  })

  it('too large', async () => {
    const error = await expectRefused(await jpeg(), 'too-large', { maxBytes: 1_000 })
    expect(error.params).toMatchObject({ maxBytes: 1_000 })
    expect((await processImage(await jpeg())).kind).toBe('image')
  })

  it.each([
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['HTML behind a picture’s first letters', Buffer.from('GIF<script>alert(1)</script>')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>')],
    ['SVG with a prologue', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['PDF', Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n')],
    ['an archive', Buffer.from('PK\x03\x04aaaaaaaaaaaaaaaa', 'latin1')],
    ['PostScript', Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n')],
    ['a film', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1')],
    ['text', Buffer.from('hello')],
    ['one byte', Buffer.of(0xff)],
  ])('%s', async (_, bytes) => {
    await expectRefused(bytes, 'unsupported-type')
  })

  it('TIFF, which libvips could read', async () => {
    const error = await expectRefused(await halves(9, 9).tiff().toBuffer(), 'unsupported-type')
    expect(error.params.mime).toBe('image/tiff')
  })

  it('HEIC, with a word about it', async () => {
    const error = await expectRefused(Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'unsupported-type')
    expect(error.sentence).toContain('HEIC')
  })

  it.each([
    ['JPEG', () => jpeg(400, 300)],
    ['PNG', () => png(400, 300)],
    ['WebP', () => webp(400, 300)],
    ['animated WebP', animatedWebp],
    ['AVIF', avif],
  ])('a truncated %s', async (_, make) => {
    const whole = await make()
    const picture = whole.subarray(0, whole.length - 200)
    for (const part of [0.3, 0.6, 0.8]) {
      const cut = picture.subarray(0, Math.floor(picture.length * part))
      await expect(processImage(cut), `cut at ${part}`).rejects.toMatchObject({ code: 'damaged' })
    }
  })

  it.each([12, 20, 30, 40])('only the first %i bytes', async (length) => {
    for (const make of [jpeg, png, webp, gif, animatedWebp, avif]) {
      const error = await processImage((await make()).subarray(0, length)).then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(MediaError)
      expect((error as MediaError).code).toMatch(/^(damaged|unsupported-type)$/)
    }
  })

  it.each([
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['PNG', '\x89PNG\r\n\x1a\n'],
    ['GIF', 'GIF89a/*'],
    ['WebP', 'RIFF\x40\0\0\0WEBPVP8 '],
    ['AVIF', '\0\0\0\x18ftypavif\0\0\0\0avifmif1'],
  ])('a page that begins as a %s', async (_, start) => {
    await expectRefused(Buffer.from(`${start}=1;<html><script>alert(1)</script></html>`.padEnd(300, ' '), 'latin1'), 'damaged')
  })

  it('a PNG whose size is not that of its pixels', async () => {
    const plain = await halves(90, 60).png().toBuffer()
    const header = Buffer.from(plain.subarray(16, 29))
    header.writeUInt32BE(900, 4)
    await expectRefused(Buffer.concat([plain.subarray(0, 8), pngChunk('IHDR', header), plain.subarray(33)]), 'damaged')
    const broken = Buffer.from(plain)
    broken.writeUInt32BE(61, 20)
    await expectRefused(broken, 'damaged')
  })

  it('a bomb: a few kilobytes that promise gigapixels', async () => {
    const header = Buffer.from([0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50, 8, 2, 0, 0, 0])
    const bomb = Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      pngChunk('IHDR', header),
      pngChunk('IDAT', deflateSync(Buffer.alloc(1_000_000))),
      pngChunk('IEND', Buffer.alloc(0)),
    ])
    const before = process.memoryUsage().rss
    const error = await expectRefused(bomb, 'too-many-pixels')
    expect(error.params).toEqual({ width: 50_000, height: 50_000, maxPixels: 33_177_600 })
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it('a GIF of one pixel on a canvas of four gigapixels loses the canvas', async () => {
    const bytes = Buffer.from('GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\x80\0\0\0\xff\xff\xff\x02\x02D\x01\0;', 'latin1')
    const { original } = await processImage(bytes)
    expect(original).toMatchObject({ width: 1, height: 1 })
    expect([original.bytes.readUInt16LE(6), original.bytes.readUInt16LE(8)]).toEqual([1, 1])
  })

  it('more than 33 megapixels', async () => {
    const large = await sharp({ create: { width: 6_000, height: 5_600, channels: 3, background: '#345' } })
      .png({ compressionLevel: 1 })
      .toBuffer()
    await expectRefused(large, 'too-many-pixels')
  })

  it('too many frames, or too many pixels in all of them', async () => {
    const bytes = await gif()
    const cases = [
      [{ maxFrames: 3 }, 'too-many-frames'],
      [{ maxTotalPixels: 40 * 30 * 3 }, 'too-many-pixels'],
      [{ maxPixels: 40 * 30 - 1 }, 'too-many-pixels'],
    ] as const
    for (const [limits, code] of cases) {
      await expectRefused(bytes, code, limits)
      await expectRefused(await animatedWebp(), code, limits)
    }
    expect((await processImage(bytes, { maxFrames: 4, maxTotalPixels: 40 * 30 * 4, maxPixels: 40 * 30 })).original.frames).toBe(4)
  })

  it('a GIF or a WebP whose parts lie about their length', async () => {
    for (const make of [gif, animatedWebp]) {
      const bytes = await make()
      for (let offset = 13; offset < bytes.length; offset += 7) {
        const changed = Buffer.from(bytes)
        changed[offset] = 0xff - (changed[offset] ?? 0)
        const outcome = await processImage(changed).catch((reason: unknown) => reason)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MediaError)
        else expectClean((outcome as Awaited<ReturnType<typeof processImage>>).original)
      }
    }
  })
})

describe('many at once', () => {
  it('are done in turn, and beyond a limit refused rather than piled up', async () => {
    const bytes = await halves(60, 40).png().toBuffer()
    const outcomes = await Promise.allSettled(Array.from({ length: 24 }, () => processImage(bytes)))
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(18)
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'busy' })
    expect((await processImage(bytes)).kind).toBe('image')
  })
})
