import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { StoreError, toStoreError } from './errors.ts'
import type { Query, SqlValue } from './query.ts'
import type { ReaderAnswer, ReaderRequest, ReaderStart } from './reader-worker.ts'

/** A log of the store: pino's shape, only what is used. */
export interface StoreLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** How much of the log stands in the main file, in pages of 4 KiB. */
export interface Checkpoint {
  log: number
  checkpointed: number
}

type Given<Args> = keyof Args extends never ? [args?: undefined, options?: ReadOptions] : [args: Args, options?: ReadOptions]

export interface ReadOptions {
  /** Takes a read that waits out of the queue; one that already runs goes to its end and its rows are dropped. Rejects with the reason. */
  signal?: AbortSignal
}

/**
 * Long reads (search, exports, statistics) in a thread of their own, on a connection that cannot write, so the main thread goes on
 * answering. One after the other, in order. Each read sees what was committed when it began. Started at its first use.
 */
export interface Reader {
  /** Every row of a query. Rejects with `StoreError` `worker` if the thread cannot run, `closed` after `close`. */
  all<Args, Row>(query: Query<Args, Row>, ...given: Given<Args>): Promise<Row[]>
  /** The first row. */
  get<Args, Row>(query: Query<Args, Row>, ...given: Given<Args>): Promise<Row | undefined>
  /** Moves the log into the main file as far as nobody is in the way. The store asks for it by itself. */
  checkpoint(): Promise<Checkpoint>
  /** The full check of the database (minutes for gigabytes): what is wrong, at most 20 lines; empty when all is well. */
  check(): Promise<string[]>
}

type Send<Request extends ReaderRequest = ReaderRequest> = Request extends { id: number } ? Omit<Request, 'id'> : never

interface Waiting {
  request: Send
  resolve: (rows: unknown[]) => void
  reject: (error: unknown) => void
}

/** The file of the worker: beside the sources, or `reader.js` of the build, which stands beside or above the chunk that asks. */
export function findReaderWorker(here: string): URL {
  if (here.endsWith('.ts')) {
    // Not a literal inside `new URL`: Vite would take it for an asset and move it.
    const source = './reader-worker.ts'
    return new URL(source, here)
  }
  for (const place of ['./reader.js', '../reader.js']) {
    const url = new URL(place, here)
    if (existsSync(fileURLToPath(url))) return url
  }
  throw new StoreError('worker', `The program is incomplete: reader.js is not beside ${fileURLToPath(here)}.`)
}

/** How long `close` waits for a running read, in milliseconds. */
const CLOSE_WAIT = 2000

export class ReaderThread implements Reader {
  readonly #path: string
  readonly #workerUrl: URL | undefined
  readonly #log: StoreLog | undefined
  readonly #queue: Waiting[] = []
  #running: Waiting | undefined
  #worker: Worker | undefined
  #closedFlag = new SharedArrayBuffer(4)
  #sequence = 0
  #closed = false

  constructor(options: { path: string; workerUrl?: URL | undefined; log?: StoreLog | undefined }) {
    this.#path = options.path
    this.#workerUrl = options.workerUrl
    this.#log = options.log
  }

  async all<Args, Row>(query: Query<Args, Row>, ...[args, options]: Given<Args>): Promise<Row[]> {
    const bound = (query.bind as (args?: unknown) => { sql: string; values: SqlValue[] }).call(query, args)
    return (await this.#ask({ kind: 'all', ...bound }, options?.signal)) as Row[]
  }

  async get<Args, Row>(query: Query<Args, Row>, ...given: Given<Args>): Promise<Row | undefined> {
    return (await this.all(query, ...given))[0]
  }

  async checkpoint(): Promise<Checkpoint> {
    const [row] = (await this.#ask({ kind: 'checkpoint' })) as Checkpoint[]
    return { log: row?.log ?? 0, checkpointed: row?.checkpointed ?? 0 }
  }

  async check(): Promise<string[]> {
    try {
      const rows = (await this.#ask({ kind: 'check' })) as { integrity_check: string }[]
      return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok')
    } catch (error) {
      // Some damage ends the check itself.
      if (error instanceof StoreError && error.code === 'damaged') return [error.message]
      throw error
    }
  }

  #ask(request: Send, signal?: AbortSignal): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new StoreError('closed', 'The data folder is closed.'))
      if (signal?.aborted) return reject(signal.reason as Error)
      const waiting: Waiting = { request, resolve, reject }
      if (signal) {
        const abort = () => {
          const index = this.#queue.indexOf(waiting)
          if (index >= 0) this.#queue.splice(index, 1)
          reject(signal.reason as Error)
        }
        signal.addEventListener('abort', abort, { once: true })
        waiting.resolve = (rows) => (signal.removeEventListener('abort', abort), resolve(rows))
        waiting.reject = (error) => (signal.removeEventListener('abort', abort), reject(error))
      }
      this.#queue.push(waiting)
      this.#next()
    })
  }

  #next(): void {
    if (this.#running) return
    const waiting = this.#queue.shift()
    if (!waiting) {
      this.#worker?.unref()
      return
    }
    this.#running = waiting
    try {
      const worker = (this.#worker ??= this.#start())
      worker.ref()
      const request = { ...waiting.request, id: (this.#sequence += 1) } as ReaderRequest
      worker.postMessage(request)
    } catch (error) {
      this.#fail(error)
    }
  }

  #start(): Worker {
    const url = this.#workerUrl ?? findReaderWorker(import.meta.url)
    this.#closedFlag = new SharedArrayBuffer(4)
    const start: ReaderStart = { path: this.#path, closed: this.#closedFlag }
    const worker = new Worker(url, { workerData: start, name: 'reader', resourceLimits: { maxYoungGenerationSizeMb: 8 } })
    worker.on('message', (answer: ReaderAnswer) => this.#answered(answer))
    worker.on('error', (error) => this.#died(worker, error))
    worker.on('exit', (code) => this.#died(worker, new Error(`it ended with code ${code}`)))
    return worker
  }

  #answered(answer: ReaderAnswer): void {
    const waiting = this.#running
    this.#running = undefined
    if ('rows' in answer) waiting?.resolve(answer.rows)
    else waiting?.reject(toStoreError(Object.assign(new Error(answer.error.message), { code: answer.error.code })))
    this.#next()
  }

  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    if (this.#closed) return
    this.#fail(cause)
  }

  /** Only the read that met the failure is lost; the next one starts the thread anew. */
  #fail(cause: unknown): void {
    this.#log?.error({ err: cause }, 'the reader thread does not run')
    const waiting = this.#running
    this.#running = undefined
    waiting?.reject(cause instanceof StoreError ? cause : new StoreError('worker', 'The reader thread does not run.', { cause }))
    setImmediate(() => this.#next())
  }

  /** Closes the thread's connection and waits for that (a running read: up to two seconds), so that the main one is the last to close. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const error = new StoreError('closed', 'The data folder is closed.')
    const waiting = [...(this.#running ? [this.#running] : []), ...this.#queue.splice(0)]
    this.#running = undefined
    const worker = this.#worker
    if (worker) {
      this.#worker = undefined
      worker.postMessage({ kind: 'close' } satisfies ReaderRequest)
      Atomics.wait(new Int32Array(this.#closedFlag), 0, 0, CLOSE_WAIT)
      void worker.terminate()
    }
    for (const one of waiting) one.reject(error)
  }
}
