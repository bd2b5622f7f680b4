import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from '../http.ts'
import { freePort, startNode, until } from '../process.ts'
import type { AddressInfo } from 'node:net'
import type { Happening } from './bots.ts'

/**
 * activitypub-bot, a server of the fediverse that neither we nor Fedify's authors wrote, in a process of its own (AGPL: only ever run,
 * never imported). A small proxy stands before it: it writes down what each inbox answered, and adds the port to WebFinger's subject,
 * which that program leaves out because on the real network there is none.
 */
export interface BotPeer {
  readonly origin: string
  readonly actor: string
  readonly handle: string
  /** Every POST that came in, with the answer it got. */
  readonly answers: { path: string; status: number; headers: Record<string, string>; activity: Record<string, unknown>; said: string }[]
  follow(input: { uri: string }): Promise<{ id: string }>
  unfollow(input: { uri: string }): Promise<{ id: string }>
  post(input: { text: string }): Promise<{ id: string }>
  reply(input: { text: string; uri: string }): Promise<{ id: string }>
  edit(input: { text: string; uri: string }): Promise<{ id: string }>
  remove(input: { uri: string }): Promise<{ id: string }>
  like(input: { uri: string }): Promise<{ id: string }>
  unlike(input: { uri: string }): Promise<{ id: string }>
  announce(input: { uri: string }): Promise<{ id: string }>
  unannounce(input: { uri: string }): Promise<{ id: string }>
  fetch(input: { uri: string }): Promise<Record<string, unknown>>
  standing(input: { uri: string }): Promise<{ follower: boolean; following: boolean }>
  happened(input?: Record<string, never>): Promise<Happening[]>
  /** The first activity of that type that it took from us. */
  expect(type: string, fits?: (activity: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
  log(): string
  stop(): Promise<void>
}

const COMMANDS = [
  'follow',
  'unfollow',
  'post',
  'reply',
  'edit',
  'remove',
  'like',
  'unlike',
  'announce',
  'unannounce',
  'fetch',
  'standing',
  'happened',
]
const bin = join(dirname(createRequire(import.meta.url).resolve('@evanp/activitypub-bot')), '..', 'bin', 'activitypub-bot.js')

export async function startBotPeer(options: { host?: string } = {}): Promise<BotPeer> {
  const port = await freePort()
  const control = await freePort()
  const answers: BotPeer['answers'] = []
  const proxy = createServer((incoming, response) => pass(port, incoming, response, answers))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const origin = `http://${options.host ?? 'bot.localhost'}:${(proxy.address() as AddressInfo).port}`
  const program = startNode(
    [
      '--no-warnings',
      ...['--import', new URL('../fedify-peer/loopback-names.ts', import.meta.url).href],
      ...['--import', new URL('preload.ts', import.meta.url).href],
      bin,
      ...['--origin', origin, '--port', String(port), '--log-level', process.env.BURROW_TEST_BOT_LOG ?? 'warn'],
      ...['--bots-config-file', fileURLToPath(new URL('bots.ts', import.meta.url))],
    ],
    { env: { ALLOW_PRIVATE: 'true', BOT_CONTROL: String(control), NODE_ENV: 'development' } },
  )
  let printed = ''
  program.child.stdout?.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-200_000)))
  await until('activitypub-bot listens', async () => (await request(`http://127.0.0.1:${port}/livez`)).status < 500)
  const remote = Object.fromEntries(
    COMMANDS.map((command) => [
      command,
      async (input: unknown = {}) => {
        const answer = await request(`http://127.0.0.1:${control}/${command}`, { body: JSON.stringify(input), timeout: 30_000 })
        if (answer.status !== 200) throw new Error(`${command}: ${answer.json<{ error: string }>().error}\n${printed.slice(-2_000)}`)
        return answer.json()
      },
    ]),
  ) as unknown as BotPeer
  return {
    ...remote,
    origin,
    actor: `${origin}/user/bo`,
    handle: `@bo@${new URL(origin).host}`,
    answers,
    log: () => printed + program.stderr(),
    expect: (type, fits = () => true) =>
      until(`${type} taken by activitypub-bot`, () => {
        const found = answers.find((one) => one.activity.type === type && one.status >= 200 && one.status <= 299 && fits(one.activity))
        return found?.activity
      }).catch((error: Error) => {
        const seen = answers.map((one) => `${String(one.activity.type)} ${one.status} ${one.status >= 300 ? one.said : ''}`).join('; ')
        throw new Error(`${error.message}; it answered: ${seen || 'nothing'}\n${printed.slice(-3_000)}`)
      }),
    async stop() {
      await program.stop()
      proxy.closeAllConnections()
      await new Promise<void>((resolve) => proxy.close(() => resolve()))
    },
  }
}

function pass(port: number, incoming: IncomingMessage, response: ServerResponse, answers: BotPeer['answers']): void {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    const body = Buffer.concat(chunks)
    const path = incoming.url ?? '/'
    const asking = httpRequest({ host: '127.0.0.1', port, path, method: incoming.method, headers: incoming.headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (chunk: Buffer) => parts.push(chunk))
      answer.on('end', () => {
        let bytes: Buffer = Buffer.concat(parts)
        const status = answer.statusCode ?? 502
        const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = answer.headers
        if (incoming.method === 'POST') {
          const activity = JSON.parse(body.toString()) as Record<string, unknown>
          answers.push({
            path,
            status,
            headers: incoming.headers as Record<string, string>,
            activity,
            said: bytes.toString().slice(0, 300),
          })
        }
        if (path.startsWith('/.well-known/webfinger') && status === 200) bytes = withPort(bytes, incoming.headers.host ?? '')
        response.writeHead(status, headers).end(bytes)
      })
    })
    asking.on('error', () => response.writeHead(502).end())
    asking.end(body)
  })
}

function withPort(bytes: Buffer, host: string): Buffer {
  const found = JSON.parse(bytes.toString()) as { subject: string }
  return Buffer.from(JSON.stringify({ ...found, subject: found.subject.replace(/@.*$/, `@${host}`) }))
}
