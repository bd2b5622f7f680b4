import { failureOf } from '../api/mastodon.ts'
import type { SavedSearch, Searches } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'
import { wordsFor } from './posts.svelte.ts'
import type { OwnerSettings } from './settings.svelte.ts'

/** Searches that are kept under a name, those that stand in the sidebar (`search:ID` of the pins), and what was last looked for. */
export class SavedSearches {
  saved: SavedSearch[] = $state.raw([])
  recent: string[] = $state.raw([])
  loaded = $state(false)
  #ground: Ground
  #settings: OwnerSettings
  #opening: Promise<void> | null = null

  constructor(ground: Ground, settings: OwnerSettings) {
    this.#ground = ground
    this.#settings = settings
    ground.live.onowner((event) => {
      if (event.type === 'searches') this.#take(event.searches)
    })
  }

  /** Loads them; repeated calls do nothing. */
  open(): Promise<void> {
    this.#opening ??= this.#ground.session.owner.searches().then(
      (searches) => this.#take(searches),
      () => {
        // The next look asks again.
        this.#opening = null
      },
    )
    return this.#opening
  }

  /** The search of a pin, `search:ID`. */
  ofPin(pin: string): SavedSearch | undefined {
    return this.saved.find((one) => `search:${one.id}` === pin)
  }

  /** The one that asks for exactly this. */
  asking(query: string): SavedSearch | undefined {
    return this.saved.find((one) => one.query === query.replace(/\s+/g, ' ').trim())
  }

  isPinned(search: SavedSearch): boolean {
    return this.#settings.current.pinned.includes(`search:${search.id}`)
  }

  async pin(search: SavedSearch, on: boolean): Promise<void> {
    const pin = `search:${search.id}`
    const others = this.#settings.current.pinned.filter((one) => one !== pin)
    await this.#settings.change({ pinned: on ? [...others, pin] : others })
  }

  save = (name: string, query: string) => this.#try(() => this.#ground.session.owner.saveSearch(name, query))
  rename = (id: string, name: string) => this.#try(() => this.#ground.session.owner.renameSearch(id, name))
  remove = (id: string) => this.#try(() => this.#ground.session.owner.removeSearch(id))
  /** One of the recent searches, or all of them. */
  forget = (query?: string) => this.#try(() => this.#ground.session.owner.forgetSearches(query))

  /** It was looked for, and something of it was of use. */
  async use(query: string): Promise<void> {
    const words = query.trim().slice(0, 500)
    if (words.length < 2) return
    try {
      this.#take(await this.#ground.session.owner.useSearch(words))
    } catch {
      // What was looked for is no loss.
    }
  }

  #take(searches: Searches): void {
    this.saved = searches.saved
    this.recent = searches.recent
    this.loaded = true
  }

  /** False, and said, when our own server does not take it. */
  async #try(run: () => Promise<Searches>): Promise<boolean> {
    try {
      this.#take(await run())
      return true
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      return false
    }
  }
}
