/**
 * What a route answers, by the name of its schema: `Status`, a list of them `Status[]`, one of several `Status|ScheduledStatus`. The
 * OpenAPI document is built from it, and the tests hold every answer against it. Nothing is checked or shaped while the program runs.
 */

/** Every schema of `schemas/entities.ts`. */
export const ENTITIES = [
  'Account',
  'CredentialAccount',
  'MutedAccount',
  'Profile',
  'Relationship',
  'FamiliarFollowers',
  'Suggestion',
  'Status',
  'Context',
  'StatusEdit',
  'StatusSource',
  'ScheduledStatus',
  'Poll',
  'MediaAttachment',
  'PreviewCard',
  'Notification',
  'GroupedNotifications',
  'UnreadCount',
  'NotificationPolicy',
  'NotificationRequest',
  'NotificationsMerged',
  'Filter',
  'FilterKeyword',
  'FilterStatus',
  'V1Filter',
  'List',
  'Conversation',
  'Tag',
  'FeaturedTag',
  'Markers',
  'Search',
  'Instance',
  'V1Instance',
  'ExtendedDescription',
  'CustomEmoji',
  'Preferences',
  'Report',
  'AnnualReports',
  'AnnualReportState',
  'AsyncRefresh',
  'Application',
  'CredentialApplication',
  'Token',
  'UserInfo',
  'ServerMetadata',
  'WebPushSubscription',
  'OEmbed',
  'NodeInfoLinks',
  'NodeInfo',
  'OpenApi',
  'Error',
  'OauthError',
  /** A host name, in a list of them. */
  'DomainName',
  /** `{}`. */
  'Empty',
  /** In a list that is always empty here. */
  'Nothing',
  /** A JSON object whose keys are its data. */
  'Map',
] as const

export type EntityName = (typeof ENTITIES)[number]
/** `Text`, `Page` (HTML), `Picture`, `EventStream` and `Socket` are no JSON; `Absent` is a route that always answers 404 (or 403) in JSON. */
export type OtherAnswer = 'Text' | 'Page' | 'Picture' | 'EventStream' | 'Socket' | 'Absent'
type OneAnswer = EntityName | `${EntityName}[]` | OtherAnswer
export type AnswerName = OneAnswer | `${EntityName}|${EntityName}`

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a success of this route answers. */
    answers?: AnswerName
  }
}

/** Route config of a route that needs no token. */
export const says = (answers: AnswerName) => ({ config: { answers } })
