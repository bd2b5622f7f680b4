import { AppError } from '../domain/errors.ts'
import { activityAccept, activityTypes, NetError } from '../net/index.ts'
import { hostOf, idOf, isObject } from './mapping/read.ts'
import type { Net } from '../net/index.ts'
import type { IdentityHolder, Signers } from './identity.ts'
import type { Json } from './mapping/read.ts'

/** Documents of other servers, each believed only from its own address (rules 3 and 4), asked for in our name. */

/** How many requests one cause may lead to (rule 28). */
export interface Budget {
  left: number
}
export const budget = (left = 10): Budget => ({ left })

/** Takes one request from a budget. @throws AppError 'unavailable' when none is left */
export function spendOne(spend: Budget): void {
  if (spend.left <= 0) throw new AppError('unavailable', 'That would take too many requests.')
  spend.left--
}

/** `gone`: its server says it was there once (410). `absent`: not there, or not a document of that address. */
export type Fetched = { json: Json } | 'gone' | 'absent'

export interface Fetching {
  /**
   * The document at an address. Its `id` is the address that answered in the end, or answers there itself, once more, on the host that
   * was asked (rule 3): so `json.id` may be another one than `uri`. Throws NetError.
   */
  document(uri: string, spend: Budget): Promise<Fetched>
}

export function openFetching(parts: { net: Net; identity: IdentityHolder }): Fetching {
  const { net, identity } = parts

  /**
   * Asks signed, and once more signed otherwise when the answer is 401: without the query where there is one, then by RFC 9421. Three
   * knocks at most (federation.md 2.2); nothing is remembered, because it is the server's path, not its host, that decides.
   */
  async function knock(url: string, spend: Budget): Promise<{ url: string; json: unknown }> {
    const me = identity.current()
    if (!me) throw new AppError('unavailable', 'Choose an address first: other servers answer only those who have one.')
    const order: (keyof Signers)[] = url.includes('?') ? ['cavage', 'cavageWithoutQuery', 'rfc9421'] : ['cavage', 'rfc9421']
    for (const [tried, name] of order.entries()) {
      spendOne(spend)
      try {
        return await net.getJson(url, { accept: activityAccept, types: activityTypes, sign: me.asInstance[name] })
      } catch (error) {
        const last = tried === order.length - 1 || spend.left <= 0
        if (last || !(error instanceof NetError) || !wantsOtherSignature(error)) throw error
      }
    }
    throw new AppError('unavailable', 'No way to ask is left.')
  }

  return {
    async document(uri, spend) {
      try {
        const { url, json } = await knock(uri, spend)
        const id = isObject(json) ? idOf(json) : null
        if (!isObject(json) || !id) return 'absent'
        if (bare(id) === bare(url)) return { json }
        // An id elsewhere is only a hint: that address must say the same of itself, on the host that was asked.
        if (hostOf(id) !== hostOf(uri)) return 'absent'
        const second = await knock(id, spend)
        const agrees = isObject(second.json) && idOf(second.json) === id && bare(second.url) === bare(id)
        return agrees ? { json: second.json as Json } : 'absent'
      } catch (error) {
        if (error instanceof NetError && error.code === 'http-status') {
          if (error.status === 410) return 'gone'
          if (error.status === 404) return 'absent'
        }
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
