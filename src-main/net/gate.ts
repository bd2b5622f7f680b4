import { NetError } from './error.ts'

export interface GateLimits {
  /** Parallel requests to one host. */
  perHost: number
  /** Parallel requests in all. */
  global: number
  /** Requests that may wait; more are refused as `busy`. */
  waiting: number
}

export interface Gate {
  /** Resolves with the function that gives the place back (calling it twice is harmless). @throws {NetError} `busy`, or the signal's reason */
  enter(host: string, signal?: AbortSignal): Promise<() => void>
  /** Requests now inside. */
  readonly active: number
}

interface Waiter {
  admit: () => void
}

/** Rule 25: at most so many requests per host and in all. Hosts take turns, so one slow host with a long queue delays only itself. */
export function createGate(limits: GateLimits): Gate {
  const inside = new Map<string, number>()
  const queues = new Map<string, Set<Waiter>>()
  let total = 0
  let waiting = 0

  const leave = (host: string): (() => void) => {
    let left = false
    return () => {
      if (left) return
      left = true
      total--
      const rest = inside.get(host)! - 1
      if (rest === 0) inside.delete(host)
      else inside.set(host, rest)
      pump()
    }
  }

  const hasRoom = (host: string): boolean => total < limits.global && (inside.get(host) ?? 0) < limits.perHost

  const take = (host: string): void => {
    total++
    inside.set(host, (inside.get(host) ?? 0) + 1)
  }

  const nextHost = (): string | undefined => {
    for (const host of queues.keys()) if (hasRoom(host)) return host
    return undefined
  }

  const pump = (): void => {
    while (waiting > 0 && total < limits.global) {
      const next = nextHost()
      if (next === undefined) return
      const queue = queues.get(next)!
      const [waiter] = queue as Iterable<Waiter>
      drop(next, waiter!)
      // A host that has been served goes to the end of the line.
      if (queue.size > 0) {
        queues.delete(next)
        queues.set(next, queue)
      }
      take(next)
      waiter!.admit()
    }
  }

  const drop = (host: string, waiter: Waiter): void => {
    const queue = queues.get(host)
    if (!queue?.delete(waiter)) return
    waiting--
    if (queue.size === 0) queues.delete(host)
  }

  return {
    get active() {
      return total
    },
    enter(host, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (hasRoom(host) && !queues.has(host)) {
        take(host)
        return Promise.resolve(leave(host))
      }
      if (waiting >= limits.waiting) return Promise.reject(new NetError('busy', 'Too many requests are waiting'))
      return new Promise((resolve, reject) => {
        const giveUp = (): void => {
          drop(host, waiter)
          reject(signal!.reason)
        }
        const waiter: Waiter = {
          admit: () => {
            signal?.removeEventListener('abort', giveUp)
            resolve(leave(host))
          },
        }
        waiting++
        let queue = queues.get(host)
        if (!queue) queues.set(host, (queue = new Set()))
        queue.add(waiter)
        signal?.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
