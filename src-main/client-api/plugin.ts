import { registerAuth } from './auth.ts'
import { registerBodies } from './bodies.ts'
import { registerConsent } from './consent.ts'
import { registerCors } from './cors.ts'
import { openLimits } from './limits.ts'
import { registerOauth } from './oauth.ts'
import { registerOpenApi } from './openapi.ts'
import { registerPictures } from './pictures.ts'
import { inMastodonWords, notFound } from './problems.ts'
import { registerAccounts } from './routes/accounts.ts'
import { registerConstants } from './routes/constants.ts'
import { registerConversations } from './routes/conversations.ts'
import { registerDomainBlocks } from './routes/domain-blocks.ts'
import { registerEndorsements } from './routes/endorsements.ts'
import { registerFilters } from './routes/filters.ts'
import { registerFiltersV1 } from './routes/filters-v1.ts'
import { registerInstance } from './routes/instance.ts'
import { registerInteractions } from './routes/interactions.ts'
import { registerLists } from './routes/lists.ts'
import { registerMedia } from './routes/media.ts'
import { registerNodeInfo } from './routes/nodeinfo.ts'
import { registerNotifications } from './routes/notifications.ts'
import { registerPolls } from './routes/polls.ts'
import { registerPreferences } from './routes/preferences.ts'
import { registerProfile } from './routes/profile.ts'
import { registerPush } from './routes/push.ts'
import { registerQuotes } from './routes/quotes.ts'
import { registerRelations } from './routes/relations.ts'
import { registerReports } from './routes/reports.ts'
import { registerRequests } from './routes/requests.ts'
import { registerScheduled } from './routes/scheduled.ts'
import { registerSearch } from './routes/search.ts'
import { registerStatuses } from './routes/statuses.ts'
import { registerTags } from './routes/tags.ts'
import { registerTimelines } from './routes/timelines.ts'
import { says } from './schemas/answers.ts'
import { registerStreaming } from './streaming/routes.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { ClientApiOptions } from './options.ts'

export type { ClientApiOptions } from './options.ts'

/**
 * The Mastodon client API of one listener, OAuth included (mastodon-api.md). Mount it without a prefix; while `enabled` says no, it answers
 * as if it were not there. The parent has `@fastify/websocket` (echoing the subprotocol) and the error handler of
 * `http/errors`; errors go there in the words Mastodon's clients look for.
 */
export function clientApi(options: ClientApiOptions): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error) => {
      throw inMastodonWords(error)
    })
    // As a path that never was, down to the last header (rule 46).
    app.addHook('onRequest', async (_request, reply) => {
      if (!options.enabled()) return reply.callNotFound()
    })
    if (options.listener !== 'owner') registerCors(app)
    const limits = openLimits(options.listener, options.domain.now, options.allowances)
    registerAuth(app, options, limits)
    await registerBodies(app, options.domain.store.blobs)
    app.addHook('onSend', async (request, reply) => {
      if (request.routeOptions.config.needs !== undefined) reply.header('Cache-Control', 'private, no-store')
    })

    registerOpenApi(app, options)
    registerPictures(app)
    registerInstance(app, options)
    registerOauth(app, options, limits)
    registerConsent(app, options)
    registerNodeInfo(app, options)
    registerProfile(app, options)
    registerAccounts(app, options)
    registerRelations(app, options)
    registerEndorsements(app, options)
    registerStatuses(app, options)
    registerScheduled(app, options)
    registerConversations(app, options)
    registerDomainBlocks(app, options)
    registerPreferences(app, options)
    registerInteractions(app, options)
    registerPolls(app, options)
    registerQuotes(app, options)
    registerMedia(app, options)
    registerTimelines(app, options)
    registerLists(app, options)
    registerFilters(app, options)
    registerFiltersV1(app, options)
    registerTags(app, options)
    registerNotifications(app, options)
    registerRequests(app, options)
    registerPush(app, options)
    registerReports(app, options)
    registerSearch(app, options)
    registerConstants(app, options)
    registerStreaming(app, options, limits)

    // What we do not have is said in JSON: a page or a bare text breaks clients (mastodon-api.md 2.3).
    const absent = ['/api/v1/*', '/api/v2/*', '/api/v1_alpha/*', '/api/v2_alpha/*', '/oauth/*', '/api/oembed']
    // On the owner's listener other paths under /api are the owner API's to answer.
    for (const path of options.listener === 'owner' ? absent : [...absent, '/api/*']) {
      app.all(path, says('Absent'), async () => {
        throw notFound()
      })
    }
  }
}
