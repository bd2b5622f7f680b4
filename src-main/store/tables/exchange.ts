import type { Generated } from 'kysely'
import type { Bit } from './bit.ts'

/** What comes in and goes out. Tables of `federation` (the first six) and `delivery`. */

/** Ids of activities already handled: a repeat is a no-op. */
export interface Seen {
  uri: string
  at: number
}
export interface Tombstones {
  uri: string
  own: Generated<Bit>
  former_type: string | null
  at: number
  by_uri: string | null
}
/** What was answered with 202 and still has to be handled: verified bodies, and parked ones whose key could not be had yet. */
export interface Inbound {
  id: Generated<number>
  state: 'verified' | 'parked'
  host: string
  actor: string | null
  target: string | null
  headers: string | null
  body: Uint8Array
  attempts: Generated<number>
  next_at: number
  received_at: number
}
export interface Servers {
  host: string
  software: string | null
  version: string | null
  checked_at: Generated<number>
  failures: Generated<number>
  next_at: Generated<number>
}
export interface Catchups {
  id: number
  away_since: number
  back_at: number
  state: 'running' | 'done' | 'stopped'
  posts: Generated<number>
  report: Generated<string>
  finished_at: number | null
}
export interface CatchupTasks {
  id: Generated<number>
  catchup_id: number
  kind: 'outbox' | 'pins' | 'thread' | 'follow'
  subject: number
  host: string
  state: Generated<'waiting' | 'done' | 'failed'>
  attempts: Generated<number>
  next_at: Generated<number>
  found: Generated<number>
  error: string | null
}
/** One activity on its way out. `subject` is what federation needs to render it; `body` is filled when it is released. */
export interface Outgoing {
  id: number
  uri: string | null
  kind: string
  state: 'waiting' | 'sending' | 'failed' | 'sent'
  subject: Generated<string>
  object_key: string
  post_id: number | null
  account_id: number | null
  body: string | null
  total: Generated<number>
  delivered: Generated<number>
  failed: Generated<number>
  attempts: Generated<number>
  next_at: Generated<number>
  error: string | null
  created_at: number
  sent_at: number | null
  signer: Generated<'owner' | 'previous' | 'instance'>
  synchronize: Generated<Bit>
  hosts: string | null
  approved: Generated<Bit>
}
/** One row per activity and distinct inbox; gone once delivered. */
export interface Deliveries {
  id: Generated<number>
  outgoing_id: number
  inbox: string
  host: string
  object_key: string
  attempts: Generated<number>
  next_at: number
  error: string | null
  status: number | null
  failed_at: number | null
  waited: Generated<number>
}
export interface Hosts {
  host: string
  failures: Generated<number>
  first_failure_at: number | null
  open_until: number | null
  scheme: string | null
  scheme_at: number | null
  last_success_at: number | null
  updated_at: number
  delivered: Generated<number>
  last_status: number | null
  last_error: string | null
  last_failure_at: number | null
}
/** Inboxes that say 404 or 410 or that redirect, since when, and when last. */
export interface Suspects {
  inbox: string
  status: number
  since: number
  seen_at: number
  people: string | null
}
