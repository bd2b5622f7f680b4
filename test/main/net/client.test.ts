/** What callers may rely on when peers behave, and what they are told when they do not. */
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { activityAccept, activityTypes, jrdTypes } from '../../../src-main/net/index.ts'
import { asNetError } from '../../../src-main/net/error.ts'
import { ca, sendActivity, startNet, startPeer, startRawPeer } from './peers.ts'

const refusal = (code: string, more: object = {}) => expect.objectContaining({ name: 'NetError', code, ...more })

describe('getting', () => {
  test('an object: headers sent, final URL, status, type and JSON back, over kept connections', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { id: 'https://mo.example/users/mo' }))
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const answer = await net.getJson('https://mo.example/users/mo?x=%41#main-key', { accept: activityAccept, types: activityTypes })
    expect(answer).toMatchObject({
      status: 200,
      url: 'https://mo.example/users/mo?x=%41',
      contentType: 'application/activity+json; charset=utf-8',
    })
    expect(answer.json).toEqual({ id: 'https://mo.example/users/mo' })
    expect(peer.seen[0]).toMatchObject({
      method: 'GET',
      path: '/users/mo?x=%41',
      headers: { host: 'mo.example', 'user-agent': 'Burrow/test', accept: activityAccept },
    })
    for (let again = 0; again < 5; again++) await net.getJson('https://mo.example/users/mo', { types: activityTypes })
    // undici may open a second one while it is still tidying up the first answer.
    expect(peer.connections()).toBeLessThan(3)
  })

  test('a peer that closes a kept connection just when it is used again: the GET is asked once more', async () => {
    let requests = 0
    const peer = await startPeer((request, response) => {
      // The second request on the first connection is cut without an answer.
      if (++requests === 2) return void request.socket.destroy()
      sendActivity(response, { requests })
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    await net.getJson('https://mo.example/', {})
    expect((await net.getJson('https://mo.example/', {})).json).toEqual({ requests: 3 })
    expect(peer.connections()).toBe(2)
  })

  test('bytes of any status, but only JSON of success', async () => {
    const peer = await startPeer((_request, response) =>
      response.writeHead(410, { 'content-type': 'text/plain', 'retry-after': '120' }).end('gone'),
    )
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const answer = await net.get('https://mo.example/', { types: activityTypes })
    expect([answer.status, answer.body.toString()]).toEqual([410, 'gone'])
    await expect(net.getJson('https://mo.example/', { types: jrdTypes })).rejects.toThrow(
      refusal('http-status', { status: 410, retryable: false, ours: false, retryAfter: 120_000 }),
    )
  })

  test('which statuses are worth another try', async () => {
    const peer = await startPeer((request, response) => response.writeHead(Number(request.url!.slice(1))).end())
    const net = startNet({ map: { 'mo.example': peer.dial } })
    for (const [status, retryable] of [
      [400, false],
      [401, false],
      [404, false],
      [408, true],
      [429, true],
      [500, true],
      [501, false],
      [503, true],
      [204, null],
    ] as const) {
      const attempt = net.getJson(`https://mo.example/${status}`, {})
      await expect(attempt).rejects.toThrow(retryable === null ? refusal('json') : refusal('http-status', { status, retryable }))
    }
  })

  test('media as a stream, asked for uncompressed', async () => {
    const bytes = Buffer.alloc(300_000, 7)
    const peer = await startPeer((_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes))
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const { body, headers } = await net.stream('https://mo.example/a.png', {
      maxBytes: 300_000,
      types: ['image/png'],
      headers: { Range: 'bytes=0-' },
    })
    expect(headers['content-type']).toBe('image/png')
    expect(Buffer.concat((await body.toArray()) as Buffer[]).equals(bytes)).toBe(true)
    expect(peer.seen[0]!.headers).toMatchObject({ 'accept-encoding': 'identity', range: 'bytes=0-' })
  })

  test('a stream that is not wanted any more gives its place back', async () => {
    const peer = await startPeer((request, response) => {
      if (request.url === '/small') return void response.end('ok')
      response.writeHead(200, { 'content-type': 'video/mp4' }).write('begin')
    })
    const net = startNet({ map: { 'mo.example': peer.dial }, perHost: 1 })
    const { body } = await net.stream('https://mo.example/', { maxBytes: 1000 })
    body.destroy()
    expect((await net.get('https://mo.example/small')).body.toString()).toBe('ok')
  })
})

describe('posting', () => {
  test('sends the body once, signed, on a connection of its own that is closed', async () => {
    const peer = await startPeer((_request, response) => response.writeHead(202, { 'x-note': ['a', 'b'] }).end('accepted'))
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const options = {
      body: '{"content":"ü"}',
      headers: { 'Content-Type': 'application/activity+json' },
      sign: async (request: { url: string }) => ({ Signature: `over ${request.url}`, Digest: 'SHA-256=x', Host: 'wrong.example' }),
    }
    expect(await net.post('https://mo.example/inbox', options)).toEqual({
      status: 202,
      url: 'https://mo.example/inbox',
      headers: expect.objectContaining({ 'x-note': 'a, b' }),
      retryAfter: null,
    })
    await net.post('https://mo.example/inbox', options)
    expect(peer.connections()).toBe(2)
    expect(peer.seen[0]).toMatchObject({
      method: 'POST',
      path: '/inbox',
      body: '{"content":"ü"}',
      headers: {
        host: 'mo.example',
        connection: 'close',
        'content-length': '16',
        'content-type': 'application/activity+json',
        signature: 'over https://mo.example/inbox',
        digest: 'SHA-256=x',
      },
    })
  })

  test('Retry-After in seconds or as a date, a day at most', async () => {
    const peer = await startPeer((request, response) =>
      response.writeHead(503, { 'retry-after': decodeURIComponent(request.url!.slice(1)) }).end(),
    )
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const after = async (value: string) => (await net.post(`https://mo.example/${encodeURIComponent(value)}`, { body: '' })).retryAfter
    expect(await after('30')).toBe(30_000)
    expect(await after('Thu, 05 Mar 2026 00:01:00 GMT')).toBe(60_000)
    expect(await after('Thu, 05 Mar 2020 00:01:00 GMT')).toBe(0)
    expect(await after('999999999')).toBe(86_400_000)
    expect(await after('soon')).toBeNull()
  })

  test('an endless or broken answer body does not change the status', async () => {
    const peer = await startPeer((request, response) => {
      response.writeHead(202, request.url === '/cut' ? { 'content-length': '1000' } : {})
      if (request.url === '/cut') return void response.write('x', () => request.socket.destroy())
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    expect((await net.post('https://mo.example/endless', { body: '{}' })).status).toBe(202)
    expect((await net.post('https://mo.example/cut', { body: '{}' })).status).toBe(202)
  })
})

describe('whose fault it is', () => {
  test('a signer that fails: ours, not retried, nothing sent', async () => {
    const peer = await startPeer((_request, response) => response.end())
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const sign = (): never => {
      throw new Error('no key')
    }
    await expect(net.post('https://mo.example/', { body: '', sign })).rejects.toThrow(refusal('signing', { ours: true, retryable: false }))
    await expect(net.get('https://mo.example/', { sign })).rejects.toThrow(refusal('signing'))
    expect(peer.seen).toHaveLength(0)
  })

  test('nobody listens: not ours', async () => {
    const peer = await startRawPeer((socket) => socket.destroy())
    const net = startNet({ map: { 'mo.example': '127.0.0.1:1', 'cut.peers.example': peer.dial } })
    await expect(net.post('https://mo.example/', { body: '' })).rejects.toThrow(refusal('connect', { ours: false, retryable: true }))
    await expect(net.post('https://cut.peers.example/', { body: '' })).rejects.toThrow(refusal('connect', { ours: false, retryable: true }))
  })

  test('no route and no resolver: ours; a host with IPv6 alone: not', async () => {
    // Connecting to the broadcast address is refused by the kernel as "network unreachable", without a packet.
    const net = startNet({
      map: {
        'mo.example': { address: '93.184.216.34', dial: '255.255.255.255:9' },
        'six.peers.example': { address: '2606:4700::1', dial: '255.255.255.255:9' },
      },
    })
    await expect(net.post('https://mo.example/', { body: '' })).rejects.toThrow(refusal('connect', { ours: true, retryable: true }))
    await expect(net.post('https://six.peers.example/', { body: '' })).rejects.toThrow(refusal('connect', { ours: false, retryable: true }))
    expect(asNetError(Object.assign(new Error('x'), { code: 'EMFILE' }), '')).toMatchObject({ ours: true })
    expect(asNetError(Object.assign(new Error('x'), { code: 'ECONNRESET' }), '')).toMatchObject({ ours: false })
  })

  test('the second address is tried when the first refuses', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { ok: true }))
    const net = startNet({
      lookup: async () => [
        { address: '93.184.216.34', family: 4 },
        { address: '93.184.216.35', family: 4 },
      ],
      dial: ({ address }) => ({ address: '127.0.0.1', port: address.endsWith('34') ? 1 : peer.port }),
    })
    expect((await net.getJson('https://mo.example/', {})).json).toEqual({ ok: true })
  })

  test('no HTTP at all', async () => {
    const peer = await startRawPeer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    const net = startNet({ allowPrivateNetwork: true })
    await expect(net.get(`http://127.0.0.1:${peer.port}/`)).rejects.toThrow(refusal('protocol', { ours: false }))
  })

  test('an answer that ends early', async () => {
    const peer = await startPeer((request, response) => {
      response.writeHead(200, { 'content-length': '1000', 'content-type': 'application/activity+json' })
      response.write('{"a":', () => request.socket.destroy())
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    await expect(net.getJson('https://mo.example/', {})).rejects.toMatchObject({ name: 'NetError', retryable: true, ours: false })
  })
})

describe('ending things', () => {
  test('the caller gives up: before, in the queue, during, in the body', async () => {
    const peer = await startPeer((request, response) => {
      if (request.url === '/body') response.writeHead(200).write('x')
    })
    const net = startNet({ map: { 'mo.example': peer.dial }, perHost: 1 })
    await expect(net.get('https://mo.example/', { signal: AbortSignal.abort() })).rejects.toThrow(refusal('aborted', { ours: true }))
    for (const path of ['/silent', '/body']) {
      const caller = new AbortController()
      const first = net.get(`https://mo.example${path}`, { signal: caller.signal })
      const queued = net.get('https://mo.example/queued', { signal: caller.signal })
      await expect.poll(() => peer.seen.some((seen) => seen.path === path)).toBe(true)
      caller.abort()
      await expect(first).rejects.toThrow(refusal('aborted'))
      await expect(queued).rejects.toThrow(refusal('aborted'))
    }
    expect(peer.seen.map(({ path }) => path)).toEqual(['/silent', '/body'])
  })

  test('a network change ends what is under way as ours, and the next request gets through', async () => {
    const peer = await startPeer((request, response) => {
      if (request.url === '/ok') response.end('ok')
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    const hanging = Promise.allSettled([net.get('https://mo.example/'), net.post('https://mo.example/', { body: '' })])
    await expect.poll(() => peer.seen.length).toBe(2)
    net.networkChanged()
    for (const result of await hanging)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'aborted', ours: true, retryable: true } })
    expect((await net.get('https://mo.example/ok')).body.toString()).toBe('ok')
  })

  test('a closed room asks nobody', async () => {
    const peer = await startPeer((_request, response) => response.end('ok'))
    const net = startNet({ map: { 'mo.example': peer.dial } })
    await net.close()
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('aborted'))
    await expect(net.stream('https://mo.example/', { maxBytes: 1 })).rejects.toThrow(refusal('aborted'))
    expect(peer.connections()).toBe(0)
  })
})

describe('ourselves (rule 22)', () => {
  test('our own origin is reached by a self-check only, wherever it is, without redirects', async () => {
    const peer = await startPeer((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: 'https://mo.example/' }).end()
      else sendActivity(response, { key: 'ours' })
    })
    const net = startNet({ map: { 'ana.example': { address: '192.168.1.20', dial: peer.dial }, 'mo.example': peer.dial } })
    await expect(net.getJson('https://ana.example/actor', {})).rejects.toThrow(refusal('refused-url'))
    expect((await net.getJson('https://ana.example/actor', { self: true })).json).toEqual({ key: 'ours' })
    await expect(net.getJson('https://mo.example/', { self: true })).rejects.toThrow(refusal('refused-url'))
    await expect(net.getJson('https://ana.example/away', { self: true })).rejects.toThrow(refusal('redirect'))
  })

  test('the list may change while the room lives', async () => {
    const own: string[] = []
    const peer = await startPeer((_request, response) => response.end('ok'))
    const net = startNet({ ownHosts: () => own, map: { 'mo.example': peer.dial } })
    expect((await net.get('https://mo.example/')).status).toBe(200)
    own.push('Mo.example')
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('refused-url'))
  })
})

test('a worker thread makes its room from plain data: map, authority and policy hold there too', async () => {
  const peer = await startPeer((_request, response) => response.writeHead(202).end())
  const options = {
    allowPrivateNetwork: false,
    userAgent: 'Burrow/test',
    ownHosts: ['ana.example'],
    ca,
    map: { 'mo.example:443': peer.dial, 'evil.example': { address: '10.0.0.1', dial: peer.dial } },
  }
  const urls = ['https://mo.example/inbox', 'https://evil.example/inbox', 'https://ana.example/inbox', 'http://mo.example/inbox']
  const worker = new Worker(new URL('worker-fetch.ts', import.meta.url), { workerData: structuredClone({ options, urls }) })
  const results = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  expect(results).toEqual(['202', 'refused-address', 'refused-url', 'refused-url'])
  expect(peer.seen).toHaveLength(1)
})
