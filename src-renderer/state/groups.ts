import type { GroupedNotifications, Notification } from '../api/mastodon.ts'
import { newerFirst } from './rows.ts'

export type NoticeKind =
  | 'mention'
  | 'favourite'
  | 'reaction'
  | 'boost'
  | 'follow'
  | 'request'
  | 'poll'
  | 'edit'
  | 'quote-edit'
  | 'post'
  | 'quote'
  | 'report'
  | 'move'

/** One row of the notifications: our own server puts favourites, boosts and follows of the same thing together. */
export interface NoticeGroup {
  /** The server's name for it: stays the same while the group grows. */
  key: string
  kind: NoticeKind
  /** Of the newest notification in the group. */
  newestId: string
  at: string
  /** The newest few of the people. */
  accounts: Notification['account'][]
  /** All of them. */
  count: number
  postId: string | null
  /** The reaction: a character, or a picture and its shortcode. */
  emoji: { name: string; url: string | null } | null
  /** Where somebody has moved. */
  target: Notification['account'] | null
}

/** What our server adds to a notification, or a group of them, of Mastodon's shape. */
interface Told {
  emoji?: string
  emojiUrl?: string | null
  targetAccount?: Notification['account'] | null
}

const KINDS: Record<string, NoticeKind> = {
  mention: 'mention',
  favourite: 'favourite',
  reblog: 'boost',
  follow: 'follow',
  follow_request: 'request',
  poll: 'poll',
  update: 'edit',
  status: 'post',
  quote: 'quote',
  quoted_update: 'quote-edit',
  'admin.report': 'report',
  move: 'move',
}

/** The picture somebody answered with, if that is what a notification tells. */
export function reactionOf(notification: { type: string }): { name: string; url: string | null } | null {
  const { emoji, emojiUrl } = notification as Told
  return notification.type === 'favourite' && emoji ? { name: emoji, url: emojiUrl ?? null } : null
}

/** The rows of a page, newest first. Kinds this window does not know are left out. */
export function noticesOf(page: GroupedNotifications): NoticeGroup[] {
  const accounts = new Map(page.accounts.map((account) => [account.id, account]))
  return page.notificationGroups.flatMap((group): NoticeGroup[] => {
    const emoji = reactionOf(group)
    const kind = emoji ? 'reaction' : KINDS[group.type]
    if (!kind) return []
    const ids = group.sampleAccountIds as unknown as string[]
    return [
      {
        key: group.groupKey,
        kind,
        newestId: String(group.mostRecentNotificationId),
        at: group.latestPageNotificationAt ?? '',
        accounts: ids.flatMap((id) => accounts.get(id) ?? []),
        count: group.notificationsCount,
        postId: 'statusId' in group ? group.statusId : null,
        emoji,
        target: (group as Told).targetAccount ?? null,
      },
    ]
  })
}

/** Puts a newer page above what is known: a group that has grown moves up, and stands nowhere twice. `whole`: the page is all there is. */
export function mergeNotices(known: readonly NoticeGroup[], page: readonly NoticeGroup[], whole: boolean): NoticeGroup[] {
  const keys = new Set(page.map((group) => group.key))
  const oldest = page.at(-1)?.newestId
  const rest = whole || oldest === undefined ? [] : known.filter((group) => !keys.has(group.key) && newerFirst(group.newestId, oldest) > 0)
  return [...page, ...rest].toSorted((a, b) => newerFirst(a.newestId, b.newestId))
}
