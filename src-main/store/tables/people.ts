import type { Generated } from 'kysely'
import type { Bit } from './bit.ts'

/** Who there is and how they stand to the owner. Tables of `domain`. */

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
/** Strangers whose requests the owner has accepted. */
export interface KnownSenders {
  account_id: number
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
