import { expect, test } from 'vitest'
import { updateSettings } from '../../../src-main/domain/owner.ts'
import { notifyTrouble } from '../../../src-main/server/notices.ts'
import { openAna } from '../domain/home.ts'
import type { ConnectionReason, ConnectionState, ConnectionStatus } from '../../../src-main/delivery/connectivity.ts'

const MINUTE = 60_000

/** An instance whose connection is told by hand, with a clock of its own. */
function open() {
  const home = openAna()
  updateSettings(home, { language: 'en' })
  const said: { title: string; body: string; route: string }[] = []
  const timers = new Map<number, { at: number; work: () => void }>()
  const listeners = new Set<() => void>()
  let status: ConnectionStatus = { state: 'online', reason: null, since: 0, seenAt: null, nextAttemptAt: null }
  let next = 0
  const stop = notifyTrouble(
    home,
    { notify: (note) => said.push(note) },
    {
      connectivity: {
        status: () => status,
        onChange: (listen) => {
          listeners.add(listen)
          return () => listeners.delete(listen)
        },
      },
      timers: {
        set: (work, ms) => {
          timers.set(++next, { at: home.clock.at + ms, work })
          return next
        },
        clear: (timer) => timers.delete(timer as number),
      },
    },
  )
  return {
    home,
    said,
    stop,
    timers,
    now(state: ConnectionState, reason: ConnectionReason | null = null) {
      status = { ...status, state, reason }
      for (const listen of listeners) listen()
    },
    wait(ms: number) {
      for (const end = home.clock.at + ms; home.clock.at < end;) {
        home.clock.at += MINUTE
        for (const [id, timer] of [...timers]) {
          if (timer.at > home.clock.at || !timers.delete(id)) continue
          timer.work()
        }
      }
    },
  }
}

test('what needs the owner is told to the computer once, after half an hour', () => {
  const { now, wait, said } = open()
  now('action-needed', 'disk-full')
  wait(29 * MINUTE)
  expect(said).toEqual([])
  now('action-needed', 'clock-skew')
  wait(MINUTE)
  expect(said).toEqual([
    {
      title: 'Your server needs you',
      body: 'The clock of this computer is wrong, so other servers refuse what you send.',
      route: '/health',
    },
  ])
  wait(24 * 60 * MINUTE)
  now('action-needed', 'disk-full')
  wait(60 * MINUTE)
  expect(said).toHaveLength(1)
  now('online')
  now('action-needed', 'disk-full')
  wait(31 * MINUTE)
  expect(said).toHaveLength(2)
})

test('what passes by itself, and what does not need the owner, is not told', () => {
  const { now, wait, said, timers } = open()
  now('action-needed', 'wrong-key')
  wait(20 * MINUTE)
  now('connecting')
  now('action-needed', 'wrong-key')
  wait(20 * MINUTE)
  now('offline', 'no-network')
  wait(120 * MINUTE)
  now('unreachable', 'tunnel-unreachable')
  wait(120 * MINUTE)
  expect([said, timers.size]).toEqual([[], 0])
})

test('nobody is told who does not want to be, or after the end', () => {
  const { home, now, wait, said, stop, timers } = open()
  updateSettings(home, { notifications: false })
  now('action-needed', 'name-taken')
  wait(40 * MINUTE)
  expect(said).toEqual([])
  now('online')
  updateSettings(home, { notifications: true })
  now('action-needed', 'name-taken')
  stop()
  wait(40 * MINUTE)
  expect([said, timers.size]).toEqual([[], 0])
})
