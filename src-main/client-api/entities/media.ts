import { posterPath } from '../../domain/films.ts'
import { file } from './context.ts'
import type { MediaFile } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

type Attachment = Entity<'MediaAttachment'>

/** Pictures of profiles and emojis are files too, but never attached to anything. */
const typeOf = ({ kind }: MediaFile): Attachment['type'] => (kind === 'avatar' || kind === 'header' || kind === 'emoji' ? 'unknown' : kind)

const size = (width: number, height: number) => ({ width, height, size: `${width}x${height}`, aspect: width / height })

/** MediaAttachment. Others' files too are only ever addressed here: the one who wrote never learns who looked, nor when. */
export function toMediaAttachment(at: Context, media: MediaFile): Attachment {
  // `url` is null while an own film is being made ready: that is what clients wait for (mastodon-api.md 1.4).
  const url = media.state === 'ready' ? file(at, media.token, 'original', media.mime) : null
  return {
    id: String(media.id),
    type: typeOf(media),
    url,
    preview_url: previewOf(at, media, url),
    remote_url: null,
    preview_remote_url: null,
    text_url: null,
    meta: {
      ...lengthOf(media),
      ...originalOf(media),
      ...(media.previewWidth && media.previewHeight ? { small: size(media.previewWidth, media.previewHeight) } : {}),
      ...(media.focus ? { focus: media.focus } : {}),
      ...(media.bytes === null ? {} : { bytes: media.bytes }),
    },
    description: media.description,
    blurhash: media.blurhash,
  }
}

function previewOf(at: Context, media: MediaFile, url: string | null): string | null {
  const poster = posterPath(media)
  if (poster) return at.base + poster
  if (!media.own || url === null || isFilm(media)) return url
  return file(at, media.token, 'small', media.previewBlob ? media.previewMime : media.mime)
}

const isFilm = ({ kind }: MediaFile) => kind === 'video' || kind === 'audio'

/** As Mastodon: a film's size stands without its aspect beside its rate; a sound has none. */
function originalOf(media: MediaFile): Pick<Attachment['meta'], 'original'> {
  const { width, height, duration, details } = media
  if (!isFilm(media)) return width && height ? { original: size(width, height) } : {}
  if (duration === null && !width) return {}
  return {
    original: {
      ...(media.kind === 'video' && width && height ? { width, height } : {}),
      ...(details?.frameRate ? { frame_rate: rational(details.frameRate) } : {}),
      ...(duration === null ? {} : { duration }),
      ...(details?.bitrate ? { bitrate: details.bitrate } : {}),
    },
  }
}

function lengthOf(media: MediaFile): Partial<Attachment['meta']> {
  const { duration, width, height, details } = media
  if (!isFilm(media) || duration === null) return {}
  return {
    length: clock(duration),
    duration,
    ...(details?.frameRate ? { fps: Math.round(details.frameRate) } : {}),
    ...(media.kind === 'video' && width && height ? size(width, height) : {}),
    ...(details?.audioCodec ? { audio_encode: details.audioCodec } : {}),
  }
}

/** `30/1`, `30000/1001`: ffmpeg's way of saying a rate, which apps read. */
function rational(rate: number): string {
  const whole = Math.round(rate)
  if (Math.abs(rate - whole) < 0.005) return `${whole}/1`
  const dropped = Math.round(rate * 1.001)
  return Math.abs(rate - dropped / 1.001) < 0.005 ? `${dropped * 1000}/1001` : `${Math.round(rate * 1000)}/1000`
}

/** `0:01:28.65` */
function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const hundredths = Math.round(seconds * 100)
  const whole = Math.floor(hundredths / 100)
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${two(hundredths % 100)}`
}
