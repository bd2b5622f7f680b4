import { failureOf, type Failure, type Status } from '../api/mastodon.ts'
import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { branchesOf, type Branch } from './branches.ts'
import { answersToAll, selfThread } from './unrolling.ts'
import type { Walk } from '../../src-main/owner-api/contract.ts'

/** What comes in while a conversation is read is shown at most so often, in milliseconds. */
const SOON = 800

/** A post with what it answers and what answers it. Made for one view; `close` ends its live updates. */
export class Thread {
  phase: 'loading' | 'ready' | 'failed' | 'gone' = $state('loading')
  failure: Failure | null = $state.raw(null)
  ancestors: string[] = $state.raw([])
  /** The reading of the whole conversation: begun by opening the post, or asked for here. */
  walk: Walk | null = $state.raw(null)
  /** It was asked for by hand: then it is said when nothing was found, too. */
  walkAsked = $state(false)
  walkFailed = $state(false)
  /** The author's thread stands there as one text. */
  unrolled = $state(false)
  #soon: ReturnType<typeof setTimeout> | undefined
  readonly id: string
  #descendants: Status[] = $state.raw([])
  #ground: Ground
  #posts: Posts
  #stop: () => void

  constructor(ground: Ground, posts: Posts, id: string) {
    this.#ground = ground
    this.#posts = posts
    this.id = id
    this.#stop = ground.live.onstream((event) => {
      if (event.type === 'post') this.#answered(event.post)
      else if (event.type === 'notification' && event.notification.status) this.#answered(event.notification.status)
      else if (event.type === 'reconnected') void this.refresh()
    })
    const stopWalks = ground.live.onowner((event) => {
      if (event.type === 'walk' && (event.walk.postId === this.id || event.walk.id === this.walk?.id)) this.#walked(event.walk)
    })
    const stopPosts = this.#stop
    this.#stop = () => {
      stopPosts()
      stopWalks()
      clearTimeout(this.#soon)
    }
  }

  /** Has the origin's servers asked for the rest of the conversation. What they know comes in as it is found. */
  async lookForMore(): Promise<void> {
    if (this.walk?.state === 'running') return
    this.walkAsked = true
    this.walkFailed = false
    try {
      this.#walked(await this.#ground.session.owner.walkConversation(this.id))
    } catch {
      this.walkFailed = true
    }
  }

  #walked(walk: Walk): void {
    const before = this.walk
    this.walk = walk
    const more = walk.found > (before?.id === walk.id ? before.found : 0)
    if (walk.state === 'finished') {
      clearTimeout(this.#soon)
      this.#soon = undefined
      if (more || before?.state === 'running') void this.refresh()
    } else if (more) this.#soon ??= setTimeout(() => void ((this.#soon = undefined), this.refresh()), SOON)
  }

  /** The author's posts that go on with each other around this one, first to last; this one alone when it stands alone. */
  get parts(): Status[] {
    const post = this.#posts.get(this.id)
    if (!post) return []
    const known = (id: string) => (this.#posts.gone.has(id) ? [] : [this.#posts.get(id)].filter((one) => one !== undefined))
    return selfThread(post, this.ancestors.flatMap(known), this.#shown)
  }

  /** The replies as a tree, without those that were deleted. Of an unrolled thread, the answers to any of its parts. */
  get branches(): Branch[] {
    if (!this.unrolled) return branchesOf(this.id, this.#shown)
    return branchesOf(this.id, answersToAll(this.id, new Set(this.parts.map((part) => part.id)), this.#shown))
  }

  /** What stands above: of an unrolled thread, what its first part answers. */
  get above(): string[] {
    if (!this.unrolled) return this.ancestors
    const parts = new Set(this.parts.map((part) => part.id))
    return this.ancestors.filter((id) => !parts.has(id))
  }

  get #shown(): Status[] {
    return this.#descendants.filter((post) => !this.#posts.isHidden(post))
  }

  /** How many replies are known here. The true number is known to nobody. */
  get known(): number {
    return this.#shown.length
  }

  async open(): Promise<void> {
    if (this.#posts.get(this.id)) this.phase = 'ready'
    const post = await this.#posts.fetch(this.id, true)
    if (!post) {
      this.phase = 'gone'
      return
    }
    await this.refresh()
    if (this.phase !== 'failed') this.phase = 'ready'
  }

  async refresh(): Promise<void> {
    try {
      const context = await this.#ground.session.rest.v1.statuses.$select(this.id).context.fetch()
      this.#posts.putAll(context.ancestors)
      this.#posts.putAll(context.descendants)
      this.ancestors = context.ancestors.map((post) => post.id)
      this.#descendants = context.descendants
    } catch (error) {
      this.failure = failureOf(error)
      if (!this.#posts.get(this.id)) this.phase = 'failed'
    }
  }

  close(): void {
    this.#stop()
  }

  /** Shows a reply that has just come in or been written. */
  #answered(post: Status): void {
    const parent = post.inReplyToId
    if (!parent || this.#descendants.some((one) => one.id === post.id)) return
    if (parent === this.id || this.#descendants.some((one) => one.id === parent)) {
      this.#posts.put(post)
      this.#descendants = [...this.#descendants, post]
    }
  }
}
