import type { Timers } from './pump.ts'
import type { Connectivity, Log } from '../domain/ports.ts'

/**
 * Whether others can reach us. Online means: the network is up and our public address answers with our key, because receivers fetch it
 * while they handle our delivery (design 9). A verified request that came in through it within 30 minutes counts too.
 */

export type ConnectionState = 'no-address' | 'connecting' | 'online' | 'unreachable' | 'offline' | 'paused' | 'action-needed'
export type ConnectionReason =
  'no-network' | 'tunnel-unreachable' | 'tunnel-closed' | 'name-taken' | 'not-answering' | 'wrong-key' | 'clock-skew' | 'disk-full'

export interface ConnectionStatus {
  state: ConnectionState
  reason: ConnectionReason | null
  since: number
  seenAt: number | null
  nextAttemptAt: number | null
}

/** The tunnel as far as this room needs it. */
export interface TunnelView {
  readonly status: { state: 'closed' | 'opening' | 'open' | 'backoff' | 'name-taken'; nextAttemptAt: number | null; error: string | null }
  on(listen: () => void): () => void
  rebuild(why: 'self-check' | 'owner'): void
}

/** How a look at our own public address ended. `interrupted`: we cut it off ourselves, it says nothing. */
export type SelfCheck = 'ours' | 'wrong-key' | 'not-answering' | 'no-network' | 'clock-skew' | 'interrupted'

export interface ConnectivityOptions {
  /** The public origin; null until one is chosen. */
  origin: () => string | null
  /** Null: something else carries the traffic. Asked again whenever the set-up changes. */
  tunnel: () => TunnelView | null
  /** Fetches our own WebFinger and actor through the public address and looks for our key. */
  check: (origin: string) => Promise<SelfCheck>
  now: () => number
  /** Milliseconds of a clock that nobody sets; default: the process's. */
  steady?: () => number
  timers: Timers
  log: Log
  /** Until when the owner has paused it, as it was kept. */
  pausedUntil?: () => number | null
}

export interface ConnectivityControl extends Connectivity {
  status(): ConnectionStatus
  start(): void
  stop(): void
  /** Looks now, at the owner's wish; a tunnel that is waiting for its turn is built at once. */
  retry(): void
  /** The origin or the tunnel has been chosen. */
  reconfigure(): void
  /** Nothing leaves until then, at the owner's wish; null: it goes on. Whoever calls keeps it over restarts. */
  pause(until: number | null): void
  /** The disk is full (or has room again): nothing can be written down, so nothing is taken in or sent. */
  setDiskFull(full: boolean): void
}

/** What delivery tells connectivity, and asks it. */
export interface Proof {
  /** Looks now and resolves when that look is over, or at once if there is nothing to look at. */
  prove(): Promise<void>
  /** As `setDiskFull`, for what delivery itself could not write: the disk is full while either says so. */
  noRoom(full: boolean): void
  /** Whether our own way has been seen to work at or after `since`: our address answered, or somebody reached us. */
  provenSince(since: number): boolean
  /** Looks soon: the network may have changed, the machine may have woken. */
  doubt(): void
  /** A server's clock is ahead of ours by so much. Several far ones and no near one between them: it is ours that is wrong. */
  clockSeen(host: string, aheadMs: number): void
}

const HEARD_COUNTS_MS = 30 * 60_000
const RECHECK_ONLINE_MS = 5 * 60_000
const RECHECK_STEPS_MS = [2_000, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000]
/** So many failed looks in a row end "online": one lost packet is no change. */
const FAILURES_TO_LEAVE = 2
/** A tunnel that was lost is "connecting" for so long before it is called unreachable. */
const TUNNEL_GRACE_MS = 15_000
/** After so many failed looks through an open tunnel it is taken down and built anew: half-dead sockets do not say so. */
const REBUILD_AFTER = 3
/** Others refuse our signatures beyond this (federation.md section 2.1). */
const MAX_SKEW_MS = 5 * 60_000
const SKEWED_HOSTS = 2
const CLOCK_LOOK_MS = 30_000
/** Looks that deliveries ask for keep this distance. */
const LOOK_DISTANCE_MS = 5_000

export function openConnectivity(options: ConnectivityOptions): ConnectivityControl & Proof {
  const { now, timers, log } = options
  const steady = options.steady ?? (() => performance.now())
  const listeners = new Set<() => void>()
  const skewed = new Set<string>()
  let status: ConnectionStatus = { state: 'no-address', reason: null, since: now(), seenAt: null, nextAttemptAt: null }
  let timer: unknown = null
  let running = false
  let looking: Promise<void> | null = null
  let again = false
  let failures = 0
  let heardAt = Number.NEGATIVE_INFINITY
  let provenAt = Number.NEGATIVE_INFINITY
  let lookedAt = Number.NEGATIVE_INFINITY
  /** Who finds the disk full. */
  const full = new Set<'instance' | 'delivery'>()
  /** By how much the clock was away from the steady one when others contradicted it: it has been set when that changes. */
  let wrongClock: number | null = null
  let tunnelLostAt: number | null = null
  let unlisten: (() => void) | null = null
  let pausedUntil: number | null = null

  function set(state: ConnectionState, reason: ConnectionReason | null, nextAttemptAt: number | null, seenAt = status.seenAt): void {
    const changed = state !== status.state || reason !== status.reason
    const since = state === status.state ? status.since : now()
    const moved = changed || nextAttemptAt !== status.nextAttemptAt
    status = { state, reason, since, seenAt, nextAttemptAt }
    if (changed) log.info({ state, reason }, 'connection')
    if (!moved) return
    for (const listen of [...listeners]) {
      try {
        listen()
      } catch (error) {
        log.error({ error: (error as Error).message }, 'a listener of the connection failed')
      }
    }
  }

  function later(ms: number): number {
    timers.clear(timer)
    timer = timers.set(look, ms)
    return now() + ms
  }

  /** Whether the tunnel lets a look through; if not, it already tells how things stand. */
  function tunnelIsOpen(): boolean {
    const tunnel = options.tunnel()
    if (!tunnel || tunnel.status.state === 'open') {
      tunnelLostAt = null
      return true
    }
    const { state, nextAttemptAt, error } = tunnel.status
    timers.clear(timer)
    failures = 0
    const bad = status.state === 'unreachable' || status.state === 'offline' || status.state === 'action-needed'
    tunnelLostAt ??= now()
    const graceLeft = bad ? 0 : tunnelLostAt + TUNNEL_GRACE_MS - now()
    if (state === 'name-taken') set('unreachable', 'name-taken', nextAttemptAt)
    else if (state === 'closed') set('unreachable', 'tunnel-closed', null)
    else if (graceLeft > 0) {
      // A tunnel that is built anew in a moment is nobody's news.
      set('connecting', null, nextAttemptAt)
      later(graceLeft)
    } else if (state === 'opening') {
      const kept = bad && status.reason !== 'wrong-key' && status.reason !== 'disk-full' && status.reason !== 'clock-skew'
      if (kept) set(status.state, status.reason, null)
      else set('unreachable', 'tunnel-unreachable', null)
    } else if (error === 'no-network') set('offline', 'no-network', nextAttemptAt)
    else set('unreachable', 'tunnel-unreachable', nextAttemptAt)
    return false
  }

  /** What stands without a look at our address; true if only a look can tell. */
  function worthLooking(): boolean {
    if (full.size > 0) set('action-needed', 'disk-full', null)
    else if (!options.origin()) set('no-address', null, null)
    else if (isPaused()) set('paused', null, wakeAt(pausedUntil as number))
    else if (wrongClock !== null && Math.abs(now() - steady() - wrongClock) < MAX_SKEW_MS / 5)
      set('action-needed', 'clock-skew', later(CLOCK_LOOK_MS))
    else {
      if (wrongClock !== null) forgetClock()
      return tunnelIsOpen()
    }
    return false
  }

  function isPaused(): boolean {
    if (pausedUntil !== null && pausedUntil <= now()) pausedUntil = null
    return pausedUntil !== null
  }

  /** A timer does not run while the machine sleeps: the clock is looked at now and then. */
  function wakeAt(at: number): number {
    later(Math.min(at - now(), CLOCK_LOOK_MS))
    return at
  }

  function forgetClock(): void {
    wrongClock = null
    skewed.clear()
  }

  function look(): void {
    if (!running) return
    if (looking) {
      again = true
      return
    }
    if (!worthLooking()) return
    lookedAt = now()
    if (status.state === 'no-address') set('connecting', null, null)
    const startedAt = now()
    looking = options
      .check(options.origin() as string)
      .catch((error: unknown): SelfCheck => {
        log.warn({ error: (error as Error).message }, 'the look at our own address failed')
        return 'not-answering'
      })
      .then((result) => {
        looking = null
        if (!running) return
        judge(result, startedAt)
        if (again) {
          again = false
          look()
        }
      })
  }

  function judge(result: SelfCheck, startedAt: number): void {
    if (result === 'ours') provenAt = Math.max(provenAt, startedAt)
    if (!worthLooking()) return
    if (result === 'interrupted') {
      later(RECHECK_STEPS_MS[0] as number)
      return
    }
    if (result === 'ours') {
      failures = 0
      set('online', null, later(RECHECK_ONLINE_MS), now())
      return
    }
    failures++
    const at = later(RECHECK_STEPS_MS[Math.min(failures - 1, RECHECK_STEPS_MS.length - 1)] as number)
    // A home router may not let us reach our own name from inside; somebody else just did.
    if (result === 'not-answering' && now() - heardAt < HEARD_COUNTS_MS) return set('online', null, at)
    const urgent = result === 'wrong-key' || result === 'clock-skew'
    if (status.state === 'online' && failures < FAILURES_TO_LEAVE && !urgent) return set('online', null, at)
    if (result === 'no-network') set('offline', 'no-network', at)
    else if (urgent) set('action-needed', result, at)
    else set('unreachable', 'not-answering', at)
    if (result !== 'no-network' && failures % REBUILD_AFTER === 0) options.tunnel()?.rebuild('self-check')
  }

  function setFull(who: 'instance' | 'delivery', isFull: boolean): void {
    const was = full.size > 0
    if (isFull) full.add(who)
    else full.delete(who)
    if (full.size > 0 === was || !running) return
    timers.clear(timer)
    if (isFull) return set('action-needed', 'disk-full', null)
    set('connecting', null, null)
    lookAfresh()
  }

  function lookAfresh(): void {
    failures = 0
    timers.clear(timer)
    look()
  }

  function watchTunnel(): void {
    unlisten?.()
    tunnelLostAt = null
    unlisten = options.tunnel()?.on(look) ?? null
  }

  return {
    get online() {
      return running && status.state === 'online'
    },
    status: () => status,
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    heard() {
      heardAt = now()
      if (!running || full.size > 0 || wrongClock !== null || isPaused() || !options.origin()) return
      const tunnel = options.tunnel()
      if (tunnel && tunnel.status.state !== 'open') return
      if (status.state === 'online') status = { ...status, seenAt: heardAt }
      else if (status.state !== 'action-needed') set('online', null, later(RECHECK_ONLINE_MS), heardAt)
    },
    start() {
      running = true
      pausedUntil = options.pausedUntil?.() ?? null
      watchTunnel()
      look()
    },
    stop() {
      running = false
      unlisten?.()
      timers.clear(timer)
    },
    retry() {
      forgetClock()
      const tunnel = options.tunnel()
      if (tunnel && tunnel.status.state !== 'open') tunnel.rebuild('owner')
      lookAfresh()
    },
    reconfigure() {
      watchTunnel()
      lookAfresh()
    },
    pause(until) {
      const was = isPaused()
      pausedUntil = until
      if (!running) return
      if (was && !isPaused() && full.size === 0 && options.origin()) set('connecting', null, null)
      lookAfresh()
    },
    setDiskFull: (isFull) => setFull('instance', isFull),
    noRoom: (isFull) => setFull('delivery', isFull),
    async prove() {
      if (!running) return
      if (!looking && now() - lookedAt < LOOK_DISTANCE_MS) await new Promise<void>((resolve) => timers.set(resolve, LOOK_DISTANCE_MS))
      look()
      await looking
    },
    provenSince: (since) => Math.max(provenAt, heardAt) >= since,
    doubt() {
      forgetClock()
      lookAfresh()
    },
    clockSeen(host, aheadMs) {
      if (Math.abs(aheadMs) <= MAX_SKEW_MS) {
        skewed.clear()
        return
      }
      skewed.add(host)
      if (skewed.size < SKEWED_HOSTS || wrongClock !== null || !running) return
      wrongClock = now() - steady()
      log.warn({ aheadMs }, 'the clock of this machine is wrong')
      look()
    },
  }
}
