/** What the window keeps for reading: catch-ups, searches, labels, filters, places. Part of `contract.ts`: types only. */

export interface PostReactions {
  postId: string
  reactions: { emoji: string; url: string | null; count: number; mine: boolean }[]
}
export interface FetchedPosts {
  added: number
  more: boolean
}
export interface Walk {
  id: string
  postId: string
  state: 'running' | 'finished'
  found: number
}
export type CatchUpKind = 'original' | 'reply' | 'boost' | 'quote' | 'tag' | 'filtered'
/** What came to the home timeline in an absence, looked at as a whole. One is open at a time; the last three are kept. */
export interface CatchUp {
  id: string
  /** The last visit. */
  from: string
  to: string
  state: Partial<CatchUpState>
  finishedAt: string | null
  createdAt: string
}
/** How the reader looks at it: kept with it, and nothing of it means anything to the server. */
export interface CatchUpState {
  /** Hours back from its end; null: since the last visit. */
  hours: number | null
  kinds: CatchUpKind[]
  sort: 'oldest' | 'newest' | 'longest' | 'shared'
  byAuthor: boolean
  /** Authors that are done with, each up to a post. */
  done: Record<string, string>
}
/** What came after a post; counting stops at a thousand. */
export interface CatchUpOffer {
  posts: number
  people: number
  /** When that post was written. */
  from: string
}
/** The seven days before the end of a catch-up, newest first, in columns: the n-th of each is about the same post. */
export interface CatchUpPosts {
  ids: string[]
  /** When each was written, in milliseconds. */
  at: number[]
  /** Accounts, named by their place in this list. */
  people: string[]
  authors: number[]
  /** Places in original, reply, boost, quote, tag, filtered. */
  kinds: number[]
  /** Of the text as it came, with its markup. */
  lengths: number[]
  /** Boosts and quotes by followed people, as far as known here. */
  shares: number[]
  /** 1: written before the last visit, and here only since. */
  late: (0 | 1)[]
  /** There are older ones that are not in it. */
  more: boolean
}
/** A page that two or more followed people shared. */
export interface TopLink {
  url: string
  /** Empty until its page has been read. */
  title: string
  language: string | null
  people: number
  /** A few of them. */
  accountIds: string[]
  /** The newest of the posts with it. */
  postId: string
}

export interface SavedSearch {
  id: string
  name: string
  query: string
}
export interface Searches {
  saved: SavedSearch[]
  /** The last first. */
  recent: string[]
}

/** A text as it will look. `html` is the owner's own, escaped like every post; `mentions` are those known here. */
export interface Preview {
  html: string
  mentions: { id: string; acct: string; username: string; url: string }[]
}
/** What may stand for the beginning of a name: `kind=people` gives ids of accounts, those near the owner first; `kind=tags` hashtags. */
export interface Suggestions {
  people: string[]
  /** `own`: how often the owner used it; both stop at 500. */
  tags: { name: string; own: number; known: number }[]
}

/** Where the reader was in a view: restored after a restart (interface.md section 4). */
export interface Place {
  anchorId: string | null
  offsetPx: number
  focusedId: string | null
  lastSeenId: string | null
  /** Gaps that stood in the list: the post above each, and the one below. */
  gapIds?: readonly (readonly [string, string])[]
  /** By which of two windows was read last. */
  savedAt?: string
}

/** When the owner followed their first account: before that nothing stands in the home timeline. */
export interface Beginning {
  followedAt: string | null
}

/** A folder for bookmarks. */
export interface Label {
  id: string
  name: string
  /** How many bookmarks carry it. */
  posts: number
}
export interface PostLabels {
  postId: string
  labelIds: string[]
}
/** `next`: what `before` says of the page below; null: that was all. */
export interface BookmarkPage {
  postIds: string[]
  next: string | null
}
/** `offset`: minutes east of Greenwich, for where days begin. */
export interface FilterQuestion {
  words: { keyword: string; wholeWord: boolean }[]
  offset: number
}
/** What a filter would have found in the last seven days, today last. */
export interface FilterPreview {
  days: { at: string; posts: number }[]
  found: number
  /** The newest few. */
  postIds: string[]
  looked: number
  /** False: more came in than was looked through. */
  whole: boolean
}
export interface FilterTotals {
  days: string[]
  filters: { id: string; counts: number[] }[]
  whole: boolean
}
/** Another server's public posts, as far as they could be had. */
export interface ServerPosts {
  postIds: string[]
  next: string | null
}
/** `posts`: those of theirs that are here, at most 10,000; `tags`: what they often write about. */
export interface ProfileFacts {
  posts: number
  tags: string[]
}
/** Who of those the owner follows follows somebody: of `looked` followers their server told of. */
export interface Familiar {
  accountIds: string[]
  looked: number
  whole: boolean
}
export interface ListBoosts {
  id: string
  boosts: boolean
}
