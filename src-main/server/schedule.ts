import { nextHeld, publishHeld } from '../domain/held.ts'
import { nextDue, publishDue } from '../domain/scheduled.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'

/** A timer does not run while the machine sleeps: while something is scheduled the clock is looked at this often. */
const LOOK_MS = 30_000

interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/**
 * Publishes scheduled posts at their time and held ones when their seconds are over, and at once what came due while nobody looked (asleep, not running). Nothing is looked at while
 * nothing is scheduled. Returns the way to stop.
 */
export function watchSchedule(d: Domain, log: Log, timers: Timers): () => void {
  let timer: unknown = null
  let stopped = false

  const look = () => {
    if (stopped) return
    // What goes wrong with the ones keeps none of the others back.
    let failed = false
    const attempt = (publish: () => void) => {
      try {
        publish()
      } catch (error) {
        failed = true
        log.warn({ error: (error as Error).message }, 'a scheduled post could not be published')
      }
    }
    attempt(() => publishHeld(d))
    attempt(() => {
      while (publishDue(d) > 0);
    })
    try {
      const now = d.now()
      const times = [nextDue(d), nextHeld(d)].filter((at) => at !== null)
      // What is due although it was tried is tried again at the next look.
      const ahead = failed ? [...times.filter((at) => at > now), now + LOOK_MS] : times
      if (ahead.length > 0) again(Math.min(LOOK_MS, Math.max(0, Math.min(...ahead) - now)))
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'scheduled posts could not be looked at')
      again(LOOK_MS)
    }
  }
  const again = (ms: number) => {
    timers.clear(timer)
    timer = timers.set(look, ms)
  }
  const off = d.events.listen((event) => {
    if ((event.type === 'scheduled-changed' || event.type === 'held-changed') && !stopped) again(0)
  })
  look()
  return () => {
    stopped = true
    off()
    timers.clear(timer)
  }
}
