import type { Generated } from 'kysely'
import type { Bit } from './bit.ts'

/** How the owner reads and writes: timelines, lists, filters, drafts, places. Tables of `domain`. */

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
  /** JSON: the further posts of a thread. */
  parts: string | null
  scheduled_at: number | null
}
/** `input`: JSON of domain/held.ts. */
export interface Held {
  id: number
  draft_id: string
  until: number
  input: string
  token_id: number
  key: string
  problem: 'late' | 'parent-gone' | 'quote-gone' | 'media-gone' | 'refused' | null
  created_at: number
}
/** `input`: JSON of domain/scheduled.ts. */
export interface Scheduled {
  id: number
  at: number
  input: string
  created_at: number
}
/** `replies`: whose answers it shows. `exclusive`: its members do not stand at home. */
export interface Lists {
  id: number
  title: string
  replies: Generated<'followed' | 'list' | 'none'>
  exclusive: Generated<Bit>
  created_at: number
  boosts: Generated<Bit>
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
export interface FollowedTags {
  tag_id: number
  created_at: number
}
export interface FeaturedTags {
  id: number
  tag_id: number
  created_at: number
}
/** The owner's folders for bookmarks. */
export interface Labels {
  id: number
  name: string
  position: number
  created_at: number
}
export interface PostLabels {
  label_id: number
  post_id: number
  created_at: number
}
export interface SavedSearches {
  id: number
  name: string
  query: string
  position: number
  created_at: number
}
export interface RecentSearches {
  query: string
  used_at: number
}
/** `state`: JSON of the window. */
export interface CatchUps {
  id: number
  from_at: number
  to_at: number
  state: Generated<string>
  finished_at: number | null
  created_at: number
}
/** `input`: JSON of the draft as it was. */
export interface DraftVersions {
  id: number
  draft_id: string
  input: string
  saved_at: number
}
