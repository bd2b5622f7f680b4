import { findOwner } from '../../domain/owner.ts'
import { notFound } from '../problems.ts'
import { says } from '../schemas/answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

const DAY_MS = 24 * 3600_000

/**
 * What apps look up before they sign in (mastodon-api.md 1.1), on the listeners where no federation says it: megalodon finds no server
 * without it. On the public listener the document is the federation's.
 */
export function registerNodeInfo(app: FastifyInstance, { domain: d, base, version, listener }: ClientApiOptions): void {
  if (listener === 'public') return
  app.get('/.well-known/nodeinfo', says('NodeInfoLinks'), async () => ({
    links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.0', href: `${base()}/nodeinfo/2.0` }],
  }))
  app.get('/nodeinfo/2.0', says('NodeInfo'), async () => {
    const owner = findOwner(d)
    if (!owner) throw notFound()
    const active = (days: number) => ((owner.lastPostAt ?? 0) > d.now() - days * DAY_MS ? 1 : 0)
    return {
      version: '2.0',
      software: { name: 'burrow', version },
      protocols: ['activitypub'],
      services: { inbound: [], outbound: [] },
      openRegistrations: false,
      usage: { users: { total: 1, activeMonth: active(30), activeHalfyear: active(180) }, localPosts: owner.postsCount },
      metadata: { upstream: { name: 'mastodon' } },
    }
  })
}
