import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { vapidSecret } from '../domain/push.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../domain/domain.ts'
import type { KeyRing } from '../store/keys.ts'

/** The key by which push services know this home (RFC 8292), and the seal of the tokens that pushes carry. */
export interface Vapid {
  /** The uncompressed point of P-256, URL-safe base64 without padding; the same for ever. */
  publicKey(): string
  privateKey(): KeyObject
  /** Closes an app's token for the database: what a push says to tell the accounts of an app apart. */
  sealToken(token: string): string
  unsealToken(sealed: string): string
}

/** What the sealed texts are for; authenticated with them. */
const KEY = 'vapid key'
const TOKEN = 'push token'

/** Made at its first use, once in the life of a home: apps subscribe to this very key. */
export function openVapid(d: Domain, ring: Pick<KeyRing, 'seal' | 'unseal'>): Vapid {
  let opened: { privateKey: KeyObject; publicKey: string } | null = null
  const open = () => {
    if (opened) return opened
    const sealed = vapidSecret(d, () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return ring.seal(privateKey.export({ type: 'pkcs8', format: 'pem' }), KEY)
    })
    const privateKey = createPrivateKey(ring.unseal(sealed, KEY).toString('utf8'))
    const { x = '', y = '' } = privateKey.export({ format: 'jwk' }) as { x?: string; y?: string }
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    opened = { privateKey, publicKey: point.toString('base64url') }
    return opened
  }
  return {
    publicKey: () => open().publicKey,
    privateKey: () => open().privateKey,
    sealToken: (token) => ring.seal(token, TOKEN),
    unsealToken: (sealed) => ring.unseal(sealed, TOKEN).toString('utf8'),
  }
}
