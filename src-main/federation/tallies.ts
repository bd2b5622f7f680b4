import { setting } from '../domain/rows.ts'
import { setSetting } from '../domain/settings.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Outbox } from '../domain/ports.ts'
import type { Timers } from './backlog.ts'

/**
 * The numbers of the owner's polls on their way out: not with every vote, but every few minutes while votes come in, as Mastodon does,
 * and at once when a poll ends. Which ones are due is written down: what the program did not come to tell, it tells after the next start.
 */
export interface Tallies {
  /** Inside a transaction. */
  changed(postId: number, ended: boolean): void
  stop(): void
}

const PAUSE_MS = 3 * 60_000
const DUE = 'talliesDue'

export function openTallies(parts: { domain: Domain; outbox: Outbox; timers: Timers; log: Log }): Tallies {
  const { domain: d, outbox, timers, log } = parts
  const waiting = new Map<number, unknown>()

  const remember = () => setSetting(d, DUE, [...waiting.keys()])
  const wait = (postId: number) =>
    waiting.set(
      postId,
      timers.set(() => due(postId), PAUSE_MS),
    )
  function tell(postId: number): void {
    outbox.takeBack(`post:${postId}`, ['tally'])
    outbox.enqueue({ kind: 'tally', objectKey: `post:${postId}`, subject: {}, postId, accountId: null })
  }
  function due(postId: number): void {
    waiting.delete(postId)
    try {
      d.store.transaction(() => {
        tell(postId)
        remember()
      })
    } catch (error) {
      log.warn({ postId, error: (error as Error).message }, 'the numbers of a poll could not be put into the outbox')
      wait(postId)
    }
  }

  for (const postId of (setting(d, DUE) as number[] | null) ?? []) wait(postId)

  return {
    changed(postId, ended) {
      const timer = waiting.get(postId)
      if (!ended) {
        if (timer !== undefined) return
        wait(postId)
        return remember()
      }
      tell(postId)
      if (timer === undefined) return
      timers.clear(timer)
      waiting.delete(postId)
      remember()
    },
    stop() {
      for (const timer of waiting.values()) timers.clear(timer)
    },
  }
}
