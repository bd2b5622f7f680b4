import { createPrivateKey } from 'node:crypto'
import { findOwner, origin } from '../domain/owner.ts'
import { uris } from '../domain/uris.ts'
import { signCavage } from '../signatures/index.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { Account } from '../domain/types.ts'
import type { Uris } from '../domain/uris.ts'
import type { Sign } from '../net/index.ts'

/** Who we are on the network: addresses and keys, read when the identity changes and kept; nothing before an address is chosen. */
export interface Identity {
  uris: Uris
  accountId: number
  keys: OwnerKeys
  /** Signs a look-up as the instance: says nothing of who is reading (federation.md section 2.4). */
  asInstance: Sign
  /** Signs as the owner: for what only followers may fetch. */
  asOwner: Sign
}

export interface IdentityHolder {
  /** Null until there is a name and an address. */
  current(): Identity | null
  /** The owner, fresh from the database. */
  owner(): Account | null
  /** Reads everything again with the next use. */
  changed(): void
}

export function identityHolder(d: Domain, keys: () => OwnerKeys | null): IdentityHolder {
  let held: Identity | null = null
  const read = (): Identity | null => {
    const account = findOwner(d)
    const chosen = origin(d)
    const pair = account && chosen ? keys() : null
    if (!account || !chosen || !pair) return null
    const u = uris(chosen, account.username)
    const privateKey = createPrivateKey(pair.rsaPrivatePem)
    return {
      uris: u,
      accountId: account.id,
      keys: pair,
      asInstance: signer(u.instanceKey, privateKey, d.now),
      asOwner: signer(u.mainKey, privateKey, d.now),
    }
  }
  return {
    current: () => (held ??= read()),
    owner: () => findOwner(d),
    changed() {
      held = null
    },
  }
}

const signer =
  (keyId: string, privateKey: KeyObject, now: () => number): Sign =>
  (request) =>
    signCavage({
      method: request.method,
      url: request.url,
      ...(request.body ? { body: request.body } : {}),
      keyId,
      privateKey,
      date: now(),
    })
