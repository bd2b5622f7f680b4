import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { renameWithRetry, writeWholeFile } from '../../../src-main/store/files.ts'
import { Cache } from '../../../src-main/store/store.ts'
import { child, NOON, openTiny, temporaryFolder } from './folder.ts'

const bytes = Buffer.from('The quick brown fox jumps over the lazy dog')
const sha = createHash('sha256').update(bytes).digest('hex')

const filesIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : []

test('bytes are stored once under their digest, private, and read back whole', async () => {
  const store = openTiny(temporaryFolder())
  const key = await store.blobs.put(bytes)
  expect(key).toBe(sha)
  expect(await store.blobs.put(bytes)).toBe(key)
  expect(
    await store.blobs.put(
      (async function* () {
        yield bytes.subarray(0, 10)
        yield bytes.subarray(10)
      })(),
    ),
  ).toBe(key)
  expect(filesIn(store.blobs.folder)).toEqual([sha])
  expect(store.blobs.path(key)).toBe(join(store.folder, 'media', sha.slice(0, 2), sha))
  if (process.platform !== 'win32') expect(statSync(store.blobs.path(key)).mode & 0o777).toBe(0o600)
  expect(await store.blobs.size(key)).toBe(43)
  const whole = await store.blobs.open(key)
  expect([whole.size, whole.start, whole.end]).toEqual([43, 0, 42])
  expect(await buffer(whole.stream())).toEqual(bytes)
  const keys = []
  for await (const one of store.blobs.keys()) keys.push(one)
  expect(keys).toEqual([sha])
  expect(await store.blobs.remove(key)).toBe(true)
  expect(await store.blobs.remove(key)).toBe(false)
  expect(await store.blobs.has(key)).toBe(false)
  await expect(store.blobs.open(key)).rejects.toMatchObject({ code: 'missing' })
})

test('parts of a file, as HTTP asks for them', async () => {
  const store = openTiny(temporaryFolder())
  const key = await store.blobs.put(bytes)
  const part = async (range: { start: number; end?: number }) => {
    const reading = await store.blobs.open(key, range)
    return [reading.start, reading.end, (await buffer(reading.stream())).toString()]
  }
  expect(await part({ start: 4, end: 8 })).toEqual([4, 8, 'quick'])
  expect(await part({ start: 40 })).toEqual([40, 42, 'dog'])
  expect(await part({ start: 40, end: 9999 })).toEqual([40, 42, 'dog'])
  expect(await part({ start: 0, end: 0 })).toEqual([0, 0, 'T'])
  for (const range of [{ start: 43 }, { start: 9, end: 8 }, { start: -1 }, { start: 0.5 }]) {
    await expect(store.blobs.open(key, range)).rejects.toMatchObject({ code: 'invalid' })
  }
  const empty = await store.blobs.open(await store.blobs.put(Buffer.alloc(0)))
  expect([empty.size, (await buffer(empty.stream())).length]).toEqual([0, 0])
})

test('what is not a key opens nothing', async () => {
  const store = openTiny(temporaryFolder())
  for (const key of ['../burrow.db', sha.toUpperCase(), '', `${sha}/..`, sha.slice(1)]) {
    expect(() => store.blobs.path(key)).toThrow('That is not the key of a file.')
    await expect(store.blobs.open(key)).rejects.toMatchObject({ code: 'invalid' })
    await expect(store.blobs.remove(key)).rejects.toMatchObject({ code: 'invalid' })
  }
})

test('a source that breaks off leaves nothing', async () => {
  const store = openTiny(temporaryFolder())
  const breaks = async function* () {
    yield bytes
    throw new Error('the upload broke off')
  }
  await expect(store.blobs.put(breaks())).rejects.toThrow('the upload broke off')
  expect(filesIn(store.blobs.folder)).toEqual([])
})

test('kill -9 in the middle of a write leaves no file under a key, and the next start clears up', async () => {
  const folder = temporaryFolder()
  const other = child(
    folder,
    `
    const opened = store.openStore({ folder, now: Date.now, migrations })
    await opened.blobs.put(Buffer.from('whole'))
    await opened.blobs.put((async function* () {
      yield Buffer.alloc(100_000, 1)
      say('half')
      await new Promise((resolve) => setInterval(() => {}, 1000))
    })())
  `,
  )
  expect(await other.lines()).toBe('half')
  other.process.kill('SIGKILL')
  await other.exited
  expect(filesIn(join(folder, 'media'))).toHaveLength(2)
  const store = openTiny(folder)
  expect(filesIn(store.blobs.folder)).toEqual([createHash('sha256').update('whole').digest('hex')])
})

test('a rename that Windows refuses for a moment is tried again; elsewhere, and for good, it is an error', async () => {
  const refused = (code: string) => Object.assign(new Error(code), { code })
  const run = async (failures: string[], platform: NodeJS.Platform) => {
    const waits: number[] = []
    let calls = 0
    const rename = async () => {
      calls += 1
      const code = failures.shift()
      if (code) throw refused(code)
    }
    const wait = async (ms: number) => void waits.push(ms)
    await renameWithRetry('from', 'to', { rename, wait, platform })
    return { calls, waits }
  }
  expect(await run(['EPERM', 'EACCES', 'EBUSY'], 'win32')).toEqual({ calls: 4, waits: [5, 10, 20] })
  await expect(run(['EPERM'], 'linux')).rejects.toThrow('EPERM')
  await expect(run(['ENOENT'], 'win32')).rejects.toThrow('ENOENT')
  await expect(
    run(
      Array.from({ length: 20 }, () => 'EBUSY'),
      'win32',
    ),
  ).rejects.toThrow('EBUSY')
})

test('a small file is replaced whole and leaves nothing beside it', () => {
  const folder = temporaryFolder()
  writeWholeFile(join(folder, 'a.json'), 'one')
  writeWholeFile(join(folder, 'a.json'), 'two')
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('two')
  expect(readdirSync(folder)).toEqual(['a.json'])
  mkdirSync(join(folder, 'b.json'))
  expect(() => writeWholeFile(join(folder, 'b.json'), 'x')).toThrow()
  expect(readdirSync(folder)).toEqual(['a.json', 'b.json'])
})

test('the cache keeps within its budget, least recently used first, and remembers the order over a restart', async () => {
  const folder = temporaryFolder()
  let now = NOON
  const make = () => new Cache(join(folder, 'cache'), { now: () => now, budget: 1000 })
  const cache = make()
  for (const key of ['a', 'b', 'c', 'd']) {
    now += 10_000_000
    await cache.put(key, Buffer.alloc(240, key))
  }
  now += 10_000_000
  expect((await cache.get('a'))?.size).toBe(240)
  const again = make()
  now += 10_000_000
  await again.put('https://pond.example/e', Buffer.alloc(240, 'e'))
  expect(await again.bytes()).toBeLessThanOrEqual(1000)
  const left = await Promise.all(['a', 'b', 'c', 'd', 'https://pond.example/e'].map(async (key) => (await again.get(key)) !== undefined))
  expect(left).toEqual([true, false, false, true, true])
  await again.put('huge', Buffer.alloc(5000))
  expect(await again.get('huge')).toBeUndefined()
  expect(await again.trim(100)).toBeGreaterThan(0)
  expect(await again.bytes()).toBeLessThanOrEqual(100)
})

test('a cached copy is replaced, read in parts, removed, and may vanish at any time', async () => {
  const store = openTiny(temporaryFolder())
  await store.cache.put('key', Buffer.from('old'))
  await store.cache.put('key', bytes)
  expect(await store.cache.bytes()).toBe(43)
  const part = await store.cache.get('key', { start: 4, end: 8 })
  expect(part && (await buffer(part.stream())).toString()).toBe('quick')
  expect(part && readFileSync(part.path)).toEqual(bytes)
  rmSync(store.cache.folder, { recursive: true })
  expect(await store.cache.get('key')).toBeUndefined()
  expect(await store.cache.bytes()).toBe(0)
  await store.cache.put('key', bytes)
  expect((await store.cache.get('key'))?.size).toBe(43)
  await store.cache.remove('key')
  expect(await store.cache.get('key')).toBeUndefined()
  writeFileSync(join(store.cache.folder, 'note.txt'), 'not ours')
  expect(await store.cache.bytes()).toBe(0)
})
