import { failureOf, type Account, type Failure, type Status, type Tag } from '../api/mastodon.ts'
import { askOf } from './asking.ts'
import type { Ground } from './ground.ts'
import type { People } from './people.svelte.ts'
import type { Posts } from './posts.svelte.ts'

/** What is looked for: everything, or one kind. */
export type SearchKind = 'all' | 'people' | 'posts' | 'tags'
export const SEARCH_KINDS: readonly SearchKind[] = ['all', 'people', 'posts', 'tags']
const ON_WIRE = { people: 'accounts', posts: 'statuses', tags: 'hashtags' } as const

/** Our own server answers in milliseconds; this only spares it the letters of one word. */
const AFTER = 70
const PAGE = 20
/** People and tags above the posts. */
const FEW = 5

/** A person or a hashtag, in one list. */
export type Found = { kind: 'person'; account: Account } | { kind: 'tag'; tag: Tag }

/** People and tags as one list: whatever has exactly that name first, tags first when a tag was typed. */
export function mergeFound(query: string, accounts: readonly Account[], tags: readonly Tag[]): Found[] {
  const name = query.trim().replace(/^[@#]/, '').toLowerCase()
  const people = accounts.map((account): Found => ({ kind: 'person', account }))
  const topics = tags.map((tag): Found => ({ kind: 'tag', tag }))
  const exact = (one: Found) =>
    one.kind === 'person' ? one.account.username.toLowerCase() === name || one.account.acct.toLowerCase() === name : one.tag.name === name
  const all = query.trim().startsWith('#') ? [...topics, ...people] : [...people, ...topics]
  return [...all.filter(exact), ...all.filter((one) => !exact(one))]
}

/** While a word is being typed it stands for all that begin so; after a space, and in operators and phrases, it is itself. */
export function asTyped(text: string): string {
  const last = /(?:^|\s)([\p{L}\p{M}\p{N}]{3,})$/u.exec(text)?.[1]
  const open = (text.match(/"/g)?.length ?? 0) % 2 === 1
  return last && !open && !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(last)
    ? `${text}*`
    : text.trim()
}

/** One search box: what is typed, what was found here, and what only another server can say. */
export class Search {
  text = $state('')
  kind: SearchKind = $state('all')
  busy = $state(false)
  asking = $state(false)
  nothingThere = $state(false)
  /** The other server gave no answer, or there is no network to ask by. */
  noAnswer = $state(false)
  failure: Failure | null = $state.raw(null)
  /** What the answer below is an answer to. */
  searched = $state('')
  complete = $state(true)
  loadingMore = $state(false)
  #accounts: Account[] = $state.raw([])
  #tags: Tag[] = $state.raw([])
  #posts: Status[] = $state.raw([])
  #turn = 0
  /** As it was sent. */
  #query = ''
  #timer: ReturnType<typeof setTimeout> | null = null
  #ground: Ground
  #all: { posts: Posts; people: People }
  /** Called with every answer. */
  onanswer: ((query: string, kind: SearchKind) => void) | null = null

  constructor(ground: Ground, all: { posts: Posts; people: People }) {
    this.#ground = ground
    this.#all = all
  }

  /** Something only another server can answer. */
  readonly ask = $derived(askOf(this.text))
  readonly found = $derived.by(() => {
    const merged = mergeFound(this.searched, this.#accounts, this.#tags)
    return this.kind === 'all' ? merged.slice(0, 2 * FEW) : merged
  })
  readonly posts = $derived(
    this.#posts.flatMap((found) => {
      const post = this.#all.posts.get(found.id)
      return post && !this.#all.posts.isHidden(post) ? [post] : []
    }),
  )
  readonly empty = $derived(this.searched !== '' && !this.busy && this.found.length + this.posts.length === 0)

  /** The box or the kind has changed: it is looked for in a moment. */
  changed(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.nothingThere = false
    this.noAnswer = false
    const wanted = this.text.trim()
    if (wanted === '') {
      this.#turn++
      this.#clear()
      return
    }
    this.#timer = setTimeout(() => void this.look(), AFTER)
  }

  /** Looks now. `whole`: what was typed is meant as it is. */
  async look(whole = false): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const wanted = this.text.trim()
    if (wanted === '') return
    const { kind } = this
    const mine = ++this.#turn
    this.busy = true
    this.failure = null
    try {
      const query = whole ? wanted : asTyped(this.text)
      const found = await this.#list(query, kind, {})
      if (mine !== this.#turn) return
      this.#all.posts.putAll(found.statuses)
      for (const account of found.accounts) this.#all.people.put(account)
      this.#accounts = kind === 'all' ? found.accounts.slice(0, FEW) : found.accounts
      this.#tags = kind === 'all' ? found.hashtags.slice(0, FEW) : found.hashtags
      this.#posts = found.statuses
      this.searched = wanted
      this.#query = query
      this.complete = this.#full(found) < PAGE
      this.onanswer?.(wanted, kind)
    } catch (error) {
      if (mine === this.#turn) this.failure = failureOf(error)
    } finally {
      if (mine === this.#turn) this.busy = false
    }
  }

  /** More of what fills the list: posts, or the one kind that is looked for. */
  async more(): Promise<void> {
    if (this.loadingMore || this.complete || this.busy || this.searched === '') return
    const mine = this.#turn
    const kind = this.kind === 'all' ? 'posts' : this.kind
    this.loadingMore = true
    try {
      const offset = kind === 'people' ? this.#accounts.length : kind === 'tags' ? this.#tags.length : this.#posts.length
      const found = await this.#list(this.#query, kind, { offset })
      if (mine !== this.#turn) return
      this.#all.posts.putAll(found.statuses)
      this.#accounts = [...this.#accounts, ...found.accounts]
      this.#tags = [...this.#tags, ...found.hashtags]
      const known = new Set(this.#posts.map((post) => post.id))
      this.#posts = [...this.#posts, ...found.statuses.filter((post) => !known.has(post.id))]
      this.complete = found.accounts.length + found.hashtags.length + found.statuses.length < PAGE
    } catch (error) {
      if (mine === this.#turn) this.failure = failureOf(error)
    } finally {
      this.loadingMore = false
    }
  }

  /** Asks the other server. What it names is returned; null: nothing, and it is said. */
  async resolve(): Promise<{ post: Status } | { account: Account } | null> {
    const { ask } = this
    if (!ask || this.asking) return null
    this.asking = true
    this.failure = null
    this.nothingThere = false
    this.noAnswer = false
    try {
      const found = await this.#ground.session.rest.v2.search.list({ q: ask.query, resolve: true, limit: 5 })
      const post = found.statuses[0]
      const account = found.accounts[0]
      if (ask.kind === 'url' && post) {
        this.#all.posts.put(post)
        return { post }
      }
      if (account) {
        this.#all.people.put(account)
        return { account }
      }
      this.nothingThere = true
    } catch (error) {
      const failure = failureOf(error)
      // Our own server is there: it is the other that is not.
      if (failure.status === 503 && failure.kind === 'server') this.noAnswer = true
      else this.failure = failure
    } finally {
      this.asking = false
    }
    return null
  }

  #list(q: string, kind: SearchKind, more: { offset?: number }) {
    return this.#ground.session.rest.v2.search.list({
      q,
      resolve: false,
      limit: PAGE,
      ...(kind === 'all' ? {} : { type: ON_WIRE[kind] }),
      ...more,
    })
  }

  #full(found: { accounts: unknown[]; statuses: unknown[]; hashtags: unknown[] }): number {
    return this.kind === 'people' ? found.accounts.length : this.kind === 'tags' ? found.hashtags.length : found.statuses.length
  }

  #clear(): void {
    this.#accounts = []
    this.#tags = []
    this.#posts = []
    this.searched = ''
    this.complete = true
    this.busy = false
    this.failure = null
  }
}
