import { keyByUri, saveKey } from '../domain/accounts.ts'
import { NetError } from '../net/index.ts'
import { readPublicKey } from '../signatures/index.ts'
import { keysOf } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, text } from './mapping/read.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { Budget, Remote } from './remote.ts'
import type { Json } from './mapping/read.ts'

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
/** `gone`: its server says there is no such key or actor. `later`: its server cannot be reached now. `refused`: it does not hold together. */
export type KeyAnswer = VerifiedKey | 'gone' | 'later' | 'refused'

export interface Keys {
  /** From memory or the database; null: has to be fetched. */
  known(keyId: string): VerifiedKey | null
  fetch(keyId: string, spend: Budget): Promise<KeyAnswer>
  /** Whether a key may be fetched again because a signature did not verify: once in five minutes per key. */
  mayRefetch(key: VerifiedKey): boolean
}

/** A KeyObject is 28 µs to use and 53 µs to parse: the busiest ones stay in memory. */
const IN_MEMORY = 5_000
const REFETCH_MS = 5 * 60_000
/** Key ids that led nowhere (rule 29). */
const NEGATIVE_MS = 5 * 60_000

export function openKeys(parts: { domain: Domain; remote: Remote; log: Log }): Keys {
  const { domain: d, remote, log } = parts
  const memory = new Map<string, VerifiedKey>()
  const negative = new Map<string, { at: number; answer: 'gone' | 'refused' }>()
  const pending = new Map<string, Promise<KeyAnswer>>()

  const remember = (key: VerifiedKey): VerifiedKey => {
    memory.delete(key.id)
    if (memory.size >= IN_MEMORY) memory.delete(memory.keys().next().value as string)
    memory.set(key.id, key)
    return key
  }

  async function fetchKey(keyId: string, spend: Budget): Promise<KeyAnswer> {
    try {
      const address = keyId.split('#')[0] as string
      const document = await remote.document(address, spend)
      if (!document) return 'gone'
      let actor: Json | null = document
      if (!isActor(document)) {
        // GoToSocial's stub (an actor with nothing but the key) or a bare key: the owner's own document decides.
        const key = keyIn(document, keyId)
        const owner = key && idOf(key.owner)
        if (!owner || hostOf(owner) !== hostOf(keyId)) return 'refused'
        actor = await remote.document(owner, spend)
        if (!actor) return 'gone'
      }
      const owner = idOf(actor) as string
      const key = keysOf(actor).find((one) => one.id === keyId) ?? (keyId === owner ? keysOf(actor)[0] : undefined)
      const object = key && readPublicKey(key.pem)
      if (!key || !object || hostOf(owner) !== hostOf(keyId)) return 'refused'
      saveKey(d, { id: keyId, accountUri: owner, pem: key.pem })
      return remember({ id: keyId, owner, object, fetchedAt: d.now() })
    } catch (error) {
      if (error instanceof NetError && error.code === 'http-status' && error.status === 410) return 'gone'
      const policy =
        error instanceof NetError && (error.code === 'refused-url' || error.code === 'refused-address' || error.code === 'type')
      log.info({ keyId, error: (error as Error).message }, 'a key could not be fetched')
      return policy ? 'refused' : 'later'
    }
  }

  return {
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
      const started = fetchKey(keyId, spend)
        .then((answer) => {
          if (answer === 'gone' || answer === 'refused') {
            if (negative.size > 10_000) negative.clear()
            negative.set(keyId, { at: d.now(), answer })
          }
          return answer
        })
        .finally(() => pending.delete(keyId))
      pending.set(keyId, started)
      return started
    },
    mayRefetch: (key) => d.now() - key.fetchedAt > REFETCH_MS,
  }
}

const isActor = (document: Json) => typeof document.inbox === 'string' || isObject(document.inbox)

function keyIn(document: Json, keyId: string): Json | null {
  if (idOf(document) === keyId && text(document.publicKeyPem, 10_000)) return document
  const listed = list(document.publicKey, 4).filter(isObject)
  return listed.find((key) => idOf(key) === keyId) ?? null
}
