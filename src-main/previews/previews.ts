import { accountById, accountIdByAcct } from '../domain/accounts.ts'
import { cardFailed, dueCards, linkingPost, nextCardAt, settleCard, sweepCards, takeLinks, wantCard } from '../domain/cards.ts'
import { hasLink } from '../domain/search-index.ts'
import { findOwnerId, origin } from '../domain/owner.ts'
import { creatorOf, factsOf } from './facts.ts'
import { readEmbed, readPage } from './fetching.ts'
import { pagesIn } from './links.ts'
import { openTurns } from './turns.ts'
import { openVerification } from './verification.ts'
import { NetError } from '../net/index.ts'
import type { DueCard, LinkingPost } from '../domain/cards.ts'
import type { Domain } from '../domain/domain.ts'
import type { Connectivity, Log, Previews, Resolver } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'
import type { FetchedPage } from './fetching.ts'
import type { PageCheck } from './verification.ts'

/**
 * The pages that posts link to, looked at later and by themselves (rule 36): texts and the address of a picture, never a page's markup. And
 * whether the pages of a profile link back to it. Nothing is asked while we are offline, and of one host one thing at a time.
 */
export interface OpenPreviews extends Previews {
  start(): void
  stop(): Promise<void>
  /** Resolves when nothing is being fetched; for tests. */
  settled(): Promise<void>
}

interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/** Not everybody's reader knocks at the same second: after so long, and so much more at random. */
const DELAYS = { own: [2_000, 0], home: [5_000, 55_000], other: [60_000, 240_000] } as const
/** After the first, second and third failure; then it is given up. */
const RETRIES_MS = [10 * 60_000, 2 * 3600_000, 24 * 3600_000]
/** What was our own doing costs no try. */
const OURS_MS = 60_000
/** So much comes in before it is looked at together. */
const NEW_MS = 1_000
const DAY_MS = 24 * 3600_000
const LOOK_AHEAD = 500
const TICK_MS = { least: 250, most: 15 * 60_000 }
/** Profiles that wait to be looked at. */
const MOST_CHECKS = 500

export function openPreviews(parts: {
  domain: Domain
  net: Net
  /** Who an author named by a page is, if not known here. */
  resolver: Pick<Resolver, 'account'>
  connectivity: Pick<Connectivity, 'online' | 'onChange'>
  timers: Timers
  log: Log
  /** From 0 to below 1. */
  random?: () => number
}): OpenPreviews {
  const { domain: d, net, connectivity, timers, log, random = Math.random } = parts
  const turns = openTurns(d.now)
  const verification = openVerification(d)
  const ending = new AbortController()
  const fetching = new Map<number, Promise<void>>()
  const checks: PageCheck[] = []
  const checking = new Set<Promise<void>>()
  const offs: (() => void)[] = []
  let timer: unknown = null
  let timerAt = Number.POSITIVE_INFINITY
  let sweeping: unknown = null
  let running = false

  /** Gives a post the card of the page it links to, or takes the one it had. */
  function look(post: LinkingPost): void {
    const home = origin(d)
    const pages = hasLink(post.content) ? pagesIn(post.content, post.others(), home === null ? null : new URL(home).host) : []
    if (pages.length === 0 && !post.edited) return
    const [least, more] = post.own ? DELAYS.own : post.home ? DELAYS.home : DELAYS.other
    wantCard(d, post.id, pages, least + Math.floor(random() * more))
  }

  /** Looks in so many milliseconds, unless it does sooner. */
  function tick(ms: number): void {
    const wait = Math.min(TICK_MS.most, Math.max(TICK_MS.least, ms))
    if (!running || d.now() + wait >= timerAt) return
    timers.clear(timer)
    timerAt = d.now() + wait
    timer = timers.set(pump, wait)
  }

  /** Starts what may be started, and comes back when there may be more. */
  function pump(): void {
    timerAt = Number.POSITIVE_INFINITY
    if (!running) return
    let next = Number.POSITIVE_INFINITY
    try {
      if (takeLinks(d, look)) tick(TICK_MS.least)
      if (!connectivity.online) return
      for (let i = 0; i < checks.length && turns.free;) {
        const check = checks[i] as PageCheck
        const at = startAt(check.url)
        if (at > d.now()) {
          next = Math.min(next, at)
          i++
          continue
        }
        checks.splice(i, 1)
        const work = checkPage(check).finally(() => checking.delete(work))
        checking.add(work)
      }
      for (const card of dueCards(d, LOOK_AHEAD)) {
        if (fetching.has(card.id)) continue
        const at = startAt(card.url)
        if (!turns.free) break
        if (at > d.now()) {
          next = Math.min(next, at)
          // Those of a host that is left alone do not stand in the way of all the others.
          if (Number.isFinite(at) && at > d.now() + OURS_MS) cardFailed(d, card.id, at, false)
          continue
        }
        fetching.set(
          card.id,
          fetchCard(card).finally(() => fetching.delete(card.id)),
        )
      }
      next = Math.min(next, soonest())
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'link previews could not be looked for')
    }
    tick(next - d.now())
  }

  const hostOf = (url: string) => URL.parse(url)?.host ?? ''
  const startAt = (url: string) => turns.nextAt(hostOf(url))

  /** When the next card is due that is not due already. */
  function soonest(): number {
    const at = nextCardAt(d)
    return at === null || at <= d.now() ? Number.POSITIVE_INFINITY : at
  }

  async function visit<T>(url: string, work: () => Promise<T>): Promise<T> {
    const host = hostOf(url)
    turns.take(host)
    try {
      const result = await work()
      turns.give(host, false)
      return result
    } catch (error) {
      const theirs = error instanceof NetError && !error.ours && (isBusy(error) || error.retryable)
      turns.give(host, theirs, error instanceof NetError ? (error.retryAfter ?? 0) : 0)
      throw error
    } finally {
      tick(0)
    }
  }

  async function fetchCard(card: DueCard): Promise<void> {
    try {
      await visit(card.url, async () => {
        const page = await readPage(net, card.url, { signal: ending.signal })
        const embed = await readEmbed(net, page, ending.signal)
        const facts = factsOf(page.url, page.head, embed)
        const authorId = facts === null ? null : await authorOf(page)
        if (!ending.signal.aborted) settleCard(d, card.id, facts === null ? null : { ...facts, authorId }, d.now())
      })
    } catch (error) {
      if (!ending.signal.aborted) failed(card, error)
    }
  }

  /** Whom the page names; that they name its site in return is looked at whenever the card is shown. */
  async function authorOf(page: FetchedPage): Promise<number | null> {
    const acct = creatorOf(page.head)
    if (acct === null) return null
    return accountIdByAcct(d, acct) ?? (await parts.resolver.account(acct).catch(() => null))
  }

  function failed(card: DueCard, error: unknown): void {
    const known = error instanceof NetError ? error : null
    log.debug({ card: card.id, error: (error as Error).message }, 'a linked page could not be had')
    try {
      if (known?.ours) cardFailed(d, card.id, d.now() + OURS_MS, false)
      else if (known && (isBusy(known) || known.retryable)) {
        const wait = RETRIES_MS[card.attempts]
        cardFailed(d, card.id, wait === undefined ? null : d.now() + Math.max(wait, Math.min(known.retryAfter ?? 0, DAY_MS)), true)
      } else if (known && known.code !== 'http-status') settleCard(d, card.id, null, d.now())
      // Gone, or closed to us: what was known of it stays, a new one has nothing to show.
      else cardFailed(d, card.id, null, true)
    } catch (problem) {
      log.warn({ card: card.id, error: (problem as Error).message }, 'a link preview could not be kept')
    }
  }

  async function checkPage(check: PageCheck): Promise<void> {
    try {
      await visit(check.url, async () => {
        const page = await readPage(net, check.url, { whole: true, signal: ending.signal })
        if (!ending.signal.aborted) check.read(page.head.me, page.url)
      })
    } catch (error) {
      if (!ending.signal.aborted) check.read(saysNo(error) ? [] : null, check.url)
    }
  }

  function verifyNow(accountId: number, anyway: boolean): void {
    if (checks.length >= MOST_CHECKS) return
    const pages = verification.begin(accountId, anyway)
    if (pages.length === 0) return
    const waiting = new Set(checks.map((check) => `${check.url} ${accountId}`))
    checks.push(...pages.filter((page) => !waiting.has(`${page.url} ${accountId}`)))
    tick(0)
  }

  /** The owner's own fields weekly, and cards that no post names any more. */
  function daily(): void {
    try {
      const me = findOwnerId(d)
      if (me !== null) verifyNow(me, false)
      sweepCards(d)
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'link previews could not be swept')
    }
    sweeping = timers.set(daily, DAY_MS)
  }

  return {
    want(postId) {
      const post = linkingPost(d, postId)
      if (post) look(post)
      tick(0)
    },
    verify(accountId) {
      if (running && accountById(d, accountId)?.own === false) verifyNow(accountId, false)
    },
    start() {
      running = true
      // Whoever was never here before begins now, not with what is already there.
      takeLinks(d, look, 0)
      offs.push(
        d.events.listen((event) => {
          if (event.type === 'post-received' || event.type === 'post-written' || event.type === 'post-edited') tick(NEW_MS)
          else if (event.type === 'profile-changed' || event.type === 'origin-chosen') {
            const me = findOwnerId(d)
            if (me !== null) verifyNow(me, true)
          }
        }),
        connectivity.onChange(() => {
          if (connectivity.online) tick(0)
        }),
      )
      sweeping = timers.set(daily, 60_000)
      tick(5_000)
    },
    async settled() {
      while (fetching.size > 0 || checking.size > 0) await Promise.all([...fetching.values(), ...checking])
    },
    async stop() {
      running = false
      for (const off of offs.splice(0)) off()
      timers.clear(timer)
      timers.clear(sweeping)
      ending.abort(new Error('the program ends'))
      await Promise.allSettled([...fetching.values(), ...checking])
    },
  }
}

/** It may be had another time. */
const isBusy = (error: NetError) => error.code === 'http-status' && (error.status === 429 || (error.status ?? 0) >= 500)

/** There is no such page, or it is none that could link anywhere. */
const saysNo = (error: unknown) =>
  error instanceof NetError && (error.code === 'type' || (error.code === 'http-status' && (error.status === 404 || error.status === 410)))
