import { describe, expect, it } from 'vitest'
import { saveDraft } from '../../../src-main/domain/drafts.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { block, mute } from '../../../src-main/domain/follows.ts'
import { createToken } from '../../../src-main/domain/grants.ts'
import { receiveBoost, receiveEdit, releasePost } from '../../../src-main/domain/posts.ts'
import { followed, HOUR, MINUTE, person, received, remotePost, upload } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const post = async (api: Api, fields: Record<string, unknown>, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/v1/statuses', fields, { headers })
const home = async (api: Api) => (await api.get('/api/v1/timelines/home')).body.map((status: { id: string }) => status.id) as string[]

describe('writing', () => {
  it('is on the home timeline at once, and its draft is gone', async () => {
    const api = await openApi()
    const draftId = 'b4b54d34-6a64-4a3f-b02d-8d5b0e0b6a35'
    const empty = {
      warning: '',
      sensitive: false,
      visibility: 'public' as const,
      language: null,
      inReplyToId: null,
      editOf: null,
      mediaIds: [],
      caret: 0,
    }
    saveDraft(api.home, draftId, { ...empty, text: 'Hello' })
    const { body } = await post(api, { status: 'Hello', draft_id: draftId })
    expect(await home(api)).toEqual([body.id])
    expect(api.home.store.database.prepare('select count(*) as n from drafts').get()).toEqual({ n: 0 })
  })

  it('with the same key within an hour is the same post, for each token', async () => {
    const api = await openApi()
    const key = { 'idempotency-key': 'k1' }
    const first = (await post(api, { status: 'Once' }, key)).body
    const [second, third] = await Promise.all([post(api, { status: 'Once' }, key), post(api, { status: 'Once' }, key)])
    expect([second.body.id, third.body.id]).toEqual([first.id, first.id])
    const { token } = createToken(api.home, 'app', ['write'], null)
    const other = await api.call('POST', '/api/v1/statuses', { status: 'Once' }, { headers: key, token })
    expect(other.body.id).not.toBe(first.id)
    api.home.clock.at += HOUR + 1
    expect((await post(api, { status: 'Once' }, key)).body.id).not.toBe(first.id)
  })

  it('carries files in the order given, and refuses what is not there', async () => {
    const api = await openApi()
    const [one, two] = [upload(api.home, { description: 'one' }), upload(api.home, { description: 'two' })]
    const { body } = await post(api, { status: 'Boats', media_ids: [String(two), String(one)] })
    expect(body.media_attachments.map((file: { description: string }) => file.description)).toEqual(['two', 'one'])
    expect((await post(api, { status: 'Again', media_ids: [String(one)] })).status).toBe(422)
    expect((await post(api, { status: 'None', media_ids: ['7'] })).status).toBe(404)
    expect((await post(api, { status: 'None', media_ids: ['x'] })).status).toBe(422)
    expect((await home(api)).length).toBe(1)
  })

  it.each([
    [{ status: '' }, 422],
    [{ status: 'x'.repeat(501) }, 422],
    [{ status: 'x', visibility: 'everybody' }, 422],
    [{ status: 'x', language: 'not a language' }, 422],
    [{ status: 'x', in_reply_to_id: '99' }, 404],
    [{ status: 'x', in_reply_to_id: 'abc' }, 404],
    // Better refused than without its question.
    [{ status: 'x', poll: { options: ['a', 'b'], expires_in: 60 } }, 422],
    [{ status: 'x', poll: { options: ['a'], expires_in: 300 } }, 422],
    [{ status: 'x', poll: { options: ['a', 'a'], expires_in: 300 } }, 422],
    [{ status: 'x', poll: { options: ['a', 'x'.repeat(101)], expires_in: 300 } }, 422],
    [{ status: 'x', poll: { options: [...'abcdefghi'], expires_in: 300 } }, 422],
    [{ status: '', poll: { options: ['a', 'b'], expires_in: 300 } }, 422],
    [{ status: 'x', quoted_status_id: '1' }, 404],
    [{ status: 'x', quoted_status_id: 'one' }, 404],
    [{ status: 'x', quote_approval_policy: 'friends' }, 422],
  ])('%j is refused and nothing is written', async (fields, status) => {
    const api = await openApi()
    const answer = await post(api, fields)
    expect([answer.status, await home(api)]).toEqual([status, []])
    if (status === 422) expect(answer.body.error).toMatch(/^Validation failed: /)
    else expect(answer.body.error).toBe('Record not found')
  })

  it('follows the owner’s wishes where the client says nothing', async () => {
    const api = await openApi()
    await api.call('PATCH', '/api/v1/accounts/update_credentials', { source: { privacy: 'private', language: 'fr' } })
    expect((await post(api, { status: 'Bonjour' })).body).toMatchObject({ visibility: 'private', language: 'fr' })
  })
})

describe('editing', () => {
  it('keeps what is not mentioned, honours the order of files and their words', async () => {
    const api = await openApi()
    const [one, two, three] = [upload(api.home), upload(api.home), upload(api.home)]
    const { body } = await post(api, { status: 'Boats', spoiler_text: 'sea', media_ids: [one, two].map(String), language: 'en' })
    releasePost(api.home, Number(body.id), api.home.clock.at)
    api.home.clock.at += MINUTE
    const edit = await api.call('PUT', `/api/v1/statuses/${body.id}`, {
      media_ids: [three, one].map(String),
      media_attributes: [{ id: String(one), description: 'A boat', focus: '0.1,0.2' }],
    })
    expect(edit.body).toMatchObject({
      content: '<p>Boats</p>',
      spoiler_text: 'sea',
      language: 'en',
      edited_at: new Date(api.home.clock.at).toISOString(),
    })
    expect(edit.body.media_attachments.map((file: { id: string; description: string | null }) => [file.id, file.description])).toEqual([
      [String(three), null],
      [String(one), 'A boat'],
    ])
    expect((await api.get(`/api/v1/statuses/${body.id}/source`)).body).toEqual({
      id: body.id,
      text: 'Boats',
      spoiler_text: 'sea',
      content_type: 'text/plain',
    })
    const form = await api.call('PATCH', `/api/v1/statuses/${body.id}`, undefined, {
      payload: `status=Ships&media_ids[]=${one}&media_attributes[][id]=${one}&media_attributes[][description]=Ship`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect([form.body.content, form.body.media_attachments.length, form.body.media_attachments[0].description]).toEqual([
      '<p>Ships</p>',
      1,
      'Ship',
    ])
    const { body: history } = await api.get(`/api/v1/statuses/${body.id}/history`)
    expect(history.map((version: { media_attachments: unknown[] }) => version.media_attachments.length)).toEqual([2, 2, 1])
  })

  it('is for own posts only', async () => {
    const api = await openApi()
    const theirs = received(api.home, person(api.home, 'bo'))
    for (const [method, path] of [
      ['PUT', ''],
      ['DELETE', ''],
      ['GET', '/source'],
    ] as const)
      expect(
        (await api.call(method, `/api/v1/statuses/${theirs}${path}`, method === 'PUT' ? { status: 'x' } : undefined)).status,
        method,
      ).toBe(404)
    expect((await api.get(`/api/v1/statuses/${theirs}`)).status).toBe(200)
  })

  it('of others shows its history', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const uri = 'https://tide.example/notes/edited'
    const id = received(api.home, bo, { uri, content: '<p>One</p>' })
    receiveEdit(api.home, remotePost(bo, { uri, content: '<p>Two</p>', edited: api.home.clock.at }))
    expect((await api.get(`/api/v1/statuses/${id}/history`)).body.map((version: { content: string }) => version.content)).toEqual([
      '<p>One</p>',
      '<p>Two</p>',
    ])
  })
})

describe('deleting', () => {
  it('gives back the text and the files, which can be used again', async () => {
    const api = await openApi()
    const file = upload(api.home)
    const { body } = await post(api, { status: 'Boats & <tides>', media_ids: [String(file)] })
    const gone = await api.call('DELETE', `/api/v1/statuses/${body.id}`)
    expect(gone.body).toMatchObject({ text: 'Boats & <tides>', media_attachments: [{ id: String(file) }] })
    expect((await api.get(`/api/v1/statuses/${body.id}`)).status).toBe(404)
    expect((await post(api, { status: gone.body.text, media_ids: [String(file)] })).status).toBe(200)
  })
})

describe('interactions', () => {
  it('are there, are taken back, and are no error when repeated', async () => {
    const api = await openApi()
    const id = received(api.home, person(api.home, 'bo'))
    const act = async (verb: string) => (await api.call('POST', `/api/v1/statuses/${id}/${verb}`)).body
    expect(await act('favourite')).toMatchObject({ id: String(id), favourited: true, favourites_count: 1 })
    expect(await act('favourite')).toMatchObject({ favourites_count: 1 })
    expect(await act('unfavourite')).toMatchObject({ favourited: false, favourites_count: 0 })
    expect(await act('unfavourite')).toMatchObject({ favourited: false })
    expect(await act('bookmark')).toMatchObject({ bookmarked: true })
    expect((await api.get('/api/v1/bookmarks')).body).toHaveLength(1)
    expect(await act('unbookmark')).toMatchObject({ bookmarked: false })
    const boost = await act('reblog')
    expect(boost).toMatchObject({ reblogged: true, reblog: { id: String(id), reblogged: true, reblogs_count: 1 } })
    expect((await act('reblog')).id).toBe(boost.id)
    // By the id of the boost too: clients act on what they show.
    expect((await api.call('POST', `/api/v1/statuses/${boost.id}/favourite`)).body).toMatchObject({ id: String(id), favourited: true })
    expect(await act('unreblog')).toMatchObject({ id: String(id), reblogged: false, reblogs_count: 0, reblog: null })
  })

  it('of others are listed', async () => {
    const api = await openApi()
    const { body } = await post(api, { status: 'Boats' })
    releasePost(api.home, Number(body.id), api.home.clock.at)
    const [bo, cy] = [person(api.home, 'bo'), person(api.home, 'cy')]
    receiveFavourite(api.home, { uri: null, accountId: bo, postId: Number(body.id) })
    receiveBoost(api.home, { uri: 'https://tide.example/b', accountId: cy, postId: Number(body.id), published: null, visibility: 'public' })
    const who = async (path: string) =>
      (await api.get(`/api/v1/statuses/${body.id}/${path}`)).body.map((account: { acct: string }) => account.acct)
    expect([await who('favourited_by'), await who('reblogged_by')]).toEqual([['bo@tide.example'], ['cy@tide.example']])
  })

  it('a post for followers is not boosted', async () => {
    const api = await openApi()
    const id = received(api.home, followed(api.home, 'bo'), { visibility: 'private' })
    expect(await api.call('POST', `/api/v1/statuses/${id}/reblog`)).toMatchObject({
      status: 403,
      body: { error: 'This action is not allowed' },
    })
  })
})

describe('reading', () => {
  it('threads stand in order, root first, without people the owner does not want to see', async () => {
    const api = await openApi()
    const [bo, rude] = [person(api.home, 'bo'), person(api.home, 'rude')]
    const root = received(api.home, bo, { uri: 'https://tide.example/root', published: api.home.clock.at - 5 * MINUTE })
    const { body: mine } = await post(api, { status: 'Yes', in_reply_to_id: String(root) })
    releasePost(api.home, Number(mine.id), api.home.clock.at)
    const at = (minutes: number) => ({ inReplyToUri: mine.uri as string, forOwner: true, published: api.home.clock.at - minutes * 1000 })
    api.home.clock.at += MINUTE
    const early = received(api.home, bo, at(30))
    const late = received(api.home, bo, at(10))
    received(api.home, rude, at(20))
    block(api.home, rude)
    const { body } = await api.get(`/api/v1/statuses/${mine.id}/context`)
    const read = (list: { id: string }[]) => list.map((status) => Number(status.id))
    expect([read(body.ancestors), read(body.descendants)]).toEqual([[root], [early, late]])
  })

  it('several at once come in the order asked, 20 at most', async () => {
    const api = await openApi()
    const made = [received(api.home, person(api.home, 'bo')), received(api.home, person(api.home, 'bo'))]
    const { body } = await api.get(`/api/v1/statuses?id[]=${made[1]}&id[]=77&id[]=${made[0]}`)
    expect(body.map((status: { id: string }) => Number(status.id))).toEqual([made[1], made[0]])
    expect((await api.get(`/api/v1/statuses?${Array.from({ length: 21 }, (_, i) => `id[]=${i + 1}`).join('&')}`)).status).toBe(422)
  })

  it('a mute that has run out hides nothing any more, a boost of a blocked author is hidden', async () => {
    const api = await openApi()
    const [bo, cy, rude] = [followed(api.home, 'bo'), followed(api.home, 'cy'), person(api.home, 'rude')]
    const one = received(api.home, bo)
    const bad = received(api.home, rude)
    receiveBoost(api.home, { uri: 'https://tide.example/b', accountId: cy, postId: bad, published: null, visibility: 'public' })
    expect(await home(api)).toHaveLength(2)
    mute(api.home, bo, { durationMs: HOUR })
    block(api.home, rude)
    expect(await home(api)).toEqual([])
    api.home.clock.at += HOUR + 1
    expect(await home(api)).toEqual([String(one)])
  })

  it('hashtags combine any, all and none', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const tagged = (...tags: string[]) => received(api.home, bo, { tags })
    const [a, ab, abc, b] = [tagged('a'), tagged('a', 'b'), tagged('a', 'b', 'c'), tagged('b')]
    const page = async (query: string) =>
      (await api.get(`/api/v1/timelines/tag/${query}`)).body.map((status: { id: string }) => Number(status.id)).sort()
    expect(await page('A')).toEqual([a, ab, abc].sort())
    expect(await page('%23a')).toEqual([a, ab, abc].sort())
    expect(await page('a?any[]=b')).toEqual([a, ab, abc, b].sort())
    expect(await page('a?all[]=b')).toEqual([ab, abc].sort())
    expect(await page('a?all[]=b&none[]=c')).toEqual([ab])
    expect(await page('a?local=true')).toEqual([])
  })
})
