import { activityTypes, jrdTypes, matchesType, NetError } from '../net/index.ts'
import { spendOne } from './fetching.ts'
import { hostOf, idOf, isHttp, isObject, list, text } from './mapping/read.ts'
import type { Net } from '../net/index.ts'
import type { Budget } from './fetching.ts'
import type { Json } from './mapping/read.ts'

/** Handles of others: what an address of the form `user@host` leads to, and which handle an actor really has (rule 9). */

export interface Handle {
  name: string
  /** Lower case, punycode, with its port if it has one. */
  host: string
}

export interface Finger {
  /** The handle its server calls it by. */
  subject: Handle
  /** The actor. */
  self: string
}

export interface WebFinger {
  /** Null: no such person, or no answer of that kind. Throws NetError when the server cannot be had. */
  ask(handle: Handle, spend: Budget): Promise<Finger | null>
  /** The handle of an actor, if WebFinger leads back to that very actor; null if it does not. Throws NetError. */
  prove(actor: Json, spend: Budget): Promise<Handle | null>
}

export function openWebFinger(parts: {
  net: Net
  /** Hosts of a private network, which speak http (`--allow-private-network`). */
  plainHttp: (host: string) => boolean
}): WebFinger {
  const { net, plainHttp } = parts

  async function ask(handle: Handle, spend: Budget): Promise<Finger | null> {
    spendOne(spend)
    const scheme = plainHttp(handle.host) ? 'http' : 'https'
    const resource = encodeURIComponent(`acct:${handle.name}@${handle.host}`)
    const url = `${scheme}://${handle.host}/.well-known/webfinger?resource=${resource}`
    let json: unknown
    try {
      json = (await net.getJson(url, { accept: 'application/jrd+json, application/json', types: jrdTypes, redirects: 5 })).json
    } catch (error) {
      if (error instanceof NetError && !error.retryable && !error.ours) return null
      throw error
    }
    if (!isObject(json)) return null
    const link = list(json.links, 64).find(
      (one): one is Json => isObject(one) && one.rel === 'self' && matchesType(text(one.type, 200) ?? undefined, activityTypes),
    )
    const self = link && text(link.href, 2_048)
    if (!self || !isHttp(self)) return null
    return { subject: handleOf(text(json.subject, 500)) ?? handle, self }
  }

  return {
    ask,
    async prove(actor, spend) {
      const uri = idOf(actor)
      const name = text(actor.preferredUsername, 64)
      // Half a character (an unpaired surrogate) cannot be asked for at all.
      if (!uri || !name?.isWellFormed()) return null
      const host = hostOf(uri)
      const at = (place: string): Handle => ({ name, host: place })
      const same = (one: Handle) => one.name.toLowerCase() === name.toLowerCase()
      const first = await ask(at(host), spend)
      if (first?.self === uri) {
        const { subject } = first
        if (subject.host === host || !same(subject)) return at(host)
        // A handle on another domain counts only if that domain says so too (split domains); otherwise the one just proven does.
        const second = await ask(at(subject.host), spend)
        return second?.self === uri && second.subject.host === subject.host ? at(subject.host) : at(host)
      }
      // FEP-2c59: the actor names its handle itself, for servers that know it by no other host. It has to lead back all the same.
      const claimed = handleOf(text(actor.webfinger, 500))
      if (!claimed || !same(claimed) || claimed.host === host) return null
      return (await ask(claimed, spend))?.self === uri ? at(claimed.host) : null
    },
  }
}

/** `acct:bo@tide.example` or `bo@tide.example`; null for anything else. */
export function handleOf(address: string | null): Handle | null {
  const match = !address?.isWellFormed() ? null : /^(?:acct:)?@?([^@\s/:]{1,64})@([^@\s/?#]{1,253})$/i.exec(address)
  if (!match) return null
  const host = URL.parse(`https://${match[2] as string}`)?.host
  return host ? { name: match[1] as string, host } : null
}
