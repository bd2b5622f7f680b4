import { Worker } from 'node:worker_threads'
import type { Log } from '../domain/ports.ts'
import type { Outcome } from './policy.ts'
import type { Scheme } from './hosts.ts'

/**
 * The sending thread seen from the main one: signing and TLS never delay the owner's window (design 17). Bodies go over once per
 * activity, jobs refer to them; results come back in batches.
 */

export interface SenderKey {
  keyId: string
  /** PKCS#8 PEM. Handed over in memory only. */
  privatePem: string
}
export interface Job {
  id: number
  outgoingId: number
  inbox: string
  host: string
  /** What this host took last; null: not known, `preferred` first and the other one if it refuses. */
  scheme: Scheme | null
}
export interface Result extends Outcome {
  id: number
  scheme: Scheme
  /** How far the peer's clock is ahead of ours by its `Date`, in milliseconds; null: it did not say. */
  skew: number | null
}

/** Messages to the worker. */
export type ToSender =
  | { type: 'key'; key: SenderKey }
  | { type: 'body'; outgoingId: number; body: string }
  | { type: 'forget'; outgoingId: number }
  | { type: 'jobs'; jobs: Job[] }
  | { type: 'network-changed' }
  | { type: 'stop' }
/** Messages from it. */
export type FromSender = { type: 'results'; results: Result[] }

/** What the worker is started with; must survive structured cloning. */
export interface SenderOptions {
  net: Record<string, unknown>
  preferred: Scheme
  /** Sends with `preferred` alone, never knocking twice. */
  onlyPreferred: boolean
  concurrency: number
}

export interface Sender {
  setKey(key: SenderKey): void
  addBody(outgoingId: number, body: string): void
  hasBody(outgoingId: number): boolean
  forgetBody(outgoingId: number): void
  /** Each job comes back as one result, whatever happens to the thread. */
  send(jobs: readonly Job[]): void
  networkChanged(): void
  /** Lets what is under way come to its end for a second, then cuts it off; the results still come. Resolves within two seconds. */
  stop(): Promise<void>
}

/** A thread that ended within this time is started again with growing patience. */
const STEADY_MS = 60_000
const LONGEST_PAUSE_MS = 60_000
const STOP_LIMIT_MS = 1_700

export function startSender(options: SenderOptions & { path: URL; results: (results: Result[]) => void; log: Log }): Sender {
  const { path, results, log, ...workerData } = options
  let key: SenderKey | null = null
  let stopping = false
  let crashes = 0
  let restart: NodeJS.Timeout | undefined
  const bodies = new Set<number>()
  const pending = new Map<number, Job>()
  let worker: Worker | null = null
  start()

  function start(): void {
    const startedAt = performance.now()
    const started = new Worker(path, { workerData, name: 'burrow-sender' })
    worker = started
    started.on('message', (message: FromSender) => {
      for (const result of message.results) pending.delete(result.id)
      results(message.results)
    })
    started.on('error', (error) => log.error({ error: error.message }, 'the sending thread failed'))
    started.on('exit', () => {
      worker = null
      bodies.clear()
      if (!stopping) {
        crashes = performance.now() - startedAt < STEADY_MS ? crashes + 1 : 1
        restart = setTimeout(start, Math.min(500 * 2 ** (crashes - 1), LONGEST_PAUSE_MS))
      }
      // What it held is unsent as far as we know: the peer drops a repeat by its id.
      lose([...pending.values()])
    })
    if (key) post({ type: 'key', key })
  }
  function post(message: ToSender): void {
    worker?.postMessage(message)
  }
  function lose(jobs: readonly Job[]): void {
    for (const job of jobs) pending.delete(job.id)
    const lost = (job: Job): Result => ({
      id: job.id,
      status: null,
      code: null,
      ours: true,
      retryAfter: null,
      scheme: job.scheme ?? options.preferred,
      skew: null,
    })
    if (jobs.length > 0) results(jobs.map(lost))
  }

  return {
    setKey(next) {
      key = next
      post({ type: 'key', key: next })
    },
    addBody(outgoingId, body) {
      if (!worker || bodies.has(outgoingId)) return
      bodies.add(outgoingId)
      post({ type: 'body', outgoingId, body })
    },
    hasBody: (outgoingId) => bodies.has(outgoingId),
    forgetBody(outgoingId) {
      if (bodies.delete(outgoingId)) post({ type: 'forget', outgoingId })
    },
    send(jobs) {
      if (!worker) return queueMicrotask(() => lose(jobs))
      for (const job of jobs) pending.set(job.id, job)
      post({ type: 'jobs', jobs: [...jobs] })
    },
    networkChanged: () => post({ type: 'network-changed' }),
    async stop() {
      stopping = true
      clearTimeout(restart)
      const ending = worker
      if (!ending) return
      const ended = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
      post({ type: 'stop' })
      const late = setTimeout(() => void ending.terminate(), STOP_LIMIT_MS)
      await ended
      clearTimeout(late)
    },
  }
}
