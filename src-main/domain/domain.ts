import { openEventLog } from './events.ts'
import type { EventLog } from './events.ts'
import type { Store } from '../store/store.ts'

/** What the functions of this room work on: first argument of each of them. */
export interface Domain {
  readonly store: Store
  readonly now: () => number
  readonly events: EventLog
}

export function openDomain(options: { store: Store; now: () => number }): Domain {
  return { store: options.store, now: options.now, events: openEventLog(options.store, options.now) }
}
