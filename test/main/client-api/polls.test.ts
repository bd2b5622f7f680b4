import { describe, expect, it } from 'vitest'
import { createToken } from '../../../src-main/domain/grants.ts'
import { endPolls, receiveVote } from '../../../src-main/domain/polls.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { HOUR, MINUTE, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const BIRDS = {
  multiple: false,
  options: [
    { title: 'Gulls', votes: 3 },
    { title: 'Terns :tern:', votes: 1 },
  ],
  voters: 4,
  endsAt: NOON + HOUR,
  closedAt: null,
}
const question = (api: Api, change: Partial<typeof BIRDS> = {}) =>
  String(
    received(api.home, person(api.home, 'bo'), {
      type: 'Question',
      poll: { ...BIRDS, ...change },
      emojis: [{ shortcode: 'tern', url: 'https://tide.example/tern.png' }],
    }),
  )

describe('a poll of the owner', () => {
  it.each([
    ['JSON', { status: 'Tea?', poll: { options: ['Yes', 'No'], expires_in: 3600, multiple: true, hide_totals: false } }, undefined],
    [
      'a form',
      'status=Tea%3F&poll[options][]=Yes&poll[options][]=No&poll[expires_in]=3600&poll[multiple]=true',
      'application/x-www-form-urlencoded',
    ],
  ])('is written as %s and read back', async (_name, body, type) => {
    const api = await openApi()
    const written = await api.call('POST', '/api/v1/statuses', body, type ? { headers: { 'content-type': type } } : {})
    expect(written.status).toBe(200)
    const { id, poll } = written.body
    expect(poll).toEqual({
      id,
      expires_at: new Date(NOON + HOUR).toISOString(),
      expired: false,
      multiple: true,
      votes_count: 0,
      voters_count: 0,
      voted: true,
      as_of: null,
      own_votes: [],
      options: [
        { title: 'Yes', votes_count: 0 },
        { title: 'No', votes_count: 0 },
      ],
      emojis: [],
    })
    expect((await api.get(`/api/v1/polls/${id}`)).body).toEqual(poll)
    expect((await api.get('/api/v1/timelines/home')).body[0].poll).toEqual(poll)
    expect((await api.call('POST', `/api/v1/polls/${id}/votes`, { choices: [0] })).status).toBe(422)
  })

  it('keeps its numbers back until the end if asked to', async () => {
    const api = await openApi()
    const poll = { options: ['Yes', 'No'], expires_in: 3600, hide_totals: true }
    const { id } = (await api.call('POST', '/api/v1/statuses', { status: 'Tea?', poll })).body
    releasePost(api.home, Number(id), NOON)
    receiveVote(api.home, { postId: Number(id), accountId: person(api.home, 'bo'), name: 'Yes', uri: null, at: NOON })
    const counts = async () => (await api.get(`/api/v1/polls/${id}`)).body.options.map((o: { votes_count: number }) => o.votes_count)
    expect(await counts()).toEqual([null, null])
    api.home.clock.at += HOUR
    endPolls(api.home)
    expect(await counts()).toEqual([1, 0])
    // Strangers see the poll, but nobody's choice in it.
    expect((await api.get(`/api/v1/polls/${id}`, { token: null })).body).toMatchObject({ expired: true, voted: false, own_votes: [] })
  })

  it('stays in an edit that does not speak of it, changes with other answers, and can be read in the history', async () => {
    const api = await openApi()
    const poll = { options: ['Yes', 'No'], expires_in: 3600 }
    const { id } = (await api.call('POST', '/api/v1/statuses', { status: 'Tea?', poll })).body
    releasePost(api.home, Number(id), NOON)
    api.home.clock.at += MINUTE
    expect((await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea now?' })).body.poll.options.length).toBe(2)
    const changed = await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea?', poll: { ...poll, options: ['Yes', 'No', 'Later'] } })
    expect(changed.body.poll.options.length).toBe(3)
    const history = (await api.get(`/api/v1/statuses/${id}/history`)).body
    expect(history.at(-1).poll).toEqual({ options: [{ title: 'Yes' }, { title: 'No' }, { title: 'Later' }] })
    expect((await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea?', poll: { ...poll, options: ['Yes'] } })).status).toBe(422)
    expect((await api.get(`/api/v1/polls/${id}`)).body.options.length).toBe(3)
  })
})

describe('a poll of somebody', () => {
  it.each([
    ['numbers', { choices: [1] }, {}],
    ['texts', { choices: ['1'] }, {}],
    ['a form', 'choices[]=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ])('takes a vote sent as %s, once', async (_name, body, more) => {
    const api = await openApi()
    const id = question(api)
    const before = (await api.get(`/api/v1/statuses/${id}`)).body.poll
    expect(before).toMatchObject({ voted: false, own_votes: [], votes_count: 4, voters_count: 4 })
    expect(before.emojis.map((emoji: { shortcode: string }) => emoji.shortcode)).toEqual(['tern'])
    const answer = await api.call('POST', `/api/v1/polls/${id}/votes`, body, more)
    expect(answer.body).toMatchObject({ voted: true, own_votes: [1], votes_count: 5, voters_count: 5 })
    expect((await api.get(`/api/v1/polls/${id}`)).body).toEqual(answer.body)
    const again = await api.call('POST', `/api/v1/polls/${id}/votes`, body, more)
    expect([again.status, again.body.error]).toEqual([422, 'Validation failed: You have already voted on this poll'])
  })

  it('refuses what is no choice, when it is over, and what is not there; nothing is changed', async () => {
    const api = await openApi()
    const id = question(api)
    const vote = async (poll: string, choices: unknown) => (await api.call('POST', `/api/v1/polls/${poll}/votes`, { choices })).status
    for (const choices of [[], [2], ['-1'], ['x'], [0, 1], [1.5], { a: 1 }]) expect(await vote(id, choices)).toBe(422)
    const plain = String(received(api.home, person(api.home, 'bo')))
    for (const missing of ['7', 'x', plain]) {
      expect(await vote(missing, [0])).toBe(404)
      expect((await api.get(`/api/v1/polls/${missing}`)).status).toBe(404)
    }
    api.home.clock.at += HOUR
    expect(await vote(id, [0])).toBe(422)
    expect((await api.get(`/api/v1/polls/${id}`)).body).toMatchObject({ voted: false, votes_count: 4, expired: true })
  })

  it('is nobody’s business but the owner’s, and voting needs the scope', async () => {
    const api = await openApi()
    const id = question(api)
    expect((await api.get(`/api/v1/polls/${id}`, { token: null })).status).toBe(404)
    expect((await api.call('POST', `/api/v1/polls/${id}/votes`, { choices: [0] }, { token: null })).status).toBe(401)
    const { token } = createToken(api.home, 'app', ['read'], null)
    expect((await api.call('POST', `/api/v1/polls/${id}/votes`, { choices: [0] }, { token })).status).toBe(403)
  })

  it('is looked at again for the owner, who wants the newest numbers', async () => {
    const api = await openApi()
    const id = question(api)
    await api.get(`/api/v1/polls/${id}`)
    expect(api.resolver.asked).toEqual([`refresh post ${id}`])
  })
})
