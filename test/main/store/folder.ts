import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Generated } from 'kysely'
import { afterEach } from 'vitest'
import { build } from '../../../src-main/store/query.ts'
import { openStore, StoreError, type Migration, type OpenOptions, type Store } from '../../../src-main/store/store.ts'

/** The clock of the store's tests. */
export const NOON = Date.UTC(2026, 2, 1, 12)

const folders: string[] = []
const stores: Store[] = []
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  for (const store of stores.splice(0)) store.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-store-'))
  folders.push(folder)
  return folder
}

/** The builder of the tests' own little schema. */
export const tiny = build.withTables<{ notes: { id: Generated<number>; text: string } }>()

export const first: Migration = {
  number: 1,
  name: 'notes',
  up: (db) => db.exec('create table notes (id integer primary key, text text not null) strict'),
}

/** A store with one table `notes`, closed when the test ends. */
export function openTiny(folder: string, options: Partial<OpenOptions> = {}): Store {
  const store = openStore({ folder, now: () => NOON, migrations: [first], ...options })
  stores.push(store)
  return store
}

/** Closes a store at the end of the test. */
export function closing(store: Store): Store {
  stores.push(store)
  return store
}

/** The error that `work` throws, as a StoreError. */
export function storeErrorOf(work: () => unknown): StoreError {
  try {
    work()
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Every file with its content, except the lock's. */
export function snapshot(folder: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name)
    if (name.startsWith('lock.') || statSync(path).isDirectory()) continue
    files[name] = readFileSync(path).toString('base64')
  }
  return files
}

/** Runs a module in a Node process of its own; `store`, `folder` and `say(line)` are there. Ended when the test ends. */
export function child(
  folder: string,
  code: string,
): { process: ChildProcess; lines: () => Promise<string>; exited: Promise<number | null> } {
  const storeUrl = pathToFileURL(join(import.meta.dirname, '../../../src-main/store/store.ts')).href
  const script = `
    import * as store from ${JSON.stringify(storeUrl)}
    const folder = ${JSON.stringify(folder)}
    const migrations = [{ number: 1, name: 'notes', up: (db) => db.exec('create table notes (id integer primary key, text text not null) strict') }]
    const say = (line) => process.stdout.write(line + '\\n')
    ${code}
  `
  const running = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(running)
  const exited = once(running, 'exit').then(([code]) => code as number | null)
  let buffered = ''
  const waiting: ((line: string) => void)[] = []
  void exited.then((code) => waiting.forEach((next) => next(`ended with ${code}`)))
  const ready: string[] = []
  running.stdout?.on('data', (chunk: Buffer) => {
    buffered += chunk.toString()
    const parts = buffered.split('\n')
    buffered = parts.pop() ?? ''
    for (const line of parts) {
      const next = waiting.shift()
      if (next) next(line)
      else ready.push(line)
    }
  })
  const lines = () =>
    new Promise<string>((resolve) => {
      const line = ready.shift()
      if (line !== undefined) resolve(line)
      else waiting.push(resolve)
    })
  return { process: running, lines, exited }
}
