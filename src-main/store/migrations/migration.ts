import type { Database } from 'better-sqlite3'

/** One step from a schema to the next. Numbers start at 1 without gaps; a released migration is never edited. */
export interface Migration {
  /** What `PRAGMA user_version` says once it is done. */
  readonly number: number
  /** For the log. */
  readonly name: string
  /** Runs inside a transaction that the caller opened, with foreign keys off: it may rebuild tables, and its references are checked before the commit. */
  up(db: Database): void
}
