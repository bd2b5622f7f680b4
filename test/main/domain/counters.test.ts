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
import { pin, receivePin, setPinned, unpin } from '../../../src-main/domain/pins.ts'
import { endPolls, receiveTally, receiveVote, vote } from '../../../src-main/domain/polls.ts'
import { receiveQuoteRequest, revokeQuote, revokeStamp, settleQuote } from '../../../src-main/domain/quotes.ts'
import { react, receiveReaction, removeReaction, unreact } from '../../../src-main/domain/reactions.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { MINUTE, openAna, ORIGIN, person, remotePost } from './home.ts'
import type { Home } from './home.ts'
import type { QuoteState, Visibility } from '../../../src-main/domain/types.ts'

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

const QUOTES: QuoteState[] = ['pending', 'accepted', 'rejected', 'revoked', 'deleted', 'unverified']
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
        `select id, quotes_count, (select count(*) from posts q where q.quote_of = p.id and q.quote_state = 'accepted') as quotes
         from posts p where quotes_count <> quotes
         union all
         select polls.post_id, voters, (select count(distinct account_id) from votes where votes.post_id = polls.post_id) as people
         from polls join posts on posts.id = polls.post_id
         where own = 1 and (voters <> people or (select sum(value ->> 'votes') from json_each(options))
           <> (select count(*) from votes where votes.post_id = polls.post_id))
         union all
         select id, quote_of, null from posts where quote_state = 'accepted' and quote_of is null
         union all
         select id, 0, null from posts where type = 'Question' and own = 1 and id not in (select post_id from polls)
         union all
         select account_id, count(*), null from posts where pinned_at is not null and own = 1 group by account_id having count(*) > 5`,
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
  const one = (where: string) => {
    const rows = home.store.database.prepare(`select id from posts where ${where} order by id`).all() as { id: number }[]
    return rows.length === 0 ? 0 : (rows[pick(rows.length)] as { id: number }).id
  }
  const anyPost = () => one('1')
  // One of the right kind mostly, else the interesting things would hardly ever happen.
  const among = (where: string) => (pick(5) === 0 ? anyPost() : one(where))
  const polled = (own: number) => among(`own = ${own} and id in (select post_id from polls)`)
  const anyone = () => people[pick(people.length)] as number
  const name = () => names[pick(names.length)] as string
  const visibility = () => VISIBILITIES[pick(4)] as Visibility
  // Notes belong to one of them by their address, which is remembered when first spoken of: parents, edits and deletes also come first.
  const note = () => {
    if (notes.length === 0 || pick(4) === 0) notes.push(`https://tide.example/n/${notes.length}`)
    const at = Math.max(0, notes.length - 1 - pick(12))
    return { uri: notes[at] as string, author: at % names.length }
  }
  const poll = () => ({ options: ['a', 'b', ...(pick(3) ? [] : ['c'])], multiple: pick(2) === 0, expiresIn: 5 * MINUTE })
  const tally = () => ({
    multiple: pick(4) === 0,
    options: ['a', 'b'].map((title) => ({ title, votes: pick(9) })),
    voters: pick(2) ? pick(9) : null,
    endsAt: pick(2) ? home.now() + (1 + pick(9)) * MINUTE : null,
    closedAt: null,
  })
  const quote = () => {
    if (pick(2)) return null
    const uri = pick(2) ? note().uri : `${ORIGIN}/users/ana/statuses/${anyPost()}`
    return { uri, stamp: pick(2) ? `https://tide.example/stamps/${pick(6)}` : null }
  }
  const steps: (() => unknown)[] = [
    () => writePost(home, { text: `one #t${pick(4)}`, visibility: visibility(), inReplyToId: pick(2) ? anyPost() : null }),
    () => releasePost(home, among('own = 1 and released_at is null'), home.now()),
    () =>
      writePost(home, {
        text: 'quote',
        visibility: visibility(),
        quoteOf: among(`own = ${pick(2)} and boost_of is null and visibility in ('public', 'unlisted')`),
      }),
    () => writePost(home, { text: 'poll', visibility: visibility(), poll: poll() }),
    () => editPost(home, polled(1), { text: 'poll again', poll: pick(3) ? poll() : null }),
    () =>
      receiveVote(home, { postId: polled(1), accountId: anyone(), name: ['a', 'b', 'c'][pick(3)] as string, uri: null, at: home.now() }),
    () => vote(home, polled(0), [pick(3)]),
    () => receiveTally(home, polled(0), tally()),
    () => endPolls(home),
    () =>
      settleQuote(home, among('quote_state is not null'), {
        state: QUOTES[pick(QUOTES.length)] as QuoteState,
        ...(pick(3) ? {} : { quoteOf: anyPost() }),
      }),
    () => {
      const { uri, author } = note()
      return receiveQuoteRequest(home, {
        postId: among('own = 1 and released_at is not null'),
        accountId: people[author] as number,
        quotingUri: uri,
        requestUri: null,
      })
    },
    () => revokeStamp(home, `https://tide.example/stamps/${pick(6)}`, anyone()),
    () => {
      const id = among('quote_of in (select id from posts where own = 1)')
      return revokeQuote(home, postById(home, id)?.quoteOf ?? anyPost(), id)
    },
    () => pin(home, among('own = 1')),
    () => unpin(home, among('pinned_at is not null')),
    () => receivePin(home, anyone(), anyPost()),
    () => setPinned(home, anyone(), [anyPost(), anyPost()]),
    () => react(home, anyPost(), '🎉'),
    () => unreact(home, anyPost(), '🎉'),
    () =>
      receiveReaction(home, {
        postId: anyPost(),
        accountId: anyone(),
        emoji: '🌊',
        picture: null,
        uri: `https://tide.example/r/${pick(30)}`,
      }),
    () => removeReaction(home, { accountId: anyone(), uri: `https://tide.example/r/${pick(30)}` }),
    () => editPost(home, anyPost(), { text: `edited ${pick(9)} #t${pick(4)}` }),
    () => deletePost(home, anyPost()),
    () => {
      const { uri, author } = note()
      const parent =
        pick(3) === 0 ? note().uri : pick(2) ? (postById(home, anyPost())?.uri ?? `${ORIGIN}/users/ana/statuses/${anyPost()}`) : null
      const file = { kind: 'image' as const, url: `${uri}.jpg`, mime: null }
      return receivePost(
        home,
        remotePost(people[author] as number, {
          uri,
          inReplyToUri: parent,
          visibility: visibility(),
          tags: [`t${pick(4)}`],
          media: [file],
          quote: quote(),
          ...(pick(3) ? {} : { type: 'Question', poll: tally() }),
        }),
      )
    },
    () => {
      const { uri, author } = note()
      const accountId = pick(5) === 0 ? anyone() : (people[author] as number)
      const more = { ...(pick(2) ? { quote: quote() } : {}), ...(pick(3) ? {} : { poll: pick(3) ? tally() : null }) }
      const edited = pick(3) ? home.now() : null
      return receiveEdit(home, remotePost(accountId, { uri, visibility: visibility(), edited, content: `<p>${pick(99)}</p>`, ...more }))
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
  for (let i = 0; i < 2_000; i++) {
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
  // Each kind of thing has happened, or nothing is shown about it.
  const happened = (type: string) => home.rows('events', `type = '${type}'`)
  for (const type of [
    'voted',
    'poll-changed',
    'quote-asked',
    'quote-answered',
    'quote-changed',
    'pinned',
    'unpinned',
    'reacted',
    'unreacted',
  ]) {
    expect([type, happened(type) > 0]).toEqual([type, true])
  }
})
