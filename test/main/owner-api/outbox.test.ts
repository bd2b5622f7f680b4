import { describe, expect, test } from 'vitest'
import { upsertAccount } from '../../../src-main/domain/accounts.ts'
import { remote } from '../domain/home.ts'
import { openHouse } from './house.ts'
import type { House, Json } from './house.ts'

const items = async (house: House): Promise<Json[]> => {
  // The consumer of events runs after the commit that wrote them.
  await new Promise((resolve) => setImmediate(resolve))
  return (await house.call('GET', '/api/owner/outbox')).body.items as Json[]
}
const only = async (house: House) => {
  const list = await items(house)
  expect(list).toHaveLength(1)
  return list[0]
}

describe('the outbox', () => {
  test('shows what waits, with the words of the post', async () => {
    const house = await openHouse()
    const post = (await house.call('POST', '/api/v1/statuses', { status: 'High water at noon' })).body
    const item = await only(house)
    expect(item).toMatchObject({
      kind: 'post',
      state: 'waiting',
      postId: post.id,
      excerpt: 'High water at noon',
      cancellable: true,
      delivered: 0,
      total: 0,
    })
    expect((await house.call('GET', '/api/owner/outbox')).body).toMatchObject({ waiting: 1, failed: 0 })
    expect((await house.call('GET', '/api/owner/connection')).body.waiting).toBe(1)
  })

  test('cancelling a waiting post takes it back altogether', async () => {
    const house = await openHouse()
    const post = (await house.call('POST', '/api/v1/statuses', { status: 'Rather not' })).body
    const item = await only(house)
    expect((await house.call('DELETE', `/api/owner/outbox/${item.id}`)).status).toBe(200)
    expect(await items(house)).toEqual([])
    expect((await house.call('GET', `/api/v1/statuses/${post.id}`)).status).toBe(404)
    expect((await house.call('DELETE', `/api/owner/outbox/${item.id}`)).body.code).toBe('not-found')
  })

  test('cancelling a follow that waits leaves nobody followed', async () => {
    const house = await openHouse()
    const bo = upsertAccount(house.domain, remote('bo'))
    await house.call('POST', `/api/v1/accounts/${bo}/follow`)
    const item = await only(house)
    expect(item).toMatchObject({ kind: 'follow', acct: 'bo@tide.example', cancellable: true })
    await house.call('DELETE', `/api/owner/outbox/${item.id}`)
    expect(await items(house)).toEqual([])
    expect((await house.call('GET', `/api/v1/accounts/relationships?id[]=${bo}`)).body[0]).toMatchObject({
      following: false,
      requested: false,
    })
  })

  test('what is on its way stays: 409 and nothing changed', async () => {
    const house = await openHouse()
    const post = (await house.call('POST', '/api/v1/statuses', { status: 'Gone already' })).body
    const item = await only(house)
    house.domain.store.database.prepare("update outgoing set state = 'sending', total = 2, delivered = 1").run()
    const answer = await house.call('DELETE', `/api/owner/outbox/${item.id}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'too-late'])
    expect((await house.call('GET', `/api/v1/statuses/${post.id}`)).status).toBe(200)
    expect(await only(house)).toMatchObject({ state: 'sending', cancellable: false })
  })

  test('what failed can be tried again or let go of', async () => {
    const house = await openHouse()
    const post = (await house.call('POST', '/api/v1/statuses', { status: 'Nobody there' })).body
    const item = await only(house)
    const fail = () => house.domain.store.database.prepare("update outgoing set state = 'failed', error = 'account-not-found'").run()
    fail()
    const failed = await only(house)
    expect(failed).toMatchObject({ state: 'failed', cancellable: true })
    expect(failed.failures[0]).toMatchObject({ code: 'account-not-found', final: true })
    const again = await house.call('POST', `/api/owner/outbox/${item.id}/retry`)
    expect([again.status, again.body.state]).toEqual([200, 'waiting'])
    fail()
    expect((await house.call('DELETE', `/api/owner/outbox/${item.id}`)).body).toMatchObject({ items: [], failed: 0 })
    expect((await house.call('GET', `/api/v1/statuses/${post.id}`)).status).toBe(200)
  })

  test('has no items under ids that are none', async () => {
    const house = await openHouse()
    for (const id of ['x', '0', '-1', '99999999999999999999', '1']) {
      for (const [method, path] of [
        ['POST', `/api/owner/outbox/${id}/retry`],
        ['DELETE', `/api/owner/outbox/${id}`],
      ] as const) {
        const answer = await house.call(method, path)
        expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not-found'])
      }
    }
  })
})

describe('drafts', () => {
  const id = '0d6b1c1e-7f6c-4b6e-9f59-6f3a3f4f7a10'
  const input = {
    text: 'Half a thou',
    warning: 'cw',
    sensitive: true,
    visibility: 'private',
    language: 'fr',
    inReplyToId: null,
    editOf: null,
    mediaIds: [],
    caret: 4,
  }

  test('come back as they were saved, and go with their post', async () => {
    const house = await openHouse()
    const saved = await house.call('PUT', `/api/owner/drafts/${id}`, input)
    expect(saved).toMatchObject({ status: 200, body: { id, ...input, media: [], inReplyToAcct: null } })
    house.clock.at += 1000
    const again = await house.call('PUT', `/api/owner/drafts/${id}`, { ...input, text: 'Half a thought' })
    expect(again.body.createdAt).toBe(saved.body.createdAt)
    expect((await house.call('GET', '/api/owner/drafts')).body).toEqual([again.body])
    await house.call('POST', '/api/v1/statuses', { status: 'A thought', draft_id: id })
    expect((await house.call('GET', '/api/owner/drafts')).body).toEqual([])
  })

  test('know whom they answer', async () => {
    const house = await openHouse()
    const post = (await house.call('POST', '/api/v1/statuses', { status: 'High water' })).body
    const { body } = await house.call('PUT', `/api/owner/drafts/${id}`, { ...input, inReplyToId: post.id })
    expect([body.inReplyToId, body.inReplyToAcct]).toEqual([post.id, 'ana'])
  })

  test('that are none are refused and change nothing', async () => {
    const house = await openHouse()
    const wrong = [
      { ...input, text: 7 },
      { ...input, visibility: 'secret' },
      { ...input, mediaIds: 'x' },
      { ...input, warning: undefined },
      [],
      {},
    ]
    for (const body of wrong) expect((await house.call('PUT', `/api/owner/drafts/${id}`, body)).status).toBe(422)
    expect((await house.call('PUT', '/api/owner/drafts/..%2F1', input)).status).toBe(422)
    expect((await house.call('GET', '/api/owner/drafts')).body).toEqual([])
  })

  test('can be thrown away twice', async () => {
    const house = await openHouse()
    await house.call('PUT', `/api/owner/drafts/${id}`, input)
    expect((await house.call('DELETE', `/api/owner/drafts/${id}`)).body).toEqual({})
    expect((await house.call('DELETE', `/api/owner/drafts/${id}`)).status).toBe(200)
  })
})

describe('settings and places', () => {
  test('are kept, and a wrong one changes nothing', async () => {
    const house = await openHouse()
    expect((await house.call('PATCH', '/api/owner/settings', { theme: 'dark', language: 'fr' })).body).toMatchObject({
      theme: 'dark',
      language: 'fr',
    })
    for (const body of [{ theme: 'pink' }, { theme: 'light', nothing: 1 }, { notifications: 'yes' }, []]) {
      expect((await house.call('PATCH', '/api/owner/settings', body)).status).toBe(422)
    }
    expect((await house.call('GET', '/api/owner/settings')).body).toMatchObject({ theme: 'dark', notifications: true })
  })

  test('places are found again, and there is none at first', async () => {
    const house = await openHouse()
    expect((await house.call('GET', '/api/owner/places/home')).body).toBe(null)
    const place = { anchorId: '12', offsetPx: 40, focusedId: null, lastSeenId: '14' }
    expect((await house.call('PUT', '/api/owner/places/tag%2Ftide', place)).body).toEqual(place)
    expect((await house.call('GET', '/api/owner/places/tag%2Ftide')).body).toEqual(place)
    expect((await house.call('PUT', '/api/owner/places/home', { x: 'x'.repeat(5000) })).status).toBe(422)
  })
})
