import dns from 'node:dns'
import { createRequire, registerHooks } from 'node:module'

/**
 * Preloaded into activitypub-bot, whose code is not touched:
 * - `sqlite3`, whose native part is not built here, becomes an adapter over Node's own SQLite.
 * - `activitystrea.ms` is 3.1.0, which has neither `registerContext` nor `isActivity`, takes no objects of its own in what it imports,
 *   and looks for the context a document came with under a name that nobody sets. Unknown contexts are refused, not fetched.
 * - `*.localhost` is this machine for `dns.promises` too (`dns.lookup` is seen to by fedify-peer/loopback-names.ts).
 */
const adapter = new URL('./sqlite3.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'sqlite3' ? { url: adapter, format: 'module-typescript', shortCircuit: true } : next(specifier, context),
})

const original = dns.promises.lookup.bind(dns.promises)
dns.promises.lookup = ((name: string, ...rest: never[]) =>
  name.endsWith('.localhost')
    ? Promise.resolve({ address: '127.0.0.1', family: 4 })
    : (original as (...all: unknown[]) => unknown)(name, ...rest)) as typeof dns.promises.lookup

type Loaded = { contextUrl: null; document: unknown; documentUrl: string }
interface Loader {
  prototype: { makeDocLoader(): (url: string) => Promise<Loaded> }
}
const load = createRequire(import.meta.resolve('@evanp/activitypub-bot'))
const contexts = new Map<string, unknown>()
const { prototype } = load('activitystrea.ms/src/contextloader') as Loader
const known = new Set(['https://www.w3.org/ns/activitystreams', 'https://www.w3.org/ns/activitystreams#'])
const makeDocLoader = prototype.makeDocLoader
prototype.makeDocLoader = function (this: unknown) {
  const inner = makeDocLoader.call(this as never)
  return (url) => {
    const document = contexts.get(url)
    if (document !== undefined) return Promise.resolve({ contextUrl: null, document, documentUrl: url })
    return known.has(url) ? inner(url) : Promise.reject(new Error(`the context ${url} is not known here`))
  }
}
const environment = load('activitystrea.ms/src/environment') as { prototype: { originalContext: unknown } }
Object.defineProperty(environment.prototype, 'origContext', {
  get(this: { originalContext: unknown }) {
    return this.originalContext
  },
})
const { node } = load('activitystrea.ms/src/reasoner') as { node(type: string): { is(type: string): boolean } }
interface Base {
  type?: string | string[]
  export(options: object): Promise<object>
}
const base = load('activitystrea.ms/src/models/_base') as { prototype: Base }
Object.defineProperty(base.prototype, 'isActivity', {
  value(this: Base): boolean {
    return [this.type ?? []].flat().some((type) => node(type).is('https://www.w3.org/ns/activitystreams#Activity'))
  },
})

/** Objects made before may stand in what is imported: 3.1.0 would see their address alone. */
async function plain(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value
  if (Object.prototype.isPrototypeOf.call(base.prototype, value)) return (value as Base).export({ useOriginalContext: true })
  if (Array.isArray(value)) return Promise.all(value.map(plain))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await plain(one)])))
}
const jsonld = load('activitystrea.ms/src/jsonld') as { import(input: object, options?: object): Promise<unknown> }
const read = jsonld.import.bind(jsonld)
jsonld.import = async (input, options) => read((await plain(input)) as object, options)
Object.assign(load('activitystrea.ms') as object, {
  registerContext: (url: string, document: unknown) => void contexts.set(url, document),
})
