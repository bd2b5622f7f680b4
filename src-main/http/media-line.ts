import { Transform } from 'node:stream'

/**
 * A place for whoever fetches our pictures and films. After a post, hundreds of servers ask for its media at once over a few tunnel
 * sockets (federation.md section 0): so many are served at the same time, so many wait for a moment, all together get so many bytes a
 * second, and the others are told when to come back. What is left of sockets, processor and line belongs to inboxes and documents.
 */
export interface MediaLimits {
  /** Files being sent at the same time. */
  streams: number
  /** Requests that wait for one of those places. */
  waiting: number
  /** How long one waits, in milliseconds. */
  patienceMs: number
  /** For all of them together. */
  bytesPerSecond: number
}

/** Behind a proxy of the owner's own, which opens as many connections as it likes. */
export const OPEN_LIMITS: MediaLimits = { streams: 16, waiting: 512, patienceMs: 10_000, bytesPerSecond: 48 * 1024 * 1024 }
/** localtunnel has ten sockets in all: two are never taken by media. */
export const TUNNEL_LIMITS: MediaLimits = { streams: 5, waiting: 3, patienceMs: 5_000, bytesPerSecond: 16 * 1024 * 1024 }

/** Who reads more slowly than this, after a start of half a minute, gives the place to somebody else: bytes per millisecond. */
const SLOWEST = 32
const GRACE_MS = 30_000
/** Bytes of so many milliseconds may go ahead of time, so that not every chunk needs a timer. */
const AHEAD_MS = 40

export interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface MediaLine {
  /** A place, to be left when the file is out; null: there is none, come back later. */
  enter(): Promise<Place | null>
  /** Files being sent now, and requests waiting. */
  readonly busy: { streams: number; waiting: number }
}

export interface Place {
  /** A stream that passes a file on at the common pace. */
  pace(): Transform
  /** Calls `cut` if a file of so many bytes takes unreasonably long. */
  watch(bytes: number, cut: () => void): void
  /** Gives the place to the next; calling it twice is harmless. */
  leave(): void
}

export function openMediaLine(options: { limits: () => MediaLimits; now?: () => number; timers: Timers }): MediaLine {
  const { limits, timers } = options
  const now = options.now ?? (() => performance.now())
  const waiting = new Set<() => void>()
  let streams = 0
  /** Until when the line is promised to bytes that have gone. */
  let promised = 0

  const take = (): Place => {
    streams++
    let watching: unknown = null
    let left = false
    return {
      pace: () =>
        new Transform({
          transform(chunk: Buffer, _encoding, done) {
            const at = now()
            promised = Math.max(promised, at) + (chunk.length / limits().bytesPerSecond) * 1000
            const ahead = promised - at
            if (ahead <= AHEAD_MS) done(null, chunk)
            else timers.set(() => done(null, chunk), ahead - AHEAD_MS)
          },
        }),
      watch(bytes, cut) {
        watching = timers.set(cut, GRACE_MS + bytes / SLOWEST)
      },
      leave() {
        if (left) return
        left = true
        timers.clear(watching)
        streams--
        const [next] = waiting
        next?.()
      },
    }
  }

  return {
    get busy() {
      return { streams, waiting: waiting.size }
    },
    enter() {
      const { streams: most, waiting: longest, patienceMs } = limits()
      if (streams < most) return Promise.resolve(take())
      if (waiting.size >= longest) return Promise.resolve(null)
      return new Promise((resolve) => {
        const admitted = () => {
          waiting.delete(admitted)
          timers.clear(late)
          resolve(take())
        }
        const late = timers.set(() => {
          waiting.delete(admitted)
          resolve(null)
        }, patienceMs)
        waiting.add(admitted)
      })
    },
  }
}
