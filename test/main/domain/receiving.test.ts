import { describe, expect, it } from 'vitest'
import { accountById, accountByUri, forgetKeys, keyByUri, saveKey } from '../../../src-main/domain/accounts.ts'
import { boostPost, receiveBoost, removeRemoteBoost, unboostPost } from '../../../src-main/domain/boosts.ts'
import { block, follow, mute, unfollow } from '../../../src-main/domain/follows.ts'
import { bookmarkPost, favouritePost, receiveFavourite, removeFavourite, unfavouritePost } from '../../../src-main/domain/interactions.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import {
  deletePost,
  formerVersions,
  markGone,
  postById,
  postByUri,
  receiveEdit,
  receivePost,
  recipientsOf,
  releasePost,
  removeRemotePost,
  tombstone,
  writePost,
} from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { HOUR, MINUTE, NOON, openAna, ORIGIN, followed, person, received, refused, remote, remotePost } from './home.ts'
import type { Home } from './home.ts'
import type { RemotePost } from '../../../src-main/domain/posts.ts'

const found = (home: Home, typed: string) => searchPosts(home, typed, { limit: 10, accountOf: () => 0 })
const told = (home: Home) => notificationsPage(home, { limit: 50 }).map((n) => [n.type, n.accountId, n.postId])
const forAna = (home: Home) => [{ acct: 'ana@ana.example', accountId: owner(home).id }]
const said = (home: Home, text = 'mine', visibility: 'public' | 'private' | 'direct' = 'public') => {
  const { post } = writePost(home, { text, visibility })
  releasePost(home, post.id, home.now())
  home.heard()
  return post
}

describe('receiving a post', () => {
  it('stores it whole', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    home.heard()
    const id = received(home, bo, {
      content: '<p>Look at <a href="https://birds.example/1">this</a> :heron:</p>',
      warning: 'birds',
      tags: ['#Herons', 'herons', 'Marsh'],
      media: [
        { kind: 'image', url: 'https://tide.example/m/1.jpg', mime: 'image/jpeg', description: 'two herons', focus: { x: 3, y: -0.2 } },
      ],
      emojis: [{ shortcode: 'heron', url: 'https://tide.example/e/heron.png' }],
      mentions: [{ acct: 'cy@reef.example', accountId: null }],
      language: 'en-GB',
    })
    const post = loadPost(home, id)
    expect(post).toMatchObject({ own: false, warning: 'birds', createdAt: NOON - MINUTE, receivedAt: NOON, tags: ['herons', 'marsh'] })
    expect(post?.media[0]).toMatchObject({ description: 'two herons', remoteUrl: 'https://tide.example/m/1.jpg', focus: { x: 1, y: -0.2 } })
    expect(post?.emojis.map((emoji) => emoji.shortcode)).toEqual(['heron'])
    expect(await found(home, '"two herons" has:link lang:en')).toEqual([id])
    expect(home.heard()).toEqual([['post-received', { postId: id, home: true }]])
    expect(accountById(home, bo)?.lastPostAt).toBe(NOON - MINUTE)
  })

  it('once: a repeat changes nothing and says nothing, whatever it claims', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const uri = 'https://tide.example/notes/once'
    const id = received(home, bo, { uri, visibility: 'direct', mentions: forAna(home) })
    home.heard()
    const before = home.picture()
    expect(receivePost(home, remotePost(bo, { uri, visibility: 'public', content: '<p>other</p>' }))).toEqual({ id, created: false })
    expect(home.picture()).toBe(before)
    expect(home.heard()).toEqual([])
  })

  it('takes its place by its own time, never in the future', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const old = received(home, bo, { published: NOON - 48 * HOUR })
    const future = received(home, bo, { published: NOON + 48 * HOUR })
    const undated = received(home, bo, { published: null })
    expect(old).toBeLessThan(future)
    expect(postById(home, old)?.createdAt).toBe(NOON - 48 * HOUR)
    expect(postById(home, future)?.createdAt).toBe(NOON)
    expect(postById(home, undated)?.createdAt).toBe(NOON)
  })

  it('is not kept when it was deleted before it came (by its author or an actor of its host), even twice', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const uri = 'https://tide.example/notes/gone'
    expect(removeRemotePost(home, uri, 'https://tide.example/users/bo')).toBe(false)
    home.heard()
    expect(receivePost(home, remotePost(bo, { uri }))).toBeNull()
    expect(receivePost(home, remotePost(bo, { uri }))).toBeNull()
    expect([home.rows('posts'), home.rows('home'), home.rows('mentions'), home.rows('media')]).toEqual([0, 0, 0, 0])
    expect(home.heard()).toEqual([])
  })

  it('a stranger of another host cannot keep a post from coming', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const uri = 'https://tide.example/notes/here'
    expect(removeRemotePost(home, uri, 'https://evil.example/users/eve')).toBe(false)
    expect(removeRemotePost(home, 'not an address', 'https://evil.example/users/eve')).toBe(false)
    expect(receivePost(home, remotePost(bo, { uri }))?.created).toBe(true)
  })

  it('leaves nothing behind when its handler throws', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const before = home.picture()
    expect(() =>
      home.store.transaction(() => {
        received(home, bo, { tags: ['x'], mentions: forAna(home), media: [{ kind: 'image', url: 'https://tide.example/1', mime: null }] })
        throw new Error('killed')
      }),
    ).toThrow('killed')
    expect(home.picture()).toBe(before)
  })

  it('bounds what a flood can bring', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const many = Array.from({ length: 500 }, (_, i) => i)
    const id = received(home, bo, {
      mentions: many.map((i) => ({ acct: `p${i}@tide.example`, accountId: null })),
      tags: many.map((i) => `t${i}`),
      media: many.map((i) => ({ kind: 'image' as const, url: `https://tide.example/${i}.jpg`, mime: null })),
      emojis: many.map((i) => ({ shortcode: `e${i}`, url: `https://tide.example/e${i}.png` })),
    })
    const post = loadPost(home, id)
    expect([post?.mentions.length, post?.tags.length, post?.media.length, post?.emojis.length]).toEqual([100, 64, 16, 64])
  })
})

describe('what stands at home', () => {
  const cases: [string, (home: Home, bo: number) => Partial<RemotePost>, boolean][] = [
    ['a post of somebody followed', () => ({}), true],
    ['a post for followers', () => ({ visibility: 'private' }), true],
    ['a private mention of others', () => ({ visibility: 'direct' }), false],
    ['a private mention of the owner', (home) => ({ visibility: 'direct', mentions: forAna(home) }), true],
    ['an answer to the author', (home, bo) => ({ inReplyToUri: uriOf(home, received(home, bo)) }), true],
    ['an answer to the owner', (home) => ({ inReplyToUri: `${ORIGIN}/users/ana/statuses/${said(home).id}` }), true],
    ['an answer to a stranger', (home) => ({ inReplyToUri: uriOf(home, received(home, person(home, 'cy'))) }), false],
    ['an answer to somebody followed', (home) => ({ inReplyToUri: uriOf(home, received(home, followed(home, 'di'))) }), true],
    ['an answer to something unknown', () => ({ inReplyToUri: 'https://reef.example/1' }), false],
    [
      'an answer to something unknown of somebody followed',
      (home) => {
        followed(home, 'di')
        return { inReplyToUri: 'https://tide.example/notes/unknown', inReplyToAccountUri: 'https://tide.example/users/di' }
      },
      true,
    ],
  ]
  const uriOf = (home: Home, id: number) => postById(home, id)?.uri as string
  for (const [what, make, wanted] of cases) {
    it(`${what}: ${wanted ? 'yes' : 'no'}`, () => {
      const home = openAna()
      const bo = followed(home, 'bo')
      const change = make(home, bo)
      const id = received(home, bo, change)
      expect(home.rows('home', `post_id = ${id}`)).toBe(wanted ? 1 : 0)
    })
  }

  it('nothing of people only asked to be followed, of strangers, or after unfollowing', () => {
    const home = openAna()
    const asked = person(home, 'asked')
    follow(home, asked)
    received(home, asked)
    received(home, person(home, 'stranger'))
    const bo = followed(home, 'bo')
    received(home, bo)
    expect(home.rows('home')).toBe(1)
    unfollow(home, bo)
    expect(home.rows('home')).toBe(0)
    expect(home.rows('posts')).toBe(3)
  })
})

describe('what the owner is told', () => {
  it('of a mention, once; of new posts where asked for, not of their answers to others', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy')
    follow(home, bo, { notify: true })
    const fresh = received(home, bo)
    const theirs = received(home, cy)
    received(home, bo, { inReplyToUri: postById(home, theirs)?.uri ?? null })
    const uri = 'https://tide.example/notes/m'
    const mention = received(home, cy, { uri, mentions: forAna(home) })
    receivePost(home, remotePost(cy, { uri, mentions: forAna(home) }))
    expect(told(home)).toEqual([
      ['mention', cy, mention],
      ['post', bo, fresh],
    ])
  })

  it('nothing by the blocked, and nothing by the muted', () => {
    const home = openAna()
    const mine = said(home)
    const [eve, mo] = [person(home, 'eve'), person(home, 'mo')]
    block(home, eve)
    mute(home, mo)
    home.heard()
    for (const who of [eve, mo]) {
      received(home, who, { mentions: forAna(home) })
      receiveFavourite(home, { uri: null, accountId: who, postId: mine.id })
      receiveBoost(home, {
        uri: `https://tide.example/boosts/${who}`,
        accountId: who,
        postId: mine.id,
        published: null,
        visibility: 'public',
      })
    }
    expect(told(home)).toEqual([])
    expect(home.heard().filter(([type]) => type === 'notified')).toEqual([])
  })
})

describe('threads', () => {
  it('answers find a parent that comes later, and are counted then', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const parent = 'https://tide.example/notes/parent'
    const first = received(home, bo, { inReplyToUri: parent })
    received(home, bo, { inReplyToUri: parent, visibility: 'private' })
    const id = received(home, bo, { uri: parent })
    expect(postById(home, first)).toMatchObject({ inReplyToId: id, inReplyToAccountId: bo })
    expect(postById(home, id)?.repliesCount).toBe(1)
    received(home, bo, { inReplyToUri: parent })
    expect(postById(home, id)?.repliesCount).toBe(2)
  })

  it('a post that answers itself answers nothing', () => {
    const home = openAna()
    const uri = 'https://tide.example/notes/self'
    const id = received(home, person(home, 'bo'), { uri, inReplyToUri: uri })
    expect(postById(home, id)).toMatchObject({ inReplyToId: null, repliesCount: 0 })
  })

  it('who answers a boost answers what it boosts', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = received(home, bo)
    const uri = 'https://tide.example/boosts/answered'
    receiveBoost(home, { uri, accountId: bo, postId: id, published: null, visibility: 'public' })
    expect(postById(home, received(home, bo, { inReplyToUri: uri }))?.inReplyToId).toBe(id)
  })

  it('an answer outlives what it answers', () => {
    const home = openAna()
    const mine = said(home)
    const bo = person(home, 'bo')
    const answer = received(home, bo, { inReplyToUri: `${ORIGIN}/users/ana/statuses/${mine.id}` })
    expect(postById(home, mine.id)?.repliesCount).toBe(1)
    deletePost(home, mine.id)
    expect(postById(home, answer)).toMatchObject({ inReplyToId: null, inReplyToAccountId: owner(home).id })
  })
})

describe('receiving an edit', () => {
  const uri = 'https://tide.example/notes/edited'
  const edit = (bo: number, change: Partial<RemotePost> = {}) =>
    remotePost(bo, { uri, content: '<p>Second</p>', edited: NOON - MINUTE / 2, ...change })

  it('keeps the former version, changes the search, tells nobody who was told before', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const id = received(home, bo, { uri, content: '<p>First</p>', mentions: forAna(home), tags: ['one'] })
    home.heard()
    expect(receiveEdit(home, edit(bo, { mentions: forAna(home), tags: ['two'] }))).toBe(true)
    expect(loadPost(home, id)).toMatchObject({
      content: '<p>Second</p>',
      editedAt: NOON - MINUTE / 2,
      tags: ['two'],
      createdAt: NOON - MINUTE,
    })
    expect(formerVersions(home, id).map((version) => [version.at, version.content])).toEqual([[NOON - MINUTE, '<p>First</p>']])
    expect(await found(home, 'first')).toEqual([])
    expect(await found(home, 'second')).toEqual([id])
    expect(home.heard()).toEqual([['post-edited', { postId: id, own: false, home: true }]])
  })

  it('is ignored when older, equal, undated, by somebody else, unknown, or ours', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const eve = person(home, 'eve', 'evil.example')
    const mine = said(home)
    received(home, bo, { uri })
    receiveEdit(home, edit(bo))
    home.heard()
    const before = home.picture()
    expect(receiveEdit(home, edit(bo, { content: '<p>replayed</p>' }))).toBe(false)
    expect(receiveEdit(home, edit(bo, { content: '<p>older</p>', edited: NOON - MINUTE }))).toBe(false)
    expect(receiveEdit(home, edit(bo, { content: '<p>undated</p>', edited: null }))).toBe(false)
    expect(receiveEdit(home, edit(eve, { content: '<p>foreign</p>', edited: NOON }))).toBe(false)
    expect(receiveEdit(home, edit(bo, { uri: 'https://tide.example/notes/unknown', edited: NOON }))).toBe(false)
    expect(receiveEdit(home, edit(eve, { uri: `${ORIGIN}/users/ana/statuses/${mine.id}`, edited: NOON }))).toBe(false)
    expect(home.picture()).toBe(before)
  })

  it('a date far in the future does not lock later edits out', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const id = received(home, bo, { uri })
    receiveEdit(home, edit(bo, { edited: NOON + 1_000 * HOUR }))
    home.clock.at += HOUR
    expect(receiveEdit(home, edit(bo, { content: '<p>Third</p>', edited: NOON + HOUR }))).toBe(true)
    expect(postById(home, id)?.content).toBe('<p>Third</p>')
  })

  const order = ['public', 'unlisted', 'private', 'direct'] as const
  it('never shows a post to more people than before', () => {
    for (const [i, stored] of order.entries()) {
      for (const [j, claimed] of order.entries()) {
        const home = openAna()
        const bo = followed(home, 'bo')
        const id = received(home, bo, { uri, visibility: stored })
        receiveEdit(home, edit(bo, { visibility: claimed }))
        expect(postById(home, id)?.visibility).toBe(order[Math.max(i, j)])
      }
    }
  })

  it('an answer that becomes private is counted no more', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const parent = received(home, bo)
    received(home, bo, { uri, inReplyToUri: postById(home, parent)?.uri ?? null })
    expect(postById(home, parent)?.repliesCount).toBe(1)
    receiveEdit(home, edit(bo, { visibility: 'private' }))
    expect(postById(home, parent)?.repliesCount).toBe(0)
    removeRemotePost(home, uri, 'https://tide.example/users/bo')
    expect(postById(home, parent)?.repliesCount).toBe(0)
  })

  it('keeps files whose address stays, with their ids, and tells the owner who boosted it', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const file = (n: number, description: string | null = null) => ({
      kind: 'image' as const,
      url: `https://tide.example/${n}.jpg`,
      mime: null,
      description,
    })
    const id = received(home, bo, { uri, media: [file(1), file(2)] })
    boostPost(home, id)
    const [, second] = loadPost(home, id)?.media ?? []
    expect(receiveEdit(home, edit(bo, { media: [file(2, 'now described'), file(3)] }))).toBe(true)
    const after = loadPost(home, id)?.media ?? []
    expect(after.map((one) => [one.remoteUrl, one.description])).toEqual([
      ['https://tide.example/2.jpg', 'now described'],
      ['https://tide.example/3.jpg', null],
    ])
    expect(after[0]?.id).toBe(second?.id)
    expect(told(home)).toEqual([['edit', bo, id]])
    expect(formerVersions(home, id)[0]?.media.map((one) => one.remoteUrl)).toEqual([
      'https://tide.example/1.jpg',
      'https://tide.example/2.jpg',
    ])
  })
})

describe('deleting by their author', () => {
  it('takes everything that hangs on the post; only the author may', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy')
    const uri = 'https://tide.example/notes/bye'
    const id = received(home, bo, {
      uri,
      mentions: forAna(home),
      tags: ['x'],
      media: [{ kind: 'image', url: 'https://tide.example/1', mime: null }],
    })
    favouritePost(home, id)
    bookmarkPost(home, id)
    boostPost(home, id)
    receiveBoost(home, { uri: 'https://tide.example/boosts/1', accountId: cy, postId: id, published: null, visibility: 'public' })
    expect(removeRemotePost(home, uri, 'https://tide.example/users/cy')).toBe(false)
    expect(postById(home, id)).not.toBeNull()
    home.heard()
    expect(removeRemotePost(home, uri, 'https://tide.example/users/bo')).toBe(true)
    for (const table of ['posts', 'home', 'mentions', 'post_tags', 'media', 'favourites', 'bookmarks', 'notifications']) {
      expect([table, home.rows(table)]).toEqual([table, 0])
    }
    expect(await found(home, 'hello')).toEqual([])
    expect(owner(home).postsCount).toBe(0)
    expect(home.heard().map(([type, data]) => [type, data.own])).toEqual([
      ['unboosted', false],
      ['unboosted', false],
      ['post-deleted', false],
    ])
    expect(tombstone(home, uri)).toMatchObject({ formerType: 'Note', own: false })
    expect(receivePost(home, remotePost(bo, { uri }))).toBeNull()
  })

  it('cannot delete ours', () => {
    const home = openAna()
    const mine = said(home)
    person(home, 'bo')
    const uri = `${ORIGIN}/users/ana/statuses/${mine.id}`
    expect(removeRemotePost(home, uri, 'https://tide.example/users/bo')).toBe(false)
    expect(removeRemotePost(home, uri, `${ORIGIN}/users/ana`)).toBe(false)
    expect(postById(home, mine.id)).not.toBeNull()
    expect(tombstone(home, uri)).toBeNull()
  })
})

describe('boosts', () => {
  it('of the owner: once, wet until it leaves, taken back with its address', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = received(home, bo)
    home.heard()
    const boost = boostPost(home, id)
    expect(boostPost(home, id).id).toBe(boost.id)
    expect(boostPost(home, boost.id).id).toBe(boost.id)
    expect(boost).toMatchObject({ own: true, boostOf: id, releasedAt: null, visibility: 'public' })
    expect(postById(home, id)?.boostsCount).toBe(1)
    expect(recipientsOf(home, boost.id)).toEqual({ followers: true, accountIds: [bo] })
    releasePost(home, boost.id, NOON + HOUR)
    expect(postById(home, boost.id)?.createdAt).toBe(NOON + HOUR)
    unboostPost(home, id)
    unboostPost(home, id)
    expect(postById(home, id)?.boostsCount).toBe(0)
    expect(home.heard().map(([type, data]) => [type, data.uri ?? null, data.released ?? null])).toEqual([
      ['boosted', null, null],
      ['post-released', null, null],
      ['unboosted', `${ORIGIN}/users/ana/statuses/${boost.id}/activity`, true],
    ])
    expect(boostPost(home, id).id).not.toBe(boost.id)
  })

  it('are refused for what was not written for everybody', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const closed = received(home, bo, { visibility: 'private' })
    const mine = said(home, 'for followers', 'private')
    const whispered = said(home, 'psst', 'direct')
    expect(refused(() => boostPost(home, closed)).reason).toBe('not-boostable')
    expect(refused(() => boostPost(home, whispered.id)).reason).toBe('not-boostable')
    expect(refused(() => boostPost(home, 4711)).code).toBe('not-found')
    expect(boostPost(home, mine.id).visibility).toBe('private')
  })

  it('of others: once per person, told to the owner if it is hers, not shown twice in a row', () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), followed(home, 'cy')]
    const mine = said(home)
    const theirs = received(home, person(home, 'di'))
    home.heard()
    const boost = (uri: string, accountId: number, postId: number) =>
      receiveBoost(home, { uri: `https://tide.example/${uri}`, accountId, postId, published: NOON - MINUTE, visibility: 'public' })
    const first = boost('b1', bo, theirs)
    expect(first?.created).toBe(true)
    expect(boost('b1', bo, theirs)).toEqual({ id: first?.id, created: false })
    expect(boost('b1-again', bo, theirs)).toEqual({ id: first?.id, created: false })
    const second = boost('b2', cy, theirs)
    boost('b3', bo, mine.id)
    expect(home.rows('home', `post_id = ${first?.id}`)).toBe(1)
    expect(home.rows('home', `post_id = ${second?.id}`)).toBe(0)
    expect(postById(home, theirs)?.boostsCount).toBe(2)
    expect(told(home)).toEqual([['boost', bo, mine.id]])
    expect(home.heard().map(([type]) => type)).toEqual(['boosted', 'boosted', 'boosted', 'notified'])
  })

  it('of others are not at home where the owner wants none of theirs, or has blocked the author', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = followed(home, 'cy')
    const eve = person(home, 'eve')
    const theirs = received(home, eve)
    const other = received(home, person(home, 'di'))
    follow(home, bo, { boosts: false })
    block(home, eve)
    receiveBoost(home, { uri: 'https://tide.example/b1', accountId: bo, postId: other, published: null, visibility: 'public' })
    receiveBoost(home, { uri: 'https://tide.example/b2', accountId: cy, postId: theirs, published: null, visibility: 'public' })
    expect(home.rows('home')).toBe(0)
  })

  it('of closed posts by others, of wet ones by anybody, and of those taken back are not kept', () => {
    const home = openAna()
    const [bo, cy] = [followed(home, 'bo'), followed(home, 'cy')]
    const closed = received(home, bo, { visibility: 'private' })
    const wet = writePost(home, { text: 'wet', visibility: 'public' }).post
    const open = received(home, bo)
    const boost = (uri: string, accountId: number, postId: number) =>
      receiveBoost(home, { uri: `https://tide.example/${uri}`, accountId, postId, published: null, visibility: 'public' })
    expect(boost('b1', cy, closed)).toBeNull()
    expect(boost('b2', cy, wet.id)).toBeNull()
    const own = boost('b3', bo, closed)
    expect(postById(home, own?.id as number)?.visibility).toBe('private')
    boost('b4', cy, open)
    expect(removeRemoteBoost(home, 'https://tide.example/b4', bo)).toBe(false)
    expect(removeRemoteBoost(home, 'https://tide.example/b4', cy)).toBe(true)
    expect(boost('b4', cy, open)).toBeNull()
    expect(removeRemoteBoost(home, 'https://tide.example/b5', cy)).toBe(false)
    expect(boost('b5', cy, open)).toBeNull()
    expect(boost('b6', cy, open)?.created).toBe(true)
    // Named anew in the Undo: the pair says which.
    expect(removeRemoteBoost(home, 'https://tide.example/b6#undone', cy, open)).toBe(true)
    expect(postById(home, open)?.boostsCount).toBe(0)
  })
})

describe('favourites', () => {
  it('count once, tell the owner, and go with what they told', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const mine = said(home)
    const like = { uri: 'https://tide.example/likes/1', accountId: bo, postId: mine.id }
    expect(receiveFavourite(home, like)).toBe(true)
    expect(receiveFavourite(home, { ...like, uri: 'https://tide.example/likes/2' })).toBe(false)
    expect(postById(home, mine.id)?.favouritesCount).toBe(1)
    expect(told(home)).toEqual([['favourite', bo, mine.id]])
    expect(removeFavourite(home, { uri: like.uri, accountId: bo })).toBe(true)
    expect(removeFavourite(home, { uri: like.uri, accountId: bo })).toBe(false)
    expect(receiveFavourite(home, like)).toBe(false)
    expect(told(home)).toEqual([])
    expect(postById(home, mine.id)?.favouritesCount).toBe(0)
    expect(receiveFavourite(home, { ...like, uri: 'https://tide.example/likes/3' })).toBe(true)
    expect(removeFavourite(home, { uri: 'https://tide.example/likes/renamed', accountId: bo, postId: mine.id })).toBe(true)
  })

  it('of the owner are idempotent, speak of the post behind a boost, and name themselves when taken back', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = received(home, bo)
    const boost = boostPost(home, id)
    home.heard()
    expect(favouritePost(home, boost.id)).toMatchObject({ id, favouritesCount: 1 })
    favouritePost(home, id)
    expect(unfavouritePost(home, id).favouritesCount).toBe(0)
    unfavouritePost(home, id)
    const heard = home.heard()
    expect(heard.map(([type]) => type)).toEqual(['favourited', 'unfavourited'])
    expect(heard[1]?.[1].uri).toBe(`${ORIGIN}/users/ana#likes/${heard[0]?.[1].favouriteId as number}`)
    expect(refused(() => favouritePost(home, 4711)).code).toBe('not-found')
  })

  it('nobody can favourite what has not left', () => {
    const home = openAna()
    const wet = writePost(home, { text: 'wet', visibility: 'public' }).post
    expect(receiveFavourite(home, { uri: null, accountId: person(home, 'bo'), postId: wet.id })).toBe(false)
  })
})

describe('people', () => {
  it('keep their id; what a reader sees is an event, the rest is not', () => {
    const home = openAna()
    const bo = person(home, 'bo', 'tide.example', { avatarUrl: 'https://tide.example/a.png' })
    home.heard()
    const avatar = accountById(home, bo)?.avatar?.id
    home.clock.at += HOUR
    expect(person(home, 'bo', 'tide.example', { avatarUrl: 'https://tide.example/a.png', indexable: true })).toBe(bo)
    expect(accountById(home, bo)).toMatchObject({ avatar: { id: avatar }, fetchedAt: NOON + HOUR, createdAt: NOON })
    expect(home.heard()).toEqual([])
    person(home, 'bo', 'tide.example', { avatarUrl: 'https://tide.example/b.png', displayName: 'Bo!' })
    expect(accountById(home, bo)?.avatar?.remoteUrl).toBe('https://tide.example/b.png')
    expect(home.heard()).toEqual([['account-changed', { accountId: bo }]])
    expect(home.rows('media')).toBe(1)
  })

  it('whoever WebFinger names now has the handle; the former holder keeps the posts', () => {
    const home = openAna()
    const old = person(home, 'bo', 'tide.example', { uri: 'https://tide.example/old/bo' })
    const post = received(home, old)
    const fresh = person(home, 'Bo')
    expect(accountById(home, fresh)?.username).toBe('Bo')
    expect(accountById(home, old)?.username).toBe(`bo~${old}`)
    expect(postById(home, post)?.accountId).toBe(old)
  })

  it('cannot be the owner', () => {
    const home = openAna()
    const before = home.picture()
    expect(person(home, 'ana', 'ana.example', { uri: `${ORIGIN}/users/ana`, displayName: 'Not Ana' })).toBe(owner(home).id)
    expect(home.picture()).toBe(before)
  })

  it('keys come and go with the actor', () => {
    const home = openAna()
    const { uri } = remote('bo')
    saveKey(home, { id: `${uri}#main-key`, accountUri: uri, pem: 'early' })
    expect(keyByUri(home, `${uri}#main-key`)).toEqual({ pem: 'early', accountUri: uri, fetchedAt: NOON })
    person(home, 'bo', 'tide.example', { keys: [{ id: `${uri}#second`, pem: 'late' }] })
    expect(keyByUri(home, `${uri}#main-key`)).toBeNull()
    forgetKeys(home, uri)
    expect(keyByUri(home, `${uri}#second`)).toBeNull()
  })

  it('when they are gone, everything of theirs is, and the counts are right', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy')
    const mine = said(home)
    const parent = received(home, cy)
    received(home, bo, { inReplyToUri: postById(home, parent)?.uri ?? null, mentions: forAna(home) })
    const theirs = received(home, bo, { content: '<p>farewell</p>' })
    boostPost(home, theirs)
    receiveFavourite(home, { uri: null, accountId: bo, postId: mine.id })
    receiveBoost(home, { uri: 'https://tide.example/b', accountId: bo, postId: mine.id, published: null, visibility: 'public' })
    expect(owner(home).followingCount).toBe(1)
    home.heard()
    expect(markGone(home, 'https://tide.example/users/bo')).toBe(true)
    expect(markGone(home, 'https://tide.example/users/bo')).toBe(false)
    expect(markGone(home, `${ORIGIN}/users/ana`)).toBe(false)
    expect(accountByUri(home, 'https://tide.example/users/bo')).toBeNull()
    expect(postById(home, mine.id)).toMatchObject({ favouritesCount: 0, boostsCount: 0 })
    expect(postById(home, parent)?.repliesCount).toBe(0)
    expect(owner(home)).toMatchObject({ followingCount: 0, postsCount: 1 })
    expect(await found(home, 'farewell')).toEqual([])
    expect(told(home)).toEqual([])
    expect(home.rows('keys', `account_uri = 'https://tide.example/users/bo'`)).toBe(0)
    expect(tombstone(home, 'https://tide.example/users/bo')).not.toBeNull()
    expect(home.heard().at(-1)).toEqual(['account-gone', { accountId: bo, uri: 'https://tide.example/users/bo' }])
    expect(postByUri(home, 'https://tide.example/b')).toBeNull()
  })
})
