import { accountIdByAcct, accountIdByUri, upsertAccount } from '../domain/accounts.ts'
import { loadAccounts } from '../domain/accounts.ts'
import { senderByUri } from '../domain/senders.ts'
import { ACTOR_TYPES, toRemoteAccount } from './mapping/actor-in.ts'
import { POST_TYPES } from './mapping/post-in.ts'
import { idOf, isObject, typesOf } from './mapping/read.ts'
import { readPost } from './posts.ts'
import { openStrangers } from './strangers.ts'
import { handleOf } from './webfinger.ts'
import type { Domain } from '../domain/domain.ts'
import type { Sender } from '../domain/senders.ts'
import type { Asking, Budget, Fetched, FetchedPage, Fetching } from './fetching.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/post-in.ts'
import type { Json } from './mapping/read.ts'
import type { Strangers } from './strangers.ts'
import type { WebFinger } from './webfinger.ts'

/** Other servers' people and posts: fetched from their origin, proven, stored. Everything is signed as the instance. */

/** A post and its author, who is stored by now. */
export interface FoundPost {
  post: SentPost
  author: Sender
}

export interface Remote {
  /**
   * The account of an actor: stored, or fetched and stored. Null if it cannot be had there, is not an actor, or says another id than the
   * one asked for: whoever acts under a uri is that uri and no other. `document`: it, fetched a moment ago from its own address.
   */
  actor(uri: string, spend: Budget, options?: { fresh?: boolean; document?: Json }): Promise<number | null>
  /** `user@host` by WebFinger. Null: no such person. */
  acct(acct: string, spend: Budget): Promise<number | null>
  /** A document from its own address, whatever it is. Throws NetError. */
  document(uri: string, spend: Budget, as?: Asking): Promise<Fetched>
  /** A collection or a page of one; null if it is none. Throws NetError. */
  page(uri: string, spend: Budget, as?: Asking): Promise<FetchedPage | null>
  /** A post as its origin tells it; only its author is stored. Null if it is none. */
  post(uri: string, spend: Budget): Promise<FoundPost | null>
  /** The same from a document that was fetched. */
  postIn(document: Json, spend: Budget): Promise<FoundPost | null>
  /** Hears the uri of every actor that has been fetched and stored: its keys may be others now. */
  onActor(listen: (uri: string) => void): void
}

const STALE_MS = 24 * 3600_000
/** An actor that could not be had is not asked for again at once (rule 29). */
const FAILED_MS = 5 * 60_000
/** An actor fetched for its key a moment ago need not be fetched again for its profile. */
const RECENT_MS = 60_000
const RECENT_ACTORS = 1_000
const RECENT_BYTES = 20_000

export function openRemote(parts: {
  domain: Domain
  fetching: Fetching
  webfinger: WebFinger
  identity: IdentityHolder
  /** How much strangers may make us ask; default: as much as a home of one needs. */
  strangers?: Strangers
}): Remote {
  const { domain: d, fetching, webfinger, identity } = parts
  const pending = new Map<string, Promise<number | null>>()
  const failed = new Map<string, number>()
  const recent = new Map<string, { json: Json; at: number }>()
  const listeners = new Set<(uri: string) => void>()
  const strangers = parts.strangers ?? openStrangers(d.now)

  async function document(uri: string, spend: Budget, as?: Asking): Promise<Fetched> {
    if (!spend.asked) strangers.ask(uri)
    const fetched = await fetching.document(uri, spend, as)
    if (typeof fetched === 'object' && isActor(fetched.json)) keepForAMoment(fetched.json)
    return fetched
  }

  function keepForAMoment(json: Json): void {
    const id = idOf(json) as string
    recent.delete(id)
    if (JSON.stringify(json).length > RECENT_BYTES) return
    if (recent.size >= RECENT_ACTORS) recent.delete(recent.keys().next().value as string)
    recent.set(id, { json, at: d.now() })
  }

  function takeRecent(uri: string): Json | null {
    const held = recent.get(uri)
    recent.delete(uri)
    return held && d.now() - held.at < RECENT_MS ? held.json : null
  }

  async function fetchActor(uri: string, spend: Budget, fresh: boolean, given: Json | null): Promise<number | null> {
    const held = given ?? (fresh ? null : takeRecent(uri))
    const fetched: Fetched = held ? { json: held } : await document(uri, spend)
    if (typeof fetched === 'string') return null
    const actor = fetched.json
    if (idOf(actor) !== uri || !isActor(actor)) return null
    const handle = await webfinger.prove(actor, spend)
    const account = handle && toRemoteAccount(actor, handle.host, d.now())
    if (!account) return null
    if (!spend.asked && accountIdByUri(d, uri) === null) strangers.meet(uri)
    const id = await d.store.groupCommit(() => upsertAccount(d, account))
    recent.delete(uri)
    for (const listen of listeners) listen(uri)
    return id
  }

  const remember = (uri: string) => {
    if (failed.size > 5_000) failed.clear()
    failed.set(uri, d.now())
  }

  const remote: Remote = {
    document,
    page: (uri, spend, as) => fetching.page(uri, spend, as),
    onActor: (listen) => void listeners.add(listen),
    async actor(uri, spend, { fresh = false, document: given } = {}) {
      const me = identity.current()
      if (me && uri === me.uris.actor) return me.accountId
      if (!fresh) {
        const id = accountIdByUri(d, uri)
        if (id !== null) return id
        if ((failed.get(uri) ?? -FAILED_MS) > d.now() - FAILED_MS) return null
      }
      const running = pending.get(uri)
      if (running) return running
      const started = fetchActor(uri, spend, fresh, given ?? null)
        .then((id) => {
          if (id === null) remember(uri)
          else failed.delete(uri)
          return id
        })
        .finally(() => pending.delete(uri))
      pending.set(uri, started)
      return started
    },
    async acct(acct, spend) {
      const wanted = handleOf(acct)
      if (!wanted) return null
      const known = accountIdByAcct(d, acct)
      const account = known === null ? undefined : loadAccounts(d, [known]).get(known)
      if (account && (account.own || account.fetchedAt > d.now() - STALE_MS)) return account.id
      try {
        const found = await webfinger.ask(wanted, spend)
        const id = found && (await remote.actor(found.self, spend, { fresh: true }))
        if (!found || id === null) return account?.id ?? null
        // A stranger's host may point anywhere: the account must be known by the handle asked for, or by the one that host calls it.
        const { username, domain } = loadAccounts(d, [id]).get(id) ?? { username: '', domain: '' }
        const named = (one: { name: string; host: string }) => one.name.toLowerCase() === username.toLowerCase() && one.host === domain
        return named(wanted) || named(found.subject) ? id : null
      } catch (error) {
        // Somebody known stays known while their server is away.
        if (account) return account.id
        throw error
      }
    },
    async post(uri, spend) {
      const fetched = await document(uri, spend)
      return typeof fetched === 'string' ? null : remote.postIn(fetched.json, spend)
    },
    async postIn(object, spend) {
      if (!typesOf(object).some((type) => POST_TYPES.has(type))) return null
      const me = identity.current()
      // Looked at before its author is fetched: most of what is no use to us shows here.
      const author = readPost(d, me, object, null)?.author
      if (!author || (await remote.actor(author, spend)) === null) return null
      const sender = senderByUri(d, author)
      const post = sender && readPost(d, me, object, sender.followersUri)
      return sender && post && !sender.own ? { post, author: sender } : null
    },
  }
  return remote
}

/** An actor is what has an inbox and is of such a type. */
export function isActor(document: Json): boolean {
  const inbox = document.inbox
  return (typeof inbox === 'string' || isObject(inbox)) && typesOf(document).some((type) => ACTOR_TYPES.has(type))
}
