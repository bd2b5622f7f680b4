import { createHash } from 'node:crypto'
import { accountIdByUri } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { senderByUri } from '../domain/senders.ts'
import { build, query } from '../store/query.ts'
import { activityTypes, matchesType, NetError, parseJson } from '../net/index.ts'
import { checkSignature, parseSignature, verifySignature } from '../signatures/index.ts'
import { openBacklog } from './backlog.ts'
import { openBuckets } from './buckets.ts'
import { budget } from './fetching.ts'
import { mayBeForwarded } from './forwarding.ts'
import { hostOf, idOf, isObject, typesOf } from './mapping/read.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { ParsedSignature, SignedRequest, Verdict } from '../signatures/index.ts'
import type { Activities } from './activities.ts'
import type { Change } from './plan.ts'
import type { Handled, KeptActivity, ParkedRequest, Timers } from './backlog.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { KeyAnswer, Keys, VerifiedKey } from './keys.ts'
import type { Json } from './mapping/read.ts'

/**
 * The door. A 202 means durable (design 8): it is sent after the COMMIT that holds either the change itself (nothing had to be fetched)
 * or the activity, to be handled in the background. Checks run cheapest first; nothing reaches a handler without a verified key (rules 1
 * and 2). Its owner is the activity's actor, or has passed on what is another's: that is only a hint to look where it lives (rule 8).
 */

/** An unknown key is fetched for so long before we answer. */
const KEY_WAIT_MS = 8_000
/** Unverified requests under way at once (rule 37): beyond that, 503. */
const MAX_UNVERIFIED = 256
/**
 * Verified requests of one host at once and per second (rule 37); beyond that, 429. Hosts of people the owner follows have more. No honest
 * server comes near: a post of ours that thousands like at once is a hundred requests a second from all of them together.
 */
const STRANGERS = { capacity: 3_000, perSecond: 100 }
const FOLLOWED = { capacity: 200_000, perSecond: 2_000 }
const FRIEND_MS = 10_000
/** Activities of one sender that wait to be handled (relays, communities): beyond that, 429. */
const MAX_KEPT = 5_000
const SEEN_MS = 30 * 24 * 3600_000
const SWEEP_EVERY = 10_000
const ACCEPTED_TYPES = [...activityTypes, 'application/ld+json', 'application/json']

const markSeen = query<{ uri: string; at: number }>()((p) =>
  build
    .insertInto('seen')
    .values({ uri: p.uri, at: p.at })
    .onConflict((c) => c.doNothing()),
)
const dropSeen = query<{ before: number }>()((p) => build.deleteFrom('seen').where('at', '<', p.before))

export interface Inbox {
  /** Handler of `POST /inbox` and `POST /users/NAME/inbox`; the body is the raw Buffer. */
  receive(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Takes up what was left by an earlier run. */
  start(): void
  /** Resolves when nothing is being handled in the background. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** A request that is not taken, with its status and a word for its sender. */
class Refused {
  readonly status: number
  readonly error: string
  /** Seconds, for those who are to come again. */
  readonly retryAfter: number | null
  constructor(status: number, error: string, retryAfter: number | null = null) {
    this.status = status
    this.error = error
    this.retryAfter = retryAfter
  }
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
  /** A signed delivery of this actor carried a `Collection-Synchronization` header (FEP-8fcf). */
  synchronisation: (actorUri: string, header: string) => void
  timers: Timers
  log: Log
}): Inbox {
  const { domain: d, keys, activities, identity, heard, orphan, synchronisation, timers, log } = parts
  const { store } = d
  const strangers = openBuckets(STRANGERS)
  const followed = openBuckets(FOLLOWED)
  const friends = new Map<string, { at: number; following: boolean }>()
  const backlog = openBacklog({ domain: d, handle, judge, timers, log })
  const isAccepted = rememberingTypes()
  let unverified = 0
  let received = 0

  async function receive(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const refused = await take(request, d.now())
    if (refused) {
      if (refused.retryAfter !== null) reply.header('Retry-After', String(refused.retryAfter))
      void reply.status(refused.status).type('application/json; charset=utf-8').send({ error: refused.error })
    } else void reply.status(202).type('application/json; charset=utf-8').send('')
  }

  async function take(request: FastifyRequest, now: number): Promise<Refused | null> {
    const me = identity.current()
    if (!me) return new Refused(404, 'Record not found')
    if (!isAccepted(request.headers['content-type'])) return new Refused(415, 'An activity is application/activity+json.')
    const body = request.body
    if (!Buffer.isBuffer(body) || body.length === 0) return new Refused(400, 'An activity has a body.')
    const signed = signedRequest(me, request.raw.url ?? '/', request.raw.rawHeaders, body)
    const parsed = parseSignature(signed)
    if (!parsed.ok) return unsigned(parsed)
    let key = keys.known(parsed.keyId)
    let verdict: Verdict = key ? verify(me, parsed, signed, key, now) : checkSignature(parsed, signed, now)
    if (!verdict.ok && verdict.code !== 'bad-signature') return unsigned(verdict)
    const activity = read(body)
    if (activity === null) return new Refused(400, 'The activity is not JSON that can be read here.')
    const actor = idOf(activity.actor)
    const id = idOf(activity)
    if (!actor || typesOf(activity).length === 0) return new Refused(400, 'An activity has a type and an actor.')
    if (actor === me.uris.actor || (id && hostOf(id) !== hostOf(actor))) return foreign()
    const passedOn = hostOf(parsed.keyId) !== hostOf(actor)
    if (passedOn && !mayBeForwarded(activity)) return foreign()

    if (!key) {
      // Big servers tell everybody about every account that goes or changes; nobody we know, nothing to fetch (rule 38).
      const ofItself = idOf(activity.object) === actor
      const selfDelete = ofItself && typesOf(activity)[0] === 'Delete'
      if ((selfDelete || (ofItself && typesOf(activity)[0] === 'Update')) && accountIdByUri(d, actor) === null) return null
      const found = await fetchKey(parsed.keyId)
      if (found === 'busy') return new Refused(503, 'Too much is coming in. Try again later.')
      if (found === 'flood') return later(60_000)
      if (found === 'gone' && selfDelete) return null
      if (found === 'later') {
        const kept = await store.groupCommit(() => park(signed, parsed, actor, body, now))
        return kept ? null : new Refused(503, 'The key could not be fetched. Try again later.')
      }
      if (typeof found === 'string') return new Refused(401, 'The key could not be found.')
      key = found
      verdict = verify(me, parsed, signed, key, now)
    } else if (!verdict.ok && keys.mayRefetch(key)) {
      // Its owner may have another one by now.
      const fresh = await fetchKey(parsed.keyId)
      if (typeof fresh === 'object') {
        key = fresh
        verdict = verify(me, parsed, signed, fresh, now)
      }
    }
    if (!verdict.ok) return unsigned(verdict)
    // Nobody passes on what their own neighbours say: that is somebody else's name under one's own key (rule 1).
    if (key.owner !== actor && !passedOn) return foreign()
    heard()
    const wait = crowded(key.owner, now)
    if (wait > 0) return later(wait)
    const header = request.headers['collection-synchronization']
    if (typeof header === 'string' && parsed.covered.includes('collection-synchronization') && !passedOn) synchronisation(actor, header)
    return accept(activity, key.owner, parsed, body, now)
  }

  /** Milliseconds until this signer's host may send more; 0: now. */
  function crowded(signer: string, now: number): number {
    const host = hostOf(signer)
    const wait = strangers.take(host, now)
    if (wait === 0) return 0
    // Who is flooding is asked after once in a while, not for each of thousands.
    let friend = friends.get(signer)
    if (!friend || now - friend.at > FRIEND_MS) {
      if (friends.size > 1_000) friends.clear()
      friend = { at: now, following: senderByUri(d, signer)?.following === true }
      friends.set(signer, friend)
    }
    return friend.following ? followed.take(host, now) : wait
  }

  /** Verified: the change itself if nothing is missing, else the activity to be handled soon; durable when this returns. */
  async function accept(activity: Json, signer: string, parsed: ParsedSignature, body: Buffer, now: number): Promise<Refused | null> {
    const plan = activities.plan(activity, signer)
    const waiting = backlog.holds(signer)
    if (plan === null && waiting === 0) return null
    if (waiting >= MAX_KEPT) return later(60_000)
    const keeps = plan === 'fetch' || waiting > 0
    if (keeps && !backlog.hasRoom(body.length)) return new Refused(503, 'Too much is waiting here. Try again later.', 600)
    const release = keeps ? backlog.reserve(signer) : null
    // A post or a vote that is stored at once is known again by itself.
    const once = !release && typesOf(activity)[0] === 'Create' ? null : seenKey(activity, signer, parsed)
    let parent: string | undefined
    try {
      await store.groupCommit(() => {
        parent = undefined
        if (once !== null && markSeen.run(store, { uri: once, at: now }).changes === 0) return
        if (release) backlog.keep({ host: hostOf(signer), actor: signer, body, at: now })
        else parent = apply(plan as Change | null)
      })
    } finally {
      release?.()
    }
    if (parent) orphan(parent)
    if (++received % SWEEP_EVERY === 0) dropSeen.run(store, { before: now - SEEN_MS })
    return null
  }

  /** What a change refuses to do (the post is gone by now) is nothing done, and no reason for its sender to try again. */
  function apply(change: Change | null): string | undefined {
    try {
      return change?.()
    } catch (error) {
      if (error instanceof AppError && !error.retryable && error.code !== 'internal') return undefined
      throw error
    }
  }

  function park(signed: SignedRequest, parsed: ParsedSignature, actor: string, body: Buffer, at: number): boolean {
    return backlog.park({
      host: hostOf(parsed.keyId),
      actor,
      target: signed.target,
      headers: signed.headers as readonly string[],
      body,
      at,
    })
  }

  async function fetchKey(keyId: string): Promise<KeyAnswer | 'busy'> {
    if (unverified >= MAX_UNVERIFIED) return 'busy'
    unverified++
    let timer: unknown
    try {
      const late = new Promise<'later'>((resolve) => {
        timer = timers.set(() => resolve('later'), KEY_WAIT_MS)
      })
      return await Promise.race([keys.fetch(keyId, budget()), late])
    } finally {
      timers.clear(timer)
      unverified--
    }
  }

  // The background -----------------------------------------------------------------------------------------------------------------------

  async function handle({ actor, body, receivedAt }: KeptActivity): Promise<Handled> {
    const activity = read(body)
    const change = activity && (await activities.fetchAndPlan(activity, actor, budget(), receivedAt))
    if (!change) return 'drop'
    let parent: string | undefined
    return {
      commit: () => (parent = apply(change)),
      after: () => {
        if (parent) orphan(parent)
      },
    }
  }

  /** A parked request is judged as of the time it came in: its signature was fresh then. */
  async function judge(row: ParkedRequest): Promise<Handled> {
    const me = identity.current()
    const activity = read(row.body)
    if (!me || !activity) return 'drop'
    const signed = signedRequest(me, row.request.target, row.request.headers as string[], row.body)
    const parsed = parseSignature(signed)
    if (!parsed.ok) return 'drop'
    const key = keys.known(parsed.keyId) ?? (await keys.fetch(parsed.keyId, budget()))
    if (key === 'later' || key === 'flood') return 'later'
    if (typeof key === 'string' || !verify(me, parsed, signed, key, row.receivedAt).ok) return 'drop'
    const { owner } = key
    if (owner !== row.actor && (hostOf(owner) === hostOf(row.actor) || !mayBeForwarded(activity))) return 'drop'
    return {
      commit() {
        if (markSeen.run(store, { uri: seenKey(activity, owner, parsed), at: d.now() }).changes > 0) backlog.judged(row.id, owner)
      },
    }
  }

  return {
    receive,
    start: () => backlog.start(),
    settled: () => backlog.settled(),
    stop: () => backlog.stop(),
  }
}

const verify = (me: Identity, parsed: ParsedSignature, signed: SignedRequest, key: VerifiedKey, now: number): Verdict =>
  verifySignature(parsed, signed, key.object, now, { hosts: [me.uris.host] })

const unsigned = (why: { code: string }) => new Refused(401, `The signature is not accepted: ${why.code}.`)
const foreign = () => new Refused(401, 'The key is not the actor’s.')
const later = (wait: number) => new Refused(429, 'Too much is coming in from there. Try again later.', Math.ceil(wait / 1000))

function signedRequest(me: Identity, target: string, headers: string[], rawBody: Buffer): SignedRequest {
  const scheme = me.uris.origin.startsWith('http:') ? 'http' : 'https'
  return { method: 'POST', target, headers, rawBody, authority: me.uris.host, scheme }
}

const RELATIONS = new Set(['Follow', 'Accept', 'Reject', 'Undo', 'Block'])

/**
 * What makes a repeat: the id of the activity. Where people stand to each other it is the signature, because ids come again there in good
 * faith (Misskey names every Follow and Undo of a pair alike, and who lost our Accept asks again); a replayed request has the old one.
 */
function seenKey(activity: Json, signer: string, parsed: ParsedSignature): string {
  const id = RELATIONS.has(typesOf(activity)[0] ?? '') ? null : idOf(activity)
  if (id === null) return `signature:${createHash('sha256').update(parsed.signature).digest('base64url')}`
  // Whoever passes a thing on, or names their own like it, must not be able to make its true sender's look like a repeat.
  const theirOwn = id.startsWith(`${signer}/`) || id.startsWith(`${signer}#`)
  return theirOwn && idOf(activity.actor) === signer ? id : `${signer} ${id}`
}

function read(body: Buffer): Json | null {
  try {
    const json = parseJson(body)
    return isObject(json) ? json : null
  } catch (error) {
    if (error instanceof NetError) return null
    throw error
  }
}

/** Servers send the same few content types again and again: each is read once. */
function rememberingTypes(): (header: string | undefined) => boolean {
  const known = new Map<string, boolean>()
  return (header) => {
    const before = header === undefined ? false : known.get(header)
    if (before !== undefined) return before
    const accepted = matchesType(header, ACCEPTED_TYPES)
    if (known.size < 64 && (header as string).length < 256) known.set(header as string, accepted)
    return accepted
  }
}
