import { rm, stat } from 'node:fs/promises'
import {
  ADTS,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  FilePathTarget,
  FLAC,
  FlacOutputFormat,
  Input,
  MATROSKA,
  MP3,
  Mp3OutputFormat,
  MP4,
  Mp4OutputFormat,
  OGG,
  OggOutputFormat,
  Output,
  QTFF,
  WAVE,
  WavOutputFormat,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny'
import { avcLengthSize, cleanAvcFrame, cleanFlacDescription, cleanVorbisDescription } from './codec-data.ts'
import { MediaError } from './errors.ts'
import { putIndexFirst } from './mp4-layout.ts'
import type { AudioCodec, EncodedPacket, InputAudioTrack, InputFormat, InputVideoTrack, OutputFormat, VideoCodec } from 'mediabunny'

/** What `POST /api/v2/media` takes as a film or a sound: for `configuration.media_attachments.supported_mime_types`. */
export const FILM_TYPES = ['video/mp4', 'video/quicktime', 'video/webm', 'video/x-matroska', 'video/3gpp'] as const
export const SOUND_TYPES = ['audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/webm', 'audio/flac', 'audio/wav', 'audio/aac'] as const
/** Declared by the instance entity, as Mastodon does: bytes, pixels of a frame, frames a second. */
export const MAX_FILM_BYTES = 99 * 1024 * 1024
export const MAX_FILM_PIXELS = 8_294_400
export const MAX_FRAME_RATE = 120

/** A film may hold several pictures and languages; one with more tracks is made to harm. */
const MAX_TRACKS = 16
/** Nine hours of film with sound. */
const MAX_PACKETS = 4_000_000

export interface Remuxed {
  kind: 'video' | 'audio'
  mime: string
  bytes: number
  /** As shown: turned, with square pixels. Null for sounds. */
  width: number | null
  height: number | null
  /** Seconds. */
  duration: number
  frameRate: number | null
  /** Bits per second. */
  bitrate: number | null
  videoCodec: string | null
  audioCodec: string | null
}

/** One reader by what the bytes say: none of those that would follow addresses to other files. */
const READERS: Record<string, InputFormat[]> = {
  'video/mp4': [MP4, QTFF],
  'video/quicktime': [QTFF, MP4],
  'video/3gpp': [MP4, QTFF],
  'audio/mp4': [MP4, QTFF],
  'video/webm': [WEBM, MATROSKA],
  'video/x-matroska': [MATROSKA, WEBM],
  'audio/mpeg': [MP3],
  'audio/ogg': [OGG],
  'video/ogg': [OGG],
  'audio/flac': [FLAC],
  'audio/wav': [WAVE],
  'audio/aac': [ADTS],
}

const NAMES: Record<string, string> = {
  avc: 'H.264',
  hevc: 'HEVC (H.265)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
  aac: 'AAC',
  opus: 'Opus',
  mp3: 'MP3',
  vorbis: 'Vorbis',
  flac: 'FLAC',
  ac3: 'Dolby Digital (AC-3)',
  eac3: 'Dolby Digital Plus (E-AC-3)',
  dts: 'DTS',
}
const nameOf = (codec: string) => NAMES[codec] ?? (codec.startsWith('pcm-') || codec === 'ulaw' || codec === 'alaw' ? 'PCM' : codec)

const MP4_VIDEO = ['avc', 'vp9', 'av1']
const WEBM_VIDEO = ['vp8', 'vp9', 'av1']
const MP4_AUDIO = ['aac', 'mp3', 'opus', 'flac']
const WEBM_AUDIO = ['opus', 'vorbis']

interface Container {
  format: () => OutputFormat
  mime: string
  /** What may be in it, so that browsers and other servers play it. */
  takes: string[]
}
const mp4 = (mime: string): Container => ({
  format: () => new Mp4OutputFormat({ fastStart: false }),
  mime,
  takes: [...MP4_VIDEO, ...MP4_AUDIO],
})
const webm = (mime: string): Container => ({ format: () => new WebMOutputFormat(), mime, takes: [...WEBM_VIDEO, ...WEBM_AUDIO] })
const PCM = ['pcm-u8', 'pcm-s16', 'pcm-s24', 'pcm-s32', 'pcm-f32']

type Track = InputVideoTrack | InputAudioTrack
interface Known<T extends Track = Track> {
  track: T
  codec: string
}

const DAMAGED = 'This file is damaged or incomplete and cannot be read.'

/**
 * Writes the film or sound at `path` anew to `into`: its pictures and sounds, their timing, turn and language, as they are, and nothing else; titles, places,
 * devices, dates, authors, covers, chapters, comments of encoders and tracks of other kinds stay behind. `mime` is what the first bytes said. MP4 gets its
 * index first. Runs in a worker: hostile files may take all the time and memory it has. @throws MediaError; `into` may be left half written then
 */
export async function remux(path: string, mime: string, into: string): Promise<Remuxed> {
  const formats = READERS[mime]
  if (!formats) throw unsupportedType(mime)
  const { size } = await stat(path)
  const input = new Input({ source: new FilePathSource(path, { handleUnhandledError: () => undefined }), formats })
  try {
    return await write(input, mime, size, into)
  } catch (cause) {
    if (cause instanceof MediaError) throw cause
    throw new MediaError('damaged', DAMAGED, { cause })
  } finally {
    input.dispose()
  }
}

const unsupportedType = (mime: string) =>
  new MediaError(
    'unsupported-type',
    'This is not a film or a sound that can be posted. Burrow takes MP4, MOV, WebM, MKV, MP3, M4A, Ogg, FLAC and WAV.',
    {
      params: { mime },
    },
  )

async function write(input: Input, mime: string, size: number, into: string): Promise<Remuxed> {
  if (!(await input.canRead())) throw new MediaError('damaged', DAMAGED)
  const tracks = await input.getTracks()
  if (tracks.length > MAX_TRACKS) {
    throw new MediaError('too-many-tracks', `This file has more than ${MAX_TRACKS} tracks.`, {
      params: { tracks: tracks.length, max: MAX_TRACKS },
    })
  }
  const sounds = await known((await input.getAudioTracks()) as InputAudioTrack[])
  // A still picture or chapters beside a sound are no film.
  const films = mime.startsWith('audio/') ? [] : await known((await input.getVideoTracks()) as InputVideoTrack[])
  const all: Known[] = [...films, ...sounds]
  if (all.length === 0) throw new MediaError('damaged', 'There is no picture and no sound in this file.')
  const container = containerFor(films, sounds, mime)
  for (const { codec } of all) if (!container.takes.includes(codec)) throw refused(codec, films.length > 0)

  const picture = films[0] ? await sizeOf(films[0].track) : null
  const isMp4 = container.mime.endsWith('/mp4')
  const draft = isMp4 ? `${into}.draft` : into
  try {
    const output = new Output({ format: container.format(), target: new FilePathTarget(draft, { chunkSize: 1024 * 1024 }) })
    const told = await copyAll(all, output, isMp4, size)
    if (isMp4) await putIndexFirst(draft, into)
    const { size: bytes } = await stat(into)
    return {
      kind: films.length > 0 ? 'video' : 'audio',
      mime: container.mime,
      bytes,
      width: picture?.width ?? null,
      height: picture?.height ?? null,
      duration: told.duration,
      frameRate: told.frameRate,
      bitrate: told.duration > 0 ? Math.round((bytes * 8) / told.duration) : null,
      videoCodec: films[0] ? nameOf(films[0].codec) : null,
      audioCodec: sounds[0] ? nameOf(sounds[0].codec) : null,
    }
  } finally {
    if (draft !== into) await rm(draft, { force: true })
  }
}

/** Tracks with their codec; one nobody knows is refused by the name its container gives. */
async function known<T extends Track>(tracks: T[]): Promise<Known<T>[]> {
  const found: Known<T>[] = []
  for (const track of tracks) {
    const codec = await track.getCodec()
    if (codec !== null) found.push({ track, codec })
    else {
      const internal = await track.getInternalCodecId()
      const word = typeof internal === 'string' || typeof internal === 'number' ? String(internal) : ''
      throw refused(/^[\w./ -]{1,20}$/.test(word) ? word.trim() : 'unknown', track.isVideoTrack())
    }
  }
  return found
}

function refused(codec: string, film: boolean): MediaError {
  const name = nameOf(codec)
  const why = name === 'unknown' ? 'is of a kind that Burrow does not know' : `is ${name}, which not every browser can play`
  const how = film
    ? 'Save it with H.264 and AAC (MP4), or with VP9 or AV1 and Opus (WebM).'
    : 'Save it as MP3, AAC (M4A), Opus, FLAC or WAV.'
  const what =
    film && !['aac', 'opus', 'mp3', 'vorbis', 'flac', 'ac3', 'eac3', 'dts'].includes(codec) && name !== 'PCM'
      ? 'This film'
      : 'The sound of this file'
  return new MediaError('unsupported-codec', `${what} ${why}. ${how}`, { params: { codec: name } })
}

/** The container is kept where browsers play what it holds in it; QuickTime and other MP4s become MP4. */
function containerFor(films: Known[], sounds: Known[], mime: string): Container {
  const [film] = films
  const matroska = mime === 'video/webm' || mime === 'video/x-matroska'
  if (film) {
    const mp4Sound = sounds.some(({ codec }) => !WEBM_AUDIO.includes(codec))
    return film.codec === 'vp8' || (matroska && WEBM_VIDEO.includes(film.codec) && !mp4Sound) ? webm('video/webm') : mp4('video/mp4')
  }
  const codec = sounds[0]?.codec ?? ''
  if (matroska && WEBM_AUDIO.includes(codec)) return webm('audio/webm')
  if (sounds.length > 1) return mp4('audio/mp4')
  if (codec === 'mp3') return { format: () => new Mp3OutputFormat(), mime: 'audio/mpeg', takes: ['mp3'] }
  if (codec === 'flac') return { format: () => new FlacOutputFormat(), mime: 'audio/flac', takes: ['flac'] }
  if (codec === 'opus' || codec === 'vorbis') return { format: () => new OggOutputFormat(), mime: 'audio/ogg', takes: WEBM_AUDIO }
  if (mime === 'audio/wav') return { format: () => new WavOutputFormat(), mime, takes: PCM }
  return mp4('audio/mp4')
}

async function sizeOf(track: InputVideoTrack): Promise<{ width: number; height: number }> {
  const width = await track.getDisplayWidth()
  const height = await track.getDisplayHeight()
  if (!(width > 0 && height > 0)) throw new MediaError('damaged', DAMAGED)
  if (width * height > MAX_FILM_PIXELS || (await track.getCodedWidth()) * (await track.getCodedHeight()) > 2 * MAX_FILM_PIXELS) {
    throw new MediaError('too-many-pixels', `This film is larger than 3840 × 2160.`, {
      params: { width, height, maxPixels: MAX_FILM_PIXELS },
    })
  }
  return { width: Math.round(width), height: Math.round(height) }
}

interface Line {
  add(packet: EncodedPacket): Promise<void>
  end(): void
  sink: EncodedPacketSink
  next: EncodedPacket
  video: boolean
  packets: number
  /** First and last start, last end, in seconds. */
  first: number
  last: number
  lastEnd: number
}

/** Packets of all tracks in the order of their times, so that a player finds picture and sound side by side. */
async function copyAll(
  tracks: Known[],
  output: Output,
  negative: boolean,
  size: number,
): Promise<{ duration: number; frameRate: number | null }> {
  const firsts: { one: Known; sink: EncodedPacketSink; packet: EncodedPacket }[] = []
  for (const one of tracks) {
    const sink = new EncodedPacketSink(one.track)
    const packet = await sink.getFirstPacket()
    if (packet) firsts.push({ one, sink, packet })
  }
  const start = Math.min(...firsts.map(({ packet }) => packet.timestamp))
  if (firsts.length === 0 || !Number.isFinite(start)) throw new MediaError('damaged', DAMAGED)
  // A film begins at 0: what counts from 1970 or from the start of a camera tells when it was made. Before 0 lies what players skip.
  const shift = start > 0 || !negative ? -start : 0

  const lines: Line[] = []
  for (const { one, sink, packet } of firsts) lines.push(await lineFor(one, sink, packet, output))
  await output.start()
  let packets = 0
  let bytes = 0
  for (let open = [...lines]; open.length > 0;) {
    const line = open.reduce((a, b) => (b.next.timestamp < a.next.timestamp ? b : a))
    const packet = line.next
    bytes += packet.byteLength
    // Tables may name the same bytes again and again: a film is never larger than its file.
    if (++packets > MAX_PACKETS || bytes > size) throw new MediaError('damaged', DAMAGED)
    await line.add(shift === 0 ? packet : packet.clone({ timestamp: packet.timestamp + shift }))
    line.packets++
    line.first = Math.min(line.first, packet.timestamp)
    line.last = Math.max(line.last, packet.timestamp)
    line.lastEnd = Math.max(line.lastEnd, packet.timestamp + shift + packet.duration)
    const next = await line.sink.getNextPacket(packet)
    if (next) line.next = next
    else {
      line.end()
      open = open.filter((other) => other !== line)
    }
  }
  await output.finalize()

  const duration = Math.max(...lines.map((line) => line.lastEnd))
  if (!Number.isFinite(duration) || duration < 0) throw new MediaError('damaged', DAMAGED)
  await checkWhole(tracks, duration + Math.max(0, start))
  const film = lines.find((line) => line.video)
  const frameRate = film && film.last > film.first ? (film.packets - 1) / (film.last - film.first) : null
  if (frameRate !== null && film && film.packets > MAX_FRAME_RATE && frameRate > MAX_FRAME_RATE * 1.05) {
    throw new MediaError('too-many-frames', `This film has more than ${MAX_FRAME_RATE} frames a second.`, {
      params: { maxFrameRate: MAX_FRAME_RATE },
    })
  }
  return { duration: round(duration), frameRate: frameRate === null ? null : round(frameRate) }
}

const round = (value: number) => Math.round(value * 1_000) / 1_000

/** An index may promise more than the file holds: an upload that broke off, or a lie. */
async function checkWhole(tracks: Known[], end: number): Promise<void> {
  for (const { track } of tracks) {
    const promised = await track.getDurationFromMetadata().catch(() => null)
    // MP3s without a header only guess.
    if (promised !== null && promised > 1 && (await track.getCodec()) !== 'mp3' && end < promised * 0.9 - 0.5)
      throw new MediaError('damaged', DAMAGED)
  }
}

async function lineFor(one: Known, sink: EncodedPacketSink, packet: EncodedPacket, output: Output): Promise<Line> {
  const { track, codec } = one
  const language = await track.getLanguageCode()
  const common = {
    ...(/^[a-z]{3}$/.test(language) && language !== 'und' ? { languageCode: language } : {}),
    disposition: { default: (await track.getDisposition()).default },
  }
  const base = { sink, next: packet, packets: 0, first: Infinity, last: -Infinity, lastEnd: 0 }
  if (track.isVideoTrack()) {
    const decoderConfig = await track.getDecoderConfig()
    if (!decoderConfig) throw new MediaError('damaged', DAMAGED)
    const lengthSize = codec === 'avc' ? avcLengthSize(toBytes(decoderConfig.description)) : null
    if (codec === 'avc' && lengthSize === null) throw new MediaError('damaged', DAMAGED)
    const source = new EncodedVideoPacketSource(codec as VideoCodec)
    output.addVideoTrack(source, { ...common, rotation: await track.getRotation(), flip: await track.getFlip() })
    return {
      ...base,
      video: true,
      add: async (each) => {
        const data = lengthSize === null ? each.data : cleanAvcFrame(each.data, lengthSize)
        if (data.length > 0) await source.add(data === each.data ? each : each.clone({ data }), { decoderConfig })
      },
      end: () => source.close(),
    }
  }
  const decoderConfig = await (track as InputAudioTrack).getDecoderConfig()
  if (!decoderConfig) throw new MediaError('damaged', DAMAGED)
  const clean = codec === 'flac' ? cleanFlacDescription : codec === 'vorbis' ? cleanVorbisDescription : null
  if (clean) {
    const description = clean(toBytes(decoderConfig.description))
    if (!description) throw new MediaError('damaged', DAMAGED)
    decoderConfig.description = description as Uint8Array<ArrayBuffer>
  }
  const source = new EncodedAudioPacketSource(codec as AudioCodec)
  output.addAudioTrack(source, common)
  return { ...base, video: false, add: (each) => source.add(each, { decoderConfig }), end: () => source.close() }
}

function toBytes(source: AllowSharedBufferSource | undefined): Uint8Array {
  if (!source) return new Uint8Array(0)
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source)
}
