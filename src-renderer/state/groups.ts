import type { Notification } from '../api/mastodon.ts'

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

/** One row of the notifications: favourites, boosts and follows of the same thing are one row. */
export interface NoticeGroup {
  /** Stays the same while the group grows. */
  key: string
  kind: NoticeKind
  /** Of the newest notification in the group. */
  newestId: string
  at: string
  accounts: Notification['account'][]
  postId: string | null
  /** The reaction: a character, or a picture and its shortcode. */
  emoji: { name: string; url: string | null } | null
  /** Where somebody has moved. */
  target: Notification['account'] | null
}

/** What our server adds to a notification of Mastodon's shape. */
type Told = Notification & { emoji?: string; emojiUrl?: string | null; targetAccount?: Notification['account'] | null }

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

const GROUPED = new Set<NoticeKind>(['favourite', 'boost', 'follow'])
/** Follows are grouped while no more than this lies between them: a new day is a new row. */
const FOLLOWS_WITHIN = 24 * 3_600_000

/** The picture somebody answered with, if that is what a notification tells. */
export function reactionOf(notification: Notification): { name: string; url: string | null } | null {
  const { type, emoji, emojiUrl } = notification as Told
  return type === 'favourite' && emoji ? { name: emoji, url: emojiUrl ?? null } : null
}

/** Groups notifications (newest first) by what they are about. Kinds this window does not know are left out. */
export function groupNotices(notifications: readonly Notification[]): NoticeGroup[] {
  const groups: NoticeGroup[] = []
  const byTarget = new Map<string, NoticeGroup>()
  for (const notification of notifications as readonly Told[]) {
    const emoji = reactionOf(notification)
    const kind = emoji ? 'reaction' : KINDS[notification.type]
    if (!kind) continue
    const postId = notification.status?.id ?? null
    const target = `${kind}:${postId ?? ''}`
    const open = GROUPED.has(kind) ? byTarget.get(target) : undefined
    const near = kind !== 'follow' || !open || Date.parse(open.at) - Date.parse(notification.createdAt) <= FOLLOWS_WITHIN
    if (open && near) {
      if (!open.accounts.some((account) => account.id === notification.account.id)) open.accounts.push(notification.account)
      open.key = `${target}:${notification.id}`
      continue
    }
    const group: NoticeGroup = {
      key: `${target}:${notification.id}`,
      kind,
      newestId: notification.id,
      at: notification.createdAt,
      accounts: [notification.account],
      postId,
      emoji,
      target: notification.targetAccount ?? null,
    }
    groups.push(group)
    if (GROUPED.has(kind)) byTarget.set(target, group)
  }
  return groups
}
