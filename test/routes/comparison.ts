import { reference } from './reference.ts'
import { bare, withRegistered } from './registered.ts'
import type { Listener, Operation } from './registered.ts'
import type { Reference } from './reference.ts'

/** What the reference asks for against what is there. */
export interface Comparison {
  /** Of each table: routes by priority. */
  counts: Map<string, number[]>
  listeners: { name: string; routes: number; documented: number }[]
  /** One sentence each; none is the aim. */
  gaps: string[]
}

export const compare = (): Promise<Comparison> => withRegistered(judge)

async function judge(listeners: Listener[]): Promise<Comparison> {
  const counts = new Map<string, number[]>()
  const gaps: string[] = []
  const seen = new Set<string>()
  for (const line of reference) {
    const name = `${line.method} ${bare(line.path)}`
    if (seen.has(name)) gaps.push(`${name} stands twice in the reference`)
    seen.add(name)
    const row = counts.get(line.table) ?? [0, 0, 0, 0]
    row[line.priority] = (row[line.priority] ?? 0) + 1
    counts.set(line.table, row)
    for (const listener of listeners) {
      if (line.where === 'public' && listener.name !== 'public') continue
      gaps.push(...(line.priority === 3 ? await leftOut(line, listener) : there(line, name, listener)))
    }
  }
  for (const listener of listeners) {
    for (const schema of listener.dangling) gaps.push(`${listener.name}: the document names a schema ${schema} that it does not have`)
    for (const [name, operation] of listener.documented) {
      if (!listener.routes.has(name)) gaps.push(`${listener.name}: ${name} is documented and not registered`)
      if (!saysWhat(operation)) gaps.push(`${listener.name}: ${name} does not say what it answers`)
    }
    for (const name of listener.routes) {
      const ours = /^(GET|POST|PUT|PATCH|DELETE) \/(api\/v\d|oauth\/)/.test(name) && !name.includes('*')
      if (ours && !listener.documented.has(name) && !(await absent(name, listener)))
        gaps.push(`${listener.name}: ${name} is not in the document`)
    }
  }
  return {
    counts,
    listeners: listeners.map(({ name, routes, documented }) => ({ name, routes: routes.size, documented: documented.size })),
    gaps,
  }
}

function there(line: Reference, name: string, listener: Listener): string[] {
  if (!listener.routes.has(name)) return [`${listener.name}: ${name} (${line.table}, P${line.priority}) is not there`]
  if (line.where === 'public') return []
  const operation = listener.documented.get(name)
  if (!operation) return [`${listener.name}: ${name} (${line.table}) is not in the document`]
  // Users expect something of these: an answer that can only be empty is none.
  if (line.priority < 2 && JSON.stringify(operation).includes('#/components/schemas/Nothing"'))
    return [`${listener.name}: ${name} answers a constant`]
  return []
}

/** Left out on purpose: a clean no in JSON, never a page. */
async function leftOut(line: Reference, listener: Listener): Promise<string[]> {
  const { status, type, body } = await listener.ask(line.method, line.path.replace(/:\w+/g, '1'))
  const clean = (status === 404 || status === 403 || status === 401) && type.startsWith('application/json') && 'error' in JSON.parse(body)
  return clean ? [] : [`${listener.name}: ${line.method} ${line.path} should be a refusal in JSON and answers ${status} ${type}`]
}

const saysWhat = ({ responses }: Operation) =>
  Object.entries(responses).some(([code, { content }]) => code === '101' || (code === '200' && content !== undefined))

/** A route that is there only to say no. */
async function absent(name: string, listener: Listener): Promise<boolean> {
  const [method = '', path = ''] = name.split(' ')
  const { status } = await listener.ask(method, path.replaceAll(':', '1'))
  return status === 403 || status === 404 || status === 401
}
