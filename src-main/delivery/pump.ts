import { decide } from './policy.ts'
import { startPreparation } from './preparation.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { Hosts } from './hosts.ts'
import type { Queue } from './queue.ts'
import { addressesOf } from './rows.ts'
import type { Change, Row, Rows } from './rows.ts'
import type { Job, Result, Sender } from './sender.ts'
import type { Suspects } from './suspects.ts'
import type { InboxReports, Log, Preparer } from '../domain/ports.ts'
import type { Store } from '../store/store.ts'

/**
 * Moves rows: waiting items are prepared, their deliveries handed to the sending threads, results
 * written in group commits. Runs only while we are online; a failure counts only once something shows that our own way out was open
 * (design 9).
 */

/** Rows in the sending thread's hands: enough to keep it busy while results are written. */
const IN_FLIGHT = 768
const TAKEN_AT_ONCE = 64
/** After a write that failed (the disk is full, most likely); doubling, so that a nearly full one does not go on and off. */
const WRITE_AGAIN_MS = 5_000
const LONGEST_WRITE_PAUSE_MS = 60_000
const PURGE_EVERY_MS = 3600_000
const LONGEST_TIMER_MS = 3600_000

export interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface Pump {
  /** Something may have become due: looks soon. */
  nudge(): void
  /** These inboxes have something to send now, by the owner's hand: their servers are tried even if they are thought to be down. */
  retryNow(inboxes: readonly { inbox: string; host: string }[]): void
  /** The way out has been proven anew: what was held goes on. */
  released(): void
  /** Whether something of this activity is on its way right now. */
  isFlying(outgoingId: number): boolean
  /** From the sending thread. */
  results(results: readonly Result[]): void
  /** Nothing is handed out any more. */
  pause(): void
  /** Resolves when all results that came are written, or cannot be. */
  finish(): Promise<void>
}

interface Flight {
  row: Row
  lane: Lane
  startedAt: number
}

interface Verdict {
  flight: Flight
  /** Null: held, nothing to write. */
  change: Change | null
  /** Its server is back: what its outage put off may go. */
  freed: boolean
  report: 'gone' | 'doubtful' | null
}

export interface PumpParts {
  store: Store
  queue: Queue
  rows: Rows
  hosts: Hosts
  suspects: Suspects
  lanes: Lanes
  sender: Sender
  preparer: () => Preparer | null
  reports: () => InboxReports | null
  online: () => boolean
  /** Whether anybody outside was reached, or reached us, since then. */
  provenSince: (since: number) => boolean
  /** Looks whether our own way out is open; resolves when that is known. */
  prove: () => Promise<void>
  /** A server answered, and its clock differs from ours by so much (null: it did not say). */
  answered: (host: string, skewMs: number | null) => void
  diskFull: (full: boolean) => void
  changed: (outgoingId: number) => void
  /** Some more of an activity has arrived. */
  progressed: (outgoingId: number) => void
  busy: (busy: boolean) => void
  now: () => number
  random: () => number
  timers: Timers
  log: Log
}

export function startPump(parts: PumpParts): Pump {
  const { store, queue, rows, hosts, suspects, lanes, sender, now, random, timers, log } = parts
  const flights = new Map<number, Flight>()
  const perItem = new Map<number, number>()
  /** Activities in flight whose inboxes are told who of theirs follows (FEP-8fcf). */
  const synchronized = new Set<number>()
  /** Deliveries in flight that are tried for the first time. */
  let firstTries = 0
  let loaded = false
  let scheduled = false
  let paused = false
  let timer: unknown = null
  let timerAt = Infinity
  let purgedAt = Number.NEGATIVE_INFINITY
  let wasBusy = false
  /** Decided, not yet on the disk. */
  let unwritten: Verdict[] = []
  let writing: Promise<void> | null = null
  let writeTimer: unknown = null
  let writePause = WRITE_AGAIN_MS
  let full = false
  let doubted: Promise<void> | null = null

  const preparation = startPreparation({
    ...parts,
    expect: (deliveries) => sender.expect(deliveries),
    flying: () => [...flights.keys()],
    wake(inboxes) {
      for (const { inbox, host } of inboxes) lanes.wake(inbox, host, now())
    },
    proof,
    writable,
    unwritable,
    nudge,
    wakeAt,
    stopped: () => paused,
  })

  function nudge(): void {
    if (scheduled || paused) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      if (!paused) turn()
    })
  }

  function turn(): void {
    if (parts.online() && writeTimer === null && !full) {
      try {
        if (!loaded) load()
        if (now() - purgedAt > PURGE_EVERY_MS) clearUp()
        preparation.next()
        feed()
      } catch (error) {
        // The rows are as they were; whatever is wrong with the disk may pass.
        log.error({ error: (error as Error).message }, 'the outbox cannot be read')
        wakeAt(now() + WRITE_AGAIN_MS)
      }
      plan()
    }
    const busy = parts.online() && !paused && (firstTries > 0 || preparation.active)
    if (busy !== wasBusy) parts.busy((wasBusy = busy))
  }

  function load(): void {
    for (const { inbox, host, at } of rows.inboxes()) lanes.wake(inbox, host, at)
    preparation.resume()
    loaded = true
  }

  function clearUp(): void {
    const more = queue.purge()
    if (more) return wakeAt(now() + 1_000)
    purgedAt = now()
    hosts.purge()
    suspects.purge()
  }

  function wakeAt(at: number): void {
    if (at >= timerAt && timer !== null) return
    timers.clear(timer)
    timerAt = at
    timer = timers.set(
      () => {
        timer = null
        timerAt = Infinity
        nudge()
      },
      Math.min(Math.max(at - now(), 0), LONGEST_TIMER_MS),
    )
  }

  function plan(): void {
    const times = [lanes.nextAt(), queue.nextDue()].filter((at) => at !== null)
    if (times.length > 0) wakeAt(Math.max(Math.min(...times), now() + 1))
  }

  // sending -------------------------------------------------------------------------------------------------------------------------------

  function feed(): void {
    while (flights.size < IN_FLIGHT) {
      const taken = new Set(lanes.take(Math.min(IN_FLIGHT - flights.size, TAKEN_AT_ONCE)))
      if (taken.size === 0) return
      const jobs: Job[] = []
      try {
        const next = rows.next([...taken].map((lane) => lane.inbox))
        for (const lane of taken) {
          const job = board(lane, next.get(lane.inbox) ?? null)
          taken.delete(lane)
          if (job) jobs.push(job)
        }
      } finally {
        // Whatever could not be read: nobody stays in the air without a delivery.
        for (const lane of taken) lanes.hold(lane)
        if (jobs.length > 0) sender.send(jobs)
      }
    }
  }

  /** Makes a job of the row, or lands the lane again if there is none to go now. */
  function board(lane: Lane, row: Row | number | null): Job | null {
    if (row === null || typeof row === 'number') {
      lanes.land(lane, row)
      return null
    }
    const { id, outgoingId, inbox, host } = row
    const elsewhere = row.error === 'rejected' ? suspects.movedTo(inbox) : null
    if (elsewhere) {
      const addresses = addressesOf(elsewhere)
      const changed = store.transaction(() => queue.redirect(inbox, addresses))
      lanes.land(lane, now())
      for (const one of addresses) lanes.wake(one.inbox, one.host, now())
      for (const one of changed) parts.changed(one)
      return null
    }
    if (!carry(outgoingId)) {
      // Cannot be by what this room writes; a row without a body must not block its inbox for ever.
      log.error({ item: outgoingId }, 'a delivery without a body')
      store.transaction(() => queue.apply([{ kind: 'given-up', id, outgoingId, code: 'rejected', status: null }]))
      lanes.land(lane, now())
      return null
    }
    flights.set(id, { row, lane, startedAt: now() })
    if (row.attempts === 0) firstTries++
    perItem.set(outgoingId, (perItem.get(outgoingId) ?? 0) + 1)
    const job: Job = { id, outgoingId, inbox, host, scheme: hosts.schemeOf(host) }
    const synchronization = synchronized.has(outgoingId) ? synchronizationOf(inbox) : null
    return synchronization === null ? job : { ...job, synchronization }
  }

  function synchronizationOf(inbox: string): string | null {
    try {
      return parts.preparer()?.synchronization?.(inbox) ?? null
    } catch (error) {
      log.error({ error: (error as Error).message }, 'followers could not be counted for their server')
      return null
    }
  }

  /** Sees to it that the sending thread has the body. */
  function carry(outgoingId: number): boolean {
    if (sender.hasBody(outgoingId)) return true
    const letter = queue.letter(outgoingId)
    if (letter === null) return false
    if (letter.synchronize) synchronized.add(outgoingId)
    sender.addBody(outgoingId, letter)
    return true
  }

  // results -------------------------------------------------------------------------------------------------------------------------------

  function results(list: readonly Result[]): void {
    const known = list.flatMap((result) => {
      const flight = flights.get(result.id)
      return flight ? [{ result, flight }] : []
    })
    for (const { result, flight } of known) if (result.status !== null) parts.answered(flight.row.host, result.skew)
    const unclear = known.filter(
      ({ result, flight }) => result.status === null && result.code !== null && !parts.provenSince(flight.startedAt),
    )
    const clear = unclear.length === 0 ? known : known.filter((one) => !unclear.includes(one))
    if (clear.length > 0) judge(clear)
    if (unclear.length === 0) return
    // Nobody has answered since: is it them, or are we cut off?
    const earliest = Math.min(...unclear.map(({ flight }) => flight.startedAt))
    void proof(earliest).then(() => judge(unclear))
  }

  /** Looks at our own address unless something has come through since; looks that are under way are shared. */
  function proof(since: number): Promise<void> {
    if (paused || parts.provenSince(since)) return Promise.resolve()
    doubted ??= parts.prove().finally(() => (doubted = null))
    return doubted
  }

  function judge(list: readonly { result: Result; flight: Flight }[]): void {
    for (const { result, flight } of list) {
      const { row } = flight
      const ours = result.status === null && (result.code === null || !parts.provenSince(flight.startedAt))
      const decision = decide({ ...result, ours }, row, now(), random())
      const verdict: Verdict = { flight, change: null, freed: false, report: null }
      const base = { id: row.id, outgoingId: row.outgoingId }
      if (decision.kind === 'delivered') {
        verdict.change = { kind: 'delivered', ...base }
        verdict.freed = hosts.succeeded(row.host, result.scheme)
        suspects.found(row.inbox)
      } else if (decision.kind === 'again') {
        const { at, attempts, code } = decision
        verdict.change = { kind: 'again', ...base, at, attempts, code, status: result.status }
        hosts.troubled(row.host, { code, status: result.status })
        if (decision.hostFailed) hosts.failed(row.host)
        else verdict.freed = hosts.answered(row.host)
        if (decision.quietUntil) hosts.silence(row.host, decision.quietUntil)
        if (decision.moved) verdict.report = movedAway(row.inbox, result.status)
      } else if (decision.kind === 'given-up') {
        const { code } = decision
        verdict.change = { kind: 'given-up', ...base, code, status: result.status }
        hosts.troubled(row.host, { code, status: result.status })
        if (result.status === null || result.status >= 500) hosts.failed(row.host)
        else verdict.freed = hosts.answered(row.host)
        if (decision.absent) verdict.report = suspects.absent(row.inbox, result.status ?? 404) ? 'gone' : 'doubtful'
        else if (decision.moved) verdict.report = movedAway(row.inbox, result.status)
      }
      unwritten.push(verdict)
    }
    write()
  }

  function movedAway(inbox: string, status: number | null): 'doubtful' {
    suspects.redirects(inbox, status ?? 301)
    return 'doubtful'
  }

  /** One group commit at a time takes all that was decided meanwhile. What could not be written stays in flight and is written later. */
  function write(): void {
    if (writing || writeTimer !== null || unwritten.length === 0) return
    const list = unwritten
    unwritten = []
    writing = store
      .groupCommit(() => {
        queue.apply(list.flatMap((verdict) => verdict.change ?? []))
        for (const host of new Set(list.filter((verdict) => verdict.freed).map(({ flight }) => flight.row.host))) rows.freeHost(host)
        hosts.save()
        suspects.save()
      })
      .then(
        () => {
          writing = null
          writable()
          written(list)
          write()
        },
        (error: unknown) => {
          writing = null
          unwritten = [...list, ...unwritten]
          unwritable(error, 'results could not be written yet')
        },
      )
      .finally(nudge)
  }

  function unwritable(error: unknown, text: string): void {
    const code = (error as { code?: unknown }).code
    log.error({ error: (error as Error).message, code: typeof code === 'string' ? code : null }, text)
    timers.clear(writeTimer)
    if (paused) return
    writeTimer = timers.set(writeAgain, writePause)
    writePause = Math.min(writePause * 2, LONGEST_WRITE_PAUSE_MS)
    if (code === 'disk-full') parts.diskFull((full = true))
  }

  function writeAgain(): void {
    writeTimer = null
    if (unwritten.length > 0) return write()
    try {
      if (full) queue.tryRoom()
      if (full) parts.diskFull((full = false))
      nudge()
    } catch (error) {
      unwritable(error, 'there is still no room')
    }
  }

  function writable(): void {
    timers.clear(writeTimer)
    writeTimer = null
    writePause = WRITE_AGAIN_MS
    if (full) parts.diskFull((full = false))
  }

  function written(list: readonly Verdict[]): void {
    const touched = new Map<number, boolean>()
    for (const { flight, change, freed } of list) {
      const { row, lane } = flight
      flights.delete(row.id)
      if (row.attempts === 0) firstTries--
      if (change) lanes.land(lane, now())
      else lanes.hold(lane)
      if (freed) lanes.freeHost(row.host)
      const left = (perItem.get(row.outgoingId) ?? 1) - 1
      if (left > 0) perItem.set(row.outgoingId, left)
      else perItem.delete(row.outgoingId)
      touched.set(row.outgoingId, (touched.get(row.outgoingId) ?? false) || change !== null)
    }
    for (const [id, moved] of touched) {
      if (moved) parts.progressed(id)
      // What has a retry far ahead must not be kept in memory until then.
      if (perItem.has(id)) continue
      sender.forgetBody(id)
      synchronized.delete(id)
    }
    try {
      const reports = parts.reports()
      for (const inbox of inboxesWith(list, 'gone')) reports?.inboxGone(inbox)
      for (const inbox of inboxesWith(list, 'doubtful')) reports?.inboxDoubtful?.(inbox)
    } catch (error) {
      log.error({ error: (error as Error).message }, 'an inbox could not be reported')
    }
  }

  return {
    nudge,
    isFlying: (outgoingId) => perItem.has(outgoingId),
    results,
    retryNow(inboxes) {
      for (const { inbox, host } of inboxes) {
        hosts.forgive(host)
        if (loaded) lanes.wake(inbox, host, now())
        lanes.freeHost(host)
      }
      nudge()
    },
    released() {
      preparation.released()
      lanes.releaseHolds()
      nudge()
    },
    pause() {
      paused = true
      timers.clear(timer)
      if (wasBusy) parts.busy((wasBusy = false))
    },
    async finish() {
      timers.clear(writeTimer)
      writeTimer = null
      write()
      while (writing) await writing
    },
  }
}

const inboxesWith = (list: readonly { flight: Flight; report: string | null }[], report: 'gone' | 'doubtful') =>
  new Set(list.filter((verdict) => verdict.report === report).map(({ flight }) => flight.row.inbox))
