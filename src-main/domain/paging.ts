import type { Page } from './types.ts'

/** Exclusive bounds of a read: ids between `min` and `max`. */
export interface Bounds {
  max: number
  min: number
  limit: number
}

/**
 * Mastodon's paging (mastodon-api.md 2.5), once for every list: rows newest first, always. `maxId` and `sinceId` read downwards from the
 * top; `minId` reads the page immediately above it, so it reads upwards and turns the rows round; it wins over `sinceId`.
 */
export function pageOf<Row>(page: Page, read: { down(bounds: Bounds): Row[]; up(bounds: Bounds): Row[] }): Row[] {
  const max = page.maxId ?? Number.MAX_SAFE_INTEGER
  if (page.minId !== undefined) return read.up({ max, min: page.minId, limit: page.limit }).reverse()
  return read.down({ max, min: page.sinceId ?? 0, limit: page.limit })
}
