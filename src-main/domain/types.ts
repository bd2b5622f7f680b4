/** The words of this room. Rows as other rooms see them; JSON columns already parsed. Times in milliseconds, ids numbers. */

export type Visibility = 'public' | 'unlisted' | 'private' | 'direct'

export type OutgoingKind =
  | 'post'
  | 'edit'
  | 'delete'
  | 'boost'
  | 'unboost'
  | 'favourite'
  | 'unfavourite'
  | 'follow'
  | 'unfollow'
  | 'accept'
  | 'reject'
  | 'block'
  | 'unblock'
  | 'profile'
  | 'vote'
  | 'tally'
  | 'pin'
  | 'unpin'
  | 'feature-tag'
  | 'unfeature-tag'
  | 'react'
  | 'unreact'
  | 'report'
  | 'move'
  | 'quote-request'
  | 'quote-answer'
  | 'quote-revoke'
  | 'relay-follow'
  | 'relay-unfollow'
  | 'wake'
  | 'close'

export interface Field {
  name: string
  /** HTML, sanitised. */
  value: string
  /** As written; the owner's only. */
  source?: string
  verifiedAt: number | null
}
export interface Emoji {
  shortcode: string
  mediaId: number
  token: string
}

export interface Account {
  id: number
  own: boolean
  /** Null for the owner until an origin is chosen. */
  uri: string | null
  username: string
  /** '' for the owner. */
  domain: string
  /** ActivityStreams actor type: Person, Service, Application, Group, Organization. */
  type: string
  displayName: string
  /** HTML, sanitised. */
  note: string
  noteSource: string | null
  url: string | null
  avatar: MediaFile | null
  header: MediaFile | null
  fields: Field[]
  emojis: Emoji[]
  locked: boolean
  discoverable: boolean | null
  indexable: boolean
  inbox: string | null
  sharedInbox: string | null
  outbox: string | null
  followersUri: string | null
  followingUri: string | null
  featuredUri: string | null
  featuredTagsUri: string | null
  alsoKnownAs: string[]
  /** Sites it says it writes for. */
  attributionDomains: string[]
  movedTo: string | null
  createdAt: number
  fetchedAt: number
  suspendedAt: number | null
  lastPostAt: number | null
  postsCount: number
  followersCount: number
  followingCount: number
}

export type MediaKind = 'image' | 'gifv' | 'video' | 'audio' | 'unknown' | 'avatar' | 'header' | 'emoji'

/** A picture or other file: the token is the capability in its address (`uris.media`). */
export interface MediaFile {
  id: number
  own: boolean
  token: string
  kind: MediaKind
  mime: string | null
  bytes: number | null
  width: number | null
  height: number | null
  previewWidth: number | null
  previewHeight: number | null
  duration: number | null
  blurhash: string | null
  description: string | null
  focus: { x: number; y: number } | null
  remoteUrl: string | null
  blob: string | null
  previewBlob: string | null
  /** Type of the preview, which may be another than the file's. */
  previewMime: string | null
  /** Own films and sounds are made ready in the background; `error` is a code once that has failed. */
  state: 'ready' | 'processing' | 'failed'
  error: string | null
  details: FilmDetails | null
}
/** Facts about a film or a sound. `duration` stands in MediaFile, in seconds. */
export interface FilmDetails {
  frameRate: number | null
  /** Bits per second. */
  bitrate: number | null
  videoCodec: string | null
  audioCodec: string | null
}

export interface Mention {
  acct: string
  accountId: number | null
  /** Of the account, if known. */
  username: string
  url: string | null
  uri: string | null
}

/** People an action is open to. `owner`: the owner of this home was named; `others`: somebody else was. */
export type Audience = 'public' | 'followers' | 'following' | 'author' | 'owner' | 'others'
/** What its author allows with a post: at once (`automatic`) or after asking (`manual`). Absent: nothing was said. */
export interface InteractionPolicy {
  quote?: { automatic: Audience[]; manual: Audience[] }
  reply?: { automatic: Audience[]; manual: Audience[] }
  boost?: { automatic: Audience[]; manual: Audience[] }
}

/** `pending`: its author has been asked. `unverified`: a quote that carries no consent and needs none to be shown as a link. */
export type QuoteState = 'pending' | 'accepted' | 'rejected' | 'revoked' | 'deleted' | 'unverified'

export interface Poll {
  postId: number
  multiple: boolean
  options: { title: string; votes: number }[]
  /** People; null when the poll's server does not say. */
  voters: number | null
  endsAt: number | null
  /** When it ended, once it has. */
  closedAt: number | null
  /** Choices of the owner, in order. */
  ownVotes: number[]
  /** Written by the owner, who cannot vote in it. */
  own: boolean
  /** Its numbers are shown to nobody before the end (the owner's polls only). */
  hideTotals: boolean
  /** When its server last told the numbers; null for the owner's, which are always as they are. */
  checkedAt: number | null
}

/** What people answered a post with a picture: how many with which one. */
export interface ReactionCount {
  /** The character, or the shortcode without colons. */
  emoji: string
  /** Capability of the picture, for custom ones. */
  token: string | null
  count: number
  /** The owner is among them. */
  mine: boolean
}

export interface Post {
  id: number
  own: boolean
  /** Null for own posts: `uris.post(id)`. */
  uri: string | null
  url: string | null
  accountId: number
  boostOf: number | null
  type: string
  /** HTML, sanitised. */
  content: string
  /** Plain text as written (own posts). */
  source: string | null
  warning: string
  sensitive: boolean
  visibility: Visibility
  language: string | null
  inReplyToId: number | null
  inReplyToUri: string | null
  inReplyToAccountId: number | null
  /** Shown time: when it left (own), when its author published it (others). */
  createdAt: number
  writtenAt: number | null
  /** Own posts: null while wet. */
  releasedAt: number | null
  editedAt: number | null
  receivedAt: number
  /** The greater of what is here and what its own server counts. */
  repliesCount: number
  boostsCount: number
  favouritesCount: number
  quotesCount: number
  /** The quoted post, if it is here. */
  quoteOf: number | null
  quoteUri: string | null
  quoteState: QuoteState | null
  /** The QuoteAuthorization that allows the quote. */
  quoteStamp: string | null
  policy: InteractionPolicy | null
  contextUri: string | null
  repliesUri: string | null
  /** The community it was sent through (Lemmy, PeerTube): its actor's uri. */
  audienceUri: string | null
  pinnedAt: number | null
  /** What `source` is, of own posts: null is plain text. */
  sourceType: 'text/markdown' | null
}

/** What a link in a post leads to, as its page says it (Open Graph, oEmbed facts): texts, a picture behind the proxy, never its markup. */
export interface Card {
  id: number
  url: string
  kind: 'link' | 'photo' | 'video' | 'rich'
  title: string
  description: string
  language: string | null
  authorName: string
  authorUrl: string
  /** The account its site and it name in both directions. */
  author: Account | null
  providerName: string
  providerUrl: string
  width: number
  height: number
  publishedAt: number | null
  picture: MediaFile | null
}

export type FilterContext = 'home' | 'notifications' | 'public' | 'thread' | 'account'
export interface Filter {
  id: number
  title: string
  contexts: FilterContext[]
  action: 'warn' | 'hide' | 'blur'
  expiresAt: number | null
  keywords: { id: number; keyword: string; wholeWord: boolean }[]
  posts: { id: number; postId: number }[]
}
/** What a filter found in a post. */
export interface FilterMatch {
  filter: Filter
  keywords: string[]
  postIds: number[]
}

/** Whether the owner may quote a post: at once, after its author was asked, not at all; `unknown`: its author said nothing. */
export type Quotable = 'automatic' | 'manual' | 'denied' | 'unknown'

/** A post with everything a reader needs, loaded in a fixed number of queries. */
export interface LoadedPost extends Post {
  account: Account
  media: MediaFile[]
  mentions: Mention[]
  tags: string[]
  emojis: Emoji[]
  favourited: boolean
  boosted: boolean
  bookmarked: boolean
  /** The boosted post, for a boost. */
  boost: LoadedPost | null
  poll: Poll | null
  reactions: ReactionCount[]
  /** The quoted post with everything, if it is here and may be shown (`quoteState` accepted, or the author's own post); its own quote is not loaded. */
  quote: LoadedPost | null
  quotable: Quotable
  /** Of the first link that has a preview; the boosted post's own for a boost. */
  card: Card | null
  /** The owner wants to hear no more of its thread. */
  threadMuted: boolean
  /** Set when the quote is kept back because the owner has blocked or muted its author. */
  quoteHidden?: 'blocked' | 'muted'
}

export interface Relationship {
  accountId: number
  following: boolean
  requested: boolean
  followedBy: boolean
  requestedBy: boolean
  blocking: boolean
  blockedBy: boolean
  muting: boolean
  mutingNotifications: boolean
  showingBoosts: boolean
  notifying: boolean
  note: string
  /** Their whole server is blocked. */
  domainBlocking: boolean
  /** On the owner's profile. */
  endorsed: boolean
  /** Only posts in these languages are wanted; null: in all. */
  languages: string[] | null
  muteExpiresAt: number | null
}

export type NotificationType =
  | 'mention'
  | 'post'
  | 'boost'
  | 'favourite'
  | 'follow'
  | 'follow-request'
  | 'edit'
  /** A poll of the owner's, or one the owner voted in, has ended. */
  | 'poll'
  /** The owner was quoted. */
  | 'quote'
  /** What the owner quoted was edited. */
  | 'quote-edit'
  /** `subjectId`: the reaction. */
  | 'reaction'
  /** `subjectId`: the report. */
  | 'report'
  /** Somebody followed has moved; `subjectId`: the new account. */
  | 'move'
export interface Notification {
  id: number
  type: NotificationType
  accountId: number
  postId: number | null
  subjectId: number | null
  createdAt: number
}

/** Newest first, always (mastodon-api.md 2.5). Bounds are exclusive; `minId` is the page immediately above it and wins over `sinceId`. */
export interface Page {
  maxId?: number
  sinceId?: number
  minId?: number
  limit: number
}
