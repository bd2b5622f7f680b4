import { describe, expect, it } from 'vitest'
import { receiveFollow } from '../../../src-main/domain/follows.ts'
import {
  groupedPage,
  newestNotification,
  notificationsPage,
  sweepNotifications,
  unreadCount,
} from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { acceptRequests, dismissRequests, requestOf, requestsPage, waitingRequests } from '../../../src-main/domain/requests.ts'
import { followed, HOUR, NOON, openAna, person, received, refused } from './home.ts'
import type { Home } from './home.ts'

const YEARS_AGO = NOON - 3 * 365 * 24 * HOUR
const stranger = (home: Home, name: string, createdAt = YEARS_AGO) => person(home, name, 'tide.example', { createdAt })
/** A post of somebody that names Ana and so many others. */
function mention(home: Home, accountId: number, others = 0, change: object = {}): number {
  const names = Array.from({ length: others }, (_, i) => ({ acct: `x${i}@far.example`, accountId: null }))
  return received(home, accountId, { mentions: [{ acct: 'ana', accountId: owner(home).id }, ...names], forOwner: true, ...change })
}
const told = (home: Home) => notificationsPage(home, { limit: 100 }).map((one) => one.accountId)

describe('rule 39: mentions by strangers', () => {
  it('ring when it is one person who speaks to one', () => {
    const home = openAna()
    const [bo, young] = [stranger(home, 'bo'), stranger(home, 'cy', NOON - HOUR)]
    mention(home, bo)
    mention(home, bo, 2)
    mention(home, young)
    expect(told(home)).toEqual([young, bo, bo])
    expect(waitingRequests(home)).toEqual({ requests: 0, notifications: 0 })
  })

  it('that name a crowd, or come from an account made today, wait: nothing rings, nothing is lost', () => {
    const home = openAna()
    const [bo, young] = [stranger(home, 'bo'), stranger(home, 'cy', NOON - HOUR)]
    home.heard()
    const post = mention(home, bo, 5)
    mention(home, young, 1)
    expect(home.heard().map(([type]) => type)).toEqual(['post-received', 'post-received'])
    expect([told(home), groupedPage(home, { limit: 10 }, {}), unreadCount(home, 0), newestNotification(home)]).toEqual([[], [], 0, null])
    expect(requestsPage(home, { limit: 10 })).toMatchObject([
      { accountId: young, count: 1 },
      { accountId: bo, count: 1, lastPostId: post },
    ])
    expect(notificationsPage(home, { limit: 10 }, { accountId: bo, waiting: true })).toMatchObject([{ postId: post }])
  })

  it('come through from people the owner follows, lets follow, has spoken to, and in answer to the owner', () => {
    const home = openAna()
    const [a, b, c, e] = [followed(home, 'al'), stranger(home, 'bo', NOON), stranger(home, 'cy', NOON), stranger(home, 'eve', NOON)]
    receiveFollow(home, { accountId: b, uri: 'https://tide.example/f/1' })
    writePost(home, { text: 'Hello @cy@tide.example', visibility: 'public' })
    const { post } = writePost(home, { text: 'Ask me', visibility: 'public' })
    releasePost(home, post.id, NOON)
    for (const id of [a, b, c]) mention(home, id, 9)
    mention(home, e, 1, { inReplyToUri: `https://ana.example/users/ana/statuses/${post.id}` })
    expect(told(home).filter((id) => [a, b, c, e].includes(id)).length).toBeGreaterThanOrEqual(4)
    expect(waitingRequests(home).requests).toBe(0)
  })

  it('wait when they come as a wave, until it is over', () => {
    const home = openAna()
    for (let i = 0; i < 60; i++) mention(home, stranger(home, `wave${i}`))
    expect([told(home).length, waitingRequests(home)]).toEqual([20, { requests: 40, notifications: 40 }])
    home.clock.at += 2 * HOUR
    mention(home, stranger(home, 'late'))
    expect(told(home)).toHaveLength(21)
  })
})

describe('requests', () => {
  function waiting() {
    const home = openAna()
    const [bo, cy] = [stranger(home, 'bo'), stranger(home, 'cy')]
    mention(home, bo, 7)
    mention(home, bo, 7)
    mention(home, cy, 7)
    home.heard()
    return { home, bo, cy }
  }

  it('accepted, are told, and these people do not wait again', () => {
    const { home, bo, cy } = waiting()
    expect(requestOf(home, bo)).toMatchObject({ count: 2 })
    acceptRequests(home, [bo])
    expect(told(home)).toEqual([bo, bo])
    expect(home.heard().map(([type]) => type)).toEqual(['notified', 'requests-accepted'])
    mention(home, bo, 7)
    expect(told(home)).toEqual([bo, bo, bo])
    expect(waitingRequests(home)).toEqual({ requests: 1, notifications: 1 })
    const before = home.picture()
    expect(refused(() => acceptRequests(home, [cy, bo])).code).toBe('not-found')
    expect(home.picture()).toBe(before)
  })

  it('dismissed, are gone, and the next one waits again', () => {
    const { home, bo } = waiting()
    dismissRequests(home, [bo])
    expect([requestOf(home, bo), home.rows('posts')]).toEqual([null, 3])
    mention(home, bo, 7)
    expect([told(home), requestOf(home, bo)?.count]).toEqual([[], 1])
  })

  it('come in pages', () => {
    const { home, bo, cy } = waiting()
    const first = requestsPage(home, { limit: 1 })
    const second = requestsPage(home, { limit: 1, maxId: first[0]?.newestId ?? 0 })
    expect([...first, ...second].map((one) => one.accountId)).toEqual([cy, bo])
    expect(requestsPage(home, { limit: 5, minId: second[0]?.newestId ?? 0 }).map((one) => one.accountId)).toEqual([cy])
  })
})

it('rule 40: notifications are kept up to a number, the newest of them', () => {
  const home = openAna()
  const ids = Array.from({ length: 12 }, (_, i) => stranger(home, `p${i}`))
  for (const accountId of ids) receiveFollow(home, { accountId, uri: `https://tide.example/f/${accountId}` })
  expect(sweepNotifications(home, 20)).toBe(0)
  expect(sweepNotifications(home, 10)).toBe(2)
  expect(told(home)).toEqual(ids.slice(2).reverse())
})
