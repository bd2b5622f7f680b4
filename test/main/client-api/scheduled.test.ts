import { describe, expect, it } from 'vitest'
import { publishDue } from '../../../src-main/domain/scheduled.ts'
import { HOUR, MINUTE, NOON, upload } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const picture = (api: Api) =>
  JSON.stringify(
    ['posts', 'scheduled', 'media', 'events', 'idempotency'].map((table) =>
      api.home.store.database.prepare(`select * from ${table}`).all(),
    ),
  )
const iso = (time: number) => new Date(time).toISOString()

describe('POST /api/v1/statuses with scheduled_at', () => {
  it('keeps the post for its time, shows it, and publishes it then', async () => {
    const api = await openApi()
    const file = upload(api.home)
    const made = await api.call('POST', '/api/v1/statuses', {
      status: '*Later*',
      content_type: 'text/markdown',
      spoiler_text: 'boats',
      visibility: 'unlisted',
      language: 'fr',
      media_ids: [String(file)],
      scheduled_at: iso(NOON + HOUR),
    })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({
      scheduled_at: iso(NOON + HOUR),
      params: {
        text: '*Later*',
        spoiler_text: 'boats',
        sensitive: false,
        visibility: 'unlisted',
        language: 'fr',
        media_ids: [String(file)],
        poll: null,
        in_reply_to_id: null,
        content_type: 'text/markdown',
      },
      media_attachments: [{ id: String(file) }],
    })
    expect((await api.get(`/api/v1/scheduled_statuses/${made.body.id}`)).body).toEqual(made.body)
    expect((await api.get('/api/v1/scheduled_statuses')).body).toEqual([made.body])
    expect((await api.get('/api/v1/timelines/home')).body).toEqual([])
    api.home.clock.at = NOON + HOUR
    publishDue(api.home)
    const [post] = (await api.get('/api/v1/timelines/home')).body
    expect(post).toMatchObject({
      content: '<p><em>Later</em></p>',
      spoiler_text: 'boats',
      visibility: 'unlisted',
      media_attachments: [{ id: String(file) }],
    })
    expect((await api.get('/api/v1/scheduled_statuses')).body).toEqual([])
    expect((await api.get(`/api/v1/scheduled_statuses/${made.body.id}`)).status).toBe(404)
  })

  it('takes a poll, an answer and a time with an offset', async () => {
    const api = await openApi()
    const parent = (await api.call('POST', '/api/v1/statuses', { status: 'first' })).body.id
    const { status, body } = await api.call('POST', '/api/v1/statuses', {
      status: 'Which?',
      in_reply_to_id: parent,
      poll: { options: ['a', 'b'], expires_in: 3600, multiple: true },
      scheduled_at: '2026-05-01T16:00:00+02:00',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      scheduled_at: '2026-05-01T14:00:00.000Z',
      params: { in_reply_to_id: parent, poll: { options: ['a', 'b'], expires_in: 3600, multiple: true, hide_totals: false } },
    })
    const naive = await api.call('POST', '/api/v1/statuses', { status: 'x', scheduled_at: '2026-05-01T16:00:00' })
    expect(naive.body.scheduled_at).toBe('2026-05-01T16:00:00.000Z')
  })

  it('answers the same key with the same post', async () => {
    const api = await openApi()
    const ask = () =>
      api.call('POST', '/api/v1/statuses', { status: 'once', scheduled_at: iso(NOON + HOUR) }, { headers: { 'idempotency-key': 'k' } })
    expect((await ask()).body.id).toBe((await ask()).body.id)
    expect((await api.get('/api/v1/scheduled_statuses')).body).toHaveLength(1)
  })

  it.each([
    ['too soon', { status: 'x', scheduled_at: iso(NOON + MINUTE - 1) }],
    ['past', { status: 'x', scheduled_at: iso(NOON - HOUR) }],
    ['no date', { status: 'x', scheduled_at: 'tomorrow' }],
    ['empty', { status: '', scheduled_at: iso(NOON + HOUR) }],
    ['of another kind', { status: 'x', content_type: 'text/html' }],
  ])('refuses what is %s with 422, and keeps nothing', async (_, body) => {
    const api = await openApi()
    const before = picture(api)
    const answer = await api.call('POST', '/api/v1/statuses', body)
    expect(answer.status).toBe(422)
    expect(answer.body.error).toMatch(/^Validation failed: /)
    expect(picture(api)).toBe(before)
  })
})

describe('/api/v1/scheduled_statuses', () => {
  it('moves with PUT and PATCH, refuses too soon, and forgets with DELETE', async () => {
    const api = await openApi()
    const { id } = (await api.call('POST', '/api/v1/statuses', { status: 'x', scheduled_at: iso(NOON + HOUR) })).body
    for (const [verb, hours] of [
      ['PUT', 3],
      ['PATCH', 2],
    ] as const) {
      const moved = await api.call(verb, `/api/v1/scheduled_statuses/${id}`, { scheduled_at: iso(NOON + hours * HOUR) })
      expect(moved.body.scheduled_at).toBe(iso(NOON + hours * HOUR))
    }
    expect((await api.call('PUT', `/api/v1/scheduled_statuses/${id}`, { scheduled_at: iso(NOON + MINUTE - 1) })).status).toBe(422)
    expect((await api.get(`/api/v1/scheduled_statuses/${id}`)).body.scheduled_at).toBe(iso(NOON + 2 * HOUR))
    expect((await api.call('DELETE', `/api/v1/scheduled_statuses/${id}`)).body).toEqual({})
    expect((await api.call('DELETE', `/api/v1/scheduled_statuses/${id}`)).status).toBe(404)
    api.home.clock.at = NOON + 5 * HOUR
    expect(publishDue(api.home)).toBe(0)
  })

  it('pages without gap or repeat', async () => {
    const api = await openApi()
    const ids: string[] = []
    for (let i = 0; i < 5; i++) {
      ids.unshift((await api.call('POST', '/api/v1/statuses', { status: `${i}`, scheduled_at: iso(NOON + HOUR) })).body.id)
    }
    const seen: string[] = []
    let next: string | undefined = '/api/v1/scheduled_statuses?limit=2'
    while (next) {
      const page = await api.get(next)
      seen.push(...page.body.map((one: { id: string }) => one.id))
      next = page.links.next?.replace(api.base, '')
    }
    expect(seen).toEqual(ids)
  })
})
