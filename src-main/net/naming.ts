import { isIP } from 'node:net'
import { addressBytes } from './address.ts'
import type { Dial } from './connector.ts'
import type { Lookup, ResolvedAddress } from './resolver.ts'

/**
 * Names that are answered and dialled elsewhere, as plain data for worker threads. Keys are `host`, `host:port` or `*.suffix`; values
 * say what DNS "answers" (`address`, which the address policy judges like any other) and where the connection really goes (`dial`,
 * `address:port`). A bare string is a `dial` behind a public-looking address, 93.184.216.34. Without `dial` nothing is redirected.
 *
 *     { 'mo.example': '127.0.0.1:4001', 'evil.example': { address: '10.0.0.1', dial: '127.0.0.1:4001' } }
 */
export type AddressMap = Readonly<Record<string, string | { address: string | readonly string[]; dial?: string }>>

export interface NameMap {
  /** What the map answers for a name, null when it does not know it. */
  addresses(host: string): ResolvedAddress[] | null
  dial(target: Parameters<Dial>[0]): ReturnType<Dial> | null
}

const publicLooking = '93.184.216.34'

export function createMap(map: AddressMap): NameMap {
  const entryFor = (host: string, port?: number): { addresses: readonly string[]; dial?: string } | null => {
    const name = host.toLowerCase()
    const keys = [`${name}:${port}`, name]
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) keys.push(`*${name.slice(dot)}`)
    if (port === undefined) keys.push(...Object.keys(map).filter((key) => key.startsWith(`${name}:`)))
    const key = keys.find((candidate) => Object.hasOwn(map, candidate))
    if (key === undefined) return null
    const entry = map[key]!
    if (typeof entry === 'string') return { addresses: [publicLooking], dial: entry }
    return { addresses: typeof entry.address === 'string' ? [entry.address] : entry.address, dial: entry.dial }
  }
  return {
    addresses(host) {
      const entry = entryFor(host)
      return entry && entry.addresses.map((address) => ({ address, family: addressBytes(address)?.length === 16 ? 6 : 4 }))
    },
    dial({ host, port }) {
      const dial = entryFor(host, port)?.dial
      if (dial === undefined) return null
      const colon = dial.lastIndexOf(':')
      return { address: dial.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(dial.slice(colon + 1)) }
    },
  }
}

/** The lookup in front of DNS: the map, then `*.localhost` as 127.0.0.1 where private networks are allowed. */
export function ownNames(options: { map: NameMap; allowPrivateNetwork: boolean; lookup: Lookup }): Lookup {
  return (host) => {
    const mapped = options.map.addresses(host)
    if (mapped) return Promise.resolve(mapped)
    const local = host === 'localhost' || host.endsWith('.localhost')
    if (local && options.allowPrivateNetwork && isIP(host) === 0) return Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    return options.lookup(host)
  }
}
