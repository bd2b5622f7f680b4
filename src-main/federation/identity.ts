import { createPrivateKey } from 'node:crypto'
import { findOwner, origin } from '../domain/owner.ts'
import { parseOwn, uris } from '../domain/uris.ts'
import { signCavageInPool, signRfc9421InPool } from '../signatures/index.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { Account } from '../domain/types.ts'
import type { OwnAddress, Uris } from '../domain/uris.ts'
import type { Sign } from '../net/index.ts'

/** The ways to sign a look-up, in the order they are tried (federation.md 2.1 and 2.2). */
export interface Signers {
  cavage: Sign
  /** For servers that leave the query out when they verify: Fedify does, and GoToSocial tries it second itself. */
  cavageWithoutQuery: Sign
  rfc9421: Sign
}

/** Who we are on the network: addresses and keys, read when the identity changes and kept; nothing before an address is chosen. */
export interface Identity {
  uris: Uris
  accountId: number
  username: string
  keys: OwnerKeys
  /** Signs a look-up as the instance: says nothing of who is reading (federation.md section 2.4). */
  asInstance: Signers
  /** Signs a look-up as the owner: for what only followers may see. */
  asOwner: Signers
  /** What an address on our origin speaks of; null for others and for what is none. */
  own(address: string): OwnAddress | null
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
    return {
      uris: u,
      accountId: account.id,
      username: account.username,
      keys: pair,
      asInstance: signers(u.instanceKey, createPrivateKey(pair.rsaPrivatePem), d.now),
      asOwner: signers(u.mainKey, createPrivateKey(pair.rsaPrivatePem), d.now),
      own: (address) => (address.startsWith(chosen) ? parseOwn(chosen, account.username, address) : null),
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

/** In the thread pool: a signature takes longer than everything else a look-up does here, and a burst of Follows makes thousands. */
function signers(keyId: string, privateKey: KeyObject, now: () => number): Signers {
  const cavage =
    (withoutQuery: boolean): Sign =>
    ({ method, url }) =>
      signCavageInPool({ method, url, keyId, privateKey, date: now(), withoutQuery })
  return {
    cavage: cavage(false),
    cavageWithoutQuery: cavage(true),
    rfc9421: ({ method, url }) => signRfc9421InPool({ method, url, keyId, privateKey, date: now() }),
  }
}
