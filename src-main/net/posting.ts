import type { Socket } from 'node:net'
import { asNetError, NetError } from './error.ts'

/** What an inbox answered: the body is read away, see {@link postOver}. */
export interface Posted {
  status: number
  /** Lower-case names; repeated fields joined with `, `. */
  headers: Record<string, string>
}

export interface PostMessage {
  url: URL
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  /** More of the answer's body is not read. */
  maxResponseBytes: number
  /** Called when the answer's head is here. */
  answered: () => void
  signal: AbortSignal
}

const MAX_HEAD_BYTES = 16_384
/** The rest of an answer is waited for so long: its head says all that counts. */
const BODY_PATIENCE_MS = 1_000
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const unsendable = /[^\t\x20-\x7e\x80-\xff]/
const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

/**
 * Posts once over an open socket and ends it: one write, the answer's head, and as much of its body as comes within a second, so that the
 * other side is not cut off while it writes. A delivery needs nothing else of HTTP/1.1, and a client object with its streams, made for one
 * request each, costs more than signing it (measured over 3,000 servers: a third of the sending threads' time).
 * @throws {NetError} `protocol`, `too-large` (the head), `connect`; whatever the signal says is the caller's
 */
export function postOver(socket: Socket, message: PostMessage): Promise<Posted> {
  const { url, body, signal } = message
  const request = requestHead(message)
  return new Promise((resolve, reject) => {
    let pending: Buffer | null = null
    let answer: Posted | null = null
    let left = 0
    let patience: NodeJS.Timeout | undefined

    const end = (error: NetError | null): void => {
      clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
      socket.off('data', onData).off('close', onClose).off('error', onError)
      // Whatever it still says is nobody's business.
      socket.on('error', () => undefined).destroy()
      if (error) reject(error)
      else resolve(answer as Posted)
    }
    const onAbort = (): void => end(answer ? null : new NetError('aborted', 'The request was ended', { url: url.href }))
    const onClose = (): void =>
      end(answer ? null : new NetError('connect', 'The connection was closed before an answer came', { url: url.href }))
    const onError = (error: Error): void => end(answer ? null : asNetError(error, url.href))
    const onData = (chunk: Buffer): void => {
      if (answer) return discard(chunk)
      pending = pending ? Buffer.concat([pending, chunk]) : chunk
      for (let at = pending.indexOf(headEnd); at >= 0; at = pending.indexOf(headEnd)) {
        if (at > MAX_HEAD_BYTES) return tooLarge()
        const head = readHead(pending.toString('latin1', 0, at))
        if (head === null) return end(new NetError('protocol', 'The response is not HTTP', { url: url.href }))
        pending = pending.subarray(at + headEnd.length)
        // 100 and 103 come before the answer.
        if (head.status < 200 && head.status !== 101) continue
        answer = head
        message.answered()
        left = bodyLength(head, message.maxResponseBytes)
        if (left <= 0) return end(null)
        patience = setTimeout(end, BODY_PATIENCE_MS, null)
        return discard(pending)
      }
      if (pending.length > MAX_HEAD_BYTES) tooLarge()
    }
    const discard = (chunk: Buffer): void => {
      left -= chunk.length
      if (left <= 0 || chunk.subarray(-lastChunk.length).equals(lastChunk)) end(null)
    }
    const tooLarge = (): void => end(new NetError('too-large', 'The response headers are too large', { url: url.href }))

    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('data', onData).on('close', onClose).on('error', onError)
    socket.cork()
    socket.write(request, 'latin1')
    socket.write(body)
    socket.uncork()
  })
}

function requestHead({ url, headers, body }: PostMessage): string {
  let head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\n`
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'host') continue
    if (!token.test(name) || unsendable.test(value)) {
      throw new NetError('protocol', 'The request could not be made', { url: url.href, retryable: false })
    }
    head += `${name}: ${value}\r\n`
  }
  return `${head}content-length: ${body.length}\r\n\r\n`
}

/** Status line and fields of RFC 9112, strictly: no folding, no blank before a colon, no bare line ends. Null for anything else. */
function readHead(text: string): Posted | null {
  const lines = text.split('\r\n')
  const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: .*)?$/.exec(lines[0] ?? '')?.[1]
  if (status === undefined) return null
  const headers: Record<string, string> = {}
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    if (colon <= 0 || !token.test(name) || /[\r\n\0]/.test(line)) return null
    const key = name.toLowerCase()
    const value = line.slice(colon + 1).trim()
    const earlier = Object.hasOwn(headers, key) ? headers[key] : undefined
    headers[key] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return { status: Number(status), headers }
}

/** How many bytes to expect, at most `limit`. */
function bodyLength({ status, headers }: Posted, limit: number): number {
  if (status === 204 || status === 304) return 0
  const length = headers['content-length']
  return headers['transfer-encoding'] === undefined && length !== undefined && /^\d{1,15}$/.test(length)
    ? Math.min(Number(length), limit)
    : limit
}
