import type { Host } from '../domain/ports.ts'

/** Those who got a post fetch its author, its text and its pictures from us: the last of them soon after. */
const LINGER_MS = 20_000

/**
 * Keeps the computer awake while something goes out for the first time, and a moment longer (federation.md section 0.4): a receiver that
 * cannot fetch our key drops what we sent. Retries keep nobody awake. Returns the way to stop.
 */
export function keepAwakeWhile(parts: {
  onBusy: (listen: (busy: boolean) => void) => () => void
  host: Pick<Host, 'keepAwake'>
  timers: { set(work: () => void, ms: number): unknown; clear(timer: unknown): void }
}): () => void {
  const { host, timers } = parts
  let awake = false
  let lingering: unknown = null
  const say = (on: boolean) => {
    if (on !== awake) host.keepAwake((awake = on))
  }
  const off = parts.onBusy((busy) => {
    timers.clear(lingering)
    if (busy) say(true)
    else lingering = timers.set(() => say(false), LINGER_MS)
  })
  return () => {
    off()
    timers.clear(lingering)
    say(false)
  }
}
