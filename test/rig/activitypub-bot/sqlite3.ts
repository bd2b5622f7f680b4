import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/** As much of the `sqlite3` package as Sequelize uses: answers come later and by callback, whose `this` is the statement. */

export const OPEN_READONLY = 1
export const OPEN_READWRITE = 2
export const OPEN_CREATE = 4

type Callback = (this: Statement, error: Error | null, rows?: unknown[]) => void
type Values = Record<string, unknown> | unknown[]

/** Sequelize looks at the name of this class to tell an INSERT. */
class Statement {
  readonly sql: string
  lastID = 0
  changes = 0
  constructor(sql: string) {
    this.sql = sql
  }
}

export class Database {
  readonly filename: string
  readonly #database: DatabaseSync

  constructor(filename: string, _mode: number, opened: (error: Error | null) => void) {
    this.filename = filename
    this.#database = new DatabaseSync(filename)
    process.nextTick(() => opened(null))
  }

  /** Everything is run one after the other anyway. */
  serialize(work: () => void): void {
    work()
  }

  run(sql: string, ...rest: unknown[]): this {
    return this.#answer(sql, rest, (statement, values, about) => {
      const { lastInsertRowid, changes } = statement.run(...values)
      about.lastID = Number(lastInsertRowid)
      about.changes = Number(changes)
      return undefined
    })
  }

  all(sql: string, ...rest: unknown[]): this {
    return this.#answer(sql, rest, (statement, values) => statement.all(...values))
  }

  exec(sql: string, done?: (error: Error | null) => void): this {
    this.#database.exec(sql)
    process.nextTick(() => done?.(null))
    return this
  }

  close(done?: (error: Error | null) => void): void {
    this.#database.close()
    process.nextTick(() => done?.(null))
  }

  #answer(
    sql: string,
    rest: unknown[],
    work: (statement: StatementSync, values: SQLInputValue[], about: Statement) => unknown[] | undefined,
  ): this {
    const done = rest.find((one): one is Callback => typeof one === 'function')
    const given = rest.find((one): one is Values => typeof one === 'object' && one !== null)
    const about = new Statement(sql)
    let error: Error | null = null
    let rows: unknown[] | undefined
    try {
      const statement = this.#database.prepare(sql)
      statement.setAllowUnknownNamedParameters(true)
      rows = work(statement, bound(given), about)
    } catch (thrown) {
      error = named(thrown as Error & { errcode?: number })
    }
    process.nextTick(() => done?.call(about, error, rows))
    return this
  }
}

function bound(values: Values | undefined): SQLInputValue[] {
  if (!values) return []
  if (Array.isArray(values)) return values.map(plain)
  const named = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plain(value)]))
  return Object.keys(named).length === 0 ? [] : [named as never]
}

function plain(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return Number(value)
  if (value instanceof Date) return value.toISOString()
  return (value ?? null) as SQLInputValue
}

/** Errors under the names that Sequelize knows. */
function named(error: Error & { errcode?: number }): Error {
  const name = { 5: 'SQLITE_BUSY', 19: 'SQLITE_CONSTRAINT' }[(error.errcode ?? 0) & 0xff] ?? 'SQLITE_ERROR'
  return Object.assign(new Error(`${name}: ${error.message}`), { code: name, errno: error.errcode })
}
