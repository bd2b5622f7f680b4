import { describe, expect, it } from 'vitest'
import { featuredTags, followedTags, followTag } from '../../../src-main/domain/followed-tags.ts'
import { person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Json } from './instance.ts'

const names = (tags: Json) => tags.map((tag: { name: string }) => tag.name) as string[]

describe('hashtags', () => {
  it('are followed and let go, whatever way they are written', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    expect((await api.get('/api/v1/tags/Tides')).body).toMatchObject({
      id: 'tides',
      name: 'tides',
      following: false,
      featuring: false,
      history: [],
    })
    expect((await api.call('POST', '/api/v1/tags/%23Tides/follow')).body).toMatchObject({ name: 'tides', following: true })
    expect((await api.get('/api/v1/tags/tides')).body.following).toBe(true)
    expect((await api.get('/api/v2/search?q=tides&type=hashtags')).body.hashtags).toMatchObject([{ name: 'tides', following: true }])
    received(api.home, bo, { tags: ['tides'], content: '<p>High <a class="hashtag">#tides</a></p>' })
    received(api.home, bo, { tags: ['boats'] })
    expect((await api.get('/api/v1/timelines/home')).body).toMatchObject([{ tags: [{ name: 'tides' }] }])
    expect((await api.call('POST', '/api/v1/tags/tides/unfollow')).body).toMatchObject({ name: 'tides', following: false })
    expect((await api.get('/api/v1/followed_tags')).body).toEqual([])
    expect((await api.get('/api/v1/timelines/home')).body).toEqual([])
  })

  it('that are followed come in pages that end', async () => {
    const api = await openApi()
    for (const name of ['ant', 'bee', 'crow']) followTag(api.home, name)
    const first = await api.get('/api/v1/followed_tags?limit=2')
    expect(names(first.body)).toEqual(['crow', 'bee'])
    const path = (url: string | undefined) => (url ?? '').replace(api.base, '')
    const second = await api.get(path(first.links.next))
    expect(names(second.body)).toEqual(['ant'])
    const third = await api.get(path(second.links.next))
    expect([third.body, third.links]).toEqual([[], {}])
    expect(names((await api.get(path(second.links.prev))).body)).toEqual(['crow', 'bee'])
  })

  it('that are none are refused, and nothing changes', async () => {
    const api = await openApi()
    for (const name of ['2024', 'a%20b', '%3Cb%3E', '%23']) {
      expect((await api.call('POST', `/api/v1/tags/${name}/follow`)).status).toBe(422)
    }
    expect((await api.call('POST', '/api/v1/featured_tags', { name: '' })).status).toBe(422)
    expect([followedTags(api.home, { limit: 5 }), featuredTags(api.home)]).toEqual([[], []])
  })

  it('of the profile are shown with their numbers, to strangers too', async () => {
    const api = await openApi({ listener: 'public' })
    const me = (await api.get('/api/v1/accounts/verify_credentials')).body.id as string
    await api.call('POST', '/api/v1/statuses', { status: 'My #boats at the #harbour' })
    expect(names((await api.get('/api/v1/featured_tags/suggestions')).body).sort()).toEqual(['boats', 'harbour'])
    const made = (await api.call('POST', '/api/v1/featured_tags', { name: '#Boats' })).body
    expect(made).toMatchObject({ name: 'boats', url: 'https://ana.example/tags/boats', statuses_count: '1', last_status_at: '2026-05-01' })
    expect((await api.get('/api/v1/featured_tags')).body).toEqual([made])
    expect((await api.get(`/api/v1/accounts/${me}/featured_tags`, { token: null })).body).toEqual([made])
    expect((await api.get('/api/v1/tags/boats')).body.featuring).toBe(true)
    expect((await api.get('/api/v1/tags/boats', { token: null })).body.featuring).toBe(false)
    expect((await api.call('DELETE', `/api/v1/featured_tags/${made.id}`)).body).toEqual({})
    expect((await api.call('DELETE', `/api/v1/featured_tags/${made.id}`)).status).toBe(404)
    expect((await api.get('/api/v1/featured_tags')).body).toEqual([])
    expect((await api.call('POST', '/api/v1/tags/harbour/feature')).body.featuring).toBe(true)
    expect((await api.call('POST', '/api/v1/tags/harbour/unfeature')).body.featuring).toBe(false)
  })

  it('are read together: any, all, none, ours alone', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const post = (tags: string[]) => String(received(api.home, bo, { tags }))
    const [a, b, ab, abc] = [post(['a1']), post(['b1']), post(['a1', 'b1']), post(['a1', 'b1', 'c1'])]
    const own = (await api.call('POST', '/api/v1/statuses', { status: 'ours #a1' })).body.id as string
    const ids = async (query: string) => ((await api.get(`/api/v1/timelines/tag/${query}`)).body as { id: string }[]).map((one) => one.id)
    expect(new Set(await ids('a1'))).toEqual(new Set([own, abc, ab, a]))
    expect(new Set(await ids('a1?any[]=b1'))).toEqual(new Set([own, abc, ab, b, a]))
    expect(new Set(await ids('A1?all[]=b1'))).toEqual(new Set([abc, ab]))
    expect(new Set(await ids('a1?all[]=b1&none[]=c1'))).toEqual(new Set([ab]))
    expect(await ids('a1?local=true')).toEqual([own])
  })
})
