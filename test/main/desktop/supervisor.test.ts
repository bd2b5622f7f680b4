import { beforeEach, describe, expect, it } from 'vitest'
import { Supervisor, type InstanceProcess } from '../../../src-main/desktop/supervisor.ts'
import type { HostMessage, InstanceMessage } from '../../../src-main/instance-protocol.ts'

/** An instance in the hands of the test: what it was told, and its end. */
class Puppet implements InstanceProcess {
  told: HostMessage[] = []
  killed = false
  say: (message: InstanceMessage) => void = () => undefined
  end: (code: number | null) => void = () => undefined
  post(message: HostMessage) {
    this.told.push(message)
  }
  kill() {
    this.killed = true
  }
  onMessage(heard: (message: InstanceMessage) => void) {
    this.say = heard
  }
  onExit(gone: (code: number | null) => void) {
    this.end = gone
  }
}

let now = 0
let due: { at: number; run: () => void }[] = []
let children: Puppet[] = []
let heard: InstanceMessage[] = []
let gaveUp: (string | null)[] = []
let supervisor: Supervisor

const child = () => children.at(-1) as Puppet
const pass = (ms: number) => {
  const until = now + ms
  for (;;) {
    const next = due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
    if (!next) break
    due = due.filter((entry) => entry !== next)
    now = next.at
    next.run()
  }
  now = until
}

beforeEach(() => {
  now = 1_000_000
  due = []
  children = []
  heard = []
  gaveUp = []
  supervisor = new Supervisor({
    fork: () => {
      const puppet = new Puppet()
      children.push(puppet)
      return puppet
    },
    argv: ['--data', '/d'],
    now: () => now,
    later: (run, ms) => {
      const entry = { at: now + ms, run }
      due.push(entry)
      return () => {
        due = due.filter((other) => other !== entry)
      }
    },
    heard: (message) => heard.push(message),
    gaveUp: (sentence) => gaveUp.push(sentence),
  })
  supervisor.start()
})

describe('the instance', () => {
  it('is started with its flags, and heard', () => {
    expect(child().told).toEqual([{ type: 'start', argv: ['--data', '/d'], keyStore: true }])
    child().say({ type: 'badge', count: 3 })
    expect(heard).toEqual([{ type: 'badge', count: 3 }])
    supervisor.start()
    expect(children).toHaveLength(1)
  })

  it('that ends by itself is started again, each time a little later', () => {
    const waits = [1_000, 2_000, 4_000, 8_000, 16_000]
    waits.forEach((wait, before) => {
      child().end(1)
      pass(wait - 1)
      expect(children).toHaveLength(before + 1)
      pass(1)
      expect(children).toHaveLength(before + 2)
    })
    expect(gaveUp).toEqual([])
    child().end(null)
    pass(60_000)
    expect(children).toHaveLength(6)
    expect(gaveUp).toEqual([null])
    supervisor.startAgain()
    expect(children).toHaveLength(7)
    child().end(1)
    pass(1_000)
    expect(children).toHaveLength(8)
  })

  it('is forgiven after ten minutes', () => {
    for (let round = 0; round < 12; round++) {
      child().end(1)
      pass(300_000)
    }
    expect(gaveUp).toEqual([])
    expect(children).toHaveLength(13)
  })

  it('that says why it cannot start is not started again', () => {
    child().say({ type: 'failed', sentence: 'This folder is newer than this Burrow.' })
    child().end(2)
    pass(60_000)
    expect(children).toHaveLength(1)
    expect(gaveUp).toEqual(['This folder is newer than this Burrow.'])
  })

  it('that ends with our exit code for bad settings is not started again either', () => {
    child().end(2)
    pass(60_000)
    expect(gaveUp).toEqual([null])
  })

  it('gets no messages while it is not there, and none from the past', () => {
    const first = child()
    first.end(1)
    supervisor.post({ type: 'power', event: 'suspend' })
    pass(1_000)
    expect(child().told).toHaveLength(1)
    first.say({ type: 'badge', count: 9 })
    expect(heard).toEqual([])
  })
})

describe('stopping', () => {
  it('asks, and waits for the end', async () => {
    const stopped = supervisor.stop()
    expect(child().told.at(-1)).toEqual({ type: 'stop' })
    child().end(0)
    await stopped
    expect(child().killed).toBe(false)
    pass(60_000)
    expect(children).toHaveLength(1)
    expect(gaveUp).toEqual([])
  })

  it('ends what does not listen, before the five seconds are over', async () => {
    const stopped = supervisor.stop()
    pass(4_000)
    expect(child().killed).toBe(true)
    pass(500)
    await stopped
    expect(now - 1_000_000).toBeLessThan(5_000)
  })

  it('calls off a start that was waiting', async () => {
    child().end(1)
    await supervisor.stop()
    pass(60_000)
    supervisor.start()
    expect(children).toHaveLength(1)
  })

  it('is one stop however often it is asked for', () => {
    expect(supervisor.stop()).toBe(supervisor.stop())
    expect(child().told.filter(({ type }) => type === 'stop')).toHaveLength(1)
  })
})
