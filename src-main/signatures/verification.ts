import type { KeyObject } from 'node:crypto'
import { cavageBase, parseCavage } from './cavage.ts'
import { verifyContentDigest, verifyDigest } from './digest.ts'
import { keyKind, verifyWith, type SigningHash } from './keys.ts'
import { carriesBody, decodeBase64, fieldsOf, parseHttpDate, type SignedRequest } from './message.ts'
import { parseRfc9421, rfc9421Base } from './rfc9421.ts'

/**
 * Why a signature was not accepted.
 * - `missing`: the request is not signed
 * - `malformed`, `duplicate-parameter`, `unknown-algorithm`: the header cannot be used, whoever sent it
 * - `bad-key-id`: the key id is not an http(s) URL (`acct:` and bare names are refused)
 * - `uncovered`: something that must be signed is not
 * - `missing-header`: a field is named as signed but is not there
 * - `stale`, `future`: outside the time window
 * - `digest-mismatch`: the body is not the one that was signed
 * - `unsupported-key`: the key given cannot carry the algorithm named
 * - `bad-signature`: the bytes do not verify with this key (fetch the key again once, then give up)
 */
export type SignatureCode =
  | 'missing'
  | 'malformed'
  | 'duplicate-parameter'
  | 'unknown-algorithm'
  | 'bad-key-id'
  | 'uncovered'
  | 'missing-header'
  | 'stale'
  | 'future'
  | 'digest-mismatch'
  | 'unsupported-key'
  | 'bad-signature'

export interface SignatureError {
  ok: false
  code: SignatureCode
}

export interface ParsedSignature {
  ok: true
  scheme: 'cavage' | 'rfc9421'
  /** An http(s) URL, unchanged. */
  keyId: string
  /** As named by the sender, lower-case; null when left to the key. */
  algorithm: string | null
  /** Lower-case names of what is signed, in order. */
  covered: string[]
  /** The time the sender says it signed at, from signed material only, milliseconds. */
  created: number | null
  /** Milliseconds, from signed material only. */
  expires: number | null
  signature: Buffer
  /** The header text the parameters were read from. */
  raw: string
}

export type Verdict = { ok: true } | SignatureError

export interface VerifyOptions {
  /** Our own authorities, lower-case (`ana.example`, `127.0.0.1:8080`). The signature must be made for one of them. */
  hosts: readonly string[]
}

const hour = 3_600_000
/** Mastodon's numbers: valid for 5 minutes or until `expires` (12 hours at most), and an hour of clock difference either way. */
const window = { lifetime: 300_000, longest: 12 * hour, margin: hour }

const cavageAlgorithms = new Set(['hs2019', 'rsa-sha256', 'rsa-sha512', 'ed25519'])
const rfcAlgorithms = new Set(['rsa-v1_5-sha256', 'ed25519'])

const refused = (code: SignatureCode): SignatureError => ({ ok: false, code })

/**
 * Reads the signature of a request without judging it. With a `Signature-Input` field present the request is an RFC 9421 one and
 * is held to that: no falling back to a draft-cavage signature beside it.
 */
export function parseSignature(request: SignedRequest): ParsedSignature | SignatureError {
  const fields = fieldsOf(request.headers)
  const header = fields.get('signature')
  const input = fields.get('signature-input')
  if (!header && !input) return refused('missing')
  if (!header || header.length > 8192) return refused('malformed')
  return input === undefined ? readCavage(header, fields) : readRfc9421(input, header)
}

function readCavage(header: string, fields: ReadonlyMap<string, string>): ParsedSignature | SignatureError {
  const parameters = parseCavage(header)
  if (typeof parameters === 'string') return refused(parameters)
  const { keyId, algorithm, headers: covered } = parameters
  if (algorithm !== null && !cavageAlgorithms.has(algorithm)) return refused('unknown-algorithm')
  if (!isKeyUrl(keyId)) return refused('bad-key-id')
  const signature = decodeBase64(parameters.signature)
  if (signature === null) return refused('malformed')
  const pseudo = covered.includes('(created)') || covered.includes('(expires)')
  // draft-cavage-12 2.3: with rsa-* the pseudo fields are an error (Mastodon answers 401 as well).
  if (pseudo && algorithm !== null && algorithm.startsWith('rsa')) return refused('malformed')

  let created: number | null = null
  if (covered.includes('(created)')) {
    if (parameters.created === null) return refused('missing-header')
    created = parameters.created * 1000
  } else if (covered.includes('date')) {
    const date = fields.get('date')
    if (date === undefined) return refused('missing-header')
    created = parseHttpDate(date)
    if (created === null) return refused('malformed')
  }
  const expires = covered.includes('(expires)') && parameters.expires !== null ? parameters.expires * 1000 : null
  return { ok: true, scheme: 'cavage', keyId, algorithm, covered, created, expires, signature, raw: header }
}

function readRfc9421(input: string, header: string): ParsedSignature | SignatureError {
  if (input.length > 8192) return refused('malformed')
  const parameters = parseRfc9421(input, header)
  if (typeof parameters === 'string') return refused(parameters)
  const { keyId, algorithm } = parameters
  if (algorithm !== null && !rfcAlgorithms.has(algorithm)) return refused('unknown-algorithm')
  if (!isKeyUrl(keyId)) return refused('bad-key-id')
  const signature = decodeBase64(parameters.signature)
  if (signature === null) return refused('malformed')
  return {
    ok: true,
    scheme: 'rfc9421',
    keyId,
    algorithm,
    covered: parameters.components,
    created: parameters.created === null ? null : parameters.created * 1000,
    expires: parameters.expires === null ? null : parameters.expires * 1000,
    signature,
    raw: parameters.raw,
  }
}

function isKeyUrl(keyId: string): boolean {
  if (keyId.length > 2048) return false
  const url = URL.parse(keyId)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
}

/**
 * Everything that can be judged without the key, cheapest first: coverage, time, digest over the raw bytes. Run it before fetching
 * an unknown key. `now` is the moment the request arrived, milliseconds; a request judged later is judged by that time.
 */
export function checkSignature(parsed: ParsedSignature, request: SignedRequest, now: number): Verdict {
  const fields = fieldsOf(request.headers)
  const covers = new Set(parsed.covered)
  const missing = parsed.scheme === 'cavage' ? cavageGap(covers, request) : rfc9421Gap(covers, request)
  if (missing || parsed.created === null) return refused('uncovered')
  for (const name of covers) {
    if (!name.startsWith('@') && !name.startsWith('(') && !fields.has(name)) return refused('missing-header')
  }

  if (parsed.created > now + window.margin) return refused('future')
  const end = Math.min(parsed.expires ?? parsed.created + window.lifetime, parsed.created + window.longest)
  if (now > end + window.margin) return refused('stale')

  if (covers.has('digest') && !verifyDigest(fields.get('digest')!, request.rawBody)) return refused('digest-mismatch')
  if (covers.has('content-digest') && !verifyContentDigest(fields.get('content-digest')!, request.rawBody))
    return refused('digest-mismatch')
  return { ok: true }
}

function cavageGap(covers: Set<string>, request: SignedRequest): boolean {
  if (!covers.has('(request-target)') || !covers.has('host')) return true
  if (!covers.has('date') && !covers.has('(created)')) return true
  return carriesBody(request.method) && !covers.has('digest')
}

function rfc9421Gap(covers: Set<string>, request: SignedRequest): boolean {
  const whole = covers.has('@target-uri')
  const path = covers.has('@request-target') || (covers.has('@path') && (covers.has('@query') || !request.target.includes('?')))
  if (!covers.has('@method') || !(whole || (path && (covers.has('@authority') || covers.has('host'))))) return true
  return carriesBody(request.method) && !covers.has('content-digest')
}

/**
 * Judges a parsed signature completely: {@link checkSignature}, then the bytes against the key, in place (28 µs for RSA-2048).
 * The host line is tried with our own names only, because a tunnel may have rewritten the one that arrived; a draft-cavage
 * `(request-target)` is tried with the query and then without (older Mastodon, GoToSocial's second attempt).
 * Fails closed: no exception means acceptance.
 */
export function verifySignature(
  parsed: ParsedSignature,
  request: SignedRequest,
  publicKey: KeyObject,
  now: number,
  options: VerifyOptions,
): Verdict {
  const checked = checkSignature(parsed, request, now)
  if (!checked.ok) return checked
  const hashes = hashesFor(parsed.algorithm, publicKey)
  if (hashes === null) return refused('unsupported-key')
  for (const base of basesFor(parsed, request, options.hosts)) {
    const data = Buffer.from(base, 'utf8')
    for (const hash of hashes) if (verifyWith(publicKey, hash, data, parsed.signature)) return { ok: true }
  }
  return refused('bad-signature')
}

function hashesFor(algorithm: string | null, key: KeyObject): SigningHash[] | null {
  const kind = keyKind(key)
  if (kind === null) return null
  switch (algorithm) {
    case null:
    case 'hs2019':
      return kind === 'rsa' ? ['sha256', 'sha512'] : ['sha256']
    case 'rsa-sha256':
    case 'rsa-v1_5-sha256':
      return kind === 'rsa' ? ['sha256'] : null
    case 'rsa-sha512':
      return kind === 'rsa' ? ['sha512'] : null
    case 'ed25519':
      return kind === 'ed25519' ? ['sha256'] : null
    default:
      return null
  }
}

function* basesFor(parsed: ParsedSignature, request: SignedRequest, hosts: readonly string[]): Generator<string> {
  const fields = fieldsOf(request.headers)
  const query = request.target.indexOf('?')
  for (const authority of authoritiesOf(request, fields.get('host'), hosts)) {
    const field = (name: string): string | undefined => (name === 'host' ? authority : fields.get(name))
    if (parsed.scheme === 'rfc9421') {
      const source = {
        method: request.method,
        scheme: request.scheme,
        authority: bare(authority, request.scheme),
        target: request.target,
        field,
      }
      const base = rfc9421Base(parsed.covered, parsed.raw, source)
      if (base !== null) yield base
      continue
    }
    const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)
    const pseudo = { created: parsed.covered.includes('(created)') ? seconds(parsed.created) : null, expires: seconds(parsed.expires) }
    const targets = query < 0 ? [request.target] : [request.target, request.target.slice(0, query)]
    for (const target of targets) {
      const base = cavageBase(parsed.covered, { method: request.method, target, field, ...pseudo })
      if (base !== null) yield base
    }
  }
}

function authoritiesOf(request: SignedRequest, hostHeader: string | undefined, hosts: readonly string[]): string[] {
  const own = new Set(hosts.map((host) => bare(host, request.scheme)))
  const wanted = [hostHeader, request.authority].filter((name) => name !== undefined && own.has(bare(name, request.scheme))) as string[]
  return [...new Set([...wanted, ...own])].slice(0, 4)
}

function bare(authority: string, scheme: string): string {
  const port = scheme === 'https' ? ':443' : ':80'
  const name = authority.toLowerCase()
  return name.endsWith(port) ? name.slice(0, -port.length) : name
}
