import { describe, expect, it } from 'vitest'
import { conversationsPage, joinEarlier } from '../../../src-main/domain/conversations.ts'
import { removeRemotePost } from '../../../src-main/domain/posts.ts'
import { MINUTE, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const ME = { acct: 'ana@ana.example' }
let serial = 0
function whisper(api: Api, from: number, change: Record<string, unknown> = {}): { id: number; uri: string } {
  const uri = `https://tide.example/notes/w${++serial}`
  const mentions = [{ ...ME, accountId: ownerOf(api) }]
  return { id: received(api.home, from, { uri, visibility: 'direct', mentions, forOwner: true, ...change }), uri }
}
const ownerOf = (api: Api) => (api.home.store.database.prepare('select id from accounts where own = 1').get() as { id: number }).id

describe('conversations', () => {
  it('come with a private mention, unread, and are read by reading and by answering', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const { id, uri } = whisper(api, bo, { published: NOON - 3 * MINUTE })
    const [one] = (await api.get('/api/v1/conversations')).body
    expect(one).toMatchObject({ unread: true, accounts: [{ id: String(bo) }], last_status: { id: String(id), visibility: 'direct' } })
    expect((await api.call('POST', `/api/v1/conversations/${one.id}/read`)).body).toMatchObject({ id: one.id, unread: false })
    expect((await api.get('/api/v1/conversations')).body[0].unread).toBe(false)
    whisper(api, bo, { inReplyToUri: uri, published: NOON - 2 * MINUTE })
    expect((await api.get('/api/v1/conversations')).body).toMatchObject([{ id: one.id, unread: true }])
    const mine = await api.call('POST', '/api/v1/statuses', {
      status: 'Hi @bo@tide.example',
      visibility: 'direct',
      in_reply_to_id: String(id),
    })
    expect((await api.get('/api/v1/conversations')).body).toMatchObject([{ id: one.id, unread: false, last_status: { id: mine.body.id } }])
    expect((await api.call('POST', `/api/v1/conversations/${one.id}/unread`)).body.unread).toBe(true)
  })

  it('are one per thread and people', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const cy = person(api.home, 'cy')
    whisper(api, bo)
    whisper(api, bo)
    whisper(api, cy, {
      mentions: [
        { ...ME, accountId: ownerOf(api) },
        { acct: 'bo@tide.example', accountId: bo },
      ],
    })
    const found = (await api.get('/api/v1/conversations')).body
    expect(found).toHaveLength(3)
    expect(found.map((each: { accounts: unknown[] }) => each.accounts.length).sort()).toEqual([1, 1, 2])
    const note = await api.call('POST', '/api/v1/statuses', { status: 'to myself', visibility: 'direct' })
    expect((await api.get('/api/v1/conversations')).body[0]).toMatchObject({
      unread: false,
      accounts: [{ acct: 'ana' }],
      last_status: { id: note.body.id },
    })
  })

  it('go with DELETE, come back with the next word, and go with their last post', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const first = whisper(api, bo, { published: NOON - 3 * MINUTE })
    const [one] = (await api.get('/api/v1/conversations')).body
    expect((await api.call('DELETE', `/api/v1/conversations/${one.id}`)).body).toEqual({})
    expect((await api.get('/api/v1/conversations')).body).toEqual([])
    expect((await api.get(`/api/v1/statuses/${first.id}`)).status).toBe(200)
    const second = whisper(api, bo, { inReplyToUri: first.uri, published: NOON - 2 * MINUTE })
    const third = whisper(api, bo, { inReplyToUri: second.uri, published: NOON - MINUTE })
    expect((await api.get('/api/v1/conversations')).body).toMatchObject([{ last_status: { id: String(third.id) } }])
    removeRemotePost(api.home, third.uri, 'https://tide.example/users/bo')
    expect((await api.get('/api/v1/conversations')).body).toMatchObject([{ last_status: { id: String(second.id) } }])
    removeRemotePost(api.home, second.uri, 'https://tide.example/users/bo')
    expect((await api.get('/api/v1/conversations')).body).toEqual([])
    expect((await api.call('POST', `/api/v1/conversations/${one.id}/read`)).status).toBe(404)
    expect((await api.call('DELETE', '/api/v1/conversations/99')).status).toBe(404)
  })

  it('stay one when the beginning of the thread comes last', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const top = 'https://tide.example/notes/top'
    const answer = whisper(api, bo, { inReplyToUri: top, published: NOON - 2 * MINUTE })
    const other = whisper(api, bo, { inReplyToUri: top, published: NOON - MINUTE })
    expect((await api.get('/api/v1/conversations')).body).toHaveLength(2)
    whisper(api, bo, { uri: top, published: NOON - 3 * MINUTE })
    expect((await api.get('/api/v1/conversations')).body).toMatchObject([{ last_status: { id: String(other.id) }, unread: true }])
    expect(answer.id).toBeLessThan(other.id)
  })

  it('page by their last post without gap or repeat, also in timelines/direct', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const posts = [5, 4, 3, 2, 1].map((minutes) => String(whisper(api, bo, { published: NOON - minutes * MINUTE }).id)).reverse()
    for (const [path, idOf] of [
      ['/api/v1/conversations', (one: { last_status: { id: string } }) => one.last_status.id],
      ['/api/v1/timelines/direct', (one: { id: string }) => one.id],
    ] as [string, (one: unknown) => string][]) {
      const seen: string[] = []
      let next: string | undefined = `${path}?limit=2`
      while (next) {
        const page = await api.get(next)
        seen.push(...page.body.map(idOf))
        next = page.links.next?.replace(api.base, '')
      }
      expect(seen).toEqual(posts)
    }
  })

  it('leave out whom the owner has blocked', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    whisper(api, bo)
    await api.call('POST', `/api/v1/accounts/${bo}/block`)
    expect((await api.get('/api/v1/conversations')).body).toEqual([])
    expect((await api.get('/api/v1/timelines/direct')).body).toEqual([])
  })

  it('are found for the private mentions of before there were conversations, as read, once', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const first = whisper(api, bo, { published: NOON - 2 * MINUTE })
    whisper(api, bo, { inReplyToUri: first.uri, published: NOON - MINUTE })
    // As an upgrade finds them: nobody has looked yet.
    api.home.store.database.exec("delete from conversations; delete from settings where key = 'conversationsJoinedUpTo'")
    while (joinEarlier(api.home));
    expect(conversationsPage(api.home, { limit: 10 })).toMatchObject([{ accountIds: [bo], unread: false }])
    api.home.store.database.exec('delete from conversations')
    while (joinEarlier(api.home));
    expect(conversationsPage(api.home, { limit: 10 })).toEqual([])
  })
})
