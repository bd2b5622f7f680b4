import { AppError } from '../../domain/errors.ts'
import { ALERTS, POLICIES, subscribe, subscriptionOf, unsubscribe, updateSubscription } from '../../domain/push.ts'
import { bearer, grantOf } from '../auth.ts'
import { toWebPushSubscription } from '../entities/push.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Alert, PushPolicy } from '../../domain/push.ts'
import type { TokenInfo } from '../../domain/grants.ts'
import type { ClientApiOptions } from '../options.ts'
import type { Params } from '../params.ts'

/** The push subscription of a token: one, or none (mastodon-api.md 1.6, 2.9). */

const PATH = '/api/v1/push/subscription'
const ROUTE = needs('push', 'WebPushSubscription')

export function registerPush(app: FastifyInstance, { domain: d, vapidKey, push }: ClientApiOptions): void {
  const answer = (subscription: ReturnType<typeof subscriptionOf>) => {
    // Phanpy looks for these words; anything else is an error to it.
    if (!subscription) throw notFound()
    return toWebPushSubscription(subscription, vapidKey())
  }

  app.get(PATH, ROUTE, async (request) => answer(subscriptionOf(d, tokenId(request))))

  app.post(PATH, ROUTE, async (request) => {
    const params = paramsOf(request)
    const wish = params.object('subscription')
    const keys = wish.object('keys')
    const endpoint = wish.word('endpoint')
    const p256dh = keys.word('p256dh')
    const auth = keys.word('auth')
    if (endpoint === undefined || p256dh === undefined || auth === undefined) {
      throw new AppError('invalid', 'Validation failed: Subscription needs endpoint, keys.p256dh and keys.auth')
    }
    return answer(
      subscribe(d, tokenId(request), {
        endpoint,
        p256dh,
        auth,
        access: push.sealToken(bearer(request) as string),
        standard: wish.flag('standard') ?? params.flag('standard') ?? false,
        alerts: alertsIn(params) ?? {},
        policy: policyIn(params) ?? 'all',
        plainAllowed: push.plainAllowed,
      }),
    )
  })

  const update = async (request: FastifyRequest) => {
    const params = paramsOf(request)
    const alerts = alertsIn(params)
    const policy = policyIn(params)
    return answer(updateSubscription(d, tokenId(request), { ...(alerts ? { alerts } : {}), ...(policy ? { policy } : {}) }))
  }
  app.put(PATH, ROUTE, update)
  app.patch(PATH, ROUTE, update)

  app.delete(PATH, needs('push', 'Empty'), async (request) => {
    unsubscribe(d, tokenId(request))
    return {}
  })
}

const tokenId = (request: FastifyRequest): number => (grantOf(request) as TokenInfo).id

/** Undefined if none is given: then all stay as they are. One that is not given among others is off, as on Mastodon. */
function alertsIn(params: Params): Partial<Record<Alert, boolean>> | undefined {
  const data = params.object('data')
  if (!data.has('alerts')) return undefined
  const given = data.object('alerts')
  return Object.fromEntries(ALERTS.flatMap((name) => (given.flag(name) === true ? [[name, true]] : [])))
}

/** In `data`, as apps send it, or beside it, as it is documented too. */
function policyIn(params: Params): PushPolicy | undefined {
  const text = params.object('data').word('policy') ?? params.word('policy')
  if (text === undefined) return undefined
  const policy = POLICIES.find((one) => one === text)
  if (!policy) throw new AppError('invalid', 'Validation failed: Policy is not included in the list')
  return policy
}
