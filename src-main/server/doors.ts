import { isTrial, origin, settings } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'
import type { AppAddress } from '../owner-api/contract.ts'
import type { Lan } from './lan.ts'

/** By which doors apps come in: the owner's switches, read at every request, so that they hold from the moment they are turned. */
export interface Doors {
  /** Whether the client API is served on the public listener. */
  publicApi(): boolean
  lanApi(): boolean
  /** Where apps find this home now. */
  addresses(): AppAddress[]
  /** Hears that they are others. Returns the way to stop. */
  onChange(listen: () => void): () => void
  /** Follows the switches from now on. */
  start(lan: Lan): void
  /** The addresses of this machine are others than before. */
  networkChanged(): void
  stop(): Promise<void>
}

export interface DoorParts {
  domain: Domain
  /** `--public-api`: on, whatever the switch says. */
  publicApi: boolean
  /** What carries the traffic of the public address. */
  tunnel: () => 'none' | 'localtunnel'
}

export function openDoors({ domain: d, publicApi: always, tunnel }: DoorParts): Doors {
  const listeners = new Set<() => void>()
  let lan: Lan | null = null
  let off: (() => void) | null = null

  const publicApi = () => always || settings(d).publicApi
  const lanApi = () => settings(d).lanApi
  const tell = () => {
    for (const listen of listeners) listen()
  }
  return {
    publicApi,
    lanApi,
    addresses() {
      const url = origin(d)
      // TLS of a tunnel ends at its operator, who reads everything that passes, tokens included (rule 46).
      const readable = tunnel() === 'localtunnel' || isTrial(d) ? 'tunnel' : null
      return [
        ...(publicApi() && url ? [{ kind: 'public' as const, url, readable } as const] : []),
        ...(lan?.addresses() ?? []).map((address) => ({ kind: 'lan' as const, url: address, readable: 'network' as const })),
      ]
    },
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    start(opened) {
      lan = opened
      const follow = () => void opened.set(lanApi()).then(tell)
      off = d.events.listen((event) => {
        if (event.type === 'settings-changed') follow()
        else if (event.type === 'origin-chosen') tell()
      })
      if (lanApi()) follow()
    },
    networkChanged: tell,
    async stop() {
      off?.()
      await lan?.set(false)
    },
  }
}
