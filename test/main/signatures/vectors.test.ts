import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalize } from '../../../src-main/signatures/canonical.ts'
import { cavageBase } from '../../../src-main/signatures/cavage.ts'
import { decodeBase58, decodeMultikey, encodeBase58, encodeMultikey } from '../../../src-main/signatures/multibase.ts'
import { parseProof, signProof, verifyProof } from '../../../src-main/signatures/index.ts'
import { signWith, verifyWith } from '../../../src-main/signatures/keys.ts'
import { parseRfc9421, rfc9421Base } from '../../../src-main/signatures/rfc9421.ts'

/** draft-cavage-http-signatures-12, appendix C. */
const cavageKey = createPrivateKey(`-----BEGIN RSA PRIVATE KEY-----
MIICXgIBAAKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QF
NUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+F
UR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB
AoGBAJR8ZkCUvx5kzv+utdl7T5MnordT1TvoXXJGXK7ZZ+UuvMNUCdN2QPc4sBiA
QWvLw1cSKt5DsKZ8UETpYPy8pPYnnDEz2dDYiaew9+xEpubyeW2oH4Zx71wqBtOK
kqwrXa/pzdpiucRRjk6vE6YY7EBBs/g7uanVpGibOVAEsqH1AkEA7DkjVH28WDUg
f1nqvfn2Kj6CT7nIcE3jGJsZZ7zlZmBmHFDONMLUrXR/Zm3pR5m0tCmBqa5RK95u
412jt1dPIwJBANJT3v8pnkth48bQo/fKel6uEYyboRtA5/uHuHkZ6FQF7OUkGogc
mSJluOdc5t6hI1VsLn0QZEjQZMEOWr+wKSMCQQCC4kXJEsHAve77oP6HtG/IiEn7
kpyUXRNvFsDE0czpJJBvL/aRFUJxuRK91jhjC68sA7NsKMGg5OXb5I5Jj36xAkEA
gIT7aFOYBFwGgQAQkWNKLvySgKbAZRTeLBacpHMuQdl1DfdntvAyqpAZ0lY0RKmW
G6aFKaqQfOXKCyWoUiVknQJAXrlgySFci/2ueKlIE1QqIiLSZ8V8OlpFLRnb1pzI
7U1yQXnTAEFYM560yJlzUpOb1V4cScGd365tiSMvxLOvTA==
-----END RSA PRIVATE KEY-----`)

const cavageFields: Record<string, string> = {
  host: 'example.com',
  date: 'Sun, 05 Jan 2014 21:31:40 GMT',
  'content-type': 'application/json',
  digest: 'SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=',
  'content-length': '18',
}

describe('draft-cavage-12 appendix C', () => {
  const sign = (covered: string[]): string => {
    const message = {
      method: 'POST',
      target: '/foo?param=value&pet=dog',
      field: (name: string) => cavageFields[name],
      created: null,
      expires: null,
    }
    return signWith(cavageKey, Buffer.from(cavageBase(covered, message)!)).toString('base64')
  }

  test('C.1 default: the date only', () => {
    expect(sign(['date'])).toBe(
      'SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=',
    )
  })

  test('C.2 basic', () => {
    expect(sign(['(request-target)', 'host', 'date'])).toBe(
      'qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=',
    )
  })

  test('C.3 all headers', () => {
    expect(sign(['(request-target)', 'host', 'date', 'content-type', 'digest', 'content-length'])).toBe(
      'vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=',
    )
  })
})

describe('RFC 9421 appendix B.2.6', () => {
  const key = createPrivateKey(
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----',
  )
  const publicKey = createPublicKey(
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----',
  )
  const input =
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"'
  const signature = 'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:'
  const fields: Record<string, string> = {
    date: 'Tue, 20 Apr 2021 02:07:55 GMT',
    'content-type': 'application/json',
    'content-length': '18',
  }

  test('our base for the received parameters is the signed one, and signing gives the same bytes', () => {
    const parsed = parseRfc9421(input, signature)
    if (typeof parsed === 'string') throw new Error(parsed)
    const base = rfc9421Base(parsed.components, parsed.raw, {
      method: 'POST',
      scheme: 'https',
      authority: 'example.com',
      target: '/foo?param=Value&Pet=dog',
      field: (name) => fields[name],
    })!
    expect(verifyWith(publicKey, 'sha256', Buffer.from(base), Buffer.from(parsed.signature, 'base64'))).toBe(true)
    expect(signWith(key, Buffer.from(base)).toString('base64')).toBe(parsed.signature)
    expect(parsed.created).toBe(1618884473)
  })
})

describe('W3C vc-di-eddsa, eddsa-jcs-2022 test vector', () => {
  const publicText = 'z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2'
  const method = `did:key:${publicText}#${publicText}`
  const credential = {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
    id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
    type: ['VerifiableCredential', 'AlumniCredential'],
    name: 'Alumni Credential',
    description: 'A minimum viable example of an Alumni Credential.',
    issuer: 'https://vc.example/issuers/5678',
    validFrom: '2023-01-01T00:00:00Z',
    credentialSubject: { id: 'did:example:abcdefgh', alumniOf: 'The School of Examples' },
  }
  const proofValue = 'z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX'
  const seed = decodeBase58('z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq')!.subarray(2)
  const publicKey = decodeMultikey(publicText)!
  const jwk: JsonWebKey = { ...(publicKey.export({ format: 'jwk' }) as JsonWebKey), d: Buffer.from(seed).toString('base64url') }
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const at = Date.parse('2023-02-24T23:36:38Z')

  test('we produce the published proof value', () => {
    const signed = signProof(credential, { privateKey, verificationMethod: method }, at + 123)
    expect(signed['proof']).toMatchObject({ created: '2023-02-24T23:36:38Z', proofValue })
  })

  test('we verify the published document, and not a changed one', () => {
    const proof = {
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-jcs-2022',
      created: '2023-02-24T23:36:38Z',
      verificationMethod: method,
      proofPurpose: 'assertionMethod',
      '@context': credential['@context'],
      proofValue,
    }
    const document = { ...credential, proof }
    const parsed = parseProof(document)
    if ('ok' in parsed) throw new Error(parsed.code)
    expect(parsed.verificationMethod).toBe(method)
    expect(verifyProof(document, parsed, publicKey, at)).toEqual({ ok: true })
    expect(verifyProof({ ...document, name: 'Other' }, parsed, publicKey, at)).toEqual({ ok: false, code: 'bad-signature' })
    expect(verifyProof({ ...document, '@context': ['https://evil.example/'] }, parsed, publicKey, at)).toEqual({
      ok: false,
      code: 'bad-context',
    })
    expect(verifyProof({ ...document, '@context': [...credential['@context'], 'https://more.example/'] }, parsed, publicKey, at)).toEqual({
      ok: true,
    })
  })

  test('multikeys go both ways', () => {
    expect(encodeMultikey(publicKey)).toBe(publicText)
    expect(decodeMultikey('z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ')).toBeNull()
    expect(decodeMultikey('u6Mkr')).toBeNull()
    expect(decodeMultikey(`z${'1'.repeat(500)}`)).toBeNull()
    expect(decodeBase58('z0')).toBeNull()
    expect([...decodeBase58(encodeBase58(Uint8Array.from([0, 0, 1, 255])))!]).toEqual([0, 0, 1, 255])
  })
})

describe('RFC 8785', () => {
  test('the example of section 3.2.2, without its comments', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    )
    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test('keys are sorted by UTF-16 units', () => {
    const value = {
      '\u20ac': 'Euro',
      '\r': 'CR',
      '\ufb33': 'Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Smile',
      '\u0080': 'Control',
      '\u00f6': 'O',
    }
    expect(Object.values(JSON.parse(canonicalize(value)) as object)).toHaveLength(7)
    expect(canonicalize(value)).toBe('{"\\r":"CR","1":"One","\u0080":"Control","ö":"O","€":"Euro","😀":"Smile","\ufb33":"Dagesh"}')
  })

  test('what is not JSON is refused, and depth does not overflow the stack', () => {
    expect(() => canonicalize({ a: Number.NaN })).toThrow(TypeError)
    expect(() => canonicalize({ a: '\ud800' })).toThrow(TypeError)
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(() => canonicalize(deep)).toThrow(RangeError)
  })
})
