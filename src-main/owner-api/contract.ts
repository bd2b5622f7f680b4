import type { Apps } from './contract/apps.ts'
import type { Connection } from './contract/connection.ts'
import type { AwayReport, Closing, PeopleImport } from './contract/house.ts'
import type { Draft, HeldPost, OutboxItem } from './contract/outbox.ts'
import type { Label, Searches, Walk } from './contract/reading.ts'
import type { Settings } from './contract/settings.ts'

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
 * | POST   setup/check                  | { origin }            | AddressCheck      |
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
 * | POST   scheduled/:id/now            |                       | { postId }        |
 * | POST   scheduled/:id/draft          |                       | Draft             |
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

export type * from './contract/outbox.ts'
export type * from './contract/connection.ts'
export type * from './contract/settings.ts'
export type * from './contract/apps.ts'
export type * from './contract/reading.ts'
export type * from './contract/house.ts'

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
  /** Names like it that can be had; only where there is a problem. */
  suggestions: string[]
}
/** Whether an own domain leads here, looked at before it is chosen. */
export interface AddressCheck {
  host: string
  code: AddressCheckCode
}
export type AddressCheckCode =
  | 'fine'
  /** The name is not known. */
  | 'no-name'
  | 'no-answer'
  /** No certificate that is valid for the name. */
  | 'tls'
  /** Something else answers there. */
  | 'not-us'
  /** It leads here, but under another name: Host is not passed on. */
  | 'host'
  /** The name leads into a private network. */
  | 'private'
  /** This computer has no network: nothing can be said. */
  | 'offline'
export interface SetupName {
  name: string
  displayName?: string
}
/** `own`: a domain, carried by something outside Burrow. `trial`: localtunnel. `later`: write first, no address yet (design 6). */
export type SetupAddress = { choice: 'own'; origin: string } | { choice: 'trial' } | { choice: 'later' }

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
