import { sign } from 'node:crypto'
import { encrypt, encryptLegacy } from './encryption.ts'
import type { KeyObject } from 'node:crypto'
import type { PushSubscription } from '../domain/push.ts'

/** One push as it is posted: the payload encrypted for the app, and the word of this home by which the push service knows us (RFC 8292). */

/** What apps read once they have decrypted it; numbers as Mastodon sends them. */
export interface Payload {
  /**
   * The token of the subscription: phone apps and Phanpy know by it which of their accounts is meant. Readable for the app alone, which had
   * it from us.
   */
  access_token: string
  preferred_locale: string
  notification_id: number
  notification_type: string
  icon: string
  title: string
  body: string
}

export interface Signer {
  /** Uncompressed point of P-256, URL-safe base64 without padding. */
  publicKey(): string
  privateKey(): KeyObject
}

export interface Letter {
  body: Buffer
  headers: Record<string, string>
}

/** RFC 8292 allows a day at most; a clock that is wrong by hours should not matter. */
const VALID_MS = 12 * 3600_000

/** `contact`: a https or mailto address by which the push service can reach whoever runs this. `ttl`: seconds it may wait for the phone. */
export function writeLetter(
  subscription: PushSubscription,
  payload: Payload,
  { signer, contact, now, ttl }: { signer: Signer; contact: string; now: number; ttl: number },
): Letter {
  const plain = Buffer.from(JSON.stringify(payload))
  const { body, headers } = subscription.standard ? encrypt(plain, subscription) : encryptLegacy(plain, subscription)
  const word = signedWord({ aud: new URL(subscription.endpoint).origin, exp: Math.floor((now + VALID_MS) / 1000), sub: contact }, signer)
  const ours = signer.publicKey()
  return {
    body,
    headers: {
      ...headers,
      ...(subscription.standard
        ? { authorization: `vapid t=${word}, k=${ours}` }
        : { authorization: `WebPush ${word}`, 'crypto-key': `${headers['crypto-key']};p256ecdsa=${ours}` }),
      'content-type': 'application/octet-stream',
      ttl: String(ttl),
      urgency: 'normal',
    },
  }
}

/** A JWT of ES256. */
function signedWord(claims: { aud: string; exp: number; sub: string }, signer: Signer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key: signer.privateKey(), dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
