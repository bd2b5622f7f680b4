import { plainText, sanitise } from '../../domain/html.ts'
import { emojisOf } from './emoji-in.ts'
import { hostOf, idOf, idsOf, integer, isObject, list, text, timeOf, translated, typesOf, urlOf } from './read.ts'
import type { RemoteAccount } from '../../domain/accounts.ts'
import type { Field } from '../../domain/types.ts'
import type { Json } from './read.ts'

/** Actor documents to accounts. Pure. */

export const ACTOR_TYPES = new Set(['Person', 'Service', 'Application', 'Group', 'Organization'])
const NAME = /^[A-Za-z0-9_.-]{1,64}$/
/** Direction marks and other invisible characters that make one name look like another (rule 9). */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

const MAX = { name: 500, summary: 100_000, fields: 16, sites: 100 }

/**
 * An actor document. `domain` is what WebFinger proved; `id` must be the address it was fetched from (rule 3). Null if it has no inbox
 * on an allowed address or no usable name.
 */
export function toRemoteAccount(actor: Json, domain: string, now: number): RemoteAccount | null {
  const uri = idOf(actor)
  const type = typesOf(actor).find((one) => ACTOR_TYPES.has(one))
  const username = text(actor.preferredUsername, 200)
  const inbox = idOf(actor.inbox)
  // Where somebody's mail goes is on their own site: else thousands of made-up people could point our deliveries at one victim (rule 41).
  if (!uri || !type || !username || !NAME.test(username) || !inbox || !sameSite(inbox, uri)) return null
  const endpoints = isObject(actor.endpoints) ? actor.endpoints : {}
  const shared = idOf(endpoints.sharedInbox)
  const icon = pictureOf(actor.icon)
  const image = pictureOf(actor.image)
  return {
    uri,
    username,
    domain,
    type,
    displayName: (translated(actor.name, actor.nameMap, MAX.name, null).text ?? '').replace(INVISIBLE, '').trim(),
    note: sanitise(translated(actor.summary, actor.summaryMap, MAX.summary, null).text ?? ''),
    url: onSite(urlOf(actor.url), uri),
    avatarUrl: icon ? urlOf(icon.url, 'image/png') : null,
    avatarMime: icon ? text(icon.mediaType, 100) : null,
    headerUrl: image ? urlOf(image.url, 'image/png') : null,
    headerMime: image ? text(image.mediaType, 100) : null,
    fields: fieldsOf(actor),
    emojis: emojisOf(actor, uri),
    locked: actor.manuallyApprovesFollowers === true,
    discoverable: typeof actor.discoverable === 'boolean' ? actor.discoverable : null,
    indexable: actor.indexable === true,
    inbox,
    // Threads really has one on another host of its domain.
    sharedInbox: onSite(shared, uri),
    outbox: sameHost(idOf(actor.outbox), uri),
    followersUri: sameHost(idOf(actor.followers), uri),
    followingUri: sameHost(idOf(actor.following), uri),
    featuredUri: sameHost(idOf(actor.featured), uri),
    featuredTagsUri: sameHost(idOf(actor.featuredTags), uri),
    alsoKnownAs: idsOf(actor.alsoKnownAs, 16),
    attributionDomains: list(actor.attributionDomains, MAX.sites).flatMap((site) => text(site, 300) ?? []),
    movedTo: idOf(actor.movedTo),
    createdAt: timeOf(actor.published, now),
    keys: keysOf(actor),
  }
}

/** The largest of several: PeerTube offers its pictures in more than one size. */
function pictureOf(value: unknown): Json | undefined {
  const width = (one: Json) => integer(one.width, 1, 10_000) ?? 0
  return list(value, 8).reduce<Json | undefined>(
    (best, one) => (isObject(one) && (!best || width(one) > width(best)) ? one : best),
    undefined,
  )
}

/** The keys an actor lists, if they name it as owner and live on its host (rule 7). */
export function keysOf(actor: Json): { id: string; pem: string }[] {
  const uri = idOf(actor)
  if (!uri) return []
  return list(actor.publicKey, 4).flatMap((key) => {
    if (!isObject(key)) return []
    const id = idOf(key)
    const pem = text(key.publicKeyPem, 10_000)
    return id && pem && idOf(key.owner) === uri && hostOf(id) === hostOf(uri) ? [{ id, pem }] : []
  })
}

function fieldsOf(actor: Json): Field[] {
  return list(actor.attachment, 64)
    .filter((one): one is Json => isObject(one) && typesOf(one).includes('PropertyValue'))
    .slice(0, MAX.fields)
    .map((one) => ({
      name: plainText(sanitise(text(one.name, MAX.name) ?? ''))
        .replace(INVISIBLE, '')
        .trim(),
      value: sanitise(text(one.value, 10_000) ?? ''),
      verifiedAt: null,
    }))
}

/** An address on the host of `uri`, or null. */
export function sameHost(address: string | null, uri: string): string | null {
  return address && hostOf(address) === hostOf(uri) ? address : null
}

export const onSite = (address: string | null, uri: string) => (address && sameSite(address, uri) ? address : null)

/** The same host, one a sub-domain of the other, or two of one domain (its last two labels): close enough for profile pages and inboxes. */
export function sameSite(a: string, b: string): boolean {
  const [one, two] = [hostOf(a), hostOf(b)]
  if (one === '' || two === '') return false
  if (one === two || one.endsWith(`.${two}`) || two.endsWith(`.${one}`)) return true
  const site = (host: string) => host.split('.').slice(-2).join('.')
  return site(one).includes('.') && site(one) === site(two)
}
