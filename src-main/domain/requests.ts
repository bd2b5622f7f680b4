import { AppError } from './errors.ts'
import { firstIdAt } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { pageOf } from './paging.ts'
import { findOwnerId, setting } from './rows.ts'
import { setSetting } from './settings.ts'
import type { Domain } from './domain.ts'
import type { NotificationType, Page } from './types.ts'

/**
 * What the owner does not want to hear at once waits as requests: stored and counted, but it does not ring and stands in no list until the
 * owner has looked. Whose words those are is the owner's policy; what strangers say en masse (rule 39) is part of it. A single mention by
 * somebody unknown is no such thing, and neither is an answer to the owner.
 */

export type Rule = 'accept' | 'filter' | 'drop'
/** What happens to notifications by these people. Somebody who belongs to several classes gets the hardest of their rules. */
export interface Policy {
  /** People the owner does not follow. */
  notFollowing: Rule
  /** People who do not follow the owner, or have for less than three days. */
  notFollowers: Rule
  /** Accounts younger than 30 days. */
  newAccounts: Rule
  /** Private mentions that answer nothing of the owner's. */
  privateMentions: Rule
  /** What is said en masse: many people named at once, or a wave of strangers. Here that is what other servers' moderators limit accounts for. */
  limitedAccounts: Rule
  /** Accounts that say they are run by a program. */
  bots: Rule
}
const POLICY: Policy = {
  notFollowing: 'accept',
  notFollowers: 'accept',
  newAccounts: 'accept',
  privateMentions: 'accept',
  limitedAccounts: 'filter',
  bots: 'accept',
}
const POLICY_KEY = 'notificationPolicy'
const RULES: readonly Rule[] = ['accept', 'filter', 'drop']
/** As on Mastodon: what happens to a post that is followed, or by its own author, is never held back. */
const FILTERABLE: readonly NotificationType[] = ['mention', 'quote', 'boost', 'favourite', 'follow', 'follow-request', 'reaction']
const NEW_ACCOUNT_MS = 30 * 24 * 3600_000
const NEW_FOLLOWER_MS = 3 * 24 * 3600_000

/** More people than a conversation among strangers names. */
const MANY_PEOPLE = 6
/** An account so young that names more than the owner. */
const YOUNG_MS = 24 * 3600_000
/** Mentions by strangers, beside answers, in an hour: from then on it is a wave. */
const WAVE = 20
const LATEST = 60
const HOUR_MS = 3600_000

const OWNER = sql<number>`(select id from accounts where domain = '' and own = 1)`

/** Somebody the owner follows or has asked to, has let follow, or whose request was accepted. */
const friend = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('target_id as id')
    .where('account_id', '=', OWNER)
    .where('target_id', '=', p.account_id)
    .unionAll(
      build
        .selectFrom('follows')
        .select('account_id as id')
        .where('account_id', '=', p.account_id)
        .where('target_id', '=', OWNER)
        .where('state', '=', 'accepted'),
    )
    .unionAll(build.selectFrom('known_senders').select('account_id as id').where('account_id', '=', p.account_id))
    .limit(1),
)
const addressed = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('mentions')
    .innerJoin('posts', 'posts.id', 'mentions.post_id')
    .select('posts.id')
    .where('mentions.account_id', '=', p.account_id)
    .where('posts.own', '=', 1)
    .limit(1),
)
const said = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('posts')
    .innerJoin('accounts', 'accounts.id', 'posts.account_id')
    .select(['accounts.created_at', 'posts.in_reply_to_account_id'])
    .select((e) =>
      e
        .selectFrom('mentions')
        .select((n) => n.fn.countAll<number>().as('people'))
        .whereRef('mentions.post_id', '=', 'posts.id')
        .as('people'),
    )
    .where('posts.id', '=', p.post_id),
)
/** Of the latest few hundred notifications: however many came within the hour, the look costs the same. */
const wave = query<{ since: number; limit: number }>()((p) =>
  build
    .selectFrom(
      build
        .selectFrom('notifications')
        .select(['type', 'account_id'])
        .where('id', '>=', p.since)
        .orderBy('id', 'desc')
        .limit(p.limit)
        .as('latest'),
    )
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('type', 'in', ['mention', 'quote'])
    .where('account_id', 'not in', build.selectFrom('follows').select('target_id').where('account_id', '=', OWNER)),
)
type Bounds = { max: number; min: number; limit: number }
const grouped = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('notifications')
      .select((e) => [
        'account_id as accountId',
        e.fn.countAll<number>().as('count'),
        sql<number>`max(id)`.as('newestId'),
        sql<number>`min(created_at)`.as('createdAt'),
        sql<number>`max(created_at)`.as('updatedAt'),
        // SQLite takes a bare column beside max() from the row that has the maximum.
        'post_id as lastPostId',
      ])
      .where('filtered', '=', sql.lit(1))
      .groupBy('account_id')
      .having(sql`max(id)`, '<', p.max)
      .having(sql`max(id)`, '>', p.min)
      .orderBy(sql`max(id)`, direction)
      .limit(p.limit),
  )
const down = grouped('desc')
const up = grouped('asc')
const ofAccount = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('notifications')
    .select((e) => [
      e.fn.countAll<number>().as('count'),
      sql<number>`max(id)`.as('newestId'),
      sql<number>`min(created_at)`.as('createdAt'),
      sql<number>`max(created_at)`.as('updatedAt'),
      'post_id as lastPostId',
    ])
    .where('filtered', '=', sql.lit(1))
    .where('account_id', '=', p.account_id),
)
const totals = query()(() =>
  build
    .selectFrom('notifications')
    .select((e) => [e.fn.countAll<number>().as('notifications'), sql<number>`count(distinct account_id)`.as('requests')])
    .where('filtered', '=', sql.lit(1)),
)
const know = query<{ account_id: number; at: number }>()((p) =>
  build
    .insertInto('known_senders')
    .values({ account_id: p.account_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const release = query<{ account_id: number }>()((p) =>
  build.updateTable('notifications').set({ filtered: 0 }).where('filtered', '=', sql.lit(1)).where('account_id', '=', p.account_id),
)
const drop = query<{ ids: number[] }>()((p) =>
  build.deleteFrom('notifications').where('filtered', '=', sql.lit(1)).where('account_id', 'in', inList(p.ids)),
)

const standing = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['created_at', 'type'])
    .select((e) => [
      e
        .selectFrom('follows')
        .select('id')
        .where('account_id', '=', OWNER)
        .where('target_id', '=', p.account_id)
        .where('state', '=', 'accepted')
        .as('following'),
      e
        .selectFrom('follows')
        .select('created_at')
        .where('account_id', '=', p.account_id)
        .where('target_id', '=', OWNER)
        .where('state', '=', 'accepted')
        .as('follower'),
      e.selectFrom('known_senders').select('account_id').where('account_id', '=', p.account_id).as('known'),
    ])
    .where('id', '=', p.account_id),
)
const directly = query<{ post_id: number }>()((p) =>
  build.selectFrom('posts').select(['visibility', 'in_reply_to_account_id']).where('id', '=', p.post_id),
)

export function policy(d: Domain): Policy {
  return { ...POLICY, ...(setting(d, POLICY_KEY) as Partial<Policy> | null) }
}

/** Changes some rules; what waits already goes on waiting. Throws 'invalid' for what is no rule: nothing is changed then. */
export function setPolicy(d: Domain, change: Partial<Policy>): Policy {
  return d.store.transaction(() => {
    const next = { ...policy(d) }
    for (const [name, rule] of Object.entries(change)) {
      if (!Object.hasOwn(POLICY, name) || !RULES.includes(rule)) {
        throw new AppError('invalid', 'A rule is accept, filter or drop.', { reason: 'rule-invalid' })
      }
      next[name as keyof Policy] = rule
    }
    setSetting(d, POLICY_KEY, next)
    return next
  })
}

/** What the policy says of a notification: told, waiting, or not stored at all. Inside the transaction of what it speaks of. */
export function verdict(d: Domain, type: NotificationType, accountId: number, postId: number | null): Rule {
  if (!FILTERABLE.includes(type)) return 'accept'
  const rules = policy(d)
  const said: Rule[] = []
  const rest = [rules.notFollowing, rules.notFollowers, rules.newAccounts, rules.privateMentions, rules.bots]
  if (rest.some((rule) => rule !== 'accept')) {
    const who = standing.get(d.store, { account_id: accountId })
    // Whom the owner has let in once is heard whatever the rules are.
    if (!who || who.known !== null) return 'accept'
    const now = d.now()
    if (who.following === null) {
      said.push(rules.notFollowing)
      if (now - who.created_at < NEW_ACCOUNT_MS) said.push(rules.newAccounts)
      if (who.type === 'Service' || who.type === 'Application') said.push(rules.bots)
      if (rules.privateMentions !== 'accept' && type === 'mention' && unasked(d, accountId, postId)) said.push(rules.privateMentions)
    }
    if (who.follower === null || now - who.follower < NEW_FOLLOWER_MS) said.push(rules.notFollowers)
  }
  const enMasse = rules.limitedAccounts !== 'accept' && (type === 'mention' || type === 'quote') && postId !== null
  if (enMasse && mustWait(d, accountId, postId)) said.push(rules.limitedAccounts)
  return said.includes('drop') ? 'drop' : said.includes('filter') ? 'filter' : 'accept'
}

function unasked(d: Domain, accountId: number, postId: number | null): boolean {
  const post = postId === null ? undefined : directly.get(d.store, { post_id: postId })
  if (post?.visibility !== 'direct' || post.in_reply_to_account_id === findOwnerId(d)) return false
  return addressed.get(d.store, { account_id: accountId }) === undefined
}

/** Whether what a stranger says in a post is said en masse. */
function mustWait(d: Domain, accountId: number, postId: number): boolean {
  if (friend.get(d.store, { account_id: accountId }) || addressed.get(d.store, { account_id: accountId })) return false
  const row = said.get(d.store, { post_id: postId })
  if (!row) return false
  const now = d.now()
  const people = row.people ?? 0
  if (people >= MANY_PEOPLE) return true
  if (row.in_reply_to_account_id === findOwnerId(d)) return false
  if (people > 1 && now - row.created_at < YOUNG_MS) return true
  return (wave.get(d.store, { since: firstIdAt(now - HOUR_MS), limit: LATEST })?.count ?? 0) >= WAVE
}

/** All that waits of one stranger. */
export interface MentionRequest {
  accountId: number
  count: number
  /** Of the newest of them: for paging. */
  newestId: number
  createdAt: number
  updatedAt: number
  lastPostId: number | null
}

/** Newest first. */
export function requestsPage(d: Domain, page: Page): MentionRequest[] {
  return pageOf(page, { down: (bounds) => down.all(d.store, bounds), up: (bounds) => up.all(d.store, bounds) })
}

export function requestOf(d: Domain, accountId: number): MentionRequest | null {
  const row = ofAccount.get(d.store, { account_id: accountId })
  return row && row.count > 0 ? { ...row, accountId } : null
}

export function waitingRequests(d: Domain): { requests: number; notifications: number } {
  return totals.get(d.store) ?? { requests: 0, notifications: 0 }
}

/**
 * The owner wants to hear these people: what waits of them is told, and they do not wait again. Throws 'not-found'. Events `notified`,
 * `requests-accepted`.
 */
export function acceptRequests(d: Domain, accountIds: readonly number[]): void {
  d.store.transaction(() => {
    for (const accountId of accountIds) {
      const waiting = requestOf(d, accountId)
      if (!waiting) throw new AppError('not-found', 'There is no such request any more.')
      know.run(d.store, { account_id: accountId, at: d.now() })
      release.run(d.store, { account_id: accountId })
      d.events.append('notified', { notificationId: waiting.newestId })
    }
    if (accountIds.length > 0) d.events.append('requests-accepted', { accountIds: [...accountIds] })
  })
}

/** The owner does not: what waits of them goes, and their next is judged anew. */
export function dismissRequests(d: Domain, accountIds: readonly number[]): void {
  if (accountIds.length > 0) drop.run(d.store, { ids: [...accountIds] })
}
