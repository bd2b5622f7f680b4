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
export type FromSender = { type: 'results'; results: Result[] } | { type: 'stopped' }

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
  send(jobs: Job[]): void
  networkChanged(): void
  stop(): Promise<void>
}

export function startSender(options: SenderOptions & { path: URL; results: (results: Result[]) => void; log: Log }): Sender {
  const { path, results, log, ...workerData } = options
  let key: SenderKey | null = null
  let stopping = false
  const bodies = new Set<number>()
  const pending = new Map<number, Job>()
  let worker = start()

  function start(): Worker {
    const started = new Worker(path, { workerData, name: 'burrow-sender' })
    started.on('message', (message: FromSender) => {
      if (message.type !== 'results') return
      for (const result of message.results) pending.delete(result.id)
      results(message.results)
    })
    started.on('error', (error) => log.error({ error: error.message }, 'the sending thread failed'))
    started.on('exit', () => {
      if (stopping) return
      // What it held is unsent as far as we know: the peer drops a repeat by its id.
      const lost = [...pending.values()]
      pending.clear()
      bodies.clear()
      worker = start()
      if (key) post({ type: 'key', key })
      results(lost.map((job) => ({ id: job.id, status: null, code: 'no-answer', ours: true, retryAfter: null, scheme: job.scheme ?? options.preferred })))
    })
    return started
  }
  function post(message: ToSender): void {
    worker.postMessage(message)
  }

  return {
    setKey(next) {
      key = next
      post({ type: 'key', key: next })
    },
    addBody(outgoingId, body) {
      if (bodies.has(outgoingId)) return
      bodies.add(outgoingId)
      post({ type: 'body', outgoingId, body })
    },
    hasBody: (outgoingId) => bodies.has(outgoingId),
    forgetBody(outgoingId) {
      if (bodies.delete(outgoingId)) post({ type: 'forget', outgoingId })
    },
    send(jobs) {
      for (const job of jobs) pending.set(job.id, job)
      post({ type: 'jobs', jobs })
    },
    networkChanged: () => post({ type: 'network-changed' }),
    async stop() {
      stopping = true
      const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
      post({ type: 'stop' })
      const late = setTimeout(() => void worker.terminate(), 2_000)
      await ended
      clearTimeout(late)
    },
  }
}
