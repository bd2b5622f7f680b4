import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { isDomainBlocked } from './blocked-domains.ts'
import { unendorse } from './endorsements.ts'
import { languageCodes } from './languages.ts'
import { leaveLists } from './lists.ts'
import { notify, unnotify } from './notifications.ts'
import { relationship } from './relationships.ts'
import { ownerId } from './rows.ts'
import { ownUris } from './stored-posts.ts'
import { parseId } from './uris.ts'
import type { Domain } from './domain.ts'
import type { Relationship } from './types.ts'

/** Following, both ways. A row per pair; pending until the other side (or the owner) has said yes. */

export interface Follow {
  id: number
  accountId: number
  targetId: number
  state: 'pending' | 'accepted'
  /** As the follower's server named it; null for the owner's own. */
  uri: string | null
  createdAt: number
}

const byPair = query<{ account_id: number; target_id: number }>()((p) =>
  build.selectFrom('follows').selectAll().where('account_id', '=', p.account_id).where('target_id', '=', p.target_id),
)
const byId = query<{ id: number }>()((p) => build.selectFrom('follows').selectAll().where('id', '=', p.id))
const insert = query<{
  id: number
  account_id: number
  target_id: number
  state: 'pending' | 'accepted'
  uri: string | null
  boosts: number
  notify: number
  languages: string | null
  at: number
  accepted_at: number | null
}>()((p) =>
  build.insertInto('follows').values({
    id: p.id,
    account_id: p.account_id,
    target_id: p.target_id,
    state: p.state,
    uri: p.uri,
    boosts: p.boosts,
    notify: p.notify,
    languages: p.languages,
    created_at: p.at,
    accepted_at: p.accepted_at,
  }),
)
const tune = query<{ id: number; boosts: number; notify: number; languages: string | null }>()((p) =>
  build.updateTable('follows').set({ boosts: p.boosts, notify: p.notify, languages: p.languages }).where('id', '=', p.id),
)
const rename = query<{ id: number; uri: string | null }>()((p) => build.updateTable('follows').set({ uri: p.uri }).where('id', '=', p.id))
const accept = query<{ id: number; at: number }>()((p) =>
  build.updateTable('follows').set({ state: 'accepted', accepted_at: p.at }).where('id', '=', p.id),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('follows').where('id', '=', p.id))
const addFollowers = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('accounts')
    .set((e) => ({ followers_count: e('followers_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const addFollowing = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('accounts')
    .set((e) => ({ following_count: e('following_count', '+', p.by) }))
    .where('id', '=', p.id),
)
const leaveHome = query<{ account_id: number }>()((p) =>
  build.deleteFrom('home').where('post_id', 'in', build.selectFrom('posts').select('id').where('account_id', '=', p.account_id)),
)
const account = query<{ id: number }>()((p) =>
  build.selectFrom('accounts').select(['id', 'own', 'uri', 'domain', 'locked', 'moved_to', 'suspended_at']).where('id', '=', p.id),
)
const blockBetween = query<{ a: number; b: number }>()((p) =>
  build
    .selectFrom('blocks')
    .select(['account_id', 'target_id'])
    .where((e) =>
      e.or([e.and([e('account_id', '=', p.a), e('target_id', '=', p.b)]), e.and([e('account_id', '=', p.b), e('target_id', '=', p.a)])]),
    ),
)

type Row = NonNullable<ReturnType<typeof byId.get>>

/** A follow by its id, as its own address names it. */
export function followById(d: Domain, id: number): Follow | null {
  const row = byId.get(d.store, { id })
  return row ? toFollow(row) : null
}

/** The follow between two accounts, if there is one. */
export function followBetween(d: Domain, accountId: number, targetId: number): Follow | null {
  const row = byPair.get(d.store, { account_id: accountId, target_id: targetId })
  return row ? toFollow(row) : null
}

const toFollow = (row: Row): Follow => ({
  id: row.id,
  accountId: row.account_id,
  targetId: row.target_id,
  state: row.state,
  uri: row.uri,
  createdAt: row.created_at,
})

/** Somebody other than the owner, or 'not-found'. */
export function other(d: Domain, id: number): { id: number; uri: string | null } {
  const row = account.get(d.store, { id })
  if (!row) throw new AppError('not-found', 'This account is not known here.')
  if (row.own === 1) throw new AppError('invalid', 'That is you.', { reason: 'yourself' })
  return row
}

/** `boosts`: those too at home; `notify`: a notification for every post; `languages`: only posts in these come home (none named: all). */
export interface FollowWishes {
  boosts?: boolean
  notify?: boolean
  languages?: readonly string[]
}

/**
 * The owner asks to follow somebody; pending until they say yes. When it is so already, only the wishes change. Throws 'not-found', 'invalid'
 * (oneself, `language-invalid`), 'forbidden' (a block between the two, moved away). Event `follow-asked`.
 */
export function follow(d: Domain, targetId: number, wishes: FollowWishes = {}): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    const owner = ownerId(d)
    other(d, targetId)
    const languages = languagesFrom(wishes.languages)
    const old = byPair.get(d.store, { account_id: owner, target_id: targetId })
    if (old) {
      tune.run(d.store, {
        id: old.id,
        boosts: wishes.boosts === undefined ? old.boosts : Number(wishes.boosts),
        notify: wishes.notify === undefined ? old.notify : Number(wishes.notify),
        languages: languages === undefined ? old.languages : languages,
      })
      return relationship(d, targetId)
    }
    const target = account.get(d.store, { id: targetId })
    const blocks = blockBetween.all(d.store, { a: owner, b: targetId })
    if (blocks.some((block) => block.account_id === owner)) {
      throw new AppError('forbidden', 'You have blocked this account. Unblock it first.', { reason: 'blocked-by-you' })
    }
    if (blocks.length > 0) throw new AppError('forbidden', 'This account does not let you follow it.', { reason: 'blocked-by-them' })
    if (target && isDomainBlocked(d, target.domain)) {
      throw new AppError('forbidden', 'You have blocked the server of this account. Unblock it first.', { reason: 'domain-blocked' })
    }
    if (target?.moved_to) throw new AppError('forbidden', 'This account has moved. Follow the new one.', { reason: 'moved' })
    const at = d.now()
    const id = nextId(at)
    insert.run(d.store, {
      id,
      account_id: owner,
      target_id: targetId,
      state: 'pending',
      uri: null,
      boosts: Number(wishes.boosts ?? true),
      notify: Number(wishes.notify ?? false),
      languages: languages ?? null,
      at,
      accepted_at: null,
    })
    d.events.append('follow-asked', { followId: id, accountId: owner, targetId, own: true })
    return relationship(d, targetId)
  })
}

/** As it is kept; undefined: nothing was said. */
function languagesFrom(codes: readonly string[] | undefined): string | null | undefined {
  if (codes === undefined) return undefined
  const kept = languageCodes(codes)
  if (kept === null) throw new AppError('invalid', 'Languages are named by their codes, like "en".', { reason: 'language-invalid' })
  return kept.length === 0 ? null : JSON.stringify(kept)
}

/** The owner follows no more (or asks no more); their posts leave home, they leave every list and the owner's profile. Without a follow nothing happens. Event `unfollowed`. */
export function unfollow(d: Domain, targetId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    other(d, targetId)
    endOwnFollow(d, targetId, true)
    return relationship(d, targetId)
  })
}

/**
 * Ends the owner's follow of somebody, whoever wanted it. `told`: whether the other side has to hear of it. `keepHome`: what they wrote
 * stays at home (they have moved).
 */
export function endOwnFollow(d: Domain, targetId: number, told: boolean, keepHome = false): boolean {
  const owner = ownerId(d)
  const row = byPair.get(d.store, { account_id: owner, target_id: targetId })
  if (!row) return false
  remove.run(d.store, { id: row.id })
  if (row.state === 'accepted') addFollowing.run(d.store, { id: owner, by: -1 })
  leaveLists(d, targetId)
  unendorse(d, targetId)
  if (!keepHome) leaveHome.run(d.store, { account_id: targetId })
  const uri = ownUris(d)?.follow(row.id) ?? null
  d.events.append('unfollowed', { followId: row.id, accountId: owner, targetId, own: told, uri })
  return true
}

/** Ends somebody's follow of the owner. `told`: by the owner's wish, so a Reject goes out. Events `follow-rejected` or `unfollowed`. */
export function endTheirFollow(d: Domain, accountId: number, told = true): boolean {
  const owner = ownerId(d)
  const row = byPair.get(d.store, { account_id: accountId, target_id: owner })
  if (!row) return false
  dropTheirs(d, row)
  d.events.append(told ? 'follow-rejected' : 'unfollowed', { followId: row.id, accountId, targetId: owner, own: told, uri: row.uri })
  return true
}

function dropTheirs(d: Domain, row: Row): void {
  remove.run(d.store, { id: row.id })
  if (row.state === 'accepted') addFollowers.run(d.store, { id: row.target_id, by: -1 })
  unnotify(d, 'follow', row.account_id, null)
  unnotify(d, 'follow-request', row.account_id, null)
}

/** The owner does not want somebody as a follower any more. Without a follow nothing happens. Event `follow-rejected`. */
export function removeFollower(d: Domain, accountId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    other(d, accountId)
    endTheirFollow(d, accountId)
    return relationship(d, accountId)
  })
}

/**
 * Somebody asks to follow the owner. 'accepted' at once, or 'pending' if the owner wants to be asked; a follower who asks again is
 * accepted again (their server forgot), with the new name of the follow. 'ignored': blocked, their server too, or suspended. The uri
 * is no proof of a repeat: Misskey names every follow of a pair alike. Events `follow-asked` or `follow-accepted`, `notified`.
 */
export function receiveFollow(d: Domain, ask: { accountId: number; uri: string | null }): 'accepted' | 'pending' | 'ignored' {
  return d.store.transaction(() => {
    const { accountId, uri } = ask
    const owner = ownerId(d)
    const follower = account.get(d.store, { id: accountId })
    if (!follower || follower.own === 1 || follower.suspended_at !== null) return 'ignored'
    if (blockBetween.all(d.store, { a: owner, b: accountId }).some((block) => block.account_id === owner)) return 'ignored'
    if (isDomainBlocked(d, follower.domain)) return 'ignored'
    const old = byPair.get(d.store, { account_id: accountId, target_id: owner })
    if (old) {
      if (old.uri !== uri) rename.run(d.store, { id: old.id, uri })
      if (old.state === 'pending') return 'pending'
      d.events.append('follow-accepted', { followId: old.id, accountId, targetId: owner, own: true, uri })
      return 'accepted'
    }
    const at = d.now()
    const id = nextId(at)
    const state = account.get(d.store, { id: owner })?.locked === 1 ? 'pending' : 'accepted'
    insert.run(d.store, {
      id,
      account_id: accountId,
      target_id: owner,
      state,
      uri,
      boosts: 1,
      notify: 0,
      languages: null,
      at,
      accepted_at: state === 'accepted' ? at : null,
    })
    if (state === 'pending') {
      d.events.append('follow-asked', { followId: id, accountId, targetId: owner, own: false })
      notify(d, 'follow-request', accountId, null)
    } else {
      addFollowers.run(d.store, { id: owner, by: 1 })
      d.events.append('follow-accepted', { followId: id, accountId, targetId: owner, own: true, uri })
      notify(d, 'follow', accountId, null)
    }
    return state
  })
}

/** The owner lets somebody follow who asked. Throws 'not-found' without a request. Event `follow-accepted`. */
export function authorize(d: Domain, accountId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    const row = request(d, accountId)
    accept.run(d.store, { id: row.id, at: d.now() })
    addFollowers.run(d.store, { id: row.target_id, by: 1 })
    unnotify(d, 'follow-request', accountId, null)
    d.events.append('follow-accepted', { followId: row.id, accountId, targetId: row.target_id, own: true, uri: row.uri })
    return relationship(d, accountId)
  })
}

/** The owner does not. Throws 'not-found' without a request. Event `follow-rejected`. */
export function reject(d: Domain, accountId: number): Relationship {
  return d.store.transaction(() => {
    ensureOpen(d)
    request(d, accountId)
    endTheirFollow(d, accountId)
    return relationship(d, accountId)
  })
}

function request(d: Domain, accountId: number): Row {
  const row = byPair.get(d.store, { account_id: accountId, target_id: ownerId(d) })
  if (row?.state !== 'pending') throw new AppError('not-found', 'There is no such request any more.')
  return row
}

/**
 * Somebody said yes. Counts only for a follow of ours that is pending (rule 13), and, if the answer names one, for that very one. Event
 * `follow-accepted`.
 */
export function receiveAccept(d: Domain, answer: { accountId: number; followUri?: string | null }): boolean {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const row = byPair.get(d.store, { account_id: owner, target_id: answer.accountId })
    if (row?.state !== 'pending' || !names(d, row, answer.followUri)) return false
    accept.run(d.store, { id: row.id, at: d.now() })
    addFollowing.run(d.store, { id: owner, by: 1 })
    d.events.append('follow-accepted', { followId: row.id, accountId: owner, targetId: answer.accountId, own: false, uri: row.uri })
    return true
  })
}

/** Somebody said no, or no longer. Event `follow-rejected`. */
export function receiveReject(d: Domain, answer: { accountId: number; followUri?: string | null }): boolean {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const row = byPair.get(d.store, { account_id: owner, target_id: answer.accountId })
    if (!row || !names(d, row, answer.followUri)) return false
    remove.run(d.store, { id: row.id })
    if (row.state === 'accepted') addFollowing.run(d.store, { id: owner, by: -1 })
    leaveLists(d, answer.accountId)
    unendorse(d, answer.accountId)
    leaveHome.run(d.store, { account_id: answer.accountId })
    d.events.append('follow-rejected', { followId: row.id, accountId: owner, targetId: answer.accountId, own: false, uri: row.uri })
    return true
  })
}

/** Whether an answer means this follow of ours: by its address, or by the pair alone if it names none of our addresses. */
function names(d: Domain, row: Row, followUri: string | null | undefined): boolean {
  const u = ownUris(d)
  if (!followUri || !u || !followUri.startsWith(`${u.actor}#follows/`)) return true
  return parseId(followUri.slice(`${u.actor}#follows/`.length)) === row.id
}

/** A follower took the follow back; the pair says which (Misskey and others name it anew in the Undo). Event `unfollowed`. */
export function receiveUndoFollow(d: Domain, undo: { accountId: number; followUri?: string | null }): boolean {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const row = byPair.get(d.store, { account_id: undo.accountId, target_id: owner })
    if (!row) return false
    dropTheirs(d, row)
    d.events.append('unfollowed', { followId: row.id, accountId: undo.accountId, targetId: owner, own: false, uri: row.uri })
    return true
  })
}
