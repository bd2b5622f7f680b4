import { accountSeen, loadAccounts, missingAccount } from '../domain/accounts.ts'
import { lookedAt, markChecked } from '../domain/lookups.ts'
import { dropMissing, markGone, postById, receiveEdit, seenAgain } from '../domain/posts.ts'
import { receiveTally } from '../domain/polls.ts'
import { NetError } from '../net/index.ts'
import { askedBudget } from './fetching.ts'
import { hostOf, idOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { Politeness } from './politeness.ts'
import type { Remote } from './remote.ts'

/**
 * Copies that have grown old are compared with their origin when somebody looks at them: edits, tallies, and whether they are still there.
 * A post or a person is only given up for a 410, or for two 404 at least a day apart from a server that otherwise knows its people: a
 * tunnel whose laptop sleeps says 404 to everything (federation.md section 0).
 */
export interface Refreshing {
  /** Looks at a remote post again if that is a day ago; returns at once. */
  post(postId: number): void
  account(accountId: number): void
  settled(): Promise<void>
  stop(): void
}

const STALE_MS = 24 * 3600_000
const AT_ONCE = 4
const MAX_WAITING = 500
const REQUESTS = 6

export function openRefreshing(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  politeness: Politeness
  forgetActor: (uri: string) => void
  /** Whether a server answers at all (NodeInfo): 404 from one that does not says nothing. */
  alive: (host: string) => Promise<boolean>
  /** A post changed: whatever has to be found out about it can begin. */
  stored: (postId: number) => void
  log: Log
}): Refreshing {
  const { domain: d, remote, identity, politeness, forgetActor, alive, stored, log } = parts
  const waiting = new Map<string, () => Promise<void>>()
  const running = new Map<string, Promise<void>>()
  let stopped = false

  function want(key: string, work: () => Promise<void>): void {
    if (stopped || running.has(key) || waiting.has(key) || waiting.size >= MAX_WAITING) return
    waiting.set(key, work)
    next()
  }

  function next(): void {
    for (const [key, work] of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(key)
      running.set(
        key,
        work()
          .catch((error: unknown) => log.debug({ key, error: (error as Error).message }, 'a copy could not be compared with its origin'))
          .finally(() => {
            running.delete(key)
            next()
          }),
      )
    }
  }

  async function look(postId: number): Promise<void> {
    const post = postById(d, postId)
    const author = post && loadAccounts(d, [post.accountId]).get(post.accountId)
    const me = identity.current()
    if (!me || !post?.uri || post.own || !author?.uri) return
    const uri = post.uri
    const spend = askedBudget(REQUESTS)
    const as = post.visibility === 'public' || post.visibility === 'unlisted' ? 'instance' : 'owner'
    const fetched = await politeness.run(hostOf(uri), () => remote.document(uri, spend, as))
    const tombstone = typeof fetched === 'object' && idOf(fetched.json) === uri && typesOf(fetched.json).includes('Tombstone')
    if (fetched === 'gone' || tombstone) return void d.store.transaction(() => dropMissing(d, postId, d.now(), true))
    if (fetched === 'missing') {
      // Whoever may not see it is told the same, and a server that is away may say it of everything.
      if (as === 'instance' && (await answersFor(author.uri))) d.store.transaction(() => dropMissing(d, postId, d.now()))
      else markChecked(d, postId, d.now())
      return
    }
    if (typeof fetched === 'string') return markChecked(d, postId, d.now())
    const found = await remote.postIn(fetched.json, spend)
    if (!found || found.post.uri !== uri || found.author.accountId !== post.accountId) return markChecked(d, postId, d.now())
    await d.store.groupCommit(() => {
      seenAgain(d, postId)
      markChecked(d, postId, d.now())
      const edited = receiveEdit(d, storable(d, me, found.post, found.author.accountId))
      if (!edited && found.post.poll) receiveTally(d, postId, found.post.poll)
    })
    stored(postId)
  }

  /** Whether the server still knows somebody whom it should know. */
  async function answersFor(actor: string): Promise<boolean> {
    try {
      const found = await politeness.run(hostOf(actor), () => remote.document(actor, askedBudget(REQUESTS)))
      return typeof found === 'object' && idOf(found.json) === actor
    } catch (error) {
      if (error instanceof NetError) return false
      throw error
    }
  }

  async function lookAtAccount(accountId: number): Promise<void> {
    const uri = loadAccounts(d, [accountId]).get(accountId)?.uri
    if (!uri) return
    const found = await politeness.run(hostOf(uri), () => remote.document(uri, askedBudget(REQUESTS)))
    if (found === 'gone' || (typeof found === 'object' && idOf(found.json) === uri && typesOf(found.json).includes('Tombstone'))) {
      log.info({ actor: uri }, 'an account is gone')
      await d.store.groupCommit(() => void markGone(d, uri))
      return forgetActor(uri)
    }
    if (found === 'missing') {
      if (!(await alive(hostOf(uri))) || !missingAccount(d, accountId)) return
      log.info({ actor: uri }, 'an account has not been there for a day')
      await d.store.groupCommit(() => void markGone(d, uri))
      return forgetActor(uri)
    }
    if (typeof found === 'string') return
    accountSeen(d, accountId)
    await remote.actor(uri, askedBudget(REQUESTS), { fresh: true, document: found.json })
  }

  return {
    post(postId) {
      const post = postById(d, postId)
      const subject = post?.boostOf ?? postId
      const at = lookedAt(d, subject)
      if (!post || (post.own && !post.boostOf) || !at || at.checkedAt > d.now() - STALE_MS) return
      want(`post:${subject}`, () => look(subject))
    },
    account(accountId) {
      const account = loadAccounts(d, [accountId]).get(accountId)
      if (!account?.uri || account.own || account.fetchedAt > d.now() - STALE_MS) return
      want(`account:${accountId}`, () => lookAtAccount(accountId))
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    stop() {
      stopped = true
      waiting.clear()
    },
  }
}
