import { AppError } from '../domain/errors.ts'
import { followById } from '../domain/follows.ts'
import { followedAccounts, ownThreads } from '../domain/lookups.ts'
import { settings } from '../domain/owner.ts'
import { knownInboxes, postById } from '../domain/posts.ts'
import { nextId } from '../store/ids.ts'
import { NetError } from '../net/index.ts'
import * as rows from './catch-up-rows.ts'
import { hostOf } from './mapping/read.ts'
import { gapsOf, patienceOf } from './patience.ts'
import type { Domain } from '../domain/domain.ts'
import type { Absence, AbsenceGap, CatchUp, Connectivity, Log, Outbox, Servers, Supply } from '../domain/ports.ts'
import type { Timers } from './backlog.ts'
import type { Conversations } from './conversations.ts'
import type { Kind } from './patience.ts'
import type { Politeness } from './politeness.ts'
import type { Profiles } from './profiles.ts'

/**
 * Reading up after an absence (federation.md 3.4): what people followed have posted since, their pins, the conversations the owner has a
 * part in, and Follows that nobody answered. Every single thing to read is a row: a program that is killed goes on where it was, one that
 * is offline waits. Two requests at once for one server, eight in all; who does not answer is asked three times.
 */
export interface CatchingUp extends CatchUp {
  /** We were away and are reachable again. */
  begin(absence: { from: number; to: number }): void
  /** Takes up what an earlier run left. */
  start(): void
  settled(): Promise<void>
  end(): void
}

const TASKS_AT_ONCE = 8
const PER_HOST = 2
const AGAIN_MS = [60_000, 5 * 60_000]
/** A server that is being left alone for longer than this is not waited for. */
const PATIENT_MS = 10 * 60_000
/** What was on its way when we went is looked for too; the self-check may notice an outage only after some minutes. */
const MARGIN_MS = 10 * 60_000
/** Conversations of the owner's: begun or joined within this, so many. */
const THREADS = { within: 14 * 24 * 3600_000, most: 60 }
/** Below this an absence costs only what impatient servers sent. */
const SHORT_MS = 10 * 60_000
/** By hand without an absence on record: the last day. */
const BY_HAND_MS = 24 * 3600_000
const KEPT = 30
const TELL_MS = 500

interface Report {
  servers: number
  accounts: number
  threads: number
  silent: string[]
  gaps: AbsenceGap[]
  lost: boolean
}

type TaskRow = ReturnType<typeof rows.dueTasks.all>[number]
type CatchupRow = NonNullable<ReturnType<typeof rows.catchupById.get>>

export function openCatchUp(parts: {
  domain: Domain
  profiles: Profiles
  conversations: Conversations
  politeness: Politeness
  servers: Servers
  outbox: Outbox
  connectivity: Pick<Connectivity, 'online' | 'onChange'>
  lost: () => boolean
  /** Null: nothing stands against reading at once. */
  supply: Supply | null
  timers: Timers
  log: Log
}): CatchingUp {
  const { domain: d, profiles, conversations, politeness, servers, outbox, connectivity, lost, supply, timers, log } = parts
  const listeners = new Set<(absence: Absence) => void>()
  const running = new Map<number, Promise<void>>()
  const busy = new Map<string, number>()
  let timer: unknown = null
  let toldAt = 0
  let started = false
  let stopped = false
  let unlisten: (() => void) | null = null
  let unsupply: (() => void) | null = null
  /** The one that the owner asked for by hand: it waits for nothing. */
  let byHand = 0

  /** What keeps a running one from going on. */
  const heldBy = (id: number) => {
    const thrift = supply?.thrift()
    return thrift?.mode === 'wait' && id !== byHand ? thrift.why : null
  }

  // Reports --------------------------------------------------------------------------------------------------------------------------------

  function toAbsence(row: CatchupRow): Absence {
    const { lost: _lost, ...report } = row.state === 'running' ? reportOf(row) : (JSON.parse(row.report) as Report)
    return {
      id: row.id,
      awaySince: row.away_since,
      backAt: row.back_at,
      state: row.state,
      finishedAt: row.finished_at,
      posts: row.posts,
      heldBy: row.state === 'running' ? heldBy(row.id) : null,
      ...report,
      remaining: row.state === 'running' ? (rows.nextDue.get(d.store, { catchup_id: row.id })?.count ?? 0) : 0,
    }
  }

  function reportOf(row: CatchupRow): Report {
    const counts = rows.hostsOf.all(d.store, { catchup_id: row.id })
    const asked = (kind: rows.TaskKind) => counts.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.count, 0)
    const silent = [...new Set(counts.filter((one) => one.state === 'failed').map((one) => one.host))].sort()
    const before = JSON.parse(row.report) as Partial<Report>
    const wasLost = before.lost ?? false
    return {
      servers: new Set(counts.map((one) => one.host)).size,
      accounts: asked('outbox'),
      threads: asked('thread'),
      silent: silent.slice(0, 200),
      gaps: gapsOf(kinds(silent), { from: row.away_since, to: row.back_at, lost: wasLost }),
      lost: wasLost,
    }
  }

  /** Servers of people known, by what they run. */
  function kinds(silent: readonly string[]): Kind[] {
    const followed = new Set(followedAccounts(d, 'accepted').map(({ uri }) => hostOf(uri ?? '')))
    const found = new Map<string, Kind>()
    for (const host of new Set(knownInboxes(d).map(({ inbox }) => hostOf(inbox)))) {
      const software = servers.softwareOf(host) ?? 'unknown'
      const kind = found.get(software) ?? { software, servers: 0, followed: false, silent: false }
      kind.servers++
      kind.followed ||= followed.has(host)
      kind.silent ||= silent.includes(host)
      found.set(software, kind)
    }
    return [...found.values()]
  }

  function tell(id: number, now = false): void {
    if (listeners.size === 0 || (!now && d.now() - toldAt < TELL_MS)) return
    const row = rows.catchupById.get(d.store, { id })
    if (!row) return
    toldAt = d.now()
    const absence = toAbsence(row)
    for (const listen of listeners) listen(absence)
  }

  // What there is to do --------------------------------------------------------------------------------------------------------------------

  function open(absence: { from: number; to: number }, wanted: boolean, hand = false): void {
    const old = rows.runningCatchup.get(d.store)
    // Away again before it was done: one that reads all of it.
    const from = old ? Math.min(old.away_since, absence.from) : absence.from
    const id = nextId(d.now())
    if (hand) byHand = id
    d.store.transaction(() => {
      if (old) finish(old, 'stopped')
      rows.insertCatchup.run(d.store, {
        id,
        away_since: from,
        back_at: absence.to,
        state: 'running',
        report: JSON.stringify({ lost: lost() }),
      })
      if (wanted) addTasks(id, absence.to - from)
      else finish(rows.catchupById.get(d.store, { id }) as CatchupRow, 'stopped')
      rows.forgetCatchups.run(d.store, { kept: KEPT })
    })
    tell(id, true)
    next()
  }

  function addTasks(id: number, length: number): void {
    const add = (kind: rows.TaskKind, subject: number, host: string) =>
      rows.insertTask.run(d.store, { catchup_id: id, kind, subject, host })
    // After a few minutes only those have to be read whose servers will not come back to it themselves.
    const impatient = (host: string) => length >= SHORT_MS || lost() || patienceOf(servers.softwareOf(host) ?? 'unknown').window < length
    for (const one of followedAccounts(d, 'pending')) if (one.since < d.now() - Math.min(length, SHORT_MS)) add('follow', one.followId, '')
    const followed = followedAccounts(d, 'accepted').filter(({ uri }) => impatient(hostOf(uri ?? '')))
    for (const one of followed) if (one.outbox) add('outbox', one.accountId, hostOf(one.uri ?? ''))
    for (const root of ownThreads(d, d.now() - THREADS.within - length, THREADS.most)) {
      const post = postById(d, root)
      const host = post?.uri && !post.own ? hostOf(post.uri) : ''
      if (host === '' ? length >= SHORT_MS : impatient(host)) add('thread', root, host)
    }
    for (const one of followed) if (one.featuredUri) add('pins', one.accountId, hostOf(one.uri ?? ''))
  }

  function finish(row: CatchupRow, state: 'done' | 'stopped'): void {
    rows.endCatchup.run(d.store, { id: row.id, state, at: d.now(), report: JSON.stringify(reportOf(row)) })
    rows.dropTasks.run(d.store, { catchup_id: row.id })
    d.events.append('caught-up', { catchupId: row.id })
  }

  // Doing it -------------------------------------------------------------------------------------------------------------------------------

  /** Starts what may start; comes again when something has ended or the next is due. */
  function next(): void {
    timers.clear(timer)
    timer = null
    if (!started || stopped || !connectivity.online) return
    const current = rows.runningCatchup.get(d.store)
    if (!current || heldBy(current.id) !== null) return
    for (const task of rows.dueTasks.all(d.store, { catchup_id: current.id, now: d.now(), limit: 200 })) {
      if (running.size >= TASKS_AT_ONCE) return
      if (running.has(task.id) || (busy.get(task.host) ?? 0) >= PER_HOST) continue
      busy.set(task.host, (busy.get(task.host) ?? 0) + 1)
      running.set(
        task.id,
        work(current, task).finally(() => leave(task)),
      )
    }
    if (running.size > 0) return
    const { at, count } = rows.nextDue.get(d.store, { catchup_id: current.id }) ?? { at: null, count: 0 }
    if (count > 0) {
      timer = timers.set(next, Math.max(1_000, Number(at) - d.now()))
      return
    }
    d.store.transaction(() => finish(current, 'done'))
    log.info({ catchup: current.id, posts: rows.catchupById.get(d.store, { id: current.id })?.posts }, 'read up what was missed')
    tell(current.id, true)
  }

  function leave(task: TaskRow): void {
    running.delete(task.id)
    const left = (busy.get(task.host) ?? 1) - 1
    if (left > 0) busy.set(task.host, left)
    else busy.delete(task.host)
    if (!stopped) next()
  }

  async function work(current: CatchupRow, task: TaskRow): Promise<void> {
    try {
      const found = await perform(current, task)
      if (stopped) return
      d.store.transaction(() => {
        rows.settleTask.run(d.store, { id: task.id, state: 'done', found, error: null })
        if (found > 0) rows.addPosts.run(d.store, { id: current.id, by: found })
      })
    } catch (error) {
      if (!stopped) failed(task, error)
    }
    if (!stopped) tell(current.id)
  }

  function failed(task: TaskRow, error: unknown): void {
    const cause = error instanceof AppError && error.cause instanceof NetError ? error.cause : error
    // Our own network is away: nobody's fault, and "online" will be over in a moment.
    if (cause instanceof NetError && cause.ours)
      return void rows.putOffTask.run(d.store, { id: task.id, at: d.now() + 30_000, error: 'ours', tries: 0 })
    const code = cause instanceof NetError ? cause.code : cause instanceof AppError ? cause.code : 'internal'
    const step = AGAIN_MS[task.attempts]
    const free = politeness.nextAt(task.host)
    if (step === undefined || free > d.now() + PATIENT_MS || code === 'internal') {
      if (code === 'internal') log.warn({ task: task.kind, error: (error as Error).message }, 'something missed could not be read')
      rows.settleTask.run(d.store, { id: task.id, state: 'failed', found: 0, error: code })
    } else rows.putOffTask.run(d.store, { id: task.id, at: Math.max(free, d.now() + step), error: code, tries: 1 })
  }

  async function perform(current: CatchupRow, task: TaskRow): Promise<number> {
    switch (task.kind) {
      case 'outbox':
        return profiles.since(task.subject, current.away_since - MARGIN_MS)
      case 'pins':
        return profiles.pins(task.subject)
      case 'thread':
        return postById(d, task.subject) ? conversations.walkThrough(task.subject) : 0
      case 'follow':
        askAgain(task.subject)
        return 0
    }
  }

  /** The same Follow with the same id: who has said yes says it again, who never got it does now. */
  function askAgain(followId: number): void {
    const follow = followById(d, followId)
    if (follow?.state !== 'pending') return
    d.store.transaction(() => {
      outbox.takeBack(`follow:${followId}`, ['follow'])
      outbox.enqueue({ kind: 'follow', objectKey: `follow:${followId}`, subject: { followId }, postId: null, accountId: follow.targetId })
    })
  }

  return {
    begin: (absence) => open(absence, settings(d).catchUp && supply?.thrift().mode !== 'ask'),
    run() {
      const held = rows.runningCatchup.get(d.store)
      if (held) {
        byHand = held.id
        tell(held.id, true)
        return next()
      }
      const last = rows.newestCatchups.get(d.store, { limit: 1 })
      const from = last && last.state === 'stopped' ? last.away_since : d.now() - BY_HAND_MS
      open({ from, to: last && last.state === 'stopped' ? last.back_at : d.now() }, true, true)
    },
    stop() {
      const row = rows.runningCatchup.get(d.store)
      if (!row) return
      d.store.transaction(() => finish(row, 'stopped'))
      tell(row.id, true)
    },
    reports: () => rows.newestCatchups.all(d.store, { limit: KEPT }).map(toAbsence),
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    start() {
      started = true
      unlisten = connectivity.onChange(next)
      unsupply =
        supply?.onChange(() => {
          const current = rows.runningCatchup.get(d.store)
          if (current) tell(current.id, true)
          next()
        }) ?? null
      next()
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    end() {
      stopped = true
      unlisten?.()
      unsupply?.()
      timers.clear(timer)
    },
  }
}
