import { isTrial, origin, settings } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'
import type { AppAddress } from '../owner-api/contract.ts'

/** By which doors apps come in: the owner's switches, read at every request, so that they hold from the moment they are turned. */
export interface Doors {
  /** Whether the client API is served on the public listener. */
  publicApi(): boolean
  /** Where apps find this home now. */
  addresses(): AppAddress[]
}

export interface DoorParts {
  domain: Domain
  /** `--public-api`: on, whatever the switch says. */
  publicApi: boolean
  /** What carries the traffic of the public address. */
  tunnel: () => 'none' | 'localtunnel'
}

export function openDoors({ domain: d, publicApi: always, tunnel }: DoorParts): Doors {
  const publicApi = () => always || settings(d).publicApi
  return {
    publicApi,
    addresses() {
      const url = origin(d)
      // TLS of a tunnel ends at its operator, who reads everything that passes, tokens included (rule 46).
      const readable = tunnel() === 'localtunnel' || isTrial(d) ? 'tunnel' : null
      return publicApi() && url ? [{ kind: 'public', url, readable }] : []
    },
  }
}
