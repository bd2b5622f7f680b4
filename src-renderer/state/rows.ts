import type { Status } from '../api/mastodon.ts'

/** One row of a timeline: a post, and who brought it here by boosting it. */
export interface Row {
  /** The id of the status that made the row: its place in the order, and the key of the list. */
  id: string
  /** The post that is shown: the boosted one for a boost. */
  postId: string
  /** Who boosted it, newest first; empty for a post of its author. Names are taken from the accounts as they were. */
  boosters: { id: string; acct: string; name: string; emojis: Status['account']['emojis'] }[]
  /** The rows that came together, twenty at most: shelves and folds are made within a batch and never change when others come. */
  batch: string
  /** Came after its neighbours, and stands among them as it is. */
  late?: boolean
  /** The post this one answers. */
  parentId: string | null
  /** It answers its own author. */
  goesOn: boolean
}

/** A boost of a post that stands within this many rows is not shown again (interface.md section 4). */
export const DEDUPE_WITHIN = 200
/** Rows of a batch. */
export const BATCH = 20

const asNumber = (id: string) => (/^\d+$/.test(id) ? BigInt(id) : 0n)

/** Newest first. Ids are decimal strings, so they are compared as numbers. */
export const newerFirst = (a: string, b: string): number => {
  if (a === b) return 0
  if (a.length === b.length) return a < b ? 1 : -1
  const [x, y] = [asNumber(a), asNumber(b)]
  return x < y ? 1 : x > y ? -1 : 0
}

/** The id right after this one: `max_id` excludes, so this asks for "up to and with". */
export const idAfter = (id: string): string => (/^\d+$/.test(id) ? String(BigInt(id) + 1n) : id)

const rowOf = (status: Status, batch: string): Row => {
  const post = status.reblog ?? status
  return {
    id: status.id,
    postId: post.id,
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
    batch,
    parentId: post.inReplyToId ?? null,
    goesOn: Boolean(post.inReplyToId) && post.inReplyToAccountId === post.account.id,
  }
}

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
  for (const [place, status] of statuses.entries()) {
    if (ids.has(status.id)) continue
    ids.add(status.id)
    const row = rowOf(status, statuses[place - (place % BATCH)]?.id ?? status.id)
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

/** Puts a status that came late where it belongs, by itself: nothing is folded or shelved anew because of it. */
export function insertRow(rows: readonly Row[], status: Status): Row[] {
  if (rows.some((row) => row.id === status.id || row.postId === (status.reblog ?? status).id)) return [...rows]
  const index = rows.findIndex((row) => newerFirst(row.id, status.id) > 0)
  const at = index < 0 ? rows.length : index
  const row: Row = { ...rowOf(status, (rows[at - 1] ?? rows[at])?.batch ?? status.id), late: true }
  return rows.toSpliced(at, 0, row)
}

/** The first rows, or the last ones, up to about `count`: a batch is never cut. */
export function cutRows(rows: readonly Row[], count: number, keep: 'start' | 'end'): Row[] {
  if (rows.length <= count) return [...rows]
  let cut = keep === 'start' ? count : rows.length - count
  while (cut > 0 && cut < rows.length && rows[cut]?.batch === rows[cut - 1]?.batch) cut += keep === 'start' ? -1 : 1
  return keep === 'start' ? rows.slice(0, cut) : rows.slice(cut)
}
