import type { DraftMedia } from '../../src-main/owner-api/contract.ts'
import { failureOf, type MediaAttachment } from '../api/mastodon.ts'
import { descriptionOf, hashOf, rememberDescription } from './descriptions.ts'
import { upload, uploaded, UploadError, type UploadProblem } from '../api/upload.ts'
import { kindOf, LIMITS, typeOf, type Limits } from './limits.ts'
import { drawPoster } from './poster.ts'
import type { Session } from './session.svelte.ts'

export type { UploadProblem }

/** Mastodon's limit for a description, in characters. */
export const ALT_LIMIT = 1_500
const DESCRIBE_AFTER = 700
const POLL = [300, 500, 1_000, 2_000]
let nextKey = 1

/** One picture, film or sound of a post being written: on its way up, or there. Its description is kept by itself, a moment after the last key. */
export class Attachment {
  readonly key = nextKey++
  id: string | null = $state(null)
  /** `uploading` lasts until the server has made it ready. */
  phase: 'uploading' | 'ready' | 'failed' = $state('uploading')
  kind: 'image' | 'video' | 'audio' = $state('image')
  /** From 0 to 1. */
  progress = $state(0)
  problem: UploadProblem | null = $state(null)
  /** The codec that was refused, if the server named it. */
  codec: string | null = $state(null)
  description = $state('')
  focus: { x: number; y: number } = $state({ x: 0, y: 0 })
  width: number | null = $state(null)
  height: number | null = $state(null)
  /** What is shown: the file itself until the server has its own; empty for sound. */
  preview = $state('')
  /** `preview` is a picture; a film has none until one has been drawn. */
  drawn = $state(false)
  /** Of the file, if there is one. */
  readonly bytes: number
  /** The largest file of its kind that the server takes, in bytes. */
  readonly mostBytes: number
  /** The description could not be kept yet; the text stays here and goes along with the post. */
  undescribed = $state(false)
  readonly name: string
  /** The description was found again by the file. */
  recalled = $state(false)

  /** Belongs to a post already: its description travels with the edit instead of by itself. */
  readonly attached: boolean
  #session: Session
  #file: File | null
  #limits: Limits
  #local: string | null = null
  #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | null = null
  #saving: Promise<void> | null = null
  #dirty = false
  #hash: string | null = null

  private constructor(session: Session, name: string, file: File | null, attached: boolean, limits: Limits = LIMITS) {
    this.#session = session
    this.name = name
    this.#file = file
    this.attached = attached
    this.#limits = limits
    this.kind = file ? kindOf(typeOf(file)) : 'image'
    this.bytes = file?.size ?? 0
    this.mostBytes = this.kind === 'image' ? limits.pictureBytes : limits.filmBytes
  }

  /** A file that was picked, dropped or pasted. `onready` is called when the server has it. */
  static ofFile(session: Session, file: File, limits: Limits | null, onready: () => void): Attachment {
    const made = new Attachment(session, file.name, file, false, limits ?? LIMITS)
    made.#local = URL.createObjectURL(file)
    made.preview = made.kind === 'audio' ? '' : made.#local
    made.drawn = made.kind === 'image'
    void made.#send(onready)
    void made.#recall()
    return made
  }

  /** A file of a draft. */
  static ofDraft(session: Session, media: DraftMedia, attached = false): Attachment {
    const made = new Attachment(session, '', null, attached)
    made.id = media.id
    made.phase = 'ready'
    made.kind = media.type === 'video' || media.type === 'audio' ? media.type : 'image'
    made.drawn = true
    made.description = media.description ?? ''
    made.focus = media.focus ?? { x: 0, y: 0 }
    made.width = media.width
    made.height = media.height
    made.preview = media.previewUrl ?? (made.kind === 'image' ? (media.url ?? '') : '')
    return made
  }

  /** A file by its id: what is known of it, or what our own server says. Null when it is gone. */
  static async ofId(session: Session, id: string, known: DraftMedia | undefined): Promise<Attachment | null> {
    if (known) return Attachment.ofDraft(session, known)
    try {
      return Attachment.ofPost(session, await session.rest.v1.media.$select(id).fetch(), false)
    } catch {
      return null
    }
  }

  /** A file of a post: one that is being edited, or with `attached` false, one that has been taken back. */
  static ofPost(session: Session, media: MediaAttachment, attached = true): Attachment {
    const { original, focus } = (media.meta ?? {}) as { original?: { width?: number; height?: number }; focus?: { x: number; y: number } }
    return Attachment.ofDraft(
      session,
      {
        id: media.id,
        type: media.type as DraftMedia['type'],
        url: media.url ?? null,
        previewUrl: media.previewUrl ?? null,
        description: media.description ?? null,
        width: original?.width ?? null,
        height: original?.height ?? null,
        blurhash: null,
        focus: focus ?? null,
      },
      attached,
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

  /** The file itself, while this window has it: what can be cut, or drawn from. */
  get file(): File | null {
    return this.#local === null ? null : this.#file
  }

  /** Where this window shows the file from. */
  get local(): string | null {
    return this.#local
  }

  /** The same file was described before. What is written meanwhile stays. */
  async #recall(): Promise<void> {
    if (!this.#file) return
    this.#hash = await hashOf(this.#file)
    const known = this.#hash && descriptionOf(this.#hash)
    if (!known || this.description !== '' || this.#abort.signal.aborted) return
    this.describe(known)
    this.recalled = true
  }

  /** A picture that was chosen for a film. False when it could not be kept. */
  async setPoster(picture: Blob): Promise<boolean> {
    if (!this.id) return false
    try {
      const { previewUrl } = await this.#session.owner.poster(this.id, picture)
      if (previewUrl) {
        // The address stays the same: only another one shows the new picture.
        this.preview = `${previewUrl}${previewUrl.includes('?') ? '&' : '?'}v=${Date.now()}`
        this.drawn = true
      }
      return previewUrl !== null
    } catch {
      return false
    }
  }

  describe(text: string): void {
    this.description = text
    this.recalled = false
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
    if (this.#hash && this.described) rememberDescription(this.#hash, this.description)
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

  /** Draws a film's first picture and gives it to the server. Without one, the server shows a neutral picture. */
  async #draw(id: string): Promise<void> {
    const picture = this.#local ? await drawPoster(this.#local) : null
    if (!picture || this.#abort.signal.aborted) return
    try {
      const { previewUrl } = await this.#session.owner.poster(id, picture)
      if (!previewUrl || this.#abort.signal.aborted) return
      this.preview = previewUrl
      this.drawn = true
    } catch {
      // The neutral picture stays.
    }
  }

  async #send(onready: () => void): Promise<void> {
    const file = this.#file
    if (!file) return
    this.phase = 'uploading'
    this.progress = 0
    this.problem = null
    try {
      const type = typeOf(file)
      // Films and sound are judged by what is in them, which only the server can see.
      if (type && !/^(?:video|audio)\//.test(type) && !this.#limits.types.includes(type)) throw new UploadError('unsupported-type', type)
      if (file.size > this.mostBytes) throw new UploadError('too-large', String(file.size))
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
      // A film without sound that plays over and over is a GIF to servers, and a film to this window.
      this.kind = media.type === 'video' || media.type === 'audio' ? media.type : 'image'
      this.phase = 'ready'
      if (type.startsWith('video/')) void this.#draw(media.id)
      if (this.#dirty) void this.settle()
      onready()
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return
      this.phase = 'failed'
      this.codec = error instanceof UploadError ? error.codec : null
      this.problem = error instanceof UploadError ? error.problem : failureOf(error).kind === 'offline' ? 'unreachable' : 'server'
    }
  }
}
