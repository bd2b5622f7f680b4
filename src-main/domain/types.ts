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
  alsoKnownAs: string[]
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
}

export interface Mention {
  acct: string
  accountId: number | null
  /** Of the account, if known. */
  username: string
  url: string | null
  uri: string | null
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
  repliesCount: number
  boostsCount: number
  favouritesCount: number
}

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
}

export type NotificationType = 'mention' | 'post' | 'boost' | 'favourite' | 'follow' | 'follow-request' | 'edit'
export interface Notification {
  id: number
  type: NotificationType
  accountId: number
  postId: number | null
  createdAt: number
}

/** Newest first, always (mastodon-api.md 2.5). Bounds are exclusive; `minId` is the page immediately above it and wins over `sinceId`. */
export interface Page {
  maxId?: number
  sinceId?: number
  minId?: number
  limit: number
}
