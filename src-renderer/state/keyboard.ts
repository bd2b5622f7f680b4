/** A key press as far as matching needs it. */
export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  isComposing: boolean
  keyCode: number
  /** The place of the key: asked only where a modifier has made a sign of the letter, as Option does on a Mac. */
  code?: string
}

/** How long the first key of a sequence waits for the second, in milliseconds (Mastodon's rule). */
export const SEQUENCE_WAIT = 1_000

/**
 * The name of a press: `j`, `?`, `G` (shifted letters as typed), `Escape`, `Ctrl+Enter`, `Alt+x`. Ctrl and Cmd are the same.
 * Null for presses that belong to an input method and for lone modifiers.
 */
export function nameOf(press: KeyPress): string | null {
  if (press.isComposing || press.keyCode === 229) return null
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'Dead', 'Process', 'CapsLock'].includes(press.key)) return null
  const command = press.ctrlKey || press.metaKey
  const letter = press.key === ' ' ? 'Space' : press.key
  if (!command && !press.altKey) return press.shiftKey && letter.length > 1 ? `Shift+${letter}` : letter
  const place = /^Key([A-Z])$/.exec(press.code ?? '')?.[1]
  const base =
    press.altKey && place && !/^[\p{L}]$/u.test(letter) ? place.toLowerCase() : letter.length === 1 ? letter.toLowerCase() : letter
  return [command && 'Ctrl', press.altKey && 'Alt', press.shiftKey && 'Shift', base].filter(Boolean).join('+')
}

/**
 * Matches presses against bindings such as `j`, `g h` or `Ctrl+Enter`. A sequence outranks a single key: after `g`, the next
 * key within a second belongs to the sequence, whether it fits or not, so `g n` never writes a post on the `n`.
 */
export class KeyMatcher {
  #bindings = new Map<string, string>()
  #firsts = new Set<string>()
  #pending: { name: string; at: number } | null = null
  #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Binds keys (`g h`) to the id of a command; a later binding of the same keys wins. */
  bind(keys: string, command: string): void {
    this.#bindings.set(keys, command)
    const [first, second] = keys.split(' ')
    if (first && second) this.#firsts.add(first)
  }

  /** The command that this press completes, or null. `taken` says that the press must go no further. */
  press(press: KeyPress): { command: string | null; taken: boolean; keys?: string } {
    const name = nameOf(press)
    if (name === null) return { command: null, taken: false }
    const pending = this.#pending
    this.#pending = null
    if (pending && this.#now() - pending.at <= SEQUENCE_WAIT) {
      if (name === 'Escape') return { command: null, taken: true }
      const keys = `${pending.name} ${name}`
      return { command: this.#bindings.get(keys) ?? null, taken: true, keys }
    }
    if (this.#firsts.has(name)) {
      this.#pending = { name, at: this.#now() }
      return { command: null, taken: true }
    }
    const command = this.#bindings.get(name) ?? null
    return { command, taken: command !== null, keys: name }
  }
}

/** True where single keys must be left alone: text inputs, selects, and anything editable. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit', 'reset', 'range', 'file', 'color'].includes(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
