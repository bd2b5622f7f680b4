import { expect, it } from 'vitest'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { upload } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

/** Posts as apps write and edit them. An edit says the whole post: Mastodon takes away what is left out (its Android app sends no empty member). */

const MINUTE = 60_000

async function written(api: Api, words: Record<string, unknown>): Promise<string> {
  const { status, body } = await api.call('POST', '/api/v1/statuses', words)
  expect(status, JSON.stringify(body)).toBe(200)
  releasePost(api.home, Number(body.id), api.home.clock.at)
  api.home.clock.at += MINUTE
  return body.id as string
}

it('an app takes a warning and the last picture away by not speaking of them', async () => {
  const api = await openApi({ listener: 'public' })
  const picture = String(upload(api.home))
  const id = await written(api, { status: 'Boats', spoiler_text: 'sea', media_ids: [picture], language: 'en' })
  const without = (await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Boats', media_ids: [picture] })).body
  expect(without).toMatchObject({ spoiler_text: '', sensitive: false, language: 'en', media_attachments: [{ id: picture }] })
  const bare = await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Boats', sensitive: false, language: 'en' })
  expect(bare.body).toMatchObject({ content: '<p>Boats</p>', media_attachments: [] })
  expect((await api.get(`/api/v1/statuses/${id}`)).body.media_attachments).toEqual([])
})

it('an app takes a poll away by not speaking of it', async () => {
  const api = await openApi({ listener: 'public' })
  const poll = { options: ['Yes', 'No'], expires_in: 3600 }
  const id = await written(api, { status: 'Tea?', poll })
  expect((await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea now?', poll })).body.poll.options.length).toBe(2)
  expect((await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea now?' })).body.poll).toBeNull()
  expect((await api.get(`/api/v1/statuses/${id}`)).body.poll).toBeNull()
})

it('the window names only what changes', async () => {
  const api = await openApi()
  const id = await written(api, { status: 'Tea?', spoiler_text: 'drinks', poll: { options: ['Yes', 'No'], expires_in: 3600 } })
  const edited = (await api.call('PUT', `/api/v1/statuses/${id}`, { status: 'Tea now?' })).body
  expect(edited).toMatchObject({ content: '<p>Tea now?</p>', spoiler_text: 'drinks', poll: { multiple: false } })
})

it('a warning without a text is the text, hidden as it was meant, as on Mastodon', async () => {
  const api = await openApi({ listener: 'public' })
  const { status, body } = await api.call('POST', '/api/v1/statuses', { spoiler_text: 'Low water', status: ' ' })
  expect([status, body]).toMatchObject([200, { content: '<p>Low water</p>', spoiler_text: '', sensitive: true }])
  // A picture may stand behind one alone, and nothing at all is still no post.
  const pictured = { spoiler_text: 'sea', media_ids: [String(upload(api.home))] }
  expect((await api.call('POST', '/api/v1/statuses', pictured)).body).toMatchObject({ content: '', spoiler_text: 'sea', sensitive: true })
  expect((await api.call('POST', '/api/v1/statuses', { spoiler_text: ' ' })).status).toBe(422)
})
