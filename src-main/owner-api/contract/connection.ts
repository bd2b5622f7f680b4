/** How the public address stands. Part of `contract.ts`: types only. */

export type ConnectionState =
  /** No address chosen: nothing federates, everything waits. */
  | 'no-address'
  | 'connecting'
  | 'online'
  /** The network is there, but our public address does not answer with our key. */
  | 'unreachable'
  | 'offline'
  /** The owner's choice: nothing leaves until `nextAttemptAt`. */
  | 'paused'
  | 'action-needed'

export type ConnectionReason =
  'no-network' | 'tunnel-unreachable' | 'tunnel-closed' | 'name-taken' | 'not-answering' | 'wrong-key' | 'clock-skew' | 'disk-full'

export interface Connection {
  state: ConnectionState
  reason: ConnectionReason | null
  since: string
  /** `https://ada.example`, once chosen; never changes afterwards. */
  origin: string | null
  /** `@ada@ada.example` */
  handle: string | null
  tunnel: 'none' | 'localtunnel'
  /** A trial name is not ours for ever, and its operator can read along. Never call it permanent. */
  trial: boolean
  /** The last time our public address answered with our key, or a verified request came in. */
  seenAt: string | null
  nextAttemptAt: string | null
  /** How many outbox items wait. */
  waiting: number
  /** How many outbox items need the owner. */
  failed: number
}
