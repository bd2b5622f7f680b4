import { untrack } from 'svelte'
import { m } from '../locales/generated/messages.js'
import { failureOf, type Status } from '../api/mastodon.ts'
import { Composition, mentionPrefix, MOST_FILES, SOONEST, stricter, type PublishProblem } from './composition.svelte.ts'
import type { ConnectionWatch } from './connection.svelte.ts'
import type { Drafts } from './drafts.svelte.ts'
import type { Ground } from './ground.ts'
import type { Home } from './home.svelte.ts'
import type { Limits } from './limits.ts'
import { wordsFor, type Posts } from './posts.svelte.ts'
import { locale } from './locale.svelte.ts'
import { to } from './router.svelte.ts'
import { longTime } from './time.ts'
import type { OwnerSettings } from './settings.svelte.ts'

interface Parts {
  drafts: Drafts
  settings: OwnerSettings
  posts: Posts
  home: Home
  connection: ConnectionWatch
}

const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

/** The one composer of the window: what is being written in it, and the ways to open, close and publish it. */
export class Composer {
  current: Composition | null = $state.raw(null)
  /** A file is being dragged over the window. */
  dragging = $state(false)
  /** What our own server takes, once it has been asked. */
  limits: Limits | null = $state.raw(null)
  /** Rises with every change to the posts that wait for their time: what lists them asks anew. */
  scheduled = $state(0)
  /** More files came than fit; said once under them. */
  tooMany = $state(false)
  /** The first post of all was published: first run shows how it is seen from outside. */
  helloPost: Status | null = $state.raw(null)
  /** Moves the caret into the text, once the view is there. */
  onfocus: (() => void) | null = null
  /** The offer to discard a draft that was closed: it must not stand there while the draft is open again. */
  #offer: { draftId: string; toast: number } | null = null
  #ground: Ground
  #parts: Parts

  constructor(ground: Ground, parts: Parts) {
    this.#ground = ground
    this.#parts = parts
    this.#listenForFiles()
  }

  get open(): boolean {
    return this.current !== null
  }

  /** It stands at the edge of the window, over the shell; on its own page it does not. */
  get docked(): boolean {
    return (this.current !== null || this.dragging) && this.#ground.router.route.name !== 'compose'
  }

  /** An empty composer, or the one that is open. `hello` is the first post of all. */
  write(options: { hello?: boolean; text?: string } = {}): void {
    if (this.current && !options.hello) {
      if (options.text) this.current.text = `${this.current.text}${this.current.text ? '\n' : ''}${options.text}`
      this.onfocus?.()
      return
    }
    const made = this.fresh(options)
    if (options.text) made.text = options.text
    made.begin()
    made.caret = made.text.length
    this.show(made)
  }

  /** An answer to a post. A draft that answers it already goes on. */
  reply(post: Status): void {
    const target = post.reblog ?? post
    const { current } = this
    if (current?.inReplyToId === target.id) {
      this.onfocus?.()
      return
    }
    const draft = this.#parts.drafts.list.find((one) => one.inReplyToId === target.id && one.editOf === null)
    if (draft) {
      this.resume(draft.id, target)
      return
    }
    const { settings } = this.#parts
    const made = this.fresh()
    made.replyTo = target
    made.inReplyToId = target.id
    made.inReplyToAcct = target.account.acct
    made.visibility = stricter(target.visibility, settings.current.defaultVisibility)
    made.text = mentionPrefix(target, this.#ground.session.me?.acct ?? null)
    made.warning = target.spoilerText
    made.warningOpen = target.spoilerText !== ''
    made.sensitive ||= target.spoilerText !== ''
    made.caret = made.text.length
    made.begin()
    this.show(made)
  }

  /** A new post that quotes another. */
  quote(post: Status): void {
    const target = post.reblog ?? post
    if (this.current?.quoteOf === target.id) {
      this.onfocus?.()
      return
    }
    const made = this.fresh()
    made.quoteOf = target.id
    made.quoted = target
    made.visibility = target.visibility === 'private' ? stricter(target.visibility, made.visibility) : made.visibility
    made.begin()
    this.show(made)
  }

  /** Opens a post that was published, to change it. */
  async edit(post: Status): Promise<void> {
    if (this.current?.editOf === post.id) {
      this.onfocus?.()
      return
    }
    const draft = this.#parts.drafts.list.find((one) => one.editOf === post.id)
    if (draft) {
      this.resume(draft.id)
      return
    }
    try {
      const { session } = this.#ground
      const source = await session.rest.v1.statuses.$select(post.id).source.fetch()
      const made = this.fresh()
      made.editOf = post.id
      made.inReplyToId = post.inReplyToId ?? null
      made.inReplyToAcct = post.mentions.find((mention) => mention.id === post.inReplyToAccountId)?.acct ?? null
      made.text = source.text
      made.warning = source.spoilerText
      made.warningOpen = source.spoilerText !== ''
      made.sensitive = post.sensitive
      made.visibility = post.visibility
      made.language = post.language ?? ''
      made.format = markdown(source) ? 'markdown' : 'plain'
      if (post.mediaAttachments.length > 0) {
        const { Attachment } = await files()
        made.attachments = post.mediaAttachments.map((media) => Attachment.ofPost(session, media))
      }
      made.caret = made.text.length
      made.begin()
      this.show(made)
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
    }
  }

  /** Goes on with a draft; `replyTo` is the post it answers, if it is at hand. False when there is no such draft. */
  resume(draftId: string, replyTo: Status | null = null): boolean {
    if (this.current?.id === draftId) {
      this.onfocus?.()
      return true
    }
    const draft = this.#parts.drafts.get(draftId)
    if (!draft) return false
    const made = Composition.ofDraft(draft)
    made.replyTo = replyTo
    // A draft is not shown before its files stand in it: a change would save it without them.
    if (draft.media.length === 0) this.#resumed(made)
    else
      void files().then(({ Attachment }) => {
        made.attachments = draft.media.map((media) => Attachment.ofDraft(this.#ground.session, media, draft.editOf !== null))
        this.#resumed(made)
      })
    return true
  }

  #resumed(made: Composition): void {
    this.show(made)
    const { posts } = this.#parts
    const { quoteOf, inReplyToId } = made
    if (quoteOf) {
      void posts.fetch(quoteOf).then((post) => {
        if (this.current === made) made.quoted = post
      })
    }
    if (!made.replyTo && inReplyToId) {
      void posts.fetch(inReplyToId).then((post) => {
        if (this.current === made) made.replyTo = post
      })
    }
  }

  /** Something of it was changed by hand. */
  changed(): void {
    const { current } = this
    if (!current || current.phase === 'publishing') return
    current.attempt = crypto.randomUUID()
    current.problem = null
    if (current.empty && !this.#parts.drafts.get(current.id)) return
    this.#parts.drafts.change(current.id, current.input)
  }

  /** The caret moved: kept with the next change, so that a draft opens where it was left. */
  moved(caret: number): void {
    if (this.current) this.current.caret = caret
  }

  /** Saves now: the owner looks away. */
  async rest(): Promise<void> {
    if (this.current) await this.#parts.drafts.flush(this.current.id)
  }

  /** Closes it and keeps the draft; an empty one goes. */
  async close(): Promise<void> {
    const { current } = this
    if (!current || current.phase === 'publishing') return
    this.#leave(current, true)
    this.current = null
    if (this.#ground.router.route.name === 'compose') this.#ground.router.back()
  }

  /** Takes files from the picker, the clipboard or a drop. Those that do not fit are said, not silently dropped. */
  async add(given: readonly File[]): Promise<void> {
    if (given.length === 0) return
    if (!this.current) this.write()
    const { current } = this
    if (!current) return
    if (current.poll) {
      this.#ground.toasts.show({ text: m.compose_poll_no_pictures() })
      return
    }
    const { Attachment } = await files()
    const room = MOST_FILES - current.attachments.length
    this.tooMany = given.length > room
    const added = given
      .slice(0, Math.max(0, room))
      .map((file) => Attachment.ofFile(this.#ground.session, file, this.limits, () => this.changed()))
    current.attachments = [...current.attachments, ...added]
    current.altAsked = false
  }

  /** Publishes, or changes what was published. `anyway` skips the question about missing descriptions. True when our own server has taken it. */
  async publish(options: { anyway?: boolean } = {}): Promise<boolean> {
    const { current } = this
    const { drafts, posts, home, settings } = this.#parts
    if (
      !current ||
      current.phase === 'publishing' ||
      current.uploading ||
      current.stuck ||
      current.pollUnready ||
      (current.text.trim() === '' && current.ready.length === 0)
    )
      return false
    const reminder = settings.current.altReminder
    if (current.undescribed.length > 0 && reminder !== 'off' && (reminder === 'require' || !options.anyway)) {
      current.altAsked = true
      return false
    }
    current.altAsked = false
    current.problem = null
    if (current.scheduledAt !== null && Date.parse(current.scheduledAt) < Date.now() + SOONEST) {
      current.problem = 'too-soon'
      return false
    }
    current.phase = 'publishing'
    await drafts.hold(current.id)
    await Promise.all(current.ready.map((one) => one.settle()))
    try {
      const post = await this.#send(current)
      drafts.published(current.id)
      current.dispose()
      if (this.current === current) this.current = null
      if (post === null) {
        this.scheduled++
        if (this.#ground.router.route.name === 'compose') this.#ground.router.back()
        this.#ground.toasts.show({
          text: m.compose_toast_scheduled({ at: longTime(Date.parse(current.scheduledAt ?? ''), locale()) }),
          action: { label: m.compose_see_scheduled(), run: () => this.#ground.router.go(to.outbox('scheduled')) },
          lasts: 6_000,
        })
        return true
      }
      posts.put(post)
      if (!current.editOf) home.own(post)
      if (current.hello) {
        this.helloPost = post
        this.#ground.router.go(to.firstrun('proof'))
      } else {
        if (this.#ground.router.route.name === 'compose') this.#ground.router.back()
        this.#ground.toasts.show({
          text: this.#said(current),
          action: { label: m.compose_see_post(), run: () => this.#ground.router.go(to.post(post.id)) },
          lasts: 6_000,
        })
      }
      return true
    } catch (error) {
      current.phase = 'writing'
      current.problem = problemOf(error)
      drafts.resume(current.id)
      drafts.change(current.id, current.input)
      return false
    }
  }

  /** Null: it waits for its time. */
  async #send(current: Composition): Promise<Status | null> {
    const { rest } = this.#ground.session
    const { text, warning, sensitive, visibility, mediaIds } = current.input
    const headers = { 'Idempotency-Key': current.attempt }
    const words = {
      status: text,
      spoilerText: warning,
      sensitive: (sensitive && mediaIds.length > 0) || warning !== '',
      ...(current.language ? { language: current.language } : {}),
      contentType: `text/${current.format ?? this.#parts.settings.current.defaultFormat}`,
      draftId: current.id,
    }
    if (current.editOf) {
      const mediaAttributes = current.ready.flatMap((one) =>
        one.id ? [{ id: one.id, description: one.description, focus: `${one.focus.x},${one.focus.y}` }] : [],
      )
      return rest.v1.statuses.$select(current.editOf).update({ ...words, mediaIds, mediaAttributes }, { requestInit: { headers } })
    }
    const target = {
      visibility,
      ...(current.inReplyToId ? { inReplyToId: current.inReplyToId } : {}),
      ...(current.quoteOf ? { quotedStatusId: current.quoteOf } : {}),
      ...(current.quotePolicy ? { quoteApprovalPolicy: current.quotePolicy } : {}),
    }
    const options = { requestInit: { headers } }
    const poll = current.poll && { options: current.pollOptions, multiple: current.poll.multiple, expiresIn: current.poll.expiresIn }
    const whole = {
      ...words,
      ...target,
      ...(mediaIds.length > 0 ? { mediaIds } : poll ? { poll } : {}),
      ...(current.scheduledAt === null ? {} : { scheduledAt: current.scheduledAt }),
    }
    // Status or, with a time, what waits for it: the client's types leave both open.
    const answer: object = await rest.v1.statuses.create(whole, options)
    return 'scheduledAt' in answer && !('account' in answer) ? null : (answer as Status)
  }

  #said(current: Composition): string {
    if (current.editOf) return m.compose_toast_edited()
    return this.#parts.connection.online ? m.compose_toast_published() : m.compose_toast_waits()
  }

  /** An empty composition as the settings want it. */
  fresh(options: { hello?: boolean } = {}): Composition {
    const { settings } = this.#parts
    const made = new Composition(crypto.randomUUID(), options)
    made.visibility = options.hello ? 'public' : settings.current.defaultVisibility
    made.language = settings.postLanguage
    made.sensitive = settings.current.defaultSensitive
    return made
  }

  /** Puts a composition into the window; what stood there stays as a draft. */
  show(made: Composition): void {
    untrack(() => {
      const before = this.current
      if (before) this.#leave(before, before.id !== made.id)
      this.tooMany = false
      if (this.#offer?.draftId === made.id) this.#ground.toasts.dismiss(this.#offer.toast)
      this.current = made
    })
    this.onfocus?.()
  }

  /** Lets go of a composition: what was written stays as a draft, an empty one does not. */
  #leave(current: Composition, say: boolean): void {
    const { drafts } = this.#parts
    void Promise.all(current.ready.map((one) => one.settle())).then(() => current.dispose())
    const untouched = current.empty || (current.editOf !== null && !drafts.get(current.id) && drafts.stateOf(current.id) === null)
    if (untouched) {
      void drafts.drop(current.id)
      return
    }
    drafts.change(current.id, current.input)
    void drafts.flush(current.id)
    if (say) {
      const toast = this.#ground.toasts.show({
        text: m.compose_saved_to_drafts(),
        action: { label: m.compose_discard(), run: () => void drafts.discard(current.id) },
      })
      this.#offer = { draftId: current.id, toast }
    }
  }

  #listenForFiles(): void {
    const ready = () => this.#ground.session.phase === 'ready' && this.#ground.router.route.name !== 'firstrun'
    let depth = 0
    const over = (event: DragEvent) => {
      if (!carriesFiles(event) || !ready()) return
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
    }
    addEventListener('dragenter', (event) => {
      if (!carriesFiles(event) || !ready()) return
      depth++
      this.dragging = true
    })
    addEventListener('dragleave', (event) => {
      if (!carriesFiles(event) || depth === 0) return
      depth--
      if (depth === 0) this.dragging = false
    })
    addEventListener('dragover', over)
    addEventListener('drop', (event) => {
      depth = 0
      this.dragging = false
      if (!carriesFiles(event) || !ready()) return
      event.preventDefault()
      void this.add([...(event.dataTransfer?.files ?? [])])
    })
  }
}

/** What is done with files is fetched when there are some. */
const files = () => import('./attachment.svelte.ts')

/** Whether the source of a post is Markdown: an addition of ours to Mastodon's shape. */
export const markdown = (source: object): boolean => 'contentType' in source && source.contentType === 'text/markdown'
/** Why our own server did not take a post. */
export function problemOf(error: unknown): PublishProblem {
  const failure = failureOf(error)
  if (failure.kind === 'disk-full') return 'disk-full'
  if (failure.kind === 'offline') return 'unreachable'
  if (failure.kind === 'not-found') return 'gone'
  if (failure.kind === 'refused') {
    if (/character|too long/i.test(failure.text)) return 'too-long'
    if (/scheduled/i.test(failure.text)) return 'too-soon'
    return /closed/i.test(failure.text) ? 'closed' : 'refused'
  }
  return failure.kind === 'server' ? 'server' : 'refused'
}
