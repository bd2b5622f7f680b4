import type * as E from 'electron'

export type Note = { title: string; body: string; route: string }
type Shown = Pick<E.Notification, 'show' | 'on'>
type Notifier = { isSupported: () => boolean; make: (options: { title: string; body: string }) => Shown }

/** Notifications of the operating system. A click leads to the place in the window that the note is about. */
export class Notices {
  readonly #notifier: Notifier
  readonly #open: (route: string) => void
  /** Electron drops the click of a notification that the garbage collector has taken. */
  readonly #shown = new Set<Shown>()

  constructor(notifier: Notifier, open: (route: string) => void) {
    this.#notifier = notifier
    this.#open = open
  }

  /** False: this system shows none. */
  show({ title, body, route }: Note): boolean {
    if (!this.#notifier.isSupported()) return false
    const shown = this.#notifier.make({ title, body })
    const forget = () => this.#shown.delete(shown)
    shown.on('click', () => {
      forget()
      this.#open(route)
    })
    shown.on('close', forget)
    shown.on('failed', forget)
    this.#shown.add(shown)
    const [oldest] = this.#shown
    if (oldest && this.#shown.size > 100) this.#shown.delete(oldest)
    shown.show()
    return true
  }
}
