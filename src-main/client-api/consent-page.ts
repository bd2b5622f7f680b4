import { createHash } from 'node:crypto'
import { escapeHtml } from '../domain/text.ts'
import en from '../../resources/locales/en.json' with { type: 'json' }
import fr from '../../resources/locales/fr.json' with { type: 'json' }
import type { FastifyReply } from 'fastify'

/** What a person sees while an app asks to be let in: plain pages, which need no script. */

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.25rem;color:#2b2620;background:#faf7f0;overflow-wrap:anywhere}' +
  'h1{font-size:1.5rem}li{margin:.25rem 0}form{display:inline}' +
  'button,a.button{display:inline-block;font:inherit;padding:.5rem 1.25rem;margin:1rem .5rem 0 0;border:1px solid #857c6b;border-radius:.4rem;background:none;color:inherit;text-decoration:none}' +
  'button.yes,a.yes{background:#2f5d50;border-color:#2f5d50;color:#fff}code{font-size:1.1rem;user-select:all}.bad{color:#a3261b}' +
  '.letters{font:600 2.25rem/1.3 ui-monospace,monospace;letter-spacing:.2em;user-select:all}' +
  '@media(prefers-color-scheme:dark){body{background:#1d1b18;color:#ece7dc}.bad{color:#ff9a8d}button.yes,a.yes{background:#8fc7b5;border-color:#8fc7b5;color:#1d1b18}}'

/** How often a page that waits looks again; without script it is loaded anew as often. */
const LOOK_S = 3
/** Asks what has become of it, and loads the page again only once something has: a screen reader is not interrupted. */
const SCRIPT =
  `const look=async()=>{try{const a=await fetch(location.href,{headers:{accept:"application/json"}});` +
  `if((await a.json()).state!=="waiting")return location.reload()}catch{}setTimeout(look,${LOOK_S - 1}000)};setTimeout(look,${LOOK_S - 1}000)`

const sourceOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
/**
 * No form-action: Chromium applies it to the redirect after the form too and kills callbacks with schemes of their own
 * (openstreetmap/openstreetmap-website#3424). No Cross-Origin-Opener-Policy: Phanpy opens this in a popup and needs its opener.
 */
const CSP = `default-src 'none'; style-src ${sourceOf(STYLE)}; script-src ${sourceOf(SCRIPT)}; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'`

export type Word = Extract<keyof typeof en, `consent_${string}`>
export interface Words {
  language: 'en' | 'fr'
  /** Plain text: escape it. */
  say(word: Word, params?: Record<string, string>): string
}

const wordsIn = (language: 'en' | 'fr', texts: Record<Word, string>): Words => ({
  language,
  say: (word, params = {}) => texts[word].replace(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? ''),
})
const WORDS = { en: wordsIn('en', en), fr: wordsIn('fr', fr) }

/** The reader's language: as the owner set it, else as the app or the browser asks. */
export function wordsFor(chosen: 'system' | 'en' | 'fr', asked: string): Words {
  return /^fr\b/i.test(chosen === 'system' ? asked : chosen) ? WORDS.fr : WORDS.en
}

export interface Page {
  status: number
  title: string
  /** HTML. */
  body: string
  /** Waits for something: looks again by itself, at this very address or at another. */
  looks?: 'asks' | { at: string }
}

/** A page that nothing may be framed by, stored, or sent on from. */
export function sendPage(reply: FastifyReply, words: Words, { status, title, body, looks }: Page) {
  const waits =
    looks === undefined
      ? ''
      : looks === 'asks'
        ? `<script>${SCRIPT}</script><noscript><meta http-equiv="refresh" content="${LOOK_S}"></noscript>`
        : `<meta http-equiv="refresh" content="${LOOK_S};url=${escapeHtml(looks.at)}">`
  return (
    reply
      .status(status)
      .header('Content-Security-Policy', CSP)
      .header('Cache-Control', 'no-store')
      // Not no-referrer: with it a browser sends its form with `Origin: null`, which is refused as foreign.
      .header('Referrer-Policy', 'same-origin')
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html><html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
          `<title>${escapeHtml(title)}</title><style>${STYLE}</style>${waits}</head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`,
      )
  )
}

export const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`
export const link = (address: string, text: string, kind = '') =>
  `<a class="button ${kind}" href="${escapeHtml(address)}">${escapeHtml(text)}</a>`

const MEANINGS = [
  ['read', 'consent_read'],
  ['write', 'consent_write'],
  ['follow', 'consent_follow'],
  ['push', 'consent_push'],
  ['profile', 'consent_profile'],
] as const

/** What the scopes mean, one line for each kind. */
export function meanings(scopes: readonly string[], words: Words): string {
  const kinds = new Set(scopes.map((scope) => scope.split(':')[0]))
  return `<ul>${MEANINGS.flatMap(([kind, word]) => (kinds.has(kind) ? [`<li>${escapeHtml(words.say(word))}</li>`] : [])).join('')}</ul>`
}
