import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { appById, codeSpent, createCode, dropCode } from './grants.ts'
import type { App } from './grants.ts'
import type { Domain } from './domain.ts'

/**
 * Who asks to be let in, and what the owner says to it. Consent is given in the window alone: a page that asks shows a short code, the
 * owner types it beside the app's name, and so both are the same person's. Nothing is asked of anybody outside the ten minutes after the
 * owner pressed "Connect an app" (rule 45). Kept in memory: a restart denies whoever waits.
 */

/** How long apps may ask after the owner pressed, how long one of them waits, and how many at a time. */
export const OPEN_MS = 10 * 60_000
export const REQUEST_MS = 5 * 60_000
export const MOST_REQUESTS = 3
/** So often anybody may ask within one opening. More is somebody who wants to be let in by wearing the owner out: the door closes. */
export const MOST_ASKED = 12
/** Wrong codes for one request; with the last of them it is denied. */
export const MOST_TRIES = 3
/** Letters and digits that are not taken for one another, whoever reads them out. */
const LETTERS = 'ACDEFHJKLMNPRTUVWXY3479'
const CODE_LENGTH = 6
/** How long the browser that asked can still learn what came of it. */
const KEPT_MS = 10 * 60_000

/** The listener an app came in by. */
export type Door = 'owner' | 'public' | 'lan'

export interface ConsentAsk {
  app: App
  redirectUri: string
  scopes: string[]
  state: string | null
  /** The S256 challenge of PKCE. */
  challenge: string | null
  from: Door
  /** What binds the browser: only who shows it again hears the answer. A fresh secret for every request. */
  browser: string
}

export interface ConsentRequest extends Omit<ConsentAsk, 'browser'> {
  id: string
  askedAt: number
  expiresAt: number
  /** Wrong codes so far. */
  tries: number
}

/** What the browser that asked is told; every other one, and who asks for something long past, hears `over`. */
export type ConsentStatus =
  | { is: 'waiting'; request: ConsentRequest; code: string }
  /** `grant` is the code of RFC 6749, 4.1.2. `told`: the browser has heard before what came of it. */
  | { is: 'approved'; request: ConsentRequest; grant: string; told: boolean }
  /** The app has its token. */
  | { is: 'connected'; request: ConsentRequest }
  /** By the owner, or by nobody within five minutes. */
  | { is: 'denied'; request: ConsentRequest; told: boolean }
  | { is: 'over' }

export interface Consents {
  /** Lets apps ask for ten minutes from now. */
  open(): void
  /** No app may ask any more; who waits is denied. */
  close(): void
  /** Until when apps may ask; null: they may not. */
  openUntil(): number | null
  /** A new request, or why there is none: nobody pressed the button, or three wait already. */
  ask(ask: ConsentAsk): { id: string } | 'closed' | 'full'
  /** Who waits for the owner, oldest first. */
  list(): ConsentRequest[]
  /** The owner's yes with the code the page shows. `left`: how many tries there are still; at 0 it is denied. */
  approve(id: string, code: string): 'ok' | { left: number } | 'over'
  /** False: nobody waits under that id. */
  deny(id: string): boolean
  /** The person at the page thinks better of it. */
  withdraw(id: string, browser: string): void
  /** For a look that changes nothing. */
  peek(id: string, browser: string): ConsentStatus['is']
  /** For the page. Once the owner has said yes it carries a grant, one at a time: minted anew when the last one got old without being used. */
  statusFor(id: string, browser: string): ConsentStatus
  /** Hears of everything the window shows of this. Returns the way to stop. */
  onChange(listen: () => void): () => void
  stop(): void
}

interface Held {
  request: ConsentRequest
  browser: Buffer
  code: string
  is: 'waiting' | 'approved' | 'denied'
  /** When it was decided. */
  at: number
  grant: { code: string; at: number } | null
  told: boolean
}

/** A grant is handed out again while it is no older: there has to be time left to use it. */
const GRANT_MS = 20_000

interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

const digest = (secret: string) => createHash('sha256').update(secret).digest()
const mintCode = () => Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
/** As people type it: in small letters, with a gap. */
const plain = (typed: string) => typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')

/** One for all listeners of an instance. `timers`: to tell the window when a time is up; without them it is noticed when asked. */
export function openConsents({ domain: d, now = d.now, timers }: { domain: Domain; now?: () => number; timers?: Timers }): Consents {
  const held = new Map<string, Held>()
  const listeners = new Set<() => void>()
  let until = 0
  let asked = 0
  let timer: unknown

  const waiting = () => [...held.values()].filter((one) => one.is === 'waiting')
  const decide = (one: Held, is: 'approved' | 'denied', at = now()) => Object.assign(one, { is, at })
  const changed = () => {
    for (const listen of listeners) listen()
    plan()
  }
  /** What time has done since the last look. */
  const settle = (): boolean => {
    const at = now()
    let any = false
    if (until !== 0 && at >= until) {
      until = 0
      any = true
    }
    for (const [id, one] of held) {
      if (one.is === 'waiting' && at >= one.request.expiresAt) {
        decide(one, 'denied', one.request.expiresAt)
        any = true
      }
      if (one.is !== 'waiting' && at - one.at > KEPT_MS) held.delete(id)
    }
    return any
  }
  const settled = () => {
    if (settle()) changed()
  }
  function plan(): void {
    if (!timers) return
    timers.clear(timer)
    const due = [...(until === 0 ? [] : [until]), ...waiting().map(({ request }) => request.expiresAt)]
    if (due.length > 0) timer = timers.set(settled, Math.max(50, Math.min(...due) - now()))
  }
  const shut = () => {
    until = 0
    for (const one of held.values()) if (one.is === 'waiting') decide(one, 'denied')
  }
  const boundTo = (id: string, browser: string): Held | null => {
    settled()
    const one = held.get(id)
    return one && timingSafeEqual(one.browser, digest(browser)) ? one : null
  }
  /** An app that is no more gets nothing. */
  const known = (one: Held) => appById(d, one.request.app.id) !== null

  return {
    open() {
      settle()
      until = now() + OPEN_MS
      asked = 0
      changed()
    },
    close() {
      shut()
      changed()
    },
    openUntil() {
      settled()
      return until === 0 ? null : until
    },
    ask({ browser, ...wanted }) {
      settled()
      if (until === 0) return 'closed'
      if (waiting().length >= MOST_REQUESTS) return 'full'
      if (++asked > MOST_ASKED) {
        shut()
        changed()
        return 'closed'
      }
      const id = randomBytes(16).toString('base64url')
      const askedAt = now()
      const request = { ...wanted, id, askedAt, expiresAt: askedAt + REQUEST_MS, tries: 0 }
      held.set(id, { request, browser: digest(browser), code: mintCode(), is: 'waiting', at: askedAt, grant: null, told: false })
      changed()
      return { id }
    },
    list() {
      settled()
      return waiting().map(({ request }) => request)
    },
    approve(id, code) {
      settled()
      const one = held.get(id)
      if (one?.is !== 'waiting') return 'over'
      if (!known(one)) {
        decide(one, 'denied')
        changed()
        return 'over'
      }
      if (!timingSafeEqual(digest(plain(code)), digest(one.code))) {
        one.request = { ...one.request, tries: one.request.tries + 1 }
        const left = MOST_TRIES - one.request.tries
        if (left <= 0) decide(one, 'denied')
        changed()
        return { left: Math.max(0, left) }
      }
      decide(one, 'approved')
      changed()
      return 'ok'
    },
    deny(id) {
      settled()
      const one = held.get(id)
      if (one?.is !== 'waiting') return false
      decide(one, 'denied')
      changed()
      return true
    },
    withdraw(id, browser) {
      const one = boundTo(id, browser)
      if (one?.is !== 'waiting') return
      decide(one, 'denied')
      changed()
    },
    peek(id, browser) {
      return boundTo(id, browser)?.is ?? 'over'
    },
    statusFor(id, browser) {
      const one = boundTo(id, browser)
      if (!one) return { is: 'over' }
      const { request, code, is, grant, told } = one
      if (is === 'waiting') return { is, request, code }
      one.told = true
      if (is === 'denied' || !known(one)) return { is: 'denied', request, told }
      if (grant && codeSpent(d, grant.code)) return { is: 'connected', request }
      if (grant && now() - grant.at < GRANT_MS) return { is, request, grant: grant.code, told }
      if (grant) dropCode(d, grant.code)
      const fresh = createCode(d, {
        appId: request.app.id,
        redirectUri: request.redirectUri,
        scopes: request.scopes,
        challenge: request.challenge,
      })
      one.grant = { code: fresh, at: now() }
      return { is, request, grant: fresh, told }
    },
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    stop() {
      if (timers) timers.clear(timer)
      listeners.clear()
    },
  }
}
