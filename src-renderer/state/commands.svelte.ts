import { untrack } from 'svelte'
import { isTyping, KeyMatcher } from './keyboard.ts'

/** Where the help sheet lists a command. */
export type CommandGroup = 'move' | 'post' | 'go' | 'window'

/** Something the owner can do by key. `label` is a function so that it follows the language. */
export interface Command {
  id: string
  label: () => string
  group: CommandGroup
  /** Bindings as of `KeyMatcher`; the first is the one shown. */
  keys: string[]
  /** Returns false when there is nothing to do here: then the key goes to the browser. */
  run: () => boolean | void
  /** Works while typing too (only for combinations with Ctrl or Alt). */
  whileTyping?: boolean
}

/** The one registry: it feeds the keyboard, the help sheet and the menus. The newest command with an id wins while its view is there. */
export class Commands {
  list: Command[] = $state.raw([])
  #matcher = new KeyMatcher()

  /** Adds commands; returns the way to take them out again. */
  register(commands: Command[]): () => void {
    // Called from effects, which must not run again because of it.
    untrack(() => this.#replace([...this.list, ...commands]))
    return () => untrack(() => this.#replace(this.list.filter((command) => !commands.includes(command))))
  }

  /** The first key of a command, for buttons and menus that teach it. */
  keyOf(id: string): string | undefined {
    return this.list.findLast((command) => command.id === id)?.keys[0]
  }

  /** Runs a command by id; false when there is none or it had nothing to do. */
  run(id: string): boolean {
    for (const command of this.list.toReversed()) if (command.id === id && command.run() !== false) return true
    return false
  }

  /** Listens to the keyboard. Single keys are left alone in inputs, dialogs and menus. Returns the way to stop. */
  start(): () => void {
    const keydown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.repeat && !['j', 'k', 'ArrowDown', 'ArrowUp'].includes(event.key))) return
      const typing = isTyping(event.target)
      if (typing && !event.ctrlKey && !event.metaKey && !event.altKey) return
      if (document.querySelector('dialog[open]') || (event.target instanceof Element && event.target.closest('[popover]'))) return
      const { command, taken } = this.#matcher.press(event)
      if (command === null) {
        if (taken) event.preventDefault()
        return
      }
      const known = this.list.findLast((one) => one.id === command)
      if (typing && !known?.whileTyping) return
      if (event.key === 'Enter' && event.target instanceof Element && event.target.closest('a, button, summary')) return
      if (this.run(command)) event.preventDefault()
    }
    document.addEventListener('keydown', keydown)
    return () => document.removeEventListener('keydown', keydown)
  }

  #replace(list: Command[]): void {
    this.list = list
    this.#matcher = new KeyMatcher()
    for (const command of this.list) for (const keys of command.keys) this.#matcher.bind(keys, command.id)
  }
}
