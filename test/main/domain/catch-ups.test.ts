import { describe, expect, test } from 'vitest'
import {
  catchUp,
  catchUps,
  finishCatchUp,
  keepState,
  lookAround,
  newSince,
  openCatchUp,
  topLinks,
} from '../../../src-main/domain/catch-ups.ts'
import { wantCard } from '../../../src-main/domain/cards.ts'
import { createFilter } from '../../../src-main/domain/filters.ts'
import { followTag } from '../../../src-main/domain/followed-tags.ts'
import { receiveBoost, writePost } from '../../../src-main/domain/posts.ts'
import { settleQuote } from '../../../src-main/domain/quotes.ts'
import { markers, place, setPlace } from '../../../src-main/domain/reading.ts'
import { firstIdAt } from '../../../src-main/store/ids.ts'
import { followed, HOUR, MINUTE, NOON, openAna, person, received, refused } from './home.ts'
import type { Home } from './home.ts'

let serial = 0
const boost = (home: Home, accountId: number, postId: number, published: number) =>
  receiveBoost(home, { uri: `https://tide.example/boosts/${++serial}`, accountId, postId, published, visibility: 'public' })
const kindsOf = async (home: Home, from = NOON - 9 * HOUR) =>
  new Map((await lookAround(home, { from, to: home.clock.at })).rows.map((row) => [row.id, row]))

describe('catching up', () => {
  test('what is new is counted from the post last seen, and nothing is offered for a short absence', async () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), followed(home, 'cy')]
    const seen = received(home, bo, { published: NOON - 9 * HOUR })
    for (let at = 1; at <= 5; at++) received(home, at % 2 ? bo : cy, { published: NOON - at * HOUR })
    writePost(home, { text: 'My own words are no news', visibility: 'public' })
    received(home, person(home, 'nobody'), { published: NOON - HOUR, forOwner: true })
    expect(await newSince(home, seen)).toEqual({ posts: 5, people: 2, from: NOON - 9 * HOUR })
    const last = received(home, bo, { published: NOON - MINUTE })
    expect(await newSince(home, last)).toEqual({ posts: 0, people: 0, from: NOON - MINUTE })
  })

  test('every post is of one kind: original, reply, boost, quote, followed tag or filtered', async () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), followed(home, 'cy')]
    const stranger = person(home, 'dee')
    followTag(home, 'mending')
    createFilter(home, {
      title: 'Choirs',
      contexts: ['home'],
      action: 'warn',
      expiresAt: null,
      keywords: [{ keyword: 'choir', wholeWord: false }],
    })
    createFilter(home, {
      title: 'Kettles',
      contexts: ['home'],
      action: 'hide',
      expiresAt: null,
      keywords: [{ keyword: 'kettle', wholeWord: true }],
    })
    const at = (hours: number) => ({ published: NOON - hours * HOUR })
    const original = received(home, bo, { ...at(8), uri: 'https://tide.example/notes/original' })
    const thread = received(home, bo, { ...at(7), inReplyToUri: 'https://tide.example/notes/original' })
    const reply = received(home, cy, { ...at(6), inReplyToUri: 'https://tide.example/notes/original' })
    const quote = received(home, cy, { ...at(5), quote: { uri: 'https://tide.example/notes/original', stamp: null } })
    const tagged = received(home, stranger, { ...at(4), tags: ['mending'] })
    const folded = received(home, bo, { ...at(3), content: '<p>Choir rehearsal</p>' })
    const hidden = received(home, bo, { ...at(2), content: '<p>A kettle</p>' })
    const elsewhere = received(home, person(home, 'gus'), { published: NOON - 50 * HOUR })
    const boosted = boost(home, cy, elsewhere, NOON - HOUR)
    const found = await kindsOf(home)
    expect([original, thread, reply, quote, tagged, folded].map((id) => found.get(id)?.kind)).toEqual([
      'original',
      'original',
      'reply',
      'quote',
      'tag',
      'filtered',
    ])
    expect(boosted).not.toBeNull()
    expect([...found.values()].filter((row) => row.kind === 'boost').map((row) => row.accountId)).toEqual([cy])
    expect(found.has(hidden)).toBe(false)
    expect(found.size).toBe(7)
  })

  test('shares are those of people the owner follows, and nobody else', async () => {
    const home = openAna()
    const [bo, cy, eve] = [followed(home, 'bo'), followed(home, 'cy'), followed(home, 'eve')]
    const uri = 'https://tide.example/notes/shared'
    const post = received(home, bo, { published: NOON - 2 * HOUR, uri })
    for (const who of [cy, eve, person(home, 'dee'), person(home, 'fay')]) boost(home, who, post, NOON - HOUR)
    const quoting = received(home, eve, { published: NOON - HOUR, quote: { uri, stamp: null } })
    settleQuote(home, quoting, { state: 'accepted', quoteOf: post })
    expect((await kindsOf(home)).get(post)?.shares).toBe(3)
  })

  test('what arrives late from before the last visit is there, and older ranges do not repeat it', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    home.clock.at = NOON - 9.5 * HOUR
    const seen = received(home, bo, { published: NOON - 10 * HOUR })
    home.clock.at = NOON
    const late = received(home, bo, { published: NOON - 20 * HOUR })
    const fresh = received(home, bo, { published: NOON - HOUR })
    const old = received(home, bo, { published: NOON - 8 * 24 * HOUR })
    const found = await kindsOf(home, NOON - 9 * HOUR)
    expect([found.get(seen)?.late, found.get(late)?.late, found.get(fresh)?.late]).toEqual([false, true, false])
    expect(found.has(old)).toBe(false)
  })

  test('a link counts once for each followed person, their boosts too', async () => {
    const home = openAna()
    const [bo, cy, eve] = [followed(home, 'bo'), followed(home, 'cy'), followed(home, 'eve')]
    const page = (path: string) => `<p>Look: <a href="https://archive.example/${path}">here</a></p>`
    const linked = (who: number, hours: number, path: string) => {
      const id = received(home, who, { published: NOON - hours * HOUR, content: page(path) })
      wantCard(home, id, [`https://archive.example/${path}`])
      return id
    }
    const maps = linked(bo, 4, 'maps')
    linked(bo, 3, 'maps')
    linked(cy, 3, 'maps')
    boost(home, eve, maps, NOON - 2 * HOUR)
    linked(bo, 2, 'alone')
    linked(person(home, 'dee'), 2, 'alone')
    // What is said to the owner alone is no talk of the town.
    for (const who of [bo, cy]) {
      const told = received(home, who, { published: NOON - 2 * HOUR, content: page('secret'), visibility: 'direct', forOwner: true })
      wantCard(home, told, ['https://archive.example/secret'])
    }
    const links = await topLinks(home, NOON - 9 * HOUR, NOON)
    expect(links.map(({ url, people, accountIds }) => [url, people, accountIds.toSorted()])).toEqual([
      ['https://archive.example/maps', 3, [bo, cy, eve].toSorted()],
    ])
    expect(await topLinks(home, NOON - HOUR, NOON)).toEqual([])
  })

  test('one is open at a time, and the last three are kept', () => {
    const home = openAna()
    const first = openCatchUp(home)
    expect(first).toMatchObject({ from: NOON - 12 * HOUR, to: NOON, state: {}, finishedAt: null })
    home.clock.at += HOUR
    const again = openCatchUp(home, NOON - 9 * HOUR)
    expect(again).toMatchObject({ id: first.id, from: NOON - 9 * HOUR, to: NOON + HOUR })
    expect(keepState(home, first.id, { sort: 'newest' }).state).toEqual({ sort: 'newest' })
    expect(refused(() => keepState(home, first.id, { sort: 'x'.repeat(17_000) })).code).toBe('invalid')
    home.clock.at += 13 * HOUR
    expect(openCatchUp(home).id).not.toBe(first.id)
    for (let round = 0; round < 3; round++) {
      finishCatchUp(home, openCatchUp(home).id)
      home.clock.at += HOUR
    }
    expect(catchUps(home)).toHaveLength(3)
    expect(refused(() => catchUp(home, first.id)).code).toBe('not-found')
  })

  test('it begins where the home timeline was last seen, at most seven days ago', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const seen = received(home, bo, { published: NOON - 9 * HOUR })
    setPlace(home, 'home', { anchorId: null, offsetPx: 0, focusedId: null, lastSeenId: String(seen) })
    expect(openCatchUp(home).from).toBe(NOON - 9 * HOUR)
    home.clock.at += 40 * 24 * HOUR
    expect(openCatchUp(home).from).toBe(home.clock.at - 7 * 24 * HOUR)
  })

  test('done moves the place at home to the newest', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    received(home, bo, { published: NOON - 2 * HOUR })
    const last = received(home, bo, { published: NOON - HOUR })
    setPlace(home, 'home.browser', { anchorId: null, offsetPx: 0, focusedId: null, lastSeenId: null })
    const { id } = openCatchUp(home)
    expect(finishCatchUp(home, id).finishedAt).toBe(NOON)
    const top = { anchorId: String(last), offsetPx: 0, focusedId: null, lastSeenId: String(last), savedAt: new Date(NOON).toISOString() }
    expect([place(home, 'home'), place(home, 'home.browser')]).toEqual([top, top])
    expect(markers(home)).toMatchObject([{ timeline: 'home', lastReadId: last }])
    expect(openCatchUp(home).id).not.toBe(id)
  })

  test('ten thousand posts are read in one bounded look', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const model = received(home, bo, { published: NOON - 100 * HOUR, uri: 'https://tide.example/notes/model' })
    const columns = (home.store.database.prepare("select name from pragma_table_info('posts')").all() as { name: string }[])
      .map((row) => row.name)
      .filter((name) => !['id', 'uri', 'url', 'created_at', 'received_at'].includes(name))
      .join(', ')
    const put = home.store.database.prepare(
      `insert into posts (id, uri, created_at, received_at, ${columns}) select ?, ?, ?, ?, ${columns} from posts where id = ?`,
    )
    const stand = home.store.database.prepare('insert into home (post_id) values (?)')
    home.store.transaction(() => {
      for (let n = 0; n < 10_200; n++) {
        const at = NOON - 90 * HOUR + n * 30_000
        put.run(firstIdAt(at) + 7, `https://tide.example/flood/${n}`, at, at, model)
        stand.run(firstIdAt(at) + 7)
      }
    })
    const started = performance.now()
    const look = await lookAround(home, { from: NOON - 9 * HOUR, to: NOON })
    expect(look.rows).toHaveLength(10_000)
    expect(look.more).toBe(true)
    expect(look.rows[0]?.id).toBeGreaterThan(look.rows.at(-1)?.id ?? 0)
    // Seconds, not minutes, on the slowest machine: it is one pass over indexes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
