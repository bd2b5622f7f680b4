/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Chance {
  /** A whole number from 0 up to, not with, `below`. */
  number(below: number): number
  /** True so often, of 1. */
  likely(share: number): boolean
  pick<T>(from: readonly T[]): T
  /** A chance of its own, which does not move this one. */
  fork(label: string): Chance
}

/** Mulberry32 over a 32-bit state. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const chance: Chance = {
    number: (below) => next() % below,
    likely: (share) => next() < share * 0x1_0000_0000,
    pick: <T>(from: readonly T[]) => from[next() % from.length] as T,
    fork: (label) => chanceOf(hash(label, seed)),
  }
  return chance
}

/** FNV-1a. */
export function hash(text: string, seed = 0): number {
  let value = (0x811c9dc5 ^ seed) >>> 0
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return value
}
