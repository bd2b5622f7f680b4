import type { OwnerEvent } from '../../src-main/owner-api/contract.ts'
import type { LiveSocket } from '../api/socket.ts'
import { openUserStream, type StreamEvent } from '../api/streaming.ts'
import type { Session } from './session.svelte.ts'

export type { StreamEvent }

/**
 * The two live connections of the window: Mastodon's user stream and the owner events. State classes subscribe once;
 * `onreconnected` tells them to fetch what they may have missed.
 */
export class Live {
  #session: Session
  #owner = new Set<(event: OwnerEvent) => void>()
  #stream = new Set<(event: StreamEvent) => void>()
  #again = new Set<() => void>()
  #sockets: LiveSocket[] = []

  constructor(session: Session) {
    this.#session = session
  }

  /** Calls back on every owner event. Returns the way to stop. */
  onowner(handler: (event: OwnerEvent) => void): () => void {
    this.#owner.add(handler)
    return () => this.#owner.delete(handler)
  }

  /** Calls back on every event of the user stream. Returns the way to stop. */
  onstream(handler: (event: StreamEvent) => void): () => void {
    this.#stream.add(handler)
    return () => this.#stream.delete(handler)
  }

  /** Calls back after a lost connection is back. Returns the way to stop. */
  onreconnected(handler: () => void): () => void {
    this.#again.add(handler)
    return () => this.#again.delete(handler)
  }

  /** Opens both connections with the session's token; a second call opens them anew. */
  start(): void {
    this.stop()
    const { origin, token, owner } = this.#session
    if (!token) return
    this.#sockets = [
      owner.events(
        (event) => this.#owner.forEach((handler) => handler(event)),
        (again) => {
          if (again) this.#again.forEach((handler) => handler())
        },
      ),
      openUserStream(origin, token, (event) => this.#stream.forEach((handler) => handler(event))),
    ]
    addEventListener('online', this.#nudge)
    document.addEventListener('visibilitychange', this.#nudge)
  }

  stop(): void {
    for (const socket of this.#sockets) socket.close()
    this.#sockets = []
    removeEventListener('online', this.#nudge)
    document.removeEventListener('visibilitychange', this.#nudge)
  }

  #nudge = () => {
    if (document.visibilityState === 'visible') for (const socket of this.#sockets) socket.nudge()
  }
}
