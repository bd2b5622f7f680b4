import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRestAPIClient } from 'masto'
import { request, type Answer } from './http.ts'
import { freePort, startNode, until, type Program } from './process.ts'
import type { Connection, Outbox, OwnerState } from '../../src-main/owner-api/contract.ts'

const root = resolve(import.meta.dirname, '../..')
/** `BUILT` names a build elsewhere: two people who measure at the same time do not build under each other's hands. */
const built = process.env.BUILT ?? join(root, 'out')
const programs = { serve: join(built, 'main', 'serve.js'), cli: join(built, 'main', 'cli.js') }
/** As the launchers start it (design 17). */
const nodeFlags = ['--max-semi-space-size=4']

export type Mastodon = ReturnType<typeof createRestAPIClient>

/** The ready line of design section 3. */
export interface Ready {
  event: 'ready'
  owner: string
  public: string
  origin: string | null
  signIn: string
}

export interface BurrowOptions {
  /** Given to `init` together with the origin; null: first run is left to the window. */
  name?: string | null
  /** `http://ana.localhost:PORT` unless told; `PORT` in it stands for the public port. Null: none. */
  origin?: string | null
  /** More flags of `serve`. */
  flags?: readonly string[]
  env?: Record<string, string>
  tunnel?: 'none' | 'localtunnel' | null
  /** Fills the folder between `init` and the first start. */
  prepare?: (folder: string) => unknown
  /** False: without `--allow-private-network`, as owners run it. */
  lifted?: boolean
}

/** A whole instance: the built `serve`, spawned on a temporary folder, in a process group of its own. */
export interface Burrow {
  readonly folder: string
  readonly ownerPort: number
  readonly publicPort: number
  readonly ready: Ready
  readonly pid: number
  /** The identity's origin. @throws while there is none */
  readonly origin: string
  /** `@ana@ana.localhost:PORT` */
  readonly handle: string
  /** Everything it logged since the first start, all starts together. */
  log(): string
  /** A client API token by the command line, made once per instance unless a scope is given. */
  token(scope?: string): Promise<string>
  mastodon(): Promise<Mastodon>
  /** One request to the owner listener with the owner's token. */
  api(method: string, path: string, body?: unknown): Promise<Answer>
  /** Like `api`, parsed. @throws when the answer is not 2xx */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
  state(): Promise<OwnerState>
  connection(): Promise<Connection>
  outbox(): Promise<Outbox>
  online(limit?: number): Promise<void>
  /** A fresh one-time link by the command line. */
  signInLink(): Promise<string>
  stop(): Promise<number | string>
  /** `kill -9` of the process group. */
  kill(): Promise<void>
  /** The same folder and ports again; `more` replaces flags and environment of the same name. */
  start(more?: { flags?: readonly string[]; env?: Record<string, string> }): Promise<void>
  /** Stops it and removes the folder. */
  remove(): Promise<void>
}

/** Runs `burrow COMMAND …` to its end. */
export async function runCli(
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | string; out: string; err: string }> {
  const program = startNode([programs.cli, ...argv], { env })
  let out = ''
  program.child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const code = await program.ended
  return { code, out, err: program.stderr() }
}

/** Makes a folder and starts an instance on it. Resolves with the ready line; `remove()` it afterwards. */
export async function startBurrow(options: BurrowOptions = {}): Promise<Burrow> {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-rig-'))
  const ownerPort = await freePort()
  const publicPort = await freePort()
  const name = options.name === undefined ? 'ana' : options.name
  const origin =
    options.origin === null ? null : (options.origin ?? `http://${name ?? 'ana'}.localhost:PORT`).replace('PORT', String(publicPort))
  let env = options.env ?? {}
  let flags = options.flags ?? []
  let logged = ''
  let program: Program | null = null
  let ready: Ready | null = null
  let token: string | null = null

  if (name !== null) {
    const argv = ['init', '--data', folder, '--name', name, ...(origin === null ? [] : ['--origin', origin]), '--allow-private-network']
    const made = await runCli(argv, env)
    if (made.code !== 0) throw new Error(`burrow init ended with ${made.code}: ${made.err}`)
  }

  await options.prepare?.(folder)

  async function start(): Promise<void> {
    const argv = [
      ...nodeFlags,
      programs.serve,
      ...['--data', folder, '--owner-port', String(ownerPort), '--public-port', String(publicPort)],
      ...(options.lifted === false ? [] : ['--allow-private-network']),
      ...(origin === null ? [] : ['--origin', origin]),
      ...(options.tunnel === null ? [] : ['--tunnel', options.tunnel ?? 'none']),
      ...flags,
    ]
    program = startNode(argv, { env: { UV_THREADPOOL_SIZE: '4', ...env } })
    ready = JSON.parse(await program.firstLine) as Ready
  }

  async function api(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { authorization: `Bearer ${await burrow.token()}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    return request(`http://127.0.0.1:${ownerPort}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  const current = (): Program => {
    if (!program) throw new Error('Burrow is not running')
    return program
  }
  const end = async (how: (program: Program) => Promise<unknown>): Promise<unknown> => {
    if (!program) return null
    const ending = program
    const result = await how(ending)
    logged += ending.stderr()
    program = null
    return result
  }

  const burrow: Burrow = {
    folder,
    ownerPort,
    publicPort,
    get ready() {
      if (!ready) throw new Error('Burrow is not running')
      return ready
    },
    get pid() {
      return current().pid
    },
    get origin() {
      if (origin === null) throw new Error('There is no origin')
      return origin
    },
    get handle() {
      return `@${name ?? ''}@${new URL(burrow.origin).host}`
    },
    log: () => logged + (program?.stderr() ?? ''),
    async token(scope) {
      if (scope === undefined && token !== null) return token
      const made = await runCli(['token', '--data', folder, ...(scope === undefined ? [] : ['--scope', scope])], env)
      if (made.code !== 0) throw new Error(`burrow token ended with ${made.code}: ${made.err}`)
      if (scope === undefined) token = made.out.trim()
      return made.out.trim()
    },
    async mastodon() {
      return createRestAPIClient({ url: `http://127.0.0.1:${ownerPort}`, accessToken: await burrow.token() })
    },
    api,
    async ask<T>(method: string, path: string, body?: unknown) {
      const answer = await api(method, path, body)
      if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`)
      return answer.json<T>()
    },
    state: () => burrow.ask('GET', '/api/owner/state'),
    connection: () => burrow.ask('GET', '/api/owner/connection'),
    outbox: () => burrow.ask('GET', '/api/owner/outbox'),
    async online(limit = 20_000) {
      await until('Burrow is online', async () => (await burrow.connection()).state === 'online', limit)
    },
    async signInLink() {
      const made = await runCli(['sign-in', '--data', folder], env)
      if (made.code !== 0) throw new Error(`burrow sign-in ended with ${made.code}: ${made.err}`)
      return made.out.trim()
    },
    stop: async () => (await end((ending) => ending.stop())) as number | string,
    kill: async () => void (await end((ending) => ending.kill())),
    async start(more = {}) {
      if (more.flags) flags = more.flags
      if (more.env) env = more.env
      await start()
    },
    async remove() {
      await end((ending) => ending.stop())
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await start()
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  return burrow
}
