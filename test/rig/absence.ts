import { accountIdByAcct, upsertAccount } from '../../src-main/domain/accounts.ts'
import { dueCards, settleCard, wantCard } from '../../src-main/domain/cards.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { followTag } from '../../src-main/domain/followed-tags.ts'
import { receiveFollow } from '../../src-main/domain/follows.ts'
import { receiveFavourite } from '../../src-main/domain/interactions.ts'
import { newestNotification } from '../../src-main/domain/notifications.ts'
import { ownerId, updateProfile } from '../../src-main/domain/owner.ts'
import { receiveBoost, receivePost, releasePost, writePost } from '../../src-main/domain/posts.ts'
import { setMarker, setPlace } from '../../src-main/domain/reading.ts'
import { setPolicy } from '../../src-main/domain/requests.ts'
import { homePage } from '../../src-main/domain/timelines.ts'
import { idTime } from '../../src-main/store/ids.ts'
import { openStore } from '../../src-main/store/store.ts'
import { people } from '../renderer/mock/people.ts'
import { fillWorld, type World } from './world.ts'

/**
 * The lived-in home after a night away: what came in nine hours, links that several people shared, private mentions in three threads,
 * strangers who are held back, requests to follow, and a post that many liked.
 */
export interface Absence extends World {
  /** The post with ten favourites. */
  liked: string
  /** What the owner had last seen. */
  seen: string
}

const HOUR = 3600_000

export async function fillAbsence(folder: string): Promise<Absence> {
  const world = await fillWorld(folder)
  const end = Date.now()
  let clock = end
  const store = openStore({ folder, now: () => clock })
  try {
    const d = openDomain({ store, now: () => clock })
    return { ...world, ...fill(d, end, (at) => (clock = at)) }
  } finally {
    store.close()
  }
}

function fill(d: Domain, end: number, at: (time: number) => void): { liked: string; seen: string } {
  const idOf = (name: string): number => {
    const known = people.find((one) => one.username === name)
    const id = known ? accountIdByAcct(d, `${name}@${known.host}`) : null
    if (id === null) throw new Error(`There is nobody called ${name}`)
    return id
  }
  const me = { acct: 'ada@ada.example', accountId: ownerId(d) }
  let serial = 0
  const say = (accountId: number, hours: number, html: string, more: Partial<Parameters<typeof receivePost>[1]> = {}): number => {
    at(end - hours * HOUR)
    const uri = `https://night.example/posts/${++serial}`
    const stored = receivePost(d, {
      uri,
      url: uri,
      accountId,
      type: 'Note',
      published: end - hours * HOUR,
      edited: null,
      content: `<p>${html}</p>`,
      warning: '',
      sensitive: false,
      language: 'en',
      visibility: 'public',
      inReplyToUri: null,
      mentions: [],
      tags: [],
      media: [],
      emojis: [],
      forOwner: false,
      ...more,
    })
    if (!stored) throw new Error('The post was not kept')
    return stored.id
  }
  const stranger = (username: string, created = Date.UTC(2024, 1, 1)): number =>
    upsertAccount(d, {
      uri: `https://crowd.example/users/${username}`,
      username,
      domain: 'crowd.example',
      type: 'Person',
      displayName: username[0]?.toUpperCase() + username.slice(1),
      note: '',
      url: `https://crowd.example/@${username}`,
      avatarUrl: null,
      headerUrl: null,
      fields: [],
      emojis: [],
      locked: false,
      discoverable: true,
      indexable: true,
      inbox: `https://crowd.example/users/${username}/inbox`,
      sharedInbox: null,
      outbox: null,
      followersUri: null,
      followingUri: null,
      featuredUri: null,
      alsoKnownAs: [],
      movedTo: null,
      createdAt: created,
      keys: [],
      counts: { posts: 3, followers: 2, following: 1 },
    })

  // What came in the night.
  const maps = 'https://archive.example/flood-maps'
  const repair = 'https://workbench.test/boring-repair'
  for (const [who, hours, url] of [
    ['pia', 5, maps],
    ['cy', 4, maps],
    ['oskar', 3, maps],
    ['wren', 3.5, repair],
    ['bo', 2.5, repair],
  ] as const) {
    const id = say(idOf(who), hours, `Worth an evening: <a href="${url}">${url}</a>`)
    wantCard(d, id, [url])
  }
  const titles: Record<string, string> = {
    [maps]: 'Flood maps of the lower estuary, 1790–1910',
    [repair]: 'The case for the boring repair',
  }
  for (const { id, url } of dueCards(d, 20)) {
    const title = titles[url]
    if (!title) continue
    settleCard(
      d,
      id,
      {
        kind: 'link',
        title,
        description: '',
        language: 'en',
        authorName: '',
        authorUrl: '',
        authorId: null,
        providerName: '',
        providerUrl: '',
        width: 0,
        height: 0,
        publishedAt: null,
        picture: null,
      },
      end,
    )
  }
  say(idOf('emeka'), 6, `A long letter about looms. ${'Warp and weft, and then again. '.repeat(40)}`)
  const shared = say(idOf('jun'), 5.5, 'Start where the light is.')
  for (const who of ['bo', 'cy', 'pia']) {
    at(end - 5 * HOUR)
    receiveBoost(d, {
      uri: `https://night.example/boosts/${who}`,
      accountId: idOf(who),
      postId: shared,
      published: end - 5 * HOUR,
      visibility: 'public',
    })
  }
  followTag(d, 'glazing')
  say(stranger('gus'), 4.5, 'Putty that never dries. #glazing', { tags: ['glazing'] })
  const gloves = say(stranger('hanna'), 30, 'Somebody found my gloves.')
  at(end - 2.2 * HOUR)
  receiveBoost(d, {
    uri: 'https://night.example/boosts/loft',
    accountId: idOf('tomas'),
    postId: gloves,
    published: end - 2.2 * HOUR,
    visibility: 'public',
  })

  // Private mentions: two threads with Bo, one with Bo and Cy.
  const privately = { visibility: 'direct' as const, forOwner: true }
  const bo = { acct: 'bo@tide.example', accountId: idOf('bo') }
  say(idOf('bo'), 28, '@ada Did the press arrive?', { ...privately, mentions: [me] })
  say(idOf('bo'), 2, '@ada Shall I bring the small press on Saturday?', { ...privately, mentions: [me] })
  say(idOf('cy'), 3, '@ada @bo The hall is ours from nine.', { ...privately, mentions: [me, bo] })

  // Somebody held back, and people who ask to follow.
  setPolicy(d, { newAccounts: 'filter' })
  say(stranger('ivo', end - 3 * HOUR), 1.5, '@ada Have you thought about better windows?', { forOwner: true, mentions: [me] })
  updateProfile(d, { locked: true })
  at(end - 1.2 * HOUR)
  for (const name of ['kaya', 'lino']) receiveFollow(d, { accountId: stranger(name), uri: `https://follows.example/${name}` })

  // A post that many liked, above what was read.
  at(end - 1.1 * HOUR)
  const { post } = writePost(d, { text: 'Ten coats of varnish, and one hair in the last.', visibility: 'public', language: 'en' })
  releasePost(d, post.id, end - 1.1 * HOUR)
  const newest = newestNotification(d)
  if (newest !== null) setMarker(d, 'notifications', newest)
  at(end - 0.5 * HOUR)
  const fans = people
    .slice(1)
    .map((one) => one.username)
    .slice(0, 10)
  for (const name of fans) receiveFavourite(d, { uri: `https://night.example/likes/${name}`, accountId: idOf(name), postId: post.id })
  say(idOf('wren'), 0.4, '@ada Only one hair?', { forOwner: true, mentions: [me] })

  // The owner went to bed nine hours ago.
  const seen = homePage(d, { limit: 200 }).find((id) => idTime(id) < end - 8.6 * HOUR)
  if (seen === undefined) throw new Error('There is no evening to have left from')
  const savedAt = new Date(end - 8.6 * HOUR).toISOString()
  setPlace(d, 'home', { anchorId: String(seen), offsetPx: 0, focusedId: String(seen), lastSeenId: String(seen), savedAt })
  return { liked: String(post.id), seen: String(seen) }
}
