import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { Blobs, Cache } from './blobs.ts'
import { StoreError, toStoreError } from './errors.ts'
import { PRIVATE_FOLDER } from './files.ts'
import { lockFolder, type FolderLock } from './lock.ts'
import { migrations as allMigrations } from './migrations/list.ts'
import type { Migration } from './migrations/migration.ts'
import type { Connection } from './query.ts'
import { ReaderThread, type Reader, type StoreLog } from './reader.ts'
import { createDatabaseFile, damagedError, freeBytes, inspectDatabase, latestVersion, newerError, refuseUnfit, upgrade } from './upgrade.ts'

export { StoreError, type StoreErrorCode } from './errors.ts'
export { Blobs, Cache, type BlobReading, type BlobSource, type ByteRange } from './blobs.ts'
export type { Reader, ReadOptions, StoreLog } from './reader.ts'
export type { Migration } from './migrations/migration.ts'

/** Timers of the store; tests replace them. */
export interface StoreTimers {
  set(work: () => void, ms: number): unknown
  clear(handle: unknown): void
}

export interface OpenOptions {
  /** The data folder; made (0700) if it is not there. */
  folder: string
  /** The clock, in milliseconds. */
  now: () => number
  log?: StoreLog
  /** For tests: other schemas than the program's. */
  migrations?: readonly Migration[]
  /** For tests of a full disk: `PRAGMA max_page_count`, pages of 4 KiB. */
  maxPages?: number
  /** The built `reader.js`, where it cannot be found beside this file. */
  readerPath?: URL
  /** Bytes that `cache/` may take; 1 GiB unless told. */
  cacheBytes?: number
  /** For tests of a short disk. */
  freeBytes?: (folder: string) => number
  timers?: StoreTimers
}

/** One open data folder. Synchronous, except where a promise says otherwise. */
export interface Store extends Connection {
  /** Absolute path. */
  readonly folder: string
  /** Whether a transaction is open right now. */
  readonly inTransaction: boolean
  /**
   * Runs `work` in a transaction and returns what it returns. Durable when it returns. Inside another one it is a savepoint: if it throws,
   * only its own changes go. A promise as result is an error and undoes everything: nothing may be awaited in a transaction.
   * @throws what `work` throws; `StoreError` `disk-full`, after which the same call works again once there is room
   */
  transaction<T>(work: () => T): T
  /** Runs `work` after the outermost commit, at once if no transaction is open, never after a rollback. Its errors are logged, not thrown. */
  afterCommit(work: () => void): void
  /**
   * Runs `work` soon, in one transaction with everything else that arrived while the last one was written. If one of them throws, all run
   * a second time, each in a savepoint of its own: a work may run twice, so whatever it does outside the database must be repeatable.
   * Resolves after COMMIT, when the result is on the disk (`synchronous=FULL`); rejects with what `work` threw, without harm to the others.
   */
  groupCommit<T>(work: () => T): Promise<T>
  readonly reader: Reader
  /** `media/`: own and kept files. */
  readonly blobs: Blobs
  /** `cache/`: copies that can be fetched again. */
  readonly cache: Cache
  /** Finishes waiting group commits, moves the log into the database, frees the folder. Safe to call twice. */
  close(): void
}

/** Pages in the log that are worth a checkpoint: 4 MiB. */
const CHECKPOINT_PAGES = 1000
/** Pages at which the main thread finishes what the worker left, because under constant writing the log would never start over: 64 MiB. */
const LOG_LIMIT_PAGES = 16_000
/** After this much quiet the rest is checkpointed, in milliseconds. */
const CHECKPOINT_IDLE = 5000
/** One group commit takes at most this many works or this many milliseconds, so that reads are answered in between. */
const GROUP_SIZE = 128
const GROUP_TIME = 25

const realTimers: StoreTimers = {
  set: (work, ms) => setTimeout(work, ms).unref(),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

interface Waiting {
  work: () => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

class OpenStore implements Store {
  readonly folder: string
  readonly database: Database.Database
  readonly blobs: Blobs
  readonly cache: Cache
  readonly #reader: ReaderThread
  readonly #lock: FolderLock | undefined
  readonly #log: StoreLog | undefined
  readonly #timers: StoreTimers
  readonly #logState: Database.Statement<[], { log: number; checkpointed: number }>
  /** Whether this store empties the log; beside a running instance that is the instance's work. */
  readonly #checkpoints: boolean
  #depth = 0
  #hooks: (() => void)[] = []
  #group: Waiting[] = []
  #groupScheduled = false
  /** A group is being written without savepoints; and one of its works has thrown. */
  #light = false
  #stumbled = false
  #idle: unknown
  #checkpointing = false
  #closed = false

  constructor(parts: {
    database: Database.Database
    lock?: FolderLock
    options: Omit<OpenOptions, 'migrations'>
    blobs: Blobs
    cache: Cache
  }) {
    const { database, options } = parts
    this.folder = options.folder
    this.database = database
    this.blobs = parts.blobs
    this.cache = parts.cache
    this.#lock = parts.lock
    this.#checkpoints = parts.lock !== undefined
    this.#log = options.log
    this.#timers = options.timers ?? realTimers
    this.#reader = new ReaderThread({
      path: join(options.folder, 'burrow.db'),
      workerUrl: options.readerPath,
      log: options.log,
    })
    // NOOP tells the length of the log and does nothing (SQLite 3.51).
    this.#logState = database.prepare('pragma wal_checkpoint(NOOP)')
  }

  get reader(): Reader {
    return this.#reader
  }

  get inTransaction(): boolean {
    return this.database.inTransaction
  }

  transaction<T>(work: () => T): T {
    this.#refuseClosed()
    if (this.#light && this.#depth > 0) return this.#joined(work)
    const outermost = this.#depth === 0
    const savepoint = `s${this.#depth}`
    const hooks = this.#hooks.length
    this.#exec(outermost ? 'begin immediate' : `savepoint ${savepoint}`)
    this.#depth += 1
    let result: T
    try {
      result = work()
      if (isThenable(result)) {
        result.then(undefined, () => undefined)
        throw new TypeError('A transaction is synchronous: its work may not return a promise')
      }
      this.#exec(outermost ? 'commit' : `release ${savepoint}`)
    } catch (error) {
      this.#hooks.length = hooks
      // SQLite itself rolls everything back on some errors (a full disk among them); then there is nothing left to undo here.
      if (this.database.inTransaction) this.database.exec(outermost ? 'rollback' : `rollback to ${savepoint}; release ${savepoint}`)
      throw toStoreError(error)
    } finally {
      this.#depth -= 1
    }
    if (outermost) this.#committed()
    return result
  }

  /** Part of a group without a savepoint of its own: whatever throws, even if somebody catches it, makes the whole group start over. */
  #joined<T>(work: () => T): T {
    try {
      const result = work()
      if (!isThenable(result)) return result
      result.then(undefined, () => undefined)
      throw new TypeError('A transaction is synchronous: its work may not return a promise')
    } catch (error) {
      this.#stumbled = true
      throw error
    }
  }

  afterCommit(work: () => void): void {
    if (this.#depth === 0) this.#runHook(work)
    else this.#hooks.push(work)
  }

  groupCommit<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(closedError())
      this.#group.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#scheduleGroup()
    })
  }

  /** A write outside a transaction of ours has been committed. Called by queries. */
  wrote(): void {
    if (this.#depth === 0 && this.#checkpoints) this.#considerCheckpoint()
  }

  #exec(text: string): void {
    try {
      this.database.exec(text)
    } catch (error) {
      throw toStoreError(error)
    }
  }

  #refuseClosed(): void {
    if (this.#closed) throw closedError()
  }

  #committed(): void {
    const hooks = this.#hooks
    this.#hooks = []
    for (const hook of hooks) this.#runHook(hook)
    if (this.#checkpoints && !this.#closed) this.#considerCheckpoint()
  }

  #runHook(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (this.#log) this.#log.error({ err: error }, 'work after a commit failed')
      else process.emitWarning(error instanceof Error ? error : String(error))
    }
  }

  #scheduleGroup(): void {
    if (this.#groupScheduled) return
    this.#groupScheduled = true
    // After the poll phase of this turn: all requests that came in while the last commit was being written are in by then.
    setImmediate(() => {
      this.#groupScheduled = false
      if (this.#closed) return
      this.#commitGroup(performance.now() + GROUP_TIME)
      if (this.#group.length > 0) this.#scheduleGroup()
    })
  }

  #commitGroup(until: number): void {
    const taken: Waiting[] = []
    const next = (): Waiting | undefined => {
      const more = taken.length < GROUP_SIZE && (taken.length === 0 || performance.now() < until)
      const waiting = more ? this.#group.shift() : undefined
      if (waiting) taken.push(waiting)
      return waiting
    }
    let settle: (() => void)[]
    try {
      settle = this.#commitLightly(next) ?? this.#commitCarefully(taken)
    } catch (error) {
      // BEGIN itself may have failed, with nothing taken yet: then whoever waits is told, not left waiting.
      if (taken.length === 0) taken.push(...this.#group.splice(0))
      for (const waiting of taken) waiting.reject(error)
      return
    }
    for (const each of settle) each()
  }

  /**
   * All works in one transaction without savepoints, because each of them makes FTS5 write out what it holds (35 to 50 µs a post).
   * Undefined, with nothing changed: one of them threw.
   */
  #commitLightly(next: () => Waiting | undefined): (() => void)[] | undefined {
    const settle: (() => void)[] = []
    this.#stumbled = false
    this.#light = true
    try {
      this.transaction(() => {
        for (let waiting = next(); waiting; waiting = next()) {
          const { work, resolve } = waiting
          const result = this.transaction(work)
          settle.push(() => resolve(result))
        }
        if (this.#stumbled) throw new Error('a work of the group failed')
      })
    } catch (error) {
      if (this.#stumbled) return undefined
      throw error
    } finally {
      this.#light = false
    }
    return settle
  }

  /** The same works again, each in a savepoint: only those that throw are undone and rejected. */
  #commitCarefully(taken: readonly Waiting[]): (() => void)[] {
    const settle: (() => void)[] = []
    this.transaction(() => {
      for (const { work, resolve, reject } of taken) {
        try {
          const result = this.transaction(work)
          settle.push(() => resolve(result))
        } catch (error) {
          // Without a transaction the works before this one are gone too: theirs is the same error.
          if (!this.database.inTransaction) throw error
          settle.push(() => reject(error))
        }
      }
    })
    return settle
  }

  /** Pages of the log that are not in the main file. */
  #logged(): number {
    try {
      const state = this.#logState.get()
      return state ? state.log - state.checkpointed : 0
    } catch (error) {
      // What asks has already committed: this may not look like its failure.
      this.#log?.warn({ err: error }, 'the length of the log is not known')
      return 0
    }
  }

  #considerCheckpoint(): void {
    const logged = this.#logged()
    if (logged >= CHECKPOINT_PAGES) this.#checkpoint()
    else if (logged > 0) this.#checkpointLater()
  }

  #checkpointLater(): void {
    this.#idle ??= this.#timers.set(() => this.#checkpoint(), CHECKPOINT_IDLE)
  }

  #checkpoint(): void {
    if (this.#idle !== undefined) this.#timers.clear(this.#idle)
    this.#idle = undefined
    if (this.#checkpointing || this.#closed) return
    this.#checkpointing = true
    this.#reader
      .checkpoint()
      .then(
        (done) => {
          if (!this.#closed && done.log >= LOG_LIMIT_PAGES) this.database.pragma('wal_checkpoint(PASSIVE)')
        },
        (error: unknown) => {
          if (!this.#closed) this.#log?.warn({ err: error }, 'the checkpoint failed')
        },
      )
      .catch((error: unknown) => this.#log?.warn({ err: error }, 'the checkpoint failed'))
      .finally(() => {
        this.#checkpointing = false
        if (!this.#closed && this.#logged() > 0) this.#checkpointLater()
      })
  }

  close(): void {
    if (this.#closed) return
    while (this.#group.length > 0) this.#commitGroup(Infinity)
    this.#closed = true
    if (this.#idle !== undefined) this.#timers.clear(this.#idle)
    this.#reader.close()
    try {
      if (this.#checkpoints) this.database.pragma('wal_checkpoint(TRUNCATE)')
    } catch (error) {
      this.#log?.warn({ err: error }, 'the last checkpoint failed; the next start makes up for it')
    }
    this.database.close()
    this.#lock?.release()
  }
}

const closedError = () => new StoreError('closed', 'The data folder is closed.')

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function connect(folder: string): Database.Database {
  const database = new Database(join(folder, 'burrow.db'), { fileMustExist: true, timeout: 5000 })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('temp_store = MEMORY')
  // The system's page cache does the rest. No mmap: it counts as our memory, and an error of the disk would be a signal instead of a code.
  database.pragma('cache_size = -16000')
  // After a burst the log file shrinks to this.
  database.pragma('journal_size_limit = 67108864')
  return database
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER })
    if (process.platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, PRIVATE_FOLDER)
  } catch (error) {
    throw new StoreError('unwritable', `The data folder ${folder} cannot be made or used. Check its path and permissions.`, {
      cause: error,
    })
  }
}

/**
 * Opens the data folder for the one instance that runs on it: locks it, refuses what it must not touch, upgrades it, clears what a crash
 * left half written.
 *
 * @throws StoreError `locked`, `newer`, `damaged`, `disk-short`, `unwritable`, `upgrade`: each with one sentence for the owner
 */
export function openStore(options: OpenOptions): Store {
  const folder = resolve(options.folder)
  const list = options.migrations ?? allMigrations
  latestVersion(list)
  makeFolder(folder)
  const lock = lockFolder(folder, options.now())
  let database: Database.Database | undefined
  try {
    const found = inspectDatabase(folder)
    refuseUnfit(folder, found, list, options.freeBytes ?? freeBytes)
    createDatabaseFile(folder)
    database = connect(folder)
    if (options.maxPages !== undefined) database.pragma(`max_page_count = ${Math.trunc(options.maxPages)}`)
    database.pragma('wal_autocheckpoint = 0')
    upgrade(database, {
      folder,
      now: options.now(),
      migrations: list,
      filled: found?.filled ?? false,
      log: options.log,
    })
    const blobs = new Blobs(join(folder, 'media'))
    blobs.clearUnfinished()
    const cache = new Cache(join(folder, 'cache'), { now: options.now, budget: options.cacheBytes })
    cache.clearUnfinished()
    return new OpenStore({ database, lock, options: { ...options, folder }, blobs, cache })
  } catch (error) {
    database?.close()
    lock.release()
    const known = toStoreError(error)
    if (known instanceof StoreError && known.code === 'damaged') throw damagedError(folder, error)
    throw known
  }
}

/**
 * Opens the data folder beside a running instance, or without one: no lock, no upgrade, no clearing up. For the small commands (`token`,
 * `sign-in`, `doctor`): short transactions, then `close`.
 *
 * @throws StoreError `missing` if there is no database, `newer` or `older` if its schema is not this program's, `damaged`
 */
export function openBeside(
  folder: string,
  options: { now?: () => number; log?: StoreLog; migrations?: readonly Migration[]; readerPath?: URL } = {},
): Store {
  const at = resolve(folder)
  const latest = latestVersion(options.migrations ?? allMigrations)
  const now = options.now ?? Date.now
  let database: Database.Database | undefined
  try {
    const found = inspectDatabase(at)
    if (!found) throw new StoreError('missing', `There is no Burrow in the folder ${at}.`)
    if (found.version > latest) throw newerError(at, found.version, latest)
    if (found.version < latest) {
      throw new StoreError('older', `The data folder ${at} is of an older version of Burrow. Start Burrow once to upgrade it.`)
    }
    database = connect(at)
    return new OpenStore({
      database,
      options: { ...options, now, folder: at },
      blobs: new Blobs(join(at, 'media')),
      cache: new Cache(join(at, 'cache'), { now }),
    })
  } catch (error) {
    database?.close()
    const known = toStoreError(error)
    if (known instanceof StoreError && known.code === 'damaged') throw damagedError(at, error)
    throw known
  }
}
