import type { Session } from './session.svelte.ts'

/** What our own server takes. Sizes in bytes. */
export interface Limits {
  characters: number
  pictureBytes: number
  /** Of films and sound. */
  filmBytes: number
  /** MIME types. */
  types: readonly string[]
}

/** Until the server has said what it takes. */
export const LIMITS: Limits = {
  characters: 500,
  pictureBytes: 16 * 1024 * 1024,
  filmBytes: 99 * 1024 * 1024,
  types: [
    'image/jpeg',
    'image/png',
    'image/gif',
    'image/webp',
    'image/avif',
    'video/mp4',
    'video/webm',
    'video/quicktime',
    'audio/mpeg',
    'audio/mp4',
    'audio/ogg',
    'audio/webm',
    'audio/flac',
    'audio/wav',
  ],
}

/** Files whose type the system does not tell are known by their name. */
const ENDINGS: Record<string, string> = {
  avif: 'image/avif',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mp4: 'video/mp4',
  webm: 'video/webm',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
}

/** The MIME type of a file as the system or its name tells; empty when neither does. */
export const typeOf = (file: Pick<File, 'name' | 'type'>): string =>
  file.type.toLowerCase() || (ENDINGS[file.name.toLowerCase().split('.').at(-1) ?? ''] ?? '')

/** What a file is to look at, by its type. */
export const kindOf = (type: string): 'image' | 'video' | 'audio' =>
  type.startsWith('video/') ? 'video' : type.startsWith('audio/') ? 'audio' : 'image'

/** Asks our own server what it takes. Rejects when it does not answer. */
export async function learnLimits({ rest }: Session): Promise<Limits> {
  const { statuses, mediaAttachments } = (await rest.v2.instance.fetch()).configuration
  return {
    characters: statuses.maxCharacters || LIMITS.characters,
    pictureBytes: mediaAttachments.imageSizeLimit || LIMITS.pictureBytes,
    filmBytes: mediaAttachments.videoSizeLimit || LIMITS.filmBytes,
    types: mediaAttachments.supportedMimeTypes?.length ? mediaAttachments.supportedMimeTypes : LIMITS.types,
  }
}
