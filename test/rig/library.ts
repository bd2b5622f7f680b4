import sharp from 'sharp'
import { receiveBoost, receivePost, releasePost, writePost } from '../../src-main/domain/posts.ts'
import { addListMembers, createList } from '../../src-main/domain/lists.ts'
import { follow, receiveAccept, receiveFollow } from '../../src-main/domain/follows.ts'
import { mediaOf } from '../../src-main/domain/media.ts'
import { receiveFavourite } from '../../src-main/domain/interactions.ts'
import { origin, ownerId } from '../../src-main/domain/owner.ts'
import { uris } from '../../src-main/domain/uris.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { openStore } from '../../src-main/store/store.ts'
import { addPerson } from './seed.ts'
import type { RemotePost } from '../../src-main/domain/posts.ts'

/**
 * A home of many years: posts of thousands of people, one every minute, through the same functions that take them in when they arrive,
 * thousands in one transaction. Everybody is invented; the same numbers give the same words.
 */
export interface Library {
  /** A post of the owner's with 200 answers. */
  threadId: string
  personId: string
  /** A list of 50 people. */
  listId: string
}

const HOSTS = 400
const AT_ONCE = 5_000
const words =
  'ferry lighthouse morning bread harbour signal winter kettle garden letter window river copper lantern market violin ladder orchard cellar postcard thunder bicycle marble feather meadow tunnel pepper anchor blanket compass drizzle ember falcon granite hammock island juniper kiosk lemon mosaic needle oyster parcel quarry ribbon saddle thimble umbrella velvet willow'.split(
    ' ',
  )

/**
 * `pictured`: of so many of the newest posts three in ten have a picture that is here, and one in ten a poll, as in a window that has been
 * open a while.
 */
export async function fillLibrary(
  folder: string,
  size: { posts: number; accounts: number; until: number; pictured?: number },
): Promise<Library> {
  let clock = size.until - size.posts * 60_000
  const store = openStore({ folder, now: () => clock })
  try {
    // Of a run that breaks nothing is kept: what is seeded need not be on the disk before the next is.
    store.database.pragma('synchronous = off')
    const d = openDomain({ store, now: () => clock })
    const random = numbers(42)
    const people = addPeople(d, size.accounts)
    const followed = people.slice(0, Math.floor(size.accounts / 5))
    let recent: { id: number; uri: string }[] = []
    const picture = await sharp({ create: { width: 600, height: 400, channels: 3, background: '#8aa9a4' } })
      .jpeg()
      .toBuffer()
    for (let done = 0; done < size.posts; done += AT_ONCE) {
      const chunk: typeof recent = []
      const pictures: number[] = []
      store.transaction(() => {
        for (let number = done; number < Math.min(done + AT_ONCE, size.posts); number++) {
          clock += 60_000
          // Four of five posts are by people the owner follows.
          const authors = random(5) === 0 ? people : followed
          const accountId = authors[random(authors.length)] as number
          const answered = number % 8 === 7 ? recent[random(recent.length)]?.uri : undefined
          const boosted = number % 25 === 24 ? recent[random(recent.length)] : undefined
          if (boosted) {
            receiveBoost(d, {
              uri: `https://seed.peers.test/boosts/${number}`,
              accountId,
              postId: boosted.id,
              published: clock,
              visibility: 'public',
            })
            continue
          }
          const mixed = number >= size.posts - (size.pictured ?? 0)
          const post = mixed
            ? mixedPostOf(number, accountId, clock, random, answered ?? null)
            : postOf(number, accountId, clock, random, answered ?? null)
          const stored = receivePost(d, post)
          if (stored) chunk.push({ id: stored.id, uri: post.uri })
          if (stored && mixed) for (const file of mediaOf(d, stored.id)) pictures.push(file.id)
        }
      })
      for (const id of pictures.splice(0)) await store.cache.put(`media:${id}`, picture)
      recent = chunk
      // Lets the log of events be swept, as it is where days lie between.
      await new Promise(setImmediate)
    }
    return addOwnThings(d, followed, random)
  } finally {
    store.close()
  }
}

/** Mulberry32: even in its low bits, which a plain congruence is not. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}

/** The first fifth is followed. */
function addPeople(d: Domain, count: number): number[] {
  return d.store.transaction(() =>
    Array.from({ length: count }, (_, number) => {
      const id = addPerson(d, `https://s${number % HOSTS}.peers.test`, `writer${number}`)
      if (number >= count / 5) return id
      follow(d, id)
      receiveAccept(d, { accountId: id })
      return id
    }),
  )
}

const sentence = (random: (below: number) => number): string =>
  Array.from({ length: 12 + random(20) }, () => words[random(words.length)]).join(' ')

function postOf(
  number: number,
  accountId: number,
  published: number,
  random: (below: number) => number,
  answered: string | null,
): RemotePost {
  const japanese = number % 20 === 0
  const uri = `https://seed.peers.test/notes/${number}`
  const link = number % 6 === 0 ? ` <a href="https://paper${number % 50}.peers.test/${number}">paper${number % 50}.peers.test</a>` : ''
  return {
    uri,
    url: `${uri}/page`,
    accountId,
    type: number % 100 === 3 ? 'Question' : 'Note',
    published,
    edited: null,
    content: `<p>${japanese ? '朝の港で灯台を見ました。' : ''}${sentence(random)}${number % 9973 === 0 ? ' zeppelin' : ''}${link}</p>`,
    warning: number % 40 === 0 ? (words[random(words.length)] as string) : '',
    sensitive: false,
    language: japanese ? 'ja' : 'en',
    visibility: 'public',
    inReplyToUri: answered,
    mentions: [],
    tags: number % 10 === 0 ? ['harbour'] : [],
    media:
      number % 5 === 0
        ? [{ kind: 'image', url: `${uri}/1.jpg`, mime: 'image/jpeg', description: sentence(random).slice(0, 60), width: 1200, height: 800 }]
        : [],
    emojis: [],
    forOwner: false,
    poll:
      number % 100 === 3
        ? {
            multiple: false,
            options: ['Bread', 'Salt', 'Tide'].map((title) => ({ title, votes: random(40) })),
            voters: 40,
            endsAt: published + 86_400_000,
            closedAt: null,
          }
        : null,
  }
}

function mixedPostOf(...[number, accountId, published, random, answered]: Parameters<typeof postOf>): RemotePost {
  const post = postOf(number, accountId, published, random, answered)
  const [width, height] = number % 2 === 0 ? [1200, 800] : [900, 1200]
  return {
    ...post,
    type: number % 10 === 4 ? 'Question' : 'Note',
    media:
      number % 10 < 3
        ? [{ kind: 'image', url: `${post.uri}/1.jpg`, mime: 'image/jpeg', description: sentence(random).slice(0, 60), width, height }]
        : [],
    poll:
      number % 10 === 4
        ? {
            multiple: false,
            options: ['Bread', 'Salt', 'Tide'].map((title) => ({ title, votes: random(40) })),
            voters: 40,
            endsAt: published + 86_400_000,
            closedAt: null,
          }
        : null,
  }
}

/** Posts of the owner's, answers, favourites and boosts of them, followers, a list. */
function addOwnThings(d: Domain, followed: readonly number[], random: (below: number) => number): Library {
  return d.store.transaction(() => {
    const own: number[] = []
    for (let number = 0; number < 300; number++) {
      const { post } = writePost(d, { text: sentence(random), visibility: 'public', language: 'en' })
      releasePost(d, post.id, d.now())
      own.push(post.id)
    }
    const { post: thread } = writePost(d, { text: 'Where does the tide leave its ferries?', visibility: 'public', language: 'en' })
    releasePost(d, thread.id, d.now())
    const u = uris(origin(d) as string, 'ana')
    const answers: string[] = [u.post(thread.id)]
    for (let number = 0; number < 200; number++) {
      const uri = `https://seed.peers.test/answers/${number}`
      const accountId = followed[number % followed.length] as number
      receivePost(d, {
        ...postOf(1, accountId, d.now(), random, null),
        uri,
        url: uri,
        inReplyToUri: answers[random(Math.min(answers.length, 40))] as string,
        mentions: number % 3 === 0 ? [{ acct: 'ana', accountId: ownerId(d), uri: u.actor }] : [],
        forOwner: number % 3 === 0,
      })
      answers.push(uri)
    }
    for (let number = 0; number < 3_000; number++) {
      const accountId = followed[random(followed.length)] as number
      receiveFavourite(d, { accountId, postId: own[random(40)] as number, uri: `https://seed.peers.test/likes/${number}` })
    }
    for (let number = 0; number < 200; number++) {
      const accountId = followed[number % followed.length] as number
      receiveFollow(d, { accountId, uri: `https://seed.peers.test/follows/${number}` })
    }
    const list = createList(d, { title: 'Fifty', replies: 'list', exclusive: false })
    addListMembers(d, list.id, followed.slice(0, 50))
    return { threadId: String(thread.id), personId: String(followed[7]), listId: String(list.id) }
  })
}
