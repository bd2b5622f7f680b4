import { SvelteMap } from 'svelte/reactivity'
import { m } from '../locales/generated/messages.js'
import type { Draft, DraftInput, DraftVersion } from '../../src-main/owner-api/contract.ts'
import { OwnerApiError } from '../api/owner.ts'
import { Autosave, type AutosavePorts, type SaveState } from './autosave.ts'
import type { Ground } from './ground.ts'

/** Why a save does not get through; null while it does. */
export type SaveProblem = 'disk-full' | 'unreachable' | 'server'

/** A draft with nothing in it that anybody would miss. */
export function isEmptyDraft(draft: Pick<DraftInput, 'text' | 'warning' | 'mediaIds' | 'editOf' | 'poll' | 'parts'>): boolean {
  const options = draft.poll?.options ?? []
  if (draft.parts?.some((part) => part.text.trim() !== '' || part.mediaIds.length > 0)) return false
  return draft.text.trim() === '' && draft.warning.trim() === '' && draft.mediaIds.length === 0 && options.every((one) => one.trim() === '')
}

/** Every draft, newest first, and the one way to save them. */
export class Drafts {
  #byId = new SvelteMap<string, Draft>()
  #states = new SvelteMap<string, SaveState>()
  #problems = new SvelteMap<string, SaveProblem>()
  /** Deleted here a moment ago: the undo may bring them back, so the list leaves them out until then. */
  #hidden = new SvelteMap<string, ReturnType<typeof setTimeout>>()
  loaded = $state(false)
  /** Events so far: a list that was asked for before the newest one is older than it. */
  #events = 0
  #autosave: Autosave
  #ground: Ground

  constructor(ground: Ground, storage: AutosavePorts['storage'] = localStorage) {
    this.#ground = ground
    this.#autosave = new Autosave({
      save: (id, input, keepalive) => ground.session.owner.saveDraft(id, input, keepalive),
      storage,
      now: () => Date.now(),
      onsaved: (draft) => this.#byId.set(draft.id, draft),
      onstate: (id, state, error) => {
        this.#states.set(id, state)
        if (state === 'kept') this.#problems.delete(id)
        else if (state === 'local') {
          const code = error instanceof OwnerApiError ? error.code : null
          this.#problems.set(id, code === 'disk-full' ? 'disk-full' : code === 'unreachable' ? 'unreachable' : 'server')
        }
      },
    })
    ground.live.onowner((event) => {
      if (event.type !== 'draft' && event.type !== 'draft-removed') return
      this.#events++
      if (event.type === 'draft') this.#byId.set(event.draft.id, event.draft)
      else this.#byId.delete(event.id)
    })
    ground.live.onreconnected(() => void this.load())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#autosave.leave()
    })
    addEventListener('pagehide', () => {
      this.#autosave.leave()
      for (const id of this.#hidden.keys()) void this.#remove(id)
    })
  }

  /** Newest first. */
  get list(): Draft[] {
    return [...this.#byId.values()]
      .filter((draft) => !this.#hidden.has(draft.id) && !isEmptyDraft(draft))
      .toSorted((a, b) => Date.parse(b.updatedAt) - Date.parse(a.updatedAt))
  }

  get(id: string): Draft | undefined {
    return this.#byId.get(id)
  }

  stateOf(id: string): SaveState | null {
    return this.#states.get(id) ?? null
  }

  problemOf(id: string): SaveProblem | null {
    return this.#problems.get(id) ?? null
  }

  /** Fetches the drafts, and saves what an earlier page had typed and could not have confirmed. */
  async load(): Promise<void> {
    const before = this.#events
    try {
      const drafts = await this.#ground.session.owner.drafts()
      if (this.#events !== before) {
        setTimeout(() => void this.load(), 200)
        return
      }
      const ids = new Set(drafts.map((draft) => draft.id))
      for (const id of this.#byId.keys()) if (!ids.has(id)) this.#byId.delete(id)
      for (const draft of drafts) this.#byId.set(draft.id, draft)
      this.loaded = true
    } catch {
      return
    }
    for (const { id, input, at } of this.#autosave.journalled()) {
      const known = this.#byId.get(id)
      if (isEmptyDraft(input) || (known && Date.parse(known.updatedAt) >= at)) this.#autosave.forget(id)
      else if (!this.#states.has(id)) this.#autosave.change(id, input)
    }
  }

  /** Takes what is being written; it is on disk within a second. */
  change(id: string, input: DraftInput): void {
    this.#autosave.change(id, input)
  }

  flush(id: string): Promise<void> {
    return this.#autosave.flush(id)
  }

  hold(id: string): Promise<void> {
    return this.#autosave.hold(id)
  }

  resume(id: string): void {
    this.#autosave.resume(id)
  }

  /** Another window goes on with it: nothing of it is saved from here any more. */
  forget(id: string): void {
    this.#autosave.forget(id)
    this.#states.delete(id)
    this.#problems.delete(id)
  }

  /** Another window, or the server, hands a draft back as it is now. */
  returned(draft: Draft): void {
    this.forget(draft.id)
    this.#byId.set(draft.id, draft)
  }

  /** How it stood before, newest first. What is being typed is saved first, so that it can become a version too. */
  async versions(id: string): Promise<DraftVersion[]> {
    await this.#autosave.flush(id)
    return this.#ground.session.owner.draftVersions(id)
  }

  /** It stands as it did then; what stood until now is a version. False when it could not be done. */
  async restore(id: string, version: string): Promise<boolean> {
    try {
      await this.#autosave.flush(id)
      this.returned(await this.#ground.session.owner.restoreDraft(id, version))
    } catch (error) {
      const gone = error instanceof OwnerApiError && error.code === 'not-found'
      this.#ground.toasts.show({ text: gone ? m.outbox_gone() : m.failure_unreachable(), tone: 'assertive' })
      return false
    }
    this.#ground.toasts.show({ text: m.drafts_restored() })
    return true
  }

  /** The draft has become a post: our own server has let go of it in the same transaction. */
  published(id: string): void {
    this.#autosave.forget(id)
    this.#byId.delete(id)
    this.#states.delete(id)
    this.#problems.delete(id)
  }

  /** Deletes a draft and offers to take that back. */
  async discard(id: string): Promise<void> {
    // Unsaved words stay in the browser's store until the time to take this back is over.
    await this.#autosave.flush(id)
    await this.#autosave.hold(id)
    const hold = 8_000
    this.#hidden.set(
      id,
      setTimeout(() => void this.#remove(id), hold),
    )
    this.#ground.toasts.show({
      text: m.drafts_deleted(),
      lasts: hold,
      action: {
        label: m.ui_undo(),
        run: () => {
          clearTimeout(this.#hidden.get(id))
          this.#hidden.delete(id)
          this.#autosave.resume(id)
        },
      },
    })
  }

  /** Deletes a draft in which there is nothing. */
  async drop(id: string): Promise<void> {
    await this.#autosave.hold(id)
    if (this.#byId.has(id)) await this.#remove(id)
    else this.#autosave.forget(id)
  }

  async #remove(id: string): Promise<void> {
    clearTimeout(this.#hidden.get(id))
    this.#autosave.forget(id)
    this.#states.delete(id)
    this.#problems.delete(id)
    try {
      await this.#ground.session.owner.deleteDraft(id)
      this.#byId.delete(id)
    } catch (error) {
      if (error instanceof OwnerApiError && error.code === 'not-found') this.#byId.delete(id)
      else this.#ground.toasts.show({ text: m.failure_unreachable(), tone: 'assertive' })
    }
    this.#hidden.delete(id)
  }
}
