import { setSetting } from '../domain/owner.ts'
import { StoreError } from '../store/store.ts'
import type { Domain } from '../domain/domain.ts'
import type { Store } from '../store/store.ts'

/** Notices that the disk is full wherever a write fails, and that there is room again by trying. */
export interface DiskWatch {
  /** Some write found no room. */
  full(): void
  stop(): void
}

const PROBE_MS = 15_000
/** More than what lies free inside the database after a deletion: the file itself has to grow. */
const PROBE_BYTES = 64 * 1024

export function watchDisk(d: Domain, changed: (full: boolean) => void): DiskWatch {
  let timer: NodeJS.Timeout | null = null
  const probe = () => {
    try {
      setSetting(d, 'diskProbe', 'x'.repeat(PROBE_BYTES))
      setSetting(d, 'diskProbe', null)
    } catch {
      return
    }
    stop()
    changed(false)
  }
  const stop = () => {
    if (timer) clearInterval(timer)
    timer = null
  }
  return {
    full() {
      if (timer) return
      timer = setInterval(probe, PROBE_MS)
      timer.unref()
      changed(true)
    },
    stop,
  }
}

/**
 * Every transaction of the store, grouped or not, goes through `transaction`: whoever finds the disk full there (inbox, queue, consumers
 * of events), `full` hears of it. The error goes on to who asked.
 */
export function tellWhenFull(store: Store, full: () => void): void {
  const transaction = store.transaction.bind(store)
  store.transaction = (work) => {
    try {
      return transaction(work)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'disk-full') full()
      throw error
    }
  }
}
