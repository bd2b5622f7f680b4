import type * as E from 'electron'

/** As much of a window as a small one needs. */
export type SmallWindow = Pick<
  E.BrowserWindow,
  'show' | 'focus' | 'close' | 'isDestroyed' | 'setAlwaysOnTop' | 'loadURL' | 'once' | 'isMinimized' | 'restore'
> & {
  webContents: E.WebContents
}

/** Drafts that stand in small windows of their own, one window each. */
export class Composers {
  readonly #make: () => SmallWindow
  readonly #origin: () => string | null
  readonly #windows = new Map<string, SmallWindow>()

  constructor(make: () => SmallWindow, origin: () => string | null) {
    this.#make = make
    this.#origin = origin
  }

  /** False while there is no instance to write to, or when there are too many already. */
  open(draftId: string): boolean {
    const origin = this.#origin()
    if (origin === null) return false
    const known = this.#windows.get(draftId)
    if (known && !known.isDestroyed()) {
      if (known.isMinimized()) known.restore()
      known.show()
      known.focus()
      return true
    }
    if (this.#windows.size >= 8) return false
    const window = this.#make()
    this.#windows.set(draftId, window)
    window.once('closed', () => this.#windows.delete(draftId))
    window.once('ready-to-show', () => window.show())
    window.loadURL(`${origin}/app/compose/${draftId}?window=1`).catch(() => {
      if (!window.isDestroyed()) window.close()
    })
    return true
  }

  /** The small window of a page, if it is one. */
  of(contents: E.WebContents): SmallWindow | null {
    return [...this.#windows.values()].find((window) => !window.isDestroyed() && window.webContents === contents) ?? null
  }

  /** The instance moved to another port: their pages speak to nobody. What was typed is saved within the second. */
  closeAll(): void {
    for (const window of this.#windows.values()) if (!window.isDestroyed()) window.close()
  }
}
