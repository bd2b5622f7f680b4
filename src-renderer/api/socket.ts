/** The part of WebSocket that is used, so that tests can put another in its place. */
export type SocketMaker = (url: string, protocol: string) => WebSocket

/** What a live connection tells: opened (again), and every frame of text. */
export interface LiveHandlers {
  /** `again` is true when an earlier connection was lost: something may have been missed. */
  onopen?: (again: boolean) => void
  onframe: (text: string) => void
}

const FIRST_WAIT = 500
const LONGEST_WAIT = 15_000

/**
 * A WebSocket that comes back: after a loss it is tried again, 0.5 s at first and at most 15 s apart, and at once when the
 * system says the network is back. The token goes as subprotocol, so it appears in no address.
 */
export class LiveSocket {
  #url: string
  #token: string
  #handlers: LiveHandlers
  #make: SocketMaker
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #losses = 0
  #opened = false
  #closed = false

  constructor(url: string, token: string, handlers: LiveHandlers, make: SocketMaker = (at, protocol) => new WebSocket(at, protocol)) {
    this.#url = url
    this.#token = token
    this.#handlers = handlers
    this.#make = make
    this.#connect()
  }

  /** Tries at once if it is waiting to try. */
  nudge(): void {
    if (this.#timer === null) return
    clearTimeout(this.#timer)
    this.#timer = null
    this.#connect()
  }

  /** Ends it for good. */
  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#socket?.close()
  }

  #connect(): void {
    const socket = this.#make(this.#url, this.#token)
    this.#socket = socket
    socket.onopen = () => {
      this.#losses = 0
      this.#handlers.onopen?.(this.#opened)
      this.#opened = true
    }
    socket.onmessage = (event: MessageEvent) => {
      if (typeof event.data === 'string') this.#handlers.onframe(event.data)
    }
    socket.onclose = () => {
      if (this.#closed || this.#socket !== socket) return
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#losses++)
      this.#timer = setTimeout(() => {
        this.#timer = null
        this.#connect()
      }, wait)
    }
  }
}

/** `http://127.0.0.1:1234` and a path, as a WebSocket address. */
export const socketUrl = (origin: string, path: string): string => origin.replace(/^http/, 'ws') + path
