import { DAY, HOUR, MINUTE } from './senders.ts'

/**
 * What is to come of an absence, written down by hand from federation.md 3.2 and 3.4 before anything was simulated. Ten of each kind are
 * sent, at 5 %, 15 %, … 95 % of the absence.
 */

export const ABSENCES: [name: string, ms: number][] = [
  ['3 min', 3 * MINUTE],
  ['10 min', 10 * MINUTE],
  ['1 h', HOUR],
  ['2 d', 2 * DAY],
  ['4 d', 4 * DAY],
  ['8 d', 8 * DAY],
]
export const TUNNELS = [502, 'timeout', 404, 'other host'] as const
export type Tunnel = (typeof TUNNELS)[number]

/**
 * How many of ten arrive by the sender's own retries, for each absence, when our address answers 502 meanwhile.
 *
 * mastodon    window 49.6 h: 2 d all; 4 d those of the last 49.6 h (5 of 10); 8 d: unavailable after seven UTC days, and what waited is dropped
 * misskey     window 32.4 h: 2 d the last 7, 4 d the last 3; 8 d: suspended a week after the first failure
 * gotosocial  window 248 s: 3 min all; 10 min: the first dies after 4.6 min, and single tries until an hour later
 * pleroma     window 6.9 min: 10 min the last 7, 1 h the last one
 * lemmy       goes on where it stopped, whenever its check finds us; of 8 d it has forgotten what is older than a week by then (2)
 * fedify      window 17 min: 1 h the last 3
 * friendica   window 23 h here: 2 d the last 5, 4 d the last 2, 8 d the last one
 * snac        window 110 min
 */
const BY_RETRY: Record<string, number[]> = {
  mastodon: [10, 10, 10, 10, 5, 0],
  misskey: [10, 10, 10, 7, 3, 0],
  gotosocial: [10, 0, 0, 0, 0, 0],
  pleroma: [10, 7, 1, 0, 0, 0],
  lemmy: [10, 10, 10, 10, 10, 8],
  peertube: [0, 0, 0, 0, 0, 0],
  pixelfed: [0, 0, 0, 0, 0, 0],
  wordpress: [0, 0, 0, 0, 0, 0],
  threads: [0, 0, 0, 0, 0, 0],
  hollo: [10, 10, 3, 0, 0, 0],
  ghost: [10, 10, 3, 0, 0, 0],
  friendica: [10, 10, 10, 5, 2, 1],
  snac: [10, 10, 10, 0, 0, 0],
}

/** What can be read again: public posts from every outbox, followers-only ones from Mastodon's, answers where threads can be read. */
const READABLE: Record<string, { private: boolean; answer: boolean }> = {
  mastodon: { private: true, answer: true },
  gotosocial: { private: false, answer: true },
  pleroma: { private: false, answer: true },
  wordpress: { private: false, answer: true },
}

/** Who has stopped sending by then, and by whom it begins again: `us`: our Update at wake; `them`: their own look at us. */
const STOPPED: Record<string, ('us' | 'them' | null)[]> = {
  mastodon: [null, null, null, null, null, 'us'],
  misskey: [null, null, null, null, null, 'us'],
  pleroma: [null, null, null, null, null, 'us'],
  lemmy: [null, null, null, null, 'them', 'them'],
}

export type Kind = 'post' | 'private' | 'answer' | 'mention' | 'follow'
export const KINDS: Kind[] = ['post', 'private', 'answer', 'mention', 'follow']
export interface Fate {
  retry: number
  caughtUp: number
  lost: number
}
export interface Expected {
  fates: Record<Kind, Fate>
  revived: 'us' | 'them' | null
}

export function expected(software: string, absence: number, tunnel: Tunnel): Expected {
  // "Not found" is final everywhere, and whoever holds our name says yes to everything. Time-outs are final for GoToSocial.
  const none = tunnel === 404 || tunnel === 'other host' || (tunnel === 'timeout' && software === 'gotosocial')
  const retry = none ? 0 : (BY_RETRY[software]?.[absence] as number)
  const rest = 10 - retry
  const fate = (readable: boolean): Fate => ({
    retry,
    caughtUp: readable ? rest : 0,
    lost: readable ? 0 : rest,
  })
  const can = READABLE[software] ?? { private: false, answer: false }
  const stopped = STOPPED[software]?.[absence] ?? null
  // Only answers that say "away" make anybody stop; Misskey takes every failure for one.
  const stops = tunnel === 502 || tunnel === 'timeout' || (tunnel === 404 && software === 'misskey')
  return {
    fates: { post: fate(true), private: fate(can.private), answer: fate(can.answer), mention: fate(false), follow: fate(false) },
    revived: stops ? stopped : null,
  }
}
