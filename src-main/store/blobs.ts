import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, mkdirSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { StoreError, toStoreError } from './errors.ts'
import { PRIVATE_FILE, PRIVATE_FOLDER, renameWithRetry, syncFolder } from './files.ts'

/** Bytes to store: at once, or piece by piece (an upload, a download). */
export type BlobSource = Uint8Array | AsyncIterable<Uint8Array>

/** Part of a file, both ends included, as in HTTP (RFC 9110, 14.1.2). An `end` beyond the file means its last byte. */
export interface ByteRange {
  start: number
  end?: number
}

/** A file that is there. */
export interface BlobReading {
  /** Bytes of the whole file. */
  size: number
  /** First and last byte of what `stream` gives; `end` is -1 for an empty file. */
  start: number
  end: number
  /** Opens the file. Call it once; destroy the stream to stop early. */
  stream(): Readable
}

const KEY = /^[0-9a-f]{64}$/
const UNFINISHED = 'unfinished'

interface Written {
  temporary: string
  hash: string
  size: number
}

/** A folder of files named by 64 hexadecimal digits, in 256 folders, each written under another name, synced and renamed. */
class HashedFolder {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  path(name: string): string {
    if (!KEY.test(name)) throw new StoreError('invalid', 'That is not the key of a file.')
    return join(this.folder, name.slice(0, 2), name)
  }

  /** Writes and syncs the bytes under a passing name. On an error nothing stays. */
  async write(source: BlobSource): Promise<Written> {
    const hash = createHash('sha256')
    let size = 0
    const unfinished = join(this.folder, UNFINISHED)
    await mkdir(unfinished, { recursive: true, mode: PRIVATE_FOLDER })
    const temporary = join(unfinished, randomBytes(12).toString('hex'))
    try {
      const file = await open(temporary, 'wx', PRIVATE_FILE)
      try {
        for await (const piece of source instanceof Uint8Array ? [source] : source) {
          hash.update(piece)
          size += piece.byteLength
          await file.writeFile(piece)
        }
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      await rm(temporary, { force: true })
      throw toStoreError(error)
    }
    return { temporary, hash: hash.digest('hex'), size }
  }

  /** A path under a passing name, for whoever writes there by other means. */
  async temporary(): Promise<string> {
    const unfinished = join(this.folder, UNFINISHED)
    await mkdir(unfinished, { recursive: true, mode: PRIVATE_FOLDER })
    return join(unfinished, randomBytes(12).toString('hex'))
  }

  /** Syncs a file that was written there. */
  async written(temporary: string): Promise<Written> {
    const hash = createHash('sha256')
    let size = 0
    try {
      const file = await open(temporary, 'r+')
      try {
        for await (const piece of file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>) {
          hash.update(piece)
          size += piece.byteLength
        }
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      await rm(temporary, { force: true })
      throw toStoreError(error)
    }
    return { temporary, hash: hash.digest('hex'), size }
  }

  /** Gives a written file its name, durably. */
  async settle(temporary: string, name: string): Promise<void> {
    const path = this.path(name)
    const folder = join(this.folder, name.slice(0, 2))
    try {
      const made = await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
      await renameWithRetry(temporary, path)
      await syncFolder(folder)
      if (made) await syncFolder(this.folder)
    } catch (error) {
      await rm(temporary, { force: true })
      throw toStoreError(error)
    }
  }

  async size(name: string): Promise<number | undefined> {
    try {
      return (await stat(this.path(name))).size
    } catch (error) {
      if (isMissing(error)) return undefined
      throw toStoreError(error)
    }
  }

  reading(name: string, size: number, range?: ByteRange): BlobReading {
    const start = range?.start ?? 0
    const end = Math.min(range?.end ?? size - 1, size - 1)
    const whole = !range
    if (!whole && (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start > end)) {
      throw new StoreError('invalid', 'That part of the file does not exist.')
    }
    const path = this.path(name)
    return { size, start, end, stream: () => (size === 0 ? createReadStream(path) : createReadStream(path, { start, end })) }
  }

  async remove(name: string): Promise<boolean> {
    try {
      await rm(this.path(name))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw toStoreError(error)
    }
  }

  /** The names of all files, in no order. */
  async *names(): AsyncGenerator<string> {
    for (const part of await entries(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(part)) continue
      for (const name of await entries(join(this.folder, part))) if (KEY.test(name)) yield name
    }
  }

  /** Removes what a crash left unfinished. Only for the one that holds the folder's lock. */
  clearUnfinished(): void {
    mkdirSync(this.folder, { recursive: true, mode: PRIVATE_FOLDER })
    rmSync(join(this.folder, UNFINISHED), { recursive: true, force: true })
  }
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw toStoreError(error)
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** Files that are kept, named by their content. A key is 64 hexadecimal digits: SHA-256 of the bytes. */
export class Blobs {
  readonly #files: HashedFolder

  /** @param folder made at the first write */
  constructor(folder: string) {
    this.#files = new HashedFolder(folder)
  }

  /** The folder, absolute. */
  get folder(): string {
    return this.#files.folder
  }

  /**
   * Stores the bytes and returns their key. When it resolves they survive a power cut: store their row after that, not before.
   * The same bytes again are the same key and no second file.
   * @throws StoreError `disk-full`; what the source throws. Nothing stays then.
   */
  async put(source: BlobSource): Promise<string> {
    return this.#settle(await this.#files.write(source))
  }

  /**
   * A fresh path for a file that is being made: an upload as it arrives, a film as it is written. Nothing is there yet. Whatever stands there at the next start
   * is removed; until then it is the caller's to remove.
   */
  temporary(): Promise<string> {
    return this.#files.temporary()
  }

  /** As {@link put}, with a finished file at a path of {@link temporary}, which is gone then. */
  async keep(temporary: string): Promise<string> {
    return this.#settle(await this.#files.written(temporary))
  }

  async #settle({ temporary, hash, size }: Written): Promise<string> {
    if ((await this.#files.size(hash)) === size) await rm(temporary, { force: true })
    else {
      await this.#files.settle(temporary, hash).catch(async (error: unknown) => {
        // Windows does not replace a file that is being read; then somebody stored the same bytes a moment ago.
        if ((await this.#files.size(hash)) !== size) throw error
      })
    }
    return hash
  }

  /** Where the file is, or would be. @throws StoreError `invalid` for anything but a key */
  path(key: string): string {
    return this.#files.path(key)
  }

  /** Whether the file is there. */
  async has(key: string): Promise<boolean> {
    return (await this.#files.size(key)) !== undefined
  }

  /** Bytes of the file; undefined if it is not there. */
  size(key: string): Promise<number | undefined> {
    return this.#files.size(key)
  }

  /**
   * The file or a part of it.
   * @throws StoreError `missing`; `invalid` if the part begins beyond the file (HTTP 416)
   */
  async open(key: string, range?: ByteRange): Promise<BlobReading> {
    const size = await this.#files.size(key)
    if (size === undefined) throw new StoreError('missing', 'That file is not here.')
    return this.#files.reading(key, size, range)
  }

  /** Removes the file; false if it was not there. Remove its last row before, not after. */
  remove(key: string): Promise<boolean> {
    return this.#files.remove(key)
  }

  /** Every key, in no order: for finding files that no row knows. */
  keys(): AsyncGenerator<string> {
    return this.#files.names()
  }

  /** @internal */
  clearUnfinished(): void {
    this.#files.clearUnfinished()
  }
}

interface Entry {
  size: number
  usedAt: number
}

/** Using an entry is noted on the disk this often, in milliseconds: order survives a restart, reading does not become writing. */
const NOTED_EVERY = 3_600_000
const DEFAULT_BUDGET = 1024 * 1024 * 1024

/**
 * Copies that can be fetched again, under any text as key, within a budget of bytes; the least recently used go first. The folder may
 * be deleted at any time, by the owner or by the system: what is gone is a miss, never an error.
 */
export class Cache {
  readonly #files: HashedFolder
  readonly #now: () => number
  #budget: number
  #entries: Promise<Map<string, Entry>> | undefined
  #bytes = 0
  #kept: () => Iterable<string> = () => []
  /** Bytes of the kept ones when they were last counted. */
  #beside = 0
  #trimming: Promise<number> | undefined

  constructor(folder: string, options: { now: () => number; budget?: number | undefined }) {
    this.#files = new HashedFolder(folder)
    this.#now = options.now
    this.#budget = options.budget ?? DEFAULT_BUDGET
  }

  /** The folder, absolute. */
  get folder(): string {
    return this.#files.folder
  }

  /** Stores a copy under a key, in place of an older one. Too large for the whole budget: not stored. @throws StoreError `disk-full` */
  async put(key: string, source: BlobSource): Promise<void> {
    const name = nameOf(key)
    const { temporary, size } = await this.#files.write(source)
    if (size > this.#budget) {
      await rm(temporary, { force: true })
      return
    }
    await this.#files.settle(temporary, name)
    const entries = await this.#load()
    this.#bytes += size - (entries.get(name)?.size ?? 0)
    const usedAt = this.#now()
    entries.set(name, { size, usedAt })
    await this.#note(name, usedAt)
    if (this.#bytes - this.#beside > this.#budget) await this.trim()
  }

  /** The copy or a part of it; undefined if it is not there (any more). @throws StoreError `invalid` if the part begins beyond it */
  async get(key: string, range?: ByteRange): Promise<(BlobReading & { path: string }) | undefined> {
    const name = nameOf(key)
    const entries = await this.#load()
    const size = await this.#files.size(name)
    const entry = entries.get(name)
    if (size === undefined || !entry) {
      if (entry) this.#forget(entries, name)
      return undefined
    }
    const now = this.#now()
    if (now - entry.usedAt >= NOTED_EVERY) await this.#note(name, now)
    entry.usedAt = now
    return { ...this.#files.reading(name, size, range), path: this.#files.path(name) }
  }

  /** Removes one copy. */
  async remove(key: string): Promise<void> {
    const name = nameOf(key)
    this.#forget(await this.#load(), name)
    await this.#files.remove(name)
  }

  /** Bytes in use. */
  async bytes(): Promise<number> {
    await this.#load()
    return this.#bytes
  }

  /** Bytes of the copies that {@link keep} names. */
  async keptBytes(): Promise<number> {
    const entries = await this.#load()
    let bytes = 0
    for (const name of new Set([...this.#kept()].map(nameOf))) bytes += entries.get(name)?.size ?? 0
    return bytes
  }

  /** Removes every copy but those that {@link keep} names. @returns bytes freed */
  async clear(): Promise<number> {
    const entries = await this.#load()
    const before = this.#bytes
    const kept = new Set([...this.#kept()].map(nameOf))
    for (const name of [...entries.keys()]) {
      if (kept.has(name)) continue
      try {
        await this.#files.remove(name)
      } catch {
        // Windows keeps a file that is being read: another turn.
        continue
      }
      this.#forget(entries, name)
    }
    return before - this.#bytes
  }

  /**
   * Keys that `trim` leaves alone, asked for each time: copies the owner wants to have. They count beside the budget.
   */
  keep(kept: () => Iterable<string>): void {
    this.#kept = kept
  }

  /**
   * Brings the folder under the budget (a tenth under it, so that not every new copy has to), least recently used first; what {@link keep} names stays. Calls at
   * the same time are one.
   * @param budget a new budget in bytes, kept from now on
   * @returns bytes freed
   */
  async trim(budget?: number): Promise<number> {
    if (budget !== undefined) this.#budget = budget
    this.#trimming ??= this.#trim().finally(() => (this.#trimming = undefined))
    return this.#trimming
  }

  async #trim(): Promise<number> {
    const entries = await this.#load()
    if (this.#bytes <= this.#budget) return 0
    const before = this.#bytes
    const kept = new Set([...this.#kept()].map(nameOf))
    this.#beside = 0
    for (const name of kept) this.#beside += entries.get(name)?.size ?? 0
    const oldestFirst = [...entries].map(([name, entry]) => ({ name, entry, usedAt: entry.usedAt })).sort((a, b) => a.usedAt - b.usedAt)
    for (const { name, entry, usedAt } of oldestFirst) {
      if (this.#bytes - this.#beside <= this.#budget * 0.9) break
      // Written anew or looked at since.
      if (kept.has(name) || entries.get(name) !== entry || entry.usedAt !== usedAt) continue
      try {
        await this.#files.remove(name)
      } catch {
        // Windows keeps a file that is being read: another turn.
        continue
      }
      this.#forget(entries, name)
    }
    return before - this.#bytes
  }

  /** @internal */
  clearUnfinished(): void {
    this.#files.clearUnfinished()
  }

  #forget(entries: Map<string, Entry>, name: string): void {
    this.#bytes -= entries.get(name)?.size ?? 0
    entries.delete(name)
  }

  async #note(name: string, time: number): Promise<void> {
    try {
      await utimes(this.#files.path(name), time / 1000, time / 1000)
    } catch {
      // Only the order after the next start depends on it.
    }
  }

  #load(): Promise<Map<string, Entry>> {
    this.#entries ??= this.#scan().catch((error: unknown) => {
      this.#entries = undefined
      throw error
    })
    return this.#entries
  }

  async #scan(): Promise<Map<string, Entry>> {
    const entries = new Map<string, Entry>()
    let bytes = 0
    for await (const name of this.#files.names()) {
      try {
        const found = await stat(this.#files.path(name))
        entries.set(name, { size: found.size, usedAt: found.mtimeMs })
        bytes += found.size
      } catch (error) {
        if (!isMissing(error)) throw toStoreError(error)
      }
    }
    this.#bytes = bytes
    return entries
  }
}

const nameOf = (key: string) => createHash('sha256').update(key).digest('hex')
