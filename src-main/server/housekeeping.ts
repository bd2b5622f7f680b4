import { sweepMedia } from '../domain/media.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'

const DAY_MS = 24 * 3600_000
/** Starting is for whoever waits for the window; sweeping can wait. */
const FIRST_MS = 60_000

/** Once after the start and then daily: uploads that nothing holds, copies over the budget. Returns the way to stop. */
export function startHousekeeping(d: Domain, log: Log): () => void {
  const sweep = async () => {
    try {
      const { removed, blobs } = sweepMedia(d)
      for (const blob of blobs) await d.store.blobs.remove(blob)
      const freed = await d.store.cache.trim()
      if (removed > 0 || freed > 0) log.info({ removed, freed }, 'swept')
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'sweeping failed')
    }
  }
  const first = setTimeout(() => void sweep(), FIRST_MS)
  const daily = setInterval(() => void sweep(), DAY_MS)
  first.unref()
  daily.unref()
  return () => {
    clearTimeout(first)
    clearInterval(daily)
  }
}
