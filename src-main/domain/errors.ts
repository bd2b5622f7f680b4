/** What can go wrong, in words every room understands; mapped to HTTP once (`http/errors`), to retry-or-drop once (`delivery`), to words in the window once. */
export type ErrorCode =
  | 'invalid' // bad input: the text says what is wrong, nothing was changed (422)
  | 'not-found' // absent, or not visible to whoever asks: the same answer (404)
  | 'forbidden' // known, and refused (403)
  | 'unauthorized' // no, unknown or expired token (401)
  | 'conflict' // the state has moved on (409)
  | 'too-large' // (413)
  | 'unsupported' // media or content type (415)
  | 'rate-limited' // (429)
  | 'disk-full' // nothing could be written; goes on when there is room (503)
  | 'unavailable' // a remote side or a part of ours is not there now (503)
  | 'internal' // ours (500)

export class AppError extends Error {
  readonly code: ErrorCode
  /** A finer word for machines (`name-reserved`, `too-many-pixels`), if there is one. */
  readonly reason: string | null
  readonly retryable: boolean
  readonly params: Record<string, string | number>

  /** `message` is safe to show: no paths, no bodies, no stack. The cause is for the log only. */
  constructor(
    code: ErrorCode,
    message: string,
    options: { reason?: string; retryable?: boolean; params?: Record<string, string | number>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.reason = options.reason ?? null
    this.retryable = options.retryable ?? (code === 'disk-full' || code === 'unavailable' || code === 'rate-limited')
    this.params = options.params ?? {}
  }
}
