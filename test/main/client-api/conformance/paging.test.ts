import { describe, expect, it } from 'vitest'
import { receiveFollow } from '../../../../src-main/domain/follows.ts'
import { findOwnerId } from '../../../../src-main/domain/owner.ts'
import { followed, person, received } from '../../domain/home.ts'
import { openApi } from '../instance.ts'
import type { Api, Json } from '../instance.ts'

/**
 * Every list of the API walked while things come in at the top and go anywhere: what stayed is seen exactly once, the walk ends, newest
 * first; downwards by `next`, upwards by `prev`, and where the cursors are the ids also by `max_id`, `min_id` and `since_id` by hand.
 */

/** Numbers that look like chance and are the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Walked {
  name: string
  path: (world: World) => string
  /** Puts one in; what it is called in the list. */
  add: (world: World, n: number) => Promise<string> | string
  remove: (world: World, id: string) => Promise<unknown> | unknown
  /** Whether the cursors are the ids, newest first. */
  byId: boolean
}
interface World {
  api: Api
  bo: number
  list: string
}

const post = (world: World, n: number, more: object = {}) => {
  world.api.home.clock.at += 60_000
  return String(received(world.api.home, world.bo, { published: world.api.home.clock.at - (n % 3) * 1000, ...more }))
}
const gone = ({ api }: World, id: string) => api.home.store.database.prepare('delete from posts where id = ?').run(Number(id))
const verb = (name: string) => async (world: World, id: string) => {
  const answer = await world.api.call('POST', `/api/v1/statuses/${id}/${name}`)
  expect(answer.status).toBe(200)
}

const LISTS: Walked[] = [
  { name: 'home', path: () => '/api/v1/timelines/home', add: post, remove: gone, byId: true },
  { name: 'an account', path: ({ bo }) => `/api/v1/accounts/${bo}/statuses`, add: post, remove: gone, byId: true },
  {
    name: 'a hashtag',
    path: () => '/api/v1/timelines/tag/tides',
    add: (w, n) => post(w, n, { tags: ['tides'] }),
    remove: gone,
    byId: true,
  },
  { name: 'a list', path: ({ list }) => `/api/v1/timelines/list/${list}`, add: post, remove: gone, byId: true },
  { name: 'everything public', path: () => '/api/v1/timelines/public', add: post, remove: gone, byId: true },
  {
    name: 'notifications',
    path: () => '/api/v1/notifications',
    async add(world, n) {
      const mentions = [{ acct: 'ana', accountId: findOwnerId(world.api.home) }]
      const made = post(world, n, { mentions, forOwner: true })
      const [told] = (await world.api.get('/api/v1/notifications?limit=1')).body as { id: string; status: { id: string } }[]
      expect(told?.status.id).toBe(made)
      return told?.id as string
    },
    remove: ({ api }, id) => api.call('POST', `/api/v1/notifications/${id}/dismiss`),
    byId: true,
  },
  {
    name: 'favourites',
    path: () => '/api/v1/favourites',
    async add(world, n) {
      const id = post(world, n)
      await verb('favourite')(world, id)
      return id
    },
    remove: verb('unfavourite'),
    byId: false,
  },
  {
    name: 'bookmarks',
    path: () => '/api/v1/bookmarks',
    async add(world, n) {
      const id = post(world, n)
      await verb('bookmark')(world, id)
      return id
    },
    remove: verb('unbookmark'),
    byId: false,
  },
  {
    name: 'followers',
    path: ({ api }) => `/api/v1/accounts/${findOwnerId(api.home)}/followers`,
    add({ api }, n) {
      const id = person(api.home, `fan${n}`)
      receiveFollow(api.home, { accountId: id, uri: `https://tide.example/follows/${n}` })
      return String(id)
    },
    remove: ({ api }, id) => api.call('POST', `/api/v1/accounts/${id}/remove_from_followers`),
    byId: false,
  },
  {
    name: 'conversations',
    path: () => '/api/v1/conversations',
    async add(world, n) {
      const mentions = [{ acct: 'ana', accountId: findOwnerId(world.api.home) }]
      const from = person(world.api.home, `friend${n}`)
      world.api.home.clock.at += 60_000
      received(world.api.home, from, { published: world.api.home.clock.at, visibility: 'direct', mentions, forOwner: true })
      return ((await world.api.get('/api/v1/conversations?limit=1')).body[0] as { id: string }).id
    },
    remove: ({ api }, id) => api.call('DELETE', `/api/v1/conversations/${id}`),
    byId: false,
  },
]

const ids = (page: Json) => page.map((entry: { id: string }) => entry.id) as string[]
const pathOf = (url: string | undefined) => (url === undefined ? undefined : url.slice(new URL(url).origin.length))
const newestFirst = (seen: readonly string[]) => [...seen].sort((a, b) => Number(b) - Number(a))

const world = async (): Promise<World> => {
  const api = await openApi()
  const bo = followed(api.home, 'bo')
  const { body } = await api.call('POST', '/api/v1/lists', { title: 'Crew' })
  await api.call('POST', `/api/v1/lists/${body.id}/accounts`, { account_ids: [String(bo)] })
  return { api, bo, list: body.id as string }
}

describe.each(LISTS)('$name', ({ path, add, remove, byId }) => {
  it.each([1, 2, 3])('downwards, while things come and go (%i)', async (seed) => {
    const made = await world()
    const random = chance(seed)
    const stayed = new Set<string>()
    for (let i = 0; i < 25; i++) stayed.add(await add(made, i))
    const seen: string[] = []
    const at = path(made)
    let next: string | undefined = `${at}?limit=${2 + random(5)}`
    for (let pages = 0; next !== undefined; pages++) {
      expect(pages).toBeLessThan(30)
      const answer = await made.api.get(next)
      expect(answer.body.length > 0).toBe(answer.links.next !== undefined)
      seen.push(...ids(answer.body))
      next = pathOf(answer.links.next)
      await add(made, 100 + pages)
      const waiting = [...stayed].filter((id) => !seen.includes(id))
      const victim = random(2) ? waiting[random(waiting.length)] : undefined
      // Also the very one the next page begins after.
      const last = random(2) ? seen.at(-1) : undefined
      for (const id of new Set([victim, last])) {
        if (id === undefined) continue
        await remove(made, id)
        stayed.delete(id)
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect([...stayed].filter((id) => !seen.includes(id))).toEqual([])
    if (byId) expect(newestFirst(seen)).toEqual(seen)
  })

  it('upwards by prev, without a gap, until there is nothing newer', async () => {
    const made = await world()
    for (let i = 0; i < 20; i++) await add(made, i)
    const at = path(made)
    const all = ids((await made.api.get(`${at}?limit=40`)).body)
    // Down to the oldest page, then up again.
    let page = await made.api.get(`${at}?limit=6`)
    while (page.links.next !== undefined) {
      const below = await made.api.get(pathOf(page.links.next) as string)
      if (below.body.length === 0) break
      page = below
    }
    const seen = ids(page.body)
    for (let turns = 0; turns < 20; turns++) {
      page = await made.api.get(pathOf(page.links.prev) as string)
      if (page.body.length === 0) break
      // A page above is newest first too.
      seen.unshift(...ids(page.body))
    }
    expect(seen).toEqual(all)
  })
})

describe.each(LISTS.filter((list) => list.byId))('$name', ({ path, add, remove }) => {
  it('by max_id, min_id and since_id: below it, right above it, the newest above it', async () => {
    const made = await world()
    for (let i = 0; i < 15; i++) await add(made, i)
    const at = path(made)
    const all = ids((await made.api.get(`${at}?limit=40`)).body)
    const ask = async (query: string) => ids((await made.api.get(`${at}?${query}`)).body)
    const middle = all[7] as string
    expect(await ask(`limit=3&max_id=${middle}`)).toEqual(all.slice(8, 11))
    expect(await ask(`limit=3&min_id=${middle}`)).toEqual(all.slice(4, 7))
    expect(await ask(`limit=3&since_id=${middle}`)).toEqual(all.slice(0, 3))
    expect(await ask(`limit=3&min_id=${middle}&since_id=${all[12]}`)).toEqual(all.slice(4, 7))
    expect(await ask(`limit=40&max_id=${all[3]}&min_id=${all[9]}`)).toEqual(all.slice(4, 9))
    // A cursor is compared, never looked up.
    await remove(made, middle)
    expect(await ask(`limit=3&max_id=${middle}`)).toEqual(all.slice(8, 11))
    expect(await ask(`limit=3&min_id=${middle}`)).toEqual(all.slice(4, 7))
    expect((await ask('limit=1000')).length).toBe(14)
  })
})
