/** What the first bytes of a file say it is. Nothing else is believed: no name, no declared type. */
export interface SniffedType {
  kind: 'image' | 'video' | 'audio'
  mime: string
  /** Browsers show it and it cannot carry script: may be served from our origin under this type with `nosniff`. */
  servable: boolean
}

/** As many bytes as {@link sniff} ever looks at. */
export const SNIFF_BYTES = 4_096

const type = (mime: string, servable = true): SniffedType => ({
  kind: mime.slice(0, mime.indexOf('/')) as SniffedType['kind'],
  mime,
  servable,
})

/**
 * The type of a file by its magic bytes, or null: text, SVG, HTML, PDF, archives and whatever is not a picture, a film or a sound. Looks at the first
 * {@link SNIFF_BYTES} bytes only, decodes nothing and never throws.
 */
export function sniff(bytes: Uint8Array): SniffedType | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, SNIFF_BYTES))
  const at = (offset: number, text: string) =>
    head.length >= offset + text.length && head.toString('latin1', offset, offset + text.length) === text

  if (at(0, '\xff\xd8\xff')) return type('image/jpeg')
  if (at(0, '\x89PNG\r\n\x1a\n')) return type('image/png')
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return type('image/gif')
  if (at(0, 'RIFF')) return at(8, 'WEBPVP8') ? type('image/webp') : at(8, 'WAVE') ? type('audio/wav') : null
  if (at(4, 'ftyp')) return baseMedia(head)
  if (at(0, '\x1a\x45\xdf\xa3')) return matroska(head)
  if (at(0, 'OggS')) return ogg(head)
  if (at(0, 'fLaC')) return type('audio/flac')
  if (at(0, 'ID3') && head.length >= 10 && (head[3] ?? 255) < 5) return type('audio/mpeg')
  if (at(0, 'II*\0') || at(0, 'MM\0*')) return type('image/tiff', false)
  if (at(0, 'BM') && at(6, '\0\0\0\0')) return type('image/bmp', false)
  if (at(0, '\xff\x0a') || at(0, '\0\0\0\x0cJXL \r\n\x87\n')) return type('image/jxl', false)
  return rawAudio(head)
}

/** ISO base media (MP4, AVIF, HEIC): the brands in its first box. */
function baseMedia(head: Buffer): SniffedType | null {
  const size = head.readUInt32BE(0)
  if (size < 16 || size > 1_024) return null
  const major = head.toString('latin1', 8, 12)
  const brands = new Set([major])
  for (let offset = 16; offset + 4 <= Math.min(size, head.length); offset += 4) brands.add(head.toString('latin1', offset, offset + 4))
  const has = (...names: string[]) => names.some((name) => brands.has(name))
  if (has('avif', 'avis')) return type('image/avif')
  if (has('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx') || major === 'mif1' || major === 'msf1') return type('image/heic', false)
  if (major === 'M4A ' || major === 'M4B ') return type('audio/mp4')
  if (major === 'qt  ') return type('video/quicktime')
  if (/^(3gp|3g2)/.test(major)) return type('video/3gpp')
  if (has('isom', 'iso2', 'iso4', 'iso5', 'iso6', 'mp41', 'mp42', 'avc1', 'M4V ', 'MSNV', 'dash')) return type('video/mp4')
  return null
}

/** Matroska and WebM differ by the DocType of their header (element 0x4282). */
function matroska(head: Buffer): SniffedType | null {
  const name = head.indexOf(Buffer.from([0x42, 0x82]))
  if (name < 0 || name > 64) return null
  const length = (head[name + 2] ?? 0) & 0x7f
  const docType = head.toString('latin1', name + 3, name + 3 + length)
  if (docType === 'webm') return type('video/webm')
  return docType === 'matroska' ? type('video/x-matroska', false) : null
}

/** The first page of an Ogg stream begins with the name of its codec. */
function ogg(head: Buffer): SniffedType | null {
  const codec = head.toString('latin1', 27 + (head[26] ?? 0), 27 + (head[26] ?? 0) + 8)
  if (/^(OpusHead|\x01vorbis|Speex {3}|\x7fFLAC)/.test(codec)) return type('audio/ogg')
  return /^(\x80theora|\x01video|fishead\0)/.test(codec) ? type('video/ogg') : null
}

const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
const RATES = [44_100, 48_000, 32_000]

/** MP3 and AAC streams have no magic number, only frames: two in a row are needed, since a UTF-16 text begins with the same bits. */
function rawAudio(head: Buffer): SniffedType | null {
  const first = frame(head, 0)
  if (!first) return null
  const second = frame(head, first.length)
  return second?.mime === first.mime ? type(first.mime) : null
}

function frame(head: Buffer, offset: number): { mime: string; length: number } | null {
  if (head.length < offset + 6) return null
  const [sync, flags, coding, more, last] = [
    head[offset] ?? 0,
    head[offset + 1] ?? 0,
    head[offset + 2] ?? 0,
    head[offset + 3] ?? 0,
    head[offset + 4] ?? 0,
  ]
  if (sync !== 0xff) return null
  if ((flags & 0xf6) === 0xf0) {
    const length = ((more & 3) << 11) | (last << 3) | ((head[offset + 5] ?? 0) >> 5)
    return length > 7 ? { mime: 'audio/aac', length } : null
  }
  const version = (flags >> 3) & 3
  // Layer III only: nobody sends the others.
  if ((flags & 0xe6) !== 0xe2 || version === 1) return null
  const bitrate = (version === 3 ? BITRATES_1 : BITRATES_2)[coding >> 4]
  const rate = RATES[(coding >> 2) & 3]
  if (!bitrate || !rate) return null
  const sampleRate = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4
  const length = Math.floor(((version === 3 ? 144 : 72) * bitrate * 1_000) / sampleRate) + ((coding >> 1) & 1)
  return { mime: 'audio/mpeg', length }
}
