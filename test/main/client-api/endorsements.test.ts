import { describe, expect, it } from 'vitest'
import { blockDomain, unblockDomain } from '../../../src-main/domain/domain-blocks.ts'
import { followed, HOUR, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Json } from './instance.ts'

const names = (people: Json) => people.map((one: { username: string }) => one.username) as string[]

describe('endorsements', () => {
  it('are of people followed, by both names of the verb, and stand on the own profile', async () => {
    const api = await openApi()
    const [bo, cy, dee] = [followed(api.home, 'bo'), followed(api.home, 'cy'), person(api.home, 'dee')]
    const act = (id: number, verb: string) => api.call('POST', `/api/v1/accounts/${id}/${verb}`)
    expect((await act(bo, 'endorse')).body).toMatchObject({ id: String(bo), endorsed: true })
    expect((await act(cy, 'pin')).body).toMatchObject({ id: String(cy), endorsed: true })
    expect((await act(cy, 'endorse')).body.endorsed).toBe(true)
    const refused = await act(dee, 'endorse')
    expect([refused.status, refused.body.error]).toEqual([
      422,
      'Validation failed: You must be already following the person you want to endorse',
    ])
    const me = (await api.get('/api/v1/accounts/verify_credentials')).body.id
    expect(names((await api.get('/api/v1/endorsements')).body)).toEqual(['cy', 'bo'])
    const first = await api.get('/api/v1/endorsements?limit=1')
    expect(names((await api.get((first.links.next as string).replace(api.base, ''))).body)).toEqual(['bo'])
    expect(names((await api.get(`/api/v1/accounts/${me}/endorsements`)).body)).toEqual(['cy', 'bo'])
    expect((await api.get(`/api/v1/accounts/${bo}/endorsements`)).body).toEqual([])
    expect((await act(bo, 'unendorse')).body.endorsed).toBe(false)
    expect((await act(bo, 'unpin')).body.endorsed).toBe(false)
    await act(cy, 'unfollow')
    expect((await api.get('/api/v1/endorsements')).body).toEqual([])
  })
})

describe('a relationship', () => {
  it('keeps the languages of a follow, which decide what comes home', async () => {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const follow = async (body: unknown, more = {}) => (await api.call('POST', `/api/v1/accounts/${bo}/follow`, body, more)).body
    expect((await follow({})).languages).toBe(null)
    expect((await follow({ languages: ['fr', 'en', 'fr'] })).languages).toEqual(['fr', 'en'])
    expect((await follow({ notify: false })).languages).toEqual(['fr', 'en'])
    const wanted = [
      received(api.home, bo, { language: 'fr' }),
      received(api.home, bo, { language: null }),
      received(api.home, bo, { language: 'en-GB' }),
    ]
    const other = received(api.home, bo, { language: 'de' })
    const home = (await api.get('/api/v1/timelines/home')).body.map((one: Json) => Number(one.id)) as number[]
    expect(new Set(home)).toEqual(new Set(wanted))
    const profile = (await api.get(`/api/v1/accounts/${bo}/statuses`)).body.map((one: Json) => Number(one.id)) as number[]
    expect(profile).toContain(other)
    const bad = await api.call('POST', `/api/v1/accounts/${bo}/follow`, { languages: ['not a language'] })
    expect(bad.status).toBe(422)
    const empty = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect((await follow('languages[]=', empty)).languages).toBe(null)
    received(api.home, bo, { language: 'de' })
    expect((await api.get('/api/v1/timelines/home')).body).toHaveLength(4)
  })

  it('knows blocked servers and when a mute ends', async () => {
    const api = await openApi()
    const [bo, cy] = [person(api.home, 'bo', 'a.tide.example'), person(api.home, 'cy', 'reef.example')]
    const standing = async () => (await api.get(`/api/v1/accounts/relationships?id[]=${bo}&id[]=${cy}`)).body
    expect((await standing()).map((one: Json) => one.domain_blocking)).toEqual([false, false])
    blockDomain(api.home, 'tide.example')
    expect((await standing()).map((one: Json) => one.domain_blocking)).toEqual([true, false])
    unblockDomain(api.home, 'tide.example')
    expect((await standing()).map((one: Json) => one.domain_blocking)).toEqual([false, false])
    await api.call('POST', `/api/v1/accounts/${cy}/mute`, { duration: 3600 })
    expect((await standing()).map((one: Json) => one.muting_expires_at)).toEqual([null, new Date(api.home.clock.at + HOUR).toISOString()])
  })

  it('hides what a blocked server said before, in every list, and shows it again', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo', 'a.tide.example')
    const cy = person(api.home, 'cy', 'reef.example')
    const root = received(api.home, cy, { uri: 'https://reef.example/1', tags: ['sea'] })
    const answer = received(api.home, bo, { inReplyToUri: 'https://reef.example/1', tags: ['sea'] })
    const where = async () => {
      const lists = [
        (await api.get('/api/v1/timelines/tag/sea')).body,
        (await api.get(`/api/v1/statuses/${root}/context`)).body.descendants,
      ]
      return lists.map((list) => list.some((one: Json) => one.id === String(answer)))
    }
    expect(await where()).toEqual([true, true])
    blockDomain(api.home, 'tide.example')
    blockDomain(api.home, 'a.tide.example')
    expect(await where()).toEqual([false, false])
    unblockDomain(api.home, 'tide.example')
    expect(await where()).toEqual([false, false])
    unblockDomain(api.home, 'a.tide.example')
    expect(await where()).toEqual([true, true])
  })
})
