import type { Status } from '../api/mastodon.ts'

/** One row of a timeline: a post, and who brought it here by boosting it. */
export interface Row {
  /** The id of the status that made the row: its place in the order, and the key of the list. */
  id: string
  /** The post that is shown: the boosted one for a boost. */
  postId: string
  /** Who boosted it, newest first; empty for a post of its author. Names are taken from the accounts as they were. */
  boosters: { id: string; acct: string; name: string; emojis: Status['account']['emojis'] }[]
}

/** A boost of a post that stands within this many rows is not shown again (interface.md section 4). */
export const DEDUPE_WITHIN = 200

const asNumber = (id: string) => (/^\d+$/.test(id) ? BigInt(id) : 0n)

/** Newest first. Ids are decimal strings, so they are compared as numbers. */
export const newerFirst = (a: string, b: string): number => {
  const [x, y] = [asNumber(a), asNumber(b)]
  return x < y ? 1 : x > y ? -1 : 0
}

/** The id right after this one: `max_id` excludes, so this asks for "up to and with". */
export const idAfter = (id: string): string => (/^\d+$/.test(id) ? String(BigInt(id) + 1n) : id)

const rowOf = (status: Status): Row => ({
  id: status.id,
  postId: status.reblog?.id ?? status.id,
  boosters: status.reblog
    ? [
        {
          id: status.account.id,
          acct: status.account.acct,
          name: status.account.displayName || status.account.username,
          emojis: status.account.emojis,
        },
      ]
    : [],
})

const merge = (row: Row, boosters: Row['boosters']): Row => {
  const fresh = boosters.filter((booster) => !row.boosters.some((known) => known.id === booster.id))
  return fresh.length > 0 && row.boosters.length > 0 ? { ...row, boosters: [...row.boosters, ...fresh] } : row
}

/**
 * Adds statuses (newest first) to the rows at one end, in order. A post that already stands near is not repeated: its boosters
 * join that row. Returns new rows; those that did not change are the same objects.
 */
export function addRows(rows: readonly Row[], statuses: readonly Status[], at: 'start' | 'end'): Row[] {
  const known = new Map<string, number>()
  const near = at === 'start' ? rows.slice(0, DEDUPE_WITHIN) : rows.slice(-DEDUPE_WITHIN)
  const first = at === 'start' ? 0 : Math.max(0, rows.length - DEDUPE_WITHIN)
  near.forEach((row, index) => known.set(row.postId, first + index))
  const ids = new Set(rows.map((row) => row.id))
  const result = [...rows]
  const added: Row[] = []
  const addedAt = new Map<string, number>()
  for (const status of statuses) {
    if (ids.has(status.id)) continue
    ids.add(status.id)
    const row = rowOf(status)
    const old = known.get(row.postId)
    if (old !== undefined) {
      const target = result[old]
      if (target) result[old] = merge(target, row.boosters)
      continue
    }
    const twin = addedAt.get(row.postId)
    if (twin !== undefined) {
      const target = added[twin]
      if (target) added[twin] = merge(target, row.boosters)
      continue
    }
    addedAt.set(row.postId, added.length)
    added.push(row)
  }
  return at === 'start' ? [...added, ...result] : [...result, ...added]
}
