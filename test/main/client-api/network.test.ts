import { describe, expect, it } from 'vitest'
import { createToken } from '../../../src-main/domain/grants.ts'
import { addMedia } from '../../../src-main/domain/media.ts'
import { addAlias, moveAway, receiveMove } from '../../../src-main/domain/moves.ts'
import { addEmoji } from '../../../src-main/domain/own-emojis.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { pin } from '../../../src-main/domain/pins.ts'
import { receiveReaction } from '../../../src-main/domain/reactions.ts'
import { receiveReport, reports } from '../../../src-main/domain/reports.ts'
import { followed, HOUR, ORIGIN, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

const types = (list: Json) => list.map((one: { type: string }) => one.type) as string[]
const wave = (api: Api) =>
  addEmoji(api.home, {
    shortcode: 'wave',
    mediaId: addMedia(api.home, {
      kind: 'emoji',
      mime: 'image/png',
      bytes: 10,
      width: 16,
      height: 16,
      blob: 'aa/wave',
      previewBlob: null,
      previewMime: null,
    }).id,
  })

describe('reports', () => {
  it('are kept with the posts of the one reported, and forwarded only if asked', async () => {
    const api = await openApi()
    const [bo, cy] = [person(api.home, 'bo'), person(api.home, 'cy')]
    const [theirs, others] = [received(api.home, bo), received(api.home, cy)]
    const { status, body } = await api.call('POST', '/api/v1/reports', {
      account_id: String(bo),
      status_ids: [String(theirs), String(others)],
      comment: 'spam, again',
      category: 'spam',
    })
    expect([status, body]).toMatchObject([
      200,
      {
        category: 'spam',
        comment: 'spam, again',
        forwarded: false,
        status_ids: [String(theirs)],
        target_account: { acct: 'bo@tide.example' },
      },
    ])
    const form = await api.call('POST', '/api/v1/reports', `account_id=${bo}&forward=1&status_ids[]=${theirs}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(form.body).toMatchObject({ forwarded: true, category: 'other', action_taken: false })
    expect(reports(api.home).map((one) => one.forwarded)).toEqual([true, false])
    for (const wrong of [{}, { account_id: '1' }, { account_id: String(owner(api.home).id) }, { account_id: String(bo), category: 'x' }]) {
      expect((await api.call('POST', '/api/v1/reports', wrong)).status).toBeGreaterThanOrEqual(400)
    }
    expect(reports(api.home)).toHaveLength(2)
  })
})

describe('what happened', () => {
  async function eventful() {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const there = person(api.home, 'bo', 'new.example')
    const post = (await api.call('POST', '/api/v1/statuses', { status: 'Look' })).body.id as string
    releasePost(api.home, Number(post), api.home.clock.at)
    receiveReaction(api.home, { postId: Number(post), accountId: bo, emoji: '🎉', picture: null, uri: 'https://tide.example/r/1' })
    receiveReport(api.home, { byId: bo, byHost: 'tide.example', aboutUri: `${ORIGIN}/users/ana`, postUris: [], comment: 'why', uri: null })
    receiveMove(api.home, { fromId: bo, toId: there })
    return { api, app: createToken(api.home, 'app', ['read']).token }
  }

  it('is told in words that apps know; a move only to the window and to who asks for it', async () => {
    const { api, app } = await eventful()
    const all = (await api.get('/api/v1/notifications')).body
    expect(types(all)).toEqual(['move', 'admin.report', 'favourite'])
    expect(all[0].target_account.acct).toBe('bo@new.example')
    expect(all[1].report).toMatchObject({ comment: 'why', target_account: { acct: 'ana' } })
    expect(all[2]).toMatchObject({ emoji: '🎉', emoji_url: null, status: { content: '<p>Look</p>' } })
    expect(types((await api.get('/api/v1/notifications', { token: app })).body)).toEqual(['admin.report', 'favourite'])
    expect(types((await api.get('/api/v1/notifications?types[]=move', { token: app })).body)).toEqual(['move'])
    expect(types((await api.get('/api/v1/notifications?types[]=favourite', { token: app })).body)).toEqual(['favourite'])
    expect(types((await api.get('/api/v1/notifications?exclude_types[]=favourite', { token: app })).body)).toEqual(['admin.report'])
  })

  it('is told so in groups too', async () => {
    const { api, app } = await eventful()
    const groups = async (token: string) => (await api.get('/api/v2/notifications', { token })).body.notification_groups
    expect(types(await groups(api.token))).toEqual(['move', 'admin.report', 'favourite'])
    expect(types(await groups(app))).toEqual(['admin.report', 'favourite'])
    expect((await groups(app))[1].emoji).toBe('🎉')
    expect((await api.get('/api/v2/notifications/unread_count', { token: app })).body.count).toBe(2)
    const [move] = await groups(api.token)
    expect((await api.get(`/api/v2/notifications/${move.group_key}`)).body.notification_groups[0].target_account.acct).toBe(
      'bo@new.example',
    )
  })
})

describe('somebody’s posts', () => {
  it('are read on at their origin in the background, and an origin that is away harms nobody', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const post = received(api.home, bo)
    expect((await api.get(`/api/v1/accounts/${bo}/statuses`)).body).toHaveLength(1)
    expect(api.resolver.asked).toEqual([`posts ${bo}`])
    await api.get(`/api/v1/accounts/${bo}/statuses?max_id=${post}`)
    expect(api.resolver.asked).toEqual([`posts ${bo}`, `posts ${bo} older`])
    await api.get(`/api/v1/accounts/${bo}/statuses?pinned=true`)
    await api.get(`/api/v1/accounts/${owner(api.home).id}/statuses`)
    expect(api.resolver.asked).toHaveLength(2)
    api.resolver.posts = async () => {
      throw new Error('away')
    }
    expect((await api.get(`/api/v1/accounts/${bo}/statuses`)).body).toHaveLength(1)
    expect(api.problems).toEqual([])
  })

  it('that are pinned and tagged', async () => {
    const api = await openApi()
    const me = owner(api.home).id
    const write = async (status: string) => (await api.call('POST', '/api/v1/statuses', { status })).body.id as string
    const [first, second] = [await write('One #boats'), await write('Two')]
    pin(api.home, Number(first))
    const ids = async (query: string) => ((await api.get(`/api/v1/accounts/${me}/statuses?${query}`)).body as Json[]).map((one) => one.id)
    expect(await ids('pinned=true')).toEqual([first])
    expect(await ids('tagged=Boats')).toEqual([first])
    expect(await ids('')).toEqual([second, first])
  })
})

describe('the owner', () => {
  it('who has moved shows where to', async () => {
    const api = await openApi()
    const there = person(api.home, 'ana', 'new.example')
    addAlias(api.home, 'https://old.example/users/ana')
    moveAway(api.home, there)
    expect((await api.get('/api/v1/accounts/verify_credentials')).body.moved).toMatchObject({ acct: 'ana@new.example' })
    expect((await api.get('/api/v1/accounts/lookup?acct=ana')).body.moved).toMatchObject({ acct: 'ana@new.example' })
  })

  it('says who may quote, and apps can change it', async () => {
    const api = await openApi()
    const policy = async () => (await api.get('/api/v1/preferences')).body['posting:default:quote_policy']
    expect(await policy()).toBe('public')
    const changed = await api.call('PATCH', '/api/v1/accounts/update_credentials', { source: { quote_policy: 'followers' } })
    expect([changed.body.source.quote_policy, await policy()]).toEqual(['followers', 'followers'])
    expect((await api.call('PATCH', '/api/v1/accounts/update_credentials', { source: { quote_policy: 'friends' } })).status).toBe(422)
  })

  it('has emojis, which everybody sees; those of others only the owner, and not to be picked', async () => {
    const api = await openApi({ listener: 'public' })
    const own = wave(api)
    person(api.home, 'bo', 'tide.example', {
      emojis: [
        { shortcode: 'wave', url: 'https://tide.example/wave.png' },
        { shortcode: 'crab', url: 'https://tide.example/crab.png' },
      ],
    })
    const strangers = (await api.get('/api/v1/custom_emojis', { token: null })).body
    expect(strangers).toMatchObject([{ shortcode: 'wave', visible_in_picker: true }])
    expect(strangers[0].url).toContain(own.token)
    expect((await api.get('/api/v1/custom_emojis')).body).toMatchObject([
      { shortcode: 'wave', visible_in_picker: true },
      { shortcode: 'crab', visible_in_picker: false },
    ])
    const post = (await api.call('POST', '/api/v1/statuses', { status: 'Hello :wave: :crab:' })).body
    expect(post.emojis).toMatchObject([{ shortcode: 'wave' }])
  })

  it('declares polls, pins and hashtags as they can be had', async () => {
    const api = await openApi()
    const { configuration, api_versions: versions } = (await api.get('/api/v2/instance')).body
    expect(configuration.polls).toEqual({ max_options: 8, max_characters_per_option: 100, min_expiration: 300, max_expiration: 2_592_000 })
    expect(configuration.accounts).toMatchObject({ max_featured_tags: 10, max_pinned_statuses: 5 })
    expect(versions.mastodon).toBe(7)
    const options = Array.from({ length: configuration.polls.max_options }, (_, i) =>
      `${i}`.repeat(configuration.polls.max_characters_per_option),
    )
    const poll = (more: object) => ({ status: 'Which?', poll: { options, expires_in: configuration.polls.min_expiration, ...more } })
    expect((await api.call('POST', '/api/v1/statuses', poll({}))).body.poll.options).toHaveLength(8)
    expect((await api.call('POST', '/api/v1/statuses', poll({ options: [...options, 'one more'] }))).status).toBe(422)
    expect((await api.call('POST', '/api/v1/statuses', poll({ expires_in: configuration.polls.max_expiration + 1 }))).status).toBe(422)
  })
})

describe('requests', () => {
  it('of strangers are looked at, accepted, dismissed; nothing of them rings before', async () => {
    const api = await openApi()
    const createdAt = api.home.clock.at - 365 * 24 * HOUR
    const [bo, cy] = [person(api.home, 'bo', 'tide.example', { createdAt }), person(api.home, 'cy', 'tide.example', { createdAt })]
    const crowd = [
      { acct: 'ana', accountId: owner(api.home).id },
      ...[1, 2, 3, 4, 5].map((i) => ({ acct: `x${i}@far.example`, accountId: null })),
    ]
    for (const id of [bo, bo, cy]) received(api.home, id, { mentions: crowd, forOwner: true, content: `<p>from ${id}</p>` })
    expect((await api.get('/api/v1/notifications')).body).toEqual([])
    expect((await api.get('/api/v2/notifications/policy')).body.summary).toEqual({
      pending_requests_count: 2,
      pending_notifications_count: 3,
    })
    const page = await api.get('/api/v1/notifications/requests?limit=1')
    expect(page.body).toMatchObject([{ id: String(cy), notifications_count: '1', last_status: { content: `<p>from ${cy}</p>` } }])
    expect((await api.get((page.links.next ?? '').replace(api.base, ''))).body).toMatchObject([
      { id: String(bo), notifications_count: '2' },
    ])
    expect((await api.get(`/api/v1/notifications/requests/${bo}`)).body.account.acct).toBe('bo@tide.example')
    expect(types((await api.get(`/api/v1/notifications?account_id=${bo}&include_filtered=true`)).body)).toEqual(['mention', 'mention'])
    expect((await api.call('POST', `/api/v1/notifications/requests/${bo}/accept`)).body).toEqual({})
    expect(types((await api.get('/api/v1/notifications')).body)).toEqual(['mention', 'mention'])
    expect((await api.call('POST', `/api/v1/notifications/requests/${bo}/accept`)).status).toBe(404)
    expect((await api.call('POST', '/api/v1/notifications/requests/dismiss', { id: [String(cy), String(bo)] })).status).toBe(404)
    expect((await api.call('POST', '/api/v1/notifications/requests/dismiss', { id: [String(cy)] })).body).toEqual({})
    expect((await api.get('/api/v1/notifications/requests')).body).toEqual([])
    expect((await api.get('/api/v1/notifications/requests/merged')).body).toEqual({ merged: true })
  })
})
