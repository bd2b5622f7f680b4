import { loadAccounts } from '../../domain/accounts.ts'
import { AppError } from '../../domain/errors.ts'
import { loadPosts } from '../../domain/loading.ts'
import {
  clearNotifications,
  dismissGroup,
  dismissNotification,
  groupByKey,
  groupedPage,
  newestNotification,
  notificationById,
  notificationsPage,
  unreadCount,
} from '../../domain/notifications.ts'
import { markers, setMarker } from '../../domain/reading.ts'
import { parseId } from '../../domain/uris.ts'
import { grantOf } from '../auth.ts'
import { toAccount, toPartialAccount } from '../entities/account.ts'
import { iso } from '../entities/context.ts'
import { notificationTypes, toNotification, toNotificationGroup } from '../entities/notification.ts'
import { toStatus } from '../entities/status.ts'
import { limitFrom, linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Notification, NotificationType } from '../../domain/types.ts'
import type { NotificationFilter, NotificationGroup } from '../../domain/notifications.ts'
import type { Marker } from '../../domain/reading.ts'
import type { Context } from '../entities/context.ts'
import type { Entity } from '../schemas/entities.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** What happened to the owner, one by one (v1) and in groups (v2), from the same rows; and how far they have read. */

const SINGLE = { default: 40, most: 80 }
const GROUPED = { default: 40, most: 80 }
const COUNT = { default: 100, most: 1_000 }
const TIMELINES = ['home', 'notifications'] as const

export function registerNotifications(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/notifications', needs('read:notifications', 'Notification[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const filter = filterFrom(request)
    const page = filter === null ? [] : notificationsPage(d, pageOf(request, SINGLE), filter)
    linkTo(
      request,
      reply,
      at.base,
      page.map((one) => one.id),
    )
    return notifications(at, page)
  })

  app.get('/api/v1/notifications/unread_count', needs('read:notifications', 'UnreadCount'), async (request) => ({
    count: unreadCount(d, lastRead(), limitFrom(paramsOf(request), COUNT), filterFrom(request) ?? { types: [] }),
  }))
  app.get<ById>('/api/v1/notifications/:id', needs('read:notifications', 'Notification'), async (request) => {
    const id = parseId(request.params.id)
    const found = id === null ? null : notificationById(d, id)
    const [shown] = found ? notifications(contextFor(request, options), [found]) : []
    if (!shown) throw notFound()
    return shown
  })
  app.post('/api/v1/notifications/clear', needs('write:notifications', 'Empty'), async () => {
    clearNotifications(d)
    return {}
  })
  app.post<ById>('/api/v1/notifications/:id/dismiss', needs('write:notifications', 'Empty'), async (request) => {
    const id = parseId(request.params.id)
    if (id === null || !notificationById(d, id)) throw notFound()
    dismissNotification(d, id)
    return {}
  })

  app.get('/api/v2/notifications', needs('read:notifications', 'GroupedNotifications'), async (request, reply) => {
    const at = contextFor(request, options)
    const params = paramsOf(request)
    const filter = filterFrom(request)
    const groupedTypes = params.has('grouped_types') ? params.list('grouped_types').flatMap(notificationTypes) : undefined
    const page = filter === null ? [] : groupedPage(d, pageOf(request, GROUPED), { ...filter, ...(groupedTypes ? { groupedTypes } : {}) })
    linkTo(
      request,
      reply,
      at.base,
      page.map((group) => group.newestId),
    )
    return groups(at, page, params.word('expand_accounts') === 'partial_avatars')
  })
  app.get('/api/v2/notifications/unread_count', needs('read:notifications', 'UnreadCount'), async (request) => {
    const limit = limitFrom(paramsOf(request), COUNT)
    return { count: groupedPage(d, { sinceId: lastRead(), limit }, filterFrom(request) ?? { types: [] }).length }
  })
  app.get<{ Params: { key: string } }>(
    '/api/v2/notifications/:key',
    needs('read:notifications', 'GroupedNotifications'),
    async (request) => {
      const at = contextFor(request, options)
      const group = groupByKey(d, request.params.key)
      const answer = group ? groups(at, [group]) : null
      if (!answer || answer.notification_groups.length === 0) throw notFound()
      return answer
    },
  )
  app.post<{ Params: { key: string } }>('/api/v2/notifications/:key/dismiss', needs('write:notifications', 'Empty'), async (request) => {
    dismissGroup(d, request.params.key)
    return {}
  })
  app.get<{ Params: { key: string } }>('/api/v2/notifications/:key/accounts', needs('read:notifications', 'Account[]'), async (request) => {
    const at = contextFor(request, options)
    const group = groupByKey(d, request.params.key)
    if (!group) throw notFound()
    const found = loadAccounts(d, group.accountIds)
    return group.accountIds.flatMap((id) => {
      const account = found.get(id)
      return account ? [toAccount(at, account)] : []
    })
  })

  app.get('/api/v1/markers', needs('read:statuses', 'Markers'), async (request) => {
    const asked = paramsOf(request).list('timeline')
    // Elk reads until it meets the id of this marker: without one it would read every notification there ever was.
    if (asked.includes('notifications') && !markers(d).some((marker) => marker.timeline === 'notifications')) {
      const newest = newestNotification(d)
      if (newest !== null) setMarker(d, 'notifications', newest)
    }
    return toMarkers(markers(d).flatMap((marker) => (asked.includes(marker.timeline) ? [met(request, marker)] : [])))
  })
  app.post('/api/v1/markers', needs('write:statuses', 'Markers'), async (request) => {
    const params = paramsOf(request)
    const wanted = TIMELINES.flatMap((timeline) => {
      const text = params.object(timeline).word('last_read_id')
      if (text === undefined) return []
      const id = parseId(text)
      if (id === null) throw new AppError('invalid', 'Validation failed: Last read is not an id of this server')
      // An id that is not ours yet would hide what is still to come.
      const newest = timeline === 'notifications' ? (newestNotification(d) ?? id) : id
      return [{ timeline, id: Math.min(id, newest) }]
    })
    return toMarkers(d.store.transaction(() => wanted.map(({ timeline, id }) => setMarker(d, timeline, id))))
  })

  /** What was dismissed since, or is shown to the window alone, nobody meets: the one before it says the same. */
  function met(request: FastifyRequest, marker: Marker): Marker {
    if (marker.timeline !== 'notifications') return marker
    const [shown] = notificationsPage(d, { maxId: marker.lastReadId + 1, limit: 1 }, filterFrom(request) ?? {})
    return shown ? { ...marker, lastReadId: shown.id } : marker
  }

  const lastRead = () => markers(d).find((marker) => marker.timeline === 'notifications')?.lastReadId ?? 0

  /** `faces`: in full only the newest of each group, of the others what their picture needs. */
  function groups(at: Context, page: readonly NotificationGroup[], faces = false): Entity<'GroupedNotifications'> {
    const posts = loadPosts(d, [...new Set(page.flatMap((group) => group.postId ?? []))])
    const shown = page.flatMap((group) => toNotificationGroup(at, group, new Set(posts.map((post) => post.id))) ?? [])
    const people = [...new Set(page.flatMap((group) => group.sampleAccountIds))]
    const accounts = loadAccounts(d, people)
    const found = people.flatMap((id) => accounts.get(id) ?? [])
    const full = faces ? new Set(page.map((group) => group.sampleAccountIds[0])) : new Set(people)
    return {
      accounts: found.flatMap((account) => (full.has(account.id) ? [toAccount(at, account)] : [])),
      ...(faces ? { partial_accounts: found.flatMap((account) => (full.has(account.id) ? [] : [toPartialAccount(at, account)])) } : {}),
      statuses: posts.map((post) => toStatus(at, post)),
      notification_groups: shown,
    }
  }
}

/** Notifications as they are sent, also in streams; such without an account or a post are left out. */
export function notifications(at: Context, page: readonly Notification[]): Record<string, unknown>[] {
  const accounts = loadAccounts(
    at.d,
    page.map((one) => one.accountId),
  )
  const posts = new Map(
    loadPosts(
      at.d,
      page.flatMap((one) => one.postId ?? []),
    ).map((post) => [post.id, post]),
  )
  return page.map((one) => toNotification(at, one, accounts, posts)).filter((one) => one !== null)
}

/**
 * Null: only types were asked for that do not exist here. `move` is our own word: the window's token gets it, and who asks for it by name;
 * strict apps lose a whole page over a type they do not know.
 */
function filterFrom(request: FastifyRequest): NotificationFilter | null {
  const params = paramsOf(request)
  const types = (name: string) => params.list(name).flatMap(notificationTypes)
  const wanted = types('types')
  if (params.list('types').length > 0 && wanted.length === 0) return null
  const account = params.word('account_id')
  const accountId = account === undefined ? undefined : parseId(account)
  if (accountId === null) return null
  const unasked: NotificationType[] = wanted.includes('move') || grantOf(request)?.kind === 'window' ? [] : ['move']
  return {
    excludeTypes: [...types('exclude_types'), ...unasked],
    ...(wanted.length > 0 ? { types: wanted } : {}),
    ...(accountId === undefined ? {} : { accountId }),
    waiting: params.flag('include_filtered') ?? false,
  }
}

/** Only the timelines there are: a null member crashed clients. */
const toMarkers = (found: readonly Marker[]) =>
  Object.fromEntries(
    found.map((marker) => [
      marker.timeline,
      { last_read_id: String(marker.lastReadId), version: marker.version, updated_at: iso(marker.updatedAt) },
    ]),
  )
