import { closedAt } from '../domain/closed.ts'
import { mediaPath } from '../domain/uris.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Sending } from './documents/sending.ts'
import type { Identity, IdentityHolder } from './identity.ts'

/** How others find us: WebFinger, host-meta, NodeInfo. Readable by everybody, unsigned, from scripts too (federation.md 1.1, 1.2). */

const DAY_MS = 24 * 3600_000
const JSON_TYPE = 'application/json; charset=utf-8'
const JRD_TYPE = 'application/jrd+json; charset=utf-8'
const KEPT = 'public, max-age=3600'

export function discoveryRoutes(
  app: FastifyInstance,
  parts: { domain: Domain; identity: IdentityHolder; version: string; sending: Sending },
): void {
  const { domain: d, identity, version, sending } = parts
  const open = (reply: FastifyReply) => reply.header('Access-Control-Allow-Origin', '*')
  const missing = (reply: FastifyReply) => open(reply).status(404).type(JSON_TYPE).send({ error: 'Record not found' })
  /** From the shelf; made for whoever we are now. */
  const said = (request: FastifyRequest, reply: FastifyReply, key: string, type: string, make: (me: Identity) => unknown) => {
    const me = identity.current()
    const held = me && sending.shelf.take(key, () => ({ document: make(me), type }))
    return held ? sending.sendHeld(request, reply, held, KEPT) : missing(reply)
  }

  function person({ uris: u, username }: Identity): unknown {
    const picture = identity.owner()?.avatar
    const avatar = picture && {
      rel: 'http://webfinger.net/rel/avatar',
      type: picture.mime,
      href: u.origin + mediaPath(picture.token, 'original', picture.mime),
    }
    return {
      subject: `acct:${username}@${u.host}`,
      aliases: [u.profile, u.actor],
      links: [
        { rel: 'self', type: 'application/activity+json', href: u.actor },
        { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: u.profile },
        ...(avatar ? [avatar] : []),
        { rel: 'http://ostatus.org/schema/1.0/subscribe', template: `${u.authorizeInteraction}?uri={uri}` },
      ],
    }
  }
  const instanceName = (u: Identity['uris']) => u.host.replace(/:\d+$/, '')
  function instance({ uris: u }: Identity): unknown {
    return {
      subject: `acct:${instanceName(u)}@${u.host}`,
      aliases: [u.instanceActor],
      links: [{ rel: 'self', type: 'application/activity+json', href: u.instanceActor }],
    }
  }

  app.get<{ Querystring: { resource?: unknown } }>('/.well-known/webfinger', async (request, reply) => {
    const me = identity.current()
    const { resource } = request.query
    if (!me) return missing(reply)
    if (typeof resource !== 'string' || resource === '' || resource.length > 2_048) {
      return open(reply).status(400).type(JSON_TYPE).send({ error: 'Ask with ?resource=acct:name@host.' })
    }
    const { uris: u, username } = me
    const asked = resource
      .replace(/^acct:/i, '')
      .replace(/^@/, '')
      .toLowerCase()
    const means = (...names: string[]) => names.some((name) => name.toLowerCase() === asked)
    if (means(`${username}@${u.host}`, u.actor, u.profile)) {
      if (closedAt(d) !== null) return open(reply).status(410).type(JSON_TYPE).send({ error: 'Gone' })
      return said(request, reply, 'webfinger', JRD_TYPE, person)
    }
    if (!means(`${instanceName(u)}@${u.host}`, `${u.host}@${u.host}`, u.instanceActor)) return missing(reply)
    return said(request, reply, 'webfinger:instance', JRD_TYPE, instance)
  })

  const template = (me: Identity) => `${me.uris.origin}/.well-known/webfinger?resource={uri}`
  app.get('/.well-known/host-meta', (request, reply) =>
    said(request, reply, 'host-meta', 'application/xrd+xml; charset=utf-8', (me) => {
      const link = `<Link rel="lrdd" type="application/jrd+json" template="${template(me)}"/>`
      return `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n  ${link}\n</XRD>\n`
    }),
  )
  app.get('/.well-known/host-meta.json', (request, reply) =>
    said(request, reply, 'host-meta.json', JSON_TYPE, (me) => ({
      links: [{ rel: 'lrdd', type: 'application/jrd+json', template: template(me) }],
    })),
  )

  app.get('/.well-known/nodeinfo', (request, reply) =>
    said(request, reply, 'nodeinfo', JSON_TYPE, (me) => {
      const link = (v: string) => ({ rel: `http://nodeinfo.diaspora.software/ns/schema/${v}`, href: `${me.uris.origin}/nodeinfo/${v}` })
      return { links: [link('2.0'), link('2.1')] }
    }),
  )
  for (const v of ['2.0', '2.1'] as const) {
    const type = `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${v}#"; charset=utf-8`
    app.get(`/nodeinfo/${v}`, async (request, reply) => {
      const owner = identity.current() && identity.owner()
      if (!owner) return missing(reply)
      return said(request, reply, `nodeinfo:${v}`, type, () => {
        const active = (days: number) => ((owner.lastPostAt ?? 0) > d.now() - days * DAY_MS ? 1 : 0)
        return {
          version: v,
          software: { name: 'burrow', version },
          protocols: ['activitypub'],
          services: { inbound: [], outbound: [] },
          openRegistrations: false,
          usage: { users: { total: 1, activeMonth: active(30), activeHalfyear: active(180) }, localPosts: owner.postsCount },
          // Clients that know Mastodon's API look for its name here (mastodon-api.md 2.2).
          metadata: { nodeName: owner.displayName || owner.username, upstream: { name: 'mastodon' } },
        }
      })
    })
  }
}
