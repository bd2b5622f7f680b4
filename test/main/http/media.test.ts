import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addMedia, addRemoteMedia, mediaById } from '../../../src-main/domain/media.ts'
import { deletePost } from '../../../src-main/domain/posts.ts'
import { mediaFiles } from '../../../src-main/http/media.ts'
import { HOST, openInside, openOutside, posted } from './house.ts'
import type { Home } from '../domain/home.ts'
import type { FastifyInstance } from 'fastify'

const bytes = Buffer.from('0123456789'.repeat(10))
const get = (app: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { host: HOST, ...headers } })

async function uploaded(home: Home, mime = 'image/jpeg') {
  const blob = await home.store.blobs.put(bytes)
  const previewBlob = await home.store.blobs.put(Buffer.from('small'))
  return addMedia(home, { kind: 'image', mime, bytes: bytes.length, width: 10, height: 10, blob, previewBlob, previewMime: 'image/webp' })
}

describe('own files', () => {
  test('are served whole and in parts, as their own type and as nothing else', async () => {
    const { home, app } = await openOutside()
    const file = await uploaded(home)
    posted(home, 'High water', { mediaIds: [file.id] })
    const whole = await get(app, `/media/${file.token}/original.jpg`)
    expect(whole.statusCode).toBe(200)
    expect(whole.rawPayload).toEqual(bytes)
    expect(whole.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'accept-ranges': 'bytes',
    })
    const part = await get(app, `/media/${file.token}/original.jpg`, { range: 'bytes=10-19' })
    expect([part.statusCode, part.headers['content-range'], part.body]).toEqual([206, 'bytes 10-19/100', '0123456789'])
    const tail = await get(app, `/media/${file.token}/original.jpg`, { range: 'bytes=-5' })
    expect([tail.statusCode, tail.body]).toEqual([206, '56789'])
    expect((await get(app, `/media/${file.token}/original.jpg`, { range: 'bytes=200-' })).statusCode).toBe(416)
    const small = await get(app, `/media/${file.token}/small.webp`)
    expect([small.headers['content-type'], small.body]).toEqual(['image/webp', 'small'])
    const head = await app.inject({ method: 'HEAD', url: `/media/${file.token}/original.jpg`, headers: { host: HOST } })
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '100', ''])
  })

  test('come in every form of a range, and never twice to who has them', async () => {
    const { home, app } = await openOutside()
    const file = await uploaded(home, 'video/mp4')
    posted(home, 'High water', { mediaIds: [file.id] })
    const url = `/media/${file.token}/original.mp4`
    const open = await get(app, url, { range: 'bytes=95-' })
    expect([open.statusCode, open.headers['content-range'], open.body]).toEqual([206, 'bytes 95-99/100', '56789'])
    // Several parts, another unit: the whole, as a server may.
    for (const range of ['bytes=0-1,5-6', 'lines=0-1']) expect((await get(app, url, { range })).rawPayload, range).toEqual(bytes)
    const beyond = await get(app, url, { range: 'bytes=100-' })
    expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, 'bytes */100'])
    const whole = await get(app, url)
    expect(whole.headers).toMatchObject({
      'cache-control': expect.stringContaining('immutable') as unknown,
      'content-disposition': 'inline',
      'content-type': 'video/mp4',
    })
    const again = await get(app, url, { 'if-none-match': String(whole.headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    const head = await app.inject({ method: 'HEAD', url, headers: { host: HOST, range: 'bytes=0-9' } })
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([206, '10', ''])
  })

  test('of drafts, of posts that wait and of deleted posts are nobody’s but the owner’s', async () => {
    const { home, app } = await openOutside()
    const loose = await uploaded(home)
    expect((await get(app, `/media/${loose.token}/original.jpg`)).statusCode).toBe(404)
    const wet = await uploaded(home)
    posted(home, 'not yet', { mediaIds: [wet.id], wet: true })
    expect((await get(app, `/media/${wet.token}/original.jpg`)).statusCode).toBe(404)
    const gone = await uploaded(home)
    deletePost(home, posted(home, 'soon gone', { mediaIds: [gone.id] }))
    expect((await get(app, `/media/${gone.token}/original.jpg`)).statusCode).toBe(404)

    const inside = await openInside(4000, (own) =>
      own.register(mediaFiles({ domain: home, viewer: 'owner', remote: null, root: home.store.blobs.folder })),
    )
    for (const file of [loose, wet, gone]) {
      const answer = await inside.app.inject({ url: `/media/${file.token}/original.jpg`, headers: { host: '127.0.0.1:4000' } })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['cache-control']).toContain('private')
    }
  })

  test.each([['text/html'], ['image/svg+xml'], ['application/pdf']])(
    'of the type %s are not served, whatever a row says (rule 4)',
    async (mime) => {
      const { home, app } = await openOutside()
      const file = await uploaded(home, mime)
      posted(home, 'High water', { mediaIds: [file.id] })
      expect((await get(app, `/media/${file.token}/original.jpg`)).statusCode).toBe(404)
    },
  )

  test('are found by their token alone', async () => {
    const { home, app } = await openOutside()
    const file = await uploaded(home)
    posted(home, 'High water', { mediaIds: [file.id] })
    for (const url of [
      `/media/${file.id}/original.jpg`,
      `/media/${'x'.repeat(22)}/original.jpg`,
      `/media/..%2f..%2fdata.key/original.jpg`,
      `/media/${file.token}/..%2f..%2f..%2fdata.key`.replace('original', ''),
      `/media/${file.token}'--/original.jpg`,
    ]) {
      const answer = await get(app, url)
      expect(answer.body).not.toContain('data')
      expect([200, 404]).toContain(answer.statusCode)
      if (answer.statusCode === 200) expect(answer.rawPayload).toEqual(bytes)
    }
  })
})

describe('files of others', () => {
  const remoteOf = (home: Home) => {
    const asked: number[] = []
    const path = join(home.folder, 'copy')
    writeFileSync(path, bytes)
    return {
      asked,
      remote: {
        film: async () => 'whole' as const,
        async open(id: number) {
          asked.push(id)
          return mediaById(home, id)?.remoteUrl?.endsWith('gone') ? null : { path, mime: 'image/png', bytes: bytes.length }
        },
      },
    }
  }

  test('are not handed to the public: nobody fetches through us', async () => {
    const { home, app } = await openOutside()
    const { token } = addRemoteMedia(home, null, 0, { kind: 'avatar', url: 'https://tide.example/a.png', mime: 'image/png' })
    expect((await get(app, `/media/${token}/original.png`)).statusCode).toBe(404)
  })

  test('come to the owner as the type their bytes have', async () => {
    const { home } = await openOutside()
    const { remote, asked } = remoteOf(home)
    const there = addRemoteMedia(home, null, 0, { kind: 'avatar', url: 'https://tide.example/a.png', mime: 'text/html' })
    const gone = addRemoteMedia(home, null, 0, { kind: 'avatar', url: 'https://tide.example/gone', mime: 'image/png' })
    const { app } = await openInside(4000, (own) =>
      own.register(mediaFiles({ domain: home, viewer: 'owner', remote, root: home.store.blobs.folder })),
    )
    const headers = { host: '127.0.0.1:4000' }
    const answer = await app.inject({ url: `/media/${there.token}/original`, headers })
    expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.equals(bytes)]).toEqual([200, 'image/png', true])
    expect((await app.inject({ url: `/media/${gone.token}/original`, headers })).statusCode).toBe(404)
    expect(asked).toEqual([there.id, gone.id])
  })
})
