import { AppError } from '../domain/errors.ts'
import { addressPutOff, chooseOrigin, findOwner, nameOwner, origin, putOffAddress } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { AddressCheck, AddressCheckCode, SetupAddress } from './contract.ts'

/** First run: a name, then an address. What it needs of keys and tunnels comes from `server.ts`. */
export interface SetupPorts {
  generateKeys(): Promise<OwnerKeys>
  seal(plain: string): string
  /** Keys or address are new: everything that depends on them starts over. */
  identityChanged(): void
  /**
   * Opens a trial tunnel and resolves with the origin it was given, e.g. `https://calm-fox-12.loca.lt`. Rejects with AppError
   * 'unavailable' if none could be had in time; nothing is contacted before this is called.
   */
  openTrial(): Promise<string>
  /** Asks that origin over the network whether it leads to this program. */
  checkAddress(origin: string): Promise<AddressCheckCode>
  /** Remembers what carries the traffic. */
  chooseTunnel(tunnel: 'none' | 'localtunnel'): void
  /** `--allow-private-network`: http and ports are fine. */
  allowPrivateNetwork: boolean
}

export interface Setup {
  step(): 'name' | 'address' | 'ready'
  name(name: string, displayName: string | undefined): Promise<void>
  address(choice: SetupAddress): Promise<void>
  /** Looks whether a domain leads here; nothing is chosen by that. */
  check(typed: string): Promise<AddressCheck>
}

export function setup(d: Domain, ports: SetupPorts): Setup {
  // Two clicks on the same button must not make two identities.
  let naming: Promise<void> | null = null
  let addressing: Promise<void> | null = null

  async function take(choice: SetupAddress): Promise<void> {
    if (!findOwner(d)) throw new AppError('conflict', 'Choose a name first.', { reason: 'name-first' })
    const chosen = origin(d)
    if (choice.choice === 'later') {
      if (!chosen) putOffAddress(d)
      return
    }
    if (chosen && choice.choice === 'trial') {
      throw new AppError('conflict', `The address is ${chosen} and cannot be changed.`, {
        reason: 'origin-already-set',
        params: { origin: chosen },
      })
    }
    if (choice.choice === 'own') {
      chooseOrigin(d, ownOrigin(choice.origin, ports.allowPrivateNetwork), { trial: false })
      ports.chooseTunnel('none')
    } else {
      chooseOrigin(d, await ports.openTrial(), { trial: true })
      ports.chooseTunnel('localtunnel')
    }
    ports.identityChanged()
  }

  return {
    step: () => (!findOwner(d) ? 'name' : origin(d) || addressPutOff(d) ? 'ready' : 'address'),
    async name(name, displayName) {
      if (findOwner(d)) throw new AppError('conflict', 'This home has a name already.', { reason: 'already-named' })
      naming ??= ports
        .generateKeys()
        .then((keys) => {
          nameOwner(d, { name, displayName, keys, seal: ports.seal })
          ports.identityChanged()
        })
        .finally(() => {
          naming = null
        })
      await naming
    },
    async check(typed) {
      const wanted = ownOrigin(typed, ports.allowPrivateNetwork)
      return { host: new URL(wanted).host, code: await ports.checkAddress(wanted) }
    },
    async address(choice) {
      addressing ??= take(choice).finally(() => {
        addressing = null
      })
      await addressing
    },
  }
}

/** What people type for a domain, as an origin: `ana.example` is enough. */
function ownOrigin(typed: string, allowPrivateNetwork: boolean): string {
  const text = typed.trim().replace(/\/+$/, '')
  const address = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`
  let url: URL
  try {
    url = new URL(address)
  } catch {
    throw new AppError('invalid', 'An address looks like ana.example.', { reason: 'origin-invalid' })
  }
  const plain = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
  const publicName = url.protocol === 'https:' && url.port === '' && url.hostname.includes('.') && /[a-z]$/i.test(url.hostname)
  if (!plain || !(publicName || allowPrivateNetwork)) {
    throw new AppError('invalid', 'An address looks like ana.example, without anything after the name.', { reason: 'origin-invalid' })
  }
  return url.origin
}
