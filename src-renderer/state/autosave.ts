import type { Draft, DraftInput } from '../../src-main/owner-api/contract.ts'

/** Where a save stands. `kept`: the server has it on disk. `local`: it could not be saved there yet; it is kept in this browser and tried again. */
export type SaveState = 'changed' | 'saving' | 'kept' | 'local'

/** After the last key, in milliseconds: the save is on disk within a second of it. */
export const SAVE_AFTER = 400
/** Longest time without a save while the keys never rest, in milliseconds. */
export const SAVE_AT_LEAST = 700
const RETRIES = [1_000, 2_000, 5_000, 10_000, 30_000]
const PREFIX = 'burrow.draft.'

export interface AutosavePorts {
  save(id: string, input: DraftInput, keepalive: boolean): Promise<Draft>
  /** The browser's own store: what is in it has not been confirmed by the server. */
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
  onstate(id: string, state: SaveState, error: unknown): void
  onsaved(draft: Draft): void
  now(): number
}

interface Entry {
  input: DraftInput
  version: number
  savedVersion: number
  firstChange: number | null
  timer: ReturnType<typeof setTimeout> | null
  running: Promise<void> | null
  failures: number
  held: boolean
}

/** What is in the browser's store and not yet on the server's disk. */
export interface Journalled {
  id: string
  input: DraftInput
  /** Milliseconds since the epoch. */
  at: number
}

/**
 * Keeps drafts: every change goes into the browser's store at once and to the server shortly after; what the server has not confirmed
 * stays in both memory and store and is tried again, so nothing typed is lost by a crash of either side.
 */
export class Autosave {
  #entries = new Map<string, Entry>()
  #ports: AutosavePorts

  constructor(ports: AutosavePorts) {
    this.#ports = ports
  }

  /** Takes a change. */
  change(id: string, input: DraftInput): void {
    const entry = this.#entry(id, input)
    entry.input = input
    entry.version++
    this.#journal(id, input)
    this.#ports.onstate(id, 'changed', null)
    if (entry.held) return
    const now = this.#ports.now()
    entry.firstChange ??= now
    this.#plan(id, entry, Math.min(SAVE_AFTER, Math.max(0, entry.firstChange + SAVE_AT_LEAST - now)))
  }

  /** Saves now. `leaving` lets the request outlive the page. Never rejects: what could not be saved stays in the store. */
  async flush(id: string, leaving = false): Promise<void> {
    const entry = this.#entries.get(id)
    if (!entry || entry.held) return
    if (leaving) {
      if (entry.version === entry.savedVersion) return
      if (entry.timer) clearTimeout(entry.timer)
      entry.timer = null
      await this.#send(id, entry, true)
      return
    }
    if (entry.running) await entry.running
    if (entry.version !== entry.savedVersion) await this.#run(id, entry)
  }

  /** Every draft with unsaved changes, now, as the page goes. */
  leave(): void {
    for (const id of this.#entries.keys()) void this.flush(id, true)
  }

  /** Stops saving while the post is being published, and waits for a save on its way: it must not bring the draft back afterwards. */
  async hold(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.held = true
    if (entry.timer) clearTimeout(entry.timer)
    entry.timer = null
    if (entry.running) await entry.running
  }

  /** Publishing failed: goes on saving. */
  resume(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.held = false
    if (entry.version !== entry.savedVersion) this.#plan(id, entry, SAVE_AFTER)
  }

  /** The draft is gone for good (published, discarded): nothing of it is saved any more. */
  forget(id: string): void {
    const entry = this.#entries.get(id)
    if (entry?.timer) clearTimeout(entry.timer)
    this.#entries.delete(id)
    this.#ports.storage.removeItem(PREFIX + id)
  }

  /** What an earlier page could not have confirmed. */
  journalled(): Journalled[] {
    const { storage } = this.#ports
    const found: Journalled[] = []
    for (let index = 0; index < storage.length; index++) {
      const key = storage.key(index)
      if (!key?.startsWith(PREFIX)) continue
      try {
        const { input, at } = JSON.parse(storage.getItem(key) ?? '') as { input: DraftInput; at: number }
        if (typeof input.text === 'string' && Array.isArray(input.mediaIds)) found.push({ id: key.slice(PREFIX.length), input, at })
      } catch {
        // Not ours, or cut off: it holds nothing that could be shown.
      }
    }
    return found
  }

  #entry(id: string, input: DraftInput): Entry {
    let entry = this.#entries.get(id)
    if (!entry) {
      entry = { input, version: 0, savedVersion: 0, firstChange: null, timer: null, running: null, failures: 0, held: false }
      this.#entries.set(id, entry)
    }
    return entry
  }

  #journal(id: string, input: DraftInput): void {
    try {
      this.#ports.storage.setItem(PREFIX + id, JSON.stringify({ input, at: this.#ports.now() }))
    } catch {
      // A full browser store: the server's copy and the page's memory remain.
    }
  }

  #plan(id: string, entry: Entry, wait: number): void {
    if (entry.timer) clearTimeout(entry.timer)
    entry.timer = setTimeout(() => {
      entry.timer = null
      if (!entry.running && !entry.held) void this.#run(id, entry)
    }, wait)
  }

  #run(id: string, entry: Entry): Promise<void> {
    if (entry.timer) clearTimeout(entry.timer)
    entry.timer = null
    this.#ports.onstate(id, 'saving', null)
    const run = this.#send(id, entry, false).finally(() => {
      entry.running = null
      // What was typed meanwhile. After a failure the next try is planned already.
      if (entry.version !== entry.savedVersion && !entry.timer && !entry.held && this.#entries.get(id) === entry)
        this.#plan(id, entry, SAVE_AFTER)
    })
    entry.running = run
    return run
  }

  async #send(id: string, entry: Entry, leaving: boolean): Promise<void> {
    const { version, input } = entry
    entry.firstChange = null
    try {
      const draft = await this.#ports.save(id, input, leaving)
      if (this.#entries.get(id) !== entry) return
      entry.failures = 0
      entry.savedVersion = Math.max(entry.savedVersion, version)
      this.#ports.onsaved(draft)
      if (entry.version !== version) return
      this.#ports.storage.removeItem(PREFIX + id)
      this.#ports.onstate(id, 'kept', null)
    } catch (error) {
      if (this.#entries.get(id) !== entry) return
      this.#ports.onstate(id, 'local', error)
      if (!entry.held) this.#plan(id, entry, RETRIES[Math.min(entry.failures++, RETRIES.length - 1)] ?? 30_000)
    }
  }
}
