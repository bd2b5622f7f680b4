import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Power } from '../../../src-main/desktop/power.ts'
import { parentThrough } from '../../../src-main/server/parent.ts'
import { keepAwakeWhile } from '../../../src-main/server/wakefulness.ts'
import type * as E from 'electron'
import type { InstanceMessage } from '../../../src-main/instance-protocol.ts'
import { Clock } from '../delivery/rig.ts'

/** From the queue's word to the system's power blocker, through the messages that cross between the processes. */
function wired() {
  const clock = new Clock()
  const blocked: string[] = []
  let held = 0
  const blocker = {
    start: (kind: string) => (blocked.push(`start ${kind}`), ++held),
    stop: (id: number) => (blocked.push(`stop ${id}`), true),
  }
  const power = new Power(
    new EventEmitter() as unknown as E.PowerMonitor,
    blocker as Pick<E.PowerSaveBlocker, 'start' | 'stop'>,
    () => undefined,
  )
  const { host } = parentThrough({
    post: (message: InstanceMessage) => {
      const crossed = JSON.parse(JSON.stringify(message)) as InstanceMessage
      if (crossed.type === 'keep-awake') power.keepAwake(crossed.on)
    },
    on: () => undefined,
  })
  let busy: (busy: boolean) => void = () => undefined
  let listening = true
  const stop = keepAwakeWhile({
    onBusy: (listen) => {
      busy = listen
      return () => (listening = false)
    },
    host,
    timers: clock.timers,
  })
  return { clock, blocked, busy: (on: boolean) => busy(on), stop, listening: () => listening }
}

describe('after publishing', () => {
  test('the computer stays awake until the first round is done and what it sent has been looked at', () => {
    const { blocked, busy, clock } = wired()
    expect(blocked).toEqual([])
    busy(true)
    expect(blocked).toEqual(['start prevent-app-suspension'])
    busy(false)
    clock.advance(10_000)
    expect(blocked).toHaveLength(1)
    // Another post within the moment: held once, let go once.
    busy(true)
    clock.advance(60_000)
    busy(false)
    clock.advance(19_000)
    expect(blocked).toHaveLength(1)
    clock.advance(2_000)
    expect(blocked).toEqual(['start prevent-app-suspension', 'stop 1'])
    busy(true)
    expect(blocked.at(-1)).toBe('start prevent-app-suspension')
  })

  test('an instance that ends lets it sleep', () => {
    const { blocked, busy, stop, clock, listening } = wired()
    busy(true)
    stop()
    expect(blocked).toEqual(['start prevent-app-suspension', 'stop 1'])
    clock.advance(60_000)
    expect(blocked).toHaveLength(2)
    expect(listening()).toBe(false)
  })
})
