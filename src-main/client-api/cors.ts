import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Web clients of other sites, on the public listener and that of the local network: every answer, errors too, and never with credentials
 * (mastodon-api.md 2.3).
 */

const EXPOSED = 'Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Mastodon-Async-Refresh'
const ALLOWED = 'Authorization, Content-Type, Idempotency-Key'
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** The consent page is for people in their own browser: no script of another site has any business there. */
const closed = ({ url, routeOptions }: FastifyRequest) => {
  const [path = ''] = url.split('?')
  // A path that is written in another way is the same page.
  return `${routeOptions.url ?? ''} ${path.includes('%') ? unescaped(path) : path}`.includes('/oauth/authorize')
}
function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

export function registerCors(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (closed(request)) return
    reply.header('Access-Control-Allow-Origin', '*')
    reply.header('Access-Control-Expose-Headers', EXPOSED)
    if (request.method !== 'OPTIONS') return
    // A preflight asks about any path under ours, there or not: the catch-all routes of the plugin bring it here.
    return reply
      .header('Access-Control-Allow-Methods', METHODS)
      .header('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? ALLOWED)
      .header('Access-Control-Max-Age', '86400')
      .status(204)
      .send()
  })
  app.options('/.well-known/oauth-authorization-server', async (_request, reply) => reply.status(204).send())
}
