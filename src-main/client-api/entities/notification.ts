import { accountById } from '../../domain/accounts.ts'
import { groupKey } from '../../domain/notifications.ts'
import { ALERT_OF } from '../../domain/push.ts'
import { reactionById } from '../../domain/reactions.ts'
import { reportById } from '../../domain/reports.ts'
import { toAccount } from './account.ts'
import { file, iso } from './context.ts'
import { toReport } from './report.ts'
import { toStatus } from './status.ts'
import type { Account, LoadedPost, Notification, NotificationType } from '../../domain/types.ts'
import type { NotificationGroup } from '../../domain/notifications.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Notification and NotificationGroup. */

/** `move` is ours alone: apps that decode strictly lose the page over a type they do not know, so only those that ask for it get it. */
const WIRE = { ...ALERT_OF, move: 'move' } as const satisfies Record<NotificationType, Entity<'Notification'>['type']>

/** Ours for a name of theirs; none for a type that does not exist here (Moshidon asks for `reaction`: ignored, not an error). */
export const notificationTypes = (wire: string): NotificationType[] =>
  (Object.keys(WIRE) as NotificationType[]).filter((type) => WIRE[type] === wire)

/** These speak of people only; all others of a post, which must be there (a null one crashed Tusky). */
const aboutPeople = (type: NotificationType) => type === 'follow' || type === 'follow-request' || type === 'report' || type === 'move'

/** What only some types have: the emoji of a reaction, the report, the account somebody moved to. Null: it is gone. */
type Subject = Pick<Entity<'Notification'>, 'emoji' | 'emoji_url' | 'report' | 'target_account'>
function subject(at: Context, type: NotificationType, id: number | null): Subject | null {
  if (type !== 'reaction' && type !== 'report' && type !== 'move') return {}
  if (id === null) return null
  if (type === 'report') {
    const report = reportById(at.d, id)
    return report ? { report: toReport(at, report) } : null
  }
  if (type === 'reaction') {
    const reaction = reactionById(at.d, id)
    if (!reaction) return null
    // Mastodon's apps know a favourite; Pleroma's read these two.
    return { emoji: reaction.emoji, emoji_url: reaction.token === null ? null : file(at, reaction.token, 'original', reaction.mime) }
  }
  const target = accountById(at.d, id)
  return target ? { target_account: toAccount(at, target) } : null
}

/** Null when the account or the post it speaks of is gone: such a one is not shown. */
export function toNotification(
  at: Context,
  notification: Notification,
  accounts: ReadonlyMap<number, Account>,
  posts: ReadonlyMap<number, LoadedPost>,
): Entity<'Notification'> | null {
  const { type, postId } = notification
  const account = accounts.get(notification.accountId)
  const post = postId === null ? undefined : posts.get(postId)
  const more = subject(at, type, notification.subjectId)
  if (!account || !more || (!post && !aboutPeople(type))) return null
  return {
    id: String(notification.id),
    type: WIRE[type],
    created_at: iso(notification.createdAt),
    group_key: groupKey(notification),
    account: toAccount(at, account),
    ...(post && !aboutPeople(type) ? { status: toStatus(at, post) } : {}),
    ...more,
  }
}

export function toNotificationGroup(at: Context, group: NotificationGroup, posts: ReadonlySet<number>): Entity<'NotificationGroup'> | null {
  const withPost = !aboutPeople(group.type)
  const more = subject(at, group.type, group.subjectId)
  if (!more || (withPost && (group.postId === null || !posts.has(group.postId)))) return null
  return {
    group_key: group.key,
    notifications_count: group.count,
    type: WIRE[group.type],
    // A number, whatever is written about it: Ice Cubes decodes no text here.
    most_recent_notification_id: group.newestId,
    page_min_id: String(group.oldestId),
    page_max_id: String(group.newestId),
    latest_page_notification_at: iso(group.latestAt),
    sample_account_ids: group.sampleAccountIds.map(String),
    ...(withPost ? { status_id: String(group.postId) } : {}),
    ...more,
  }
}
