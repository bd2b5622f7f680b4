import { createHash, sign, type KeyObject } from 'node:crypto'
import { signCavage, signRfc9421 } from '../../../src-main/signatures/index.ts'

/** Somebody on a host of the evil peer: their document, their key, and everything they may put their name to. */
export interface EvilActor {
  readonly id: string
  readonly origin: string
  readonly keyId: string
  readonly inbox: string
  readonly followers: string
  readonly keys: Keys
  /** Served as it is at the moment of asking. */
  document: Record<string, unknown>
  /** Headers of a request to an inbox, signed now unless told otherwise. */
  signed(url: string, body: string, options?: SignOptions): Record<string, string>
  note(change?: Record<string, unknown>): Record<string, unknown> & { id: string }
  /** The Create of a note, public unless told otherwise. */
  create(note?: Record<string, unknown>, change?: Record<string, unknown>): Record<string, unknown> & { id: string }
  activity(type: string, object: unknown, change?: Record<string, unknown>): Record<string, unknown> & { id: string }
}

export interface Keys {
  privateKey: KeyObject
  publicPem: string
}

export interface SignOptions {
  date?: number
  keyId?: string
  keys?: Keys
  scheme?: 'cavage' | 'rfc9421'
  method?: 'GET' | 'POST'
}

export const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
let serial = 1

export function makeEvilActor(origin: string, name: string, change: Record<string, unknown>, keys: Keys): EvilActor {
  const id = `${origin}/users/${name}`
  const keyId = `${id}#main-key`
  const followers = `${id}/followers`
  const audience = (note: Record<string, unknown>) => ({ to: note.to ?? [PUBLIC], cc: note.cc ?? [followers] })
  const actor: EvilActor = {
    id,
    origin,
    keyId,
    inbox: `${id}/inbox`,
    followers,
    keys,
    document: {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id,
      type: 'Person',
      preferredUsername: name,
      name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      inbox: `${id}/inbox`,
      outbox: `${id}/outbox`,
      followers,
      featured: `${id}/featured`,
      url: `${origin}/@${name}`,
      endpoints: { sharedInbox: `${origin}/inbox` },
      publicKey: { id: keyId, owner: id, publicKeyPem: keys.publicPem },
      ...change,
    },
    signed(url, body, options = {}) {
      const method = options.method ?? 'POST'
      return (options.scheme === 'rfc9421' ? signRfc9421 : signCavage)({
        method,
        url,
        ...(method === 'POST' ? { body } : {}),
        keyId: options.keyId ?? keyId,
        privateKey: (options.keys ?? keys).privateKey,
        date: options.date ?? Date.now(),
        headers: method === 'POST' ? { 'content-type': 'application/activity+json' } : { accept: 'application/activity+json' },
      })
    },
    note(given = {}) {
      return {
        id: `${id}/statuses/${serial++}`,
        type: 'Note',
        attributedTo: id,
        content: '<p>The ferry is late.</p>',
        published: new Date().toISOString(),
        ...audience(given),
        ...given,
      }
    },
    create(given = {}, more = {}) {
      const object = actor.note(given)
      return {
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${object.id}/activity`,
        type: 'Create',
        actor: id,
        published: object.published,
        to: object.to,
        cc: object.cc,
        object,
        ...more,
      }
    },
    activity: (type, object, more = {}) => ({
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: `${id}#${type.toLowerCase()}s/${serial++}`,
      type,
      actor: id,
      object,
      ...more,
    }),
  }
  return actor
}

/** What a hand-made draft-cavage signature says and covers: everything an honest signer would not do. */
export interface HandMade {
  keyId: string
  algorithm?: string | null
  covered?: string[]
  /** Text after the parameters, such as a second `keyId`. */
  more?: string
  fields?: Record<string, string>
  /** Instead of a signature. */
  bytes?: string
  digestOf?: string
}

/** Signs by hand, as loosely as told, with the right key: only what is wrong about it can be what is refused. */
export function signByHand(keys: Keys, url: string, body: string, how: HandMade): Record<string, string> {
  const target = new URL(url)
  const digest = createHash('sha256')
    .update(how.digestOf ?? body)
    .digest('base64')
  const fields: Record<string, string> = { host: target.host, date: new Date().toUTCString(), digest: `SHA-256=${digest}`, ...how.fields }
  const covered = how.covered ?? ['(request-target)', 'host', 'date', 'digest']
  const lines = covered.map((name) => `${name}: ${name === '(request-target)' ? `post ${target.pathname}` : (fields[name] ?? '')}`)
  const bytes = how.bytes ?? sign('sha256', Buffer.from(lines.join('\n')), keys.privateKey).toString('base64')
  const algorithm = how.algorithm === null ? '' : `algorithm="${how.algorithm ?? 'rsa-sha256'}",`
  const signature = `keyId="${how.keyId}",${algorithm}headers="${covered.join(' ')}",signature="${bytes}"${how.more ?? ''}`
  return { ...fields, 'content-type': 'application/activity+json', signature }
}
