import { createPublicKey, type KeyObject } from 'node:crypto'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
/** Longest text decoded: base58 is quadratic, and keys and signatures need 88 characters at most. */
const maxText = 128

/** Multibase base58btc: `z` and the digits. */
export function encodeBase58(bytes: Uint8Array): string {
  const digits: number[] = []
  for (const byte of bytes) {
    let carry = byte
    for (let i = 0; i < digits.length; i++) {
      carry += digits[i]! << 8
      digits[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58)
  }
  let text = 'z'
  for (let i = 0; i < bytes.length && bytes[i] === 0; i++) text += '1'
  for (let i = digits.length - 1; i >= 0; i--) text += alphabet[digits[i]!]
  return text
}

/** The bytes of a `z…` multibase text, null when it is another base, too long (128 characters) or not base58. */
export function decodeBase58(text: string): Uint8Array | null {
  if (!text.startsWith('z') || text.length > maxText) return null
  const bytes: number[] = []
  let zeros = 0
  for (let at = 1; at < text.length; at++) {
    let carry = alphabet.indexOf(text[at]!)
    if (carry < 0) return null
    if (carry === 0 && bytes.length === 0) zeros++
    for (let i = 0; i < bytes.length; i++) {
      carry += bytes[i]! * 58
      bytes[i] = carry & 0xff
      carry >>= 8
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff)
  }
  return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes.reverse()])
}

/** `publicKeyMultibase` of an Ed25519 public key (multicodec 0xed01, W3C controller documents 2.2.2). */
export function encodeMultikey(key: KeyObject): string {
  const x = key.export({ format: 'jwk' }).x
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) throw new TypeError('Only Ed25519 keys have a multikey here')
  return encodeBase58(Uint8Array.from([0xed, 0x01, ...Buffer.from(x, 'base64url')]))
}

/** The Ed25519 public key of a `z6Mk…` multikey, null when it is anything else. */
export function decodeMultikey(text: string): KeyObject | null {
  const bytes = decodeBase58(text)
  if (bytes === null || bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) return null
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes.subarray(2)).toString('base64url') }, format: 'jwk' })
  } catch {
    return null
  }
}
