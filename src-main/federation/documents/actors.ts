import { ownEmojis } from '../../domain/own-emojis.ts'
import { actor, instanceActor } from '../mapping/actor.ts'
import { collection } from '../mapping/collection.ts'
import { withContext } from '../mapping/context.ts'
import { emoji } from '../mapping/note.ts'
import { wantsPage } from '../negotiation.ts'
import { picturesOf } from '../surroundings.ts'
import { AP_TYPE } from './sending.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../../domain/domain.ts'
import type { IdentityHolder } from '../identity.ts'
import type { Sending } from './sending.ts'

/** The two actors and the owner's emojis: readable by everybody, unsigned, in secure mode too, or nobody could ever check a signature. */

type Named = { Params: { name: string } }
const OPEN = 'public, max-age=180'

export function actorRoutes(app: FastifyInstance, parts: { domain: Domain; identity: IdentityHolder; sending: Sending }): void {
  const { domain: d, identity, sending } = parts
  const { shelf, missing, toPage, sendHeld, named } = sending

  app.get<Named>('/users/:name', async (request, reply) => {
    const me = named(request.params.name)
    if (!me) return missing(reply)
    if (wantsPage(request.headers.accept)) return toPage(reply, me.uris.profile)
    const held = shelf.take('actor', () => {
      const owner = identity.owner()
      return owner && { document: actor(owner, me.uris, me.keys, picturesOf(d, owner.emojis)), type: AP_TYPE }
    })
    return held ? sendHeld(request, reply, held, OPEN) : missing(reply)
  })
  app.get('/actor', async (request, reply) => {
    const me = identity.current()
    const held = me && shelf.take('instance-actor', () => ({ document: instanceActor(me.uris, me.keys), type: AP_TYPE }))
    return held ? sendHeld(request, reply, held, OPEN) : missing(reply)
  })
  app.get('/actor/outbox', async (request, reply) => {
    const me = identity.current()
    const empty = me && collection(`${me.uris.instanceActor}/outbox`, 0, null)
    const held = empty && shelf.take('instance-outbox', () => ({ document: empty, type: AP_TYPE }))
    return held ? sendHeld(request, reply, held, OPEN) : missing(reply)
  })
  app.get<{ Params: { shortcode: string } }>('/emoji/:shortcode', async (request, reply) => {
    const me = identity.current()
    const wanted = me && ownEmojis(d).find((one) => one.shortcode === request.params.shortcode)
    if (!me || !wanted) return missing(reply)
    const held = shelf.take(`emoji:${wanted.shortcode}`, () => ({ document: withContext(emoji(wanted, me.uris)), type: AP_TYPE }))
    return held ? sendHeld(request, reply, held, OPEN) : missing(reply)
  })
}
