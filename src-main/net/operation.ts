import { NetError } from './error.ts'

/**
 * One request of a caller from the queue to the last byte, over all its hops: the one signal that ends it, whoever wants it ended
 * (caller, time limits, network change).
 */
export interface Operation {
  readonly signal: AbortSignal
  /** Starts the wall clock, once, when the request leaves the queue. */
  startClock(): void
  /** Starts the header limit of a hop; call what it returns when the headers are there. */
  awaitHeaders(): () => void
  end(): void
  /** What ended it, as a {@link NetError}. */
  reason(): NetError
}

export interface Operations {
  begin(url: string, totalMs: number, caller?: AbortSignal): Operation
  abortAll(reason: NetError): void
}

/** Keeps the requests under way, so that all can be ended at once. `AbortSignal.any` on a signal that lives as long as the process would collect memory. */
export function createOperations(headersMs: number): Operations {
  const running = new Set<AbortController>()
  return {
    begin(url, totalMs, caller) {
      const controller = new AbortController()
      const { signal } = controller
      const timers = new Set<NodeJS.Timeout>()
      const limit = (ms: number, words: string): NodeJS.Timeout => {
        const timer = setTimeout(() => controller.abort(new NetError('timeout', `${words} ${ms} ms`, { url })), ms)
        timers.add(timer)
        return timer
      }
      const follow = (): void => controller.abort(new NetError('aborted', 'The caller gave up', { url, cause: caller!.reason }))
      running.add(controller)
      if (caller?.aborted) follow()
      else caller?.addEventListener('abort', follow, { once: true })
      let started = false
      return {
        signal,
        startClock() {
          if (!started) limit(totalMs, 'The request took longer than')
          started = true
        },
        awaitHeaders() {
          const timer = limit(headersMs, 'There was no answer within')
          return () => {
            clearTimeout(timer)
            timers.delete(timer)
          }
        },
        end() {
          for (const timer of timers) clearTimeout(timer)
          caller?.removeEventListener('abort', follow)
          running.delete(controller)
        },
        reason: () =>
          signal.reason instanceof NetError
            ? signal.reason
            : new NetError('aborted', 'The request was aborted', { url, cause: signal.reason }),
      }
    },
    abortAll(reason) {
      for (const controller of running) controller.abort(reason)
    },
  }
}
