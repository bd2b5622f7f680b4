import { localtunnelAdapter } from './localtunnel.ts'
import { createMachine } from './machine.ts'
import type { Tunnel, TunnelState } from './machine.ts'
import { withoutTunnel } from './none.ts'
import type { TunnelLog, TunnelTimers } from './provider.ts'

export type { TunnelMemory } from './backoff.ts'
export type { RebuildReason, Tunnel, TunnelState, TunnelStatus } from './machine.ts'
export type { TunnelErrorCode, TunnelFacts, TunnelLog, TunnelTimers } from './provider.ts'

export interface TunnelOptions {
  provider: 'none' | 'localtunnel'
  /** URL of the localtunnel server; without it the package's own default, a third party. */
  host?: string
  /** The public listener's port on this machine. */
  localPort: number
  /** The identity's host; a port in it is ignored. Null: a trial that has no name yet takes any, and then keeps it. */
  wantedHost: string | null
  /** A wish for a trial without a name; the server may give another. */
  wantedSubdomain?: string | null
  now: () => number
  timers?: TunnelTimers
  random?: () => number
  /** Where the patience is kept, so that a restart does not shorten it. */
  state: TunnelState
  log: TunnelLog
  /** How long one opening may take; 30 s by default. */
  openLimitMs?: number
}

const systemTimers: TunnelTimers = {
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/** The tunnel of one instance, closed until started. It never throws later and never ends the process. Throws a TypeError if `host` is no http(s) URL. */
export function createTunnel(options: TunnelOptions): Tunnel {
  const { provider, host, localPort, wantedHost, now, state, log, timers = systemTimers } = options
  if (provider === 'none') return withoutTunnel({ wantedHost, now })
  return createMachine({
    adapter: localtunnelAdapter({ ...(host === undefined ? {} : { host }), timers, log }),
    localPort,
    wantedHost,
    wantedSubdomain: options.wantedSubdomain ?? null,
    now,
    timers,
    random: options.random ?? Math.random,
    state,
    log,
    openLimitMs: options.openLimitMs ?? 30_000,
  })
}
