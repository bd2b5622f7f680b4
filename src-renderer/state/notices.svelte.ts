import { SvelteMap, SvelteSet } from 'svelte/reactivity'
import { m } from '../locales/generated/messages.js'
import {
  failureOf,
  type Account,
  type Failure,
  type Notification,
  type NotificationPolicy,
  type NotificationRequest as Stranger,
} from '../api/mastodon.ts'
import type { Ground } from './ground.ts'
import { mergeNotices, noticesOf, type NoticeGroup } from './groups.ts'
import { wordsFor, type Posts } from './posts.svelte.ts'
import { newerFirst } from './rows.ts'

export type NoticeFilter = 'all' | 'mentions' | 'follows' | 'requests'
/** What happens to notifications of a kind of people: told at once, held back in the tray, or not kept at all. */
export type NoticeRule = 'accept' | 'filter' | 'drop'
/** Kinds of people that the owner decides about. */
export type NoticePolicy = Record<'forNotFollowing' | 'forNewAccounts' | 'forPrivateMentions', NoticeRule>

type Segment = Exclude<NoticeFilter, 'requests'>
const TYPES: Record<Segment, readonly string[] | null> = { all: null, mentions: ['mention', 'quote'], follows: ['follow'] }
const PAGE = 40
/** The server counts no further. */
const MOST_COUNTED = 100
const SOON = 250
/** How long a row that was taken away can be brought back, in milliseconds. */
const HOLD = 5_000

/** A list of the notifications: all, or those of some kinds. */
class Shelf {
  groups: NoticeGroup[] = $state.raw([])
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  complete = $state(false)
  loadingMore = $state(false)
  opening: Promise<void> | null = null
}

/** Notifications in groups as our own server makes them, what waits to be decided, and how far they have been read (Mastodon's marker). */
export class Notices {
  requests: Account[] = $state.raw([])
  /** Strangers who are held back: they wait to be let in. */
  strangers: Stranger[] = $state.raw([])
  policy: NoticePolicy | null = $state.raw(null)
  readId: string | null = $state(null)
  /** The unread line stands above this notification: what was newest when the view was opened. */
  lineId: string | null = $state(null)
  /** How many rows have not been read; the server counts to a hundred. */
  unread = $state(0)
  #shelves = new SvelteMap<Segment, Shelf>()
  #away = new SvelteSet<string>()
  #held = new Map<string, ReturnType<typeof setTimeout>>()
  #newestId: string | null = null
  #ground: Ground
  #posts: Posts
  #opening: Promise<void> | null = null
  #soon: ReturnType<typeof setTimeout> | null = null

  constructor(ground: Ground, posts: Posts) {
    this.#ground = ground
    this.#posts = posts
    this.#shelves.set('all', new Shelf())
    ground.live.onstream((event) => {
      if (event.type === 'notification') void this.#arrived(event.notification)
      else if (event.type === 'reconnected' && this.phase === 'ready') this.#later()
    })
  }

  get phase(): Shelf['phase'] {
    return this.#shelf('all').phase
  }

  get failure(): Failure | null {
    return this.#shelf('all').failure
  }

  /** A segment with its state; opened by `show`. */
  shelf(filter: NoticeFilter): Shelf {
    return this.#shelf(filter === 'requests' ? 'all' : filter)
  }

  /** The rows of a segment, newest first. */
  groups(filter: NoticeFilter): NoticeGroup[] {
    if (filter === 'requests') return []
    return this.#shelf(filter).groups.filter((group) => {
      if (this.#away.has(group.key)) return false
      const post = group.postId === null ? undefined : this.#posts.get(group.postId)
      return group.postId === null || (post !== undefined && !this.#posts.isHidden(post))
    })
  }

  /** Loads what every view of it needs; repeated calls do nothing. */
  open(): Promise<void> {
    this.#opening ??= this.#load()
    return this.#opening
  }

  /** Loads a segment the first time it is looked at. */
  async show(filter: NoticeFilter): Promise<void> {
    await this.open()
    if (filter === 'all' || filter === 'requests') return
    const known = this.#shelves.get(filter)
    if (known?.opening) return known.opening
    const shelf = known ?? new Shelf()
    this.#shelves.set(filter, shelf)
    shelf.opening = this.#fill(filter, shelf)
    return shelf.opening
  }

  retry(filter: NoticeFilter = 'all'): Promise<void> {
    if (filter === 'mentions' || filter === 'follows') {
      this.#shelves.delete(filter)
      return this.show(filter)
    }
    this.#opening = null
    this.#shelf('all').phase = 'loading'
    return this.open()
  }

  async more(filter: NoticeFilter = 'all'): Promise<void> {
    if (filter === 'requests') return
    const shelf = this.#shelf(filter)
    const oldest = shelf.groups.at(-1)
    if (shelf.loadingMore || shelf.complete || shelf.phase !== 'ready' || !oldest) return
    shelf.loadingMore = true
    try {
      const { groups, length } = await this.#page(filter, oldest.newestId)
      const keys = new Set(shelf.groups.map((group) => group.key))
      shelf.groups = [...shelf.groups, ...groups.filter((group) => !keys.has(group.key))]
      shelf.complete = length === 0
    } catch (error) {
      shelf.failure = failureOf(error)
    } finally {
      shelf.loadingMore = false
    }
  }

  /** Everything here has been read. */
  async markRead(): Promise<void> {
    const newest = this.#newestId
    this.unread = 0
    void this.#ground.desktop?.setBadge(0)
    if (newest === null || newest === this.readId) return
    this.readId = newest
    try {
      await this.#ground.session.rest.v1.markers.create({ notifications: { lastReadId: newest } })
    } catch {
      // It is marked again at the next opening.
    }
  }

  /** Takes a row away; for a moment it can be brought back. */
  dismiss(group: NoticeGroup): void {
    if (this.#held.has(group.key)) return
    this.#away.add(group.key)
    this.#held.set(
      group.key,
      setTimeout(() => this.#sendDismissal(group.key), HOLD),
    )
    this.#ground.toasts.show({
      text: m.notices_dismissed(),
      lasts: HOLD,
      action: {
        label: m.ui_undo(),
        run: () => {
          clearTimeout(this.#held.get(group.key))
          this.#held.delete(group.key)
          this.#away.delete(group.key)
        },
      },
    })
  }

  /** A request has been answered: it leaves the list. */
  answered(accountId: string): void {
    this.requests = this.requests.filter((account) => account.id !== accountId)
    for (const shelf of this.#shelves.values()) {
      shelf.groups = shelf.groups.filter((group) => group.kind !== 'request' || group.accounts[0]?.id !== accountId)
    }
  }

  /** Who waits now. Nobody is told of a stranger who waits, so it is asked for whenever the notifications are looked at. */
  async lookForStrangers(): Promise<void> {
    if (this.phase !== 'ready') return
    try {
      this.strangers = await this.#ground.session.rest.v1.notifications.requests.list({ limit: 40 })
    } catch {
      // Those known so far stay; the next look asks again.
    }
  }

  /** Lets a stranger in, with what waited, or puts it away. */
  async letIn(stranger: Stranger, yes: boolean): Promise<void> {
    const request = this.#ground.session.rest.v1.notifications.requests.$select(stranger.id)
    try {
      await (yes ? request.accept() : request.dismiss())
      this.strangers = this.strangers.filter((one) => one.id !== stranger.id)
      if (yes) await this.#refresh()
    } catch (error) {
      const failure = failureOf(error)
      // Answered already: by a second press, or in another window.
      if (failure.kind === 'not-found') {
        this.strangers = this.strangers.filter((one) => one.id !== stranger.id)
        return
      }
      this.#ground.toasts.show({ text: wordsFor(failure), tone: 'assertive' })
    }
  }

  /** The owner's rules, once they are wanted. */
  async loadPolicy(): Promise<void> {
    try {
      this.policy = rulesOf(await this.#ground.session.rest.v2.notifications.policy.fetch())
    } catch {
      // Without them the choice is not shown; the next look asks again.
    }
  }

  async setRule(kind: keyof NoticePolicy, rule: NoticeRule): Promise<void> {
    const before = this.policy
    if (!before) return
    this.policy = { ...before, [kind]: rule }
    try {
      this.policy = rulesOf(await this.#ground.session.rest.v2.notifications.policy.update({ [kind]: rule }))
    } catch (error) {
      this.policy = before
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
    }
  }

  #shelf(filter: Segment): Shelf {
    const shelf = this.#shelves.get(filter) ?? this.#shelves.get('all')
    if (!shelf) throw new Error('There is no list of notifications')
    return shelf
  }

  async #load(): Promise<void> {
    const shelf = this.#shelf('all')
    const { v1 } = this.#ground.session.rest
    const more = Promise.all([
      v1.followRequests.list({ limit: 40 }),
      v1.notifications.requests.list({ limit: 40 }),
      v1.markers.fetch({ timeline: ['notifications'] }).catch(() => null),
    ])
    const first = shelf.phase !== 'ready'
    try {
      const [[requests, strangers, markers]] = await Promise.all([more, this.#fill('all', shelf)])
      if (shelf.failure) throw shelf.failure as unknown
      this.requests = requests
      this.strangers = strangers
      const read = markers?.notifications?.lastReadId ?? null
      if (this.readId === null || (read !== null && newerFirst(read, this.readId) < 0)) this.readId = read ?? '0'
      if (first) this.lineId = this.readId
      shelf.phase = 'ready'
      await this.#count()
    } catch (error) {
      shelf.failure ??= failureOf(error)
      shelf.phase = 'failed'
      this.#opening = null
    }
  }

  async #fill(filter: Segment, shelf: Shelf): Promise<void> {
    try {
      const { groups, length } = await this.#page(filter)
      shelf.failure = null
      shelf.groups = groups
      shelf.complete = length < PAGE
      if (filter !== 'all') shelf.phase = 'ready'
    } catch (error) {
      shelf.failure = failureOf(error)
      shelf.phase = 'failed'
      shelf.opening = null
    }
  }

  async #page(filter: Segment, before?: string): Promise<{ groups: NoticeGroup[]; length: number }> {
    const types = TYPES[filter]
    const page = await this.#ground.session.rest.v2.notifications.list({
      limit: PAGE,
      ...(before === undefined ? {} : { maxId: before }),
      ...(types ? { types: types as ('mention' | 'quote' | 'follow')[] } : {}),
    })
    this.#posts.putAll(page.statuses)
    const groups = noticesOf(page)
    const newest = groups[0]?.newestId
    if (newest !== undefined && (this.#newestId === null || newerFirst(newest, this.#newestId) < 0)) this.#newestId = newest
    return { groups, length: page.notificationGroups.length }
  }

  async #count(): Promise<void> {
    try {
      const { count } = await this.#ground.session.rest.v2.notifications.unreadCount.fetch({ limit: MOST_COUNTED })
      this.unread = count
    } catch {
      const read = this.readId ?? '0'
      this.unread = this.#shelf('all').groups.filter((group) => newerFirst(group.newestId, read) < 0).length
    }
  }

  async #refresh(): Promise<void> {
    if (this.phase !== 'ready') return
    for (const [filter, shelf] of this.#shelves) {
      if (shelf.phase !== 'ready') continue
      try {
        const { groups, length } = await this.#page(filter)
        shelf.groups = mergeNotices(shelf.groups, groups, length < PAGE)
      } catch {
        // The next arrival asks again.
      }
    }
    await this.#count()
  }

  #later(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      void this.#refresh()
    }, SOON)
  }

  #sendDismissal(key: string): void {
    clearTimeout(this.#held.get(key))
    this.#held.delete(key)
    this.#ground.session.rest.v2.notifications
      .$select(key)
      .dismiss()
      .then(() => {
        for (const shelf of this.#shelves.values()) shelf.groups = shelf.groups.filter((group) => group.key !== key)
        this.#away.delete(key)
      })
      .catch((error: unknown) => {
        this.#away.delete(key)
        this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      })
  }

  async #arrived(notification: Notification): Promise<void> {
    if (this.#newestId !== null && newerFirst(notification.id, this.#newestId) >= 0) return
    this.#newestId = notification.id
    if (notification.status) this.#posts.putAll([notification.status])
    this.unread = Math.min(this.unread + 1, MOST_COUNTED)
    this.#later()
    if (notification.type === 'follow_request')
      this.requests = [notification.account, ...this.requests.filter((account) => account.id !== notification.account.id)]
    const { desktop } = this.#ground
    if (!desktop) return
    void desktop.setBadge(this.unread)
    if (document.hasFocus() || this.#ground.session.state?.settings.notifications === false) return
    const { noticeWords } = await import('./notice-words.ts')
    const words = noticeWords(notification)
    if (words) void desktop.notify(words)
  }
}

const rulesOf = (policy: NotificationPolicy): NoticePolicy => ({
  forNotFollowing: policy.forNotFollowing,
  forNewAccounts: policy.forNewAccounts,
  forPrivateMentions: policy.forPrivateMentions,
})
