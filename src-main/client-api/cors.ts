import type { FastifyInstance } from 'fastify'

/** Web clients of other sites, on the public listener: every answer, errors too, and never with credentials (mastodon-api.md 2.3). */

const EXPOSED = 'Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id'
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** The consent page is for people in their own browser: no script of another site has any business there. */
const closed = (url: string) => url.startsWith('/oauth/authorize')

export function registerCors(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (closed(request.url)) return
    reply.header('Access-Control-Allow-Origin', '*')
    reply.header('Access-Control-Expose-Headers', EXPOSED)
  })
  for (const path of ['/api/*', '/oauth/token', '/oauth/revoke', '/oauth/userinfo', '/.well-known/oauth-authorization-server']) {
    app.options(path, async (request, reply) =>
      reply
        .header('Access-Control-Allow-Methods', METHODS)
        .header(
          'Access-Control-Allow-Headers',
          request.headers['access-control-request-headers'] ?? 'Authorization, Content-Type, Idempotency-Key',
        )
        .header('Access-Control-Max-Age', '86400')
        .status(204)
        .send(),
    )
  }
}
