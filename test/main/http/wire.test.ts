import { once } from 'node:events'
import { request as ask } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { addMedia } from '../../../src-main/domain/media.ts'
import { openMediaLine } from '../../../src-main/http/media-line.ts'
import { rule } from '../../rig/attacks.ts'
import { HOST, openOutside, posted } from './house.ts'
import type { FastifyInstance } from 'fastify'
import type { Home } from '../domain/home.ts'

/** Real bytes on real sockets: what stands before the router. */
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** `once` gives up at an error, and being reset is one of the ways of being closed. */
const closed = (socket: Socket): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()))

/** Writes bytes and reads until the other side closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  closers.push(() => socket.destroy())
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined)
  socket.write(text)
  await closed(socket)
  return answer
}

const lines = (...parts: string[]): string => `${parts.join('\r\n')}\r\n\r\n`
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const statuses = (answer: string): number[] => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

async function open(options: Parameters<typeof openOutside>[0] = {}) {
  const { home, app } = await openOutside(options)
  const taken: string[] = []
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/inbox', async (request, reply) => {
    taken.push(String(request.body))
    return reply.status(202).send()
  })
  return { home, app, taken, port: await listen(app) }
}

describe(rule(51), () => {
  test('a length beside chunks is refused, and what hides behind it is never read as a request', async () => {
    const { port, taken } = await open()
    const smuggled = lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 5').trimEnd()
    const answer = await raw(
      port,
      `${lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Type: text/plain', 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}\r\n\r\nhello`,
    )
    expect(statuses(answer)).toEqual([400])
    expect(taken).toEqual([])
  })

  test.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a coding that is not the last', ['Transfer-Encoding: chunked, identity']],
    ['a folded header', ['X-A: b', ' Content-Length: 5']],
    ['a blank before the colon', ['Content-Length : 5']],
    ['no host', []],
  ])('%s: refused', async (what, headers) => {
    const { port, taken } = await open()
    const host = what === 'no host' ? [] : [`Host: ${HOST}`]
    const answer = await raw(port, `${lines('POST /inbox HTTP/1.1', ...host, 'Connection: close', ...headers)}hello`)
    expect([400, 421]).toContain(statusOf(answer))
    expect(taken).toEqual([])
  })

  test.each(['http://evil.example/@ana', `http://${HOST}/@ana`, '//evil.example/@ana', '//@ana', '/\\evil.example'])(
    'the target %s is refused',
    async (target) => {
      const { port } = await open()
      const answer = await raw(port, lines(`GET ${target} HTTP/1.1`, `Host: ${HOST}`, 'Connection: close'))
      expect(statusOf(answer)).toBe(400)
      expect(answer).not.toContain('Ana')
    },
  )

  test('an ordinary target is not', async () => {
    const { port } = await open()
    expect(statusOf(await raw(port, lines('GET /@ana HTTP/1.1', `Host: ${HOST}`, 'Connection: close')))).toBe(200)
  })
})

describe(rule(50), () => {
  test('what a request says of where it came from and went to changes nothing', async () => {
    const { app } = await open()
    const forged = {
      host: HOST,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.example;proto=http',
      'x-original-url': '/api/owner/state',
      'x-rewrite-url': '/api/owner/state',
    }
    const answer = await app.inject({ url: '/', headers: forged })
    expect([answer.statusCode, answer.headers.location]).toEqual([302, `https://${HOST}/@ana`])
    expect((await app.inject({ url: '/@ana', headers: forged })).body).not.toContain('evil.example')
  })
})

describe(rule(52), () => {
  test('no answer says which program and version gave it', async () => {
    const { app, port } = await open()
    for (const url of ['/@ana', '/nothing', '/media/xxxxxxxxxxxxxxxxxxxxxx/a.png']) {
      const { headers } = await app.inject({ url, headers: { host: HOST } })
      expect(Object.keys(headers)).not.toContain('server')
      expect(Object.keys(headers)).not.toContain('x-powered-by')
    }
    expect(await raw(port, 'BROKEN\r\n\r\n')).not.toMatch(/fastify|node|at /i)
  })
})

describe(rule(37), () => {
  test('the listener has limits on time, on requests of a connection and on connections', async () => {
    const { app } = await openOutside()
    expect(app.server.requestTimeout).toBeGreaterThan(0)
    expect(app.server.headersTimeout).toBeLessThanOrEqual(30_000)
    expect(app.server.maxRequestsPerSocket).toBeGreaterThan(0)
    expect(app.server.maxConnections).toBeGreaterThan(0)
  })

  test('a body that drips is cut off', async () => {
    const { port, taken } = await open({ patienceMs: 300 })
    const socket = connect(port, '127.0.0.1')
    closers.push(() => socket.destroy())
    socket.on('error', () => undefined).on('data', () => undefined)
    socket.write(lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Type: text/plain', 'Content-Length: 1000'))
    const drip = setInterval(() => socket.write('x'), 50)
    await closed(socket)
    clearInterval(drip)
    expect(taken).toEqual([])
    // Whoever sends at a normal pace is served.
    const whole = lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Type: text/plain', 'Connection: close', 'Content-Length: 5')
    expect(statusOf(await raw(port, `${whole}hello`))).toBe(202)
  })

  test('a head that drips is cut off; a socket that has not begun is left alone, for it may be one that a tunnel holds ready', async () => {
    const { port, taken } = await open({ patienceMs: 300 })
    const spare = connect(port, '127.0.0.1')
    closers.push(() => spare.destroy())
    let heard = ''
    spare.on('data', (chunk: Buffer) => (heard += chunk.toString()))
    await once(spare, 'connect')
    const slow = connect(port, '127.0.0.1')
    closers.push(() => slow.destroy())
    slow.on('error', () => undefined)
    let answer = ''
    slow.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    slow.write('GET / HTTP/1.1\r\n')
    const drip = setInterval(() => slow.write('X: y\r\n'), 50)
    await closed(slow)
    clearInterval(drip)
    expect(statusOf(answer)).toBe(408)
    // The spare one is older, and still there.
    expect(heard).toBe('')
    const whole = lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Type: text/plain', 'Connection: close', 'Content-Length: 5')
    spare.write(`${whole}hello`)
    await closed(spare)
    expect([statusOf(heard), taken]).toEqual([202, ['hello']])
  })

  test.each([
    ['no HTTP', 'BROKEN\r\n\r\n', 400],
    ['a head without end', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(5_000)}`, 431],
  ])('%s is refused in a line, and the connection ends', async (_what, text, status) => {
    const { port } = await open()
    const answer = await raw(port, text)
    expect(statusOf(answer)).toBe(status)
    expect(answer.endsWith('\r\n\r\n')).toBe(true)
  })

  const film = async (home: Home, bytes: number): Promise<string> => {
    const blob = await home.store.blobs.put(Buffer.alloc(bytes, 7))
    const file = addMedia(home, {
      kind: 'video',
      mime: 'video/mp4',
      bytes,
      width: 10,
      height: 10,
      blob,
      previewBlob: null,
      previewMime: null,
    })
    posted(home, 'High water', { mediaIds: [file.id] })
    return `/media/${file.token}/original.mp4`
  }
  const timers = {
    set: (work: () => void, ms: number) => setTimeout(work, ms),
    clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  }

  test('who fetches a film slowly takes one place of the media, and never one of an inbox', async () => {
    const limits = { streams: 1, waiting: 1, patienceMs: 60_000, bytesPerSecond: 500_000_000 }
    const line = openMediaLine({ limits: () => limits, timers })
    const { home, port, taken } = await open({ line })
    const path = await film(home, 8_000_000)
    const get = (method = 'GET', headers: Record<string, string> = {}) =>
      new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
        const sent = ask({ port, host: '127.0.0.1', path, method, agent: false, headers: { host: HOST, ...headers } }, resolve)
        sent.on('error', reject).end()
        closers.push(() => sent.destroy())
      })
    const slow = await get()
    expect(slow.statusCode).toBe(200)
    const second = get()
    while (line.busy.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    const third = await get()
    expect(third.statusCode).toBe(503)
    expect(Number(third.headers['retry-after'])).toBeGreaterThanOrEqual(30)
    third.resume()
    // Documents, inboxes and questions about the file itself go on.
    const whole = lines('POST /inbox HTTP/1.1', `Host: ${HOST}`, 'Content-Type: text/plain', 'Connection: close', 'Content-Length: 5')
    expect(statusOf(await raw(port, `${whole}hello`))).toBe(202)
    expect(taken).toEqual(['hello'])
    const head = await get('HEAD')
    expect([head.statusCode, head.headers['content-length']]).toEqual([200, '8000000'])
    head.resume()
    // The slow one hangs up: the next has the place, and gets every byte.
    slow.destroy()
    let bytes = 0
    for await (const chunk of await second) bytes += (chunk as Buffer).length
    expect(bytes).toBe(8_000_000)
    const part = await get('GET', { range: 'bytes=7999990-' })
    expect([part.statusCode, part.headers['content-range'], part.headers['content-length']]).toEqual([
      206,
      'bytes 7999990-7999999/8000000',
      '10',
    ])
    part.resume()
    await once(part, 'end')
    while (line.busy.streams > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  test('who hangs up while waiting leaves no place taken', async () => {
    const limits = { streams: 1, waiting: 5, patienceMs: 60_000, bytesPerSecond: 500_000_000 }
    const line = openMediaLine({ limits: () => limits, timers })
    const { home, port } = await open({ line })
    const path = await film(home, 1_000)
    const holder = await line.enter()
    const sent = ask({ port, host: '127.0.0.1', path, agent: false, headers: { host: HOST } }).on('error', () => undefined)
    sent.end()
    while (line.busy.waiting === 0) await new Promise((resolve) => setImmediate(resolve))
    sent.destroy()
    await new Promise<void>((resolve) => sent.once('close', () => resolve()))
    holder!.leave()
    while (line.busy.streams > 0 || line.busy.waiting > 0) await new Promise((resolve) => setImmediate(resolve))
  })
})
