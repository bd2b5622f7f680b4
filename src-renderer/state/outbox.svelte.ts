import { m } from '../locales/generated/messages.js'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { HeldPost, OutboxItem, OutboxKind } from '../../src-main/owner-api/contract.ts'
import { OwnerApiError } from '../api/owner.ts'
import type { Ground } from './ground.ts'
import { listParts } from './time.ts'
import { locale } from './locale.svelte.ts'

/** How long a spine that has just dried stays to fade, in milliseconds (`--t-dry` and a little). */
const DRYING = 700

/** How a post stands to the world: not left yet, leaving, just gone out. */
export type Ink = 'wet' | 'sending' | 'dry'

/** A control of a post: what is done with it. */
export type Deed = 'favourite' | 'boost' | 'vote' | 'react' | 'pin' | 'edit' | 'delete'

const DEEDS: Record<Deed, readonly OutboxKind[]> = {
  favourite: ['favourite', 'unfavourite'],
  boost: ['boost', 'unboost'],
  vote: ['vote'],
  react: ['react', 'unreact'],
  pin: ['pin', 'unpin'],
  edit: ['edit'],
  delete: ['delete'],
}

/** What waits to be sent, is being sent, or could not be sent. */
export class Outbox {
  #items = new SvelteMap<string, OutboxItem>()
  #drying = new SvelteSet<string>()
  #held = new SvelteMap<string, HeldPost>()
  /** What waited when the connection came back, by id, with its kind: one toast says when it has left. */
  #leaving: Map<string, OutboxKind> | null = null
  #gone: OutboxKind[] = []
  #online: boolean | null = null
  loaded = $state(false)
  /** Events so far: a list that was asked for before the newest one is older than it. */
  #events = 0
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'held') this.#held.set(event.held.id, event.held)
      else if (event.type === 'held-removed') this.#held.delete(event.id)
      else if (event.type === 'connection') this.#connected(event.connection.state === 'online')
      if (event.type !== 'outbox' && event.type !== 'outbox-removed') return
      this.#events++
      if (event.type === 'outbox') this.#put(event.item)
      else this.#items.delete(event.id)
      this.#count(event.type === 'outbox' ? event.item : null)
    })
    ground.live.onreconnected(() => void this.load())
  }

  /** Oldest first: the order in which they leave. */
  get items(): OutboxItem[] {
    return [...this.#items.values()].toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || Number(a.id) - Number(b.id))
  }
  get waiting(): OutboxItem[] {
    return this.items.filter((item) => item.state === 'waiting' || item.state === 'sending')
  }
  /** What has waited for over 12 hours and goes only when the owner says so. */
  get asking(): OutboxItem[] {
    return this.items.filter((item) => item.asks && item.state === 'waiting')
  }
  /** Posts that wait a few seconds for second thoughts. */
  get held(): HeldPost[] {
    return [...this.#held.values()].filter((one) => one.problem === null)
  }
  /** Posts that could not go at their time: the owner chooses. */
  get stuck(): HeldPost[] {
    return [...this.#held.values()].filter((one) => one.problem !== null)
  }

  /**
   * Whether a control of a post shows what has not left this machine yet: it carries the small clock, its name says that it waits, and
   * pressing it again takes the waiting item out (our server does that by itself: nothing is queued to undo it). Reactive.
   */
  wetOf(postId: string, deed: Deed): boolean {
    for (const item of this.#items.values())
      if (item.postId === postId && item.state === 'waiting' && DEEDS[deed].includes(item.kind)) return true
    return false
  }

  get failed(): OutboxItem[] {
    return this.items.filter((item) => item.state === 'failed')
  }

  /** The ink of an own post; null once it has been out for a while, or when nothing is known of it. */
  inkOf(postId: string): Ink | null {
    for (const item of this.#items.values()) {
      if (item.postId !== postId || item.kind !== 'post') continue
      if (item.state === 'waiting') return 'wet'
      if (item.state === 'sending') return 'sending'
      // Some servers have it: it has left, and which ones do not is the outbox's business.
      if (item.state === 'failed') return item.delivered > 0 ? null : 'wet'
      return this.#drying.has(postId) ? 'dry' : null
    }
    return null
  }

  /** What about this post still waits on this machine. */
  waitingActions(postId: string): Set<OutboxKind> {
    const kinds = new Set<OutboxKind>()
    for (const item of this.#items.values()) if (item.postId === postId && item.state === 'waiting') kinds.add(item.kind)
    return kinds
  }

  async load(): Promise<void> {
    const before = this.#events
    try {
      const [{ items }, held] = await Promise.all([this.#ground.session.owner.outbox(), this.#ground.session.owner.held()])
      this.#held.clear()
      for (const one of held) this.#held.set(one.id, one)
      this.loaded = true
      if (this.#events === before) this.#replace(items)
      else setTimeout(() => void this.load(), 200)
    } catch {
      // The status chip says that the server is away; the next reconnection loads again.
    }
  }

  /** Tries again now. */
  async retry(id: string): Promise<void> {
    await this.#try(async () => this.#put(await this.#ground.session.owner.retryOutboxItem(id)))
  }

  /** Lets everything go that asked. */
  async sendAll(): Promise<void> {
    await this.#try(async () => this.#replace((await this.#ground.session.owner.approveOutbox()).items))
  }

  /** Second thoughts, or "keep as draft": the draft is there as it was. */
  takeBackHeld(id: string): Promise<boolean> {
    return this.#try(async () => {
      await this.#ground.session.owner.undoHeld(id)
      this.#held.delete(id)
    })
  }

  /** It goes now; `alone`: as a post of its own. */
  sendHeld(id: string, alone = false): Promise<boolean> {
    return this.#try(async () => {
      await this.#ground.session.owner.sendHeld(id, alone)
      this.#held.delete(id)
    })
  }

  /** A post that waits for its time goes now instead. */
  postScheduled(id: string): Promise<boolean> {
    return this.#try(async () => {
      await this.#ground.session.owner.postScheduledNow(id)
      this.#ground.toasts.show({ text: m.scheduled_posted() })
    })
  }

  /** A post that waits for its time is a draft again and goes at none. */
  draftScheduled(id: string): Promise<boolean> {
    return this.#try(async () => {
      await this.#ground.session.owner.draftScheduled(id)
      this.#ground.toasts.show({ text: m.scheduled_drafted() })
    })
  }

  /** The connection came back: what waited is counted as it leaves, and what now asks is asked for. */
  #connected(online: boolean): void {
    const was = this.#online
    this.#online = online
    if (was === online) return
    if (!online || was === null) {
      this.#leaving = null
      return
    }
    const waiting = this.waiting.filter((item) => !item.asks)
    this.#gone = []
    this.#leaving = waiting.length > 0 ? new Map(waiting.map((item) => [item.id, item.kind])) : null
    void this.load()
  }

  #count(item: OutboxItem | null): void {
    if (!this.#leaving || !item || item.state === 'waiting') return
    const kind = this.#leaving.get(item.id)
    if (!kind) return
    this.#leaving.delete(item.id)
    if (item.state !== 'failed') this.#gone.push(kind)
    if (this.#leaving.size > 0) return
    this.#leaving = null
    const posts = this.#gone.filter((one) => one === 'post' || one === 'boost').length
    const likes = this.#gone.filter((one) => one === 'favourite').length
    const others = this.#gone.length - posts - likes
    if (this.#gone.length > 0) void this.#say({ posts, likes, others })
  }

  async #say(counts: { posts: number; likes: number; others: number }): Promise<void> {
    const { left, allLeft } = await import('./said.ts')
    const what = listParts(left(counts), locale())
      .map((part) => part.value)
      .join('')
    this.#ground.toasts.show({ text: allLeft(what) })
  }

  /** Takes back what waits, or lets go of what failed. False when it was too late. */
  cancel(id: string): Promise<boolean> {
    return this.#try(async () => {
      const before = this.#events
      const { items } = await this.#ground.session.owner.cancelOutboxItem(id)
      if (this.#events === before) this.#replace(items)
      else await this.load()
    })
  }

  #replace(items: OutboxItem[]): void {
    const ids = new Set(items.map((item) => item.id))
    for (const id of this.#items.keys()) if (!ids.has(id)) this.#items.delete(id)
    for (const item of items) this.#put(item)
  }

  #put(item: OutboxItem): void {
    const before = this.#items.get(item.id)
    this.#items.set(item.id, item)
    const { postId } = item
    if (item.kind !== 'post' || item.state !== 'sent' || !postId || !before || before.state === 'sent') return
    this.#drying.add(postId)
    setTimeout(() => this.#drying.delete(postId), DRYING)
  }

  async #try(run: () => Promise<void>): Promise<boolean> {
    try {
      await run()
      return true
    } catch (error) {
      const code = error instanceof OwnerApiError ? error.code : 'internal'
      const text =
        code === 'too-late'
          ? m.outbox_too_late()
          : code === 'unreachable'
            ? m.failure_unreachable()
            : code === 'disk-full'
              ? m.failure_disk_full()
              : code === 'not-found'
                ? m.outbox_gone()
                : m.failure_server()
      this.#ground.toasts.show({ text, tone: 'assertive' })
      await this.load()
      return false
    }
  }
}
