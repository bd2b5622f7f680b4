import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { appByClientId } from '../domain/grants.ts'
import { findOwner, origin, settings } from '../domain/owner.ts'
import { escapeHtml } from '../domain/text.ts'
import { handleOf } from '../domain/uris.ts'
import { link, meanings, paragraph, sendPage, wordsFor } from './consent-page.ts'
import { requestedScopes } from './oauth.ts'
import { paramsOf } from './params.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConsentRequest } from '../domain/consents.ts'
import type { App } from '../domain/grants.ts'
import type { Words } from './consent-page.ts'
import type { Params } from './params.ts'
import type { ClientApiOptions } from './options.ts'

/**
 * `/oauth/authorize`: an app asks to be let in (mastodon-api.md 2.1). What is said on these pages decides nothing: the owner answers in the
 * window, by the code that the page shows (rule 45), and only the browser that asked, bound by a cookie of that one request, learns what
 * came of it. There is no session: `force_login` finds nothing to forget, every app is asked about every time.
 */

/** The id of a request, as `consents` makes them. */
const ID = /^[\w-]{22}$/
const OOB = 'urn:ietf:wg:oauth:2.0:oob'
/** Ties the first form to the browser that loaded it. */
const FORM = 'burrow_ask'
/** Ties one request to the browser that made it; its path is that of the request, its value never came from anywhere but here. */
const BOUND = 'burrow_consent'
const KEPT_S = 900
/** A page that finds the door closed looks for so long whether it has been opened. */
const MOST_LOOKS = 200

/** Characters of `state`, which is kept while somebody waits and goes back in a header. */
const MOST_STATE = 4_000

interface Ask {
  app: App
  redirectUri: string
  scopes: string[]
  state: string | null
  challenge: string | null
}
type Problem = 'consent_unknown_app' | 'consent_wrong_redirect'
interface Refused {
  redirectUri: string
  state: string | null
  error: Record<string, string>
}
type ById = FastifyRequest<{ Params: { id: string } }>

const DENIED = { error: 'access_denied', error_description: 'The resource owner or authorization server denied the request.' }

export function registerConsent(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, consents } = options
  const secret = randomBytes(32)
  const tokenFor = (cookie: string) => createHmac('sha256', secret).update(cookie).digest('base64url')
  const config = { countsItself: true, answers: 'Page' as const }

  app.get('/oauth/authorize', { config }, async (request, reply) => {
    const asked = read(request, reply)
    if ('sent' in asked) return asked.sent
    return isOpen() ? form(request, reply, asked, null) : closed(request, reply, asked)
  })

  app.post('/oauth/authorize', { config }, async (request, reply) => {
    const asked = read(request, reply)
    if ('sent' in asked) return asked.sent
    const params = paramsOf(request)
    const words = speak(request)
    if (!bound(request, params)) return form(request, reply, asked, words.say('consent_again'))
    if (params.word('decision') !== 'ask') return sayDenied(reply, words, asked.redirectUri, asked.state)
    const browser = randomBytes(32).toString('base64url')
    const made = isOpen() ? consents.ask({ ...asked, from: options.listener, browser }) : 'closed'
    if (made === 'closed') return closed(request, reply, asked)
    if (made === 'full') {
      const again = paragraph(words.say('consent_full_detail')) + link(address(asked), words.say('consent_try_again'), 'yes')
      return sendPage(reply, words, { status: 429, title: words.say('consent_full'), body: again })
    }
    const path = `/oauth/authorize/${made.id}`
    setCookie(reply, BOUND, browser, path)
    return reply.header('Cache-Control', 'no-store').redirect(path, 303)
  })

  app.get('/oauth/authorize/:id', { config }, async (request: ById, reply) => {
    const { id } = request.params
    const browser = cookieOf(request, BOUND) ?? ''
    if (/\bjson\b/.test(request.headers.accept ?? '')) {
      return reply.header('Cache-Control', 'no-store').send({ state: consents.peek(id, browser) })
    }
    const words = speak(request)
    const found = consents.statusFor(id, browser)
    if (found.is === 'over') return over(reply, words)
    const { redirectUri, state, app: asking } = found.request
    const name = { app: asking.name }
    if (found.is === 'waiting') return waiting(reply, words, found.request, found.code)
    if (found.is === 'denied') {
      // Once: what stays open behind an app must not call it again and again.
      return found.told ? sayDenied(reply, words, OOB, state) : sayDenied(reply, words, redirectUri, state)
    }
    if (found.is === 'connected') {
      return sendPage(reply, words, { status: 200, title: words.say('consent_in', name), body: paragraph(words.say('consent_in_detail')) })
    }
    if (redirectUri === OOB) {
      const body = `${paragraph(words.say('consent_copy', name))}<p><code>${escapeHtml(found.grant)}</code></p>${link(`/oauth/authorize/${id}`, words.say('consent_copy_again'))}`
      return sendPage(reply, words, { status: 200, title: found.grant, body })
    }
    if (found.told && paramsOf(request).word('back') === undefined) {
      const body = paragraph(words.say('consent_in_detail')) + link(`/oauth/authorize/${id}?back=1`, words.say('consent_back', name), 'yes')
      return sendPage(reply, words, { status: 200, title: words.say('consent_in', name), body })
    }
    return sendBack(reply, redirectUri, state, { code: found.grant })
  })

  app.post('/oauth/authorize/:id', { config }, async (request: ById, reply) => {
    const { id } = request.params
    if (!ownPage(request) || !ID.test(id)) return over(reply, speak(request))
    if (paramsOf(request).word('decision') === 'withdraw') consents.withdraw(id, cookieOf(request, BOUND) ?? '')
    return reply.header('Cache-Control', 'no-store').redirect(`/oauth/authorize/${id}`, 303)
  })

  const isOpen = () => findOwner(d) !== null && consents.openUntil() !== null
  const speak = (request: FastifyRequest): Words =>
    wordsFor(settings(d).language, paramsOf(request).word('lang') ?? request.headers['accept-language'] ?? '')

  /** What is asked, by whom; what cannot be is answered at once. Nothing is ever sent to an address nobody registered. */
  function read(request: FastifyRequest, reply: FastifyReply): Ask | { sent: FastifyReply } {
    const asked = understand(paramsOf(request))
    if (typeof asked !== 'string' && !('error' in asked)) return asked
    const words = speak(request)
    const wrong = (text: string) => ({
      sent: sendPage(reply, words, { status: 400, title: words.say('consent_wrong'), body: paragraph(text) }),
    })
    if (typeof asked === 'string') return wrong(words.say(asked))
    if (asked.redirectUri === OOB) return wrong(asked.error.error_description ?? '')
    return { sent: sendBack(reply, asked.redirectUri, asked.state, asked.error) }
  }

  function understand(params: Params): Ask | Refused | Problem {
    const found = appByClientId(d, params.word('client_id') ?? '')
    if (!found) return 'consent_unknown_app'
    const redirectUri = params.text('redirect_uri') ?? ''
    if (!found.redirectUris.includes(redirectUri)) return 'consent_wrong_redirect'
    const state = params.text('state') ?? null
    const refused = (error: string, description: string): Refused => ({
      redirectUri,
      state,
      error: { error, error_description: description },
    })
    if ((state?.length ?? 0) > MOST_STATE) return { ...refused('invalid_request', 'The state is too long.'), state: null }
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

  /** A browser says from where a form is sent; programs that are none say nothing. */
  function ownPage(request: FastifyRequest): boolean {
    const { origin: sender, 'sec-fetch-site': site } = request.headers
    return (sender === undefined || sender === options.base()) && (site === undefined || site === 'same-origin' || site === 'none')
  }

  /** Whether the form comes from a page this very browser opened here. */
  function bound(request: FastifyRequest, params: Params): boolean {
    const cookie = cookieOf(request, FORM)
    const given = Buffer.from(params.text('form_token') ?? '')
    const right = Buffer.from(cookie === null ? '' : tokenFor(cookie))
    return ownPage(request) && cookie !== null && given.length === right.length && timingSafeEqual(given, right)
  }

  function setCookie(reply: FastifyReply, name: string, value: string, path: string): void {
    const secure = options.base().startsWith('https:') ? '; Secure' : ''
    void reply.header('Set-Cookie', `${name}=${value}; Path=${path}; Max-Age=${KEPT_S}; HttpOnly; SameSite=Strict${secure}`)
  }

  function whose(): string {
    const me = findOwner(d)
    const at = origin(d)
    return me ? (at ? handleOf(at, me.username) : me.displayName || me.username) : 'Burrow'
  }

  /** Who asks for what, and where the answer goes. */
  const summary = (words: Words, { app: asking, scopes, redirectUri }: Ask) =>
    paragraph(words.say('consent_explanation', { app: asking.name, handle: whose() })) +
    meanings(scopes, words) +
    (redirectUri === OOB ? '' : `<p>${escapeHtml(words.say('consent_goes_to'))} <code>${escapeHtml(redirectUri)}</code></p>`)

  function form(request: FastifyRequest, reply: FastifyReply, ask: Ask, problem: string | null) {
    const words = speak(request)
    const cookie = cookieOf(request, FORM) ?? randomBytes(32).toString('base64url')
    setCookie(reply, FORM, cookie, '/oauth')
    const inputs = Object.entries({ ...fieldsOf(ask), form_token: tokenFor(cookie) }).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
    )
    return sendPage(reply, words, {
      status: problem === null ? 200 : 422,
      title: words.say('consent_title', { app: ask.app.name }),
      body:
        `${problem === null ? '' : `<p class="bad" role="alert">${escapeHtml(problem)}</p>`}${summary(words, ask)}` +
        `${paragraph(words.say('consent_next'))}<form method="post" action="/oauth/authorize">${inputs.join('')}` +
        `<button class="yes" name="decision" value="ask">${escapeHtml(words.say('consent_ask'))}</button>` +
        `<button name="decision" value="deny">${escapeHtml(words.say('consent_deny'))}</button></form>`,
    })
  }

  /** Nobody pressed the button, or it was too long ago: says where it is, and looks again for a while. */
  function closed(request: FastifyRequest, reply: FastifyReply, ask: Ask) {
    const words = speak(request)
    const looks = Math.max(0, paramsOf(request).integer('looks') ?? 0)
    return sendPage(reply, words, {
      status: 403,
      title: words.say('consent_closed'),
      body:
        paragraph(words.say('consent_closed_detail', { app: ask.app.name, handle: whose() })) +
        link(address(ask), words.say('consent_try_again'), 'yes'),
      ...(looks < MOST_LOOKS ? { looks: { at: address(ask, { looks: String(looks + 1) }) } } : {}),
    })
  }

  function waiting(reply: FastifyReply, words: Words, request: ConsentRequest, code: string) {
    const name = { app: request.app.name }
    return sendPage(reply, words, {
      status: 200,
      title: words.say('consent_waiting'),
      looks: 'asks',
      body:
        `<p class="letters">${escapeHtml(code)}</p>${paragraph(words.say('consent_waiting_detail', name))}${summary(words, request)}` +
        `${paragraph(words.say('consent_waiting_until', name))}${link(`/oauth/authorize/${request.id}`, words.say('consent_look'), 'yes')}` +
        `<form method="post" action="/oauth/authorize/${request.id}"><button name="decision" value="withdraw">${escapeHtml(words.say('consent_withdraw'))}</button></form>`,
    })
  }
}

/** To whom nothing is told: no such request, none any more, or another browser's. They all look alike. */
const over = (reply: FastifyReply, words: Words) =>
  sendPage(reply, words, { status: 404, title: words.say('consent_over'), body: paragraph(words.say('consent_over_detail')) })

/** A no goes back to the app; to one that shows its codes to the person, the page says it. */
function sayDenied(reply: FastifyReply, words: Words, redirectUri: string, state: string | null) {
  if (redirectUri !== OOB) return sendBack(reply, redirectUri, state, DENIED)
  return sendPage(reply, words, { status: 200, title: words.say('consent_denied'), body: paragraph(words.say('consent_denied_detail')) })
}

/** To the app with the answer, as RFC 6749 4.1.2 says; what its address had as query stays, the text of it is not touched otherwise. */
function sendBack(reply: FastifyReply, redirectUri: string, state: string | null, answer: Record<string, string>): FastifyReply {
  const query = new URLSearchParams(answer)
  if (state !== null) query.set('state', state)
  return reply
    .header('Cache-Control', 'no-store')
    .redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query.toString()}`, 303)
}

/** What was asked, as the parameters it came in. */
function fieldsOf({ app, redirectUri, scopes, state, challenge }: Ask): Record<string, string> {
  return {
    client_id: app.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    ...(state === null ? {} : { state }),
    ...(challenge === null ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }),
  }
}

const address = (ask: Ask, more: Record<string, string> = {}) =>
  `/oauth/authorize?${new URLSearchParams({ ...fieldsOf(ask), ...more }).toString()}`

/** One of our cookies, as we mint them. */
function cookieOf(request: FastifyRequest, name: string): string | null {
  for (const one of (request.headers.cookie ?? '').split(';')) {
    const [key, value = ''] = one.trim().split('=')
    if (key === name && /^[\w-]{43}$/.test(value)) return value
  }
  return null
}
