import { describe, expect, it } from 'vitest'
import { wantCard } from '../../../src-main/domain/cards.ts'
import { blockDomain } from '../../../src-main/domain/domain-blocks.ts'
import { receiveBoost } from '../../../src-main/domain/posts.ts'
import { followed, MINUTE, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

const ids = (list: Json) => list.map((one: { id: string }) => one.id) as string[]
const make = async (api: Api, title: string, more: object = {}) => (await api.call('POST', '/api/v1/lists', { title, ...more })).body
const put = (api: Api, list: { id: string }, ...people: number[]) =>
  api.call('POST', `/api/v1/lists/${list.id}/accounts`, { account_ids: people.map(String) })
const read = async (api: Api, list: { id: string }, more = '') => ids((await api.get(`/api/v1/timelines/list/${list.id}${more}`)).body)
const home = async (api: Api) => ids((await api.get('/api/v1/timelines/home')).body)

describe('lists', () => {
  it('are made, read, changed and removed', async () => {
    const api = await openApi()
    const harbour = await make(api, 'Harbour')
    expect(harbour).toEqual({ id: harbour.id, title: 'Harbour', replies_policy: 'list', exclusive: false })
    const quiet = await make(api, 'Quiet', { replies_policy: 'none', exclusive: 'true' })
    expect((await api.get('/api/v1/lists')).body).toEqual([harbour, quiet])
    const changed = { ...harbour, title: 'Boats', replies_policy: 'followed' }
    const { body } = await api.call('PUT', `/api/v1/lists/${harbour.id}`, { title: 'Boats', replies_policy: 'followed' })
    expect([body, (await api.get(`/api/v1/lists/${harbour.id}`)).body]).toEqual([changed, changed])
    expect((await api.call('PATCH', `/api/v1/lists/${harbour.id}`, { exclusive: true })).body).toEqual({ ...changed, exclusive: true })
    expect((await api.call('DELETE', `/api/v1/lists/${harbour.id}`)).body).toEqual({})
    expect((await api.get('/api/v1/lists')).body).toEqual([quiet])
    expect((await api.get(`/api/v1/lists/${harbour.id}`)).status).toBe(404)
    expect((await api.get(`/api/v1/timelines/list/${harbour.id}`)).status).toBe(404)
  })

  it('need a title and a policy that exists', async () => {
    const api = await openApi()
    const { status, body } = await api.call('POST', '/api/v1/lists', { title: '  ' })
    expect([status, body.error]).toEqual([422, "Validation failed: Title can't be blank"])
    expect((await api.call('POST', '/api/v1/lists', { title: 'A', replies_policy: 'some' })).status).toBe(422)
    expect((await api.get('/api/v1/lists')).body).toEqual([])
    for (const id of ['0', '-1', 'x', '99999999999999999999']) expect((await api.get(`/api/v1/lists/${id}`)).status, id).toBe(404)
  })

  it('take people who are followed, once, all or none', async () => {
    const api = await openApi()
    const [bo, cy, dee] = [followed(api.home, 'bo'), followed(api.home, 'cy'), person(api.home, 'dee')]
    const list = await make(api, 'Harbour')
    const on = async (more = '') => (await api.get(`/api/v1/lists/${list.id}/accounts${more}`)).body.map((one: Json) => one.username)
    expect((await put(api, list, bo, dee)).status).toBe(404)
    expect(await on()).toEqual([])
    expect((await put(api, list, bo, cy)).body).toEqual({})
    expect(await on()).toEqual(['cy', 'bo'])
    const again = await put(api, list, cy)
    expect([again.status, again.body.error]).toEqual([422, 'Validation failed: Account has already been taken'])
    expect((await api.get(`/api/v1/accounts/${bo}/lists`)).body).toEqual([list])
    expect((await api.get(`/api/v1/accounts/${dee}/lists`)).body).toEqual([])

    const first = await api.get(`/api/v1/lists/${list.id}/accounts?limit=1`)
    expect(ids(first.body)).toEqual([String(cy)])
    const second = await api.get((first.links.next as string).replace(api.base, ''))
    expect(ids(second.body)).toEqual([String(bo)])
    const all = await api.get(`/api/v1/lists/${list.id}/accounts?limit=0`)
    expect([all.body.length, all.links]).toEqual([2, {}])

    // JSON body, form body, query: whatever an app sends with DELETE.
    expect((await api.call('DELETE', `/api/v1/lists/${list.id}/accounts`, { account_ids: [String(bo)] })).body).toEqual({})
    expect(await on()).toEqual(['cy'])
    await api.call('DELETE', `/api/v1/lists/${list.id}/accounts?account_ids[]=${cy}`)
    expect(await on()).toEqual([])
    await put(api, list, bo)
    await api.call('DELETE', `/api/v1/lists/${list.id}/accounts`, `account_ids[]=${bo}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(await on()).toEqual([])
    await put(api, list, bo)
    await api.call('POST', `/api/v1/accounts/${bo}/unfollow`)
    expect(await on()).toEqual([])
  })

  it('show what their people wrote, page by page, and nothing else', async () => {
    const api = await openApi()
    const [bo, cy, dee] = [followed(api.home, 'bo'), followed(api.home, 'cy'), followed(api.home, 'dee')]
    const list = await make(api, 'Harbour')
    await put(api, list, bo, cy)
    const posts: number[] = []
    for (let i = 0; i < 12; i++) {
      posts.push(received(api.home, i % 3 === 0 ? cy : bo, { published: NOON - 60 * MINUTE + i * MINUTE }))
      received(api.home, dee, { published: NOON - 60 * MINUTE + i * MINUTE + 1 })
    }
    const newestFirst = posts.map(String).reverse()
    expect(await read(api, list)).toEqual(newestFirst)
    const walked: string[] = []
    let path: string | undefined = `/api/v1/timelines/list/${list.id}?limit=5`
    while (path) {
      const page: Awaited<ReturnType<Api['get']>> = await api.get(path)
      walked.push(...ids(page.body))
      path = page.links.next?.replace(api.base, '')
    }
    expect(walked).toEqual(newestFirst)
    expect(await read(api, list, `?min_id=${newestFirst[8]}&limit=3`)).toEqual(newestFirst.slice(5, 8))
    expect(await read(api, list, `?since_id=${newestFirst[8]}&limit=3`)).toEqual(newestFirst.slice(0, 3))
    await api.call('POST', `/api/v1/accounts/${bo}/mute`)
    expect(await read(api, list)).toHaveLength(4)
    await api.call('POST', `/api/v1/accounts/${bo}/unmute`)
    blockDomain(api.home, 'tide.example')
    expect(await read(api, list)).toEqual([])
  })

  it('show answers by their policy, and boosts unless those of somebody are not wanted', async () => {
    const api = await openApi()
    const [bo, cy, dee, eve] = [followed(api.home, 'bo'), followed(api.home, 'cy'), followed(api.home, 'dee'), person(api.home, 'eve')]
    const by = (who: number, uri: string, to?: string) => String(received(api.home, who, { uri, inReplyToUri: to ?? null }))
    const roots = { bo: by(bo, 'https://tide.example/1'), cy: by(cy, 'https://tide.example/2'), dee: by(dee, 'https://tide.example/3') }
    by(eve, 'https://tide.example/4')
    const answers = {
      self: by(bo, 'https://tide.example/5', 'https://tide.example/1'),
      member: by(bo, 'https://tide.example/6', 'https://tide.example/2'),
      followed: by(bo, 'https://tide.example/7', 'https://tide.example/3'),
      stranger: by(bo, 'https://tide.example/8', 'https://tide.example/4'),
    }
    const boost = receiveBoost(api.home, {
      uri: 'https://tide.example/b',
      accountId: cy,
      postId: Number(roots.dee),
      published: NOON,
      visibility: 'public',
    })
    const list = await make(api, 'Harbour', { replies_policy: 'none' })
    await put(api, list, bo, cy)
    const shows = async (policy: string) => {
      await api.call('PUT', `/api/v1/lists/${list.id}`, { replies_policy: policy })
      return new Set(await read(api, list))
    }
    const always = [roots.bo, roots.cy, answers.self, String(boost?.id)]
    expect(await shows('none')).toEqual(new Set(always))
    expect(await shows('list')).toEqual(new Set([...always, answers.member]))
    expect(await shows('followed')).toEqual(new Set([...always, answers.member, answers.followed]))
    await api.call('POST', `/api/v1/accounts/${cy}/follow`, { reblogs: false })
    expect((await read(api, list)).includes(String(boost?.id))).toBe(false)
  })
})

describe('what is said of a page', () => {
  it('is a timeline of its own', async () => {
    const api = await openApi()
    const [bo, cy] = [person(api.home, 'bo'), person(api.home, 'cy')]
    const url = 'https://paper.example/tides?page=1&all'
    const posts = [received(api.home, bo), received(api.home, cy), received(api.home, bo, { visibility: 'private' })]
    for (const post of posts) wantCard(api.home, post, [url])
    wantCard(api.home, received(api.home, bo), ['https://paper.example/other'])
    const about = async (page: string) => ids((await api.get(`/api/v1/timelines/link?url=${encodeURIComponent(page)}`)).body)
    expect(await about(url)).toEqual([String(posts[1]), String(posts[0])])
    const first = await api.get(`/api/v1/timelines/link?limit=1&url=${encodeURIComponent(url)}`)
    expect(ids((await api.get((first.links.next as string).replace(api.base, ''))).body)).toEqual([String(posts[0])])
    await api.call('POST', `/api/v1/accounts/${cy}/block`)
    expect(await about(url)).toEqual([String(posts[0])])
    expect(await about('https://paper.example/none')).toEqual([])
  })
})

describe('exclusive lists', () => {
  it('keep what their people write and boost away from home, and give it back', async () => {
    const api = await openApi()
    const [bo, cy] = [followed(api.home, 'bo'), followed(api.home, 'cy')]
    const before = String(received(api.home, bo))
    const other = String(received(api.home, cy))
    const list = await make(api, 'Loud', { exclusive: true })
    expect(await home(api)).toEqual([other, before])
    await put(api, list, bo)
    expect(await home(api)).toEqual([other])
    const after = String(received(api.home, bo))
    const tagged = String(received(api.home, bo, { tags: ['tides'] }))
    receiveBoost(api.home, { uri: 'https://tide.example/x', accountId: bo, postId: Number(other), published: NOON, visibility: 'public' })
    expect(await home(api)).toEqual([other])
    await api.call('POST', '/api/v1/tags/tides/follow')
    const followedTag = String(received(api.home, bo, { tags: ['tides'] }))
    expect(await home(api)).toEqual([followedTag, other])
    expect((await read(api, list)).slice(1)).toEqual([followedTag, tagged, after, before])
    await api.call('PUT', `/api/v1/lists/${list.id}`, { exclusive: false })
    expect(new Set(await home(api))).toEqual(new Set([before, after, tagged, followedTag, other, (await read(api, list))[0]]))
    await api.call('PUT', `/api/v1/lists/${list.id}`, { exclusive: true })
    // What is under a followed hashtag stays.
    expect(new Set(await home(api))).toEqual(new Set([tagged, followedTag, other]))
    await api.call('DELETE', `/api/v1/lists/${list.id}`)
    expect(await home(api)).toContain(after)
  })
})
