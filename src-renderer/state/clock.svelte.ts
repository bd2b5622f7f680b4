let now = $state(Date.now())
let readers = 0
let timer: ReturnType<typeof setInterval> | null = null

const tick = () => {
  if (document.visibilityState === 'visible') now = Date.now()
}

/** The time in milliseconds, moved every 30 seconds while the window is visible; reactive. One timer for all who read it. */
export const currentTime = (): number => now

/** Call in an effect while a time is on screen; returns the way to stop. */
export function watchTime(): () => void {
  if (readers++ === 0) {
    now = Date.now()
    timer = setInterval(tick, 30_000)
    document.addEventListener('visibilitychange', tick)
  }
  return () => {
    if (--readers > 0 || timer === null) return
    clearInterval(timer)
    timer = null
    document.removeEventListener('visibilitychange', tick)
  }
}
