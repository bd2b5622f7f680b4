import type { Gap } from './gaps.ts'
import { newerFirst, type Row } from './rows.ts'

/** How a post is joined to its neighbours of the same conversation, and which part of its author's thread it is. */
export interface Joint {
  group: string
  above: boolean
  below: boolean
}
export interface Part {
  at: number
  of: number
}

/** One thing in the list, as it is drawn. `key` is unique and stays the same while the thing stands there. */
export type Entry =
  | { kind: 'post'; key: string; row: Row; joint: Joint | null; part: Part | null }
  /** The middle of a folded thread. */
  | { kind: 'more'; key: string; group: string; rows: readonly Row[] }
  /** Boosts side by side. */
  | { kind: 'shelf'; key: string; rows: readonly Row[] }
  | { kind: 'gap'; key: string; gap: Gap }

export interface Arrangement {
  boosts: 'inline' | 'shelf' | 'hidden'
  fold: boolean
  /** Groups that the reader has unfolded, or folded. */
  toggled: ReadonlySet<string>
  gaps: readonly Gap[]
}

/** From this many on, the middle of a thread is folded: a line that hides one post saves nothing. */
const FOLD_FROM = 4
const ROW_OF_BOOSTS = 3

/** Rows one by one, nothing shelved or folded: bookmarks, a profile. */
export const plainEntries = (rows: readonly Row[]): Entry[] =>
  rows.map((row) => ({ kind: 'post', key: row.id, row, joint: null, part: null }))

/** The list as it is drawn. Batches are arranged each by itself: what is added at an end changes nothing that stands there already. */
export function arrange(rows: readonly Row[], how: Arrangement): Entry[] {
  const parts = how.fold ? partsOf(rows) : new Map<string, Part>()
  const entries: Entry[] = []
  let gaps = [...how.gaps]
  let from = 0
  while (from < rows.length) {
    let to = from + 1
    while (to < rows.length && rows[to]?.batch === rows[from]?.batch) to++
    const batch = rows.slice(from, to)
    const first = batch[0]?.id ?? ''
    const before = gaps.filter((gap) => newerFirst(gap.olderId, first) <= 0 && from > 0)
    for (const gap of before) entries.push({ kind: 'gap', key: `gap:${gap.olderId}`, gap })
    gaps = gaps.filter((gap) => !before.includes(gap))
    entries.push(...arrangeBatch(batch, how, parts))
    from = to
  }
  return entries
}

function arrangeBatch(batch: readonly Row[], how: Arrangement, parts: ReadonlyMap<string, Part>): Entry[] {
  const isBoost = (row: Row) => row.boosters.length > 0
  const boosts = batch.filter((row) => isBoost(row) && !row.late)
  const shelved = how.boosts === 'shelf' && needsShelf(batch, boosts.length)
  const rest = batch.filter((row) => !isBoost(row) || (how.boosts !== 'hidden' && (!shelved || row.late === true)))
  const entries = how.fold
    ? joinThreads(rest, how, parts)
    : rest.map((row): Entry => ({ kind: 'post', key: row.id, row, joint: null, part: null }))
  if (!shelved) return entries
  const shelf: Entry = { kind: 'shelf', key: `shelf:${batch[0]?.batch ?? ''}`, rows: boosts }
  if (boosts.length > batch.length * 0.75) return [...entries, shelf]
  return entries.toSpliced(betweenGroups(entries, Math.floor(entries.length / 2)), 0, shelf)
}

/** Many boosts, or several in a row; never for one or two. */
function needsShelf(batch: readonly Row[], boosts: number): boolean {
  if (boosts < ROW_OF_BOOSTS) return false
  if (boosts > batch.length * 0.25) return true
  let run = 0
  for (const row of batch) {
    run = row.boosters.length > 0 && !row.late ? run + 1 : 0
    if (run >= ROW_OF_BOOSTS) return true
  }
  return false
}

/** The next place, from `at` on, that is not inside a group. */
function betweenGroups(entries: readonly Entry[], at: number): number {
  let place = at
  const inGroup = (entry: Entry | undefined) => entry?.kind === 'more' || (entry?.kind === 'post' && entry.joint?.above === true)
  while (place < entries.length && inGroup(entries[place])) place++
  return place
}

/** Answers stand under what they answer, oldest first, where the newest of them stood. Only within a batch, so nothing old is brought up. */
function joinThreads(rows: readonly Row[], how: Arrangement, parts: ReadonlyMap<string, Part>): Entry[] {
  const own = rows.filter((row) => row.boosters.length === 0 && !row.late)
  const byPost = new Map(own.map((row) => [row.postId, row]))
  const answers = new Map<string, Row[]>()
  for (const row of own) {
    const parent = row.parentId === null ? undefined : byPost.get(row.parentId)
    if (parent) answers.set(parent.id, [...(answers.get(parent.id) ?? []), row])
  }
  const topOf = (row: Row): Row => {
    let top = row
    for (let step = 0; step < rows.length; step++) {
      const parent = top.parentId === null ? undefined : byPost.get(top.parentId)
      if (!parent) break
      top = parent
    }
    return top
  }
  const entries: Entry[] = []
  const done = new Set<string>()
  for (const row of rows) {
    if (done.has(row.id)) continue
    const top = byPost.get(row.postId) === row ? topOf(row) : row
    const members = answers.has(top.id) ? inOrder(top, answers) : [row]
    for (const member of members) done.add(member.id)
    if (members.length === 1) entries.push({ kind: 'post', key: row.id, row, joint: null, part: parts.get(row.id) ?? null })
    else entries.push(...groupOf(members, how, parts))
  }
  return entries
}

/** A conversation from its top, each answer below what it answers. */
function inOrder(top: Row, answers: ReadonlyMap<string, readonly Row[]>): Row[] {
  const found = [top]
  for (const answer of (answers.get(top.id) ?? []).toSorted((a, b) => -newerFirst(a.id, b.id))) found.push(...inOrder(answer, answers))
  return found
}

function groupOf(members: readonly Row[], how: Arrangement, parts: ReadonlyMap<string, Part>): Entry[] {
  const group = members[0]?.id ?? ''
  const entries = members.map((row, index): Entry => {
    const previous = members[index - 1]
    const next = members[index + 1]
    const joint = {
      group,
      above: previous !== undefined && row.parentId === previous.postId,
      below: next !== undefined && next.parentId === row.postId,
    }
    return { kind: 'post', key: row.id, row, joint, part: parts.get(row.id) ?? null }
  })
  const oneThread = members.every((row, index) => index === 0 || row.parentId === members[index - 1]?.postId)
  if (!oneThread || members.length < FOLD_FROM || how.toggled.has(group)) return entries
  const [first, last] = [entries[0], entries.at(-1)]
  return first && last ? [first, { kind: 'more', key: `more:${group}`, group, rows: members.slice(1, -1) }, last] : entries
}

/** Of threads whose beginning is here: which part of how many each post is. */
function partsOf(rows: readonly Row[]): Map<string, Part> {
  const byPost = new Map(rows.map((row) => [row.postId, row]))
  const depths = new Map<string, { root: string; at: number } | null>()
  const depthOf = (row: Row, left = 200): { root: string; at: number } | null => {
    const known = depths.get(row.postId)
    if (known !== undefined) return known
    let found: { root: string; at: number } | null = null
    if (row.parentId === null) found = { root: row.postId, at: 1 }
    else if (row.goesOn && left > 0) {
      const parent = byPost.get(row.parentId)
      const above = parent ? depthOf(parent, left - 1) : null
      if (above) found = { root: above.root, at: above.at + 1 }
    }
    depths.set(row.postId, found)
    return found
  }
  const lengths = new Map<string, number>()
  for (const row of rows) {
    const depth = depthOf(row)
    if (depth) lengths.set(depth.root, Math.max(lengths.get(depth.root) ?? 0, depth.at))
  }
  const parts = new Map<string, Part>()
  for (const row of rows) {
    const depth = depths.get(row.postId)
    const of = depth ? (lengths.get(depth.root) ?? 1) : 1
    if (depth && of > 1 && row.boosters.length === 0) parts.set(row.id, { at: depth.at, of })
  }
  return parts
}

/** Where a row stands, also inside a shelf or a fold; -1 when it stands nowhere. */
export const indexOfRow = (entries: readonly Entry[], id: string): number =>
  entries.findIndex((entry) =>
    entry.kind === 'post'
      ? entry.row.id === id || entry.row.postId === id
      : entry.kind === 'gap'
        ? false
        : entry.rows.some((row) => row.id === id || row.postId === id),
  )
