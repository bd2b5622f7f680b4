import { failureOf, type Failure, type Status } from '../api/mastodon.ts'
import type { Posts } from './posts.svelte.ts'
import { addRows, type Row } from './rows.ts'

/** Pages as the client gives them: the Link header is followed, never an id made up. */
export type Pages<T> = AsyncIterable<T[]>

/**
 * A list that grows at its end: bookmarks, favourites, a profile, a hashtag, followers. Made for one view and thrown away
 * with it. `source` is asked once; its pages are taken one by one.
 */
export class Listing<T> {
  items: T[] = $state.raw([])
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  loadingMore = $state(false)
  complete = $state(false)
  #source: () => Pages<T>
  #pages: AsyncIterator<T[]> | null = null

  constructor(source: () => Pages<T>) {
    this.#source = source
  }

  /** The first page; also after a failure, and to start anew. */
  async open(): Promise<void> {
    this.phase = 'loading'
    this.failure = null
    this.complete = false
    this.items = []
    this.#pages = this.#source()[Symbol.asyncIterator]()
    try {
      await this.#take()
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
    }
  }

  /** The next page. */
  async more(): Promise<void> {
    if (this.loadingMore || this.complete || this.phase !== 'ready') return
    this.loadingMore = true
    try {
      await this.#take()
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.loadingMore = false
    }
  }

  protected add(page: T[]): void {
    this.items = [...this.items, ...page]
  }

  async #take(): Promise<void> {
    const next = await this.#pages?.next()
    if (!next || next.done || next.value.length === 0) this.complete = true
    else this.add(next.value)
  }
}

/** A listing of posts: rows as in the home timeline, without repeating a post. */
export class PostListing extends Listing<Status> {
  rows: Row[] = $state.raw([])
  #posts: Posts

  constructor(posts: Posts, source: () => Pages<Status>) {
    super(source)
    this.#posts = posts
  }

  override async open(): Promise<void> {
    this.rows = []
    await super.open()
  }

  protected override add(page: Status[]): void {
    this.#posts.putAll(page)
    super.add(page)
    this.rows = addRows(
      this.rows,
      page.filter((post) => this.#posts.filtered(post)?.action !== 'hide'),
      'end',
    )
  }
}
