import { MISSING_AVATAR } from '../client-api/pictures.ts'
import { accountById } from '../domain/accounts.ts'
import { plainText } from '../domain/html.ts'
import { notificationById, unreadCount } from '../domain/notifications.ts'
import { settings } from '../domain/owner.ts'
import { postById } from '../domain/posts.ts'
import { markers } from '../domain/reading.ts'
import { mediaPath } from '../domain/uris.ts'
import { languageOf, wordsIn } from '../http/words.ts'
import type { Domain } from '../domain/domain.ts'
import type { ConnectionReason, ConnectivityControl } from '../delivery/connectivity.ts'
import type { Timers } from '../delivery/pump.ts'
import type { Host } from '../domain/ports.ts'
import type { Notification, NotificationType } from '../domain/types.ts'
import type { WordKey } from '../http/words.ts'
import type { KeyNotice } from '../store/keys.ts'

const TITLES: Partial<Record<NotificationType, WordKey>> = {
  mention: 'notice_mention',
  post: 'notice_post',
  boost: 'notice_boost',
  favourite: 'notice_favourite',
  follow: 'notice_follow',
  'follow-request': 'notice_follow_request',
  poll: 'notice_poll',
  quote: 'notice_quote',
  reaction: 'notice_reaction',
  report: 'notice_report',
  move: 'notice_move',
}
/** What the computer says nothing of, but an app may ask for. */
const PUSHED: Partial<Record<NotificationType, WordKey>> = { edit: 'notice_edit', 'quote-edit': 'notice_quote_edit' }
const BODY = 140

/** The owner's choice of language; null follows the system. */
export function chosenLanguage(d: Domain): 'en' | 'fr' | null {
  const { language } = settings(d)
  return language === 'system' ? null : language
}

const wordsOf = (d: Domain) => wordsIn(chosenLanguage(d) ?? languageOf(Intl.DateTimeFormat().resolvedOptions().locale))

/**
 * Notifications of the operating system while no window is open to make its own: only then, so that nothing is said twice. Returns the
 * way to stop.
 */
export function notifyHost(d: Domain, host: Host, windows: () => number): () => void {
  return d.events.listen((event) => {
    if (event.type !== 'notified' || windows() > 0) return
    const read = markers(d).find((marker) => marker.timeline === 'notifications')?.lastReadId ?? 0
    host.badge(unreadCount(d, read))
    const notification = notificationById(d, event.data.notificationId)
    const said = notification && settings(d).notifications ? sayNotice(d, notification, TITLES) : null
    if (!said) return
    host.notify({ title: said.title, body: said.body, route: said.postId === null ? '/notifications' : `/post/${said.postId}` })
  })
}

/** What needs the owner is told to the computer only when it has lasted: what passes by itself is nobody's business. */
export const TROUBLE_MS = 30 * 60_000
/** A timer does not run while the machine sleeps: the clock is looked at this often meanwhile. */
const TROUBLE_LOOK_MS = 60_000

const TROUBLES: Partial<Record<ConnectionReason, WordKey>> = {
  'disk-full': 'notice_trouble_disk_full',
  'clock-skew': 'notice_trouble_clock_skew',
  'wrong-key': 'notice_trouble_wrong_key',
  'name-taken': 'notice_trouble_name_taken',
}

/** One notification of the operating system once something has needed the owner for half an hour. Returns the way to stop. */
export function notifyTrouble(
  d: Domain,
  host: Pick<Host, 'notify'>,
  parts: { connectivity: Pick<ConnectivityControl, 'status' | 'onChange'>; timers: Timers },
): () => void {
  const { connectivity, timers } = parts
  let since: number | null = null
  let said = false
  let timer: unknown = null

  const look = () => {
    timers.clear(timer)
    const { state, reason } = connectivity.status()
    if (state !== 'action-needed') {
      since = null
      said = false
      return
    }
    since ??= d.now()
    if (said) return
    if (d.now() - since < TROUBLE_MS) {
      timer = timers.set(look, TROUBLE_LOOK_MS)
      return
    }
    said = true
    const { say } = wordsOf(d)
    const body = reason ? TROUBLES[reason] : undefined
    if (settings(d).notifications) host.notify({ title: say('notice_trouble'), body: body ? say(body) : '', route: '/health' })
  }
  const off = connectivity.onChange(look)
  look()
  return () => {
    off()
    timers.clear(timer)
  }
}

/** A notification in the owner's language; of a post behind a warning, the warning. Null: there are no words for it, or its author is gone. */
function sayNotice(d: Domain, notification: Notification, titles: Partial<Record<NotificationType, WordKey>>) {
  const title = titles[notification.type]
  const account = title ? accountById(d, notification.accountId) : null
  if (!title || !account) return null
  const post = notification.postId === null ? null : postById(d, notification.postId)
  const words = wordsOf(d)
  return {
    title: words.say(title, { name: account.displayName || `@${account.username}` }),
    body: post ? (post.warning || (post.source ?? plainText(post.content))).slice(0, BODY) : '',
    language: words.language,
    postId: post?.id ?? null,
    account,
  }
}

/** The words of a push, and the picture of who it is about at an address that a phone can fetch (`base`). Null: nothing to tell. */
export function describePush(
  d: Domain,
  base: () => string,
): (notification: Notification) => {
  title: string
  body: string
  icon: string
  language: string
} | null {
  return (notification) => {
    const said = sayNotice(d, notification, { ...TITLES, ...PUSHED })
    if (!said) return null
    const { title, body, language, account } = said
    const icon = base() + (account.avatar ? mediaPath(account.avatar.token, 'original', account.avatar.mime) : MISSING_AVATAR)
    return { title, body, icon, language }
  }
}

/** What the owner should know of the key store (design 16), as a notification. */
export function sayKeyNotices(d: Domain, host: Host, notices: readonly KeyNotice[]): void {
  const { say } = wordsOf(d)
  for (const { code } of notices) {
    if (code === 'recovery-missing') continue
    const body: Record<typeof code, WordKey> = {
      'key-store-changed': 'notice_key_store_changed',
      'key-store-unavailable': 'notice_key_store_unavailable',
      'key-store-weak': 'notice_key_store_weak',
    }
    host.notify({ title: say('notice_keys'), body: say(body[code]), route: '/settings' })
  }
}
