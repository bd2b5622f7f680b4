import { knownEmojis } from '../../domain/emojis.ts'
import { ownEmojis } from '../../domain/own-emojis.ts'
import { findOwner } from '../../domain/owner.ts'
import { knownHosts } from '../../domain/relationships.ts'
import { viewerOf } from '../auth.ts'
import { toEmoji } from '../entities/account.ts'
import { contextOf, iso } from '../entities/context.ts'
import { toInstance, toInstanceV1 } from '../entities/instance.ts'
import { says } from '../schemas/answers.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** More than a client can show. */
const MOST_SEEN = 2_000

/** The server itself: instance, emojis. */
export function registerInstance(app: FastifyInstance, { domain: d, base, version, vapidKey }: ClientApiOptions): void {
  app.get('/api/v2/instance', says('Instance'), async () => toInstance(contextOf(d, base(), 'public'), version, vapidKey()))
  app.get('/api/v1/instance', says('V1Instance'), async () => toInstanceV1(contextOf(d, base(), 'public'), version, knownHosts(d)))

  // The owner's own are for everybody, and to be picked. Those seen elsewhere only the owner sees, and nobody can write them here: one of
  // each name, since clients keep them by name.
  app.get('/api/v1/custom_emojis', { config: { anyToken: true, open: true, answers: 'CustomEmoji[]' } }, async (request) => {
    const at = contextOf(d, base(), viewerOf(request))
    const own = ownEmojis(d)
    const names = new Set(own.map((emoji) => emoji.shortcode))
    const seen = at.viewer === 'public' ? [] : knownEmojis(d).filter((emoji) => !names.has(emoji.shortcode) && names.add(emoji.shortcode))
    return [...own.map((emoji) => toEmoji(at, emoji, true)), ...seen.slice(0, MOST_SEEN).map((emoji) => toEmoji(at, emoji))]
  })

  const empty = () => {
    const me = findOwner(d)
    return { updated_at: iso(me?.createdAt ?? 0), content: '' }
  }
  app.get('/api/v1/instance/extended_description', says('ExtendedDescription'), async () => empty())
  app.get('/api/v1/instance/privacy_policy', says('ExtendedDescription'), async () => empty())
  app.get('/health', says('Text'), async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'))
  app.get('/api/v1/streaming/health', says('Text'), async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'))
}
