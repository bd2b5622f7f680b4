import { isUtf8 } from 'node:buffer'
import { NetError } from './error.ts'

export interface JsonLimits {
  /** Levels of arrays and objects. Default 32. */
  maxDepth?: number
  /** Object members in the whole document. Default 10,000. */
  maxKeys?: number
  /** Commas in the whole document, that is, members and list items. Default 25,000. */
  maxItems?: number
  /** Bytes of the longest string as written. Default: none. */
  maxString?: number
  /** Bytes of the document. Default 1 MiB. */
  maxBytes?: number
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * `JSON.parse` for strangers' bytes (rule 26). One linear scan counts nesting and members before anything is allocated; names that
 * reach into JavaScript prototypes are refused, in whatever escapes they are written. Used for answers we fetch and for the inbox.
 *
 * It runs where it is called, not in a worker: it is the number of values that makes `JSON.parse` slow (a mebibyte of 90,000 short strings
 * takes 27 ms, one long string 3), and with these limits the worst mebibyte holds the loop for about 10 ms; sending it to a worker and
 * its values back by structured clone costs more.
 * @throws {NetError} `too-large`, `too-deep` (nesting, members, items or a string over its limit), `forbidden-key`, `json`
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length > (limits.maxBytes ?? 1_048_576)) throw new NetError('too-large', 'The JSON is too large')
  if (!isUtf8(buffer)) throw new NetError('json', 'The JSON is not UTF-8')
  const escapes = scan(buffer, limits)
  const text = buffer.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch {
    throw new NetError('json', 'This is not JSON')
  }
  // Only a document that holds such a word at all, or hides its spelling, is worth a walk.
  if (escapes || [...forbidden].some((word) => buffer.includes(word))) refuseForbiddenKeys(value)
  return value
}

const quote = 0x22
const backslash = 0x5c

function scan(buffer: Buffer, limits: JsonLimits): boolean {
  const { maxDepth = 32, maxKeys = 10_000, maxItems = 25_000, maxString = Infinity } = limits
  let depth = 0
  let keys = 0
  let items = 0
  let escapes = false
  const length = buffer.length
  for (let at = 0; at < length; at++) {
    switch (buffer[at]) {
      case quote: {
        const start = at++
        while (at < length && buffer[at] !== quote) {
          if (buffer[at] === backslash && buffer[++at] === 0x75) escapes = true
          at++
        }
        if (at - start - 1 > maxString) throw new NetError('too-deep', 'The JSON holds a string that is too long')
        break
      }
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) throw new NetError('too-deep', `The JSON is nested more than ${maxDepth} levels deep`)
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
      case 0x3a:
        if (++keys > maxKeys) throw new NetError('too-deep', `The JSON has more than ${maxKeys} members`)
        break
      case 0x2c:
        if (++items > maxItems) throw new NetError('too-deep', `The JSON has more than ${maxItems} items`)
        break
      default:
        break
    }
  }
  return escapes
}

function refuseForbiddenKeys(root: unknown): void {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) {
      for (const item of value) open.push(item)
      continue
    }
    for (const key of Object.keys(value)) {
      if (forbidden.has(key)) throw new NetError('forbidden-key', `The JSON has a member named ${key}`)
      open.push((value as Record<string, unknown>)[key])
    }
  }
}
