import { networkInterfaces } from 'node:os'
import { watchClock } from '../tunnel/clock.ts'

/** `wake`: the clock jumped, as it does when a machine slept. `network`: the addresses of this machine are others than before. */
export type Wake = 'wake' | 'network'

type Interfaces = ReturnType<typeof networkInterfaces>

const LOOK_MS = 10_000

/** Addresses of this machine that lead outside, in a fixed order; link-local ones come and go by themselves. */
export function outsideAddresses(interfaces: Interfaces): string[] {
  return Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:') && !address.startsWith('169.254.'))
    .map(({ address }) => address)
    .sort()
}

/** Whether there is any way to the outside. */
export const networkUp = (): boolean => outsideAddresses(networkInterfaces()).length > 0

/** Notices sleep and changes of network without any help of the host. Returns the way to stop. */
export function watchWakes(options: { now: () => number; woken: (why: Wake) => void; interfaces?: () => Interfaces }): () => void {
  const read = () => outsideAddresses((options.interfaces ?? networkInterfaces)()).join(' ')
  let before = read()
  const timer = setInterval(() => {
    const found = read()
    if (found === before) return
    before = found
    options.woken('network')
  }, LOOK_MS)
  timer.unref()
  const stopClock = watchClock({
    now: options.now,
    timers: { setTimeout: (work, ms) => setTimeout(work, ms).unref(), clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout) },
    onJump: () => options.woken('wake'),
  })
  return () => {
    clearInterval(timer)
    stopClock()
  }
}
