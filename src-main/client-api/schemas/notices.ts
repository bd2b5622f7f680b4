import { count, date, dateOrNull, entity, flag, id, listOf, numberId, oneOf, orNull, ref, text, urlOrNull } from './words.ts'

/** What the owner is told, and how they sort it: notifications, filters, lists, conversations, markers, push. */

/** `move` is ours alone, and only told to who asks for it. */
const NOTIFICATION_TYPE = oneOf(
  'mention',
  'status',
  'reblog',
  'favourite',
  'follow',
  'follow_request',
  'update',
  'poll',
  'quote',
  'quoted_update',
  'admin.report',
  'move',
)
const RULE = oneOf('accept', 'filter', 'drop')
const FILTER_CONTEXT = oneOf('home', 'notifications', 'public', 'thread', 'account')

const filter = {
  id,
  title: text,
  context: listOf(FILTER_CONTEXT),
  expires_at: dateOrNull,
  filter_action: oneOf('warn', 'hide', 'blur'),
  keywords: listOf(ref('FilterKeyword')),
  statuses: listOf(ref('FilterStatus')),
} as const

/** Of a reaction with an emoji, a report, a move. */
const subject = { emoji: text, emoji_url: urlOrNull, report: ref('Report'), target_account: ref('Account') } as const
const SUBJECTS = ['emoji', 'emoji_url', 'report', 'target_account'] as const

export const NOTICES = {
  Notification: entity(
    {
      id,
      type: NOTIFICATION_TYPE,
      created_at: date,
      group_key: text,
      account: ref('Account'),
      status: ref('Status'),
      filtered: flag,
      ...subject,
    },
    ['status', 'filtered', ...SUBJECTS],
  ),
  NotificationGroup: entity(
    {
      group_key: text,
      notifications_count: count,
      type: NOTIFICATION_TYPE,
      most_recent_notification_id: numberId,
      page_min_id: id,
      page_max_id: id,
      latest_page_notification_at: date,
      sample_account_ids: listOf(id),
      status_id: id,
      ...subject,
    },
    ['status_id', ...SUBJECTS],
  ),
  PartialAccount: entity({ id, acct: text, locked: flag, bot: flag, url: text, avatar: text, avatar_static: text }),
  GroupedNotifications: entity(
    {
      accounts: listOf(ref('Account')),
      partial_accounts: listOf(ref('PartialAccount')),
      statuses: listOf(ref('Status')),
      notification_groups: listOf(ref('NotificationGroup')),
    },
    ['partial_accounts'],
  ),
  UnreadCount: entity({ count }),
  NotificationPolicy: entity(
    {
      for_not_following: RULE,
      for_not_followers: RULE,
      for_new_accounts: RULE,
      for_private_mentions: RULE,
      for_limited_accounts: RULE,
      for_bots: RULE,
      summary: entity({ pending_requests_count: count, pending_notifications_count: count }),
    },
    ['for_bots'],
  ),
  NotificationRequest: entity(
    { id, created_at: date, updated_at: date, notifications_count: text, account: ref('Account'), last_status: ref('Status') },
    ['last_status'],
  ),
  NotificationsMerged: entity({ merged: flag }),
  Filter: entity(filter),
  FilterKeyword: entity({ id, keyword: text, whole_word: flag }),
  FilterStatus: entity({ id, status_id: id }),
  FilterResult: entity({
    filter: entity(filter, ['keywords', 'statuses']),
    keyword_matches: orNull(listOf(text)),
    status_matches: orNull(listOf(id)),
  }),
  V1Filter: entity({
    id,
    phrase: text,
    context: listOf(FILTER_CONTEXT),
    whole_word: flag,
    expires_at: dateOrNull,
    irreversible: flag,
  }),
  List: entity({ id, title: text, replies_policy: oneOf('followed', 'list', 'none'), exclusive: flag }),
  Conversation: entity({ id, unread: flag, accounts: listOf(ref('Account')), last_status: orNull(ref('Status')) }),
  Marker: entity({ last_read_id: id, version: count, updated_at: date }),
  Markers: entity({ home: ref('Marker'), notifications: ref('Marker') }, ['home', 'notifications']),
  WebPushSubscription: entity({
    id,
    endpoint: text,
    standard: flag,
    alerts: entity(
      {
        mention: flag,
        status: flag,
        reblog: flag,
        follow: flag,
        follow_request: flag,
        favourite: flag,
        poll: flag,
        update: flag,
        quote: flag,
        quoted_update: flag,
        'admin.sign_up': flag,
        'admin.report': flag,
      },
      ['quote', 'quoted_update', 'admin.sign_up', 'admin.report'],
    ),
    policy: oneOf('all', 'followed', 'follower', 'none'),
    server_key: text,
  }),
} as const
