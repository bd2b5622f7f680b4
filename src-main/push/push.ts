import { matchFilters } from '../domain/filters.ts'
import { loadPost } from '../domain/loading.ts'
import { notificationById } from '../domain/notifications.ts'
import { ALERT_OF, allSubscriptions, dropSubscription, subscribersOf, subscriptionById } from '../domain/push.ts'
import { writeLetter } from './letters.ts'
import { FARTHEST_MS, judge, MAX_REFUSALS, STALE_MS } from './policy.ts'
import { dropStalePushes, duePushes, giveUpPush, nextPushAt, pushTaken, putPush, restPush, wakePushes } from './queue.ts'
import type { Domain } from '../domain/domain.ts'
import type { Connectivity, Log } from '../domain/ports.ts'
import type { PushSubscription } from '../domain/push.ts'
import type { Notification } from '../domain/types.ts'
import type { Net } from '../net/index.ts'
import type { Letter, Signer } from './letters.ts'
import type { Waiting } from './queue.ts'

/**
 * Web Push (mastodon-api.md 2.9): every notification goes to the apps that asked for its kind, by way of their push services, who see
 * neither its words nor whom it is about. Rows first, then the network: what was told while we were offline, or while a service was in
 * trouble, goes out later, unless it is no news any more.
 */

export interface PushOptions {
  domain: Domain
  /** Endpoints are addresses that apps, and so strangers, chose: they get no more than the room `net` allows. */
  net: Pick<Net, 'post'>
  vapid: Signer & { unsealToken(sealed: string): string }
  connectivity: Connectivity
  timers: { set(work: () => void, ms: number): unknown; clear(timer: unknown): void }
  log: Log
  /** The words of a notification in the owner's language, and a picture that a phone can fetch. Null: not to be told. */
  describe: (notification: Notification) => { title: string; body: string; icon: string; language: string } | null
  /** A https or mailto address by which push services can reach whoever runs this. */
  contact: () => string
  /** 0 to 1, spreads retries. */
  random?: () => number
}

export interface Push {
  start(): void
  /** Ends what is under way; it stays in the queue. */
  stop(): Promise<void>
}

/** Services spoken to at the same time. */
const PARALLEL = 4
/** Longer texts say no more on a lock screen, and a push has room for 3,900 bytes. */
const MAX_TITLE = 120
const MAX_BODY = 200
/** However far away the next one is: the clock may be set. */
const LONGEST_SLEEP = 3600_000

export function openPush(options: PushOptions): Push {
  const { domain: d, net, connectivity, timers, log } = options
  const random = options.random ?? Math.random
  const busy = new Map<number, Promise<void>>()
  /** Until when a subscription is left alone because nothing can be written down of what was posted: the disk is full. */
  const resting = new Map<number, number>()
  const ending = new AbortController()
  const offs: (() => void)[] = []
  let timer: unknown = null
  let scheduled = false

  return {
    start() {
      offs.push(
        d.events.consume(
          'push',
          ['notified'],
          (event) => take(event.data.notificationId),
          (error) => log.error({ error: String(error) }, 'a notification could not be put into the queue of pushes'),
        ),
        connectivity.onChange(() => {
          if (!connectivity.online) return
          wakePushes(d)
          pump()
        }),
      )
      pump()
    },
    async stop() {
      for (const off of offs.splice(0)) off()
      timers.clear(timer)
      ending.abort()
      await Promise.allSettled(busy.values())
    },
  }

  /** Inside the transaction of the consumer. */
  function take(notificationId: number): void {
    const subscriptions = allSubscriptions(d)
    const notification = subscriptions.length === 0 ? null : notificationById(d, notificationId)
    if (!notification) return
    const wishing = subscribersOf(d, subscriptions, notification)
    for (const { id } of wishing) putPush(d, id, notificationId)
    if (wishing.length > 0) d.store.afterCommit(soon)
  }

  function soon(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      pump()
    })
  }

  /** Posts what is due, and comes back when the next is. */
  function pump(): void {
    if (ending.signal.aborted || !d.store.database.open) return
    timers.clear(timer)
    try {
      const now = d.now()
      dropStalePushes(d, now - STALE_MS)
      // Coming online calls this again. Stale ones are looked for meanwhile, so that the queue cannot grow old.
      if (connectivity.online) {
        for (const waiting of duePushes(d, now, now + FARTHEST_MS)) {
          if (busy.size >= PARALLEL) break
          if (busy.has(waiting.subscriptionId) || (resting.get(waiting.subscriptionId) ?? 0) > now) continue
          const work = post(waiting).finally(() => {
            busy.delete(waiting.subscriptionId)
            pump()
          })
          busy.set(waiting.subscriptionId, work)
        }
      }
      const next = nextPushAt(d)
      // What is under way calls this again at its end.
      if (next === null || busy.size > 0) return
      const wait = connectivity.online ? Math.max(1_000, next - now) : LONGEST_SLEEP
      timer = timers.set(pump, Math.min(wait, LONGEST_SLEEP))
    } catch (error) {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'the queue of pushes could not be read')
      timer = timers.set(pump, LONGEST_SLEEP)
    }
  }

  async function post(waiting: Waiting): Promise<void> {
    try {
      const subscription = subscriptionById(d, waiting.subscriptionId)
      const letter = subscription && write(subscription, waiting)
      if (!subscription || !letter) {
        giveUpPush(d, waiting, false)
        return
      }
      const outcome = await net
        .post(subscription.endpoint, { ...letter, maxResponseBytes: 4_096, signal: ending.signal })
        .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
      if (ending.signal.aborted) return
      settle(waiting, outcome)
    } catch (error) {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a push failed')
      if (ending.signal.aborted) return
      try {
        restPush(d, waiting, d.now() + LONGEST_SLEEP, true)
      } catch {
        // Or the same push would go out again and again, as fast as its service takes it.
        resting.set(waiting.subscriptionId, d.now() + LONGEST_SLEEP)
      }
    }
  }

  /** Null: there is nothing to tell any more. */
  function write(subscription: PushSubscription, { notificationId, createdAt }: Waiting): Letter | null {
    const notification = notificationById(d, notificationId)
    const type = notification && ALERT_OF[notification.type]
    if (!notification || !type || hidden(notification)) return null
    const words = options.describe(notification)
    if (!words) return null
    const now = d.now()
    return writeLetter(
      subscription,
      {
        access_token: options.vapid.unsealToken(subscription.access),
        preferred_locale: words.language,
        notification_id: notification.id,
        notification_type: type,
        icon: words.icon,
        title: clipped(words.title, MAX_TITLE),
        body: clipped(words.body, MAX_BODY),
      },
      {
        signer: options.vapid,
        contact: options.contact(),
        now,
        ttl: Math.max(0, Math.floor((createdAt + STALE_MS - now) / 1000)),
      },
    )
  }

  /** By a filter of the owner's for notifications. */
  function hidden({ postId }: Notification): boolean {
    const post = postId === null ? null : loadPost(d, postId)
    const found = post ? (matchFilters(d, [post], 'notifications').get(post.id) ?? []) : []
    return found.some(({ filter }) => filter.action === 'hide')
  }

  function settle(waiting: Waiting, outcome: Error | { status: number; retryAfter: number | null }): void {
    const decision = judge(outcome, waiting.attempts, random())
    const { subscriptionId } = waiting
    if (decision.kind === 'done') pushTaken(d, waiting)
    else if (decision.kind === 'held' || decision.kind === 'again') {
      restPush(d, waiting, d.now() + decision.after, decision.kind === 'again')
    } else if (decision.kind === 'gone') {
      log.info({ subscriptionId }, 'nobody is behind a push subscription any more')
      dropSubscription(d, subscriptionId)
    } else {
      const why = outcome instanceof Error ? outcome.message : outcome.status
      log.info({ subscriptionId, why }, 'a push was refused')
      if (giveUpPush(d, waiting, decision.counts) >= MAX_REFUSALS) dropSubscription(d, subscriptionId)
    }
  }
}

/** By characters, not halves of them. */
const clipped = (text: string, most: number) => {
  const characters = [...text.slice(0, most * 2)]
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('')
}
