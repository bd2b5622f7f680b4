/** What is written and what leaves: drafts, posts held for second thoughts, the outbox, deliveries. Part of `contract.ts`: types only. */

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
  | 'moved'
  | 'poll-over'

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
