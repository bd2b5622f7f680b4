import { untrack } from 'svelte'
import { m } from '../locales/generated/messages.js'
import { failureOf, type Status } from '../api/mastodon.ts'
import type { Draft, Visibility } from '../../src-main/owner-api/contract.ts'
import type { Attachment } from './attachment.svelte.ts'
import { Composition, mentionsFor, MOST_FILES, stricter, type Original, type Part } from './composition.svelte.ts'
import type { Ground } from './ground.ts'
import type { Limits } from './limits.ts'
import { wordsFor } from './posts.svelte.ts'
import { to } from './router.svelte.ts'
import type { Parts } from './publishing.ts'

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
    ground.live.onowner((event) => {
      if (event.type === 'held') void press().then(({ offerUndo }) => offerUndo(this.#press, event.held))
      else if (event.type === 'held-removed') void press().then(({ heldGone }) => heldGone(this.#press, event))
    })
    this.#listenForDrafts()
  }

  get open(): boolean {
    return this.current !== null
  }

  /** This window is nothing but the composer. */
  get alone(): boolean {
    const { route } = this.#ground.router
    return route.name === 'compose' && route.alone === true
  }

  /** It stands at the edge of the window, over the shell; on its own page it does not. */
  get docked(): boolean {
    return (this.current !== null || this.dragging) && this.#ground.router.route.name !== 'compose'
  }

  /**
   * An empty composer, or the one that is open. `hello` is the first post of all; `another` puts what is open aside. `mentions` are people
   * it speaks to, outside of the text.
   */
  write(options: { hello?: boolean; text?: string; another?: boolean; mentions?: readonly string[]; visibility?: Visibility } = {}): void {
    if (this.current && !options.hello && !options.another && !options.mentions) {
      const { active } = this.current
      if (options.text) active.text = `${active.text}${active.text ? '\n' : ''}${options.text}`
      this.onfocus?.()
      return
    }
    const made = this.fresh(options)
    if (options.text) made.text = options.text
    if (options.mentions) made.mentions = [...options.mentions]
    if (options.visibility) made.visibility = options.visibility
    made.begin()
    made.caret = made.text.length
    this.show(made)
  }

  /** An answer to a post. A draft that answers it already goes on. `authorOnly` leaves out the others it mentions. */
  reply(post: Status, options: { authorOnly?: boolean } = {}): void {
    const target = post.reblog ?? post
    const { current } = this
    if (current?.inReplyToId === target.id && !current.editOf) {
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
    made.mentions = mentionsFor(target, this.#ground.session.me?.acct ?? null, options.authorOnly)
    made.warning = target.spoilerText
    made.warningOpen = target.spoilerText !== ''
    made.sensitive ||= target.spoilerText !== ''
    made.begin()
    this.show(made)
  }

  /** Quotes a post: in what is being written, if that quotes nothing yet, else in a new one. */
  quote(post: Status): void {
    const target = post.reblog ?? post
    const { current } = this
    if (current?.quoteOf === target.id) {
      this.onfocus?.()
      return
    }
    const here = current && current.phase === 'writing' && !current.editOf && !current.hello && !current.quoteOf && !current.poll
    const made = here ? current : this.fresh()
    made.quoteOf = target.id
    made.quoted = target
    if (target.visibility === 'private') made.visibility = stricter(target.visibility, made.visibility)
    if (here) {
      this.changed()
      this.onfocus?.()
      return
    }
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
      made.languageChosen = true
      made.original = originalOf(post, source)
      made.poll = made.original.poll && { ...made.original.poll, options: [...made.original.poll.options] }
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
    made.languageChosen = made.language !== '' && made.language !== this.#parts.settings.postLanguage
    // A draft is not shown before its files stand in it: a change would save it without them.
    if (draft.media.length === 0 && !draft.parts?.some((part) => part.mediaIds.length > 0)) this.#resumed(made)
    else void this.#withFiles(made, draft).then(() => this.#resumed(made))
    return true
  }

  async #withFiles(made: Composition, draft: Draft): Promise<void> {
    const { Attachment } = await files()
    const { session } = this.#ground
    const known = new Map(draft.media.map((media) => [media.id, media]))
    const own = draft.mediaIds.flatMap((id) => known.get(id) ?? [])
    made.attachments = own.map((media) => Attachment.ofDraft(session, media, draft.editOf !== null))
    await Promise.all(
      (draft.parts ?? []).map(async ({ mediaIds }, index) => {
        const found = await Promise.all(mediaIds.map((id) => Attachment.ofId(session, id, known.get(id))))
        const part = made.parts[index]
        if (part) part.attachments = found.filter((one): one is Attachment => one !== null)
      }),
    )
  }

  #resumed(made: Composition): void {
    this.show(made)
    const { posts } = this.#parts
    const { quoteOf, inReplyToId, editOf } = made
    if (editOf) void this.#before(made, editOf)
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

  /** What an edit that goes on was made from. */
  async #before(made: Composition, id: string): Promise<void> {
    const post = await this.#parts.posts.fetch(id)
    if (!post) return
    try {
      made.original = originalOf(post, await this.#ground.session.rest.v1.statuses.$select(id).source.fetch())
    } catch {
      // Without it the changes cannot be shown; they can be saved all the same.
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
  moved(caret: number, part: Part | null = this.current): void {
    if (part) part.caret = caret
  }

  /** Saves now: the owner looks away. */
  async rest(): Promise<void> {
    if (this.current) await this.#parts.drafts.flush(this.current.id)
  }

  /** Closes it and keeps the draft; an empty one goes. */
  async close(): Promise<void> {
    const { current } = this
    if (!current || current.phase === 'publishing') return
    const { alone } = this
    this.#leave(current, !alone)
    this.current = null
    if (alone) {
      await this.#parts.drafts.flush(current.id)
      window.close()
    } else if (this.#ground.router.route.name === 'compose') this.#ground.router.back()
  }

  /** Takes files from the picker, the clipboard or a drop. Those that do not fit are said, not silently dropped. */
  async add(given: readonly File[]): Promise<void> {
    if (given.length === 0) return
    if (!this.current) this.write()
    const { current } = this
    if (!current) return
    const part = current.active
    if (part === current && current.poll) {
      this.#ground.toasts.show({ text: m.compose_poll_no_pictures() })
      return
    }
    const { Attachment } = await files()
    const room = MOST_FILES - part.attachments.length
    this.tooMany = given.length > room
    const added = given
      .slice(0, Math.max(0, room))
      .map((file) => Attachment.ofFile(this.#ground.session, file, this.limits, () => this.changed()))
    part.attachments = [...part.attachments, ...added]
    current.altAsked = false
  }

  /** Gives the draft a window of its own. False when that window could not be opened. */
  async popOut(): Promise<boolean> {
    const { current } = this
    const { desktop, router } = this.#ground
    if (!current || current.phase === 'publishing' || current.uploading) return false
    const { drafts } = this.#parts
    // An empty one is a draft too now: the other window asks for it by its id.
    drafts.change(current.id, current.input)
    await drafts.flush(current.id)
    const address = `/app/compose/${current.id}?window=1`
    const opened = desktop
      ? await desktop.openComposer(current.id)
      : window.open(address, `burrow-${current.id}`, 'popup,width=620,height=720') !== null
    if (!opened) {
      this.#ground.toasts.show({ text: m.compose_pop_blocked(), tone: 'assertive' })
      return false
    }
    drafts.forget(current.id)
    current.dispose()
    this.current = null
    if (router.route.name === 'compose') router.back()
    return true
  }

  /** This window is the composer's own: the main one goes on with the draft, and this one closes. */
  async popIn(): Promise<void> {
    const { current } = this
    const { desktop, router } = this.#ground
    if (!current || current.phase === 'publishing' || current.uploading) return
    const { drafts } = this.#parts
    drafts.change(current.id, current.input)
    await drafts.flush(current.id)
    if (desktop && (await desktop.popIn(current.id))) return
    const draft = drafts.get(current.id)
    if (draft && (await handOver(draft))) {
      drafts.forget(current.id)
      this.current = null
      window.close()
      return
    }
    // No other window is open: this one becomes it.
    router.go(to.compose(current.id))
  }

  /** Publishes, or changes what was published. `anyway` skips the question about missing descriptions. True when our own server has taken it. */
  async publish(options: { anyway?: boolean } = {}): Promise<boolean> {
    const { current } = this
    if (!current) return false
    const { publish } = await press()
    return publish(this.#press, current, options)
  }

  get #press() {
    return { composer: this, ground: this.#ground, parts: this.#parts }
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
    void Promise.all(current.all.flatMap((part) => part.ready.map((one) => one.settle()))).then(() => current.dispose())
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

  /** A window of its own gives its draft back. */
  #listenForDrafts(): void {
    const channel = new BroadcastChannel(POPPED)
    channel.addEventListener('message', (event: MessageEvent<{ draft?: Draft; taken?: string }>) => {
      const { draft } = event.data
      if (!draft || this.alone) return
      this.#parts.drafts.returned(draft)
      if (this.resume(draft.id)) channel.postMessage({ taken: draft.id })
    })
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

/** How a post goes out is fetched with the composer. */
const press = () => import('./publishing.ts')

/** Offers a draft to the other windows; true when one of them has taken it. */
function handOver(draft: Draft): Promise<boolean> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(POPPED)
    const done = (taken: boolean) => {
      clearTimeout(timer)
      channel.close()
      resolve(taken)
    }
    const timer = setTimeout(() => done(false), 1_500)
    channel.addEventListener('message', (event: MessageEvent<{ taken?: string }>) => {
      if (event.data.taken === draft.id) done(true)
    })
    channel.postMessage({ draft })
  })
}

/** Where windows of one origin speak of drafts. */
export const POPPED = 'burrow.composer'

/** What an edit begins with. */
function originalOf(post: Status, source: { text: string; spoilerText: string }): Original {
  const { poll } = post
  const length = poll?.expiresAt ? Math.round((Date.parse(poll.expiresAt) - Date.parse(post.createdAt)) / 1_000) : 86_400
  return {
    text: source.text,
    warning: source.spoilerText,
    poll: poll ? { options: poll.options.map((one) => one.title), multiple: poll.multiple, expiresIn: length } : null,
    votes: poll?.votesCount ?? 0,
    replies: post.repliesCount,
  }
}
