import { setSetting, setting } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'
import type { Connectivity, Log, Outbox } from '../domain/ports.ts'
import type { Timers } from './backlog.ts'

/**
 * How long we were away, and what comes after (federation.md 3.2, the ritual's end): while others can reach us a heartbeat is written
 * down; the next time they can, its age is the absence, whatever it was: sleep, no network, a crash, a program that was closed. Clock,
 * tunnel and self-check have been seen to by then: connectivity says online only after them.
 */
export interface Waking {
  start(): void
  stop(): void
}

const BEAT_MS = 60_000
/** Shorter ones are no absence: a heartbeat missed, a tunnel built anew. */
const AWAY_MS = 150_000
/** Servers that gave up on us hear that we are back after an absence of this length, once an hour at most. */
const SPEAK_AFTER_MS = 10 * 60_000
const SPEAK_AGAIN_MS = 3600_000
const HEARTBEAT = 'lastOnline'
const SPOKEN = 'lastWake'

export function openWaking(parts: {
  domain: Domain
  connectivity: Pick<Connectivity, 'online' | 'onChange'>
  outbox: Outbox
  /** Others can reach us again. */
  back: (absence: { from: number; to: number }) => void
  timers: Timers
  log: Log
}): Waking {
  const { domain: d, connectivity, outbox, back, timers, log } = parts
  let timer: unknown = null
  let tickedAt = 0
  let unlisten: (() => void) | null = null

  const remembered = (key: string): number | null => {
    const value = setting(d, key)
    return typeof value === 'number' && value <= d.now() ? value : null
  }

  /** We can be reached now. */
  function seen(): void {
    const now = d.now()
    const last = remembered(HEARTBEAT)
    if (last !== null && now - last < BEAT_MS / 2) return
    if (last !== null && now - last >= AWAY_MS) {
      log.info({ minutes: Math.round((now - last) / 60_000) }, 'reachable again')
      if (now - last >= SPEAK_AFTER_MS) speak(now)
      back({ from: last, to: now })
    }
    // Last of all: whoever is killed before it begins the same absence again.
    setSetting(d, HEARTBEAT, now)
  }

  /** Any verified word of ours makes a server that gave up on us try again (Mastodon, Misskey, Pleroma). */
  function speak(now: number): void {
    const spoken = remembered(SPOKEN)
    if (spoken !== null && now - spoken < SPEAK_AGAIN_MS) return
    d.store.transaction(() => {
      setSetting(d, SPOKEN, now)
      outbox.takeBack('wake', ['wake'])
      outbox.enqueue({ kind: 'wake', objectKey: 'wake', subject: {}, postId: null, accountId: null })
    })
  }

  function tick(): void {
    const late = d.now() - tickedAt > 2 * BEAT_MS
    tickedAt = d.now()
    timer = timers.set(tick, BEAT_MS)
    // A tick that comes far too late is the first thing after sleep: what is held for "online" is from before it.
    if (!late && connectivity.online) seen()
  }

  return {
    start() {
      tickedAt = d.now()
      timer = timers.set(tick, BEAT_MS)
      unlisten = connectivity.onChange(() => {
        if (connectivity.online) seen()
      })
      if (connectivity.online) seen()
    },
    stop() {
      unlisten?.()
      timers.clear(timer)
    },
  }
}
