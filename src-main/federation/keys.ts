import { accountIdByUri, keyByUri, saveKey } from '../domain/accounts.ts'
import { NetError } from '../net/index.ts'
import { readPublicKey } from '../signatures/index.ts'
import { keysOf } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, text } from './mapping/read.ts'
import { domainOf, openBuckets } from './buckets.ts'
import { isActor } from './remote.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { Budget } from './fetching.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'

/**
 * Public keys of others (federation.md section 2.3). A key counts only if it and its owner name each other on one host; it comes from
 * its own address, never from a body that was sent to us (rule 7).
 */

/** A key and the actor it belongs to: the only thing an inbox may act for. */
export interface VerifiedKey {
  id: string
  owner: string
  object: KeyObject
  fetchedAt: number
}
/**
 * `gone`: its server says there is no such key or actor. `later`: its server cannot be reached now. `refused`: it does not hold together.
 * `flood`: too many unknown keys of its domain.
 */
export type KeyAnswer = VerifiedKey | 'gone' | 'later' | 'refused' | 'flood'

export interface Keys {
  /** From memory or the database; null: has to be fetched. */
  known(keyId: string): VerifiedKey | null
  /** Never throws. One fetch per key at a time; what led nowhere is remembered for five minutes, a dead host for half a minute. */
  fetch(keyId: string, spend: Budget): Promise<KeyAnswer>
  /** Whether a key may be fetched again because a signature did not verify: once in five minutes per key. Asking counts. */
  mayRefetch(key: VerifiedKey): boolean
  /** Drops what is in memory of an actor's keys: the database has newer ones, or none. */
  forget(owner: string): void
}

/** A KeyObject is 28 µs to use and 53 µs to parse: the busiest ones stay in memory. */
const IN_MEMORY = 5_000
const REFETCH_MS = 5 * 60_000
/** Key ids that led nowhere (rule 29). */
const NEGATIVE_MS = 5 * 60_000
/** A host that did not answer is left alone so long: what it sends meanwhile is kept, not refused. */
const DOWN_MS = 30_000
/** Keys of one host being fetched at once: beyond that the others' requests are kept for later. */
const PER_HOST = 64
const REMEMBERED = 10_000
/**
 * Unknown keys of one registered domain, whatever its sub-domains are called: so many at once and a day; one that leads nowhere counts
 * for many. Beyond that its requests are to come again later.
 */
const PER_DOMAIN = { capacity: 30_000, perSecond: 30_000 / (24 * 3600), remembered: REMEMBERED }
const FAILURE_COST = 50

export function openKeys(parts: { domain: Domain; remote: Remote; log: Log }): Keys {
  const { domain: d, remote, log } = parts
  const memory = new Map<string, VerifiedKey>()
  const negative = new Map<string, { at: number; answer: 'gone' | 'refused' }>()
  const refetched = new Map<string, number>()
  const down = new Map<string, number>()
  const underWay = new Map<string, number>()
  const pending = new Map<string, Promise<KeyAnswer>>()
  const domains = openBuckets(PER_DOMAIN)

  const remember = (key: VerifiedKey): VerifiedKey => {
    memory.delete(key.id)
    if (memory.size >= IN_MEMORY) memory.delete(memory.keys().next().value as string)
    memory.set(key.id, key)
    return key
  }
  const forget = (owner: string) => {
    for (const key of memory.values()) if (key.owner === owner) memory.delete(key.id)
  }
  remote.onActor(forget)

  async function fetchKey(keyId: string, spend: Budget): Promise<KeyAnswer> {
    try {
      const fetched = await remote.document(keyId.split('#')[0] as string, spend)
      if (typeof fetched === 'string') return 'gone'
      let actor = fetched.json
      if (!isActor(actor)) {
        // A bare key: the owner's own document decides.
        const key = keyIn(actor, keyId)
        const owner = key && idOf(key.owner)
        if (!owner || hostOf(owner) !== hostOf(keyId)) return 'refused'
        const second = await remote.document(owner, spend)
        if (typeof second === 'string') return 'gone'
        if (idOf(second.json) !== owner || !isActor(second.json)) return 'refused'
        actor = second.json
      }
      const owner = idOf(actor) as string
      const listed = keysOf(actor)
      const key = listed.find((one) => one.id === keyId) ?? (keyId === owner ? listed[0] : undefined)
      const object = key && readPublicKey(key.pem)
      if (!key || !object || hostOf(owner) !== hostOf(keyId)) return 'refused'
      // Strangers' keys stay in memory: whoever becomes somebody here brings the key along (rule 40).
      if (accountIdByUri(d, owner) !== null) saveKey(d, { id: keyId, accountUri: owner, pem: key.pem })
      return remember({ id: keyId, owner, object, fetchedAt: d.now() })
    } catch (error) {
      log.info({ keyId, error: (error as Error).message }, 'a key could not be fetched')
      if (!(error instanceof NetError)) return 'later'
      if (NEVER.has(error.code)) return 'refused'
      if (error.code === 'http-status' && error.status !== null && error.status < 500 && !error.retryable) return 'refused'
      if (!error.ours) bounded(down).set(hostOf(keyId), d.now() + DOWN_MS)
      return 'later'
    }
  }

  return {
    forget,
    known(keyId) {
      const held = memory.get(keyId)
      if (held) return held
      const row = keyByUri(d, keyId)
      const object = row && readPublicKey(row.pem)
      return row && object ? remember({ id: keyId, owner: row.accountUri, object, fetchedAt: row.fetchedAt }) : null
    },
    async fetch(keyId, spend) {
      const no = negative.get(keyId)
      if (no && d.now() - no.at < NEGATIVE_MS) return no.answer
      const running = pending.get(keyId)
      if (running) return running
      const host = hostOf(keyId)
      const busy = underWay.get(host) ?? 0
      if ((down.get(host) ?? 0) > d.now() || busy >= PER_HOST) return 'later'
      if (domains.take(domainOf(host), d.now()) > 0) return 'flood'
      underWay.set(host, busy + 1)
      const started = fetchKey(keyId, spend)
        .then((answer) => {
          if (answer === 'gone' || answer === 'refused') {
            bounded(negative).set(keyId, { at: d.now(), answer })
            domains.take(domainOf(host), d.now(), FAILURE_COST)
          }
          return answer
        })
        .finally(() => {
          pending.delete(keyId)
          const left = (underWay.get(host) ?? 1) - 1
          if (left > 0) underWay.set(host, left)
          else underWay.delete(host)
        })
      pending.set(keyId, started)
      return started
    },
    mayRefetch(key) {
      const last = Math.max(key.fetchedAt, refetched.get(key.id) ?? 0)
      if (d.now() - last <= REFETCH_MS) return false
      bounded(refetched).set(key.id, d.now())
      return true
    },
  }
}

/** Failures that say the key is not to be had there, not that its server is away. */
const NEVER = new Set<NetError['code']>([
  'refused-url',
  'refused-address',
  'type',
  'redirect',
  'json',
  'too-large',
  'too-deep',
  'forbidden-key',
  'encoding',
])

function bounded<T>(map: Map<string, T>): Map<string, T> {
  if (map.size >= REMEMBERED) map.clear()
  return map
}

function keyIn(document: Json, keyId: string): Json | null {
  if (idOf(document) === keyId && text(document.publicKeyPem, 10_000)) return document
  const listed = list(document.publicKey, 4).filter(isObject)
  return listed.find((key) => idOf(key) === keyId) ?? null
}
