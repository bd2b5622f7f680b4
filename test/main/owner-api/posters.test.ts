import sharp from 'sharp'
import { expect, test } from 'vitest'
import { saveDraft } from '../../../src-main/domain/drafts.ts'
import { addMedia, mediaById } from '../../../src-main/domain/media.ts'
import { writePost, releasePost } from '../../../src-main/domain/posts.ts'
import { upload } from '../domain/home.ts'
import { openDesk } from './desk.ts'
import type { Desk } from './desk.ts'

const picture = (colour: string) =>
  sharp({ create: { width: 320, height: 180, channels: 3, background: colour } })
    .withExif({ IFD0: { Artist: 'Bo Tidewater' } })
    .jpeg()
    .toBuffer()

async function filmed(desk: Desk, kind: 'video' | 'audio' = 'video', state: 'ready' | 'processing' = 'ready') {
  const blob = await desk.home.store.blobs.put(Buffer.from(`film ${Math.random()}`))
  return addMedia(desk.home, {
    kind,
    state,
    mime: kind === 'video' ? 'video/mp4' : 'audio/mpeg',
    bytes: 9,
    width: 320,
    height: 180,
    duration: 2,
    blob,
    previewBlob: null,
    previewMime: null,
  })
}

test('the window gives a film the picture it drew: written anew, at an address of its own, the former one gone', async () => {
  const desk = await openDesk()
  const { id } = await filmed(desk)
  const first = await desk.upload(`/api/owner/media/${id}/poster`, {}, await picture('#204060'))
  expect([first.status, first.body]).toEqual([
    200,
    expect.objectContaining({
      id: String(id),
      type: 'video',
      url: expect.stringMatching(/original\.mp4$/) as unknown,
      previewUrl: expect.stringMatching(/small\.jpg\?v=[0-9a-f]{8}$/) as unknown,
      blurhash: expect.any(String) as unknown,
    }),
  ])
  const former = mediaById(desk.home, id)?.previewBlob ?? ''
  const second = await desk.upload(`/api/owner/media/${id}/poster`, {}, await picture('#f0c040'))
  expect(second.body.previewUrl).not.toBe(first.body.previewUrl)
  expect(await desk.home.store.blobs.has(former)).toBe(false)
  const kept = mediaById(desk.home, id)
  expect([kept?.previewWidth, kept?.previewHeight, kept?.previewMime]).toEqual([320, 180, 'image/jpeg'])
  expect((await sharp(desk.home.store.blobs.path(kept?.previewBlob ?? '')).metadata()).exif).toBeUndefined()
})

test('a film that is not ready has no address yet, and no picture until one is drawn', async () => {
  const desk = await openDesk()
  const { id } = await filmed(desk, 'video', 'processing')
  const draft = {
    text: 'x',
    warning: '',
    sensitive: false,
    visibility: 'public' as const,
    language: null,
    inReplyToId: null,
    editOf: null,
    mediaIds: [id],
    caret: 0,
  }
  saveDraft(desk.home, 'draft-00001', draft)
  const list = async () => (await desk.call('GET', '/api/owner/drafts')).body[0].media[0]
  expect(await list()).toMatchObject({ url: null, previewUrl: null, type: 'video' })
  await desk.upload(`/api/owner/media/${id}/poster`, {}, await picture('#204060'))
  expect((await list()).previewUrl).toContain('?v=')
})

test('pictures, strangers’ files, posts that have left and what is no picture are refused, and nothing changes', async () => {
  const desk = await openDesk()
  const still = upload(desk.home)
  const poster = await picture('#204060')
  expect((await desk.upload(`/api/owner/media/${still}/poster`, {}, poster)).body.code).toBe('no-film')
  expect((await desk.upload('/api/owner/media/17/poster', {}, poster)).status).toBe(404)
  expect((await desk.upload('/api/owner/media/x/poster', {}, poster)).status).toBe(404)
  const { id } = await filmed(desk)
  expect((await desk.upload(`/api/owner/media/${id}/poster`, {}, Buffer.from('<svg/>'))).status).toBe(422)
  expect((await desk.upload(`/api/owner/media/${id}/poster`, {}, null)).status).toBe(422)
  expect((await desk.upload(`/api/owner/media/${id}/poster`, {}, Buffer.alloc(4 * 1024 * 1024 + 1, 1))).body.code).toBe('too-large')
  expect(mediaById(desk.home, id)?.previewBlob).toBeNull()
  const { post } = writePost(desk.home, { text: 'Night', visibility: 'public', language: 'en', mediaIds: [id] })
  releasePost(desk.home, post.id, desk.home.clock.at)
  expect((await desk.upload(`/api/owner/media/${id}/poster`, {}, poster)).status).toBe(409)
})
