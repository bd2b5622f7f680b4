import { AppError } from '../domain/errors.ts'
import { build, query } from '../store/query.ts'
import { NetError } from '../net/index.ts'
import type { Domain } from '../domain/domain.ts'

/**
 * How much we ask of one server when we read a lot: two requests at once, eight in all, and a server that does not answer is left alone
 * for longer each time. What was learnt is in the table `servers`, so that a program that starts again does not begin by knocking anew.
 */
export interface Politeness {
  /**
   * Does `work` when there is a free place for this host. What it throws passes through and, where it is the server's doing, counts
   * against it. `urgent`: somebody is looking at the screen for it; it goes before what only reads up. Throws AppError 'unavailable' at
   * once while the host is being left alone.
   */
  run<T>(host: string, work: () => Promise<T>, urgent?: boolean): Promise<T>
  /** When the host may be asked (again); at or before now: at once. */
  nextAt(host: string): number
}

const PER_HOST = 2
const IN_ALL = 8
/** With what is urgent. */
const IN_ALL_URGENT = 16
/** After n failures in a row: a minute, doubling, at most so long. */
const FIRST_MS = 60_000
const LONGEST_MS = 6 * 3600_000
/** Whoever asks us to wait longer than this has said "tomorrow". */
const LONGEST_ASKED_MS = 24 * 3600_000

const row = query<{ host: string }>()((p) => build.selectFrom('servers').select(['failures', 'next_at']).where('host', '=', p.host))
const put = query<{ host: string; failures: number; next_at: number }>()((p) =>
  build
    .insertInto('servers')
    .values({ host: p.host, failures: p.failures, next_at: p.next_at })
    .onConflict((c) => c.column('host').doUpdateSet({ failures: p.failures, next_at: p.next_at })),
)

export function openPoliteness(d: Domain): Politeness {
  const busy = new Map<string, number>()
  const waiting: { host: string; urgent: boolean; go: () => void }[] = []
  let running = 0

  const nextAt = (host: string): number => row.get(d.store, { host })?.next_at ?? 0

  function next(): void {
    for (let i = 0; i < waiting.length && running < IN_ALL;) {
      const { host, go } = waiting[i] as { host: string; go: () => void }
      if ((busy.get(host) ?? 0) >= PER_HOST) {
        i++
        continue
      }
      waiting.splice(i, 1)
      take(host)
      go()
    }
  }

  const mayStart = (host: string, urgent: boolean): boolean =>
    running < (urgent ? IN_ALL_URGENT : IN_ALL) && (busy.get(host) ?? 0) < PER_HOST

  /** The urgent stand in front, in the order they came. */
  function queue(host: string, urgent: boolean): Promise<void> {
    return new Promise((go) => {
      const at = urgent ? waiting.findIndex((one) => !one.urgent) : -1
      waiting.splice(at < 0 ? waiting.length : at, 0, { host, urgent, go })
    })
  }

  function refuse(host: string): void {
    if (nextAt(host) > d.now()) throw new AppError('unavailable', 'That server is being left alone for a while.')
  }

  function take(host: string): void {
    running++
    busy.set(host, (busy.get(host) ?? 0) + 1)
  }

  function give(host: string): void {
    running--
    const left = (busy.get(host) ?? 1) - 1
    if (left > 0) busy.set(host, left)
    else busy.delete(host)
    next()
  }

  function failed(host: string, error: unknown): void {
    if (!(error instanceof NetError) || error.ours) return
    const theirs = error.code === 'http-status' ? error.status === 429 || (error.status ?? 0) >= 500 : error.retryable
    if (!theirs) return answered(host)
    const failures = (row.get(d.store, { host })?.failures ?? 0) + 1
    const asked = Math.min(error.retryAfter ?? 0, LONGEST_ASKED_MS)
    put.run(d.store, { host, failures, next_at: d.now() + Math.max(asked, Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS)) })
  }

  function answered(host: string): void {
    if ((row.get(d.store, { host })?.failures ?? 0) > 0) put.run(d.store, { host, failures: 0, next_at: 0 })
  }

  return {
    nextAt,
    async run(host, work, urgent = false) {
      refuse(host)
      if (mayStart(host, urgent)) take(host)
      else await queue(host, urgent)
      try {
        // Others that stood in the same line may have found out meanwhile.
        refuse(host)
        const result = await work()
        answered(host)
        return result
      } catch (error) {
        failed(host, error)
        throw error
      } finally {
        give(host)
      }
    },
  }
}
