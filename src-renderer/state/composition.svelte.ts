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

/** Whom an answer speaks to: the author, then everybody who is mentioned, without the owner. `authorOnly` leaves the others out. */
export function mentionsFor(post: Pick<Status, 'account' | 'mentions'>, ownAcct: string | null, authorOnly = false): string[] {
  const people = new Set([post.account.acct, ...(authorOnly ? [] : post.mentions.map((mention) => mention.acct))])
  if (ownAcct !== null) people.delete(ownAcct)
  return [...people]
}

/** As it stands before the words when the post goes out. Ends with a space unless empty. */
export const mentionPrefix = (accts: readonly string[]): string => accts.map((acct) => `@${acct} `).join('')

const LEADING = /^@([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:@[\p{L}\p{N}](?:[\p{L}\p{N}.:-]*[\p{L}\p{N}])?)?)(?:\s+|$)/u

/** The people an answer begins with, and the words behind them. */
export function peelMentions(text: string): { mentions: string[]; rest: string } {
  const mentions: string[] = []
  let rest = text
  for (let found = LEADING.exec(rest); found?.[1]; found = LEADING.exec(rest)) {
    if (!mentions.includes(found[1])) mentions.push(found[1])
    rest = rest.slice(found[0].length)
  }
  return { mentions, rest }
}

let nextKey = 1

/** One post of a thread: its words, its warning and its files. */
export class Part {
  readonly key = nextKey++
  text = $state('')
  warning = $state('')
  warningOpen = $state(false)
  attachments: Attachment[] = $state.raw([])
  caret = $state(0)

  get blank(): boolean {
    return this.text.trim() === '' && this.ready.length === 0
  }

  /** The warning as it goes out. */
  get warned(): string {
    return this.warningOpen ? this.warning : ''
  }

  /** Files that can go out. */
  get ready(): Attachment[] {
    return this.attachments.filter((one) => one.phase === 'ready')
  }

  get mediaIds(): string[] {
    return this.ready.flatMap((one) => (one.id ? [one.id] : []))
  }

  remove(attachment: Attachment): void {
    this.attachments = this.attachments.filter((one) => one !== attachment)
    attachment.dispose()
  }

  /** Moves a file one place; at the ends nothing happens. */
  move(attachment: Attachment, step: -1 | 1): void {
    this.place(attachment, this.attachments.indexOf(attachment) + step)
  }

  /** Puts a file where another one stands. */
  place(attachment: Attachment, at: number): void {
    const from = this.attachments.indexOf(attachment)
    if (from < 0 || at < 0 || at >= this.attachments.length || at === from) return
    const order = [...this.attachments]
    order.splice(from, 1)
    order.splice(at, 0, attachment)
    this.attachments = order
  }

  /** One file stands for another: a picture that was cut. */
  replace(old: Attachment, next: Attachment): void {
    this.attachments = this.attachments.map((one) => (one === old ? next : one))
    old.dispose()
  }

  dispose(): void {
    for (const one of this.attachments) one.dispose()
  }
}

/** What a post that is being edited was before. */
export interface Original {
  text: string
  warning: string
  poll: PollDraft | null
  votes: number
  replies: number
}

/** A post being written, or a thread of them: everything a draft holds, and what is under way with it. It is its own first part. */
export class Composition extends Part {
  readonly id: string
  sensitive = $state(false)
  visibility: Visibility = $state('public')
  language = $state('')
  /** The language was chosen by hand: it is not guessed any more. */
  languageChosen = $state(false)
  /** The further posts of a thread. */
  parts: Part[] = $state.raw([])
  /** The part in which the caret stands. */
  active: Part = $state.raw(this)
  /** Whom an answer speaks to: they stand outside of the text and count. */
  mentions: string[] = $state.raw([])
  replyTo: Status | null = $state.raw(null)
  inReplyToId: string | null = $state(null)
  inReplyToAcct: string | null = $state(null)
  editOf: string | null = $state(null)
  original: Original | null = $state.raw(null)
  poll: PollDraft | null = $state(null)
  quoteOf: string | null = $state(null)
  /** The post of `quoteOf`, once it is at hand. */
  quoted: Status | null = $state.raw(null)
  quotePolicy: QuotePolicy | null = $state(null)
  /** How the text is meant; null: as the settings say. */
  format: 'plain' | 'markdown' | null = $state(null)
  /** When it is to go out, ISO 8601; null: at once. */
  scheduledAt: string | null = $state(null)
  phase: 'writing' | 'publishing' = $state('writing')
  problem: PublishProblem | null = $state(null)
  /** Posts of the thread that have left already, when the next one could not. */
  left = $state(0)
  /** Publishing was asked for with pictures that have no description. */
  altAsked = $state(false)
  /** The first post of all: with the strip that says how the address is coming along. */
  readonly hello: boolean
  /** Goes with every attempt, so that one that seemed to fail is not published twice; renewed when anything changes. */
  attempt = crypto.randomUUID()
  #began = ''

  constructor(id: string, options: { hello?: boolean } = {}) {
    super()
    this.id = id
    this.hello = options.hello ?? false
  }

  /** A composition that goes on where a draft was left, without its files. */
  static ofDraft(draft: Draft): Composition {
    const made = new Composition(draft.id)
    const answers = draft.inReplyToId !== null && draft.editOf === null
    const { mentions, rest } = answers ? peelMentions(draft.text) : { mentions: [], rest: draft.text }
    made.mentions = mentions
    made.text = rest
    made.caret = Math.max(0, draft.caret - (draft.text.length - rest.length))
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
    made.scheduledAt = draft.scheduledAt ?? null
    made.parts = (draft.parts ?? []).map(({ text, warning }) => {
      const part = new Part()
      part.text = text
      part.warning = warning
      part.warningOpen = warning !== ''
      part.caret = text.length
      return part
    })
    return made
  }

  /** What stands there now is nothing the owner has written yet: closing it loses nothing. */
  begin(): void {
    this.#began = this.text
  }

  /** Every post of it, in order. */
  get all(): Part[] {
    return [this, ...this.parts]
  }

  /** The words of the first post as they go out: whom it answers, then what is said. */
  get whole(): string {
    return mentionPrefix(this.mentions) + this.text
  }

  get empty(): boolean {
    return (
      (this.text.trim() === '' || this.text === this.#began) &&
      this.warning.trim() === '' &&
      this.attachments.length === 0 &&
      this.parts.every((part) => part.text.trim() === '' && part.warning.trim() === '' && part.attachments.length === 0) &&
      !this.poll?.options.some((option) => option.trim() !== '')
    )
  }

  get uploading(): boolean {
    return this.all.some((part) => part.attachments.some((one) => one.phase === 'uploading'))
  }

  /** A file could not be taken: it is tried again or removed before the rest goes out without it. */
  get stuck(): boolean {
    return this.all.some((part) => part.attachments.some((one) => one.phase === 'failed'))
  }

  get undescribed(): Attachment[] {
    return this.all.flatMap((part) => part.ready.filter((one) => !one.described))
  }

  /** As the server keeps it. */
  get input(): DraftInput {
    const prefix = mentionPrefix(this.mentions)
    return {
      text: prefix + this.text,
      warning: this.warned,
      sensitive: this.sensitive,
      visibility: this.visibility,
      language: this.language || null,
      inReplyToId: this.inReplyToId,
      editOf: this.editOf,
      mediaIds: this.mediaIds,
      caret: prefix.length + this.caret,
      poll: this.poll && { ...this.poll, options: [...this.poll.options] },
      quoteOf: this.quoteOf,
      quotePolicy: this.quotePolicy,
      format: this.format,
      parts:
        this.parts.length === 0 ? null : this.parts.map((part) => ({ text: part.text, warning: part.warned, mediaIds: part.mediaIds })),
      scheduledAt: this.scheduledAt,
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

  /** The poll of the post that is being edited would begin anew. */
  get pollAnew(): boolean {
    const before = this.original?.poll
    if (!before) return false
    return !this.poll || this.poll.multiple !== before.multiple || this.pollOptions.join('\n') !== before.options.join('\n')
  }

  /** Begins a poll, or takes it away. Pictures and polls exclude each other, as on Mastodon. */
  togglePoll(): void {
    if (this.poll) this.poll = null
    else if (this.attachments.length === 0) this.poll = { options: ['', ''], multiple: false, expiresIn: DAY_SECONDS }
  }

  /** A further post behind `before`; the caret goes there. */
  addPart(before: Part, text = ''): Part {
    const made = new Part()
    made.text = text
    const at = before === this ? 0 : this.parts.indexOf(before) + 1
    this.parts = this.parts.toSpliced(at, 0, made)
    this.active = made
    return made
  }

  removePart(part: Part): void {
    const at = this.parts.indexOf(part)
    if (at < 0) return
    this.parts = this.parts.toSpliced(at, 1)
    this.active = this.parts[at - 1] ?? this
    part.dispose()
  }

  /** The first post has left: the draft goes on with the next one, as an answer to it. */
  advance(posted: Status): void {
    const [next, ...rest] = this.parts
    if (!next) return
    this.text = next.text
    this.warning = next.warning
    this.warningOpen = next.warningOpen
    this.attachments = next.attachments
    this.caret = next.caret
    this.parts = rest
    this.active = this
    this.mentions = []
    this.poll = null
    this.quoteOf = null
    this.quoted = null
    this.inReplyToId = posted.id
    this.inReplyToAcct = posted.account.acct
    this.replyTo = posted
    this.left++
    this.attempt = crypto.randomUUID()
  }

  override dispose(): void {
    for (const part of this.all) for (const one of part.attachments) one.dispose()
  }
}
