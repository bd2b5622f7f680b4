import type { PushSubscription } from '../../domain/push.ts'

/** Nobody asks for a subscription by its id, but Mastodon's are small, and Tusky and the official app keep them in 32 bits (read out of a text too). */
const small = (id: number) => (id % 0x7fff_fffe) + 1

/** WebPushSubscription. Every switch is there, on or off: Ice Cubes decodes them all. */
export const toWebPushSubscription = ({ id, endpoint, standard, alerts, policy }: PushSubscription, vapidKey: string) => ({
  id: String(small(id)),
  endpoint,
  standard,
  alerts,
  policy,
  server_key: vapidKey,
})
