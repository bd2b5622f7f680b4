import { describe, expect, it } from 'vitest'
import { receiveAccept, receiveFollow } from '../../../src-main/domain/follows.ts'
import { updateProfile } from '../../../src-main/domain/owner.ts'
import { followed, HOUR, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Json } from './instance.ts'

const accts = (people: Json) => people.map((one: { acct: string }) => one.acct) as string[]

describe('relations', () => {
  it('a follow is asked for, granted, changed, ended, each answer as things stand then', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const act = async (verb: string, body?: unknown) => (await api.call('POST', `/api/v1/accounts/${bo}/${verb}`, body)).body
    expect(await act('follow')).toMatchObject({
      id: String(bo),
      following: false,
      requested: true,
      showing_reblogs: true,
      notifying: false,
    })
    receiveAccept(api.home, { accountId: bo })
    expect(await act('follow', { reblogs: false, notify: true })).toMatchObject({
      following: true,
      requested: false,
      showing_reblogs: false,
      notifying: true,
    })
    expect(await act('unfollow')).toMatchObject({ following: false, requested: false, showing_reblogs: false })
    expect(await act('unfollow')).toMatchObject({ following: false })
  })

  it('block, mute and note', async () => {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const act = async (verb: string, body?: unknown) => (await api.call('POST', `/api/v1/accounts/${bo}/${verb}`, body)).body
    expect(await act('note', { comment: 'Met at the harbour' })).toMatchObject({ note: 'Met at the harbour' })
    expect(await act('mute', { duration: '3600', notifications: 'false' })).toMatchObject({ muting: true, muting_notifications: false })
    const [muted] = (await api.get('/api/v1/mutes')).body
    expect([muted.acct, muted.mute_expires_at]).toEqual(['bo@tide.example', new Date(api.home.clock.at + HOUR).toISOString()])
    api.home.clock.at += HOUR + 1
    expect((await api.get('/api/v1/mutes')).body).toEqual([])
    expect(await act('mute')).toMatchObject({ muting: true, muting_notifications: true })
    expect(await act('unmute')).toMatchObject({ muting: false })
    expect(await act('block')).toMatchObject({ blocking: true, following: false })
    expect(accts((await api.get('/api/v1/blocks')).body)).toEqual(['bo@tide.example'])
    expect(await act('unblock')).toMatchObject({ blocking: false, note: 'Met at the harbour' })
  })

  it('requests are shown, granted and refused', async () => {
    const api = await openApi()
    updateProfile(api.home, { locked: true })
    const [bo, cy] = [person(api.home, 'bo'), person(api.home, 'cy')]
    for (const accountId of [bo, cy]) receiveFollow(api.home, { accountId, uri: `https://tide.example/f/${accountId}` })
    expect(accts((await api.get('/api/v1/follow_requests?limit=1')).body)).toEqual(['cy@tide.example'])
    expect((await api.get('/api/v1/accounts/verify_credentials')).body.source.follow_requests_count).toBe(2)
    expect((await api.call('POST', `/api/v1/follow_requests/${bo}/authorize`)).body).toMatchObject({
      followed_by: true,
      requested_by: false,
    })
    expect((await api.call('POST', `/api/v1/follow_requests/${cy}/reject`)).body).toMatchObject({ followed_by: false, requested_by: false })
    expect((await api.call('POST', `/api/v1/follow_requests/${cy}/reject`)).status).toBe(404)
    const me = (await api.get('/api/v1/accounts/lookup?acct=ana')).body
    expect([me.followers_count, accts((await api.get(`/api/v1/accounts/${me.id}/followers`)).body)]).toEqual([1, ['bo@tide.example']])
    expect((await api.call('POST', `/api/v1/accounts/${bo}/remove_from_followers`)).body.followed_by).toBe(false)
  })

  it('with oneself do not exist', async () => {
    const api = await openApi()
    const { id } = (await api.get('/api/v1/accounts/lookup?acct=ana')).body
    for (const verb of ['follow', 'block', 'mute'])
      expect([403, 422], verb).toContain((await api.call('POST', `/api/v1/accounts/${id}/${verb}`)).status)
  })
})

describe('search', () => {
  it('finds people by the beginning of a name, a host or a display name: that very name first, then followed ones', async () => {
    const api = await openApi()
    person(api.home, 'bob')
    person(api.home, 'bobby', 'reef.example', { displayName: 'Robert Sand' })
    followed(api.home, 'bobert')
    person(api.home, 'zoe', 'tide.example', { displayName: 'Zoe 100% Bob_' })
    const find = async (q: string, more = '') => accts((await api.get(`/api/v1/accounts/search?q=${encodeURIComponent(q)}${more}`)).body)
    // Exactly that name, then followed, then whose name begins so, then a word of the display name.
    expect(await find('bob')).toEqual(['bob@tide.example', 'bobert@tide.example', 'bobby@reef.example', 'zoe@tide.example'])
    expect(await find('@BOB')).toHaveLength(4)
    expect(await find('bob@re')).toEqual(['bobby@reef.example'])
    expect(await find('sand')).toEqual(['bobby@reef.example'])
    expect(await find('bob', '&following=true')).toEqual(['bobert@tide.example'])
    expect(await find('bob', '&limit=1&offset=1')).toEqual(['bobert@tide.example'])
    // Letters that mean something to SQL are only letters.
    expect(await find('%')).toEqual([])
    expect(await find('_')).toEqual([])
    expect(await find('100%')).toEqual(['zoe@tide.example'])
  })

  it('goes to the network only when asked to, and only for what is not known', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    api.resolver.accounts.set('new@reef.example', bo)
    expect(accts((await api.get('/api/v2/search?q=@bo@tide.example&resolve=true')).body.accounts)).toEqual(['bo@tide.example'])
    expect((await api.get('/api/v2/search?q=@new@reef.example')).body.accounts).toEqual([])
    expect(api.resolver.asked).toEqual([])
    expect(accts((await api.get('/api/v2/search?q=%40new%40reef.example&resolve=true')).body.accounts)).toEqual(['bo@tide.example'])
    expect(api.resolver.asked).toEqual(['new@reef.example'])
  })

  it('takes addresses: ours and known ones at once, others through the resolver', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const theirs = received(api.home, bo, { uri: 'https://tide.example/notes/known' })
    const { body: mine } = await api.call('POST', '/api/v1/statuses', { status: 'Boats #tides' })
    const find = async (q: string, resolve = false) => {
      const { body } = await api.get(`/api/v2/search?q=${encodeURIComponent(q)}&resolve=${resolve}`)
      return [
        body.accounts.map((a: { id: string }) => a.id),
        body.statuses.map((s: { id: string }) => s.id),
        body.hashtags.map((t: { name: string }) => t.name),
      ]
    }
    expect(await find(mine.uri)).toEqual([[], [mine.id], []])
    expect(await find(mine.url)).toEqual([[], [mine.id], []])
    expect(await find('https://ana.example/@ana')).toEqual([[mine.account.id], [], []])
    expect(await find('https://ana.example/tags/Tides')).toEqual([[], [], ['tides']])
    expect(await find('https://ana.example/tags/%E0%A4%A')).toEqual([[], [], []])
    expect(await find('https://tide.example/notes/known', true)).toEqual([[], [String(theirs)], []])
    expect(api.resolver.asked).toEqual([])
    api.resolver.urls.set('https://far.example/@cy', { kind: 'account', id: bo })
    expect(await find('https://far.example/@cy')).toEqual([[], [], []])
    expect(await find('https://far.example/@cy', true)).toEqual([[String(bo)], [], []])
    expect(await find('https://nothing.example/x', true)).toEqual([[], [], []])
    expect(api.problems).toEqual([])
  })

  it('reads through everything kept: words, phrases, operators, Chinese', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const one = received(api.home, bo, { content: '<p>The tide is high tonight</p>', tags: ['sea'] })
    const two = received(api.home, person(api.home, 'cy'), {
      content: '<p>high tide tables</p>',
      language: 'fr',
      media: [{ kind: 'image', url: 'https://tide.example/i.jpg', mime: 'image/jpeg', description: 'A lighthouse' }],
    })
    const three = received(api.home, bo, { content: '<p>東京都の海</p>' })
    const find = async (q: string, more = '') =>
      (await api.get(`/api/v2/search?type=statuses&q=${encodeURIComponent(q)}${more}`)).body.statuses
        .map((s: { id: string }) => Number(s.id))
        .sort() as number[]
    expect(await find('tide')).toEqual([one, two].sort())
    expect(await find('"high tide"')).toEqual([two])
    expect(await find('tide -tables')).toEqual([one])
    expect(await find('tide from:bo@tide.example')).toEqual([one])
    expect(await find('tide', `&account_id=${bo}`)).toEqual([one])
    expect(await find('has:image')).toEqual([two])
    expect(await find('lang:fr tide')).toEqual([two])
    expect(await find('lighthouse')).toEqual([two])
    expect(await find('#sea')).toEqual([one])
    expect(await find('京都')).toEqual([three])
    for (const nonsense of ['"', '(', 'AND', 'NEAR(', 'text:', '*', "'; drop table posts", 'a* OR b', '-', 'from:', '\u0000'])
      expect(Array.isArray(await find(nonsense)), nonsense).toBe(true)
    expect(api.problems).toEqual([])
  })

  it('always has all three lists, and one kind only where asked', async () => {
    const api = await openApi()
    await api.call('POST', '/api/v1/statuses', { status: 'ana writes #ana' })
    expect((await api.get('/api/v2/search?q=')).body).toEqual({ accounts: [], statuses: [], hashtags: [] })
    const counts = async (more: string) => {
      const { body } = await api.get(`/api/v2/search?q=ana${more}`)
      return [body.accounts.length, body.statuses.length, body.hashtags.length]
    }
    expect([
      await counts(''),
      await counts('&type=accounts'),
      await counts('&type=statuses'),
      await counts('&type=hashtags'),
      await counts('&type=nonsense'),
    ]).toEqual([
      [1, 1, 1],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ])
  })
})
