import { toAccount } from './account.ts'
import { iso } from './context.ts'
import { toStatus } from './status.ts'
import type { Account, LoadedPost, Notification, NotificationType } from '../../domain/types.ts'
import type { NotificationGroup } from '../../domain/notifications.ts'
import type { Context } from './context.ts'

/** Notification and NotificationGroup. */

const WIRE: Record<NotificationType, string> = {
  mention: 'mention',
  post: 'status',
  boost: 'reblog',
  favourite: 'favourite',
  follow: 'follow',
  'follow-request': 'follow_request',
  edit: 'update',
}
const OURS = new Map(Object.entries(WIRE).map(([ours, wire]) => [wire, ours as NotificationType]))

/** Ours for a name of theirs; null for a type that does not exist here (Moshidon asks for `reaction`: ignored, not an error). */
export const notificationType = (wire: string): NotificationType | null => OURS.get(wire) ?? null

/** These speak of people only; all others of a post, which must be there (a null one crashed Tusky). */
const aboutPeople = (type: NotificationType) => type === 'follow' || type === 'follow-request'

/** Null when the account or the post it speaks of is gone: such a one is not shown. */
export function toNotification(
  at: Context,
  notification: Notification,
  accounts: ReadonlyMap<number, Account>,
  posts: ReadonlyMap<number, LoadedPost>,
): Record<string, unknown> | null {
  const account = accounts.get(notification.accountId)
  const post = notification.postId === null ? undefined : posts.get(notification.postId)
  if (!account || (!post && !aboutPeople(notification.type))) return null
  return {
    id: String(notification.id),
    type: WIRE[notification.type],
    created_at: iso(notification.createdAt),
    group_key: `ungrouped-${notification.id}`,
    account: toAccount(at, account),
    ...(post && !aboutPeople(notification.type) ? { status: toStatus(at, post) } : {}),
  }
}

export function toNotificationGroup(group: NotificationGroup, posts: ReadonlySet<number>): Record<string, unknown> | null {
  const withPost = !aboutPeople(group.type)
  if (withPost && (group.postId === null || !posts.has(group.postId))) return null
  return {
    group_key: group.key,
    notifications_count: group.count,
    type: WIRE[group.type],
    most_recent_notification_id: String(group.newestId),
    page_min_id: String(group.oldestId),
    page_max_id: String(group.newestId),
    latest_page_notification_at: iso(group.latestAt),
    sample_account_ids: group.sampleAccountIds.map(String),
    ...(withPost ? { status_id: String(group.postId) } : {}),
  }
}
