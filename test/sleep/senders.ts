/**
 * How the servers of this network send, each as federation.md section 3.2 describes it: when one activity is tried again, what an answer
 * means, when a host is given up and what makes it tried again. Not their code: a model of what they do, without jitter.
 */

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What a delivery met. `taken`: somebody else holds our name and says 202. */
export type Outcome = 'accepted' | 'taken' | 404 | 502 | 'timeout'

export interface Sender {
  /** NodeInfo name. */
  software: string
  /** Delays between the tries of one activity, the first one after the first try. */
  delays: number[]
  /** Whether this outcome is tried again. */
  retries: (outcome: Outcome) => boolean
  /** Whole threads can be read there: by a `context` collection, by `replies`, or not at all. */
  thread: 'context' | 'replies' | null
  outbox: {
    /** `create`: whole activities. `address`: Creates that only name the post. */
    items: 'create' | 'address'
    /** A follower's signed look-up shows followers-only posts too. */
    forFollowers: boolean
  }
  /** When this server stops sending to us, and by what it begins again. */
  gives: GivingUp | null
}

/** One server's view of us. Asked before each try; told of each outcome. */
export interface GivingUp {
  make(): {
    mayTry(now: number): boolean
    failed(now: number, outcome: Outcome): void
    succeeded(): void
    /** We have sent it something, signed. */
    heardFromUs(): void
    stopped(now: number): boolean
  }
  /** It looks by itself whether we are back (NodeInfo) so often. */
  checks?: number
}

const unavailable = (outcome: Outcome) => outcome === 502 || outcome === 'timeout'
/** A 4xx is final nearly everywhere. */
const unlessRefused = unavailable

const powers = (count: number, delay: (n: number) => number): number[] => Array.from({ length: count }, (_, n) => delay(n))

/** Failures on seven different UTC days make us unavailable; any verified request of ours ends that (DeliveryFailureTracker). */
const sevenDays: GivingUp = {
  make() {
    let days = new Set<number>()
    return {
      mayTry: () => days.size < 7,
      failed(now, outcome) {
        if (unavailable(outcome)) days.add(Math.floor(now / DAY))
      },
      succeeded: () => void (days = new Set()),
      heardFromUs: () => void (days = new Set()),
      stopped: () => days.size >= 7,
    }
  },
}

/** Not responding for seven days in a row: suspended until something comes from us. */
const silentWeek = (counts: (outcome: Outcome) => boolean): GivingUp => ({
  make() {
    let since: number | null = null
    const stopped = (now: number) => since !== null && now - since >= 7 * DAY
    return {
      mayTry: (now) => !stopped(now),
      failed(now, outcome) {
        if (counts(outcome)) since ??= now
      },
      succeeded: () => void (since = null),
      heardFromUs: () => void (since = null),
      stopped,
    }
  },
})

/** A host that failed gets single tries for an hour. */
const badForAnHour: GivingUp = {
  make() {
    return { mayTry: () => true, failed: () => undefined, succeeded: () => undefined, heardFromUs: () => undefined, stopped: () => false }
  },
}

export const SENDERS: Sender[] = [
  {
    software: 'mastodon',
    delays: powers(16, (n) => (n ** 4 + 15) * SECOND),
    retries: unlessRefused,
    thread: 'context',
    outbox: { items: 'create', forFollowers: true },
    gives: sevenDays,
  },
  {
    software: 'misskey',
    delays: powers(11, (n) => Math.min((2 ** (n + 1) - 1) * MINUTE, 8 * HOUR)),
    retries: unlessRefused,
    thread: null,
    outbox: { items: 'create', forFollowers: false },
    gives: silentWeek((outcome) => outcome !== 'taken'),
  },
  {
    software: 'gotosocial',
    delays: powers(5, (n) => 8 * 2 ** n * SECOND),
    // Time-outs and TLS errors are final, and so is every 4xx but 429.
    retries: (outcome) => outcome === 502,
    thread: 'replies',
    outbox: { items: 'address', forFollowers: false },
    gives: badForAnHour,
  },
  {
    software: 'pleroma',
    delays: powers(4, (n) => ((n + 1) ** 4 + 15) * SECOND),
    retries: unlessRefused,
    thread: 'replies',
    outbox: { items: 'create', forFollowers: false },
    gives: silentWeek(unavailable),
  },
  {
    // In order, one after the other; what an outage holds up goes when it is over. See `lemmyQueue` in simulation.ts.
    software: 'lemmy',
    delays: [],
    retries: unlessRefused,
    thread: null,
    outbox: { items: 'create', forFollowers: false },
    gives: null,
  },
  ...['peertube', 'pixelfed', 'wordpress', 'threads'].map((software): Sender => ({
    software,
    delays: [],
    retries: () => false,
    thread: software === 'wordpress' ? 'context' : null,
    outbox: { items: 'create', forFollowers: false },
    gives: null,
  })),
  ...['hollo', 'ghost'].map((software): Sender => ({
    software,
    delays: powers(9, (n) => 2 ** (n + 1) * SECOND),
    retries: unlessRefused,
    thread: null,
    outbox: { items: 'create', forFollowers: false },
    gives: null,
  })),
  {
    software: 'friendica',
    delays: powers(23, () => HOUR),
    retries: unlessRefused,
    thread: null,
    outbox: { items: 'create', forFollowers: false },
    gives: null,
  },
  {
    software: 'snac',
    delays: powers(10, (n) => (n + 1) * 2 * MINUTE),
    retries: unlessRefused,
    thread: null,
    outbox: { items: 'create', forFollowers: false },
    gives: null,
  },
]

/** Lemmy: one queue in order, 1.25ⁿ s between tries up to a day, no worker after 3 days without success, a week of activities kept. */
export const LEMMY = { step: 1.25, most: DAY, dead: 3 * DAY, keeps: 7 * DAY, checks: DAY, firstCheck: 12 * HOUR }

/** GoToSocial: after a delivery that failed for good, this host gets one try per activity for so long. */
export const GTS_BAD_MS = HOUR
