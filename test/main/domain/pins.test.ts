import { describe, expect, it } from 'vitest'
import { pin, pinnedIds, receivePin, receiveUnpin, setPinned, unpin } from '../../../src-main/domain/pins.ts'
import { boostPost, deletePost, postById, writePost } from '../../../src-main/domain/posts.ts'
import { ownerId } from '../../../src-main/domain/rows.ts'
import { openAna, person, received, refused } from './home.ts'
import type { Home } from './home.ts'
import type { Visibility } from '../../../src-main/domain/types.ts'

const own = (home: Home, visibility: Visibility = 'public') => writePost(home, { text: 'Mine', visibility }).post.id

describe('own pins', () => {
  it('stand latest first, once each, and go with their post', () => {
    const home = openAna()
    const [one, two] = [own(home), own(home, 'private')]
    home.heard()
    expect(pin(home, one).pinnedAt).toBe(home.clock.at)
    home.clock.at += 1
    pin(home, two)
    pin(home, one)
    expect(home.heard()).toEqual([
      ['pinned', { postId: one, own: true }],
      ['pinned', { postId: two, own: true }],
    ])
    expect(pinnedIds(home, ownerId(home))).toEqual([two, one])
    expect(unpin(home, two).pinnedAt).toBe(null)
    unpin(home, two)
    expect(home.heard()).toEqual([['unpinned', { postId: two, own: true }]])
    deletePost(home, one)
    expect(pinnedIds(home, ownerId(home))).toEqual([])
  })

  it('are at most five, of own posts that are for more than the people they name', () => {
    const home = openAna()
    const theirs = received(home, person(home, 'bo'))
    const boost = boostPost(home, theirs).id
    const direct = own(home, 'direct')
    for (let i = 0; i < 5; i++) pin(home, own(home))
    const sixth = own(home)
    const before = home.picture()
    expect(refused(() => pin(home, theirs)).reason).toBe('not-own')
    expect(refused(() => pin(home, boost)).reason).toBe('not-pinnable')
    expect(refused(() => pin(home, direct)).reason).toBe('not-pinnable')
    expect(refused(() => pin(home, sixth)).reason).toBe('too-many-pins')
    expect(refused(() => pin(home, 1)).code).toBe('not-found')
    expect(home.picture()).toBe(before)
  })
})

describe('pins of others', () => {
  it('are the whole list as their server tells it, in its order, of their own posts only (rule 6)', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const [one, two, three] = [received(home, bo), received(home, bo), received(home, bo)]
    const foreign = received(home, cy)
    const mine = own(home)
    setPinned(home, bo, [three, foreign, one, mine, three, 1])
    expect(pinnedIds(home, bo)).toEqual([three, one])
    expect([postById(home, foreign)?.pinnedAt, postById(home, mine)?.pinnedAt]).toEqual([null, null])
    home.heard()
    setPinned(home, bo, [two, one])
    expect(pinnedIds(home, bo)).toEqual([two, one])
    expect(home.heard()).toEqual([
      ['unpinned', { postId: three, own: false }],
      ['pinned', { postId: two, own: false }],
    ])
    pin(home, mine)
    setPinned(home, ownerId(home), [])
    expect(pinnedIds(home, ownerId(home))).toEqual([mine])
  })

  it('come and go one by one, bounded', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const one = received(home, bo)
    expect([receivePin(home, cy, one), receivePin(home, bo, one), receivePin(home, bo, one)]).toEqual([false, true, false])
    expect([receiveUnpin(home, cy, one), receiveUnpin(home, bo, one), receiveUnpin(home, bo, one)]).toEqual([false, true, false])
    expect(receivePin(home, bo, received(home, bo, { visibility: 'direct' }))).toBe(false)
    const many = Array.from({ length: 25 }, () => received(home, bo))
    expect(many.filter((id) => receivePin(home, bo, id)).length).toBe(20)
  })
})
