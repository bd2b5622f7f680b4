/** The independent implementation judges our signatures, and we judge its. */
import { generateCryptoKeyPair, signObject, signRequest, verifyProof as fedifyVerifyProof, verifyRequest } from '@fedify/fedify/sig'
import { Create, CryptographicKey, DataIntegrityProof, Multikey, Note } from '@fedify/vocab'
import { Temporal as Polyfill } from '@js-temporal/polyfill'
import { createPrivateKey, KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  decodeMultikey,
  generateKeys,
  parseProof,
  parseSignature,
  readPublicKey,
  signCavage,
  signProof,
  signRfc9421,
  verifyProof,
  verifySignature,
  type JsonObject,
} from '../../../src-main/signatures/index.ts'

const actor = 'https://mo.example/users/mo'
const now = Date.UTC(2026, 2, 5, 9, 8, 7)
const body = JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', type: 'Like', actor, content: 'ça va ☕' })
const keys = await generateKeys()

async function spkiKey(key: KeyObject, algorithm: string): Promise<CryptoKey> {
  const parameters = algorithm === 'Ed25519' ? 'Ed25519' : { name: algorithm, hash: 'SHA-256' }
  return crypto.subtle.importKey('spki', new Uint8Array(key.export({ type: 'spki', format: 'der' })), parameters, true, ['verify'])
}

async function cacheOf(
  id: string,
): Promise<{ get: (keyId: URL) => Promise<CryptographicKey | Multikey | undefined>; set: () => Promise<void> }> {
  const rsa = new CryptographicKey({
    id: new URL(`${id}#main-key`),
    owner: new URL(id),
    publicKey: await spkiKey(readPublicKey(keys.rsa.publicPem)!, 'RSASSA-PKCS1-v1_5'),
  })
  const ed25519 = new Multikey({
    id: new URL(`${id}#ed25519-key`),
    controller: new URL(id),
    publicKey: await spkiKey(decodeMultikey(keys.ed25519.publicMultibase)!, 'Ed25519'),
  })
  return { get: async (keyId) => (keyId.href.endsWith('#main-key') ? rsa : ed25519), set: async () => undefined }
}

/** Fedify's types name the built-in Temporal, its code the polyfill: Node 24 has no built-in. */
const instant = (ms: number): Temporal.Instant => Polyfill.Instant.fromEpochMilliseconds(ms) as unknown as Temporal.Instant

describe('Fedify verifies our requests', () => {
  const privateKey = createPrivateKey(keys.rsa.privatePem)
  for (const [name, signer] of [
    ['draft-cavage', signCavage],
    ['RFC 9421', signRfc9421],
  ] as const) {
    test(`${name}: POST and GET with a query`, async () => {
      const keyCache = await cacheOf(actor)
      const url = 'https://ana.example/inbox'
      const post = signer({
        method: 'POST',
        url,
        body,
        keyId: `${actor}#main-key`,
        privateKey,
        date: now,
        headers: { 'content-type': 'application/activity+json' },
      })
      const good = new Request(url, { method: 'POST', headers: post, body })
      expect((await verifyRequest(good, { keyCache, currentTime: instant(now) }))?.id?.href).toBe(`${actor}#main-key`)
      const bad = new Request(url, { method: 'POST', headers: post, body: `${body} ` })
      expect(await verifyRequest(bad, { keyCache, currentTime: instant(now) })).toBeNull()

      // Fedify 2.3.6 leaves the query out of draft-cavage's (request-target), as old Mastodon did: that is what the 401 retry is for.
      const target = 'https://ana.example/users/ana/outbox?page=true&max_id=%31'
      const get = signer({
        method: 'GET',
        url: target,
        keyId: `${actor}#main-key`,
        privateKey,
        date: now,
        ...(signer === signCavage && { withoutQuery: true }),
      })
      expect(await verifyRequest(new Request(target, { headers: get }), { keyCache, currentTime: instant(now) })).not.toBeNull()
    })
  }
})

describe('we verify what Fedify signs', () => {
  for (const spec of ['draft-cavage-http-signatures-12', 'rfc9421'] as const) {
    test(spec, async () => {
      const pair = await generateCryptoKeyPair('RSASSA-PKCS1-v1_5')
      const request = new Request('https://ana.example/inbox?x=1', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/activity+json' },
      })
      const signed = await signRequest(request, pair.privateKey, new URL(`${actor}#main-key`), { spec, currentTime: instant(now) })
      const seen = {
        method: 'POST',
        target: '/inbox?x=1',
        headers: Object.fromEntries(signed.headers),
        rawBody: Buffer.from(await signed.arrayBuffer()),
        authority: 'ana.example',
        scheme: 'https' as const,
      }
      const parsed = parseSignature(seen)
      if (!parsed.ok) throw new Error(parsed.code)
      expect(parsed.scheme).toBe(spec === 'rfc9421' ? 'rfc9421' : 'cavage')
      expect(parsed.keyId).toBe(`${actor}#main-key`)
      const key = KeyObject.from(pair.publicKey)
      expect(verifySignature(parsed, seen, key, now, { hosts: ['ana.example'] })).toEqual({ ok: true })
      expect(verifySignature(parsed, { ...seen, rawBody: Buffer.from('{}') }, key, now, { hosts: ['ana.example'] })).toMatchObject({
        code: 'digest-mismatch',
      })
    })
  }
})

describe('integrity proofs (FEP-8b32)', () => {
  const context = ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/data-integrity/v1']
  const document: JsonObject = {
    '@context': context,
    id: 'https://mo.example/activities/1',
    type: 'Create',
    actor,
    object: { id: 'https://mo.example/notes/1', type: 'Note', attributedTo: actor, content: '<p>Grüße</p>' },
  }

  test('Fedify verifies ours', async () => {
    const privateKey = createPrivateKey(keys.ed25519.privatePem)
    const signed = signProof(document, { privateKey, verificationMethod: `${actor}#ed25519-key` }, now)
    const raw = signed['proof'] as JsonObject
    const proof = await DataIntegrityProof.fromJsonLd(raw)
    const keyCache = (await cacheOf(actor)) as never
    expect((await fedifyVerifyProof(signed, proof, { keyCache }))?.id?.href).toBe(`${actor}#ed25519-key`)
    expect(await fedifyVerifyProof({ ...signed, actor: 'https://evil.example/users/mo' }, proof, { keyCache })).toBeNull()
  })

  test("we verify Fedify's, and refuse a changed object, an expired proof, another key", async () => {
    const pair = await generateCryptoKeyPair('Ed25519')
    const note = new Note({ id: new URL('https://mo.example/notes/1'), attribution: new URL(actor), content: '<p>Grüße</p>' })
    const create = new Create({ id: new URL('https://mo.example/activities/1'), actor: new URL(actor), object: note })
    const signed = await signObject(create, pair.privateKey, new URL(`${actor}#ed25519-key`), { created: instant(now) })
    const json = (await signed.toJsonLd({ format: 'compact' })) as JsonObject
    const proof = parseProof(json)
    if ('ok' in proof) throw new Error(proof.code)
    const key = KeyObject.from(pair.publicKey)
    expect(proof.created).toBe(now)
    expect(verifyProof(json, proof, key, now)).toEqual({ ok: true })
    expect(verifyProof({ ...json, actor: 'https://evil.example/' }, proof, key, now)).toEqual({ ok: false, code: 'bad-signature' })
    expect(verifyProof(json, { ...proof, expires: now - 1 }, key, now)).toEqual({ ok: false, code: 'expired' })
    expect(verifyProof(json, proof, decodeMultikey(keys.ed25519.publicMultibase)!, now)).toEqual({ ok: false, code: 'bad-signature' })
    expect(verifyProof(json, proof, readPublicKey(keys.rsa.publicPem)!, now)).toEqual({ ok: false, code: 'unsupported-key' })
  })

  test('an LD signature beside the proof is not part of what is hashed; other suites are named', () => {
    const privateKey = createPrivateKey(keys.ed25519.privatePem)
    const signed = signProof(document, { privateKey, verificationMethod: `${actor}#ed25519-key` }, now)
    const proof = parseProof(signed)
    if ('ok' in proof) throw new Error(proof.code)
    const key = decodeMultikey(keys.ed25519.publicMultibase)!
    expect(verifyProof({ ...signed, signature: { type: 'RsaSignature2017' } }, proof, key, now)).toEqual({ ok: true })
    expect(parseProof(document)).toEqual({ ok: false, code: 'missing' })
    expect(parseProof({ ...document, proof: { type: 'DataIntegrityProof', cryptosuite: 'eddsa-rdfc-2022' } })).toEqual({
      ok: false,
      code: 'unsupported',
    })
    expect(parseProof({ ...document, proof: { type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022', proofPurpose: 'x' } })).toEqual({
      ok: false,
      code: 'malformed',
    })
  })
})

describe('keys', () => {
  test('generated keys are readable and of the promised kinds', () => {
    expect(keys.rsa.publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/)
    expect(readPublicKey(keys.rsa.publicPem)?.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(keys.ed25519.publicMultibase).toMatch(/^z6Mk/)
    expect(createPrivateKey(keys.ed25519.privatePem).asymmetricKeyType).toBe('ed25519')
  })
  test('rule 7: a private key, a certificate or noise is no public key', () => {
    expect(readPublicKey(keys.rsa.privatePem)).toBeNull()
    expect(readPublicKey('-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----')).toBeNull()
    expect(readPublicKey('-----BEGIN PUBLIC KEY-----\nMII=\n-----END PUBLIC KEY-----')).toBeNull()
    expect(readPublicKey('')).toBeNull()
  })
})
