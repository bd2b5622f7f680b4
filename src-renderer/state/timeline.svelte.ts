import { tick } from 'svelte'
import { failureOf, type Failure, type Status } from '../api/mastodon.ts'
import type { Place, Settings } from '../../src-main/owner-api/contract.ts'
import { gapBelow, gapBetween, outsideGaps, runsOf, standingGaps, type Gap } from './gaps.ts'
import type { Ground } from './ground.ts'
import { PlaceKeeper, type Anchor } from './place.ts'
import type { Posts } from './posts.svelte.ts'
import { addRows, cutRows, DEDUPE_WITHIN, idAfter, insertRow, newerFirst, type Row } from './rows.ts'

const PAGE = 40
/** Newer pages fetched in one go after an absence; what lies beyond is fetched when the reader gets there. A gap of that size fills by itself. */
const PAGES_AT_ONCE = 5
const MOST_ROWS = 2_000
/** Rows are dropped at the far end in lots, not one page at a time. */
const ROWS_TO_SPARE = 200
const MOST_PENDING = 400
/** What another window's news may wait until it is asked for. */
const ASK_AFTER = 1_000
/** The hand counts as at rest this long after its last movement. */
const AT_REST = 3_000
const STILL_AFTER = 200
export type { Anchor } from './place.ts'
/** Away for so long, the line at the last visit says when that was. */
export const LONG_ABSENCE = 3 * 3_600_000

/** What is asked of a timeline's source: a page below a post, right above one, or the newest. */
export interface TimelineRange {
  limit: number
  maxId?: string
  minId?: string
}

/** Where the statuses of a timeline come from. */
export interface TimelineSource {
  /** The name its place is kept under. */
  view: string
  list: (range: TimelineRange) => PromiseLike<Status[]>
  /** `stream`: every post of the user stream belongs here. `ask`: news are asked for when something happens. */
  news: 'stream' | 'ask'
}

/**
 * A timeline. It never moves under the reader: what arrives waits in `pending` until it is asked for, and is then
 * added above, where the list keeps its position. The place is kept by our own server, so it survives a restart.
 */
export class Timeline {
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
  gaps: Gap[] = $state.raw([])
  /** The gap that is being filled, by the post below it. */
  fillingId: string | null = $state(null)
  /** The newest post the reader has had before their eyes, live. */
  lastSeenId: string | null = $state(null)
  /** The unread line stands above this row: what was newest at the last visit. */
  unreadLineId: string | null = $state(null)
  /** When the reader was here last, if that is long ago. */
  awaySince: number | null = $state(null)
  /** Where the reader was in the other window (browser or desktop), later than here. */
  elsewhere: Place | null = $state.raw(null)
  /** True for the one update in which rows are added above: the list then keeps its position from the end. */
  shifting = $state(false)
  /** Where to start: read once by the view, and again whenever `placing` rises. */
  start: Anchor | null = null
  placing = $state(0)
  focusedId: string | null = $state(null)

  protected ground: Ground
  #posts: Posts
  #source: TimelineSource
  #settings: () => Pick<Settings, 'boosts' | 'direction' | 'liveAtTop'>
  #keeper: PlaceKeeper
  /** Arrived while newer posts were missing: only counted. */
  #uncounted = $state(0)
  #newestId: string | null = null
  #oldestId: string | null = null
  #anchor: Anchor | null = null
  #opening: Promise<void> | null = null
  #atTop = true
  #loadingNewer = false
  /** Jumped to the top without having read what lies between: nothing counts as seen until the reader is back. */
  #unmarked: false | 'going' | 'there' = false
  #lastTouch = -AT_REST
  #stillAt = 0
  #asking: ReturnType<typeof setTimeout> | null = null
  #stops: (() => void)[] = []

  constructor(
    ground: Ground,
    posts: Posts,
    source: TimelineSource,
    settings: () => Pick<Settings, 'boosts' | 'direction' | 'liveAtTop'> = () => ({
      boosts: 'shelf',
      direction: 'newest',
      liveAtTop: false,
    }),
  ) {
    this.ground = ground
    this.#posts = posts
    this.#source = source
    this.#settings = settings
    this.#keeper = new PlaceKeeper(ground, source.view)
    const stop = ground.live.onstream((event) => {
      if (event.type === 'post') this.#arrived(event.post)
      else if (event.type === 'post-deleted') this.#remove(event.id)
      else if (event.type === 'reconnected') void this.catchUp()
    })
    const hide = () => {
      if (document.visibilityState === 'hidden') this.savePlace(true)
    }
    const leave = () => this.savePlace(true)
    document.addEventListener('visibilitychange', hide)
    addEventListener('pagehide', leave)
    this.#stops.push(
      stop,
      () => document.removeEventListener('visibilitychange', hide),
      () => removeEventListener('pagehide', leave),
    )
  }

  /** For a timeline that is thrown away with its view. */
  close(): void {
    this.savePlace()
    if (this.#asking) clearTimeout(this.#asking)
    for (const stop of this.#stops) stop()
  }

  /** The rows that are not left out by the owner's choice of boosts. */
  #counts(row: Row): boolean {
    return this.#settings().boosts !== 'hidden' || row.boosters.length === 0
  }

  /** How many posts above the reader are new to them: shown above, and waiting. */
  get newCount(): number {
    const waiting = this.pending.length + this.#uncounted
    const seen = this.lastSeenId
    if (!seen) return waiting
    let above = 0
    for (const row of this.rows) {
      if (newerFirst(row.id, seen) >= 0) break
      if (this.#counts(row)) above++
    }
    return above + waiting
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
      const { start, other } = await this.#keeper.load()
      this.elsewhere = other
      this.lastSeenId = start?.lastSeenId ?? null
      this.unreadLineId = this.lastSeenId
      const savedAt = start?.savedAt ? Date.parse(start.savedAt) : null
      this.awaySince = savedAt !== null && Date.now() - savedAt >= LONG_ABSENCE ? savedAt : null
      await this.#begin(start)
      this.focusedId = start?.focusedId ?? null
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
    }
  }

  async #begin(place: Place | null): Promise<void> {
    this.gaps = (place?.gapIds ?? []).map(([newerId, olderId]) => ({ newerId, olderId, newerAt: null, olderAt: null }))
    if (this.#settings().direction === 'upward' && place?.lastSeenId) {
      this.gaps = []
      await this.#loadAround(place.lastSeenId, 0)
      const seen = this.rows.findIndex((row) => newerFirst(row.id, place.lastSeenId ?? '') >= 0)
      const oldestUnread = seen > 0 ? this.rows[seen - 1] : undefined
      if (oldestUnread) this.start = { id: oldestUnread.id, offset: 0, atEnd: true }
    } else if (place?.anchorId) await this.#loadAround(place.anchorId, place.offsetPx)
    if (this.rows.length === 0) await this.#loadNewest()
  }

  /** Goes to where the reader was in the other window; that counts as read here too. */
  async goElsewhere(): Promise<void> {
    const place = this.elsewhere
    if (!place?.anchorId) return
    this.elsewhere = null
    try {
      this.pending = []
      this.gaps = []
      await this.#loadAround(place.anchorId, place.offsetPx)
      if (place.lastSeenId && (!this.lastSeenId || newerFirst(place.lastSeenId, this.lastSeenId) < 0)) this.lastSeenId = place.lastSeenId
      this.placing++
    } catch (error) {
      this.failure = failureOf(error)
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
      const gap = gapBelow(this.gaps, this.#oldestId)
      const older = await this.#list({ maxId: gap ? idAfter(gap.olderId) : this.#oldestId })
      this.#posts.pass(older)
      this.complete = older.length === 0
      this.#append(older)
      await this.#dropNewest()
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.loadingOlder = false
    }
  }

  /** More of what came after, when the reader has read up to the newest that is here. */
  async loadNewer(): Promise<void> {
    if (!this.hasNewer || this.#loadingNewer || !this.#newestId) return
    this.#loadingNewer = true
    try {
      const newer = await this.#list({ minId: this.#newestId })
      this.hasNewer = newer.length === PAGE
      this.#prepend(newer)
      if (!this.hasNewer) {
        this.#uncounted = 0
        await tick()
        this.reveal()
      }
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.#loadingNewer = false
    }
  }

  /** Makes the very newest post the first row; the view then scrolls to it. What lies between is a gap, unless it is small. */
  async toNewest(): Promise<void> {
    if (!this.hasNewer) return this.reveal()
    this.pending = []
    const newest = await this.#list({})
    this.#posts.pass(newest)
    const last = newest.at(-1)
    const first = this.rows[0]
    this.hasNewer = false
    this.#uncounted = 0
    if (!last || !first || newerFirst(last.id, first.id) >= 0) return this.#prepend(newest)
    const below = this.#posts.get(first.postId)
    const gap = { ...gapBetween(last, below ?? last), olderId: first.id, olderAt: below ? Date.parse(below.createdAt) : null }
    this.gaps = [gap, ...this.gaps]
    this.#prepend(newest)
    void this.#fillWhole(gap)
  }

  /** Loads a page of a gap: what follows its upper edge, or what comes before its lower one. That edge stays where it is. */
  async fillGap(olderId: string, edge: 'newer' | 'older'): Promise<void> {
    const gap = this.gaps.find((one) => one.olderId === olderId)
    if (!gap || this.fillingId) return
    this.fillingId = olderId
    try {
      const page = await this.#list(edge === 'newer' ? { minId: gap.olderId } : { maxId: gap.newerId })
      const found = page.filter((one) => newerFirst(gap.newerId, one.id) < 0 && newerFirst(one.id, gap.olderId) < 0)
      if (edge === 'newer') await this.#still()
      const rest = found.length < PAGE ? null : edge === 'newer' ? { olderId: found[0] } : { newerId: found.at(-1) }
      this.#fill(gap, found, rest, edge === 'newer')
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.fillingId = null
    }
  }

  /** Closes a gap of fewer than 200 posts; a larger one stays as it is. */
  async #fillWhole(gap: Gap): Promise<void> {
    try {
      let found: Status[] = []
      for (let page = 0; page < PAGES_AT_ONCE; page++) {
        const newer = await this.#list({ minId: found[0]?.id ?? gap.olderId })
        const between = newer.filter((one) => newerFirst(gap.newerId, one.id) < 0)
        found = [...between.toSorted((a, b) => newerFirst(a.id, b.id)), ...found]
        if (between.length < newer.length || newer.length < PAGE) {
          await this.#still()
          if (!this.gaps.includes(gap)) return
          const anchor = this.#anchor?.id
          return this.#fill(gap, found, null, anchor !== undefined && newerFirst(anchor, gap.olderId) >= 0)
        }
      }
    } catch {
      // The gap says that something is missing, and can be loaded by hand.
    }
  }

  /** Rows that come in within sight, above the reader's, are measured while the list keeps its end: at rest it forgets which. */
  async #still(): Promise<void> {
    while (performance.now() < this.#stillAt) await new Promise((resolve) => setTimeout(resolve, this.#stillAt - performance.now()))
  }

  #fill(
    gap: Gap,
    found: readonly Status[],
    rest: { olderId?: Status | undefined; newerId?: Status | undefined } | null,
    above: boolean,
  ): void {
    this.#posts.pass(found)
    const at = this.rows.findIndex((row) => newerFirst(row.id, gap.olderId) >= 0)
    if (at < 0) return
    const before = this.rows.slice(0, at)
    const added = addRows(before.slice(-DEDUPE_WITHIN), this.#shown(found), 'end').slice(Math.min(before.length, DEDUPE_WITHIN))
    const known = new Set(this.rows.slice(at).map((row) => row.id))
    this.shifting = above
    this.gaps = this.gaps.flatMap((one) => {
      if (one !== gap) return [one]
      if (!rest) return []
      if (rest.olderId) return [{ ...gap, olderId: rest.olderId.id, olderAt: Date.parse(rest.olderId.createdAt) }]
      return rest.newerId ? [{ ...gap, newerId: rest.newerId.id, newerAt: Date.parse(rest.newerId.createdAt) }] : []
    })
    this.rows = [...before, ...added.filter((row) => !known.has(row.id)), ...this.rows.slice(at)]
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
    this.#stillAt = performance.now() + STILL_AFTER
    const seen = atTop && newestSeenId ? (this.rows[0]?.id ?? newestSeenId) : newestSeenId
    const newer = seen !== null && (!this.lastSeenId || newerFirst(seen, this.lastSeenId) < 0)
    if (newer && !this.#unmarked) this.lastSeenId = seen
    else if (newer && this.#unmarked === 'going') this.#unmarked = 'there'
    else if (!newer && this.#unmarked === 'there') this.#unmarked = false
    this.#keep()
  }

  /** What lies above has not been read although the list goes to its top; `mark` says that it has. */
  jumped(mark: boolean): void {
    this.#unmarked = mark ? false : 'going'
  }

  /** The reader asked for the newest: everything above has been seen. */
  markNewest(): void {
    const newest = this.rows[0]?.id
    if (newest && (!this.lastSeenId || newerFirst(newest, this.lastSeenId) < 0)) this.lastSeenId = newest
    this.#keep()
  }

  /** The hand moved: posts come in by themselves only while it rests. */
  touched(): void {
    this.#lastTouch = performance.now()
  }

  /** Saves the place now. `leaving` lets it outlive the page. */
  savePlace(leaving = false): void {
    this.#keep()
    this.#keeper.save(leaving)
  }

  #keep(): void {
    if (this.phase !== 'ready' || !this.#anchor) return
    this.#keeper.keep({
      anchorId: this.#anchor.id,
      offsetPx: Math.round(this.#anchor.offset),
      focusedId: this.focusedId,
      lastSeenId: this.lastSeenId,
      gapIds: this.gaps.slice(0, 20).map((gap) => [gap.newerId, gap.olderId] as const),
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
    this.#uncounted = 0
    this.start = null
    this.complete = newest.length === 0
    this.#adopt(newest)
  }

  #adopt(statuses: Status[]): void {
    const standing = outsideGaps(statuses, this.gaps)
    this.#posts.pass(standing)
    this.#newestId = standing[0]?.id ?? null
    this.rows = []
    this.#append(standing)
    this.gaps = standingGaps(this.gaps, this.rows)
  }

  /** Older ones at the end; a page that reaches over a gap is cut there. */
  #append(statuses: readonly Status[]): void {
    const standing = outsideGaps(statuses, this.gaps)
    let rows = this.rows
    for (const run of runsOf(standing, this.gaps)) rows = addRows(rows, this.#shown(run), 'end')
    this.#oldestId = standing.at(-1)?.id ?? this.#oldestId
    this.rows = rows
  }

  /** Far down, what lies far above is let go; it is fetched again on the way up. */
  async #dropNewest(): Promise<void> {
    if (this.rows.length <= MOST_ROWS + ROWS_TO_SPARE) return
    await tick()
    await tick()
    const before = this.rows
    this.shifting = true
    this.rows = cutRows(before, MOST_ROWS, 'end')
    this.#newestId = this.rows[0]?.id ?? null
    this.hasNewer = true
    this.gaps = standingGaps(this.gaps, this.rows)
    this.#uncounted += this.pending.length
    this.pending = []
    this.#letGo(before.slice(0, before.length - this.rows.length))
  }

  #letGo(rows: readonly Row[]): void {
    const standing = new Set(this.rows.map((row) => row.postId))
    this.#posts.letGo(rows.flatMap((row) => [row.id, row.postId]).filter((id) => !standing.has(id)))
  }

  #arrived(post: Status): void {
    if (this.phase !== 'ready') return
    if (this.#source.news === 'ask') {
      this.#asking ??= setTimeout(() => {
        this.#asking = null
        void this.catchUp()
      }, ASK_AFTER)
    } else if (this.ground.session.isMe(post.account.id)) this.own(post)
    else if (this.hasNewer) this.#uncounted++
    else {
      this.#hold([post])
      if (!this.#live() || this.pending.length === 0) return
      const waiting = this.pending
      this.pending = []
      this.#prepend(waiting, false)
    }
  }

  /** At the very top, with the hand at rest and by the owner's wish, posts come in by themselves. */
  #live(): boolean {
    return (
      this.#settings().liveAtTop &&
      this.#atTop &&
      document.visibilityState === 'visible' &&
      this.ground.router.route.name === 'home' &&
      performance.now() - this.#lastTouch >= AT_REST
    )
  }

  #hold(statuses: readonly Status[]): void {
    const known = new Set([...this.rows.map((row) => row.id), ...this.pending.map((status) => status.id)])
    // A boost of what stands near already would be counted as new and then show nothing.
    const near = new Set([
      ...this.rows.slice(0, DEDUPE_WITHIN).map((row) => row.postId),
      ...this.pending.map((status) => status.reblog?.id ?? status.id),
    ])
    const hidden = this.#settings().boosts === 'hidden'
    const fresh = this.#shown(statuses).filter(
      (status) => !known.has(status.id) && !this.#posts.gone.has(status.id) && !(status.reblog && (hidden || near.has(status.reblog.id))),
    )
    if (fresh.length === 0) return
    this.#posts.pass(fresh)
    const pending = [...fresh, ...this.pending].toSorted((a, b) => newerFirst(a.id, b.id))
    if (pending.length > MOST_PENDING) {
      // The oldest join on to what is here; the rest is fetched when the reader gets there.
      this.hasNewer = true
      this.#uncounted += pending.length - MOST_PENDING / 2
      this.pending = pending.slice(-MOST_PENDING / 2)
    } else this.pending = pending
  }

  /** Newer statuses go above; late arrivals that belong further down go where they belong, one by one. */
  #prepend(statuses: readonly Status[], keepPlace = true): void {
    const sorted = statuses.toSorted((a, b) => newerFirst(a.id, b.id))
    const newest = this.#newestId
    const above = newest ? sorted.filter((status) => newerFirst(status.id, newest) < 0) : sorted
    const late = newest ? this.#shown(sorted.filter((status) => newerFirst(status.id, newest) >= 0)) : []
    this.#posts.pass(sorted)
    if (above[0]) this.#newestId = above[0].id
    if (above.length > 0 && keepPlace) this.shifting = true
    const rows = addRows(this.rows, this.#shown(above), 'start')
    const kept = rows.length > MOST_ROWS ? cutRows(rows, MOST_ROWS, 'start') : rows
    if (kept.length < rows.length) {
      this.#oldestId = kept.at(-1)?.id ?? null
      this.complete = false
      this.gaps = standingGaps(this.gaps, kept)
    }
    this.rows = kept
    if (kept.length < rows.length) this.#letGo(rows.slice(kept.length))
    if (late.length === 0) return
    if (above.length === 0) this.#insertLate(late)
    else void tick().then(() => tick().then(() => this.#insertLate(late)))
  }

  /** Those above the reader in one update, which keeps their place, and those below in the next. */
  #insertLate(late: readonly Status[]): void {
    const anchor = this.#anchor?.id
    const isAbove = (status: Status) => anchor !== undefined && newerFirst(status.id, anchor) < 0
    const [above, below] = [late.filter(isAbove), late.filter((status) => !isAbove(status))]
    const insert = (some: readonly Status[]) => {
      this.rows = some.reduce<Row[]>((rows, status) => insertRow(rows, status), this.rows)
    }
    if (below.length > 0) insert(below)
    if (above.length === 0) return
    if (below.length === 0) {
      this.shifting = true
      insert(above)
    } else
      void tick().then(() =>
        tick().then(() => {
          this.shifting = true
          insert(above)
        }),
      )
  }

  /** What a filter hides stands nowhere; where the reader is in the past is counted by what came. */
  #shown(statuses: readonly Status[]): Status[] {
    return statuses.filter((status) => this.#posts.filtered(status)?.action !== 'hide')
  }

  #remove(id: string): void {
    this.pending = this.pending.filter((status) => status.id !== id && status.reblog?.id !== id)
  }

  async #list(range: { maxId?: string; minId?: string }): Promise<Status[]> {
    return await this.#source.list({ limit: PAGE, ...range })
  }
}
