import { upsertAccount } from '../../src-main/domain/accounts.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { receiveAccept, follow, receiveFollow } from '../../src-main/domain/follows.ts'
import { receivePost } from '../../src-main/domain/receiving.ts'
import { openStore } from '../../src-main/store/store.ts'

/**
 * Fills a data folder that no instance runs on, through the same functions that fill it when posts arrive, many in one transaction.
 * Everybody is invented; the same seed gives the same words.
 */
export async function seedFolder(
  folder: string,
  fill: (domain: Domain) => void | Promise<void>,
  now: () => number = Date.now,
): Promise<void> {
  const store = openStore({ folder, now })
  try {
    await fill(openDomain({ store, now }))
  } finally {
    store.close()
  }
}

/** A person of another server, stored; returns the id. `origin` is `https://host`. */
export function addPerson(
  d: Domain,
  origin: string,
  name: string,
  options: { pem?: string; sharedInbox?: string | null; collections?: boolean } = {},
): number {
  const uri = `${origin}/users/${name}`
  return upsertAccount(d, {
    uri,
    username: name,
    domain: new URL(origin).host,
    type: 'Person',
    displayName: name.charAt(0).toUpperCase() + name.slice(1),
    note: '<p>Seeded.</p>',
    url: `${origin}/@${name}`,
    avatarUrl: null,
    headerUrl: null,
    fields: [],
    emojis: [],
    locked: false,
    discoverable: true,
    indexable: true,
    inbox: `${uri}/inbox`,
    sharedInbox: options.sharedInbox === undefined ? `${origin}/inbox` : options.sharedInbox,
    outbox: options.collections ? `${uri}/outbox` : null,
    followersUri: `${uri}/followers`,
    followingUri: null,
    featuredUri: options.collections ? `${uri}/collections/featured` : null,
    alsoKnownAs: [],
    movedTo: null,
    createdAt: null,
    keys: options.pem === undefined ? [] : [{ id: `${uri}#main-key`, pem: options.pem }],
  })
}

/** One follower on each of `count` servers. */
export function addFollowers(d: Domain, count: number, originOf: (number: number) => string): void {
  d.store.transaction(() => {
    for (let number = 0; number < count; number++) {
      const origin = originOf(number)
      const accountId = addPerson(d, origin, `reader${number}`)
      receiveFollow(d, { accountId, uri: `${origin}/follows/${number}` })
    }
  })
}

/** People whom the owner follows, with their yes. */
export function addFollowed(d: Domain, people: readonly { origin: string; name: string; pem?: string }[]): number[] {
  return d.store.transaction(() =>
    people.map(({ origin, name, pem }) => {
      const accountId = addPerson(d, origin, name, pem === undefined ? {} : { pem })
      follow(d, accountId)
      receiveAccept(d, { accountId })
      return accountId
    }),
  )
}

const words =
  'ferry lighthouse morning bread harbour signal winter kettle garden letter window river copper lantern market violin ladder orchard cellar postcard thunder bicycle marble feather'.split(
    ' ',
  )

/** `count` posts of those authors, one a minute up to now, oldest first; every tenth with a tag, every twentieth in Japanese. */
export function addPosts(d: Domain, authors: readonly number[], count: number): void {
  let state = 42
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % below
  }
  const start = d.now() - count * 60_000
  const chunk = 2_000
  for (let done = 0; done < count; done += chunk) {
    d.store.transaction(() => {
      for (let number = done; number < Math.min(done + chunk, count); number++) {
        const text = Array.from({ length: 12 + random(20) }, () => words[random(words.length)]).join(' ')
        const japanese = number % 20 === 0
        const accountId = authors[number % authors.length] ?? 0
        receivePost(d, {
          uri: `https://seed.peers.test/notes/${number}`,
          url: null,
          accountId,
          type: 'Note',
          published: start + number * 60_000,
          edited: null,
          content: `<p>${japanese ? '朝の港で灯台を見ました。' : ''}${text}${number % 997 === 0 ? ' zeppelin' : ''}</p>`,
          warning: '',
          sensitive: false,
          language: japanese ? 'ja' : 'en',
          visibility: 'public',
          inReplyToUri: null,
          mentions: [],
          tags: number % 10 === 0 ? ['harbour'] : [],
          media: [],
          emojis: [],
          forOwner: false,
        })
      }
    })
  }
}
