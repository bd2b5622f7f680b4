import { accountById } from '../domain/accounts.ts'
import { plainText } from '../domain/html.ts'
import { notificationById, unreadCount } from '../domain/notifications.ts'
import { settings } from '../domain/owner.ts'
import { postById } from '../domain/posts.ts'
import { markers } from '../domain/reading.ts'
import { languageOf, wordsIn } from '../http/words.ts'
import type { Domain } from '../domain/domain.ts'
import type { Host } from '../domain/ports.ts'
import type { NotificationType } from '../domain/types.ts'
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
    const title = notification && TITLES[notification.type]
    const account = notification && accountById(d, notification.accountId)
    if (!title || !account || !settings(d).notifications) return
    const post = notification.postId === null ? null : postById(d, notification.postId)
    host.notify({
      title: wordsOf(d).say(title, { name: account.displayName || `@${account.username}` }),
      body: post ? (post.warning || (post.source ?? plainText(post.content))).slice(0, BODY) : '',
      route: post ? `/post/${post.id}` : '/notifications',
    })
  })
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
