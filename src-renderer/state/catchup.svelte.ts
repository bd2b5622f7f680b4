import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { failureOf, type Account, type Failure, type Status } from '../api/mastodon.ts'
import type { CatchUp, CatchUpKind, CatchUpOffer, CatchUpPosts, CatchUpState, TopLink } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { newerFirst } from './rows.ts'

export type Sort = CatchUpState['sort']

/** In the order in which our server names them. */
export const KINDS: readonly CatchUpKind[] = ['original', 'reply', 'boost', 'quote', 'tag', 'filtered']
const SHOWN_FIRST: readonly CatchUpKind[] = ['original', 'reply', 'quote']
const SORTS: readonly Sort[] = ['oldest', 'newest', 'longest', 'shared']
const HOUR = 3_600_000
/** Hours back, the furthest first. */
const HOURS = [168, 72, 24, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
/** An absence that is worth catching up on. */
export const AWAY = 3 * HOUR
/** Bars of the chart between two stops of the slider. */
const BARS = 3
const POSTS_AT_ONCE = 20
const PEOPLE_AT_ONCE = 40
const SAVE_AFTER = 500
const MOST_DONE = 400

/** One post of the home timeline, before its words are known. */
export interface CatchUpRow {
  id: string
  at: number
  author: string
  kind: CatchUpKind
  length: number
  shares: number
  late: boolean
}
export interface CatchUpAuthor {
  id: string
  /** All of theirs in the range, and those of the chosen kinds. */
  total: number
  rows: CatchUpRow[]
  done: boolean
}
/** One stop of the slider: so many hours back from the end, null for the last visit. */
export interface Stop {
  hours: number | null
  from: number
}

/** Where the slider can stand, from the furthest to the nearest; the last visit has its place among the hours. */
export function stopsOf(since: number, end: number): Stop[] {
  const stops: Stop[] = HOURS.map((hours) => ({ hours, from: end - hours * HOUR }))
  const visit: Stop = { hours: null, from: Math.min(since, end) }
  const same = stops.findIndex((stop) => Math.abs(stop.from - visit.from) < HOUR / 4)
  if (same >= 0) stops[same] = visit
  else {
    const at = stops.findIndex((stop) => stop.from > visit.from)
    stops.splice(at < 0 ? stops.length : at, 0, visit)
  }
  return stops
}

/** How many posts an hour came between the stops, as parts of the most: what the chart draws. Every stop is one step, however long it is. */
export function barsOf(times: readonly number[], stops: readonly Stop[], end: number): number[] {
  const edges: number[] = []
  stops.forEach((stop, index) => {
    const next = stops[index + 1]?.from ?? end
    for (let bar = 0; bar < BARS; bar++) edges.push(stop.from + ((next - stop.from) * bar) / BARS)
  })
  const counts = new Array<number>(edges.length).fill(0)
  for (const time of times) {
    if (time < (edges[0] ?? 0) || time > end) continue
    let low = 0
    let high = edges.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((edges[middle] as number) <= time) low = middle
      else high = middle - 1
    }
    counts[low] = (counts[low] as number) + 1
  }
  const rates = counts.map((count, index) => {
    const span = (edges[index + 1] ?? end) - (edges[index] as number)
    return span <= 0 ? 0 : count / Math.max(span, HOUR / 12)
  })
  const most = Math.max(...rates, Number.MIN_VALUE)
  return rates.map((rate) => rate / most)
}

/** Rows in the order that is chosen; what is equal stays newest first, or oldest first where that is the order. */
export function sortRows(rows: readonly CatchUpRow[], sort: Sort): CatchUpRow[] {
  const newest = (a: CatchUpRow, b: CatchUpRow) => newerFirst(a.id, b.id)
  switch (sort) {
    case 'oldest':
      return rows.toSorted((a, b) => newest(b, a))
    case 'newest':
      return rows.toSorted(newest)
    case 'longest':
      return rows.toSorted((a, b) => b.length - a.length || newest(a, b))
    case 'shared':
      return rows.toSorted((a, b) => b.shares - a.shares || newest(a, b))
  }
}

/** Whole hours of an absence that is worth catching up on; null for a shorter one. */
export const hoursAway = (leftAt: number, now: number): number | null => (now - leftAt < AWAY ? null : Math.round((now - leftAt) / HOUR))

/** How long somebody was away, short: "9 h", "3 d". */
export function spanName(hours: number, locale: string): string {
  const [unit, value] = hours < 48 ? (['hour', hours] as const) : (['day', Math.round(hours / 24)] as const)
  const parts = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).formatToParts(value)
  const of = (type: string) => parts.flatMap((part) => (part.type === type ? [part.value] : [])).join('')
  return `${of('integer')}\u00a0${of('unit')}`
}

/** A moment of the last days: "21:40", "yesterday 21:40", "Tue 21:40", "3 Mar 21:40". */
export function momentName(at: number, now: number, locale: string): string {
  const region = locale === 'en' ? 'en-GB' : locale
  const time = new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit' }).format(at)
  const midnight = (when: number) => new Date(when).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(now) - midnight(at)) / (24 * HOUR))
  if (days <= 0) return time
  if (days === 1) return `${new Intl.RelativeTimeFormat(region, { numeric: 'auto' }).format(-1, 'day')} ${time}`
  const day = new Intl.DateTimeFormat(region, days < 7 ? { weekday: 'short' } : { day: 'numeric', month: 'short' }).format(at)
  return `${day} ${time}`
}

const offers = new Map<string, Promise<CatchUpOffer | null>>()
/** What came after a post; asked once, however many places show it. */
export function offerAfter(ground: Ground, seenId: string): Promise<CatchUpOffer | null> {
  const known = offers.get(seenId)
  if (known) return known
  const asked = ground.session.owner.catchUpOffer(seenId).catch(() => null)
  offers.set(seenId, asked)
  return asked
}

/** Whether the offer of this visit has been taken up. */
export const offered = $state({ taken: false })

/** The catch-up that is looked at, for what stands beside the list. */
export const shown: { desk: CatchUpDesk | null } = $state({ desk: null })

/** One catch-up: what came, what of it is shown and in which order, and who is done with. */
export class CatchUpDesk {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  current: CatchUp | null = $state.raw(null)
  /** All of them, for going back to an earlier one. */
  kept: CatchUp[] = $state.raw([])
  /** There are older posts than are counted. */
  more = $state(false)
  hours: number | null = $state(null)
  kinds: readonly CatchUpKind[] = $state.raw(SHOWN_FIRST)
  sort: Sort = $state('oldest')
  byAuthor = $state(true)
  links: TopLink[] | null = $state.raw(null)
  finishing = $state(false)
  readonly people = new SvelteMap<string, Account>()
  /** Boosts are posts of their own; this is what they show. */
  readonly read = new SvelteSet<string>()
  #rows: CatchUpRow[] = $state.raw([])
  #done: Record<string, string> = $state.raw({})
  #ground: Ground
  #posts: Posts
  #wanted = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #linksOf = ''

  constructor(ground: Ground, posts: Posts) {
    this.#ground = ground
    this.#posts = posts
  }

  readonly end = $derived(this.current ? Date.parse(this.current.to) : 0)
  readonly since = $derived(this.current ? Date.parse(this.current.from) : 0)
  readonly finished = $derived(this.current?.finishedAt ?? null)
  readonly stops = $derived(this.current ? stopsOf(this.since, this.end) : [])
  readonly stop = $derived(
    Math.max(
      0,
      this.stops.findIndex((stop) => stop.hours === this.hours),
    ),
  )
  readonly from = $derived(this.stops[this.stop]?.from ?? this.since)
  readonly bars = $derived(
    barsOf(
      this.#rows.map((row) => row.at),
      this.stops,
      this.end,
    ),
  )
  /** In the range: what came in it, and from the last visit on, what came late. */
  readonly inRange = $derived(this.#rows.filter((row) => row.at >= this.from || (row.late && this.from <= this.since)))
  readonly counts = $derived.by(() => {
    const counts: Record<CatchUpKind, number> = { original: 0, reply: 0, boost: 0, quote: 0, tag: 0, filtered: 0 }
    for (const row of this.inRange) counts[row.kind]++
    return counts
  })
  readonly writers = $derived(new Set(this.inRange.map((row) => row.author)).size)
  readonly chosen = $derived(
    sortRows(
      this.inRange.filter((row) => this.kinds.includes(row.kind)),
      this.sort,
    ),
  )
  /** In the order in which they first speak. */
  readonly authors = $derived.by(() => {
    const totals = new Map<string, number>()
    const newest = new Map<string, string>()
    for (const row of this.inRange) {
      totals.set(row.author, (totals.get(row.author) ?? 0) + 1)
      const known = newest.get(row.author)
      if (known === undefined || newerFirst(row.id, known) < 0) newest.set(row.author, row.id)
    }
    const authors = new Map<string, CatchUpAuthor>()
    for (const row of this.chosen) {
      const author = authors.get(row.author)
      if (author) author.rows.push(row)
      else {
        const upTo = this.#done[row.author]
        const done = upTo !== undefined && newerFirst(upTo, newest.get(row.author) ?? '0') <= 0
        authors.set(row.author, { id: row.author, total: totals.get(row.author) ?? 0, rows: [row], done })
      }
    }
    return [...authors.values()]
  })
  /** Without authors: everything but what has been dealt with. */
  readonly open = $derived.by(() => {
    const done = new Set(this.authors.flatMap((author) => (author.done ? [author.id] : [])))
    return this.chosen.filter((row) => !done.has(row.author))
  })

  /** The one that is open, up to now; or a kept one by its id. */
  async load(id: string | null): Promise<void> {
    this.phase = 'loading'
    this.failure = null
    const { owner } = this.#ground.session
    try {
      const current = await (id === null ? owner.openCatchUp() : owner.catchUpById(id))
      const [posts, kept] = await Promise.all([owner.catchUpPosts(current.id), owner.catchUps()])
      this.#adopt(current.state)
      this.kept = kept
      this.more = posts.more
      this.#rows = rowsOf(posts)
      this.current = current
      if (id === null) {
        if (this.inRange.length === 0 && this.hours === null && Object.keys(current.state).length === 0) this.#widen()
        offered.taken = true
      }
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
    }
  }

  /** Nothing since the last visit: the shortest range with something in it, up to a day. */
  #widen(): void {
    for (const hours of [3, 6, 12, 24]) {
      if (!this.stops.some((stop) => stop.hours === hours)) continue
      this.hours = hours
      if (this.inRange.length > 0) return
    }
    this.hours = null
  }

  setStop(index: number): void {
    const stop = this.stops[Math.min(index, this.stops.length - 1)]
    if (!stop) return
    this.hours = stop.hours
    this.#keep()
  }

  setSort(sort: Sort): void {
    this.sort = sort
    this.#keep()
  }

  toggleKind(kind: CatchUpKind): void {
    this.kinds = this.kinds.includes(kind) ? this.kinds.filter((one) => one !== kind) : [...this.kinds, kind]
    this.#keep()
  }

  toggleGrouping(): void {
    this.byAuthor = !this.byAuthor
    this.#keep()
  }

  /** Done with an author up to what there is now, or not. */
  markDone(author: string, done: boolean): void {
    const newest = this.inRange
      .filter((row) => row.author === author)
      .map((row) => row.id)
      .toSorted(newerFirst)[0]
    const rest = Object.entries(this.#done).filter(([id]) => id !== author)
    this.#done = Object.fromEntries(done && newest ? [...rest.slice(-MOST_DONE + 1), [author, newest] as const] : rest)
    this.#keep()
  }

  /** Has the words of posts fetched, a page at a time; what is known already is not asked for. */
  wantPosts(ids: readonly string[]): void {
    for (const id of ids) if (!this.#posts.get(id)) this.#wanted.add(id)
    if (this.#wanted.size > 0) queueMicrotask(() => void this.#fetchPosts())
  }

  /** The post of a row, or what it boosts; undefined until its words are here. */
  postOf(row: CatchUpRow): Status | undefined {
    const post = this.#posts.get(row.id)
    return post?.reblog ? (this.#posts.get(post.reblog.id) ?? post.reblog) : post
  }

  /** Has people fetched by their ids. */
  async wantPeople(ids: readonly string[]): Promise<void> {
    const missing = ids.filter((id) => !this.people.has(id))
    for (let at = 0; at < missing.length; at += PEOPLE_AT_ONCE) {
      try {
        const found = await this.#ground.session.rest.v1.accounts.fetch({ id: missing.slice(at, at + PEOPLE_AT_ONCE) })
        for (const account of found) this.people.set(account.id, account)
      } catch {
        return
      }
    }
  }

  /** The pages shared in the range. */
  async loadLinks(): Promise<void> {
    const { current } = this
    if (!current) return
    const from = new Date(this.from).toISOString()
    const wanted = `${current.id} ${from}`
    if (wanted === this.#linksOf) return
    this.#linksOf = wanted
    try {
      const links = await this.#ground.session.owner.topLinks(current.id, from)
      if (wanted !== this.#linksOf) return
      this.links = links
      void this.wantPeople([...new Set(links.flatMap((link) => link.accountIds))])
    } catch {
      // They are asked for again when the range changes.
      this.#linksOf = ''
    }
  }

  /** Done: the place in Home is now. False if our own server did not take it. */
  async finish(): Promise<boolean> {
    const { current } = this
    if (!current || this.finishing) return false
    this.finishing = true
    try {
      this.saveNow()
      this.current = await this.#ground.session.owner.finishCatchUp(current.id)
      return true
    } catch (error) {
      this.failure = failureOf(error)
      return false
    } finally {
      this.finishing = false
    }
  }

  /** Saves at once what is chosen; `leaving` lets it outlive the page. */
  saveNow(leaving = false): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = null
    const { current } = this
    if (!current || current.finishedAt) return
    const state: CatchUpState = {
      hours: this.hours,
      kinds: [...this.kinds],
      sort: this.sort,
      byAuthor: this.byAuthor,
      done: this.#done,
    }
    this.#ground.session.owner.keepCatchUp(current.id, state, leaving).catch(() => {
      // What was chosen stays for as long as the window is open; the next choice is saved again.
    })
  }

  #keep(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.saveNow(), SAVE_AFTER)
  }

  #adopt(state: Partial<CatchUpState>): void {
    this.hours = typeof state.hours === 'number' ? state.hours : null
    this.kinds = Array.isArray(state.kinds) ? KINDS.filter((kind) => state.kinds?.includes(kind)) : SHOWN_FIRST
    this.sort = SORTS.find((sort) => sort === state.sort) ?? 'oldest'
    this.byAuthor = state.byAuthor !== false
    this.#done = state.done && typeof state.done === 'object' ? state.done : {}
  }

  async #fetchPosts(): Promise<void> {
    const ids = [...this.#wanted]
    this.#wanted.clear()
    for (let at = 0; at < ids.length; at += POSTS_AT_ONCE) {
      try {
        this.#posts.putAll(await this.#ground.session.rest.v1.statuses.fetch({ id: ids.slice(at, at + POSTS_AT_ONCE) }))
      } catch (error) {
        this.failure = failureOf(error)
        return
      }
    }
  }
}

function rowsOf(posts: CatchUpPosts): CatchUpRow[] {
  return posts.ids.flatMap((id, index): CatchUpRow[] => {
    const kind = KINDS[posts.kinds[index] ?? 0]
    const author = posts.people[posts.authors[index] ?? 0]
    const at = posts.at[index]
    if (!kind || !author || at === undefined) return []
    return [{ id, at, author, kind, length: posts.lengths[index] ?? 0, shares: posts.shares[index] ?? 0, late: posts.late[index] === 1 }]
  })
}
