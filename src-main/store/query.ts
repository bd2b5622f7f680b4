import type { Database, Statement } from 'better-sqlite3'
import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type Compilable,
  type Expression,
  type Simplify,
} from 'kysely'
import { guarded } from './errors.ts'
import type { Schema } from './schema.ts'

export { sql } from 'kysely'

/** What SQLite can hold. Booleans are 0 and 1; integers are bound as doubles, which SQLite stores as INTEGER in INTEGER columns. */
export type SqlValue = string | number | bigint | Buffer | Uint8Array | null

/** An argument of a query: one value, or a list for {@link inList}. */
export type SqlArgument = SqlValue | readonly (string | number)[]

/** A placeholder for every argument, usable wherever Kysely takes an expression: where, values, set, limit, inside `sql`. */
export type Slots<Args> = { readonly [K in keyof Args]-?: RawBuilder<Args[K]> }

type Given<Args> = keyof Args extends never ? [] : [args: Args]

/** What a query runs on: a {@link Store}, or anything else that holds an open database. */
export interface Connection {
  readonly database: Database
  /** Called after a write that was committed by itself, outside a transaction. */
  wrote?(): void
}

/** A query that is compiled at its first use, once per process, and prepared once per connection. Errors of SQLite come as `StoreError`. */
export interface Query<Args, Row> {
  /** Every row. */
  all(on: Connection, ...args: Given<Args>): Row[]
  /** The first row, if there is one. */
  get(on: Connection, ...args: Given<Args>): Row | undefined
  /** For statements without rows: how many rows changed, and the rowid of the last insert of this connection. */
  run(on: Connection, ...args: Given<Args>): { changes: number; id: number }
  /** Row by row; until the loop ends (early or not), nothing may be written through the same connection. */
  iterate(on: Connection, ...args: Given<Args>): IterableIterator<Row>
  /** The text and the positional values, for running it elsewhere (`store.reader`). */
  bind(...args: Given<Args>): { sql: string; values: SqlValue[] }
}

/**
 * The builder of every query: typed by `schema.ts`, connected to nothing.
 * @example const byId = query<{ id: number }>()((slot) => build.selectFrom('posts').selectAll().where('id', '=', slot.id))
 */
export const build: Kysely<Schema> = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

const slots: unknown = new Proxy(
  {},
  {
    get: (_, name) => sql`${new Slot(String(name))}`,
  },
)

function toSqlValue(value: unknown, name: string): SqlValue {
  if (value === undefined) throw new TypeError(`The query argument "${name}" is missing`)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (Array.isArray(value)) return JSON.stringify(value)
  return value as SqlValue
}

class CompiledQuery<Args, Row> implements Query<Args, Row> {
  readonly #make: () => Compilable<Row>
  #compiled: { sql: string; parameters: readonly unknown[] } | undefined
  readonly #prepared = new WeakMap<Database, Statement<SqlValue[], Row>>()

  constructor(make: () => Compilable<Row>) {
    this.#make = make
  }

  bind(...args: Given<Args>): { sql: string; values: SqlValue[] } {
    const compiled = (this.#compiled ??= this.#make().compile())
    const given = (args[0] ?? {}) as Record<string, unknown>
    const values = compiled.parameters.map((parameter) =>
      parameter instanceof Slot ? toSqlValue(given[parameter.name], parameter.name) : toSqlValue(parameter, 'constant'),
    )
    return { sql: compiled.sql, values }
  }

  #statement(on: Connection, text: string): Statement<SqlValue[], Row> {
    let statement = this.#prepared.get(on.database)
    if (!statement) {
      statement = on.database.prepare<SqlValue[], Row>(text)
      this.#prepared.set(on.database, statement)
    }
    return statement
  }

  all(on: Connection, ...args: Given<Args>): Row[] {
    const bound = this.bind(...args)
    return guarded(() => this.#statement(on, bound.sql).all(...bound.values))
  }

  get(on: Connection, ...args: Given<Args>): Row | undefined {
    const bound = this.bind(...args)
    return guarded(() => this.#statement(on, bound.sql).get(...bound.values))
  }

  run(on: Connection, ...args: Given<Args>): { changes: number; id: number } {
    const bound = this.bind(...args)
    const result = guarded(() => this.#statement(on, bound.sql).run(...bound.values))
    if (on.wrote && !on.database.inTransaction) on.wrote()
    return { changes: result.changes, id: Number(result.lastInsertRowid) }
  }

  *iterate(on: Connection, ...args: Given<Args>): IterableIterator<Row> {
    const bound = this.bind(...args)
    const rows = guarded(() => this.#statement(on, bound.sql).iterate(...bound.values))
    try {
      for (;;) {
        const step = guarded(() => rows.next())
        if (step.done) return
        yield step.value
      }
    } finally {
      rows.return?.()
    }
  }
}

/**
 * Makes a query out of a Kysely expression. The arguments are named and typed by the first call, the rows by the expression.
 *
 * Optional filters should be queries of their own, chosen by the caller: `? is null or …` defeats indexes.
 *
 * @example
 * const recent = query<{ max: number; limit: number }>()((slot) =>
 *   build.selectFrom('posts').select(['id', 'uri']).where('id', '<', slot.max).orderBy('id', 'desc').limit(slot.limit))
 * recent.all(store, { max: 10, limit: 20 })
 */
export function query<Args extends { [K in keyof Args]: SqlArgument } = Record<never, never>>(): <Row>(
  make: (slot: Slots<Args>) => Compilable<Row>,
) => Query<Args, Simplify<Row>> {
  return <Row>(make: (slot: Slots<Args>) => Compilable<Row>) =>
    new CompiledQuery<Args, Simplify<Row>>(() => make(slots as Slots<Args>) as Compilable<Simplify<Row>>)
}

/**
 * The right side of `in` for a list of any length as ONE argument: `(select value from json_each(?))`.
 *
 * @example query<{ ids: number[] }>()((slot) => build.selectFrom('posts').selectAll().where('id', 'in', inList(slot.ids)))
 * An argument declared as `string` takes the list as JSON text: `inList<number>(slot.ids)`.
 */
export function inList<T extends string | number>(list: Expression<readonly T[]>): RawBuilder<T>
export function inList<T extends string | number>(json: Expression<string>): RawBuilder<T>
export function inList<T extends string | number>(list: Expression<unknown>): RawBuilder<T> {
  return sql<T>`(select value from json_each(${list}))`
}
