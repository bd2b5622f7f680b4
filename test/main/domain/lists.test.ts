import { describe, expect, it } from 'vitest'
import { receiveReject, removeFollower, unfollow } from '../../../src-main/domain/follows.ts'
import { endorse, endorsedAmong } from '../../../src-main/domain/endorsements.ts'
import {
  addListMembers,
  createList,
  isExclusive,
  listMembers,
  listPage,
  lists,
  listsWith,
  removeList,
  removeListMembers,
  updateList,
} from '../../../src-main/domain/lists.ts'
import { follow } from '../../../src-main/domain/follows.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { receiveMove } from '../../../src-main/domain/moves.ts'
import { relationship } from '../../../src-main/domain/relationships.ts'
import { postById, receiveBoost } from '../../../src-main/domain/posts.ts'
import { homePage, markersOf, publicPage, tagPage } from '../../../src-main/domain/timelines.ts'
import { followed, NOON, openAna, person, received, refused } from './home.ts'
import type { Page, Post } from '../../../src-main/domain/types.ts'
import type { Home } from './home.ts'

const on = (home: Home, id: number) => listMembers(home, id, { limit: 100 }).map((row) => row.accountId)

describe('lists', () => {
  it('show no boosts where the owner wants none, in their timeline and in streams', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const list = createList(home, { title: 'A' })
    addListMembers(home, list.id, [bo])
    const said = received(home, bo)
    const other = received(home, person(home, 'cy'), { uri: 'https://tide.example/by-cy' })
    const boost = receiveBoost(home, {
      uri: 'https://tide.example/boost',
      accountId: bo,
      postId: other,
      published: NOON + 1,
      visibility: 'public',
    }) as { id: number }
    const boosted = postById(home, boost.id) as Post
    expect(listPage(home, list.id, { limit: 10 })).toEqual([boost.id, said])
    expect(listsWith(home, boosted)).toEqual([list.id])
    updateList(home, list.id, { boosts: false })
    expect(listPage(home, list.id, { limit: 10 })).toEqual([said])
    expect(listsWith(home, boosted)).toEqual([])
    updateList(home, list.id, { title: 'B' })
    expect(lists(home)).toEqual([{ id: list.id, title: 'B', replies: 'list', exclusive: false, boosts: false }])
  })

  it('lose people who are followed no more, whoever ended it, and so does the profile', () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), followed(home, 'cy')]
    const list = createList(home, { title: 'A', exclusive: true })
    addListMembers(home, list.id, [bo, cy])
    endorse(home, bo)
    endorse(home, cy)
    expect([isExclusive(home, bo), isExclusive(home, 12)]).toEqual([true, false])
    home.heard()
    unfollow(home, bo)
    expect(on(home, list.id)).toEqual([cy])
    expect(home.heard().map(([type]) => type)).toEqual(expect.arrayContaining(['lists-changed', 'unendorsed', 'unfollowed']))
    receiveReject(home, { accountId: cy })
    expect([on(home, list.id), [...endorsedAmong(home, [bo, cy])]]).toEqual([[], []])
    removeFollower(home, bo)
    expect(home.heard().filter(([type]) => type === 'lists-changed')).toHaveLength(1)
  })

  it('take whoever is asked to be followed, and the owner', () => {
    const home = openAna()
    const asked = person(home, 'bo')
    follow(home, asked)
    const owner = home.store.database.prepare('select id from accounts where own = 1').pluck().get() as number
    const list = createList(home, { title: 'A' })
    addListMembers(home, list.id, [asked, owner])
    expect(new Set(on(home, list.id))).toEqual(new Set([asked, owner]))
    const cy = person(home, 'cy')
    const before = home.picture()
    expect(refused(() => addListMembers(home, list.id, [cy])).code).toBe('not-found')
    expect(refused(() => addListMembers(home, 12, [asked])).code).toBe('not-found')
    expect(home.picture()).toBe(before)
    home.heard()
    removeListMembers(home, list.id, [12])
    expect(home.heard()).toEqual([])
    removeList(home, list.id)
    expect([lists(home), home.rows('list_members')]).toEqual([[], 0])
  })

  it('and the languages of a follow go along with somebody who moves', () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), person(home, 'cy')]
    follow(home, bo, { languages: ['en'] })
    const list = createList(home, { title: 'A', exclusive: true })
    addListMembers(home, list.id, [bo])
    receiveMove(home, { fromId: bo, toId: cy })
    expect([on(home, list.id), relationship(home, cy).languages]).toEqual([[cy], ['en']])
  })

  it('tell the streams what they show, as the timeline does', () => {
    const home = openAna()
    const [bo, cy, dee, eve] = [followed(home, 'bo'), followed(home, 'cy'), followed(home, 'dee'), person(home, 'eve')]
    const [none, members, all] = (['none', 'list', 'followed'] as const).map((replies) => {
      const list = createList(home, { title: replies, replies })
      addListMembers(home, list.id, [bo, cy])
      return list.id
    }) as [number, number, number]
    follow(home, bo, { languages: ['en'] })
    const uri = (n: number) => `https://tide.example/l/${n}`
    const root = [cy, dee, eve].map((who, n) => received(home, who, { uri: uri(n) }))
    const cases: [number, number[]][] = [
      [received(home, bo), [none, members, all]],
      [received(home, bo, { inReplyToUri: uri(0) }), [members, all]],
      [received(home, bo, { inReplyToUri: uri(1) }), [all]],
      [received(home, bo, { inReplyToUri: uri(2) }), []],
      [received(home, bo, { language: 'de' }), []],
      [received(home, bo, { language: null }), [none, members, all]],
      [received(home, bo, { visibility: 'direct', forOwner: true }), []],
      [root[1] as number, []],
    ]
    const boost = (accountId: number, n: number) =>
      receiveBoost(home, {
        uri: `${uri(n)}/boost/${accountId}`,
        accountId,
        postId: root[1] as number,
        published: NOON,
        visibility: 'public',
      })?.id as number
    cases.push([boost(bo, 8), [none, members, all]])
    follow(home, cy, { boosts: false })
    cases.push([boost(cy, 9), []])
    for (const [id, expected] of cases) {
      expect(listsWith(home, postById(home, id) as Post), String(id)).toEqual(expected)
      for (const list of [none, members, all]) {
        expect(listPage(home, list, { limit: 40 }).includes(id), `${id} on ${list}`).toBe(expected.includes(list))
      }
    }
  })

  it('page through many people as one list, downwards and upwards, as if everything were sorted at once', () => {
    const home = openAna()
    const people = Array.from({ length: 12 }, (_, n) => followed(home, `p${n}`))
    const list = createList(home, { title: 'A' })
    addListMembers(home, list.id, people)
    const ids: number[] = []
    home.store.transaction(() => {
      // Some write much, some nothing.
      for (let n = 0; n < 90; n++) ids.push(received(home, people[(n * n) % 7] as number, { published: NOON - (n + 1) * 1000 }))
    })
    expect(listPage(home, list.id, { limit: 100 })).toEqual(ids)
    const down: number[] = []
    for (let page = listPage(home, list.id, { limit: 7 }); page.length > 0;) {
      down.push(...page)
      page = listPage(home, list.id, { limit: 7, maxId: page.at(-1) as number })
    }
    expect(down).toEqual(ids)
    const up: number[] = []
    for (let page = listPage(home, list.id, { limit: 7, minId: 1 }); page.length > 0;) {
      up.unshift(...page)
      page = listPage(home, list.id, { limit: 7, minId: page[0] as number })
    }
    expect(up).toEqual(ids)
  })
})

describe('timelines', () => {
  it('are read from indexes: no page walks or sorts all posts, with statistics of the database and without', () => {
    const home = openAna()
    const people = Array.from({ length: 20 }, (_, n) => followed(home, `p${n}`))
    home.store.transaction(() => {
      for (let n = 0; n < 300; n++)
        received(home, people[n % 20] as number, { published: NOON - n * 1000, tags: n % 3 === 0 ? ['sea'] : [] })
    })
    const list = createList(home, { title: 'A' })
    addListMembers(home, list.id, people)
    const { database } = home.store
    const prepare = database.prepare.bind(database)
    /** The plans of what `read` asks of the database to make a page, downwards and upwards. */
    const plans = (read: (page: Page) => unknown) => {
      const texts = new Set<string>()
      database.prepare = ((text: string) => (texts.add(text), prepare(text))) as typeof database.prepare
      for (const page of [{ limit: 20 }, { limit: 20, minId: 1 }]) read(page)
      database.prepare = prepare
      return [...texts].filter((text) => /posts/.test(text) && /order by/.test(text))
    }
    const timelines: [texts: string[], count: number, from: RegExp, sorts: boolean][] = [
      [plans((page) => homePage(home, page)), 2, /^SEARCH home USING COVERING INDEX .*post_id>/, false],
      [plans((page) => tagPage(home, 'sea', page)), 2, /^SEARCH post_tags USING PRIMARY KEY \(tag_id=\? AND post_id>/, false],
      [plans((page) => publicPage(home, page)), 2, /^SEARCH posts USING INTEGER PRIMARY KEY/, false],
      // It sorts the newest post of each member, and what those few wrote.
      [plans((page) => listPage(home, list.id, page)), 4, /^SEARCH q USING INDEX posts_account \(account_id=\? AND id>/, true],
    ]
    const problems = () =>
      timelines.flatMap(([texts, count, from, sorts]) => {
        expect(texts).toHaveLength(count)
        return texts.flatMap((text) => {
          const steps = (
            prepare(`explain query plan ${text}`).all(...Array<number>(text.split('?').length - 1).fill(1)) as { detail: string }[]
          ).map(({ detail }) => detail)
          const wrong = steps.filter(
            (step) => /^SCAN (posts|q|found|home|post_tags)\b/.test(step) || (!sorts && /TEMP B-TREE FOR ORDER BY/.test(step)),
          )
          return steps.some((step) => from.test(step)) && wrong.length === 0 ? [] : [{ text, steps }]
        })
      })
    expect(problems()).toEqual([])
    database.exec('analyze')
    expect(problems()).toEqual([])
  })

  it('of people who boosted or favourited a post go both ways without gap or repeat', () => {
    const home = openAna()
    const post = received(home, person(home, 'bo'))
    const people = Array.from({ length: 7 }, (_, n) => person(home, `p${n}`))
    for (const accountId of people) {
      receiveBoost(home, { uri: `https://tide.example/m/${accountId}`, accountId, postId: post, published: NOON, visibility: 'public' })
      receiveFavourite(home, { uri: null, accountId, postId: post })
      home.clock.at += 1000
    }
    for (const kind of ['boosts', 'favourites'] as const) {
      const all = markersOf(home, kind, post, { limit: 40 })
      expect(new Set(all.map((row) => row.accountId))).toEqual(new Set(people))
      const down: typeof all = []
      for (let page = markersOf(home, kind, post, { limit: 3 }); page.length > 0;) {
        down.push(...page)
        page = markersOf(home, kind, post, { limit: 3, maxId: page.at(-1)?.cursor as number })
      }
      const up: typeof all = []
      for (let page = markersOf(home, kind, post, { limit: 3, minId: 0 }); page.length > 0;) {
        up.unshift(...page)
        page = markersOf(home, kind, post, { limit: 3, minId: page[0]?.cursor as number })
      }
      expect([down, up], kind).toEqual([all, all])
    }
  })
})
