import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFilter } from '../../../src-main/domain/filters.ts'
import { createToken, revokeToken } from '../../../src-main/domain/grants.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { addListMembers, createList } from '../../../src-main/domain/lists.ts'
import { findOwnerId } from '../../../src-main/domain/owner.ts'
import { receiveTally } from '../../../src-main/domain/polls.ts'
import { deletePost, releasePost } from '../../../src-main/domain/posts.ts'
import { updateSettings } from '../../../src-main/domain/settings.ts'
import { followed, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import { connect, listenTo } from './listening.ts'
import { notification, problemsOf, status } from './shapes.ts'
import type { Api, ApiOptions } from './instance.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** An app on the public listener, as behind a tunnel. */
async function live(options: Pick<ApiOptions, 'enabled' | 'allowances'> = {}): Promise<Api> {
  const api = await openApi({ listener: 'public', ...options })
  await api.listen()
  return api
}
const write = async (api: Api, text: string, more: object = {}) =>
  (await api.call('POST', '/api/v1/statuses', { status: text, ...more })).body as { id: string }
const picture = { kind: 'image' as const, url: 'https://tide.example/1.jpg', mime: 'image/jpeg' }

describe('an answer of events', () => {
  it.each([
    '/user',
    '/user/notification',
    '/public',
    '/public?only_media=true',
    '/public/local',
    '/public/remote',
    '/hashtag?tag=tides',
    '/hashtag/local?tag=tides',
    '/direct',
    '?stream=user',
  ])('%s begins at once and is kept by nobody on the way', async (path) => {
    const api = await live()
    const line = await listenTo(api, path)
    expect(line.status).toBe(200)
    expect(line.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'access-control-allow-origin': '*',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
    })
    expect(line.headers['cache-control']).toContain('no-store')
    expect(line.headers['content-encoding']).toBeUndefined()
    // Before anything has happened: a tunnel passes the head on with the first bytes.
    await line.comment(':)')
    expect(api.problems).toEqual([])
  })

  it('takes the token as header or in the query, which is what browsers can do', async () => {
    const api = await live()
    expect((await listenTo(api, `/user?access_token=${api.token}`, { token: null })).status).toBe(200)
    for (const [path, token] of [
      ['/user', null],
      ['/user', 'unknown'],
      ['/user?access_token=unknown', null],
      ['/nothing', null],
    ] as const) {
      const line = await listenTo(api, path, { token })
      expect([line.status, await line.body()]).toEqual([401, { error: 'The access token is invalid' }])
      expect(line.headers['access-control-allow-origin']).toBe('*')
    }
  })

  it.each(['/nothing', '/user/nothing', '/hashtag', '/hashtag?tag=', '/list', '/list?list=abc', '/__proto__', '', '?stream=nothing'])(
    '%j is no channel',
    async (path) => {
      const line = await listenTo(await live(), path)
      expect([line.status, await line.body()]).toEqual([400, { error: 'Unknown channel requested' }])
      expect(line.headers['access-control-allow-origin']).toBe('*')
    },
  )

  it('needs the scope of the stream, and a list that is there', async () => {
    const api = await live()
    const { token } = createToken(api.home, 'app', ['read:notifications'])
    expect((await listenTo(api, '/user/notification', { token })).status).toBe(200)
    const refused = await listenTo(api, '/user', { token })
    expect([refused.status, await refused.body()]).toEqual([403, { error: 'This action is outside the authorized scopes' }])
    expect((await listenTo(api, '/list?list=1', { token })).status).toBe(403)
    const absent = await listenTo(api, '/list?list=1')
    expect([absent.status, await absent.body()]).toEqual([404, { error: 'Record not found' }])
  })

  it('is for the window alone on the owner’s listener: other sites are not let in', async () => {
    const api = await openApi()
    await api.listen()
    expect((await listenTo(api, '/user')).headers['access-control-allow-origin']).toBeUndefined()
    expect((await listenTo(api, '/user', { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  })

  it('counts for its token: strangers who use up what they have keep no app out', async () => {
    const api = await live({ allowances: { none: 2, token: 3 } })
    const tries = async (path: string, token: string | null, times: number) => {
      const answers: number[] = []
      for (let i = 0; i < times; i++) answers.push((await listenTo(api, path, { token })).status)
      return answers
    }
    expect(await tries('/user', null, 3)).toEqual([401, 401, 429])
    expect(await tries(`/user?access_token=${api.token}`, null, 4)).toEqual([200, 200, 200, 429])
  })

  it('has no HEAD that would never end', async () => {
    const api = await live()
    const headers = { host: 'ana.example', authorization: `Bearer ${api.token}` }
    expect((await api.app.inject({ method: 'HEAD', url: '/api/v1/streaming/user', headers })).statusCode).toBe(404)
  })
})

describe('events', () => {
  it('of the home timeline and what happens to the owner', async () => {
    const api = await live()
    const bo = followed(api.home, 'bo')
    const [home, bell] = [await listenTo(api, '/user'), await listenTo(api, '/user/notification')]
    const mine = await write(api, 'Boats')
    const [update] = await home.events(1)
    expect(update?.event).toBe('update')
    expect(problemsOf(update?.data, status())).toEqual([])
    // Links and media lead to the public address, whatever the connection came in by.
    expect(update?.data.account.avatar).toBe('https://ana.example/avatars/original/missing.png')
    releasePost(api.home, Number(mine.id), api.home.clock.at)
    receiveFavourite(api.home, { uri: null, accountId: bo, postId: Number(mine.id) })
    const [released, told] = await home.events(2)
    expect([released?.event, told?.event]).toEqual(['status.update', 'notification'])
    expect(problemsOf(told?.data, notification())).toEqual([])
    const [rung] = await bell.events(1)
    expect(rung).toEqual(told)
    deletePost(api.home, Number(mine.id))
    expect(await home.events(1)).toEqual([{ event: 'delete', data: mine.id }])
  })

  it('of public posts, of those with pictures, of one hashtag', async () => {
    const api = await live()
    const paths = [
      '/public',
      '/public/local',
      '/public/remote',
      '/public?only_media=1',
      '/hashtag?tag=%23Tides',
      '/hashtag/local?tag=tides',
    ]
    const lines = await Promise.all(paths.map((path) => listenTo(api, path)))
    const cy = person(api.home, 'cy')
    const mine = await write(api, 'Boats #tides')
    const theirs = String(received(api.home, cy, { media: [picture] }))
    const tagged = String(received(api.home, cy, { content: '<p>#tides</p>', tags: ['tides'] }))
    const own = await write(api, 'Last')
    const expected = [[mine.id, theirs, tagged, own.id], [mine.id, own.id], [theirs, tagged], [theirs], [mine.id, tagged], [mine.id]]
    for (const [i, ids] of expected.entries()) {
      const events = await lines[i]!.events(ids.length)
      expect([paths[i], events.map(({ data }) => data.id)]).toEqual([paths[i], ids])
    }
  })

  it('of a list: who is in it, edited and deleted too', async () => {
    const api = await live()
    const [bo, cy] = [followed(api.home, 'bo'), followed(api.home, 'cy')]
    const list = createList(api.home, { title: 'Boats' })
    addListMembers(api.home, list.id, [bo])
    const line = await listenTo(api, `/list?list=${list.id}`)
    received(api.home, cy)
    const theirs = received(api.home, bo, { uri: 'https://tide.example/notes/boat' })
    const [update] = await line.events(1)
    expect([update?.event, update?.data.id]).toEqual(['update', String(theirs)])
    deletePost(api.home, Number((await write(api, 'Mine')).id))
    expect((await line.events(1))[0]?.event).toBe('delete')
  })

  it('without anything to say carry an empty object: browsers drop an event without data', async () => {
    const api = await live()
    const line = await listenTo(api, '/user')
    createFilter(api.home, { title: 'Storms', contexts: ['home'], action: 'warn', expiresAt: null, keywords: [] })
    expect(await line.events(1)).toEqual([{ event: 'filters_changed', data: {} }])
  })

  it('of a conversation', async () => {
    const api = await live()
    const bo = followed(api.home, 'bo')
    const line = await listenTo(api, '/direct')
    const id = received(api.home, bo, {
      visibility: 'direct',
      forOwner: true,
      mentions: [{ acct: 'ana@ana.example', accountId: findOwnerId(api.home) }],
    })
    const [told] = await line.events(1)
    expect(told).toMatchObject({
      event: 'conversation',
      data: { unread: true, accounts: [{ username: 'bo' }], last_status: { id: String(id), visibility: 'direct' } },
    })
  })
})

describe('a line', () => {
  it('thumps every 15 seconds, and outlives every time limit of requests', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
    const api = await live()
    const line = await listenTo(api, '/user')
    await line.comment(':)')
    vi.advanceTimersByTime(14_999)
    vi.advanceTimersByTime(1)
    expect(await line.comment(':thump')).toEqual([':)', ':thump'])
    // Ten minutes without a word.
    vi.advanceTimersByTime(10 * 60_000)
    const mine = await write(api, 'Still there?')
    expect((await line.events(1))[0]?.data.id).toBe(mine.id)
    expect((await line.comment(':thump')).filter((comment) => comment === ':thump')).toHaveLength(41)
  })

  it('ends with its token, at once', async () => {
    const api = await live()
    const { token } = createToken(api.home, 'app', ['read'])
    const [theirs, mine] = [await listenTo(api, '/user', { token }), await listenTo(api, '/user')]
    revokeToken(api.home, token)
    await theirs.ended
    const post = await write(api, 'Boats')
    expect((await mine.events(1))[0]?.data.id).toBe(post.id)
  })

  it('ends when the owner switches the API off, and when the machine wakes from sleep', async () => {
    const api = await live()
    const line = await listenTo(api, '/user')
    const socket = await connect(`http://127.0.0.1:${portOf(api)}`, '?stream=user', api.token, { host: 'ana.example' })
    api.wake()
    await line.ended
    await socket.closed

    let on = true
    const switched = await live({ enabled: () => on })
    const second = await listenTo(switched, '/user')
    on = false
    updateSettings(switched.home, { defaultSensitive: true })
    await second.ended
  })

  it('whose app takes nothing is cut off, and the others hear on', async () => {
    const api = await live()
    const bo = followed(api.home, 'bo')
    const [slow, quick] = [await listenTo(api, '/user'), await listenTo(api, '/user')]
    await slow.comment(':)')
    slow.pause()
    const poll = { multiple: false, options: [{ title: 'Yes', votes: 0 }], voters: 0, endsAt: null, closedAt: null }
    const id = received(api.home, bo, { type: 'Question', poll, content: `<p>${'boats and tides '.repeat(5_000)}</p>` })
    await quick.events(1)
    // Far more than the buffers of two sockets on one machine hold.
    for (let votes = 1; votes <= 400 && (await openLines(api)) === 2; votes++) {
      receiveTally(api.home, id, { ...poll, options: [{ title: 'Yes', votes }], voters: votes })
      await quick.events(1)
    }
    expect(await openLines(api)).toBe(1)
    deletePost(api.home, Number((await write(api, 'Short')).id))
    expect((await quick.events(2)).map(({ event }) => event)).toEqual(['update', 'delete'])
  })

  it('is one of at most 30 of an app', async () => {
    const api = await live()
    const lines = await Promise.all(Array.from({ length: 30 }, () => listenTo(api, '/public')))
    expect(lines.map((line) => line.status)).toEqual(lines.map(() => 200))
    const more = await listenTo(api, '/public')
    expect([more.status, await more.body()]).toEqual([503, { error: 'Too many streams are open' }])
    // Another app gets in.
    expect((await listenTo(api, '/public', { token: createToken(api.home, 'app', ['read']).token })).status).toBe(200)
  })
})

const portOf = (api: Api) => (api.app.server.address() as { port: number }).port
const openLines = (api: Api) => new Promise<number>((resolve) => api.app.server.getConnections((_error, count) => resolve(count)))
