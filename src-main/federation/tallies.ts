import type { Domain } from '../domain/domain.ts'
import type { Log, Outbox } from '../domain/ports.ts'
import type { Timers } from './backlog.ts'

/**
 * The numbers of the owner's polls on their way out: not with every vote, but every few minutes while votes come in, as Mastodon does,
 * and at once when a poll ends. What was not told when the program stops is put into the outbox then.
 */
export interface Tallies {
  /** Inside a transaction. */
  changed(postId: number, ended: boolean): void
  stop(): void
}

const PAUSE_MS = 3 * 60_000

export function openTallies(parts: { domain: Domain; outbox: Outbox; timers: Timers; log: Log }): Tallies {
  const { domain: d, outbox, timers, log } = parts
  const waiting = new Map<number, unknown>()

  function tell(postId: number): void {
    outbox.takeBack(`post:${postId}`, ['tally'])
    outbox.enqueue({ kind: 'tally', objectKey: `post:${postId}`, subject: {}, postId, accountId: null })
  }
  function due(postId: number): void {
    waiting.delete(postId)
    try {
      d.store.transaction(() => tell(postId))
    } catch (error) {
      log.warn({ postId, error: (error as Error).message }, 'the numbers of a poll could not be put into the outbox')
    }
  }

  return {
    changed(postId, ended) {
      if (!ended) {
        if (!waiting.has(postId))
          waiting.set(
            postId,
            timers.set(() => due(postId), PAUSE_MS),
          )
        return
      }
      const timer = waiting.get(postId)
      if (waiting.delete(postId)) timers.clear(timer)
      tell(postId)
    },
    stop() {
      for (const [postId, timer] of waiting) {
        timers.clear(timer)
        due(postId)
      }
    },
  }
}
