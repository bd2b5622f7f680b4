import { file } from './context.ts'
import type { MediaFile } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Pictures of profiles and emojis are files too, but never attached to anything. */
const typeOf = ({ kind }: MediaFile): Entity<'MediaAttachment'>['type'] =>
  kind === 'avatar' || kind === 'header' || kind === 'emoji' ? 'unknown' : kind

const size = (width: number, height: number) => ({ width, height, size: `${width}x${height}`, aspect: width / height })

/** MediaAttachment. Others' files too are only ever addressed here: the one who wrote never learns who looked, nor when. */
export function toMediaAttachment(at: Context, media: MediaFile): Entity<'MediaAttachment'> {
  const url = file(at, media.token, 'original', media.mime)
  const small = media.own ? file(at, media.token, 'small', media.previewBlob ? media.previewMime : media.mime) : url
  return {
    id: String(media.id),
    type: typeOf(media),
    url,
    preview_url: small,
    remote_url: null,
    preview_remote_url: null,
    text_url: null,
    meta: {
      ...(media.width && media.height ? { original: size(media.width, media.height) } : {}),
      ...(media.previewWidth && media.previewHeight ? { small: size(media.previewWidth, media.previewHeight) } : {}),
      ...(media.focus ? { focus: media.focus } : {}),
    },
    description: media.description,
    blurhash: media.blurhash,
  }
}
