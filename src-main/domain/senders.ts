import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** What has to be known of the sender of every activity, and of the people a post names: one look-up each, for the hot path of the inbox. */

const OWNER = sql<number>`(select id from accounts where domain = '' and own = 1)`

const sender = query<{ uri: string }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['accounts.id', 'accounts.own', 'accounts.followers_uri', 'accounts.suspended_at'])
    .select((e) => [
      e
        .selectFrom('follows')
        .select('follows.state')
        .where('follows.account_id', '=', OWNER)
        .whereRef('follows.target_id', '=', 'accounts.id')
        .as('asked'),
      e
        .selectFrom('follows')
        .select('follows.state')
        .whereRef('follows.account_id', '=', 'accounts.id')
        .where('follows.target_id', '=', OWNER)
        .as('asks'),
      e
        .selectFrom('blocks')
        .select('blocks.id')
        .where('blocks.account_id', '=', OWNER)
        .whereRef('blocks.target_id', '=', 'accounts.id')
        .as('block'),
    ])
    .where('accounts.uri', '=', p.uri),
)
const named = query<{ uris: string[] }>()((p) =>
  build.selectFrom('accounts').select(['id', 'uri', 'username', 'domain']).where('uri', 'in', inList(p.uris)),
)

export interface Sender {
  accountId: number
  own: boolean
  followersUri: string | null
  suspended: boolean
  /** The owner follows them, with their yes. */
  following: boolean
  /** They follow the owner, with the owner's yes. */
  followedBy: boolean
  /** The owner has blocked them. */
  blocking: boolean
}

/** Somebody by their uri; null if not stored. */
export function senderByUri(d: Domain, uri: string): Sender | null {
  const row = sender.get(d.store, { uri })
  if (!row) return null
  return {
    accountId: row.id,
    own: row.own === 1,
    followersUri: row.followers_uri,
    suspended: row.suspended_at !== null,
    following: row.asked === 'accepted',
    followedBy: row.asks === 'accepted',
    blocking: row.block !== null,
  }
}

/** Handles by uri, `user@host` (the owner's without a host); unknown ones are missing. One query, none for an empty list. */
export function handlesByUri(d: Domain, uris: readonly string[]): Map<string, { accountId: number; acct: string }> {
  if (uris.length === 0) return new Map()
  return new Map(
    named
      .all(d.store, { uris: [...uris] })
      .map((row) => [row.uri as string, { accountId: row.id, acct: row.domain === '' ? row.username : `${row.username}@${row.domain}` }]),
  )
}
