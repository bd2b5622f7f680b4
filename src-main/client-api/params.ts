import { AppError } from '../domain/errors.ts'
import { parseId } from '../domain/uris.ts'
import type { FastifyRequest } from 'fastify'

/**
 * THE normaliser (mastodon-api.md 2.4): JSON, urlencoded, multipart and query string all become one tree, whatever way lists, nesting,
 * booleans and absence are spelled. Routes read it through `Params` and see no difference.
 */

export type Value = string | number | boolean | Value[] | Tree
export interface Tree {
  [key: string]: Value
}
/**
 * A file of a multipart body, on the disk while its request is answered: whoever wants to keep it moves it. `truncated`: it was longer than an upload of this
 * route may be and what is there is worth nothing.
 */
export interface Upload {
  path: string
  /** Bytes. */
  size: number
  truncated: boolean
}

const MAX_PAIRS = 2_000
const MAX_DEPTH = 6
const MAX_KEY = 200
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'off', 'OFF'])
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

export const tree = (): Tree => Object.create(null) as Tree

/** Puts `a[b][]=c` into the tree: objects for names and indexes, lists for `[]`, a list too when a plain name is repeated. */
export function put(into: Tree, key: string, value: string): void {
  if (key.length > MAX_KEY) return
  const path = pathOf(key)
  if (!path || path.some((part) => FORBIDDEN.has(part))) return
  let at: Tree | Value[] = into
  for (let i = 0; i < path.length; i++) {
    const part = path[i] as string
    const last = i === path.length - 1
    const listNext = path[i + 1] === ''
    if (Array.isArray(at)) {
      if (last) {
        at.push(value)
        return
      }
      // `a[][id]=1&a[][name]=x&a[][id]=2`: a name that is there already begins the next element, as in Rails.
      const open: Value | undefined = at.at(-1)
      const next = path[i + 1] as string
      if (isTree(open) && !(i + 2 === path.length && next in open)) at = open
      else {
        const fresh = tree()
        at.push(fresh)
        at = fresh
      }
      continue
    }
    const old: Value | undefined = at[part]
    if (last) {
      if (old === undefined) at[part] = value
      else if (Array.isArray(old)) old.push(value)
      else if (!isTree(old)) at[part] = [old, value]
      return
    }
    if (listNext) {
      if (!Array.isArray(old)) at[part] = old === undefined || isTree(old) ? [] : [old]
    } else if (!isTree(old)) at[part] = tree()
    at = at[part] as Tree | Value[]
  }
}

/** `a[b][]` -> ['a', 'b', '']; null for what is not of that form. */
function pathOf(key: string): string[] | null {
  const open = key.indexOf('[')
  if (open < 0) return [key]
  if (open === 0) return null
  const path = [key.slice(0, open)]
  for (let i = open; i < key.length;) {
    const close = key.indexOf(']', i)
    if (key[i] !== '[' || close < 0) return null
    path.push(key.slice(i + 1, close))
    i = close + 1
  }
  return path.length > MAX_DEPTH ? null : path
}

export const isTree = (value: Value | undefined): value is Tree => typeof value === 'object' && !Array.isArray(value)

/** A query string or urlencoded body. */
export function fromForm(text: string, into: Tree = tree()): Tree {
  let pairs = 0
  for (const [key, value] of new URLSearchParams(text)) {
    if (++pairs > MAX_PAIRS) throw new AppError('invalid', 'There are too many parameters.', { reason: 'invalid-body' })
    put(into, key, value)
  }
  return into
}

/** A JSON body: null means absent, everything that is no object is an empty tree. Keys of multipart-like form (`a[]`) are accepted too. */
export function fromJson(value: unknown): Tree {
  const clean = cleaned(value, 0)
  return isTree(clean) ? clean : tree()
}

function cleaned(value: unknown, depth: number): Value | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return undefined
  if (Array.isArray(value)) return value.flatMap((entry) => cleaned(entry, depth + 1) ?? [])
  const out = tree()
  for (const [key, entry] of Object.entries(value)) {
    if (FORBIDDEN.has(key)) continue
    const kept = cleaned(entry, depth + 1)
    if (kept !== undefined) out[key.endsWith('[]') ? key.slice(0, -2) : key] = kept
  }
  return out
}

/** What a request says, in its query string and its body; the body wins. */
export class Params {
  readonly tree: Tree
  readonly files: ReadonlyMap<string, Upload>

  constructor(values: Tree, files: ReadonlyMap<string, Upload> = new Map()) {
    this.tree = values
    this.files = files
  }

  has(name: string): boolean {
    return this.tree[name] !== undefined
  }

  /** The text of a value; the last one of a repeated name. Undefined if absent or not a plain value. */
  text(name: string): string | undefined {
    const value = this.tree[name]
    const last = Array.isArray(value) ? value.at(-1) : value
    return last === undefined || typeof last === 'object' ? undefined : String(last)
  }

  /** As {@link text}, with the empty text as absent. */
  word(name: string): string | undefined {
    return this.text(name)?.trim() || undefined
  }

  /** False for 0, f, F, false, FALSE, off, OFF; absent if empty; true for anything else. */
  flag(name: string): boolean | undefined {
    return toFlag(this.text(name))
  }

  integer(name: string): number | undefined {
    const text = this.word(name)
    if (text === undefined || !/^-?[0-9]{1,18}$/.test(text)) return undefined
    return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)))
  }

  /** Plain values of a list in any spelling: `a[]=`, repeated, `a[0]=`, a JSON array, one bare value. */
  list(name: string): string[] {
    return this.items(name).flatMap((value) => (typeof value === 'object' || value === '' ? [] : [String(value)]))
  }

  /** Objects of a list in any spelling. */
  objects(name: string): Params[] {
    return this.items(name).flatMap((value) => (isTree(value) ? [new Params(value)] : []))
  }

  /** A nested object; empty if absent. */
  object(name: string): Params {
    const value = this.tree[name]
    return new Params(isTree(value) ? value : tree())
  }

  items(name: string): Value[] {
    const value = this.tree[name]
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    if (!isTree(value)) return [value]
    // `{"0": …, "1": …}`, in the order of the numbers.
    const keys = Object.keys(value)
    if (!keys.every((key) => /^[0-9]{1,9}$/.test(key))) return [value]
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => value[key] as Value)
  }

  /** Our ids in a list; what cannot be one is left out. */
  ids(name: string): number[] {
    return [...new Set(this.list(name).flatMap((id) => parseId(id) ?? []))]
  }
}

export function toFlag(text: string | undefined): boolean | undefined {
  return text === undefined || text === '' ? undefined : !FALSE.has(text)
}

const known = new WeakMap<FastifyRequest, Params>()

/** The parameters of a request, read once. */
export function paramsOf(request: FastifyRequest): Params {
  const read = known.get(request)
  if (read) return read
  const search = request.url.indexOf('?')
  const values = search < 0 ? tree() : fromForm(request.url.slice(search + 1))
  const body = request.body as Body | undefined
  if (body) Object.assign(values, body.values)
  const made = new Params(values, body?.files)
  known.set(request, made)
  return made
}

/** What the content parsers of this room make of a body. */
export interface Body {
  values: Tree
  files: ReadonlyMap<string, Upload>
}

export const emptyBody = (): Body => ({ values: tree(), files: new Map() })
