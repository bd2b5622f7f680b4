import { knownEmojis } from '../../domain/emojis.ts'
import { findOwner, settings } from '../../domain/owner.ts'
import { knownHosts } from '../../domain/relationships.ts'
import { toEmoji } from '../entities/account.ts'
import { contextOf, iso } from '../entities/context.ts'
import { toInstance, toInstanceV1 } from '../entities/instance.ts'
import type { FastifyInstance } from 'fastify'
import type { ClientApiOptions } from '../options.ts'

/** The server itself: instance, emojis, preferences. */
export function registerInstance(app: FastifyInstance, { domain: d, base, version }: ClientApiOptions): void {
  app.get('/api/v2/instance', async () => toInstance(contextOf(d, base(), 'public'), version))
  app.get('/api/v1/instance', async () => toInstanceV1(contextOf(d, base(), 'public'), version, knownHosts(d)))

  // The owner's home has no emojis of its own; those of others are in the posts that use them.
  app.get('/api/v1/custom_emojis', async () =>
    knownEmojis(d).flatMap((emoji) => (emoji.domain === '' ? [toEmoji(contextOf(d, base(), 'public'), emoji)] : [])),
  )

  const preferences = { config: { needs: 'read:accounts' } }
  app.get('/api/v1/preferences', preferences, async () => {
    const { defaultVisibility, defaultLanguage } = settings(d)
    return {
      'posting:default:visibility': defaultVisibility,
      'posting:default:sensitive': false,
      'posting:default:language': defaultLanguage || null,
      'posting:default:quote_policy': 'nobody',
      'reading:expand:media': 'default',
      'reading:expand:spoilers': false,
      'reading:autoplay:gifs': false,
    }
  })

  const empty = () => {
    const me = findOwner(d)
    return { updated_at: iso(me?.createdAt ?? 0), content: '' }
  }
  app.get('/api/v1/instance/extended_description', async () => empty())
  app.get('/api/v1/instance/privacy_policy', async () => empty())
  app.get('/health', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'))
  app.get('/api/v1/streaming/health', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'))
}
