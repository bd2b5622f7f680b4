import type { LoopbackTarget } from '../config.ts'
import type { AddressMap } from '../net/index.ts'

/** `--net-map` in the words of the network room: public-looking names that are really answered on loopback. */
export function addressMap(map: Readonly<Record<string, LoopbackTarget>>): AddressMap {
  return Object.fromEntries(
    Object.entries(map).map(([name, { address, port }]) => {
      const host = address.includes(':') ? `[${address}]` : address
      return [name, port === null ? { address } : `${host}:${port}`]
    }),
  )
}

/** Whether a host (with its port, if any) belongs to a private network, where http is spoken: numbers, `localhost`, dotless and mapped names. */
export function isPlainHost(host: string, map: Readonly<Record<string, LoopbackTarget>>): boolean {
  const name = host
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
  const number = /^[\d.]+$/.test(name) || name.includes(':')
  return number || !name.includes('.') || name.endsWith('.localhost') || Object.hasOwn(map, name)
}
