import type { TunnelErrorCode } from './provider.ts'

/**
 * When the next tunnel may be opened: pure functions over a small memory that survives restarts. The public localtunnel service bans addresses that open more
 * than 100 tunnels an hour (localtunnel/localtunnel#736), and a program restarted in a loop must not get around its own patience.
 */

export interface TunnelMemory {
  /** Failures in a row; a tunnel that stood for {@link STEADY_MS} forgives them. */
  failures: number
  /** Milliseconds since the epoch; null: at once. */
  nextAttemptAt: number | null
  /** When tunnels were asked for in the last hour, oldest first. */
  attempts: number[]
  /** True from opening to a clean close: after a crash the server may still hold the name for our dead connections. */
  held: boolean
  /** When the last tunnel was let go; null: never had one. */
  releasedAt: number | null
  /** Why the last attempt or tunnel ended; null: it did not, or nobody knows. */
  error: TunnelErrorCode | null
}

/** A tunnel that stood this long was a success; one that fell sooner counts as a failed attempt. */
export const STEADY_MS = 60_000
/** Attempts in {@link BURST_WINDOW_MS} that may follow each other quickly: the first and three re-creations. */
const BURST = 4
const BURST_WINDOW_MS = 10 * 60_000
const SPACING_MS = 30_000
const PER_HOUR = 60
const HOUR_MS = 3_600_000
const FIRST_DELAYS_MS = [2_000, 5_000, 15_000]
const LONGEST_DELAY_MS = 10 * 60_000
const JITTER = 0.25

/** Delay in milliseconds after that many failures in a row. Jitter only lengthens, so that the spacing stays a lower bound. `random` in [0, 1). */
export function delayAfter(failures: number, random: number): number {
  if (failures <= 0) return 0
  const base =
    FIRST_DELAYS_MS[failures - 1] ?? Math.min(SPACING_MS * 2 ** Math.min(failures - 1 - FIRST_DELAYS_MS.length, 10), LONGEST_DELAY_MS)
  return Math.round(base * (1 + JITTER * random))
}

/** The earliest moment the pace allows another attempt, whatever the reason for it: at least 30 s apart after the third re-creation, 60 an hour. */
export function paceAllows(attempts: readonly number[], now: number): number {
  let at = now
  // Times ahead of us are from before the clock was set back: they must not keep the tunnel shut until the clock is there again.
  const recent = attempts.filter((time) => time > now - BURST_WINDOW_MS && time <= now)
  const last = recent.at(-1)
  if (recent.length >= BURST && last !== undefined) at = Math.max(at, last + SPACING_MS)
  const hour = attempts.filter((time) => time > now - HOUR_MS && time <= now)
  const oldestToLeave = hour[hour.length - PER_HOUR]
  if (oldestToLeave !== undefined) at = Math.max(at, oldestToLeave + HOUR_MS)
  return at
}

/** The attempts that still count, with this one. */
export function withAttempt(attempts: readonly number[], now: number): number[] {
  return [...attempts.filter((time) => time > now - HOUR_MS && time <= now), now]
}

/** What was remembered, made safe: nothing from a clock that ran ahead may keep the tunnel shut for longer than the longest delay. */
export function recall(remembered: TunnelMemory | null, now: number): TunnelMemory {
  if (!remembered) return { failures: 0, nextAttemptAt: null, attempts: [], held: false, releasedAt: null, error: null }
  const longest = now + LONGEST_DELAY_MS * (1 + JITTER)
  const { failures, nextAttemptAt, attempts, held, releasedAt, error } = remembered
  return {
    failures: Number.isSafeInteger(failures) && failures > 0 ? failures : 0,
    nextAttemptAt: typeof nextAttemptAt === 'number' && nextAttemptAt > now && nextAttemptAt <= longest ? nextAttemptAt : null,
    attempts: Array.isArray(attempts) ? attempts.filter((time) => typeof time === 'number' && time > now - HOUR_MS && time <= now) : [],
    held: held === true,
    releasedAt: typeof releasedAt === 'number' && releasedAt <= now ? releasedAt : null,
    error: error ?? null,
  }
}
