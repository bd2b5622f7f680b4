import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { endOwnFollow, endTheirFollow, other } from './following.ts'
import { relationship } from './relationships.ts'
import { ownerId } from './rows.ts'
import type { Domain } from './domain.ts'
import type { Relationship } from './types.ts'

/** Blocks both ways, mutes, and the owner's private notes about people. */

export interface Block {
  id: number
  accountId: number
  targetId: number
  uri: string | null
  createdAt: number
}

const byPair = query<{ account_id: number; target_id: number }>()((p) =>
  build.selectFrom('blocks').selectAll().where('account_id', '=', p.account_id).where('target_id', '=', p.target_id),
)
const byId = query<{ id: number }>()((p) => build.selectFrom('blocks').selectAll().where('id', '=', p.id))
const insert = query<{ id: number; account_id: number; target_id: number; uri: string | null; at: number }>()((p) =>
  build.insertInto('blocks').values({ id: p.id, account_id: p.account_id, target_id: p.target_id, uri: p.uri, created_at: p.at }),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('blocks').where('id', '=', p.id))
const forgetNotifications = query<{ account_id: number }>()((p) => build.deleteFrom('notifications').where('account_id', '=', p.account_id))
const putMute = query<{ id: number; target_id: number; notifications: number; expires_at: number | null; at: number }>()((p) =>
  build
    .insertInto('mutes')
    .values({ id: p.id, target_id: p.target_id, notifications: p.notifications, expires_at: p.expires_at, created_at: p.at })
    .onConflict((c) => c.column('target_id').doUpdateSet({ notifications: p.notifications, expires_at: p.expires_at })),
)
const muteRow = query<{ target_id: number }>()((p) => build.selectFrom('mutes').selectAll().where('target_id', '=', p.target_id))
const removeMute = query<{ target_id: number }>()((p) => build.deleteFrom('mutes').where('target_id', '=', p.target_id))
const putNote = query<{ account_id: number; text: string }>()((p) =>
  build
    .insertInto('account_notes')
    .values({ account_id: p.account_id, text: p.text })
    .onConflict((c) => c.column('account_id').doUpdateSet({ text: p.text })),
)
const removeNote = query<{ account_id: number }>()((p) => build.deleteFrom('account_notes').where('account_id', '=', p.account_id))

/** A block by its id. */
export function blockById(d: Domain, id: number): Block | null {
  const row = byId.get(d.store, { id })
  return row ? { id: row.id, accountId: row.account_id, targetId: row.target_id, uri: row.uri, createdAt: row.created_at } : null
}

/**
 * The owner blocks somebody: follows end both ways, what they notified goes. Again: nothing happens. Throws 'not-found', 'invalid'
 * (oneself). Events `blocked`, `unfollowed`, `follow-rejected`.
 */
export function block(d: Domain, targetId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    const owner = ownerId(d)
    other(d, targetId)
    if (!byPair.get(d.store, { account_id: owner, target_id: targetId })) {
      const at = d.now()
      const id = nextId(at)
      endOwnFollow(d, targetId, true)
      endTheirFollow(d, targetId)
      insert.run(d.store, { id, account_id: owner, target_id: targetId, uri: null, at })
      forgetNotifications.run(d.store, { account_id: targetId })
      d.events.append('blocked', { blockId: id, accountId: owner, targetId, own: true })
    }
    return relationship(d, targetId)
  })
}

/** Event `unblocked`. */
export function unblock(d: Domain, targetId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    other(d, targetId)
    drop(d, ownerId(d), targetId, true)
    return relationship(d, targetId)
  })
}

function drop(d: Domain, accountId: number, targetId: number, own: boolean): boolean {
  const row = byPair.get(d.store, { account_id: accountId, target_id: targetId })
  if (!row) return false
  remove.run(d.store, { id: row.id })
  d.events.append('unblocked', { blockId: row.id, accountId, targetId, own })
  return true
}

/** Somebody blocked the owner: follows end both ways, quietly. Returns whether it was new. Events `blocked`, `unfollowed`. */
export function receiveBlock(d: Domain, ask: { accountId: number; uri: string | null }): boolean {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    other(d, ask.accountId)
    if (byPair.get(d.store, { account_id: ask.accountId, target_id: owner })) return false
    const at = d.now()
    const id = nextId(at)
    endOwnFollow(d, ask.accountId, false)
    endTheirFollow(d, ask.accountId, false)
    insert.run(d.store, { id, account_id: ask.accountId, target_id: owner, uri: ask.uri, at })
    d.events.append('blocked', { blockId: id, accountId: ask.accountId, targetId: owner, own: false })
    return true
  })
}

/** Somebody unblocked the owner. Returns whether there was a block. Event `unblocked`. */
export function receiveUnblock(d: Domain, ask: { accountId: number; uri?: string | null }): boolean {
  return d.store.transaction(() => drop(d, ask.accountId, ownerId(d), false))
}

/** Whoever mutes somebody for longer than this means for ever, and so does the clock. */
const FOR_EVER_MS = 100 * 366 * 24 * 3600_000

/**
 * The owner does not want to read somebody for a while or for ever (`durationMs` absent or 0), nor to be told of them unless
 * `notifications` is false. Again: the new wishes count. Throws 'not-found', 'invalid' (oneself). Event `muted`.
 */
export function mute(d: Domain, targetId: number, wishes: { notifications?: boolean; durationMs?: number } = {}): Relationship {
  return d.store.transaction(() => {
    other(d, targetId)
    const at = d.now()
    const old = muteRow.get(d.store, { target_id: targetId })
    const notifications = Number(wishes.notifications ?? true)
    const expiresAt = wishes.durationMs ? at + Math.min(wishes.durationMs, FOR_EVER_MS) : null
    if (!old || old.notifications !== notifications || old.expires_at !== expiresAt) {
      putMute.run(d.store, { id: nextId(at), target_id: targetId, notifications, expires_at: expiresAt, at })
      d.events.append('muted', { targetId })
    }
    return relationship(d, targetId)
  })
}

/** Event `unmuted`. */
export function unmute(d: Domain, targetId: number): Relationship {
  return d.store.transaction(() => {
    other(d, targetId)
    if (removeMute.run(d.store, { target_id: targetId }).changes > 0) d.events.append('unmuted', { targetId })
    return relationship(d, targetId)
  })
}

/** The owner's private note about somebody; '' takes it away. At most 2,000 characters, as on Mastodon. */
export function note(d: Domain, accountId: number, text: string): Relationship {
  return d.store.transaction(() => {
    other(d, accountId)
    const clean = text.trim()
    if (clean.length > 2_000)
      throw new AppError('invalid', 'A note is at most 2000 characters.', { reason: 'too-long', params: { max: 2_000 } })
    if (clean === '') removeNote.run(d.store, { account_id: accountId })
    else putNote.run(d.store, { account_id: accountId, text: clean })
    return relationship(d, accountId)
  })
}
