import type { TunnelTimers } from '../../../src-main/tunnel/provider.ts'

/** A clock whose timers fire only when a test moves it, in order, with promises settled in between. */
export class VirtualTime {
  #now = Date.UTC(2026, 4, 1)
  #skew = 0
  #last = 0
  #pending = new Map<number, { at: number; callback: () => void }>()

  readonly now = (): number => this.#now + this.#skew

  readonly timers: TunnelTimers = {
    setTimeout: (callback, ms) => {
      this.#pending.set(++this.#last, { at: this.#now + ms, callback })
      return this.#last
    },
    clearTimeout: (handle) => void this.#pending.delete(handle as number),
  }

  get waiting(): number {
    return this.#pending.size
  }

  /** Lets the time pass, as a machine that is awake sees it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      await settle()
      const next = [...this.#pending].filter(([, timer]) => timer.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
      if (!next) break
      this.#pending.delete(next[0])
      this.#now = Math.max(this.#now, next[1].at)
      next[1].callback()
    }
    this.#now = end
    await settle()
  }

  /** The process is killed: nothing it waited for happens. */
  kill(): void {
    this.#pending.clear()
  }

  /** The machine sleeps, or somebody sets the clock: timers do not advance. */
  jump(ms: number): void {
    this.#skew += ms
  }
}

/** Everything that is ready to run has run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
