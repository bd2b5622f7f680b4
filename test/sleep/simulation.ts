import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { openConnectivity } from '../../src-main/delivery/connectivity.ts'
import { openDomain } from '../../src-main/domain/domain.ts'
import { follow, followBetween, receiveAccept } from '../../src-main/domain/follows.ts'
import { chooseOrigin, nameOwner } from '../../src-main/domain/owner.ts'
import { postByUri, releasePost, writePost } from '../../src-main/domain/posts.ts'
import { accountIdByUri } from '../../src-main/domain/accounts.ts'
import { openFederation } from '../../src-main/federation/federation.ts'
import { generateKeys } from '../../src-main/signatures/index.ts'
import { openStore } from '../../src-main/store/store.ts'
import { KINDS } from './expectation.ts'
import { create, openNetwork, openSite, PUBLIC, signed } from './network.ts'
import { GTS_BAD_MS, HOUR, LEMMY, MINUTE, SENDERS } from './senders.ts'
import type { Absence, OutgoingItem } from '../../src-main/domain/ports.ts'
import type { Expected, Fate, Kind, Tunnel } from './expectation.ts'
import type { Note, Site } from './network.ts'
import type { Outcome, Sender } from './senders.ts'

/**
 * One absence: the real federation room, the real connectivity and a real database of one instance, among models of every sender of
 * federation.md 3.2, under a clock that is ours. While the laptop is away nothing of ours runs; the senders go on.
 */

const NOON = Date.UTC(2026, 4, 1, 12)
const ORIGIN = 'https://ana.example'
const ANA = `${ORIGIN}/users/ana`
const TEN = 10
/** Long enough after the return for the last of what is tried again. */
const AFTERWARDS = 30 * HOUR

export interface Result extends Expected {
  software: string
  /** When each lost thing was first sent. */
  lostAt: Record<Kind, number[]>
}
export interface Run {
  results: Result[]
  /** What the owner is told. */
  report: Absence | null
  /** Kinds of what we sent after waking, in order, and when. */
  sent: { at: number; kind: string; inboxes: number }[]
  /** The first look-up of reading up, and when the first server heard that we are back. */
  readAt: number | null
  spokenAt: number | null
  awayFrom: number
  backAt: number
  requests: number
  /** Posts at home, newest first, by their published time. */
  home: number[]
  notifications: number
}

interface Sending {
  kind: Kind
  body: string
  actor: string
  noteId: string
  at: number
  tries: number
  fate: 'waiting' | 'accepted' | 'given-up'
}

let keys: Awaited<ReturnType<typeof generateKeys>> | null = null
let theirs: Awaited<ReturnType<typeof generateKeys>> | null = null

export async function simulate(absence: number, tunnel: Tunnel, senders: readonly Sender[] = SENDERS): Promise<Run> {
  keys ??= await generateKeys()
  theirs ??= await generateKeys()
  const privateKey = createPrivateKey(theirs.rsa.privatePem)
  const folder = mkdtempSync(join(tmpdir(), 'burrow-sleep-'))
  const clock = { at: NOON - HOUR }
  const now = () => clock.at
  let away = false

  // Ours ---------------------------------------------------------------------------------------------------------------------------------

  const store = openStore({ folder, now })
  // Nobody pulls the plug here.
  store.database.pragma('synchronous = off')
  const d = openDomain({ store, now })
  const own = {
    rsaPrivatePem: keys.rsa.privatePem,
    rsaPublicPem: keys.rsa.publicPem,
    ed25519PrivatePem: keys.ed25519.privatePem,
    ed25519PublicMultibase: keys.ed25519.publicMultibase,
  }
  nameOwner(d, { name: 'ana', displayName: 'Ana', keys: own, seal: (plain) => plain })
  chooseOrigin(d, ORIGIN, { trial: false })

  const timers = new Set<{ at: number; work: () => void }>()
  const sites = new Map(
    senders.map((sender) => openSite(sender, theirs?.rsa.publicPem ?? '', `${ANA}#main-key`)).map((site) => [site.host, site]),
  )
  const outbox: (OutgoingItem & { id: number; createdAt: number; attempts: number })[] = []
  let serial = 1
  const clockwork = {
    set(work: () => void, ms: number) {
      const timer = { at: clock.at + ms, work }
      timers.add(timer)
      return timer
    },
    clear: (timer: unknown) => void timers.delete(timer as { at: number; work: () => void }),
  }
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const failures: string[] = []
  const log = { ...quiet, error: (data: object, text?: string) => void failures.push(`${text} ${JSON.stringify(data)}`) }
  const connectivity = openConnectivity({
    origin: () => ORIGIN,
    tunnel: () => null,
    check: () => Promise.resolve(away ? 'not-answering' : 'ours'),
    now,
    steady: now,
    timers: clockwork,
    log,
  })
  const federation = openFederation({
    domain: d,
    net: openNetwork(sites, now, () => !away),
    keys: () => own,
    outbox: {
      enqueue(item) {
        outbox.push({ ...item, id: serial++, createdAt: clock.at, attempts: 0 })
        return serial - 1
      },
      takeBack(key, kinds) {
        const mine = outbox.filter((item) => item.objectKey === key && (!kinds || kinds.includes(item.kind)))
        for (const item of mine) outbox.splice(outbox.indexOf(item), 1)
        return mine.length > 0 ? 'cancelled' : 'none'
      },
    },
    heard: () => connectivity.heard(),
    plainHttp: () => false,
    sniff: () => null,
    version: '0.1.0',
    connectivity,
    lostWhileAway: () => tunnel === 404 || tunnel === 'other host',
    timers: clockwork,
    log,
  })
  const app = Fastify()
  await app.register(federation.publicRoutes)
  await app.ready()

  // Their future -------------------------------------------------------------------------------------------------------------------------

  const future: { at: number; order: number; work: () => Promise<void> | void }[] = []
  let order = 0
  const at = (when: number, work: () => Promise<void> | void) => {
    future.push({ at: when, order: order++, work })
  }

  async function settle(): Promise<void> {
    for (let quietly = 0; quietly < 3; quietly++) {
      await federation.settled()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const sent: Run['sent'] = []
  const marks: { spokenAt: number | null } = { spokenAt: null }
  const standings = new Map<string, ReturnType<typeof standingOf>>()

  /** What the outbox holds leaves while we are online: rendered by the real room, one POST per inbox, spread as it says. */
  async function flush(): Promise<void> {
    while (!away && connectivity.online && outbox.length > 0) {
      const item = outbox.shift() as (typeof outbox)[number]
      const prepared = await federation.preparer.prepare(item)
      if (prepared === 'drop') continue
      store.transaction(() => prepared.commit?.())
      sent.push({ at: clock.at, kind: item.kind, inboxes: prepared.inboxes.length })
      prepared.inboxes.forEach((inbox, index) => {
        const host = new URL(inbox).host
        at(clock.at + Math.round(((prepared.spreadMs ?? 0) * index) / prepared.inboxes.length), () => {
          if (item.kind === 'wake') marks.spokenAt ??= clock.at
          standings.get(host)?.giving?.heardFromUs()
        })
      })
    }
  }

  /** Runs our due timers and everybody's events in order until then. */
  async function until(end: number): Promise<void> {
    for (;;) {
      const mine = away ? undefined : [...timers].sort((a, b) => a.at - b.at)[0]
      future.sort((a, b) => a.at - b.at || a.order - b.order)
      const other = future[0]
      const next = Math.min(mine?.at ?? Infinity, other?.at ?? Infinity)
      if (next > end) break
      clock.at = Math.max(clock.at, next)
      if (mine && mine.at === next) {
        timers.delete(mine)
        mine.work()
      } else {
        future.shift()
        await other?.work()
      }
      if (away) continue
      await settle()
      await flush()
    }
    clock.at = end
  }

  // Delivering -----------------------------------------------------------------------------------------------------------------------------

  async function post(sending: Sending): Promise<Outcome> {
    if (away) return tunnel === 'other host' ? 'taken' : tunnel
    const headers = signed(`${ORIGIN}/inbox`, sending.body, sending.actor, privateKey, clock.at)
    const answer = await app.inject({ method: 'POST', url: '/inbox', headers: { ...headers, host: 'ana.example' }, payload: sending.body })
    if (answer.statusCode === 202) return 'accepted'
    failures.push(`${sending.actor} was answered ${answer.statusCode}: ${answer.body}`)
    return 502
  }

  function standingOf(site: Site) {
    return {
      site,
      sendings: [] as Sending[],
      giving: site.sender.gives?.make() ?? null,
      badUntil: 0,
      queue: [] as Sending[],
      aliveSince: NOON,
      failedInRow: 0,
      dead: false,
      busy: false,
      stoppedAtReturn: false,
      revivedByThem: false,
    }
  }
  type Standing = ReturnType<typeof standingOf>

  async function attempt(standing: Standing, sending: Sending): Promise<void> {
    const { sender } = standing.site
    if (standing.giving && !standing.giving.mayTry(clock.at)) {
      sending.fate = 'given-up'
      return
    }
    const outcome = await post(sending)
    if (outcome === 'accepted' || outcome === 'taken') {
      sending.fate = outcome === 'accepted' ? 'accepted' : 'given-up'
      standing.giving?.succeeded()
      return
    }
    standing.giving?.failed(clock.at, outcome)
    const delay = sender.delays[sending.tries++]
    const single = sender.software === 'gotosocial' && clock.at < standing.badUntil
    if (delay === undefined || single || !sender.retries(outcome)) {
      sending.fate = 'given-up'
      if (sender.software === 'gotosocial') standing.badUntil = clock.at + GTS_BAD_MS
      return
    }
    at(clock.at + delay, () => attempt(standing, sending))
  }

  /** Lemmy's worker: the head of the queue until it goes, then the next. */
  async function lemmyQueue(standing: Standing): Promise<void> {
    if (standing.busy || standing.dead) return
    standing.busy = true
    while (standing.queue.length > 0) {
      const head = standing.queue[0] as Sending
      const outcome = await post(head)
      if (outcome === 502 || outcome === 'timeout') {
        if (clock.at - standing.aliveSince >= LEMMY.dead) {
          standing.dead = true
          break
        }
        at(clock.at + Math.round(Math.min(LEMMY.step ** ++standing.failedInRow * 1_000, LEMMY.most)), () => {
          standing.busy = false
          return lemmyQueue(standing)
        })
        return
      }
      standing.queue.shift()
      head.fate = outcome === 'accepted' ? 'accepted' : 'given-up'
      standing.failedInRow = 0
      standing.aliveSince = clock.at
    }
    standing.busy = false
  }

  async function lemmyCheck(standing: Standing): Promise<void> {
    at(clock.at + LEMMY.checks, () => lemmyCheck(standing))
    if (!standing.dead) standing.dead = standing.queue.length > 0 && clock.at - standing.aliveSince >= LEMMY.dead
    if (!standing.dead || away) return
    const answer = await app.inject({ method: 'GET', url: '/.well-known/nodeinfo', headers: { host: 'ana.example' } })
    if (answer.statusCode !== 200) return
    for (const old of standing.queue.filter((one) => one.at <= clock.at - LEMMY.keeps)) old.fate = 'given-up'
    standing.queue = standing.queue.filter((one) => one.fate === 'waiting')
    Object.assign(standing, { dead: false, failedInRow: 0, aliveSince: clock.at, revivedByThem: true })
    await lemmyQueue(standing)
  }

  function send(standing: Standing, kind: Kind, actor: string, noteId: string, activity: object): void {
    const sending: Sending = { kind, body: JSON.stringify(activity), actor, noteId, at: clock.at, tries: 0, fate: 'waiting' }
    standing.sendings.push(sending)
    if (standing.site.sender.software !== 'lemmy') return at(clock.at, () => attempt(standing, sending))
    standing.queue.push(sending)
    at(clock.at, () => lemmyQueue(standing))
  }

  // What happens ---------------------------------------------------------------------------------------------------------------------------

  connectivity.start()
  federation.start()
  await settle()
  const roots = new Map<string, string>()
  for (const site of sites.values()) {
    const standing = standingOf(site)
    standings.set(site.host, standing)
    const fo = site.actorId('fo')
    const root: Note = { id: `${fo}/statuses/root`, author: fo, at: clock.at - MINUTE, to: [PUBLIC], cc: [], inReplyTo: null, tag: [] }
    site.notes.push(root)
    roots.set(site.host, root.id)
    const found = await federation.resolver.url(root.id)
    const author = accountIdByUri(d, fo) as number
    follow(d, author)
    receiveAccept(d, { accountId: author })
    const { post: reply } = writePost(d, { text: 'So do I.', visibility: 'public', language: 'en', inReplyToId: found?.id ?? null })
    releasePost(d, reply.id, clock.at)
    if (site.sender.software === 'lemmy') at(NOON + LEMMY.firstCheck, () => lemmyCheck(standing))
  }
  // Somebody who never said yes: the same Follow is sent again at wake.
  const asked = (await federation.resolver.account(`maybe@${senders[0]?.software}.peers.test`)) as number
  follow(d, asked)
  const followId = followBetween(d, accountIdByUri(d, ANA) as number, asked)?.id
  await until(NOON)
  outbox.splice(0)
  sent.splice(0)

  away = true
  const backAt = NOON + absence
  for (let i = 0; i < TEN; i++) {
    at(NOON + Math.round(((i + 0.5) / TEN) * absence), () => {
      for (const standing of standings.values()) sendAll(standing, i)
    })
  }

  function sendAll(standing: Standing, i: number): void {
    const { site } = standing
    const fo = site.actorId('fo')
    const stranger = site.actorId(`s${i}`)
    const root = roots.get(site.host) as string
    const note = (kind: Kind, author: string, to: string[], cc: string[], change: Partial<Note> = {}): Note => {
      const made: Note = { id: `${author}/statuses/${kind}${i}`, author, at: clock.at, to, cc, inReplyTo: null, tag: [], ...change }
      site.notes.push(made)
      return made
    }
    const followers = site.followers('fo')
    const sendNote = (kind: Kind, made: Note) => send(standing, kind, made.author, made.id, create(made, site))
    sendNote('post', note('post', fo, [PUBLIC], [followers]))
    sendNote('private', note('private', fo, [followers], []))
    sendNote('answer', note('answer', stranger, [PUBLIC], [ANA], { inReplyTo: root }))
    const tag = [{ type: 'Mention', href: ANA, name: '@ana@ana.example' }]
    sendNote('mention', note('mention', stranger, [PUBLIC], [ANA], { tag }))
    const id = `${stranger}#follows/1`
    send(standing, 'follow', stranger, id, {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id,
      type: 'Follow',
      actor: stranger,
      object: ANA,
    })
  }

  await until(backAt)
  for (const standing of standings.values()) {
    const dead = standing.site.sender.software === 'lemmy' && standing.queue.length > 0 && clock.at - standing.aliveSince >= LEMMY.dead
    standing.stoppedAtReturn = dead || (standing.giving?.stopped(clock.at) ?? false)
  }

  // The laptop opens its eyes: the tunnel is there, and the look at our own address is the first thing (server.ts, woken).
  away = false
  const before = new Map([...sites.values()].map((site) => [site.host, site.asked.length]))
  connectivity.doubt()
  await settle()
  await flush()
  const after: Note[] = []
  at(backAt + HOUR, () => {
    for (const standing of standings.values()) {
      const { site } = standing
      const fo = site.actorId('fo')
      const note: Note = { id: `${fo}/statuses/after`, author: fo, at: clock.at, to: [PUBLIC], cc: [], inReplyTo: null, tag: [] }
      after.push(note)
      send(standing, 'post', fo, note.id, create(note, site))
    }
  })
  await until(backAt + AFTERWARDS)

  // What came of it ------------------------------------------------------------------------------------------------------------------------

  const owner = accountIdByUri(d, ANA) as number
  const here = (sending: Sending): boolean => {
    if (sending.kind !== 'follow') return postByUri(d, sending.noteId) !== null
    const follower = accountIdByUri(d, sending.actor)
    return follower !== null && followBetween(d, follower, owner) !== null
  }
  const results = [...standings.values()].map((standing): Result => {
    const fates = Object.fromEntries(KINDS.map((kind) => [kind, { retry: 0, caughtUp: 0, lost: 0 }])) as Record<Kind, Fate>
    const lostAt = Object.fromEntries(KINDS.map((kind) => [kind, [] as number[]])) as Record<Kind, number[]>
    for (const sending of standing.sendings) {
      if (sending.at > backAt) continue
      const is = here(sending)
      if (sending.fate === 'accepted') {
        if (!is) failures.push(`${sending.noteId} was answered 202 and is not here`)
        fates[sending.kind].retry++
      } else if (is) fates[sending.kind].caughtUp++
      else {
        fates[sending.kind].lost++
        lostAt[sending.kind].push(sending.at)
      }
    }
    const later = standing.sendings.find(({ noteId }) => noteId.endsWith('/after'))
    const again = later?.fate === 'accepted'
    if (!again) failures.push(`${standing.site.host} does not send to us any more`)
    const revived = standing.stoppedAtReturn && again ? (standing.revivedByThem ? 'them' : 'us') : null
    return { software: standing.site.sender.software, fates, revived, lostAt }
  })
  const looked = [...sites.values()].flatMap((site) => site.asked.slice(before.get(site.host)))
  const reading = looked.filter(({ path }) => path.includes('/outbox')).map((one) => one.at)
  const resent = sent.filter(({ kind }) => kind === 'follow')
  if (absence >= 4 * MINUTE && (resent.length !== 1 || followBetween(d, owner, asked)?.id !== followId)) {
    failures.push('the Follow that waits for an answer was not sent again')
  }
  const home = store.database
    .prepare('select posts.created_at as at from home join posts on posts.id = home.post_id order by home.post_id desc')
    .all() as { at: number }[]
  const run: Run = {
    results,
    report: federation.catchUp.reports()[0] ?? null,
    sent,
    readAt: reading.length > 0 ? Math.min(...reading) : null,
    spokenAt: marks.spokenAt,
    awayFrom: NOON,
    backAt,
    requests: looked.length,
    home: home.map((row) => row.at),
    notifications: (store.database.prepare("select count(*) as n from notifications where type = 'mention'").get() as { n: number }).n,
  }
  connectivity.stop()
  await app.close()
  await federation.stop()
  store.close()
  rmSync(folder, { recursive: true, force: true })
  if (failures.length > 0) throw new Error([...new Set(failures)].slice(0, 12).join('\n'))
  return run
}
