import { Worker } from 'node:worker_threads'
import type { Log } from '../domain/ports.ts'
import type { Outcome } from './policy.ts'
import type { Scheme } from './hosts.ts'

/**
 * The sending threads seen from the main one: signing and TLS never delay the owner's window (design 17). None while there is nothing to
 * send, one on most days; a post to thousands of servers gets a second one, because making requests keeps a thread as busy as signing
 * keeps two (measured on four cores: 0.26 to 0.34 of the machine's signing rate with one thread, 0.40 with two). Bodies go over once per
 * activity, jobs refer to them; results come back in batches.
 */

export interface SenderKey {
  keyId: string
  /** PKCS#8 PEM. Handed over in memory only. */
  privatePem: string
  /** The key before the last rotation: it signs the `Update` that tells of the new one. Null: none. */
  previousPem?: string | null
  /** `keyId` of the instance actor, which has the owner's key. */
  instanceKeyId?: string
}
/** What other servers know us by, which may be chosen while threads run. */
export interface SenderIdentity {
  /** Our own authorities: nothing is delivered there. */
  ownHosts: readonly string[]
  userAgent: string
}
export interface Job {
  id: number
  outgoingId: number
  inbox: string
  host: string
  /** What this host took last; null: not known, `preferred` first and the other one if it refuses. */
  scheme: Scheme | null
  /** Value of `Collection-Synchronization` for this inbox, sent and signed with the rest (FEP-8fcf). */
  synchronization?: string
}
export type Signer = 'owner' | 'previous' | 'instance'
export interface Result extends Outcome {
  id: number
  scheme: Scheme
  /** How far the peer's clock is ahead of ours by its `Date`, in milliseconds; null: it did not say. */
  skew: number | null
}

/** Messages to the worker. */
export type ToSender =
  | { type: 'key'; key: SenderKey }
  | { type: 'identity'; identity: SenderIdentity }
  | { type: 'body'; outgoingId: number; body: string; signer: Signer }
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
  setIdentity(identity: SenderIdentity): void
  addBody(outgoingId: number, letter: { body: string; signer: Signer }): void
  hasBody(outgoingId: number): boolean
  forgetBody(outgoingId: number): void
  /** So many jobs are about to come (0: some): threads take a moment to start. */
  expect(jobs: number): void
  /** Each job comes back as one result, whatever happens to its thread. Its body must be here. */
  send(jobs: readonly Job[]): void
  networkChanged(): void
  /** Lets what is under way come to its end for a second, then cuts it off; the results still come. Resolves within two seconds. */
  stop(): Promise<void>
}

/** A thread that ended within this time is started again with growing patience. */
const STEADY_MS = 60_000
const LONGEST_PAUSE_MS = 60_000
const STOP_LIMIT_MS = 1_500
/** So many jobs are worth the third of a second and the 20 MB of a second thread, if the first one is full of them. */
const MANY = 500
const FULL = 200
/** What a delivery leaves behind is dead at once: with the small nursery of the whole process, a tenth of the time went into collecting it. */
const YOUNG_MB = 24
/** A thread that nobody needs for so long ends: an idle instance should be small. */
const IDLE_MS = 60_000

type Parts = SenderOptions & { path: URL; results: (results: Result[]) => void; log: Log }

interface Letter {
  body: string
  signer: Signer
}
/** What every thread has to know before it sends. */
interface Own {
  key: SenderKey | null
  identity: SenderIdentity | null
}

/** One thread, started again when it dies. */
class Thread {
  readonly pending = new Map<number, Job>()
  readonly #parts: Parts
  readonly #own: Own
  readonly #bodies = new Set<number>()
  #worker: Worker | null = null
  #stopping = false
  #crashes = 0
  #restart: NodeJS.Timeout | undefined

  constructor(parts: Parts, own: Own) {
    this.#parts = parts
    this.#own = own
    this.#start()
  }

  #start(): void {
    const { path, results, log, ...workerData } = this.#parts
    const startedAt = performance.now()
    const worker = new Worker(path, { workerData, name: 'burrow-sender', resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    this.#worker = worker
    worker.on('message', (message: FromSender) => {
      for (const result of message.results) this.pending.delete(result.id)
      results(message.results)
    })
    worker.on('error', (error) => log.error({ error: error.message }, 'the sending thread failed'))
    worker.on('exit', () => {
      this.#worker = null
      this.#bodies.clear()
      if (!this.#stopping) {
        this.#crashes = performance.now() - startedAt < STEADY_MS ? this.#crashes + 1 : 1
        this.#restart = setTimeout(() => this.#start(), Math.min(500 * 2 ** (this.#crashes - 1), LONGEST_PAUSE_MS))
      }
      this.#lose()
    })
    this.tellIdentity()
    this.tellKey()
  }

  /** What a dead thread held is unsent as far as we know: the peer drops a repeat by its id. */
  #lose(): void {
    const lost = [...this.pending.values()].map((job): Result => {
      return { id: job.id, status: null, code: null, ours: true, retryAfter: null, scheme: job.scheme ?? this.#parts.preferred, skew: null }
    })
    this.pending.clear()
    if (lost.length > 0) this.#parts.results(lost)
  }

  post(message: ToSender): void {
    this.#worker?.postMessage(message)
  }

  tellKey(): void {
    const { key } = this.#own
    if (key) this.post({ type: 'key', key })
  }

  tellIdentity(): void {
    const { identity } = this.#own
    if (identity) this.post({ type: 'identity', identity })
  }

  send(jobs: Job[], letterOf: (outgoingId: number) => Letter): void {
    for (const job of jobs) {
      this.pending.set(job.id, job)
      if (!this.#worker || this.#bodies.has(job.outgoingId)) continue
      this.#bodies.add(job.outgoingId)
      this.post({ type: 'body', outgoingId: job.outgoingId, ...letterOf(job.outgoingId) })
    }
    if (this.#worker) this.post({ type: 'jobs', jobs })
    else queueMicrotask(() => this.#lose())
  }

  forget(outgoingId: number): void {
    if (this.#bodies.delete(outgoingId)) this.post({ type: 'forget', outgoingId })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (!worker) return
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.post({ type: 'stop' })
    const late = setTimeout(() => void worker.terminate(), STOP_LIMIT_MS)
    await ended
    clearTimeout(late)
  }
}

export function startSender(parts: Parts): Sender {
  const own: Own = { key: null, identity: null }
  const letters = new Map<number, Letter>()
  let first: Thread | null = null
  let second: Thread | null = null
  let idle: NodeJS.Timeout | undefined
  let sinceIdle = 0
  const threads = (): Thread[] => [first, second].filter((thread) => thread !== null)
  const letterOf = (outgoingId: number): Letter => letters.get(outgoingId) as Letter

  const letGo = (): void => {
    if (threads().some((thread) => thread.pending.size > 0)) return void awake()
    for (const thread of threads()) void thread.stop()
    first = second = null
    sinceIdle = 0
  }
  const awake = (): Thread => {
    clearTimeout(idle)
    idle = setTimeout(letGo, IDLE_MS).unref()
    return (first ??= new Thread(parts, own))
  }
  const getHelp = (): void => {
    second ??= new Thread(parts, own)
  }

  return {
    setKey(next) {
      own.key = next
      for (const thread of threads()) thread.tellKey()
    },
    setIdentity(next) {
      own.identity = next
      for (const thread of threads()) thread.tellIdentity()
    },
    addBody: (outgoingId, { body, signer }) => void letters.set(outgoingId, { body, signer }),
    hasBody: (outgoingId) => letters.has(outgoingId),
    forgetBody(outgoingId) {
      if (letters.delete(outgoingId)) for (const thread of threads()) thread.forget(outgoingId)
    },
    expect(jobs) {
      awake()
      if (jobs >= MANY) getHelp()
    },
    send(jobs) {
      const one = awake()
      sinceIdle += jobs.length
      if (sinceIdle >= MANY && one.pending.size + jobs.length >= FULL) getHelp()
      if (!second) return one.send([...jobs], letterOf)
      // Whoever has less to do, job by job.
      const shares: [Job[], Job[]] = [[], []]
      for (const job of jobs) {
        const less = one.pending.size + shares[0].length <= second.pending.size + shares[1].length ? 0 : 1
        shares[less].push(job)
      }
      if (shares[0].length > 0) one.send(shares[0], letterOf)
      if (shares[1].length > 0) second.send(shares[1], letterOf)
    },
    networkChanged() {
      for (const thread of threads()) thread.post({ type: 'network-changed' })
    },
    async stop() {
      clearTimeout(idle)
      await Promise.all(threads().map((thread) => thread.stop()))
      first = second = null
    },
  }
}
