import { accountById } from './accounts.ts'
import { AppError } from './errors.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { endOwnFollow, follow, followBetween, other } from './following.ts'
import { addListMembers, listsOf } from './lists.ts'
import { notify } from './notifications.ts'
import { relationship } from './relationships.ts'
import { ownerId, setting } from './rows.ts'
import { setSetting } from './settings.ts'
import { ownUris } from './stored-posts.ts'
import type { Domain } from './domain.ts'
import type { Account } from './types.ts'

/** Moving: others who go to another account, the owner's former selves, and the owner going away (federation.md section 4). */

/** Between two moves of the owner's; Mastodon has the same. */
export const MOVE_PAUSE_MS = 30 * 24 * 3600_000
const MAX_ALIASES = 10

const setMoved = query<{ id: number; moved_to: string | null }>()((p) =>
  build.updateTable('accounts').set({ moved_to: p.moved_to }).where('id', '=', p.id),
)
const setAliases = query<{ id: number; uris: string }>()((p) =>
  build.updateTable('accounts').set({ also_known_as: p.uris }).where('id', '=', p.id),
)
const wishes = query<{ account_id: number; target_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select(['boosts', 'notify', 'languages'])
    .where('account_id', '=', p.account_id)
    .where('target_id', '=', p.target_id),
)

/**
 * Somebody has moved; federation has checked it (signed by the old account about itself, named by the new one, not moved before). The
 * owner's follow goes along with its wishes and lists; what the old account wrote stays at home. A new account that the
 * owner has blocked, or that has moved on itself, is not followed. Returns whether anything changed. Events `moved`, `account-changed`,
 * `unfollowed`, `follow-asked`, `notified`.
 */
export function receiveMove(d: Domain, move: { fromId: number; toId: number }): boolean {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const from = accountById(d, move.fromId)
    const to = accountById(d, move.toId)
    if (!from || from.own || !to || from.id === to.id || to.uri === null) return false
    const followed = followBetween(d, owner, from.id) !== null
    if (from.movedTo === to.uri && !followed) return false
    if (from.movedTo !== to.uri) {
      setMoved.run(d.store, { id: from.id, moved_to: to.uri })
      d.events.append('account-changed', { accountId: from.id })
    }
    d.events.append('moved', { accountId: from.id, targetId: to.id, own: false })
    if (followed) {
      followAlong(d, owner, from, to)
      notify(d, 'move', from.id, null, to.id)
    }
    return true
  })
}

function followAlong(d: Domain, owner: number, from: Account, to: Account): void {
  const wish = wishes.get(d.store, { account_id: owner, target_id: from.id })
  const lists = listsOf(d, from.id)
  endOwnFollow(d, from.id, true, true)
  const { blocking, blockedBy } = relationship(d, to.id)
  if (to.own || blocking || blockedBy || to.movedTo !== null || to.suspendedAt !== null || followBetween(d, owner, to.id)) return
  const languages = wish?.languages ? (JSON.parse(wish.languages) as string[]) : []
  follow(d, to.id, { boosts: wish?.boosts === 1, notify: wish?.notify === 1, languages })
  for (const list of lists) addListMembers(d, list.id, [to.id])
}

/** The uris the owner's account says it is too: what another server asks for before followers come from there. */
export function aliases(d: Domain): string[] {
  return accountById(d, ownerId(d))?.alsoKnownAs ?? []
}

/** Another account is the owner's too, so that its followers may come here. Again: nothing happens. Throws 'invalid'. Event `profile-changed`. */
export function addAlias(d: Domain, uri: string): string[] {
  return d.store.transaction(() => {
    const id = ownerId(d)
    const old = aliases(d)
    if (!/^https?:\/\/\S{1,2000}$/.test(uri) || !URL.canParse(uri) || uri === ownUris(d)?.actor) {
      throw new AppError('invalid', 'That is not the address of another account.', { reason: 'alias-invalid' })
    }
    if (old.includes(uri)) return old
    if (old.length >= MAX_ALIASES) {
      throw new AppError('invalid', `There are ${MAX_ALIASES} other accounts already.`, {
        reason: 'too-many',
        params: { max: MAX_ALIASES },
      })
    }
    return writeAliases(d, id, [...old, uri])
  })
}

/** Throws 'not-found'. Event `profile-changed`. */
export function removeAlias(d: Domain, uri: string): string[] {
  return d.store.transaction(() => {
    const old = aliases(d)
    if (!old.includes(uri)) throw new AppError('not-found', 'There is no such other account.')
    return writeAliases(
      d,
      ownerId(d),
      old.filter((one) => one !== uri),
    )
  })
}

function writeAliases(d: Domain, id: number, uris: string[]): string[] {
  setAliases.run(d.store, { id, uris: JSON.stringify(uris) })
  d.events.append('profile-changed', { accountId: id })
  return uris
}

/** Before when the owner may not move again; null: now. */
export function mayMoveAt(d: Domain): number | null {
  const last = setting(d, 'movedAt')
  const next = typeof last === 'number' ? last + MOVE_PAUSE_MS : 0
  return next > d.now() ? next : null
}

/**
 * The owner goes to another account, which must name this one as its own (the caller has looked): followers are asked to follow there.
 * Throws 'conflict' (`moved-recently`, `no-address`), 'not-found', 'invalid' (oneself, `moved-itself`). Events `moved`, `profile-changed`.
 */
export function moveAway(d: Domain, targetId: number): void {
  d.store.transaction(() => {
    ensureOpen(d)
    const id = ownerId(d)
    other(d, targetId)
    const target = accountById(d, targetId) as Account
    if (ownUris(d) === null) throw new AppError('conflict', 'There is no address yet to move from.', { reason: 'no-address' })
    if (target.uri === null || target.movedTo !== null) {
      throw new AppError('invalid', 'That account has moved on itself.', { reason: 'moved-itself' })
    }
    const next = mayMoveAt(d)
    if (next !== null) {
      throw new AppError('conflict', 'You have moved less than 30 days ago.', { reason: 'moved-recently', params: { at: next } })
    }
    setMoved.run(d.store, { id, moved_to: target.uri })
    setSetting(d, 'movedAt', d.now())
    d.events.append('moved', { accountId: id, targetId, own: true })
    d.events.append('profile-changed', { accountId: id })
  })
}
