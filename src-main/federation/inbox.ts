import { accountIdByUri } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { build, query, sql } from '../store/query.ts'
import { activityTypes, matchesType, NetError, parseJson } from '../net/index.ts'
import { checkSignature, parseSignature, verifySignature } from '../signatures/index.ts'
import { hostOf, idOf, isObject, typesOf } from './mapping/read.ts'
import { budget } from './remote.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { ParsedSignature, SignedRequest } from '../signatures/index.ts'
import type { Activities, Change } from './activities.ts'
import type { IdentityHolder } from './identity.ts'
import type { KeyAnswer, Keys } from './keys.ts'
import type { Json } from './mapping/read.ts'

/**
 * The door. A 202 means durable (design 8): it is sent after the COMMIT that holds either the change itself (nothing had to be fetched)
 * or the activity, to be handled in the background. Checks run cheapest first; nothing reaches a handler without a verified key whose
 * owner is the activity's actor (rules 1 and 2).
 */

/** An unknown key is fetched for so long before we answer. */
const KEY_WAIT_MS = 8_000
/** Requests whose key cannot be had now are kept and judged later, up to these bounds. */
const PARKED_BYTES = 50 * 1024 * 1024
const PARKED_PER_HOST = 200
/** Unverified requests under way at once (rule 37): beyond that, 503. */
const MAX_UNVERIFIED = 256
const SEEN_MS = 30 * 24 * 3600_000
const RETRY_STEPS_MS = [60_000, 300_000, 1_800_000, 7_200_000, 43_200_000]
const ACCEPTED_TYPES = [...activityTypes, 'application/ld+json', 'application/json']

const isSeen = query<{ uri: string }>()((p) => build.selectFrom('seen').select('at').where('uri', '=', p.uri))
const markSeen = query<{ uri: string; at: number }>()((p) =>
  build
    .insertInto('seen')
    .values({ uri: p.uri, at: p.at })
    .onConflict((c) => c.doNothing()),
)
const dropSeen = query<{ before: number }>()((p) => build.deleteFrom('seen').where('at', '<', p.before))
const keep = query<{
  state: 'verified' | 'parked'
  host: string
  actor: string | null
  target: string | null
  headers: string | null
  body: Uint8Array
  next_at: number
  at: number
}>()((p) =>
  build.insertInto('inbound').values({
    state: p.state,
    host: p.host,
    actor: p.actor,
    target: p.target,
    headers: p.headers,
    body: p.body,
    next_at: p.next_at,
    received_at: p.at,
  }),
)
const parkedSize = query()(() =>
  build
    .selectFrom('inbound')
    .select(sql<number>`coalesce(sum(length(body)), 0)`.as('bytes'))
    .where('state', '=', 'parked'),
)
const parkedOf = query<{ host: string }>()((p) =>
  build
    .selectFrom('inbound')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('host', '=', p.host)
    .where('state', '=', 'parked'),
)
const due = query<{ now: number; limit: number }>()((p) =>
  build.selectFrom('inbound').selectAll().where('next_at', '<=', p.now).orderBy('id').limit(p.limit),
)
const nextDue = query()(() => build.selectFrom('inbound').select((e) => e.fn.min('next_at').as('at')))
const drop = query<{ id: number }>()((p) => build.deleteFrom('inbound').where('id', '=', p.id))
const later = query<{ id: number; at: number }>()((p) =>
  build
    .updateTable('inbound')
    .set((e) => ({ next_at: p.at, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id),
)
const becomeVerified = query<{ id: number; actor: string; at: number }>()((p) =>
  build.updateTable('inbound').set({ state: 'verified', actor: p.actor, next_at: p.at, attempts: 0 }).where('id', '=', p.id),
)

export interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

export interface Inbox {
  /** Handler of `POST /inbox` and `POST /users/NAME/inbox`; the body is the raw Buffer. */
  receive(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Takes up what was left by an earlier run. */
  start(): void
  stop(): Promise<void>
}

export function openInbox(parts: {
  domain: Domain
  keys: Keys
  activities: Activities
  identity: IdentityHolder
  /** A verified request has come in through the public address. */
  heard: () => void
  /** A post answers one that is not here. */
  orphan: (uri: string) => void
  timers: Timers
  log: Log
}): Inbox {
  const { domain: d, keys, activities, identity, heard, orphan, timers, log } = parts
  const { store } = d
  let unverified = 0
  let stopped = false
  let working: Promise<void> | null = null
  let timer: unknown = null
  let received = 0

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const now = d.now()
    const answer = (status: number, error?: string) =>
      void reply
        .status(status)
        .type('application/json; charset=utf-8')
        .send(error ? { error } : '')
    const body = request.body
    if (!identity.current()) return answer(404, 'Record not found')
    if (!matchesType(request.headers['content-type'], ACCEPTED_TYPES)) return answer(415, 'An activity is application/activity+json.')
    if (!Buffer.isBuffer(body) || body.length === 0) return answer(400, 'An activity has a body.')
    const signed = signedRequest(request.raw.url ?? '/', request.raw.rawHeaders, body)
    const parsed = parseSignature(signed)
    if (!parsed.ok) return answer(401, `The signature is not accepted: ${parsed.code}.`)
    const checked = checkSignature(parsed, signed, now)
    if (!checked.ok) return answer(401, `The signature is not accepted: ${checked.code}.`)
    const activity = read(body)
    if (activity === 'broken') return answer(400, 'The activity is not JSON that can be read here.')
    const actor = idOf(activity.actor)
    const id = idOf(activity)
    if (!actor || typesOf(activity).length === 0) return answer(400, 'An activity has a type and an actor.')
    if (hostOf(parsed.keyId) !== hostOf(actor) || (id && hostOf(id) !== hostOf(actor))) return answer(401, 'The key is not the actor’s.')
    if (actor === identity.current()?.uris.actor) return answer(401, 'The key is not the actor’s.')

    let key: KeyAnswer | null = keys.known(parsed.keyId)
    // Big servers tell everybody about every account that goes; nobody we know, nothing to fetch (rule 38).
    if (!key && isSelfDelete(activity, actor) && accountIdByUri(d, actor) === null) return answer(202)
    if (!key) {
      if (unverified >= MAX_UNVERIFIED) return answer(503, 'Too much is coming in. Try again later.')
      unverified++
      try {
        key = await soon(keys.fetch(parsed.keyId, budget()), KEY_WAIT_MS)
      } finally {
        unverified--
      }
    }
    if (key === 'later') {
      const parked = await park(signed, parsed, actor, body, now)
      return parked ? answer(202) : answer(503, 'The key could not be fetched. Try again later.')
    }
    if (typeof key === 'string') return answer(401, 'The key could not be found.')

    let verdict = verifySignature(parsed, signed, key.object, now, { hosts: hosts() })
    if (!verdict.ok && verdict.code === 'bad-signature' && keys.mayRefetch(key)) {
      const fresh = await soon(keys.fetch(parsed.keyId, budget()), KEY_WAIT_MS)
      if (typeof fresh === 'object') {
        key = fresh
        verdict = verifySignature(parsed, signed, key.object, now, { hosts: hosts() })
      }
    }
    if (!verdict.ok) return answer(401, `The signature is not accepted: ${verdict.code}.`)
    if (key.owner !== actor) return answer(401, 'The key is not the actor’s.')
    heard()
    await take(activity, actor, body, now)
    answer(202)
  }

  /** Verified: the change itself if nothing is missing, else the activity to be handled soon; durable when this returns. */
  async function take(activity: Json, actor: string, body: Buffer, now: number): Promise<void> {
    const id = idOf(activity)
    // Misskey names every Follow of a pair alike, and a server that lost our Accept asks again with the same id: those are never repeats.
    const once = typesOf(activity)[0] === 'Follow' ? null : id
    if (once && isSeen.get(store, { uri: once })) return
    const plan = activities.plan(activity, actor, budget())
    let parent: string | undefined = undefined as string | undefined
    await store.groupCommit(() => {
      if (once && markSeen.run(store, { uri: once, at: now }).changes === 0) return
      if (typeof plan === 'function') parent = plan()
      else keep.run(store, { state: 'verified', host: hostOf(actor), actor, target: null, headers: null, body, next_at: now, at: now })
    })
    if (parent) orphan(parent)
    if (typeof plan !== 'function') {
      // What was fetched for the plan is stored by now or soon: the background finds it and needs no second look.
      plan.then(nudge, nudge)
    }
    if (++received % 10_000 === 0) dropSeen.run(store, { before: now - SEEN_MS })
  }

  async function park(signed: SignedRequest, parsed: ParsedSignature, actor: string, body: Buffer, now: number): Promise<boolean> {
    const host = hostOf(parsed.keyId)
    return store.groupCommit(() => {
      if ((parkedSize.get(store)?.bytes ?? 0) + body.length > PARKED_BYTES) return false
      if ((parkedOf.get(store, { host })?.count ?? 0) >= PARKED_PER_HOST) return false
      const at = now + (RETRY_STEPS_MS[0] as number)
      keep.run(store, {
        state: 'parked',
        host,
        actor,
        target: signed.target,
        headers: JSON.stringify(signed.headers),
        body,
        next_at: at,
        at: now,
      })
      plan(at)
      return true
    })
  }

  const hosts = () => {
    const me = identity.current()
    return me ? [me.uris.host] : []
  }

  function signedRequest(target: string, headers: string[], rawBody: Buffer): SignedRequest {
    const origin = identity.current()?.uris.origin ?? ''
    return { method: 'POST', target, headers, rawBody, authority: hostOf(origin), scheme: origin.startsWith('http:') ? 'http' : 'https' }
  }

  // The background -----------------------------------------------------------------------------------------------------------------------

  function nudge(): void {
    if (stopped || working) return
    working = work()
      .catch((error: unknown) => log.error({ error: (error as Error).message }, 'the inbox could not be worked on'))
      .finally(() => {
        working = null
        if (!stopped) plan(nextDue.get(store)?.at ?? null)
      })
  }

  function plan(at: number | null): void {
    if (at === null || stopped) return
    timers.clear(timer)
    timer = timers.set(nudge, Math.max(at - d.now(), 10))
  }

  async function work(): Promise<void> {
    for (;;) {
      const rows = due.all(store, { now: d.now(), limit: 16 })
      if (rows.length === 0 || stopped) return
      await Promise.all(rows.map((row) => handle(row)))
    }
  }

  type Row = ReturnType<typeof due.all>[number]
  async function handle(row: Row): Promise<void> {
    const body = Buffer.from(row.body)
    const activity = read(body)
    try {
      if (activity === 'broken') drop.run(store, { id: row.id })
      else if (row.state === 'parked') await judge(row, activity, body)
      else {
        const change: Change = await activities.plan(activity, row.actor as string, budget())
        let parent: string | undefined = undefined as string | undefined
        await store.groupCommit(() => {
          parent = change()
          drop.run(store, { id: row.id })
        })
        if (parent) orphan(parent)
      }
    } catch (error) {
      const wait = RETRY_STEPS_MS[row.attempts]
      const hopeless =
        (error instanceof AppError && !error.retryable && error.code !== 'internal') || (error instanceof NetError && !error.retryable)
      log.info({ id: row.id, error: (error as Error).message, hopeless }, 'an activity could not be handled')
      if (wait === undefined || hopeless) drop.run(store, { id: row.id })
      else later.run(store, { id: row.id, at: d.now() + wait })
    }
  }

  /** A parked request is judged as of the time it came in: its signature was fresh then. */
  async function judge(row: Row, activity: Json, body: Buffer): Promise<void> {
    const signed = signedRequest(row.target as string, JSON.parse(row.headers as string) as string[], body)
    const parsed = parseSignature(signed)
    const key = parsed.ok ? await keys.fetch(parsed.keyId, budget()) : 'refused'
    if (key === 'later') {
      const wait = RETRY_STEPS_MS[row.attempts + 1]
      if (wait === undefined) drop.run(store, { id: row.id })
      else later.run(store, { id: row.id, at: d.now() + wait })
      return
    }
    const fine =
      parsed.ok &&
      typeof key === 'object' &&
      key.owner === row.actor &&
      verifySignature(parsed, signed, key.object, row.received_at, { hosts: hosts() }).ok
    const id = idOf(activity)
    await store.groupCommit(() => {
      const repeat = fine && id !== null && typesOf(activity)[0] !== 'Follow' && markSeen.run(store, { uri: id, at: d.now() }).changes === 0
      if (fine && !repeat) becomeVerified.run(store, { id: row.id, actor: row.actor as string, at: d.now() })
      else drop.run(store, { id: row.id })
    })
  }

  return {
    receive,
    start: nudge,
    async stop() {
      stopped = true
      timers.clear(timer)
      await working
    },
  }
}

function read(body: Buffer): Json | 'broken' {
  try {
    const json = parseJson(body)
    return isObject(json) ? json : 'broken'
  } catch {
    return 'broken'
  }
}

function isSelfDelete(activity: Json, actor: string): boolean {
  return typesOf(activity)[0] === 'Delete' && idOf(activity.object) === actor
}

/** The answer, or 'later' when it takes too long; the fetch goes on and is there for the next one. */
async function soon(answer: Promise<KeyAnswer>, ms: number): Promise<KeyAnswer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'later'>((resolve) => {
    timer = setTimeout(() => resolve('later'), ms)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
