import { randomUUID } from 'node:crypto'
import { lookedAt, markWalked, threadBelow, threadRoot } from '../domain/lookups.ts'
import { postById, postByUri } from '../domain/posts.ts'
import { AppError } from '../domain/errors.ts'
import { NetError } from '../net/index.ts'
import { collectionPages } from './collection-pages.ts'
import { askedBudget, budget } from './fetching.ts'
import { hostOf, idOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Walk } from '../domain/ports.ts'
import type { Backfill } from './backfill.ts'
import type { PageLimits } from './collection-pages.ts'
import type { IdentityHolder } from './identity.ts'
import type { Json } from './mapping/read.ts'
import type { Politeness } from './politeness.ts'
import type { Remote } from './remote.ts'

/**
 * Whole conversations. Parents of posts that came in without them are fetched by themselves; on the owner's wish a conversation is walked
 * as a whole: upwards, then its `context` collection (FEP-7888, FEP-f228) if it has one, else `replies` of every post in it. What is
 * found is stored as it comes.
 */
export interface Conversations {
  /** A post answers one that is not here. Returns at once; asking twice for the same one is asking once. */
  want(uri: string): void
  /** Walks in the background, or joins a walk through the same conversation. Null: nothing to walk, or walked a moment ago. */
  walk(postId: number): Walk | null
  /** Walks now, wherever it was walked before; resolves with the number of posts found. For reading up after an absence. */
  walkThrough(postId: number): Promise<number>
  /** A walk by its id, for half an hour after its end. */
  find(id: string): Walk | null
  onWalk(listen: (walk: Walk) => void): () => void
  /** Resolves when nothing is being fetched any more. */
  settled(): Promise<void>
  stop(): void
}

/** Parents of one post are looked for so far up, with so many requests in all (rule 28). */
const MAX_ANCESTORS = 20
const REQUESTS = 40
const AT_ONCE = 4
/** More threads than this at once is a flood: later ones are shown without what they answer. */
const MAX_WAITING = 500

/** One walk, as large as Mastodon's own (1,000 replies, 500 pages); upwards to the limit of federation.md 3.3. */
const WALK = { posts: 1_000, pages: 500, requests: 2_500, ancestors: 100, time: 5 * 60_000, perOrigin: 300, useless: 10 }
const PAGES: PageLimits = { pages: 50, items: WALK.posts, bytes: 16 * 1024 * 1024, time: WALK.time }
const COOL_DOWN_MS = 15 * 60_000
const REMEMBERED_MS = 30 * 60_000
const WALKS_AT_ONCE = 3
const MAX_WALKS = 50
const FETCHES_PER_WALK = 4

interface Journey {
  walk: Walk
  roots: Set<number>
  endedAt: number | null
  done: Promise<void>
}

export function openConversations(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  backfill: Backfill
  politeness: Politeness
  log: Log
}): Conversations {
  const { domain: d, remote, identity, backfill, politeness, log } = parts
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  const journeys = new Map<string, Journey>()
  const queued: (() => void)[] = []
  const listeners = new Set<(walk: Walk) => void>()
  let walking = 0
  let stopped = false

  // Parents --------------------------------------------------------------------------------------------------------------------------------

  function next(): void {
    for (const uri of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(uri)
      const climbing = climb(uri)
        .catch((error: unknown) => log.debug({ uri, error: (error as Error).message }, 'a thread could not be followed upwards'))
        .finally(() => {
          running.delete(uri)
          next()
        })
      running.set(uri, climbing)
    }
  }

  async function climb(uri: string): Promise<void> {
    const spend = budget(REQUESTS)
    let wanted: string | null = uri
    for (let depth = 0; wanted && depth < MAX_ANCESTORS && !stopped; depth++) {
      const kept = await backfill.fetch(wanted, spend, { wanted: ({ visibility }) => visibility !== 'direct' })
      if (!kept?.created) return
      wanted = kept.post?.inReplyTo ?? null
    }
  }

  // Walks ----------------------------------------------------------------------------------------------------------------------------------

  const tell = (walk: Walk) => {
    for (const listen of listeners) listen({ ...walk })
  }

  function prune(): void {
    for (const [id, journey] of journeys) {
      if (journey.endedAt !== null && journey.endedAt < d.now() - REMEMBERED_MS) journeys.delete(id)
    }
  }

  function begin(postId: number, root: number, urgent: boolean): Journey {
    const walk: Walk = { id: randomUUID(), postId, state: 'running', found: 0 }
    const journey: Journey = { walk, roots: new Set([postId, root]), endedAt: null, done: Promise.resolve() }
    journeys.set(walk.id, journey)
    journey.done = turn()
      .then(() => (stopped ? undefined : openWalk(journey, urgent).run()))
      .catch((error: unknown) => log.info({ postId, error: (error as Error).message }, 'a conversation could not be walked to its end'))
      .finally(() => {
        walking--
        queued.shift()?.()
        if (stopped) return
        markWalked(d, [...journey.roots, threadRoot(d, postId)], d.now())
        walk.state = 'finished'
        journey.endedAt = d.now()
        tell(walk)
      })
    return journey
  }

  async function turn(): Promise<void> {
    if (walking >= WALKS_AT_ONCE) await new Promise<void>((go) => queued.push(go))
    walking++
  }

  /** One walk and what it has used up. */
  function openWalk(journey: Journey, urgent: boolean) {
    const { walk } = journey
    const spend = askedBudget(WALK.requests)
    const until = d.now() + WALK.time
    const asked = new Map<string, number>()
    const useless = new Map<string, number>()
    const tried = new Set<string>()
    let pages = 0

    const over = () => stopped || walk.found >= WALK.posts || spend.left <= 0 || d.now() > until

    /** Something of one server, within what this walk may ask of it; null when it cannot be had. */
    async function ask<T>(host: string, work: () => Promise<T>): Promise<T | null> {
      const times = asked.get(host) ?? 0
      if (over() || times >= WALK.perOrigin || (useless.get(host) ?? 0) >= WALK.useless) return null
      asked.set(host, times + 1)
      try {
        const result = await politeness.run(host, work, urgent)
        useless.set(host, result === null ? (useless.get(host) ?? 0) + 1 : 0)
        return result
      } catch (error) {
        if (!(error instanceof NetError || error instanceof AppError)) throw error
        useless.set(host, (useless.get(host) ?? 0) + 1)
        return null
      }
    }

    /** One item of a collection, fetched and kept. Returns its document if it is new. */
    async function take(item: unknown, host: string): Promise<Json | null> {
      const uri = idOf(item)
      if (!uri || tried.has(uri) || over()) return null
      tried.add(uri)
      if (identity.current()?.own(uri) || postByUri(d, uri)) return null
      const kept = await ask(hostOf(uri), () => backfill.item(item, host, spend))
      if (!kept?.created) return null
      walk.found++
      tell(walk)
      return kept.json
    }

    /** Every item of a collection; whether there was any beside `except`. */
    async function read(
      start: unknown,
      host: string,
      limits: PageLimits,
      found: (json: Json) => void,
      except: string | null,
    ): Promise<boolean> {
      let any = false
      const left = { ...limits, pages: Math.min(limits.pages, WALK.pages - pages) }
      const reading = collectionPages(start, host, { remote, spend, now: d.now, limits: left })
      for (;;) {
        // Every page is asked for in its turn, as any other request of that server.
        const step = await ask(host, () => reading.next())
        if (!step || step.done) return any
        const { items } = step.value
        pages++
        any ||= items.some((item) => idOf(item) !== except)
        await side(items, FETCHES_PER_WALK, async (item) => {
          const json = await take(item, host)
          if (json) found(json)
        })
      }
    }

    /** The ancestors that are not here; returns the documents that were fetched. */
    async function up(): Promise<Map<string, Json>> {
      const documents = new Map<string, Json>()
      let post = postById(d, walk.postId)
      for (let depth = 0; post && depth < WALK.ancestors && !over(); depth++) {
        if (post.inReplyToId !== null) post = postById(d, post.inReplyToId)
        else if (post.inReplyToUri !== null && !identity.current()?.own(post.inReplyToUri)) {
          const uri: string = post.inReplyToUri
          const json = await take(uri, hostOf(uri))
          if (!json) return documents
          documents.set(uri, json)
          post = postByUri(d, uri)
        } else return documents
      }
      return documents
    }

    /** A post of others as its origin gives it now: the one that knows where the rest of the conversation is. */
    async function documentOf(uri: string): Promise<Json | null> {
      const fetched = await ask(hostOf(uri), () => remote.document(uri, spend))
      return fetched && typeof fetched === 'object' ? fetched.json : null
    }

    async function run(): Promise<void> {
      const documents = await up()
      const root = threadRoot(d, walk.postId)
      journey.roots.add(root)
      const begun = new Set<string>()
      const jobs: { start: unknown; host: string }[] = []
      const wantReplies = (json: Json) => {
        const uri = idOf(json)
        if (!uri || begun.has(uri) || json.replies === undefined) return
        begun.add(uri)
        jobs.push({ start: json.replies, host: hostOf(uri) })
      }
      const first = [...new Set([root, walk.postId])].flatMap((id) => postById(d, id) ?? [])
      let whole = false
      for (const post of first) {
        if (post.own || post.uri === null) continue
        const json = documents.get(post.uri) ?? (await documentOf(post.uri))
        if (json) documents.set(post.uri, json)
        const context = idOf(json?.context) ?? post.contextUri
        if (!whole && context && !identity.current()?.own(context) && !begun.has(context)) {
          begun.add(context)
          whole = await read(context, hostOf(context), PAGES, (found) => documents.set(idOf(found) as string, found), post.uri)
        }
      }
      if (whole) return
      for (const json of documents.values()) wantReplies(json)
      for (const post of threadBelow(d, root, WALK.posts)) {
        if (post.own || !post.open || post.uri === null || post.repliesUri === null || begun.has(post.uri)) continue
        begun.add(post.uri)
        jobs.push({ start: post.repliesUri, host: hostOf(post.uri) })
      }
      while (jobs.length > 0 && !over() && pages < WALK.pages) {
        const round = jobs.splice(0)
        await side(round, FETCHES_PER_WALK, ({ start, host }) => read(start, host, { ...PAGES, pages: 20 }, wantReplies, null))
      }
    }

    return { run }
  }

  return {
    want(uri) {
      if (stopped || running.has(uri) || waiting.size >= MAX_WAITING) return
      waiting.add(uri)
      next()
    },
    walk(postId) {
      prune()
      const post = postById(d, postId)
      const subject = post?.boostOf ?? postId
      const start = post?.boostOf ? postById(d, post.boostOf) : post
      if (!identity.current() || !start || (start.visibility !== 'public' && start.visibility !== 'unlisted')) return null
      const root = threadRoot(d, subject)
      const same = [...journeys.values()].find(({ roots }) => roots.has(subject) || roots.has(root))
      if (same?.walk.state === 'running') return { ...same.walk }
      const at = Math.max(lookedAt(d, subject)?.walkedAt ?? 0, lookedAt(d, root)?.walkedAt ?? 0)
      if (at > d.now() - COOL_DOWN_MS) return same ? { ...same.walk } : null
      if ([...journeys.values()].filter(({ endedAt }) => endedAt === null).length >= MAX_WALKS) return null
      return { ...begin(subject, root, true).walk }
    },
    async walkThrough(postId) {
      const root = threadRoot(d, postId)
      const same = [...journeys.values()].find(({ roots, endedAt }) => endedAt === null && (roots.has(postId) || roots.has(root)))
      const journey = same ?? begin(postId, root, false)
      await journey.done
      return journey.walk.found
    },
    find(id) {
      prune()
      const found = journeys.get(id)
      return found ? { ...found.walk } : null
    },
    onWalk(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    async settled() {
      for (;;) {
        const open = [...journeys.values()].filter(({ endedAt }) => endedAt === null && !stopped).map(({ done }) => done)
        if (running.size === 0 && open.length === 0) return
        await Promise.all([...running.values(), ...open])
      }
    },
    stop() {
      stopped = true
      waiting.clear()
      for (const go of queued.splice(0)) go()
    },
  }
}

/** Works through a list, so many at a time. */
async function side<T>(list: readonly T[], atOnce: number, work: (one: T) => Promise<unknown>): Promise<void> {
  let at = 0
  const hand = async () => {
    while (at < list.length) await work(list[at++] as T)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, list.length) }, hand))
}
