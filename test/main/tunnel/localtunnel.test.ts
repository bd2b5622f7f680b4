import { createHash, randomBytes } from 'node:crypto'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createTunnel } from '../../../src-main/tunnel/tunnel.ts'
import type { Tunnel, TunnelMemory, TunnelOptions, TunnelStatus } from '../../../src-main/tunnel/tunnel.ts'
import { startTunnelServer } from '../../rig/tunnel-server.ts'
import type { TunnelServer } from '../../rig/tunnel-server.ts'

const quiet = { debug() {}, info() {}, warn() {} }

function tunnelTo(options: Pick<TunnelOptions, 'localPort' | 'wantedHost'> & Partial<TunnelOptions>): Tunnel {
  let saved: TunnelMemory | null = null
  const tunnel = createTunnel({
    provider: 'localtunnel',
    now: Date.now,
    random: () => 0,
    state: { load: () => saved, save: (memory) => (saved = memory) },
    log: quiet,
    ...options,
  })
  onTestFinished(() => tunnel.stop())
  return tunnel
}

/** The next status that satisfies the test, or the present one. */
function until(tunnel: Tunnel, test: (status: TunnelStatus) => boolean): Promise<TunnelStatus> {
  if (test(tunnel.status)) return Promise.resolve(tunnel.status)
  return new Promise((resolve) => {
    const off = tunnel.on((status) => {
      if (!test(status)) return
      off()
      resolve(status)
    })
  })
}
const untilState = (tunnel: Tunnel, state: TunnelStatus['state']) => until(tunnel, (status) => status.state === state)

async function listen<T extends Server | TcpServer>(server: T): Promise<{ server: T; port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}
function ask(
  port: number,
  host: string,
  options: { path?: string; method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path = '/', method = 'GET', headers = {}, body } = options
    const asking = request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers }, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Answers with what it got, as our public listener would: keep-alive connections that outlive the server's. */
const echo: RequestListener = (incoming, outgoing) => {
  const parts: Buffer[] = []
  incoming.on('data', (part: Buffer) => parts.push(part))
  incoming.on('end', () => {
    const body = Buffer.concat(parts)
    outgoing.writeHead(202, {
      'x-host': incoming.headers.host ?? '',
      'x-signature': incoming.headers.signature ?? '',
      'x-digest': digest(body),
    })
    outgoing.end(body)
  })
}

describe('a tunnel through a real localtunnel server', () => {
  let server: TunnelServer
  let localPort: number

  beforeEach(async () => {
    server = await startTunnelServer()
    const local = createServer({ keepAliveTimeout: 75_000 }, echo)
    localPort = (await listen(local)).port
  }, 30_000)
  afterEach(() => server.stop())

  it('carries requests unchanged, both ways', async () => {
    const tunnel = tunnelTo({ host: server.url, localPort, wantedHost: `ana-home.localhost:${server.port}` })
    tunnel.start()
    const status = await untilState(tunnel, 'open')
    expect(status).toMatchObject({ url: 'http://ana-home.localhost', facts: { plaintextLeg: true, ownership: 'none', maxConcurrent: 10 } })

    const body = randomBytes(1_000_000)
    const answer = await ask(server.port, `ana-home.localhost:${server.port}`, {
      method: 'POST',
      path: '/inbox',
      headers: { 'content-type': 'application/activity+json', signature: 'keyId="https://tide.example/users/bo"' },
      body,
    })
    expect(answer.status).toBe(202)
    expect(answer.headers).toMatchObject({
      'x-host': `ana-home.localhost:${server.port}`,
      'x-signature': 'keyId="https://tide.example/users/bo"',
      'x-digest': digest(body),
    })
    expect(digest(answer.body)).toBe(digest(body))

    await tunnel.stop()
    expect(tunnel.status.state).toBe('closed')
    await expect.poll(() => server.connections('ana-home'), { timeout: 5_000 }).toBeNull()
  })

  it('answers 100 requests at once', async () => {
    const tunnel = tunnelTo({ host: server.url, localPort, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    await untilState(tunnel, 'open')
    const bodies = Array.from({ length: 100 }, (_, i) => Buffer.from(`activity ${i} `.repeat(200)))
    const answers = await Promise.all(bodies.map((body) => ask(server.port, 'ana-home.localhost', { method: 'POST', body })))
    expect(answers.map((answer) => answer.status)).toEqual(bodies.map(() => 202))
    expect(answers.map((answer) => answer.headers['x-digest'])).toEqual(bodies.map(digest))
    expect(tunnel.status.state).toBe('open')
    await expect.poll(() => server.connections('ana-home'), { timeout: 5_000 }).toBe(10)
  })

  it('falls when the server is killed, and stands again under the same name when it is back', async () => {
    const tunnel = tunnelTo({ host: server.url, localPort, wantedHost: 'ana-home.localhost' })
    const seen: string[] = []
    tunnel.on((status) => seen.push(`${status.state} ${status.error}`))
    tunnel.start()
    await untilState(tunnel, 'open')
    await server.stop()
    const fallen = await untilState(tunnel, 'backoff')
    expect(fallen.url).toBeNull()
    expect(fallen.error).toMatch(/unreachable|lost/)
    expect(fallen.nextAttemptAt).toBeGreaterThan(fallen.since)
    await until(tunnel, (status) => status.state === 'backoff' && status.error === 'unreachable' && status.since > fallen.since)
    await server.restart()
    await untilState(tunnel, 'open')
    expect(tunnel.status.url).toBe('http://ana-home.localhost')
    expect((await ask(server.port, 'ana-home.localhost')).status).toBe(202)
    expect(seen.some((line) => line.startsWith('name-taken'))).toBe(false)
  }, 30_000)

  it('stays shut while another holds the name, and takes it when it is free', async () => {
    const thief = tunnelTo({ host: server.url, localPort, wantedHost: 'ana-home.localhost' })
    thief.start()
    await untilState(thief, 'open')

    const asked: string[] = []
    const ours = await listen(
      createServer((incoming, outgoing) => {
        asked.push(incoming.url ?? '')
        outgoing.end('ours')
      }),
    )
    const tunnel = tunnelTo({ host: server.url, localPort: ours.port, wantedHost: 'ana-home.localhost' })
    const seen: string[] = []
    tunnel.on((status) => seen.push(status.state))
    tunnel.start()
    const taken = await untilState(tunnel, 'name-taken')
    expect(taken).toMatchObject({ url: null, error: 'name-taken' })
    expect(taken.nextAttemptAt).toBeGreaterThan(taken.since)
    await until(tunnel, (status) => status.state === 'name-taken' && status.since > taken.since)
    expect(seen).not.toContain('open')
    expect(asked).toEqual([])
    await expect
      .poll(
        async () =>
          (JSON.parse((await ask(server.port, '127.0.0.1', { path: '/api/status' })).body.toString()) as { tunnels: number }).tunnels,
        { timeout: 5_000 },
      )
      .toBe(1)

    await thief.stop()
    await untilState(tunnel, 'open')
    expect((await ask(server.port, 'ana-home.localhost')).body.toString()).toBe('ours')
  }, 30_000)

  it('is built anew on demand without losing its name to itself', async () => {
    const tunnel = tunnelTo({ host: server.url, localPort, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    await untilState(tunnel, 'open')
    const seen: string[] = []
    tunnel.on((status) => seen.push(status.state))
    tunnel.rebuild('wake')
    await untilState(tunnel, 'open')
    expect(seen).toEqual(['backoff', 'opening', 'open'])
    expect((await ask(server.port, 'ana-home.localhost')).status).toBe(202)
  })

  it('gives any name to a trial', async () => {
    const tunnel = tunnelTo({ host: server.url, localPort, wantedHost: null })
    tunnel.start()
    const { url } = await untilState(tunnel, 'open')
    const host = new URL(url ?? '').hostname
    expect(host).toMatch(/^burrow-[0-9a-f]{10}\.localhost$/)
    expect((await ask(server.port, host)).headers['x-host']).toBe(host)
  })

  it('gets back the connections that the package forgets when the local server resets one', async () => {
    // A local reset makes localtunnel 2.0.2 end the connection without replacing it; ten of them and nothing answers any more, with no event.
    const resetting = await listen(
      createServer((incoming, outgoing) => {
        if (incoming.url === '/reset') incoming.socket.resetAndDestroy()
        else outgoing.end('well')
      }),
    )
    const tunnel = tunnelTo({ host: server.url, localPort: resetting.port, wantedHost: 'ana-home.localhost' })
    const seen: string[] = []
    tunnel.start()
    await untilState(tunnel, 'open')
    tunnel.on((status) => seen.push(status.state))
    await expect.poll(() => server.connections('ana-home')).toBe(10)
    // The server answers nothing when its upstream fails.
    const hanging = Array.from({ length: 6 }, () =>
      request({ host: '127.0.0.1', port: server.port, path: '/reset', headers: { host: 'ana-home.localhost' }, agent: false }),
    )
    for (const one of hanging) one.on('error', () => {}).end()
    onTestFinished(() => hanging.forEach((one) => one.destroy()))
    await expect.poll(() => server.connections('ana-home'), { timeout: 5_000 }).toBeLessThanOrEqual(4)
    await expect.poll(() => server.connections('ana-home'), { timeout: 10_000, interval: 100 }).toBe(10)
    expect((await ask(server.port, 'ana-home.localhost')).body.toString()).toBe('well')
    expect(seen).toEqual([])
  })
})

describe('a localtunnel server that misbehaves', () => {
  async function misbehaving(listener: RequestListener): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = []
    const { port } = await listen(
      createServer((incoming, outgoing) => {
        asked.push(incoming.url ?? '')
        listener(incoming, outgoing)
      }),
    )
    return { url: `http://127.0.0.1:${port}`, asked }
  }
  const json =
    (answer: unknown): RequestListener =>
    (_, outgoing) =>
      outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(answer))

  it.each([
    ['a name it refuses', (_, outgoing) => outgoing.writeHead(403).end('{"message":"Invalid subdomain"}'), 'refused'],
    ['too many tunnels', (_, outgoing) => outgoing.writeHead(429).end(), 'refused'],
    ['an error of its own', (_, outgoing) => outgoing.writeHead(502).end('<html>'), 'unreachable'],
    ['a hung-up line', (incoming) => incoming.socket.destroy(), 'unreachable'],
    ['a web page', (_, outgoing) => outgoing.end('<html>buy this domain</html>'), 'bad-answer'],
    ['null', json(null), 'bad-answer'],
    ['no port', json({ id: 'ana-home', url: 'http://ana-home.localhost', max_conn_count: 1 }), 'bad-answer'],
    ['a port out of range', json({ id: 'ana-home', url: 'http://ana-home.localhost', port: 70_000, max_conn_count: 1 }), 'bad-answer'],
    ['a script for a URL', json({ id: 'ana-home', url: 'javascript:alert(1)', port: 80, max_conn_count: 1 }), 'bad-answer'],
    [
      'an address that is none',
      json({ id: 'ana-home', url: 'http://ana-home.localhost', port: 80, ip: 'printer', max_conn_count: 1 }),
      'bad-answer',
    ],
    ['an endless answer', (_, outgoing) => outgoing.end(Buffer.alloc(200_000, 0x20)), 'unreachable'],
  ] satisfies [string, RequestListener, string][])('answers a registration with %s', async (_, listener, code) => {
    const { url, asked } = await misbehaving(listener)
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    expect(await untilState(tunnel, 'backoff')).toMatchObject({ error: code, url: null })
    await tunnel.stop()
    expect(asked).toEqual(['/ana-home'])
  })

  it('is left alone between our own attempts, which the package would not do', async () => {
    const { url, asked } = await misbehaving((_, outgoing) => outgoing.writeHead(502).end())
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    const first = await untilState(tunnel, 'backoff')
    // 2 s, then 5 s: by itself the package would have asked eight times.
    const second = await until(tunnel, (status) => status.state === 'backoff' && status.since > first.since)
    const third = await until(tunnel, (status) => status.state === 'backoff' && status.since > second.since)
    expect(third.since - first.since).toBeGreaterThanOrEqual(6_900)
    expect(asked).toEqual(['/ana-home', '/ana-home', '/ana-home'])
  })

  it('never answers: the attempt ends, and the request with it', async () => {
    const gone: Promise<void>[] = []
    const { url } = await misbehaving((incoming) => gone.push(new Promise((resolve) => incoming.socket.once('close', () => resolve()))))
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost', openLimitMs: 300 })
    tunnel.start()
    expect((await untilState(tunnel, 'backoff')).error).toBe('timeout')
    expect(gone).toHaveLength(1)
    await gone[0]
  })

  it('offers a tunnel on a port where nobody listens', async () => {
    const dead = await listen(createTcpServer())
    dead.server.close()
    const { url } = await misbehaving(json({ id: 'ana-home', url: 'http://ana-home.localhost', port: dead.port, max_conn_count: 10 }))
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost' })
    const seen: string[] = []
    tunnel.on((status) => seen.push(status.state))
    tunnel.start()
    expect((await untilState(tunnel, 'backoff')).error).toBe('unreachable')
    expect(seen).not.toContain('open')
  })

  it('gives another name: not one connection is opened to it', async () => {
    const connections: Socket[] = []
    const pool = await listen(createTcpServer((socket) => connections.push(socket)))
    const { url } = await misbehaving(json({ id: 'other', url: 'http://other.localhost', port: pool.port, max_conn_count: 10 }))
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    await untilState(tunnel, 'name-taken')
    await tunnel.stop()
    expect(connections).toEqual([])
  })

  it('ends every connection at once: that is no storm', async () => {
    let connections = 0
    const pool = await listen(
      createTcpServer((socket) => {
        connections++
        socket.on('error', () => {}).destroy()
      }),
    )
    const { url } = await misbehaving(
      json({ id: 'ana-home', url: 'http://ana-home.localhost', port: pool.port, max_conn_count: 1_000_000 }),
    )
    const local = await listen(createServer(echo))
    const tunnel = tunnelTo({ host: url, localPort: local.port, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    await untilState(tunnel, 'backoff')
    expect(tunnel.status.error).toMatch(/refused|lost/)
    expect(connections).toBeLessThan(300)
  })

  it('is asked directly, whatever proxy the environment names', async () => {
    const before = process.env.HTTP_PROXY
    process.env.HTTP_PROXY = 'http://127.0.0.1:9'
    onTestFinished(() => {
      if (before === undefined) delete process.env.HTTP_PROXY
      else process.env.HTTP_PROXY = before
    })
    const { url, asked } = await misbehaving((_, outgoing) => outgoing.writeHead(403).end())
    const tunnel = tunnelTo({ host: url, localPort: 9, wantedHost: 'ana-home.localhost' })
    tunnel.start()
    expect((await untilState(tunnel, 'backoff')).error).toBe('refused')
    expect(asked).toEqual(['/ana-home'])
  })

  it('cannot be named by something that is no web address', () => {
    expect(() => tunnelTo({ host: 'ftp://tunnel.example', localPort: 9, wantedHost: null })).toThrow(TypeError)
    expect(() => tunnelTo({ host: 'tunnel', localPort: 9, wantedHost: null })).toThrow(TypeError)
  })
})

describe('no tunnel', () => {
  it('is open as soon as there is a host, and closed without', async () => {
    const reached = tunnelTo({ provider: 'none', localPort: 9, wantedHost: 'ana.example' })
    reached.start()
    reached.rebuild('wake')
    expect(reached.status).toMatchObject({ state: 'open', url: null, facts: { stable: true, plaintextLeg: false } })
    await reached.stop()
    expect(reached.status.state).toBe('closed')
    const nobody = tunnelTo({ provider: 'none', localPort: 9, wantedHost: null })
    nobody.start()
    expect(nobody.status.state).toBe('closed')
  })
})
