import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { appByClientId, createCode, spendSignInCode, tokenInfo } from '../domain/grants.ts'
import { findOwner, origin, settings } from '../domain/owner.ts'
import { escapeHtml } from '../domain/text.ts'
import { handleOf } from '../domain/uris.ts'
import { AppError } from '../domain/errors.ts'
import en from '../../resources/locales/en.json' with { type: 'json' }
import fr from '../../resources/locales/fr.json' with { type: 'json' }
import { bearer } from './auth.ts'
import { requestedScopes } from './oauth.ts'
import { paramsOf } from './params.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../domain/grants.ts'
import type { Params } from './params.ts'
import type { ClientApiOptions } from './options.ts'

/**
 * `/oauth/authorize`: the owner lets an app in, or not. Two ways, and no third:
 *
 * - the page asks for a sign-in code (`burrow sign-in` prints one, good once): whoever reads the folder is the owner. Its form is bound
 *   to the browser that opened it by a SameSite=Strict cookie under `/oauth` and a token made from it;
 * - on the owner listener the window may send the same fields as JSON with its own bearer token (scope `owner`) and `approve`, and gets
 *   `{"redirect_uri": …}` to go to.
 */

const OOB = 'urn:ietf:wg:oauth:2.0:oob'
const COOKIE = 'burrow_consent'
const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.25rem;color:#2b2620;background:#faf7f0}' +
  'h1{font-size:1.5rem}li{margin:.25rem 0}label{display:block;margin:1.5rem 0 .25rem}' +
  'input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #857c6b;border-radius:.4rem;background:#fff;color:inherit}' +
  'button{font:inherit;padding:.5rem 1.25rem;margin:1rem .5rem 0 0;border:1px solid #857c6b;border-radius:.4rem;background:none;color:inherit}' +
  'button.yes{background:#2f5d50;border-color:#2f5d50;color:#fff}code{font-size:1.1rem;user-select:all;overflow-wrap:anywhere}.bad{color:#a3261b}' +
  '@media(prefers-color-scheme:dark){body{background:#1d1b18;color:#ece7dc}input{background:#2a2723}.bad{color:#ff9a8d}button.yes{background:#8fc7b5;border-color:#8fc7b5;color:#1d1b18}}'
/**
 * No form-action: Chromium applies it to the redirect after the form too and kills callbacks with schemes of their own
 * (openstreetmap/openstreetmap-website#3424). No Cross-Origin-Opener-Policy: Phanpy opens this in a popup and needs its opener.
 */
const CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'`

interface Ask {
  app: App
  redirectUri: string
  scopes: string[]
  state: string | undefined
  challenge: string | null
}

export function registerConsent(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options
  const secret = randomBytes(32)
  const tokenFor = (cookie: string) => createHmac('sha256', secret).update(cookie).digest('base64url')

  app.get('/oauth/authorize', async (request, reply) => {
    const words = wordsFor(request)
    const ask = read(paramsOf(request))
    if (typeof ask === 'string') return page(reply, words, 400, words('consent_wrong'), `<p>${escapeHtml(words(ask))}</p>`)
    if ('error' in ask) return sendBack(reply, words, ask)
    return form(request, reply, ask, null)
  })

  app.post('/oauth/authorize', async (request, reply) => {
    const params = paramsOf(request)
    const ask = read(params)
    if (bearer(request) !== null) return approveFromWindow(request, ask, params)
    const words = wordsFor(request)
    if (typeof ask === 'string') return page(reply, words, 400, words('consent_wrong'), `<p>${escapeHtml(words(ask))}</p>`)
    if ('error' in ask) return sendBack(reply, words, ask)
    if (!bound(request, params)) return form(request, reply, ask, words('consent_again'))
    if (params.word('decision') !== 'allow') {
      if (ask.redirectUri === OOB)
        return page(reply, words, 200, words('consent_denied'), `<p>${escapeHtml(words('consent_denied_detail'))}</p>`)
      return reply.redirect(answerTo(ask.redirectUri, ask.state, { error: 'access_denied', error_description: DENIED }), 303)
    }
    if (!findOwner(d) || !spendSignInCode(d, signInCode(params.word('sign_in_code') ?? ''))) {
      return form(request, reply, ask, words('consent_code_wrong'))
    }
    const code = issue(ask)
    if (ask.redirectUri === OOB) {
      return page(reply, words, 200, code, `<p>${escapeHtml(words('consent_copy'))}</p><p><code>${escapeHtml(code)}</code></p>`)
    }
    return reply.redirect(answerTo(ask.redirectUri, ask.state, { code }), 303)
  })

  /** A refusal goes back to the app; to one that shows its codes to the person, the page says it. */
  function sendBack(reply: FastifyReply, words: Words, { redirectUri, state, error }: Refused) {
    if (redirectUri === OOB) return page(reply, words, 400, words('consent_wrong'), `<p>${escapeHtml(error.error_description ?? '')}</p>`)
    return reply.redirect(answerTo(redirectUri, state, error), 303)
  }

  function approveFromWindow(request: FastifyRequest, ask: Ask | Refused | Problem, params: Params) {
    const grant = tokenInfo(d, bearer(request) as string)
    if (!grant) throw new AppError('unauthorized', 'The access token is invalid')
    // What comes through the tunnel never speaks with the window's voice.
    if (options.listener !== 'owner' || !grant.scopes.includes('owner')) {
      throw new AppError('forbidden', 'This action is outside the authorized scopes')
    }
    if (typeof ask === 'string') throw new AppError('invalid', `Validation failed: ${english(ask)}`)
    if ('error' in ask) return { redirect_uri: answerTo(ask.redirectUri, ask.state, ask.error) }
    if (!params.flag('approve')) {
      return { redirect_uri: answerTo(ask.redirectUri, ask.state, { error: 'access_denied', error_description: DENIED }) }
    }
    return { redirect_uri: answerTo(ask.redirectUri, ask.state, { code: issue(ask) }) }
  }

  const issue = (ask: Ask) =>
    createCode(d, { appId: ask.app.id, redirectUri: ask.redirectUri, scopes: ask.scopes, challenge: ask.challenge })

  /** What is asked, by whom. A wrong app or address is told to the person only: nothing is ever sent to an address nobody registered. */
  function read(params: Params): Ask | Refused | Problem {
    const found = appByClientId(d, params.word('client_id') ?? '')
    if (!found) return 'consent_unknown_app'
    const redirectUri = params.text('redirect_uri') ?? ''
    if (!found.redirectUris.includes(redirectUri)) return 'consent_wrong_redirect'
    const state = params.text('state')
    const refused = (error: string, description: string): Refused => ({
      redirectUri,
      state,
      error: { error, error_description: description },
    })
    if (params.word('response_type') !== 'code') {
      return refused('unsupported_response_type', 'The authorization server does not support this response type.')
    }
    const scopes = requestedScopes(params, found)
    if (!scopes) return refused('invalid_scope', 'The requested scope is invalid, unknown, or malformed.')
    const challenge = params.word('code_challenge') ?? null
    const method = params.word('code_challenge_method')
    if (challenge === null ? method !== undefined : method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
      return refused('invalid_request', 'The code challenge method must be S256.')
    }
    return { app: found, redirectUri, scopes, state, challenge }
  }

  /** Whether the form comes from a page this very browser opened here. */
  function bound(request: FastifyRequest, params: Params): boolean {
    const sender = request.headers.origin
    if (sender !== undefined && sender !== options.base()) return false
    const cookie = cookieOf(request)
    const given = Buffer.from(params.text('form_token') ?? '')
    const right = Buffer.from(cookie === null ? '' : tokenFor(cookie))
    return cookie !== null && given.length === right.length && timingSafeEqual(given, right)
  }

  function form(request: FastifyRequest, reply: FastifyReply, ask: Ask, problem: string | null) {
    const words = wordsFor(request)
    const cookie = cookieOf(request) ?? randomBytes(24).toString('base64url')
    const secure = options.base().startsWith('https:') ? '; Secure' : ''
    void reply.header('Set-Cookie', `${COOKIE}=${cookie}; Path=/oauth; Max-Age=900; HttpOnly; SameSite=Strict${secure}`)
    const me = findOwner(d)
    const address = origin(d)
    const handle = me ? (address ? handleOf(address, me.username) : me.displayName || me.username) : 'Burrow'
    const hidden = {
      client_id: ask.app.clientId,
      redirect_uri: ask.redirectUri,
      response_type: 'code',
      scope: ask.scopes.join(' '),
      state: ask.state,
      code_challenge: ask.challenge ?? undefined,
      code_challenge_method: ask.challenge === null ? undefined : 'S256',
      form_token: tokenFor(cookie),
    }
    const inputs = Object.entries(hidden).flatMap(([name, value]) =>
      value === undefined ? [] : `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
    )
    const title = words('consent_title').replace('{app}', ask.app.name)
    return page(
      reply,
      words,
      problem === null ? 200 : 422,
      title,
      `${problem === null ? '' : `<p class="bad" role="alert">${escapeHtml(problem)}</p>`}` +
        `<p>${escapeHtml(words('consent_explanation').replace('{app}', ask.app.name).replace('{handle}', handle))}</p>` +
        `<ul>${meanings(ask.scopes, words)}</ul><p>${escapeHtml(words('consent_goes_to'))} <code>${escapeHtml(ask.redirectUri)}</code></p>` +
        `<form method="post" action="/oauth/authorize">${inputs.join('')}` +
        `<label for="code">${escapeHtml(words('consent_code'))}</label>` +
        '<input id="code" name="sign_in_code" autocomplete="one-time-code" autocapitalize="off" spellcheck="false">' +
        `<button class="yes" name="decision" value="allow">${escapeHtml(words('consent_allow'))}</button>` +
        `<button name="decision" value="deny">${escapeHtml(words('consent_deny'))}</button></form>`,
    )
  }

  function page(reply: FastifyReply, words: Words, status: number, title: string, body: string) {
    return (
      reply
        .status(status)
        .header('Content-Security-Policy', CSP)
        .header('Cache-Control', 'no-store')
        // Not no-referrer: with it a browser sends its form with `Origin: null`, which is refused as foreign.
        .header('Referrer-Policy', 'same-origin')
        .type('text/html; charset=utf-8')
        .send(
          `<!doctype html><html lang="${words === french ? 'fr' : 'en'}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
            `<title>${escapeHtml(title)}</title><style>${STYLE}</style><main><h1>${escapeHtml(title)}</h1>${body}</main></html>`,
        )
    )
  }

  function wordsFor(request: FastifyRequest): Words {
    const { language } = settings(d)
    const asked = paramsOf(request).word('lang') ?? request.headers['accept-language'] ?? ''
    const chosen = language === 'system' ? asked : language
    return /^fr\b/i.test(chosen) ? french : english
  }
}

type Word = Extract<keyof typeof en, `consent_${string}`>
type Words = (word: Word) => string
type Problem = 'consent_unknown_app' | 'consent_wrong_redirect'
interface Refused {
  redirectUri: string
  state: string | undefined
  error: Record<string, string>
}
const english: Words = (word) => en[word]
const french: Words = (word) => fr[word]
const DENIED = 'The resource owner or authorization server denied the request.'

const MEANINGS = [
  ['read', 'consent_read'],
  ['write', 'consent_write'],
  ['follow', 'consent_follow'],
  ['push', 'consent_push'],
  ['profile', 'consent_profile'],
] as const

/** What the scopes mean, one line for each kind. */
function meanings(scopes: readonly string[], words: Words): string {
  const kinds = new Set(scopes.map((scope) => scope.split(':')[0]))
  return MEANINGS.flatMap(([kind, word]) => (kinds.has(kind) ? `<li>${escapeHtml(words(word))}</li>` : [])).join('')
}

const cookieOf = (request: FastifyRequest) => /(?:^|;\s*)burrow_consent=([\w-]{32})(?:;|$)/.exec(request.headers.cookie ?? '')?.[1] ?? null

/** The code alone, also out of a whole pasted sign-in link. */
const signInCode = (typed: string) => typed.slice(typed.lastIndexOf('#') + 1).replace(/^.*[=/]/, '')

/** The address with the answer, as RFC 6749 4.1.2 says; what it had as query stays, the text of it is not touched otherwise. */
function answerTo(redirectUri: string, state: string | undefined, answer: Record<string, string>): string {
  const query = new URLSearchParams(answer)
  if (state !== undefined) query.set('state', state)
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}`
}
