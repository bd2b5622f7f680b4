import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadConfig } from '../../src-main/config.ts'
import { initialise } from '../../src-main/server/commands.ts'
import { programOf } from '../../src-main/server/program.ts'
import { openInstance } from '../../src-main/server.ts'
import type { FastifyInstance } from 'fastify'

/** What a whole instance really has: the routes of its listeners, and the document it gives of them. */
export interface Listener {
  name: 'owner' | 'public'
  /** `GET /api/v1/statuses/:`: parameters without their names. */
  routes: Set<string>
  /** The same, from `/api/openapi.json`. */
  documented: Map<string, Operation>
  /** Names of schemas the document refers to and does not have. */
  dangling: string[]
  /** One request, as a stranger. */
  ask(method: string, path: string): Promise<{ status: number; type: string; body: string }>
}
export interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: unknown }> }>
}

/** `/api/v1/statuses/:id` and `/api/v1/statuses/{id}` without the names of their parameters. */
export const bare = (path: string) => path.replace(/:\w+|\{\w+\}/g, ':').replace(/(.)\/$/, '$1')

/** Opens an instance without sockets in a folder of its own and shows both listeners to `judge`; it is closed again after that. */
export async function withRegistered<T>(judge: (listeners: Listener[]) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-routes-'))
  const program = programOf(pathToFileURL(join(import.meta.dirname, '../../src-main/serve.ts')).href)
  const argv = ['--data', folder, '--origin', 'https://ana.example', '--tunnel', 'none', '--public-api']
  const config = loadConfig({ argv, env: {}, platform: process.platform, homedir: folder, readFile: () => null })
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const logs = { child: () => quiet, fatal: () => undefined, recent: () => [], flush: () => undefined }
  try {
    await initialise(config, 'ana', program)
    const instance = await openInstance(config, { program, logs, now: Date.now, host: null, stop: () => undefined })
    try {
      return await judge([await look('owner', instance.ownerApp, '127.0.0.1:0'), await look('public', instance.publicApp, 'ana.example')])
    } finally {
      await instance.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function look(name: Listener['name'], app: FastifyInstance, host: string): Promise<Listener> {
  await app.ready()
  const answer = await app.inject({ url: '/api/openapi.json', headers: { host } })
  if (answer.statusCode !== 200) throw new Error(`${name}: /api/openapi.json answers ${answer.statusCode} ${answer.payload.slice(0, 200)}`)
  const document = answer.json<{ paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } }>()
  const documented = new Map<string, Operation>()
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) documented.set(`${method.toUpperCase()} ${bare(path)}`, operation)
  }
  const named = [...answer.payload.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, schema]) => schema as string)
  const dangling = [...new Set(named)].filter((schema) => !(schema in document.components.schemas))
  return {
    name,
    routes: routesOf(app),
    documented,
    dangling,
    async ask(method, path) {
      const { statusCode, headers, payload } = await app.inject({ method: method as 'GET', url: path, headers: { host } })
      return { status: statusCode, type: String(headers['content-type'] ?? ''), body: payload }
    },
  }
}

/** The router prints a tree, four characters a level: `├── /api/v1/statuses (GET, HEAD, POST)`, below it `│   └── /:id (GET, HEAD)`. */
function routesOf(app: FastifyInstance): Set<string> {
  const routes = new Set<string>()
  const above: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, part = '', methods] = /^((?:│ {3}| {4})*)[├└]── (\S+)(?: \(([A-Z, -]+)\))?$/.exec(line) ?? []
    if (indent === undefined) continue
    const depth = indent.length / 4
    above[depth] = part
    const path = bare(above.slice(0, depth + 1).join(''))
    for (const method of methods?.split(', ') ?? []) routes.add(`${method} ${path}`)
  }
  return routes
}
