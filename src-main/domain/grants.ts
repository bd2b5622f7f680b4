import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import type { Domain } from './domain.ts'

/**
 * Who may speak to this home: apps, codes, tokens and the one-time codes of the sign-in link. Every secret is 256 random bits, handed
 * out once and stored as its SHA-256.
 */

export interface App {
  id: number
  clientId: string
  name: string
  website: string | null
  redirectUris: string[]
  scopes: string[]
}
export type TokenKind = 'window' | 'cli' | 'app' | 'client'
export interface TokenInfo {
  id: number
  kind: TokenKind
  scopes: string[]
  appId: number | null
  createdAt: number
}

/** A code of the authorization flow is good for a minute, once (rule 45). */
const CODE_MS = 60_000
const SIGN_IN_MS = 10 * 60_000
/** `last used` is written at most this often. */
const USED_STEP_MS = 60_000

/** Every scope that exists here; `read`, `write`, `follow` cover the finer ones. */
const SCOPE = /^(read|write|follow|push|profile|admin:(read|write))(:[a-z_]+)*$/
/** Anybody may register an app: what is kept of it is bounded, and so is how many wait for a first sign-in. */
const MAX_SCOPES = 60
const MAX_SCOPE = 60
const MAX_WEBSITE = 2_000
const MAX_REDIRECTS = { count: 10, characters: 8_000 }
const MAX_UNUSED_APPS = 1_000
/** Elk keeps what it registered for a week, Phanpy in the browser for ever: an app that is dropped too early cannot sign in. */
const UNUSED_APP_MS = 60 * 24 * 3600_000
/** Tokens of an app's own, of which it needs one. */
const MAX_CLIENT_TOKENS = 20
const FOLLOW_COVERS = new Set(['blocks', 'follows', 'mutes'])
export const WINDOW_SCOPES = ['read', 'write', 'follow', 'push', 'owner']

/** Control characters, and marks of direction. */
const TURNING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

const hash = (secret: string) => createHash('sha256').update(secret).digest('hex')
const secret = () => randomBytes(32).toString('base64url')

const insertApp = query<{
  id: number
  client_id: string
  secret_hash: string
  name: string
  website: string | null
  uris: string
  scopes: string
  at: number
}>()((p) =>
  build.insertInto('apps').values({
    id: p.id,
    client_id: p.client_id,
    secret_hash: p.secret_hash,
    name: p.name,
    website: p.website,
    redirect_uris: p.uris,
    scopes: p.scopes,
    created_at: p.at,
  }),
)
const appByClient = query<{ client_id: string }>()((p) => build.selectFrom('apps').selectAll().where('client_id', '=', p.client_id))
const appRow = query<{ id: number }>()((p) => build.selectFrom('apps').selectAll().where('id', '=', p.id))
const maxApp = query()(() => build.selectFrom('apps').select((e) => e.fn.max('id').as('id')))
const dropUnusedApps = query<{ before: number }>()((p) =>
  build
    .deleteFrom('apps')
    .where('created_at', '<', p.before)
    .where('used_at', 'is', null)
    .where('id', 'not in', build.selectFrom('tokens').select('app_id').where('app_id', 'is not', null).where('kind', '=', 'app')),
)
const dropSurplusApps = query<{ kept: number }>()((p) =>
  build.deleteFrom('apps').where('id', 'in', (e) =>
    e
      .selectFrom('apps')
      .select('id')
      .where('used_at', 'is', null)
      .where(
        'id',
        'not in',
        e.selectFrom('tokens').select('app_id').where('app_id', 'is not', null).where('kind', '=', 'app').$castTo<{ app_id: number }>(),
      )
      .orderBy('id', 'desc')
      .limit(-1)
      .offset(p.kept),
  ),
)
const insertCode = query<{ hash: string; app: number; uri: string; scopes: string; challenge: string | null; at: number }>()((p) =>
  build
    .insertInto('codes')
    .values({ hash: p.hash, app_id: p.app, redirect_uri: p.uri, scopes: p.scopes, challenge: p.challenge, created_at: p.at }),
)
const codeRow = query<{ hash: string }>()((p) => build.selectFrom('codes').selectAll().where('hash', '=', p.hash))
const takeCode = query<{ hash: string }>()((p) => build.deleteFrom('codes').where('hash', '=', p.hash).where('used_at', 'is', null))
const useCode = query<{ hash: string; at: number | null; token: number | null }>()((p) =>
  build.updateTable('codes').set({ used_at: p.at, token_id: p.token }).where('hash', '=', p.hash),
)
const dropCodes = query<{ before: number }>()((p) => build.deleteFrom('codes').where('created_at', '<', p.before))
const insertToken = query<{ id: number; hash: string; app: number | null; kind: TokenKind; scopes: string; at: number }>()((p) =>
  build.insertInto('tokens').values({ id: p.id, hash: p.hash, app_id: p.app, kind: p.kind, scopes: p.scopes, created_at: p.at }),
)
const tokenByHash = query<{ hash: string }>()((p) => build.selectFrom('tokens').selectAll().where('hash', '=', p.hash))
const useToken = query<{ id: number; at: number }>()((p) => build.updateTable('tokens').set({ used_at: p.at }).where('id', '=', p.id))
const dropToken = query<{ id: number }>()((p) => build.deleteFrom('tokens').where('id', '=', p.id))
const dropClientTokens = query<{ app: number; kept: number }>()((p) =>
  build
    .deleteFrom('tokens')
    .where('id', 'in', (e) =>
      e
        .selectFrom('tokens')
        .select('id')
        .where('kind', '=', 'client')
        .where('app_id', '=', p.app)
        .orderBy('id', 'desc')
        .limit(-1)
        .offset(p.kept),
    ),
)
const tokenRow = query<{ id: number }>()((p) => build.selectFrom('tokens').selectAll().where('id', '=', p.id))
const appTokens = query()(() =>
  build
    .selectFrom('tokens')
    .innerJoin('apps', 'apps.id', 'tokens.app_id')
    .select((e) => [
      'tokens.id as id',
      'apps.name as name',
      'apps.website as website',
      'tokens.scopes as scopes',
      'tokens.created_at as created_at',
      'tokens.used_at as used_at',
      e.exists(e.selectFrom('push_subscriptions').select('push_subscriptions.id').whereRef('token_id', '=', 'tokens.id')).as('push'),
    ])
    .where('tokens.kind', '=', 'app')
    .orderBy('tokens.id', 'desc'),
)
const useApp = query<{ id: number; at: number }>()((p) => build.updateTable('apps').set({ used_at: p.at }).where('id', '=', p.id))
const insertSignIn = query<{ hash: string; at: number }>()((p) =>
  build.insertInto('sign_in_codes').values({ hash: p.hash, created_at: p.at }),
)
const takeSignIn = query<{ hash: string }>()((p) => build.deleteFrom('sign_in_codes').where('hash', '=', p.hash).returning('created_at'))
const dropSignIns = query<{ before: number }>()((p) => build.deleteFrom('sign_in_codes').where('created_at', '<', p.before))

/** Space- or comma-separated scopes, distinct; throws 'invalid' (`invalid_scope`) on a word that cannot be one. */
export function parseScopes(text: string | undefined | null): string[] {
  const scopes = [...new Set((text ?? '').split(/[\s,+]+/).filter(Boolean))]
  const wrong = scopes.find((scope) => scope.length > MAX_SCOPE || !SCOPE.test(scope))
  if (wrong || scopes.length > MAX_SCOPES)
    throw new AppError('invalid', 'The requested scope is invalid, unknown, or malformed.', { reason: 'invalid_scope' })
  return scopes.length > 0 ? scopes : ['read']
}

/** Whether granted scopes cover a needed one: `read` covers `read:statuses`; `follow` covers reading and writing blocks, follows, mutes. */
export function scopeAllows(granted: readonly string[], needed: string): boolean {
  if (granted.includes(needed)) return true
  const [verb, what] = needed.split(':')
  if (what !== undefined && granted.includes(verb as string)) return true
  if (what !== undefined && FOLLOW_COVERS.has(what) && granted.includes('follow')) return true
  // Mastodon lets any read scope see who one is.
  return needed === 'profile' && granted.some((scope) => scope === 'read' || scope === 'read:accounts' || scope === 'owner')
}

/** Registers an app. The secret is returned once. Apps nobody ever signed in with go after two months, the oldest when too many wait. */
export function registerApp(
  d: Domain,
  input: { name: string; website: string | null; redirectUris: string[]; scopes: string[] },
): App & { clientSecret: string } {
  // Nothing that turns the letters around it: the owner reads this name before they let somebody in (rule 9).
  const name = input.name.replaceAll(TURNING, '').trim()
  if (name === '' || name.length > 120) throw new AppError('invalid', "Validation failed: Application name can't be blank")
  if ((input.website?.length ?? 0) > MAX_WEBSITE) throw new AppError('invalid', 'Validation failed: Application website is too long')
  if (input.website !== null && !/^https?:$/.test(URL.parse(input.website)?.protocol ?? '')) {
    throw new AppError('invalid', 'Validation failed: Application website is not a valid URL')
  }
  const { redirectUris: uris } = input
  if (uris.some((uri) => uri.includes('#'))) throw new AppError('invalid', 'Validation failed: Redirect URI cannot contain a fragment.')
  const long = uris.length > MAX_REDIRECTS.count || uris.join('').length > MAX_REDIRECTS.characters
  if (uris.length === 0 || long || !uris.every(isRedirectUri)) {
    throw new AppError('invalid', 'Validation failed: Redirect URI must be an absolute URI.')
  }
  const clientId = secret()
  const clientSecret = secret()
  const at = d.now()
  const id = d.store.transaction(() => {
    dropUnusedApps.run(d.store, { before: at - UNUSED_APP_MS })
    dropSurplusApps.run(d.store, { kept: MAX_UNUSED_APPS - 1 })
    const next = (maxApp.get(d.store)?.id ?? 0) + 1
    insertApp.run(d.store, {
      id: next,
      client_id: clientId,
      secret_hash: hash(clientSecret),
      name,
      website: input.website,
      uris: JSON.stringify(input.redirectUris),
      scopes: input.scopes.join(' '),
      at,
    })
    return next
  })
  return { id, clientId, clientSecret, name, website: input.website, redirectUris: input.redirectUris, scopes: input.scopes }
}

/** Exact strings are compared later; here only what could run code, or could not stand in a header, is refused (mastodon-api.md 2.1, 2). */
function isRedirectUri(uri: string): boolean {
  if (uri.length > 2_000 || !/^[!#-;=?-~]+$/.test(uri)) return false
  if (uri === 'urn:ietf:wg:oauth:2.0:oob') return true
  try {
    return !['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:'].includes(new URL(uri).protocol)
  } catch {
    return false
  }
}

type AppRow = NonNullable<ReturnType<typeof appRow.get>>
const toApp = (row: AppRow): App => ({
  id: row.id,
  clientId: row.client_id,
  name: row.name,
  website: row.website,
  redirectUris: JSON.parse(row.redirect_uris) as string[],
  scopes: row.scopes.split(' '),
})

export function appByClientId(d: Domain, clientId: string): App | null {
  const row = appByClient.get(d.store, { client_id: clientId })
  return row ? toApp(row) : null
}

export function appById(d: Domain, id: number): App | null {
  const row = appRow.get(d.store, { id })
  return row ? toApp(row) : null
}

/** The app, if id and secret belong together; compared in constant time. */
export function authenticateApp(d: Domain, clientId: string, clientSecret: string): App | null {
  const row = appByClient.get(d.store, { client_id: clientId })
  const given = Buffer.from(hash(clientSecret))
  return row && timingSafeEqual(given, Buffer.from(row.secret_hash)) ? toApp(row) : null
}

export function createCode(d: Domain, input: { appId: number; redirectUri: string; scopes: string[]; challenge: string | null }): string {
  const code = secret()
  insertCode.run(d.store, {
    hash: hash(code),
    app: input.appId,
    uri: input.redirectUri,
    scopes: input.scopes.join(' '),
    challenge: input.challenge,
    at: d.now(),
  })
  return code
}

/** A code nobody has used is good no more. */
export function dropCode(d: Domain, code: string): void {
  takeCode.run(d.store, { hash: hash(code) })
}

/** Whether a code has been exchanged (or is no more). */
export function codeSpent(d: Domain, code: string): boolean {
  return codeRow.get(d.store, { hash: hash(code) })?.used_at !== null
}

export interface Exchanged {
  token: string
  scopes: string[]
  createdAt: number
  /**
   * The answer did not reach who asked: the token is taken back and the code is good again for the rest of its minute, so that a client
   * that tries again gets in (Elk's server asks up to four times). Does nothing once the token has been used.
   */
  takeBack(): void
}

/**
 * Code for token: once, within a minute, by the app and redirect it was made for, with the verifier if a challenge was stored (S256).
 * Null for anything else; the code is spent either way. A code that is shown a second time was read by somebody else too: the token made
 * from it ends (RFC 6749, 4.1.2).
 */
export function exchangeCode(
  d: Domain,
  input: { appId: number; code: string; redirectUri: string; verifier: string | null },
): Exchanged | null {
  return d.store.transaction(() => {
    const now = d.now()
    dropCodes.run(d.store, { before: now - 24 * 3600_000 })
    const key = { hash: hash(input.code) }
    const row = codeRow.get(d.store, key)
    if (!row) return null
    if (row.used_at !== null) {
      if (row.token_id !== null) endToken(d, row.token_id)
      return null
    }
    if (!fits(row, input, now)) {
      useCode.run(d.store, { ...key, at: now, token: null })
      return null
    }
    const scopes = row.scopes.split(' ')
    const { id, token } = createToken(d, 'app', scopes, input.appId)
    useCode.run(d.store, { ...key, at: now, token: id })
    useApp.run(d.store, { id: input.appId, at: now })
    const takeBack = () =>
      d.store.transaction(() => {
        if (tokenRow.get(d.store, { id })?.used_at !== null) return
        endToken(d, id)
        useCode.run(d.store, { ...key, at: null, token: null })
      })
    return { token, scopes, createdAt: now, takeBack }
  })
}

type CodeRow = NonNullable<ReturnType<typeof codeRow.get>>

function fits(row: CodeRow, input: { appId: number; redirectUri: string; verifier: string | null }, now: number): boolean {
  if (row.app_id !== input.appId || row.redirect_uri !== input.redirectUri || now - row.created_at > CODE_MS) return false
  return (
    row.challenge === null ||
    createHash('sha256')
      .update(input.verifier ?? '')
      .digest('base64url') === row.challenge
  )
}

export function createToken(d: Domain, kind: TokenKind, scopes: string[], appId: number | null = null): { id: number; token: string } {
  const token = secret()
  const id = d.store.transaction(() => {
    // Never an id that was another's before: what is remembered of a token must not come to the next.
    const next = nextId(d.now())
    insertToken.run(d.store, { id: next, hash: hash(token), app: appId, kind, scopes: scopes.join(' '), at: d.now() })
    if (kind === 'app') d.events.append('apps-changed', {})
    return next
  })
  return { id, token }
}

/** A token that an app gets in its own name: what anybody may see. Of one app's, the newest few count. */
export function createClientToken(d: Domain, appId: number, scopes: string[]): string {
  return d.store.transaction(() => {
    dropClientTokens.run(d.store, { app: appId, kept: MAX_CLIENT_TOKENS - 1 })
    return createToken(d, 'client', scopes, appId).token
  })
}

/** What a bearer token may do; null for unknown and revoked ones. */
export function tokenInfo(d: Domain, token: string): TokenInfo | null {
  const row = tokenByHash.get(d.store, { hash: hash(token) })
  if (!row) return null
  const now = d.now()
  if ((row.used_at ?? 0) + USED_STEP_MS < now) {
    try {
      useToken.run(d.store, { id: row.id, at: now })
    } catch {
      // With a full disk the owner still reads; when a token was last used is a courtesy.
    }
  }
  return { id: row.id, kind: row.kind, scopes: row.scopes.split(' '), appId: row.app_id, createdAt: row.created_at }
}

/** Ends a token: its streams and its push end with it. Event `apps-changed`. False: there is none. */
export function revokeToken(d: Domain, token: string): boolean {
  const row = tokenByHash.get(d.store, { hash: hash(token) })
  return row !== undefined && d.store.transaction(() => endToken(d, row.id))
}

function endToken(d: Domain, id: number): boolean {
  const ended = dropToken.run(d.store, { id }).changes > 0
  if (ended) d.events.append('apps-changed', {})
  return ended
}

export interface ConnectedApp {
  /** Of the token. */
  id: number
  name: string
  website: string | null
  scopes: string[]
  createdAt: number
  lastUsedAt: number | null
  push: boolean
}

/** Every app that has been let in, newest first: one for each token. */
export function connectedApps(d: Domain): ConnectedApp[] {
  return appTokens.all(d.store).map((row) => ({
    id: row.id,
    name: row.name,
    website: row.website,
    scopes: row.scopes.split(' '),
    createdAt: row.created_at,
    lastUsedAt: row.used_at,
    push: Boolean(row.push),
  }))
}

/** Shows an app out. 'not-found' for what is no app's token. */
export function disconnectApp(d: Domain, tokenId: number): void {
  d.store.transaction(() => {
    if (tokenRow.get(d.store, { id: tokenId })?.kind !== 'app') throw new AppError('not-found', 'There is no such app.')
    endToken(d, tokenId)
  })
}

/** A fresh code for the sign-in link's fragment: good for 10 minutes, once. */
export function createSignInCode(d: Domain): string {
  const code = secret()
  d.store.transaction(() => {
    dropSignIns.run(d.store, { before: d.now() - SIGN_IN_MS })
    insertSignIn.run(d.store, { hash: hash(code), at: d.now() })
  })
  return code
}

/** Takes a sign-in code: true once, within 10 minutes. It shows that the owner is there (consent of an app). */
export function spendSignInCode(d: Domain, code: string): boolean {
  const row = takeSignIn.get(d.store, { hash: hash(code) })
  return row !== undefined && d.now() - row.created_at <= SIGN_IN_MS
}

/** The window's token for a sign-in code; null if the code is unknown, used or older than 10 minutes. */
export function useSignInCode(d: Domain, code: string): string | null {
  return d.store.transaction(() => (spendSignInCode(d, code) ? createToken(d, 'window', WINDOW_SCOPES).token : null))
}
