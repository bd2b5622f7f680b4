/**
 * The milliseconds left until a moment, moved every second while the window is visible; reactive. Make one in a component that shows
 * it; `until` is read anew at every step and may be null.
 */
export class Countdown {
  left: number = $state(0)

  constructor(until: () => string | null | undefined) {
    $effect(() => {
      const at = until()
      const end = at ? Date.parse(at) : 0
      const step = () => {
        if (document.visibilityState === 'visible') this.left = Math.max(0, end - Date.now())
      }
      step()
      if (end <= Date.now()) return
      const timer = setInterval(step, 1_000)
      document.addEventListener('visibilitychange', step)
      return () => {
        clearInterval(timer)
        document.removeEventListener('visibilitychange', step)
      }
    })
  }

  /** `9:41`, minutes and seconds. */
  get clock(): string {
    const seconds = Math.ceil(this.left / 1_000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
}
