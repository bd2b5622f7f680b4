/** The shapes that components and views speak of. They come through here because only `state` touches `api`. */
export type {
  Account,
  AccountCredentials,
  Context,
  CustomEmoji,
  EmojiReaction,
  Failure,
  List,
  MediaAttachment,
  Notification,
  Poll,
  PreviewCard,
  Relationship,
  Rest,
  ScheduledPost,
  Search,
  Status,
  StatusEdit,
  StatusSource,
  Tag,
} from '../api/mastodon.ts'
export { failureOf } from '../api/mastodon.ts'
export type * from '../../src-main/owner-api/contract.ts'
export { OwnerApiError, OwnerClient } from '../api/owner.ts'
export type { DesktopApi } from '../api/desktop.ts'
