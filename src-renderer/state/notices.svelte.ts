import { m } from '../locales/generated/messages.js'
import { failureOf, type Account, type Failure, type Notification, type NotificationRequest as Stranger } from '../api/mastodon.ts'
import type { Ground } from './ground.ts'
import { groupNotices, reactionOf, type NoticeGroup } from './groups.ts'
import { plainText } from './plain.ts'
import { wordsFor, type Posts } from './posts.svelte.ts'
import { newerFirst } from './rows.ts'
import { to } from './router.svelte.ts'

export type NoticeFilter = 'all' | 'mentions' | 'follows' | 'requests'

const SHOWN: Record<NoticeFilter, ((kind: NoticeGroup['kind']) => boolean) | null> = {
  all: null,
  mentions: (kind) => kind === 'mention' || kind === 'quote',
  follows: (kind) => kind === 'follow',
  requests: () => false,
}

/** Notifications, the follow requests that wait, and how far they have been read (Mastodon's marker). */
export class Notices {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  failure: Failure | null = $state.raw(null)
  complete = $state(false)
  loadingMore = $state(false)
  requests: Account[] = $state.raw([])
  /** Strangers who mentioned the owner in a way that mostly is a nuisance: they wait to be let in. */
  strangers: Stranger[] = $state.raw([])
  readId: string | null = $state(null)
  /** The unread line stands above this notification: what was newest when the view was opened. */
  lineId: string | null = $state(null)
  #all: Notification[] = $state.raw([])
  #ground: Ground
  #posts: Posts
  #opening: Promise<void> | null = null

  constructor(ground: Ground, posts: Posts) {
    this.#ground = ground
    this.#posts = posts
    ground.live.onstream((event) => {
      if (event.type === 'notification') this.#arrived(event.notification)
      else if (event.type === 'reconnected' && this.phase === 'ready') void this.#load()
    })
  }

  /** How many have not been read. */
  get unread(): number {
    const read = this.readId
    return read === null ? this.#all.length : this.#all.filter((one) => newerFirst(one.id, read) < 0).length
  }

  /** The rows of a segment, newest first. */
  groups(filter: NoticeFilter): NoticeGroup[] {
    const shown = SHOWN[filter]
    const alive = this.#all.filter((one) => !one.status || !this.#posts.isHidden(one.status))
    const groups = groupNotices(alive)
    return shown ? groups.filter((group) => shown(group.kind)) : groups
  }

  /** Loads the first page; repeated calls do nothing. */
  open(): Promise<void> {
    this.#opening ??= this.#load()
    return this.#opening
  }

  retry(): Promise<void> {
    this.#opening = null
    this.phase = 'loading'
    return this.open()
  }

  async more(): Promise<void> {
    const oldest = this.#all.at(-1)
    if (this.loadingMore || this.complete || !oldest) return
    this.loadingMore = true
    try {
      const older = await this.#ground.session.rest.v1.notifications.list({ limit: 40, maxId: oldest.id })
      this.complete = older.length === 0
      this.#take([...this.#all, ...older])
    } catch (error) {
      this.failure = failureOf(error)
    } finally {
      this.loadingMore = false
    }
  }

  /** Everything here has been read. */
  async markRead(): Promise<void> {
    const newest = this.#all[0]
    if (!newest || newest.id === this.readId) return
    this.readId = newest.id
    void this.#ground.desktop?.setBadge(0)
    try {
      await this.#ground.session.rest.v1.markers.create({ notifications: { lastReadId: newest.id } })
    } catch {
      // It is marked again at the next opening.
    }
  }

  /** A request has been answered: it leaves the list. */
  answered(accountId: string): void {
    this.requests = this.requests.filter((account) => account.id !== accountId)
    this.#all = this.#all.filter((one) => one.type !== 'follow_request' || one.account.id !== accountId)
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
      if (yes) await this.#load()
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

  async #load(): Promise<void> {
    try {
      const rest = this.#ground.session.rest
      const [list, requests, strangers, markers] = await Promise.all([
        rest.v1.notifications.list({ limit: 40 }),
        rest.v1.followRequests.list({ limit: 40 }),
        rest.v1.notifications.requests.list({ limit: 40 }),
        rest.v1.markers.fetch({ timeline: ['notifications'] }).catch(() => null),
      ])
      this.complete = list.length === 0
      this.requests = requests
      this.strangers = strangers
      const read = markers?.notifications?.lastReadId ?? null
      if (this.readId === null || (read !== null && newerFirst(read, this.readId) < 0)) this.readId = read ?? '0'
      if (this.phase !== 'ready') this.lineId = this.readId
      this.#take(list)
      this.phase = 'ready'
    } catch (error) {
      this.failure = failureOf(error)
      this.phase = 'failed'
      this.#opening = null
    }
  }

  #take(list: readonly Notification[]): void {
    this.#posts.putAll(list.flatMap((one) => (one.status ? [one.status] : [])))
    this.#all = list.toSorted((a, b) => newerFirst(a.id, b.id))
  }

  #arrived(notification: Notification): void {
    if (this.#all.some((one) => one.id === notification.id)) return
    this.#take([notification, ...this.#all])
    if (notification.type === 'follow_request')
      this.requests = [notification.account, ...this.requests.filter((account) => account.id !== notification.account.id)]
    const { desktop } = this.#ground
    if (!desktop) return
    void desktop.setBadge(this.unread)
    if (document.hasFocus() || this.#ground.session.state?.settings.notifications === false) return
    const name = notification.account.displayName || `@${notification.account.acct}`
    const title = this.#title(notification, name)
    if (!title) return
    void desktop.notify({
      title,
      body: notification.status ? notification.status.spoilerText || plainText(notification.status.content) : '',
      route: (notification.status ? to.post(notification.status.id) : to.notifications()).replace(/^\/app/, ''),
    })
  }

  #title(notification: Notification, name: string): string | null {
    const reaction = reactionOf(notification)
    if (reaction) return m.notice_system_reaction({ name, emoji: reaction.url ? `:${reaction.name}:` : reaction.name })
    switch (notification.type as string) {
      case 'quote':
        return m.notice_system_quote({ name })
      case 'mention':
        return m.notice_system_mention({ name })
      case 'favourite':
        return m.notice_system_favourite({ name })
      case 'reblog':
        return m.notice_system_boost({ name })
      case 'follow':
        return m.notice_system_follow({ name })
      case 'follow_request':
        return m.notice_system_request({ name })
      default:
        return null
    }
  }
}
