import { createHash, timingSafeEqual } from 'node:crypto'
import { decodeBase64 } from './message.ts'

function sha256(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest()
}

/** Value of a `Digest` field for these bytes (RFC 3230, what draft-cavage servers check). */
export function digestHeader(body: Uint8Array): string {
  return `SHA-256=${sha256(body).toString('base64')}`
}

/** Value of a `Content-Digest` field for these bytes (RFC 9530, what RFC 9421 servers check). */
export function contentDigestHeader(body: Uint8Array): string {
  return `sha-256=:${sha256(body).toString('base64')}:`
}

/**
 * Whether a `Digest` field names these bytes. The field may be a comma list of algorithms in any case; SHA-256 must be among
 * them, once, and be right. Unknown algorithms beside it are ignored. Compares raw bytes, never re-serialised JSON.
 */
export function verifyDigest(value: string, body: Uint8Array): boolean {
  return matchesEntry(value, body, (text) => text)
}

/** Whether a `Content-Digest` field names these bytes: a dictionary of byte sequences, same rules as {@link verifyDigest}. */
export function verifyContentDigest(value: string, body: Uint8Array): boolean {
  return matchesEntry(value, body, (text) => (text.length > 1 && text.startsWith(':') && text.endsWith(':') ? text.slice(1, -1) : null))
}

function matchesEntry(value: string, body: Uint8Array, unwrap: (text: string) => string | null): boolean {
  let found: string | null = null
  for (const part of value.split(',')) {
    const at = part.indexOf('=')
    if (at < 0) continue
    if (part.slice(0, at).trim().toLowerCase() !== 'sha-256') continue
    if (found !== null) return false
    found = unwrap(part.slice(at + 1).trim())
    if (found === null) return false
  }
  if (found === null) return false
  const claimed = decodeBase64(found)
  return claimed !== null && claimed.length === 32 && timingSafeEqual(claimed, sha256(body))
}
