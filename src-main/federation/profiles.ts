import { loadAccounts } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { readingMark, setReadingMark } from '../domain/lookups.ts'
import { findOwnerId } from '../domain/owner.ts'
import { setPinned } from '../domain/pins.ts'
import { postByUri } from '../domain/posts.ts'
import { senderByUri } from '../domain/senders.ts'
import { NetError } from '../net/index.ts'
import { forEverybody } from './backfill.ts'
import { collectionPages } from './collection-pages.ts'
import { askedBudget } from './fetching.ts'
import { hostOf, idOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { Sender } from '../domain/senders.ts'
import type { Account } from '../domain/types.ts'
import type { Backfill, Keeping } from './backfill.ts'
import type { Timers } from './backlog.ts'
import type { CollectionPage, PageLimits } from './collection-pages.ts'
import type { Asking, Budget } from './fetching.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Json } from './mapping/read.ts'
import type { Politeness } from './politeness.ts'
import type { Remote } from './remote.ts'

/**
 * Whole profiles: what somebody has posted, read from their own outbox, pinned posts first, older ones on demand. Signed as the owner
 * where the owner follows them, because their server shows followers more then (federation.md 2.4).
 */
export interface Profiles {
  /** As `Resolver.posts`. */
  posts(accountId: number, options?: { older?: boolean }): Promise<{ added: number; more: boolean }>
  /** Everything newer than `since` that is in the outbox, newest first until what is here already; for reading up after an absence. */
  since(accountId: number, since: number): Promise<number>
  /** The pinned posts alone. */
  pins(accountId: number): Promise<number>
  settled(): Promise<void>
  stop(): void
}

const PAGE = 20
/** Asked again within this, the answer is what is here. */
const AGAIN_MS = 15 * 60_000
/** Requests for one page: the outbox, its page, and others' posts that were boosted, with their authors. */
const REQUESTS = 60
const LIMITS: PageLimits = { pages: 3, items: PAGE, bytes: 4 * 1024 * 1024, time: 30_000 }
/** After an absence: so far back at most, so many posts of one account. */
const CATCH_UP: PageLimits = { pages: 25, items: 400, bytes: 16 * 1024 * 1024, time: 120_000 }
const CATCH_UP_REQUESTS = 200
const MAX_PINS = 20
const MAX_WAITING = 200
/** Between following and reading: their yes, which opens more, is mostly there by then. */
const SOON_MS = 3_000

export function openProfiles(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  backfill: Backfill
  politeness: Politeness
  timers: Timers
  log: Log
}): Profiles {
  const { domain: d, remote, backfill, politeness, timers, log } = parts
  const running = new Map<string, Promise<{ added: number; more: boolean }>>()
  const waiting = new Set<number>()
  let background: Promise<void> | null = null
  let timer: unknown = null
  let stopped = false

  // Following somebody is asking for what they have to say.
  const stopListening = d.events.listen((event) => {
    if (event.type !== 'follow-asked' && event.type !== 'follow-accepted') return
    if (event.type === 'follow-asked' ? !event.data.own : event.data.accountId !== findOwnerId(d)) return
    if (stopped || waiting.size >= MAX_WAITING) return
    waiting.add(event.data.targetId)
    timer ??= timers.set(() => {
      timer = null
      background ??= drain().finally(() => (background = null))
    }, SOON_MS)
  })

  async function drain(): Promise<void> {
    for (const accountId of waiting) {
      if (stopped) return
      waiting.delete(accountId)
      // A yes to the owner's follow may open what was closed a moment ago.
      await read(accountId, { again: true }).catch((error: unknown) =>
        log.debug({ accountId, error: (error as Error).message }, 'the posts of somebody followed could not be read'),
      )
    }
  }

  interface Taken {
    created: boolean
    /** When it is from, as its server or our own copy says. */
    at: number | null
  }

  interface Subject {
    account: Account
    uri: string
    host: string
    sender: Sender
    as: Asking
    mine: (post: SentPost) => boolean
  }

  function subjectOf(accountId: number): Subject | null {
    const account = loadAccounts(d, [accountId]).get(accountId)
    const sender = account?.uri ? senderByUri(d, account.uri) : null
    if (!account?.uri || account.own || !sender || sender.blocking || sender.suspended) return null
    const { uri } = account
    const mine = (post: SentPost) => post.author === uri && (forEverybody(post) || (sender.following && post.visibility === 'private'))
    return { account, uri, host: hostOf(uri), sender, as: sender.following ? 'owner' : 'instance', mine }
  }

  /** One item of an outbox: a Create or an Announce, embedded or named, or a bare post. Returns whether it is new, and when it is from. */
  async function take(item: unknown, who: Subject, page: CollectionPage, spend: Budget, keeping: Keeping): Promise<Taken> {
    const activity = isObject(item) ? item : await named(item, who, spend)
    if (!activity) return { created: false, at: null }
    const types = typesOf(activity)
    const boosts = types.includes('Announce')
    const object = types.includes('Create') ? list(activity.object)[0] : activity
    const known = idOf(object) === null ? null : postByUri(d, idOf(object) as string)
    if (known) return { created: false, at: known.createdAt }
    const at = timeOf(activity.published, d.now())
    if (boosts) {
      const boost = idOf(activity.actor) === who.uri ? await backfill.boost(activity, who.sender, who.uri, spend, keeping) : null
      return { created: boost?.created === true, at }
    }
    const kept = await backfill.item(object, page.host, spend, { ...keeping, wanted: who.mine, as: who.as })
    return { created: kept?.created === true, at: at ?? kept?.post?.published ?? null }
  }

  /** Some outboxes hold addresses only, of activities or of posts. */
  async function named(item: unknown, who: Subject, spend: Budget): Promise<Json | null> {
    const uri = idOf(item)
    if (!uri || hostOf(uri) !== who.host) return null
    if (postByUri(d, uri)) return { id: uri, type: 'Note' }
    const fetched = await remote.document(uri, spend, who.as)
    return typeof fetched === 'object' && hostOf(idOf(fetched.json) ?? '') === who.host ? fetched.json : null
  }

  async function takeAll(page: CollectionPage, who: Subject, spend: Budget, keeping: Keeping): Promise<{ added: number; oldest: number }> {
    let added = 0
    let oldest = Infinity
    for (const item of page.items) {
      if (stopped) break
      try {
        const taken = await take(item, who, page, spend, keeping)
        if (taken.created) added++
        oldest = Math.min(oldest, taken.at ?? Infinity)
      } catch (error) {
        // One post of another server that cannot be had is no reason to stop.
        if (!(error instanceof NetError || error instanceof AppError) || (error instanceof NetError && error.ours)) throw error
      }
    }
    return { added, oldest }
  }

  const onItsServer = async <T>(who: Subject, work: () => Promise<T>, urgent = false): Promise<T> => {
    try {
      return await politeness.run(who.host, work, urgent)
    } catch (error) {
      if (error instanceof NetError) throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
      throw error
    }
  }

  const pagesOf = (start: unknown, who: Subject, spend: Budget, limits: PageLimits) =>
    collectionPages(start, who.host, { remote, spend, now: d.now, limits, as: who.as })

  async function readPins(who: Subject, spend: Budget): Promise<number> {
    if (!who.account.featuredUri) return 0
    const limits = { ...LIMITS, pages: 2, items: MAX_PINS }
    const ids: number[] = []
    let added = 0
    for await (const page of pagesOf(who.account.featuredUri, who, spend, limits)) {
      for (const item of page.items) {
        const uri = idOf(item)
        const before = uri === null ? null : postByUri(d, uri)
        const kept = uri && !before ? await backfill.item(item, page.host, spend, { wanted: who.mine, as: who.as }) : null
        if (kept?.created) added++
        const id = before?.accountId === who.account.id ? before.id : kept?.post?.author === who.uri ? kept.id : null
        if (id !== null) ids.push(id)
      }
    }
    d.store.transaction(() => setPinned(d, who.account.id, ids))
    return added
  }

  async function read(accountId: number, options: { older?: boolean; again?: boolean }): Promise<{ added: number; more: boolean }> {
    const who = subjectOf(accountId)
    const mark = readingMark(d, accountId)
    if (!who || !mark) return { added: 0, more: false }
    const older = options.older === true && mark.at !== null
    if (older && (mark.done || mark.next === null)) return { added: 0, more: false }
    if (!older && !options.again && mark.at !== null && mark.at > d.now() - AGAIN_MS) return { added: 0, more: !mark.done }
    const key = `${accountId}:${older ? 'older' : 'newest'}`
    const same = running.get(key)
    if (same) return same
    const reading = () => (older ? readOlder(who, mark.next as string) : readNewest(who))
    const started = onItsServer(who, reading, !options.again).finally(() => running.delete(key))
    running.set(key, started)
    return started
  }

  async function readNewest(who: Subject): Promise<{ added: number; more: boolean }> {
    const spend = askedBudget(REQUESTS)
    let added = await readPins(who, spend).catch((error: unknown) => {
      if (error instanceof NetError && !error.ours) return 0
      throw error
    })
    if (!who.account.outbox) return { added, more: false }
    let next: string | null = null
    for await (const page of pagesOf(who.account.outbox, who, spend, LIMITS)) {
      added += (await takeAll(page, who, spend, {})).added
      next = page.next
      if (page.items.length > 0) break
    }
    const before = readingMark(d, who.account.id)
    // Read further already: the older pages go on from where they are.
    const kept = before?.at != null && (before.next !== null || before.done)
    setReadingMark(d, who.account.id, kept ? { ...before, at: d.now() } : { at: d.now(), next, done: next === null })
    return { added, more: kept ? !before.done : next !== null }
  }

  async function readOlder(who: Subject, from: string): Promise<{ added: number; more: boolean }> {
    const spend = askedBudget(REQUESTS)
    let added = 0
    let next: string | null = null
    for await (const page of pagesOf(from, who, spend, LIMITS)) {
      const taken = await takeAll(page, who, spend, {})
      added += taken.added
      next = page.next
      // What is here already is no answer to "older": on to the next page, within the limits.
      if (taken.added > 0) break
    }
    setReadingMark(d, who.account.id, { at: readingMark(d, who.account.id)?.at ?? d.now(), next, done: next === null })
    return { added, more: next !== null }
  }

  async function readSince(who: Subject, since: number): Promise<number> {
    const spend = askedBudget(CATCH_UP_REQUESTS)
    let added = 0
    for await (const page of pagesOf(who.account.outbox, who, spend, CATCH_UP)) {
      // What was posted while the owner was away comes home as if it had been delivered; what is older only fills the profile.
      const taken = await takeAll(page, who, spend, who.sender.following ? { homeSince: since } : {})
      added += taken.added
      if (taken.oldest < since) break
    }
    return added
  }

  return {
    posts: (accountId, options = {}) => read(accountId, options),
    async since(accountId, since) {
      const who = subjectOf(accountId)
      return who?.account.outbox ? onItsServer(who, () => readSince(who, since)) : 0
    },
    async pins(accountId) {
      const who = subjectOf(accountId)
      return who ? onItsServer(who, () => readPins(who, askedBudget(REQUESTS))) : 0
    },
    async settled() {
      while (background || running.size > 0) await Promise.allSettled([background, ...running.values()])
    },
    stop() {
      stopped = true
      waiting.clear()
      timers.clear(timer)
      stopListening()
    },
  }
}
