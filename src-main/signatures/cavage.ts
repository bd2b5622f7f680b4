import type { KeyObject } from 'node:crypto'
import { digestHeader } from './digest.ts'
import { keyKind, signInPool, signWith } from './keys.ts'
import { bytesOf, formatHttpDate, type SigningInput } from './message.ts'

/** draft-cavage needs the query left out of `(request-target)` for servers that verify so (GoToSocial tries both, old Mastodon only this). */
export interface CavageInput extends SigningInput {
  privateKey: KeyObject
  date: number
  withoutQuery?: boolean
}

export interface CavageParameters {
  keyId: string
  algorithm: string | null
  headers: string[]
  created: number | null
  expires: number | null
  signature: string
}

/**
 * Headers of a request signed as draft-cavage-12 is spoken in the fediverse (federation.md 2.1): `(request-target) host date`
 * and `digest` when there is a body, no `(created)`, no spaces after commas (Pixelfed splits on the bare comma).
 * @returns the given headers, lower-cased, with `host`, `date`, `digest` and `signature` set; send them unchanged
 */
export function signCavage(input: CavageInput): Record<string, string> {
  const prepared = prepare(input)
  return finish(prepared, input, signWith(input.privateKey, Buffer.from(prepared.base, 'utf8')))
}

/** {@link signCavage} with the RSA work in the thread pool. */
export async function signCavageInPool(input: CavageInput): Promise<Record<string, string>> {
  const prepared = prepare(input)
  return finish(prepared, input, await signInPool(input.privateKey, Buffer.from(prepared.base, 'utf8')))
}

interface Prepared {
  headers: Record<string, string>
  covered: string[]
  base: string
}

function prepare(input: CavageInput): Prepared {
  const url = new URL(input.url)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(input.headers ?? {})) headers[name.toLowerCase()] = value
  headers['host'] = url.host
  headers['date'] = formatHttpDate(input.date)
  const covered = ['(request-target)', 'host', 'date']
  if (input.body !== undefined) {
    headers['digest'] = digestHeader(bytesOf(input.body))
    covered.push('digest')
  }
  for (const name of input.covers ?? []) covered.push(name.toLowerCase())
  const target = input.withoutQuery === true ? url.pathname : url.pathname + url.search
  const base = cavageBase(covered, { method: input.method, target, field: (name) => headers[name], created: null, expires: null })
  return { headers, covered, base: base! }
}

function finish(prepared: Prepared, input: CavageInput, signature: Buffer): Record<string, string> {
  const algorithm = keyKind(input.privateKey) === 'rsa' ? 'rsa-sha256' : 'hs2019'
  prepared.headers['signature'] =
    `keyId="${input.keyId}",algorithm="${algorithm}",headers="${prepared.covered.join(' ')}",signature="${signature.toString('base64')}"`
  return prepared.headers
}

/** The string draft-cavage-12 section 2.3 signs, null when a covered field is not there. */
export function cavageBase(
  covered: readonly string[],
  message: { method: string; target: string; field: (name: string) => string | undefined; created: number | null; expires: number | null },
): string | null {
  const lines: string[] = []
  for (const name of covered) {
    let value: string | undefined
    if (name === '(request-target)') value = `${message.method.toLowerCase()} ${message.target}`
    else if (name === '(created)') value = message.created === null ? undefined : String(message.created)
    else if (name === '(expires)') value = message.expires === null ? undefined : String(message.expires)
    else value = message.field(name)
    if (value === undefined) return null
    lines.push(`${name}: ${value}`)
  }
  return lines.join('\n')
}

/** Parameters of a `Signature` field; a code when they cannot be read or one is given twice (the Mastodon 4.5.5 fix). */
export function parseCavage(header: string): CavageParameters | 'malformed' | 'duplicate-parameter' {
  // Some senders repeat the Authorization form's scheme name.
  const text = header.trim().replace(/^Signature\s+/i, '')
  const values = new Map<string, string>()
  let at = 0
  while (at < text.length) {
    const equals = text.indexOf('=', at)
    if (equals < 0) return 'malformed'
    const name = text.slice(at, equals).trim()
    if (!/^[A-Za-z]{1,32}$/.test(name)) return 'malformed'
    at = equals + 1
    let value: string
    if (text[at] === '"') {
      const end = text.indexOf('"', at + 1)
      if (end < 0) return 'malformed'
      value = text.slice(at + 1, end)
      at = end + 1
    } else {
      const end = text.indexOf(',', at)
      value = text.slice(at, end < 0 ? text.length : end).trim()
      if (!/^\d{1,15}$/.test(value)) return 'malformed'
      at = end < 0 ? text.length : end
    }
    const key = name.toLowerCase()
    if (values.has(key)) return 'duplicate-parameter'
    values.set(key, value)
    while (text[at] === ' ') at++
    if (at < text.length && text[at++] !== ',') return 'malformed'
    while (text[at] === ' ') at++
  }
  const keyId = values.get('keyid')
  const signature = values.get('signature')
  const created = seconds(values.get('created'))
  const expires = seconds(values.get('expires'))
  if (!keyId || !signature || created === undefined || expires === undefined) return 'malformed'
  const algorithm = values.get('algorithm')?.toLowerCase() ?? null
  const headers = (values.get('headers') ?? (algorithm === 'hs2019' ? '(created)' : 'date')).toLowerCase().split(/ +/).filter(Boolean)
  if (headers.length === 0 || headers.length > 32 || new Set(headers).size !== headers.length) return 'malformed'
  return { keyId, algorithm, headers, created, expires, signature }
}

function seconds(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined
}
