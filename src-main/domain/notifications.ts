import { build, inList, query } from '../store/query.ts'
import { nextId } from '../store/ids.ts'
import { pageOf } from './paging.ts'
import type { Domain } from './domain.ts'
import type { Notification, NotificationType, Page } from './types.ts'

/** What happened to the owner. Blocks and mutes are honoured at the door: nothing is stored that must not be shown. */

const TYPES: NotificationType[] = ['mention', 'post', 'boost', 'favourite', 'follow', 'follow-request', 'edit']

const hushed = query<{ account_id: number; now: number }>()((p) =>
  build
    .selectFrom('mutes')
    .select('target_id')
    .where('target_id', '=', p.account_id)
    .where('notifications', '=', 1)
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', p.now)]))
    .unionAll(
      build
        .selectFrom('blocks')
        .innerJoin('accounts', 'accounts.id', 'blocks.account_id')
        .select('blocks.target_id')
        .where('blocks.target_id', '=', p.account_id)
        .where('accounts.own', '=', 1),
    )
    .limit(1),
)
const insert = query<{ id: number; type: NotificationType; account_id: number; post_id: number | null; at: number }>()((p) =>
  build
    .insertInto('notifications')
    .values({ id: p.id, type: p.type, account_id: p.account_id, post_id: p.post_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const byId = query<{ id: number }>()((p) => build.selectFrom('notifications').selectAll().where('id', '=', p.id))
const remove = query<{ id: number }>()((p) => build.deleteFrom('notifications').where('id', '=', p.id))
const removeFor = query<{ type: NotificationType; account_id: number; post_id: number }>()((p) =>
  build
    .deleteFrom('notifications')
    .where('type', '=', p.type)
    .where('account_id', '=', p.account_id)
    .where((e) => e(e.fn.coalesce('post_id', e.val(0)), '=', p.post_id)),
)
const removeAll = query()(() => build.deleteFrom('notifications'))
const countAbove = query<{ id: number; limit: number }>()((p) =>
  build
    .selectFrom(build.selectFrom('notifications').select('id').where('id', '>', p.id).limit(p.limit).as('n'))
    .select((e) => e.fn.countAll<number>().as('count')),
)
type Bounds = { max: number; min: number; types: NotificationType[]; limit: number }
const downwards = query<Bounds>()((p) =>
  build
    .selectFrom('notifications')
    .selectAll()
    .where('id', '<', p.max)
    .where('id', '>', p.min)
    .where('type', 'in', inList(p.types))
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const upwards = query<Bounds>()((p) =>
  build
    .selectFrom('notifications')
    .selectAll()
    .where('id', '<', p.max)
    .where('id', '>', p.min)
    .where('type', 'in', inList(p.types))
    .orderBy('id', 'asc')
    .limit(p.limit),
)
const downwardsOf = query<Bounds & { account: number }>()((p) =>
  build
    .selectFrom('notifications')
    .selectAll()
    .where('id', '<', p.max)
    .where('id', '>', p.min)
    .where('type', 'in', inList(p.types))
    .where('account_id', '=', p.account)
    .orderBy('id', 'desc')
    .limit(p.limit),
)

type Row = NonNullable<ReturnType<typeof byId.get>>
const toNotification = (row: Row): Notification => ({
  id: row.id,
  type: row.type,
  accountId: row.account_id,
  postId: row.post_id,
  createdAt: row.created_at,
})

/**
 * Tells the owner once that somebody did something; inside the transaction of what was done. Nothing happens for blocked people, for
 * muted ones (unless their notifications are wanted), and for what was told already.
 */
export function notify(d: Domain, type: NotificationType, accountId: number, postId: number | null): number | null {
  const at = d.now()
  if (hushed.get(d.store, { account_id: accountId, now: at })) return null
  const id = nextId(at)
  if (insert.run(d.store, { id, type, account_id: accountId, post_id: postId, at }).changes === 0) return null
  d.events.append('notified', { notificationId: id })
  return id
}

/** Takes back what no longer holds: an undone favourite, a withdrawn request. */
export function unnotify(d: Domain, type: NotificationType, accountId: number, postId: number | null): void {
  removeFor.run(d.store, { type, account_id: accountId, post_id: postId ?? 0 })
}

export function notificationsPage(
  d: Domain,
  page: Page,
  filter: { types?: NotificationType[]; excludeTypes?: NotificationType[]; accountId?: number } = {},
): Notification[] {
  const types = (filter.types ?? TYPES).filter((type) => !filter.excludeTypes?.includes(type))
  const account = filter.accountId
  return pageOf(page, {
    down: (bounds) =>
      account === undefined ? downwards.all(d.store, { ...bounds, types }) : downwardsOf.all(d.store, { ...bounds, types, account }),
    up: (bounds) =>
      account === undefined
        ? upwards.all(d.store, { ...bounds, types })
        : downwardsOf
            .all(d.store, { ...bounds, limit: -1, types, account })
            .reverse()
            .slice(0, bounds.limit),
  }).map(toNotification)
}

export function notificationById(d: Domain, id: number): Notification | null {
  const row = byId.get(d.store, { id })
  return row ? toNotification(row) : null
}

export function dismissNotification(d: Domain, id: number): void {
  remove.run(d.store, { id })
}

export function clearNotifications(d: Domain): void {
  d.store.transaction(() => {
    removeAll.run(d.store)
    d.events.append('notifications-cleared', {})
  })
}

/** How many came after `lastReadId`; counting stops at `limit`. */
export function unreadCount(d: Domain, lastReadId: number, limit = 100): number {
  return countAbove.get(d.store, { id: lastReadId, limit })?.count ?? 0
}
