import { describe, expect, it } from 'vitest'
import { accountById } from '../../../src-main/domain/accounts.ts'
import { boostPost, receiveBoost } from '../../../src-main/domain/boosts.ts'
import { block, follow, mute, unfollow } from '../../../src-main/domain/follows.ts'
import { bookmarkPost, favouritePost, receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import {
  deletePost,
  formerVersions,
  postById,
  receiveEdit,
  receivePost,
  releasePost,
  removeRemotePost,
  tombstone,
  writePost,
} from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { HOUR, MINUTE, NOON, openAna, ORIGIN, followed, person, received, remotePost } from './home.ts'
import type { Home } from './home.ts'
import type { RemotePost } from '../../../src-main/domain/posts.ts'

const found = (home: Home, typed: string) => searchPosts(home, typed, { limit: 10 })
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
