/**
 * What `POST /api/v2/media` takes, for `configuration.media_attachments`. Apps compare the type their system gives a file with this list, so every name a taken
 * kind goes by stands in it; what a file really is, is decided by its bytes.
 */
export const UPLOAD_TYPES = [
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/quicktime',
  'video/webm',
  'video/x-matroska',
  'video/3gpp',
  'audio/mpeg',
  'audio/mp3',
  'audio/mp4',
  'audio/x-m4a',
  'audio/m4a',
  'audio/aac',
  'audio/ogg',
  'audio/webm',
  'audio/flac',
  'audio/x-flac',
  'audio/wav',
  'audio/x-wav',
  'audio/wave',
  'audio/vnd.wave',
]
/** Pixels of a picture, of a film; frames a second. As Mastodon's. */
export const MAX_IMAGE_PIXELS = 33_177_600
export const MAX_FILM_PIXELS = 8_294_400
export const MAX_FRAME_RATE = 120
