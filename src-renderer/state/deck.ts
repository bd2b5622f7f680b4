import type { Settings } from '../../src-main/owner-api/contract.ts'

export type Column = Settings['deckColumns'][number]
/** Pixels of a column that was just added. */
export const ADDED_WIDTH = 390
/** From this width on the window can be a deck. */
export const DECK_FROM = 1800

const FIRST: readonly Column[] = ['/home', '/notifications'].map((at) => ({
  at,
  muted: false,
  hideBoosts: false,
  hideReplies: false,
  width: ADDED_WIDTH,
}))

/** The columns of the owner, or those it starts with; none twice, each between 340 and 440 pixels. */
export function columnsOf(kept: readonly Column[]): readonly Column[] {
  const all = kept.length > 0 ? kept : FIRST
  return all
    .filter((one, index) => all.findIndex((other) => other.at === one.at) === index)
    .map((one) => ({ ...one, width: Math.min(440, Math.max(340, one.width)) }))
}

/** The columns with one of them moved to another place. */
export function moved(columns: readonly Column[], from: number, to: number): Column[] {
  const rest = columns.filter((_, index) => index !== from)
  const one = columns[from]
  return one ? [...rest.slice(0, to), one, ...rest.slice(to)] : [...columns]
}
