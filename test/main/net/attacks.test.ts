/** Evil peers on loopback against the whole room. Limits are short; everything else is real: TLS, sockets, streams. */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { activityTypes, type AddressMap, type ResolvedAddress } from '../../../src-main/net/index.ts'
import { rule } from '../../rig/attacks.ts'
import { sendActivity, startNet, startPeer, startRawPeer } from './peers.ts'

const refusal = (code: string, more: object = {}) => expect.objectContaining({ name: 'NetError', code, ...more })
const json = { types: activityTypes }
const redirect = (response: ServerResponse, location: string, status = 302): void => void response.writeHead(status, { location }).end()

afterEach(() => vi.unstubAllEnvs())

describe(rule(19), () => {
  test.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '0.0.0.0'])(
    'a name that DNS answers with %s is not connected to',
    async (address) => {
      const peer = await startPeer((_request, response) => sendActivity(response, {}))
      const net = startNet({ map: { 'evil.example': { address, dial: peer.dial } } })
      await expect(net.getJson('https://evil.example/', json)).rejects.toThrow(
        refusal('refused-address', { retryable: false, ours: false }),
      )
      await expect(net.get('https://evil.example/')).rejects.toThrow(refusal('refused-address'))
      await expect(net.stream('https://evil.example/', { maxBytes: 10 })).rejects.toThrow(refusal('refused-address'))
      await expect(net.post('https://evil.example/', { body: '{}' })).rejects.toThrow(refusal('refused-address'))
      expect(peer.connections()).toBe(0)
    },
  )

  test('--allow-private-network lifts it', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { ok: true }), false)
    const net = startNet({ allowPrivateNetwork: true })
    for (const host of ['127.0.0.1', 'mo.localhost', 'localhost']) {
      expect((await net.getJson(`http://${host}:${peer.port}/`, json)).json).toEqual({ ok: true })
    }
    await expect(startNet({ allowPrivateNetwork: false }).getJson(`http://mo.localhost:${peer.port}/`, json)).rejects.toThrow(
      refusal('refused-url'),
    )
  })
})

describe(rule(20), () => {
  test('one private answer among public ones is enough', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, {}))
    const net = startNet({ map: { 'evil.example': { address: ['93.184.216.34', '192.168.1.1'], dial: peer.dial } } })
    await expect(net.getJson('https://evil.example/', json)).rejects.toThrow(refusal('refused-address'))
    expect(peer.connections()).toBe(0)
  })

  test('rebinding: the name is asked for once per connection, the connection goes to that answer, and the next answer is judged again', async () => {
    const answers = ['93.184.216.34', '127.0.0.1']
    const lookups: string[] = []
    const dialled: string[] = []
    const peer = await startPeer((_request, response) => response.writeHead(202).end())
    const net = startNet({
      lookup: async (host): Promise<ResolvedAddress[]> => {
        lookups.push(host)
        return [{ address: answers[lookups.length - 1]!, family: 4 }]
      },
      dial: ({ address }) => {
        dialled.push(address)
        return { address: '127.0.0.1', port: peer.port }
      },
    })
    expect((await net.post('https://evil.example/inbox', { body: '{}' })).status).toBe(202)
    expect(lookups).toHaveLength(1)
    await expect(net.post('https://evil.example/inbox', { body: '{}' })).rejects.toThrow(refusal('refused-address'))
    expect(lookups).toHaveLength(2)
    expect(dialled).toEqual(['93.184.216.34'])
    expect(peer.seen).toHaveLength(1)
  })

  test('a synthesised NAT64 answer beside its own IPv4 answer is ignored, beside another it is refused', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { ok: true }))
    const net = startNet({
      map: {
        'dns64.example': { address: ['93.184.216.34', '64:ff9b::5db8:d822'], dial: peer.dial },
        'evil.example': { address: ['93.184.216.34', '64:ff9b::a00:1'], dial: peer.dial },
      },
    })
    expect((await net.getJson('https://dns64.example/', json)).json).toEqual({ ok: true })
    await expect(net.getJson('https://evil.example/', json)).rejects.toThrow(refusal('refused-address'))
  })

  test('the name stays in SNI and Host, and the certificate must be for it', async () => {
    const peer = await startPeer((request, response) => sendActivity(response, { host: request.headers.host }))
    const net = startNet({ map: { 'mo.example': peer.dial, 'two.labels.example': peer.dial } })
    expect((await net.getJson('https://mo.example/', json)).json).toEqual({ host: 'mo.example' })
    await expect(net.getJson('https://two.labels.example/', json)).rejects.toThrow(refusal('tls', { retryable: true, ours: false }))
    const trusting = startNet({ ca: undefined, map: { 'mo.example': peer.dial } })
    await expect(trusting.getJson('https://mo.example/', json)).rejects.toThrow(refusal('tls'))
  })

  test('proxy variables change nothing', async () => {
    const proxy = await startRawPeer((socket) => socket.destroy())
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, `http://${proxy.dial}`)
    const peer = await startPeer((_request, response) => sendActivity(response, { ok: true }))
    const net = startNet({ map: { 'mo.example': peer.dial } })
    expect((await net.getJson('https://mo.example/', json)).json).toEqual({ ok: true })
    expect(proxy.connections()).toBe(0)
  })
})

describe(rule(21), () => {
  const hops = async (answer: (path: string, response: ServerResponse) => void, map: AddressMap = {}) => {
    const peer = await startPeer((request, response) => answer(`${request.headers.host}${request.url}`, response))
    return { peer, net: startNet({ map: { '*.example': peer.dial, ...map } }) }
  }

  test.each([
    ['a private literal', 'https://127.0.0.1/', 'refused-url'],
    ['a private literal without TLS', 'http://169.254.169.254/latest/meta-data', 'redirect'],
    ['a name that DNS answers with a private address', 'https://inner.example/', 'refused-address'],
    ['another port', 'https://mo.example:8443/', 'refused-url'],
    ['user info', 'https://a:b@mo.example/', 'refused-url'],
    ['plain http', 'http://mo.example/next', 'redirect'],
    ['a file', 'file:///etc/passwd', 'redirect'],
    ['our own host', 'https://ana.example/media/evil', 'refused-url'],
    ['nothing readable', 'https://[', 'redirect'],
    ['itself', 'https://mo.example/start', 'redirect'],
  ])('a redirect to %s is not followed', async (_name, location, code) => {
    const { peer, net } = await hops(
      (path, response) => (path.endsWith('/start') ? redirect(response, location) : sendActivity(response, {})),
      {
        'inner.example': { address: '10.0.0.1' },
      },
    )
    await expect(net.getJson('https://mo.example/start', json)).rejects.toThrow(refusal(code, { retryable: false }))
    expect(peer.seen).toHaveLength(1)
  })

  test('three redirects are followed and a fourth is not; WebFinger may ask for five, nobody for more; circles end at once', async () => {
    const { net, peer } = await hops((path, response) => {
      const left = Number(path.split('/').at(-1))
      if (path.includes('/circle/')) redirect(response, left === 1 ? '/circle/2' : '/circle/1')
      else if (left > 0) redirect(response, `/hop/${left - 1}`)
      else sendActivity(response, { done: true })
    })
    expect(await net.getJson('https://mo.example/hop/3', json)).toMatchObject({ url: 'https://mo.example/hop/0', json: { done: true } })
    await expect(net.getJson('https://mo.example/hop/4', json)).rejects.toThrow(refusal('redirect'))
    expect((await net.getJson('https://mo.example/hop/5', { ...json, redirects: 5 })).status).toBe(200)
    await expect(net.getJson('https://mo.example/hop/6', { ...json, redirects: 100 })).rejects.toThrow(refusal('redirect'))
    const before = peer.seen.length
    await expect(net.getJson('https://mo.example/circle/1', { ...json, redirects: 5 })).rejects.toThrow(refusal('redirect'))
    expect(peer.seen.length - before).toBe(2)
  })

  test('every hop is signed anew for its own URL; secrets stay with their host, stale signatures with nobody', async () => {
    const { net, peer } = await hops((path, response) => {
      if (path === 'mo.example/a') redirect(response, '/b')
      else if (path === 'mo.example/b') redirect(response, 'https://other.example/c', 307)
      else sendActivity(response, {})
    })
    const signed: string[] = []
    await net.getJson('https://mo.example/a', {
      ...json,
      headers: { Authorization: 'Bearer secret', Cookie: 'a=b', Signature: 'static', 'X-Note': 'kept' },
      sign: ({ method, url }) => {
        signed.push(`${method} ${url}`)
        return { Signature: `for ${url}`, Date: 'then' }
      },
    })
    expect(signed).toEqual(['GET https://mo.example/a', 'GET https://mo.example/b', 'GET https://other.example/c'])
    expect(peer.seen.map(({ headers }) => headers['signature'])).toEqual(signed.map((line) => `for ${line.slice(4)}`))
    expect(peer.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret', undefined])
    expect(peer.seen.map(({ headers }) => headers.cookie)).toEqual(['a=b', 'a=b', undefined])
    expect(peer.seen[2]!.headers['x-note']).toBe('kept')

    await net.getJson('https://mo.example/a', { ...json, headers: { signature: 'static' } })
    expect(peer.seen.slice(3).map(({ headers }) => headers['signature'])).toEqual(['static', undefined, undefined])
  })

  test('a POST follows one 307 or 308 to the same origin, signed anew, and nothing else', async () => {
    const { net, peer } = await hops((path, response) => {
      if (path === 'mo.example/inbox') redirect(response, '/inbox/', 308)
      else if (path === 'mo.example/twice') redirect(response, '/inbox', 307)
      else if (path === 'mo.example/away') redirect(response, 'https://other.example/inbox', 308)
      else if (path === 'mo.example/found') redirect(response, '/inbox/', 302)
      else response.writeHead(202).end()
    })
    const post = (path: string) =>
      net.post(`https://mo.example${path}`, {
        body: '{"a":1}',
        sign: ({ url, body }) => ({ signature: `${url} ${Buffer.from(body!).toString()}` }),
      })
    expect(await post('/inbox')).toMatchObject({ status: 202, url: 'https://mo.example/inbox/' })
    expect(peer.seen[1]).toMatchObject({ method: 'POST', body: '{"a":1}', headers: { signature: 'https://mo.example/inbox/ {"a":1}' } })
    expect((await post('/twice')).status).toBe(308)
    expect((await post('/away')).status).toBe(308)
    expect((await post('/found')).status).toBe(302)
    expect(peer.seen.filter(({ headers }) => headers.host === 'other.example')).toHaveLength(0)
  })
})

describe(rule(24), () => {
  const bomb = Buffer.alloc(20_000_000, 0x20)
  test.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])('a %s bomb is cut off', async (encoding, packed) => {
    expect(packed.length).toBeLessThan(25_000)
    const peer = await startPeer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/activity+json', 'content-encoding': encoding }).end(packed),
    )
    const net = startNet({ map: { 'mo.example': peer.dial } })
    await expect(net.getJson('https://mo.example/', json)).rejects.toThrow(refusal('too-large', { retryable: false }))
    // Under the size limit the ratio alone is enough.
    await expect(net.get('https://mo.example/', { maxBytes: 50_000_000 })).rejects.toThrow(refusal('too-large'))
  })

  test('an ordinary gzip or brotli answer is read', async () => {
    const text = JSON.stringify({ note: 'ü'.repeat(5000) })
    const peer = await startPeer((request, response) => {
      const encoding = request.url === '/br' ? 'br' : 'gzip'
      expect(request.headers['accept-encoding']).toBe('gzip, br')
      const packed = encoding === 'br' ? brotliCompressSync(text) : gzipSync(text)
      response.writeHead(200, { 'content-type': 'application/activity+json', 'content-encoding': encoding }).end(packed)
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    expect((await net.getJson('https://mo.example/gzip', json)).json).toEqual(JSON.parse(text))
    expect((await net.getJson('https://mo.example/br', json)).json).toEqual(JSON.parse(text))
  })

  test('an endless body is cut at the limit, a long one by its announced length', async () => {
    let sent = 0
    const peer = await startPeer((request, response) => {
      if (request.url === '/long') return void response.writeHead(200, { 'content-length': '5000000' }).write('x')
      response.writeHead(200, { 'content-type': 'image/png' })
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    await expect(net.get('https://mo.example/', { maxBytes: 100_000 })).rejects.toThrow(refusal('too-large'))
    await expect(net.get('https://mo.example/long')).rejects.toThrow(refusal('too-large'))
    const media = await net.stream('https://mo.example/', { maxBytes: 100_000 })
    let got = 0
    await expect(async () => {
      for await (const chunk of media.body) got += (chunk as Buffer).length
    }).rejects.toThrow(refusal('too-large'))
    expect(got).toBeLessThanOrEqual(100_000)
    await expect(net.stream('https://mo.example/long', { maxBytes: 100_000 })).rejects.toThrow(refusal('too-large'))
    expect(sent).toBeLessThan(20_000_000)
  })

  test('broken, unasked-for or doubled compression', async () => {
    const packed = gzipSync('{"a":1}')
    const answers: Record<string, [string, Buffer]> = {
      '/deflate': ['deflate', packed],
      '/double': ['gzip, gzip', packed],
      '/cut': ['gzip', packed.subarray(0, 12)],
      '/noise': ['gzip', Buffer.from('not gzip at all')],
      '/br': ['br', Buffer.from('not brotli at all, no')],
    }
    const peer = await startPeer((request, response) => {
      const [encoding, body] = answers[request.url!]!
      response.writeHead(200, { 'content-type': 'application/activity+json', 'content-encoding': encoding }).end(body)
    })
    const net = startNet({ map: { 'mo.example': peer.dial } })
    for (const path of Object.keys(answers))
      await expect(net.getJson(`https://mo.example${path}`, json), path).rejects.toThrow(refusal('encoding'))
    await expect(net.stream('https://mo.example/cut', { maxBytes: 1000 })).rejects.toThrow(refusal('encoding'))
  })

  test('endless headers', async () => {
    const peer = await startRawPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      for (let line = 0; line < 2000; line++) socket.write(`x-${line}: ${'a'.repeat(50)}\r\n`)
    })
    const net = startNet({ allowPrivateNetwork: true })
    await expect(net.get(`http://127.0.0.1:${peer.port}/`)).rejects.toThrow(refusal('too-large'))
  })
})

describe(rule(25), () => {
  const times = { connect: 80, headers: 120, total: 250, stream: 250 }

  test('a peer that accepts and never finishes TLS: connect limit', async () => {
    const peer = await startRawPeer(() => undefined)
    const net = startNet({ map: { 'mo.example': peer.dial }, times })
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('timeout', { retryable: true, ours: false }))
  })

  test('a name server that never answers: connect limit', async () => {
    const net = startNet({ lookup: () => new Promise(() => undefined), times })
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('timeout'))
  })

  test('a peer that never answers: header limit', async () => {
    const peer = await startPeer(() => undefined)
    const net = startNet({ map: { 'mo.example': peer.dial }, times })
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('timeout'))
    await expect(net.post('https://mo.example/', { body: '{}' })).rejects.toThrow(refusal('timeout'))
  })

  test('a slow drip: wall clock, for bodies and for streams; for redirects all hops together', async () => {
    const peer = await startPeer((request, response) => {
      if (request.url!.startsWith('/hop')) return void setTimeout(() => redirect(response, `${request.url}x`), 100)
      response.writeHead(200, { 'content-type': 'image/png' })
      const drip = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(drip))
    })
    const net = startNet({ map: { 'mo.example': peer.dial }, times })
    const started = performance.now()
    await expect(net.get('https://mo.example/')).rejects.toThrow(refusal('timeout', { retryable: true }))
    const media = await net.stream('https://mo.example/', { maxBytes: 100_000 })
    await expect(media.body.toArray()).rejects.toThrow(refusal('timeout'))
    await expect(net.get('https://mo.example/hop', { redirects: 5 })).rejects.toThrow(refusal('timeout'))
    await expect(net.get('https://mo.example/', { totalMs: 50 })).rejects.toThrow(refusal('timeout'))
    expect(performance.now() - started).toBeLessThan(3000)
  })

  test('four at a time per host; the clock of those who wait does not run', async () => {
    let inside = 0
    let most = 0
    const peer = await startPeer((_request, response) => {
      most = Math.max(most, ++inside)
      setTimeout(() => {
        inside--
        response.end('ok')
      }, 60)
    })
    const net = startNet({ map: { '*.example': peer.dial }, times: { connect: 1000, headers: 1000, total: 1000, stream: 1000 } })
    await Promise.all(Array.from({ length: 12 }, () => net.get('https://mo.example/', { totalMs: 900 })))
    expect(most).toBe(4)
    most = 0
    await Promise.all(Array.from({ length: 12 }, (_, at) => net.get(`https://h${at}.peers.example/`)))
    expect(most).toBeGreaterThan(4)
  })

  test('no more than the global number over all hosts', async () => {
    let inside = 0
    let most = 0
    const peer = await startPeer((_request, response) => {
      most = Math.max(most, ++inside)
      setTimeout(() => {
        inside--
        response.end('ok')
      }, 20)
    })
    const net = startNet({ map: { '*.example': peer.dial }, global: 5, times: { connect: 2000, headers: 2000, total: 2000, stream: 2000 } })
    await Promise.all(Array.from({ length: 20 }, (_, at) => net.get(`https://h${at}.peers.example/`)))
    expect(most).toBe(5)
  })
})

describe(rule(22), () => {
  test('another port is reached only on the host that it was allowed for', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { ok: true }))
    const map = { 'mo.example': peer.dial, 'fen.example': peer.dial }
    const closed = startNet({ map })
    await expect(closed.getJson('https://mo.example:8443/', json)).rejects.toThrow(refusal('refused-url', { retryable: false }))
    const open = startNet({ map, ports: ['Mo.example:8443'] })
    expect((await open.getJson('https://mo.example:8443/', json)).json).toEqual({ ok: true })
    for (const url of ['https://mo.example:8444/', 'https://fen.example:8443/', 'https://x.mo.example:8443/', 'http://mo.example:8443/']) {
      await expect(open.getJson(url, json)).rejects.toThrow(refusal('refused-url'))
    }
    // What the owner allowed is a port, not an address.
    const inner = startNet({ map: { 'mo.example': { address: '10.0.0.1', dial: peer.dial } }, ports: ['mo.example:8443'] })
    await expect(inner.getJson('https://mo.example:8443/', json)).rejects.toThrow(refusal('refused-address'))
  })
})

test('rule 26: deep or poisoned JSON from a peer', async () => {
  const peer = await startPeer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/activity+json' })
    response.end(request.url === '/deep' ? '['.repeat(100_000) : '{"__proto__":{"admin":true}}')
  })
  const net = startNet({ map: { 'mo.example': peer.dial } })
  await expect(net.getJson('https://mo.example/deep', json)).rejects.toThrow(refusal('too-deep', { retryable: false }))
  await expect(net.getJson('https://mo.example/proto', json)).rejects.toThrow(refusal('forbidden-key'))
})

test('rule 4: another media type than asked for is not read', async () => {
  const peer = await startPeer((request, response) =>
    response.writeHead(200, { 'content-type': decodeURIComponent(request.url!.slice(1)) }).end('{"id":1}'),
  )
  const net = startNet({ map: { 'mo.example': peer.dial } })
  for (const type of ['text/html', 'application/json', 'application/ld+json', 'image/png']) {
    await expect(net.getJson(`https://mo.example/${encodeURIComponent(type)}`, json)).rejects.toThrow(refusal('type', { retryable: false }))
    await expect(net.get(`https://mo.example/${encodeURIComponent(type)}`, json)).rejects.toThrow(refusal('type'))
  }
})
