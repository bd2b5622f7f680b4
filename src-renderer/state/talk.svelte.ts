import { failureOf, type Failure, type Status } from '../api/mastodon.ts'
import type { Conversations, Talk } from './conversations.svelte.ts'
import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { newerFirst } from './rows.ts'

/** Threads read at once: what was said long ago is asked for. */
const THREADS = 4

/** What was said in one conversation, the oldest first, whichever thread it stands in. Made for one view. */
export class TalkReader {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  #ids: string[] = $state.raw([])
  #threads = $state(THREADS)
  #read = new Map<string, string>()
  #ground: Ground
  #posts: Posts
  #conversations: Conversations

  constructor(ground: Ground, posts: Posts, conversations: Conversations) {
    this.#ground = ground
    this.#posts = posts
    this.#conversations = conversations
  }

  /** Ids of posts, without those that are gone. */
  get ids(): string[] {
    return this.#ids.filter((id) => {
      const post = this.#posts.get(id)
      return post !== undefined && !this.#posts.isHidden(post)
    })
  }

  /** How many older threads have not been read. */
  older(talk: Talk): number {
    return Math.max(0, talk.threads.length - this.#threads)
  }

  /** Reads the threads that are new or have grown. */
  async read(talk: Talk): Promise<void> {
    const changed = talk.threads.slice(0, this.#threads).filter((thread) => this.#read.get(thread.id) !== thread.lastId)
    try {
      for (const thread of changed) {
        const last = await this.#posts.fetch(thread.lastId)
        const context = await this.#ground.session.rest.v1.statuses.$select(thread.lastId).context.fetch()
        const found = [...context.ancestors, ...(last ? [last] : []), ...context.descendants].filter(
          (post: Status) => post.visibility === 'direct',
        )
        this.#posts.putAll(found)
        this.#read.set(thread.id, thread.lastId)
        this.#ids = [...new Set([...this.#ids, ...found.map((post) => post.id)])].toSorted((a, b) => newerFirst(b, a))
      }
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      if (this.phase !== 'ready') this.phase = 'failed'
    }
  }

  async readOlder(talk: Talk): Promise<void> {
    this.#threads += THREADS
    await this.read(talk)
  }

  /** It has been before the reader's eyes. */
  seen(talk: Talk): void {
    if (talk.unread) void this.#conversations.mark(talk, false)
  }
}
