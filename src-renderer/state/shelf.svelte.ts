import type { List, Tag } from '../api/mastodon.ts'
import { to } from './router.svelte.ts'
import type { Ground } from './ground.ts'
import type { SavedSearches } from './searches.svelte.ts'
import type { OwnerSettings } from './settings.svelte.ts'

/** A list, a hashtag or a saved search as it stands in the sidebar. `pin` is its name among the pins: `list:1`, `tag:mending`, `search:3`. */
export interface Shelved {
  pin: string
  label: string
  href: string
  pinned: boolean
}

/** `pin` moved before `before` (to the end when null), or put there when it was not pinned. */
export function placed(pins: readonly string[], pin: string, before: string | null): string[] {
  if (pin === before) return [...pins]
  const rest = pins.filter((one) => one !== pin)
  const at = before === null ? -1 : rest.indexOf(before)
  return at < 0 ? [...rest, pin] : [...rest.slice(0, at), pin, ...rest.slice(at)]
}

/** `pin` one step up or down among its neighbours of the same kind. */
export function stepped(pins: readonly string[], pin: string, step: 1 | -1): string[] {
  const kind = pin.split(':')[0]
  const same = pins.filter((one) => one.split(':')[0] === kind)
  const other = same[same.indexOf(pin) + step]
  if (other === undefined) return [...pins]
  return pins.map((one) => (one === pin ? other : one === other ? pin : one))
}

/** The lists and followed hashtags of the owner, those that are pinned first and in the owner's order. */
export class Shelf {
  #lists: List[] = $state.raw([])
  #tags: Tag[] = $state.raw([])
  loaded = $state(false)
  #ground: Ground
  #settings: OwnerSettings
  #searches: SavedSearches

  constructor(ground: Ground, settings: OwnerSettings, searches: SavedSearches) {
    this.#ground = ground
    this.#settings = settings
    this.#searches = searches
  }

  /** Asks for them; what was there stays when the server is away. */
  async load(): Promise<void> {
    const { rest } = this.#ground.session
    const [lists, tags] = await Promise.allSettled([rest.v1.lists.list(), rest.v1.followedTags.list({ limit: 100 })])
    if (lists.status === 'fulfilled') this.#lists = lists.value
    if (tags.status === 'fulfilled') this.#tags = tags.value
    this.loaded ||= lists.status === 'fulfilled'
    void this.#searches.open()
  }

  get pins(): readonly string[] {
    return this.#settings.current.pinned
  }

  readonly lists: Shelved[] = $derived.by(() =>
    this.#sorted(this.#lists.map((one) => ({ pin: `list:${one.id}`, label: one.title, href: to.list(one.id), pinned: false }))),
  )
  readonly tags: Shelved[] = $derived.by(() => {
    const followed = this.#tags.map((one) => one.name)
    const pinned = this.pins.filter((pin) => pin.startsWith('tag:')).map((pin) => pin.slice(4))
    return this.#sorted(
      [...new Set([...followed, ...pinned])].map((name) => ({ pin: `tag:${name}`, label: `#${name}`, href: to.tag(name), pinned: false })),
    )
  })
  readonly searches: Shelved[] = $derived.by(() =>
    this.pins.flatMap((pin) => {
      const search = this.#searches.ofPin(pin)
      return search ? [{ pin, label: search.name, href: to.search(search.query), pinned: true }] : []
    }),
  )

  /** Pins or unpins it. */
  async toggle(pin: string): Promise<void> {
    const pinned = this.pins.includes(pin) ? this.pins.filter((one) => one !== pin) : [...this.pins, pin]
    await this.#settings.change({ pinned })
  }

  async step(pin: string, step: 1 | -1): Promise<void> {
    await this.#settings.change({ pinned: stepped(this.pins, pin, step) })
  }

  /** Where a drag left it: before another one, or after all (null). */
  async place(pin: string, before: string | null): Promise<void> {
    await this.#settings.change({ pinned: placed(this.pins, pin, before) })
  }

  #sorted(all: Shelved[]): Shelved[] {
    const at = (one: Shelved) => this.pins.indexOf(one.pin)
    return all
      .map((one) => ({ ...one, pinned: at(one) >= 0 }))
      .toSorted((a, b) => (a.pinned && b.pinned ? at(a) - at(b) : Number(b.pinned) - Number(a.pinned) || a.label.localeCompare(b.label)))
  }
}
