import type { Generated } from 'kysely'
import type { Bit } from './bit.ts'

/** Apps, their tokens, and the pushes they asked for. Tables of `domain` and `push`. */

export interface Apps {
  id: number
  client_id: string
  secret_hash: string
  name: string
  website: string | null
  redirect_uris: string
  scopes: string
  created_at: number
  used_at: number | null
}
export interface Codes {
  hash: string
  app_id: number
  redirect_uri: string
  scopes: string
  challenge: string | null
  created_at: number
  used_at: Generated<number | null>
  token_id: Generated<number | null>
}
export interface Tokens {
  id: number
  hash: string
  app_id: number | null
  kind: 'window' | 'cli' | 'app' | 'client'
  scopes: string
  created_at: number
  used_at: number | null
}
export interface SignInCodes {
  hash: string
  created_at: number
}
export interface Idempotency {
  token_id: number
  key: string
  post_id: number
  at: number
}
/** One per token. `alerts`: JSON of booleans by Mastodon's names. */
export interface PushSubscriptions {
  id: number
  token_id: number
  endpoint: string
  p256dh: string
  auth: string
  /** The token, sealed. */
  access: string
  standard: Generated<Bit>
  alerts: Generated<string>
  policy: Generated<'all' | 'followed' | 'follower' | 'none'>
  failures: Generated<number>
  created_at: number
}
export interface Pushes {
  id: Generated<number>
  subscription_id: number
  notification_id: number
  attempts: Generated<number>
  next_at: number
  created_at: number
}
