import { beforeEach, describe, expect, it } from 'vitest'
import type { TunnelMemory } from '../../../src-main/tunnel/backoff.ts'
import { createMachine } from '../../../src-main/tunnel/machine.ts'
import type { Tunnel } from '../../../src-main/tunnel/machine.ts'
import { TunnelError } from '../../../src-main/tunnel/provider.ts'
import type { OpenRequest, TunnelAdapter, TunnelSession } from '../../../src-main/tunnel/provider.ts'
import { settle, VirtualTime } from './virtual-time.ts'

const MINUTE = 60_000
const quiet = { debug() {}, info() {}, warn() {} }

/** A provider whose answers the test gives by hand. */
class Provider implements TunnelAdapter {
  readonly facts = {
    stable: false,
    ownership: 'none',
    browserInterstitial: false,
    plaintextLeg: true,
    maxBody: null,
    maxConcurrent: 10,
  } as const
  readonly releaseMs = 1_500
  readonly requests: (OpenRequest & { at: number; answer(url: string): void; fail(error: Error): void })[] = []
  readonly disposed: string[] = []
  /** What happens at once to every request; null: nothing. */
  reflex: ((request: OpenRequest) => string | Error) | null = null
  readonly time: VirtualTime

  constructor(time: VirtualTime) {
    this.time = time
  }

  open(request: OpenRequest): Promise<TunnelSession> {
    return new Promise((resolve, reject) => {
      const answer = (url: string) => resolve({ url, dispose: async () => void this.disposed.push(url) })
      this.requests.push({ ...request, at: this.time.now(), answer, fail: reject })
      const outcome = this.reflex?.(request)
      if (outcome instanceof Error) reject(outcome)
      else if (outcome) answer(outcome)
    })
  }

  get last() {
    const request = this.requests.at(-1)
    if (!request) throw new Error('nothing was asked for')
    return request
  }
}

describe('the state machine of a tunnel', () => {
  let time: VirtualTime
  let provider: Provider
  let saved: TunnelMemory | null
  let tunnel: Tunnel
  let seen: string[]

  function make(options: { wantedHost?: string | null; wantedSubdomain?: string | null } = {}): Tunnel {
    const made = createMachine({
      adapter: provider,
      localPort: 4_000,
      wantedHost: options.wantedHost === undefined ? 'ana.tunnel.example' : options.wantedHost,
      wantedSubdomain: options.wantedSubdomain ?? null,
      now: time.now,
      timers: time.timers,
      random: () => 0,
      state: { load: () => structuredClone(saved), save: (memory) => (saved = structuredClone(memory)) },
      log: quiet,
      openLimitMs: 30_000,
    })
    seen = []
    made.on((status) => seen.push(status.state))
    return made
  }

  beforeEach(() => {
    time = new VirtualTime()
    provider = new Provider(time)
    saved = null
    tunnel = make()
  })

  async function open(): Promise<void> {
    tunnel.start()
    await settle()
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    expect(tunnel.status).toMatchObject({ state: 'open', url: 'https://ana.tunnel.example', error: null })
  }

  it('asks for the name of the identity and shows the address once it is open', async () => {
    await open()
    expect(provider.requests).toHaveLength(1)
    expect(provider.last).toMatchObject({ subdomain: 'ana', localPort: 4_000 })
    expect(seen).toEqual(['opening', 'open'])
  })

  it('compares names only: the port of a local origin does not matter', async () => {
    tunnel = make({ wantedHost: 'ana.localhost:18080' })
    tunnel.start()
    provider.last.answer('http://ana.localhost')
    await settle()
    expect(tunnel.status.state).toBe('open')
  })

  it('never accepts another name: it closes at once and tries again later', async () => {
    tunnel.start()
    expect(provider.last.accept('https://brave-cat-7.tunnel.example')).toBe(false)
    provider.last.answer('https://brave-cat-7.tunnel.example')
    await settle()
    expect(tunnel.status).toMatchObject({ state: 'name-taken', url: null, error: 'name-taken' })
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 2_000)
    expect(provider.disposed).toEqual(['https://brave-cat-7.tunnel.example'])
    await time.pass(2_000)
    expect(tunnel.status).toMatchObject({ state: 'opening', error: 'name-taken' })
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    expect(tunnel.status).toMatchObject({ state: 'open', error: null })
    expect(seen).toEqual(['opening', 'name-taken', 'opening', 'open'])
  })

  it.each(['https://ana.tunnel.example.evil.example', 'https://ana.evil.example', 'https://xana.tunnel.example', 'nonsense'])(
    'does not take %s for the name of the identity',
    async (url) => {
      tunnel.start()
      provider.last.answer(url)
      await settle()
      expect(tunnel.status.state).toBe('name-taken')
    },
  )

  it('takes any name for a trial, and then only that one', async () => {
    tunnel = make({ wantedHost: null, wantedSubdomain: 'ana' })
    tunnel.start()
    expect(provider.last.subdomain).toBe('ana')
    provider.last.answer('https://brave-cat-7.tunnel.example')
    await settle()
    expect(tunnel.status).toMatchObject({ state: 'open', url: 'https://brave-cat-7.tunnel.example' })
    provider.last.lost('lost', '')
    await time.pass(2_000)
    expect(provider.last.subdomain).toBe('brave-cat-7')
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    expect(tunnel.status.state).toBe('name-taken')
  })

  it('gives up an opening that never settles, and closes it when it settles after all', async () => {
    tunnel.start()
    const first = provider.last
    await time.pass(29_999)
    expect(tunnel.status.state).toBe('opening')
    await time.pass(1)
    expect(tunnel.status).toMatchObject({ state: 'backoff', error: 'timeout' })
    expect(first.signal.aborted).toBe(true)
    await time.pass(2_000)
    expect(provider.requests).toHaveLength(2)
    first.answer('https://ana.tunnel.example/late')
    await settle()
    expect(tunnel.status.state).toBe('opening')
    expect(provider.disposed).toEqual(['https://ana.tunnel.example/late'])
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    expect(tunnel.status.state).toBe('open')
    first.fail(new Error('even later'))
    first.lost('lost', '')
    await settle()
    expect(tunnel.status.state).toBe('open')
  })

  it('waits longer after each failure, at least 30 s from the fourth on and never more than ten minutes', async () => {
    provider.reflex = () => new TunnelError('unreachable', 'nobody there')
    tunnel.start()
    await time.pass(2 * 60 * MINUTE)
    const gaps = provider.requests.slice(1).map((request, i) => request.at - (provider.requests[i]?.at ?? 0))
    expect(gaps.slice(0, 9)).toEqual([2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 600_000])
    expect(new Set(gaps.slice(9))).toEqual(new Set([600_000]))
    expect(tunnel.status).toMatchObject({ state: 'backoff', error: 'unreachable' })
  })

  it('keeps its patience over restarts', async () => {
    provider.reflex = () => new TunnelError('refused', 'banned')
    tunnel.start()
    await time.pass(5 * MINUTE)
    const { nextAttemptAt } = tunnel.status
    await tunnel.stop()
    expect(time.waiting).toBe(0)
    const asked = provider.requests.length

    tunnel = make()
    tunnel.start()
    expect(tunnel.status).toMatchObject({ state: 'backoff', nextAttemptAt, error: 'refused' })
    await time.pass((nextAttemptAt ?? 0) - time.now() - 1)
    expect(provider.requests).toHaveLength(asked)
    await time.pass(1)
    expect(provider.requests).toHaveLength(asked + 1)
    expect((tunnel.status.nextAttemptAt ?? 0) - time.now()).toBeGreaterThan(4 * MINUTE)
  })

  it('is not fooled by being started over and over: never 100 tunnels in an hour', async () => {
    provider.reflex = () => 'https://ana.tunnel.example'
    for (let round = 0; round < 600; round++) {
      tunnel = make()
      tunnel.start()
      await time.pass(12_000)
      if (round % 3 === 0) await tunnel.stop()
      else if (round % 3 === 1) tunnel.rebuild('wake')
      time.kill()
    }
    const times = provider.requests.map((request) => request.at)
    const busiest = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60 * MINUTE).length))
    expect(busiest).toBeGreaterThan(30)
    expect(busiest).toBeLessThan(100)
    const crowded = times.slice(4).filter((at, i) => at - (times[i] ?? 0) < 10 * MINUTE && at - (times[i + 3] ?? 0) < 30_000)
    expect(crowded).toEqual([])
  })

  it('does not wait for ever on a memory written under a clock that ran ahead', async () => {
    const ahead = time.now() + 365 * 24 * 60 * MINUTE
    saved = {
      failures: 3,
      nextAttemptAt: ahead,
      attempts: [ahead, ahead, ahead, ahead, ahead],
      held: false,
      releasedAt: ahead,
      error: null,
    }
    tunnel.start()
    expect(tunnel.status.state).toBe('opening')
  })

  it('asks a moment later when it was killed with the name in its hands', async () => {
    await open()
    const again = make()
    again.start()
    expect(again.status.state).toBe('backoff')
    await time.pass(1_499)
    expect(provider.requests).toHaveLength(1)
    await time.pass(1)
    expect(provider.requests).toHaveLength(2)
  })

  it('builds a lost tunnel anew after the server has let the name go', async () => {
    await open()
    provider.last.lost('lost', 'gone')
    expect(tunnel.status).toMatchObject({ state: 'backoff', url: null, error: 'lost' })
    await time.pass(1_999)
    expect(provider.disposed).toEqual(['https://ana.tunnel.example'])
    expect(provider.requests).toHaveLength(1)
    await time.pass(1)
    expect(provider.requests).toHaveLength(2)
  })

  it('forgives failures only after a tunnel stood for a minute', async () => {
    provider.reflex = () => 'https://ana.tunnel.example'
    tunnel.start()
    for (let round = 0; round < 3; round++) {
      await settle()
      provider.last.lost('lost', '')
      await time.pass((tunnel.status.nextAttemptAt ?? 0) - time.now())
    }
    provider.last.lost('lost', '')
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 30_000)
    await time.pass(30_000 + MINUTE)
    expect(tunnel.status.state).toBe('open')
    provider.last.lost('lost', '')
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 2_000)
  })

  it.each(['wake', 'network', 'owner'] as const)('is built anew at once for "%s", however long it was to wait', async (why) => {
    provider.reflex = () => new TunnelError('unreachable', '')
    tunnel.start()
    await time.pass(30 * MINUTE)
    const asked = provider.requests.length
    tunnel.rebuild(why)
    await settle()
    expect(provider.requests).toHaveLength(asked + 1)
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 2_000)
  })

  it('tears an open tunnel down and opens it again, once, when waking, network and clock speak together', async () => {
    await open()
    await time.pass(10 * MINUTE)
    tunnel.rebuild('wake')
    tunnel.rebuild('network')
    tunnel.rebuild('clock')
    expect(tunnel.status).toMatchObject({ state: 'backoff', error: null, nextAttemptAt: time.now() + 1_500 })
    await time.pass(1_500)
    expect(provider.disposed).toEqual(['https://ana.tunnel.example'])
    expect(provider.requests).toHaveLength(2)
    tunnel.rebuild('network')
    await settle()
    expect(provider.requests).toHaveLength(2)
  })

  it('rebuilds an open tunnel when the self-check fails, with growing patience, and leaves a waiting one alone', async () => {
    await open()
    await time.pass(10 * MINUTE)
    tunnel.rebuild('self-check')
    expect(tunnel.status).toMatchObject({ state: 'backoff', error: 'not-answering', nextAttemptAt: time.now() + 2_000 })
    tunnel.rebuild('self-check')
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 2_000)
    await time.pass(2_000)
    provider.last.answer('https://ana.tunnel.example')
    await time.pass(10_000)
    tunnel.rebuild('self-check')
    expect(tunnel.status.nextAttemptAt).toBe(time.now() + 5_000)
  })

  it('notices sleep, and a clock set back, without any power event', async () => {
    await open()
    await time.pass(60 * MINUTE)
    expect(provider.requests).toHaveLength(1)
    time.jump(8 * 60 * MINUTE)
    await time.pass(10_000)
    expect(tunnel.status.state).toBe('backoff')
    await time.pass(1_500)
    provider.last.answer('https://ana.tunnel.example')
    await time.pass(30 * MINUTE)
    expect(tunnel.status.state).toBe('open')
    time.jump(-24 * 60 * MINUTE)
    await time.pass(10_000 + 1_500)
    expect(provider.requests).toHaveLength(3)
  })

  it('does not mind a clock that is corrected by a few seconds', async () => {
    await open()
    for (const by of [15_000, -15_000]) {
      time.jump(by)
      await time.pass(MINUTE)
    }
    expect(tunnel.status.state).toBe('open')
    expect(provider.requests).toHaveLength(1)
  })

  it('stops from every state, leaves no timer behind and takes nothing that comes later', async () => {
    tunnel.start()
    await tunnel.stop()
    expect(provider.last.signal.aborted).toBe(true)
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    expect(provider.disposed).toEqual(['https://ana.tunnel.example'])
    expect(tunnel.status).toMatchObject({ state: 'closed', url: null, nextAttemptAt: null })
    tunnel.rebuild('owner')
    await time.pass(60 * MINUTE)
    expect(provider.requests).toHaveLength(1)
    expect(time.waiting).toBe(0)

    tunnel.start()
    provider.last.answer('https://ana.tunnel.example')
    await settle()
    await tunnel.stop()
    expect(provider.disposed).toHaveLength(2)
    expect(saved).toMatchObject({ held: false })
    expect(time.waiting).toBe(0)
  })

  it('survives a listener, a saved state and a close that fail', async () => {
    const failing = createMachine({
      adapter: {
        ...provider,
        facts: provider.facts,
        releaseMs: 0,
        open: async () => ({ url: 'https://ana.tunnel.example', dispose: () => Promise.reject(new Error('no')) }),
      },
      localPort: 1,
      wantedHost: 'ana.tunnel.example',
      wantedSubdomain: null,
      now: time.now,
      timers: time.timers,
      random: () => 0,
      state: {
        load: () => null,
        save() {
          throw new Error('disk full')
        },
      },
      log: quiet,
      openLimitMs: 1_000,
    })
    const states: string[] = []
    failing.on(() => {
      throw new Error('listener')
    })
    const off = failing.on((status) => states.push(status.state))
    failing.start()
    await settle()
    off()
    await failing.stop()
    expect(states).toEqual(['opening', 'open'])
    expect(failing.status.state).toBe('closed')
  })
})
