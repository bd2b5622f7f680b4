import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { MAX_FILM_BYTES } from '../../../src-main/client-api/bodies.ts'
import { filmProblem } from '../../../src-main/client-api/film-problems.ts'
import * as declared from '../../../src-main/client-api/upload-types.ts'
import { beginFilm, keptCopies, waitingFilms } from '../../../src-main/domain/films.ts'
import { addMedia, mediaById, mediaByToken, sweepMedia } from '../../../src-main/domain/media.ts'
import { bookmarkPost } from '../../../src-main/domain/interactions.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { MAX_PIXELS } from '../../../src-main/media/images.ts'
import { FILM_TYPES, MAX_FILM_BYTES as TAKEN_BYTES, MAX_FILM_PIXELS, MAX_FRAME_RATE, SOUND_TYPES } from '../../../src-main/media/remux.ts'
import { openFilmQueue } from '../../../src-main/server/films.ts'
import { person, received } from '../domain/home.ts'
import { film, mp3, SECRETS } from '../media/films.ts'
import { openApi } from './instance.ts'
import type { Films, RemuxedFilm } from '../../../src-main/domain/ports.ts'
import type { Api } from './instance.ts'

const EDGE = 'burrow-edge'
function multipart(fields: Record<string, string>, files: Record<string, Buffer>) {
  const parts: Buffer[] = []
  for (const [name, value] of Object.entries(fields)) {
    parts.push(Buffer.from(`--${EDGE}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`))
  }
  for (const [name, bytes] of Object.entries(files)) {
    // The type and the name are what a liar would say.
    const head = `--${EDGE}\r\nContent-Disposition: form-data; name="${name}"; filename="../../a.html"\r\nContent-Type: text/html\r\n\r\n`
    parts.push(Buffer.from(head), bytes, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(`--${EDGE}--\r\n`))
  return { payload: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${EDGE}` } }
}
const send = (api: Api, path: string, file: Buffer, more: { fields?: Record<string, string>; files?: Record<string, Buffer> } = {}) =>
  api.call('POST', path, undefined, multipart(more.fields ?? {}, { file, ...more.files }))

/** As clients do: once a second or so, until it is something else than "not yet". */
async function untilReady(api: Api, id: string) {
  return vi.waitFor(
    async () => {
      const answer = await api.get(`/api/v1/media/${id}`)
      expect(answer.status).not.toBe(206)
      return answer
    },
    { timeout: 60_000, interval: 50 },
  )
}
const unfinished = (api: Api) => {
  const folder = join(api.home.folder, 'media', 'unfinished')
  return existsSync(folder) ? readdirSync(folder) : []
}
const blobsOf = (api: Api) => {
  const folder = join(api.home.folder, 'media')
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((one) =>
        one.isFile() ? [readFileSync(join(one.parentPath, one.name))] : [],
      )
    : []
}

describe('a film', { timeout: 120_000 }, () => {
  test('is accepted, worked on, and there: 202, 206, 200; nothing of its maker is on the disk any more', async () => {
    const api = await openApi()
    const bytes = await film('mov', { rotation: 90, userData: true })
    const sent = await send(api, '/api/v2/media', bytes, { fields: { description: 'The quay', focus: '0,0.5' } })
    expect([sent.status, sent.body.url, sent.body.type, sent.body.description]).toEqual([202, null, 'video', 'The quay'])
    const early = await api.get(`/api/v1/media/${sent.body.id}`)
    expect([early.status, early.body.url]).toEqual([206, null])
    // Until it is ready it is nobody's to see, nor to post.
    const row = mediaById(api.home, Number(sent.body.id))
    expect(mediaByToken(api.home, row?.token ?? '', 'owner')).toBeNull()
    const refused = await api.call('POST', '/api/v1/statuses', { status: 'The quay', media_ids: [sent.body.id] })
    expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('finished processing') as unknown])

    const { status, body } = await untilReady(api, sent.body.id)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      type: 'video',
      url: expect.stringMatching(/original\.mp4$/) as unknown,
      preview_url: expect.stringMatching(/small\.webp\?v=[0-9a-f]{8}$/) as unknown,
      remote_url: null,
      description: 'The quay',
      blurhash: expect.stringMatching(/^.{20,}$/) as unknown,
      meta: {
        original: {
          width: 48,
          height: 64,
          frame_rate: '10/1',
          duration: expect.closeTo(2, 1) as unknown,
          bitrate: expect.any(Number) as unknown,
        },
        small: { width: 48, height: 64, size: '48x64', aspect: 0.75 },
        focus: { x: 0, y: 0.5 },
        length: expect.stringMatching(/^0:00:02\.\d\d$/) as unknown,
        fps: 10,
        size: '48x64',
      },
    })
    // The film and its picture; the file as it came goes right after.
    await vi.waitFor(() => expect(blobsOf(api)).toHaveLength(2), { timeout: 20_000 })
    const stored = blobsOf(api)
    for (const secret of SECRETS)
      expect(
        stored.some((one) => one.includes(secret)),
        secret,
      ).toBe(false)
    await vi.waitFor(() => expect(unfinished(api)).toEqual([]), { timeout: 20_000 })
    const posted = await api.call('POST', '/api/v1/statuses', { status: 'The quay', media_ids: [sent.body.id] })
    expect([posted.status, posted.body.media_attachments[0].type]).toEqual([200, 'video'])
    expect(api.problems).toEqual([])
  })

  test('is ready at once where the client waits (Elk)', async () => {
    const api = await openApi()
    const { status, body } = await send(api, '/api/v1/media', await film('webm'))
    expect([status, body.type, body.url]).toEqual([200, 'video', expect.stringMatching(/original\.webm$/)])
    const heard = await send(api, '/api/v1/media', mp3())
    expect(heard.status).toBe(200)
    expect(heard.body).toMatchObject({
      type: 'audio',
      preview_url: heard.body.url,
      meta: { original: { duration: expect.closeTo(2, 1) as unknown } },
    })
    expect(heard.body.meta.original.width).toBeUndefined()
  })

  test('that cannot be taken says why, on both ways, and leaves nothing', async () => {
    const api = await openApi()
    const hevc = Buffer.from((await film('mp4', { tags: false })).toString('latin1').replaceAll('avc1', 'hvc1'), 'latin1')
    const words = /HEVC \(H\.265\).*H\.264/
    const waited = await send(api, '/api/v1/media', hevc)
    expect([waited.status, waited.body.error]).toEqual([422, expect.stringMatching(words)])
    const sent = await send(api, '/api/v2/media', hevc)
    expect(sent.status).toBe(202)
    const { status, body } = await untilReady(api, sent.body.id)
    expect([status, body.error]).toEqual([422, expect.stringMatching(words)])
    await vi.waitFor(() => expect(blobsOf(api)).toHaveLength(0), { timeout: 20_000 })
    expect((await api.call('POST', '/api/v1/statuses', { status: 'x', media_ids: [sent.body.id] })).status).toBe(422)
    expect((await api.call('DELETE', `/api/v1/media/${sent.body.id}`)).status).toBe(200)
    sweepMedia(api.home)
    expect((await api.get(`/api/v1/media/${sent.body.id}`)).status).toBe(404)
    expect(api.problems).toEqual([])
  })

  test('has the picture it was sent with, then another one, at another address', async () => {
    const api = await openApi()
    const sent = await send(api, '/api/v2/media', await film('mp4'), { files: { thumbnail: Buffer.from('a first picture') } })
    expect(sent.body.preview_url).toMatch(/\?v=[0-9a-f]{8}$/)
    const ready = await untilReady(api, sent.body.id)
    // The neutral one does not take its place.
    expect([ready.body.preview_url, ready.body.meta.small]).toEqual([
      sent.body.preview_url,
      expect.objectContaining({ width: 400, height: 300 }),
    ])
    const changed = await api.call(
      'PUT',
      `/api/v1/media/${sent.body.id}`,
      undefined,
      multipart({ description: 'Night' }, { thumbnail: Buffer.from('quite another one') }),
    )
    expect([changed.status, changed.body.description]).toEqual([200, 'Night'])
    expect(changed.body.preview_url).not.toBe(sent.body.preview_url)
    // The film and the picture: the former picture is gone.
    await vi.waitFor(() => expect(blobsOf(api)).toHaveLength(2), { timeout: 20_000 })
  })

  test('that was being worked on when the program was killed is begun anew, once', async () => {
    const api = await openApi()
    const { home } = api
    const waits = async () =>
      addMedia(home, {
        state: 'processing',
        kind: 'video',
        mime: null,
        bytes: 1,
        width: null,
        height: null,
        blob: await home.store.blobs.put(await film('mp4')),
        previewBlob: null,
        previewMime: null,
      })
    const { id } = await waits()
    // Killed in its midst.
    expect(beginFilm(home, id)).toBe(true)
    const events: number[] = []
    home.events.listen((event) => event.type === 'media-changed' && events.push(event.data.mediaId))
    const next = openFilmQueue({ domain: home, log: quietLog })
    next.start()
    await next.settled(id)
    expect([mediaById(home, id)?.state, mediaById(home, id)?.mime, events]).toEqual(['ready', 'video/mp4', [id]])

    const again = await waits()
    beginFilm(home, again.id)
    beginFilm(home, again.id)
    const third = openFilmQueue({ domain: home, log: quietLog })
    third.start()
    await third.settled(again.id)
    expect(mediaById(home, again.id)).toMatchObject({ state: 'failed', error: 'interrupted', blob: null })
    await vi.waitFor(async () => expect(await home.store.blobs.has(again.blob ?? '')).toBe(false), { timeout: 20_000 })
    expect((await api.get(`/api/v1/media/${again.id}`)).body.error).toContain('Send it again')
    expect(waitingFilms(home)).toEqual([])
    await Promise.all([next.stop(), third.stop()])
  })

  test('whose program ends in order waits for the next start', async () => {
    const api = await openApi()
    const { home } = api
    const stuck: Films = {
      remux: (_path, _into, options) =>
        new Promise((_resolve, reject) =>
          options?.signal?.addEventListener('abort', () => reject(new AppError('invalid', 'ended', { reason: 'too-slow' }))),
        ),
    }
    const queue = openFilmQueue({ domain: home, films: stuck, log: quietLog })
    const { id } = addMedia(home, {
      state: 'processing',
      kind: 'video',
      mime: null,
      bytes: 1,
      width: null,
      height: null,
      blob: await home.store.blobs.put(await film('mp4')),
      previewBlob: null,
      previewMime: null,
    })
    queue.want(id)
    const waited = queue.settled(id)
    await vi.waitFor(() => expect(mediaById(home, id)?.error).toBe('begun'), { timeout: 20_000 })
    await queue.stop()
    await waited
    expect(mediaById(home, id)).toMatchObject({ state: 'processing', error: null })
  })

  test('they are made ready one after the other', async () => {
    const { home } = await openApi()
    let at = 0
    let most = 0
    const slow: Films = {
      async remux(): Promise<RemuxedFilm> {
        most = Math.max(most, ++at)
        await new Promise((done) => setImmediate(done))
        at--
        throw new AppError('invalid', 'no', { reason: 'damaged' })
      },
    }
    const queue = openFilmQueue({ domain: home, films: slow, log: quietLog })
    const ids: number[] = []
    for (let i = 0; i < 4; i++) {
      const { id } = addMedia(home, {
        state: 'processing',
        kind: 'video',
        mime: null,
        bytes: 1,
        width: null,
        height: null,
        blob: await home.store.blobs.put(Buffer.from(`film ${i}`)),
        previewBlob: null,
        previewMime: null,
      })
      ids.push(id)
      queue.want(id)
    }
    await Promise.all(ids.map((id) => queue.settled(id)))
    expect([most, ids.map((id) => mediaById(home, id)?.error)]).toEqual([1, ['damaged', 'damaged', 'damaged', 'damaged']])
    await queue.stop()
  })
})

const quietLog = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

describe('what is sent stands on the disk, and only as long as its request', { timeout: 120_000 }, () => {
  test('the name and the type that a part claims are nobody’s business (rule 33)', async () => {
    const api = await openApi()
    const { status, body } = await send(api, '/api/v1/media', await film('mp4'))
    expect([status, body.type]).toEqual([200, 'video'])
    expect(readdirSync(api.home.folder).filter((name) => name.includes('html'))).toEqual([])
  })

  test('a film over 99 MB is refused with a sentence, before and after its bytes', async () => {
    const api = await openApi()
    const large = Buffer.alloc(MAX_FILM_BYTES + 1)
    ;(await film('mp4')).copy(large)
    const { status, body } = await send(api, '/api/v2/media', large)
    expect([status, body.error]).toEqual([422, 'Validation failed: A file must be smaller than 99 MB'])
    await vi.waitFor(() => expect(unfinished(api)).toEqual([]), { timeout: 20_000 })
    // What says that it is far too large is not read at all.
    const base = new URL(await api.listen())
    const told = await new Promise<{ status: number | undefined; text: string }>((done, failed) => {
      const request = httpRequest({
        host: base.hostname,
        port: base.port,
        method: 'POST',
        path: '/api/v2/media',
        headers: {
          'content-type': `multipart/form-data; boundary=${EDGE}`,
          'content-length': 300 * 1024 * 1024,
          authorization: `Bearer ${api.token}`,
        },
      })
      request.on('error', failed)
      request.on('response', (answer) => {
        let text = ''
        answer.on('data', (piece: Buffer) => (text += piece.toString()))
        answer.on('end', () => {
          request.destroy()
          done({ status: answer.statusCode, text })
        })
      })
      request.write(Buffer.alloc(1_000))
    })
    expect([told.status, told.text]).toEqual([413, '{"error":"That is too large: a film may have 99 MB, a picture 16 MB."}'])
    expect(blobsOf(api)).toEqual([])
  })

  test('an upload that breaks off leaves nothing', async () => {
    const api = await openApi()
    const base = new URL(await api.listen())
    const { payload, headers } = multipart({}, { file: Buffer.concat([await film('mp4'), Buffer.alloc(2_000_000)]) })
    const request = httpRequest({
      host: base.hostname,
      port: base.port,
      method: 'POST',
      path: '/api/v2/media',
      headers: { ...headers, 'content-length': payload.length, authorization: `Bearer ${api.token}` },
    })
    request.on('error', () => undefined)
    request.write(payload.subarray(0, 1_500_000))
    await vi.waitFor(() => expect(unfinished(api)).toHaveLength(1), { timeout: 30_000 })
    request.destroy()
    await vi.waitFor(() => expect(unfinished(api)).toEqual([]), { timeout: 30_000 })
    expect(blobsOf(api)).toEqual([])
  })

  test('a body that is not what it says is a bad request, not our fault', async () => {
    const api = await openApi()
    const headers = { 'content-type': `multipart/form-data; boundary=${EDGE}` }
    const broken = await api.call('POST', '/api/v2/media', undefined, { payload: 'x', headers })
    expect([broken.status, broken.body.error]).toEqual([400, 'The body is not valid multipart.'])
    const half = multipart({}, { file: Buffer.alloc(5_000) }).payload.subarray(0, 3_000)
    expect((await api.call('POST', '/api/v2/media', undefined, { payload: half, headers })).status).toBe(400)
    await vi.waitFor(() => expect(unfinished(api)).toEqual([]), { timeout: 20_000 })
    expect(api.problems).toEqual([])
  })

  test('files that a route does not take are not kept for a moment', async () => {
    const api = await openApi()
    const sent = multipart({ status: 'Hello' }, { file: Buffer.alloc(200_000) })
    const temporary = vi.spyOn(api.home.store.blobs, 'temporary')
    expect((await api.call('POST', '/api/v1/statuses', undefined, sent)).body.content).toContain('Hello')
    expect(temporary).not.toHaveBeenCalled()
  })
})

test('what the instance says is what is taken', async () => {
  const api = await openApi()
  const { body } = await api.get('/api/v2/instance')
  expect(body.configuration.media_attachments).toMatchObject({
    supported_mime_types: expect.arrayContaining([...FILM_TYPES, ...SOUND_TYPES]) as unknown,
    description_limit: 1_500,
    image_size_limit: 16 * 1024 * 1024,
    image_matrix_limit: MAX_PIXELS,
    video_size_limit: TAKEN_BYTES,
    video_matrix_limit: MAX_FILM_PIXELS,
    video_frame_rate_limit: MAX_FRAME_RATE,
  })
  expect(new Set(declared.UPLOAD_TYPES).size).toBe(declared.UPLOAD_TYPES.length)
})

test('every code has a sentence', () => {
  for (const code of [
    'unsupported-type',
    'unsupported-codec:AC-3',
    'unsupported-codec:unknown',
    'damaged',
    'too-many-tracks',
    'too-many-pixels',
    'too-many-frames',
    'too-slow',
    'disk-full',
    'interrupted',
    'of-tomorrow',
    null,
  ]) {
    expect(filmProblem(code)).toMatch(/^[A-Z].*\.$/)
  }
  expect(filmProblem('unsupported-codec:AC-3')).toContain('AC-3')
})

test('copies of bookmarked posts’ files are the ones to keep', async () => {
  const { home } = await openApi()
  const bo = person(home, 'bo')
  const media = [{ kind: 'video' as const, url: 'https://tide.example/1.mp4', mime: 'video/mp4' }]
  const kept = received(home, bo, { media })
  received(home, bo, { media: [{ ...(media[0] as (typeof media)[0]), url: 'https://tide.example/2.mp4' }] })
  bookmarkPost(home, kept)
  const ids = keptCopies(home)
  expect(ids.map(({ id, film: moves }) => [mediaById(home, id)?.remoteUrl, moves])).toEqual([['https://tide.example/1.mp4', true]])
})

test('whoever has bookmarked for years keeps the oldest copies too', async () => {
  const { home } = await openApi()
  const media = [{ kind: 'image' as const, url: 'https://tide.example/1.jpg', mime: 'image/jpeg' }]
  const kept = received(home, person(home, 'bo'), { media })
  bookmarkPost(home, kept)
  const first = keptCopies(home)[0]?.id ?? 0
  const columns = (home.store.database.prepare('select name from pragma_table_info(?)').all('media') as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name !== 'id' && name !== 'token')
    .join(', ')
  home.store.database.exec(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000)
     insert into media (id, token, ${columns}) select ${first} + i, 'token ' || i, ${columns} from media, n where media.id = ${first}`,
  )
  expect(keptCopies(home)).toHaveLength(6_001)
})
