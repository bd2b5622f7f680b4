import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import type { Migration } from '../../../src-main/store/migrations/migration.ts'
import { copyDatabase, freeBytes, listCopies } from '../../../src-main/store/upgrade.ts'
import { openBeside } from '../../../src-main/store/store.ts'
import { child, first, NOON, openTiny, snapshot, storeErrorOf, temporaryFolder } from './folder.ts'

const second: Migration = {
  number: 2,
  name: 'pinned',
  up: (db) => db.exec('alter table notes add column pinned integer not null default 0'),
}
const third: Migration = {
  number: 3,
  name: 'rebuild',
  up: (db) =>
    db.exec(`
      create table notes2 (id integer primary key, text text not null, pinned integer not null, parent integer references notes2) strict;
      insert into notes2 select id, text, pinned, null from notes;
      drop table notes;
      alter table notes2 rename to notes;
    `),
}
const failing: Migration = {
  number: 2,
  name: 'broken',
  up: (db) => {
    db.exec('create table half (x)')
    db.exec('this is not sql')
  },
}

/** A folder with schema 1 and a thousand rows in several pages. */
function filledFolder(): string {
  const folder = temporaryFolder()
  const store = openTiny(folder)
  store.transaction(() => {
    const add = store.database.prepare('insert into notes (text) values (?)')
    for (let n = 0; n < 1000; n += 1) add.run(`note ${n} ${'.'.repeat(200)}`)
  })
  store.close()
  return folder
}

const rowsIn = (path: string) => {
  const database = new Database(path, { readonly: true })
  try {
    return {
      version: database.pragma('user_version', { simple: true }),
      rows: (database.prepare('select count(*) as n from notes').get() as { n: number }).n,
      check: database.pragma('integrity_check', { simple: true }),
    }
  } finally {
    database.close()
  }
}

test('before the first pending migration there is one checked copy; a new folder needs none', () => {
  const folder = filledFolder()
  expect(listCopies(folder)).toEqual([])
  const store = openTiny(folder, { migrations: [first, second, third] })
  expect(store.database.pragma('user_version', { simple: true })).toBe(3)
  expect(store.database.pragma('foreign_keys', { simple: true })).toBe(1)
  expect(store.database.prepare('select count(*) as n, max(pinned) as pinned from notes').get()).toEqual({ n: 1000, pinned: 0 })
  const copies = listCopies(folder)
  expect(copies.map((copy) => basename(copy))).toEqual(['burrow-v1-20260301T120000000Z.db'])
  expect(rowsIn(copies[0] as string)).toEqual({ version: 1, rows: 1000, check: 'ok' })
  if (process.platform !== 'win32') expect(statSync(copies[0] as string).mode & 0o777).toBe(0o600)
  store.close()
  openTiny(folder, { migrations: [first, second, third] }).close()
  expect(listCopies(folder)).toEqual(copies)
})

test('the last two copies are kept, and what a crash left of one goes', () => {
  const folder = filledFolder()
  mkdirSync(join(folder, 'backups'), { recursive: true })
  writeFileSync(join(folder, 'backups', 'burrow-v1-20260101T000000000Z.db.tmp'), 'half a copy')
  writeFileSync(join(folder, 'backups', 'mine.txt'), "the owner's own")
  const list: Migration[] = [first]
  for (let number = 2; number <= 5; number += 1) {
    list.push({ number, name: `step ${number}`, up: (db) => db.exec(`create table t${number} (x)`) })
    openTiny(folder, { migrations: [...list], now: () => NOON + number * 1000 }).close()
  }
  expect(readdirSync(join(folder, 'backups')).sort()).toEqual([
    'burrow-v3-20260301T120004000Z.db',
    'burrow-v4-20260301T120005000Z.db',
    'mine.txt',
  ])
})

test('a migration that fails is undone as a whole, names its copy, and the old program still opens the folder', () => {
  const folder = filledFolder()
  const error = storeErrorOf(() => openTiny(folder, { migrations: [first, failing] }))
  expect(error.code).toBe('upgrade')
  expect(error.message).toContain('schema 2 (broken) failed and was undone')
  expect(error.message).toContain(listCopies(folder)[0] as string)
  expect(error.message).not.toContain('this is not sql')
  expect(rowsIn(join(folder, 'burrow.db'))).toEqual({ version: 1, rows: 1000, check: 'ok' })
  const store = openTiny(folder)
  expect(store.database.prepare("select count(*) as n from sqlite_schema where name = 'half'").get()).toEqual({ n: 0 })
})

test('a migration that leaves references to nothing is undone', () => {
  const folder = filledFolder()
  const dangling: Migration = {
    number: 2,
    name: 'dangling',
    up: (db) => db.exec('create table c (x integer references notes); insert into c values (999999)'),
  }
  expect(storeErrorOf(() => openTiny(folder, { migrations: [first, dangling] })).code).toBe('upgrade')
  expect(rowsIn(join(folder, 'burrow.db')).version).toBe(1)
})

test('a disk that is too short for the copy is said before anything is touched', () => {
  const folder = filledFolder()
  const before = snapshot(folder)
  const error = storeErrorOf(() => openTiny(folder, { migrations: [first, second], freeBytes: () => 1_000_000 }))
  expect(error.code).toBe('disk-short')
  expect(error.message).toMatch(/needs \d+ MB of free disk for it; there are 1 MB\. Nothing was changed/)
  expect(snapshot(folder)).toEqual(before)
  expect(openTiny(folder, { freeBytes: () => 0 }).inTransaction).toBe(false)
  expect(freeBytes(folder)).toBeGreaterThan(0)
})

test('a folder of a newer program is one sentence, with every byte as it was', () => {
  const folder = filledFolder()
  openTiny(folder, { migrations: [first, second] }).close()
  const before = snapshot(folder)
  const error = storeErrorOf(() => openTiny(folder))
  expect(error.code).toBe('newer')
  expect(error.message).toContain('written by a newer version of Burrow (its schema is 2, this version knows 1). Nothing was changed.')
  expect(snapshot(folder)).toEqual(before)
})

test('also when the newer program was killed and left its log behind', async () => {
  const folder = temporaryFolder()
  const other = child(
    folder,
    `
    const more = { number: 2, name: 'more', up: (db) => db.exec('create table more (x)') }
    globalThis.held = store.openStore({ folder, now: Date.now, migrations: [...migrations, more] })
    say('open')
    process.stdin.resume()
  `,
  )
  await other.lines()
  other.process.kill('SIGKILL')
  await other.exited
  const size = statSync(join(folder, 'burrow.db-wal')).size
  expect(size).toBeGreaterThan(0)
  const before = snapshot(folder)
  expect(storeErrorOf(() => openTiny(folder)).code).toBe('newer')
  delete before['burrow.db-shm']
  const after = snapshot(folder)
  delete after['burrow.db-shm']
  expect(after).toEqual(before)
})

test.each([
  ['is not a database at all', (path: string) => writeFileSync(path, 'Once upon a time there was no database here. '.repeat(500))],
  ['lost its end', (path: string) => truncateSync(path, 40_960)],
  ['has a broken table', (path: string) => overwrite(path, 4096, 4096)],
  ['has a broken header', (path: string) => overwrite(path, 100, 900)],
])('a database that %s is said at the start, with the last good copy, and nothing is touched', (_, break_) => {
  const folder = filledFolder()
  openTiny(folder, { migrations: [first, second] }).close()
  const copy = listCopies(folder)[0] as string
  const path = join(folder, 'burrow.db')
  break_(path)
  const before = snapshot(folder)
  const error = storeErrorOf(() => openTiny(folder, { migrations: [first, second] }))
  expect(error.code).toBe('damaged')
  expect(error.message).toContain(`The database ${path} is damaged. Nothing was changed.`)
  expect(error.message).toContain(`The last good copy is ${copy}`)
  expect(storeErrorOf(() => openTiny(folder, { migrations: [first, second, third] })).code).toBe('damaged')
  expect(storeErrorOf(() => openBeside(folder, { migrations: [first, second] }).reader).code).toBe('damaged')
  expect(snapshot(folder)).toEqual(before)
  copyFileSync(copy, path)
  const store = openTiny(folder, { migrations: [first, second] })
  expect(store.database.prepare('select count(*) as n from notes').get()).toEqual({ n: 1000 })
})

test('damage that only the copy finds stops the upgrade before it begins', () => {
  const folder = filledFolder()
  const path = join(folder, 'burrow.db')
  overwrite(path, 4096 * 20, 4096)
  const before = snapshot(folder)
  const error = storeErrorOf(() => openTiny(folder, { migrations: [first, second] }))
  expect(error.code).toBe('damaged')
  expect(error.message).toContain('There is no copy of it')
  const after = snapshot(folder)
  expect(after['burrow.db']).toEqual(before['burrow.db'])
  expect(listCopies(folder)).toEqual([])
})

test('the full check finds what a start does not look for', async () => {
  const folder = filledFolder()
  const sound = openTiny(folder)
  expect(await sound.reader.check()).toEqual([])
  sound.close()
  overwrite(join(folder, 'burrow.db'), 4096 * 20, 4096)
  const problems = await openTiny(folder).reader.check()
  expect(problems.length).toBeGreaterThan(0)
})

test('a copy can be made of an open store at any time', () => {
  const folder = filledFolder()
  const store = openTiny(folder)
  const path = copyDatabase(store.database, folder, NOON)
  expect(existsSync(path)).toBe(true)
  expect(rowsIn(path)).toEqual({ version: 1, rows: 1000, check: 'ok' })
})

test('a list of migrations with a gap is a mistake of the program', () => {
  expect(() => openTiny(temporaryFolder(), { migrations: [first, third] })).toThrow('should have the number 2')
})

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path)
  bytes.fill(0xa5, from, from + length)
  writeFileSync(path, bytes)
}
