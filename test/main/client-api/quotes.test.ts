import { describe, expect, it } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { createToken } from '../../../src-main/domain/grants.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { receiveQuoteRequest, settleQuote } from '../../../src-main/domain/quotes.ts'
import { receiveReaction } from '../../../src-main/domain/reactions.ts'
import { followed, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const STAMP = 'https://tide.example/stamps/1'
const open = { quote: { automatic: ['public' as const], manual: [] } }
const write = async (api: Api, fields: Record<string, unknown>) => (await api.call('POST', '/api/v1/statuses', fields)).body
const read = async (api: Api, id: string | number) => (await api.get(`/api/v1/statuses/${id}`)).body
/** An own post that has left, quoted by somebody with consent: both ids. */
const quoted = async (api: Api): Promise<[own: string, quoting: string]> => {
  const { id } = await write(api, { status: 'Mine' })
  releasePost(api.home, Number(id), NOON)
  const bo = person(api.home, 'bo')
  const uri = 'https://tide.example/quoting/1'
  receiveQuoteRequest(api.home, { postId: Number(id), accountId: bo, quotingUri: uri, requestUri: null })
  const quoting = received(api.home, bo, { uri, quote: { uri: `https://ana.example/users/ana/statuses/${id}`, stamp: null } })
  return [id, String(quoting)]
}

describe('quoting', () => {
  it('asks, and shows the post once its author agrees', async () => {
    const api = await openApi()
    const theirs = String(received(api.home, person(api.home, 'bo'), { policy: open }))
    expect((await read(api, theirs)).quote_approval).toEqual({ automatic: ['public'], manual: [], current_user: 'automatic' })
    const { id, quote } = await write(api, { status: 'Look', quoted_status_id: theirs })
    expect(quote).toEqual({ state: 'pending', quoted_status: null })
    settleQuote(api.home, Number(id), { state: 'accepted', stamp: STAMP })
    expect((await read(api, id)).quote).toMatchObject({ state: 'accepted', quoted_status: { id: theirs, quote: null } })
    expect((await read(api, theirs)).quotes_count).toBe(1)
    settleQuote(api.home, Number(id), { state: 'rejected' })
    expect((await read(api, id)).quote).toEqual({ state: 'rejected', quoted_status: null })
  })

  it('is refused where its author does not want it, and what is not there', async () => {
    const api = await openApi()
    const bo = followed(api.home, 'bo')
    const closed = received(api.home, bo, { policy: { quote: { automatic: ['author'], manual: [] } } })
    expect((await read(api, closed)).quote_approval).toEqual({ automatic: [], manual: [], current_user: 'denied' })
    const secret = received(api.home, bo, { visibility: 'private', policy: open })
    for (const id of [closed, secret]) {
      const { status, body } = await api.call('POST', '/api/v1/statuses', { status: 'x', quoted_status_id: String(id) })
      expect([status, body.error]).toEqual([422, 'Validation failed: The author of this post does not want it to be quoted.'])
    }
    expect((await api.get('/api/v1/accounts/verify_credentials')).body.statuses_count).toBe(0)
  })

  it('shows one level: what is quoted names its own quote by id; people blocked are kept back', async () => {
    const api = await openApi()
    const cy = person(api.home, 'cy', 'rock.example')
    const [a, b, c] = [1, 2, 3].map((n) => `https://rock.example/n/${n}`) as [string, string, string]
    const deepest = received(api.home, cy, { uri: a })
    const middle = received(api.home, cy, { uri: b, quote: { uri: a, stamp: null } })
    const top = received(api.home, person(api.home, 'bo'), { uri: c.replace('rock', 'tide'), quote: { uri: b, stamp: STAMP } })
    settleQuote(api.home, top, { state: 'accepted' })
    expect((await read(api, top)).quote).toMatchObject({
      state: 'accepted',
      quoted_status: { id: String(middle), quote: { state: 'accepted', quoted_status_id: String(deepest) } },
    })
    block(api.home, cy)
    expect((await read(api, top)).quote).toEqual({ state: 'blocked_account', quoted_status: null })
  })

  it('of no consent is a link in the text and nothing else', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const theirs = received(api.home, bo, { uri: 'https://tide.example/n/1' })
    const id = received(api.home, person(api.home, 'cy'), { quote: { uri: 'https://tide.example/n/1', stamp: null } })
    expect([(await read(api, id)).quote, (await read(api, theirs)).quotes_count]).toEqual([null, 0])
  })

  it('what was written for followers is not shown to strangers by way of a quote (rule 18)', async () => {
    const api = await openApi()
    const secret = await write(api, { status: 'Secret', visibility: 'private' })
    const { id, visibility } = await write(api, { status: 'Look', quoted_status_id: secret.id })
    expect(visibility).toBe('private')
    for (const one of [secret.id, id]) releasePost(api.home, Number(one), NOON)
    expect((await api.get(`/api/v1/statuses/${id}`, { token: null })).status).toBe(404)
    const theirs = received(api.home, person(api.home, 'bo'), { policy: open, content: '<p>Only for Ana</p>' })
    const mine = await write(api, { status: 'See', quoted_status_id: String(theirs) })
    releasePost(api.home, Number(mine.id), NOON)
    settleQuote(api.home, Number(mine.id), { state: 'accepted', stamp: STAMP })
    const seen = (await api.get(`/api/v1/statuses/${mine.id}`, { token: null })).body
    expect(seen.quote).toEqual({ state: 'unauthorized', quoted_status: null })
    expect(JSON.stringify(seen)).not.toContain('Only for Ana')
    expect(seen.quote_approval.current_user).toBe('denied')
  })
})

describe('being quoted', () => {
  it('is listed, told, and ends when consent is taken back', async () => {
    const api = await openApi()
    const [own, quoting] = await quoted(api)
    expect((await api.get(`/api/v1/statuses/${own}/quotes`)).body.map((status: { id: string }) => status.id)).toEqual([quoting])
    expect((await api.get('/api/v1/notifications')).body).toMatchObject([{ type: 'quote', status: { id: quoting } }])
    // Strangers get no list of what others wrote.
    expect((await api.get(`/api/v1/statuses/${own}/quotes`, { token: null })).body).toEqual([])
    const { body } = await api.call('POST', `/api/v1/statuses/${own}/quotes/${quoting}/revoke`)
    expect(body).toMatchObject({ id: quoting, quote: { state: 'revoked', quoted_status: null } })
    expect((await api.get(`/api/v1/statuses/${own}/quotes`)).body).toEqual([])
    expect((await read(api, own)).quotes_count).toBe(0)
  })

  it('is taken back only by the one quoted, of what quotes them', async () => {
    const api = await openApi()
    const [own, quoting] = await quoted(api)
    const revoke = async (post: string, by: string, token?: string | null) =>
      (await api.call('POST', `/api/v1/statuses/${post}/quotes/${by}/revoke`, undefined, token === undefined ? {} : { token })).status
    expect([await revoke(own, '7'), await revoke(own, 'x'), await revoke('7', quoting), await revoke(quoting, own)]).toEqual([
      404, 404, 404, 404,
    ])
    expect(await revoke(own, quoting, null)).toBe(401)
    expect(await revoke(own, quoting, createToken(api.home, 'app', ['read'], null).token)).toBe(403)
    expect((await read(api, quoting)).quote.state).toBe('accepted')
  })

  it('is opened and closed for each post, from the setting on', async () => {
    const api = await openApi()
    const { id, quote_approval } = await write(api, { status: 'Mine', quote_approval_policy: 'followers' })
    expect(quote_approval).toEqual({ automatic: ['followers'], manual: [], current_user: 'automatic' })
    for (const method of ['PUT', 'PATCH']) {
      const { body } = await api.call(method, `/api/v1/statuses/${id}/interaction_policy`, { quote_approval_policy: 'nobody' })
      expect([body.quote_approval.automatic, body.edited_at]).toEqual([[], null])
      await api.call(method, `/api/v1/statuses/${id}/interaction_policy`, { quote_approval_policy: 'public' })
      expect((await read(api, id)).quote_approval.automatic).toEqual(['public'])
    }
    const wrong = await api.call('PUT', `/api/v1/statuses/${id}/interaction_policy`, { quote_approval_policy: 'friends' })
    expect(wrong.status).toBe(422)
    const theirs = received(api.home, person(api.home, 'bo'))
    const other = await api.call('PUT', `/api/v1/statuses/${theirs}/interaction_policy`, { quote_approval_policy: 'nobody' })
    expect(other.status).toBe(404)
    expect((await write(api, { status: 'x', visibility: 'private', quote_approval_policy: 'public' })).quote_approval.automatic).toEqual([])
  })
})

describe('pins', () => {
  it('are set, seen on the post, and taken off', async () => {
    const api = await openApi()
    const { id } = await write(api, { status: 'Mine' })
    expect((await api.call('POST', `/api/v1/statuses/${id}/pin`)).body.pinned).toBe(true)
    expect((await read(api, id)).pinned).toBe(true)
    const me = (await api.get('/api/v1/accounts/verify_credentials')).body.id as string
    expect((await api.get(`/api/v1/accounts/${me}/statuses?pinned=true`)).body.map((s: { id: string }) => s.id)).toEqual([id])
    expect((await api.call('POST', `/api/v1/statuses/${id}/unpin`)).body.pinned).toBe(false)
    expect((await api.get(`/api/v1/accounts/${me}/statuses?pinned=true`)).body).toEqual([])
  })

  it('are refused of others’ posts, of private mentions, and the sixth', async () => {
    const api = await openApi()
    const pin = async (id: string | number) => (await api.call('POST', `/api/v1/statuses/${id}/pin`)).status
    expect(await pin(received(api.home, person(api.home, 'bo')))).toBe(422)
    expect(await pin((await write(api, { status: 'x', visibility: 'direct' })).id)).toBe(422)
    expect([await pin('7'), await pin('x')]).toEqual([404, 404])
    for (let i = 0; i < 5; i++) expect(await pin((await write(api, { status: `${i}` })).id)).toBe(200)
    expect(await pin((await write(api, { status: 'six' })).id)).toBe(422)
  })
})

describe('reactions', () => {
  it('stand on the post with number and picture; whose they are only for the owner', async () => {
    const api = await openApi()
    const { id } = await write(api, { status: 'Mine' })
    releasePost(api.home, Number(id), NOON)
    const bo = person(api.home, 'bo')
    receiveReaction(api.home, { postId: Number(id), accountId: bo, emoji: '🎉', picture: null, uri: null })
    const picture = { shortcode: 'blob', url: 'https://tide.example/blob.png' }
    receiveReaction(api.home, { postId: Number(id), accountId: bo, emoji: ':blob:', picture, uri: null })
    const [party, blob] = (await read(api, id)).emoji_reactions
    expect(party).toEqual({ name: '🎉', url: null, static_url: null, count: 1, me: false })
    expect(blob).toMatchObject({ name: 'blob', count: 1, me: false, url: expect.stringMatching(/^http.*\/media\//) as string })
  })
})

describe('a thread whose rest is elsewhere', () => {
  it('is fetched on the owner’s wish, and says how far it is', async () => {
    const api = await openApi()
    const id = received(api.home, person(api.home, 'bo'))
    api.resolver.walks.set(id, { id: 'walk-1', postId: id, state: 'running', found: 2 })
    const answer = await api.get(`/api/v1/statuses/${id}/context`)
    expect(answer.headers['mastodon-async-refresh']).toBe('id="walk-1", retry=3, result_count=2')
    expect((await api.get('/api/v1_alpha/async_refreshes/walk-1')).body).toEqual({
      async_refresh: { id: 'walk-1', status: 'running', result_count: 2 },
    })
    api.resolver.walks.set(id, { id: 'walk-1', postId: id, state: 'finished', found: 5 })
    expect((await api.get(`/api/v1/statuses/${id}/context`)).headers['mastodon-async-refresh']).toBe(undefined)
    expect((await api.get('/api/v1_alpha/async_refreshes/walk-1')).body.async_refresh.status).toBe('finished')
    expect((await api.get('/api/v1_alpha/async_refreshes/walk-2')).status).toBe(404)
  })

  it('makes no stranger’s wish, and none of an own post, leave this machine', async () => {
    const api = await openApi()
    const { id } = await write(api, { status: 'Mine' })
    releasePost(api.home, Number(id), NOON)
    for (const token of [null, api.token]) {
      await api.get(`/api/v1/statuses/${id}`, { token })
      await api.get(`/api/v1/statuses/${id}/context`, { token })
    }
    expect(api.resolver.asked).toEqual([])
    const theirs = received(api.home, person(api.home, 'bo'))
    await api.get(`/api/v1/statuses/${theirs}`)
    await api.get(`/api/v1/statuses/${theirs}/context`)
    expect(api.resolver.asked).toEqual([`refresh post ${theirs}`, `conversation ${theirs}`])
  })
})
