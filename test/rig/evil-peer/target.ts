import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { pathToFileURL } from 'node:url'
import { loadConfig } from '../../../src-main/config.ts'
import { initialise, makeToken } from '../../../src-main/server/commands.ts'
import { programOf } from '../../../src-main/server/program.ts'
import { startInstance } from '../../../src-main/server.ts'
import { startBurrow } from '../burrow.ts'
import { request, type Answer } from '../http.ts'
import { authority } from './authority.ts'
import type { EvilPeer } from './peer.ts'
import type { Config } from '../../../src-main/config.ts'

/** A whole instance at `https://ana.example`, reached over real HTTP, whose every way out leads to the evil peer. */
export interface Target {
  readonly kind: 'built' | 'sources'
  /** Without `--allow-private-network`: addresses, schemes and ports are judged as for any owner. */
  readonly strict: boolean
  readonly folder: string
  readonly ownerPort: number
  readonly publicPort: number
  readonly token: string
  /** One request to the owner's listener with the owner's token. */
  api(method: string, path: string, body?: unknown): Promise<Answer>
  /** One request to the public listener, as a tunnel would hand it over. */
  ask(path: string, options?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array }): Promise<Answer>
  /** Everything it logged so far. */
  log(): string
  /** Bytes of memory; null when it shares this process. */
  pid: number | null
  stop(): Promise<void>
}

export const ORIGIN = 'https://ana.example'
export const ANA = `${ORIGIN}/users/ana`
/** Names that DNS says are inside: only an instance made from the sources can be told so. */
export const INSIDE = {
  '10.0.0.7': 'ten.example',
  '127.0.0.1': 'loop.example',
  '169.254.169.254': 'metadata.example',
  '::1': 'six.example',
}

/** The built `serve`, spawned. It runs with `--allow-private-network`, without which it takes no map of names. */
export async function openBuilt(peer: EvilPeer): Promise<Target> {
  const burrow = await startBurrow({
    origin: ORIGIN,
    env: { BURROW_NET_MAP: JSON.stringify(peer.netMap), NODE_EXTRA_CA_CERTS: authority.file, BURROW_LOG_LEVEL: 'info' },
  })
  const { ownerPort, publicPort, folder } = burrow
  return {
    kind: 'built',
    strict: false,
    folder,
    ...waysIn(ownerPort, publicPort, await burrow.token()),
    log: () => burrow.log(),
    pid: burrow.pid,
    stop: () => burrow.remove(),
  }
}

/** The same from the sources, in this process, strict as owners run it: the map of names is handed in. */
export async function openFromSources(peer: EvilPeer): Promise<Target> {
  setDefaultCACertificates([...getCACertificates('default'), authority.pem])
  const folder = mkdtempSync(join(tmpdir(), 'burrow-attacked-'))
  const sources = programOf(pathToFileURL(join(import.meta.dirname, '../../../src-main/serve.ts')).href)
  const program = { ...sources, sender: new URL('trusting-sender.ts', import.meta.url) }
  const argv = ['--data', folder, '--origin', ORIGIN, '--tunnel', 'none']
  const read = loadConfig({ argv, env: {}, platform: process.platform, homedir: folder, readFile: () => null })
  await initialise(read, 'ana', program)
  const dialled = { address: '127.0.0.1', port: peer.port }
  const inside = Object.fromEntries(Object.entries(INSIDE).map(([address, name]) => [name, { address, port: null }]))
  const config: Config = { ...read, netMap: { ...inside, '*.example': dialled, '*.test': dialled } }
  const lines: string[] = []
  const line = (level: string) => (data: object, text: string) => void lines.push(JSON.stringify({ level, ...data, text }))
  const log = { debug: () => undefined, info: line('info'), warn: line('warn'), error: line('error') }
  const instance = await startInstance(config, {
    program,
    logs: { child: () => log, fatal: line('fatal'), recent: () => [], flush: () => undefined },
    now: Date.now,
    host: null,
    stop: () => undefined,
  })
  const token = makeToken(config, undefined, program)
  const portOf = (url: string) => Number(new URL(url).port)
  return {
    kind: 'sources',
    strict: true,
    folder,
    ...waysIn(portOf(instance.owner), portOf(instance.public), token),
    log: () => lines.join('\n'),
    pid: null,
    async stop() {
      await instance.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function waysIn(ownerPort: number, publicPort: number, token: string): Pick<Target, 'ownerPort' | 'publicPort' | 'token' | 'api' | 'ask'> {
  return {
    ownerPort,
    publicPort,
    token,
    api(method, path, body) {
      const headers: Record<string, string> = { authorization: `Bearer ${token}` }
      if (body !== undefined) headers['content-type'] = 'application/json'
      return request(`http://127.0.0.1:${ownerPort}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    },
    ask: (path, options = {}) =>
      request(`http://127.0.0.1:${publicPort}${path}`, { ...options, headers: { host: 'ana.example', ...options.headers } }),
  }
}
