import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { query, sql } from '../../../src-main/store/query.ts'
import { findReaderWorker } from '../../../src-main/store/reader.ts'
import { openTiny, temporaryFolder, tiny } from './folder.ts'

const add = query<{ text: string }>()((slot) => tiny.insertInto('notes').values({ text: slot.text }).returning('id'))
const like = query<{ part: string }>()((slot) => tiny.selectFrom('notes').selectAll().where('text', 'like', slot.part).orderBy('id'))
const all = query()(() => tiny.selectFrom('notes').selectAll().orderBy('id'))
/** Busy for as long as it takes to count. */
const count = query<{ to: number }>()((slot) =>
  tiny
    .withRecursive('c(n)', (with_) =>
      with_.selectNoFrom(sql<number>`1`.as('n')).unionAll((more) =>
        more
          .selectFrom('c')
          .select(sql<number>`n + 1`.as('n'))
          .where('n', '<', slot.to),
      ),
    )
    .selectFrom('c')
    .select(sql<number>`count(*)`.as('n')),
)

test('reads with and without arguments, of what is committed', async () => {
  const store = openTiny(temporaryFolder())
  for (const text of ['bread', 'butter', 'cheese']) add.get(store, { text })
  expect(await store.reader.all(like, { part: 'b%' })).toEqual([
    { id: 1, text: 'bread' },
    { id: 2, text: 'butter' },
  ])
  expect(await store.reader.get(like, { part: 'x%' })).toBeUndefined()
  expect(await store.reader.all(all)).toHaveLength(3)
  store.database.exec('begin')
  add.get(store, { text: 'not yet' })
  expect(await store.reader.all(all)).toHaveLength(3)
  store.database.exec('commit')
  expect(await store.reader.all(all)).toHaveLength(4)
})

test('it cannot write, and its errors reach only the one who asked', async () => {
  const store = openTiny(temporaryFolder())
  await expect(store.reader.all(add, { text: 'no' })).rejects.toMatchObject({ code: 'unwritable' })
  const wrong = query()(() => tiny.selectFrom('notes').select(sql<string>`nope(text)`.as('x')))
  await expect(store.reader.all(wrong)).rejects.toThrow('no such function')
  expect(await store.reader.all(all)).toEqual([])
})

test('a long read leaves the main thread free: it writes and reads while the read runs', async () => {
  const store = openTiny(temporaryFolder())
  await store.reader.all(all)
  let finished = false
  const long = store.reader.get(count, { to: 2_000_000 }).then((row) => {
    finished = true
    return row
  })
  let turns = 0
  while (!finished) {
    store.transaction(() => add.get(store, { text: `turn ${turns}` }))
    expect(all.all(store)).toHaveLength((turns += 1))
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await long).toEqual({ n: 2_000_000 })
  expect(turns).toBeGreaterThan(5)
})

test('a read that nobody waits for any more leaves the queue', async () => {
  const store = openTiny(temporaryFolder())
  const done: string[] = []
  const abort = new AbortController()
  const running = store.reader.get(count, { to: 300_000 }).then(() => done.push('running'))
  const typed = store.reader.get(count, { to: 10_000_000_000 }, { signal: abort.signal })
  const after = store.reader.all(all).then(() => done.push('after'))
  abort.abort(new Error('another key was pressed'))
  await expect(typed).rejects.toThrow('another key was pressed')
  await Promise.all([running, after])
  expect(done).toEqual(['running', 'after'])
  await expect(store.reader.all(all, undefined, { signal: abort.signal })).rejects.toThrow('another key')
})

test('a thread that cannot start or dies is said loudly, each time', async () => {
  const errors: string[] = []
  const log = { info: () => undefined, warn: () => undefined, error: (_: object, message: string) => void errors.push(message) }
  const folder = temporaryFolder()
  const missing = openTiny(join(folder, 'a'), { log, readerPath: pathToFileURL(join(folder, 'nowhere.js')) })
  await expect(missing.reader.all(all)).rejects.toMatchObject({ code: 'worker' })
  await expect(missing.reader.all(all)).rejects.toMatchObject({ code: 'worker' })
  expect(errors).toEqual(['the reader thread does not run', 'the reader thread does not run'])
  writeFileSync(
    join(folder, 'dies.mjs'),
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3))",
  )
  const dies = openTiny(join(folder, 'b'), { log, readerPath: pathToFileURL(join(folder, 'dies.mjs')) })
  await expect(dies.reader.all(all)).rejects.toMatchObject({ code: 'worker' })
  expect(errors).toHaveLength(3)
})

test('closing while a read runs rejects it and leaves a clean folder', async () => {
  const store = openTiny(temporaryFolder())
  add.get(store, { text: 'kept' })
  const running = store.reader.get(count, { to: 300_000 })
  const waiting = store.reader.all(all)
  store.close()
  await expect(running).rejects.toMatchObject({ code: 'closed' })
  await expect(waiting).rejects.toMatchObject({ code: 'closed' })
  expect(all.all(openTiny(store.folder))).toHaveLength(1)
})

test('the worker is found beside the sources and in a build, chunk or not', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'main', 'chunks'), { recursive: true })
  const here = (...path: string[]) => pathToFileURL(join(folder, 'main', ...path)).href
  expect(findReaderWorker(here('reader.ts')).href).toBe(here('reader-worker.ts'))
  expect(() => findReaderWorker(here('serve.js'))).toThrow('The program is incomplete')
  writeFileSync(join(folder, 'main', 'reader.js'), '')
  expect(findReaderWorker(here('serve.js')).href).toBe(here('reader.js'))
  expect(findReaderWorker(here('chunks', 'store.js')).href).toBe(here('reader.js'))
})
