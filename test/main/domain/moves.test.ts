import { describe, expect, it } from 'vitest'
import { accountById } from '../../../src-main/domain/accounts.ts'
import { block, follow, followBetween } from '../../../src-main/domain/follows.ts'
import { addAlias, aliases, mayMoveAt, moveAway, receiveMove, removeAlias } from '../../../src-main/domain/moves.ts'
import { clearNotifications, notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { relationship } from '../../../src-main/domain/relationships.ts'
import { followed, HOUR, openAna, ORIGIN, person, received, refused } from './home.ts'

const DAY = 24 * HOUR

describe('somebody who moves', () => {
  it('is followed where they go, with the same wishes; what they wrote stays at home', () => {
    const home = openAna()
    const [bo, there] = [followed(home, 'bo'), person(home, 'bo', 'new.example')]
    follow(home, bo, { boosts: false, notify: true })
    const post = received(home, bo)
    clearNotifications(home)
    home.heard()
    expect(receiveMove(home, { fromId: bo, toId: there })).toBe(true)
    expect(accountById(home, bo)?.movedTo).toBe('https://new.example/users/bo')
    expect(relationship(home, bo)).toMatchObject({ following: false, requested: false })
    expect(relationship(home, there)).toMatchObject({ requested: true, showingBoosts: false, notifying: true })
    expect(home.rows('home', `post_id = ${post}`)).toBe(1)
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'move', accountId: bo, subjectId: there }])
    expect(home.heard().map(([type]) => type)).toEqual(['account-changed', 'moved', 'unfollowed', 'follow-asked', 'notified'])
    expect(receiveMove(home, { fromId: bo, toId: there })).toBe(false)
    expect(home.heard()).toEqual([])
  })

  it('is only noted when the owner does not follow them', () => {
    const home = openAna()
    const [bo, there] = [person(home, 'bo'), person(home, 'bo', 'new.example')]
    home.heard()
    expect(receiveMove(home, { fromId: bo, toId: there })).toBe(true)
    expect([home.rows('follows'), home.rows('notifications')]).toEqual([0, 0])
    expect(home.heard().map(([type]) => type)).toEqual(['account-changed', 'moved'])
  })

  it('rule 16: to somebody blocked takes no follow along', () => {
    const home = openAna()
    const [bo, there] = [followed(home, 'bo'), person(home, 'eve', 'new.example')]
    block(home, there)
    expect(receiveMove(home, { fromId: bo, toId: there })).toBe(true)
    expect(home.rows('follows')).toBe(0)
  })

  it('keeps the wishes of a follow that is there already', () => {
    const home = openAna()
    const [bo, there] = [followed(home, 'bo'), followed(home, 'bo', 'new.example')]
    follow(home, bo, { notify: true })
    const before = followBetween(home, owner(home).id, there)
    receiveMove(home, { fromId: bo, toId: there })
    expect(followBetween(home, owner(home).id, there)).toEqual(before)
    expect(relationship(home, there)).toMatchObject({ following: true, notifying: false })
  })

  it('is never the owner', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    expect(receiveMove(home, { fromId: owner(home).id, toId: bo })).toBe(false)
    expect(receiveMove(home, { fromId: bo, toId: bo })).toBe(false)
    expect(owner(home).movedTo).toBeNull()
  })
})

describe('the owner elsewhere', () => {
  const OLD = 'https://old.example/users/ana'
  it('is named on the profile, and told', () => {
    const home = openAna()
    expect([addAlias(home, OLD), addAlias(home, OLD)]).toEqual([[OLD], [OLD]])
    expect(home.heard()).toEqual([['profile-changed', { accountId: owner(home).id }]])
    for (const uri of ['bo@old.example', 'javascript:x', 'https://', `${ORIGIN}/users/ana`]) {
      expect(refused(() => addAlias(home, uri)).reason).toBe('alias-invalid')
    }
    expect(removeAlias(home, OLD)).toEqual([])
    expect(refused(() => removeAlias(home, OLD)).code).toBe('not-found')
    expect(aliases(home)).toEqual([])
  })

  it('goes once in thirty days', () => {
    const home = openAna()
    const [there, back] = [person(home, 'ana', 'new.example'), person(home, 'ana', 'third.example')]
    home.heard()
    expect(mayMoveAt(home)).toBeNull()
    moveAway(home, there)
    expect(owner(home).movedTo).toBe('https://new.example/users/ana')
    expect(home.heard().map(([type]) => type)).toEqual(['moved', 'profile-changed'])
    expect(mayMoveAt(home)).toBe(home.clock.at + 30 * DAY)
    home.clock.at += 29 * DAY
    expect(refused(() => moveAway(home, back)).reason).toBe('moved-recently')
    home.clock.at += 1 * DAY
    expect(mayMoveAt(home)).toBeNull()
    moveAway(home, back)
    expect(owner(home).movedTo).toBe('https://third.example/users/ana')
  })

  it('goes only to an account that is there, and from an address', () => {
    const home = openAna()
    const gone = person(home, 'bo', 'tide.example', { movedTo: 'https://x.example/users/bo' })
    expect(refused(() => moveAway(home, gone)).reason).toBe('moved-itself')
    expect(refused(() => moveAway(home, owner(home).id)).reason).toBe('yourself')
    expect(refused(() => moveAway(home, 77)).code).toBe('not-found')
    const early = openAna(null)
    expect(refused(() => moveAway(early, person(early, 'bo'))).reason).toBe('no-address')
    expect(owner(home).movedTo).toBeNull()
  })
})
