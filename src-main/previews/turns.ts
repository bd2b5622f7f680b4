/**
 * Who may be asked now: one request at a time to a host and a rest after it, few in all, and a host that does not answer is left alone for
 * longer each time.
 */
export interface Turns {
  /** When this host may be asked; at or before now: at once. */
  nextAt(host: string): number
  /** There is room for one more, for whomever. */
  readonly free: boolean
  take(host: string): void
  /** `failed`: it was the host's doing; `wait`: so many milliseconds it asked for. */
  give(host: string, failed: boolean, wait?: number): void
}

const IN_ALL = 4
const REST_MS = 2_000
const FAILED_MS = 60_000
const LONGEST_MS = 6 * 3600_000
/** Hosts that are remembered: more than are asked in an hour. */
const MOST_HOSTS = 2_000

export function openTurns(now: () => number): Turns {
  const hosts = new Map<string, { busy: boolean; nextAt: number; failures: number }>()
  let running = 0

  function forgetSome(): void {
    if (hosts.size <= MOST_HOSTS) return
    for (const [host, { busy, nextAt }] of hosts) if (!busy && nextAt <= now()) hosts.delete(host)
  }

  return {
    get free() {
      return running < IN_ALL
    },
    nextAt(host) {
      const known = hosts.get(host)
      return known?.busy ? Number.POSITIVE_INFINITY : (known?.nextAt ?? 0)
    },
    take(host) {
      running++
      hosts.set(host, { nextAt: 0, failures: 0, ...hosts.get(host), busy: true })
    },
    give(host, failed, wait = 0) {
      running--
      const failures = failed ? (hosts.get(host)?.failures ?? 0) + 1 : 0
      const rest = failed ? Math.min(LONGEST_MS, FAILED_MS * 2 ** (failures - 1)) : REST_MS
      hosts.set(host, { busy: false, failures, nextAt: now() + Math.max(rest, Math.min(wait, LONGEST_MS)) })
      forgetSome()
    },
  }
}
