import { failureOf, type Account, type Conversation, type Failure, type Status } from '../api/mastodon.ts'
import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { wordsFor } from './posts.svelte.ts'
import { newerFirst } from './rows.ts'

/** Private mentions with the same people: on the network one thread each, to the reader one conversation. */
export interface Talk {
  /** The people's ids, sorted: stays the same whatever is said. */
  key: string
  /** Of the thread that was last written in: what the address of the window names. */
  id: string
  people: Account[]
  last: Status
  unread: boolean
  /** Its threads, the last written in first. */
  threads: { id: string; lastId: string; unread: boolean }[]
}

const PAGE = 40
const SOON = 250

/** Puts threads with the same people together, the last written in first. Threads whose last post is not there are left out. */
export function talksOf(conversations: readonly Conversation[]): Talk[] {
  const talks = new Map<string, Talk>()
  const known = conversations.flatMap((one) => (one.lastStatus ? [{ ...one, last: one.lastStatus as Status }] : []))
  for (const one of known.toSorted((a, b) => newerFirst(a.last.id, b.last.id))) {
    const key = one.accounts
      .map((account) => account.id)
      .toSorted()
      .join(',')
    const thread = { id: one.id, lastId: one.last.id, unread: one.unread }
    const talk = talks.get(key)
    if (talk) {
      talk.threads.push(thread)
      talk.unread ||= one.unread
    } else talks.set(key, { key, id: one.id, people: one.accounts, last: one.last, unread: one.unread, threads: [thread] })
  }
  return [...talks.values()]
}

/** The conversations of the window: kept for as long as it is open, for the mark beside their place in the sidebar too. */
export class Conversations {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  complete = $state(false)
  loadingMore = $state(false)
  #all: Conversation[] = $state.raw([])
  #ground: Ground
  #posts: Posts
  #opening: Promise<void> | null = null
  #soon: ReturnType<typeof setTimeout> | null = null

  constructor(ground: Ground, posts: Posts) {
    this.#ground = ground
    this.#posts = posts
    ground.live.onowner((event) => {
      if (event.type === 'conversation') this.#later()
    })
    ground.live.onreconnected(() => this.#later())
  }

  readonly talks = $derived(talksOf(this.#all))
  readonly unread = $derived(this.talks.filter((talk) => talk.unread).length)

  /** The conversation that a thread belongs to. */
  talk(threadId: string): Talk | undefined {
    return this.talks.find((talk) => talk.threads.some((thread) => thread.id === threadId))
  }

  /** The first page; repeated calls do nothing. */
  open(): Promise<void> {
    this.#opening ??= this.#load()
    return this.#opening
  }

  retry(): Promise<void> {
    this.#opening = null
    this.phase = 'loading'
    return this.open()
  }

  async more(): Promise<void> {
    const oldest = this.#all
      .map((one) => one.lastStatus?.id ?? '0')
      .toSorted(newerFirst)
      .at(-1)
    if (this.loadingMore || this.complete || !oldest) return
    this.loadingMore = true
    try {
      this.#take(await this.#ground.session.rest.v1.conversations.list({ limit: PAGE, maxId: oldest }))
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.loadingMore = false
    }
  }

  /** Read, or unread again: then only its last thread is. */
  async mark(talk: Talk, unread: boolean): Promise<void> {
    const threads = unread ? talk.threads.slice(0, 1) : talk.threads.filter((thread) => thread.unread)
    const ids = new Set(threads.map((thread) => thread.id))
    if (ids.size === 0) return
    this.#all = this.#all.map((one) => (ids.has(one.id) ? { ...one, unread } : one))
    const { conversations } = this.#ground.session.rest.v1
    try {
      await Promise.all([...ids].map((id) => (unread ? conversations.$select(id).unread() : conversations.$select(id).read())))
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      this.#later()
    }
  }

  /** Out of the list; the posts stay, and the next one brings it back. */
  async remove(talk: Talk): Promise<boolean> {
    const ids = new Set(talk.threads.map((thread) => thread.id))
    const { conversations } = this.#ground.session.rest.v1
    try {
      for (const id of ids) await conversations.$select(id).remove()
      this.#all = this.#all.filter((one) => !ids.has(one.id))
      return true
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      this.#later()
      return false
    }
  }

  async #load(): Promise<void> {
    try {
      const page = await this.#ground.session.rest.v1.conversations.list({ limit: PAGE })
      this.#all = []
      this.#take(page)
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
      this.#opening = null
    }
  }

  /** What changed is among the first: they are asked for anew, and the rest stays. */
  async #refresh(): Promise<void> {
    if (this.phase !== 'ready') return
    try {
      const page = await this.#ground.session.rest.v1.conversations.list({ limit: PAGE })
      const oldest = page.at(-1)?.lastStatus?.id ?? '0'
      const older = page.length < PAGE ? [] : this.#all.filter((one) => newerFirst(one.lastStatus?.id ?? '0', oldest) > 0)
      this.#all = older
      this.#take(page)
    } catch {
      // The next change asks again.
    }
  }

  #take(page: readonly Conversation[]): void {
    if (page.length < PAGE) this.complete = true
    this.#posts.putAll(page.flatMap((one) => (one.lastStatus ? [one.lastStatus as Status] : [])))
    const ids = new Set(page.map((one) => one.id))
    this.#all = [...this.#all.filter((one) => !ids.has(one.id)), ...page]
  }

  #later(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      void this.#refresh()
    }, SOON)
  }
}
