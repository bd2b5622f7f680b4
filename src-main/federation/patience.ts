import type { AbsenceGap } from '../domain/ports.ts'

/**
 * How long other servers go on trying to reach us, by what they run, and what can be had of it afterwards (federation.md 3.2 and 3.4). It
 * tells the owner honestly what may be missing; nothing is decided by it. Where the sources give a range, the shorter end stands here.
 */
export interface Patience {
  /** One activity is tried for so long; 0: once. */
  window: number
  /** After so long without an answer nothing is sent at all, until we speak first; null: it never stops. */
  stops: number | null
  /** What it holds back while it has stopped goes out later after all. */
  keeps?: true
  /** Its outboxes show a follower everything that followers were sent; else what is for followers only is missing. */
  outbox: boolean
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Seven different UTC days of failures may be over after little more than six. */
const mastodon: Patience = { window: 49 * HOUR, stops: 6 * DAY, outbox: true }
const misskey: Patience = { window: 32 * HOUR, stops: 7 * DAY, outbox: false }
const pleroma: Patience = { window: 6.9 * MINUTE, stops: 7 * DAY, outbox: false }
const fedify: Patience = { window: 17 * MINUTE, stops: null, outbox: false }
const once: Patience = { window: 0, stops: null, outbox: false }

/** By NodeInfo name; forks that kept their parent's queue stand beside it. */
const PATIENCE: Record<string, Patience> = {
  mastodon,
  hometown: mastodon,
  fedibird: mastodon,
  kmyblue: mastodon,
  misskey,
  sharkey: misskey,
  cherrypick: misskey,
  firefish: misskey,
  iceshrimp: misskey,
  pleroma,
  akkoma: pleroma,
  // Four minutes, but a time-out is not tried again at all. Its outbox holds public posts that begin a thread, nothing else.
  gotosocial: { window: 0, stops: null, outbox: false },
  // Sends in order and goes on where it stopped, once its daily look finds us; what is a week old is forgotten by then.
  lemmy: { window: 6 * DAY, stops: 3 * DAY, keeps: true, outbox: false },
  peertube: once,
  pixelfed: once,
  wordpress: once,
  hollo: fedify,
  ghost: fedify,
  botkit: fedify,
  friendica: { window: 12 * HOUR, stops: null, outbox: false },
  snac: { window: 1.5 * HOUR, stops: null, outbox: false },
}

/** Of servers whose software is not known, nothing is expected. */
const UNKNOWN: Patience = { window: 0, stops: null, outbox: false }

export const patienceOf = (software: string): Patience => (Object.hasOwn(PATIENCE, software) ? (PATIENCE[software] as Patience) : UNKNOWN)

/** What is known of servers of one kind. */
export interface Kind {
  software: string
  servers: number
  /** Some of them have people whom the owner follows. */
  followed: boolean
  /** Outboxes of some of them could not be read. */
  silent: boolean
}

/**
 * What may be missing of an absence. `lost`: our address answered "not found" meanwhile, as localtunnel does for a laptop that is away:
 * then nobody tries twice (federation.md section 0).
 */
export function gapsOf(kinds: readonly Kind[], away: { from: number; to: number; lost: boolean }): AbsenceGap[] {
  const gaps: AbsenceGap[] = []
  const length = away.to - away.from
  for (const { software, servers, followed, silent } of [...kinds].sort((a, b) => a.software.localeCompare(b.software))) {
    const { window, stops, keeps, outbox } = patienceOf(software)
    const stopped = stops !== null && length >= stops
    // What was first tried before this was given up before we were back; a server that stopped gave up everything.
    const to = away.lost || (stopped && !keeps) ? away.to : away.to - window
    if (to > away.from) {
      gaps.push({ software, servers, missing: 'mentions', from: away.from, to })
      if (followed && (silent || !outbox)) gaps.push({ software, servers, missing: 'posts', from: away.from, to })
    }
    if (stopped) gaps.push({ software, servers, missing: 'stopped', from: away.from + stops, to: away.to })
  }
  return gaps
}
