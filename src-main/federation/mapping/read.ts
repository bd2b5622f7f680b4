/**
 * Careful reading of other people's JSON: every property may be missing, one value or many, a string or an object (federation.md 1.3).
 * Nothing here throws.
 */

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One value, many, or none, as a list of at most `max`. */
export function list(value: unknown, max = 256): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.slice(0, max) : [value]
}

/** A string of at most `max` UTF-16 units; longer ones are cut. */
export function text(value: unknown, max: number): string | null {
  return typeof value === 'string' ? (value.length > max ? value.slice(0, max) : value) : null
}

/** The id of a string or object, if it is an http(s) address of at most 2,048 characters (rule 22). */
export function idOf(value: unknown): string | null {
  const id = isObject(value) ? value.id : value
  return typeof id === 'string' && isHttp(id) ? id : null
}

export function isHttp(address: string): boolean {
  if (address.length > 2_048) return false
  try {
    const { protocol, username, password } = new URL(address)
    return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
  } catch {
    return false
  }
}

/** `host` of an address, punycode, with its port; '' for what is no address. */
export function hostOf(address: string): string {
  try {
    return new URL(address).host
  } catch {
    return ''
  }
}

/** The ids of one or many strings and objects. */
export function idsOf(value: unknown, max = 256): string[] {
  return list(value, max).flatMap((one) => idOf(one) ?? [])
}

/** `type` as a list: some servers send several. */
export function typesOf(value: Json): string[] {
  return list(value.type, 8).filter((one): one is string => typeof one === 'string')
}

/** An http(s) address of a `url` property: a string, a Link, or a list of them; HTML ones first. */
export function urlOf(value: unknown, media = 'text/html'): string | null {
  const candidates = list(value, 32)
  const links = candidates.filter(isObject)
  const preferred = links.find((link) => link.mediaType === media) ?? links[0]
  const plain = candidates.find((one): one is string => typeof one === 'string')
  const found = (preferred && text(preferred.href, 2_048)) ?? plain ?? null
  return found && isHttp(found) ? found : null
}

/** Milliseconds of a date between 1970 and a day from now; null for anything else (rule 34). */
export function timeOf(value: unknown, now: number): number | null {
  if (typeof value !== 'string' || value.length > 64) return null
  const at = Date.parse(value)
  return Number.isFinite(at) && at > 0 && at < now + 24 * 3600_000 ? Math.min(at, now) : null
}

/** A whole number in a range, else null. */
export function integer(value: unknown, min: number, max: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : null
}
