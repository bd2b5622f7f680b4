import { says } from './schemas/answers.ts'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { ClientApiOptions } from './options.ts'
import type { AnswerName } from './schemas/answers.ts'

/**
 * `GET /api/openapi.json`: this API as a document (OpenAPI 3.1), made from the routes that are registered and from the schemas. The schemas
 * are loaded when it is first asked for: nobody asks at the start.
 */

interface Operation {
  method: string
  /** As the router has it: `/api/v1/statuses/:id`. */
  path: string
  answers: AnswerName | undefined
  scope: string | undefined
  open: boolean
  anyToken: boolean
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
const TYPES: Record<string, string> = { Text: 'text/plain', Page: 'text/html', Picture: 'image/png', EventStream: 'text/event-stream' }
/** Every body is taken in each of these (mastodon-api.md 2.4). */
const BODIES = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']

/** Register it before the routes it is to list. */
export function registerOpenApi(app: FastifyInstance, { base, version }: ClientApiOptions): void {
  const operations: Operation[] = []
  app.addHook('onRoute', (route: RouteOptions) => {
    const { answers, needs, open, anyToken } = route.config ?? {}
    if (route.url.includes('*') || answers === 'Absent') return
    for (const method of [route.method].flat()) {
      if (!METHODS.has(method)) continue
      operations.push({ method, path: route.url, answers, scope: needs, open: open ?? false, anyToken: anyToken ?? false })
    }
  })
  app.get('/api/openapi.json', says('OpenApi'), async () => {
    const { schemas } = await import('./schemas/entities.ts')
    return documentOf(operations, schemas, { base: base(), version })
  })
}

/** The document for these operations; `schemas` by the names that `answers` uses. */
export function documentOf(operations: readonly Operation[], schemas: object, { base, version }: { base: string; version: string }) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}')
    const entry = (paths[path] ??= {})
    entry[operation.method.toLowerCase()] = described(operation, path)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Burrow: the Mastodon client API', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: base }],
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      schemas,
      responses: {
        Error: {
          description: 'What went wrong, in one sentence',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function described({ method, answers, scope, open, anyToken }: Operation, path: string) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  const security = scope === undefined ? (anyToken ? [{ bearer: [] }] : []) : [{ bearer: [scope] }, ...(open ? [{}] : [])]
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    ...(names.length > 0 ? { parameters: names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })) } : {}),
    ...(method === 'GET'
      ? {}
      : { requestBody: { content: Object.fromEntries(BODIES.map((type) => [type, { schema: { type: 'object' } }])) } }),
    security,
    responses: {
      ...(answers === 'Socket'
        ? { '101': { description: 'A WebSocket' } }
        : { '200': { description: answers ?? 'Done', ...(answers ? { content: contentOf(answers) } : {}) } }),
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

function contentOf(answers: AnswerName) {
  const type = TYPES[answers]
  if (type !== undefined) return { [type]: {} }
  const one = (name: string): object =>
    name.endsWith('[]') ? { type: 'array', items: one(name.slice(0, -2)) } : { $ref: `#/components/schemas/${name}` }
  const all = answers.split('|').map(one)
  return { 'application/json': { schema: all.length === 1 ? all[0] : { anyOf: all } } }
}
