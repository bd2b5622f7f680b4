import { createHash, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cavageBase } from '../../../src-main/signatures/cavage.ts'
import {
  checkSignature,
  parseSignature,
  signCavage,
  signCavageInPool,
  signRfc9421InPool,
  verifySignature,
  type SignedRequest,
} from '../../../src-main/signatures/index.ts'
import { body, cavagePost, ed25519, hosts, keyId, now, otherRsa, received, rfcPost, rsa } from './requests.ts'

const hour = 3_600_000

function judge(request: SignedRequest, at = now, key = rsa.publicKey, own = hosts): string {
  const parsed = parseSignature(request)
  if (!parsed.ok) return parsed.code
  const verdict = verifySignature(parsed, request, key, at, { hosts: own })
  return verdict.ok ? 'ok' : verdict.code
}

/** A draft-cavage header made by hand, for what our own signer would never send. */
function handmade(
  covered: string[],
  parameters: string,
  fields: Record<string, string>,
  hash = 'sha256',
  target = '/inbox',
  times: { created?: number; expires?: number } = {},
): Record<string, string> {
  const message = {
    method: 'POST',
    target,
    field: (name: string) => fields[name],
    created: times.created ?? null,
    expires: times.expires ?? null,
  }
  const signature = sign(hash, Buffer.from(cavageBase(covered, message)!), rsa.privateKey).toString('base64')
  return { ...fields, signature: `keyId="${keyId}",${parameters}headers="${covered.join(' ')}",signature="${signature}"` }
}

const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`
const fields = { host: 'ana.example', date: new Date(now).toUTCString(), digest }

describe('draft-cavage: what we send', () => {
  test('is the exact header of federation.md 2.1', () => {
    const headers = cavagePost({ headers: { 'Content-Type': 'application/activity+json' } })
    expect(headers).toMatchObject({
      host: 'ana.example',
      date: 'Thu, 05 Mar 2026 09:08:07 GMT',
      digest,
      'content-type': 'application/activity+json',
    })
    expect(headers['signature']).toMatch(
      /^keyId="https:\/\/mo\.example\/users\/mo#main-key",algorithm="rsa-sha256",headers="\(request-target\) host date digest",signature="[A-Za-z0-9+/]+=*"$/,
    )
  })

  test('GET signs neither digest nor accept', () => {
    const headers = signCavage({
      method: 'GET',
      url: 'https://ana.example/users/ana?page=1',
      keyId,
      privateKey: rsa.privateKey,
      date: now,
      headers: { accept: 'x' },
    })
    expect(headers['signature']).toContain('headers="(request-target) host date"')
    expect(headers).not.toHaveProperty('digest')
    expect(judge(received(headers, { method: 'GET', target: '/users/ana?page=1', rawBody: Buffer.alloc(0) }))).toBe('ok')
  })

  test('the pool signs the same bytes', async () => {
    const input = { method: 'POST', url: 'https://ana.example/inbox', body, keyId, privateKey: rsa.privateKey, date: now }
    expect(await signCavageInPool(input)).toEqual(cavagePost())
    expect(await signRfc9421InPool(input)).toEqual(rfcPost())
  })

  test('a non-default port is part of the host', () => {
    const headers = cavagePost({ url: 'http://127.0.0.1:8080/inbox' })
    expect(headers['host']).toBe('127.0.0.1:8080')
    const request = received(headers, { authority: '127.0.0.1:8080', scheme: 'http' })
    expect(judge(request, now, rsa.publicKey, ['127.0.0.1:8080'])).toBe('ok')
  })
})

describe('draft-cavage: what we accept', () => {
  test('our own signature', () => expect(judge(received(cavagePost()))).toBe('ok'))
  test('rawHeaders instead of a record', () => {
    const flat = Object.entries(cavagePost()).flatMap(([name, value]) => [name.toUpperCase(), ` ${value} `])
    expect(judge({ ...received({}), headers: flat })).toBe('ok')
  })
  test('a target signed with its query, and without (GoToSocial, older Mastodon)', () => {
    const url = 'https://ana.example/inbox?x=%41+b'
    const target = '/inbox?x=%41+b'
    expect(judge(received(cavagePost({ url }), { target }))).toBe('ok')
    expect(judge(received(cavagePost({ url, withoutQuery: true }), { target }))).toBe('ok')
    expect(judge(received(cavagePost({ url: 'https://ana.example/inbox?x=other' }), { target }))).toBe('bad-signature')
  })
  test('percent-encoding is taken as it stood on the wire', () => {
    const headers = handmade(['(request-target)', 'host', 'date', 'digest'], '', fields, 'sha256', '/inbox/%7eana')
    expect(judge(received(headers, { target: '/inbox/%7eana' }))).toBe('ok')
    expect(judge(received(headers, { target: '/inbox/~ana' }))).toBe('bad-signature')
  })
  test('a Host rewritten by the tunnel: the signature is checked against our own name', () => {
    expect(judge(received({ ...cavagePost(), host: 'localhost:4000' }, { authority: 'localhost:4000' }))).toBe('ok')
  })
  test('hs2019 and no algorithm at all, RSA with either hash', () => {
    const covered = ['(request-target)', 'host', 'date', 'digest']
    for (const parameters of ['algorithm="hs2019",', '']) {
      expect(judge(received(handmade(covered, parameters, fields)))).toBe('ok')
      expect(judge(received(handmade(covered, parameters, fields, 'sha512')))).toBe('ok')
    }
    expect(judge(received(handmade(covered, 'algorithm="rsa-sha512",', fields, 'sha512')))).toBe('ok')
    expect(judge(received(handmade(covered, 'algorithm="rsa-sha256",', fields, 'sha512')))).toBe('bad-signature')
  })
  test('Ed25519 keys under hs2019', () => {
    const headers = cavagePost({ privateKey: ed25519.privateKey })
    expect(headers['signature']).toContain('algorithm="hs2019"')
    expect(judge(received(headers), now, ed25519.publicKey)).toBe('ok')
    expect(judge(received(headers), now, rsa.publicKey)).toBe('bad-signature')
  })
  test('(created) and (expires) instead of a date', () => {
    const created = Math.floor(now / 1000)
    const times = { created, expires: created + 600 }
    const covered = ['(request-target)', '(created)', '(expires)', 'host', 'digest']
    const parameters = `algorithm="hs2019",created=${times.created},expires=${times.expires},`
    const headers = handmade(covered, parameters, { host: 'ana.example', digest }, 'sha256', '/inbox', times)
    expect(judge(received(headers))).toBe('ok')
    expect(judge(received(headers), now + 600_000 + hour + 1000)).toBe('stale')
    expect(judge(received({ ...headers, signature: headers['signature']!.replace('hs2019', 'rsa-sha256') }))).toBe('malformed')
  })
  test('a bogus leading "Signature " and spaces after commas', () => {
    const headers = cavagePost()
    expect(judge(received({ ...headers, signature: `Signature ${headers['signature']!.replaceAll('",', '", ')}` }))).toBe('ok')
  })
})

describe('digests', () => {
  const judgeDigest = (value: string): string => {
    const changed = { ...fields, digest: value }
    return judge(received(handmade(['(request-target)', 'host', 'date', 'digest'], '', changed)))
  }
  test('a comma list and another case of the algorithm', () => {
    expect(judgeDigest(`sha-256=${digest.slice(8)}`)).toBe('ok')
    expect(judgeDigest(`MD5=AAAA, ${digest},unixsum=1`)).toBe('ok')
  })
  test('rule 2: a changed body, no SHA-256, two of them, or nonsense', () => {
    expect(judge(received(cavagePost(), { rawBody: Buffer.from('{}') }))).toBe('digest-mismatch')
    expect(judgeDigest('SHA-512=AAAA')).toBe('digest-mismatch')
    expect(judgeDigest(`${digest},SHA-256=AAAA`)).toBe('digest-mismatch')
    expect(judgeDigest('SHA-256=')).toBe('digest-mismatch')
  })
  test('bytes count, not JSON: one space more is another body', () => {
    expect(judge(received(cavagePost(), { rawBody: Buffer.from(`${body.toString()} `) }))).toBe('digest-mismatch')
  })
})

describe('rule 2: everything that must be covered', () => {
  const judgeCovered = (covered: string[], change: Partial<SignedRequest> = {}): string =>
    judge(received(handmade(covered, '', fields), change))
  test('a POST without digest, target, host or date is refused', () => {
    expect(judgeCovered(['(request-target)', 'host', 'date'])).toBe('uncovered')
    expect(judgeCovered(['host', 'date', 'digest'])).toBe('uncovered')
    expect(judgeCovered(['(request-target)', 'date', 'digest'])).toBe('uncovered')
    expect(judgeCovered(['(request-target)', 'host', 'digest'])).toBe('uncovered')
  })
  test('no headers parameter means the date only', () => {
    const signature = handmade(['date'], '', fields)['signature']!.replace('headers="date",', '')
    expect(judge(received({ ...fields, signature }))).toBe('uncovered')
  })
  test('a field named as signed but absent', () => {
    const headers = cavagePost()
    delete headers['digest']
    expect(judge(received(headers))).toBe('missing-header')
  })
  test('what is signed cannot be moved: other method, path, key', () => {
    expect(judge(received(cavagePost(), { method: 'PUT' }))).toBe('bad-signature')
    expect(judge(received(cavagePost(), { target: '/users/ana/inbox' }))).toBe('bad-signature')
    expect(judge(received(cavagePost()), now, otherRsa.publicKey)).toBe('bad-signature')
  })
  test('a signature made for another server', () => {
    expect(judge(received(cavagePost({ url: 'https://other.example/inbox' })))).toBe('bad-signature')
    expect(judge(received(cavagePost({ url: 'https://other.example/inbox' }), { authority: 'other.example' }))).toBe('bad-signature')
  })
})

describe('rule 15: the time window', () => {
  test('five minutes and an hour of margin, either way', () => {
    expect(judge(received(cavagePost()), now + 300_000 + hour)).toBe('ok')
    expect(judge(received(cavagePost()), now + 300_000 + hour + 1000)).toBe('stale')
    expect(judge(received(cavagePost()), now - hour)).toBe('ok')
    expect(judge(received(cavagePost()), now - hour - 1000)).toBe('future')
    expect(judge(received(rfcPost()), now + 300_000 + hour + 1000)).toBe('stale')
    expect(judge(received(rfcPost()), now - hour - 1000)).toBe('future')
  })
  test('expires is capped at twelve hours', () => {
    const created = Math.floor(now / 1000)
    const times = { created, expires: created + 10 * 86_400 }
    const parameters = `algorithm="hs2019",created=${created},expires=${times.expires},`
    const headers = handmade(
      ['(request-target)', '(created)', '(expires)', 'host', 'digest'],
      parameters,
      { host: 'ana.example', digest },
      'sha256',
      '/inbox',
      times,
    )
    expect(judge(received(headers), now + 12 * hour)).toBe('ok')
    expect(judge(received(headers), now + 13 * hour + 1000)).toBe('stale')
  })
  test('a date that is not RFC 1123', () => {
    const headers = handmade(['(request-target)', 'host', 'date', 'digest'], '', { ...fields, date: '2026-03-05T09:08:07Z' })
    expect(judge(received(headers))).toBe('malformed')
  })
  test('the keyless check says the same before a key is fetched', () => {
    const parsed = parseSignature(received(cavagePost()))
    if (!parsed.ok) throw new Error(parsed.code)
    expect(checkSignature(parsed, received(cavagePost()), now)).toEqual({ ok: true })
    expect(checkSignature(parsed, received(cavagePost()), now + 2 * hour)).toEqual({ ok: false, code: 'stale' })
    expect(checkSignature(parsed, received(cavagePost(), { rawBody: Buffer.from('x') }), now)).toEqual({
      ok: false,
      code: 'digest-mismatch',
    })
  })
})

describe('rule 2: headers that cannot be read fail closed', () => {
  const codeOf = (signature: string, more: Record<string, string> = {}): string => judge(received({ ...fields, ...more, signature }))
  const good = cavagePost()['signature']!
  test.each([
    ['no signature', '', 'missing'],
    ['a duplicated parameter', `${good},keyId="https://evil.example/key"`, 'duplicate-parameter'],
    ['a duplicated parameter in another case', `${good},KEYID="https://evil.example/key"`, 'duplicate-parameter'],
    ['an unclosed quote', good.slice(0, -1), 'malformed'],
    ['no key id', good.replace(/keyId="[^"]*",/, ''), 'malformed'],
    ['no signature parameter', good.replace(/,signature="[^"]*"/, ''), 'malformed'],
    ['bad base64', good.replace(/signature="[^"]*"/, 'signature="a*b"'), 'malformed'],
    ['an unknown algorithm', good.replace('rsa-sha256', 'hmac-sha256'), 'unknown-algorithm'],
    ['SHA-1', good.replace('rsa-sha256', 'rsa-sha1'), 'unknown-algorithm'],
    ['an acct: key id', good.replace(keyId, 'acct:mo@mo.example'), 'bad-key-id'],
    ['a name for a key id', good.replace(keyId, 'mo'), 'bad-key-id'],
    ['a key id with a password', good.replace(keyId, 'https://a:b@mo.example/'), 'bad-key-id'],
    ['a field covered twice', good.replace('host date', 'host host date'), 'malformed'],
    ['garbage', '=====,,,,', 'malformed'],
    ['9 kB', `${good},x="${'a'.repeat(9000)}"`, 'malformed'],
  ])('%s', (_name, signature, code) => expect(codeOf(signature)).toBe(code))

  test('keys that cannot carry the algorithm', () => {
    expect(judge(received(cavagePost()), now, ed25519.publicKey)).toBe('unsupported-key')
    expect(judge(received(rfcPost()), now, ed25519.publicKey)).toBe('unsupported-key')
  })
})

describe('RFC 9421', () => {
  test('what we send is what federation.md 2.2 says, and we accept it', () => {
    const headers = rfcPost()
    expect(headers['signature-input']).toBe(
      `sig1=("@method" "@target-uri" "content-digest");created=${Math.floor(now / 1000)};keyid="${keyId}";alg="rsa-v1_5-sha256"`,
    )
    expect(headers['signature']).toMatch(/^sig1=:[A-Za-z0-9+/]+=*:$/)
    expect(judge(received(headers))).toBe('ok')
    expect(judge(received(rfcPost({ privateKey: ed25519.privateKey })), now, ed25519.publicKey)).toBe('ok')
    expect(judge(received(rfcPost({ url: 'https://ana.example/inbox?a=1' }), { target: '/inbox?a=1' }))).toBe('ok')
  })
  test('the target URI is ours, whatever the tunnel calls it', () => {
    expect(judge(received({ ...rfcPost(), host: 'localhost' }, { authority: 'localhost:4000' }))).toBe('ok')
    expect(judge(received(rfcPost({ url: 'https://other.example/inbox' })))).toBe('bad-signature')
    expect(judge(received(rfcPost({ url: 'http://ana.example/inbox' })))).toBe('bad-signature')
  })
  test('rule 2: uncovered, unknown, duplicated, doubled', () => {
    const headers = rfcPost()
    const input = headers['signature-input']!
    const change = (to: string): string => judge(received({ ...headers, 'signature-input': to }))
    expect(change(input.replace(' "content-digest"', ''))).toBe('uncovered')
    expect(change(input.replace('"@method" ', ''))).toBe('uncovered')
    expect(change(input.replace(/;created=\d+/, ''))).toBe('uncovered')
    expect(change(input.replace('rsa-v1_5-sha256', 'hmac-sha256'))).toBe('unknown-algorithm')
    expect(change(input.replace('rsa-v1_5-sha256', 'rsa-pss-sha512'))).toBe('unknown-algorithm')
    expect(change(`${input};keyid="https://evil.example/"`)).toBe('duplicate-parameter')
    expect(change(`${input}, sig2=("@method");created=1;keyid="https://evil.example/"`)).toBe('malformed')
    expect(change(input.replace('"@method"', '"@method";req'))).toBe('malformed')
    expect(change(input.replace('"@method"', '"@method" "@method"'))).toBe('malformed')
    expect(change(input.replace(keyId, 'acct:mo@mo.example'))).toBe('bad-key-id')
    expect(change(input.replace('sig1=', 'sig2='))).toBe('malformed')
    expect(change(input.replace('"@method"', '"@status" "@method"'))).toBe('bad-signature')
    expect(judge(received({ ...headers, signature: `${headers['signature']},sig1=:AAAA:` }))).toBe('duplicate-parameter')
  })
  test('rule 2: a changed body or Content-Digest', () => {
    expect(judge(received(rfcPost(), { rawBody: Buffer.from('{}') }))).toBe('digest-mismatch')
    expect(judge(received({ ...rfcPost(), 'content-digest': 'sha-512=:AAAA:' }))).toBe('digest-mismatch')
    expect(judge(received({ ...rfcPost(), 'content-digest': '' }))).toBe('digest-mismatch')
  })
  test('rule 2: with both sets of headers only the 9421 signature counts', () => {
    const cavage = cavagePost()
    const rfc = rfcPost()
    const both = { ...cavage, ...rfc, signature: `${cavage['signature']}, ${rfc['signature']}` }
    expect(judge(received(both))).toBe('ok')
    const parsed = parseSignature(received(both))
    expect(parsed.ok && parsed.scheme).toBe('rfc9421')
    // The draft-cavage half stays good while the 9421 half is broken: refused, no fallback.
    const broken = rfcPost({ privateKey: otherRsa.privateKey })['signature']!
    expect(judge(received({ ...both, signature: `${cavage['signature']}, ${broken}` }))).toBe('bad-signature')
    expect(judge(received({ ...both, signature: cavage['signature'] }))).toBe('malformed')
  })
})
