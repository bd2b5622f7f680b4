/**
 * `busy`: more pictures are waiting than there is memory for; trying again later may help. `too-slow`: reading was stopped by its time limit. The others are
 * about the file, and nothing but another file helps.
 */
export type MediaErrorCode =
  | 'empty'
  | 'too-large'
  | 'unsupported-type'
  | 'unsupported-codec'
  | 'damaged'
  | 'too-many-pixels'
  | 'too-many-frames'
  | 'too-many-tracks'
  | 'too-slow'
  | 'busy'

/** A file that cannot be taken. `sentence` says why, in English, and is safe to show; `params` are its numbers. Nothing was changed or written. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaErrorCode
  readonly sentence: string
  readonly params: Record<string, string | number>

  constructor(code: MediaErrorCode, sentence: string, options: { params?: Record<string, string | number>; cause?: unknown } = {}) {
    super(sentence, { cause: options.cause })
    this.code = code
    this.sentence = sentence
    this.params = options.params ?? {}
  }
}
