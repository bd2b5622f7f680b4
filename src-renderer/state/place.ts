import type { Place } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'
import { newerFirst } from './rows.ts'

/** Where the reader is: the topmost post and how far its top edge is from the top of the list's window, in pixels. */
export interface Anchor {
  id: string
  offset: number
  /** At the bottom edge of the list's window instead: who reads upward starts there. */
  atEnd?: boolean
}

const SAVE_AFTER = 400

/**
 * Where the reader is in a view (`home`, `list:3`, `tag:tide`), kept by our own server. The desktop program and a browser each keep
 * their own place; the other one's is offered when it is newer.
 */
export class PlaceKeeper {
  readonly view: string
  readonly otherView: string
  #ground: Ground
  #place: Place | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(ground: Ground, view: string) {
    this.#ground = ground
    const browser = `${view}.browser`
    ;[this.view, this.otherView] = ground.desktop ? [view, browser] : [browser, view]
  }

  /** The place to start from, and the other window's if the reader was there later and elsewhere. Without a place of its own, that is the start. */
  async load(): Promise<{ start: Place | null; other: Place | null }> {
    const ask = (view: string) => this.#ground.session.owner.place(view).catch(() => null)
    const [mine, theirs] = await Promise.all([ask(this.view), ask(this.otherView)])
    if (!mine?.anchorId) return { start: theirs?.anchorId ? theirs : mine, other: null }
    const later = theirs?.anchorId && theirs.savedAt && mine.savedAt && theirs.savedAt > mine.savedAt
    return { start: mine, other: later && newerFirst(theirs.anchorId ?? '', mine.anchorId) !== 0 ? theirs : null }
  }

  /** Keeps the place when the reader comes to rest. */
  keep(place: Place): void {
    this.#place = place
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER)
  }

  /** Keeps it now. `leaving` lets the request outlive the page. */
  save(leaving = false): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (!this.#place) return
    const place = { ...this.#place, savedAt: new Date().toISOString() }
    this.#place = null
    this.#ground.session.owner.savePlace(this.view, place, leaving).catch(() => {
      // Nothing is lost but the place; it is saved again at the next movement.
    })
  }
}
