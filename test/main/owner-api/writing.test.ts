import { describe, expect, test } from 'vitest'
import { writePost } from '../../../src-main/domain/posts.ts'
import { ownerId } from '../../../src-main/domain/owner.ts'
import { followed, person, received, upload } from '../domain/home.ts'
import { openDesk } from './desk.ts'

describe('while the owner writes', () => {
  test('a text is shown as it will look, and whom it names is known', async () => {
    const desk = await openDesk()
    const bo = person(desk.home, 'bo')
    const { body } = await desk.call('POST', '/api/owner/preview', { text: 'Hi @bo@tide.example <b>x</b> #mending', format: 'plain' })
    expect(body.html).toContain('&lt;b&gt;x&lt;/b&gt;')
    expect(body.html).toContain('mending')
    expect(body.mentions.map((one: { id: string }) => one.id)).toEqual([String(bo)])
    const marked = await desk.call('POST', '/api/owner/preview', { text: '**bold**', format: 'markdown' })
    expect(marked.body.html).toContain('<strong>bold</strong>')
    expect((await desk.call('POST', '/api/owner/preview', { text: 1, format: 'plain' })).status).toBe(422)
  })

  test('people who are followed come first, then those who wrote to the owner', async () => {
    const desk = await openDesk()
    const stranger = person(desk.home, 'boa')
    const writer = person(desk.home, 'bob')
    const friend = followed(desk.home, 'bot')
    received(desk.home, writer, { mentions: [{ acct: 'ana@ana.example', accountId: ownerId(desk.home) }], forOwner: true })
    const { body } = await desk.call('GET', '/api/owner/suggestions?kind=people&q=bo')
    expect(body.people).toEqual([friend, writer, stranger].map(String))
  })

  test('hashtags the owner has used come first, with how often', async () => {
    const desk = await openDesk()
    writePost(desk.home, { text: 'One #mending', visibility: 'public' })
    writePost(desk.home, { text: 'Two #mending #mend', visibility: 'public' })
    const { body } = await desk.call('GET', '/api/owner/suggestions?kind=tags&q=men')
    expect(body.tags.map((tag: { name: string; own: number }) => [tag.name, tag.own])).toEqual([
      ['mending', 2],
      ['mend', 1],
    ])
  })

  test('how long posts may be is a setting between 500 and 20,000', async () => {
    const desk = await openDesk()
    expect((await desk.call('PATCH', '/api/owner/settings', { maxCharacters: 20_001 })).status).toBe(422)
    expect((await desk.call('PATCH', '/api/owner/settings', { maxCharacters: 2_000 })).body.maxCharacters).toBe(2_000)
    expect(() => writePost(desk.home, { text: 'a'.repeat(2_001), visibility: 'public' })).toThrow('2000')
    writePost(desk.home, { text: 'a'.repeat(2_000), visibility: 'public' })
  })

  test('a draft keeps the further posts of a thread, their files, and the time chosen for it', async () => {
    const desk = await openDesk()
    const [mine, other] = [upload(desk.home), upload(desk.home)].map(String)
    const draft = {
      text: 'One',
      warning: '',
      sensitive: false,
      visibility: 'public',
      language: null,
      inReplyToId: null,
      editOf: null,
      mediaIds: [mine],
      caret: 0,
      parts: [{ text: 'Two', warning: 'Loud', mediaIds: [other, '999999'] }],
      scheduledAt: '2026-06-01T09:00:00.000Z',
    }
    const { body } = await desk.call('PUT', '/api/owner/drafts/0f6f4f5e-0000-4000-8000-000000000001', draft)
    expect(body).toMatchObject({ parts: [{ text: 'Two', warning: 'Loud', mediaIds: [other] }], scheduledAt: draft.scheduledAt })
    expect(body.media.map((one: { id: string }) => one.id)).toEqual([mine, other])
    expect((await desk.call('GET', '/api/owner/drafts')).body[0]).toEqual(body)
    // What only a part holds is not swept away.
    expect(desk.home.rows('media', `draft_id = '${body.id}'`)).toBe(2)
    const broken = await desk.call('PUT', `/api/owner/drafts/${body.id}`, { ...draft, parts: [{ text: 1 }] })
    expect(broken.status).toBe(422)
  })
})
