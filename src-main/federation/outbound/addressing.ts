import { createPrivateKey } from 'node:crypto'
import { loadAccounts } from '../../domain/accounts.ts'
import { AppError } from '../../domain/errors.ts'
import { everyInbox, followerInboxes, knownInboxes, postById } from '../../domain/posts.ts'
import { acceptedRelays } from '../../domain/relays.ts'
import { signProof } from '../../signatures/index.ts'
import { ACTOR_CONTEXT, POST_CONTEXT, PROVEN_ACTOR_CONTEXT, PROVEN_CONTEXT, PUBLIC } from '../mapping/context.ts'
import { uriOf } from '../surroundings.ts'
import type { KeyObject } from 'node:crypto'
import type { Domain } from '../../domain/domain.ts'
import type { Prepared } from '../../domain/ports.ts'
import type { Account, Post } from '../../domain/types.ts'
import type { Identity, IdentityHolder } from '../identity.ts'
import type { Document } from '../mapping/to-activity.ts'

/** What every renderer needs: who we are, where things go, and the activity made ready with its proof. */
export interface Addressing {
  me(): Identity
  account(id: number | null): Account | null
  /** Shared inboxes where there are some, except for what is for one person; never our own host. */
  inboxes(to: { followers: boolean; accountIds: number[]; personal?: boolean; relays?: boolean }): string[]
  /** Everybody we have to do with. */
  known(): string[]
  /** Everybody who has ever been heard of. */
  everybody(): string[]
  /** Ready to leave; public things with an integrity proof. */
  ready(activity: Document, to: string[], more?: Omit<Prepared, 'uri' | 'body' | 'inboxes'>): Prepared
  /** To the author of a post, if that is somebody else. */
  toAuthor(postId: number, make: (author: string, object: string, account: Account) => Document): Prepared | 'drop'
  toAccount(accountId: number | null, make: (uri: string) => Document): Prepared | 'drop'
  /** Throws while an own post is still held back: it cannot be answered, boosted or quoted out there yet. */
  expectOutside(other: Pick<Post, 'own' | 'releasedAt'>): void
}

export function openAddressing(d: Domain, identity: IdentityHolder): Addressing {
  let proving: { pem: string; key: KeyObject } | null = null

  const me = (): Identity => {
    const current = identity.current()
    if (!current) throw new AppError('unavailable', 'There is no address yet.')
    return current
  }
  const account = (id: number | null): Account | null => (id === null ? null : (loadAccounts(d, [id]).get(id) ?? null))
  const elsewhere = (all: string[]): string[] => {
    const { host } = me().uris
    return [...new Set(all)].filter((inbox) => (URL.parse(inbox)?.host ?? host) !== host)
  }
  const inboxes: Addressing['inboxes'] = ({ followers, accountIds, personal, relays }) => {
    const all = followers ? followerInboxes(d).map((one) => one.sharedInbox ?? one.inbox) : []
    for (const one of loadAccounts(d, accountIds).values()) {
      if (one.inbox && !one.own) all.push(personal ? one.inbox : (one.sharedInbox ?? one.inbox))
    }
    if (relays) for (const relay of acceptedRelays(d)) all.push(relay.inbox)
    return elsewhere(all)
  }

  /** One signature for all the servers it goes to. Never on anything that is for few: it would prove to others that it was said. */
  function proven(activity: Document): Document {
    const { to, cc } = activity as { to?: string[]; cc?: string[] }
    if (![...(to ?? []), ...(cc ?? [])].includes(PUBLIC)) return activity
    const { keys, uris } = me()
    const pem = keys.ed25519PrivatePem
    if (proving?.pem !== pem) proving = { pem, key: createPrivateKey(pem) }
    const context =
      activity['@context'] === ACTOR_CONTEXT ? PROVEN_ACTOR_CONTEXT : activity['@context'] === POST_CONTEXT ? PROVEN_CONTEXT : null
    if (context === null) return activity
    return signProof({ ...activity, '@context': context }, { privateKey: proving.key, verificationMethod: uris.edKey }, d.now())
  }

  const ready: Addressing['ready'] = (activity, to, more = {}) => ({
    uri: String(activity.id),
    body: JSON.stringify(proven(activity)),
    inboxes: to,
    ...more,
  })

  return {
    me,
    account,
    inboxes,
    everybody: () => elsewhere(everyInbox(d)),
    known: () => elsewhere(knownInboxes(d).map((one) => one.sharedInbox ?? one.inbox)),
    ready,
    toAuthor(postId, make) {
      const target = postById(d, postId)
      const author = account(target?.accountId ?? null)
      if (!target || !author?.uri || author.own) return 'drop'
      return ready(
        make(author.uri, uriOf(me().uris, target), author),
        inboxes({ followers: false, accountIds: [author.id], personal: true }),
      )
    },
    toAccount(accountId, make) {
      const one = account(accountId)
      if (!one?.uri || one.own) return 'drop'
      return ready(make(one.uri), inboxes({ followers: false, accountIds: [one.id], personal: true }))
    },
    expectOutside(other) {
      if (other.own && other.releasedAt === null) throw new AppError('unavailable', 'What this speaks of has not left yet.')
    },
  }
}
