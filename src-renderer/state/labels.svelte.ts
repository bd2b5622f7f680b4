import type { Label } from '../../src-main/owner-api/contract.ts'
import { m } from '../locales/generated/messages.js'
import { OwnerApiError } from '../api/owner.ts'
import { SvelteMap } from 'svelte/reactivity'
import type { Ground } from './ground.ts'
import { failureOf } from '../api/mastodon.ts'
import { wordsFor } from './posts.svelte.ts'

/** The owner's folders for bookmarks, and which of them a post is in. Kept by our own server; other windows hear of changes. */
export class Labels {
  list: Label[] = $state.raw([])
  ready = $state(false)
  #ofPost = new SvelteMap<string, readonly string[]>()
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type !== 'labels') return
      this.list = event.labels
      for (const id of this.#ofPost.keys()) void this.want(id)
    })
    void this.load()
  }

  async load(): Promise<void> {
    try {
      this.list = await this.#ground.session.owner.labels()
      this.ready = true
    } catch {
      // Asked again with the next thing that needs them.
    }
  }

  /** The labels of a post; undefined until `want` has fetched them. */
  of(postId: string): readonly string[] | undefined {
    return this.#ofPost.get(postId)
  }

  async want(postId: string): Promise<void> {
    if (!this.ready) void this.load()
    try {
      this.#ofPost.set(postId, (await this.#ground.session.owner.labelsOf(postId)).labelIds)
    } catch {
      // Shown without marks until it is asked again.
    }
  }

  /** Puts a post under a label, or takes it out. */
  async put(postId: string, labelId: string, on: boolean): Promise<void> {
    const before = this.#ofPost.get(postId) ?? []
    const wanted = on ? [...new Set([...before, labelId])] : before.filter((id) => id !== labelId)
    this.#ofPost.set(postId, wanted)
    try {
      this.#ofPost.set(postId, (await this.#ground.session.owner.setLabels(postId, wanted)).labelIds)
    } catch (error) {
      this.#ofPost.set(postId, before)
      this.#ground.toasts.show({ text: this.words(error), tone: 'assertive' })
    }
  }

  /** Makes a label; null, with the reason in `problem`, when it cannot be. */
  async create(name: string): Promise<{ label: Label | null; problem: string | null }> {
    try {
      const label = await this.#ground.session.owner.addLabel(name)
      if (!this.list.some((one) => one.id === label.id)) this.list = [...this.list, label]
      return { label, problem: null }
    } catch (error) {
      return { label: null, problem: this.words(error) }
    }
  }

  async rename(id: string, name: string): Promise<string | null> {
    return this.#change(() => this.#ground.session.owner.renameLabel(id, name))
  }

  async remove(id: string): Promise<string | null> {
    return this.#change(() => this.#ground.session.owner.removeLabel(id))
  }

  words(error: unknown): string {
    return error instanceof OwnerApiError && error.code === 'label-taken' ? m.labels_taken() : wordsFor(failureOf(error))
  }

  async #change(work: () => Promise<Label[]>): Promise<string | null> {
    try {
      this.list = await work()
      return null
    } catch (error) {
      return this.words(error)
    }
  }
}

const made = new WeakMap<object, Labels>()

/** The labels of this window: one for all who ask, made by the first. */
export function labelsOf(ground: Ground): Labels {
  const known = made.get(ground.session)
  if (known) return known
  const labels = new Labels(ground)
  made.set(ground.session, labels)
  return labels
}
