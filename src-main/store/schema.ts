import type { Generated } from 'kysely'

/**
 * The tables as Kysely sees them. One interface per table, in the order of the migrations, grouped by the room that may touch them:
 * every other room goes through that room's functions. Times are milliseconds, booleans 0 or 1, JSON columns strings.
 */
export interface Schema {
  settings: Settings
  secrets: Secrets
  accounts: Accounts
  keys: Keys
  follows: Follows
  blocks: Blocks
  mutes: Mutes
  account_notes: AccountNotes
  posts: Posts
  mentions: Mentions
  tags: Tags
  post_tags: PostTags
  edits: Edits
  polls: Polls
  votes: Votes
  reactions: Reactions
  quote_stamps: QuoteStamps
  media: Media
  emojis: Emojis
  favourites: Favourites
  bookmarks: Bookmarks
  home: Home
  notifications: Notifications
  known_senders: KnownSenders
  search: Search
  search_people: SearchPeople
  drafts: Drafts
  events: Events
  cursors: Cursors
  markers: Markers
  places: Places
  apps: Apps
  codes: Codes
  tokens: Tokens
  sign_in_codes: SignInCodes
  idempotency: Idempotency
  followed_tags: FollowedTags
  featured_tags: FeaturedTags
  relays: Relays
  reports: Reports
  lists: Lists
  list_members: ListMembers
  filters: Filters
  filter_keywords: FilterKeywords
  filter_posts: FilterPosts
  conversations: Conversations
  conversation_posts: ConversationPosts
  muted_threads: MutedThreads
  endorsements: Endorsements
  domain_blocks: DomainBlocks
  door_words: DoorWords
  scheduled: Scheduled
  cards: Cards
  post_cards: PostCards
  push_subscriptions: PushSubscriptions
  pushes: Pushes
  seen: Seen
  tombstones: Tombstones
  inbound: Inbound
  servers: Servers
  catchups: Catchups
  catchup_tasks: CatchupTasks
  outgoing: Outgoing
  deliveries: Deliveries
  hosts: Hosts
  suspects: Suspects
}

type Bit = 0 | 1 | number

// domain --------------------------------------------------------------------------------------------------------------------------------

/** The owner's settings, the origin (`origin`), the VAPID keys and the like: JSON by key. */
export interface Settings {
  key: string
  value: string
}
/** Private keys, sealed by the store's key ring. */
export interface Secrets {
  name: string
  sealed: string
  created_at: number
}
/** The owner (own = 1; addresses null until one is chosen) and everybody heard of. `domain` is '' for the owner. */
export interface Accounts {
  id: number
  own: Generated<Bit>
  uri: string | null
  username: string
  domain: Generated<string>
  type: Generated<string>
  display_name: Generated<string>
  note: Generated<string>
  note_source: string | null
  url: string | null
  avatar_id: number | null
  header_id: number | null
  fields: Generated<string>
  emojis: Generated<string>
  locked: Generated<Bit>
  discoverable: number | null
  indexable: Generated<Bit>
  inbox: string | null
  shared_inbox: string | null
  outbox: string | null
  followers_uri: string | null
  following_uri: string | null
  featured_uri: string | null
  also_known_as: Generated<string>
  moved_to: string | null
  created_at: number
  fetched_at: Generated<number>
  suspended_at: number | null
  last_post_at: number | null
  posts_count: Generated<number>
  followers_count: Generated<number>
  following_count: Generated<number>
  featured_tags_uri: string | null
  missing_since: number | null
  posts_fetched_at: number | null
  outbox_next: string | null
  outbox_done: Generated<Bit>
  synchronized_at: number | null
  attribution_domains: Generated<string>
  /** Kept by triggers. */
  domain_blocked: Generated<Bit>
  links_checked_at: number | null
}
/** Public keys of others by key id; PEM (SPKI). */
export interface Keys {
  uri: string
  account_uri: string
  pem: string
  fetched_at: number
}
export interface Follows {
  id: number
  account_id: number
  target_id: number
  state: 'pending' | 'accepted'
  uri: string | null
  boosts: Generated<Bit>
  notify: Generated<Bit>
  created_at: number
  accepted_at: number | null
  languages: string | null
}
export interface Blocks {
  id: number
  account_id: number
  target_id: number
  uri: string | null
  created_at: number
}
export interface Mutes {
  id: number
  target_id: number
  notifications: Generated<Bit>
  expires_at: number | null
  created_at: number
}
export interface AccountNotes {
  account_id: number
  text: string
}
/** Posts and boosts (`boost_of`). An own post with `released_at` null has not left this machine: wet ink. */
export interface Posts {
  id: number
  own: Generated<Bit>
  uri: string | null
  url: string | null
  account_id: number
  boost_of: number | null
  type: Generated<string>
  content: Generated<string>
  source: string | null
  warning: Generated<string>
  sensitive: Generated<Bit>
  visibility: 'public' | 'unlisted' | 'private' | 'direct'
  language: string | null
  in_reply_to_id: number | null
  in_reply_to_uri: string | null
  in_reply_to_account_id: number | null
  emojis: Generated<string>
  created_at: number
  written_at: number | null
  released_at: number | null
  edited_at: number | null
  received_at: number
  replies_count: Generated<number>
  boosts_count: Generated<number>
  favourites_count: Generated<number>
  quote_of: number | null
  quote_uri: string | null
  quote_state: 'pending' | 'accepted' | 'rejected' | 'revoked' | 'deleted' | 'unverified' | null
  quote_stamp: string | null
  policy: string | null
  context_uri: string | null
  replies_uri: string | null
  audience_uri: string | null
  pinned_at: number | null
  quotes_count: Generated<number>
  remote_replies: number | null
  remote_boosts: number | null
  remote_favourites: number | null
  checked_at: number | null
  missing_since: number | null
  walked_at: number | null
  source_type: 'text/markdown' | null
}
/** `options`: JSON `[{ title, votes }]`. */
export interface Polls {
  post_id: number
  multiple: Generated<Bit>
  hide_totals: Generated<Bit>
  options: string
  voters: number | null
  ends_at: number | null
  closed_at: number | null
  checked_at: Generated<number>
}
/** One row per option chosen; the owner's votes in others' polls too. */
export interface Votes {
  id: number
  post_id: number
  account_id: number
  choice: number
  uri: string | null
  created_at: number
}
export interface Reactions {
  id: number
  post_id: number
  account_id: number
  emoji: string
  media_id: number | null
  uri: string | null
  created_at: number
}
/** Quotes of our posts by others (FEP-044f): the row's id is the stamp's. */
export interface QuoteStamps {
  id: number
  post_id: number
  account_id: number
  quoting_uri: string
  request_uri: string | null
  state: 'accepted' | 'rejected' | 'revoked'
  created_at: number
  revoked_at: number | null
}
/** `acct` as written or sent (`bo@tide.example`); `account_id` null until resolved. */
export interface Mentions {
  post_id: number
  acct: string
  account_id: number | null
}
export interface Tags {
  id: Generated<number>
  name: string
}
export interface PostTags {
  tag_id: number
  post_id: number
}
export interface Edits {
  id: number
  post_id: number
  at: number
  content: string
  warning: string
  sensitive: Bit
  media: Generated<string>
  poll: string | null
}
/** Own uploads (blob in `media/`) and pointers to others' media (`remote_url`, bytes in `cache/`). `token` is the capability in its URL. */
export interface Media {
  id: number
  own: Generated<Bit>
  token: string
  post_id: number | null
  draft_id: string | null
  position: Generated<number>
  kind: 'image' | 'gifv' | 'video' | 'audio' | 'unknown' | 'avatar' | 'header' | 'emoji'
  mime: string | null
  bytes: number | null
  width: number | null
  height: number | null
  preview_width: number | null
  preview_height: number | null
  duration: number | null
  blurhash: string | null
  description: string | null
  focus_x: number | null
  focus_y: number | null
  remote_url: string | null
  blob: string | null
  preview_blob: string | null
  preview_mime: string | null
  created_at: number
  state: Generated<'ready' | 'processing' | 'failed'>
  error: string | null
  details: string | null
  scheduled_id: number | null
}
export interface Emojis {
  id: Generated<number>
  domain: string
  shortcode: string
  uri: string | null
  media_id: number
  updated_at: number
  category: string | null
}
export interface Favourites {
  id: number
  account_id: number
  post_id: number
  uri: string | null
  created_at: number
}
export interface Bookmarks {
  id: number
  post_id: number
  created_at: number
}
/** What stands in the home timeline, with the order of arrival. */
export interface Home {
  arrived: Generated<number>
  post_id: number
}
export interface Notifications {
  id: number
  type:
    | 'mention'
    | 'post'
    | 'boost'
    | 'favourite'
    | 'follow'
    | 'follow-request'
    | 'edit'
    | 'poll'
    | 'quote'
    | 'quote-edit'
    | 'reaction'
    | 'report'
    | 'move'
  account_id: number
  post_id: number | null
  subject_id: number | null
  /** By a stranger among many: waits as a request. */
  filtered: Generated<Bit>
  created_at: number
}
/** Strangers whose requests the owner has accepted. */
export interface KnownSenders {
  account_id: number
  created_at: number
}
/** FTS5, contentless: rowid is the post's id. `facets` holds operators as tokens. */
export interface Search {
  rowid: number
  text: string
  facets: string
}
/** FTS5, contentless: rowid is the account's id. */
export interface SearchPeople {
  rowid: number
  name: string
  host: string
}
export interface Drafts {
  id: string
  text: string
  warning: string
  sensitive: Bit
  visibility: 'public' | 'unlisted' | 'private' | 'direct'
  language: string | null
  in_reply_to_id: number | null
  edit_of: number | null
  media_ids: Generated<string>
  caret: Generated<number>
  created_at: number
  updated_at: number
  poll: string | null
  quote_of: number | null
  /** Null: as the settings say. */
  source_type: 'text/plain' | 'text/markdown' | null
  quote_policy: 'public' | 'followers' | 'nobody' | null
}
export interface Events {
  seq: Generated<number>
  type: string
  data: string
  at: number
}
export interface Cursors {
  consumer: string
  seq: number
}
export interface Markers {
  timeline: string
  last_read_id: number
  version: number
  updated_at: number
}
export interface Places {
  view: string
  place: string
  updated_at: number
}
export interface Apps {
  id: number
  client_id: string
  secret_hash: string
  name: string
  website: string | null
  redirect_uris: string
  scopes: string
  created_at: number
  used_at: number | null
}
export interface Codes {
  hash: string
  app_id: number
  redirect_uri: string
  scopes: string
  challenge: string | null
  created_at: number
  used_at: Generated<number | null>
  token_id: Generated<number | null>
}
export interface Tokens {
  id: number
  hash: string
  app_id: number | null
  kind: 'window' | 'cli' | 'app' | 'client'
  scopes: string
  created_at: number
  used_at: number | null
}
export interface SignInCodes {
  hash: string
  created_at: number
}
export interface Idempotency {
  token_id: number
  key: string
  post_id: number
  at: number
}
export interface FollowedTags {
  tag_id: number
  created_at: number
}
export interface FeaturedTags {
  id: number
  tag_id: number
  created_at: number
}
export interface Relays {
  id: number
  address: string
  flavour: 'mastodon' | 'litepub'
  actor_uri: string | null
  inbox: string
  state: 'pending' | 'accepted' | 'rejected'
  created_at: number
}
export interface Reports {
  id: number
  own: Bit
  by_id: number | null
  by_host: Generated<string>
  about_id: number | null
  post_uris: Generated<string>
  comment: Generated<string>
  category: Generated<string>
  forwarded: Generated<Bit>
  uri: string | null
  created_at: number
  resolved_at: number | null
}

/** `replies`: whose answers it shows. `exclusive`: its members do not stand at home. */
export interface Lists {
  id: number
  title: string
  replies: Generated<'followed' | 'list' | 'none'>
  exclusive: Generated<Bit>
  created_at: number
}
export interface ListMembers {
  id: number
  list_id: number
  account_id: number
}
/** `contexts`: JSON list. */
export interface Filters {
  id: number
  title: string
  contexts: string
  action: Generated<'warn' | 'hide' | 'blur'>
  expires_at: number | null
  created_at: number
}
export interface FilterKeywords {
  id: number
  filter_id: number
  keyword: string
  whole_word: Generated<Bit>
}
export interface FilterPosts {
  id: number
  filter_id: number
  post_id: number
}
/** Private mentions by thread (its first post known here) and people (JSON list of the others' ids, sorted). */
export interface Conversations {
  id: number
  thread: number
  people: string
  last_post_id: number | null
  unread: Generated<Bit>
  updated_at: number
}
export interface ConversationPosts {
  post_id: number
  conversation_id: number
}
/** By the first post of the thread that is known here. */
export interface MutedThreads {
  post_id: number
  created_at: number
}
export interface Endorsements {
  id: number
  account_id: number
  created_at: number
}
/** A name covers what is below it. */
export interface DomainBlocks {
  id: number
  domain: string
  created_at: number
}
/** Posts of strangers with these words are not taken in. */
export interface DoorWords {
  id: number
  words: string
  whole_word: Generated<Bit>
  turned_away: Generated<number>
  last_at: number | null
  created_at: number
}
/** `input`: JSON of domain/scheduled.ts. */
export interface Scheduled {
  id: number
  at: number
  input: string
  created_at: number
}
/** Link previews, one per address. */
export interface Cards {
  id: number
  url: string
  state: Generated<'waiting' | 'ready' | 'none' | 'failed'>
  kind: Generated<'link' | 'photo' | 'video' | 'rich'>
  title: Generated<string>
  description: Generated<string>
  language: string | null
  author_name: Generated<string>
  author_url: Generated<string>
  author_id: number | null
  provider_name: Generated<string>
  provider_url: Generated<string>
  width: Generated<number>
  height: Generated<number>
  published_at: number | null
  media_id: number | null
  attempts: Generated<number>
  next_at: Generated<number>
  fetched_at: number | null
  created_at: number
}
export interface PostCards {
  post_id: number
  card_id: number
}

// push ----------------------------------------------------------------------------------------------------------------------------------

/** One per token. `alerts`: JSON of booleans by Mastodon's names. */
export interface PushSubscriptions {
  id: number
  token_id: number
  endpoint: string
  p256dh: string
  auth: string
  /** The token, sealed. */
  access: string
  standard: Generated<Bit>
  alerts: Generated<string>
  policy: Generated<'all' | 'followed' | 'follower' | 'none'>
  failures: Generated<number>
  created_at: number
}
export interface Pushes {
  id: Generated<number>
  subscription_id: number
  notification_id: number
  attempts: Generated<number>
  next_at: number
  created_at: number
}

// federation ----------------------------------------------------------------------------------------------------------------------------

/** Ids of activities already handled: a repeat is a no-op. */
export interface Seen {
  uri: string
  at: number
}
export interface Tombstones {
  uri: string
  own: Generated<Bit>
  former_type: string | null
  at: number
  by_uri: string | null
}
/** What was answered with 202 and still has to be handled: verified bodies, and parked ones whose key could not be had yet. */
export interface Inbound {
  id: Generated<number>
  state: 'verified' | 'parked'
  host: string
  actor: string | null
  target: string | null
  headers: string | null
  body: Uint8Array
  attempts: Generated<number>
  next_at: number
  received_at: number
}
export interface Servers {
  host: string
  software: string | null
  version: string | null
  checked_at: Generated<number>
  failures: Generated<number>
  next_at: Generated<number>
}
export interface Catchups {
  id: number
  away_since: number
  back_at: number
  state: 'running' | 'done' | 'stopped'
  posts: Generated<number>
  report: Generated<string>
  finished_at: number | null
}
export interface CatchupTasks {
  id: Generated<number>
  catchup_id: number
  kind: 'outbox' | 'pins' | 'thread' | 'follow'
  subject: number
  host: string
  state: Generated<'waiting' | 'done' | 'failed'>
  attempts: Generated<number>
  next_at: Generated<number>
  found: Generated<number>
  error: string | null
}

// delivery ------------------------------------------------------------------------------------------------------------------------------

/** One activity on its way out. `subject` is what federation needs to render it; `body` is filled when it is released. */
export interface Outgoing {
  id: number
  uri: string | null
  kind: string
  state: 'waiting' | 'sending' | 'failed' | 'sent'
  subject: Generated<string>
  object_key: string
  post_id: number | null
  account_id: number | null
  body: string | null
  total: Generated<number>
  delivered: Generated<number>
  failed: Generated<number>
  attempts: Generated<number>
  next_at: Generated<number>
  error: string | null
  created_at: number
  sent_at: number | null
  signer: Generated<'owner' | 'previous' | 'instance'>
  synchronize: Generated<Bit>
  hosts: string | null
}
/** One row per activity and distinct inbox; gone once delivered. */
export interface Deliveries {
  id: Generated<number>
  outgoing_id: number
  inbox: string
  host: string
  object_key: string
  attempts: Generated<number>
  next_at: number
  error: string | null
  status: number | null
  failed_at: number | null
  waited: Generated<number>
}
export interface Hosts {
  host: string
  failures: Generated<number>
  first_failure_at: number | null
  open_until: number | null
  scheme: string | null
  scheme_at: number | null
  last_success_at: number | null
  updated_at: number
  delivered: Generated<number>
  last_status: number | null
  last_error: string | null
  last_failure_at: number | null
}
/** Inboxes that say 404 or 410 or that redirect, since when, and when last. */
export interface Suspects {
  inbox: string
  status: number
  since: number
  seen_at: number
  people: string | null
}
