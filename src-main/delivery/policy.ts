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
  code: FailureCode | null
  /** The fault lies on our side of the wire (no route, own resolver): nobody's server failed, nothing is counted. */
  ours: boolean
  /** From Retry-After, in milliseconds. */
  retryAfter: number | null
}

export type Decision =
  | { kind: 'delivered' }
  /** Not the peer's fault: again as soon as we are online, no attempt burned. */
  | { kind: 'held' }
  | { kind: 'again'; at: number; code: FailureCode; hostFailed: boolean }
  | { kind: 'given-up'; code: FailureCode; gone: boolean }

/** Doubling from a minute to 12 hours, 24 tries: a good week of being online. */
export const MAX_ATTEMPTS = 24
/** A signature that is refused is worth a few slow tries: a key that could not be fetched looks the same. */
const MAX_REFUSALS = 4
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MAX_RETRY_AFTER = 24 * HOUR

const RETRIED = new Set([408, 421, 425, 429])

/** `attempts`: tries before this one. `random`: 0 to 1, spreads retries by 20 % either way. */
export function decide(outcome: Outcome, attempts: number, now: number, random: number): Decision {
  const { status } = outcome
  if (outcome.ours) return { kind: 'held' }
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 401 || status === 403) {
    if (attempts + 1 >= MAX_REFUSALS) return { kind: 'given-up', code: 'unauthorized', gone: false }
    return { kind: 'again', at: now + 30 * MINUTE * 2 ** attempts, code: 'unauthorized', hostFailed: false }
  }
  if (status === 410) return { kind: 'given-up', code: 'gone', gone: true }
  if (status === 404) return { kind: 'given-up', code: 'not-found', gone: true }
  if (status !== null && status < 500 && !RETRIED.has(status)) return { kind: 'given-up', code: 'rejected', gone: false }
  if (status === 501) return { kind: 'given-up', code: 'rejected', gone: false }
  const code = outcome.code ?? (status === 429 ? 'rate-limited' : 'server-error')
  if (code === 'address-not-allowed') return { kind: 'given-up', code, gone: false }
  if (attempts + 1 >= MAX_ATTEMPTS) return { kind: 'given-up', code, gone: false }
  const wait = Math.max(backoff(attempts, random), Math.min(outcome.retryAfter ?? 0, MAX_RETRY_AFTER))
  return { kind: 'again', at: now + wait, code, hostFailed: status === null || status >= 500 }
}

/** Milliseconds before the try after `attempts` earlier ones: min(2^n minutes, 12 h), give or take 20 %. */
export function backoff(attempts: number, random: number): number {
  return Math.round(Math.min(2 ** Math.min(attempts, 20) * MINUTE, 12 * HOUR) * (0.8 + 0.4 * random))
}
