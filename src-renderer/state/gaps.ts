import type { Status } from '../api/mastodon.ts'
import { newerFirst, type Row } from './rows.ts'

/** Posts that are not here although what stands above and below is: after a jump over a long absence. */
export interface Gap {
  /** The last post above it, and the first below it. */
  newerId: string
  olderId: string
  /** When those were written; null when it is not known any more. */
  newerAt: number | null
  olderAt: number | null
}

export const gapBetween = (newer: Pick<Status, 'id' | 'createdAt'>, older: Pick<Status, 'id' | 'createdAt'>): Gap => ({
  newerId: newer.id,
  olderId: older.id,
  newerAt: Date.parse(newer.createdAt),
  olderAt: Date.parse(older.createdAt),
})

const inside = (gap: Gap, id: string) => newerFirst(gap.newerId, id) < 0 && newerFirst(id, gap.olderId) < 0

/** What stands in no gap. */
export const outsideGaps = <T extends { id: string }>(list: readonly T[], gaps: readonly Gap[]): T[] =>
  gaps.length === 0 ? [...list] : list.filter((one) => !gaps.some((gap) => inside(gap, one.id)))

/** The gap that begins right below this post. */
export const gapBelow = (gaps: readonly Gap[], id: string | null): Gap | undefined => gaps.find((gap) => gap.newerId === id)

/** The runs of statuses (newest first) between the gaps: each run is added by itself, so that no batch reaches over a gap. */
export function runsOf(statuses: readonly Status[], gaps: readonly Gap[]): Status[][] {
  const runs: Status[][] = [[]]
  for (const [index, status] of statuses.entries()) {
    const before = statuses[index - 1]
    const crossed = before && gaps.some((gap) => newerFirst(before.id, gap.newerId) <= 0 && newerFirst(gap.olderId, status.id) <= 0)
    if (crossed) runs.push([])
    runs.at(-1)?.push(status)
  }
  return runs.filter((run) => run.length > 0)
}

/** The gaps that still have rows on both sides. */
export const standingGaps = (gaps: readonly Gap[], rows: readonly Row[]): Gap[] =>
  gaps.filter(
    (gap) =>
      newerFirst(gap.newerId, gap.olderId) < 0 &&
      rows.some((row) => newerFirst(row.id, gap.newerId) <= 0) &&
      rows.some((row) => newerFirst(row.id, gap.olderId) >= 0),
  )
