import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach } from 'vitest'
import { loadConfig } from '../../../src-main/config.ts'
import { createSignInCode } from '../../../src-main/domain/grants.ts'
import { openInstance } from '../../../src-main/server.ts'
import { programOf } from '../../../src-main/server/program.ts'
import type { Config } from '../../../src-main/config.ts'
import type { Instance } from '../../../src-main/server.ts'
import type { Logs } from '../../../src-main/server/logs.ts'

/** A whole instance without sockets, as `server.ts` puts it together, on a folder of its own. */

export const NOON = Date.UTC(2026, 4, 1, 12)
export const program = programOf(pathToFileURL(join(import.meta.dirname, '../../../src-main/serve.ts')).href)

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire, looked into by tests
export type Json = any
export interface Answer {
  status: number
  body: Json
}

export interface House extends Instance {
  clock: { at: number }
  config: Config
  token: string
  stops: number
  lines: string[]
  call(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>
}

export function quiet(): Logs & { lines: string[] } {
  const lines: string[] = []
  const line = (data: object, text?: string) => void lines.push(`${text ?? ''} ${JSON.stringify(data)}`)
  const log = { debug: line, info: line, warn: line, error: line }
  return { lines, child: () => log, fatal: line, recent: () => [], flush: () => undefined }
}

export function configOf(folder: string, argv: readonly string[] = []): Config {
  return loadConfig({ argv: ['--data', folder, ...argv], env: {}, platform: process.platform, homedir: folder, readFile: () => null })
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-instance-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function openHouse(options: { folder?: string; argv?: readonly string[]; name?: string | null } = {}): Promise<House> {
  const config = configOf(options.folder ?? temporaryFolder(), options.argv)
  const clock = { at: NOON }
  const logs = quiet()
  const counted = { stops: 0 }
  const instance = await openInstance(config, { program, logs, now: () => clock.at, host: null, stop: () => counted.stops++ })
  closers.push(() => instance.close())
  const house: House = Object.assign(instance, {
    clock,
    config,
    token: '',
    lines: logs.lines,
    get stops() {
      return counted.stops
    },
    async call(method: string, path: string, body?: unknown, token: string | null = house.token): Promise<Answer> {
      const answer = await instance.ownerApp.inject({
        method: method as 'GET',
        url: path,
        headers: {
          host: '127.0.0.1:0',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      })
      return { status: answer.statusCode, body: answer.body === '' ? null : (JSON.parse(answer.body) as Json) }
    },
  })
  Object.defineProperty(house, 'stops', { get: () => counted.stops })
  const session = await house.call('POST', '/api/owner/session', { code: createSignInCode(instance.domain) }, null)
  house.token = session.body.token as string
  if (options.name !== null) await house.call('POST', '/api/owner/setup/name', { name: options.name ?? 'ana' })
  return house
}
