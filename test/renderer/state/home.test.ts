import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Place, Status } from '../../../src-renderer/state/entities.ts'
import type { Ground } from '../../../src-renderer/state/ground.ts'
import { Home } from '../../../src-renderer/state/home.svelte.ts'
import type { StreamEvent } from '../../../src-renderer/state/live.svelte.ts'
import { Posts } from '../../../src-renderer/state/posts.svelte.ts'
import { boost, post, someone } from '../posts.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
  vi.stubGlobal('addEventListener', () => undefined)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A server with posts 1 to `count` and a reading place. */
const window = (count: number, place: Place | null = null) => {
  const posts = Array.from({ length: count }, (_, index) => post(String(count - index)))
  const saved: Place[] = []
  const asked: Record<string, unknown>[] = []
  let emit: (event: StreamEvent) => void = () => undefined
  const handlers: ((event: StreamEvent) => void)[] = []
  emit = (event) => handlers.forEach((handler) => handler(event))
  const list = (query: { limit: number; maxId?: string; minId?: string }) => {
    asked.push(query)
    const fitting = posts.filter(
      (one) => (!query.maxId || Number(one.id) < Number(query.maxId)) && (!query.minId || Number(one.id) > Number(query.minId)),
    )
    return Promise.resolve(query.minId ? fitting.slice(-query.limit) : fitting.slice(0, query.limit))
  }
  const ground = {
    session: {
      isMe: (id: string) => id === someone('ada').id,
      owner: { place: () => Promise.resolve(place), savePlace: (_view: string, next: Place) => Promise.resolve(saved.push(next)) },
      rest: { v1: { timelines: { home: { list } } } },
    },
    live: { onstream: (handler: (event: StreamEvent) => void) => handlers.push(handler) },
    toasts: { show: () => 1 },
    router: {},
    commands: {},
    desktop: null,
  } as unknown as Ground
  const home = new Home(ground, new Posts(ground))
  const arrive = (status: Status) => {
    posts.unshift(status)
    emit({ type: 'post', post: status })
  }
  return { home, posts, saved, asked, arrive, emit }
}
const ids = (home: Home) => home.rows.map((row) => row.id)

test('what arrives waits: the rows do not change until they are asked for', async () => {
  const { home, arrive } = window(10)
  await home.open()
  home.moved({ id: '10', offset: 0 }, '10', true)
  const before = home.rows
  arrive(post('11'))
  arrive(post('12'))
  expect(home.rows).toBe(before)
  expect(home.newCount).toBe(2)
  home.reveal()
  expect(ids(home).slice(0, 3)).toEqual(['12', '11', '10'])
  expect(home.shifting).toBe(true)
  expect(home.newCount).toBe(2)
})

test('the count goes down as the reader goes up', async () => {
  const { home, arrive } = window(10)
  await home.open()
  home.moved({ id: '10', offset: 0 }, '10', true)
  for (const id of ['11', '12', '13']) arrive(post(id))
  home.reveal()
  home.moved({ id: '12', offset: 0 }, '12', false)
  expect(home.newCount).toBe(1)
  home.moved({ id: '9', offset: 0 }, '9', false)
  expect(home.newCount).toBe(1)
})

test('a restart starts around the saved place, with what came since above it and the line below it', async () => {
  const { home } = window(100, { anchorId: '50', offsetPx: -12, focusedId: '49', lastSeenId: '60' })
  await home.open()
  expect(home.start).toEqual({ id: '50', offset: -12 })
  expect(ids(home)).toContain('50')
  expect(ids(home)[0]).toBe('90')
  expect(home.hasNewer).toBe(true)
  expect(home.unreadLineId).toBe('60')
  expect(home.focusedId).toBe('49')
  expect(home.newCount).toBe(30)
})

test('a place whose post is gone starts at the next older one', async () => {
  const world = window(100, { anchorId: '50', offsetPx: -12, focusedId: null, lastSeenId: null })
  world.posts.splice(
    world.posts.findIndex((one) => one.id === '50'),
    1,
  )
  await world.home.open()
  expect(world.home.start).toEqual({ id: '49', offset: 0 })
})

test('the place is saved once the reader comes to rest', async () => {
  const { home, saved } = window(10)
  await home.open()
  home.moved({ id: '9', offset: -3.4 }, '9', false)
  home.moved({ id: '8', offset: -5.6 }, '8', false)
  expect(saved).toEqual([])
  vi.advanceTimersByTime(500)
  expect(saved).toMatchObject([{ anchorId: '8', offsetPx: -6, focusedId: null, lastSeenId: '9', gapIds: [] }])
})

test('an own post is shown at once: at the top without holding the list still, further down above the reader', async () => {
  const { home, arrive } = window(10)
  await home.open()
  home.moved({ id: '10', offset: 0 }, '10', true)
  arrive(post('11', { account: someone('ada') }))
  expect(ids(home)[0]).toBe('11')
  expect(home.shifting).toBe(false)
  home.moved({ id: '5', offset: 0 }, '5', false)
  arrive(post('12', { account: someone('ada') }))
  expect(ids(home)[0]).toBe('12')
  expect(home.shifting).toBe(true)
})

test('a backfilled post goes where it belongs', async () => {
  const { home, arrive, posts } = window(10)
  posts.splice(
    posts.findIndex((one) => one.id === '7'),
    1,
  )
  await home.open()
  arrive(post('7'))
  home.reveal()
  expect(ids(home)).toEqual(['10', '9', '8', '7', '6', '5', '4', '3', '2', '1'])
})

test('after a lost connection what was missed waits too', async () => {
  const { home, posts, emit } = window(10)
  await home.open()
  posts.unshift(post('12'), post('11'))
  emit({ type: 'reconnected' })
  await vi.advanceTimersByTimeAsync(0)
  expect(home.pending.map((one) => one.id)).toEqual(['12', '11'])
  expect(ids(home)[0]).toBe('10')
})

test('after a very long absence the newest are one step away', async () => {
  const { home } = window(400, { anchorId: '10', offsetPx: 0, focusedId: null, lastSeenId: '10' })
  await home.open()
  expect(ids(home)[0]).toBe('50')
  await home.loadNewer()
  expect(ids(home)[0]).toBe('90')
  await home.toNewest()
  expect(ids(home)[0]).toBe('400')
  expect(home.hasNewer).toBe(false)
})

test('older pages follow the last raw id, also when a boost was folded away', async () => {
  const { home, posts, asked } = window(60)
  const original = posts[0] ?? post('60')
  posts.splice(39, 1, boost('21', 'cy', original))
  await home.open()
  await home.loadOlder()
  expect(asked.at(-1)?.['maxId']).toBe('21')
  expect(ids(home)).not.toContain('21')
  await home.loadOlder()
  expect(home.complete).toBe(true)
})

test('a gap of fewer than 200 posts fills by itself', async () => {
  const { home } = window(300, { anchorId: '130', offsetPx: 0, focusedId: null, lastSeenId: '130' })
  await home.open()
  expect(home.hasNewer).toBe(true)
  await home.toNewest()
  expect(home.rows[0]?.id).toBe('300')
  await vi.waitFor(() => expect(home.gaps).toEqual([]))
  expect(ids(home).slice(0, 171)).toEqual(Array.from({ length: 171 }, (_, index) => String(300 - index)))
})

test('a larger gap stays, is loaded from either edge, and closes', async () => {
  const { home, saved } = window(600, { anchorId: '130', offsetPx: 0, focusedId: null, lastSeenId: '130' })
  await home.open()
  await home.toNewest()
  await vi.advanceTimersByTimeAsync(10)
  expect(home.gaps.map((gap) => [gap.newerId, gap.olderId])).toEqual([['561', '170']])
  await home.fillGap('170', 'older')
  expect(home.gaps.map((gap) => [gap.newerId, gap.olderId])).toEqual([['521', '170']])
  home.shifting = false
  await home.fillGap('170', 'newer')
  expect(home.shifting).toBe(true)
  expect(home.gaps.map((gap) => [gap.newerId, gap.olderId])).toEqual([['521', '210']])
  home.moved({ id: '600', offset: 0 }, '600', true)
  home.savePlace()
  expect(saved.at(-1)?.gapIds).toEqual([['521', '210']])
  // What comes in above the reader waits until the list is still.
  const filled = home.fillGap('210', 'newer')
  await vi.advanceTimersByTimeAsync(100)
  home.moved({ id: '600', offset: -40 }, '600', false)
  await vi.advanceTimersByTimeAsync(150)
  expect(home.gaps[0]?.olderId).toBe('210')
  await vi.advanceTimersByTimeAsync(60)
  await filled
  expect(home.gaps[0]?.olderId).toBe('250')
  for (let page = 0; page < 12 && home.gaps[0]; page++) await home.fillGap(home.gaps[0].olderId, 'newer')
  expect(home.gaps).toEqual([])
  expect(ids(home).slice(0, 471)).toEqual(Array.from({ length: 471 }, (_, index) => String(600 - index)))
})

test('far down, what lies far above is let go and fetched again on the way up', async () => {
  const { home } = window(3_000)
  await home.open()
  for (let page = 0; page < 60; page++) await home.loadOlder()
  expect(home.rows.length).toBeLessThanOrEqual(2_200)
  expect(home.hasNewer).toBe(true)
  const first = Number(home.rows[0]?.id)
  await home.loadNewer()
  expect(Number(home.rows[0]?.id)).toBe(first + 40)
})
