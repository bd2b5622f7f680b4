import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  MovOutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny'
import type { AudioCodec, OutputFormat, VideoCodec } from 'mediabunny'

/**
 * Films and sounds made on the spot from packets that were recorded once (test/fixtures/films), with what cameras, phones, editors and attackers put around
 * them. The places and people are invented.
 */

/** Stands in every tag. */
export const SECRET = 'Quay 7, Port of Ana'
/** As phones write a place (ISO 6709). */
export const PLACE = '+51.5089-000.0762+012.000/'
export const SECRETS = [SECRET, PLACE, 'Lantern 9 Pro', 'Bo Tidewater', 'Camera Nine', '2026-02-03T04:05:06']

interface Recorded {
  config: Record<string, unknown> & { description?: string }
  packets: { at: number; lasts: number; key: boolean; data: string }[]
}
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/films/packets.json'), 'utf8')) as Record<
  string,
  Recorded
>

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
/** One frame of silence each: AAC-LC, one channel; MPEG-1 Layer III, 128 kb/s, 44.1 kHz, two channels. */
const SILENT_AAC = Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80)
const SILENT_MP3 = Buffer.concat([Buffer.of(0xff, 0xfb, 0x90, 0x64), Buffer.alloc(413)])

export interface FilmOptions {
  video?: 'avc' | 'vp8' | 'vp9' | 'av1' | null
  audio?: 'aac' | 'opus' | 'mp3' | null
  /** More sounds of the same kind. */
  sounds?: number
  rotation?: 0 | 90 | 180 | 270
  /** Seconds before the first frame. */
  start?: number
  /** User data in the first frame of H.264. */
  userData?: boolean
  tags?: boolean
}

/** A film of two seconds, 64 × 48 at 10 frames a second, with tags of its kind. */
export async function film(kind: 'mp4' | 'mov' | 'webm' | 'mkv' | 'ogg', options: FilmOptions = {}): Promise<Buffer> {
  const video = options.video === undefined ? (kind === 'webm' ? 'vp9' : kind === 'ogg' ? null : 'avc') : options.video
  const audio = options.audio === undefined ? (kind === 'webm' || kind === 'ogg' ? 'opus' : 'aac') : options.audio
  const formats: Record<typeof kind, () => OutputFormat> = {
    mp4: () => new Mp4OutputFormat({ fastStart: false }),
    mov: () => new MovOutputFormat({ fastStart: false }),
    webm: () => new WebMOutputFormat(),
    mkv: () => new MkvOutputFormat(),
    ogg: () => new OggOutputFormat(),
  }
  const target = new BufferTarget()
  const output = new Output({ format: formats[kind](), target })
  const start = options.start ?? 0
  const work: (() => Promise<void>)[] = []
  const tagged = options.tags !== false
  if (video) {
    const { config, packets } = recorded[video] as Recorded
    const source = new EncodedVideoPacketSource(video as VideoCodec)
    output.addVideoTrack(source, { rotation: options.rotation ?? 0, ...(tagged ? { name: SECRET } : {}) })
    const decoderConfig = described(config) as unknown as VideoDecoderConfig
    work.push(async () => {
      for (const [i, one] of packets.entries()) {
        const data = i === 0 && options.userData ? Buffer.concat([userData(), bytesOf(one.data)]) : bytesOf(one.data)
        await source.add(new EncodedPacket(data, one.key ? 'key' : 'delta', one.at + start, one.lasts), { decoderConfig })
      }
      source.close()
    })
  }
  for (let n = 0; audio && n < (options.sounds ?? 1); n++) {
    const source = new EncodedAudioPacketSource(audio as AudioCodec)
    output.addAudioTrack(source, { languageCode: n === 0 ? 'eng' : 'fra', ...(tagged ? { name: SECRET } : {}) })
    work.push(async () => {
      for (const [packet, decoderConfig] of soundOf(audio))
        await source.add(packet.clone({ timestamp: packet.timestamp + start }), { decoderConfig })
      source.close()
    })
  }
  if (tagged) {
    output.setMetadataTags({
      title: SECRET,
      artist: 'Bo Tidewater',
      comment: `${SECRET} at ${PLACE}`,
      ...(kind === 'ogg' ? { raw: { LOCATION: PLACE, ENCODER: 'Camera Nine' } } : {}),
      date: new Date('2026-02-03T04:05:06Z'),
    })
  }
  await output.start()
  await Promise.all(work.map((one) => one()))
  await output.finalize()
  const bytes = Buffer.from(target.buffer as ArrayBuffer)
  return tagged && (kind === 'mp4' || kind === 'mov') ? withPhoneTags(bytes) : bytes
}

function* soundOf(audio: 'aac' | 'opus' | 'mp3'): Generator<[EncodedPacket, AudioDecoderConfig]> {
  if (audio === 'opus') {
    const { config, packets } = recorded.opus as Recorded
    const decoderConfig = described(config) as unknown as AudioDecoderConfig
    for (const one of packets) yield [new EncodedPacket(bytesOf(one.data), 'key', one.at, one.lasts), decoderConfig]
    return
  }
  const [rate, samples] = audio === 'aac' ? [48_000, 1_024] : [44_100, 1_152]
  const decoderConfig: AudioDecoderConfig =
    audio === 'aac'
      ? { codec: 'mp4a.40.2', sampleRate: rate, numberOfChannels: 1, description: Uint8Array.of(0x11, 0x88) }
      : { codec: 'mp3', sampleRate: rate, numberOfChannels: 2 }
  const data = audio === 'aac' ? SILENT_AAC : SILENT_MP3
  for (let i = 0; i * samples < rate * 2; i++) yield [new EncodedPacket(data, 'key', (i * samples) / rate, samples / rate), decoderConfig]
}

const described = (config: Recorded['config']) => ({
  ...config,
  ...(config.description ? { description: bytesOf(config.description) } : {}),
})

/** A SEI unit as x264 and cameras write it: a name of 16 bytes and free text. */
function userData(): Buffer {
  const payload = Buffer.concat([Buffer.alloc(16, 0x2a), Buffer.from(`${SECRET} ${PLACE}`)])
  const unit = Buffer.concat([Buffer.of(6, 5, payload.length), payload, Buffer.of(0x80)])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(unit.length)
  return Buffer.concat([length, unit])
}

export function box(name: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, body])
}

/** QuickTime's user text: length, language, words. */
function text(name: string, words: string): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(Buffer.byteLength(words), 0)
  head.writeUInt16BE(0x15c7, 2)
  return box(name, head, Buffer.from(words))
}

/** The keys of a phone: a list of names, and values by their number. */
function keys(pairs: [string, string][]): Buffer {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const handler = box('hdlr', Buffer.alloc(8), Buffer.from('mdta'), Buffer.alloc(13))
  const names = box('keys', u32(0), u32(pairs.length), ...pairs.map(([name]) => box('mdta', Buffer.from(name))))
  const values = pairs.map(([, value], i) => {
    const data = box('data', u32(1), u32(0), Buffer.from(value))
    return Buffer.concat([u32(data.length + 8), u32(i + 1), data])
  })
  return box('meta', handler, names, box('ilst', ...values))
}

/** What phones and cameras add: ©xyz and its neighbours, Apple's keys, 3GPP's place, XMP, and room that nobody reads. The index must be at the end. */
export function withPhoneTags(bytes: Buffer): Buffer {
  const user = box(
    'udta',
    text('\xa9xyz', PLACE),
    text('\xa9mak', 'Lantern'),
    text('\xa9mod', 'Lantern 9 Pro'),
    text('\xa9swr', 'Camera Nine'),
    text('\xa9aut', 'Bo Tidewater'),
    text('\xa9day', '2026-02-03T04:05:06+0000'),
    box('loci', Buffer.alloc(6), Buffer.from(`${SECRET}\0\0`), Buffer.alloc(12), Buffer.from(`earth\0${SECRET}\0`)),
    box('XMP_', Buffer.from(`<x:xmpmeta>${SECRET}</x:xmpmeta>`)),
  )
  const apple = keys([
    ['com.apple.quicktime.location.ISO6709', PLACE],
    ['com.apple.quicktime.make', 'Lantern'],
    ['com.apple.quicktime.model', 'Lantern 9 Pro'],
    ['com.apple.quicktime.author', 'Bo Tidewater'],
    ['com.apple.quicktime.creationdate', '2026-02-03T04:05:06+0000'],
  ])
  const at = bytes.lastIndexOf('moov') - 4
  const moov = Buffer.from(bytes.subarray(at))
  moov.writeUInt32BE(moov.length + user.length + apple.length, 0)
  const uuid = box('uuid', Buffer.alloc(16, 7), Buffer.from(SECRET))
  return Buffer.concat([
    bytes.subarray(0, at),
    moov,
    user,
    apple,
    uuid,
    box('free', Buffer.from(SECRET)),
    Buffer.from(`trailing ${SECRET}`),
  ])
}

function id3(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(10)
  head.write(name, 'latin1')
  head.writeUInt32BE(content.length, 4)
  return Buffer.concat([head, content])
}

/** Two seconds of silence with an ID3 tag before it (free text, a file, a picture, an author) and the old one behind. */
export function mp3(): Buffer {
  const frames = [
    id3('TIT2', Buffer.from(`\0${SECRET}`)),
    id3('TPE1', Buffer.from('\0Bo Tidewater')),
    id3('TXXX', Buffer.from(`\0location\0${PLACE}`)),
    id3('GEOB', Buffer.from(`\0text/plain\0place.txt\0where\0${PLACE} ${SECRET}`)),
    id3('APIC', Buffer.concat([Buffer.from('\0image/png\0\x03\0'), Buffer.from(`\x89PNG\r\n\x1a\n${SECRET}`, 'latin1')])),
  ]
  const body = Buffer.concat(frames)
  const head = Buffer.from('ID3\x03\0\0\0\0\0\0', 'latin1')
  for (let i = 0; i < 4; i++) head[6 + i] = (body.length >> (7 * (3 - i))) & 0x7f
  const old = Buffer.alloc(128)
  old.write(`TAG${SECRET}`, 'latin1')
  old.write('Bo Tidewater', 33, 'latin1')
  return Buffer.concat([head, body, ...Array.from({ length: 77 }, () => SILENT_MP3), old])
}

/** Two seconds of 16 bits at 48 kHz, with a list of facts. */
export function wav(): Buffer {
  const chunk = (name: string, body: Buffer) => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32LE(body.length, 4)
    return Buffer.concat([head, body, Buffer.alloc(body.length & 1)])
  }
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(1, 2)
  format.writeUInt32LE(48_000, 4)
  format.writeUInt32LE(96_000, 8)
  format.writeUInt16LE(2, 12)
  format.writeUInt16LE(16, 14)
  const list = Buffer.concat([
    Buffer.from('INFO'),
    chunk('IART', Buffer.from('Bo Tidewater')),
    chunk('ICMT', Buffer.from(`${SECRET} ${PLACE}`)),
  ])
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', format),
    chunk('LIST', list),
    chunk('bext', Buffer.from(SECRET)),
    chunk('data', Buffer.alloc(192_000)),
  ])
  return chunk('RIFF', body)
}

/** Silence as FLAC, with comments and a picture. */
export function flac(): Buffer {
  const info = Buffer.alloc(34)
  info.writeUInt16BE(4_096, 0)
  info.writeUInt16BE(4_096, 2)
  // 48 kHz, one channel, 16 bits, 24 frames.
  info.writeBigUInt64BE((48_000n << 44n) | (15n << 36n) | (24n * 4_096n), 10)
  const block = (type: number, body: Buffer, last = false) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(body.length, 0)
    head[0] = type | (last ? 0x80 : 0)
    return Buffer.concat([head, body])
  }
  const words = (value: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(Buffer.byteLength(value))
    return Buffer.concat([length, Buffer.from(value)])
  }
  const count = Buffer.alloc(4)
  count.writeUInt32LE(2)
  const comments = Buffer.concat([words('Camera Nine'), count, words(`ARTIST=Bo Tidewater`), words(`LOCATION=${SECRET} ${PLACE}`)])
  const frames = Array.from({ length: 24 }, (_, number) => {
    const head = Buffer.of(0xff, 0xf8, 0xca, 0x08, number)
    const body = Buffer.concat([head, Buffer.of(crc(head, 8, 0x07)), Buffer.alloc(3)])
    const check = Buffer.alloc(2)
    check.writeUInt16BE(crc(body, 16, 0x8005))
    return Buffer.concat([body, check])
  })
  return Buffer.concat([
    Buffer.from('fLaC'),
    block(0, info),
    block(4, comments),
    block(6, picture()),
    block(2, Buffer.from(`note${SECRET}`), true),
    ...frames,
  ])
}

/** FLAC's picture: kind, type, words, size, depth, colours, bytes. */
function picture(): Buffer {
  const long = (...values: number[]) => Buffer.concat(values.map((value) => Buffer.of(0, 0, value >> 8, value & 0xff)))
  const type = Buffer.from('image/png')
  const words = Buffer.from(SECRET)
  return Buffer.concat([long(3, type.length), type, long(words.length), words, long(1, 1, 24, 0, words.length), words])
}

function crc(bytes: Buffer, bits: 8 | 16, polynomial: number): number {
  const top = 1 << (bits - 1)
  let value = 0
  for (const byte of bytes) {
    value ^= byte << (bits - 8)
    for (let i = 0; i < 8; i++) value = (value & top ? (value << 1) ^ polynomial : value << 1) & (bits === 8 ? 0xff : 0xffff)
  }
  return value
}

/** Raw AAC behind ADTS heads. */
export function adts(): Buffer {
  const frame = Buffer.concat([Buffer.of(0xff, 0xf1, 0x4c, 0x40, 0, 0, 0xfc), SILENT_AAC])
  const length = frame.length
  frame[4] = length >> 3
  frame[5] = ((length & 7) << 5) | 0x1f
  return Buffer.concat(Array.from({ length: 94 }, () => frame))
}
