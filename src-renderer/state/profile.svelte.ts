import { m } from '../locales/generated/messages.js'
import { failureOf } from '../api/mastodon.ts'
import { LIMITS } from './limits.ts'
import { sizeName } from './sizes.ts'
import { locale } from './locale.svelte.ts'
import { uploadProblem } from '../api/upload.ts'
import type { Ground } from './ground.ts'
import { plainText } from './plain.ts'
import { wordsFor } from './posts.svelte.ts'

/** How long a profile may be, in characters as people count them (`domain/owner.ts`). */
export const PROFILE_LIMITS = { displayName: 30, bio: 500, fields: 4, field: 255 }
export const PICTURE_TYPES = 'image/jpeg,image/png,image/gif,image/webp,image/avif'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** How many characters a text has, as people count them. */
export const lengthOf = (text: string): number => [...graphemes.segment(text.trim())].length

export type ProfilePicture = 'avatar' | 'header'

interface Field {
  name: string
  value: string
}

const rows = (fields: readonly Field[]): Field[] =>
  Array.from({ length: PROFILE_LIMITS.fields }, (_, at) => ({ name: fields[at]?.name ?? '', value: fields[at]?.value ?? '' }))

/** The owner's profile while it is being changed. Texts and fields go together with `save`; pictures and `locked` go at once. */
export class ProfileForm {
  displayName = $state('')
  bio = $state('')
  fields: Field[] = $state(rows([]))
  phase: 'resting' | 'saving' | 'saved' = $state('resting')
  /** The picture on its way, if any. */
  sending: ProfilePicture | null = $state(null)
  /** Why the words were not kept. */
  problem: string | null = $state(null)
  /** The same for pictures. */
  pictureProblem: string | null = $state(null)
  #told = ''
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    this.adopt()
  }

  get #now(): string {
    return JSON.stringify([this.displayName.trim(), this.bio.trim(), this.fields.map((field) => [field.name.trim(), field.value.trim()])])
  }

  /** Something was typed that is not kept yet. */
  get changed(): boolean {
    return this.#now !== this.#told
  }

  get tooLong(): boolean {
    return (
      lengthOf(this.displayName) > PROFILE_LIMITS.displayName ||
      lengthOf(this.bio) > PROFILE_LIMITS.bio ||
      this.fields.some((field) => lengthOf(field.name) > PROFILE_LIMITS.field || lengthOf(field.value) > PROFILE_LIMITS.field)
    )
  }

  /** A field with a text and no name, which a profile cannot have. */
  get nameless(): boolean {
    return this.fields.some((field) => field.name.trim() === '' && field.value.trim() !== '')
  }

  /** Takes over what the server knows, unless something is being typed. */
  adopt(): void {
    const { me } = this.#ground.session
    if (!me || (this.#told !== '' && this.changed)) return
    this.displayName = me.displayName
    this.bio = me.source?.note ?? plainText(me.note)
    this.fields = rows(me.source?.fields ?? me.fields ?? [])
    this.#told = this.#now
  }

  /** Keeps name, bio and fields. True when they are kept. */
  async save(): Promise<boolean> {
    if (this.phase === 'saving' || this.tooLong || this.nameless) return false
    // Blank rows are sent too: an empty list has no form encoding, and the server leaves blank ones out.
    const fieldsAttributes = this.fields.map((field) => ({ name: field.name.trim(), value: field.value.trim() }))
    this.phase = 'saving'
    this.problem = null
    const saved = this.#now
    try {
      const { session } = this.#ground
      session.me = await session.rest.v1.accounts.updateCredentials({
        displayName: this.displayName.trim(),
        note: this.bio.trim(),
        fieldsAttributes,
      })
      const unchanged = this.#now === saved
      this.#told = saved
      if (unchanged) this.adopt()
      this.phase = 'saved'
      return true
    } catch (error) {
      this.phase = 'resting'
      this.problem = this.#words(error)
      return false
    }
  }

  /** Sends a picture, or takes it away with null. */
  async picture(which: ProfilePicture, file: File | null): Promise<void> {
    if (this.sending) return
    this.sending = which
    this.pictureProblem = null
    const { session } = this.#ground
    try {
      if (file) session.me = await session.rest.v1.accounts.updateCredentials({ [which]: file })
      else session.me = await session.rest.v1.profile[which].remove()
    } catch (error) {
      this.pictureProblem = file ? this.#pictureWords(error, file.name) : this.#words(error)
    }
    this.sending = null
  }

  /** Whether followers are approved one by one. False when it could not be kept. */
  async lock(locked: boolean): Promise<boolean> {
    const { session, toasts } = this.#ground
    try {
      session.me = await session.rest.v1.accounts.updateCredentials({ locked })
      return true
    } catch (error) {
      toasts.show({ text: this.#words(error), tone: 'assertive' })
      return false
    }
  }

  #words(error: unknown): string {
    const failure = failureOf(error)
    return failure.kind === 'refused' ? m.settings_profile_refused() : wordsFor(failure)
  }

  #pictureWords(error: unknown, name: string): string {
    const failure = failureOf(error)
    if (failure.status === null) return m.compose_upload_unreachable({ name })
    const problem = uploadProblem(failure.status, { error: failure.text })
    const words: Partial<Record<typeof problem, () => string>> = {
      'unsupported-type': () => m.compose_upload_unsupported_type({ name }),
      damaged: () => m.compose_upload_damaged({ name }),
      'too-large': () => m.compose_upload_too_large({ name, limit: sizeName(LIMITS.pictureBytes, locale()) }),
      'too-many-pixels': () => m.compose_upload_too_many_pixels({ name }),
      'too-many-frames': () => m.compose_upload_too_many_frames({ name }),
      empty: () => m.compose_upload_empty({ name }),
      busy: () => m.compose_upload_busy({ name }),
      'disk-full': () => m.compose_upload_disk_full({ name }),
    }
    return words[problem]?.() ?? this.#words(error)
  }
}
