import { AppError } from '../domain/errors.ts'
import { activityAccept, activityTypes, NetError } from '../net/index.ts'
import { hostOf, idOf, isObject, typesOf } from './mapping/read.ts'
import type { Net } from '../net/index.ts'
import type { IdentityHolder, Signers } from './identity.ts'
import type { Json } from './mapping/read.ts'

/** Documents of other servers, each believed only from its own address (rules 3 and 4), asked for in our name. */

/** How many requests one cause may lead to (rule 28). `asked`: the owner is behind it, not what somebody sent (rule 29). */
export interface Budget {
  left: number
  asked?: boolean
}
export const budget = (left = 10): Budget => ({ left })
export const askedBudget = (left = 10): Budget => ({ left, asked: true })

/** Takes one request from a budget. @throws AppError 'unavailable' when none is left */
export function spendOne(spend: Budget): void {
  if (spend.left <= 0) throw new AppError('unavailable', 'That would take too many requests.')
  spend.left--
}

/** `gone`: its server says it was there once (410). `missing`: it says there is no such thing (404). `absent`: not a document of that address. */
export type Fetched = { json: Json } | 'gone' | 'missing' | 'absent'

/** A collection or one page of it, from the host that was asked. */
export interface FetchedPage {
  /** The address that answered. */
  url: string
  json: Json
}

/** Who asks: the instance, which says nothing of who is reading, or the owner, for what only followers may see (federation.md 2.4). */
export type Asking = 'instance' | 'owner'

export interface Fetching {
  /**
   * The document at an address. Its `id` is the address that answered in the end, or answers there itself, once more, on the host that
   * was asked (rule 3): so `json.id` may be another one than `uri`. Throws NetError.
   */
  document(uri: string, spend: Budget, as?: Asking): Promise<Fetched>
  /**
   * A collection or a page of one. Pages often carry no id of their own, so what counts is that the host that was asked answered (rule
   * 27); what stands in it is believed only where it is from that host. Null: not there, or no collection. Throws NetError.
   */
  page(uri: string, spend: Budget, as?: Asking): Promise<FetchedPage | null>
}

const COLLECTIONS = new Set(['Collection', 'OrderedCollection', 'CollectionPage', 'OrderedCollectionPage'])

export function openFetching(parts: {
  net: Net
  identity: IdentityHolder
  /** Only this way of signing, never knocking twice (`--signatures`); null: the order of federation.md 2.2. */
  signatures?: 'cavage' | 'rfc9421' | null
}): Fetching {
  const { net, identity } = parts

  /**
   * Asks signed, and once more signed otherwise when the answer is 401: without the query where there is one, then by RFC 9421. Three
   * knocks at most (federation.md 2.2); nothing is remembered, because it is the server's path, not its host, that decides.
   */
  async function knock(url: string, spend: Budget, as: Asking): Promise<{ url: string; json: unknown }> {
    const me = identity.current()
    if (!me) throw new AppError('unavailable', 'Choose an address first: other servers answer only those who have one.')
    const every: (keyof Signers)[] = url.includes('?') ? ['cavage', 'cavageWithoutQuery', 'rfc9421'] : ['cavage', 'rfc9421']
    const order = parts.signatures ? [parts.signatures] : every
    const signers = as === 'owner' ? me.asOwner : me.asInstance
    for (const [tried, name] of order.entries()) {
      spendOne(spend)
      try {
        return await net.getJson(url, { accept: activityAccept, types: activityTypes, sign: signers[name] })
      } catch (error) {
        const last = tried === order.length - 1 || spend.left <= 0
        if (last || !(error instanceof NetError) || !wantsOtherSignature(error)) throw error
      }
    }
    throw new AppError('unavailable', 'No way to ask is left.')
  }

  return {
    async document(uri, spend, as = 'instance') {
      try {
        const { url, json } = await knock(uri, spend, as)
        const id = isObject(json) ? idOf(json) : null
        if (!isObject(json) || !id) return 'absent'
        if (bare(id) === bare(url)) return { json }
        // An id elsewhere is only a hint: that address must say the same of itself, on the host that was asked.
        if (hostOf(id) !== hostOf(uri)) return 'absent'
        const second = await knock(id, spend, as).catch((error: unknown) => {
          // What is not there under another address says nothing of this one.
          if (error instanceof NetError && error.code === 'http-status' && (error.status === 404 || error.status === 410)) return null
          throw error
        })
        if (!second) return 'absent'
        const agrees = isObject(second.json) && idOf(second.json) === id && bare(second.url) === bare(id)
        return agrees ? { json: second.json as Json } : 'absent'
      } catch (error) {
        if (error instanceof NetError && error.code === 'http-status') {
          if (error.status === 410) return 'gone'
          if (error.status === 404) return 'missing'
        }
        throw error
      }
    },
    async page(uri, spend, as = 'instance') {
      try {
        const { url, json } = await knock(uri, spend, as)
        if (!isObject(json) || hostOf(url) !== hostOf(uri)) return null
        return typesOf(json).some((type) => COLLECTIONS.has(type)) ? { url, json } : null
      } catch (error) {
        if (error instanceof NetError && error.code === 'http-status' && (error.status === 404 || error.status === 410)) return null
        throw error
      }
    },
  }
}

function wantsOtherSignature(error: NetError): boolean {
  if (error.code !== 'http-status') return false
  return error.status === 401 || (error.status === 400 && error.headers?.['accept-signature'] !== undefined)
}

const bare = (address: string) => address.split('#')[0]
