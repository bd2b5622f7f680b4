/** Header fields as a server hands them over: a record (Node joins or lists duplicates) or Node's flat `rawHeaders`. */
export type HeaderSource = Readonly<Record<string, string | readonly string[] | undefined>> | readonly string[]

/** A received request, as much of it as a signature can cover. */
export interface SignedRequest {
  method: string
  /** Path with query exactly as it stood in the request line, percent-encoding untouched. */
  target: string
  headers: HeaderSource
  /** The body as received, before any parsing. Empty for GET. */
  rawBody: Uint8Array
  /** Host (and port, if not the default) of the public origin the request was meant for. */
  authority: string
  /** Scheme of the public origin, not of the hop behind the tunnel. */
  scheme: 'http' | 'https'
}

/** What to sign. `date` is milliseconds since the epoch and should be the moment of sending: stored signatures go stale. */
export interface SigningInput {
  method: string
  url: string | URL
  headers?: Readonly<Record<string, string>>
  /** Names of given headers that the signature covers besides the usual (FEP-8fcf wants its own covered). */
  covers?: readonly string[]
  body?: Uint8Array | string
  keyId: string
}

/** A request is looked at three times (parsed, checked, verified): its fields are read once. Headers as received never change. */
const read = new WeakMap<HeaderSource, Map<string, string>>()

/** Lower-case names to values; repeated fields are trimmed and joined with `, ` (draft-cavage-12 2.3, RFC 9421 2.1). Not to be changed. */
export function fieldsOf(headers: HeaderSource): ReadonlyMap<string, string> {
  let fields = read.get(headers)
  if (!fields) {
    fields = readFields(headers)
    read.set(headers, fields)
  }
  return fields
}

function readFields(headers: HeaderSource): Map<string, string> {
  const fields = new Map<string, string>()
  const add = (name: string, value: string): void => {
    const key = name.toLowerCase()
    const earlier = fields.get(key)
    fields.set(key, earlier === undefined ? value.trim() : `${earlier}, ${value.trim()}`)
  }
  if (isFlat(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) add(headers[i]!, headers[i + 1]!)
    return fields
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    if (typeof value === 'string') add(name, value)
    else for (const part of value) add(name, part)
  }
  return fields
}

function isFlat(headers: HeaderSource): headers is readonly string[] {
  return Array.isArray(headers)
}

/** Whether a request with this method needs its body covered. */
export function carriesBody(method: string): boolean {
  const verb = method.toUpperCase()
  return verb !== 'GET' && verb !== 'HEAD'
}

/** Bytes of a body given as text or bytes. */
export function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body
}

/** Strict standard base64 (padding optional); null for anything else, so that two spellings never mean one signature. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  const canonical = bytes.toString('base64')
  return canonical === text || canonical.replace(/=+$/, '') === text ? bytes : null
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const imfDate = /^[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC)$/

/** Milliseconds of an RFC 1123 date, null when it is anything else. The weekday is not checked: old senders get it wrong. */
export function parseHttpDate(text: string): number | null {
  const match = imfDate.exec(text.trim())
  if (!match) return null
  const [day, year, hour, minute, second] = [match[1], match[3], match[4], match[5], match[6]].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const month = months.indexOf(match[2]!)
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null
  return Date.UTC(year, month, day, hour, minute, second)
}

/** RFC 1123 with a zero-padded day, as every verifier reads it. */
export function formatHttpDate(ms: number): string {
  return new Date(ms).toUTCString()
}
