import { describe, expect, it } from 'vitest'
import { chooseOrigin, updateProfile } from '../../../src-main/domain/owner.ts'
import { receiveBoost, receivePost, releasePost } from '../../../src-main/domain/posts.ts'
import { followed, person, received, remote, remotePost } from '../domain/home.ts'
import { openApi } from './instance.ts'
import { problemsOf, status } from './shapes.ts'

describe('a status', () => {
  it('has every field a strict client wants, with all it can carry', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo', 'tide.example', {
      avatarUrl: 'https://tide.example/bo.png',
      avatarMime: 'image/png',
      headerUrl: 'https://tide.example/sea.jpg',
      headerMime: 'image/jpeg',
      emojis: [{ shortcode: 'wave', url: 'https://tide.example/wave.png', mime: 'image/png' }],
      fields: [{ name: 'Boat', value: 'Yes', verifiedAt: null }],
    })
    const id = received(api.home, bo, {
      content: '<p>Look :wave:</p>',
      warning: 'sea',
      sensitive: true,
      tags: ['tides'],
      mentions: [
        {
          acct: 'ana@ana.example',
          accountId: Number((await api.get('/api/v1/accounts/verify_credentials')).body.id),
          uri: 'https://ana.example/users/ana',
        },
        { acct: 'nobody@far.example', accountId: null, uri: 'https://far.example/nobody' },
      ],
      media: [
        {
          kind: 'image',
          url: 'https://tide.example/1.jpg',
          mime: 'image/jpeg',
          description: 'A boat',
          width: 10,
          height: 5,
          blurhash: 'LEHV6nWB',
          focus: { x: 0.5, y: -0.5 },
        },
      ],
      emojis: [{ shortcode: 'wave', url: 'https://tide.example/wave.png', mime: 'image/png' }],
      forOwner: true,
    })
    const { body } = await api.get(`/api/v1/statuses/${id}`)
    expect(body.account).toMatchObject({ acct: 'bo@tide.example', url: 'https://tide.example/@bo', uri: 'https://tide.example/users/bo' })
    // Nothing of a stranger is ever loaded from the stranger: whoever opens a post must not be seen opening it.
    const loaded = JSON.stringify([body.account.avatar, body.account.header, body.media_attachments, body.emojis, body.account.emojis])
    expect(loaded).not.toContain('tide.example')
    expect(loaded.match(/http:\/\/127\.0\.0\.1:4321\/media\//g)).toHaveLength(8)
    expect(body.mentions).toEqual([{ id: expect.any(String) as string, username: 'ana', acct: 'ana', url: 'https://ana.example/@ana' }])
    expect(body.media_attachments[0]).toMatchObject({
      type: 'image',
      description: 'A boat',
      meta: { original: { width: 10, height: 5, size: '10x5', aspect: 2 }, focus: { x: 0.5, y: -0.5 } },
    })
    expect(body.tags).toEqual([{ name: 'tides', url: 'https://ana.example/tags/tides' }])
  })

  it('of a boost has its own id and the whole post inside, with the marks of the post', async () => {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const cy = person(api.home, 'cy')
    const post = received(api.home, cy)
    await api.call('POST', `/api/v1/statuses/${post}/favourite`)
    receiveBoost(api.home, {
      uri: 'https://tide.example/boosts/1',
      accountId: bo,
      postId: post,
      published: api.home.clock.at,
      visibility: 'public',
    })
    const [wrapper] = (await api.get('/api/v1/timelines/home')).body
    expect(wrapper).toMatchObject({
      content: '',
      favourited: true,
      url: 'https://tide.example/boosts/1',
      account: { acct: 'bo@tide.example' },
    })
    expect(wrapper.id).not.toBe(String(post))
    expect(wrapper.reblog).toMatchObject({ id: String(post), favourited: true, account: { acct: 'cy@tide.example' } })
  })

  it('before there is an address points at this listener, and at the address from then on', async () => {
    const api = await openApi({ origin: null })
    const { body } = await api.call('POST', '/api/v1/statuses', { status: 'Not sent yet' })
    expect(body).toMatchObject({
      uri: `${api.base}/users/ana/statuses/${body.id}`,
      url: `${api.base}/@ana/${body.id}`,
      account: { url: `${api.base}/@ana` },
    })
    chooseOrigin(api.home, 'https://ana.example', { trial: false })
    const again = await api.get(`/api/v1/statuses/${body.id}`)
    expect(again.body).toMatchObject({
      uri: `https://ana.example/users/ana/statuses/${body.id}`,
      account: { avatar: `${api.base}/avatars/original/missing.png` },
    })
  })

  it('says no to null wherever the table says so (the table works)', () => {
    expect(problemsOf({ id: 1, url: '' }, status())).toEqual(
      expect.arrayContaining(['$.id is no id: 1', '$.url is no url: ""', '$.uri is missing']) as string[],
    )
  })

  it('of somebody who is edited, boosted, answered keeps the shape in every list', async () => {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const first = received(api.home, bo)
    const { body: mine } = await api.call('POST', '/api/v1/statuses', { status: 'Yes @bo@tide.example', in_reply_to_id: String(first) })
    releasePost(api.home, Number(mine.id), api.home.clock.at + 5)
    await api.call('PUT', `/api/v1/statuses/${mine.id}`, { status: 'Yes, @bo@tide.example' })
    receivePost(api.home, remotePost(bo, { inReplyToUri: mine.uri, forOwner: true, mentions: [] }))
    await api.call('POST', `/api/v1/statuses/${first}/reblog`)
    for (const path of ['timelines/home', 'timelines/public', `accounts/${mine.account.id}/statuses`, `accounts/${bo}/statuses`])
      expect((await api.get(`/api/v1/${path}`)).body.length, path).toBeGreaterThan(0)
    const { body: thread } = await api.get(`/api/v1/statuses/${mine.id}/context`)
    expect([thread.ancestors.length, thread.descendants.length]).toEqual([1, 1])
    const { body: history } = await api.get(`/api/v1/statuses/${mine.id}/history`)
    expect(history.map((version: { content: string }) => version.content.includes('Yes,'))).toEqual([false, true])
  })
})

describe('an account', () => {
  it('without pictures has the ones called missing, which are there', async () => {
    const api = await openApi()
    const { body } = await api.get('/api/v1/accounts/lookup?acct=ana')
    expect(body.avatar).toBe(`${api.base}/avatars/original/missing.png`)
    for (const url of [body.avatar, body.header] as string[]) {
      const picture = await api.app.inject({ url: new URL(url).pathname, headers: { host: '127.0.0.1:4321' } })
      expect([picture.statusCode, picture.headers['content-type'], picture.rawPayload.subarray(1, 4).toString()]).toEqual([
        200,
        'image/png',
        'PNG',
      ])
    }
  })

  it('that has moved shows where, without a null where it has not', async () => {
    const api = await openApi()
    const there = person(api.home, 'bo', 'new.example')
    const here = person(api.home, 'bo', 'old.example', { movedTo: remote('bo', 'new.example').uri })
    expect((await api.get(`/api/v1/accounts/${here}`)).body.moved).toMatchObject({ id: String(there), acct: 'bo@new.example' })
    expect('moved' in (await api.get(`/api/v1/accounts/${there}`)).body).toBe(false)
    expect(api.resolver.asked).toEqual([`refresh ${here}`, `refresh ${there}`])
  })

  it('of the owner shows its source: plain text, not the HTML made of it', async () => {
    const api = await openApi()
    updateProfile(api.home, { note: 'Boats & <tides>', fields: [{ name: 'Home', value: 'https://ana.example' }] })
    const { body } = await api.get('/api/v1/accounts/verify_credentials')
    expect(body.note).toBe('<p>Boats &amp; &lt;tides&gt;</p>')
    expect(body.source).toMatchObject({
      note: 'Boats & <tides>',
      fields: [{ name: 'Home', value: 'https://ana.example' }],
      privacy: 'public',
    })
    expect(body.role.permissions).toBe('1')
  })
})

describe('the instance', () => {
  it('answers before it has a name, and declares only what it serves', async () => {
    const api = await openApi({ named: false })
    const { body } = await api.get('/api/v2/instance', { token: null })
    expect(body.contact.account).toBeNull()
    expect(body.version).toMatch(/^4\.5\.0 \(compatible; Burrow 0\.1\.0\)$/)
    expect(body.api_versions).toEqual({ mastodon: 7, burrow: 1 })
    expect(body.configuration.media_attachments.supported_mime_types).toEqual(
      expect.arrayContaining(['image/avif', 'video/mp4', 'audio/mpeg']),
    )
    expect(body.configuration.urls.streaming).toBe('ws://127.0.0.1:4321')
    expect((await api.get('/api/v1/instance', { token: null })).body.uri).toBe('127.0.0.1:4321')
    expect((await api.get('/api/v1/accounts/verify_credentials')).status).toBe(409)
  })

  it('has its address as its name once it has one', async () => {
    const api = await openApi()
    expect((await api.get('/api/v2/instance')).body.domain).toBe('ana.example')
    expect((await api.get('/api/v1/instance')).body).toMatchObject({ uri: 'ana.example', registrations: false })
  })
})
