import type { Generated } from 'kysely'
import type { Bit } from './bit.ts'

/** What was written, with everything that hangs on it. Tables of `domain`. */

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
  /** 1: a post that is gone, or an edit, gave it up. */
  freed: Generated<Bit>
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
