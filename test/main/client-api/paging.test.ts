import { describe, expect, it } from 'vitest'
import { bookmarkPost } from '../../../src-main/domain/interactions.ts'
import { deletePost, receivePost, writePost } from '../../../src-main/domain/posts.ts'
import { followed, MINUTE, person, received, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

/** Numbers that look like chance and are the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
const ids = (page: Json) => page.map((entry: { id: string }) => Number(entry.id)) as number[]
const path = (url: string | undefined) => (url === undefined ? undefined : url.slice(new URL(url).origin.length))
const write = (api: Api, text: string) => writePost(api.home, { text, visibility: 'public' }).post.id

describe.each([1, 2, 3, 4, 5])('walking home while things come and go (%i)', (seed) => {
  it('shows everything that stayed exactly once, newest first, and ends', async () => {
    const api = await openApi()
    const random = chance(seed)
    const bo = followed(api.home, 'bo')
    const stayed = new Set<number>()
    for (let i = 0; i < 60; i++) {
      api.home.clock.at += MINUTE
      stayed.add(random(2) ? write(api, `post ${i}`) : received(api.home, bo, { published: api.home.clock.at - random(30) * MINUTE }))
    }
    const seen: number[] = []
    let next: string | undefined = '/api/v1/timelines/home?limit=7'
    for (let pages = 0; next !== undefined; pages++) {
      expect(pages).toBeLessThan(40)
      const answer = await api.get(next)
      seen.push(...ids(answer.body))
      // The header is there exactly as long as there is something: masto.js follows it until it is missing.
      expect(answer.body.length > 0).toBe(answer.links.next !== undefined)
      next = path(answer.links.next)
      api.home.clock.at += MINUTE
      write(api, 'newer')
      const victim = [...stayed].filter((id) => !seen.includes(id))[random(stayed.size)]
      if (victim !== undefined && random(3) === 0) {
        const { own } = api.home.store.database.prepare('select own from posts where id = ?').get(victim) as { own: number }
        if (own) deletePost(api.home, victim)
        else api.home.store.database.prepare('delete from posts where id = ?').run(victim)
        stayed.delete(victim)
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect([...seen].sort((a, b) => b - a)).toEqual(seen)
    expect(seen.filter((id) => stayed.has(id)).length).toBe(stayed.size)
  })

  it('and upwards from any point by min_id or prev, without a gap', async () => {
    const api = await openApi()
    const random = chance(seed + 100)
    for (let i = 0; i < 40; i++) write(api, `post ${i}`)
    const all = ids((await api.get('/api/v1/timelines/home?limit=40')).body)
    const start = all[all.length - 1 - random(5)] as number
    const seen: number[] = []
    let prev: string | undefined = `/api/v1/timelines/home?min_id=${start}&limit=${3 + random(5)}`
    while (prev !== undefined) {
      const answer: Awaited<ReturnType<Api['get']>> = await api.get(prev)
      const page = ids(answer.body)
      expect([...page].sort((a, b) => b - a)).toEqual(page)
      seen.unshift(...page)
      prev = path(answer.links.prev)
      if (seen.length < 60) write(api, 'newer still')
    }
    const now = ids((await api.get('/api/v1/timelines/home?limit=40')).body)
    expect(seen.slice(0, 20)).toEqual(now.slice(0, 20))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.at(-1)).toBe(all[all.indexOf(start) - 1])
  })
})

describe('bounds', () => {
  it('since_id is the latest page, min_id the page just above and wins, max_id combines with both', async () => {
    const api = await openApi()
    for (let i = 0; i < 10; i++) write(api, `post ${i}`)
    const all = ids((await api.get('/api/v1/timelines/home')).body)
    const page = async (query: string) => ids((await api.get(`/api/v1/timelines/home?limit=3&${query}`)).body).map((id) => all.indexOf(id))
    expect(await page(`since_id=${all[8]}`)).toEqual([0, 1, 2])
    expect(await page(`min_id=${all[8]}`)).toEqual([5, 6, 7])
    expect(await page(`min_id=${all[8]}&since_id=${all[2]}`)).toEqual([5, 6, 7])
    expect(await page(`min_id=${all[8]}&max_id=${all[6]}`)).toEqual([7])
    expect(await page(`since_id=${all[8]}&max_id=${all[5]}`)).toEqual([6, 7])
    expect(await page(`max_id=${all[9]}`)).toEqual([])
    expect(await page(`min_id=${all[0]}`)).toEqual([])
  })

  it('need not exist, may be absurd, and never break anything; limits are clamped', async () => {
    const api = await openApi()
    for (let i = 0; i < 45; i++) write(api, `post ${i}`)
    const count = async (query: string) => (await api.get(`/api/v1/timelines/home?${query}`)).body.length as number
    expect(await count('limit=5000')).toBe(40)
    expect(await count('limit=0')).toBe(20)
    expect(await count('limit=-3')).toBe(20)
    expect(await count('limit=x')).toBe(20)
    expect(await count('max_id=99999999999999999999999999')).toBe(20)
    expect(await count('min_id=99999999999999999999999999')).toBe(0)
    expect(await count('max_id=-1')).toBe(0)
    expect(await count('since_id=-1')).toBe(20)
    expect(await count('max_id=abc&since_id=&min_id=')).toBe(20)
    expect(api.problems).toEqual([])
  })

  it('in a Link are absolute, on the fixed base, and keep every other parameter as it came', async () => {
    const api = await openApi()
    for (let i = 0; i < 3; i++) write(api, `post ${i} #tides`)
    const { links, body } = await api.get('/api/v1/timelines/tag/tides?any[]=a&any[]=b%20c&max_id=9007199254740991&limit=2')
    const [newest, oldest] = ids(body)
    expect(links).toEqual({
      next: `${api.base}/api/v1/timelines/tag/tides?any[]=a&any[]=b%20c&limit=2&max_id=${oldest}`,
      prev: `${api.base}/api/v1/timelines/tag/tides?any[]=a&any[]=b%20c&limit=2&min_id=${newest}`,
    })
    expect((await api.get('/api/v1/timelines/tag/nothing')).links).toEqual({})
  })
})

describe('lists by row id', () => {
  it('bookmarks go by when they were made, also of old posts', async () => {
    const api = await openApi()
    const made = Array.from({ length: 9 }, (_, i) => write(api, `post ${i}`))
    const order = [3, 0, 8, 1, 7, 2, 6, 4, 5]
    for (const index of order) {
      api.home.clock.at += 1000
      bookmarkPost(api.home, made[index] as number)
    }
    const seen: number[] = []
    let next: string | undefined = '/api/v1/bookmarks?limit=4'
    while (next !== undefined) {
      const answer: Awaited<ReturnType<Api['get']>> = await api.get(next)
      seen.push(...ids(answer.body).map((id) => made.indexOf(id)))
      next = path(answer.links.next)
    }
    expect(seen).toEqual([...order].reverse())
  })

  it('followers page to their end', async () => {
    const api = await openApi()
    const me = Number((await api.get('/api/v1/accounts/lookup?acct=ana')).body.id)
    const people = Array.from({ length: 7 }, (_, i) => followed(api.home, `p${i}`))
    const seen: number[] = []
    let next: string | undefined = `/api/v1/accounts/${me}/following?limit=3`
    while (next !== undefined) {
      const answer: Awaited<ReturnType<Api['get']>> = await api.get(next)
      seen.push(...ids(answer.body))
      next = path(answer.links.next)
    }
    expect(seen).toEqual([...people].reverse())
  })

  it('an account’s posts are filtered before they are paged', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    for (let i = 0; i < 30; i++) {
      received(api.home, bo, {
        published: api.home.clock.at - i * MINUTE,
        ...(i % 3 === 0 ? { media: [{ kind: 'image', url: `https://tide.example/${i}.jpg`, mime: 'image/jpeg' }] } : {}),
        ...(i % 3 === 1 ? { inReplyToUri: 'https://elsewhere.example/1' } : {}),
        ...(i % 5 === 0 ? { tags: ['tides'] } : {}),
      })
    }
    const walk = async (query: string) => {
      let total = 0
      let next: string | undefined = `/api/v1/accounts/${bo}/statuses?limit=4&${query}`
      while (next !== undefined) {
        const answer: Awaited<ReturnType<Api['get']>> = await api.get(next)
        total += answer.body.length
        next = path(answer.links.next)
      }
      return total
    }
    expect([
      await walk(''),
      await walk('only_media=true'),
      await walk('exclude_replies=1'),
      await walk('tagged=Tides'),
      await walk('pinned=true'),
    ]).toEqual([30, 10, 20, 6, 0])
    expect(receivePost(api.home, remotePost(bo))).not.toBeNull()
  })
})
