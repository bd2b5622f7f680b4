import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach } from 'vitest'
import { loadConfig } from '../../../../src-main/config.ts'
import { createToken, parseScopes } from '../../../../src-main/domain/grants.ts'
import { initialise, makeToken } from '../../../../src-main/server/commands.ts'
import { programOf } from '../../../../src-main/server/program.ts'
import { startInstance } from '../../../../src-main/server.ts'
import { freePort } from '../../../rig/process.ts'
import { problemsByDocument } from './document.ts'
import type { Server } from 'node:http'
import type { Config } from '../../../../src-main/config.ts'
import type { Home } from '../../domain/home.ts'

/**
 * A whole instance in this process, on real sockets, with the public API on: what apps meet. Everything it answers is held against the
 * OpenAPI document that it gives out itself, and against the strict overlay.
 */
export interface Whole {
  /** Of the public listener, which is the origin too: `http://127.0.0.1:PORT`. */
  base: string
  owner: string
  home: Home
  /** Of an app that may do everything. */
  token: string
  makeToken(scope?: string): string
  /** Lines of its log from `warn` up. */
  complaints: string[]
  /** One request to the public listener, as an app would make it. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  const failed: unknown[] = []
  for (const close of closers.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      failed.push(error)
    }
  }
  if (failed.length > 0) throw failed[0]
})

export async function openWhole(): Promise<Whole> {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-whole-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const program = programOf(pathToFileURL(join(import.meta.dirname, '../../../../src-main/serve.ts')).href)
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const argv = [
    '--data',
    folder,
    '--origin',
    base,
    '--tunnel',
    'none',
    '--public-api',
    '--allow-private-network',
    '--public-port',
    String(port),
  ]
  const read = loadConfig({ argv, env: {}, platform: process.platform, homedir: folder, readFile: () => null })
  await initialise(read, 'ana', program)
  // Nobody is there: everything that goes out is refused at once.
  const nobody = { address: '127.0.0.1', port: 9 }
  const config: Config = { ...read, netMap: { '*.example': nobody, '*.test': nobody } }
  const complaints: string[] = []
  const line = (data: object, text: string) => void complaints.push(`${text} ${JSON.stringify(data)}`)
  const log = { debug: () => undefined, info: () => undefined, warn: line, error: line }
  const instance = await startInstance(config, {
    program,
    logs: { child: () => log, fatal: line, recent: () => [], flush: () => undefined },
    now: Date.now,
    host: null,
    stop: () => undefined,
  })
  closers.push(() => instance.close())
  const document = await (await fetch(`${base}/api/openapi.json`)).json()
  const wrong: string[] = []
  const judge = problemsByDocument(document as Parameters<typeof problemsByDocument>[0])
  for (const app of [instance.publicApp, instance.ownerApp]) listenIn(app.server, (...said) => wrong.push(...judge(...said)))
  closers.push(() => {
    if (wrong.length > 0) throw new Error(`Answers against the document:\n${wrong.slice(0, 20).join('\n')}`)
  })
  const token = makeToken(config, undefined, program)
  return {
    base,
    owner: instance.owner,
    home: Object.assign(instance.domain, { clock: { at: Date.now() }, folder }) as unknown as Home,
    token,
    makeToken: (scope) => createToken(instance.domain, 'cli', parseScopes(scope ?? 'read write follow push')).token,
    complaints,
    ask: (method, path, body, headers = {}) =>
      fetch(base + path, {
        method,
        redirect: 'manual',
        ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body) }),
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      }),
  }
}

/** Hears every answer of a server as it goes out. */
function listenIn(server: Server, heard: (method: string, url: string, code: number, type: string, body: string) => void): void {
  server.prependListener('request', (request, response) => {
    const pieces: Buffer[] = []
    const keep = (piece: unknown) => {
      if (typeof piece === 'string' || piece instanceof Uint8Array) pieces.push(Buffer.from(piece as string))
    }
    const { write, end, writeHead } = response
    let type = ''
    // Fastify hands its headers over here, all at once.
    response.writeHead = ((...given: unknown[]) => {
      const headers = given.at(-1) as Record<string, unknown>
      if (typeof headers === 'object') type = String(headers['content-type'] ?? '')
      return writeHead.apply(response, given as Parameters<typeof writeHead>)
    }) as typeof writeHead
    response.write = ((...given: Parameters<typeof write>) => (keep(given[0]), write.apply(response, given))) as typeof write
    response.end = ((...given: Parameters<typeof end>) => {
      keep(given[0])
      const ended = end.apply(response, given)
      heard(request.method ?? '', request.url ?? '', response.statusCode, type, Buffer.concat(pieces).toString('utf8'))
      return ended
    }) as typeof end
  })
}
