import { m } from '../locales/generated/messages.js'
import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import type { OutboxItem, OutboxKind } from '../../src-main/owner-api/contract.ts'
import { OwnerApiError } from '../api/owner.ts'
import type { Ground } from './ground.ts'

/** How long a spine that has just dried stays to fade, in milliseconds (`--t-dry` and a little). */
const DRYING = 700

/** How a post stands to the world: not left yet, leaving, just gone out. */
export type Ink = 'wet' | 'sending' | 'dry'

/** What waits to be sent, is being sent, or could not be sent. */
export class Outbox {
  #items = new SvelteMap<string, OutboxItem>()
  #drying = new SvelteSet<string>()
  loaded = $state(false)
  /** Events so far: a list that was asked for before the newest one is older than it. */
  #events = 0
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type !== 'outbox' && event.type !== 'outbox-removed') return
      this.#events++
      if (event.type === 'outbox') this.#put(event.item)
      else this.#items.delete(event.id)
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
      const { items } = await this.#ground.session.owner.outbox()
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
