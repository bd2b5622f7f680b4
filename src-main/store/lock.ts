import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StoreError, isDamage, toStoreError } from './errors.ts'
import { PRIVATE_FILE, writeWholeFile } from './files.ts'

/**
 * One instance per data folder, by a lock of the operating system that dies with its holder.
 *
 * `lock.db` is an SQLite file that its holder keeps exclusively locked. Two things lose the lock without a word, so:
 * - nothing in this process may ever open `lock.db` by other means. POSIX drops all locks of a process on a file when it closes
 *   any descriptor of it; copying and diagnosing a folder must skip this file ({@link LOCK_FILES}).
 * - the handle must not be collected, hence `held`.
 */
export interface FolderLock {
  /** Gives the folder free. */
  release(): void
}

/** What belongs to the lock and must never be read, copied or counted as data. */
export const LOCK_FILES: readonly string[] = ['lock.db', 'lock.db-journal', 'lock.json']

interface Holder {
  pid: number
  host: string
  since: string
}

const held = new Set<Database.Database>()

function readHolder(folder: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')) as Partial<Holder>
    if (typeof holder.pid !== 'number' || typeof holder.host !== 'string' || typeof holder.since !== 'string') return undefined
    return { pid: holder.pid, host: holder.host, since: holder.since }
  } catch {
    return undefined
  }
}

/**
 * Takes the folder, or throws `StoreError` `locked` with a sentence that names the holder.
 *
 * @param folder an existing folder
 * @param now milliseconds, for the word "since" only
 */
export function lockFolder(folder: string, now: number): FolderLock {
  const path = join(folder, 'lock.db')
  let lock: Database.Database | undefined
  try {
    // Created here for its mode. If it exists it is NOT opened: closing it again would drop a lock that this process may hold.
    try {
      closeSync(openSync(path, 'wx', PRIVATE_FILE))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    lock = new Database(path, { timeout: 0 })
    // MEMORY: the content is worthless, so no journal file may stay behind and ask for a recovery.
    lock.pragma('journal_mode = MEMORY')
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('begin exclusive; create table if not exists held (x); commit')
  } catch (error) {
    lock?.close()
    const known = toStoreError(error)
    if (known instanceof StoreError && known.code === 'busy') {
      const holder = readHolder(folder)
      const who = holder ? ` (process ${holder.pid} on ${holder.host}, since ${holder.since})` : ''
      throw new StoreError('locked', `Burrow is already running on the folder ${folder}${who}.`, { cause: error })
    }
    if (isDamage(error)) {
      throw new StoreError('unwritable', `The lock file ${path} is not readable. If no Burrow is running, delete it and start again.`, {
        cause: error,
      })
    }
    throw known
  }
  const database = lock
  held.add(database)
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date(now).toISOString() }
  try {
    writeWholeFile(join(folder, 'lock.json'), `${JSON.stringify(holder)}\n`)
  } catch {
    // For the sentence only: a full disk must not keep the owner from reading what is there.
  }
  let released = false
  return {
    release() {
      if (released) return
      released = true
      rmSync(join(folder, 'lock.json'), { force: true })
      held.delete(database)
      database.close()
    },
  }
}
