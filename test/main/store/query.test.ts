import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { build, inList, query, sql } from '../../../src-main/store/query.ts'
import { StoreError } from '../../../src-main/store/errors.ts'

interface Book {
  id: number
  title: string
  year: number | null
  cover: Buffer | Uint8Array | null
}
const books = build.withTables<{ books: Book }>()

const add = query<{ id: number; title: string; year: number | null }>()((slot) =>
  books.insertInto('books').values({ id: slot.id, title: slot.title, year: slot.year }),
)
const everything = query()(() => books.selectFrom('books').selectAll().orderBy('id'))

let on: { database: Database.Database }
beforeEach(() => {
  on = { database: new Database(':memory:') }
  on.database.exec('create table books (id integer primary key, title text not null unique, year integer, cover blob) strict')
  for (let id = 1; id <= 30; id += 1) add.run(on, { id, title: `Book ${id}`, year: id % 2 ? 1990 + id : null })
})
afterEach(() => on.database.close())

test('rows come back typed and whole, arguments stand where they are named', () => {
  const between = query<{ low: number; high: number; limit: number; skip: number }>()((slot) =>
    books
      .selectFrom('books')
      .select(['id', 'title'])
      .where('id', '<', slot.high)
      .where('id', '>', slot.low)
      .where('id', '!=', 7)
      .orderBy('id', 'desc')
      .limit(slot.limit)
      .offset(slot.skip),
  )
  expect(between.all(on, { low: 4, high: 10, limit: 3, skip: 1 })).toEqual([
    { id: 8, title: 'Book 8' },
    { id: 6, title: 'Book 6' },
    { id: 5, title: 'Book 5' },
  ])
  const first: { id: number; title: string } | undefined = between.get(on, { low: 0, high: 3, limit: 1, skip: 0 })
  expect(first?.id).toBe(2)
  expect(between.get(on, { low: 90, high: 99, limit: 1, skip: 0 })).toBeUndefined()
  expect(everything.all(on)).toHaveLength(30)
})

test('a list of any length is one argument, as an array or as JSON text', () => {
  const byIds = query<{ ids: readonly number[] }>()((slot) => books.selectFrom('books').select('title').where('id', 'in', inList(slot.ids)))
  const byTitles = query<{ titles: string }>()((slot) =>
    books.selectFrom('books').select('id').where('title', 'in', inList<string>(slot.titles)),
  )
  expect(byIds.all(on, { ids: [3, 1, 99] })).toEqual([{ title: 'Book 1' }, { title: 'Book 3' }])
  expect(byIds.all(on, { ids: [] })).toEqual([])
  expect(byIds.all(on, { ids: Array.from({ length: 50_000 }, (_, n) => n) })).toHaveLength(30)
  expect(byTitles.all(on, { titles: JSON.stringify(['Book 5', 'Book 6']) })).toEqual([{ id: 5 }, { id: 6 }])
  const plan = on.database.prepare(`explain query plan ${byIds.bind({ ids: [1] }).sql}`).all('[1]') as { detail: string }[]
  expect(plan[0]?.detail).toContain('SEARCH books USING INTEGER PRIMARY KEY')
})

test('insert, on conflict, returning, update, delete and raw sql', () => {
  expect(add.run(on, { id: 100, title: 'Hundred', year: null })).toEqual({ changes: 1, id: 100 })
  const upsert = query<{ title: string; year: number }>()((slot) =>
    books
      .insertInto('books')
      .values({ id: sql`(select max(id) + 1 from books)`, title: slot.title, year: slot.year })
      .onConflict((conflict) => conflict.column('title').doUpdateSet({ year: slot.year }))
      .returning(['id', 'year']),
  )
  expect(upsert.get(on, { title: 'Hundred', year: 2001 })).toEqual({ id: 100, year: 2001 })
  expect(upsert.get(on, { title: 'New', year: 2002 })).toEqual({ id: 101, year: 2002 })
  const rename = query<{ id: number; title: string }>()((slot) =>
    books.updateTable('books').set({ title: slot.title }).where('id', '=', slot.id),
  )
  expect(rename.run(on, { id: 101, title: 'Newer' }).changes).toBe(1)
  expect(rename.run(on, { id: 999, title: 'Nobody' }).changes).toBe(0)
  const shout = query<{ id: number }>()((slot) =>
    books
      .selectFrom('books')
      .select(sql<string>`upper(title) || ' no. ' || cast(${slot.id} as integer)`.as('loud'))
      .where('id', '=', slot.id),
  )
  expect(shout.get(on, { id: 101 })).toEqual({ loud: 'NEWER no. 101' })
  const remove = query<{ id: number }>()((slot) => books.deleteFrom('books').where('id', '=', slot.id))
  expect(remove.run(on, { id: 101 }).changes).toBe(1)
})

test('null, bytes and booleans arrive as SQLite holds them; a number becomes an INTEGER', () => {
  const setCover = query<{ id: number; cover: Buffer | Uint8Array | null }>()((slot) =>
    books.updateTable('books').set({ cover: slot.cover }).where('id', '=', slot.id),
  )
  setCover.run(on, { id: 1, cover: new Uint8Array([1, 2, 255]) })
  expect(everything.get(on)?.cover).toEqual(Buffer.from([1, 2, 255]))
  setCover.run(on, { id: 1, cover: null })
  expect(everything.get(on)?.cover).toBeNull()
  const big = 2 ** 53 - 1
  add.run(on, { id: big, title: 'Last', year: null })
  expect(on.database.prepare("select typeof(id) as kind, id from books where title = 'Last'").get()).toEqual({ kind: 'integer', id: big })
  const constant = query()(() =>
    books
      .selectFrom('books')
      .select('id')
      .where(sql<number>`${true}`, '=', 1),
  )
  expect(constant.all(on)).toHaveLength(31)
})

test('rows can be walked one by one and left early', () => {
  const seen: number[] = []
  for (const row of everything.iterate(on)) {
    seen.push(row.id)
    if (seen.length === 3) break
  }
  expect(seen).toEqual([1, 2, 3])
  expect(add.run(on, { id: 200, title: 'After', year: null }).changes).toBe(1)
})

test('one query serves several connections, each with its own statement', () => {
  const other = { database: new Database(':memory:') }
  other.database.exec('create table books (id integer primary key, title text, year integer, cover blob)')
  expect(everything.all(other)).toEqual([])
  expect(everything.all(on)).toHaveLength(30)
  other.database.close()
  expect(everything.all(on)).toHaveLength(30)
})

test('wrong columns, wrong arguments and missing arguments are compile errors; a missing one also says so at run time', () => {
  const byId = query<{ id: number }>()((slot) => books.selectFrom('books').selectAll().where('id', '=', slot.id))
  // @ts-expect-error no such column
  void (() => query()(() => books.selectFrom('books').select('nope')))
  // @ts-expect-error a string where the column holds a number
  void (() => query<{ id: string }>()((slot) => books.selectFrom('books').selectAll().where('id', '=', slot.id)))
  // @ts-expect-error no such argument
  void (() => query<{ id: number }>()((slot) => books.selectFrom('books').selectAll().where('id', '=', slot.other)))
  // @ts-expect-error a string in a number column
  void (() => query<{ y: string }>()((slot) => books.insertInto('books').values({ id: 1, title: 'x', year: slot.y })))
  // @ts-expect-error limit takes a number
  void (() => query<{ n: string }>()((slot) => books.selectFrom('books').selectAll().limit(slot.n)))
  // @ts-expect-error a list of strings against a number column
  void (() => query<{ ids: string[] }>()((slot) => books.selectFrom('books').selectAll().where('id', 'in', inList(slot.ids))))
  // @ts-expect-error SQLite has no booleans
  void (() => query<{ id: boolean }>())
  // @ts-expect-error the argument has the wrong type
  void (() => byId.get(on, { id: 'one' }))
  // @ts-expect-error the row has no such column
  void (() => byId.get(on, { id: 1 })?.nope)
  // @ts-expect-error no arguments to give
  void (() => everything.all(on, { id: 1 }))
  // @ts-expect-error the argument is missing
  expect(() => byId.get(on)).toThrow('The query argument "id" is missing')
})

test('an error of SQLite that has a code of ours comes as that code, without the SQL', () => {
  on.database.pragma('max_page_count = 4')
  const fill = query<{ id: number; cover: Buffer }>()((slot) =>
    books.updateTable('books').set({ cover: slot.cover }).where('id', '=', slot.id),
  )
  let thrown: unknown
  try {
    fill.run(on, { id: 1, cover: Buffer.alloc(100_000) })
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(StoreError)
  expect((thrown as StoreError).code).toBe('disk-full')
  expect((thrown as StoreError).message).not.toContain('books')
})
