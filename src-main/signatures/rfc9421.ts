import type { KeyObject } from 'node:crypto'
import { contentDigestHeader } from './digest.ts'
import { keyKind, signInPool, signWith } from './keys.ts'
import { bytesOf, formatHttpDate, type SigningInput } from './message.ts'

export interface Rfc9421Input extends SigningInput {
  privateKey: KeyObject
  date: number
}

export interface Rfc9421Parameters {
  label: string
  keyId: string
  algorithm: string | null
  components: string[]
  /** Seconds since the epoch. */
  created: number | null
  expires: number | null
  /** The parameters exactly as received: they are the last line of the signature base. */
  raw: string
  signature: string
}

/** What the component identifiers of one request resolve to. `authority` and `field('host')` may be tried with several values. */
export interface ComponentSource {
  method: string
  scheme: string
  authority: string
  /** Path with query as on the wire. */
  target: string
  field: (name: string) => string | undefined
}

/**
 * Headers of a request signed by RFC 9421 as Mastodon 4.4+ and Fedify verify it (federation.md 2.2): `sig1` over `@method`,
 * `@target-uri` and `content-digest` when there is a body, `created` in whole seconds.
 * @returns the given headers, lower-cased, with `host`, `date`, `content-digest`, `signature-input` and `signature` set
 */
export function signRfc9421(input: Rfc9421Input): Record<string, string> {
  const prepared = prepare(input)
  return finish(prepared, signWith(input.privateKey, Buffer.from(prepared.base, 'utf8')))
}

/** {@link signRfc9421} with the RSA work in the thread pool. */
export async function signRfc9421InPool(input: Rfc9421Input): Promise<Record<string, string>> {
  const prepared = prepare(input)
  return finish(prepared, await signInPool(input.privateKey, Buffer.from(prepared.base, 'utf8')))
}

interface Prepared {
  headers: Record<string, string>
  parameters: string
  base: string
}

function prepare(input: Rfc9421Input): Prepared {
  const url = new URL(input.url)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(input.headers ?? {})) headers[name.toLowerCase()] = value
  headers['host'] = url.host
  headers['date'] = formatHttpDate(input.date)
  const components = ['@method', '@target-uri']
  if (input.body !== undefined) {
    headers['content-digest'] = contentDigestHeader(bytesOf(input.body))
    components.push('content-digest')
  }
  for (const name of input.covers ?? []) components.push(name.toLowerCase())
  const algorithm = keyKind(input.privateKey) === 'rsa' ? 'rsa-v1_5-sha256' : 'ed25519'
  const list = components.map((name) => `"${name}"`).join(' ')
  const parameters = `(${list});created=${Math.floor(input.date / 1000)};keyid="${input.keyId}";alg="${algorithm}"`
  const source: ComponentSource = {
    method: input.method,
    scheme: url.protocol.slice(0, -1),
    authority: url.host,
    target: url.pathname + url.search,
    field: (name) => headers[name],
  }
  return { headers, parameters, base: rfc9421Base(components, parameters, source)! }
}

function finish(prepared: Prepared, signature: Buffer): Record<string, string> {
  prepared.headers['signature-input'] = `sig1=${prepared.parameters}`
  prepared.headers['signature'] = `sig1=:${signature.toString('base64')}:`
  return prepared.headers
}

/** The signature base of RFC 9421 section 2.5, null when a covered component is not there or not one we know. */
export function rfc9421Base(components: readonly string[], parameters: string, source: ComponentSource): string | null {
  const lines: string[] = []
  for (const name of components) {
    const value = componentValue(name, source)
    if (value === undefined || /[\r\n]/.test(value)) return null
    lines.push(`"${name}": ${value}`)
  }
  lines.push(`"@signature-params": ${parameters}`)
  return lines.join('\n')
}

function componentValue(name: string, source: ComponentSource): string | undefined {
  if (!name.startsWith('@')) return source.field(name)
  const query = source.target.indexOf('?')
  switch (name) {
    case '@method':
      return source.method.toUpperCase()
    case '@scheme':
      return source.scheme
    case '@authority':
      return source.authority
    case '@target-uri':
      return `${source.scheme}://${source.authority}${source.target}`
    case '@request-target':
      return source.target
    case '@path':
      return query < 0 ? source.target : source.target.slice(0, query)
    case '@query':
      return query < 0 ? '?' : source.target.slice(query)
    default:
      return undefined
  }
}

/**
 * Reads `Signature-Input` and the member of `Signature` that belongs to it. Exactly one signature is accepted, as Mastodon does;
 * components may carry no parameters (`;sf`, `;req` …): nobody in the fediverse sends them and each widens the attack surface.
 * `Signature` may hold a draft-cavage signature beside it.
 */
export function parseRfc9421(input: string, signatures: string): Rfc9421Parameters | 'malformed' | 'duplicate-parameter' {
  const equals = input.indexOf('=')
  const label = input.slice(0, equals).trim()
  if (equals < 0 || !/^[a-z*][a-z0-9_.*-]{0,63}$/.test(label)) return 'malformed'
  const raw = input.slice(equals + 1).trim()
  const close = raw.indexOf(')')
  if (!raw.startsWith('(') || close < 0) return 'malformed'

  const components: string[] = []
  for (const item of raw.slice(1, close).split(/ +/)) {
    if (item === '') continue
    const match = /^"(@?[a-z0-9!#$%&'*+.^_`|~-]+)"$/.exec(item)
    if (!match || match[1] === '@signature-params') return 'malformed'
    components.push(match[1]!)
  }
  if (components.length === 0 || components.length > 32 || new Set(components).size !== components.length) return 'malformed'

  const values = new Map<string, string>()
  let at = close + 1
  const parameter = /; *([a-z*][a-z0-9_.*-]*)=(?:"((?:[^"\\]|\\["\\])*)"|(\d{1,12}))/y
  while (at < raw.length) {
    parameter.lastIndex = at
    const match = parameter.exec(raw)
    if (!match) return 'malformed'
    if (values.has(match[1]!)) return 'duplicate-parameter'
    values.set(match[1]!, match[2] ?? match[3]!)
    at = parameter.lastIndex
  }
  const keyId = values.get('keyid')
  if (!keyId || keyId.includes('\\')) return 'malformed'
  const created = whole(values.get('created'))
  const expires = whole(values.get('expires'))
  if (created === undefined || expires === undefined) return 'malformed'

  const signature = memberOf(signatures, label)
  if (signature === 'malformed' || signature === 'duplicate-parameter') return signature
  return {
    label,
    keyId,
    algorithm: values.get('alg')?.toLowerCase() ?? null,
    components,
    created,
    expires,
    raw,
    signature: signature.value,
  }
}

function whole(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  return /^\d+$/.test(text) ? Number(text) : undefined
}

function memberOf(header: string, label: string): { value: string } | 'malformed' | 'duplicate-parameter' {
  let value: string | null = null
  const member = / *([A-Za-z*][A-Za-z0-9_.*-]*)=(?::([A-Za-z0-9+/=]*):|"[^"]*"|\d+) *(?:,|$)/y
  let at = 0
  while (at < header.length) {
    member.lastIndex = at
    const match = member.exec(header)
    if (!match) return 'malformed'
    if (match[1] === label) {
      if (match[2] === undefined) return 'malformed'
      if (value !== null) return 'duplicate-parameter'
      value = match[2]
    }
    at = member.lastIndex
  }
  return value === null ? 'malformed' : { value }
}
