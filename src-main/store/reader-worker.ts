/**
 * The reader thread: one connection that cannot change a row (`query_only` still lets it checkpoint, sqlite.org/pragma.html#pragma_query_only),
 * one request after the other. Built as `reader.js`; it imports nothing that the main thread's store needs.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** What the thread is started with. `closed` becomes 1 when the connection is closed. */
export interface ReaderStart {
  path: string
  closed: SharedArrayBuffer
}

export type ReaderRequest =
  | { kind: 'all'; id: number; sql: string; values: unknown[] }
  | { kind: 'checkpoint'; id: number }
  | { kind: 'check'; id: number }
  | { kind: 'close' }

export type ReaderAnswer = { id: number; rows: unknown[] } | { id: number; error: { code: string; message: string } }

/** Statements kept prepared; searches differ in shape, not in number. */
const PREPARED = 200

const port = parentPort
if (!port) throw new Error('reader-worker runs as a worker thread only')

const { path, closed } = workerData as ReaderStart
const database = new Database(path, { fileMustExist: true, timeout: 5000 })
database.pragma('query_only = ON')
database.pragma('temp_store = MEMORY')
database.pragma('cache_size = -8000')

const prepared = new Map<string, Database.Statement>()

function statement(sql: string): Database.Statement {
  let found = prepared.get(sql)
  if (!found) {
    found = database.prepare(sql)
    if (prepared.size >= PREPARED) prepared.delete(prepared.keys().next().value as string)
    prepared.set(sql, found)
  }
  return found
}

function answer(request: Exclude<ReaderRequest, { kind: 'close' }>): unknown[] {
  switch (request.kind) {
    case 'all':
      return statement(request.sql).all(...request.values)
    case 'checkpoint':
      return statement('pragma wal_checkpoint(PASSIVE)').all()
    case 'check':
      return database.pragma('integrity_check(20)') as unknown[]
  }
}

port.on('message', (request: ReaderRequest) => {
  if (request.kind === 'close') {
    database.close()
    const flag = new Int32Array(closed)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
    port.close()
    return
  }
  let reply: ReaderAnswer
  try {
    reply = { id: request.id, rows: answer(request) }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    reply = { id: request.id, error: { code, message: error instanceof Error ? error.message : String(error) } }
  }
  port.postMessage(reply)
})
