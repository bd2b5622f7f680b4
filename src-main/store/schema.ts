import type * as access from './tables/access.ts'
import type * as exchange from './tables/exchange.ts'
import type * as people from './tables/people.ts'
import type * as posts from './tables/posts.ts'
import type * as reading from './tables/reading.ts'

/**
 * The tables as Kysely sees them. One interface per table in `tables/`, grouped by the room that may touch them:
 * every other room goes through that room's functions. Times are milliseconds, booleans 0 or 1, JSON columns strings.
 */
export interface Schema {
  settings: reading.Settings
  secrets: reading.Secrets
  accounts: people.Accounts
  keys: people.Keys
  follows: people.Follows
  blocks: people.Blocks
  mutes: people.Mutes
  account_notes: people.AccountNotes
  posts: posts.Posts
  mentions: posts.Mentions
  tags: posts.Tags
  post_tags: posts.PostTags
  edits: posts.Edits
  polls: posts.Polls
  votes: posts.Votes
  reactions: posts.Reactions
  quote_stamps: posts.QuoteStamps
  media: posts.Media
  emojis: posts.Emojis
  favourites: posts.Favourites
  bookmarks: posts.Bookmarks
  home: reading.Home
  notifications: reading.Notifications
  known_senders: people.KnownSenders
  search: posts.Search
  search_people: posts.SearchPeople
  drafts: reading.Drafts
  events: reading.Events
  cursors: reading.Cursors
  markers: reading.Markers
  places: reading.Places
  apps: access.Apps
  codes: access.Codes
  tokens: access.Tokens
  sign_in_codes: access.SignInCodes
  idempotency: access.Idempotency
  followed_tags: reading.FollowedTags
  featured_tags: reading.FeaturedTags
  relays: people.Relays
  reports: people.Reports
  lists: reading.Lists
  list_members: reading.ListMembers
  filters: reading.Filters
  filter_keywords: reading.FilterKeywords
  filter_posts: reading.FilterPosts
  labels: reading.Labels
  post_labels: reading.PostLabels
  saved_searches: reading.SavedSearches
  recent_searches: reading.RecentSearches
  catch_ups: reading.CatchUps
  draft_versions: reading.DraftVersions
  held: reading.Held
  conversations: reading.Conversations
  conversation_posts: reading.ConversationPosts
  muted_threads: reading.MutedThreads
  endorsements: people.Endorsements
  domain_blocks: people.DomainBlocks
  door_words: people.DoorWords
  scheduled: reading.Scheduled
  cards: posts.Cards
  post_cards: posts.PostCards
  push_subscriptions: access.PushSubscriptions
  pushes: access.Pushes
  seen: exchange.Seen
  tombstones: exchange.Tombstones
  inbound: exchange.Inbound
  servers: exchange.Servers
  catchups: exchange.Catchups
  catchup_tasks: exchange.CatchupTasks
  outgoing: exchange.Outgoing
  deliveries: exchange.Deliveries
  hosts: exchange.Hosts
  suspects: exchange.Suspects
}
