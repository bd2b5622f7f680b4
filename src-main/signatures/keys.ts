import { createPublicKey, generateKeyPair, sign as signBytes, verify as verifyBytes, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { encodeMultikey } from './multibase.ts'

/** A fresh identity. Private parts are PKCS#8 PEM, the RSA public part SPKI PEM, the Ed25519 public part a multikey (`z6Mk…`). */
export interface GeneratedKeys {
  rsa: { privatePem: string; publicPem: string }
  ed25519: { privatePem: string; publicMultibase: string }
}

export type SigningHash = 'sha256' | 'sha512'

const makePair = promisify(generateKeyPair)

/** Makes RSA-2048 (HTTP signatures; every server reads it) and Ed25519 (integrity proofs) key pairs off the main thread. */
export async function generateKeys(): Promise<GeneratedKeys> {
  const [rsa, ed25519] = await Promise.all([makePair('rsa', { modulusLength: 2048 }), makePair('ed25519')])
  const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
  return {
    rsa: { privatePem: privatePem(rsa.privateKey), publicPem: rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string },
    ed25519: { privatePem: privatePem(ed25519.privateKey), publicMultibase: encodeMultikey(ed25519.publicKey) },
  }
}

/**
 * The public key of a remote `publicKeyPem`, or null when it is not one we verify with (RSA of 1024 to 8192 bits, Ed25519).
 * Refuses private keys and certificates, which `createPublicKey` would silently accept. Parsing costs more than verifying:
 * keep the result.
 */
export function readPublicKey(pem: string): KeyObject | null {
  const text = pem.trim()
  if (text.length > 16_384 || !/^-----BEGIN (RSA )?PUBLIC KEY-----/.test(text)) return null
  try {
    const key = createPublicKey(text)
    return keyKind(key) === null ? null : key
  } catch {
    return null
  }
}

/** Asking OpenSSL for the size of a key takes 9 µs, a third of using it: asked once per key. */
const kinds = new WeakMap<KeyObject, 'rsa' | 'ed25519' | 'other'>()

/** Which of the two families a key belongs to, null for keys we neither sign nor verify with. */
export function keyKind(key: KeyObject): 'rsa' | 'ed25519' | null {
  let kind = kinds.get(key)
  if (kind === undefined) {
    const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
    kind = key.asymmetricKeyType === 'ed25519' ? 'ed25519' : bits >= 1024 && bits <= 8192 ? 'rsa' : 'other'
    kinds.set(key, kind)
  }
  return kind === 'other' ? null : kind
}

/** RSASSA-PKCS1-v1_5 or Ed25519 by the type of the key. */
export function signWith(key: KeyObject, data: Uint8Array): Buffer {
  return signBytes(hashFor(key), data, key)
}

/** As {@link signWith}, in the thread pool: one RSA signature takes 424 µs, a worker that sends thousands wants all cores. */
export function signInPool(key: KeyObject, data: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signBytes(hashFor(key), data, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}

function hashFor(key: KeyObject): 'sha256' | null {
  const kind = keyKind(key)
  if (kind === null) throw new TypeError(`Cannot sign with a key of type ${key.asymmetricKeyType}`)
  return kind === 'rsa' ? 'sha256' : null
}

/** Verifies in place (28 µs for RSA-2048, 41 through the pool). `hash` is ignored for Ed25519. Never throws. */
export function verifyWith(key: KeyObject, hash: SigningHash, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifyBytes(key.asymmetricKeyType === 'ed25519' ? null : hash, data, key, signature)
  } catch {
    return false
  }
}
