import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** Pictures made on the spot, with what cameras, editors and attackers put into them. Nothing here comes from outside. */

/** Stands in every place where a file can tell something about its maker. */
export const SECRET = 'Quay 7, Port of Ana'

const RED = { r: 220, g: 40, b: 40 }
const BLUE = { r: 40, g: 60, b: 220 }

/** Left half red, right half blue: the turn of a picture shows. */
export function halves(width: number, height: number, options: { transparent?: boolean } = {}) {
  const channels = options.transparent ? 4 : 3
  const pixels = Buffer.alloc(width * height * channels)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const { r, g, b } = pixel % width < width / 2 ? RED : BLUE
    pixels.set(options.transparent ? [r, g, b, 128] : [r, g, b], pixel * channels)
  }
  return sharp(pixels, { raw: { width, height, channels } })
}

/** The frames are plain, each in another shade, so that none is merged with its neighbour. */
export async function strip(width: number, height: number, frames: number) {
  const pixels = Buffer.alloc(width * height * frames * 3)
  for (let frame = 0; frame < frames; frame++)
    pixels.fill((frame * 37 + 20) % 256, frame * width * height * 3, (frame + 1) * width * height * 3)
  return sharp(pixels, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
}

const EXIF = {
  IFD0: { Artist: SECRET, Copyright: SECRET, Make: SECRET },
  IFD2: { UserComment: SECRET },
  IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 3230/100', GPSProcessingMethod: SECRET },
}
const XMP = `<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="${SECRET}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`

const withEverything = (image: ReturnType<typeof halves>, orientation?: number) =>
  image
    .withExif(EXIF)
    .withXmp(XMP)
    .withIccProfile('p3')
    .withMetadata(orientation ? { orientation } : {})

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0)
  head.writeUInt16BE(data.length + 2, 2)
  return Buffer.concat([head, data])
}

/** A JPEG with EXIF and GPS, XMP, a colour profile, IPTC, a comment, a thumbnail in a second EXIF block, and a second file behind its end. */
export async function jpeg(width = 90, height = 60, orientation?: number): Promise<Buffer> {
  const plain = await withEverything(halves(width, height), orientation).jpeg().toBuffer()
  const iptc = Buffer.concat([Buffer.from(`Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x18\x1c\x02\x78\0\x13`, 'latin1'), Buffer.from(SECRET)])
  const thumbnail = await halves(16, 16)
    .withExif({ IFD0: { Artist: SECRET } })
    .jpeg()
    .toBuffer()
  return Buffer.concat([
    plain.subarray(0, 2),
    segment(0xed, iptc),
    segment(0xfe, Buffer.from(`taken at ${SECRET}`)),
    segment(0xe3, Buffer.concat([Buffer.from('THUMB\0'), thumbnail])),
    plain.subarray(2),
    Buffer.from(`<html>${SECRET}<script>alert(1)</script>PK\x03\x04`),
  ])
}

export function pngChunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** Everything behind the signature and IHDR moves back to make room for more chunks. */
export function withPngChunks(png: Buffer, ...chunks: Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)])
}

/** A PNG with tEXt, zTXt, iTXt (XMP), eXIf, a colour profile, a private chunk and bytes behind its end. */
export async function png(width = 90, height = 60, options: { transparent?: boolean } = {}): Promise<Buffer> {
  const plain = await withEverything(halves(width, height, options))
    .png()
    .toBuffer()
  return Buffer.concat([
    withPngChunks(
      plain,
      pngChunk('tEXt', Buffer.from(`Comment\0${SECRET}`)),
      pngChunk('zTXt', Buffer.concat([Buffer.from('Author\0\0'), deflateSync(SECRET)])),
      pngChunk('iTXt', Buffer.from(`Title\0\0\0en\0Title\0${SECRET}`)),
      pngChunk('prVt', Buffer.from(SECRET)),
    ),
    Buffer.from(SECRET),
  ])
}

/** The names of the chunks of a PNG, in order. */
export function pngParts(png: Buffer): string[] {
  const names: string[] = []
  for (let offset = 8; offset + 8 <= png.length; offset += png.readUInt32BE(offset) + 12)
    names.push(png.toString('latin1', offset + 4, offset + 8))
  return names
}

export const webp = (width = 90, height = 60) => withEverything(halves(width, height)).webp().toBuffer()
export const avif = (options: { transparent?: boolean } = {}) =>
  withEverything(halves(90, 60, options))
    .avif({ effort: 0 })
    .toBuffer()

export const DELAYS = [100, 200, 60, 340]

/** An animated GIF, looping three times, with a comment, XMP, text to be drawn, and bytes behind its end. */
export async function gif(): Promise<Buffer> {
  const plain = await (await strip(40, 30, DELAYS.length)).gif({ delay: DELAYS, loop: 3 }).toBuffer()
  const secret = Buffer.from(SECRET)
  const block = (...parts: (Buffer | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part)))
  const comment = block([0x21, 0xfe, secret.length], secret, [0])
  const xmp = block([0x21, 0xff, 11], Buffer.from('XMP DataXMP'), [secret.length], secret, [0])
  const text = block([0x21, 0x01, 12, 0, 0, 0, 0, 40, 0, 30, 0, 8, 8, 1, 0, secret.length], secret, [0])
  const packed = plain[10] ?? 0
  const head = 13 + (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0)
  return Buffer.concat([plain.subarray(0, head), comment, xmp, text, plain.subarray(head), secret])
}

export function riffChunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)])
}

/** The names of the chunks of a WebP, in order. */
export function webpParts(webp: Buffer): string[] {
  const names: string[] = []
  for (let offset = 12; offset + 8 <= webp.length;) {
    const size = webp.readUInt32LE(offset + 4)
    names.push(webp.toString('latin1', offset, offset + 4))
    offset += 8 + size + (size & 1)
  }
  return names
}

/** An animated WebP, looping three times, with EXIF, XMP and a private chunk, each announced or not, and bytes behind its end. */
export async function animatedWebp(): Promise<Buffer> {
  const plain = await (await strip(40, 30, DELAYS.length)).webp({ delay: DELAYS, loop: 3 }).toBuffer()
  const header = Buffer.from(plain.subarray(20, 30))
  header[0] = (header[0] ?? 0) | 0x0c
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    riffChunk('VP8X', header),
    plain.subarray(30),
    riffChunk('EXIF', Buffer.from(`Exif\0\0${SECRET}`)),
    riffChunk('XMP ', Buffer.from(XMP)),
    riffChunk('PRVT', Buffer.from(SECRET)),
  ])
  return Buffer.concat([riffChunk('RIFF', body), Buffer.from(SECRET)])
}
