import type { PushSubscription } from '../../domain/push.ts'

/** WebPushSubscription. Every switch is there, on or off: Ice Cubes decodes them all. */
export const toWebPushSubscription = ({ id, endpoint, standard, alerts, policy }: PushSubscription, vapidKey: string) => ({
  id: String(id),
  endpoint,
  standard,
  alerts,
  policy,
  server_key: vapidKey,
})
