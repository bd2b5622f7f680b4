import { AppError } from '../domain/errors.ts'
import { backoff, decide } from './policy.ts'
import type { FailureCode } from './policy.ts'
import type { Hosts } from './hosts.ts'
import type { Outgoing, Queue } from './queue.ts'
import type { Job, Result, Sender } from './sender.ts'
import type { InboxReports, Log, Preparer } from '../domain/ports.ts'
import type { Store } from '../store/store.ts'

/**
 * Moves rows: waiting items are prepared (oldest first, one after the other), their deliveries handed to the sending thread, results
 * written in group commits. Runs only while we are online; offline time burns no attempt (design 9).
 */

/** Rows handed to the thread at once: enough to keep it busy, few enough to forget nothing long. */
const IN_FLIGHT = 256
const PREPARED_AT_ONCE = 32
const FOLLOW_ANSWERS = new Set(['accept', 'reject'])
/** Tries of an item that cannot be prepared (a mentioned person's server is down): about three days. */
const MAX_PREPARATIONS = 12
const PURGE_EVERY_MS = 3600_000

export interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface Pump {
  /** Something may have become due: looks soon. */
  nudge(): void
  /** Whether anything is being prepared or sent right now. */
  readonly busy: boolean
  stop(): void
}

export function startPump(parts: {
  store: Store
  queue: Queue
  hosts: Hosts
  sender: Sender
  preparer: () => Preparer | null
  reports: () => InboxReports | null
  online: () => boolean
  /** A delivery failed on our side of the wire. */
  troubled: () => void
  changed: (outgoingId: number) => void
  now: () => number
  random: () => number
  timers: Timers
  log: Log
}): Pump & { results(results: Result[]): void } {
  const { store, queue, hosts, sender, now, random, timers, log } = parts
  const inFlight = new Map<number, Job>()
  let preparing = new Set<number>()
  let scheduled = false
  let stopped = false
  let timer: unknown = null
  let purgedAt = 0

  const nudge = () => {
    if (scheduled || stopped) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      if (!stopped) turn()
    })
  }

  function turn(): void {
    if (!parts.online()) return
    if (now() - purgedAt > PURGE_EVERY_MS) {
      purgedAt = now()
      queue.purge()
    }
    if (preparing.size === 0) prepareNext()
    feed()
    plan()
  }

  function plan(): void {
    timers.clear(timer)
    timer = null
    const at = queue.nextDue()
    if (at === null || at <= now()) return
    timer = timers.set(nudge, Math.min(at - now(), 3600_000))
  }

  function prepareNext(): void {
    const preparer = parts.preparer()
    if (!preparer) return
    const items = queue.waiting(PREPARED_AT_ONCE, [])
    const first = items[0]
    if (!first) return
    // Answers to Follows are independent of each other; everything else leaves in the order it was written.
    const batch = FOLLOW_ANSWERS.has(first.kind) ? items.filter((item) => FOLLOW_ANSWERS.has(item.kind)) : [first]
    preparing = new Set(batch.map((item) => item.id))
    void Promise.all(batch.map((item) => prepareOne(preparer, item))).finally(() => {
      preparing = new Set()
      nudge()
    })
  }

  async function prepareOne(preparer: Preparer, item: Outgoing): Promise<void> {
    try {
      const prepared = await preparer.prepare(item)
      if (stopped) return
      await store.groupCommit(() => {
        // The owner may have taken it back while it was being prepared.
        if (queue.get(item.id)?.state !== 'waiting') return
        if (prepared === 'drop') queue.remove(item.id)
        else {
          queue.release(item.id, prepared)
          prepared.commit?.()
        }
      })
      parts.changed(item.id)
    } catch (error) {
      if (stopped) return
      const retryable = error instanceof AppError ? error.retryable : true
      const code = (error instanceof AppError ? error.reason : null) as FailureCode | null
      const final = !retryable || item.attempts + 1 >= MAX_PREPARATIONS
      log.warn({ item: item.id, kind: item.kind, code, error: (error as Error).message }, 'could not be prepared for sending')
      try {
        queue.postpone(item.id, now() + backoff(item.attempts, random()), code, final)
      } catch (failure) {
        log.error({ error: (failure as Error).message }, 'the outbox cannot be written')
        timer = timers.set(nudge, 10_000)
      }
      parts.changed(item.id)
    }
  }

  function feed(): void {
    const room = IN_FLIGHT - inFlight.size
    if (room < IN_FLIGHT / 4 && inFlight.size > 0) return
    const due = queue.due(room, [...inFlight.keys()])
    if (due.length === 0) return
    const jobs: Job[] = []
    for (const row of due) {
      if (!sender.hasBody(row.outgoingId)) {
        const body = queue.get(row.outgoingId)?.body
        if (!body) continue
        sender.addBody(row.outgoingId, body)
      }
      const job: Job = { id: row.id, outgoingId: row.outgoingId, inbox: row.inbox, host: row.host, scheme: hosts.schemeOf(row.host) }
      attempts.set(row.id, row.attempts)
      inFlight.set(row.id, job)
      jobs.push(job)
    }
    if (jobs.length > 0) sender.send(jobs)
  }

  const attempts = new Map<number, number>()

  function results(list: Result[]): void {
    if (stopped) return
    const touched = new Set<number>()
    let held = false
    void store
      .groupCommit(() => {
        for (const result of list) {
          const job = inFlight.get(result.id)
          if (!job) continue
          const decision = decide(result, attempts.get(result.id) ?? 0, now(), random())
          if (decision.kind === 'delivered') {
            queue.delivered(result.id)
            if (hosts.succeeded(job.host, result.scheme)) queue.freeHost(job.host)
          } else if (decision.kind === 'again') {
            queue.retry(result.id, decision.at, decision.code, result.status)
            const until = decision.hostFailed ? hosts.failed(job.host) : null
            if (until) queue.holdHost(job.host, until)
          } else if (decision.kind === 'given-up') {
            queue.givenUp(result.id, decision.code, result.status)
            if (decision.gone) gone.push(job.inbox)
          } else held = true
          touched.add(job.outgoingId)
        }
      })
      .catch((error: unknown) => log.error({ error: (error as Error).message }, 'results could not be written; they will be sent again'))
      .finally(() => {
        for (const result of list) {
          inFlight.delete(result.id)
          attempts.delete(result.id)
        }
        for (const id of touched) {
          const state = queue.get(id)?.state
          if (state !== 'sending') sender.forgetBody(id)
          parts.changed(id)
        }
        for (const inbox of gone.splice(0)) parts.reports()?.inboxGone(inbox)
        if (held) parts.troubled()
        nudge()
      })
  }
  const gone: string[] = []

  return {
    nudge,
    results,
    get busy() {
      return inFlight.size > 0 || preparing.size > 0
    },
    stop() {
      stopped = true
      timers.clear(timer)
    },
  }
}
