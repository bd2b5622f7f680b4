import { expect, it } from 'vitest'
import { boostPost, receiveBoost, removeRemoteBoost, unboostPost } from '../../../src-main/domain/boosts.ts'
import {
  authorize,
  block,
  follow,
  receiveAccept,
  receiveBlock,
  receiveFollow,
  receiveReject,
  receiveUnblock,
  receiveUndoFollow,
  reject,
  removeFollower,
  unblock,
  unfollow,
} from '../../../src-main/domain/follows.ts'
import { favouritePost, receiveFavourite, removeFavourite, unfavouritePost } from '../../../src-main/domain/interactions.ts'
import { updateProfile } from '../../../src-main/domain/owner.ts'
import {
  deletePost,
  editPost,
  markGone,
  postById,
  receiveEdit,
  receivePost,
  releasePost,
  removeRemotePost,
  writePost,
} from '../../../src-main/domain/posts.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { openAna, ORIGIN, person, remotePost } from './home.ts'
import type { Home } from './home.ts'
import type { Visibility } from '../../../src-main/domain/types.ts'

/** Mulberry32: the same steps in every run of a seed. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below)
  }
}

const VISIBILITIES: Visibility[] = ['public', 'unlisted', 'private', 'direct']

/** Every stored number against what the rows say, and every row that hangs on something against what it hangs on. */
function drift(home: Home): unknown[] {
  const db = home.store.database
  return [
    ...db
      .prepare(
        `select id, replies_count, boosts_count, favourites_count,
           (select count(*) from posts r where r.in_reply_to_id = p.id and r.visibility in ('public', 'unlisted')) as replies,
           (select count(*) from posts b where b.boost_of = p.id) as boosts,
           (select count(*) from favourites f where f.post_id = p.id) as favourites
         from posts p where replies_count <> replies or boosts_count <> boosts or favourites_count <> favourites`,
      )
      .all(),
    ...db
      .prepare(
        `select a.id, followers_count, following_count, posts_count,
           (select count(*) from follows where target_id = a.id and state = 'accepted') as followers,
           (select count(*) from follows where account_id = a.id and state = 'accepted') as following,
           (select count(*) from posts where account_id = a.id and visibility <> 'direct') as posts
         from accounts a where own = 1 and (followers_count <> followers or following_count <> following or posts_count <> posts)`,
      )
      .all(),
    ...db
      .prepare(
        `select 'search' as what, rowid from search where rowid not in (select id from posts where boost_of is null)
         union all select 'unindexed', id from posts where boost_of is null and id not in (select rowid from search)
         union all select 'tag', post_id from post_tags where post_id not in (select id from posts)
         union all select 'dead uri', p.id from posts p join tombstones t on t.uri = p.uri
         union all select 'hanging media', id from media where own = 0 and kind = 'image' and post_id is null`,
      )
      .all(),
    ...(db.pragma('foreign_key_check') as unknown[]),
  ]
}

it.each([1, 2, 3, 4])('numbers never drift from the rows, whatever happens in whatever order (seed %i)', (seed) => {
  const home = openAna()
  const pick = random(seed)
  const names = ['bo', 'cy', 'di', 'eve']
  const uriOf = (name: string) => `https://tide.example/users/${name}`
  let people = names.map((name) => person(home, name))
  let serial = 0
  const notes: string[] = []
  const boosts: string[] = []
  const anyPost = () => {
    const rows = home.store.database.prepare('select id from posts order by id').all() as { id: number }[]
    return rows.length === 0 ? 0 : (rows[pick(rows.length)] as { id: number }).id
  }
  const anyone = () => people[pick(people.length)] as number
  const name = () => names[pick(names.length)] as string
  const visibility = () => VISIBILITIES[pick(4)] as Visibility
  // Notes belong to one of them by their address, which is remembered when first spoken of: parents, edits and deletes also come first.
  const note = () => {
    if (notes.length === 0 || pick(4) === 0) notes.push(`https://tide.example/n/${notes.length}`)
    const at = Math.max(0, notes.length - 1 - pick(12))
    return { uri: notes[at] as string, author: at % names.length }
  }
  const steps: (() => unknown)[] = [
    () => writePost(home, { text: `one #t${pick(4)}`, visibility: visibility(), inReplyToId: pick(2) ? anyPost() : null }),
    () => releasePost(home, anyPost(), home.now()),
    () => editPost(home, anyPost(), { text: `edited ${pick(9)} #t${pick(4)}` }),
    () => deletePost(home, anyPost()),
    () => {
      const { uri, author } = note()
      const parent =
        pick(3) === 0 ? note().uri : pick(2) ? (postById(home, anyPost())?.uri ?? `${ORIGIN}/users/ana/statuses/${anyPost()}`) : null
      const file = { kind: 'image' as const, url: `${uri}.jpg`, mime: null }
      return receivePost(
        home,
        remotePost(people[author] as number, { uri, inReplyToUri: parent, visibility: visibility(), tags: [`t${pick(4)}`], media: [file] }),
      )
    },
    () => {
      const { uri, author } = note()
      const accountId = pick(5) === 0 ? anyone() : (people[author] as number)
      return receiveEdit(home, remotePost(accountId, { uri, visibility: visibility(), edited: home.now(), content: `<p>${pick(99)}</p>` }))
    },
    () => {
      const { uri, author } = note()
      return pick(4) === 0 && removeRemotePost(home, uri, uriOf(names[author] as string))
    },
    () => boostPost(home, anyPost()),
    () => unboostPost(home, anyPost()),
    () => {
      const uri = pick(3) === 0 && boosts.length > 0 ? (boosts[pick(boosts.length)] as string) : `https://tide.example/b/${++serial}`
      boosts.push(uri)
      return receiveBoost(home, { uri, accountId: anyone(), postId: anyPost(), published: null, visibility: visibility() })
    },
    () => removeRemoteBoost(home, boosts[pick(boosts.length || 1)] ?? null, anyone(), pick(2) ? anyPost() : undefined),
    () => favouritePost(home, anyPost()),
    () => unfavouritePost(home, anyPost()),
    () => receiveFavourite(home, { uri: `https://tide.example/l/${pick(30)}`, accountId: anyone(), postId: anyPost() }),
    () => removeFavourite(home, { uri: `https://tide.example/l/${pick(30)}`, accountId: anyone(), postId: pick(2) ? anyPost() : null }),
    () => follow(home, anyone()),
    () => unfollow(home, anyone()),
    () => receiveAccept(home, { accountId: anyone() }),
    () => receiveReject(home, { accountId: anyone() }),
    () => receiveFollow(home, { accountId: anyone(), uri: `https://tide.example/f/${++serial}` }),
    () => receiveUndoFollow(home, { accountId: anyone() }),
    () => authorize(home, anyone()),
    () => reject(home, anyone()),
    () => removeFollower(home, anyone()),
    () => updateProfile(home, { locked: pick(2) === 0 }),
    () => block(home, anyone()),
    () => unblock(home, anyone()),
    () => receiveBlock(home, { accountId: anyone(), uri: null }),
    () => receiveUnblock(home, { accountId: anyone() }),
    () => {
      if (pick(8) > 0) return
      markGone(home, uriOf(name()))
      people = names.map((one) => person(home, one))
    },
  ]
  let done = 0
  for (let i = 0; i < 1_500; i++) {
    home.clock.at += pick(3) * 500
    const before = i % 10 === 0 ? home.picture() : null
    try {
      ;(steps[pick(steps.length)] as () => unknown)()
      done++
    } catch (error) {
      // Refused is fine, as long as it changes nothing.
      if (!(error instanceof AppError)) throw error
      if (before !== null) expect(home.picture()).toBe(before)
    }
    if (i % 50 === 0) expect(drift(home)).toEqual([])
  }
  expect(drift(home)).toEqual([])
  expect(done).toBeGreaterThan(800)
  expect(home.rows('posts')).toBeGreaterThan(20)
})
