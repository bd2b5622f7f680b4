import type { Sender } from '../domain/senders.ts'
import type { Budget } from './fetching.ts'
import type { Json } from './mapping/read.ts'

/** To be done in the transaction; returns the uri of a post that the stored one answers and that is not here. */
export type Change = () => string | undefined
/** The change; null: nothing to do; 'fetch': something has to be fetched before it can be said. */
export type Plan = Change | null | 'fetch'
/** The same while `reach` allows requests: never 'fetch' in the end. */
export type Reaching = Plan | Promise<Plan>

/** A verified activity on its way through the handlers. */
export interface Incoming {
  activity: Json
  /** Its actor, who signed it. */
  actorUri: string
  /** The actor as stored; null for strangers. */
  sender: Sender | null
  /** Requests that may be made; null: none now. */
  reach: Budget | null
  /** When it came in, milliseconds. */
  at: number
}

/** A change that has nothing to say. */
export const done =
  (work: () => unknown): Change =>
  () => {
    work()
    return undefined
  }
