import { failureOf, type Failure, type Status } from '../api/mastodon.ts'
import type { Place } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { addRows, DEDUPE_WITHIN, idAfter, newerFirst, type Row } from './rows.ts'

const PAGE = 40
/** Newer pages fetched in one go after an absence; what lies beyond is fetched when the reader gets there. */
const PAGES_AT_ONCE = 5
const MOST_ROWS = 2_000
const SAVE_AFTER = 400

/** Where the reader is: the topmost post and how far its top edge is from the top of the list's window, in pixels. */
export interface Anchor {
  id: string
  offset: number
}

/**
 * The home timeline. It never moves under the reader: what arrives waits in `pending` until it is asked for, and is then
 * added above, where the list keeps its position. The place is kept by our own server, so it survives a restart.
 */
export class Home {
  rows: Row[] = $state.raw([])
  /** Arrived and not yet shown, newest first. */
  pending: Status[] = $state.raw([])
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  loadingOlder = $state(false)
  /** Everything older is here: the end of the list. */
  complete = $state(false)
  /** There are newer posts that have not been fetched (long absence). */
  hasNewer = $state(false)
  /** The newest post the reader has had before their eyes, live. */
  lastSeenId: string | null = $state(null)
  /** The unread line stands above this row: what was newest at the last visit. */
  unreadLineId: string | null = $state(null)
  /** True for the one update in which rows are added above: the list then keeps its position from the end. */
  shifting = $state(false)
  /** Where to start: read once by the view. */
  start: Anchor | null = null
  focusedId: string | null = $state(null)

  #ground: Ground
  #posts: Posts
  #newestId: string | null = null
  #oldestId: string | null = null
  #anchor: Anchor | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #opening: Promise<void> | null = null
  #atTop = true

  constructor(ground: Ground, posts: Posts) {
    this.#ground = ground
    this.#posts = posts
    ground.live.onstream((event) => {
      if (event.type === 'post') this.#arrived(event.post)
      else if (event.type === 'post-deleted') this.#remove(event.id)
      else if (event.type === 'reconnected') void this.catchUp()
    })
    const save = () => {
      if (document.visibilityState === 'hidden') this.savePlace(true)
    }
    document.addEventListener('visibilitychange', save)
    addEventListener('pagehide', () => this.savePlace(true))
  }

  /** How many posts above the reader are new to them: shown above, and waiting. */
  get newCount(): number {
    const seen = this.lastSeenId
    if (!seen) return this.pending.length
    let above = 0
    for (const row of this.rows) {
      if (newerFirst(row.id, seen) >= 0) break
      above++
    }
    return above + this.pending.length
  }

  /** The people behind the newest arrivals, three at most, for the pill. */
  get newPeople(): Status['account'][] {
    const people = new Map<string, Status['account']>()
    for (const status of this.pending) people.set(status.account.id, status.account)
    for (const row of this.rows) {
      if (people.size >= 3 || !this.lastSeenId || newerFirst(row.id, this.lastSeenId) >= 0) break
      const post = this.#posts.get(row.postId)
      if (post) people.set(post.account.id, post.account)
    }
    return [...people.values()].slice(0, 3)
  }

  /** Loads around the place where the reader left off. Repeated calls do nothing. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** Tries again after a failure. */
  retry(): Promise<void> {
    this.#opening = null
    return this.open()
  }

  async #open(): Promise<void> {
    this.phase = 'loading'
    this.failure = null
    try {
      const place: Place | null = await this.#ground.session.owner.place('home').catch(() => null)
      this.lastSeenId = place?.lastSeenId ?? null
      this.unreadLineId = this.lastSeenId
      if (place?.anchorId) await this.#loadAround(place.anchorId, place.offsetPx)
      if (this.rows.length === 0) await this.#loadNewest()
      this.focusedId = place?.focusedId ?? null
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
    }
  }

  /** Fetches what is newer than what is here, into `pending`. After a long absence the rest waits until the reader is there. */
  async catchUp(): Promise<void> {
    if (this.phase !== 'ready' || this.hasNewer) return
    try {
      for (let page = 0; page < PAGES_AT_ONCE; page++) {
        const from = this.pending[0]?.id ?? this.#newestId
        const newer = from ? await this.#list({ minId: from }) : await this.#list({})
        this.#hold(newer)
        if (newer.length < PAGE) return
      }
      this.hasNewer = true
    } catch {
      // The status chip says that the server is away; the next reconnection tries again.
    }
  }

  /** Shows what waits, above the reader, who stays where they are. */
  reveal(): void {
    if (this.pending.length === 0) return
    const waiting = this.pending
    this.pending = []
    this.#prepend(waiting)
  }

  /** More of the past. */
  async loadOlder(): Promise<void> {
    if (this.loadingOlder || this.complete || !this.#oldestId) return
    this.loadingOlder = true
    try {
      const older = await this.#list({ maxId: this.#oldestId })
      this.#posts.putAll(older)
      this.complete = older.length === 0
      this.#oldestId = older.at(-1)?.id ?? this.#oldestId
      this.rows = addRows(this.rows, this.#shown(older), 'end')
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.loadingOlder = false
    }
  }

  #loadingNewer = false

  /** More of what came after, when the reader has read up to the newest that is here. */
  async loadNewer(): Promise<void> {
    if (!this.hasNewer || this.#loadingNewer || !this.#newestId) return
    this.#loadingNewer = true
    try {
      const newer = await this.#list({ minId: this.#newestId })
      this.hasNewer = newer.length === PAGE
      this.#prepend(newer)
      if (!this.hasNewer) this.reveal()
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.#loadingNewer = false
    }
  }

  /** Makes the very newest post the first row; the view then scrolls to it. */
  async toNewest(): Promise<void> {
    if (this.hasNewer) {
      this.pending = []
      await this.#loadNewest()
    } else this.reveal()
  }

  /** Adds an own post that has just been written: it is never held back, and at the top of the list it is seen at once. */
  own(post: Status): void {
    this.#posts.put(post)
    if (this.phase !== 'ready' || this.rows.some((row) => row.id === post.id)) return
    this.#hold([post])
    const waiting = this.pending
    this.pending = []
    this.#prepend(waiting, !this.#atTop)
  }

  /** The view tells where the reader is; it is saved when they come to rest. */
  moved(anchor: Anchor | null, newestSeenId: string | null, atTop: boolean): void {
    this.#anchor = anchor
    this.#atTop = atTop
    if (newestSeenId && (!this.lastSeenId || newerFirst(newestSeenId, this.lastSeenId) < 0)) this.lastSeenId = newestSeenId
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.savePlace(), SAVE_AFTER)
  }

  /** Saves the place now. `leaving` lets it outlive the page. */
  savePlace(leaving = false): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.phase !== 'ready' || !this.#anchor) return
    const place: Place = {
      anchorId: this.#anchor.id,
      offsetPx: Math.round(this.#anchor.offset),
      focusedId: this.focusedId,
      lastSeenId: this.lastSeenId,
    }
    this.#ground.session.owner.savePlace('home', place, leaving).catch(() => {
      // Nothing is lost but the place; it is saved again at the next movement.
    })
  }

  async #loadAround(anchorId: string, offset: number): Promise<void> {
    const [older, newer] = await Promise.all([this.#list({ maxId: idAfter(anchorId) }), this.#list({ minId: anchorId })])
    this.hasNewer = newer.length === PAGE
    const all = [...newer.toSorted((a, b) => newerFirst(a.id, b.id)), ...older]
    this.#adopt(all)
    this.complete = older.length === 0
    // A deleted anchor is replaced by the next older post.
    const anchorRow = this.rows.find((row) => newerFirst(row.id, anchorId) >= 0) ?? this.rows.at(-1)
    this.start = anchorRow ? { id: anchorRow.id, offset: anchorRow.id === anchorId ? offset : 0 } : null
  }

  async #loadNewest(): Promise<void> {
    const newest = await this.#list({})
    this.hasNewer = false
    this.start = null
    this.complete = newest.length === 0
    this.rows = []
    this.#adopt(newest)
  }

  #adopt(statuses: Status[]): void {
    this.#posts.putAll(statuses)
    this.#newestId = statuses[0]?.id ?? null
    this.#oldestId = statuses.at(-1)?.id ?? null
    this.rows = addRows([], this.#shown(statuses), 'end')
  }

  #arrived(post: Status): void {
    if (this.phase !== 'ready') return
    if (this.#ground.session.isMe(post.account.id)) this.own(post)
    else if (!this.hasNewer) this.#hold([post])
  }

  #hold(statuses: readonly Status[]): void {
    const known = new Set([...this.rows.map((row) => row.id), ...this.pending.map((status) => status.id)])
    // A boost of what stands near already would be counted as new and then show nothing.
    const near = new Set([
      ...this.rows.slice(0, DEDUPE_WITHIN).map((row) => row.postId),
      ...this.pending.map((status) => status.reblog?.id ?? status.id),
    ])
    const fresh = this.#shown(statuses).filter(
      (status) => !known.has(status.id) && !this.#posts.gone.has(status.id) && !(status.reblog && near.has(status.reblog.id)),
    )
    if (fresh.length === 0) return
    this.#posts.putAll(fresh)
    this.pending = [...fresh, ...this.pending].toSorted((a, b) => newerFirst(a.id, b.id))
  }

  /** Newer statuses go above; late arrivals that belong further down go where they belong. */
  #prepend(statuses: readonly Status[], keepPlace = true): void {
    const sorted = statuses.toSorted((a, b) => newerFirst(a.id, b.id))
    const newest = this.#newestId
    const above = newest ? sorted.filter((status) => newerFirst(status.id, newest) < 0) : sorted
    const late = newest ? sorted.filter((status) => newerFirst(status.id, newest) >= 0) : []
    this.#posts.putAll(sorted)
    if (above[0]) this.#newestId = above[0].id
    if (above.length > 0 && keepPlace) this.shifting = true
    let rows = addRows(this.rows, this.#shown(above), 'start')
    if (late.length > 0) rows = addRows(rows, this.#shown(late), 'end').toSorted((a, b) => newerFirst(a.id, b.id))
    if (rows.length > MOST_ROWS) {
      rows = rows.slice(0, MOST_ROWS)
      this.#oldestId = rows.at(-1)?.id ?? null
      this.complete = false
    }
    this.rows = rows
  }

  /** What a filter hides stands nowhere; where the reader is in the past is counted by what came. */
  #shown(statuses: readonly Status[]): Status[] {
    return statuses.filter((status) => this.#posts.filtered(status)?.action !== 'hide')
  }

  #remove(id: string): void {
    this.pending = this.pending.filter((status) => status.id !== id && status.reblog?.id !== id)
  }

  async #list(range: { maxId?: string; minId?: string }): Promise<Status[]> {
    return await this.#ground.session.rest.v1.timelines.home.list({ limit: PAGE, ...range })
  }
}
