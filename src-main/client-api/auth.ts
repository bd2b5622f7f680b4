import { AppError } from '../domain/errors.ts'
import { scopeAllows, tokenInfo } from '../domain/grants.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { TokenInfo } from '../domain/grants.ts'

/** Who asks, and whether they may: bearer tokens and scopes, checked before a body is read (mastodon-api.md 2.1, 2.3). */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a route needs. Without one it is for everybody. */
    needs?: string
    /** Also without a token: then only what anybody may see. */
    open?: boolean
    /** Any token will do, an app's own too. */
    anyToken?: boolean
  }
}

const grants = new WeakMap<FastifyRequest, TokenInfo>()

/** What the token of a request may do; null for a stranger (and for an app speaking for itself on an open route). */
export function grantOf(request: FastifyRequest): TokenInfo | null {
  return grants.get(request) ?? null
}

/** `owner` with a token of the owner's, `public` without. */
export function viewerOf(request: FastifyRequest): 'owner' | 'public' {
  const grant = grantOf(request)
  return grant && grant.kind !== 'client' ? 'owner' : 'public'
}

export function bearer(request: FastifyRequest): string | null {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization?.trim() ?? '')?.[1] ?? null
}

export const invalidToken = () => new AppError('unauthorized', 'The access token is invalid')

/** Checks every request of these routes against what its route declares. */
export function registerAuth(app: FastifyInstance, d: Domain): void {
  app.addHook('onRequest', async (request) => {
    const { needs, open, anyToken } = request.routeOptions.config
    if (needs === undefined && !anyToken) return
    const token = bearer(request)
    if (token === null) {
      if (open) return
      throw invalidToken()
    }
    const grant = tokenInfo(d, token)
    // Also where no token is needed: Mastodon answers a wrong one with 401 everywhere.
    if (!grant) throw invalidToken()
    grants.set(request, grant)
    if (needs === undefined) return
    if (grant.kind === 'client') {
      if (open) return
      throw new AppError('invalid', 'This method requires an authenticated user')
    }
    if (!scopeAllows(grant.scopes, needs)) throw new AppError('forbidden', 'This action is outside the authorized scopes')
  })
}
