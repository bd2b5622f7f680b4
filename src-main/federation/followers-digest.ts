import { createHash } from 'node:crypto'

/**
 * The partial followers digest of FEP-8fcf: the SHA-256 of every follower's id, all joined by exclusive or, in hexadecimal. Order does
 * not matter; nobody at all is 64 zeros.
 */
export function followersDigest(uris: Iterable<string>): string {
  const sum = Buffer.alloc(32)
  for (const uri of new Set(uris)) {
    const hash = createHash('sha256').update(uri, 'utf8').digest()
    for (let i = 0; i < 32; i++) sum[i] = (sum[i] as number) ^ (hash[i] as number)
  }
  return sum.toString('hex')
}
