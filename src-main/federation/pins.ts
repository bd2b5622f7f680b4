import { loadAccounts } from '../domain/accounts.ts'
import { receivePin, receiveUnpin } from '../domain/pins.ts'
import { hostOf, idOf, list } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Ground } from './ground.ts'
import type { Incoming, Reaching } from './plan.ts'

/**
 * Add and Remove: only to and from the sender's own featured collection (rule 6). Featured hashtags are read when a profile is opened, and
 * the moderators of a community (Lemmy) are no business of ours.
 */
export function pinOrUnpin(ground: Ground, incoming: Incoming, kind: 'Add' | 'Remove'): Reaching {
  const { domain: d, identity } = ground
  const { activity, actorUri, sender, reach } = incoming
  const uri = idOf(list(activity.object, 1)[0])
  const target = idOf(activity.target)
  const me = identity.current()
  if (!me || !sender || !uri || !target || hostOf(uri) !== hostOf(actorUri)) return null
  const { accountId } = sender
  if (loadAccounts(d, [accountId]).get(accountId)?.featuredUri !== target) return null
  const here = ground.post(uri)
  if (here) {
    if (here.accountId !== accountId) return null
    return done(() => (kind === 'Add' ? receivePin(d, accountId, here.id) : receiveUnpin(d, accountId, here.id)))
  }
  if (kind === 'Remove' || !sender.following) return null
  if (!reach) return 'fetch'
  return ground.remote.post(uri, reach).then((found) => {
    if (found?.author.accountId !== accountId) return null
    const store = ground.keep(me, found.post, found.author, { quietly: true })
    return () => {
      const parent = store()
      const stored = ground.post(uri)
      if (stored) receivePin(d, accountId, stored.id)
      return parent
    }
  })
}
