import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { block } from '../../../src-main/domain/follows.ts'
import { createToken, revokeToken } from '../../../src-main/domain/grants.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { receiveMove } from '../../../src-main/domain/moves.ts'
import { receiveTally, vote } from '../../../src-main/domain/polls.ts'
import { deletePost, receivePost, releasePost } from '../../../src-main/domain/posts.ts'
import { receiveReaction } from '../../../src-main/domain/reactions.ts'
import { followed, person, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import { connect } from './listening.ts'
import { notification, problemsOf, status } from './shapes.ts'
import type { Api, Json } from './instance.ts'
import type { Stream } from './listening.ts'

/** A complaint comes back once everything sent before has been read. */
async function settled(stream: Stream): Promise<void> {
  stream.send({ type: 'subscribe', stream: 'no such stream' })
  expect(await stream.frames(1)).toEqual([{ error: 'Unknown stream type', status: 400 }])
}

async function live(): Promise<{ api: Api; base: string }> {
  const api = await openApi()
  return { api, base: await api.listen() }
}

const payloads = (frames: Json[]) =>
  frames.map((frame) => [frame.stream, frame.event, frame.event === 'delete' ? frame.payload : JSON.parse(frame.payload).id])
const write = (api: Api, base: string, text: string) =>
  api.call('POST', '/api/v1/statuses', { status: text }, { headers: { host: base.slice('http://'.length) } }).then((answer) => answer.body)

describe('the token', () => {
  it('comes as subprotocol, which is given back, as header or in the query', async () => {
    const { api, base } = await live()
    expect((await connect(base, '', api.token)).socket.protocol).toBe(api.token)
    await connect(base, `?access_token=${api.token}`)
    await connect(base, '', undefined, { authorization: `Bearer ${api.token}` })
    // Chrome hangs up when what it offered does not come back, also beside a token in the query.
    expect((await connect(base, `?access_token=${api.token}`, 'null')).socket.protocol).toBe('null')
  })

  it.each([['unknown'], [null]])('%j is refused before the upgrade', async (token) => {
    const { base } = await live()
    const socket = new WebSocket(`${base.replace('http', 'ws')}/api/v1/streaming?stream=user`, token === null ? [] : [token])
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('401')
  })

  it('rule 37: is looked for among a few protocols, not among thousands', async () => {
    const api = await openApi()
    const offer = async (others: number) => {
      const protocols = [...Array.from({ length: others }, (_, n) => `word${n}`), api.token].join(', ')
      return (await api.call('GET', '/api/v1/streaming', undefined, { token: null, headers: { 'sec-websocket-protocol': protocols } }))
        .status
    }
    // 400: a token, but no stream.
    expect([await offer(0), await offer(3), await offer(4), await offer(1_000)]).toEqual([400, 400, 401, 401])
  })

  it('needs the scope of notifications to hear of them in the stream of everything', async () => {
    const { api, base } = await live()
    const stream = async (scopes: string[]) => connect(base, '?stream=user', createToken(api.home, 'app', scopes, null).token)
    const [narrow, wide] = [await stream(['read:statuses']), await stream(['read'])]
    for (const one of [narrow, wide]) await settled(one)
    const post = await write(api, base, 'Tide')
    releasePost(api.home, Number(post.id), api.home.clock.at)
    for (const one of [narrow, wide]) expect((await one.frames(2)).map(({ event }) => event)).toEqual(['update', 'status.update'])
    receiveFavourite(api.home, { uri: null, accountId: person(api.home, 'bo'), postId: Number(post.id) })
    expect((await wide.frames(1)).map(({ event }) => event)).toEqual(['notification'])
    await settled(narrow)
  })

  it('needs the scope of each stream', async () => {
    const { api, base } = await live()
    const { token } = createToken(api.home, 'app', ['read:notifications'], null)
    const stream = await connect(base, '?stream=user', token)
    expect(await stream.frames(1)).toEqual([{ error: 'Access token does not have the required scopes', status: 401 }])
    stream.send({ type: 'subscribe', stream: 'user:notification' })
    await settled(stream)
    revokeToken(api.home, token)
    expect((await api.get('/api/v1/streaming/health', { token: null })).body).toBe('OK')
  })
})

describe('frames', () => {
  it('tell of new numbers of a poll, of a quote that is allowed, of a reaction', async () => {
    const { api, base } = await live()
    const bo = followed(api.home, 'bo')
    const stream = await connect(base, '?stream=user', api.token)
    const poll = { multiple: false, options: [{ title: 'Yes', votes: 0 }], voters: 0, endsAt: null, closedAt: null }
    const theirs = receivePost(api.home, remotePost(bo, { type: 'Question', poll }))?.id as number
    await stream.frames(1)
    vote(api.home, theirs, [0])
    receiveTally(api.home, theirs, { ...poll, options: [{ title: 'Yes', votes: 7 }], voters: 7 })
    const frames = await stream.frames(2)
    expect(payloads(frames)).toEqual([
      [['user'], 'status.update', String(theirs)],
      [['user'], 'status.update', String(theirs)],
    ])
    expect(JSON.parse(frames[1].payload).poll).toMatchObject({ votes_count: 7, voted: true })
    const mine = await write(api, base, 'Boats')
    releasePost(api.home, Number(mine.id), api.home.clock.at)
    await stream.frames(2)
    receiveReaction(api.home, { postId: Number(mine.id), accountId: bo, emoji: '🎉', picture: null, uri: null })
    const [reacted, told] = await stream.frames(2)
    expect([reacted.event, JSON.parse(reacted.payload).emoji_reactions[0].name]).toEqual(['status.update', '🎉'])
    expect(told.event).toBe('notification')
  })

  it('tell of own and others’ posts, edits, departures, deletions, boosts taken back', async () => {
    const { api, base } = await live()
    const bo = followed(api.home, 'bo')
    const stream = await connect(base, '?stream=user', api.token)
    const mine = await write(api, base, 'Boats')
    const [update] = await stream.frames(1)
    expect(problemsOf(JSON.parse(update.payload), status())).toEqual([])
    expect(update).toMatchObject({ stream: ['user'], event: 'update' })
    // Media and links in a frame use the listener's own base, as in answers.
    expect(JSON.parse(update.payload).account.avatar).toBe(`${base}/avatars/original/missing.png`)
    releasePost(api.home, Number(mine.id), api.home.clock.at + 5)
    const theirs = receivePost(api.home, remotePost(bo))?.id as number
    await api.call('POST', `/api/v1/statuses/${theirs}/reblog`, undefined, { headers: { host: base.slice(7) } })
    await api.call('POST', `/api/v1/statuses/${theirs}/unreblog`, undefined, { headers: { host: base.slice(7) } })
    await api.call('PUT', `/api/v1/statuses/${mine.id}`, { status: 'Ships' }, { headers: { host: base.slice(7) } })
    deletePost(api.home, Number(mine.id))
    const frames = payloads(await stream.frames(6))
    const wrapper = frames[2]?.[2]
    expect(frames).toEqual([
      [['user'], 'status.update', mine.id],
      [['user'], 'update', String(theirs)],
      [['user'], 'update', wrapper],
      [['user'], 'delete', wrapper],
      [['user'], 'status.update', mine.id],
      [['user'], 'delete', mine.id],
    ])
  })

  it('go to the streams they belong to, to each that was asked for', async () => {
    const { api, base } = await live()
    const stream = await connect(base, '', api.token)
    for (const name of ['user', 'public', 'public:local', 'public:remote', 'public:media']) stream.send({ type: 'subscribe', stream: name })
    stream.send({ type: 'subscribe', stream: 'hashtag', tag: 'Tides' })
    await settled(stream)
    const mine = await write(api, base, 'Boats #tides')
    expect(payloads(await stream.frames(4)).map(([name]) => name)).toEqual([['user'], ['public'], ['public:local'], ['hashtag', 'Tides']])
    receivePost(
      api.home,
      remotePost(person(api.home, 'cy'), { media: [{ kind: 'image', url: 'https://tide.example/1.jpg', mime: 'image/jpeg' }] }),
    )
    expect(payloads(await stream.frames(3)).map(([name]) => name)).toEqual([['public'], ['public:media'], ['public:remote']])
    stream.send({ type: 'unsubscribe', stream: 'user' })
    stream.send({ type: 'unsubscribe', stream: 'hashtag', tag: 'tides' })
    stream.send({ type: 'unsubscribe', stream: 'public:local' })
    await settled(stream)
    await write(api, base, 'More #tides')
    expect(payloads(await stream.frames(1)).map(([name]) => name)).toEqual([['public']])
    deletePost(api.home, Number(mine.id))
    expect((await stream.frames(3)).map((frame) => frame.event)).toEqual(['delete', 'delete', 'delete'])
  })

  it('of notifications reach both streams that carry them', async () => {
    const { api, base } = await live()
    const stream = await connect(base, '?stream=user', api.token)
    stream.send({ type: 'subscribe', stream: 'user:notification' })
    await settled(stream)
    const mine = await write(api, base, 'Boats')
    releasePost(api.home, Number(mine.id), api.home.clock.at)
    await stream.frames(2)
    receiveFavourite(api.home, { uri: null, accountId: person(api.home, 'bo'), postId: Number(mine.id) })
    const frames = await stream.frames(2)
    expect(frames.map((frame) => [frame.stream, frame.event])).toEqual([
      [['user'], 'notification'],
      [['user:notification'], 'notification'],
    ])
    expect(problemsOf(JSON.parse(frames[0].payload), notification())).toEqual([])
  })

  it('of people the owner blocks do not come', async () => {
    const { api, base } = await live()
    const rude = person(api.home, 'rude')
    block(api.home, rude)
    const stream = await connect(base, '?stream=public', api.token)
    receivePost(api.home, remotePost(rude))
    const theirs = receivePost(api.home, remotePost(person(api.home, 'bo')))
    expect(payloads(await stream.frames(1))).toEqual([[['public'], 'update', String(theirs?.id)]])
  })

  it('that are no orders are answered, and the socket stays', async () => {
    const { api, base } = await live()
    const stream = await connect(base, '', api.token)
    for (const text of [
      '{',
      'null',
      '[]',
      '{"type":"subscribe"}',
      '{"type":"shout","stream":"user"}',
      '{"type":"subscribe","stream":"__proto__"}',
      '{"type":"subscribe","stream":"hashtag"}',
      '{"type":"subscribe","stream":{"a":1}}',
    ])
      stream.send(text)
    const frames = await stream.frames(8)
    expect(frames.every((frame) => typeof frame.error === 'string' && frame.status === 400)).toBe(true)
    stream.send({ type: 'subscribe', stream: 'user' })
    await settled(stream)
    expect(api.problems).toEqual([])
  })
})

it('tells of a move to the window alone: apps do not know the word', async () => {
  const { api, base } = await live()
  const app = createToken(api.home, 'app', ['read']).token
  const [window, phone] = [await connect(base, '?stream=user', api.token), await connect(base, '?stream=user', app)]
  await settled(window)
  await settled(phone)
  const bo = followed(api.home, 'bo')
  receiveMove(api.home, { fromId: bo, toId: person(api.home, 'bo', 'new.example') })
  const [frame] = await window.frames(1)
  expect([frame.event, JSON.parse(frame.payload).type]).toEqual(['notification', 'move'])
  await settled(phone)
})

it('who answers no ping is let go after the second, the others stay', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { api, base } = await live()
    const dead = new WebSocket(`${base.replace('http', 'ws')}/api/v1/streaming?stream=user`, [api.token], { autoPong: false })
    await once(dead, 'open')
    const alive = await connect(base, '?stream=user', api.token)
    const closed = once(dead, 'close')
    const pinged = [once(dead, 'ping'), once(alive.socket, 'ping')]
    vi.advanceTimersByTime(25_000)
    await Promise.all(pinged)
    // Its pong is here once an answer to what it sent afterwards is.
    await settled(alive)
    vi.advanceTimersByTime(25_000)
    await closed
    await settled(alive)
  } finally {
    vi.useRealTimers()
  }
})
