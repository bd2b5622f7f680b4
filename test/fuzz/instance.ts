import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountIdByUri } from '../../src-main/domain/accounts.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { authorize, follow, followBetween, receiveAccept, receiveFollow } from '../../src-main/domain/follows.ts'
import { chooseOrigin, findOwnerId, nameOwner } from '../../src-main/domain/owner.ts'
import { releasePost, writePost } from '../../src-main/domain/posts.ts'
import { openFederation, type Federation } from '../../src-main/federation/federation.ts'
import { publicListener } from '../../src-main/http/listeners.ts'
import { publicPages } from '../../src-main/http/pages.ts'
import { sniff } from '../../src-main/media/images.ts'
import { signCavage, signRfc9421 } from '../../src-main/signatures/index.ts'
import { openStore } from '../../src-main/store/store.ts'
import { fuzzedNetwork, type FuzzedNetwork } from './network.ts'
import { ANA, HOME } from './words.ts'
import type { FastifyInstance } from 'fastify'

/** An instance whose network is made up, on a folder in memory where there is one, with a clock that moves a second a run. */
export interface FuzzedInstance extends Domain {
  readonly clock: { at: number }
  readonly network: FuzzedNetwork
  readonly federation: Federation
  readonly app: FastifyInstance
  readonly people: readonly Fuzzer[]
  /** Addresses of the owner's posts, and of the people. */
  readonly own: readonly string[]
  /** What was logged as an error since the start. */
  readonly failures: string[]
  /** How often which status was answered, by what was asked. */
  readonly statuses: Record<string, number>
  /** Makes those who went away, moved or blocked us what they were: else soon nothing they say would count for anything. */
  revive(): Promise<void>
  /** Runs the timers that are due, and waits until nothing is under way. */
  settle(): Promise<void>
  rows(): Record<string, number>
  close(): Promise<void>
}

/** Somebody whose key is known here, so that what they send passes the door. */
export interface Fuzzer {
  readonly id: string
  /** Another one after they were deleted and came back. */
  accountId: number
  sign(path: string, body: string): Record<string, string>
}

const NOON = Date.UTC(2026, 4, 1, 12)
/** Small keys: what is tried here is not the strength of a signature, and signing is what would take the time. */
const keys = new Map<string, { privateKey: KeyObject; publicPem: string }>()

function keyOf(name: string): { privateKey: KeyObject; publicPem: string } {
  const known = keys.get(name)
  if (known) return known
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const made = { privateKey: createPrivateKey(pair.privateKey), publicPem: pair.publicKey }
  keys.set(name, made)
  return made
}

export async function openFuzzed(seed: number, golden: readonly object[]): Promise<FuzzedInstance> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'burrow-fuzz-'))
  const clock = { at: NOON }
  const now = () => clock.at
  const store = openStore({ folder, now })
  const d = openDomain({ store, now })
  const ownKey = keyOf('ana')
  const ownKeys = {
    rsaPrivatePem: ownKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    rsaPublicPem: ownKey.publicPem,
    ed25519PrivatePem: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ed25519PublicMultibase: 'z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2',
    previousRsaPrivatePem: null,
  }
  nameOwner(d, { name: 'ana', displayName: 'Ana', keys: ownKeys, seal: (plain) => plain })
  chooseOrigin(d, HOME, { trial: false })

  const failures: string[] = []
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (data: object, text: string) => void failures.push(`${text}: ${JSON.stringify(data)}`),
  }
  const network = fuzzedNetwork(seed, golden)
  const timers = new Set<{ at: number; work: () => void }>()
  let serial = 1
  const federation = openFederation({
    domain: d,
    net: network.net,
    keys: () => ownKeys,
    outbox: { enqueue: () => serial++, takeBack: () => 'none' },
    heard: () => undefined,
    plainHttp: () => false,
    sniff,
    version: '0.1.0',
    timers: {
      set(work, ms) {
        const timer = { at: clock.at + ms, work }
        timers.add(timer)
        return timer
      },
      clear: (timer) => void timers.delete(timer as { at: number; work: () => void }),
    },
    log,
  })
  const app = await publicListener({ log, full: () => failures.push('the disk is full'), hosts: () => ['ana.example'] })
  await app.register(federation.publicRoutes)
  await app.register(publicPages({ domain: d }))
  await app.ready()
  federation.start()

  async function settle(): Promise<void> {
    for (const timer of [...timers]) {
      if (timer.at > clock.at) continue
      timers.delete(timer)
      timer.work()
    }
    for (let quiet = 0; quiet < 2; quiet++) {
      await federation.settled()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const people: Fuzzer[] = []
  for (const [host, name] of [
    ['mo.example', 'x'],
    ['evil.example', 'x'],
    ['bob.example', 'x'],
    ['mo.example', 'y'],
  ] as const) {
    people.push(await meet(host, name))
  }
  const ownerId = findOwnerId(d) as number
  const addresses = JSON.stringify(people.map(({ id }) => id))
  const forgive = store.database.prepare(
    'update accounts set suspended_at = null, missing_since = null, moved_to = null where uri in (select value from json_each(?))',
  )
  const unblock = store.database.prepare('delete from blocks where account_id <> ?')
  const forget = store.database.prepare('delete from tombstones where uri in (select value from json_each(?))')
  async function revive(): Promise<void> {
    forget.run(addresses)
    for (const one of people) {
      if (accountIdByUri(d, one.id) === one.accountId) continue
      // A minute of their not being there is remembered.
      clock.at += 10 * 60_000
      const found = await federation.resolver.url(one.id)
      if (found?.kind !== 'account') throw new Error(`${one.id} does not come back`)
      one.accountId = found.id
    }
    forgive.run(addresses)
    unblock.run(ownerId)
    const [friend, , follower] = people
    if (friend && followBetween(d, ownerId, friend.accountId)?.state !== 'accepted') {
      follow(d, friend.accountId)
      receiveAccept(d, { accountId: friend.accountId })
    }
    for (const one of [friend, follower]) {
      if (!one || followBetween(d, one.accountId, ownerId)?.state === 'accepted') continue
      receiveFollow(d, { accountId: one.accountId, uri: `${one.id}#follows/1` })
      if (followBetween(d, one.accountId, ownerId)?.state === 'pending') authorize(d, one.accountId)
    }
    // Whom the owner follows is read a moment later: here, not while something else is tried.
    clock.at += 5_000
    await settle()
  }
  await revive()
  const own = (['public', 'unlisted', 'private', 'direct'] as const).map((visibility) => {
    const { post } = writePost(d, { text: `A ${visibility} post #harbour`, visibility, language: 'en' })
    releasePost(d, post.id, now())
    return `${ANA}/statuses/${post.id}`
  })
  const poll = writePost(d, {
    text: 'Which?',
    visibility: 'public',
    language: 'en',
    poll: { options: ['A', 'B'], multiple: false, expiresIn: 20 * 24 * 3600_000 },
  }).post
  releasePost(d, poll.id, now())
  own.push(`${ANA}/statuses/${poll.id}`)
  await settle()

  async function meet(host: string, name: string): Promise<Fuzzer> {
    const id = `https://${host}/users/${name}`
    const key = keyOf(id)
    const keyId = `${id}#main-key`
    network.serve(id, () => ({
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id,
      type: 'Person',
      preferredUsername: name,
      inbox: `${id}/inbox`,
      outbox: `https://${host}/c/1?page=0`,
      followers: `${id}/followers`,
      featured: `https://${host}/c/2?page=0`,
      publicKey: { id: keyId, owner: id, publicKeyPem: key.publicPem },
    }))
    const links = [{ rel: 'self', type: 'application/activity+json', href: id }]
    network.serve(`https://${host}/.well-known/webfinger?resource=acct%3A${name}%40${host}`, () => ({
      subject: `acct:${name}@${host}`,
      links,
    }))
    const found = await federation.resolver.url(id)
    if (found?.kind !== 'account') throw new Error(`${id} cannot be had`)
    return {
      id,
      accountId: found.id,
      sign(path, body) {
        const input = {
          method: 'POST',
          url: HOME + path,
          body,
          keyId,
          privateKey: key.privateKey,
          date: clock.at,
          headers: { 'content-type': 'application/activity+json' },
        } as const
        return body.length % 2 === 0 ? signCavage(input) : signRfc9421(input)
      },
    }
  }

  const tables = store.database
    .prepare(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and sql not like 'create virtual%' and name not like 'search%'",
    )
    .pluck()
    .all() as string[]
  return Object.assign(d, {
    clock,
    network,
    federation,
    app,
    people,
    own: [...own, ...people.map(({ id }) => id)],
    failures,
    statuses: {},
    revive,
    settle,
    rows: () =>
      Object.fromEntries(tables.map((name) => [name, store.database.prepare(`select count(*) from "${name}"`).pluck().get() as number])),
    async close() {
      await app.close()
      await federation.stop()
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}
