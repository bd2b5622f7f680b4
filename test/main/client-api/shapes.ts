import type { Json } from './instance.ts'

/**
 * What may never be null, written by hand from `mastodon-api.md` 2.6 (strict phone clients lose a whole page over one field). Checked on
 * every answer of every test in this folder. `?` after a kind: null is allowed, absence is not. `-`: may be absent, but not null.
 */

type Kind = string | ((value: Json, path: string) => string[])
export type Shape = Record<string, Kind>

const KINDS: Record<string, (value: Json) => boolean> = {
  text: (v) => typeof v === 'string',
  id: (v) => typeof v === 'string' && /^[0-9]{1,19}$/.test(v),
  url: (v) => typeof v === 'string' && URL.canParse(v) && /^(https?|wss?):/.test(v),
  picture: (v) =>
    typeof v === 'string' &&
    /^https?:\/\/[^/]+\/(media\/[\w-]{16,}\/(original|small)(\.\w+)?(\?v=[0-9a-f]{8})?|(avatars|headers)\/original\/missing\.png)$/.test(v),
  cardType: (v) => ['link', 'photo', 'video', 'rich'].includes(v),
  name: (v) => typeof v === 'string' && v !== '',
  filterAction: (v) => ['warn', 'hide', 'blur'].includes(v),
  repliesPolicy: (v) => ['followed', 'list', 'none'].includes(v),
  rule: (v) => ['accept', 'filter', 'drop'].includes(v),
  date: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(v) && !Number.isNaN(Date.parse(v)),
  day: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\d$/.test(v),
  count: (v) => Number.isSafeInteger(v) && v >= 0,
  flag: (v) => typeof v === 'boolean',
  list: (v) => Array.isArray(v),
  object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  visibility: (v) => ['public', 'unlisted', 'private', 'direct'].includes(v),
  quotable: (v) => ['automatic', 'manual', 'denied', 'unknown'].includes(v),
  quoteState: (v) =>
    ['pending', 'accepted', 'rejected', 'revoked', 'deleted', 'unauthorized', 'blocked_account', 'muted_account'].includes(v),
  mediaType: (v) => ['unknown', 'image', 'gifv', 'video', 'audio'].includes(v),
  notificationType: (v) =>
    [
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
    ].includes(v),
}

const listOf =
  (shape: () => Shape): Kind =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((entry, i) => problemsOf(entry, shape(), `${path}[${i}]`)) : [`${path} is no list`]
const one =
  (shape: () => Shape): Kind =>
  (value, path) =>
    problemsOf(value, shape(), path)
const oneOrNull =
  (shape: () => Shape): Kind =>
  (value, path) =>
    value === null ? [] : problemsOf(value, shape(), path)

/** What is wrong with a value, one line each; nothing if it has the shape. */
export function problemsOf(value: Json, shape: Shape, path = '$'): string[] {
  if (!KINDS.object?.(value)) return [`${path} is no object: ${JSON.stringify(value)}`]
  return Object.entries(shape).flatMap(([key, kind]) => {
    const name = key.replace(/-$/, '')
    const found = value[name]
    if (found === undefined) return key.endsWith('-') ? [] : [`${path}.${name} is missing`]
    if (typeof kind === 'function') return kind(found, `${path}.${name}`)
    if (found === null) return kind.endsWith('?') ? [] : [`${path}.${name} is null`]
    return KINDS[kind.replace('?', '')]?.(found) ? [] : [`${path}.${name} is no ${kind}: ${JSON.stringify(found)}`]
  })
}

const emoji = (): Shape => ({ shortcode: 'text', url: 'picture', static_url: 'picture', visible_in_picker: 'flag' })
const field = (): Shape => ({ name: 'text', value: 'text', verified_at: 'date?' })

export const account = (): Shape => ({
  id: 'id',
  username: 'text',
  acct: 'text',
  display_name: 'text',
  note: 'text',
  url: 'url',
  uri: 'url',
  avatar: 'picture',
  avatar_static: 'picture',
  header: 'picture',
  header_static: 'picture',
  locked: 'flag',
  bot: 'flag',
  group: 'flag',
  discoverable: 'flag?',
  created_at: 'date',
  followers_count: 'count',
  following_count: 'count',
  statuses_count: 'count',
  last_status_at: 'day?',
  emojis: listOf(emoji),
  fields: listOf(field),
  roles: 'list',
  'moved-': one(account),
})
export const credentialAccount = (): Shape => ({
  ...account(),
  source: one(() => ({
    note: 'text',
    fields: listOf(field),
    privacy: 'visibility',
    sensitive: 'flag',
    language: 'text',
    quote_policy: 'text',
    follow_requests_count: 'count',
    hide_collections: 'flag',
    discoverable: 'flag',
    indexable: 'flag',
    attribution_domains: 'list',
  })),
  role: one(() => ({ id: 'text', name: 'text', permissions: 'text', color: 'text', highlighted: 'flag' })),
})
export const media = (): Shape => ({
  id: 'id',
  type: 'mediaType',
  url: 'picture',
  preview_url: 'picture',
  remote_url: 'url?',
  meta: 'object',
  description: 'text?',
  blurhash: 'text?',
})
/** While an upload is worked on, and only then, it has no address. */
const unfinished = (): Shape => ({ ...media(), url: 'picture?', preview_url: 'picture?' })
const mention = (): Shape => ({ id: 'id', username: 'text', url: 'url', acct: 'text' })
export const tag = (): Shape => ({ name: 'text', url: 'url' })

export const poll = (): Shape => ({
  id: 'id',
  expires_at: 'date?',
  expired: 'flag',
  multiple: 'flag',
  votes_count: 'count',
  voters_count: 'count?',
  voted: 'flag',
  own_votes: 'list',
  options: listOf(() => ({ title: 'text', votes_count: 'count?' })),
  emojis: listOf(emoji),
})
const card = (): Shape => ({
  url: 'url',
  title: 'text',
  description: 'text',
  type: 'cardType',
  author_name: 'text',
  author_url: 'text',
  provider_name: 'text',
  provider_url: 'text',
  html: 'text',
  width: 'count',
  height: 'count',
  image: 'picture?',
  embed_url: 'text',
  authors: listOf(() => ({ name: 'text', url: 'text', account: oneOrNull(account) })),
})
const filtered = (): Shape => ({
  filter: one(() => ({ id: 'id', title: 'text', context: 'list', expires_at: 'date?', filter_action: 'filterAction' })),
  keyword_matches: 'list?',
  status_matches: 'list?',
})
const quote = (): Shape => ({ state: 'quoteState', 'quoted_status_id-': 'id?', 'quoted_status-': oneOrNull(status) })

export const status = (): Shape => ({
  id: 'id',
  uri: 'url',
  url: 'url',
  created_at: 'date',
  account: one(account),
  content: 'text',
  visibility: 'visibility',
  sensitive: 'flag',
  spoiler_text: 'text',
  media_attachments: listOf(media),
  mentions: listOf(mention),
  tags: listOf(tag),
  emojis: listOf(emoji),
  replies_count: 'count',
  reblogs_count: 'count',
  favourites_count: 'count',
  quotes_count: 'count',
  favourited: 'flag',
  reblogged: 'flag',
  muted: 'flag',
  bookmarked: 'flag',
  filtered: listOf(filtered),
  in_reply_to_id: 'id?',
  in_reply_to_account_id: 'id?',
  reblog: oneOrNull(status),
  poll: oneOrNull(poll),
  card: oneOrNull(card),
  language: 'text?',
  edited_at: 'date?',
  quote: oneOrNull(quote),
  quote_approval: one(() => ({ automatic: 'list', manual: 'list', current_user: 'quotable' })),
  emoji_reactions: listOf(() => ({ name: 'text', url: 'picture?', count: 'count', me: 'flag' })),
  'pinned-': 'flag',
})
export const relationship = (): Shape => ({
  id: 'id',
  following: 'flag',
  showing_reblogs: 'flag',
  notifying: 'flag',
  languages: 'list?',
  followed_by: 'flag',
  blocking: 'flag',
  blocked_by: 'flag',
  muting: 'flag',
  muting_notifications: 'flag',
  requested: 'flag',
  requested_by: 'flag',
  domain_blocking: 'flag',
  endorsed: 'flag',
  note: 'text',
})
const report = (): Shape => ({
  id: 'id',
  action_taken: 'flag',
  action_taken_at: 'date?',
  category: 'text',
  comment: 'text',
  forwarded: 'flag',
  created_at: 'date',
  status_ids: 'list',
  rule_ids: 'list',
  target_account: one(account),
})
export const notification = (): Shape => ({
  id: 'id',
  type: 'notificationType',
  created_at: 'date',
  group_key: 'text',
  account: one(account),
  'status-': one(status),
  'report-': one(report),
  'target_account-': one(account),
  'emoji-': 'text',
})
const group = (): Shape => ({
  group_key: 'text',
  notifications_count: 'count',
  type: 'notificationType',
  most_recent_notification_id: 'count',
  page_min_id: 'id',
  page_max_id: 'id',
  latest_page_notification_at: 'date',
  sample_account_ids: 'list',
  'status_id-': 'id',
})
const edit = (): Shape => ({
  content: 'text',
  spoiler_text: 'text',
  sensitive: 'flag',
  created_at: 'date',
  account: one(account),
  poll: oneOrNull(() => ({ options: listOf(pollQuestion) })),
  media_attachments: listOf(media),
  emojis: listOf(emoji),
})
const configuration = (): Shape => ({
  accounts: 'object',
  statuses: one(() => ({ max_characters: 'count', max_media_attachments: 'count', characters_reserved_per_url: 'count' })),
  media_attachments: one(() => ({
    supported_mime_types: 'list',
    description_limit: 'count',
    image_size_limit: 'count',
    image_matrix_limit: 'count',
    video_size_limit: 'count',
    video_frame_rate_limit: 'count',
    video_matrix_limit: 'count',
  })),
  polls: one(() => ({ max_options: 'count', max_characters_per_option: 'count', min_expiration: 'count', max_expiration: 'count' })),
})
const instance = (): Shape => ({
  domain: 'text',
  title: 'text',
  version: 'text',
  source_url: 'url',
  description: 'text',
  usage: one(() => ({ users: one(() => ({ active_month: 'count' })) })),
  thumbnail: one(() => ({ url: 'picture' })),
  icon: 'list',
  languages: 'list',
  configuration: one(() => ({
    ...configuration(),
    urls: one(() => ({ streaming: 'url', about: 'url?', status: 'url?', privacy_policy: 'url?', terms_of_service: 'url?' })),
    vapid: one(() => ({ public_key: 'text' })),
    translation: one(() => ({ enabled: 'flag' })),
    timelines_access: 'object',
    limited_federation: 'flag',
  })),
  registrations: one(() => ({ enabled: 'flag', approval_required: 'flag', message: 'text?', url: 'url?' })),
  api_versions: one(() => ({ mastodon: 'count' })),
  contact: one(() => ({ email: 'text', account: oneOrNull(account) })),
  rules: 'list',
})
const instanceV1 = (): Shape => ({
  uri: 'text',
  title: 'text',
  short_description: 'text',
  description: 'text',
  email: 'text',
  version: 'text',
  urls: one(() => ({ streaming_api: 'url' })),
  stats: one(() => ({ user_count: 'count', status_count: 'count', domain_count: 'count' })),
  thumbnail: 'picture',
  languages: 'list',
  registrations: 'flag',
  approval_required: 'flag',
  invites_enabled: 'flag',
  max_toot_chars: 'count',
  configuration: one(configuration),
  contact_account: oneOrNull(account),
  rules: 'list',
})
const request = (): Shape => ({
  id: 'id',
  created_at: 'date',
  updated_at: 'date',
  notifications_count: 'text',
  account: one(account),
  'last_status-': one(status),
})
const featuredTag = (): Shape => ({ id: 'id', name: 'text', url: 'url', statuses_count: 'text', last_status_at: 'day?' })
const marker = (): Shape => ({ last_read_id: 'id', version: 'count', updated_at: 'date' })

const pollQuestion = (): Shape => ({ title: 'text' })
const filterKeyword = (): Shape => ({ id: 'id', keyword: 'text', whole_word: 'flag' })
const filterStatus = (): Shape => ({ id: 'id', status_id: 'id' })
const filter = (): Shape => ({
  id: 'id',
  title: 'text',
  context: 'list',
  expires_at: 'date?',
  filter_action: 'filterAction',
  keywords: listOf(filterKeyword),
  statuses: listOf(filterStatus),
})
const filterV1 = (): Shape => ({ id: 'id', phrase: 'text', context: 'list', whole_word: 'flag', expires_at: 'date?', irreversible: 'flag' })
const list = (): Shape => ({ id: 'id', title: 'text', replies_policy: 'repliesPolicy', exclusive: 'flag' })
const subscription = (): Shape => ({ id: 'id', endpoint: 'url', standard: 'flag', alerts: 'object', policy: 'text', server_key: 'text' })
const application = (): Shape => ({
  id: 'id',
  name: 'text',
  website: 'url?',
  scopes: 'list',
  redirect_uri: 'text',
  redirect_uris: 'list',
  vapid_key: 'text',
})
const rule = 'rule'
const policy = (): Shape => ({
  for_not_following: rule,
  for_not_followers: rule,
  for_new_accounts: rule,
  for_private_mentions: rule,
  for_limited_accounts: rule,
  summary: one(() => ({ pending_requests_count: 'count', pending_notifications_count: 'count' })),
})
const mutedAccount = (): Shape => ({ ...account(), mute_expires_at: 'date?' })
const names: Kind = (value, path) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '') ? [] : [`${path} is no list of names`]

const ID = '[0-9]+'
const POSTS = listOf(status)
const PEOPLE = listOf(account)
const scheduledStatus = (): Shape => ({
  id: 'id',
  scheduled_at: 'date',
  params: one(() => ({ text: 'text', visibility: 'text', sensitive: 'flag', in_reply_to_id: 'id?', poll: 'object?' })),
  media_attachments: listOf(media),
})
const writtenOrScheduled: Kind = (value, path) => problemsOf(value, value?.scheduled_at === undefined ? status() : scheduledStatus(), path)
const conversation = (): Shape => ({ id: 'id', unread: 'flag', accounts: PEOPLE, last_status: oneOrNull(status) })
const TABLE: [method: string, path: string, kind: Kind][] = [
  ['GET', '/api/v2/instance', one(instance)],
  ['GET', '/api/v1/instance', one(instanceV1)],
  ['GET', '/api/v1/accounts/verify_credentials', one(credentialAccount)],
  ['PATCH|PUT', '/api/v1/accounts/update_credentials', one(credentialAccount)],
  ['DELETE', '/api/v1/profile/(avatar|header)', one(credentialAccount)],
  ['GET', '/api/v1/accounts', PEOPLE],
  ['GET', '/api/v1/accounts/search', PEOPLE],
  ['GET', '/api/v1/accounts/lookup', one(account)],
  ['GET', '/api/v1/accounts/relationships', listOf(relationship)],
  ['GET', `/api/v1/accounts/${ID}`, one(account)],
  ['GET', `/api/v1/accounts/${ID}/statuses`, POSTS],
  ['GET', `/api/v1/accounts/${ID}/(followers|following)`, PEOPLE],
  ['POST', `/api/v1/accounts/${ID}/\\w+`, one(relationship)],
  ['GET', '/api/v1/mutes', listOf(mutedAccount)],
  ['GET', '/api/v1/(follow_requests|blocks|endorsements)', PEOPLE],
  ['GET', `/api/v1/accounts/${ID}/endorsements`, PEOPLE],
  ['GET', `/api/v1/accounts/${ID}/lists`, listOf(list)],
  ['GET', '/api/v1/lists', listOf(list)],
  ['POST', '/api/v1/lists', one(list)],
  ['GET|PUT|PATCH', `/api/v1/lists/${ID}`, one(list)],
  ['GET', `/api/v1/lists/${ID}/accounts`, PEOPLE],
  ['GET', '/api/v2/filters', listOf(filter)],
  ['POST', '/api/v2/filters', one(filter)],
  ['GET|PUT|PATCH', `/api/v2/filters/${ID}`, one(filter)],
  ['GET', `/api/v2/filters/${ID}/keywords`, listOf(filterKeyword)],
  ['POST', `/api/v2/filters/${ID}/keywords`, one(filterKeyword)],
  ['GET|PUT|PATCH', `/api/v2/filters/keywords/${ID}`, one(filterKeyword)],
  ['GET', `/api/v2/filters/${ID}/statuses`, listOf(filterStatus)],
  ['POST', `/api/v2/filters/${ID}/statuses`, one(filterStatus)],
  ['GET', `/api/v2/filters/statuses/${ID}`, one(filterStatus)],
  ['GET', '/api/v1/filters', listOf(filterV1)],
  ['GET|POST|PUT|PATCH', '/api/v1/push/subscription', one(subscription)],
  ['POST', '/api/v1/apps', one(() => ({ ...application(), client_id: 'name', client_secret: 'name', client_secret_expires_at: 'count' }))],
  ['GET', '/api/v1/apps/verify_credentials', one(application)],
  ['GET|PUT|PATCH', '/api/v2/notifications/policy', one(policy)],
  ['GET', '/api/v1/domain_blocks', names],
  ['POST', `/api/v1/follow_requests/${ID}/\\w+`, one(relationship)],
  ['POST', '/api/v1/statuses', writtenOrScheduled],
  ['GET', '/api/v1/scheduled_statuses', listOf(scheduledStatus)],
  ['GET|PUT|PATCH', `/api/v1/scheduled_statuses/${ID}`, one(scheduledStatus)],
  ['GET', '/api/v1/conversations', listOf(conversation)],
  ['POST', `/api/v1/conversations/${ID}/\\w+`, one(conversation)],
  ['GET', '/api/v1/statuses', POSTS],
  ['GET|PUT|PATCH', `/api/v1/statuses/${ID}`, one(status)],
  ['DELETE', `/api/v1/statuses/${ID}`, one(() => ({ ...status(), text: 'text' }))],
  ['GET', `/api/v1/statuses/${ID}/context`, one(() => ({ ancestors: POSTS, descendants: POSTS }))],
  ['GET', `/api/v1/statuses/${ID}/source`, one(() => ({ id: 'id', text: 'text', spoiler_text: 'text' }))],
  ['GET', `/api/v1/statuses/${ID}/history`, listOf(edit)],
  ['GET', `/api/v1/statuses/${ID}/(reblogged_by|favourited_by)`, PEOPLE],
  ['GET', `/api/v1/statuses/${ID}/quotes`, POSTS],
  ['POST', `/api/v1/statuses/${ID}/quotes/${ID}/revoke`, one(status)],
  ['PUT|PATCH', `/api/v1/statuses/${ID}/interaction_policy`, one(status)],
  ['POST', `/api/v1/statuses/${ID}/\\w+`, one(status)],
  ['GET', `/api/v1/polls/${ID}`, one(poll)],
  ['POST', `/api/v1/polls/${ID}/votes`, one(poll)],
  ['GET', '/api/v1/(timelines/.+|bookmarks|favourites)', POSTS],
  ['POST', '/api/v[12]/media', one(media)],
  ['GET|PUT|PATCH', `/api/v1/media/${ID}`, one(media)],
  ['GET', '/api/v1/notifications', listOf(notification)],
  ['GET', '/api/v1/notifications/requests', listOf(request)],
  ['GET', `/api/v1/notifications/requests/${ID}`, one(request)],
  ['GET', `/api/v1/notifications/${ID}`, one(notification)],
  [
    'GET',
    '/api/v2/notifications(/[\\w]+-[\\w-]+)?',
    one(() => ({ accounts: PEOPLE, statuses: POSTS, notification_groups: listOf(group) })),
  ],
  ['GET', '/api/v2/search', one(() => ({ accounts: PEOPLE, statuses: POSTS, hashtags: listOf(tag) }))],
  ['GET|POST', '/api/v1/markers', one(() => ({ 'home-': one(marker), 'notifications-': one(marker) }))],
  ['GET|POST', '/api/v1/tags/.+', one(tag)],
  ['GET', '/api/v1/followed_tags', listOf(tag)],
  ['GET', '/api/v1/featured_tags/suggestions', listOf(tag)],
  ['GET', `/api/v1/(accounts/${ID}/)?featured_tags`, listOf(featuredTag)],
  ['POST', '/api/v1/featured_tags', one(featuredTag)],
  ['GET', '/api/v1/custom_emojis', listOf(emoji)],
  ['POST', '/api/v1/reports', one(report)],
]

/** What is wrong with the answer of a route, by the table; errors must be `{"error": text}` everywhere. */
export function problemsOfAnswer(method: string, url: string, code: number, body: Json): string[] {
  const path = url.split('?')[0] as string
  if (code >= 400) return problemsOf(body, { error: 'name' })
  if (code === 202 || code === 206) return problemsOf(body, unfinished())
  for (const [methods, pattern, kind] of TABLE) {
    if (new RegExp(`^(${methods})$`).test(method) && new RegExp(`^${pattern}$`).test(path))
      return (kind as (v: Json, p: string) => string[])(body, '$')
  }
  return []
}
