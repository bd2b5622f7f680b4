import { settings } from '../../domain/owner.ts'
import { needs } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { Entity } from '../schemas/entities.ts'
import type { ClientApiOptions } from '../options.ts'

/** What the owner has set, for apps that open with it. Written by `update_credentials` (`source[…]`) and in the window. */
export function registerPreferences(app: FastifyInstance, options: ClientApiOptions): void {
  app.get('/api/v1/preferences', needs('read:accounts', 'Preferences'), async (): Promise<Entity<'Preferences'>> => {
    const chosen = settings(options.domain)
    return {
      'posting:default:visibility': chosen.defaultVisibility,
      'posting:default:sensitive': chosen.defaultSensitive,
      'posting:default:language': chosen.defaultLanguage || null,
      'posting:default:quote_policy': chosen.quotePolicy,
      'reading:expand:media': chosen.expandMedia,
      'reading:expand:spoilers': chosen.expandWarnings,
      'reading:autoplay:gifs': false,
    }
  })
}
