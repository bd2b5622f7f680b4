import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { upsertAccount } from '../../../src-main/domain/accounts.ts'
import { createSignInCode, createToken } from '../../../src-main/domain/grants.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { startInstance } from '../../../src-main/server.ts'
import { remote } from '../domain/home.ts'
import { configOf, program, quiet, temporaryFolder } from '../owner-api/house.ts'
import { claimsOf, openPhone } from '../push/service.ts'
import { stopLater } from '../net/peers.ts'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RunningInstance } from '../../../src-main/server.ts'
import type { Posted } from '../push/service.ts'

/** The whole instance on its sockets, as apps meet it: a push that goes out through `net`, streams that end when the machine wakes. */

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function startService(): Promise<{ endpoint: string; posted: Posted[] }> {
  const posted: Posted[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      posted.push({ path: incoming.url as string, headers: incoming.headers, body: Buffer.concat(chunks) })
      response.writeHead(201).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stopLater(() => new Promise((resolve) => server.close(resolve)))
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`, posted }
}

interface Outside {
  instance: RunningInstance
  host: string
  /** Asks the public listener, as the tunnel passes it on. */
  ask(method: string, path: string, token: string, body?: unknown): Promise<IncomingMessage>
}

async function open(folder: string, port: number): Promise<Outside> {
  const host = `ana.localhost:${port}`
  const argv = ['--origin', `http://${host}`, '--public-port', String(port), '--allow-private-network', '--public-api']
  const instance = await startInstance(configOf(folder, argv), { program, logs: quiet(), now: Date.now, host: null, stop: () => undefined })
  stopLater(() => instance.close())
  return {
    instance,
    host,
    async ask(method, path, token, body) {
      const text = body === undefined ? '' : JSON.stringify(body)
      const headers = {
        host,
        authorization: `Bearer ${token}`,
        ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      const asked = request({ host: '127.0.0.1', port, path, method, headers })
      asked.on('error', () => undefined).end(text)
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      answer.on('error', () => undefined)
      return answer
    },
  }
}

async function json(answer: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
}

test('a phone hears of a favourite by push, streams end with a wake, and the key outlives a restart', async () => {
  const folder = temporaryFolder()
  const port = await freePort()
  const { instance, host, ask } = await open(folder, port)
  const { domain: d, owner } = instance
  const post = (path: string, body: unknown, token?: string) =>
    fetch(owner + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    })
  const session = (await (await post('/api/owner/session', { code: createSignInCode(d) })).json()) as { token: string }
  expect((await post('/api/owner/setup/name', { name: 'ana' }, session.token)).status).toBe(200)

  const { token } = createToken(d, 'app', ['read', 'push'])
  const [service, phone] = [await startService(), openPhone()]
  const made = await json(
    await ask('POST', '/api/v1/push/subscription', token, {
      subscription: { endpoint: service.endpoint, keys: { p256dh: phone.p256dh, auth: phone.auth }, standard: true },
      data: { alerts: { favourite: true } },
    }),
  )
  expect(made).toMatchObject({ endpoint: service.endpoint, standard: true })

  const { post: boats } = writePost(d, { text: 'Boats', visibility: 'public' })
  releasePost(d, boats.id, d.now())
  receiveFavourite(d, { uri: null, accountId: upsertAccount(d, remote('bo')), postId: boats.id })
  // Once our own address has been seen to answer: before that nothing goes out.
  await vi.waitFor(() => expect(service.posted).toHaveLength(1), { timeout: 40_000, interval: 50 })
  const [push] = service.posted as [Posted]
  expect(phone.read(push)).toMatchObject({
    access_token: token,
    notification_type: 'favourite',
    icon: `http://${host}/avatars/original/missing.png`,
  })
  expect(claimsOf(push)).toMatchObject({ key: made.server_key, claims: { aud: new URL(service.endpoint).origin, sub: `http://${host}` } })

  const line = await ask('GET', '/api/v1/streaming/user', token)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/streaming?stream=user`, [token], { headers: { host } })
  await once(socket, 'open')
  line.resume()
  const ends = [new Promise((resolve) => line.once('close', resolve)), new Promise((resolve) => socket.once('close', resolve))]
  instance.woken('wake')
  await Promise.all(ends)

  await instance.close()
  const again = await open(folder, port)
  const told = (await json(await again.ask('GET', '/api/v2/instance', token))) as { configuration: { vapid: { public_key: string } } }
  expect(told.configuration.vapid.public_key).toBe(made.server_key)
  expect((await json(await again.ask('GET', '/api/v1/push/subscription', token))).id).toBe(made.id)
}, 60_000)
