import { build, inList, query, sql } from '../store/query.ts'
import { blockedDomainsAmong } from './blocked-domains.ts'
import { endorsedAmong } from './endorsements.ts'
import { pageOf } from './paging.ts'
import { findOwnerId } from './rows.ts'
import type { Domain } from './domain.ts'
import type { Page, Relationship } from './types.ts'

/** How the owner and others stand to each other; and the lists of people that follow from it, paged by row id. */

const followRows = query<{ owner: number; ids: number[] }>()((p) =>
  build
    .selectFrom('follows')
    .select(['account_id', 'target_id', 'state', 'boosts', 'notify', 'languages'])
    .where('account_id', '=', p.owner)
    .where('target_id', 'in', inList(p.ids))
    .unionAll(
      build
        .selectFrom('follows')
        .select(['account_id', 'target_id', 'state', 'boosts', 'notify', 'languages'])
        .where('target_id', '=', p.owner)
        .where('account_id', 'in', inList(p.ids)),
    ),
)
const blockRows = query<{ owner: number; ids: number[] }>()((p) =>
  build
    .selectFrom('blocks')
    .select(['account_id', 'target_id'])
    .where('account_id', '=', p.owner)
    .where('target_id', 'in', inList(p.ids))
    .unionAll(
      build
        .selectFrom('blocks')
        .select(['account_id', 'target_id'])
        .where('target_id', '=', p.owner)
        .where('account_id', 'in', inList(p.ids)),
    ),
)
const muteRows = query<{ ids: number[]; now: number }>()((p) =>
  build
    .selectFrom('mutes')
    .select(['target_id', 'notifications', 'expires_at'])
    .where('target_id', 'in', inList(p.ids))
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', p.now)])),
)
const noteRows = query<{ ids: number[] }>()((p) => build.selectFrom('account_notes').selectAll().where('account_id', 'in', inList(p.ids)))

const servers = query<{ ids: number[] }>()((p) => build.selectFrom('accounts').select(['id', 'domain']).where('id', 'in', inList(p.ids)))

/** One relationship per id, in the order asked. */
export function relationships(d: Domain, ids: number[]): Relationship[] {
  const owner = findOwnerId(d) ?? 0
  const found = new Map<number, Relationship>(
    ids.map((accountId) => [
      accountId,
      {
        accountId,
        following: false,
        requested: false,
        followedBy: false,
        requestedBy: false,
        blocking: false,
        blockedBy: false,
        muting: false,
        mutingNotifications: false,
        showingBoosts: false,
        notifying: false,
        note: '',
        domainBlocking: false,
        endorsed: false,
        languages: null,
        muteExpiresAt: null,
      },
    ]),
  )
  for (const row of followRows.all(d.store, { owner, ids })) {
    const out = row.account_id === owner
    const r = found.get(out ? row.target_id : row.account_id)
    if (!r) continue
    if (out) {
      r.following = row.state === 'accepted'
      r.requested = row.state === 'pending'
      r.showingBoosts = row.boosts === 1
      r.notifying = row.notify === 1
      r.languages = row.languages === null ? null : (JSON.parse(row.languages) as string[])
    } else {
      r.followedBy = row.state === 'accepted'
      r.requestedBy = row.state === 'pending'
    }
  }
  for (const row of blockRows.all(d.store, { owner, ids })) {
    const r = found.get(row.account_id === owner ? row.target_id : row.account_id)
    if (!r) continue
    if (row.account_id === owner) r.blocking = true
    else r.blockedBy = true
  }
  for (const row of muteRows.all(d.store, { ids, now: d.now() })) {
    const r = found.get(row.target_id)
    if (!r) continue
    r.muting = true
    r.mutingNotifications = row.notifications === 1
    r.muteExpiresAt = row.expires_at
  }
  for (const row of noteRows.all(d.store, { ids })) {
    const r = found.get(row.account_id)
    if (r) r.note = row.text
  }
  for (const id of endorsedAmong(d, ids)) {
    const r = found.get(id)
    if (r) r.endorsed = true
  }
  const places = servers.all(d.store, { ids })
  const blocked = blockedDomainsAmong(
    d,
    places.map((row) => row.domain),
  )
  for (const { id, domain } of places) {
    const r = found.get(id)
    if (r) r.domainBlocking = blocked.has(domain)
  }
  return ids.map((id) => found.get(id) as Relationship)
}

export function relationship(d: Domain, accountId: number): Relationship {
  return relationships(d, [accountId])[0] as Relationship
}

/** People and the row ids to page by. */
export interface AccountRow {
  accountId: number
  cursor: number
}

type Args = { owner: number; max: number; min: number; limit: number }
type Direction = 'asc' | 'desc'
/** Who follows, or asks to. */
const askers = (state: 'accepted' | 'pending', direction: Direction) =>
  query<Args>()((p) =>
    build
      .selectFrom('follows')
      .select(['account_id as accountId', 'id as cursor'])
      .where('target_id', '=', p.owner)
      .where('state', '=', state)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const people = (direction: Direction) => ({
  followers: askers('accepted', direction),
  requests: askers('pending', direction),
  following: query<Args>()((p) =>
    build
      .selectFrom('follows')
      .select(['target_id as accountId', 'id as cursor'])
      .where('account_id', '=', p.owner)
      .where('state', '=', 'accepted')
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
  blocks: query<Args>()((p) =>
    build
      .selectFrom('blocks')
      .select(['target_id as accountId', 'id as cursor'])
      .where('account_id', '=', p.owner)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  ),
})
const DOWN = people('desc')
const UP = people('asc')
const muted = (direction: Direction) =>
  query<{ now: number; max: number; min: number; limit: number }>()((p) =>
    build
      .selectFrom('mutes')
      .select(['target_id as accountId', 'id as cursor', 'expires_at as expiresAt'])
      .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', p.now)]))
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const mutesDown = muted('desc')
const mutesUp = muted('asc')

/** Followers or followed people of any account, as far as known here; follow requests and blocks of the owner. Newest first. */
export function peoplePage(d: Domain, list: keyof typeof DOWN, accountId: number, page: Page): AccountRow[] {
  return pageOf(page, {
    down: (bounds) => DOWN[list].all(d.store, { owner: accountId, ...bounds }),
    up: (bounds) => UP[list].all(d.store, { owner: accountId, ...bounds }),
  })
}

export function mutesPage(d: Domain, page: Page): (AccountRow & { expiresAt: number | null })[] {
  const now = d.now()
  return pageOf(page, {
    down: (bounds) => mutesDown.all(d.store, { now, ...bounds }),
    up: (bounds) => mutesUp.all(d.store, { now, ...bounds }),
  })
}

// From name to name along the index of handles: reading every account would be work for strangers to order.
const hosts = query()(() =>
  build
    .withRecursive('known', (q) =>
      q
        .selectFrom('accounts')
        .select((e) => e.fn.min('domain').as('domain'))
        .where('domain', '>', '')
        .unionAll((u) =>
          u
            .selectFrom('known')
            .select(sql<string>`(select min(accounts.domain) from accounts where accounts.domain > known.domain)`.as('domain'))
            .where('known.domain', 'is not', null),
        ),
    )
    .selectFrom('known')
    .select((e) => e.fn.count<number>('domain').as('count')),
)

/** How many other servers somebody is known on. */
export function knownHosts(d: Domain): number {
  return hosts.get(d.store)?.count ?? 0
}
