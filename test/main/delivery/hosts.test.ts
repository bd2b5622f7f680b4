import { describe, expect, test } from 'vitest'
import { openHosts } from '../../../src-main/delivery/hosts.ts'
import { openSuspects } from '../../../src-main/delivery/suspects.ts'
import { openDomain } from '../../../src-main/domain/domain.ts'
import { openStore } from '../../../src-main/store/store.ts'
import { rule } from '../../rig/attacks.ts'
import { atEnd, Clock, HOUR, MINUTE, temporaryFolder } from './rig.ts'

const DAY = 24 * HOUR

function open() {
  const clock = new Clock()
  const store = openStore({ folder: temporaryFolder(), now: clock.now, timers: clock.timers })
  atEnd(() => store.close())
  const hosts = () => openHosts(store, clock.now, 'cavage')
  const suspects = () => openSuspects(openDomain({ store, now: clock.now }), clock.now)
  const rows = (table: string) => (store.database.prepare(`select count(*) as n from ${table}`).get() as { n: number }).n
  const saved = (what: { save(): void }) => store.transaction(() => what.save())
  return { clock, store, hosts, suspects, rows, saved }
}

describe(rule(41), () => {
  test('five failures within ten minutes open the breaker, slower ones do not', () => {
    const { clock, hosts } = open()
    const known = hosts()
    for (let n = 0; n < 4; n++) known.failed('tide.test')
    expect([known.probing('tide.test'), known.quietUntil('tide.test')]).toEqual([false, 0])
    clock.advance(11 * MINUTE)
    known.failed('tide.test')
    expect(known.probing('tide.test')).toBe(false)
    for (let n = 0; n < 4; n++) known.failed('tide.test')
    expect(known.probing('tide.test')).toBe(true)
    expect(known.quietUntil('tide.test')).toBe(clock.time + 30 * MINUTE)
    known.succeeded('tide.test', 'cavage')
    expect([known.probing('tide.test'), known.quietUntil('tide.test')]).toEqual([false, 0])
  })

  test('what is held against a server ends by itself after a week, over a restart too', () => {
    const { clock, hosts, saved } = open()
    const known = hosts()
    for (let n = 0; n < 9; n++) known.failed('tide.test')
    saved(known)
    clock.advance(6 * DAY)
    expect(hosts().probing('tide.test')).toBe(true)
    clock.advance(2 * DAY)
    expect([hosts().probing('tide.test'), hosts().failing('tide.test')]).toEqual([false, false])
    // The next failure is a first one.
    const later = hosts()
    later.failed('tide.test')
    expect(later.probing('tide.test')).toBe(false)
  })

  test('nobody can ask for silence for ever, and a clock that was wrong silences nobody', () => {
    const { clock, hosts, saved } = open()
    const known = hosts()
    known.silence('tide.test', clock.time + 400 * DAY)
    expect(known.quietUntil('tide.test')).toBe(0)
    known.silence('moor.test', clock.time + HOUR)
    saved(known)
    expect(hosts().quietUntil('moor.test')).toBe(clock.time + HOUR)
    clock.time -= 30 * DAY
    expect(hosts().quietUntil('moor.test')).toBe(0)
  })

  test('thousands of names of one attacker do not grow the tables for ever', () => {
    const { clock, hosts, suspects, rows, saved } = open()
    const known = hosts()
    for (let n = 0; n < 20_500; n++) known.failed(`a${n}.evil.test`)
    saved(known)
    known.purge()
    expect(rows('hosts')).toBeLessThanOrEqual(20_000)
    // The newest are remembered.
    expect([known.failing('a20499.evil.test'), known.failing('a0.evil.test')]).toEqual([true, false])
    const absent = suspects()
    for (let n = 0; n < 20_500; n++) absent.absent(`http://a${n}.evil.test/inbox`, 404)
    saved(absent)
    expect(rows('suspects')).toBe(20_000)
    clock.advance(41 * DAY)
    known.purge()
    absent.purge()
    expect([rows('hosts'), rows('suspects')]).toEqual([0, 0])
  })
})

describe('evidence that nobody is there', () => {
  const INBOX = 'http://tide.test/inbox'

  test('404 has to go on for three days, over a restart; 410 is enough at once', () => {
    const { clock, suspects, saved } = open()
    const first = suspects()
    expect(first.absent(INBOX, 404)).toBe(false)
    saved(first)
    clock.advance(2 * DAY)
    expect(suspects().absent(INBOX, 404)).toBe(false)
    clock.advance(DAY)
    expect(suspects().absent(INBOX, 404)).toBe(true)
    expect(suspects().absent('http://moor.test/inbox', 410)).toBe(true)
  })

  test('one delivery that arrives ends it', () => {
    const { clock, suspects, saved } = open()
    const known = suspects()
    known.absent(INBOX, 404)
    saved(known)
    clock.advance(2 * DAY)
    known.found(INBOX)
    saved(known)
    clock.advance(2 * DAY)
    expect(suspects().absent(INBOX, 404)).toBe(false)
  })

  test('a clock that was ahead, and a time of redirects, are no evidence', () => {
    const { clock, suspects, saved } = open()
    const known = suspects()
    clock.time += 10 * DAY
    known.absent(INBOX, 404)
    known.redirects('http://moor.test/inbox', 301)
    saved(known)
    clock.time -= 10 * DAY
    expect(suspects().absent(INBOX, 404)).toBe(false)
    clock.advance(20 * DAY)
    expect(suspects().absent('http://moor.test/inbox', 404)).toBe(false)
  })
})
