import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/**
 * What only the app behind a subscription can read: RFC 8291 with the content coding of RFC 8188, and the draft before both
 * (draft-ietf-webpush-encryption-04, `aesgcm`), which the relays of phone apps still expect.
 */

export interface Recipient {
  /** Uncompressed point of P-256 and 16 bytes, both in URL-safe base64. */
  p256dh: string
  auth: string
}

export interface Encrypted {
  body: Buffer
  /** Of the request: the coding, and for the draft the salt and our key of this one message. */
  headers: Record<string, string>
}

/** In one record, with everything around it: push services take no more than 4,096 bytes. */
export const MAX_PLAIN_BYTES = 3_900
const RECORD_SIZE = 4_096

/** RFC 8291: `aes128gcm`; salt and key stand in front of the one record. Throws RangeError for more than {@link MAX_PLAIN_BYTES}. */
export function encrypt(plain: Uint8Array, recipient: Recipient): Encrypted {
  const { salt, secret, auth, ours, theirs } = agree(plain, recipient)
  const material = hkdf(auth, secret, Buffer.concat([ascii('WebPush: info\0'), theirs, ours]), 32)
  const key = hkdf(salt, material, ascii('Content-Encoding: aes128gcm\0'), 16)
  const nonce = hkdf(salt, material, ascii('Content-Encoding: nonce\0'), 12)
  const head = Buffer.alloc(21)
  salt.copy(head)
  head.writeUInt32BE(RECORD_SIZE, 16)
  head.writeUInt8(ours.length, 20)
  // 2: the last record.
  const record = seal(key, nonce, Buffer.concat([plain, Buffer.of(2)]))
  return { body: Buffer.concat([head, ours, record]), headers: { 'content-encoding': 'aes128gcm' } }
}

/** The draft: `aesgcm`; salt and key stand in the headers. Throws RangeError for more than {@link MAX_PLAIN_BYTES}. */
export function encryptLegacy(plain: Uint8Array, recipient: Recipient): Encrypted {
  const { salt, secret, auth, ours, theirs } = agree(plain, recipient)
  const material = hkdf(auth, secret, ascii('Content-Encoding: auth\0'), 32)
  const context = Buffer.concat([ascii('P-256\0'), withLength(theirs), withLength(ours)])
  const key = hkdf(salt, material, Buffer.concat([ascii('Content-Encoding: aesgcm\0'), context]), 16)
  const nonce = hkdf(salt, material, Buffer.concat([ascii('Content-Encoding: nonce\0'), context]), 12)
  // Two bytes say how much padding follows: none.
  const record = seal(key, nonce, Buffer.concat([Buffer.alloc(2), plain]))
  return {
    body: record,
    headers: {
      'content-encoding': 'aesgcm',
      encryption: `salt=${salt.toString('base64url')}`,
      'crypto-key': `dh=${ours.toString('base64url')}`,
    },
  }
}

/** A fresh salt and key pair for this one message, and the secret it shares with the recipient's key. */
function agree(plain: Uint8Array, { p256dh, auth }: Recipient) {
  if (plain.length > MAX_PLAIN_BYTES) throw new RangeError(`A push carries at most ${MAX_PLAIN_BYTES} bytes`)
  const pair = createECDH('prime256v1')
  const ours = pair.generateKeys()
  const theirs = Buffer.from(p256dh, 'base64url')
  return { salt: randomBytes(16), secret: pair.computeSecret(theirs), auth: Buffer.from(auth, 'base64url'), ours, theirs }
}

const ascii = (text: string) => Buffer.from(text, 'latin1')
const hkdf = (salt: Buffer, material: Buffer, info: Buffer, bytes: number) => Buffer.from(hkdfSync('sha256', material, salt, info, bytes))

function withLength(key: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(key.length)
  return Buffer.concat([length, key])
}

function seal(key: Buffer, nonce: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}
