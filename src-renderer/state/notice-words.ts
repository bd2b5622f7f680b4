import { m } from '../locales/generated/messages.js'
import type { Notification } from '../api/mastodon.ts'
import { reactionOf } from './groups.ts'
import { plainText } from './plain.ts'
import { to } from './router.svelte.ts'

/** A notification as the system shows it; null for those that it does not. */
export function noticeWords(notification: Notification): { title: string; body: string; route: string } | null {
  const { account, status } = notification
  const title = titleOf(notification, account.displayName || `@${account.acct}`)
  if (!title) return null
  return {
    title,
    body: status ? status.spoilerText || plainText(status.content) : '',
    route: (status ? to.post(status.id) : to.notifications()).replace(/^\/app/, ''),
  }
}

function titleOf(notification: Notification, name: string): string | null {
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
