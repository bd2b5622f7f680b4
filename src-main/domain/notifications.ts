import { build, inList, query, sql } from '../store/query.ts'
import { firstIdAt, idTime, nextId } from '../store/ids.ts'
import { isDomainBlocked } from './blocked-domains.ts'
import { isThreadMuted } from './muted-threads.ts'
import { pageOf } from './paging.ts'
import { verdict } from './requests.ts'
import type { Slots } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Notification, NotificationType, Page } from './types.ts'

/** What happened to the owner. Blocks and mutes are honoured at the door: nothing is stored that must not be shown. */

const TYPES: NotificationType[] = [
  'mention',
  'post',
  'boost',
  'favourite',
  'follow',
  'follow-request',
  'edit',
  'poll',
  'quote',
  'quote-edit',
  'reaction',
  'report',
  'move',
]
/** What happens to the owner's own things without anybody's doing, and reports, which are told whoever sends them. */
const ALWAYS: readonly NotificationType[] = ['poll', 'report']

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
const insert = query<{
  id: number
  type: NotificationType
  account_id: number
  post_id: number | null
  subject_id: number | null
  filtered: number
  at: number
}>()((p) =>
  build
    .insertInto('notifications')
    .values({
      id: p.id,
      type: p.type,
      account_id: p.account_id,
      post_id: p.post_id,
      subject_id: p.subject_id,
      filtered: p.filtered,
      created_at: p.at,
    })
    .onConflict((c) => c.doNothing()),
)
const domainOf = query<{ id: number }>()((p) => build.selectFrom('accounts').select('domain').where('id', '=', p.id))
const byId = query<{ id: number }>()((p) => build.selectFrom('notifications').selectAll().where('id', '=', p.id))
const remove = query<{ id: number }>()((p) => build.deleteFrom('notifications').where('id', '=', p.id))
const removeFor = query<{ type: NotificationType; account_id: number; post_id: number }>()((p) =>
  build
    .deleteFrom('notifications')
    .where('type', '=', p.type)
    .where('account_id', '=', p.account_id)
    .where((e) => e(e.fn.coalesce('post_id', e.val(0)), '=', p.post_id)),
)
const removeSubject = query<{ type: NotificationType; subject_id: number }>()((p) =>
  build.deleteFrom('notifications').where('type', '=', p.type).where('subject_id', '=', p.subject_id),
)
const removeAll = query()(() => build.deleteFrom('notifications'))
/** `filtered` 0: without what waits as a request. */
type Bounds = { max: number; min: number; types: NotificationType[]; filtered: number; limit: number }
// The plus keeps the index of types away: by it all notifications would be gathered and sorted for every page (244 ms for 100,000 of them).
const ofTypes = (p: Pick<Slots<Bounds>, 'types'>) => sql<boolean>`+type in ${inList<string>(p.types)}`
const downwards = query<Bounds>()((p) =>
  build
    .selectFrom('notifications')
    .selectAll()
    .where('id', '<', p.max)
    .where('id', '>', p.min)
    .where(ofTypes(p))
    .where('filtered', '<=', p.filtered)
    .orderBy('id', 'desc')
    .limit(p.limit),
)
const upwards = query<Bounds>()((p) =>
  build
    .selectFrom('notifications')
    .selectAll()
    .where('id', '<', p.max)
    .where('id', '>', p.min)
    .where(ofTypes(p))
    .where('filtered', '<=', p.filtered)
    .orderBy('id', 'asc')
    .limit(p.limit),
)
const ofAccount = (direction: 'asc' | 'desc') =>
  query<Bounds & { account: number }>()((p) =>
    build
      .selectFrom('notifications')
      .selectAll()
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where(ofTypes(p))
      .where('account_id', '=', p.account)
      .where('filtered', '<=', p.filtered)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const downwardsOf = ofAccount('desc')
const upwardsOf = ofAccount('asc')
const newest = query()(() =>
  build
    .selectFrom('notifications')
    .select((e) => e.fn.max('id').as('id'))
    .where('filtered', '=', 0),
)
const beyond = query<{ kept: number }>()((p) =>
  build
    .deleteFrom('notifications')
    .where(
      'id',
      '<=',
      build.selectFrom('notifications').select('id').orderBy('id', 'desc').limit(1).offset(p.kept).$castTo<{ id: number }>(),
    ),
)

type Row = NonNullable<ReturnType<typeof byId.get>>
const toNotification = (row: Row): Notification => ({
  id: row.id,
  type: row.type,
  accountId: row.account_id,
  postId: row.post_id,
  subjectId: row.subject_id,
  createdAt: row.created_at,
})

/**
 * Tells the owner once that somebody did something; inside the transaction of what was done. Nothing happens for blocked people, for
 * muted ones (unless their notifications are wanted), in muted threads, and for what was told already. `subjectId`: what else it speaks of (the report, the
 * reaction, the account somebody moved to). What the owner's policy holds back is stored as a request and told to nobody, or not stored at
 * all. Returns its id if the owner was told.
 */
export function notify(
  d: Domain,
  type: NotificationType,
  accountId: number,
  postId: number | null,
  subjectId: number | null = null,
): number | null {
  const at = d.now()
  if (!ALWAYS.includes(type) && hushed.get(d.store, { account_id: accountId, now: at })) return null
  if (isDomainBlocked(d, domainOf.get(d.store, { id: accountId })?.domain ?? '')) return null
  if (postId !== null && type !== 'report' && isThreadMuted(d, postId)) return null
  const id = nextId(at)
  const rule = verdict(d, type, accountId, postId)
  if (rule === 'drop') return null
  const waits = rule === 'filter'
  const row = { id, type, account_id: accountId, post_id: postId, subject_id: subjectId, filtered: Number(waits), at }
  if (insert.run(d.store, row).changes === 0 || waits) return null
  d.events.append('notified', { notificationId: id })
  return id
}

/** Takes back what no longer holds about one subject: a reaction that was undone. */
export function unnotifySubject(d: Domain, type: NotificationType, subjectId: number): void {
  removeSubject.run(d.store, { type, subject_id: subjectId })
}

/** Takes back what no longer holds: an undone favourite, a withdrawn request. */
export function unnotify(d: Domain, type: NotificationType, accountId: number, postId: number | null): void {
  removeFor.run(d.store, { type, account_id: accountId, post_id: postId ?? 0 })
}

export interface NotificationFilter {
  types?: NotificationType[]
  excludeTypes?: NotificationType[]
  accountId?: number
  /** Also what waits as a request. */
  waiting?: boolean
}

/** Notifications one by one, newest first. */
export function notificationsPage(d: Domain, page: Page, filter: NotificationFilter = {}): Notification[] {
  return rowsOf(d, page, filter).map(toNotification)
}

function rowsOf(d: Domain, page: Page, filter: NotificationFilter): Row[] {
  const types = (filter.types ?? TYPES).filter((type) => !filter.excludeTypes?.includes(type))
  const account = filter.accountId
  const wishes = { types, filtered: Number(filter.waiting ?? false) }
  return pageOf(page, {
    down: (bounds) =>
      account === undefined
        ? downwards.all(d.store, { ...bounds, ...wishes })
        : downwardsOf.all(d.store, { ...bounds, ...wishes, account }),
    up: (bounds) =>
      account === undefined ? upwards.all(d.store, { ...bounds, ...wishes }) : upwardsOf.all(d.store, { ...bounds, ...wishes, account }),
  })
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

/** As many as anybody reads; older ones go (rule 40). */
const KEPT = 50_000

/** Forgets notifications beyond the newest 50,000. Returns how many. */
export function sweepNotifications(d: Domain, kept = KEPT): number {
  return beyond.run(d.store, { kept }).changes
}

export function newestNotification(d: Domain): number | null {
  return newest.get(d.store)?.id ?? null
}

/** How many came after `lastReadId`; counting stops at `limit`. */
export function unreadCount(d: Domain, lastReadId: number, limit = 100, filter: NotificationFilter = {}): number {
  return rowsOf(d, { sinceId: lastReadId, limit }, filter).length
}

/** Several people who did the same within half a day, as one. Its place among the others is that of the newest. */
export interface NotificationGroup {
  /** `favourite-POST-WINDOW`, `boost-…`, `follow-WINDOW`, or `ungrouped-ID`. */
  key: string
  type: NotificationType
  postId: number | null
  /** Of one that stands alone. */
  subjectId: number | null
  count: number
  newestId: number
  oldestId: number
  latestAt: number
  /** Newest first, everybody. */
  accountIds: number[]
  /** The first few of them. */
  sampleAccountIds: number[]
}

const GROUPED: readonly NotificationType[] = ['favourite', 'boost', 'follow']
/** Groups never reach over the end of a window, so a page needs no more than the windows it touches. */
const WINDOW_MS = 12 * 3600_000
const SAMPLES = 8

const windowOf = (id: number) => Math.floor(idTime(id) / WINDOW_MS)
/** The key of the group that a notification stands in, unless a page was asked for with other grouped types. */
export const groupKey = ({ id, type, postId }: Pick<Notification, 'id' | 'type' | 'postId'>): string =>
  keyOf({ id, type, post_id: postId }, GROUPED)
const keyOf = (row: { id: number; type: NotificationType; post_id: number | null }, grouped: readonly NotificationType[]) =>
  !grouped.includes(row.type)
    ? `ungrouped-${row.id}`
    : row.post_id === null
      ? `${row.type}-${windowOf(row.id)}`
      : `${row.type}-${row.post_id}-${windowOf(row.id)}`

/**
 * Notifications in groups, newest first; pages as everywhere, by the newest id of a group, so a group stands on exactly one page however
 * many joined it. `groupedTypes`: which types may be put together (favourites, boosts and follows unless told).
 */
export function groupedPage(
  d: Domain,
  page: Page,
  filter: NotificationFilter & { groupedTypes?: readonly NotificationType[] },
): NotificationGroup[] {
  const grouped = GROUPED.filter((type) => filter.groupedTypes?.includes(type) ?? true)
  const upwards = page.minId !== undefined
  const min = page.minId ?? page.sinceId ?? 0
  const max = page.maxId ?? Number.MAX_SAFE_INTEGER
  const found: NotificationGroup[] = []
  let edge = upwards ? min : max
  while (found.length < page.limit) {
    // The next notification beyond the edge says which window comes next; a window is read whole.
    const [next] = rowsOf(d, upwards ? { minId: edge, limit: 1 } : { maxId: edge, limit: 1 }, filter)
    if (!next) break
    const window = windowOf(next.id)
    const first = firstIdAt(window * WINDOW_MS)
    const after = firstIdAt((window + 1) * WINDOW_MS)
    const groups = gather(rowsOf(d, { maxId: after, sinceId: first - 1, limit: -1 }, filter), grouped).filter(
      (group) => group.newestId > min && group.newestId < max,
    )
    found.push(...(upwards ? groups.reverse() : groups))
    edge = upwards ? after - 1 : first
    if (!upwards && edge <= min) break
  }
  const shown = found.slice(0, page.limit)
  return upwards ? shown.reverse() : shown
}

/** Rows of one window, newest first, as groups in the order of their newest. */
function gather(rows: readonly Row[], grouped: readonly NotificationType[]): NotificationGroup[] {
  const groups = new Map<string, NotificationGroup>()
  for (const row of rows) {
    const key = keyOf(row, grouped)
    const group = groups.get(key)
    if (group) {
      group.count++
      group.oldestId = row.id
      group.accountIds.push(row.account_id)
      if (group.sampleAccountIds.length < SAMPLES) group.sampleAccountIds.push(row.account_id)
    } else {
      groups.set(key, {
        key,
        type: row.type,
        postId: row.post_id,
        subjectId: row.subject_id,
        count: 1,
        newestId: row.id,
        oldestId: row.id,
        latestAt: row.created_at,
        accountIds: [row.account_id],
        sampleAccountIds: [row.account_id],
      })
    }
  }
  return [...groups.values()]
}

/** The group of a key, or null if nothing is left of it. */
export function groupByKey(d: Domain, key: string): NotificationGroup | null {
  return gather(rowsByKey(d, key), key.startsWith('ungrouped-') ? [] : GROUPED)[0] ?? null
}

/** Takes a whole group away. */
export function dismissGroup(d: Domain, key: string): void {
  d.store.transaction(() => {
    for (const row of rowsByKey(d, key)) remove.run(d.store, { id: row.id })
  })
}

function rowsByKey(d: Domain, key: string): Row[] {
  const single = /^ungrouped-([0-9]{1,16})$/.exec(key)?.[1]
  if (single !== undefined) {
    const row = byId.get(d.store, { id: Number(single) })
    return row ? [row] : []
  }
  const parts = /^(favourite|boost|follow)-(?:[0-9]{1,16}-)?([0-9]{1,9})$/.exec(key)
  if (!parts) return []
  const window = Number(parts[2])
  const rows = rowsOf(
    d,
    { maxId: firstIdAt((window + 1) * WINDOW_MS), sinceId: firstIdAt(window * WINDOW_MS) - 1, limit: -1 },
    { types: [parts[1] as NotificationType] },
  )
  return rows.filter((row) => keyOf(row, GROUPED) === key)
}
