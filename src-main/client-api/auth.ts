import { AppError } from '../domain/errors.ts'
import { scopeAllows, tokenInfo } from '../domain/grants.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Door } from '../domain/consents.ts'
import type { Domain } from '../domain/domain.ts'
import type { TokenInfo } from '../domain/grants.ts'
import type { Limits } from './limits.ts'
import type { ClientApiOptions } from './options.ts'

/** Who asks, and whether they may: bearer tokens and scopes, checked before a body is read (mastodon-api.md 2.1, 2.3). */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a route needs. Without one it is for everybody. */
    needs?: string
    /** Also without a token: then only what anybody may see. */
    open?: boolean
    /** Any token will do, an app's own too. */
    anyToken?: boolean
    /** Counts its requests itself, once it knows who asks. */
    countsItself?: boolean
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

/**
 * What a token may do on a listener; null for unknown ones. The window's own token belongs to this computer: shown on the public listener
 * or in the local network it has leaked, and opens nothing there.
 */
export function grantFor(d: Domain, token: string, listener: Door): TokenInfo | null {
  const grant = tokenInfo(d, token)
  return grant?.kind === 'window' && listener !== 'owner' ? null : grant
}

/** Checks every request of these routes against what its route declares, and counts it by its token. */
export function registerAuth(app: FastifyInstance, { domain: d, listener, patient }: ClientApiOptions, limits: Limits): void {
  app.addHook('onRequest', async (request, reply) => {
    const { needs, open, anyToken, countsItself } = request.routeOptions.config
    const asked = needs !== undefined || anyToken === true
    const token = asked ? bearer(request) : null
    const grant = token === null ? null : grantFor(d, token, listener)
    const counted = countsItself ? null : limits.of(grant)
    if (counted) limits.count(reply, counted)
    if (!asked || (token === null && open)) return
    // Also where no token is needed: Mastodon answers a wrong one with 401 everywhere.
    if (!grant) throw invalidToken()
    grants.set(request, grant)
    // Anybody may have a client's token.
    if (grant.kind !== 'client') patient?.(request.raw)
    if (needs === undefined) return
    if (grant.kind === 'client') {
      if (open) return
      throw new AppError('invalid', 'This method requires an authenticated user')
    }
    if (!scopeAllows(grant.scopes, needs)) throw new AppError('forbidden', 'This action is outside the authorized scopes')
  })
}
