import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createClientToken, registerApp } from '../../../src-main/domain/grants.ts'
import { openApi } from './instance.ts'
import { OOB } from './letting-in.ts'
import type { AddressInfo, Socket } from 'node:net'
import type { Api } from './instance.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

const EDGE = 'burrow-edge'
const PART = `--${EDGE}\r\nContent-Disposition: form-data; name="client_name"\r\n\r\nslow`
const END = `\r\n--${EDGE}--\r\n`
const LENGTH = PART.length + END.length + 20

/** Sends all but the end of a body, drop by drop; the end after so many drops. Resolves with all that came back once the connection ends. */
async function drip(api: Api, path: string, token: string | null, drops = Number.POSITIVE_INFINITY, method = 'POST'): Promise<string> {
  const { port } = api.app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (heard += chunk.toString()))
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: ana.example',
    `Connection: ${Number.isFinite(drops) ? 'close' : 'keep-alive'}`,
    `Content-Type: multipart/form-data; boundary=${EDGE}`,
  ]
  if (token !== null) head.push(`Authorization: Bearer ${token}`)
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${LENGTH}\r\n\r\n${PART}`)
  let sent = 0
  const timer = setInterval(() => {
    if (++sent < Math.min(drops, 20)) socket.write('x')
    else if (sent === drops) socket.write(`${'x'.repeat(21 - drops)}${END}`)
  }, 50)
  await new Promise<void>((resolve) => void socket.once('close', () => resolve()))
  clearInterval(timer)
  return heard
}

it('rule 37: strangers do not hold connections by bodies that never end, whatever they ask for; the owner’s apps take their time', async () => {
  const api = await openApi({ listener: 'public', patienceMs: 300 })
  const app = registerApp(api.home, { name: 'Tide', website: null, redirectUris: [OOB], scopes: ['read'] })
  await api.listen()
  // Nobody reads what comes after a refusal, and nobody waits for it.
  for (const [path, token] of [
    ['/api/v1/apps', null],
    ['/api/v1/apps', 'wrong'],
    ['/api/v2/media', null],
    ['/api/v2/media', 'wrong'],
    ['/api/v2/media', createClientToken(api.home, app.id, ['read'])],
    ['/api/v1/nowhere', null],
    ['/oauth/token', null],
  ] as const) {
    expect((await drip(api, path, token)).startsWith('HTTP/1.1 2'), path).toBe(false)
  }
  await drip(api, '/api/v2/instance', null, undefined, 'GET')
  // Twelve times fifty milliseconds: four times as long as a stranger may take.
  expect(await drip(api, '/api/v1/markers', api.token, 12)).toMatch(/^HTTP\/1.1 200/)
})
