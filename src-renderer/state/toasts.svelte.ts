/** What a toast says and, if something can be taken back or done, the one button for it. */
export interface ToastInput {
  text: string
  action?: { label: string; run: () => void; key?: string }
  /** `polite` is read when the reader pauses; `assertive` at once (something failed). */
  tone?: 'polite' | 'assertive'
  /** A bar shrinks while it stands: when it is gone, so is the way back. Its clock is another's and is not stopped. */
  bar?: boolean
  /** Milliseconds it stays: 6,000 by default, 10,000 with an action. */
  lasts?: number
}

export interface Toast extends ToastInput {
  id: number
  lasts: number
}

/**
 * The queue of toasts: at most three are seen, the oldest goes first. Time stands still while one is hovered or focused
 * (WCAG 2.2.1), so nothing disappears under the hand.
 */
export class ToastQueue {
  toasts: Toast[] = $state([])
  #held = false
  #next = 1
  #timers = new Map<number, { timer: ReturnType<typeof setTimeout>; left: number; since: number }>()
  #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Shows a toast and returns its id. */
  show(input: ToastInput): number {
    const toast: Toast = { ...input, id: this.#next++, lasts: input.lasts ?? (input.action ? 10_000 : 6_000) }
    this.toasts.push(toast)
    const surplus = this.toasts.length > 3 ? this.toasts[0] : undefined
    if (surplus) this.dismiss(surplus.id)
    if (this.#held) this.#timers.set(toast.id, { timer: setTimeout(() => {}, 0), left: toast.lasts, since: this.#now() })
    else this.#run(toast.id, toast.lasts)
    return toast.id
  }

  /** Takes a toast away; unknown ids are fine. */
  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id)?.timer)
    this.#timers.delete(id)
    this.toasts = this.toasts.filter((toast) => toast.id !== id)
  }

  /** Runs the button of a toast and takes it away. */
  act(id: number): void {
    const toast = this.toasts.find((one) => one.id === id)
    this.dismiss(id)
    toast?.action?.run()
  }

  /** Runs the newest button there is: the `z` key. False when there is none. */
  actNewest(): boolean {
    const toast = this.toasts.findLast((one) => one.action)
    if (toast) this.act(toast.id)
    return toast !== undefined
  }

  /** Stops the clocks while a toast is hovered or focused. */
  hold(): void {
    if (this.#held) return
    this.#held = true
    for (const entry of this.#timers.values()) {
      clearTimeout(entry.timer)
      entry.left -= this.#now() - entry.since
    }
  }

  /** Lets the clocks run on, with at least two seconds left each. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    for (const [id, entry] of this.#timers) this.#run(id, Math.max(entry.left, 2_000))
  }

  #run(id: number, left: number): void {
    this.#timers.set(id, { left, since: this.#now(), timer: setTimeout(() => this.dismiss(id), left) })
  }
}
