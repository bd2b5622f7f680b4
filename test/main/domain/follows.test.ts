import { describe, expect, it } from 'vitest'
import {
  authorize,
  block,
  followBetween,
  follow,
  followById,
  mute,
  note,
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
  unmute,
} from '../../../src-main/domain/follows.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner, updateProfile } from '../../../src-main/domain/owner.ts'
import { followerInboxes, knownInboxes } from '../../../src-main/domain/posts.ts'
import { relationship } from '../../../src-main/domain/relationships.ts'
import { followed, HOUR, openAna, ORIGIN, person, received, refused } from './home.ts'
import type { Home } from './home.ts'

const told = (home: Home) => notificationsPage(home, { limit: 50 }).map((n) => [n.type, n.accountId])
const counts = (home: Home) => [owner(home).followersCount, owner(home).followingCount]
const URI = 'https://tide.example/follows/1'

describe('following others', () => {
  it('is asked once, accepted once, and only by whom it was asked', () => {
    const home = openAna()
    const [bo, eve] = [person(home, 'bo'), person(home, 'eve')]
    home.heard()
    expect(receiveAccept(home, { accountId: bo })).toBe(false)
    expect(follow(home, bo)).toMatchObject({ requested: true, following: false })
    follow(home, bo, { notify: true })
    const [[, asked] = ['', {}]] = home.heard()
    const id = asked.followId as number
    expect(followById(home, id)).toMatchObject({ accountId: owner(home).id, targetId: bo, state: 'pending', uri: null })
    const before = home.picture()
    expect(receiveAccept(home, { accountId: eve, followUri: `${ORIGIN}/users/ana#follows/${id}` })).toBe(false)
    expect(receiveAccept(home, { accountId: bo, followUri: `${ORIGIN}/users/ana#follows/${id + 1}` })).toBe(false)
    expect(home.picture()).toBe(before)
    expect(receiveAccept(home, { accountId: bo, followUri: `${ORIGIN}/users/ana#follows/${id}` })).toBe(true)
    expect(receiveAccept(home, { accountId: bo })).toBe(false)
    expect(relationship(home, bo)).toMatchObject({ following: true, requested: false, notifying: true })
    expect(counts(home)).toEqual([0, 1])
    expect(home.heard()).toEqual([['follow-accepted', { followId: id, accountId: owner(home).id, targetId: bo, own: false, uri: null }]])
    expect(unfollow(home, bo)).toMatchObject({ following: false, requested: false })
    unfollow(home, bo)
    expect(counts(home)).toEqual([0, 0])
    expect(home.heard()).toEqual([
      ['unfollowed', { followId: id, accountId: owner(home).id, targetId: bo, own: true, uri: `${ORIGIN}/users/ana#follows/${id}` }],
    ])
  })

  it('an answer may name the follow by an address of the other side', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    follow(home, bo)
    expect(receiveAccept(home, { accountId: bo, followUri: 'https://tide.example/activities/9' })).toBe(true)
  })

  it('ends when they say no, before or after', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), followed(home, 'cy')]
    follow(home, bo)
    received(home, cy)
    expect(receiveReject(home, { accountId: bo })).toBe(true)
    expect(receiveReject(home, { accountId: cy })).toBe(true)
    expect(receiveReject(home, { accountId: cy })).toBe(false)
    expect([counts(home), home.rows('follows'), home.rows('home')]).toEqual([[0, 0], 0, 0])
  })

  it('is refused with a reason', () => {
    const home = openAna()
    const [bo, cy, di] = [
      person(home, 'bo'),
      person(home, 'cy'),
      person(home, 'di', 'tide.example', { movedTo: 'https://reef.example/di' }),
    ]
    block(home, bo)
    receiveBlock(home, { accountId: cy, uri: null })
    const before = home.picture()
    expect(refused(() => follow(home, bo)).reason).toBe('blocked-by-you')
    expect(refused(() => follow(home, cy)).reason).toBe('blocked-by-them')
    expect(refused(() => follow(home, di)).reason).toBe('moved')
    expect(refused(() => follow(home, owner(home).id)).reason).toBe('yourself')
    expect(refused(() => follow(home, 4711)).code).toBe('not-found')
    expect(home.picture()).toBe(before)
  })
})

describe('being followed', () => {
  it('is accepted at once; asked again, accepted again under the new name, told once', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    home.heard()
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('accepted')
    expect(receiveFollow(home, { accountId: bo, uri: `${URI}-again` })).toBe('accepted')
    expect(counts(home)).toEqual([1, 0])
    expect(told(home)).toEqual([['follow', bo]])
    const heard = home.heard()
    expect(heard.map(([type, data]) => [type, data.uri ?? null])).toEqual([
      ['follow-accepted', URI],
      ['notified', null],
      ['follow-accepted', `${URI}-again`],
    ])
    expect(followBetween(home, bo, owner(home).id)?.uri).toBe(`${URI}-again`)
    expect(followerInboxes(home)).toEqual([
      { accountId: bo, inbox: 'https://tide.example/users/bo/inbox', sharedInbox: 'https://tide.example/inbox' },
    ])
    expect(receiveUndoFollow(home, { accountId: bo, followUri: URI })).toBe(true)
    expect(receiveUndoFollow(home, { accountId: bo })).toBe(false)
    expect([counts(home), told(home), followerInboxes(home)]).toEqual([[0, 0], [], []])
    // Misskey names every follow of a pair alike: coming back must work.
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('accepted')
  })

  it('waits for the owner who wants to be asked', () => {
    const home = openAna()
    updateProfile(home, { locked: true })
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    home.heard()
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('pending')
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('pending')
    expect(receiveFollow(home, { accountId: cy, uri: `${URI}-cy` })).toBe('pending')
    expect(told(home)).toEqual([
      ['follow-request', cy],
      ['follow-request', bo],
    ])
    expect(counts(home)).toEqual([0, 0])
    expect(followerInboxes(home)).toEqual([])
    expect(authorize(home, bo)).toMatchObject({ followedBy: true, requestedBy: false })
    reject(home, cy)
    expect(refused(() => authorize(home, cy)).code).toBe('not-found')
    expect(refused(() => reject(home, bo)).code).toBe('not-found')
    expect(counts(home)).toEqual([1, 0])
    expect(told(home)).toEqual([])
    expect(home.heard().map(([type, data]) => [type, data.own ?? null])).toEqual([
      ['follow-asked', false],
      ['notified', null],
      ['follow-asked', false],
      ['notified', null],
      ['follow-accepted', true],
      ['follow-rejected', true],
    ])
  })

  it('ends by the owner too', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    receiveFollow(home, { accountId: bo, uri: URI })
    home.heard()
    expect(removeFollower(home, bo).followedBy).toBe(false)
    removeFollower(home, bo)
    expect(counts(home)).toEqual([0, 0])
    expect(home.heard().map(([type, data]) => [type, data.own, data.uri])).toEqual([['follow-rejected', true, URI]])
  })
})

describe('blocks, mutes, notes', () => {
  it('a block ends everything between the two, once', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    receiveFollow(home, { accountId: bo, uri: URI })
    received(home, bo)
    home.heard()
    expect(block(home, bo)).toMatchObject({ blocking: true, following: false, followedBy: false })
    block(home, bo)
    expect([counts(home), told(home), home.rows('home'), home.rows('follows')]).toEqual([[0, 0], [], 0, 0])
    expect(home.heard().map(([type, data]) => [type, data.own])).toEqual([
      ['unfollowed', true],
      ['follow-rejected', true],
      ['blocked', true],
    ])
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('ignored')
    expect(home.heard()).toEqual([])
    expect(unblock(home, bo).blocking).toBe(false)
    unblock(home, bo)
    expect(home.heard().map(([type]) => type)).toEqual(['unblocked'])
    expect(receiveFollow(home, { accountId: bo, uri: URI })).toBe('accepted')
  })

  it('their block ends it quietly: nothing of ours goes out', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    receiveFollow(home, { accountId: bo, uri: URI })
    home.heard()
    expect(receiveBlock(home, { accountId: bo, uri: null })).toBe(true)
    expect(receiveBlock(home, { accountId: bo, uri: null })).toBe(false)
    expect(relationship(home, bo)).toMatchObject({ blockedBy: true, following: false, followedBy: false })
    expect(home.heard().map(([type, data]) => [type, data.own])).toEqual([
      ['unfollowed', false],
      ['unfollowed', false],
      ['blocked', false],
    ])
    expect(counts(home)).toEqual([0, 0])
    expect(receiveUnblock(home, { accountId: bo })).toBe(true)
    expect(receiveUnblock(home, { accountId: bo })).toBe(false)
  })

  it('a mute may end by itself and may leave notifications on', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    home.heard()
    expect(mute(home, bo, { durationMs: HOUR })).toMatchObject({ muting: true, mutingNotifications: true })
    mute(home, bo, { durationMs: HOUR })
    home.clock.at += 2 * HOUR
    expect(relationship(home, bo).muting).toBe(false)
    expect(mute(home, bo, { notifications: false })).toMatchObject({ muting: true, mutingNotifications: false })
    expect(unmute(home, bo).muting).toBe(false)
    unmute(home, bo)
    expect(home.heard().map(([type]) => type)).toEqual(['muted', 'muted', 'unmuted'])
    expect(refused(() => mute(home, owner(home).id)).reason).toBe('yourself')
  })

  it("a note is the owner's alone", () => {
    const home = openAna()
    const bo = person(home, 'bo')
    expect(note(home, bo, ' met at sea ').note).toBe('met at sea')
    expect(refused(() => note(home, bo, 'x'.repeat(2_001))).code).toBe('invalid')
    expect(note(home, bo, '').note).toBe('')
    expect(home.rows('account_notes')).toBe(0)
  })

  it('everybody we know is reached once', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy')
    receiveFollow(home, { accountId: bo, uri: URI })
    follow(home, cy)
    person(home, 'stranger')
    expect(
      knownInboxes(home)
        .map((inbox) => inbox.accountId)
        .sort(),
    ).toEqual([bo, cy].sort())
  })
})
