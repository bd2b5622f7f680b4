import { describe, expect, it } from 'vitest'
import { framesOf } from '../../../src-main/client-api/streaming/frames.ts'
import { openHub } from '../../../src-main/client-api/streaming/hub.ts'
import { streamOf, USER } from '../../../src-main/client-api/streaming/streams.ts'
import { blockDomain } from '../../../src-main/domain/domain-blocks.ts'
import { createFilter, removeFilter } from '../../../src-main/domain/filters.ts'
import { block, mute } from '../../../src-main/domain/follows.ts'
import { createToken } from '../../../src-main/domain/grants.ts'
import { addListMembers, createList } from '../../../src-main/domain/lists.ts'
import { muteThread } from '../../../src-main/domain/muted-threads.ts'
import { findOwnerId } from '../../../src-main/domain/owner.ts'
import { postByUri, receiveBoost, receivePost, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { acceptRequests } from '../../../src-main/domain/requests.ts'
import { followed, openAna, person, received, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import { connect } from './listening.ts'
import type { Domain } from '../../../src-main/domain/domain.ts'
import type { DomainEvent } from '../../../src-main/domain/events.ts'
import type { Hub, Listener, Telling } from '../../../src-main/client-api/streaming/hub.ts'
import type { Api, Json } from './instance.ts'
import type { Stream } from './listening.ts'

function ear(hub: Hub, base: string, window = false): Listener & { heard: Telling[] } {
  const heard: Telling[] = []
  const listener = {
    token: 'x',
    window,
    notifications: true,
    base: () => base,
    take: (telling: Telling) => void heard.push(telling),
    drop: () => undefined,
    heard,
  }
  hub.join(listener)
  return listener
}

describe('the hub', () => {
  it('renders once for all who listen through the same address', () => {
    const hub = openHub(10)
    const [one, two, other] = [ear(hub, 'http://a'), ear(hub, 'http://a'), ear(hub, 'http://b')]
    for (const listener of [one, two, other]) hub.subscribe(listener, USER, USER)
    hub.subscribe(one, '["public"]', '["public"]')
    const rendered: string[] = []
    hub.spread({ event: 'update', keys: [USER, '["public"]'], payload: (base) => (rendered.push(base), `{"at":"${base}"}`) })
    expect(rendered).toEqual(['http://a', 'http://b'])
    expect(one.heard.map((telling) => [...telling.streams])).toEqual([['["user"]'], ['["public"]']])
    expect(two.heard[0]?.asFrame(USER)).toBe('{"stream":["user"],"event":"update","payload":"{\\"at\\":\\"http://a\\"}"}')
    expect(other.heard[0]?.asEvent).toBe('event: update\ndata: {"at":"http://b"}\n\n')
    expect(hub.wanted('["direct"]')).toBe(false)
  })

  it('knows streams again by the spelling of each client, and forgets who leaves', () => {
    const hub = openHub(3)
    const listener = ear(hub, 'http://a')
    const key = streamOf('hashtag', '#Tides')?.key as string
    expect(key).toBe('["hashtag","tides"]')
    for (const tag of ['Tides', 'tides']) expect(hub.subscribe(listener, key, JSON.stringify(['hashtag', tag]))).toBe(true)
    hub.spread({ event: 'delete', keys: [key], payload: () => '1' })
    expect([...(listener.heard[0]?.streams ?? [])]).toEqual(['["hashtag","Tides"]', '["hashtag","tides"]'])
    hub.unsubscribe(listener, key, '["hashtag","tides"]')
    expect(hub.wanted(key)).toBe(true)
    hub.unsubscribe(listener, key, '["hashtag","Tides"]')
    expect([hub.wanted(key), hub.wantedByName('hashtag')]).toEqual([false, false])
    for (const name of ['a', 'b', 'c']) expect(hub.subscribe(listener, `["hashtag","${name}"]`, `["hashtag","${name}"]`)).toBe(true)
    expect(hub.subscribe(listener, '["hashtag","d"]', '["hashtag","d"]')).toBe(false)
    hub.leave(listener)
    expect([hub.size, hub.keys()]).toEqual([0, []])
  })

  it('looks nothing up for streams that nobody listens to', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const events: DomainEvent[] = []
    home.events.listen((event) => events.push(event))
    const post = received(home, bo)
    receiveBoost(home, {
      uri: 'https://tide.example/boosts/1',
      accountId: person(home, 'cy'),
      postId: post,
      published: home.clock.at,
      visibility: 'public',
    })
    const { post: mine } = writePost(home, { text: 'Boats', visibility: 'public' })
    releasePost(home, mine.id, home.clock.at)
    expect(events.length).toBeGreaterThan(3)
    const untouchable = new Proxy({} as Domain, {
      get: () => {
        throw new Error('looked up')
      },
    })
    const hub = openHub(10)
    for (const event of events) expect(framesOf(untouchable, hub, event).flatMap((frame) => frame.keys)).toEqual([])
    // One who listens to something else changes nothing.
    hub.subscribe(ear(hub, 'http://a'), '["direct"]', '["direct"]')
    for (const event of events) expect(framesOf(untouchable, hub, event).flatMap((frame) => frame.keys)).toEqual([])
  })
})

async function live(...streams: object[]): Promise<{ api: Api; base: string; stream: Stream }> {
  const api = await openApi()
  const base = await api.listen()
  const stream = await connect(base, '', api.token)
  for (const one of streams) stream.send({ type: 'subscribe', ...one })
  await settled(stream)
  return { api, base, stream }
}
/** What came before a complaint, which comes once everything sent before has been read. */
async function settled(stream: Stream): Promise<Json[]> {
  stream.send({ type: 'subscribe', stream: 'no such stream' })
  const frames: Json[] = []
  while (frames.at(-1)?.error === undefined) frames.push(...(await stream.frames(1)))
  expect(frames.pop()).toEqual({ error: 'Unknown stream type', status: 400 })
  return frames
}
const ids = (frames: Json[]) =>
  frames.map((frame) => [frame.stream, frame.event, frame.payload && (JSON.parse(frame.payload).id ?? frame.payload)])

describe('a list', () => {
  it('is told of the posts it shows, by the name its client uses', async () => {
    const { api, stream } = await live({ stream: 'user' })
    const [bo, cy] = [followed(api.home, 'bo'), followed(api.home, 'cy')]
    const list = createList(api.home, { title: 'Boats', exclusive: true })
    addListMembers(api.home, list.id, [bo])
    stream.send({ type: 'subscribe', stream: 'list', list: list.id })
    await settled(stream)
    const theirs = received(api.home, bo)
    const others = received(api.home, cy)
    expect(ids(await stream.frames(2))).toEqual([
      [['list', String(list.id)], 'update', String(theirs)],
      // Its members do not stand at home: the list is exclusive.
      [['user'], 'update', String(others)],
    ])
  })

  it('that is not there is refused', async () => {
    const { stream } = await live()
    stream.send({ type: 'subscribe', stream: 'list', list: '7' })
    stream.send({ type: 'subscribe', stream: 'list' })
    expect(await stream.frames(2)).toEqual([
      { error: 'Record not found', status: 404 },
      { error: 'Unknown stream type', status: 400 },
    ])
  })
})

describe('what the owner does not want to see', () => {
  it('is not told: blocks, mutes, servers, and the same by way of a boost', async () => {
    const { api, stream } = await live({ stream: 'user' }, { stream: 'public' }, { stream: 'hashtag', tag: 'tides' })
    const [rude, loud, far] = [person(api.home, 'rude'), followed(api.home, 'loud'), person(api.home, 'far', 'far.example')]
    block(api.home, rude)
    mute(api.home, loud, { notifications: true })
    blockDomain(api.home, 'far.example')
    await settled(stream)
    for (const [i, author] of [rude, loud, far].entries()) {
      const uri = `https://tide.example/notes/hidden-${i}`
      receivePost(api.home, remotePost(author, { uri, content: '<p>#tides</p>', tags: ['tides'], forOwner: true }))
    }
    const bo = followed(api.home, 'bo')
    const loudest = postByUri(api.home, 'https://tide.example/notes/hidden-1') as { id: number }
    receiveBoost(api.home, {
      uri: 'https://tide.example/boosts/2',
      accountId: bo,
      postId: loudest.id,
      published: api.home.clock.at,
      visibility: 'public',
    })
    expect(await settled(stream)).toEqual([])
    const fine = received(api.home, bo, { content: '<p>#tides</p>', tags: ['tides'] })
    expect(ids(await settled(stream))).toEqual([
      [['user'], 'update', String(fine)],
      [['public'], 'update', String(fine)],
      [['hashtag', 'tides'], 'update', String(fine)],
    ])
  })

  it('is not told where a filter hides it, and marked where one warns', async () => {
    const { api, stream } = await live({ stream: 'user' }, { stream: 'public' }, { stream: 'user:notification' })
    const bo = followed(api.home, 'bo')
    const filter = (title: string, keyword: string, contexts: ('home' | 'public' | 'notifications')[], action: 'warn' | 'hide') =>
      createFilter(api.home, { title, contexts, action, expiresAt: null, keywords: [{ keyword, wholeWord: true }] })
    filter('Storms', 'storm', ['home', 'notifications'], 'hide')
    const rain = filter('Rain', 'rain', ['home'], 'warn')
    expect((await settled(stream)).map((frame) => [frame.stream, frame.event, frame.payload])).toEqual([
      [['user'], 'filters_changed', undefined],
      [['user'], 'filters_changed', undefined],
    ])
    const storm = received(api.home, bo, { content: '<p>storm</p>', forOwner: true, mentions: [me(api)] })
    expect(ids(await settled(stream))).toEqual([[['public'], 'update', String(storm)]])
    const wet = received(api.home, bo, { content: '<p>rain</p>' })
    const frames = await settled(stream)
    expect(ids(frames)).toEqual([
      [['user'], 'update', String(wet)],
      [['public'], 'update', String(wet)],
    ])
    expect(JSON.parse(frames[0].payload).filtered).toMatchObject([{ filter: { title: 'Rain', filter_action: 'warn' } }])
    removeFilter(api.home, rain.id)
    expect((await settled(stream)).map((frame) => frame.event)).toEqual(['filters_changed'])
  })

  it('rings no more in a thread that is muted', async () => {
    const { api, stream } = await live({ stream: 'user:notification' })
    const bo = followed(api.home, 'bo')
    const { post } = writePost(api.home, { text: 'Boats', visibility: 'public' })
    releasePost(api.home, post.id, api.home.clock.at)
    const answer = () =>
      received(api.home, bo, { inReplyToUri: `https://ana.example/users/ana/statuses/${post.id}`, forOwner: true, mentions: [me(api)] })
    answer()
    expect((await stream.frames(1))[0].event).toBe('notification')
    muteThread(api.home, post.id)
    answer()
    expect(await settled(stream)).toEqual([])
  })
})

describe('private mentions', () => {
  it('are told as conversations to the stream of them alone', async () => {
    const { api, stream } = await live({ stream: 'direct' }, { stream: 'public' })
    const bo = followed(api.home, 'bo')
    const id = received(api.home, bo, { visibility: 'direct', forOwner: true, mentions: [me(api)] })
    const [frame, ...more] = await settled(stream)
    expect(more).toEqual([])
    expect([frame.stream, frame.event]).toEqual([['direct'], 'conversation'])
    const conversation = JSON.parse(frame.payload)
    expect(conversation).toMatchObject({ unread: true, accounts: [{ acct: 'bo@tide.example' }], last_status: { id: String(id) } })
    await api.call('POST', `/api/v1/conversations/${conversation.id}/read`, undefined, {
      headers: { host: hostOf(api) },
    })
    expect(JSON.parse((await stream.frames(1))[0].payload)).toMatchObject({ id: conversation.id, unread: false })
  })
})

it('requests that are accepted are told once, after what they bring', async () => {
  const { api, stream } = await live({ stream: 'user:notification' })
  const stranger = person(api.home, 'stranger')
  const crowd = Array.from({ length: 7 }, (_, i) => ({ acct: `p${i}@tide.example`, accountId: person(api.home, `p${i}`) }))
  received(api.home, stranger, { forOwner: true, mentions: [me(api), ...crowd] })
  expect(await settled(stream)).toEqual([])
  acceptRequests(api.home, [stranger])
  const frames = await settled(stream)
  expect(frames.map((frame) => [frame.stream, frame.event, frame.payload === undefined])).toEqual([
    [['user:notification'], 'notification', false],
    [['user:notification'], 'notifications_merged', true],
  ])
})

it('a link preview that is ready is told to the window: apps see it when they fetch the post again', async () => {
  const { api, base, stream } = await live({ stream: 'user' })
  const phone = await connect(base, '?stream=user', createToken(api.home, 'app', ['read']).token)
  const id = received(api.home, followed(api.home, 'bo'))
  expect(ids(await phone.frames(1))).toEqual([[['user'], 'update', String(id)]])
  api.home.store.transaction(() => api.home.events.append('card-ready', { cardId: 1, postIds: [id] }))
  expect(ids(await settled(stream)).map(([, event]) => event)).toEqual(['update', 'status.update'])
  expect(await settled(phone)).toEqual([])
})

it('a socket has room for 50 streams, and an app for 30 sockets', async () => {
  const { api, base, stream } = await live()
  for (let i = 0; i < 51; i++) stream.send({ type: 'subscribe', stream: 'hashtag', tag: `t${i}` })
  expect(await stream.frames(1)).toEqual([{ error: 'Too many streams', status: 429 }])
  const { token } = createToken(api.home, 'app', ['read'])
  const sockets = await Promise.all(Array.from({ length: 30 }, () => connect(base, '?stream=user', token)))
  const more = await connect(base, '?stream=user', token)
  expect(await more.closed).toBe(1013)
  expect(sockets.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true)
})

const me = (api: Api) => ({ acct: 'ana@ana.example', accountId: findOwnerId(api.home) })
const hostOf = (api: Api) => `127.0.0.1:${(api.app.server.address() as { port: number }).port}`
