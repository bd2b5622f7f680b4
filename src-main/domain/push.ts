import { createPublicKey } from 'node:crypto'
import { AppError } from './errors.ts'
import { accountById } from './accounts.ts'
import { nextId } from '../store/ids.ts'
import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Notification, NotificationType } from './types.ts'

/**
 * Who wants to be told of notifications by push, one subscription per token: an address at somebody's push service, and the keys that only
 * the app behind it has. What is sent, and when, is for the room `push`.
 */

export const POLICIES = ['all', 'followed', 'follower', 'none'] as const
export type PushPolicy = (typeof POLICIES)[number]

/** The switches by the names apps know (Mastodon's), as they are stored. */
export const ALERTS = [
  'mention',
  'status',
  'reblog',
  'follow',
  'follow_request',
  'favourite',
  'poll',
  'update',
  'quote',
  'quoted_update',
  'admin.sign_up',
  'admin.report',
] as const
export type Alert = (typeof ALERTS)[number]

/** Which switch a notification belongs to, and what it is called on the wire. Null: apps have no word for it. */
export const ALERT_OF = {
  mention: 'mention',
  post: 'status',
  boost: 'reblog',
  favourite: 'favourite',
  follow: 'follow',
  'follow-request': 'follow_request',
  edit: 'update',
  poll: 'poll',
  quote: 'quote',
  'quote-edit': 'quoted_update',
  reaction: 'favourite',
  report: 'admin.report',
  move: null,
} as const satisfies Record<NotificationType, Alert | null>

export interface PushSubscription {
  id: number
  endpoint: string
  /** The app's public key: an uncompressed point of P-256, URL-safe base64 without padding. */
  p256dh: string
  /** 16 random bytes of the app's, URL-safe base64 without padding. */
  auth: string
  /** The token, sealed. */
  access: string
  /** RFC 8291; else the draft before it, which the relays of phone apps still speak. */
  standard: boolean
  alerts: Record<Alert, boolean>
  policy: PushPolicy
}

const MAX_ENDPOINT = 2_000

const remove = query<{ token_id: number }>()((p) =>
  build.deleteFrom('push_subscriptions').where('token_id', '=', p.token_id).returning('id'),
)
const insert = query<{
  id: number
  token_id: number
  endpoint: string
  p256dh: string
  auth: string
  access: string
  standard: number
  alerts: string
  policy: PushPolicy
  at: number
}>()((p) =>
  build.insertInto('push_subscriptions').values({
    id: p.id,
    token_id: p.token_id,
    endpoint: p.endpoint,
    p256dh: p.p256dh,
    auth: p.auth,
    access: p.access,
    standard: p.standard,
    alerts: p.alerts,
    policy: p.policy,
    created_at: p.at,
  }),
)
const change = query<{ id: number; alerts: string; policy: PushPolicy }>()((p) =>
  build.updateTable('push_subscriptions').set({ alerts: p.alerts, policy: p.policy }).where('id', '=', p.id),
)
const ofToken = query<{ token_id: number }>()((p) => build.selectFrom('push_subscriptions').selectAll().where('token_id', '=', p.token_id))
const byId = query<{ id: number }>()((p) => build.selectFrom('push_subscriptions').selectAll().where('id', '=', p.id))
const every = query()(() => build.selectFrom('push_subscriptions').selectAll().orderBy('id'))
const drop = query<{ id: number }>()((p) => build.deleteFrom('push_subscriptions').where('id', '=', p.id))

const OWNER = sql<number>`(select id from accounts where domain = '' and own = 1)`
const follows = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('id')
    .where('account_id', '=', OWNER)
    .where('target_id', '=', p.account_id)
    .where('state', '=', 'accepted'),
)
const followedBy = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('id')
    .where('account_id', '=', p.account_id)
    .where('target_id', '=', OWNER)
    .where('state', '=', 'accepted'),
)

type Row = NonNullable<ReturnType<typeof ofToken.get>>
function toSubscription(row: Row): PushSubscription {
  const on = JSON.parse(row.alerts) as Partial<Record<Alert, boolean>>
  return {
    id: row.id,
    endpoint: row.endpoint,
    p256dh: row.p256dh,
    auth: row.auth,
    access: row.access,
    standard: row.standard === 1,
    alerts: Object.fromEntries(ALERTS.map((name) => [name, on[name] === true])) as Record<Alert, boolean>,
    policy: row.policy,
  }
}

export interface NewSubscription {
  endpoint: string
  p256dh: string
  auth: string
  /** The token, sealed. */
  access: string
  standard: boolean
  alerts: Partial<Record<Alert, boolean>>
  policy: PushPolicy
  /** Networks of their own may push over http. */
  plainAllowed?: boolean
}

/**
 * Makes the subscription of a token, in place of the one it had; what waited for that one goes with it. Throws 'invalid' for an address
 * that is not https, a key that is no point of P-256, a secret that is not 16 bytes. Event `push-changed`.
 */
export function subscribe(d: Domain, tokenId: number, wish: NewSubscription): PushSubscription {
  const endpoint = checkEndpoint(wish.endpoint, wish.plainAllowed ?? false)
  const p256dh = checkKey(wish.p256dh)
  const auth = fromBase64(wish.auth)
  if (auth?.length !== 16) throw new AppError('invalid', 'The secret of the subscription (auth) must be 16 bytes in base64.')
  return d.store.transaction(() => {
    remove.run(d.store, { token_id: tokenId })
    insert.run(d.store, {
      id: nextId(d.now()),
      token_id: tokenId,
      endpoint,
      p256dh,
      auth: auth.toString('base64url'),
      access: wish.access,
      standard: Number(wish.standard),
      alerts: JSON.stringify(wish.alerts),
      policy: wish.policy,
      at: d.now(),
    })
    return changed(d, tokenId)
  })
}

/** Changes what a token's subscription is told of: switches as a whole, if any are given. Null: it has none. Event `push-changed`. */
export function updateSubscription(
  d: Domain,
  tokenId: number,
  wish: { alerts?: Partial<Record<Alert, boolean>>; policy?: PushPolicy },
): PushSubscription | null {
  return d.store.transaction(() => {
    const old = subscriptionOf(d, tokenId)
    if (!old) return null
    change.run(d.store, { id: old.id, alerts: JSON.stringify(wish.alerts ?? old.alerts), policy: wish.policy ?? old.policy })
    return changed(d, tokenId)
  })
}

function changed(d: Domain, tokenId: number): PushSubscription {
  const subscription = subscriptionOf(d, tokenId) as PushSubscription
  d.events.append('push-changed', { subscriptionId: subscription.id })
  return subscription
}

/** Takes a token's subscription away, and what waited for it. Nothing happens if there is none. Event `push-changed`. */
export function unsubscribe(d: Domain, tokenId: number): void {
  d.store.transaction(() => {
    for (const { id } of remove.all(d.store, { token_id: tokenId })) d.events.append('push-changed', { subscriptionId: id })
  })
}

export function subscriptionOf(d: Domain, tokenId: number): PushSubscription | null {
  const row = ofToken.get(d.store, { token_id: tokenId })
  return row ? toSubscription(row) : null
}

export function subscriptionById(d: Domain, id: number): PushSubscription | null {
  const row = byId.get(d.store, { id })
  return row ? toSubscription(row) : null
}

export const allSubscriptions = (d: Domain): PushSubscription[] => every.all(d.store).map(toSubscription)

/** The push service has said that nobody is behind it any more. Event `push-changed`. */
export function dropSubscription(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (drop.run(d.store, { id }).changes > 0) d.events.append('push-changed', { subscriptionId: id })
  })
}

/** Which of these subscriptions want to hear of a notification: by its switch, and by what stands between its author and the owner. */
export function subscribersOf(d: Domain, subscriptions: readonly PushSubscription[], notification: Notification): PushSubscription[] {
  const alert = ALERT_OF[notification.type]
  if (alert === null) return []
  const wishing = subscriptions.filter(({ alerts }) => alerts[alert])
  if (wishing.length === 0) return []
  // An own poll that ended is the owner's own doing: no policy about others keeps it back.
  if (accountById(d, notification.accountId)?.own) return wishing.filter(({ policy }) => policy !== 'none')
  return wishing.filter(({ policy }) => {
    if (policy === 'followed') return follows.get(d.store, { account_id: notification.accountId }) !== undefined
    if (policy === 'follower') return followedBy.get(d.store, { account_id: notification.accountId }) !== undefined
    return policy === 'all'
  })
}

function checkEndpoint(text: string, plainAllowed: boolean): string {
  const url = text.length > MAX_ENDPOINT ? null : URL.parse(text)
  const fits = url !== null && (url.protocol === 'https:' || (plainAllowed && url.protocol === 'http:'))
  if (!fits || url.username !== '' || url.password !== '') {
    throw new AppError('invalid', 'The address of the subscription (endpoint) must be a https address.')
  }
  return url.href
}

/** Both alphabets, padded or not; null for anything else. */
function fromBase64(text: string): Buffer | null {
  return text.length <= 200 && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null
}

/** An uncompressed point that lies on the curve: one that does not would give our own secret away bit by bit. */
function checkKey(text: string): string {
  const bytes = fromBase64(text)
  try {
    if (bytes?.length !== 65 || bytes[0] !== 4) throw new Error('no uncompressed point')
    const [x, y] = [bytes.subarray(1, 33).toString('base64url'), bytes.subarray(33).toString('base64url')]
    createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    return bytes.toString('base64url')
  } catch {
    throw new AppError('invalid', 'The key of the subscription (p256dh) must be a point of P-256 in base64.')
  }
}

const secret = query<{ name: string }>()((p) => build.selectFrom('secrets').select('sealed').where('name', '=', p.name))
const keepSecret = query<{ name: string; sealed: string; at: number }>()((p) =>
  build
    .insertInto('secrets')
    .values({ name: p.name, sealed: p.sealed, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const VAPID = 'vapid'

/**
 * The sealed key this home signs its pushes with, for ever the same: apps subscribe to it. `make` is called once in the life of a home.
 */
export function vapidSecret(d: Domain, make: () => string): string {
  return d.store.transaction(() => {
    const kept = secret.get(d.store, { name: VAPID })
    if (kept) return kept.sealed
    const sealed = make()
    keepSecret.run(d.store, { name: VAPID, sealed, at: d.now() })
    return sealed
  })
}
