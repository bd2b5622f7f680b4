import { describe, expect, it } from 'vitest'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { MINUTE, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const told = async (api: Api) => (await api.get('/api/v1/notifications')).body.length as number
const answer = (api: Api, from: number, inReplyToUri: string, uri: string) =>
  received(api.home, from, {
    uri,
    inReplyToUri,
    mentions: [{ acct: 'ana', accountId: owner(api.home).id }],
    forOwner: true,
    published: NOON,
  })

describe('POST /api/v1/statuses/:id/mute', () => {
  it('keeps quiet about the whole thread, until it is unmuted', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const mine = (await api.call('POST', '/api/v1/statuses', { status: 'Boats' })).body
    releasePost(api.home, Number(mine.id), NOON)
    const first = answer(api, bo, mine.uri, 'https://tide.example/notes/a')
    expect(await told(api)).toBe(1)
    // From anywhere in the thread.
    expect((await api.call('POST', `/api/v1/statuses/${first}/mute`)).body).toMatchObject({ id: String(first), muted: true })
    expect((await api.get(`/api/v1/statuses/${mine.id}`)).body.muted).toBe(true)
    const second = answer(api, bo, 'https://tide.example/notes/a', 'https://tide.example/notes/b')
    receiveFavourite(api.home, { uri: null, accountId: bo, postId: Number(mine.id) })
    expect(await told(api)).toBe(1)
    expect((await api.get(`/api/v1/statuses/${second}`)).body.muted).toBe(true)
    expect((await api.call('POST', `/api/v1/statuses/${second}/unmute`)).body.muted).toBe(false)
    expect((await api.get(`/api/v1/statuses/${mine.id}`)).body.muted).toBe(false)
    answer(api, bo, 'https://tide.example/notes/b', 'https://tide.example/notes/c')
    expect(await told(api)).toBe(2)
  })

  it('holds when the beginning of the thread comes later', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const first = answer(api, bo, 'https://tide.example/notes/top', 'https://tide.example/notes/m1')
    await api.call('POST', `/api/v1/statuses/${first}/mute`)
    received(api.home, bo, { uri: 'https://tide.example/notes/top', published: NOON - MINUTE })
    const before = await told(api)
    answer(api, bo, 'https://tide.example/notes/top', 'https://tide.example/notes/m2')
    expect(await told(api)).toBe(before)
  })

  it('leaves other threads alone, and answers 404 for what is not there', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const one = answer(api, bo, 'https://tide.example/notes/x', 'https://tide.example/notes/n1')
    await api.call('POST', `/api/v1/statuses/${one}/mute`)
    answer(api, bo, 'https://tide.example/notes/y', 'https://tide.example/notes/n2')
    expect(await told(api)).toBe(2)
    expect((await api.call('POST', '/api/v1/statuses/99/mute')).status).toBe(404)
    expect((await api.call('POST', '/api/v1/statuses/x/unmute')).status).toBe(404)
  })
})
