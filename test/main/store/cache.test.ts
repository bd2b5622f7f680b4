import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Blobs, Cache } from '../../../src-main/store/blobs.ts'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'burrow-cache-'))
  folders.push(made)
  return made
}
const hundred = (letter: string) => Buffer.alloc(100, letter)

test('copies the owner wants stay, beside the budget; the others go, least recently used first', async () => {
  const clock = { at: 1_000 }
  const cache = new Cache(folder(), { now: () => clock.at, budget: 300 })
  cache.keep(() => ['a', 'b', 'gone'])
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    clock.at += 1_000
    await cache.put(key, hundred(key))
  }
  clock.at += 1_000
  await cache.get('c')
  await cache.put('f', hundred('f'))
  const there = async (key: string) => (await cache.get(key)) !== undefined
  expect(await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(there))).toEqual([true, true, true, false, false, true])
  // Two kept ones and what fits in nine tenths of the budget.
  expect(await cache.bytes()).toBe(400)
})

test('many at the same time end under the budget, with a true count', async () => {
  const path = folder()
  const clock = { at: 1_000 }
  const cache = new Cache(path, { now: () => ++clock.at, budget: 1_000 })
  await Promise.all(Array.from({ length: 60 }, (_, i) => cache.put(`key ${i % 40}`, hundred(String(i % 10)))))
  await Promise.all([cache.trim(), cache.trim(500), cache.trim(), cache.remove('key 3')])
  await cache.trim()
  expect(await cache.bytes()).toBeLessThanOrEqual(500)
  // What another start counts on the disk is the same.
  expect(await new Cache(path, { now: () => clock.at }).bytes()).toBe(await cache.bytes())
})

test('after a crash the size is what is on the disk, and the order that of the last use', async () => {
  const path = folder()
  const before = new Cache(path, { now: () => 1_000_000, budget: 10_000 })
  for (const key of ['old', 'new', 'newer']) await before.put(key, hundred(key))
  const file = async (key: string) => (await before.get(key))?.path ?? ''
  utimesSync(await file('old'), 100, 100)
  utimesSync(await file('new'), 200, 200)
  // Half a download that nobody finished.
  const passing = await new Blobs(path).temporary()
  writeFileSync(passing, Buffer.alloc(5_000))
  const after = new Cache(path, { now: () => 2_000_000, budget: 10_000 })
  after.clearUnfinished()
  expect(await after.bytes()).toBe(300)
  await after.trim(250)
  expect([await after.get('old'), (await after.get('new'))?.size, (await after.get('newer'))?.size]).toEqual([undefined, 100, 100])
})

test('a finished file becomes one that is kept, under the key of its bytes', async () => {
  const blobs = new Blobs(folder())
  const one = await blobs.temporary()
  writeFileSync(one, hundred('x'))
  const key = await blobs.keep(one)
  expect([await blobs.put(hundred('x')), await blobs.size(key)]).toEqual([key, 100])
  const again = await blobs.temporary()
  writeFileSync(again, hundred('x'))
  expect(await blobs.keep(again)).toBe(key)
  await expect(blobs.keep(again)).rejects.toThrow()
})
