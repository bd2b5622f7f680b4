/** `Range` of a request for a file of so many bytes (RFC 9110, 14.2): both ends included. */
export interface Part {
  start: number
  end: number
}

/**
 * The one part that is asked for. Null: the whole file is (no range, another unit, several parts, nonsense: a server may ignore those). `beyond`: there is no such
 * part (416).
 */
export function rangeAsked(header: string | undefined, size: number): Part | 'beyond' | null {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return null
  if (from === '') return Number(to) === 0 || size === 0 ? 'beyond' : { start: Math.max(0, size - Number(to)), end: size - 1 }
  const start = Number(from)
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < start) return null
  return start >= size ? 'beyond' : { start, end }
}
