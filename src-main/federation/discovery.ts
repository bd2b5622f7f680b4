import { mediaPath } from '../domain/uris.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { IdentityHolder } from './identity.ts'

/** How others find us: WebFinger, host-meta, NodeInfo. Readable by everybody, unsigned, from scripts too (federation.md 1.1, 1.2). */

const DAY_MS = 24 * 3600_000
const JSON_TYPE = 'application/json; charset=utf-8'

export function discoveryRoutes(app: FastifyInstance, parts: { domain: Domain; identity: IdentityHolder; version: string }): void {
  const { domain: d, identity, version } = parts
  const open = (reply: FastifyReply) => reply.header('Access-Control-Allow-Origin', '*')
  const missing = (reply: FastifyReply) => open(reply).status(404).type(JSON_TYPE).send({ error: 'Record not found' })
  const said = (reply: FastifyReply, type: string, document: unknown) =>
    open(reply)
      .type(type)
      .header('Cache-Control', 'public, max-age=3600')
      .send(typeof document === 'string' ? document : JSON.stringify(document))

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
    const instance = u.host.replace(/:\d+$/, '')
    if (means(`${username}@${u.host}`, u.actor, u.profile)) {
      const picture = identity.owner()?.avatar
      return said(reply, 'application/jrd+json; charset=utf-8', {
        subject: `acct:${username}@${u.host}`,
        aliases: [u.profile, u.actor],
        links: [
          { rel: 'self', type: 'application/activity+json', href: u.actor },
          { rel: 'http://webfinger.net/rel/profile-page', type: 'text/html', href: u.profile },
          ...(picture
            ? [
                {
                  rel: 'http://webfinger.net/rel/avatar',
                  type: picture.mime,
                  href: u.origin + mediaPath(picture.token, 'original', picture.mime),
                },
              ]
            : []),
        ],
      })
    }
    if (!means(`${instance}@${u.host}`, `${u.host}@${u.host}`, u.instanceActor)) return missing(reply)
    return said(reply, 'application/jrd+json; charset=utf-8', {
      subject: `acct:${instance}@${u.host}`,
      aliases: [u.instanceActor],
      links: [{ rel: 'self', type: 'application/activity+json', href: u.instanceActor }],
    })
  })

  const template = (origin: string) => `${origin}/.well-known/webfinger?resource={uri}`
  app.get('/.well-known/host-meta', async (_request, reply) => {
    const me = identity.current()
    if (!me) return missing(reply)
    const link = `<Link rel="lrdd" type="application/jrd+json" template="${template(me.uris.origin)}"/>`
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n  ${link}\n</XRD>\n`
    return said(reply, 'application/xrd+xml; charset=utf-8', xml)
  })
  app.get('/.well-known/host-meta.json', async (_request, reply) => {
    const me = identity.current()
    if (!me) return missing(reply)
    return said(reply, JSON_TYPE, { links: [{ rel: 'lrdd', type: 'application/jrd+json', template: template(me.uris.origin) }] })
  })

  app.get('/.well-known/nodeinfo', async (_request, reply) => {
    const me = identity.current()
    if (!me) return missing(reply)
    const link = (v: string) => ({ rel: `http://nodeinfo.diaspora.software/ns/schema/${v}`, href: `${me.uris.origin}/nodeinfo/${v}` })
    return said(reply, JSON_TYPE, { links: [link('2.0'), link('2.1')] })
  })
  for (const v of ['2.0', '2.1'] as const) {
    app.get(`/nodeinfo/${v}`, async (_request, reply) => {
      const owner = identity.current() && identity.owner()
      if (!owner) return missing(reply)
      const active = (days: number) => ((owner.lastPostAt ?? 0) > d.now() - days * DAY_MS ? 1 : 0)
      return said(reply, `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${v}#"; charset=utf-8`, {
        version: v,
        software: { name: 'burrow', version },
        protocols: ['activitypub'],
        services: { inbound: [], outbound: [] },
        openRegistrations: false,
        usage: { users: { total: 1, activeMonth: active(30), activeHalfyear: active(180) }, localPosts: owner.postsCount },
        // Clients that know Mastodon's API look for its name here (mastodon-api.md 2.2).
        metadata: { nodeName: owner.displayName || owner.username, upstream: { name: 'mastodon' } },
      })
    })
  }
}
