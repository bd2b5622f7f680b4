import type { DraftMedia } from '../../src-main/owner-api/contract.ts'
import { failureOf, type MediaAttachment } from '../api/mastodon.ts'
import { upload, uploaded, UploadError, type UploadProblem } from '../api/upload.ts'
import type { Session } from './session.svelte.ts'

export type { UploadProblem }

/** Mastodon's limit for a description, in characters. */
export const ALT_LIMIT = 1_500
const DESCRIBE_AFTER = 700
const POLL = [300, 500, 1_000, 2_000]
const PICTURES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif'])
/** What the picker offers. */
export const ACCEPTED = [...PICTURES].join(',')
const MAX_BYTES = 16 * 1024 * 1024

let nextKey = 1

/** One picture of a post being written: on its way up, or there. Its description is kept by itself, a moment after the last key. */
export class Attachment {
  readonly key = nextKey++
  id: string | null = $state(null)
  phase: 'uploading' | 'ready' | 'failed' = $state('uploading')
  /** From 0 to 1. */
  progress = $state(0)
  problem: UploadProblem | null = $state(null)
  description = $state('')
  focus: { x: number; y: number } = $state({ x: 0, y: 0 })
  width: number | null = $state(null)
  height: number | null = $state(null)
  /** What is shown: the file itself until the server has its own. */
  preview = $state('')
  /** The description could not be kept yet; the text stays here and goes along with the post. */
  undescribed = $state(false)
  readonly name: string

  /** Belongs to a post already: its description travels with the edit instead of by itself. */
  readonly attached: boolean
  #session: Session
  #file: File | null
  #local: string | null = null
  #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | null = null
  #saving: Promise<void> | null = null
  #dirty = false

  private constructor(session: Session, name: string, file: File | null, attached: boolean) {
    this.#session = session
    this.name = name
    this.#file = file
    this.attached = attached
  }

  /** A file that was picked, dropped or pasted. `onready` is called when the server has it. */
  static ofFile(session: Session, file: File, onready: () => void): Attachment {
    const made = new Attachment(session, file.name, file, false)
    made.#local = URL.createObjectURL(file)
    made.preview = made.#local
    void made.#send(onready)
    return made
  }

  /** A picture of a draft. */
  static ofDraft(session: Session, media: DraftMedia, attached = false): Attachment {
    const made = new Attachment(session, '', null, attached)
    made.id = media.id
    made.phase = 'ready'
    made.description = media.description ?? ''
    made.focus = media.focus ?? { x: 0, y: 0 }
    made.width = media.width
    made.height = media.height
    made.preview = media.previewUrl ?? media.url ?? ''
    return made
  }

  /** A picture of a post that is being edited. */
  static ofPost(session: Session, media: MediaAttachment): Attachment {
    const { original, focus } = (media.meta ?? {}) as { original?: { width?: number; height?: number }; focus?: { x: number; y: number } }
    return Attachment.ofDraft(
      session,
      {
        id: media.id,
        type: 'image',
        url: media.url ?? null,
        previewUrl: media.previewUrl ?? null,
        description: media.description ?? null,
        width: original?.width ?? null,
        height: original?.height ?? null,
        blurhash: null,
        focus: focus ?? null,
      },
      true,
    )
  }

  get described(): boolean {
    return this.description.trim() !== ''
  }

  /** Tries the upload again. */
  retry(onready: () => void): void {
    if (this.phase === 'failed' && this.#file) void this.#send(onready)
  }

  get canRetry(): boolean {
    return (
      this.#file !== null &&
      (this.problem === 'busy' ||
        this.problem === 'disk-full' ||
        this.problem === 'unreachable' ||
        this.problem === 'server' ||
        this.problem === 'too-slow')
    )
  }

  describe(text: string): void {
    this.description = text
    this.#changed()
  }

  aim(x: number, y: number): void {
    const within = (value: number) => Math.max(-1, Math.min(1, Math.round(value * 100) / 100))
    this.focus = { x: within(x), y: within(y) }
    this.#changed()
  }

  /** Has description and focal point kept; resolves when they are, or when they cannot be now. */
  async settle(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#saving) await this.#saving
    if (this.#dirty) await this.#save()
  }

  /** Ends what is under way and lets go of the file. */
  dispose(): void {
    this.#abort.abort()
    if (this.#timer) clearTimeout(this.#timer)
    if (this.#local) URL.revokeObjectURL(this.#local)
    this.#local = null
  }

  #changed(): void {
    this.#dirty = true
    if (this.attached) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.settle(), DESCRIBE_AFTER)
  }

  #save(): Promise<void> {
    if (!this.id || this.attached) return Promise.resolve()
    this.#dirty = false
    const change = { description: this.description, focus: `${this.focus.x},${this.focus.y}` }
    this.#saving = this.#session.rest.v1.media
      .$select(this.id)
      .update(change)
      .then(() => {
        this.undescribed = false
      })
      .catch(() => {
        this.#dirty = true
        this.undescribed = true
      })
      .finally(() => {
        this.#saving = null
      })
    return this.#saving
  }

  async #send(onready: () => void): Promise<void> {
    const file = this.#file
    if (!file) return
    this.phase = 'uploading'
    this.progress = 0
    this.problem = null
    try {
      if (file.type && !PICTURES.has(file.type)) throw new UploadError('unsupported-type', file.type)
      if (file.size > MAX_BYTES) throw new UploadError('too-large', String(file.size))
      const { origin, token } = this.#session
      const signal = this.#abort.signal
      const answer = await upload({ origin, token, file, signal, onprogress: (share) => (this.progress = share) })
      let media: MediaAttachment | null = answer.ready ? answer.media : null
      for (let tries = 0; !media; tries++) {
        await new Promise((resolve) => setTimeout(resolve, POLL[Math.min(tries, POLL.length - 1)]))
        signal.throwIfAborted()
        media = await uploaded(origin, token, answer.media.id, signal)
      }
      this.id = media.id
      const { original } = (media.meta ?? {}) as { original?: { width?: number; height?: number } }
      this.width = original?.width ?? null
      this.height = original?.height ?? null
      this.phase = 'ready'
      if (this.#dirty) void this.settle()
      onready()
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return
      this.phase = 'failed'
      this.problem = error instanceof UploadError ? error.problem : failureOf(error).kind === 'offline' ? 'unreachable' : 'server'
    }
  }
}
