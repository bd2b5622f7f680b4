import { describe, expect, it } from 'vitest'
import { accountById, accountByUri, forgetKeys, keyByUri, saveKey } from '../../../src-main/domain/accounts.ts'
import { boostPost, receiveBoost, removeRemoteBoost, unboostPost } from '../../../src-main/domain/boosts.ts'
import { block, follow } from '../../../src-main/domain/follows.ts'
import { favouritePost, receiveFavourite, removeFavourite, unfavouritePost } from '../../../src-main/domain/interactions.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { markGone, postById, postByUri, recipientsOf, releasePost, tombstone, writePost } from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { HOUR, MINUTE, NOON, openAna, ORIGIN, followed, person, received, refused, remote } from './home.ts'
import type { Home } from './home.ts'

const found = (home: Home, typed: string) => searchPosts(home, typed, { limit: 10 })
const told = (home: Home) => notificationsPage(home, { limit: 50 }).map((n) => [n.type, n.accountId, n.postId])
const forAna = (home: Home) => [{ acct: 'ana@ana.example', accountId: owner(home).id }]
const said = (home: Home, text = 'mine', visibility: 'public' | 'private' | 'direct' = 'public') => {
  const { post } = writePost(home, { text, visibility })
  releasePost(home, post.id, home.now())
  home.heard()
  return post
}

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
