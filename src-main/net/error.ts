/**
 * Why a request to the outside came to nothing.
 * - `refused-url`, `refused-address`: our policy said no before or at connecting (rules 19, 20, 22)
 * - `dns`, `connect`, `tls`: no connection
 * - `timeout`: a connect, header or wall-clock limit (rule 25)
 * - `protocol`: not HTTP, or a broken body; `encoding`: a compression we did not ask for or that is broken
 * - `too-large`, `too-deep`, `forbidden-key`, `json`: the body is over a limit or not JSON (rules 24, 26)
 * - `type`: another media type than asked for (rule 4); `redirect`: a redirect we do not follow (rule 21)
 * - `http-status`: a status other than 2xx where only success is of use; see `status`
 * - `signing`: the caller's signer failed; ours, and nothing was sent
 * - `busy`: too many requests are waiting already; `aborted`: the caller or a network change ended it
 */
export type NetErrorCode =
  | 'refused-url'
  | 'refused-address'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'protocol'
  | 'encoding'
  | 'too-large'
  | 'too-deep'
  | 'forbidden-key'
  | 'json'
  | 'type'
  | 'redirect'
  | 'http-status'
  | 'signing'
  | 'busy'
  | 'aborted'

export interface NetErrorFacts {
  /** Our side's fault: no network, no resolver, out of sockets. Must not be counted against the peer. */
  ours?: boolean
  retryable?: boolean
  url?: string
  status?: number
  /** Milliseconds the peer asked us to wait, null when it did not say. */
  retryAfter?: number | null
  headers?: Record<string, string>
  cause?: unknown
}

const retryableCodes = new Set<NetErrorCode>(['dns', 'connect', 'tls', 'timeout', 'protocol', 'busy', 'aborted'])

/** The one error of this room. `message` is safe for logs: it never holds bodies, headers or keys. */
export class NetError extends Error {
  override readonly name = 'NetError'
  readonly code: NetErrorCode
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  readonly ours: boolean
  readonly url: string | null
  readonly status: number | null
  readonly retryAfter: number | null
  /** Response headers, with `http-status` only. */
  readonly headers: Record<string, string> | null

  constructor(code: NetErrorCode, message: string, facts: NetErrorFacts = {}) {
    super(message, { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable ?? retryableCodes.has(code)
    this.ours = facts.ours ?? (code === 'busy' || code === 'aborted')
    this.url = facts.url ?? null
    this.status = facts.status ?? null
    this.retryAfter = facts.retryAfter ?? null
    this.headers = facts.headers ?? null
  }
}

/** System errors that say our machine or network is at fault. */
const ownErrors = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EACCES', 'EPERM'])

export function isOwnFault(code: string | undefined): boolean {
  return code !== undefined && ownErrors.has(code)
}

/** The `code` of a system or library error. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** Turns whatever undici, zlib or a socket threw into a {@link NetError}. */
export function asNetError(error: unknown, url: string): NetError {
  if (error instanceof NetError) return error
  const code = codeOf(error)
  const facts: NetErrorFacts = { url, cause: error }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new NetError('too-large', 'The response headers are too large', facts)
  if (code?.startsWith('HPE_') || (error as Error | null)?.name === 'HTTPParserError')
    return new NetError('protocol', `The response is not HTTP (${code ?? 'unreadable'})`, facts)
  if (code?.startsWith('Z_') || code?.startsWith('ERR_BROTLI') || code?.startsWith('ERR__ERROR_FORMAT'))
    return new NetError('encoding', `The response body is compressed wrongly (${code})`, facts)
  if (code === 'UND_ERR_ABORTED' || (error as Error | null)?.name === 'AbortError')
    return new NetError('aborted', 'The request was aborted', facts)
  if (code === 'UND_ERR_INVALID_ARG') return new NetError('protocol', 'The request could not be made', { ...facts, retryable: false })
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return new NetError('protocol', 'The response body ended early', facts)
  return new NetError('connect', `The connection was lost (${code ?? 'unknown'})`, { ...facts, ours: isOwnFault(code) })
}
