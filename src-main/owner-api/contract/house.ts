import type { ConnectionReason, ConnectionState } from './connection.ts'

/** The house: storage, diagnostics, other servers, identity, what is refused at the door, closing. Part of `contract.ts`: types only. */

/** A post waiting for its time is listed by the client API; what is refused at the door only here. */
export interface DoorWord {
  id: string
  words: string
  wholeWord: boolean
  turnedAway: number
  lastAt: string | null
}
/** What came of a list of servers to block (one per line, or Mastodon's CSV). */
export interface ImportedBlocks {
  added: number
  known: number
  /** Lines that name no server. */
  refused: string[]
}

/** Closing the account: `open` nothing done; `leaving`: Deletes are on their way; `closed`: all told or given up. */
export interface Closing {
  state: 'open' | 'leaving' | 'closed'
  at: string | null
  /** Servers to tell, told, and those that could not be. */
  total: number
  delivered: number
  failed: number
}

/** What can be lost from servers of one kind after so long an absence (federation.md 3.2). */
export interface AwayGap {
  /** NodeInfo name: mastodon, gotosocial, misskey … */
  software: string
  servers: number
  /** `mentions`: posts to us and about us. `posts`: what they sent to followers and could not be read again. `stopped`: they had given up on us until we spoke. */
  missing: 'mentions' | 'posts' | 'stopped'
  from: string
  to: string
}
/** One absence and what was read up after it. */
export interface AwayReport {
  id: string
  awaySince: string
  backAt: string
  state: 'running' | 'done' | 'stopped'
  finishedAt: string | null
  posts: number
  servers: number
  accounts: number
  threads: number
  /** Servers that did not answer. */
  silent: string[]
  gaps: AwayGap[]
  /** Left to do. */
  remaining: number
  /** A running one that waits: for mains power, or for a network that does not cost by the byte. */
  heldBy: 'battery' | 'metered' | null
}

export interface Relay {
  id: string
  address: string
  flavour: 'mastodon' | 'litepub'
  state: 'pending' | 'accepted' | 'rejected'
}
export interface OwnEmoji {
  shortcode: string
  url: string
}
/** The owner as the network knows them. `fingerprint`: SHA-256 of the public key, in groups of four hex digits. */
export interface Identity {
  fingerprint: string | null
  rotatedAt: string | null
  aliases: { uri: string; acct: string | null }[]
  movedTo: { uri: string; acct: string | null } | null
  /** When the owner may move again: once in 30 days. */
  mayMoveAt: string | null
}
/** A report that another server sent about somebody here or about the owner. */
export interface Report {
  id: string
  own: boolean
  /** The reporter; servers report in their own name. */
  by: string
  about: string | null
  comment: string
  postIds: string[]
  createdAt: string
  resolvedAt: string | null
}

/** What takes how many bytes in the data folder. Never deleted by itself: everything but `cache`. */
export interface StorageUse {
  /** The database without the search index: posts of everybody, people, settings. */
  text: number
  search: number
  /** Pictures, films and sounds of the owner's, with those in drafts counted as `drafts`. */
  media: number
  drafts: number
  /** Copies of others' media in what is bookmarked. */
  kept: number
  /** Other copies of others' media: fetched again when they are looked at. */
  cache: number
  /** Copies of the database from before upgrades. */
  copies: number
  free: number
  mediaBudget: number
  keptBudget: number
}

/** What helps whoever helps: facts about the program, no names, no addresses, no texts. */
export interface Diagnostics {
  version: string
  node: string
  platform: string
  host: 'desktop' | 'headless'
  schema: number
  upSeconds: number
  memory: number
  connection: { state: ConnectionState; reason: ConnectionReason | null; tunnel: 'none' | 'localtunnel'; trial: boolean; since: string }
  outbox: { waiting: number; failed: number }
  counts: { posts: number; accounts: number; follows: number }
  storage: StorageUse
}
/** A line of the log without what it was about: when, how bad, which room, what it says. */
export interface LogLine {
  at: string
  level: string
  room: string
  text: string
}

/** Following many at once, in the background; it goes on after a restart. */
export interface PeopleImport {
  state: 'running' | 'done'
  total: number
  /** Of them: followed or already so; their owner decides; no such account; their server did not answer. */
  followed: number
  asked: number
  notFound: string[]
  failed: string[]
  /** Not looked at yet. */
  left: number
}
