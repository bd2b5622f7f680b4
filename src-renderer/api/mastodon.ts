import { createRestAPIClient, MastoHttpError, MastoTimeoutError, type mastodon } from 'masto'
import { OwnerApiError } from './owner.ts'

/** The Mastodon client of the window: same origin, bearer token. Keys arrive in camelCase. */
export type Rest = mastodon.rest.Client

/** What people answered a post with one character or picture: an addition of ours to the Mastodon shape. */
export interface EmojiReaction {
  /** The character, or the shortcode without colons. */
  name: string
  url: string | null
  count: number
  me: boolean
}
export type Status = mastodon.v1.Status & {
  emojiReactions?: EmojiReaction[]
  /** Of an answer to a post that is not here: where that one is. */
  inReplyToUri?: string | null
}
export type Account = mastodon.v1.Account
/** The owner's own account, with what only they may see. */
export type AccountCredentials = mastodon.v1.CredentialAccount
export type Relationship = mastodon.v1.Relationship
export type Notification = mastodon.v1.Notification
export type Conversation = mastodon.v1.Conversation
export type GroupedNotifications = mastodon.v1.GroupedNotificationsResults
export type NotificationPolicy = mastodon.v2.NotificationPolicy
export type NotificationRequest = mastodon.v1.NotificationRequest
export type MediaAttachment = mastodon.v1.MediaAttachment
export type Poll = mastodon.v1.Poll
export type PreviewCard = mastodon.v1.PreviewCard
export type CustomEmoji = mastodon.v1.CustomEmoji
export type Context = mastodon.v1.Context
export type StatusEdit = mastodon.v1.StatusEdit
export type StatusSource = mastodon.v1.StatusSource
/** A post that waits for its time. Its words are as they were typed. */
export interface ScheduledPost {
  id: string
  scheduledAt: string
  params: {
    text: string
    mediaIds?: string[] | null
    sensitive?: boolean | null
    spoilerText?: string | null
    visibility?: 'public' | 'unlisted' | 'private' | 'direct' | null
    language?: string | null
    inReplyToId?: string | null
    quotedStatusId?: string | null
    /** Ours. */
    quoteApprovalPolicy?: 'public' | 'followers' | 'nobody' | null
    /** Ours. */
    contentType?: string
    poll?: { options: string[]; multiple?: boolean | null; expiresIn?: number | string | null } | null
  }
  mediaAttachments: MediaAttachment[]
}
export type List = mastodon.v1.List
export type Filter = mastodon.v2.Filter
export type Search = mastodon.v2.Search
export type Tag = mastodon.v1.Tag

/** Makes the client. `token` is the bearer token of the session. */
export function mastodonClient(origin: string, token: string): Rest {
  return createRestAPIClient({ url: origin, accessToken: token, timeout: 60_000 })
}

/** Who may quote a post, and consent taken back: routes of Mastodon 4.5 that the client's types do not know yet. */
interface Quoting {
  interactionPolicy: { update(params: { quoteApprovalPolicy: 'public' | 'followers' | 'nobody' }): Promise<Status> }
  quotes: { $select(quotingId: string): { revoke(): Promise<Status> } }
}
export const quotingOf = (rest: Rest, id: string): Quoting => rest.v1.statuses.$select(id) as unknown as Quoting

/** What went wrong, without words: the window finds them in the owner's language. */
export interface Failure {
  kind: 'offline' | 'unauthorized' | 'not-found' | 'refused' | 'disk-full' | 'server'
  status: number | null
  /** The English sentence of the server, for details only. */
  text: string
}

/** Sorts anything thrown by the clients. A fetch that never got an answer means our own server is not running. */
export function failureOf(error: unknown): Failure {
  if (error instanceof MastoHttpError) return failureOfStatus(error.statusCode, error.message)
  if (error instanceof OwnerApiError) {
    if (error.code === 'disk-full') return { kind: 'disk-full', status: error.status, text: error.message }
    if (error.status !== null) return failureOfStatus(error.status, error.message)
    return { kind: 'offline', status: null, text: error.message }
  }
  const text = error instanceof Error ? error.message : String(error)
  // What browsers say when a fetch got no answer at all.
  const silent = error instanceof MastoTimeoutError || (error instanceof TypeError && /fetch|network|load failed/i.test(text))
  return { kind: silent ? 'offline' : 'server', status: null, text }
}

/** The same, from an HTTP status. A full disk is a 503 whose sentence says so. */
export function failureOfStatus(status: number, text: string): Failure {
  const kind =
    status === 401 || status === 403
      ? 'unauthorized'
      : status === 404 || status === 410
        ? 'not-found'
        : status === 503 && /disk is full/i.test(text)
          ? 'disk-full'
          : status < 500
            ? 'refused'
            : 'server'
  return { kind, status, text }
}
