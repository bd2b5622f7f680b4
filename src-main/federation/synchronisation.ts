import { accountIdByUri, loadAccounts } from '../domain/accounts.ts'
import { followBetween, receiveReject } from '../domain/follows.ts'
import { followedOn, markSynchronized, synchronizedAt } from '../domain/lookups.ts'
import { nextId } from '../store/ids.ts'
import { collectionPages } from './collection-pages.ts'
import { budget } from './fetching.ts'
import { followersDigest } from './followers-digest.ts'
import { hostOf, idOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Outbox } from '../domain/ports.ts'
import type { Timers } from './backlog.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Politeness } from './politeness.ts'
import type { Remote } from './remote.ts'

/**
 * Followers synchronisation, the receiving side (FEP-8fcf, federation.md 1.7): whoever sends something to their followers says whom of
 * this server they take for one. Where that is not what stands here, the list is fetched and our side is put right: a follow they do not
 * have ends, one that we do not have is undone. Never the other way round: nobody becomes a follower by it.
 */
export interface Synchronisation {
  /** A delivery of this actor carried the header, and its signature covered it. Returns at once. */
  heard(actorUri: string, header: string): void
  settled(): Promise<void>
  stop(): void
}

/** The same account's list is compared again so soon at the earliest. */
const AGAIN_MS = 3600_000
/** A follow that just began may not have reached their list yet. */
const YOUNG_MS = 10 * 60_000
/** The list has to say so twice, this far apart. */
const TWICE_MS = 60_000
/** A server that lost its database says so of everybody at once: within a day it takes so many follows and so large a part of them, no more. */
const GUARD = { window: 24 * 3600_000, most: 3, part: 0.25 }
const MAX_WAITING = 100
const LIMITS = { pages: 5, items: 100, bytes: 1024 * 1024, time: 30_000 }

export function openSynchronisation(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  politeness: Politeness
  outbox: Outbox
  timers: Timers
  log: Log
}): Synchronisation {
  const { domain: d, remote, identity, politeness, outbox, timers, log } = parts
  const running = new Map<string, Promise<void>>()
  const again = new Map<string, unknown>()
  const removed = new Map<string, { at: number; host: string }>()
  let stopped = false

  /** What our side says: the owner, if they follow. */
  const oursOf = (me: Identity, accountId: number): string[] =>
    followBetween(d, me.accountId, accountId)?.state === 'accepted' ? [me.uris.actor] : []

  function heard(actorUri: string, header: string): void {
    const me = identity.current()
    const said = readHeader(header)
    const accountId = accountIdByUri(d, actorUri)
    const account = accountId === null ? undefined : loadAccounts(d, [accountId]).get(accountId)
    if (!me || !said || !account || account.own || account.followersUri !== said.collectionId) return
    if (!sameAuthority(said.url, actorUri) || said.digest === followersDigest(oursOf(me, account.id))) return
    if (stopped || running.has(actorUri) || again.has(actorUri) || running.size >= MAX_WAITING) return
    if ((synchronizedAt(d, account.id) ?? 0) > d.now() - AGAIN_MS) return
    look(account.id, actorUri, said, false)
  }

  function look(accountId: number, actorUri: string, said: Said, second: boolean): void {
    running.set(
      actorUri,
      compare(accountId, actorUri, said, second)
        .catch((error: unknown) => log.info({ actorUri, error: (error as Error).message }, 'a list of followers could not be compared'))
        .finally(() => running.delete(actorUri)),
    )
  }

  async function compare(accountId: number, actorUri: string, said: Said, second: boolean): Promise<void> {
    const me = identity.current()
    if (!me || stopped) return
    markSynchronized(d, accountId, d.now())
    const host = hostOf(actorUri)
    const listed = await politeness.run(host, () => read(said.url, host))
    // Their list may have changed since they sent, or the answer is not the list at all: nothing is done without the digest's word.
    if (!listed || followersDigest(listed) !== said.digest) return
    const follow = followBetween(d, me.accountId, accountId)
    const theyHaveUs = listed.includes(me.uris.actor)
    if (follow?.state === 'accepted' ? theyHaveUs : !theyHaveUs) return
    // A question of ours that is under way is no disagreement.
    if (follow && (follow.state === 'pending' || follow.createdAt > d.now() - YOUNG_MS)) return
    if (!second) {
      again.set(
        actorUri,
        timers.set(() => {
          again.delete(actorUri)
          look(accountId, actorUri, said, true)
        }, TWICE_MS),
      )
      return
    }
    if (follow) end(accountId, actorUri, host)
    else undo(accountId, actorUri)
  }

  /** The ids on their list that are of this server; null if it could not be read whole. */
  async function read(url: string, host: string): Promise<string[] | null> {
    const ids: string[] = []
    let pages = 0
    for await (const page of collectionPages(url, host, { remote, spend: budget(12), now: d.now, limits: LIMITS })) {
      pages++
      ids.push(...page.items.flatMap((item) => idOf(item) ?? []))
    }
    // No page at all is an empty list only if the collection itself was there.
    if (pages === 0 && (await remote.page(url, budget(3))) === null) return null
    return ids
  }

  function end(accountId: number, actorUri: string, host: string): void {
    for (const [uri, { at }] of removed) if (at < d.now() - GUARD.window) removed.delete(uri)
    const lately = [...removed.values()].filter((one) => one.host === host).length
    const allowed = Math.max(GUARD.most, Math.floor((followedOn(d, host) + lately) * GUARD.part))
    if (lately >= allowed) {
      log.warn({ host, actorUri }, 'a server has forgotten too many follows at once: this one is kept')
      return
    }
    removed.set(actorUri, { at: d.now(), host })
    receiveReject(d, { accountId })
    log.info({ actorUri }, 'a follow that the other side does not have has ended')
  }

  function undo(accountId: number, actorUri: string): void {
    d.store.transaction(() => {
      const followId = nextId(d.now())
      outbox.enqueue({ kind: 'unfollow', objectKey: `follow:${followId}`, subject: { followId }, postId: null, accountId })
    })
    log.info({ actorUri }, 'a follow that only the other side has is undone')
  }

  return {
    heard,
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    stop() {
      stopped = true
      for (const timer of again.values()) timers.clear(timer)
      again.clear()
    },
  }
}

interface Said {
  collectionId: string
  url: string
  digest: string
}

/** `collectionId="…", url="…", digest="…"`; null for anything else. */
function readHeader(header: string): Said | null {
  if (header.length > 6_000) return null
  const said: Record<string, string> = {}
  for (const part of header.split(',')) {
    const at = part.indexOf('=')
    const value = part.slice(at + 1).trim()
    if (at < 0 || value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return null
    said[part.slice(0, at).trim()] = value.slice(1, -1)
  }
  const { collectionId, url, digest } = said
  if (!collectionId || !url || !digest || !idOf(url) || digest.length !== 64) return null
  return { collectionId, url, digest: digest.toLowerCase() }
}

function sameAuthority(a: string, b: string): boolean {
  return URL.parse(a)?.origin === URL.parse(b)?.origin
}
