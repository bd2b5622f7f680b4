import { ownerKeys, findOwner, origin } from '../domain/owner.ts'
import { generateKeys } from '../signatures/index.ts'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { KeyRing } from '../store/keys.ts'

/** The owner's keys, opened once, and the authorities that are ours. */
export interface Identity {
  /** Null before there is a name. Throws StoreError `key-lost` if they cannot be opened. */
  keys(): OwnerKeys | null
  /** `ana.example`, `127.0.0.1:8080`: what a request from outside must be addressed to. Empty before an address is chosen. */
  hosts(): readonly string[]
  seal(plain: string): string
  /** A name or an address has been chosen: looks again. */
  changed(): void
}

/** What a sealed key is for; authenticated with it. */
const CONTEXT = 'owner keys'

export function openIdentity(d: Domain, ring: Pick<KeyRing, 'seal' | 'unseal'>): Identity {
  let keys: OwnerKeys | null = null
  let hosts: readonly string[] | null = null
  return {
    keys() {
      if (!keys && findOwner(d)) keys = ownerKeys(d, (sealed) => ring.unseal(sealed, CONTEXT).toString('utf8'))
      return keys
    },
    hosts() {
      if (!hosts) {
        const chosen = origin(d)
        hosts = chosen ? [new URL(chosen).host] : []
      }
      return hosts
    },
    seal: (plain) => ring.seal(plain, CONTEXT),
    changed() {
      keys = null
      hosts = null
    },
  }
}

/** A fresh pair of pairs, in the words of the domain. */
export async function makeOwnerKeys(): Promise<OwnerKeys> {
  const { rsa, ed25519 } = await generateKeys()
  return {
    rsaPrivatePem: rsa.privatePem,
    rsaPublicPem: rsa.publicPem,
    ed25519PrivatePem: ed25519.privatePem,
    ed25519PublicMultibase: ed25519.publicMultibase,
  }
}
