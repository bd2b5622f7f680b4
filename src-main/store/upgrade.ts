import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StoreError, isDamage, toStoreError } from './errors.ts'
import { PRIVATE_FILE, PRIVATE_FOLDER, renameWithRetrySync, syncFolderNow } from './files.ts'
import type { Migration } from './migrations/migration.ts'

/** How many checked copies stay in `backups/`. */
const COPIES_KEPT = 2
const COPY = /^burrow-v(\d+)-(\d{8}T\d{9})Z\.db$/
/** Room for the log and the folder entries of an upgrade, in bytes. */
const UPGRADE_SLACK = 16 * 1024 * 1024

/** Free bytes for this account on the disk that holds `folder`. */
export function freeBytes(folder: string): number {
  const disk = statfsSync(folder)
  return Number(disk.bavail) * Number(disk.bsize)
}

/** The checked copies in the folder, newest first, as absolute paths. */
export function listCopies(folder: string): string[] {
  let names: string[]
  try {
    names = readdirSync(join(folder, 'backups'))
  } catch {
    return []
  }
  return names
    .filter((name) => COPY.test(name))
    .sort((a, b) => (COPY.exec(b)?.[2] ?? '').localeCompare(COPY.exec(a)?.[2] ?? ''))
    .map((name) => join(folder, 'backups', name))
}

/** `StoreError` `damaged` with the sentence that tells the owner what there is to go back to. */
export function damagedError(folder: string, cause: unknown): StoreError {
  const copy = listCopies(folder)[0]
  const way = copy
    ? `The last good copy is ${copy}: to use it, move burrow.db away and put the copy in its place.`
    : 'There is no copy of it in the folder backups.'
  return new StoreError('damaged', `The database ${join(folder, 'burrow.db')} is damaged. Nothing was changed. ${way}`, { cause })
}

/** What a database file says of itself, found out without changing it. */
export interface Inspection {
  /** `PRAGMA user_version`. */
  version: number
  /** Bytes of the whole content, the log included. */
  bytes: number
  /** True if it holds any table. */
  filled: boolean
}

const hasLog = (path: string): boolean => (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0

/**
 * A connection that leaves the file and its neighbours as they are. A read-only connection to a WAL database leaves two files behind, a
 * writable one writes back what a crash left in the log when it closes: so the former where there is such a log, else the latter.
 */
function openForLook(path: string): Database.Database {
  const database = new Database(path, { readonly: hasLog(path), fileMustExist: true, timeout: 5000 })
  database.pragma('query_only = ON')
  return database
}

/**
 * Looks at `burrow.db` without changing it: whether it is a database, whether its tables are there and their first pages are sound,
 * whether the file is as long as it says. Cheap enough for every start; the full check is `store.reader.check()`.
 * Returns undefined if there is no file.
 * @throws StoreError `damaged`
 */
export function inspectDatabase(folder: string): Inspection | undefined {
  const path = join(folder, 'burrow.db')
  if (!existsSync(path)) return undefined
  let database: Database.Database | undefined
  try {
    database = openForLook(path)
    const version = database.pragma('user_version', { simple: true }) as number
    const pages = database.pragma('page_count', { simple: true }) as number
    const bytes = pages * (database.pragma('page_size', { simple: true }) as number)
    const tables = database
      .prepare<[], { name: string; virtual: number }>(
        "select name, sql like 'create virtual%' as virtual from sqlite_schema where type = 'table'",
      )
      .all()
    for (const { name, virtual } of tables) {
      if (!virtual) database.prepare(`select 1 from "${name.replaceAll('"', '""')}" limit 1`).get()
    }
    // Pages that are only in the log are not missing.
    if (!database.readonly && statSync(path).size < bytes && !hasLog(path))
      throw new StoreError('damaged', 'The file is shorter than it says.')
    return { version, bytes, filled: tables.length > 0 }
  } catch (error) {
    const known = toStoreError(error)
    if (known instanceof StoreError && known.code === 'damaged') throw damagedError(folder, error)
    throw known
  } finally {
    database?.close()
  }
}

/** A copy's time in its name: `20260102T030405006`. */
const stamp = (now: number): string => new Date(now).toISOString().replace(/[-:.Z]/g, '')

/**
 * Writes a checked copy of an open database into `backups/` and keeps the last two. The copy is complete, compact and synced before it
 * gets its name.
 * @returns the path of the copy
 * @throws StoreError `damaged` if the copy does not pass `integrity_check`; `disk-full`
 */
export function copyDatabase(database: Database.Database, folder: string, now: number): string {
  const backups = join(folder, 'backups')
  mkdirSync(backups, { recursive: true, mode: PRIVATE_FOLDER })
  const version = database.pragma('user_version', { simple: true }) as number
  const path = join(backups, `burrow-v${version}-${stamp(now)}Z.db`)
  const temporary = `${path}.tmp`
  for (const name of readdirSync(backups)) if (name.endsWith('.tmp')) rmSync(join(backups, name), { force: true })
  try {
    // Made here for its mode: VACUUM INTO takes an empty file.
    closeSync(openSync(temporary, 'wx', PRIVATE_FILE))
    database.prepare('vacuum into ?').run(temporary)
    const copy = new Database(temporary, { readonly: true, fileMustExist: true })
    try {
      const problems = copy.pragma('integrity_check(1)', { simple: true })
      if (problems !== 'ok') throw new StoreError('damaged', 'The copy did not pass its check.')
      if (copy.pragma('user_version', { simple: true }) !== version) throw new StoreError('damaged', 'The copy is not the same version.')
    } finally {
      copy.close()
    }
    const file = openSync(temporary, 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameWithRetrySync(temporary, path)
    syncFolderNow(backups)
  } catch (error) {
    rmSync(temporary, { force: true })
    const known = toStoreError(error)
    if (isDamage(error) || (known instanceof StoreError && known.code === 'damaged')) throw damagedError(folder, error)
    throw known
  }
  for (const old of listCopies(folder).slice(COPIES_KEPT)) rmSync(old, { force: true })
  return path
}

/** The number a folder has once every migration of the list is done. Throws if the list has gaps: that is a mistake in the program. */
export function latestVersion(migrations: readonly Migration[]): number {
  migrations.forEach((migration, index) => {
    if (migration.number !== index + 1) throw new Error(`Migration ${migration.name} should have the number ${index + 1}`)
  })
  return migrations.length
}

/** The sentence for a folder that this program is too old for. */
export function newerError(folder: string, version: number, known: number): StoreError {
  return new StoreError(
    'newer',
    `The data folder ${folder} was written by a newer version of Burrow (its schema is ${version}, this version knows ${known}). ` +
      'Nothing was changed. Install the newer version.',
  )
}

/** Refuses what must not be opened, before anything is written. */
export function refuseUnfit(
  folder: string,
  found: Inspection | undefined,
  migrations: readonly Migration[],
  free: (folder: string) => number,
): void {
  const latest = latestVersion(migrations)
  if (!found) return
  if (found.version > latest) throw newerError(folder, found.version, latest)
  if (found.version < latest && found.filled) {
    // Once for the copy, once for a migration that rewrites the largest table through the log.
    const needed = 2 * found.bytes + UPGRADE_SLACK
    const room = free(folder)
    if (room < needed) {
      const megabytes = (bytes: number) => Math.ceil(bytes / 1_000_000)
      throw new StoreError(
        'disk-short',
        `This version of Burrow has to upgrade the data folder and needs ${megabytes(needed)} MB of free disk for it; ` +
          `there are ${megabytes(room)} MB. Nothing was changed. Make some room and start again.`,
      )
    }
  }
}

/**
 * Brings an open database to the last schema: one checked copy before the first pending migration of a filled database, then every
 * migration in a transaction of its own. Leaves `foreign_keys` on.
 *
 * @throws StoreError `upgrade` if a migration fails: that one left nothing behind, and the copy is named
 */
export function upgrade(
  database: Database.Database,
  options: {
    folder: string
    now: number
    migrations: readonly Migration[]
    filled: boolean
    log?: { info(fields: object, message: string): void }
  },
): void {
  const version = database.pragma('user_version', { simple: true }) as number
  const pending = options.migrations.filter((migration) => migration.number > version)
  if (pending.length > 0) {
    const copy = options.filled ? copyDatabase(database, options.folder, options.now) : undefined
    if (copy) options.log?.info({ copy }, 'copied the database before the upgrade')
    // A migration may rebuild a table that others refer to; the pragma has no effect inside a transaction (sqlite.org/lang_altertable.html).
    database.pragma('foreign_keys = OFF')
    for (const migration of pending) {
      database.exec('begin exclusive')
      try {
        migration.up(database)
        const broken = database.pragma('foreign_key_check') as unknown[]
        if (broken.length > 0) throw new Error(`${broken.length} rows refer to rows that are not there`)
        database.pragma(`user_version = ${migration.number}`)
        database.exec('commit')
      } catch (error) {
        if (database.inTransaction) database.exec('rollback')
        const known = toStoreError(error)
        if (known instanceof StoreError) throw known
        throw new StoreError(
          'upgrade',
          `The upgrade of the data folder to schema ${migration.number} (${migration.name}) failed and was undone.` +
            (copy ? ` A copy from before the upgrade is ${copy}.` : ''),
          { cause: error },
        )
      }
      options.log?.info({ schema: migration.number, name: migration.name }, 'upgraded the data folder')
    }
  }
  database.pragma('foreign_keys = ON')
}

/** Makes the database file, empty and private, if there is none. */
export function createDatabaseFile(folder: string): void {
  const path = join(folder, 'burrow.db')
  if (existsSync(path)) chmodSync(path, PRIVATE_FILE)
  else closeSync(openSync(path, 'wx', PRIVATE_FILE))
}
