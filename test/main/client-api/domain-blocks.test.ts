import { describe, expect, it } from 'vitest'
import { followBetween, receiveFollow } from '../../../src-main/domain/follows.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { receiveBoost, receivePost } from '../../../src-main/domain/posts.ts'
import { followed, NOON, person, received, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const block = (api: Api, domain: string, verb = 'POST') => api.call(verb, '/api/v1/domain_blocks', { domain })
const home = async (api: Api) => (await api.get('/api/v1/timelines/home')).body.map((one: { id: string }) => one.id)
const mentions = (api: Api) => [{ acct: 'ana', accountId: owner(api.home).id }]

describe('/api/v1/domain_blocks', () => {
  it('are listed newest first, and taken back', async () => {
    const api = await openApi()
    expect((await block(api, 'tide.example')).body).toEqual({})
    await block(api, 'https://FAR.example/')
    await block(api, 'tide.example')
    expect((await api.get('/api/v1/domain_blocks')).body).toEqual(['far.example', 'tide.example'])
    expect((await block(api, 'tide.example', 'DELETE')).body).toEqual({})
    expect((await api.get('/api/v1/domain_blocks')).body).toEqual(['far.example'])
    const byQuery = await api.call('DELETE', '/api/v1/domain_blocks?domain=far.example')
    expect([byQuery.status, (await api.get('/api/v1/domain_blocks')).body]).toEqual([200, []])
  })

  it.each(['', 'not a name', 'ana.example', 'a..b', 'x'.repeat(300), '../etc'])('refuse %j', async (domain) => {
    const api = await openApi()
    const answer = await block(api, domain)
    expect(answer.status).toBe(422)
    expect(answer.body.error).toMatch(/^Validation failed: /)
    expect((await api.get('/api/v1/domain_blocks')).body).toEqual([])
  })

  it('end follows both ways, take away what is at home and what was told, also of servers below', async () => {
    const api = await openApi()
    const [bo, cy] = [followed(api.home, 'bo', 'tide.example'), followed(api.home, 'cy', 'sub.tide.example')]
    const di = followed(api.home, 'di', 'notide.example')
    receiveFollow(api.home, { accountId: bo, uri: 'https://tide.example/follows/1' })
    for (const id of [bo, cy]) received(api.home, id, { mentions: mentions(api), forOwner: true })
    const kept = received(api.home, di)
    await block(api, 'tide.example')
    const me = owner(api.home).id
    expect([bo, cy].map((id) => followBetween(api.home, me, id))).toEqual([null, null])
    expect(followBetween(api.home, bo, me)).toBeNull()
    expect(followBetween(api.home, me, di)).not.toBeNull()
    expect(await home(api)).toEqual([String(kept)])
    expect((await api.get('/api/v1/notifications')).body).toEqual([])
    const [relationship] = (await api.get(`/api/v1/accounts/relationships?id[]=${bo}`)).body
    expect(relationship).toMatchObject({ domain_blocking: true, following: false, followed_by: false })
  })

  it('let nothing in: no post, no boost, no follow; and everything again once they are gone', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo', 'tide.example')
    const friend = followed(api.home, 'cy', 'far.example')
    const before = received(api.home, bo)
    await block(api, 'tide.example')
    expect(receivePost(api.home, remotePost(bo, { mentions: mentions(api), forOwner: true }))).toBeNull()
    expect(receiveFollow(api.home, { accountId: bo, uri: 'https://tide.example/follows/2' })).toBe('ignored')
    const boost = { accountId: friend, postId: before, published: NOON, visibility: 'public' as const }
    expect(receiveBoost(api.home, { ...boost, uri: 'https://far.example/boosts/1' })).toBeNull()
    expect((await api.call('POST', `/api/v1/accounts/${bo}/follow`)).status).toBe(403)
    expect((await api.get('/api/v1/timelines/public')).body).toEqual([])
    expect(await home(api)).toEqual([])
    await block(api, 'tide.example', 'DELETE')
    expect(receivePost(api.home, remotePost(bo))?.created).toBe(true)
    expect(receiveFollow(api.home, { accountId: bo, uri: 'https://tide.example/follows/3' })).toBe('accepted')
    expect(receiveBoost(api.home, { ...boost, uri: 'https://far.example/boosts/2' })?.created).toBe(true)
  })
})
