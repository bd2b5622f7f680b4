import { delayAfter, paceAllows, recall, STEADY_MS, withAttempt } from './backoff.ts'
import type { TunnelMemory } from './backoff.ts'
import { watchClock } from './clock.ts'
import { TunnelError } from './provider.ts'
import type { TunnelAdapter, TunnelErrorCode, TunnelFacts, TunnelLog, TunnelSession, TunnelTimers } from './provider.ts'

export interface TunnelStatus {
  /** `backoff`: waiting for `nextAttemptAt`. `name-taken`: the same, because the provider gave us another name than ours. */
  state: 'closed' | 'opening' | 'open' | 'backoff' | 'name-taken'
  /** The public URL while `open`, as the provider words it (a test server leaves its port out); else null. Null too when nothing of ours carries. */
  url: string | null
  /** When this state began, milliseconds since the epoch. */
  since: number
  nextAttemptAt: number | null
  /** Why the last attempt or tunnel ended; stays while the next one is `opening`, null once `open`. */
  error: TunnelErrorCode | null
  facts: TunnelFacts
}

/** `owner`: somebody pressed "try again". `self-check`: the public address did not answer with our key. */
export type RebuildReason = 'wake' | 'network' | 'clock' | 'self-check' | 'owner'

export interface Tunnel {
  /** Opens, now or when the remembered patience ends. Does nothing when started already. */
  start(): void
  /** Closes and lets the name go; resolves when the connections are closed. May be started again. */
  stop(): Promise<void>
  /**
   * Tears down and opens anew, as fast as the pace allows. All reasons but `self-check` forgive earlier failures; calls that follow each other closely are
   * one. Does nothing when stopped.
   */
  rebuild(why: RebuildReason): void
  readonly status: TunnelStatus
  /** Calls back after every change of status; returns the way to stop that. */
  on(listener: (status: TunnelStatus) => void): () => void
}

export interface TunnelState {
  load(): TunnelMemory | null
  save(memory: TunnelMemory): void
}

export interface MachineOptions {
  adapter: TunnelAdapter
  localPort: number
  /** The identity's host (a port is ignored: providers leave it out); null: none yet, any name will do and the first one is kept. */
  wantedHost: string | null
  wantedSubdomain: string | null
  now: () => number
  timers: TunnelTimers
  random: () => number
  state: TunnelState
  log: TunnelLog
  openLimitMs: number
}

/** Rebuilds asked for within this time of each other are one: waking fires a power event, a network change and a clock jump together. */
const TOGETHER_MS = 5_000

const hostnameOf = (url: string): string | null => URL.parse(url)?.hostname ?? null

/**
 * The state machine of every tunnel: one attempt at a time, a limit on each, failures spaced by {@link delayAfter} and {@link paceAllows}. It never shows
 * `open` for another host than the wanted one, and a tunnel that opens after we stopped waiting for it is disposed of.
 */
export function createMachine(options: MachineOptions): Tunnel {
  const { adapter, now, timers, log } = options
  const listeners = new Set<(status: TunnelStatus) => void>()
  let wantedHost = options.wantedHost === null ? null : hostnameOf(`http://${options.wantedHost}`)
  const subdomain = () => wantedHost?.split('.')[0] ?? options.wantedSubdomain

  let status: TunnelStatus = { state: 'closed', url: null, since: now(), nextAttemptAt: null, error: null, facts: adapter.facts }
  let memory: TunnelMemory = recall(null, now())
  // Grows whenever what is under way stops counting; answers to an older number are disposed of.
  let generation = 0
  let session: TunnelSession | null = null
  let abort: AbortController | null = null
  let timer: unknown = null
  let stopClock: (() => void) | null = null
  let rebuiltAt: number | null = null

  function show(state: TunnelStatus['state'], change: { url?: string; nextAttemptAt?: number; error?: TunnelErrorCode | null }): void {
    const since = state === status.state ? status.since : now()
    const error = change.error === undefined ? status.error : change.error
    status = { state, url: change.url ?? null, since, nextAttemptAt: change.nextAttemptAt ?? null, error, facts: adapter.facts }
    for (const listener of [...listeners]) {
      try {
        listener(status)
      } catch (error) {
        log.warn({ err: error }, 'a listener of the tunnel failed')
      }
    }
  }

  function remember(change: Partial<TunnelMemory>): void {
    memory = { ...memory, ...change }
    try {
      options.state.save(memory)
    } catch (error) {
      // A full disk must not close the tunnel; the memory in this process still keeps the pace.
      log.warn({ err: error }, 'the state of the tunnel could not be saved')
    }
  }

  function isWanted(url: string): boolean {
    const host = hostnameOf(url)
    return host !== null && (wantedHost === null || host === wantedHost)
  }

  /** Ends what is under way or open. Whatever of it still answers is too late. */
  function letGo(): Promise<void> {
    generation++
    timers.clearTimeout(timer)
    timer = null
    abort?.abort()
    abort = null
    const ending = session
    session = null
    if (!ending) return Promise.resolve()
    const stood = now() - status.since
    remember({ held: false, releasedAt: now(), failures: stood >= STEADY_MS ? 0 : memory.failures })
    return dispose(ending)
  }

  async function dispose(ending: TunnelSession): Promise<void> {
    try {
      await ending.dispose()
    } catch (error) {
      log.warn({ err: error }, 'a tunnel did not close cleanly')
    }
  }

  /** Waits for `notBefore`, the pace and the release of the name, then attempts. */
  function schedule(state: 'backoff' | 'name-taken', notBefore: number, error: TunnelErrorCode | null): void {
    const released = memory.releasedAt === null ? 0 : Math.min(memory.releasedAt, now()) + adapter.releaseMs
    const at = Math.max(notBefore, released, paceAllows(memory.attempts, now()))
    timers.clearTimeout(timer)
    if (at <= now()) return attempt()
    remember({ nextAttemptAt: at, error })
    timer = timers.setTimeout(attempt, at - now())
    show(state, { nextAttemptAt: at, error })
  }

  function failed(code: TunnelErrorCode, detail: string): void {
    void letGo()
    const failures = memory.failures + 1
    remember({ failures })
    schedule(code === 'name-taken' ? 'name-taken' : 'backoff', now() + delayAfter(failures, options.random()), code)
    log.warn({ code, detail, failures, nextAttemptAt: status.nextAttemptAt }, 'the tunnel is down')
  }

  function attempt(): void {
    const mine = ++generation
    const controller = new AbortController()
    abort = controller
    remember({ attempts: withAttempt(memory.attempts, now()), nextAttemptAt: null })
    timer = timers.setTimeout(() => failed('timeout', `not open after ${options.openLimitMs} ms`), options.openLimitMs)
    show('opening', {})
    // A listener may have stopped us.
    if (mine !== generation) return
    const opening = adapter.open({
      localPort: options.localPort,
      subdomain: subdomain() ?? null,
      accept: isWanted,
      lost: (code, detail) => {
        if (mine === generation) failed(code, detail)
      },
      signal: controller.signal,
    })
    opening.then(
      (opened) => {
        if (mine !== generation) {
          log.info({ url: opened.url }, 'a tunnel opened too late and was closed')
          return void dispose(opened)
        }
        timers.clearTimeout(timer)
        timer = null
        session = opened
        if (!isWanted(opened.url)) return failed('name-taken', `got ${opened.url}`)
        wantedHost = hostnameOf(opened.url)
        remember({ held: true, error: null })
        log.info({ url: opened.url }, 'the tunnel is open')
        show('open', { url: opened.url, error: null })
      },
      (error: unknown) => {
        if (mine !== generation) return
        if (error instanceof TunnelError) failed(error.code, error.message)
        else failed('unreachable', String(error))
      },
    )
  }

  function rebuild(why: RebuildReason): void {
    if (status.state === 'closed') return
    const pending = status.state !== 'open'
    if (pending && rebuiltAt !== null && Math.abs(now() - rebuiltAt) < TOGETHER_MS) return
    // What waits for its turn already is no worse for a failed self-check.
    if (pending && why === 'self-check') return
    rebuiltAt = now()
    log.info({ why, state: status.state }, 'the tunnel is built anew')
    if (why === 'self-check') return failed('not-answering', 'the public address did not answer with our key')
    const nameTaken = status.state === 'name-taken'
    void letGo()
    remember({ failures: 0 })
    schedule(nameTaken ? 'name-taken' : 'backoff', now(), nameTaken ? 'name-taken' : status.error)
  }

  return {
    start() {
      if (status.state !== 'closed') return
      memory = recall(options.state.load(), now())
      // After a crash the server may still keep the name for connections that are dead: ask a moment later rather than raise a false alarm.
      if (memory.held) memory = { ...memory, held: false, releasedAt: now() }
      rebuiltAt = null
      stopClock = watchClock({ now, timers, onJump: () => rebuild('clock') })
      schedule(memory.error === 'name-taken' ? 'name-taken' : 'backoff', memory.nextAttemptAt ?? now(), memory.error)
    },
    async stop() {
      if (status.state === 'closed') return
      stopClock?.()
      stopClock = null
      const closed = letGo()
      show('closed', { error: null })
      await closed
    },
    rebuild,
    get status() {
      return status
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
