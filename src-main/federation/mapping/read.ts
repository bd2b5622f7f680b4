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

/** Hosts by the text before the path: a few thousand servers say the same few thousand beginnings again and again. */
const hosts = new Map<string, string>()
const MAX_HOSTS = 5_000
const ORIGIN = /^https?:\/\/[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?$/

function hostOfOrigin(origin: string): string {
  const held = hosts.get(origin)
  if (held !== undefined) return held
  const host = URL.parse(origin)?.host ?? ''
  if (hosts.size >= MAX_HOSTS) hosts.clear()
  hosts.set(origin, host)
  return host
}

/** The part before the path, if it is written plainly enough for its host not to depend on what comes after; else null. */
function plainOrigin(address: string): string | null {
  let end = address.indexOf('://')
  if (end !== 4 && end !== 5) return null
  for (end += 3; end < address.length; end++) {
    const c = address.charCodeAt(end)
    if (c === 0x2f || c === 0x3f || c === 0x23) break
  }
  const origin = end === address.length ? address : address.slice(0, end)
  return hosts.has(origin) || ORIGIN.test(origin) ? origin : null
}

export function isHttp(address: string): boolean {
  if (address.length > 2_048) return false
  const origin = plainOrigin(address)
  if (origin !== null) return hostOfOrigin(origin) !== ''
  const url = URL.parse(address)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
}

/** `host` of an address, punycode, with its port; '' for what is no address. */
export function hostOf(address: string): string {
  const origin = plainOrigin(address)
  return origin !== null ? hostOfOrigin(origin) : (URL.parse(address)?.host ?? '')
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

/** Milliseconds of a date that may lie ahead (the end of a poll, the begin of an event): 1970 to ten years from now. */
export function dateOf(value: unknown, now: number): number | null {
  if (typeof value !== 'string' || value.length > 64) return null
  const at = Date.parse(value)
  return Number.isFinite(at) && at > 0 && at < now + 10 * 366 * 24 * 3600_000 ? at : null
}

/** Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds (`PT1H2M3.5S`); null for anything else or more than a week. */
export function durationOf(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > 40) return null
  const match = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d{1,9})?S)?)?$/.exec(value)
  if (!match) return null
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number]
  const all = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
  return all > 0 && all <= 7 * 24 * 3600 ? all * 1000 : null
}

/**
 * A text that may come in several languages (`content` and `contentMap`): the plain one and the language of its twin in the map; without
 * a plain one the reader's own language, or else the first.
 */
export function translated(
  plain: unknown,
  map: unknown,
  max: number,
  reader: (() => string | null) | null,
): { text: string | null; language: string | null } {
  const entries = isObject(map)
    ? Object.entries(map)
        .slice(0, 64)
        .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : []
  if (typeof plain === 'string') {
    const twin = entries.find(([, words]) => words === plain) ?? (entries.length === 1 ? entries[0] : undefined)
    return { text: text(plain, max), language: languageOf(twin?.[0]) }
  }
  const short = (code: string) => code.toLowerCase().split('-')[0]
  const own = entries.length > 1 ? reader?.() : null
  const chosen = entries.find(([code]) => own && short(code) === short(own)) ?? entries[0]
  return { text: chosen ? text(chosen[1], max) : null, language: languageOf(chosen?.[0]) }
}

/** A language code as posts carry it, or null. */
export function languageOf(code: unknown): string | null {
  return typeof code === 'string' && code.length < 36 && /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code) && code.toLowerCase() !== 'und'
    ? code
    : null
}
