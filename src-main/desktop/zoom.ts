/** Steps of the size of everything in the window, as browsers have them. */
const STEPS = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const

/** A size that was kept, if it is one of the steps; else 1. */
export const zoomOf = (kept: unknown): number => (STEPS.includes(kept as 1) ? (kept as number) : 1)

/** The next size in a direction; the last one stays. */
export function zoomed(now: number, direction: 'in' | 'out' | 'reset'): number {
  if (direction === 'reset') return 1
  const next = direction === 'in' ? STEPS.find((step) => step > now + 0.001) : STEPS.findLast((step) => step < now - 0.001)
  return next ?? now
}
