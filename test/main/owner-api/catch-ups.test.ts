import { describe, expect, test } from 'vitest'
import { receivePost } from '../../../src-main/domain/posts.ts'
import { ownerId } from '../../../src-main/domain/owner.ts'
import { followed, HOUR, NOON, received, remotePost } from '../domain/home.ts'
import { openDesk } from './desk.ts'

const iso = (time: number) => new Date(time).toISOString()

describe('catch-ups over the owner API', () => {
  test('columns name the same posts, and a state comes back as it was', async () => {
    const desk = await openDesk()
    const [bo, cy] = [followed(desk.home, 'bo'), followed(desk.home, 'cy')]
    const seen = received(desk.home, bo, { published: NOON - 9 * HOUR })
    const first = received(desk.home, cy, { published: NOON - 3 * HOUR })
    const second = received(desk.home, bo, { published: NOON - 2 * HOUR })
    expect((await desk.call('GET', `/api/owner/catch-ups/offer?since=${seen}`)).body).toEqual({
      posts: 2,
      people: 2,
      from: iso(NOON - 9 * HOUR),
    })
    const { body: made } = await desk.call('POST', '/api/owner/catch-ups', { from: iso(NOON - 9 * HOUR) })
    expect(made).toMatchObject({ from: iso(NOON - 9 * HOUR), to: iso(NOON), state: {}, finishedAt: null })
    const { body: posts } = await desk.call('GET', `/api/owner/catch-ups/${made.id}/posts`)
    expect(posts.ids).toEqual([second, first, seen].map(String))
    expect(posts.authors.map((at: number) => posts.people[at])).toEqual([bo, cy, bo].map(String))
    expect(posts.at).toEqual([NOON - 2 * HOUR, NOON - 3 * HOUR, NOON - 9 * HOUR])
    expect([posts.kinds, posts.shares, posts.late, posts.more]).toEqual([[0, 0, 0], [0, 0, 0], [0, 0, 0], false])
    const state = { hours: 3, kinds: ['original'], sort: 'newest', byAuthor: false, done: { [cy]: String(first) } }
    expect((await desk.call('PUT', `/api/owner/catch-ups/${made.id}/state`, state)).body.state).toEqual(state)
    expect((await desk.call('GET', '/api/owner/catch-ups')).body).toMatchObject([{ id: made.id, state }])
    expect((await desk.call('POST', `/api/owner/catch-ups/${made.id}/done`)).body.finishedAt).toBe(iso(NOON))
    expect((await desk.call('GET', '/api/owner/places/home')).body).toMatchObject({ lastSeenId: String(second) })
  })

  test('what makes no sense is refused', async () => {
    const desk = await openDesk()
    const { body: made } = await desk.call('POST', '/api/owner/catch-ups', {})
    for (const [method, path, body] of [
      ['POST', 'catch-ups', { from: 'yesterday' }],
      ['POST', 'catch-ups', { from: 7 }],
      ['GET', 'catch-ups/offer', undefined],
      ['GET', 'catch-ups/offer?since=abc', undefined],
      ['PUT', `catch-ups/${made.id}/state`, []],
      ['PUT', `catch-ups/${made.id}/state`, { done: { 1: 'x'.repeat(20_000) } }],
      ['GET', `catch-ups/${made.id}/links`, undefined],
      ['GET', `catch-ups/${made.id}/links?from=never`, undefined],
    ] as const)
      expect([path, (await desk.call(method, `/api/owner/${path}`, body)).status]).toEqual([path, 422])
    expect((await desk.call('GET', '/api/owner/catch-ups/7')).status).toBe(404)
    expect((await desk.call('GET', '/api/owner/catch-ups/nothing')).status).toBe(404)
    expect((await desk.call('GET', `/api/owner/catch-ups/${made.id}/links?from=${iso(NOON - HOUR)}`)).body).toEqual([])
  })

  test('a private mention is told to every window, and so are saved searches', async () => {
    const desk = await openDesk()
    const frames = await desk.listen()
    const bo = followed(desk.home, 'bo')
    const mentions = [{ acct: 'ana@ana.example', accountId: ownerId(desk.home) }]
    receivePost(desk.home, remotePost(bo, { visibility: 'direct', forOwner: true, mentions }))
    const { body } = await desk.call('POST', '/api/owner/searches', { name: 'Maps', query: 'maps' })
    expect(body).toMatchObject({ saved: [{ name: 'Maps', query: 'maps' }], recent: [] })
    expect((await desk.call('POST', '/api/owner/searches', { name: '', query: 'x' })).status).toBe(422)
    expect((await desk.call('PATCH', '/api/owner/searches/7', { name: 'x' })).status).toBe(404)
    await desk.call('POST', '/api/owner/searches/recent', { query: 'bread' })
    expect((await desk.call('DELETE', '/api/owner/searches/recent?query=bread')).body.recent).toEqual([])
    expect((await desk.call('DELETE', `/api/owner/searches/${body.saved[0].id}`)).body.saved).toEqual([])
    expect(frames.map((frame) => frame.type).filter((type) => type === 'conversation' || type === 'searches')).toEqual([
      'conversation',
      'searches',
      'searches',
    ])
  })
})
