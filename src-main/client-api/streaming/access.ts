import { AppError } from '../../domain/errors.ts'
import { scopeAllows } from '../../domain/grants.ts'
import { bearer, grantFor } from '../auth.ts'
import { paramsOf } from '../params.ts'
import type { FastifyRequest } from 'fastify'
import type { TokenInfo } from '../../domain/grants.ts'
import type { ClientApiOptions } from '../options.ts'
import type { Stream } from './streams.ts'

/** Who may listen to what. */

/** Protocols of one request that are looked up: clients send a token and perhaps another word. More are a stranger's way to make work. */
const MOST_OFFERED = 4
/** Ours are 43 characters. */
const MAX_TOKEN = 200

/**
 * The token of a request, from the subprotocol (browsers), the header, and, for streams only, the query; the first that is good counts:
 * some clients send an empty or foreign protocol besides. Null: none is. What a request asked for in its query is written to no log.
 */
export function tokenOf(request: FastifyRequest, options: ClientApiOptions): string | null {
  const offered = [
    ...(request.headers['sec-websocket-protocol'] ?? '').split(',', MOST_OFFERED).map((protocol) => protocol.trim()),
    bearer(request) ?? '',
    paramsOf(request).word('access_token') ?? '',
  ]
  return offered.find((token) => token !== '' && token.length <= MAX_TOKEN && ownersGrant(token, options) !== null) ?? null
}

/** What a token may do here; null for one that is unknown, revoked, or an app's own. */
export function ownersGrant(token: string, { domain, listener }: ClientApiOptions): TokenInfo | null {
  const grant = grantFor(domain, token, listener)
  return grant?.kind === 'client' ? null : grant
}

/** Whether a token is told of notifications, also in a stream that carries more than them, as on Mastodon. */
export const hearsNotifications = (grant: TokenInfo): boolean => scopeAllows(grant.scopes, 'read:notifications')

/** Throws 'forbidden' if a token may not listen to a stream. */
export function checkScope(grant: TokenInfo, stream: Stream): void {
  if (!scopeAllows(grant.scopes, stream.needs)) throw new AppError('forbidden', 'This action is outside the authorized scopes')
}
