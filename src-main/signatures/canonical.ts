/** Deeper input is refused instead of overflowing the stack; parsed JSON from the network is 32 deep at most. */
const maxDepth = 64

/**
 * JSON canonicalisation (RFC 8785): keys sorted by UTF-16 units, ECMAScript numbers, no spaces.
 * @throws {RangeError} deeper than 64; {TypeError} what JSON cannot say: lone surrogates, NaN, functions, undefined in a list
 */
export function canonicalize(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new RangeError('JSON is nested too deeply to canonicalise')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no such number')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`)
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key]
    if (member !== undefined) members.push(`${text(key)}:${write(member, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('JSON text holds half a surrogate pair')
  return JSON.stringify(value)
}
