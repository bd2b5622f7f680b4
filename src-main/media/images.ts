import type { Metadata, Sharp, SharpOptions } from 'sharp'
import { cleanGif, cleanWebp } from './animation.ts'
import { MediaError } from './errors.ts'
import { sniff } from './sniff.ts'

export { MediaError } from './errors.ts'
export type { MediaErrorCode } from './errors.ts'
export { sniff, SNIFF_BYTES } from './sniff.ts'
export type { SniffedType } from './sniff.ts'

/** What `POST /api/v2/media` takes as a picture: for `configuration.media_attachments.supported_mime_types`. */
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'] as const
/** Mastodon's limits, declared by the instance entity: bytes and pixels of one picture (`image_size_limit`, `image_matrix_limit`). */
export const MAX_IMAGE_BYTES = 16 * 1024 * 1024
export const MAX_PIXELS = 33_177_600

export interface ImageLimits {
  /** Bytes of the file. */
  maxBytes?: number
  /** Pixels of one frame. */
  maxPixels?: number
  maxFrames?: number
  /** Pixels of all frames together. */
  maxTotalPixels?: number
  /** A larger picture is scaled down to this many pixels, as Mastodon does (3840 × 2160). */
  maxArea?: number
}

export interface ImageFile {
  bytes: Buffer
  mime: string
  width: number
  height: number
}

export interface ProcessedImage {
  /** `gifv`: more than one frame. The file still is a GIF or a WebP, to be drawn by `<img>`. */
  kind: 'image' | 'gifv'
  original: ImageFile & { frames: number }
  /** A still, at most 230,400 pixels (640 × 360) as Mastodon's; JPEG, or WebP where there is transparency. */
  preview: ImageFile
  blurhash: string
}

/** Pixels of a preview: 640 × 360, as Mastodon's. */
export const PREVIEW_AREA = 230_400
const LIMITS: Required<ImageLimits> = {
  maxBytes: MAX_IMAGE_BYTES,
  maxPixels: MAX_PIXELS,
  maxFrames: 1_000,
  maxTotalPixels: 4 * MAX_PIXELS,
  maxArea: 8_294_400,
}
const SECONDS = 60
/** Pictures in work at once: each may take some 200 MB. The rest waits, but not for ever and not without end. */
const AT_ONCE = 2
const WAITING = 16

type Format = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif'
const FORMATS = new Map<string, Format>(IMAGE_TYPES.map((mime) => [mime, mime.slice('image/'.length) as Format]))

const READABLE = 'Burrow reads JPEG, PNG, GIF, WebP and AVIF.'
const DAMAGED = 'This picture is damaged or incomplete and cannot be read.'

/**
 * Makes an own upload fit to be shown to strangers: every byte is written anew, so that EXIF, XMP, IPTC, places, comments, colour profiles, embedded thumbnails
 * and whatever is hidden behind the picture are gone; turned upright, in sRGB, scaled down to `maxArea`. JPEG, PNG, GIF and WebP keep their type, GIF and WebP
 * their frames, delays and loops; AVIF, which many servers cannot read, becomes JPEG or, with transparency, WebP.
 *
 * Throws {@link MediaError}, whatever the bytes are. Takes seconds and up to some 200 MB for the largest.
 */
export async function processImage(bytes: Buffer, limits: ImageLimits = {}): Promise<ProcessedImage> {
  const within = { ...LIMITS, ...limits }
  const format = checkType(bytes, within.maxBytes)
  return inTurn(async () => {
    const sharp = await loadSharp()
    const facts = await inspect(sharp, bytes, format, within)
    const scale = Math.min(1, Math.sqrt(within.maxArea / (facts.width * facts.height)))
    const original = scale === 1 && isCopied(format, facts) ? await copy(sharp, bytes, format, facts, within) : await redraw()
    async function redraw(): Promise<ImageFile> {
      const source = sharp(bytes, decoding(within, facts.frames))
      // Turning is for stills: libvips cannot turn a strip of frames, and cameras make none.
      const upright = facts.frames > 1 ? source : source.autoOrient()
      const scaled = scale < 1 ? upright.resize({ width: Math.max(1, Math.floor(facts.width * scale)) }) : upright
      return write(encode(scaled, target(format, facts), bytes))
    }

    const small = Math.min(1, Math.sqrt(PREVIEW_AREA / (original.width * original.height)))
    const still = sharp(original.bytes, decoding(within, 1)).resize({ width: Math.max(1, Math.floor(original.width * small)) })
    const preview = await write(facts.hasAlpha ? still.webp({ quality: 80 }) : still.jpeg({ quality: 80, progressive: true }))
    return {
      kind: facts.frames > 1 ? 'gifv' : 'image',
      original: { ...original, frames: facts.frames },
      preview,
      blurhash: await blurhashOf(sharp, preview),
    }
  })
}

/**
 * A profile picture: cropped around its middle to a square of 400 or a banner of 1500 × 500 (the same shape but smaller, if the picture is), upright, clean and
 * still; JPEG, or PNG where there is transparency. Throws {@link MediaError}.
 */
export async function processProfileImage(bytes: Buffer, shape: 'avatar' | 'header', limits: ImageLimits = {}): Promise<ImageFile> {
  const within = { ...LIMITS, ...limits }
  const format = checkType(bytes, within.maxBytes)
  return inTurn(async () => {
    const sharp = await loadSharp()
    const facts = await inspect(sharp, bytes, format, within)
    const [width, height] = shape === 'avatar' ? [400, 400] : [1500, 500]
    const scale = Math.min(1, facts.width / width, facts.height / height)
    const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
    const cropped = sharp(bytes, decoding(within, 1))
      .autoOrient()
      .resize({ ...size, fit: 'cover' })
    return write(facts.hasAlpha ? cropped.png() : cropped.jpeg({ quality: 90, progressive: true }))
  })
}

/** Size upright, of one frame, in pixels. */
interface Facts {
  width: number
  height: number
  frames: number
  hasAlpha: boolean
  hasProfile: boolean
}

function checkType(bytes: Buffer, maxBytes: number): Format {
  if (bytes.length === 0) throw new MediaError('empty', 'This file is empty.')
  if (bytes.length > maxBytes) {
    const megabytes = Math.floor(maxBytes / 1_000_000)
    throw new MediaError('too-large', `This picture is larger than ${megabytes} MB.`, { params: { bytes: bytes.length, maxBytes } })
  }
  const sniffed = sniff(bytes)
  const format = sniffed && FORMATS.get(sniffed.mime)
  if (format) return format
  const mime = sniffed?.mime ?? 'unknown'
  const what = mime === 'image/heic' ? 'HEIC pictures cannot be read yet: save it as JPEG.' : 'This is not a picture that can be posted.'
  throw new MediaError('unsupported-type', `${what} ${READABLE}`, { params: { mime } })
}

/** Reads the header, which decodes nothing, and refuses what would not fit into memory before anything is decoded. */
async function inspect(sharp: SharpModule, bytes: Buffer, format: Format, within: Required<ImageLimits>): Promise<Facts> {
  let metadata: Metadata
  try {
    metadata = await sharp(bytes, {
      failOn: 'error',
      limitInputPixels: false,
      pages: format === 'gif' || format === 'webp' ? -1 : 1,
    }).metadata()
  } catch (cause) {
    throw new MediaError('damaged', DAMAGED, { cause })
  }
  // Several loaders guess: whatever they found must be what the first bytes promise.
  if (metadata.format !== (format === 'avif' ? 'heif' : format)) throw new MediaError('damaged', DAMAGED)
  const frames = metadata.pages ?? 1
  const width = metadata.width
  const height = metadata.pageHeight ?? metadata.height
  if (!width || !height) throw new MediaError('damaged', DAMAGED)
  if (width * height > within.maxPixels) {
    const megapixels = Math.floor(within.maxPixels / 1_000_000)
    throw new MediaError('too-many-pixels', `This picture has more than ${megapixels} megapixels.`, {
      params: { width, height, maxPixels: within.maxPixels },
    })
  }
  if (frames > within.maxFrames) {
    const { maxFrames } = within
    throw new MediaError('too-many-frames', `This animation has more than ${maxFrames} frames.`, { params: { frames, maxFrames } })
  }
  if (width * height * frames > within.maxTotalPixels) {
    const { maxTotalPixels } = within
    const params = { width, height, frames, maxTotalPixels }
    throw new MediaError('too-many-pixels', 'This animation is too large: make it shorter or smaller.', { params })
  }
  const turned = frames === 1 && (metadata.orientation ?? 1) >= 5
  return {
    width: turned ? height : width,
    height: turned ? width : height,
    frames,
    hasAlpha: metadata.hasAlpha ?? false,
    hasProfile: metadata.hasProfile ?? false,
  }
}

/** `failOn: 'error'` stops at truncated data and real errors; `warning` would refuse photographs over a clumsy colour profile. */
const decoding = (within: Required<ImageLimits>, frames: number): SharpOptions => ({
  failOn: 'error',
  pages: frames > 1 ? -1 : 1,
  limitInputPixels: Math.max(within.maxPixels, within.maxTotalPixels),
})

/** GIFs, and animated WebPs in sRGB, keep their frames as they are; see {@link cleanGif}. */
const isCopied = (format: Format, facts: Facts) => format === 'gif' || (format === 'webp' && facts.frames > 1 && !facts.hasProfile)

async function copy(sharp: SharpModule, bytes: Buffer, format: Format, facts: Facts, within: Required<ImageLimits>): Promise<ImageFile> {
  const clean = format === 'gif' ? cleanGif(bytes, facts) : cleanWebp(bytes)
  if (!clean) throw new MediaError('damaged', DAMAGED)
  // Decoding every frame is the only proof that others will be able to.
  await write(sharp(clean, decoding(within, facts.frames)).resize({ width: 16 }).raw())
  return { bytes: clean, mime: `image/${format}`, width: facts.width, height: facts.height }
}

const target = (format: Format, facts: Facts): Exclude<Format, 'avif'> => (format !== 'avif' ? format : facts.hasAlpha ? 'webp' : 'jpeg')

function encode(image: Sharp, format: Exclude<Format, 'avif'>, source: Buffer): Sharp {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality: 90, progressive: true })
    case 'png':
      return image.png({ compressionLevel: 8 })
    case 'gif':
      return image.gif({ effort: 4 })
    case 'webp':
      return image.webp(source.toString('latin1', 12, 16) === 'VP8L' ? { lossless: true } : { quality: 88 })
  }
}

/** Encodes within the time limit. @throws MediaError */
export async function write(image: Sharp): Promise<ImageFile> {
  try {
    const { data, info } = await image.timeout({ seconds: SECONDS }).toBuffer({ resolveWithObject: true })
    return { bytes: data, mime: `image/${info.format}`, width: info.width, height: info.pageHeight ?? info.height }
  } catch (cause) {
    if (/timeout/i.test(String(cause))) throw new MediaError('too-slow', 'This picture took too long to read.', { cause })
    throw new MediaError('damaged', DAMAGED, { cause })
  }
}

/** Four by three components (three by four when upright) over white: what the window and other servers show before the picture. */
export async function blurhashOf(sharp: SharpModule, preview: ImageFile): Promise<string> {
  const { encode: encodeBlurhash } = await import('blurhash')
  const { data, info } = await sharp(preview.bytes)
    .flatten({ background: '#fff' })
    .resize(32, 32, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const [x, y] = info.width >= info.height ? [4, 3] : [3, 4]
  return encodeBlurhash(new Uint8ClampedArray(data), info.width, info.height, x, y)
}

type SharpModule = (typeof import('sharp'))['default']
let loading: Promise<SharpModule> | null = null

/** libvips costs about 10 MB: it comes with the first picture, without its cache, and with no loader but those of {@link IMAGE_TYPES}. */
export function loadSharp(): Promise<SharpModule> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.cache(false)
    sharp.concurrency(2)
    sharp.block({ operation: ['VipsForeignLoad'] })
    sharp.unblock({
      operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadNsgif', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
    })
    return sharp
  })
  return loading
}

let working = 0
const queue: (() => void)[] = []

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (working >= AT_ONCE) {
    if (queue.length >= WAITING) throw new MediaError('busy', 'Too many pictures at once. Try again in a moment.')
    await new Promise<void>((resolve) => queue.push(resolve))
  } else working++
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next) next()
    else working--
  }
}
