import { findOwner, isTrial, origin, settings } from '../domain/owner.ts'
import { handleOf } from '../domain/uris.ts'
import { iso } from './bodies.ts'
import type { ConnectivityControl } from '../delivery/connectivity.ts'
import type { OutboxView } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { Setup } from './setup.ts'
import type * as contract from './contract.ts'

/** What a window asks first: who lives here, how the connection stands. */

export interface StateParts {
  domain: Domain
  outbox: OutboxView
  connectivity: ConnectivityControl
  version: string
  host: 'desktop' | 'headless'
  /** What carries the traffic now. */
  tunnel: () => 'none' | 'localtunnel'
  /** A name from the system's user name, if it looks like a person's. */
  suggestedName: string | null
}

export function connectionOf(parts: StateParts): contract.Connection {
  const { domain: d, connectivity, outbox } = parts
  const { state, reason, since, seenAt, nextAttemptAt } = connectivity.status()
  const counts = outbox.counts()
  const chosen = origin(d)
  const me = findOwner(d)
  return {
    state,
    reason,
    since: iso(since),
    origin: chosen,
    handle: chosen && me ? handleOf(chosen, me.username) : null,
    tunnel: parts.tunnel(),
    trial: isTrial(d),
    seenAt: seenAt === null ? null : iso(seenAt),
    nextAttemptAt: nextAttemptAt === null ? null : iso(nextAttemptAt),
    ...counts,
  }
}

export function stateOf(parts: StateParts, firstRun: Setup): contract.OwnerState {
  const { domain: d } = parts
  const me = findOwner(d)
  const chosen = origin(d)
  return {
    version: parts.version,
    setup: firstRun.step(),
    suggestedName: me ? null : parts.suggestedName,
    owner: me ? { id: String(me.id), username: me.username, handle: chosen ? handleOf(chosen, me.username) : null } : null,
    connection: connectionOf(parts),
    settings: settings(d),
    host: parts.host,
  }
}
