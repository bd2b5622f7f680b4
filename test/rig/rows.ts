import { join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * What stands in the database of an instance, looked at from outside while it runs: every row of every table as text, so that "nothing
 * changed" can be said of all of it. Tables whose name begins like one of `without` are left out, and so is how far the log of events has been
 * read: whoever reads it does so in its own time.
 */
export function picture(folder: string, without: readonly string[] = []): Record<string, string[]> {
  const database = new Database(join(folder, 'burrow.db'), { readonly: true, timeout: 5_000 })
  try {
    const tables = database
      .prepare<[], { name: string }>(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and sql not like 'create virtual%' order by name",
      )
      .all()
    const found: Record<string, string[]> = {}
    for (const { name } of tables) {
      if (name === 'cursors' || without.some((start) => name.startsWith(start))) continue
      found[name] = database
        .prepare(`select * from "${name}"`)
        .all()
        .map((row) =>
          JSON.stringify(row, (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)),
        )
        .toSorted()
    }
    return found
  } finally {
    database.close()
  }
}

/** One number out of the database, such as a count. */
export function number(folder: string, query: string, ...values: (string | number)[]): number {
  const database = new Database(join(folder, 'burrow.db'), { readonly: true, timeout: 5_000 })
  try {
    return (
      database
        .prepare<(string | number)[], number>(query)
        .pluck()
        .get(...values) ?? NaN
    )
  } finally {
    database.close()
  }
}
