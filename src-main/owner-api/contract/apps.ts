/** Apps that are let in, and those that ask. Part of `contract.ts`: types only. */

/** Connecting apps. Nothing is asked of the owner outside the ten minutes after they pressed "Connect an app". */
export interface Apps {
  /** Until when apps may ask; null: they may not. */
  openUntil: string | null
  requests: AppRequest[]
  apps: ConnectedApp[]
  /** Where an app finds this home: empty until a switch is on. `url` is what to type or scan. */
  addresses: AppAddress[]
}
export interface AppAddress {
  kind: 'public' | 'lan'
  url: string
  /** The operator of what carries it can read along (a trial's tunnel), or anybody on the network can (no TLS). */
  readable: 'tunnel' | 'network' | null
}
/** An app that asks to be let in. The owner types the code that the waiting page shows: it proves that both are the same person's. */
export interface AppRequest {
  id: string
  name: string
  website: string | null
  /** Where the answer goes: an address, or null when the app shows a code to copy. */
  redirectUri: string | null
  scopes: string[]
  /** Through which door it came. */
  from: 'owner' | 'public' | 'lan'
  askedAt: string
  expiresAt: string
  /** Wrong codes so far; after three it is denied. */
  tries: number
}
export interface ConnectedApp {
  /** Of the token. */
  id: string
  name: string
  website: string | null
  scopes: string[]
  createdAt: string
  lastUsedAt: string | null
  /** Gets notifications pushed. */
  push: boolean
}
