import { describe, expect, it } from 'vitest'
import { receiveFollow } from '../../../src-main/domain/follows.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { followed, HOUR, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const YEARS_AGO = NOON - 3 * 365 * 24 * HOUR
const stranger = (api: Api, name: string, change: object = {}) =>
  person(api.home, name, 'tide.example', { createdAt: YEARS_AGO, ...change })
const mention = (api: Api, from: number, change: object = {}) =>
  received(api.home, from, { mentions: [{ acct: 'ana', accountId: owner(api.home).id }], forOwner: true, ...change })
const set = (api: Api, rules: object, verb = 'PATCH') => api.call(verb, '/api/v2/notifications/policy', rules)
const told = async (api: Api) =>
  (await api.get('/api/v1/notifications')).body.map((one: { account: { username: string } }) => one.account.username)
const waiting = async (api: Api) =>
  (await api.get('/api/v1/notifications/requests')).body.map((one: { account: { username: string } }) => one.account.username)

describe('/api/v2/notifications/policy', () => {
  it('is kept, one rule or several, by PATCH and PUT, and counts what waits', async () => {
    const api = await openApi()
    const first = (await api.get('/api/v2/notifications/policy')).body
    expect(first).toEqual({
      for_not_following: 'accept',
      for_not_followers: 'accept',
      for_new_accounts: 'accept',
      for_private_mentions: 'accept',
      for_limited_accounts: 'filter',
      for_bots: 'accept',
      summary: { pending_requests_count: 0, pending_notifications_count: 0 },
    })
    const changed = { ...first, for_not_following: 'filter', for_new_accounts: 'drop' }
    expect((await set(api, { for_not_following: 'filter', for_new_accounts: 'drop' })).body).toEqual(changed)
    expect((await set(api, { for_bots: 'drop' }, 'PUT')).body).toEqual({ ...changed, for_bots: 'drop' })
    const bo = stranger(api, 'bo')
    mention(api, bo)
    mention(api, bo)
    mention(api, stranger(api, 'cy'))
    expect((await api.get('/api/v2/notifications/policy')).body).toMatchObject({
      for_not_following: 'filter',
      summary: { pending_requests_count: 2, pending_notifications_count: 3 },
    })
  })

  it('takes no rule that there is none of', async () => {
    const api = await openApi()
    const answer = await set(api, { for_not_following: 'drop', for_bots: 'bite' })
    expect(answer.status).toBe(422)
    expect(answer.body.error).toMatch(/^Validation failed: /)
    expect((await api.get('/api/v2/notifications/policy')).body.for_not_following).toBe('accept')
  })

  it.each([
    ['for_not_following', (api: Api) => stranger(api, 'x'), (api: Api) => followed(api.home, 'y')],
    [
      'for_not_followers',
      (api: Api) => stranger(api, 'x'),
      (api: Api) => {
        const y = stranger(api, 'y')
        receiveFollow(api.home, { accountId: y, uri: 'https://tide.example/follows/1' })
        api.home.clock.at += 4 * 24 * HOUR
        return y
      },
    ],
    ['for_new_accounts', (api: Api) => stranger(api, 'x', { createdAt: NOON - 24 * HOUR }), (api: Api) => stranger(api, 'y')],
    ['for_bots', (api: Api) => stranger(api, 'x', { type: 'Service' }), (api: Api) => stranger(api, 'y')],
  ])('%s: filters into requests, or drops, and leaves the others alone', async (rule, meant, other) => {
    const api = await openApi()
    const [x, y] = [meant(api), other(api)]
    await set(api, { [rule]: 'filter' })
    mention(api, x)
    mention(api, y)
    expect((await told(api)).filter((name: string) => name !== 'y')).toEqual([])
    expect(await told(api)).toContain('y')
    expect(await waiting(api)).toEqual(['x'])
    await set(api, { [rule]: 'drop' })
    const post = mention(api, x)
    expect((await api.get('/api/v1/notifications/requests')).body[0].notifications_count).toBe('1')
    expect((await api.get(`/api/v1/statuses/${post}`)).status).toBe(200)
  })

  it('for_private_mentions: only those that answer nothing', async () => {
    const api = await openApi()
    await set(api, { for_private_mentions: 'filter' })
    mention(api, stranger(api, 'bo'), { visibility: 'direct' })
    mention(api, stranger(api, 'cy'))
    expect([await told(api), await waiting(api)]).toEqual([['cy'], ['bo']])
    const di = stranger(api, 'di')
    writePost(api.home, { text: 'Hello @di@tide.example', visibility: 'direct' })
    mention(api, di, { visibility: 'direct' })
    expect(await told(api)).toEqual(['di', 'cy'])
  })

  it('for_limited_accounts: what is said en masse can be let in, or dropped', async () => {
    const api = await openApi()
    const crowd = Array.from({ length: 8 }, (_, i) => ({ acct: `x${i}@far.example`, accountId: null }))
    const shout = (name: string) =>
      mention(api, stranger(api, name), { mentions: [{ acct: 'ana', accountId: owner(api.home).id }, ...crowd] })
    await set(api, { for_limited_accounts: 'accept' })
    shout('bo')
    await set(api, { for_limited_accounts: 'drop' })
    shout('cy')
    expect([await told(api), await waiting(api)]).toEqual([['bo'], []])
  })

  it('holds favourites and follows back too, and lets in for good whom the owner accepts', async () => {
    const api = await openApi()
    const mine = writePost(api.home, { text: 'Boats', visibility: 'public' }).post.id
    releasePost(api.home, mine, NOON)
    await set(api, { for_not_following: 'filter' })
    const bo = stranger(api, 'bo')
    receiveFavourite(api.home, { uri: null, accountId: bo, postId: mine })
    receiveFollow(api.home, { accountId: bo, uri: 'https://tide.example/follows/2' })
    expect([await told(api), await waiting(api)]).toEqual([[], ['bo']])
    expect((await api.call('POST', `/api/v1/notifications/requests/${bo}/accept`)).status).toBe(200)
    expect(await told(api)).toEqual(['bo', 'bo'])
    mention(api, bo)
    expect(await told(api)).toEqual(['bo', 'bo', 'bo'])
    expect((await api.get('/api/v1/notifications/requests/merged')).body).toEqual({ merged: true })
  })

  it('requests are accepted and dismissed several at once', async () => {
    const api = await openApi()
    await set(api, { for_not_following: 'filter' })
    const [bo, cy, di] = ['bo', 'cy', 'di'].map((name) => stranger(api, name)) as [number, number, number]
    for (const id of [bo, cy, di]) mention(api, id)
    expect((await api.call('POST', '/api/v1/notifications/requests/accept', { id: [String(bo), String(cy)] })).status).toBe(200)
    expect(await told(api)).toEqual(['cy', 'bo'])
    expect((await api.call('POST', '/api/v1/notifications/requests/dismiss', { id: [String(di)] })).status).toBe(200)
    expect(await waiting(api)).toEqual([])
    expect(await told(api)).toEqual(['cy', 'bo'])
  })
})
