import { NetError } from '../net/index.ts'

/** What the answer of a push service means, and when to try again. Pure. */

export type Decision =
  | { kind: 'done' }
  /** Nobody is behind the subscription any more. */
  | { kind: 'gone' }
  /** Not like this: the push is given up, and `counts` against the subscription. */
  | { kind: 'refused'; counts: boolean }
  /** The service is in trouble, or wants quiet: later, this and what else waits for it. */
  | { kind: 'again'; after: number }
  /** Our own network failed: later, and no attempt of theirs. */
  | { kind: 'held'; after: number }

/** An alert that is older is no news: dropped. Also the longest a service is asked to keep one. */
export const STALE_MS = 2 * 24 * 3600_000
/** So many refusals in a row end a subscription that says neither 404 nor 410. */
export const MAX_REFUSALS = 5
const MAX_ATTEMPTS = 15
const FIRST_WAIT = 30_000
const LONGEST_WAIT = 6 * 3600_000
const HELD_WAIT = 30_000
/** 408, 425 and 429 are about now, not about us. */
const PASSING = new Set([408, 425, 429])

/** `attempts`: earlier ones that failed. `random`: 0 to 1, spreads retries. */
export function judge(outcome: { status: number; retryAfter: number | null } | Error, attempts: number, random: number): Decision {
  if (outcome instanceof Error) {
    if (!(outcome instanceof NetError)) return { kind: 'refused', counts: true }
    if (outcome.ours) return { kind: 'held', after: HELD_WAIT }
    // An address that is not to be spoken to may be a captive portal's answer for every name.
    return outcome.retryable || outcome.code === 'refused-address' ? again(null) : { kind: 'refused', counts: true }
  }
  const { status, retryAfter } = outcome
  if (status >= 200 && status < 300) return { kind: 'done' }
  if (status === 404 || status === 410) return { kind: 'gone' }
  if (status >= 500 || PASSING.has(status)) return again(retryAfter)
  return { kind: 'refused', counts: status !== 413 }

  function again(asked: number | null): Decision {
    if (attempts + 1 >= MAX_ATTEMPTS) return { kind: 'refused', counts: false }
    const wait = Math.min(FIRST_WAIT * 2 ** attempts, LONGEST_WAIT) * (0.8 + 0.4 * random)
    return { kind: 'again', after: Math.round(Math.max(wait, Math.min(asked ?? 0, LONGEST_WAIT))) }
  }
}

/** A later time in a row was written under another clock. */
export const FARTHEST_MS = LONGEST_WAIT * 1.2
