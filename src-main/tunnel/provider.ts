/**
 * What the state machine needs of a tunnel provider, and the words both use. Codes only: sentences are made in the window (design 4).
 */

/**
 * `timeout`: opening took longer than the limit. `unreachable`: the tunnel server does not answer or refuses our sockets. `refused`: it answered with an
 * HTTP error (a bad name, too many tunnels, a ban). `bad-answer`: it answered something that is no tunnel. `name-taken`: it gave us another name than the
 * identity's. `lost`: every connection of an open tunnel ended. `degraded`: most of them did and did not come back. `not-answering`: the caller's
 * self-check through the public address failed.
 */
export type TunnelErrorCode = 'timeout' | 'unreachable' | 'refused' | 'bad-answer' | 'name-taken' | 'lost' | 'degraded' | 'not-answering'

/** A failure of a provider. `detail` is for logs, never for people. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError'
  readonly code: TunnelErrorCode

  constructor(code: TunnelErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}

/** What a provider is like, whatever its state. Sizes in bytes; null: no limit known. */
export interface TunnelFacts {
  /** The name stays ours as long as we want it. */
  stable: boolean
  /** What keeps others off the name: nothing, a secret we hold, or an account (a domain of one's own counts as one). */
  ownership: 'none' | 'secret' | 'account'
  /** People opening a link of ours in a browser see a page of the provider first. */
  browserInterstitial: boolean
  /** Some leg carries our traffic unencrypted. */
  plaintextLeg: boolean
  /** Largest request body that passes. */
  maxBody: number | null
  /** Requests in flight at once. */
  maxConcurrent: number | null
}

/** The injectable clock's timers; handles are opaque. */
export interface TunnelTimers {
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/** The part of a pino logger that this room uses. */
export interface TunnelLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface OpenRequest {
  localPort: number
  /** The name to ask for; null: any, the adapter thinks of one. */
  subdomain: string | null
  /** Called as soon as the public URL is known, before any traffic can flow. False: the adapter opens nothing and rejects with `name-taken`. */
  accept(url: string): boolean
  /** Called at most once, after opening, when the tunnel no longer carries. The machine then disposes of the session. */
  lost(code: TunnelErrorCode, detail: string): void
  /** Aborted when nobody wants the tunnel any more; whatever was begun must then end by itself. */
  signal: AbortSignal
}

/** An open tunnel. */
export interface TunnelSession {
  readonly url: string
  /** Ends every connection and never rejects; may be called twice. Resolves when the sockets are closed. */
  dispose(): Promise<void>
}

export interface TunnelAdapter {
  readonly facts: TunnelFacts
  /** Milliseconds the provider needs after `dispose` before it gives the same name again. */
  readonly releaseMs: number
  /**
   * Opens one tunnel. Rejects with a {@link TunnelError}; may never settle, or settle long after the signal was aborted: the machine has a limit of its own
   * and disposes of a session that comes too late.
   */
  open(request: OpenRequest): Promise<TunnelSession>
}
