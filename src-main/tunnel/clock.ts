import type { TunnelTimers } from './provider.ts'

/**
 * Notices that the machine slept, or that somebody moved its clock, where no power event tells: a tick that comes far too late, or before the last one.
 * `onJump` gets the milliseconds by which the clock left its way (negative: backwards). Returns a function that stops watching.
 */
export function watchClock(options: {
  now: () => number
  timers: TunnelTimers
  onJump: (byMs: number) => void
  everyMs?: number
  toleranceMs?: number
}): () => void {
  const { now, timers, onJump, everyMs = 10_000, toleranceMs = 20_000 } = options
  let last = now()
  let handle = timers.setTimeout(tick, everyMs)

  function tick(): void {
    const at = now()
    const jump = at - last - everyMs
    last = at
    handle = timers.setTimeout(tick, everyMs)
    if (Math.abs(jump) > toleranceMs) onJump(jump)
  }

  return () => timers.clearTimeout(handle)
}
