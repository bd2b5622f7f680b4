import { build, query, sql } from '../store/query.ts'
import { findOwnerId } from './rows.ts'
import { postRow } from './stored-posts.ts'
import type { Domain } from './domain.ts'

/** Whom an own post, its edit or its end has to reach; for delivery. Only accounts elsewhere, never the owner. */

const named = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('mentions')
    .innerJoin('accounts', 'accounts.id', 'mentions.account_id')
    .select('accounts.id')
    .where('mentions.post_id', '=', p.post_id)
    .where('accounts.inbox', 'is not', null)
    .where('accounts.own', '=', 0),
)
const touched = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('posts as answers')
    .select('answers.account_id as id')
    .where('answers.in_reply_to_id', '=', p.post_id)
    .where('answers.own', '=', 0)
    .union(
      build
        .selectFrom('posts as boosts')
        .select('boosts.account_id as id')
        .where('boosts.boost_of', '=', p.post_id)
        .where('boosts.own', '=', 0),
    )
    .union(
      build
        .selectFrom('favourites')
        .innerJoin('accounts', 'accounts.id', 'favourites.account_id')
        .select('favourites.account_id as id')
        .where('favourites.post_id', '=', p.post_id)
        .where('accounts.own', '=', 0),
    )
    .union(
      build
        .selectFrom('reactions')
        .innerJoin('accounts', 'accounts.id', 'reactions.account_id')
        .select('reactions.account_id as id')
        .where('reactions.post_id', '=', p.post_id)
        .where('accounts.own', '=', 0),
    )
    .union(
      build
        .selectFrom('votes')
        .innerJoin('accounts', 'accounts.id', 'votes.account_id')
        .select('votes.account_id as id')
        .where('votes.post_id', '=', p.post_id)
        .where('accounts.own', '=', 0),
    )
    .union(
      build
        .selectFrom('posts as quotes')
        .select('quotes.account_id as id')
        .where('quotes.quote_of', '=', p.post_id)
        .where('quotes.own', '=', 0),
    ),
)
const elsewhere = query<{ id: number }>()((p) => build.selectFrom('accounts').select('id').where('id', '=', p.id).where('own', '=', 0))
const followers = query<{ owner: number }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.account_id')
    .select(['accounts.id as accountId', sql<string>`accounts.inbox`.as('inbox'), 'accounts.shared_inbox as sharedInbox'])
    .where('follows.target_id', '=', p.owner)
    .where('follows.state', '=', 'accepted')
    .where('accounts.inbox', 'is not', null)
    .where('accounts.suspended_at', 'is', null),
)
const followed = query<{ owner: number }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.target_id')
    .select(['accounts.id as accountId', sql<string>`accounts.inbox`.as('inbox'), 'accounts.shared_inbox as sharedInbox'])
    .where('follows.account_id', '=', p.owner)
    .where('accounts.inbox', 'is not', null)
    .where('accounts.suspended_at', 'is', null),
)

const everyone = query()(() =>
  build
    .selectFrom('accounts')
    .select(sql<string>`coalesce(shared_inbox, inbox)`.as('inbox'))
    .distinct()
    .where('own', '=', 0)
    .where('inbox', 'is not', null)
    .where('suspended_at', 'is', null),
)

export interface Inbox {
  accountId: number
  inbox: string
  sharedInbox: string | null
}

/**
 * Recipients of an own post or boost: its followers unless it is a private mention, the people it names, whom it answers or boosts, and,
 * for what anybody may see, whom it quotes and who answered, boosted, favourited, voted in or quoted it (they hold a copy: Mastodon's
 * StatusReachFinder does the same).
 */
export function recipientsOf(d: Domain, postId: number): { followers: boolean; accountIds: number[] } {
  const row = postRow(d, postId)
  if (!row) return { followers: false, accountIds: [] }
  const ids = new Set(named.all(d.store, { post_id: postId }).map((one) => one.id))
  const add = (id: number | null) => {
    if (id !== null && elsewhere.get(d.store, { id })) ids.add(id)
  }
  if (row.boost_of !== null) add(postRow(d, row.boost_of)?.account_id ?? null)
  // A private mention goes to the people it names and to nobody else, whatever it answers.
  if (row.visibility !== 'direct') add(row.in_reply_to_account_id)
  if (row.visibility === 'public' || row.visibility === 'unlisted') {
    for (const one of touched.all(d.store, { post_id: postId })) ids.add(one.id)
    if (row.quote_of !== null) add(postRow(d, row.quote_of)?.account_id ?? null)
  }
  return { followers: row.visibility !== 'direct', accountIds: [...ids] }
}

/** Inboxes of the accepted followers. */
export function followerInboxes(d: Domain): Inbox[] {
  const owner = findOwnerId(d)
  return owner === null ? [] : followers.all(d.store, { owner })
}

/** Inboxes of everybody who follows or is followed (or asked), each account once: for "we are back" and for the profile. */
export function knownInboxes(d: Domain): Inbox[] {
  const owner = findOwnerId(d)
  if (owner === null) return []
  return [
    ...new Map([...followers.all(d.store, { owner }), ...followed.all(d.store, { owner })].map((one) => [one.accountId, one])).values(),
  ]
}

/** Every inbox there is, one per server where it has a shared one: whoever may hold a copy of anything has to hear that the account is gone (as on Mastodon). */
export function everyInbox(d: Domain): string[] {
  return everyone.all(d.store).map((row) => row.inbox)
}
