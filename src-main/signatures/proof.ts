import { createHash, type KeyObject } from 'node:crypto'
import { canonicalize } from './canonical.ts'
import { signWith, verifyWith } from './keys.ts'
import { decodeBase58, encodeBase58 } from './multibase.ts'

export type JsonObject = { [name: string]: unknown }

/** A readable `eddsa-jcs-2022` proof. Whether `verificationMethod` belongs to the actor is the caller's question, before verifying. */
export interface IntegrityProof {
  verificationMethod: string
  /** Milliseconds, null when left out. */
  created: number | null
  expires: number | null
  raw: JsonObject
}

export type ProofCode = 'missing' | 'malformed' | 'unsupported' | 'expired' | 'bad-context' | 'unsupported-key' | 'bad-signature'
export type ProofVerdict = { ok: true } | { ok: false; code: ProofCode }

const refused = (code: ProofCode): { ok: false; code: ProofCode } => ({ ok: false, code })

/**
 * A copy of the document with an integrity proof (FEP-8b32, W3C vc-di-eddsa `eddsa-jcs-2022`): no JSON-LD processing, only
 * canonical JSON. `created` is written in whole seconds, because Fedify re-prints the time it parsed before hashing it.
 * @param date milliseconds
 * @param verificationMethod id of the multikey in the actor's `assertionMethod`
 * @throws {TypeError|RangeError} for documents that are not JSON (see `canonicalize`)
 */
export function signProof(document: JsonObject, key: { privateKey: KeyObject; verificationMethod: string }, date: number): JsonObject {
  const unsecured = withoutProof(document)
  const proof: JsonObject = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: key.verificationMethod,
    proofPurpose: 'assertionMethod',
    created: new Date(Math.floor(date / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
  }
  if (unsecured['@context'] !== undefined) proof['@context'] = unsecured['@context']
  if (key.privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('Integrity proofs need an Ed25519 key')
  const proofValue = encodeBase58(signWith(key.privateKey, hashes(proof, unsecured)))
  return { ...unsecured, proof: { ...proof, proofValue } }
}

/** Finds the proof of a document that we can check; of several the first `eddsa-jcs-2022` one. */
export function parseProof(document: JsonObject): IntegrityProof | { ok: false; code: ProofCode } {
  const given = document['proof']
  if (given === undefined || given === null) return refused('missing')
  const list = Array.isArray(given) ? given.slice(0, 8) : [given]
  const raw = list.find((item) => isObject(item) && item['type'] === 'DataIntegrityProof' && item['cryptosuite'] === 'eddsa-jcs-2022')
  if (!isObject(raw)) return refused('unsupported')
  const { verificationMethod, proofPurpose, proofValue } = raw
  if (typeof verificationMethod !== 'string' || typeof proofValue !== 'string' || proofPurpose !== 'assertionMethod')
    return refused('malformed')
  const created = instant(raw['created'])
  const expires = instant(raw['expires'])
  if (created === undefined || expires === undefined) return refused('malformed')
  return { verificationMethod, created, expires, raw }
}

/**
 * Checks a proof found by {@link parseProof} against the multikey of its verification method. An LD `signature` beside the proof is
 * left out of the hash, the document's `@context` must begin with the proof's, and an expired proof is refused.
 * @param now milliseconds
 */
export function verifyProof(document: JsonObject, proof: IntegrityProof, publicKey: KeyObject, now: number): ProofVerdict {
  if (publicKey.asymmetricKeyType !== 'ed25519') return refused('unsupported-key')
  if (proof.expires !== null && now > proof.expires) return refused('expired')
  const signature = decodeBase58(String(proof.raw['proofValue']))
  if (signature === null || signature.length !== 64) return refused('malformed')
  const { proofValue: _, ...options } = proof.raw
  const unsecured = withoutProof(document)

  const candidates: [JsonObject, JsonObject][] = []
  if (options['@context'] === undefined) {
    candidates.push([options, unsecured])
    // Fedify hashes the document's context into the proof but does not write it there.
    if (unsecured['@context'] !== undefined) candidates.push([{ ...options, '@context': unsecured['@context'] }, unsecured])
  } else {
    if (!startsWithContext(unsecured['@context'], options['@context'])) return refused('bad-context')
    candidates.push([options, { ...unsecured, '@context': options['@context'] }])
  }
  for (const [configuration, body] of candidates) {
    let data: Buffer
    try {
      data = hashes(configuration, body)
    } catch {
      return refused('malformed')
    }
    if (verifyWith(publicKey, 'sha256', data, signature)) return { ok: true }
  }
  return refused('bad-signature')
}

function hashes(proof: JsonObject, document: JsonObject): Buffer {
  const digest = (value: JsonObject): Buffer => createHash('sha256').update(canonicalize(value), 'utf8').digest()
  return Buffer.concat([digest(proof), digest(document)])
}

function withoutProof(document: JsonObject): JsonObject {
  const { proof: _proof, signature: _signature, ...rest } = document
  return rest
}

function startsWithContext(document: unknown, proof: unknown): boolean {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])
  const [whole, head] = [list(document), list(proof)]
  try {
    return head.length <= whole.length && head.every((entry, at) => canonicalize(entry) === canonicalize(whole[at]))
  } catch {
    return false
  }
}

function instant(value: unknown): number | null | undefined {
  if (value === undefined) return null
  if (typeof value !== 'string' || value.length > 40) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
