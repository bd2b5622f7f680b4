import { describe, expect, it } from 'vitest'
import { sweepMedia } from '../../../src-main/domain/media.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { HOUR, MINUTE, NOON, upload } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const write = async (api: Api, fields: object) => (await api.call('POST', '/api/v1/statuses', fields)).body
/** The post has left: from now on changes are edits. */
const leave = (api: Api, id: string) => releasePost(api.home, Number(id), api.home.clock.at)

describe('deleting to write anew', () => {
  it('answers with everything it takes, and the files can be used again', async () => {
    const api = await openApi()
    const [one, two] = [upload(api.home, { description: 'A boat' }), upload(api.home)]
    const post = await write(api, {
      status: '**Boats** #sea',
      content_type: 'text/markdown',
      spoiler_text: 'wet',
      language: 'en',
      media_ids: [String(two), String(one)],
    })
    leave(api, post.id)
    const { status, body } = await api.call('DELETE', `/api/v1/statuses/${post.id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: post.id,
      text: '**Boats** #sea',
      content_type: 'text/markdown',
      spoiler_text: 'wet',
      language: 'en',
      media_attachments: [{ id: String(two) }, { id: String(one), description: 'A boat' }],
    })
    expect((await api.get(`/api/v1/statuses/${post.id}`)).status).toBe(404)
    api.home.clock.at += 23 * HOUR
    expect(sweepMedia(api.home).removed).toBe(0)
    const again = await write(api, { status: body.text, content_type: body.content_type, media_ids: [String(one), String(two)] })
    expect(again.media_attachments.map((file: { id: string }) => file.id)).toEqual([String(one), String(two)])
    expect(again.content).toContain('<strong>Boats</strong>')
  })

  it('keeps the poll in its answer', async () => {
    const api = await openApi()
    const post = await write(api, { status: 'Which?', poll: { options: ['Boat', 'Ship'], expires_in: 3600, multiple: true } })
    const { body } = await api.call('DELETE', `/api/v1/statuses/${post.id}?delete_media=false`)
    expect(body).toMatchObject({ text: 'Which?', poll: { multiple: true, options: [{ title: 'Boat' }, { title: 'Ship' }] } })
  })

  it.each([
    [{ delete_media: true }, ''],
    [undefined, '?delete_media=true'],
  ])('with delete_media the files go at once (%j%s)', async (fields, query) => {
    const api = await openApi()
    const file = upload(api.home)
    const post = await write(api, { status: 'x', media_ids: [String(file)] })
    expect((await api.call('DELETE', `/api/v1/statuses/${post.id}${query}`, fields)).body.media_attachments).toHaveLength(1)
    expect(sweepMedia(api.home).removed).toBe(1)
    expect((await api.call('POST', '/api/v1/statuses', { status: 'y', media_ids: [String(file)] })).status).toBe(404)
  })
})

describe('the history of a post', () => {
  it('has every version with its files and its poll', async () => {
    const api = await openApi()
    const [one, two] = [upload(api.home, { description: 'before' }), upload(api.home)]
    const post = await write(api, { status: 'First', media_ids: [String(one)] })
    leave(api, post.id)
    api.home.clock.at += MINUTE
    await api.call('PUT', `/api/v1/statuses/${post.id}`, {
      status: 'Second',
      media_ids: [String(two), String(one)],
      media_attributes: [{ id: String(one), description: 'after', focus: '0.5,-0.5' }],
    })
    const history = (await api.get(`/api/v1/statuses/${post.id}/history`)).body
    expect(history).toMatchObject([
      { content: '<p>First</p>', created_at: new Date(NOON).toISOString(), media_attachments: [{ description: 'before' }], poll: null },
      {
        content: '<p>Second</p>',
        media_attachments: [{ id: String(two) }, { description: 'after', meta: { focus: { x: 0.5, y: -0.5 } } }],
      },
    ])
    const asked = await write(api, { status: 'Which?', poll: { options: ['a', 'b'], expires_in: 3600 } })
    leave(api, asked.id)
    api.home.clock.at += MINUTE
    await api.call('PUT', `/api/v1/statuses/${asked.id}`, { status: 'Which?', poll: { options: ['a', 'c'], expires_in: 3600 } })
    expect((await api.get(`/api/v1/statuses/${asked.id}/history`)).body).toMatchObject([
      { poll: { options: [{ title: 'a' }, { title: 'b' }] } },
      { poll: { options: [{ title: 'a' }, { title: 'c' }] } },
    ])
  })
})

describe('Markdown', () => {
  it('is written, shown, edited and told as such', async () => {
    const api = await openApi()
    const post = await write(api, { status: '*Boats* and `#code`', content_type: 'text/markdown' })
    expect(post.content).toBe('<p><em>Boats</em> and <code>#code</code></p>')
    expect(post.tags).toEqual([])
    expect((await api.get(`/api/v1/statuses/${post.id}/source`)).body).toMatchObject({
      text: '*Boats* and `#code`',
      content_type: 'text/markdown',
    })
    expect((await api.call('PUT', `/api/v1/statuses/${post.id}`, { status: '**Ships**' })).body.content).toBe(
      '<p><strong>Ships</strong></p>',
    )
    const plain = await api.call('PUT', `/api/v1/statuses/${post.id}`, { status: '**Ships**', content_type: 'text/plain' })
    expect(plain.body.content).toBe('<p>**Ships**</p>')
    expect(loadPost(api.home, Number(post.id))?.sourceType).toBeNull()
    expect((await write(api, { status: '*no*' })).content).toBe('<p>*no*</p>')
  })
})
