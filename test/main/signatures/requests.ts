import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { signCavage, signRfc9421, type SignedRequest } from '../../../src-main/signatures/index.ts'

/** One key of each kind for all tests of the room. */
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ed25519 = generateKeyPairSync('ed25519')

export const keyId = 'https://mo.example/users/mo#main-key'
export const now = Date.UTC(2026, 2, 5, 9, 8, 7)
export const hosts = ['ana.example']
export const body = Buffer.from('{"type":"Like","note":"naïve ☕"}')

export { createPrivateKey, createPublicKey }

/** The request a server at ana.example sees when these headers arrive. */
export function received(headers: Record<string, string | undefined>, change: Partial<SignedRequest> = {}): SignedRequest {
  return { method: 'POST', target: '/inbox', headers, rawBody: body, authority: 'ana.example', scheme: 'https', ...change }
}

export function cavagePost(change: Partial<Parameters<typeof signCavage>[0]> = {}): Record<string, string> {
  return signCavage({ method: 'POST', url: 'https://ana.example/inbox', body, keyId, privateKey: rsa.privateKey, date: now, ...change })
}

export function rfcPost(change: Partial<Parameters<typeof signRfc9421>[0]> = {}): Record<string, string> {
  return signRfc9421({ method: 'POST', url: 'https://ana.example/inbox', body, keyId, privateKey: rsa.privateKey, date: now, ...change })
}
