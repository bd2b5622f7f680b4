/**
 * What the answer of an inbox means (federation.md section 3.1), and when to try again. Pure: one place for retry or drop.
 */

export type FailureCode =
  | 'no-answer'
  | 'timeout'
  | 'refused'
  | 'unauthorized'
  | 'gone'
  | 'not-found'
  | 'rejected'
  | 'rate-limited'
  | 'server-error'
  | 'tls'
  | 'dns'
  | 'address-not-allowed'
  | 'account-not-found'
  | 'moved'
  | 'poll-over'

/** How one attempt ended. `status` null: no answer at all, `code` says why. */
export interface Outcome {
  status: number | null
  /** Null without a status: cut off by us (network change, stop, the thread ended); says nothing about anybody. */
  code: FailureCode | null
  /** The fault lies on our side of the wire: nobody's server failed, nothing is counted. */
  ours: boolean
  /** From Retry-After, in milliseconds. */
  retryAfter: number | null
}

/** Tries so far, how the last of them ended, and how long has been waited between them. */
export interface Before {
  attempts: number
  error: FailureCode | null
  /** Milliseconds. Time spent offline and time cut short because a server came back are not in it. */
  waited: number
}

export type Decision =
  | { kind: 'delivered' }
  /** Not the peer's fault: again as soon as the way out is proven, no attempt burned. */
  | { kind: 'held' }
  | {
      kind: 'again'
      at: number
      code: FailureCode
      /** Tries that ended this way, this one included. */
      attempts: number
      /** The server itself is in trouble: counts towards its breaker. */
      hostFailed: boolean
      /** The server asked for quiet until then, for everything that goes to it. */
      quietUntil: number | null
      /** The inbox redirects: its accounts should be fetched anew, and what waits goes where they are then. */
      moved: boolean
    }
  | {
      kind: 'given-up'
      code: FailureCode
      /** Nobody may be behind this inbox any more: 404 (for some time, before that means anything) or 410. */
      absent: boolean
      moved: boolean
    }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** So long is waited for a server before an activity is given up, by the sum of the waits: over a week of being online. */
export const PATIENCE_MS = 7 * 24 * HOUR + HOUR
/** What will hardly change by itself is worth a few slow tries: a key that could not be fetched looks like a refused signature. */
const MAX_REFUSALS = 4
const REFUSED_WAITS = [30 * MINUTE, HOUR, 2 * HOUR]
/** An account that has moved is fetched in seconds; if that changes nothing, the rest is slow. */
const MOVED_WAITS = [2 * MINUTE, 30 * MINUTE, HOUR]
const MAX_RETRY_AFTER = 24 * HOUR
/** No wait of ours is longer; a later time in a row was written under another clock. */
export const LONGEST_WAIT = MAX_RETRY_AFTER + HOUR

const RETRIED = new Set([408, 421, 425, 429])
/** Endings that mean "not like this": they are counted apart from outages. */
const REFUSALS = new Set<FailureCode | null>(['unauthorized', 'rejected', 'address-not-allowed'])

/** Judges one attempt. `random`: 0 to 1, spreads retries by 20 % either way. */
export function decide(outcome: Outcome, before: Before, now: number, random: number): Decision {
  const { status } = outcome
  if (outcome.ours || (status === null && outcome.code === null)) return { kind: 'held' }
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 401 || status === 403) return slowly('unauthorized', REFUSED_WAITS, false)
  // We follow no redirect of a POST; the accounts behind the inbox know the new address.
  if (status !== null && status >= 300 && status < 400) return slowly('rejected', MOVED_WAITS, true)
  // A captive portal answers every name with its own address: not a reason to forget everybody's server.
  if (outcome.code === 'address-not-allowed') return slowly('address-not-allowed', REFUSED_WAITS, false)
  if (status === 410) return { kind: 'given-up', code: 'gone', absent: true, moved: false }
  if (status === 404) return { kind: 'given-up', code: 'not-found', absent: true, moved: false }
  if (status === 501 || (status !== null && status < 500 && !RETRIED.has(status))) {
    return { kind: 'given-up', code: 'rejected', absent: false, moved: false }
  }
  const code = outcome.code ?? (status === 429 ? 'rate-limited' : 'server-error')
  if (before.waited >= PATIENCE_MS) return { kind: 'given-up', code, absent: false, moved: false }
  const attempts = REFUSALS.has(before.error) ? 0 : before.attempts
  const quiet = outcome.retryAfter === null ? null : Math.min(outcome.retryAfter, MAX_RETRY_AFTER)
  return {
    kind: 'again',
    at: now + Math.max(backoff(attempts, random), quiet ?? 0),
    code,
    attempts: attempts + 1,
    hostFailed: status === null || status >= 500,
    quietUntil: quiet === null || quiet === 0 ? null : now + quiet,
    moved: false,
  }

  /** Three slow tries more, then it ends. Earlier tries count only if they ended the same way: an outage is not a refusal. */
  function slowly(code: FailureCode, waits: readonly number[], moved: boolean): Decision {
    const earlier = before.error === code ? before.attempts : 0
    if (earlier + 1 >= MAX_REFUSALS) return { kind: 'given-up', code, absent: false, moved }
    const wait = Math.round((waits[earlier] ?? HOUR) * (0.8 + 0.4 * random))
    return { kind: 'again', at: now + wait, code, attempts: earlier + 1, hostFailed: false, quietUntil: null, moved }
  }
}

/** Milliseconds before the try after `attempts` earlier ones: min(2^n minutes, 12 h), give or take 20 %. */
export function backoff(attempts: number, random: number): number {
  return Math.round(Math.min(2 ** Math.min(attempts, 20) * MINUTE, 12 * HOUR) * (0.8 + 0.4 * random))
}
