import { describe, expect, test } from 'vitest'
import { openMediaLine, TUNNEL_LIMITS, type MediaLimits } from '../../../src-main/http/media-line.ts'
import { rule } from '../../rig/attacks.ts'
import { Clock } from '../delivery/rig.ts'

const LIMITS: MediaLimits = { streams: 2, waiting: 2, patienceMs: 5_000, bytesPerSecond: 1_000_000 }

function open(limits = LIMITS) {
  const clock = new Clock()
  const line = openMediaLine({ limits: () => limits, now: clock.now, timers: clock.timers })
  return { clock, line }
}
const settled = async <T>(promise: Promise<T>): Promise<T | 'pending'> => {
  await Promise.resolve()
  return Promise.race([promise, new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')))])
}

describe(rule(37), () => {
  test('so many are served, so many wait in turn, the others are sent away at once', async () => {
    const { line } = open()
    const [one, two] = [await line.enter(), await line.enter()]
    const third = line.enter()
    const fourth = line.enter()
    expect(await line.enter()).toBeNull()
    expect(line.busy).toEqual({ streams: 2, waiting: 2 })
    expect(await settled(third)).toBe('pending')
    one!.leave()
    one!.leave()
    expect(await settled(third)).not.toBeNull()
    expect(await settled(fourth)).toBe('pending')
    two!.leave()
    expect(await settled(fourth)).not.toBe('pending')
    expect(line.busy).toEqual({ streams: 2, waiting: 0 })
  })

  test('nobody waits longer than a moment', async () => {
    const { line, clock } = open()
    const places = [await line.enter(), await line.enter()]
    const third = line.enter()
    clock.advance(LIMITS.patienceMs)
    expect(await settled(third)).toBeNull()
    expect(line.busy.waiting).toBe(0)
    // A place that becomes free later goes to whoever comes then.
    places[0]!.leave()
    expect(await settled(line.enter())).not.toBeNull()
  })

  test('all files together have one pace', async () => {
    const { line, clock } = open()
    let bytes = 0
    for (const place of [await line.enter(), await line.enter()]) {
      const pace = place!.pace()
      pace.on('data', (chunk: Buffer) => (bytes += chunk.length))
      for (let n = 0; n < 50; n++) pace.write(Buffer.alloc(20_000))
    }
    const seen: number[] = []
    for (let tenths = 0; tenths < 10; tenths++) {
      for (let steps = 0; steps < 20; steps++) {
        clock.advance(5)
        await new Promise((resolve) => setImmediate(resolve))
      }
      seen.push(bytes)
    }
    expect(seen.at(-1)).toBeGreaterThan(900_000)
    expect(seen.at(-1)).toBeLessThan(1_150_000)
    expect(seen[4]).toBeLessThan(650_000)
  })

  test('who reads a byte a minute loses the place', async () => {
    const { line, clock } = open()
    const place = await line.enter()
    let cut = false
    place!.watch(20_000_000, () => {
      cut = true
      place!.leave()
    })
    clock.advance(10 * 60_000)
    expect(cut).toBe(false)
    clock.advance(60_000)
    expect(cut).toBe(true)
    expect(line.busy.streams).toBe(0)
  })

  test('of the ten sockets of a localtunnel two are left for everything else', () => {
    expect(TUNNEL_LIMITS.streams + TUNNEL_LIMITS.waiting).toBeLessThanOrEqual(8)
  })
})
