import { describe, expect, test } from 'vitest'
import { openConnectivity, type SelfCheck, type TunnelView } from '../../../src-main/delivery/connectivity.ts'
import { Clock, MINUTE } from './rig.ts'

const HOUR = 60 * MINUTE
const SECOND = 1_000

class FakeTunnel implements TunnelView {
  status: TunnelView['status'] = { state: 'open', nextAttemptAt: null, error: null }
  readonly rebuilt: string[] = []
  readonly #listeners = new Set<() => void>()
  on(listen: () => void): () => void {
    this.#listeners.add(listen)
    return () => this.#listeners.delete(listen)
  }
  rebuild(why: string): void {
    this.rebuilt.push(why)
  }
  show(state: TunnelView['status']['state'], error: string | null = null, nextAttemptAt: number | null = null): void {
    this.status = { state, error, nextAttemptAt }
    for (const listen of this.#listeners) listen()
  }
}

function open(options: { tunnel?: FakeTunnel; first?: SelfCheck; origin?: string | null } = {}) {
  const clock = new Clock()
  const self: { answer: SelfCheck | 'never' | Error; looks: number; origin: string | null } = {
    answer: options.first ?? 'ours',
    looks: 0,
    origin: options.origin === undefined ? 'https://ana.example' : options.origin,
  }
  let steadyOffset = 0
  const connectivity = openConnectivity({
    origin: () => self.origin,
    tunnel: () => options.tunnel ?? null,
    check: async () => {
      self.looks++
      if (self.answer instanceof Error) throw self.answer
      if (self.answer === 'never') return new Promise<SelfCheck>(() => undefined)
      return self.answer
    },
    now: clock.now,
    steady: () => clock.time + steadyOffset,
    timers: clock.timers,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const states: string[] = []
  connectivity.onChange(() => {
    const { state, reason } = connectivity.status()
    const word = reason ? `${state}: ${reason}` : state
    if (states.at(-1) !== word) states.push(word)
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    connectivity,
    clock,
    self,
    states,
    turn,
    setClock: (byMs: number) => {
      clock.time += byMs
      steadyOffset -= byMs
    },
    wait: async (ms: number) => {
      // Looks are asynchronous: in steps, so that each is answered in its time.
      for (let left = ms; left > 0; left -= SECOND) {
        clock.advance(Math.min(left, SECOND))
        await turn()
      }
    },
  }
}

describe('online is proven', () => {
  test('by our own address answering with our key, and looked at again every five minutes', async () => {
    const { connectivity, clock, self, states, wait, turn } = open()
    expect(connectivity.online).toBe(false)
    connectivity.start()
    expect(connectivity.status().state).toBe('connecting')
    await turn()
    expect(connectivity.status()).toMatchObject({
      state: 'online',
      reason: null,
      seenAt: clock.time,
      nextAttemptAt: clock.time + 5 * MINUTE,
    })
    await wait(16 * MINUTE)
    expect(self.looks).toBe(4)
    expect(states).toEqual(['connecting', 'online'])
    connectivity.stop()
    expect(connectivity.online).toBe(false)
  })

  test('without an address nothing is looked at, until there is one', async () => {
    const { connectivity, self, states, wait, turn } = open({ origin: null })
    connectivity.start()
    await wait(HOUR)
    expect([connectivity.status().state, self.looks]).toEqual(['no-address', 0])
    self.origin = 'https://ana.example'
    connectivity.reconfigure()
    await turn()
    expect(states).toEqual(['connecting', 'online'])
  })

  test('by a verified request within half an hour, where a router does not let us reach ourselves', async () => {
    const { connectivity, self, states, wait, turn } = open({ first: 'not-answering' })
    connectivity.start()
    await turn()
    expect(connectivity.status()).toMatchObject({ state: 'unreachable', reason: 'not-answering' })
    connectivity.heard()
    expect(connectivity.online).toBe(true)
    await wait(29 * MINUTE)
    expect(connectivity.online).toBe(true)
    await wait(10 * MINUTE)
    expect(connectivity.online).toBe(false)
    expect(self.looks).toBeGreaterThan(5)
    expect(states).toEqual(['connecting', 'unreachable: not-answering', 'online', 'unreachable: not-answering'])
  })
})

describe('what is said when it is not so', () => {
  test('one lost look is no news; two are', async () => {
    const { connectivity, self, states, wait, turn } = open()
    connectivity.start()
    await turn()
    self.answer = 'not-answering'
    await wait(5 * MINUTE)
    self.answer = 'ours'
    await wait(5 * MINUTE)
    expect(states).toEqual(['connecting', 'online'])
    self.answer = 'no-network'
    await wait(6 * MINUTE)
    self.answer = 'ours'
    await wait(6 * MINUTE)
    expect(states).toEqual(['connecting', 'online', 'offline: no-network', 'online'])
  })

  test('somebody else under our name stops everything at once, and no request talks it away', async () => {
    const { connectivity, self, wait, turn } = open()
    connectivity.start()
    await turn()
    self.answer = 'wrong-key'
    await wait(5 * MINUTE)
    expect(connectivity.status()).toMatchObject({ state: 'action-needed', reason: 'wrong-key' })
    connectivity.heard()
    expect(connectivity.online).toBe(false)
    self.answer = 'ours'
    await wait(MINUTE)
    expect(connectivity.online).toBe(true)
  })

  test('a look that we cut off ourselves says nothing; one that throws is no answer', async () => {
    const { connectivity, self, states, wait, turn } = open()
    connectivity.start()
    await turn()
    self.answer = 'interrupted'
    connectivity.doubt()
    await turn()
    expect(connectivity.online).toBe(true)
    self.answer = new Error('broken')
    await wait(MINUTE)
    expect(states).toEqual(['connecting', 'online', 'unreachable: not-answering'])
  })

  test('a look without an end is waited for, not piled up', async () => {
    const { connectivity, self, turn } = open({ first: 'ours' })
    self.answer = 'never'
    connectivity.start()
    for (let n = 0; n < 5; n++) connectivity.retry()
    await turn()
    expect(self.looks).toBe(1)
  })

  test('a full disk comes first, and its end is looked at anew', async () => {
    const { connectivity, states, turn } = open()
    connectivity.start()
    await turn()
    connectivity.setDiskFull(true)
    connectivity.heard()
    expect(connectivity.status()).toMatchObject({ state: 'action-needed', reason: 'disk-full' })
    connectivity.setDiskFull(false)
    await turn()
    expect(states).toEqual(['connecting', 'online', 'action-needed: disk-full', 'connecting', 'online'])
  })

  test('our clock is wrong when two servers say so and none says otherwise; setting it is noticed', async () => {
    const { connectivity, setClock, states, wait, turn } = open()
    connectivity.start()
    await turn()
    connectivity.clockSeen('tide.example', 20 * MINUTE)
    connectivity.clockSeen('moor.example', 1_000)
    connectivity.clockSeen('fen.example', 20 * MINUTE)
    expect(connectivity.online).toBe(true)
    connectivity.clockSeen('tide.example', 20 * MINUTE)
    expect(connectivity.status()).toMatchObject({ state: 'action-needed', reason: 'clock-skew' })
    connectivity.heard()
    await wait(2 * HOUR)
    expect(connectivity.status()).toMatchObject({ state: 'action-needed', reason: 'clock-skew' })
    setClock(20 * MINUTE)
    await wait(MINUTE)
    expect(states).toEqual(['connecting', 'online', 'action-needed: clock-skew', 'online'])
  })
})

describe('the tunnel', () => {
  test('one that is built anew within seconds is nobody’s news; nothing is sent meanwhile', async () => {
    const tunnel = new FakeTunnel()
    const { connectivity, states, wait, turn } = open({ tunnel })
    connectivity.start()
    await turn()
    tunnel.show('backoff', 'closed', 1)
    expect(connectivity.online).toBe(false)
    tunnel.show('opening', 'closed')
    await wait(5 * SECOND)
    tunnel.show('open')
    await turn()
    expect(states).toEqual(['connecting', 'online', 'connecting', 'online'])
  })

  test('one that stays away is unreachable, said once, whatever it tries', async () => {
    const tunnel = new FakeTunnel()
    const { connectivity, clock, states, wait, turn } = open({ tunnel })
    connectivity.start()
    await turn()
    for (let n = 0; n < 10; n++) {
      tunnel.show('backoff', 'unreachable', clock.time + 5 * SECOND)
      await wait(5 * SECOND)
      tunnel.show('opening', 'unreachable')
      await wait(2 * SECOND)
    }
    expect(states).toEqual(['connecting', 'online', 'connecting', 'unreachable: tunnel-unreachable'])
    tunnel.show('backoff', 'unreachable', 77)
    expect(connectivity.status().nextAttemptAt).toBe(77)
    connectivity.heard()
    expect(connectivity.online).toBe(false)
  })

  test('no network, another name, closed', async () => {
    const tunnel = new FakeTunnel()
    const { connectivity, states, wait, turn } = open({ tunnel })
    connectivity.start()
    await turn()
    tunnel.show('name-taken', 'name-taken', 5)
    expect(connectivity.status()).toMatchObject({ state: 'unreachable', reason: 'name-taken', nextAttemptAt: 5 })
    tunnel.show('backoff', 'no-network', 6)
    await wait(20 * SECOND)
    expect(connectivity.status()).toMatchObject({ state: 'offline', reason: 'no-network' })
    tunnel.show('closed')
    expect(states.at(-1)).toBe('unreachable: tunnel-closed')
  })

  test('open but dead: torn down after three looks; the owner’s wish builds one that waits', async () => {
    const tunnel = new FakeTunnel()
    const { connectivity, self, wait, turn } = open({ tunnel })
    connectivity.start()
    await turn()
    self.answer = 'not-answering'
    await wait(5 * MINUTE + 30 * SECOND)
    expect(tunnel.rebuilt[0]).toBe('self-check')
    const before = tunnel.rebuilt.length
    connectivity.retry()
    expect(tunnel.rebuilt.length).toBe(before)
    tunnel.show('backoff', 'unreachable', 9)
    connectivity.retry()
    expect(tunnel.rebuilt.at(-1)).toBe('owner')
  })
})

describe('the pause', () => {
  test('holds everything until its time and ends by itself', async () => {
    const { connectivity, clock, self, wait, turn } = open()
    connectivity.start()
    await turn()
    const until = clock.time + HOUR
    connectivity.pause(until)
    await turn()
    expect(connectivity.status()).toMatchObject({ state: 'paused', nextAttemptAt: until })
    const looks = self.looks
    await wait(HOUR - SECOND)
    expect([connectivity.status().state, connectivity.online, self.looks]).toEqual(['paused', false, looks])
    await wait(2 * MINUTE)
    expect([connectivity.status().state, connectivity.online]).toEqual(['online', true])
    connectivity.stop()
  })
})
