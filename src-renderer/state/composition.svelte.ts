import type { Draft, DraftInput, DraftPoll, Visibility } from '../../src-main/owner-api/contract.ts'
import type { Status } from '../api/mastodon.ts'
import type { Attachment } from './attachment.svelte.ts'

/** As many files as a post holds (`domain/writing.ts`). */
export const MOST_FILES = 16
/** As many as every server shows (interface.md section 3). */
export const SHOWN_BY_ALL = 4
/** A scheduled post is at least this far ahead, in milliseconds (Mastodon's rule). */
export const SOONEST = 5 * 60_000

/** What a poll may hold (`domain/polls.ts`). Many servers show four options; more are taken by all that show polls. */
export const POLL_LIMITS = { options: 8, characters: 100 }
/** A poll being written. */
export type PollDraft = DraftPoll
const DAY_SECONDS = 86_400

/** Who may quote the post being written; null leaves it to the setting. */
export type QuotePolicy = 'public' | 'followers' | 'nobody'

/** Why a post was not taken. The text stays where it is. */
export type PublishProblem = 'too-soon' | 'closed' | 'disk-full' | 'unreachable' | 'too-long' | 'gone' | 'refused' | 'server'

const ORDER: Visibility[] = ['public', 'unlisted', 'private', 'direct']

/** The narrower of two circles of readers: an answer is never seen by more people than what it answers. */
export function stricter(a: Visibility, b: Visibility): Visibility {
  return ORDER[Math.max(ORDER.indexOf(a), ORDER.indexOf(b))] ?? 'direct'
}

/** The people an answer begins with: the author, then everybody who is mentioned, without the owner. Ends with a space unless empty. */
export function mentionPrefix(post: Pick<Status, 'account' | 'mentions'>, ownAcct: string | null): string {
  const people = new Set([post.account.acct, ...post.mentions.map((mention) => mention.acct)])
  if (ownAcct !== null) people.delete(ownAcct)
  return people.size === 0 ? '' : `${[...people].map((acct) => `@${acct}`).join(' ')} `
}

/** A post being written: everything a draft holds, and what is under way with it. */
export class Composition {
  readonly id: string
  text = $state('')
  warning = $state('')
  warningOpen = $state(false)
  sensitive = $state(false)
  visibility: Visibility = $state('public')
  language = $state('')
  attachments: Attachment[] = $state.raw([])
  replyTo: Status | null = $state.raw(null)
  inReplyToId: string | null = $state(null)
  inReplyToAcct: string | null = $state(null)
  editOf: string | null = $state(null)
  poll: PollDraft | null = $state(null)
  quoteOf: string | null = $state(null)
  /** The post of `quoteOf`, once it is at hand. */
  quoted: Status | null = $state.raw(null)
  quotePolicy: QuotePolicy | null = $state(null)
  /** How the text is meant; null: as the settings say. */
  format: 'plain' | 'markdown' | null = $state(null)
  /** When it is to go out, ISO 8601; null: at once. */
  scheduledAt: string | null = $state(null)
  caret = $state(0)
  phase: 'writing' | 'publishing' = $state('writing')
  problem: PublishProblem | null = $state(null)
  /** Publishing was asked for with pictures that have no description. */
  altAsked = $state(false)
  /** The first post of all: with the strip that says how the address is coming along. */
  readonly hello: boolean
  /** Goes with every attempt, so that one that seemed to fail is not published twice; renewed when anything changes. */
  attempt = crypto.randomUUID()
  #began = ''

  constructor(id: string, options: { hello?: boolean } = {}) {
    this.id = id
    this.hello = options.hello ?? false
  }

  /** A composition that goes on where a draft was left, without its files. */
  static ofDraft(draft: Draft): Composition {
    const made = new Composition(draft.id)
    made.text = draft.text
    made.warning = draft.warning
    made.warningOpen = draft.warning !== ''
    made.sensitive = draft.sensitive
    made.visibility = draft.visibility
    made.language = draft.language ?? ''
    made.inReplyToId = draft.inReplyToId
    made.inReplyToAcct = draft.inReplyToAcct
    made.editOf = draft.editOf
    made.poll = draft.poll ?? null
    made.quoteOf = draft.quoteOf ?? null
    made.quotePolicy = draft.quotePolicy ?? null
    made.format = draft.format ?? null
    made.caret = draft.caret
    return made
  }

  /** What stands there now is nothing the owner has written yet: closing it loses nothing. */
  begin(): void {
    this.#began = this.text
  }

  get empty(): boolean {
    return (
      (this.text.trim() === '' || this.text === this.#began) &&
      this.warning.trim() === '' &&
      this.attachments.length === 0 &&
      !this.poll?.options.some((option) => option.trim() !== '')
    )
  }

  get uploading(): boolean {
    return this.attachments.some((one) => one.phase === 'uploading')
  }

  /** A file could not be taken: it is tried again or removed before the rest goes out without it. */
  get stuck(): boolean {
    return this.attachments.some((one) => one.phase === 'failed')
  }

  /** Files that can go out. */
  get ready(): Attachment[] {
    return this.attachments.filter((one) => one.phase === 'ready')
  }

  get undescribed(): Attachment[] {
    return this.ready.filter((one) => !one.described)
  }

  /** As the server keeps it. */
  get input(): DraftInput {
    return {
      text: this.text,
      warning: this.warningOpen ? this.warning : '',
      sensitive: this.sensitive,
      visibility: this.visibility,
      language: this.language || null,
      inReplyToId: this.inReplyToId,
      editOf: this.editOf,
      mediaIds: this.ready.flatMap((one) => (one.id ? [one.id] : [])),
      caret: this.caret,
      poll: this.poll && { ...this.poll, options: [...this.poll.options] },
      quoteOf: this.quoteOf,
      quotePolicy: this.quotePolicy,
      format: this.format,
    }
  }

  /** The options that are filled in, each once. */
  get pollOptions(): string[] {
    return [...new Set((this.poll?.options ?? []).map((option) => option.trim()).filter(Boolean))]
  }

  /** A poll with fewer than two different options cannot go out. */
  get pollUnready(): boolean {
    return this.poll !== null && this.pollOptions.length < 2
  }

  /** Begins a poll, or takes it away. Pictures and polls exclude each other, as on Mastodon. */
  togglePoll(): void {
    if (this.poll) this.poll = null
    else if (this.attachments.length === 0) this.poll = { options: ['', ''], multiple: false, expiresIn: DAY_SECONDS }
  }

  remove(attachment: Attachment): void {
    this.attachments = this.attachments.filter((one) => one !== attachment)
    attachment.dispose()
  }

  /** Moves a file one place; at the ends nothing happens. */
  move(attachment: Attachment, step: -1 | 1): void {
    const from = this.attachments.indexOf(attachment)
    const to = from + step
    if (from < 0 || to < 0 || to >= this.attachments.length) return
    const order = [...this.attachments]
    order.splice(from, 1)
    order.splice(to, 0, attachment)
    this.attachments = order
  }

  dispose(): void {
    for (const one of this.attachments) one.dispose()
  }
}
