import type { MediaAttachment } from './mastodon.ts'
import { fromWire } from './streaming.ts'

/** Why a file did not become part of a post. The first group is about the file, the second about the moment. */
export type UploadProblem =
  | 'unsupported-type'
  | 'unsupported-codec'
  | 'too-many-tracks'
  | 'damaged'
  | 'too-large'
  | 'too-many-pixels'
  | 'too-many-frames'
  | 'empty'
  | 'busy'
  | 'too-slow'
  | 'disk-full'
  | 'unreachable'
  | 'unauthorized'
  | 'refused'
  | 'server'

export class UploadError extends Error {
  readonly problem: UploadProblem
  /** The name of the codec, with `unsupported-codec`. */
  readonly codec: string | null

  constructor(problem: UploadProblem, message: string, codec: string | null = null) {
    super(message)
    this.problem = problem
    this.codec = codec
  }
}

const REASONS = new Set<string>([
  'unsupported-type',
  'unsupported-codec',
  'too-many-tracks',
  'damaged',
  'too-large',
  'too-many-pixels',
  'too-many-frames',
  'empty',
  'busy',
  'too-slow',
  'disk-full',
])

/** The reason in an error answer: its code where there is one, else what the status and Mastodon's sentence tell. */
export function uploadProblem(status: number, body: unknown): UploadProblem {
  const { code, error } = (typeof body === 'object' && body !== null ? body : {}) as { code?: unknown; error?: unknown }
  const text = typeof error === 'string' ? error.toLowerCase() : ''
  if (typeof code === 'string' && REASONS.has(code)) return code as UploadProblem
  if (text.includes('browser can play') || text.includes('does not know')) return 'unsupported-codec'
  if (text.includes('tracks')) return 'too-many-tracks'
  if (status === 413 || text.includes('smaller than') || text.includes('larger than')) return 'too-large'
  if (text.includes('disk is full')) return 'disk-full'
  if (status === 415) return 'unsupported-type'
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 503) return 'busy'
  if (status >= 500) return 'server'
  if (text.includes('pixel')) return 'too-many-pixels'
  if (text.includes('frame')) return 'too-many-frames'
  if (text.includes('blank') || text.includes('empty')) return 'empty'
  if (text.includes('damaged') || text.includes('broken') || text.includes('truncated')) return 'damaged'
  if (text.includes('not a picture') || text.includes('kind of') || text.includes('format') || text.includes('type'))
    return 'unsupported-type'
  return 'refused'
}

/** The codec that a refusal names, if it names one. */
export function refusedCodec(body: unknown): string | null {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { error?: unknown }
  return typeof error === 'string' ? (/ is ([^,.]{1,40}), which not every/.exec(error)?.[1] ?? null) : null
}

export interface UploadInput {
  origin: string
  token: string | null
  file: File
  /** From 0 to 1, as bytes leave. */
  onprogress: (share: number) => void
  signal: AbortSignal
}

/** Sends a file to `POST /api/v2/media`; fetch has no progress of what is sent, so this is a request of the older kind. Rejects with UploadError. */
export function upload({ origin, token, file, onprogress, signal }: UploadInput): Promise<{ media: MediaAttachment; ready: boolean }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const form = new FormData()
    form.append('file', file, file.name || 'file')
    request.open('POST', `${origin}/api/v2/media`)
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`)
    request.responseType = 'json'
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onprogress(event.loaded / event.total)
    }
    request.onload = () => {
      if (request.status === 200 || request.status === 202)
        resolve({ media: fromWire(request.response) as MediaAttachment, ready: request.status === 200 })
      else
        reject(new UploadError(uploadProblem(request.status, request.response), `HTTP ${request.status}`, refusedCodec(request.response)))
    }
    request.onerror = () => reject(new UploadError('unreachable', 'no answer'))
    request.onabort = () => reject(new DOMException('The upload was given up.', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}

/** Asks whether a file that was answered with 202 is ready: null while the server still works on it (206). */
export async function uploaded(origin: string, token: string | null, id: string, signal: AbortSignal): Promise<MediaAttachment | null> {
  let response: Response
  try {
    response = await fetch(`${origin}/api/v1/media/${encodeURIComponent(id)}`, {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal,
      cache: 'no-store',
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new UploadError('unreachable', 'no answer')
  }
  const body: unknown = await response.json().catch(() => null)
  if (response.status === 206) return null
  if (!response.ok) throw new UploadError(uploadProblem(response.status, body), `HTTP ${response.status}`, refusedCodec(body))
  return fromWire(body) as MediaAttachment
}
