import type * as E from 'electron'

export type SpellingState = {
  on: boolean
  languages: string[]
  /** What can be chosen; empty where the system decides (macOS). */
  available: string[]
  /** Dictionaries are fetched from Google's servers, once per language (Windows and Linux; electronjs.org, SpellChecker). */
  thirdParty: boolean
  /** It works after the next start. */
  nextStart: boolean
}

type Session = Pick<E.Session, 'setSpellCheckerEnabled' | 'setSpellCheckerLanguages' | 'availableSpellCheckerLanguages'>

/** Whether windows are made with the spell checker. macOS has one of its own, which asks nobody. */
export const startsOn = (platform: string, kept: boolean | null): boolean => kept ?? platform === 'darwin'

/**
 * The spell checker of the browser engine. Off until the owner wants it: on Windows and Linux it fetches a dictionary from a third party, and
 * nobody is asked for anything before the owner said so. A window that was made without it gets it at the next start.
 */
export class Spelling {
  readonly #platform: string
  readonly #session: Session
  readonly #atStart: boolean
  #on: boolean
  #languages: string[]

  constructor(platform: string, session: Session, kept: { on: boolean | null; languages: readonly string[] }) {
    const on = startsOn(platform, kept.on)
    this.#platform = platform
    this.#session = session
    this.#on = on
    this.#atStart = on
    this.#languages = [...kept.languages]
    session.setSpellCheckerEnabled(on)
    if (on) this.#choose()
  }

  get state(): SpellingState {
    return {
      on: this.#on,
      languages: [...this.#languages],
      available: this.#platform === 'darwin' ? [] : this.#session.availableSpellCheckerLanguages,
      thirdParty: this.#platform !== 'darwin',
      nextStart: this.#on && !this.#atStart,
    }
  }

  set(on: boolean, languages: readonly string[]): void {
    this.#on = on
    this.#languages = [...languages]
    // Without this order the dictionary of the system's language would be fetched first.
    if (on && this.#atStart) this.#choose()
    if (!on || this.#atStart) this.#session.setSpellCheckerEnabled(on)
  }

  #choose(): void {
    if (this.#platform === 'darwin') return
    const known = this.#languages.filter((language) => this.#session.availableSpellCheckerLanguages.includes(language))
    if (known.length > 0) this.#session.setSpellCheckerLanguages(known)
  }
}
