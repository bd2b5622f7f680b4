import { AppError } from '../domain/errors.ts'
import {
  appById,
  authenticateApp,
  createClientToken,
  exchangeCode,
  parseScopes,
  registerApp,
  revokeToken,
  tokenInfo,
} from '../domain/grants.ts'
import { owner } from '../domain/owner.ts'
import { grantOf } from './auth.ts'
import { contextOf } from './entities/context.ts'
import { toAccount } from './entities/account.ts'
import { paramsOf } from './params.ts'
import { says } from './schemas/answers.ts'
import type { App } from '../domain/grants.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Limits } from './limits.ts'
import type { Params } from './params.ts'
import type { ClientApiOptions } from './options.ts'

/** Apps and tokens (mastodon-api.md 2.1). The page on which the owner says yes is `consent.ts`. */

const SCOPES = ['read', 'write', 'follow', 'push', 'profile']

/** A refusal in the words of RFC 6749, 5.2. */
function refuse(reply: FastifyReply, status: 400 | 401 | 403, error: string, description: string) {
  return reply.status(status).send({ error, error_description: description })
}

const invalidClient = (reply: FastifyReply) =>
  refuse(
    reply,
    401,
    'invalid_client',
    'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  )

/** An app as Mastodon shows it; `vapid_key` is no longer documented there, but Elk and Phanpy fall back to it. */
function toApplication(app: App, vapidKey: string, secret?: string) {
  return {
    id: String(app.id),
    name: app.name,
    website: app.website,
    scopes: app.scopes,
    redirect_uri: app.redirectUris.join('\n'),
    redirect_uris: app.redirectUris,
    vapid_key: vapidKey,
    ...(secret === undefined ? {} : { client_id: app.clientId, client_secret: secret, client_secret_expires_at: 0 }),
  }
}

/** Client id and secret of a Basic header or of the body; both together only if they agree (tooot sends both). Null: none, or a contradiction. */
function credentials(request: FastifyRequest, params: Params): { id: string; secret: string } | null {
  const basic = /^basic +([A-Za-z0-9+/_=-]+)$/i.exec(request.headers.authorization?.trim() ?? '')?.[1]
  const given = { id: params.word('client_id'), secret: params.word('client_secret') }
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':').map(unescaped)
    if ((given.id !== undefined && given.id !== id) || (given.secret !== undefined && given.secret !== secret)) return null
    return { id, secret }
  }
  return given.id === undefined || given.secret === undefined ? null : { id: given.id, secret: given.secret }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Every redirect address: one text with newlines, or a list. */
const redirectUris = (params: Params) =>
  ['redirect_uris', 'redirect_uri']
    .flatMap((name) => params.list(name))
    .flatMap((text) => text.split(/[\n\r]+/))
    .map((text) => text.trim())
    .filter(Boolean)

export function registerOauth(app: FastifyInstance, { domain: d, base, log, vapidKey }: ClientApiOptions, limits: Limits): void {
  app.post('/api/v1/apps', { config: { answers: 'CredentialApplication', countsItself: true } }, async (request, reply) => {
    limits.count(reply, limits.registration())
    const params = paramsOf(request)
    const made = registerApp(d, {
      name: params.word('client_name') ?? '',
      website: params.word('website') ?? null,
      redirectUris: [...new Set(redirectUris(params))],
      scopes: parseScopes(params.list('scopes').join(' ')),
    })
    return toApplication(made, vapidKey(), made.clientSecret)
  })

  app.get('/api/v1/apps/verify_credentials', { config: { anyToken: true, answers: 'Application' } }, async (request) => {
    const id = grantOf(request)?.appId ?? null
    const found = id === null ? null : appById(d, id)
    if (found) return toApplication(found, vapidKey())
    // The window and the command line have tokens without an app.
    const own = { id: 0, clientId: '', name: 'Burrow', website: null, scopes: grantOf(request)?.scopes ?? [], redirectUris: [] }
    return toApplication(own, vapidKey())
  })

  app.post('/oauth/token', { config: { answers: 'Token', countsItself: true } }, async (request, reply) => {
    void reply.header('Cache-Control', 'no-store')
    const params = paramsOf(request)
    const given = credentials(request, params)
    const type = params.word('grant_type')
    if (type !== 'authorization_code' && type !== 'client_credentials') {
      return refuse(reply, 400, 'unsupported_grant_type', 'The authorization grant type is not supported by the authorization server.')
    }
    const client = given ? authenticateApp(d, given.id, given.secret) : null
    limits.count(reply, client ? limits.app(client.id) : limits.nobody())
    if (!client) return invalidClient(reply)
    if (type === 'client_credentials') {
      const scopes = requestedScopes(params, client)
      if (!scopes) return refuse(reply, 400, 'invalid_scope', 'The requested scope is invalid, unknown, or malformed.')
      return answer(createClientToken(d, client.id, scopes), scopes, d.now())
    }
    const exchanged = exchangeCode(d, {
      appId: client.id,
      code: params.word('code') ?? '',
      redirectUri: params.word('redirect_uri') ?? '',
      verifier: params.word('code_verifier') ?? null,
    })
    if (!exchanged) {
      return refuse(
        reply,
        400,
        'invalid_grant',
        'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
      )
    }
    // A code counts as used once the answer is out. What a tunnel lost on its way is asked for again: Elk's server tries up to four times.
    const takeBack = () => {
      try {
        exchanged.takeBack()
      } catch (error) {
        // Nobody waits for this: the program may be ending, or the disk be full. The code stays used, and the app asks the owner again.
        log.warn({ error: (error as Error).message }, 'a token that nobody got could not be taken back')
      }
    }
    if (reply.raw.destroyed) takeBack()
    else reply.raw.once('close', takeBack).once('finish', () => reply.raw.off('close', takeBack))
    return answer(exchanged.token, exchanged.scopes, exchanged.createdAt)
  })

  app.post('/oauth/revoke', says('Empty'), async (request, reply) => {
    const params = paramsOf(request)
    const given = credentials(request, params)
    const client = given ? authenticateApp(d, given.id, given.secret) : null
    const token = params.word('token')
    const grant = token === undefined ? null : tokenInfo(d, token)
    // The tokens of the window and of the command line belong to no app: whoever holds one may end it.
    const allowed = client ? !grant || grant.appId === client.id : !given && grant !== null && grant.appId === null
    if (!allowed) return refuse(reply, 403, 'unauthorized_client', 'You are not authorized to revoke this token')
    if (token !== undefined) revokeToken(d, token)
    return {}
  })

  const userinfo = async () => {
    const at = contextOf(d, base(), 'owner')
    const account = toAccount(at, owner(d))
    return {
      iss: `${base()}/`,
      sub: account.uri,
      name: account.display_name,
      preferred_username: account.username,
      profile: account.url,
      picture: account.avatar,
    }
  }
  app.get('/oauth/userinfo', { config: { needs: 'profile', answers: 'UserInfo' } }, userinfo)
  app.post('/oauth/userinfo', { config: { needs: 'profile', answers: 'UserInfo' } }, userinfo)

  app.get('/.well-known/oauth-authorization-server', says('ServerMetadata'), async () => ({
    issuer: `${base()}/`,
    authorization_endpoint: `${base()}/oauth/authorize`,
    token_endpoint: `${base()}/oauth/token`,
    revocation_endpoint: `${base()}/oauth/revoke`,
    userinfo_endpoint: `${base()}/oauth/userinfo`,
    app_registration_endpoint: `${base()}/api/v1/apps`,
    scopes_supported: SCOPES,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    service_documentation: 'https://docs.joinmastodon.org/',
  }))
}

const answer = (token: string, scopes: string[], createdAt: number) => ({
  access_token: token,
  token_type: 'Bearer',
  scope: scopes.join(' '),
  created_at: Math.floor(createdAt / 1000),
})

/** What an app asks for, if it is within what it registered for; null if not. */
export function requestedScopes(params: Params, app: App): string[] | null {
  let scopes: string[]
  try {
    scopes = parseScopes(params.list('scope').join(' '))
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
  const covered = (scope: string) => app.scopes.includes(scope) || app.scopes.includes(scope.split(':')[0] as string)
  return scopes.every(covered) ? scopes : null
}
