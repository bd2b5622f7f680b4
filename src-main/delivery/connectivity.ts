import type { Timers } from './pump.ts'
import type { Connectivity, Log } from '../domain/ports.ts'

/**
 * Whether others can reach us. Online means: the network is up and our public address answers with our key, because receivers fetch it
 * while they handle our delivery (design 9). A verified request that came in through it within 30 minutes counts too.
 */

export type ConnectionState = 'no-address' | 'connecting' | 'online' | 'unreachable' | 'offline' | 'action-needed'
export type ConnectionReason =
  | 'no-network'
  | 'tunnel-unreachable'
  | 'tunnel-closed'
  | 'name-taken'
  | 'not-answering'
  | 'wrong-key'
  | 'clock-skew'
  | 'disk-full'

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
  rebuild(why: 'self-check'): void
}

/** How a look at our own public address ended. */
export type SelfCheck = 'ours' | 'wrong-key' | 'not-answering' | 'no-network' | 'clock-skew'

export interface ConnectivityOptions {
  /** The public origin; null until one is chosen. */
  origin: () => string | null
  /** Null: something else carries the traffic. Asked again whenever the set-up changes. */
  tunnel: () => TunnelView | null
  /** Fetches our own WebFinger and actor through the public address and looks for our key. */
  check: (origin: string) => Promise<SelfCheck>
  now: () => number
  timers: Timers
  log: Log
}

export interface ConnectivityControl extends Connectivity {
  status(): ConnectionStatus
  start(): void
  stop(): void
  /** Looks now: at the owner's wish, after a wake, when a delivery could not even leave. */
  retry(): void
  /** The origin or the tunnel has been chosen. */
  reconfigure(): void
  /** The disk is full (or has room again): nothing can be written down, so nothing is taken in or sent. */
  setDiskFull(full: boolean): void
}

const HEARD_COUNTS_MS = 30 * 60_000
const RECHECK_ONLINE_MS = 5 * 60_000
const RECHECK_STEPS_MS = [2_000, 5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000]
/** After so many failed looks through an open tunnel it is taken down and built anew: half-dead sockets do not say so. */
const REBUILD_AFTER = 3

export function openConnectivity(options: ConnectivityOptions): ConnectivityControl {
  const { now, timers, log } = options
  const listeners = new Set<() => void>()
  let status: ConnectionStatus = { state: 'no-address', reason: null, since: now(), seenAt: null, nextAttemptAt: null }
  let timer: unknown = null
  let running = false
  let checking = false
  let again = false
  let failures = 0
  let heardAt = Number.NEGATIVE_INFINITY
  let diskFull = false
  let unlisten: (() => void) | null = null

  function set(state: ConnectionState, reason: ConnectionReason | null, nextAttemptAt: number | null, seenAt = status.seenAt): void {
    const changed = state !== status.state || reason !== status.reason
    const since = state === status.state ? status.since : now()
    const moved = changed || nextAttemptAt !== status.nextAttemptAt || seenAt !== status.seenAt
    status = { state, reason, since, seenAt, nextAttemptAt }
    if (changed) log.info({ state, reason }, 'connection')
    if (moved) for (const listen of listeners) listen()
  }

  function later(ms: number): number {
    timers.clear(timer)
    timer = timers.set(look, ms)
    return now() + ms
  }

  /** What the tunnel alone already tells; null when only a look at the public address can tell more. */
  function tunnelVerdict(): boolean {
    const tunnel = options.tunnel()
    if (!tunnel || tunnel.status.state === 'open') return true
    const { state, nextAttemptAt, error } = tunnel.status
    timers.clear(timer)
    if (state === 'name-taken') set('unreachable', 'name-taken', nextAttemptAt)
    else if (state === 'opening') {
      if (status.state === 'no-address' || status.state === 'connecting') set('connecting', null, null)
      else set(status.state === 'offline' ? 'offline' : 'unreachable', status.reason ?? 'tunnel-closed', null)
    } else if (error === 'no-network') set('offline', 'no-network', nextAttemptAt)
    else set('unreachable', state === 'closed' ? 'tunnel-closed' : 'tunnel-unreachable', nextAttemptAt)
    return false
  }

  function look(): void {
    if (!running) return
    const origin = options.origin()
    if (!origin) return set('no-address', null, null)
    if (diskFull) return set('action-needed', 'disk-full', null)
    if (!tunnelVerdict()) return
    if (checking) {
      again = true
      return
    }
    checking = true
    if (status.state === 'no-address') set('connecting', null, null)
    void options
      .check(origin)
      .catch((error: unknown): SelfCheck => {
        log.warn({ error: (error as Error).message }, 'the look at our own address failed')
        return 'not-answering'
      })
      .then((result) => {
        checking = false
        if (!running) return
        judge(result)
        if (again) {
          again = false
          look()
        }
      })
  }

  function judge(result: SelfCheck): void {
    if (diskFull || !tunnelVerdict()) return
    if (result === 'ours') {
      failures = 0
      set('online', null, later(RECHECK_ONLINE_MS), now())
      return
    }
    failures++
    const wait = RECHECK_STEPS_MS[Math.min(failures - 1, RECHECK_STEPS_MS.length - 1)] as number
    if (result === 'not-answering' && now() - heardAt < HEARD_COUNTS_MS) {
      set('online', null, later(wait))
      return
    }
    const tunnel = options.tunnel()
    const at = later(wait)
    if (result === 'no-network') set('offline', 'no-network', at)
    else if (result === 'wrong-key' || result === 'clock-skew') set('action-needed', result, at)
    else set('unreachable', 'not-answering', at)
    if (tunnel && result !== 'no-network' && failures % REBUILD_AFTER === 0) tunnel.rebuild('self-check')
  }

  function watchTunnel(): void {
    unlisten?.()
    unlisten = options.tunnel()?.on(look) ?? null
  }

  return {
    get online() {
      return status.state === 'online'
    },
    status: () => status,
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    heard() {
      heardAt = now()
      if (!running || diskFull || !options.origin()) return
      const tunnel = options.tunnel()
      if (tunnel && tunnel.status.state !== 'open') return
      if (status.state === 'online') status = { ...status, seenAt: heardAt }
      else if (status.reason !== 'wrong-key') set('online', null, later(RECHECK_ONLINE_MS), heardAt)
    },
    start() {
      running = true
      watchTunnel()
      look()
    },
    stop() {
      running = false
      unlisten?.()
      timers.clear(timer)
    },
    retry() {
      failures = 0
      timers.clear(timer)
      look()
    },
    reconfigure() {
      watchTunnel()
      failures = 0
      look()
    },
    setDiskFull(full) {
      if (full === diskFull) return
      diskFull = full
      if (full) {
        timers.clear(timer)
        set('action-needed', 'disk-full', null)
      } else {
        status = { ...status, state: 'connecting', reason: null }
        look()
      }
    },
  }
}
