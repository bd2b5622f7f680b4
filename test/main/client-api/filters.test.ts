import { describe, expect, it } from 'vitest'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { receiveBoost } from '../../../src-main/domain/posts.ts'
import { findOwnerId } from '../../../src-main/domain/owner.ts'
import { followed, HOUR, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

const FORM = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const make = async (api: Api, wishes: object) => (await api.call('POST', '/api/v2/filters', wishes)).body
/** What was found in each status, by id. */
const found = (list: Json) =>
  Object.fromEntries(list.map((one: Json) => [one.id, one.filtered.flatMap((match: Json) => match.keyword_matches)])) as Record<
    string,
    string[]
  >

describe('filters', () => {
  it('are made with their words, read, changed and removed', async () => {
    const api = await openApi()
    const filter = await make(api, {
      title: 'Storms',
      context: ['home', 'public'],
      filter_action: 'hide',
      expires_in: '3600',
      keywords_attributes: [{ keyword: 'gale', whole_word: 'false' }, { keyword: 'hurricane' }],
    })
    expect(filter).toMatchObject({
      title: 'Storms',
      context: ['home', 'public'],
      filter_action: 'hide',
      expires_at: new Date(NOON + HOUR).toISOString(),
      keywords: [
        { keyword: 'gale', whole_word: false },
        { keyword: 'hurricane', whole_word: true },
      ],
      statuses: [],
    })
    expect((await api.get('/api/v2/filters')).body).toEqual([filter])
    const [gale, hurricane] = filter.keywords
    const { body: changed } = await api.call('PUT', `/api/v2/filters/${filter.id}`, {
      title: 'Wind',
      filter_action: 'blur',
      expires_in: '',
      keywords_attributes: [
        { id: gale.id, _destroy: true },
        { id: hurricane.id, keyword: 'cyclone' },
        { keyword: 'typhoon', whole_word: false },
      ],
    })
    expect(changed).toMatchObject({ title: 'Wind', context: ['home', 'public'], filter_action: 'blur', expires_at: null })
    expect(changed.keywords.map((word: Json) => [word.keyword, word.whole_word])).toEqual([
      ['cyclone', true],
      ['typhoon', false],
    ])
    expect((await api.get(`/api/v2/filters/${filter.id}`)).body).toEqual(changed)
    expect((await api.call('DELETE', `/api/v2/filters/${filter.id}`)).body).toEqual({})
    expect((await api.get('/api/v2/filters')).body).toEqual([])
    expect((await api.get(`/api/v2/filters/${filter.id}`)).status).toBe(404)
  })

  it('take forms as Rails reads them', async () => {
    const api = await openApi()
    const body =
      'title=A&context[]=home&context[]=thread&keywords_attributes[][keyword]=one&keywords_attributes[][whole_word]=true' +
      '&keywords_attributes[][keyword]=two&keywords_attributes[][whole_word]=0'
    const { body: filter } = await api.call('POST', '/api/v2/filters', body, FORM)
    expect([filter.context, filter.filter_action, filter.keywords.map((word: Json) => [word.keyword, word.whole_word])]).toEqual([
      ['home', 'thread'],
      'warn',
      [
        ['one', true],
        ['two', false],
      ],
    ])
    const [one] = filter.keywords
    const gone = `keywords_attributes[0][id]=${one.id}&keywords_attributes[0][_destroy]=1`
    expect((await api.call('PATCH', `/api/v2/filters/${filter.id}`, gone, FORM)).body.keywords).toHaveLength(1)
  })

  it('say what is wrong and change nothing', async () => {
    const api = await openApi()
    const refused = async (wishes: object) => {
      const { status, body } = await api.call('POST', '/api/v2/filters', wishes)
      expect(status).toBe(422)
      return body.error as string
    }
    expect(await refused({ context: ['home'] })).toBe("Validation failed: Title can't be blank")
    expect(await refused({ title: 'A' })).toBe("Validation failed: Context can't be blank")
    expect(await refused({ title: 'A', context: ['cellar'] })).toBe("Validation failed: Context can't be blank")
    expect(await refused({ title: 'A', context: ['home'], filter_action: 'burn' })).toMatch(/^Validation failed: /)
    expect(await refused({ title: 'A', context: ['home'], keywords_attributes: [{ keyword: ' ' }] })).toMatch(/Keyword can't be blank/)
    expect(await refused({ title: 'A', context: ['home'], keywords_attributes: [{ keyword: 'x'.repeat(600) }] })).toMatch(/too long/)
    expect((await api.get('/api/v2/filters')).body).toEqual([])
    const mine = await make(api, { title: 'A', context: ['home'] })
    const theirs = await make(api, { title: 'B', context: ['home'], keywords_attributes: [{ keyword: 'word' }] })
    // A word of another filter is no word of this one.
    const stolen = { keywords_attributes: [{ id: theirs.keywords[0].id, _destroy: true }] }
    expect((await api.call('PUT', `/api/v2/filters/${mine.id}`, stolen)).status).toBe(404)
    expect((await api.get(`/api/v2/filters/${theirs.id}`)).body.keywords).toHaveLength(1)
    for (const path of ['filters/1', 'filters/x/keywords', 'filters/keywords/1', 'filters/statuses/99999999999999999999']) {
      expect((await api.get(`/api/v2/${path}`)).status, path).toBe(404)
    }
  })

  it('have words and posts of their own addresses', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const post = received(api.home, bo)
    const { id } = await make(api, { title: 'A', context: ['home'] })
    const at = (path: string) => `/api/v2/filters/${path}`
    const { body: word } = await api.call('POST', at(`${id}/keywords`), { keyword: 'gale', whole_word: false })
    expect(word).toEqual({ id: word.id, keyword: 'gale', whole_word: false })
    expect((await api.get(at(`${id}/keywords`))).body).toEqual([word])
    expect((await api.call('PUT', at(`keywords/${word.id}`), { whole_word: true })).body).toEqual({ ...word, whole_word: true })
    expect((await api.get(at(`keywords/${word.id}`))).body).toEqual({ ...word, whole_word: true })
    expect((await api.call('DELETE', at(`keywords/${word.id}`))).body).toEqual({})
    expect((await api.get(at(`keywords/${word.id}`))).status).toBe(404)

    const { body: one } = await api.call('POST', at(`${id}/statuses`), { status_id: String(post) })
    expect(one).toEqual({ id: one.id, status_id: String(post) })
    expect((await api.call('POST', at(`${id}/statuses`), { status_id: String(post) })).body).toEqual(one)
    expect((await api.call('POST', at(`${id}/statuses`), { status_id: '12' })).status).toBe(404)
    expect([(await api.get(at(`${id}/statuses`))).body, (await api.get(at(`statuses/${one.id}`))).body]).toEqual([[one], one])
    const { filtered } = (await api.get(`/api/v1/statuses/${post}`)).body
    expect(filtered).toMatchObject([{ filter: { id, title: 'A' }, keyword_matches: [], status_matches: [String(post)] }])
    expect((await api.call('DELETE', at(`statuses/${one.id}`))).body).toEqual({})
    expect((await api.get(`/api/v1/statuses/${post}`)).body.filtered).toEqual([])
  })

  it('are told wherever a post is shown: lists, threads, notifications, search; never of own posts, never to strangers', async () => {
    const api = await openApi({ listener: 'public' })
    const bo = followed(api.home, 'bo')
    const { body: mine } = await api.call('POST', '/api/v1/statuses', { status: 'My own gale' })
    const root = received(api.home, bo, { uri: 'https://tide.example/r', content: '<p>A <b>Gale</b> comes</p>', tags: ['sea'] })
    const answer = received(api.home, bo, {
      content: '<p>@ana more gale</p>',
      inReplyToUri: 'https://tide.example/r',
      mentions: [{ acct: 'ana', accountId: findOwnerId(api.home) }],
    })
    const calm = received(api.home, bo, { content: '<p>Calm</p>' })
    const boost = receiveBoost(api.home, {
      uri: 'https://tide.example/b',
      accountId: bo,
      postId: root,
      published: NOON,
      visibility: 'public',
    })
    expect(found((await api.get('/api/v1/timelines/home')).body)[root]).toEqual([])
    const filter = await make(api, { title: 'Wind', context: ['home'], filter_action: 'hide', keywords_attributes: [{ keyword: 'gale' }] })
    const home = (await api.get('/api/v1/timelines/home')).body
    expect(found(home)).toMatchObject({ [mine.id]: [], [calm]: [], [root]: ['gale'], [answer]: ['gale'] })
    expect(home.find((one: Json) => one.id === String(root)).filtered).toEqual([
      {
        filter: { id: filter.id, title: 'Wind', context: ['home'], expires_at: null, filter_action: 'hide' },
        keyword_matches: ['gale'],
        status_matches: [],
      },
    ])
    const wrapper = (await api.get(`/api/v1/statuses/${boost?.id}`)).body
    expect([wrapper.filtered.length, wrapper.reblog.filtered.length]).toEqual([1, 1])
    const where = {
      public: (await api.get('/api/v1/timelines/public')).body,
      tag: (await api.get('/api/v1/timelines/tag/sea')).body,
      profile: (await api.get(`/api/v1/accounts/${bo}/statuses`)).body,
      one: [(await api.get(`/api/v1/statuses/${root}`)).body],
      thread: (await api.get(`/api/v1/statuses/${answer}/context`)).body.ancestors,
      search: (await api.get('/api/v2/search?q=gale')).body.statuses,
    }
    for (const [place, list] of Object.entries(where)) expect(found(list)[root], place).toEqual(['gale'])
    expect(found((await api.get('/api/v1/notifications')).body.map((one: Json) => one.status))[answer]).toEqual(['gale'])
    expect(found((await api.get('/api/v2/notifications')).body.statuses)[answer]).toEqual(['gale'])
    expect(notificationsPage(api.home, { limit: 9 })).toHaveLength(1)
    const theirView = (await api.get(`/api/v1/statuses/${mine.id}`, { token: null })).status
    expect([200, 404]).toContain(theirView)
  })

  it('end when their time is over', async () => {
    const api = await openApi()
    const post = received(api.home, person(api.home, 'bo'), { content: '<p>gale</p>' })
    await make(api, { title: 'A', context: ['home'], expires_in: 3600, keywords_attributes: [{ keyword: 'gale' }] })
    expect((await api.get(`/api/v1/statuses/${post}`)).body.filtered).toHaveLength(1)
    api.home.clock.at += HOUR + 1
    expect((await api.get(`/api/v1/statuses/${post}`)).body.filtered).toEqual([])
    expect((await api.get('/api/v2/filters')).body).toHaveLength(1)
  })
})

describe('filters of version 1', () => {
  it('are the words of the others', async () => {
    const api = await openApi()
    const filter = await make(api, {
      title: 'Wind',
      context: ['home'],
      filter_action: 'hide',
      keywords_attributes: [{ keyword: 'gale' }, { keyword: 'storm', whole_word: false }],
    })
    const [gale, storm] = filter.keywords
    const { body } = await api.get('/api/v1/filters')
    expect(body).toEqual([
      { id: gale.id, phrase: 'gale', context: ['home'], whole_word: true, expires_at: null, irreversible: true },
      { id: storm.id, phrase: 'storm', context: ['home'], whole_word: false, expires_at: null, irreversible: true },
    ])
    expect((await api.get(`/api/v1/filters/${gale.id}`)).body).toEqual(body[0])
    // What belongs to both words cannot be changed by way of one of them.
    expect((await api.call('PUT', `/api/v1/filters/${gale.id}`, { phrase: 'gale', context: ['public'] })).status).toBe(422)
    const renamed = await api.call('PUT', `/api/v1/filters/${gale.id}`, { phrase: 'breeze', context: ['home'], irreversible: true })
    expect(renamed.body).toEqual({ ...body[0], phrase: 'breeze' })
    expect((await api.get('/api/v2/filters')).body[0].keywords[0].keyword).toBe('breeze')
  })

  it('are made, changed and removed', async () => {
    const api = await openApi()
    const wishes = { phrase: 'gale', context: ['home', 'thread'], irreversible: 'true', expires_in: 60 }
    const { body: made } = await api.call('POST', '/api/v1/filters', wishes)
    expect(made).toMatchObject({ phrase: 'gale', irreversible: true, whole_word: false, expires_at: new Date(NOON + 60_000).toISOString() })
    expect((await api.get('/api/v2/filters')).body).toMatchObject([{ title: 'gale', filter_action: 'hide', context: ['home', 'thread'] }])
    const { body } = await api.call('PUT', `/api/v1/filters/${made.id}`, { phrase: 'gale', context: ['public'], irreversible: false })
    expect(body).toMatchObject({ context: ['public'], irreversible: false })
    expect((await api.call('DELETE', `/api/v1/filters/${made.id}`)).body).toEqual({})
    expect((await api.get('/api/v2/filters')).body).toEqual([])
    expect((await api.call('POST', '/api/v1/filters', { context: ['home'] })).status).toBe(422)
    expect((await api.get(`/api/v1/filters/${made.id}`)).status).toBe(404)
  })
})
