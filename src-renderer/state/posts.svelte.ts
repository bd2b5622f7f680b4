import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { m } from '../locales/generated/messages.js'
import { failureOf, quotingOf, type Failure, type Status } from '../api/mastodon.ts'
import { filteredOf, type Filtered } from './filtering.ts'
import type { Ground } from './ground.ts'
import type { Mark } from './said.ts'

/** A mark the owner can set on a post. */
export type { Mark } from './said.ts'

/** Who may quote a post. */
export type QuotePolicy = 'public' | 'followers' | 'nobody'

/** How long a deletion can be taken back before it is sent, in milliseconds. */
export const DELETE_HOLD = 8_000

const said = () => import('./said.ts')

/** What went wrong, as one sentence in the owner's language. */
export function wordsFor(failure: Failure): string {
  switch (failure.kind) {
    case 'offline':
      return m.failure_unreachable()
    case 'unauthorized':
      return m.failure_unauthorized()
    case 'not-found':
      return m.failure_not_found()
    case 'disk-full':
      return m.failure_disk_full()
    case 'refused':
      return m.failure_refused()
    case 'server':
      return m.failure_server()
  }
}

/**
 * Every post the window has seen, by id, and what can be done with one. Marks show at once and go back if our own server
 * refuses; the rest of the world is the outbox's business.
 */
export class Posts {
  #byId = new SvelteMap<string, Status>()
  /** Deleted posts, and those whose deletion can still be taken back: no view shows them. */
  readonly gone = new SvelteSet<string>()
  /** Posts whose content warning, or long text, has been opened in this session. */
  readonly opened = new SvelteSet<string>()
  /** Filtered posts that are shown anyway in this session. */
  readonly shownAnyway = new SvelteSet<string>()
  /** Posts whose sensitive pictures have been shown in this session. */
  readonly revealed = new SvelteSet<string>()
  /** Files that were asked for although little is to be fetched. */
  readonly wanted = new SvelteSet<string>()
  /** Rises with every pin set or taken here: what shows pins asks for them anew. */
  pins = $state(0)
  /** Brought by something else than a timeline, or by that too. */
  #kept = new Set<string>()
  #held = new Map<string, ReturnType<typeof setTimeout>>()
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onstream((event) => {
      if (event.type === 'post' || event.type === 'post-changed') this.pass([event.post])
      else if (event.type === 'post-deleted') this.gone.add(event.id)
      else if (event.type === 'notification' && event.notification.status) this.put(event.notification.status)
    })
    addEventListener('pagehide', () => {
      for (const id of this.#held.keys()) this.#sendDelete(id, true)
    })
  }

  /** A post by id; reactive. */
  get(id: string): Status | undefined {
    return this.#byId.get(id)
  }

  /** Takes in a post and the post it boosts or quotes. */
  put(post: Status): void {
    this.#kept.add(post.id)
    if (post.reblog) this.#kept.add(post.reblog.id)
    this.#take(post)
  }

  putAll(posts: readonly Status[]): void {
    for (const post of posts) this.put(post)
  }

  /** Takes in posts of a timeline, which lets go of them when they are far behind. */
  pass(posts: readonly Status[]): void {
    for (const post of posts) this.#take(post)
  }

  /** Forgets posts that only a timeline has brought. */
  letGo(ids: readonly string[]): void {
    const { route } = this.#ground.router
    for (const id of ids) if (!this.#kept.has(id) && !(route.name === 'post' && route.id === id)) this.#byId.delete(id)
  }

  #take(post: Status): void {
    this.#byId.set(post.id, post)
    if (post.reblog) this.#byId.set(post.reblog.id, post.reblog)
  }

  /** Fetches a post unless it is known. Null when it cannot be had. */
  async fetch(id: string, fresh = false): Promise<Status | null> {
    const known = this.#byId.get(id)
    if (known && !fresh) return known
    try {
      const post = await this.#ground.session.rest.v1.statuses.$select(id).fetch()
      this.put(post)
      return post
    } catch (error) {
      if (failureOf(error).kind === 'not-found') this.gone.add(id)
      return known ?? null
    }
  }

  /** What the owner's filters ask of a post; null when they ask nothing. */
  filtered(post: Status): Filtered | null {
    return filteredOf(post, (id) => this.#ground.session.isMe(id))
  }

  /** A post that stands in no list: deleted, or hidden by a filter. */
  isHidden(post: Status): boolean {
    return this.gone.has(post.id) || this.filtered(post)?.action === 'hide'
  }

  isMarked(post: Status, mark: Mark): boolean {
    return Boolean(mark === 'favourite' ? post.favourited : mark === 'boost' ? post.reblogged : post.bookmarked)
  }

  /** Sets or takes a mark, shows it at once, and offers to take that back. */
  async toggle(id: string, mark: Mark): Promise<void> {
    const post = this.#byId.get(id)
    if (!post) return
    const on = !this.isMarked(post, mark)
    if (
      mark === 'boost' &&
      on &&
      (post.visibility === 'private' || post.visibility === 'direct') &&
      !this.#ground.session.isMe(post.account.id)
    ) {
      this.#ground.toasts.show({ text: m.post_boost_not_allowed() })
      return
    }
    if (!(await this.#mark(id, mark, on))) return
    const text = (await said()).marked(mark, on)
    this.#ground.toasts.show({ text, lasts: 6_000, action: { label: m.ui_undo(), run: () => void this.#mark(id, mark, !on) } })
  }

  /** Hides an own post at once; it is deleted when the time to take that back is over. `ondone` is told which way it went. */
  delete(id: string): void {
    if (this.#held.has(id)) return
    this.gone.add(id)
    this.#held.set(
      id,
      setTimeout(() => this.#sendDelete(id, false), DELETE_HOLD),
    )
    this.#ground.toasts.show({
      text: m.toast_deleted(),
      lasts: DELETE_HOLD,
      action: {
        label: m.ui_undo(),
        run: () => {
          clearTimeout(this.#held.get(id))
          this.#held.delete(id)
          this.gone.delete(id)
        },
      },
    })
  }

  /** Votes, and shows the numbers that follow. False when our own server does not take it. */
  vote(id: string, choices: number[]): Promise<boolean> {
    return this.#try(async () => {
      const post = this.#byId.get(id)
      if (!post?.poll) return
      const poll = await this.#ground.session.rest.v1.polls.$select(post.poll.id).votes.create({ choices })
      const now = this.#byId.get(id) ?? post
      this.#byId.set(id, { ...now, poll })
    })
  }

  /** Adds or takes back a reaction of the owner's. */
  async react(id: string, emoji: string, on: boolean): Promise<void> {
    await this.#try(async () => {
      const { owner } = this.#ground.session
      const { reactions } = await (on ? owner.react(id, emoji) : owner.unreact(id, emoji))
      const post = this.#byId.get(id)
      if (!post) return
      const emojiReactions = reactions.map(({ emoji: name, url, count, mine }) => ({ name, url, count, me: mine }))
      this.#byId.set(id, { ...post, emojiReactions })
    })
  }

  /** Pins a post to the owner's profile, or takes it down. */
  async pin(id: string, on: boolean): Promise<void> {
    const post = this.#ground.session.rest.v1.statuses.$select(id)
    const done = await this.#try(async () => this.put(await (on ? post.pin() : post.unpin())))
    if (!done) return
    this.pins++
    this.#ground.toasts.show({ text: (await said()).pinned(on), lasts: 4_000 })
  }

  /** Mutes a conversation: nothing that is said in it notifies any more. Offers to take that back. */
  async muteThread(id: string, on: boolean): Promise<void> {
    const post = this.#ground.session.rest.v1.statuses.$select(id)
    const done = await this.#try(async () => this.put(await (on ? post.mute() : post.unmute())))
    if (!done) return
    this.#ground.toasts.show({
      text: (await said()).threadMuted(on),
      lasts: 6_000,
      action: { label: m.ui_undo(), run: () => void this.muteThread(id, !on) },
    })
  }

  /** Changes who may quote an own post. */
  async allowQuotes(id: string, policy: QuotePolicy): Promise<void> {
    const { interactionPolicy } = quotingOf(this.#ground.session.rest, id)
    const done = await this.#try(async () => this.put(await interactionPolicy.update({ quoteApprovalPolicy: policy })))
    if (done) this.#ground.toasts.show({ text: (await said()).quotesAllowed(), lasts: 4_000 })
  }

  /** Takes back the consent to a quote of an own post. */
  async revokeQuote(quotedId: string, quotingId: string): Promise<void> {
    const { quotes } = quotingOf(this.#ground.session.rest, quotedId)
    const done = await this.#try(async () => this.put(await quotes.$select(quotingId).revoke()))
    if (done) this.#ground.toasts.show({ text: (await said()).quoteRevoked(), lasts: 4_000 })
  }

  /** Opens or closes a content warning or long text. */
  fold(id: string): void {
    if (!this.opened.delete(id)) this.opened.add(id)
  }

  /** Shows or covers sensitive pictures. */
  cover(id: string): void {
    if (!this.revealed.delete(id)) this.revealed.add(id)
  }

  async #try(run: () => Promise<void>): Promise<boolean> {
    try {
      await run()
      return true
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      return false
    }
  }

  async #mark(id: string, mark: Mark, on: boolean): Promise<boolean> {
    const before = this.#byId.get(id)
    if (!before) return false
    const step = on ? 1 : -1
    const shown: Status =
      mark === 'favourite'
        ? { ...before, favourited: on, favouritesCount: Math.max(0, before.favouritesCount + step) }
        : mark === 'boost'
          ? { ...before, reblogged: on, reblogsCount: Math.max(0, before.reblogsCount + step) }
          : { ...before, bookmarked: on }
    this.#byId.set(id, shown)
    const post = this.#ground.session.rest.v1.statuses.$select(id)
    return this.#try(async () => {
      try {
        const answer =
          mark === 'favourite'
            ? await (on ? post.favourite() : post.unfavourite())
            : mark === 'boost'
              ? await (on ? post.reblog() : post.unreblog())
              : await (on ? post.bookmark() : post.unbookmark())
        this.#byId.set(id, answer.reblog ?? answer)
      } catch (error) {
        this.#byId.set(id, before)
        throw error
      }
    })
  }

  #sendDelete(id: string, leaving: boolean): void {
    clearTimeout(this.#held.get(id))
    this.#held.delete(id)
    const sent = this.#ground.session.rest.v1.statuses.$select(id).remove(undefined, { requestInit: { keepalive: leaving } })
    sent.catch((error: unknown) => {
      this.gone.delete(id)
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
    })
  }
}
