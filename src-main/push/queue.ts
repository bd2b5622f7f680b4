import { build, query, sql } from '../store/query.ts'
import type { Domain } from '../domain/domain.ts'

/** What waits to be pushed: one row per notification and subscription, kept until a service has taken it. */

export interface Waiting {
  id: number
  subscriptionId: number
  notificationId: number
  attempts: number
  createdAt: number
}

/** A phone that was off for long needs to hear of the latest only. */
const MOST_WAITING = 200

const insert = query<{ subscription: number; notification: number; at: number }>()((p) =>
  build
    .insertInto('pushes')
    .values({ subscription_id: p.subscription, notification_id: p.notification, next_at: p.at, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const surplus = query<{ subscription: number; most: number }>()((p) =>
  build
    .deleteFrom('pushes')
    .where('subscription_id', '=', p.subscription)
    .where('id', '<=', (e) =>
      e
        .selectFrom('pushes')
        .select('id')
        .where('subscription_id', '=', p.subscription)
        .orderBy('id', 'desc')
        .limit(1)
        .offset(p.most)
        .$castTo<{ id: number }>(),
    ),
)
/** The oldest of each subscription: they are posted in order, and only its time counts. */
const HEADS = sql<number>`(select min(id) from pushes group by subscription_id)`
const heads = query<{ now: number; far: number }>()((p) =>
  build
    .selectFrom('pushes')
    .select(['id', 'subscription_id as subscriptionId', 'notification_id as notificationId', 'attempts', 'created_at as createdAt'])
    .where('id', 'in', HEADS)
    .where((e) => e.or([e('next_at', '<=', p.now), e('next_at', '>', p.far)]))
    .orderBy('id'),
)
const soonest = query()(() =>
  build
    .selectFrom('pushes')
    .select((e) => e.fn.min('next_at').as('at'))
    .where('id', 'in', HEADS),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('pushes').where('id', '=', p.id))
const stale = query<{ before: number }>()((p) => build.deleteFrom('pushes').where('created_at', '<', p.before))
const rest = query<{ id: number; at: number; more: number }>()((p) =>
  build
    .updateTable('pushes')
    .set((e) => ({ next_at: p.at, attempts: e('attempts', '+', p.more) }))
    .where('id', '=', p.id),
)
const wake = query<{ at: number }>()((p) => build.updateTable('pushes').set({ next_at: p.at }).where('attempts', '=', 0))
const setFailures = query<{ id: number }>()((p) => build.updateTable('push_subscriptions').set({ failures: 0 }).where('id', '=', p.id))
const addFailure = query<{ id: number }>()((p) =>
  build
    .updateTable('push_subscriptions')
    .set((e) => ({ failures: e('failures', '+', 1) }))
    .where('id', '=', p.id)
    .returning('failures'),
)

/** Adds one; nothing happens if it waits already. */
export function putPush(d: Domain, subscriptionId: number, notificationId: number): void {
  insert.run(d.store, { subscription: subscriptionId, notification: notificationId, at: d.now() })
  surplus.run(d.store, { subscription: subscriptionId, most: MOST_WAITING })
}

/** What may be posted now, one for each subscription. `far`: times beyond were written under another clock and count as now. */
export const duePushes = (d: Domain, now: number, far: number): Waiting[] => heads.all(d.store, { now, far }) as Waiting[]

/** When the next one is due; null if none waits. */
export const nextPushAt = (d: Domain): number | null => soonest.get(d.store)?.at ?? null

export const dropStalePushes = (d: Domain, before: number): number => stale.run(d.store, { before }).changes

/** A service has taken it: what failed before is forgotten. */
export function pushTaken(d: Domain, { id, subscriptionId }: Waiting): void {
  d.store.transaction(() => {
    remove.run(d.store, { id })
    setFailures.run(d.store, { id: subscriptionId })
  })
}

/** It will not be posted. Returns how many in a row the subscription refused; 0 if this one does not count. */
export function giveUpPush(d: Domain, { id, subscriptionId }: Waiting, counts: boolean): number {
  return d.store.transaction(() => {
    remove.run(d.store, { id })
    return counts ? (addFailure.get(d.store, { id: subscriptionId })?.failures ?? 0) : 0
  })
}

/** It rests until then, and with it what else waits for the same subscription. */
export function restPush(d: Domain, { id }: Waiting, at: number, attempt: boolean): void {
  rest.run(d.store, { id, at, more: Number(attempt) })
}

/** We are reachable again: what only our own network kept back goes now. */
export const wakePushes = (d: Domain): void => void wake.run(d.store, { at: d.now() })
