import { CryptographicKey } from '@fedify/vocab'
import { verifyRequest } from '@fedify/fedify/sig'
import { describe, expect, test } from 'vitest'
import { parseSignature, readPublicKey, verifySignature } from '../../../src-main/signatures/index.ts'
import { HOUR, keyId, keys, MINUTE, openRig, rowsOf, until } from './rig.ts'
import type { Received } from './fediverse.ts'

const publicKey = readPublicKey(keys.rsa.publicPem)!

function verdict(received: Received): { scheme: string; ok: boolean } {
  const request = {
    method: received.method,
    target: received.target,
    headers: received.headers,
    rawBody: received.rawBody,
    authority: received.host,
    scheme: 'http' as const,
  }
  const parsed = parseSignature(request)
  if (!parsed.ok) return { scheme: parsed.code, ok: false }
  return {
    scheme: parsed.scheme,
    ok: verifySignature(parsed, request, publicKey, Date.now(), { hosts: [received.host] }).ok && parsed.keyId === keyId,
  }
}

/** The independent implementation: null if it does not accept the request. */
async function fedifyKeyOf(received: Received): Promise<string | null> {
  const key = new CryptographicKey({
    id: new URL(keyId),
    owner: new URL('http://ana.test/users/ana'),
    publicKey: await crypto.subtle.importKey(
      'spki',
      new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })),
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['verify'],
    ),
  })
  const headers = new Headers(Object.entries(received.headers).map(([name, value]): [string, string] => [name, String(value)]))
  const request = new Request(received.inbox, { method: 'POST', headers, body: new Uint8Array(received.rawBody) })
  const found = await verifyRequest(request, {
    documentLoader: () => Promise.reject(new Error('nothing is fetched')),
    contextLoader: () => Promise.reject(new Error('nothing is fetched')),
    keyCache: { get: async () => key, set: async () => undefined },
  })
  return found?.id?.href ?? null
}

describe('what arrives', () => {
  test('one request per distinct inbox, signed by the owner, and the item is sent', async () => {
    const rig = await openRig()
    const inboxes = ['http://tide.test/inbox', 'http://moor.test/inbox', 'http://tide.test/inbox', 'http://fen.test/users/bo/inbox']
    const id = rig.send('http://ana.test/1', inboxes)
    await until(() => rig.state(id) === 'sent')
    expect(rig.fediverse.received.map((one) => one.inbox).sort()).toEqual([...new Set(inboxes)].sort())
    for (const received of rig.fediverse.received) {
      expect(received.headers['content-type']).toBe('application/activity+json')
      expect(verdict(received)).toEqual({ scheme: 'cavage', ok: true })
      expect(await fedifyKeyOf(received)).toBe(keyId)
    }
    expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 3, total: 3, failed: 0, failures: [], nextAttemptAt: null })
    expect(rowsOf(rig)).toEqual([])
  })

  test('a server that refuses draft-cavage is knocked on once more with RFC 9421, and remembered', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ headers }) =>
      'signature-input' in headers
        ? 202
        : { status: 401, headers: { 'accept-signature': 'sig1=("@method" "@target-uri" "content-digest");created' } }
    const first = rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rig.state(first) === 'sent')
    const second = rig.send('http://ana.test/2', ['http://tide.test/inbox'])
    await until(() => rig.state(second) === 'sent')
    expect(rig.fediverse.received.map((one) => [one.uri, verdict(one)])).toEqual([
      ['http://ana.test/1', { scheme: 'cavage', ok: true }],
      ['http://ana.test/1', { scheme: 'rfc9421', ok: true }],
      ['http://ana.test/2', { scheme: 'rfc9421', ok: true }],
    ])
    expect(await fedifyKeyOf(rig.fediverse.received[2]!)).toBe(keyId)
    // It is forgotten after 30 days: the server is asked as any other, and learned again.
    rig.clock.advance(31 * 24 * HOUR)
    await until(() => rig.delivery.connectivity.online)
    for (const uri of ['http://ana.test/3', 'http://ana.test/4']) {
      const id = rig.send(uri, ['http://tide.test/inbox'])
      await until(() => rig.state(id) === 'sent')
    }
    expect(rig.fediverse.received.slice(3).map((one) => [one.uri, verdict(one).scheme])).toEqual([
      ['http://ana.test/3', 'cavage'],
      ['http://ana.test/3', 'rfc9421'],
      ['http://ana.test/4', 'rfc9421'],
    ])
  })

  test('an instance told to speak RFC 9421 alone never knocks twice', async () => {
    const rig = await openRig({ preferred: 'rfc9421', onlyPreferred: true })
    rig.fediverse.answer = () => 401
    rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    expect(rig.fediverse.received.map(verdict)).toEqual([{ scheme: 'rfc9421', ok: true }])
  })

  test('each attempt is signed afresh', async () => {
    const rig = await openRig()
    let refused = 1
    rig.fediverse.answer = () => (refused-- > 0 ? 500 : 202)
    const id = rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    // A Date has whole seconds.
    await until(() => Math.floor(Date.now() / 1000) > Math.floor(Date.parse(rig.fediverse.received[0]!.headers.date!) / 1000))
    rig.clock.advance(2 * MINUTE)
    await until(() => rig.state(id) === 'sent')
    const [one, other] = rig.fediverse.received
    expect(other!.headers.signature).not.toBe(one!.headers.signature)
    expect(verdict(other!).ok).toBe(true)
  })
})

describe('what answers mean', () => {
  const attemptsOf = async (rig: Awaited<ReturnType<typeof openRig>>, waits: number[]): Promise<number[]> => {
    const counts: number[] = []
    for (const wait of waits) {
      rig.clock.advance(wait)
      await until(() => rig.delivery.connectivity.online)
      const before = rig.fediverse.received.length
      // Give whatever would go the time to go: a delivery elsewhere has been there and back.
      const id = rig.send(`http://ana.test/ping/${rig.clock.time}`, ['http://ping.test/inbox'])
      await until(() => rig.state(id) === 'sent')
      counts.push(rig.fediverse.received.slice(before).filter((one) => one.host !== 'ping.test').length)
    }
    return counts
  }

  test('Retry-After is kept, for everything that goes to that server', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? { status: 429, headers: { 'retry-after': '3600' } } : 202)
    rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rowsOf(rig)[0]?.error === 'rate-limited')
    rig.send('http://ana.test/2', ['http://tide.test/users/bo/inbox'])
    expect(await attemptsOf(rig, [0, 30 * MINUTE])).toEqual([0, 0])
    rig.fediverse.answer = () => 202
    rig.clock.advance(31 * MINUTE)
    await until(() => rowsOf(rig).length === 0)
    expect(
      rig.fediverse.received
        .filter((one) => one.host === 'tide.test')
        .map((one) => one.uri)
        .sort(),
    ).toEqual(['http://ana.test/1', 'http://ana.test/1', 'http://ana.test/2'])
  })

  test('404 drops this delivery and asks for a fresh look at the accounts; only days of it call the inbox gone', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? 404 : 202)
    const send = async (uri: string): Promise<void> => {
      const id = rig.send(uri, ['http://tide.test/users/bo/inbox', 'http://moor.test/inbox'])
      await until(() => rig.state(id) === 'sent')
    }
    await send('http://ana.test/1')
    expect(rig.reports).toEqual({ gone: [], doubtful: ['http://tide.test/users/bo/inbox'] })
    expect(rig.delivery.view.list()[0]).toMatchObject({
      delivered: 1,
      failed: 1,
      failures: [{ host: 'tide.test', code: 'not-found', status: 404, final: true }],
    })
    rig.clock.advance(2 * 24 * HOUR)
    await until(() => rig.delivery.connectivity.online)
    await send('http://ana.test/2')
    expect(rig.reports.gone).toEqual([])
    rig.clock.advance(25 * HOUR)
    await until(() => rig.delivery.connectivity.online)
    await send('http://ana.test/3')
    expect(rig.reports.gone).toEqual(['http://tide.test/users/bo/inbox'])
  })

  test('an inbox that takes something again was not gone', async () => {
    const rig = await openRig()
    const send = async (uri: string, status: number): Promise<void> => {
      rig.fediverse.answer = () => status
      const id = rig.send(uri, ['http://tide.test/users/bo/inbox'])
      await until(() => ['sent', 'failed'].includes(rig.state(id)!))
      rig.clock.advance(2 * 24 * HOUR)
      await until(() => rig.delivery.connectivity.online)
    }
    await send('http://ana.test/1', 404)
    await send('http://ana.test/2', 202)
    await send('http://ana.test/3', 404)
    expect(rig.reports.gone).toEqual([])
  })

  test('410 is told at once', async () => {
    const rig = await openRig()
    rig.fediverse.answer = () => 410
    const id = rig.send('http://ana.test/1', ['http://tide.test/users/bo/inbox'])
    await until(() => rig.state(id) === 'failed')
    expect(rig.reports).toEqual({ gone: ['http://tide.test/users/bo/inbox'], doubtful: [] })
    expect(rig.delivery.view.item(id)?.failures).toMatchObject([{ code: 'gone', status: 410, final: true }])
  })

  test('a redirect is not followed: the accounts are to be fetched anew, and it is tried again', async () => {
    const rig = await openRig()
    let moved = true
    rig.fediverse.answer = ({ host }) =>
      host === 'tide.test' && moved ? { status: 301, headers: { location: 'http://elsewhere.test/inbox' } } : 202
    const id = rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rig.reports.doubtful.length === 1)
    expect(rig.reports.doubtful).toEqual(['http://tide.test/inbox'])
    expect(rig.state(id)).toBe('sending')
    moved = false
    rig.clock.advance(HOUR)
    await until(() => rig.state(id) === 'sent')
    expect(rig.fediverse.received.map((one) => one.host)).toEqual(['tide.test', 'tide.test'])
  })

  test.each([400, 405, 406, 413, 415, 422, 501])('%i is final at the first try', async (status) => {
    const rig = await openRig()
    rig.fediverse.answer = () => status
    const id = rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rig.state(id) === 'failed')
    expect(rig.fediverse.received).toHaveLength(1)
    expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 0, failed: 1, failures: [{ code: 'rejected', status, final: true }] })
    expect(rig.delivery.view.counts()).toEqual({ waiting: 0, failed: 1 })
  })

  test('a refused signature is tried slowly three times more, then given up; the owner can start over', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? 403 : 202)
    const id = rig.send('http://ana.test/1', ['http://tide.test/inbox'])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    expect(await attemptsOf(rig, [29 * MINUTE])).toEqual([0])
    rig.clock.advance(MINUTE)
    await until(() => rowsOf(rig)[0]?.attempts === 2)
    rig.clock.advance(HOUR)
    await until(() => rowsOf(rig)[0]?.attempts === 3)
    rig.clock.advance(2 * HOUR)
    await until(() => rig.state(id) === 'failed')
    // Two knocks each.
    expect(rig.fediverse.received.filter((one) => one.host === 'tide.test').map((one) => verdict(one).scheme)).toEqual(
      Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? 'cavage' : 'rfc9421')),
    )
    rig.fediverse.answer = () => 202
    expect(rig.delivery.view.retry(id)).toBe(true)
    await until(() => rig.state(id) === 'sent')
    expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 1, failed: 0, total: 1 })
    const sent = rig.fediverse.received.length
    expect(rig.delivery.view.retry(id)).toBe(true)
    expect(await attemptsOf(rig, [0])).toEqual([0])
    expect(rig.fediverse.received.length).toBe(sent + 1)
  })

  test('a reset connection and silence are tried again, ever more slowly', async () => {
    const rig = await openRig({ patience: 500 })
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? 'reset' : host === 'moor.test' ? 'hang' : 202)
    rig.send('http://ana.test/1', ['http://tide.test/inbox', 'http://moor.test/inbox'])
    await until(() => rowsOf(rig).filter((row) => row.attempts === 1).length === 2)
    expect(rowsOf(rig).map((row) => row.error)).toEqual(['refused', 'timeout'])
    expect(rowsOf(rig).map((row) => row.next_at - rig.clock.time)).toEqual([MINUTE, MINUTE])
    rig.clock.advance(MINUTE)
    await until(() => rowsOf(rig).every((row) => row.attempts === 2))
    expect(rowsOf(rig).map((row) => row.next_at - rig.clock.time)).toEqual([2 * MINUTE, 2 * MINUTE])
  })
})
