import { untrack, type Component } from 'svelte'
import { isTyping, KeyMatcher } from './keyboard.ts'
import { isSingle, keysFor, RESERVED, type Preset } from './presets.ts'

/** Where the help sheet lists a command. */
export type CommandGroup = 'move' | 'post' | 'go' | 'window'

/** Something the owner can do. `label` is a function so that it follows the language. */
export interface Command {
  /** `group.verb`, the same in every view that offers it. */
  id: string
  label: () => string
  group: CommandGroup
  /** Burrow's keys, as of `KeyMatcher`; the first is the one shown. Other sets are in presets.ts. */
  keys: string[]
  /** Returns false when there is nothing to do here: then the key goes to the browser. */
  run: () => boolean | void
  /** Works while typing too (only for combinations with Ctrl or Alt). */
  whileTyping?: boolean
  /** One line on what follows, for the palette. */
  what?: () => string
  icon?: Component
  /** Other words it is found by. */
  words?: () => string
  /** Not in the palette: it makes sense by key alone, such as "next". */
  keyOnly?: boolean
}

/** How the owner wants the keyboard. */
export interface KeyboardWishes {
  mode: 'on' | 'off' | 'focused'
  preset: Preset
  own: Readonly<Record<string, readonly string[]>>
  /** The window is a page in a browser, which keeps some keys for itself. */
  browser: boolean
}

/** The one registry: it feeds the keyboard, the palette, the help sheet and the menus. The newest command with an id wins while its view is there. */
export class Commands {
  list: Command[] = $state.raw([])
  /** Every command there has been since the window was opened, the newest of each id: what can be given keys. */
  known: Command[] = $state.raw([])
  wishes: KeyboardWishes = $state.raw({ mode: 'on', preset: 'burrow', own: {}, browser: false })
  #matcher = new KeyMatcher()

  /** Adds commands; returns the way to take them out again. `under`: those of a view win over them, whichever came first. */
  register(commands: Command[], under = false): () => void {
    // Called from effects, which must not run again because of it.
    untrack(() => this.#replace(under ? [...commands, ...this.list] : [...this.list, ...commands]))
    return () => untrack(() => this.#replace(this.list.filter((command) => !commands.includes(command))))
  }

  /** Takes over what the owner has set. */
  configure(wishes: KeyboardWishes): void {
    untrack(() => {
      this.wishes = wishes
      this.#replace(this.list)
    })
  }

  /** The keys of a command as they are bound now. */
  keysOf(command: Pick<Command, 'id' | 'keys'>): readonly string[] {
    const { preset, own, browser, mode } = this.wishes
    const keys = keysFor(command, preset, own)
    return keys.filter((one) => !(browser && RESERVED.has(one)) && !(mode === 'off' && isSingle(one)))
  }

  /** The first key of a command, for buttons and menus that teach it. */
  keyOf(id: string): string | undefined {
    const command = this.list.findLast((one) => one.id === id)
    return command && this.keysOf(command)[0]
  }

  /** One command of each id, the newest, in the order they came. */
  get distinct(): Command[] {
    return [...new Map(this.list.map((command) => [command.id, command])).values()]
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
      const { command, taken, keys } = this.#matcher.press(event)
      if (command === null) {
        if (taken) event.preventDefault()
        return
      }
      if (this.wishes.mode === 'focused' && keys !== undefined && isSingle(keys) && !document.activeElement?.closest('[data-item]')) return
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
    this.known = [...new Map([...this.known, ...list].map((command) => [command.id, command])).values()]
    this.#matcher = new KeyMatcher()
    const { own } = this.wishes
    // What the owner has given keys to themselves is bound last: it wins over everything that comes with the program.
    for (const mine of [false, true])
      for (const command of this.list)
        if (command.id in own === mine) for (const keys of this.keysOf(command)) this.#matcher.bind(keys, command.id)
  }
}
