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

export type Decision =
  | { kind: 'delivered' }
  /** Not the peer's fault: again as soon as the way out is proven, no attempt burned. */
  | { kind: 'held' }
  | {
      kind: 'again'
      at: number
      code: FailureCode
      /** The server itself is in trouble: counts towards its breaker. */
      hostFailed: boolean
      /** The server asked for quiet until then, for everything that goes to it. */
      quietUntil: number | null
      /** The inbox may have moved: its accounts should be fetched anew. */
      doubtful: boolean
    }
  | { kind: 'given-up'; code: FailureCode; gone: boolean; doubtful: boolean }

/** Doubling from a minute to 12 hours, 24 tries: a good week of being online. */
export const MAX_ATTEMPTS = 24
/** What will hardly change by itself is worth a few slow tries: a key that could not be fetched looks like a refused signature. */
const MAX_REFUSALS = 4
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MAX_RETRY_AFTER = 24 * HOUR
/** No wait of ours is longer; a later time in a row was written under another clock. */
export const LONGEST_WAIT = MAX_RETRY_AFTER + HOUR

const RETRIED = new Set([408, 421, 425, 429])

/**
 * Judges one attempt. `attempts` and `error`: tries before this one and how the last of them ended. `random`: 0 to 1, spreads retries
 * by 20 % either way.
 */
export function decide(outcome: Outcome, before: { attempts: number; error: FailureCode | null }, now: number, random: number): Decision {
  const { status } = outcome
  const { attempts } = before
  if (outcome.ours || (status === null && outcome.code === null)) return { kind: 'held' }
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 401 || status === 403) return slowly('unauthorized', false)
  // We follow no redirect of a POST; the accounts behind the inbox know the new address.
  if (status !== null && status >= 300 && status < 400) return slowly('rejected', true)
  // A captive portal answers every name with its own address: not a reason to forget everybody's server.
  if (outcome.code === 'address-not-allowed') return slowly('address-not-allowed', false)
  if (status === 410) return { kind: 'given-up', code: 'gone', gone: true, doubtful: false }
  if (status === 404) return { kind: 'given-up', code: 'not-found', gone: false, doubtful: true }
  if (status === 501 || (status !== null && status < 500 && !RETRIED.has(status))) {
    return { kind: 'given-up', code: 'rejected', gone: false, doubtful: false }
  }
  const code = outcome.code ?? (status === 429 ? 'rate-limited' : 'server-error')
  if (attempts + 1 >= MAX_ATTEMPTS) return { kind: 'given-up', code, gone: false, doubtful: false }
  const quiet = outcome.retryAfter === null ? null : Math.min(outcome.retryAfter, MAX_RETRY_AFTER)
  return {
    kind: 'again',
    at: now + Math.max(backoff(attempts, random), quiet ?? 0),
    code,
    hostFailed: status === null || status >= 500,
    quietUntil: quiet === null || quiet === 0 ? null : now + quiet,
    doubtful: false,
  }

  /** Half an hour, one, two; then it ends. Earlier tries count only if they ended the same way: an outage is not a refusal. */
  function slowly(code: FailureCode, doubtful: boolean): Decision {
    if (before.error === code && attempts + 1 >= MAX_REFUSALS) return { kind: 'given-up', code, gone: false, doubtful }
    const at = now + Math.round(30 * MINUTE * 2 ** Math.min(attempts, 2) * (0.8 + 0.4 * random))
    return { kind: 'again', at, code, hostFailed: false, quietUntil: null, doubtful }
  }
}

/** Milliseconds before the try after `attempts` earlier ones: min(2^n minutes, 12 h), give or take 20 %. */
export function backoff(attempts: number, random: number): number {
  return Math.round(Math.min(2 ** Math.min(attempts, 20) * MINUTE, 12 * HOUR) * (0.8 + 0.4 * random))
}
