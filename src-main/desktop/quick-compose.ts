import type * as E from 'electron'

/** The keys that are offered for writing from anywhere: none of them is taken by a common desktop. */
export const OFFERED = ['CommandOrControl+Alt+N', 'CommandOrControl+Shift+Space', 'Alt+Shift+N'] as const
export type QuickKeys = (typeof OFFERED)[number]

export const isOffered = (keys: unknown): keys is QuickKeys => OFFERED.includes(keys as QuickKeys)

/** One key for all of the desktop that opens the composer. Off until it is wanted; another program may hold the keys already. */
export class QuickCompose {
  readonly #shortcuts: Pick<E.GlobalShortcut, 'register' | 'unregister'>
  readonly #write: () => void
  #held: QuickKeys | null = null

  constructor(shortcuts: Pick<E.GlobalShortcut, 'register' | 'unregister'>, write: () => void) {
    this.#shortcuts = shortcuts
    this.#write = write
  }

  /** What works at this moment. */
  get held(): QuickKeys | null {
    return this.#held
  }

  /** Lets go of what was held and takes these. False: somebody else has them (on Wayland: the portal said no). */
  set(keys: QuickKeys | null): boolean {
    if (keys === this.#held) return true
    if (this.#held !== null) this.#shortcuts.unregister(this.#held)
    this.#held = null
    if (keys === null) return true
    try {
      if (!this.#shortcuts.register(keys, this.#write)) return false
    } catch {
      return false
    }
    this.#held = keys
    return true
  }
}
