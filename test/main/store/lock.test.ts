import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../../src-main/store/lock.ts'
import { child, NOON, openTiny, snapshot, storeErrorOf, temporaryFolder } from './folder.ts'

const holdAndSay = `
  try {
    globalThis.held = store.openStore({ folder, now: () => ${NOON}, migrations })
    say('mine ' + process.pid)
    process.stdin.resume()
  } catch (error) {
    say(error.code + ' ' + error.message)
  }
`

test('of several processes that race for a folder exactly one gets it, the others name it', async () => {
  const folder = temporaryFolder()
  const racers = Array.from({ length: 5 }, () => child(folder, holdAndSay))
  const said = await Promise.all(racers.map((racer) => racer.lines()))
  const winners = said.filter((line) => line.startsWith('mine'))
  expect(winners).toHaveLength(1)
  expect(said.filter((line) => line.startsWith('locked Burrow is already running on the folder'))).toHaveLength(4)
})

test('kill -9 of the holder frees the folder; while it lives, the sentence names process, host and time', async () => {
  const folder = temporaryFolder()
  const holder = child(folder, holdAndSay)
  const said = await holder.lines()
  const before = snapshot(folder)
  const error = storeErrorOf(() => openTiny(folder))
  expect(error.code).toBe('locked')
  expect(error.message).toBe(
    `Burrow is already running on the folder ${folder} (process ${said.slice(5)} on ${hostname()}, since 2026-03-01T12:00:00.000Z).`,
  )
  expect(snapshot(folder)).toEqual(before)
  holder.process.kill('SIGKILL')
  await holder.exited
  const store = openTiny(folder)
  expect(JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'))).toEqual({
    pid: process.pid,
    host: hostname(),
    since: '2026-03-01T12:00:00.000Z',
  })
  store.close()
  openTiny(folder)
})

test('in the same process too there is one holder; a failed second attempt does not lose the lock', async () => {
  const folder = temporaryFolder()
  openTiny(folder)
  expect(storeErrorOf(() => openTiny(folder)).code).toBe('locked')
  expect(storeErrorOf(() => openTiny(folder)).code).toBe('locked')
  const other = child(folder, holdAndSay)
  expect(await other.lines()).toMatch(/^locked /)
})

test('the words for the message may be missing or broken, the lock holds', () => {
  const folder = temporaryFolder()
  const lock = lockFolder(folder, NOON)
  writeFileSync(join(folder, 'lock.json'), '{"pid": "x"')
  expect(storeErrorOf(() => lockFolder(folder, NOON)).message).toBe(`Burrow is already running on the folder ${folder}.`)
  lock.release()
  lock.release()
  lockFolder(folder, NOON).release()
})

test('a lock file that is not one is a sentence, not a crash', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'lock.db'), 'not a database, but long enough to be read as one. '.repeat(40))
  const error = storeErrorOf(() => lockFolder(folder, NOON))
  expect(error.code).toBe('unwritable')
  expect(error.message).toContain('delete it and start again')
})
