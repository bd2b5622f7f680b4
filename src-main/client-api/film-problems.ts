/** Why a film or a sound was not taken, in the words of this API: the codes of `domain/films` as sentences. */

const SENTENCES: Record<string, string> = {
  'unsupported-type': 'This is not a film or a sound that can be posted. Burrow takes MP4, MOV, WebM, MKV, MP3, M4A, Ogg, FLAC and WAV.',
  damaged: 'This file is damaged or incomplete and cannot be read.',
  'too-many-tracks': 'This file has too many tracks.',
  'too-many-pixels': 'This film is larger than 3840 × 2160.',
  'too-many-frames': 'This film has more than 120 frames a second.',
  'too-slow': 'This file took too long to read.',
  'disk-full': 'The disk is full. Try again when there is room.',
  interrupted: 'Burrow was ended while it worked on this file. Send it again.',
}

/** @param error as in `MediaFile.error` */
export function filmProblem(error: string | null): string {
  const [code = '', name] = (error ?? '').split(':', 2)
  if (code === 'unsupported-codec') {
    const what = name && name !== 'unknown' ? `It holds ${name}` : 'It holds a kind of film or sound'
    return `${what}, which not every browser can play. Save it with H.264 and AAC (MP4), with VP9 or AV1 and Opus (WebM), or as MP3.`
  }
  return SENTENCES[code] ?? 'This file cannot be posted.'
}
