import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nameOwner, chooseOrigin } from '../../../src-main/domain/owner.ts'
import { receiveFollow } from '../../../src-main/domain/follows.ts'
import { generateKeys, parseSignature, readPublicKey, verifySignature } from '../../../src-main/signatures/index.ts'
import { addPerson } from '../../rig/seed.ts'
import { HOUR, keyId, keys, MINUTE, NOON, openRig, rowsOf, until } from './rig.ts'
import type { Received } from './fediverse.ts'

const TIDE = 'http://tide.test/inbox'
const MOOR = 'http://moor.test/inbox'
const post = (n: number): string => `http://ana.test/${n}`

/** By whom a delivery is signed, as a receiver would find out; `covered` are the fields the signature speaks for. */
function signed(received: Received, publicPem: string): { ok: boolean; keyId: string; scheme: string; covered: string } {
  const request = {
    method: received.method,
    target: received.target,
    headers: received.headers,
    rawBody: received.rawBody,
    authority: received.host,
    scheme: 'http' as const,
  }
  const parsed = parseSignature(request)
  if (!parsed.ok) return { ok: false, keyId: '', scheme: parsed.code, covered: '' }
  const { ok } = verifySignature(parsed, request, readPublicKey(publicPem)!, Date.now(), { hosts: [received.host] })
  return {
    ok,
    keyId: parsed.keyId,
    scheme: parsed.scheme,
    covered: String(received.headers['signature-input'] ?? received.headers.signature),
  }
}

describe('who signs', () => {
  test('the owner, the owner’s former key, or the instance, as each activity asks', async () => {
    const rig = await openRig()
    const before = await generateKeys()
    const instanceKeyId = 'http://ana.test/actor#main-key'
    rig.delivery.setKey({ keyId, privatePem: keys.rsa.privatePem, previousPem: before.rsa.privatePem, instanceKeyId })
    const ids = [
      rig.send(post(1), [TIDE]),
      rig.send(post(2), [TIDE], { signer: 'previous' }),
      rig.send(post(3), [TIDE], { signer: 'instance' }),
    ]
    await until(() => ids.every((id) => rig.state(id) === 'sent'))
    const [owner, previous, instance] = rig.fediverse.received
    expect(signed(owner!, keys.rsa.publicPem)).toMatchObject({ ok: true, keyId })
    expect(signed(previous!, before.rsa.publicPem)).toMatchObject({ ok: true, keyId })
    expect(signed(previous!, keys.rsa.publicPem).ok).toBe(false)
    expect(signed(instance!, keys.rsa.publicPem)).toMatchObject({ ok: true, keyId: instanceKeyId })
    expect(createPublicKey(keys.rsa.publicPem).asymmetricKeyType).toBe('rsa')
  })

  test('an inbox with a query that refuses it is knocked on without the query, then otherwise: three times at most', async () => {
    const rig = await openRig()
    const inbox = 'http://old.test/inbox?user=bo'
    rig.fediverse.answer = () => 401
    rig.send(post(1), [inbox])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    expect(rig.fediverse.received.map((one) => signed(one, keys.rsa.publicPem))).toMatchObject([
      { scheme: 'cavage', ok: true },
      { scheme: 'cavage', ok: true },
      { scheme: 'rfc9421', ok: true },
    ])
    const bases = rig.fediverse.received.map((one) => one.headers.signature)
    expect(new Set(bases).size).toBe(3)
  })
})

describe('followers synchronisation (FEP-8fcf)', () => {
  test.each(['cavage', 'rfc9421'] as const)('is asked for at each attempt and covered by the signature: %s', async (preferred) => {
    const rig = await openRig({ preferred })
    let count = 0
    rig.prepare.synchronization = (inbox) => (inbox === TIDE ? `collectionId="x", url="y", digest="${++count}"` : null)
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' && count === 1 ? 503 : 202)
    const id = rig.send(post(1), [TIDE, MOOR], { synchronize: true })
    await until(() => rowsOf(rig)[0]?.attempts === 1 && rowsOf(rig).length === 1)
    rig.clock.advance(2 * MINUTE)
    await until(() => rig.state(id) === 'sent')
    const plain = rig.send(post(2), [TIDE])
    await until(() => rig.state(plain) === 'sent')
    const [first, second, third] = rig.fediverse.received.filter((one) => one.host === 'tide.test')
    expect([first, second, third].map((one) => one?.headers['collection-synchronization'])).toEqual([
      'collectionId="x", url="y", digest="1"',
      'collectionId="x", url="y", digest="2"',
      undefined,
    ])
    for (const one of [first!, second!]) {
      expect(signed(one, keys.rsa.publicPem)).toMatchObject({ ok: true, scheme: preferred })
      expect(signed(one, keys.rsa.publicPem).covered).toContain('collection-synchronization')
    }
    expect(rig.fediverse.received.find((one) => one.host === 'moor.test')?.headers['collection-synchronization']).toBeUndefined()
  })
})

describe('what is spread over minutes', () => {
  const inboxes = Array.from({ length: 10 }, (_, n) => `http://host${n}.test/inbox`)

  test('leaves evenly, and holds back nothing that is written meanwhile', async () => {
    const rig = await openRig()
    const wake = rig.send('http://ana.test/wake', inboxes, { kind: 'wake', key: 'wake', spreadMs: 5 * MINUTE })
    await until(() => rowsOf(rig).length === 9)
    const dues = rowsOf(rig).map((row) => row.next_at - NOON)
    expect(dues).toEqual(Array.from({ length: 9 }, (_, n) => (n + 1) * 30_000))
    const id = rig.send(post(1), inboxes)
    await until(() => rig.state(id) === 'sent')
    expect(rig.fediverse.received).toHaveLength(11)
    for (let n = 2; n <= 10; n++) {
      rig.clock.advance(30_000)
      await until(() => rig.fediverse.received.length === 10 + n)
    }
    await until(() => rig.state(wake) === 'sent')
    for (const inbox of inboxes.slice(1)) expect(rig.fediverse.urisAt(inbox)).toEqual([post(1), 'http://ana.test/wake'])
  })

  test('keeps its pace over many parts and a restart', async () => {
    const rig = await openRig({ start: false })
    const many = Array.from({ length: 900 }, (_, n) => `http://host${n}.test/inbox`)
    rig.fediverse.answer = () => 500
    rig.send('http://ana.test/wake', many, { kind: 'wake', key: 'wake', spreadMs: 15 * MINUTE })
    rig.delivery.start()
    await until(() => rowsOf(rig).length === 900)
    const dues = rowsOf(rig).map((row) => row.next_at)
    for (const n of [300, 399, 400, 401, 799, 800, 899]) expect(dues[n]).toBe(NOON + n * 1_000)
  })
})

describe('an account that has moved to another inbox', () => {
  const withFollowers = async () => {
    const rig = await openRig()
    nameOwner(rig.domain, { name: 'ana', keys: OWNER_KEYS, seal: (plain) => plain })
    chooseOrigin(rig.domain, 'https://ana.example', { trial: false })
    const follower = (origin: string, name: string, sharedInbox: string | null) => {
      const accountId = addPerson(rig.domain, origin, name, { sharedInbox })
      receiveFollow(rig.domain, { accountId, uri: `${origin}/follows/${name}` })
    }
    return { rig, follower }
  }
  const OWNER_KEYS = { rsaPrivatePem: 'x', rsaPublicPem: 'x', ed25519PrivatePem: 'x', ed25519PublicMultibase: 'x' }

  test('gets there what was for the old one, once its actor has been fetched anew', async () => {
    const { rig, follower } = await withFollowers()
    follower('http://tide.test', 'bo', TIDE)
    follower('http://tide.test', 'cy', TIDE)
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? { status: 301, headers: { location: 'http://evil.test/inbox' } } : 202)
    const id = rig.send(post(1), [TIDE, MOOR], { postId: 7 })
    await until(() => rig.reports.doubtful.length === 1)
    const later = rig.send(post(2), [TIDE])
    await until(() => rowsOf(rig).length === 2)
    // Their actors say where they are now: one on a new server, the other on the one that already has the post.
    follower('http://tide.test', 'bo', 'http://new.test/inbox')
    follower('http://tide.test', 'cy', MOOR)
    rig.clock.advance(3 * MINUTE)
    await until(() => rig.state(id) === 'sent' && rig.state(later) === 'sent')
    expect(rig.fediverse.urisAt('http://new.test/inbox')).toEqual([post(1), post(2)])
    expect(rig.fediverse.received.some((one) => one.host === 'evil.test')).toBe(false)
    expect(rig.delivery.view.item(later)).toMatchObject({ delivered: 2, total: 2, failed: 0 })
    expect(rig.delivery.view.post(7)?.hosts.map(({ host, state }) => [host, state])).toEqual([
      ['moor.test', 'delivered'],
      ['new.test', 'delivered'],
    ])
  })

  test('of which nothing new is known ends after four tries', async () => {
    const { rig, follower } = await withFollowers()
    follower('http://tide.test', 'bo', TIDE)
    rig.fediverse.answer = () => ({ status: 302, headers: { location: '/login' } })
    const id = rig.send(post(1), [TIDE])
    for (let attempts = 1; attempts < 4; attempts++) {
      await until(() => rowsOf(rig)[0]?.attempts === attempts)
      rig.clock.advance(HOUR)
      await until(() => rig.delivery.connectivity.online)
    }
    await until(() => rig.state(id) === 'failed')
    expect(rig.fediverse.received).toHaveLength(4)
    expect(rig.reports.gone).toEqual([])
  })
})

describe('what has not left', () => {
  test('a post whose rows were made but of which nothing was tried is taken back as if it had never been', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = () => (down ? { status: 503, headers: { 'retry-after': '3600' } } : 202)
    rig.send(post(1), [TIDE])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    // The server asked for quiet: the next post is ready to go and has not left.
    const id = rig.send(post(2), ['http://tide.test/users/bo/inbox'], { key: 'two' })
    await until(() => rig.state(id) === 'sending')
    expect(rig.store.transaction(() => rig.delivery.outbox.takeBack('two'))).toBe('cancelled')
    down = false
    rig.clock.advance(2 * HOUR)
    await until(() => rowsOf(rig).length === 0)
    expect(rig.fediverse.received.map((one) => one.uri)).toEqual([post(1), post(1)])
    expect(rig.state(id)).toBeUndefined()
  })

  test('one that was tried may have arrived: it is not taken back', async () => {
    const rig = await openRig()
    rig.fediverse.answer = () => 503
    const id = rig.send(post(1), [TIDE], { key: 'one' })
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    expect(rig.store.transaction(() => rig.delivery.outbox.takeBack('one'))).toBe('left')
    expect(rig.state(id)).toBe('sending')
  })
})

describe('patience', () => {
  test('is not used up by a server that comes and goes', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ uri }) => (uri === post(1) ? 500 : 202)
    const id = rig.send(post(1), ['http://tide.test/users/bo/inbox'])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    for (let n = 2; n < 42; n++) {
      // Each thing it takes frees what it failed on, which it fails on again.
      const tries = rig.fediverse.received.filter((one) => one.uri === post(1)).length
      const good = rig.send(post(n), [TIDE])
      await until(() => rig.state(good) === 'sent')
      await until(
        () => rig.fediverse.received.filter((one) => one.uri === post(1)).length > tries && rig.fediverse.busy.get('tide.test') === 0,
      )
      await until(() => rowsOf(rig)[0]!.attempts > n - 1)
    }
    expect(rowsOf(rig)[0]?.attempts).toBeGreaterThan(27)
    expect(rig.state(id)).toBe('sending')
    expect(rowsOf(rig)[0]!.waited).toBeLessThan(24 * HOUR)
  })
})

describe('our own address', () => {
  test('is learned by the sending threads while they run: nothing is delivered to ourselves, and others see who asks', async () => {
    const rig = await openRig()
    const first = rig.send(post(1), [TIDE])
    await until(() => rig.state(first) === 'sent')
    rig.delivery.setIdentity({ ownHosts: ['tide.test'], userAgent: 'Burrow/9 (+http://tide.test/)' })
    const ours = rig.send(post(2), [TIDE])
    const theirs = rig.send(post(3), [MOOR])
    await until(() => rig.state(theirs) === 'sent' && rowsOf(rig)[0]?.error === 'address-not-allowed')
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1)])
    expect(rig.fediverse.received.at(-1)?.headers['user-agent']).toBe('Burrow/9 (+http://tide.test/)')
    expect(rig.state(ours)).toBe('sending')
  })
})
