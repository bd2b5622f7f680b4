/**
 * The owner API: what Mastodon has no word for. JSON under `/api/owner` of the owner listener, `Authorization: Bearer TOKEN` on every
 * route but `POST session`. Times are ISO 8601 with milliseconds, ids decimal strings. Results carry codes and parameters, never
 * sentences: words are made in the window (design 4). Errors: `{ error: string (English, for logs and curl), code: OwnerErrorCode, params? }`.
 *
 * Types only: this file is shared with the renderer and must import nothing at run time.
 *
 * | method, path under /api/owner       | body                  | answer            |
 * |-------------------------------------|-----------------------|-------------------|
 * | POST   session                      | SessionRequest        | Session           |
 * | GET    state                        |                       | OwnerState        |
 * | GET    setup/name?name=             |                       | NameCheck         |
 * | POST   setup/name                   | SetupName             | OwnerState        |
 * | POST   setup/address                | SetupAddress          | OwnerState        |
 * | GET    connection                   |                       | Connection        |
 * | POST   connection/retry             |                       | Connection        |
 * | POST   connection/pause             | { until }             | Connection        |
 * | GET    drafts/:id/versions          |                       | DraftVersion[]    |
 * | POST   drafts/:id/versions/:version |                       | Draft             |
 * | GET    outbox                       |                       | Outbox            |
 * | POST   outbox/approve               |                       | Outbox            |
 * | POST   outbox/:id/retry             |                       | OutboxItem        |
 * | DELETE outbox/:id                   |                       | Outbox            |
 * | GET    drafts                       |                       | Draft[]           |
 * | PUT    drafts/:id                   | DraftInput            | Draft             |
 * | DELETE drafts/:id                   |                       | {}                |
 * | POST   preview                      | { text, format }      | Preview           |
 * | GET    suggestions?kind=&q=         |                       | Suggestions       |
 * | GET    held                         |                       | HeldPost[]        |
 * | POST   held                         | HoldRequest           | HeldPost          |
 * | DELETE held/:id                     |                       | { draft: Draft }  |
 * | POST   held/:id/now                 |                       | {}                |
 * | GET    settings                     |                       | Settings          |
 * | PATCH  settings                     | Partial<Settings>     | Settings          |
 * | GET    places/:view                 |                       | Place or null     |
 * | PUT    places/:view                 | Place                 | Place             |
 * | GET    beginning                    |                       | Beginning         |
 * | GET    posts/:id/deliveries         |                       | PostDeliveries    |
 * | POST   posts/:id/deliveries/retry   |                       | PostDeliveries    |
 * | GET    hosts                        |                       | HostDelivery[]    |
 * | POST   hosts/:host/retry            |                       | HostDelivery      |
 * | DELETE hosts/:host                  |                       | HostDelivery      |
 * | GET    away                         |                       | AwayReport[]      |
 * | POST   away                         |                       | AwayReport[]      |
 * | DELETE away                         |                       | AwayReport[]      |
 * | POST   posts/:id/reactions          | { emoji }             | PostReactions     |
 * | DELETE posts/:id/reactions/:emoji   |                       | PostReactions     |
 * | POST   accounts/:id/posts           | { older }             | FetchedPosts      |
 * | POST   posts/:id/conversation       |                       | Walk              |
 * | GET    walks/:id                    |                       | Walk              |
 * | GET    relays                       |                       | Relay[]           |
 * | POST   relays                       | { address }           | Relay[]           |
 * | DELETE relays/:id                   |                       | Relay[]           |
 * | GET    emojis                       |                       | OwnEmoji[]        |
 * | POST   emojis (multipart)           | shortcode, file       | OwnEmoji[]        |
 * | DELETE emojis/:shortcode            |                       | OwnEmoji[]        |
 * | GET    labels                       |                       | Label[]           |
 * | POST   labels                       | { name }              | Label             |
 * | PATCH  labels/:id                   | { name }              | Label[]           |
 * | DELETE labels/:id                   |                       | Label[]           |
 * | GET    posts/:id/labels             |                       | PostLabels        |
 * | PUT    posts/:id/labels             | { labelIds }          | PostLabels        |
 * | GET    bookmarks?label=&q=&before=  |                       | BookmarkPage      |
 * | POST   filters/preview              | FilterQuestion        | FilterPreview     |
 * | GET    filters/totals?offset=       |                       | FilterTotals      |
 * | GET    servers/:host/posts?before=  |                       | ServerPosts       |
 * | GET    accounts/:id/facts           |                       | ProfileFacts      |
 * | POST   accounts/:id/familiar        |                       | Familiar          |
 * | GET    lists                        |                       | ListBoosts[]      |
 * | PATCH  lists/:id                    | { boosts }            | ListBoosts[]      |
 * | GET    identity                     |                       | Identity          |
 * | POST   identity/aliases             | { acct }              | Identity          |
 * | DELETE identity/aliases             | { uri }               | Identity          |
 * | POST   identity/move                | { acct, confirm }     | Identity          |
 * | POST   identity/rotate              |                       | Identity          |
 * | GET    reports                      |                       | Report[]          |
 * | POST   reports/:id/resolve          |                       | Report[]          |
 * | GET    apps                         |                       | Apps              |
 * | POST   apps/connect                 |                       | Apps              |
 * | DELETE apps/connect                 |                       | Apps              |
 * | POST   apps/requests/:id/approve    | { code }              | Apps              |
 * | POST   apps/requests/:id/deny       |                       | Apps              |
 * | DELETE apps/:id                     |                       | Apps              |
 * | GET    door                         |                       | DoorWord[]        |
 * | POST   door                         | { words, wholeWord }  | DoorWord[]        |
 * | DELETE door/:id                     |                       | DoorWord[]        |
 * | POST   domain-blocks/import         | { list }              | ImportedBlocks    |
 * | GET    closing                      |                       | Closing           |
 * | POST   closing                      | { confirm }           | Closing           |
 * | GET    catch-ups                    |                       | CatchUp[]         |
 * | POST   catch-ups                    | { from? }             | CatchUp           |
 * | GET    catch-ups/offer?since=       |                       | CatchUpOffer      |
 * | GET    catch-ups/:id                |                       | CatchUp           |
 * | PUT    catch-ups/:id/state          | CatchUpState          | CatchUp           |
 * | POST   catch-ups/:id/done           |                       | CatchUp           |
 * | GET    catch-ups/:id/posts          |                       | CatchUpPosts      |
 * | GET    catch-ups/:id/links?from=    |                       | TopLink[]         |
 * | GET    searches                     |                       | Searches          |
 * | POST   searches                     | { name, query }       | Searches          |
 * | PATCH  searches/:id                 | { name?, query? }     | Searches          |
 * | DELETE searches/:id                 |                       | Searches          |
 * | POST   searches/recent              | { query }             | Searches          |
 * | DELETE searches/recent?query=       |                       | Searches          |
 * | POST   media/:id/poster (multipart) | file                  | DraftMedia        |
 * | GET    storage                      |                       | StorageUse        |
 * | POST   storage/free                 | { part }              | StorageUse        |
 * | GET    diagnostics                  |                       | Diagnostics       |
 * | GET    logs                         |                       | LogLine[]         |
 * | GET    people                       |                       | PeopleImport/null |
 * | POST   people                       | { addresses }         | PeopleImport      |
 * | DELETE people                       |                       | {}                |
 * | POST   stop                         |                       | {}                |
 * | WS     events (subprotocol = token) |                       | OwnerEvent frames |
 *
 * Besides, `POST /api/v1/statuses` and `PUT /api/v1/statuses/:id` accept `draft_id`: that draft goes in the same transaction.
 */

export type OwnerErrorCode =
  | 'invalid-body'
  | 'unauthorized'
  | 'sign-in-code-invalid'
  | 'not-found'
  | 'name-invalid'
  | 'name-reserved'
  | 'already-named'
  | 'origin-invalid'
  | 'origin-already-set'
  | 'name-first'
  | 'too-late'
  | 'disk-full'
  | 'unavailable'
  | 'invalid'
  | 'conflict'
  | 'internal'
  /** Of people: nobody by that handle; yourself; an account that has moved on itself, or names this one not (yet). */
  | 'account-not-found'
  | 'yourself'
  | 'moved-itself'
  | 'alias-missing'
  | 'alias-invalid'
  /** Once in 30 days; `params.at` in milliseconds. */
  | 'moved-recently'
  /** Once a day. */
  | 'rotated-recently'
  /** Of apps that ask: the code typed is another (`params.left` tries); it is over. */
  | 'code-wrong'
  | 'request-over'
  /** The account is closed. */
  | 'closed'
  /** The handle typed to confirm is another. */
  | 'confirm-wrong'
  | 'no-address'
  /** Of emojis; `params.maxBytes` with `too-large`. */
  | 'shortcode-invalid'
  | 'shortcode-taken'
  | 'unsupported-type'
  | 'too-large'
  | 'relay-known'
  | 'no-relay'
  | 'label-taken'
  /** Of other servers to look around: no such host, a sign-in is asked for, nothing to show; `params.host`. */
  | 'server-unknown'
  | 'server-refuses'
  | 'server-shows-none'
  /** Of reactions. */
  | 'emoji-invalid'
  | 'too-many-reactions'
  /** `params.max` */
  | 'too-many'

export interface OwnerError {
  error: string
  code: OwnerErrorCode
  params?: Record<string, string | number>
}

/** The one-time code of the sign-in link's fragment (design 3): posted by the page, stored hashed, valid 10 minutes, used once. */
export interface SessionRequest {
  code: string
}
export interface Session {
  token: string
}

export interface OwnerState {
  version: string
  /** `name`: no identity yet. `address`: named, no address chosen. `ready`: chosen, or put off with "Later, write first". */
  setup: 'name' | 'address' | 'ready'
  /** A name slugged from the system's user name if that looks like a person's, else null. */
  suggestedName: string | null
  owner: { id: string; username: string; handle: string | null } | null
  connection: Connection
  settings: Settings
  /** `desktop`: run by the Electron shell. `headless`: anything else. */
  host: 'desktop' | 'headless'
}

export interface NameCheck {
  /** Lower-cased and trimmed. Allowed: a-z 0-9 _, 1 to 30, first and last not `_`. */
  name: string
  problem: 'name-invalid' | 'name-reserved' | null
}
export interface SetupName {
  name: string
  displayName?: string
}
/** `own`: a domain, carried by something outside Burrow. `trial`: localtunnel. `later`: write first, no address yet (design 6). */
export type SetupAddress = { choice: 'own'; origin: string } | { choice: 'trial' } | { choice: 'later' }

export type ConnectionState =
  /** No address chosen: nothing federates, everything waits. */
  | 'no-address'
  | 'connecting'
  | 'online'
  /** The network is there, but our public address does not answer with our key. */
  | 'unreachable'
  | 'offline'
  /** The owner's choice: nothing leaves until `nextAttemptAt`. */
  | 'paused'
  | 'action-needed'

export type ConnectionReason =
  'no-network' | 'tunnel-unreachable' | 'tunnel-closed' | 'name-taken' | 'not-answering' | 'wrong-key' | 'clock-skew' | 'disk-full'

export interface Connection {
  state: ConnectionState
  reason: ConnectionReason | null
  since: string
  /** `https://ada.example`, once chosen; never changes afterwards. */
  origin: string | null
  /** `@ada@ada.example` */
  handle: string | null
  tunnel: 'none' | 'localtunnel'
  /** A trial name is not ours for ever, and its operator can read along. Never call it permanent. */
  trial: boolean
  /** The last time our public address answered with our key, or a verified request came in. */
  seenAt: string | null
  nextAttemptAt: string | null
  /** How many outbox items wait. */
  waiting: number
  /** How many outbox items need the owner. */
  failed: number
}

export type OutboxKind =
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

/** `waiting`: nothing of it has left. `sending`: some servers have it. `failed`: given up somewhere and nothing left to try. `sent`: done (kept for a day). */
export type OutboxState = 'waiting' | 'sending' | 'failed' | 'sent'

export type DeliveryFailureCode =
  | 'no-answer'
  | 'timeout'
  | 'refused'
  | 'unauthorized'
  | 'gone'
  | 'not-found'
  | 'rejected'
  | 'rate-limited'
  | 'server-error'
  | 'tls'
  | 'dns'
  | 'address-not-allowed'
  | 'account-not-found'

export interface OutboxItem {
  id: string
  kind: OutboxKind
  state: OutboxState
  /** The post it speaks of (own, boosted or favourited), if any: the window draws it as wet ink. */
  postId: string | null
  accountId: string | null
  /** First 140 characters of plain text, for the row. */
  excerpt: string | null
  /** `bo@tide.example`, whom it goes to or speaks of. */
  acct: string | null
  createdAt: string
  sentAt: string | null
  delivered: number
  total: number
  nextAttemptAt: string | null
  /** It has waited for over 12 hours and goes only when the owner says so: "Send now", `POST outbox/approve`, or delete. */
  asks: boolean
  /** When an own post was written; it is dated by when it leaves. */
  writtenAt: string | null
  /** False once any server has it. */
  cancellable: boolean
  failures: { host: string; code: DeliveryFailureCode; status: number | null; at: string; final: boolean }[]
}

export interface Outbox {
  items: OutboxItem[]
  waiting: number
  failed: number
}

export type Visibility = 'public' | 'unlisted' | 'private' | 'direct'

export interface DraftInput {
  text: string
  warning: string
  sensitive: boolean
  visibility: Visibility
  language: string | null
  inReplyToId: string | null
  /** The post being edited, if this is an edit. */
  editOf: string | null
  /** Media ids in order, uploaded through `POST /api/v2/media`; kept while the draft lives. */
  mediaIds: string[]
  /** Caret position in UTF-16 units, so that a draft opens where it was left. */
  caret: number
  /** A poll being written; absent is null. */
  poll?: DraftPoll | null
  /** The post being quoted. */
  quoteOf?: string | null
  /** Absent: as the settings say. */
  format?: 'plain' | 'markdown' | null
  quotePolicy?: 'public' | 'followers' | 'nobody' | null
  /** The further posts of a thread, in order. */
  parts?: DraftPart[] | null
  /** The time chosen for it. */
  scheduledAt?: string | null
}
export interface DraftPart {
  text: string
  warning: string
  mediaIds: string[]
}
export interface DraftPoll {
  options: string[]
  multiple: boolean
  /** Seconds from publishing to the end. */
  expiresIn: number
}
/** Publishing with time for second thoughts. `status`: the JSON body of `POST /api/v1/statuses`, with `draft_id` and `idempotency_key`. */
export interface HoldRequest {
  seconds: 5 | 10 | 20 | 30
  status: Record<string, unknown>
}
/** A post that goes out at `until` unless it is taken back. Its draft stays until then. */
export interface HeldPost {
  id: string
  draftId: string
  until: string
  excerpt: string
  editOf: string | null
  /** Why it did not go and needs the owner; null: it goes at `until`. */
  problem: HeldProblem | null
}
export type HeldProblem = 'late' | 'parent-gone' | 'quote-gone' | 'media-gone' | 'refused'
/** A draft as it was; restoring it makes it the draft again. */
export interface DraftVersion {
  id: string
  savedAt: string
  input: DraftInput
}
export interface DraftMedia {
  id: string
  type: 'image' | 'gifv' | 'video' | 'audio' | 'unknown'
  url: string | null
  previewUrl: string | null
  description: string | null
  width: number | null
  height: number | null
  blurhash: string | null
  focus: { x: number; y: number } | null
}
/** `id` is minted by the window (a UUID), so that a save can be repeated. */
export interface Draft extends DraftInput {
  id: string
  media: DraftMedia[]
  /** The handle answered, for the list. */
  inReplyToAcct: string | null
  createdAt: string
  updatedAt: string
}

export interface Settings {
  language: 'system' | 'en' | 'fr'
  theme: 'system' | 'light' | 'dark' | 'hc-light' | 'hc-dark'
  density: 'calm' | 'compact' | 'list'
  defaultVisibility: Visibility
  defaultLanguage: string
  altReminder: 'remind' | 'require' | 'off'
  notifications: boolean
  closeToTray: boolean
  /** Who may quote the owner's posts, unless a post says otherwise. */
  quotePolicy: 'public' | 'followers' | 'nobody'
  /** Posts are shown only to servers that say who they are (authorized fetch). */
  secureMode: boolean
  /** Somebody blocked is told by a Block activity. */
  sendBlocks: boolean
  /** What was missed while away is fetched by itself. */
  catchUp: boolean
  /** Apps may connect through the public address. The tunnel's operator can read along unless the address is your own. */
  publicApi: boolean
  /** Apps may connect from the local network, without TLS. */
  lanApi: boolean
  defaultSensitive: boolean
  defaultFormat: 'plain' | 'markdown'
  /** How long the owner's posts may be: 500 to 20,000. */
  maxCharacters: number
  expandMedia: 'default' | 'show_all' | 'hide_all'
  expandWarnings: boolean
  /** Of the text of posts, in pixels. */
  textSize: 13 | 14 | 15 | 16 | 17 | 18 | 20
  postFont: 'atkinson' | 'literata' | 'system'
  accent: 'tide' | 'fern' | 'moss' | 'ochre' | 'brick' | 'rose' | 'plum' | 'slate'
  motion: 'system' | 'reduce'
  /** Newest first, or upward from the oldest unread. */
  direction: 'newest' | 'upward'
  /** At the very top, with the pointer at rest, new posts come in by themselves. */
  liveAtTop: boolean
  boosts: 'inline' | 'shelf' | 'hidden'
  foldThreads: boolean
  /** A picture without a description says so. */
  showNoAlt: boolean
  /** Moving pictures and emoji play while pointed at, or never. */
  animate: 'hover' | 'never'
  /** Pictures are a card with their description and size until asked for. */
  reducedData: boolean
  collapseNameEmoji: boolean
  /** Warnings that hold one of these words are opened at once. */
  openWarnings: readonly string[]
  /** "Everything received" stands in the sidebar. */
  everythingReceived: boolean
  announceNew: 'off' | 'count'
  /** Seconds that a post waits for second thoughts before it goes; 0: none. */
  undoSeconds: 0 | 5 | 10 | 20 | 30
  /** The further posts of a thread, after a first that is public. */
  threadVisibility: 'unlisted' | 'public'
  detectLanguage: boolean
  /** Content warnings to choose from. */
  warningPresets: readonly string[]
  /** Off until asked for: where the system has no dictionary, one comes from a third party. */
  spellcheck: boolean
  shortcutMode: 'on' | 'off' | 'focused'
  shortcutPreset: 'burrow' | 'mastodon' | 'phanpy'
  /** Keys the owner has set, by command; an empty list: none. */
  shortcuts: Readonly<Record<string, readonly string[]>>
  /** Lists, hashtags and searches in the sidebar, in order: `list:1`, `tag:mending`, `search:3`. */
  pinned: readonly string[]
  deck: boolean
  /** What stands in the columns of the deck: addresses such as `/home`, `/list/1`. */
  deckColumns: readonly DeckColumn[]
  /** Bytes that copies of others' media may take. */
  mediaBudget: number
  /** Bytes that copies of what is bookmarked, and of own posts, may take before it is said. */
  keptBudget: number
  /** The owner says that this connection costs by the byte: no system tells. */
  metered: boolean
  /** On a metered or slow connection, or on battery: fetch as ever, ask, or wait. */
  onMetered: 'go' | 'ask' | 'wait'
  onBattery: 'go' | 'ask' | 'wait'
  /** Steps of the setup list that are done with: `person`, `people`, `picture`, `tour`. */
  setupDone: readonly string[]
}

export interface DeckColumn {
  /** An address of the window below `/app`. */
  at: string
  /** New posts do not come in by themselves. */
  muted: boolean
  hideBoosts: boolean
  hideReplies: boolean
  /** Pixels. */
  width: number
}

/** Connecting apps. Nothing is asked of the owner outside the ten minutes after they pressed "Connect an app". */
export interface Apps {
  /** Until when apps may ask; null: they may not. */
  openUntil: string | null
  requests: AppRequest[]
  apps: ConnectedApp[]
  /** Where an app finds this home: empty until a switch is on. `url` is what to type or scan. */
  addresses: AppAddress[]
}
export interface AppAddress {
  kind: 'public' | 'lan'
  url: string
  /** The operator of what carries it can read along (a trial's tunnel), or anybody on the network can (no TLS). */
  readable: 'tunnel' | 'network' | null
}
/** An app that asks to be let in. The owner types the code that the waiting page shows: it proves that both are the same person's. */
export interface AppRequest {
  id: string
  name: string
  website: string | null
  /** Where the answer goes: an address, or null when the app shows a code to copy. */
  redirectUri: string | null
  scopes: string[]
  /** Through which door it came. */
  from: 'owner' | 'public' | 'lan'
  askedAt: string
  expiresAt: string
  /** Wrong codes so far; after three it is denied. */
  tries: number
}
export interface ConnectedApp {
  /** Of the token. */
  id: string
  name: string
  website: string | null
  scopes: string[]
  createdAt: string
  lastUsedAt: string | null
  /** Gets notifications pushed. */
  push: boolean
}

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

/** Where a post has arrived, server by server. */
export interface PostDeliveries {
  postId: string
  delivered: number
  total: number
  /** Every server it went to, those that need a look first. */
  hosts: {
    host: string
    state: 'delivered' | 'waiting' | 'failed'
    code: DeliveryFailureCode | null
    status: number | null
    attempts: number
    nextAttemptAt: string | null
  }[]
}

/** How deliveries to one server go. `open`: it is thought to be down and only probed. */
export interface HostDelivery {
  host: string
  software: string | null
  state: 'fine' | 'troubled' | 'open'
  waiting: number
  failed: number
  delivered: number
  lastSuccessAt: string | null
  lastFailureAt: string | null
  lastCode: DeliveryFailureCode | null
  lastStatus: number | null
  nextAttemptAt: string | null
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

export type OwnerEvent =
  | { type: 'connection'; connection: Connection }
  | { type: 'outbox'; item: OutboxItem; waiting: number; failed: number }
  | { type: 'outbox-removed'; id: string; waiting: number; failed: number }
  | { type: 'draft'; draft: Draft }
  | { type: 'draft-removed'; id: string }
  | { type: 'held'; held: HeldPost }
  /** It has become a post, or, without one, was taken back. */
  | { type: 'held-removed'; id: string; postId: string | null }
  | { type: 'settings'; settings: Settings }
  | { type: 'away'; report: AwayReport }
  | { type: 'searches'; searches: Searches }
  /** A private mention came, was read or went: what lists them asks anew. */
  | { type: 'conversation'; id: string }
  | { type: 'labels'; labels: Label[] }
  /** A list, or who is on one, is another now. */
  | { type: 'lists' }
  | { type: 'walk'; walk: Walk }
  | { type: 'apps'; apps: Apps }
  | { type: 'closing'; closing: Closing }
  | { type: 'people'; people: PeopleImport }
  | { type: 'profile' }
