import { accountById, accountByUri, accountIdByAcct, accountIdByUri, upsertAccount } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { markGone, postByUri } from '../domain/posts.ts'
import { activityAccept, activityTypes, jrdTypes, NetError } from '../net/index.ts'
import { ACTOR_TYPES, POST_TYPES, toRemoteAccount, toSentPost } from './mapping/from-activity.ts'
import { hostOf, idOf, isHttp, isObject, list, text, typesOf } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Json } from './mapping/read.ts'

/**
 * Fetching from other servers: actors with their proven handles, posts, and what an address or a handle means. Everything goes through
 * `net`, is signed as the instance, and is believed only from its own origin (rules 3 to 7).
 */

/** How many requests one cause may lead to (rule 28). */
export interface Budget {
  left: number
}
export const budget = (left = 10): Budget => ({ left })

export interface Remote {
  /** The account behind an actor's uri: stored, or fetched and stored. Null if it cannot be had or is not an actor. */
  actor(uri: string, spend: Budget, options?: { fresh?: boolean }): Promise<number | null>
  /** `user@host` by WebFinger. Null: no such person. */
  acct(acct: string, spend: Budget): Promise<number | null>
  /** A document from its own address, whatever it is; its `id` is its address. Null: not there (404, 410). Throws NetError. */
  document(uri: string, spend: Budget, options?: { asOwner?: boolean }): Promise<Json | null>
  /** A post as its origin tells it; nothing is stored. Null if it is none. */
  post(uri: string, spend: Budget): Promise<SentPost | null>
}

const STALE_MS = 24 * 3600_000
/** An actor that could not be had is not asked for again at once (rule 29). */
const FAILED_MS = 5 * 60_000

export function openRemote(parts: {
  domain: Domain
  net: Net
  identity: IdentityHolder
  /** Hosts of a private network, which speak http (`--allow-private-network`). */
  plainHttp: (host: string) => boolean
  log: Log
}): Remote {
  const { domain: d, net, identity, plainHttp, log } = parts
  const pending = new Map<string, Promise<number | null>>()
  const failed = new Map<string, number>()

  async function document(uri: string, spend: Budget, options: { asOwner?: boolean } = {}): Promise<Json | null> {
    const me = identity.current()
    if (!me) throw new AppError('unavailable', 'Choose an address first: other servers answer only those who have one.')
    if (spend.left-- <= 0) throw new AppError('unavailable', 'That would take too many requests.')
    const sign = options.asOwner ? me.asOwner : me.asInstance
    try {
      const answer = await net.getJson(uri, { accept: activityAccept, types: activityTypes, sign })
      if (!isObject(answer.json)) return null
      const id = idOf(answer.json)
      if (!id) return null
      // An id elsewhere is only a hint (rule 3): that address must say the same of itself, on the host that was asked.
      if (withoutFragment(id) === withoutFragment(answer.url)) return answer.json
      if (hostOf(id) !== hostOf(uri) || spend.left-- <= 0) return null
      const second = await net.getJson(id, { accept: activityAccept, types: activityTypes, sign })
      return isObject(second.json) && idOf(second.json) === id && withoutFragment(id) === withoutFragment(second.url) ? second.json : null
    } catch (error) {
      if (error instanceof NetError && error.code === 'http-status' && (error.status === 404 || error.status === 410)) return null
      throw error
    }
  }

  async function fetchActor(uri: string, spend: Budget): Promise<number | null> {
    const actor = await document(uri, spend)
    if (!actor) {
      const known = accountByUri(d, uri)
      if (known && !known.own) log.info({ actor: uri }, 'an actor is not at its address any more')
      return null
    }
    if (!typesOf(actor).some((type) => ACTOR_TYPES.has(type))) return null
    if (actor.type === 'Tombstone') {
      markGone(d, uri)
      return null
    }
    const account = toRemoteAccount(actor, await provenDomain(actor, spend), d.now())
    return account ? upsertAccount(d, account) : null
  }

  /** The domain of the handle: the actor's host, unless WebFinger there names another one that agrees (split domains). */
  async function provenDomain(actor: Json, spend: Budget): Promise<string> {
    const uri = idOf(actor) as string
    const host = hostOf(uri)
    const name = text(actor.preferredUsername, 64)
    if (!name || spend.left <= 0) return host
    try {
      const first = await finger(`${name}@${host}`, spend)
      const named = first && subjectOf(first.subject)
      if (!named || named.host === host || named.name.toLowerCase() !== name.toLowerCase()) return host
      const second = await finger(`${name}@${named.host}`, spend)
      return second?.self === uri ? named.host : host
    } catch {
      return host
    }
  }

  async function finger(acct: string, spend: Budget): Promise<{ subject: string; self: string } | null> {
    if (spend.left-- <= 0) return null
    const host = acct.slice(acct.lastIndexOf('@') + 1)
    const scheme = plainHttp(host) ? 'http' : 'https'
    const url = `${scheme}://${host}/.well-known/webfinger?resource=${encodeURIComponent(`acct:${acct}`)}`
    const { json } = await net.getJson(url, { accept: 'application/jrd+json, application/json', types: jrdTypes, redirects: 5 })
    if (!isObject(json)) return null
    const link = list(json.links, 64)
      .filter(isObject)
      .find((one) => one.rel === 'self' && typeof one.type === 'string' && activityTypes.some((type) => sameType(one.type as string, type)))
    const self = link && text(link.href, 2_048)
    const subject = text(json.subject, 500)
    return self && isHttp(self) ? { subject: subject ?? `acct:${acct}`, self } : null
  }

  const remote: Remote = {
    document,
    async actor(uri, spend, options = {}) {
      const me = identity.current()
      if (me && uri === me.uris.actor) return me.accountId
      if (!options.fresh) {
        const id = accountIdByUri(d, uri)
        if (id !== null) return id
        if ((failed.get(uri) ?? 0) > d.now() - FAILED_MS) return null
      }
      const running = pending.get(uri)
      if (running) return running
      const started = fetchActor(uri, spend)
        .catch((error: unknown) => {
          if (failed.size > 5_000) failed.clear()
          failed.set(uri, d.now())
          throw error
        })
        .finally(() => pending.delete(uri))
      pending.set(uri, started)
      return started
    },
    async acct(acct, spend) {
      const known = accountIdByAcct(d, acct)
      if (known !== null) {
        const account = accountById(d, known)
        if (!account || account.own || account.fetchedAt > d.now() - STALE_MS) return known
      }
      const found = await finger(acct, spend)
      if (!found) return known
      const id = await remote.actor(found.self, spend, { fresh: known === null })
      return id ?? known
    },
    async post(uri, spend) {
      const object = await document(uri, spend)
      if (!object || !typesOf(object).some((type) => POST_TYPES.has(type))) return null
      const author = idOf(list(object.attributedTo)[0])
      const followers = author ? (accountByUri(d, author)?.followersUri ?? null) : null
      const post = toSentPost(object, followers, d.now())
      return post && !postByUri(d, post.uri)?.own ? post : null
    },
  }
  return remote
}

const withoutFragment = (address: string) => address.split('#')[0]
const sameType = (given: string, wanted: string) =>
  given.replace(/\s+/g, '').replace(/['"]/g, '').toLowerCase() === wanted.replace(/\s+/g, '').replace(/['"]/g, '').toLowerCase()

function subjectOf(subject: string): { name: string; host: string } | null {
  const match = /^acct:([^@\s]{1,64})@([^@\s/]{1,253})$/.exec(subject)
  return match ? { name: match[1] as string, host: (match[2] as string).toLowerCase() } : null
}
