import { describe, expect, test } from 'vitest'
import { startNet, startRawPeer } from './peers.ts'

/** What inboxes may write on the wire instead of a clean answer. */
const refusal = (code: string, more: object = {}) => expect.objectContaining({ name: 'NetError', code, ...more })

/** A peer that waits for the whole request and then writes these parts, one packet each. */
async function answering(...parts: (string | 'end' | 'reset')[]) {
  const heard: string[] = []
  const peer = await startRawPeer((socket) => {
    let text = ''
    let answered = false
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (answered || !text.endsWith('{}')) return
      answered = true
      heard.push(text)
      const next = (at: number): void => {
        const part = parts[at]
        if (part === undefined) return
        if (part === 'end') socket.end()
        else if (part === 'reset') socket.resetAndDestroy()
        else socket.write(part, 'latin1', () => setImmediate(next, at + 1))
      }
      next(0)
    })
  })
  const net = startNet({ allowPrivateNetwork: true, map: { 'mo.example': peer.dial } })
  return { heard, post: (url = 'http://mo.example/inbox?a=1', more = {}) => net.post(url, { body: '{}', ...more }) }
}

describe('an answer on the wire', () => {
  test.each([
    ['in one piece', ['HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n']],
    ['byte by byte', [...'HTTP/1.1 202 Accepted\r\nX: y\r\n\r\n', 'end']],
    ['without a reason', ['HTTP/1.1 202\r\n\r\n', 'end']],
    ['of an old server', ['HTTP/1.0 202 OK\r\n\r\n', 'end']],
    [
      'after hints',
      ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 'HTTP/1.1 202 Accepted\r\n\r\n', 'end'],
    ],
    ['whose connection breaks right after', ['HTTP/1.1 202 Accepted\r\n\r\n', 'reset']],
    ['with chunks', ['HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n', '3\r\nabc\r\n', '0\r\n\r\n']],
    ['that is followed by another one', ['HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\n\r\n']],
  ])('%s is read', async (_what, parts) => {
    const { post, heard } = await answering(...parts)
    expect((await post()).status).toBe(202)
    expect(heard[0]).toMatch(/^POST \/inbox\?a=1 HTTP\/1\.1\r\nhost: mo\.example\r\nconnection: close\r\n/)
    expect(heard[0]).toMatch(/content-length: 2\r\n\r\n\{\}$/)
  })

  test('fields are read strictly, repeated ones joined', async () => {
    const { post } = await answering('HTTP/1.1 429 Slow\r\nRetry-After:  7 \r\nX-A: 1\r\nx-a: 2\r\n__proto__: 3\r\n\r\n', 'end')
    const answer = await post()
    expect(answer).toMatchObject({ status: 429, retryAfter: 7_000 })
    expect(answer.headers['x-a']).toBe('1, 2')
    expect(Object.getPrototypeOf(answer.headers)).toBe(Object.prototype)
  })

  test.each([
    ['another protocol', ['220 mail.example ESMTP\r\n\r\n']],
    ['another version', ['HTTP/2.0 202 OK\r\n\r\n']],
    ['a status that is none', ['HTTP/1.1 2020 OK\r\n\r\n']],
    ['a folded field', ['HTTP/1.1 202 OK\r\na: b\r\n c\r\n\r\n']],
    ['a blank before the colon', ['HTTP/1.1 202 OK\r\na : b\r\n\r\n']],
    ['a field without a name', ['HTTP/1.1 202 OK\r\n: b\r\n\r\n']],
    ['bare line ends inside a field', ['HTTP/1.1 202 OK\r\na: b\nc: d\r\n\r\n']],
  ])('%s is none', async (_what, parts) => {
    const { post } = await answering(...parts)
    await expect(post()).rejects.toThrow(refusal('protocol', { ours: false }))
  })

  test('a head without end is cut, whether it comes in one line or in many', async () => {
    const long = await answering(`HTTP/1.1 202 OK\r\na: ${'x'.repeat(20_000)}`)
    await expect(long.post()).rejects.toThrow(refusal('too-large'))
    const many = await answering(`HTTP/1.1 202 OK\r\n${'a: b\r\n'.repeat(4_000)}\r\n`)
    await expect(many.post()).rejects.toThrow(refusal('too-large'))
  })

  test.each([[['end']], [['reset']], [['HTTP/1.1 202 OK\r\nhal', 'end']]])(
    'a connection that ends before the answer is a lost one: %j',
    async (parts) => {
      const { post } = await answering(...parts)
      await expect(post()).rejects.toThrow(refusal('connect', { ours: false, retryable: true }))
    },
  )

  test('nothing that would break the request apart is sent', async () => {
    const { post, heard } = await answering('HTTP/1.1 202 OK\r\n\r\n', 'end')
    for (const headers of [{ a: 'b\r\nx: y' }, { 'a\r\nb': 'c' }, { 'a b': 'c' }, { a: '\0' }, { a: 'ü☕' }]) {
      await expect(post(undefined, { headers })).rejects.toThrow(refusal('protocol', { retryable: false }))
    }
    expect(heard).toEqual([])
    expect(
      (await post('http://mo.example/in box?q=a b#c', { headers: { a: 'b' } }).catch((error: unknown) => error)) as Error,
    ).toMatchObject({
      code: 'refused-url',
    })
  })
})
