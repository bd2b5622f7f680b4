import { describe, expect, it } from 'vitest'
import { receiveFollow } from '../../../src-main/domain/follows.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { receiveBoost, receivePost, releasePost } from '../../../src-main/domain/posts.ts'
import { HOUR, MINUTE, person, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

async function ownPost(api: Api): Promise<{ id: number; uri: string; accountId: number }> {
  const { body } = await api.call('POST', '/api/v1/statuses', { status: 'Boats' })
  releasePost(api.home, Number(body.id), api.home.clock.at)
  return { id: Number(body.id), uri: body.uri, accountId: Number(body.account.id) }
}
const favourite = (api: Api, name: string, postId: number) =>
  receiveFavourite(api.home, { uri: null, accountId: person(api.home, name), postId })
const boost = (api: Api, name: string, postId: number) =>
  receiveBoost(api.home, {
    uri: `https://tide.example/b/${name}`,
    accountId: person(api.home, name),
    postId,
    published: null,
    visibility: 'public',
  })
const follow = (api: Api, name: string) =>
  receiveFollow(api.home, { accountId: person(api.home, name), uri: `https://tide.example/f/${name}` })
const mention = (api: Api, name: string, accountId: number, change: object = {}) =>
  receivePost(
    api.home,
    remotePost(person(api.home, name), {
      forOwner: true,
      mentions: [{ acct: 'ana@ana.example', accountId, uri: 'https://ana.example/users/ana' }],
      ...change,
    }),
  )
const types = (page: Json) => page.map((one: { type: string }) => one.type) as string[]

async function everything(api: Api) {
  const mine = await ownPost(api)
  for (const make of [
    () => follow(api, 'bo'),
    () => favourite(api, 'bo', mine.id),
    () => boost(api, 'cy', mine.id),
    () => mention(api, 'di', mine.accountId, { inReplyToUri: mine.uri }),
    () => favourite(api, 'cy', mine.id),
  ]) {
    api.home.clock.at += MINUTE
    make()
  }
  return mine
}

describe('one by one', () => {
  it('come newest first; a reply is a mention; those about people have no status', async () => {
    const api = await openApi()
    await everything(api)
    const { body } = await api.get('/api/v1/notifications')
    expect(types(body)).toEqual(['favourite', 'mention', 'reblog', 'favourite', 'follow'])
    expect(body.map((one: object) => 'status' in one)).toEqual([true, true, true, true, false])
    expect((await api.get(`/api/v1/notifications/${body[1].id}`)).body).toEqual(body[1])
  })

  it('are filtered by type; types nobody knows are ignored', async () => {
    const api = await openApi()
    await everything(api)
    const page = async (query: string) => types((await api.get(`/api/v1/notifications?${query}`)).body)
    expect(await page('types[]=mention&types[]=reaction&types[]=admin.sign_up')).toEqual(['mention'])
    expect(await page('types=mention')).toEqual(['mention'])
    expect(await page('types[]=reaction')).toEqual([])
    expect(await page('exclude_types[]=favourite&exclude_types[]=nonsense')).toEqual(['mention', 'reblog', 'follow'])
    expect(await page(`account_id=${person(api.home, 'cy')}`)).toEqual(['favourite', 'reblog'])
    expect(await page('account_id=nobody')).toEqual([])
    expect(await page('limit=2')).toEqual(['favourite', 'mention'])
  })

  it('are dismissed one by one or all', async () => {
    const api = await openApi()
    await everything(api)
    const [first] = (await api.get('/api/v1/notifications')).body
    expect((await api.call('POST', `/api/v1/notifications/${first.id}/dismiss`)).body).toEqual({})
    expect((await api.call('POST', `/api/v1/notifications/${first.id}/dismiss`)).status).toBe(404)
    expect((await api.get('/api/v1/notifications')).body).toHaveLength(4)
    await api.call('POST', '/api/v1/notifications/clear')
    expect((await api.get('/api/v1/notifications')).body).toEqual([])
  })

  it('page by account upwards and downwards alike', async () => {
    const api = await openApi()
    const mine = await ownPost(api)
    const bo = person(api.home, 'bo')
    for (let i = 0; i < 6; i++) {
      api.home.clock.at += MINUTE
      mention(api, 'bo', mine.accountId)
      mention(api, 'cy', mine.accountId)
    }
    const all = (await api.get(`/api/v1/notifications?account_id=${bo}`)).body.map((one: { id: string }) => one.id) as string[]
    expect(all).toHaveLength(6)
    const up = await api.get(`/api/v1/notifications?account_id=${bo}&min_id=${all[5]}&limit=2`)
    expect(up.body.map((one: { id: string }) => one.id)).toEqual([all[3], all[4]])
    const down = await api.get(`/api/v1/notifications?account_id=${bo}&max_id=${all[2]}&limit=2`)
    expect(down.body.map((one: { id: string }) => one.id)).toEqual([all[3], all[4]])
  })
})

describe('in groups', () => {
  it('are the same events, those alike put together, with every account and post they name', async () => {
    const api = await openApi()
    const mine = await everything(api)
    const { body } = await api.get('/api/v2/notifications')
    expect(types(body.notification_groups)).toEqual(['favourite', 'mention', 'reblog', 'follow'])
    const [favourites, mentioned] = body.notification_groups
    expect(favourites).toMatchObject({
      notifications_count: 2,
      status_id: String(mine.id),
      sample_account_ids: [String(person(api.home, 'cy')), String(person(api.home, 'bo'))],
    })
    expect(mentioned.group_key).toBe(`ungrouped-${mentioned.most_recent_notification_id}`)
    const accounts = new Set(body.accounts.map((one: { id: string }) => one.id))
    const posts = new Set(body.statuses.map((one: { id: string }) => one.id))
    for (const group of body.notification_groups) {
      expect(group.sample_account_ids.every((id: string) => accounts.has(id))).toBe(true)
      if (group.status_id) expect(posts.has(group.status_id)).toBe(true)
    }
    const single = (await api.get('/api/v1/notifications')).body
    expect(
      body.notification_groups.reduce((sum: number, group: { notifications_count: number }) => sum + group.notifications_count, 0),
    ).toBe(single.length)
    expect(types((await api.get('/api/v2/notifications?grouped_types[]=reblog')).body.notification_groups)).toHaveLength(5)
  })

  it('of half a day apart stay apart', async () => {
    const api = await openApi()
    const mine = await ownPost(api)
    for (const name of ['a', 'b', 'c']) {
      favourite(api, name, mine.id)
      api.home.clock.at += 13 * HOUR
    }
    expect((await api.get('/api/v2/notifications')).body.notification_groups).toHaveLength(3)
  })

  it.each([1, 2, 3])('stand on exactly one page, walking down or up (%i)', async (seed) => {
    const api = await openApi()
    const posts = [await ownPost(api), await ownPost(api), await ownPost(api)]
    let state = seed
    const random = (below: number) => (state = (state * 16807) % 2147483647) % below
    for (let i = 0; i < 60; i++) {
      api.home.clock.at += random(90) * MINUTE
      const { id, accountId } = posts[random(3)] as { id: number; accountId: number }
      ;[
        () => favourite(api, `p${i}`, id),
        () => boost(api, `p${i}`, id),
        () => follow(api, `p${i}`),
        () => mention(api, `p${i}`, accountId),
      ][random(4)]?.()
    }
    const walk = async (start: string, rel: 'next' | 'prev') => {
      const keys: string[] = []
      let path: string | undefined = start
      while (path !== undefined) {
        const answer: Awaited<ReturnType<Api['get']>> = await api.get(path)
        const page = answer.body.notification_groups.map((group: { group_key: string }) => group.group_key) as string[]
        if (rel === 'next') keys.push(...page)
        else keys.unshift(...page)
        const link: string | undefined = answer.links[rel]
        path = link?.slice(new URL(link).origin.length)
      }
      return keys
    }
    const whole = await walk('/api/v2/notifications?limit=80', 'next')
    expect(new Set(whole).size).toBe(whole.length)
    expect(await walk('/api/v2/notifications?limit=4', 'next')).toEqual(whole)
    expect(await walk('/api/v2/notifications?limit=4&min_id=0', 'prev')).toEqual(whole)
  })

  it('are opened and dismissed by their key; made-up keys are not found', async () => {
    const api = await openApi()
    await everything(api)
    const [favourites] = (await api.get('/api/v2/notifications')).body.notification_groups
    expect((await api.get(`/api/v2/notifications/${favourites.group_key}`)).body.notification_groups).toEqual([favourites])
    const { body: people } = await api.call('GET', `/api/v2/notifications/${favourites.group_key}/accounts`)
    expect(people.map((one: { acct: string }) => one.acct)).toEqual(['cy@tide.example', 'bo@tide.example'])
    expect((await api.call('POST', `/api/v2/notifications/${favourites.group_key}/dismiss`)).body).toEqual({})
    expect((await api.get('/api/v1/notifications')).body).toHaveLength(3)
    for (const key of [favourites.group_key, 'ungrouped-1', 'ungrouped-x', 'favourite-9999999999999999-999999999', 'nonsense', '..%2f'])
      expect((await api.call('GET', `/api/v2/notifications/${key}`)).status, key).toBe(404)
    expect(api.problems).toEqual([])
  })
})

describe('markers', () => {
  it('begin at the newest, so that nobody reads all there ever was', async () => {
    const api = await openApi()
    expect((await api.get('/api/v1/markers?timeline[]=notifications')).body).toEqual({})
    await everything(api)
    const [newest] = (await api.get('/api/v1/notifications')).body
    const { body } = await api.get('/api/v1/markers?timeline=notifications&timeline=home')
    expect(body).toEqual({ notifications: { last_read_id: newest.id, version: 1, updated_at: new Date(api.home.clock.at).toISOString() } })
  })

  it('move forward only, never beyond what there is, and count what is unread', async () => {
    const api = await openApi()
    const mine = await everything(api)
    const all = (await api.get('/api/v1/notifications')).body.map((one: { id: string }) => one.id) as string[]
    const set = async (id: string) =>
      (await api.call('POST', '/api/v1/markers', { notifications: { last_read_id: id } })).body.notifications?.last_read_id
    const unread = async () => [
      (await api.get('/api/v1/notifications/unread_count')).body.count,
      (await api.get('/api/v2/notifications/unread_count')).body.count,
    ]
    expect(await unread()).toEqual([5, 4])
    expect(await set(all[2] as string)).toBe(all[2])
    expect(await unread()).toEqual([2, 2])
    expect(await set(all[4] as string)).toBe(all[2])
    expect(await set('9007199254740991')).toBe(all[0])
    expect(await unread()).toEqual([0, 0])
    api.home.clock.at += MINUTE
    favourite(api, 'zoe', mine.id)
    expect(await unread()).toEqual([1, 1])
    expect((await api.call('POST', '/api/v1/markers', { notifications: { last_read_id: 'x' } })).status).toBe(422)
    expect((await api.call('POST', '/api/v1/markers', {})).body).toEqual({})
  })
})
