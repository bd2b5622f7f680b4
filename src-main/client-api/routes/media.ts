import { AppError } from '../../domain/errors.ts'
import { setPoster, storePoster } from '../../domain/films.ts'
import { addMedia, describeMedia, mediaById, removeUpload } from '../../domain/media.ts'
import { ownerId } from '../../domain/owner.ts'
import { parseId } from '../../domain/uris.ts'
import { MAX_FILM_BYTES, MAX_IMAGE_BYTES, readUpload } from '../bodies.ts'
import { toMediaAttachment } from '../entities/media.ts'
import { filmProblem } from '../film-problems.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MediaFile } from '../../domain/types.ts'
import type { ClientApiOptions } from '../options.ts'
import type { Params, Upload } from '../params.ts'
import type { ById } from './answers.ts'

/** As {@link needs}, for routes that take files. */
const takes = (uploads: Record<string, number>) => ({ config: { ...needs('write:media', 'MediaAttachment').config, uploads } })

/**
 * Uploads. A picture is ready when the answer comes, on both versions of the route. A film or a sound is written anew in the background: the second version
 * answers 202 with `url` null and clients ask again until it is there, the first one waits (mastodon-api.md 1.4).
 */
export function registerMedia(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, images, films } = options

  const upload = async (request: FastifyRequest): Promise<MediaFile> => {
    ownerId(d)
    const params = paramsOf(request)
    const given = params.files.get('file')
    if (!given || given.size === 0) throw new AppError('invalid', "Validation failed: File can't be blank")
    const words = { description: params.text('description') ?? null, focus: focusIn(params) ?? null }
    return given.truncated || (await films.takes(given.path)) ? addFilm(given, params, words) : addPicture(given, words)
  }
  type Words = { description: string | null; focus: { x: number; y: number } | null }

  async function addPicture(given: Upload, words: Words): Promise<MediaFile> {
    if (given.size > MAX_IMAGE_BYTES) throw tooLarge('A picture', MAX_IMAGE_BYTES)
    const { kind, original, preview, blurhash } = await images.process(await readUpload(given))
    const blob = await d.store.blobs.put(original.bytes)
    const previewBlob = await d.store.blobs.put(preview.bytes)
    return addMedia(d, {
      kind,
      mime: original.mime,
      bytes: original.bytes.length,
      width: original.width,
      height: original.height,
      previewMime: preview.mime,
      previewWidth: preview.width,
      previewHeight: preview.height,
      blurhash,
      ...words,
      blob,
      previewBlob,
    })
  }

  /** Durably there when it resolves, as it came: whatever happens next, it is made ready or says why not. */
  async function addFilm(given: Upload, params: Params, words: Words): Promise<MediaFile> {
    if (given.truncated) throw tooLarge('A file', MAX_FILM_BYTES)
    const thumbnail = await thumbnailIn(params)
    const poster = thumbnail && (await storePoster(d, images, thumbnail))
    const media = addMedia(d, {
      state: 'processing',
      // Until it is known: most are.
      kind: 'video',
      mime: null,
      bytes: given.size,
      width: null,
      height: null,
      ...words,
      blob: await d.store.blobs.keep(given.path),
      previewBlob: poster?.blob ?? null,
      previewMime: poster?.mime ?? null,
      previewWidth: poster?.width ?? null,
      previewHeight: poster?.height ?? null,
      blurhash: poster?.blurhash ?? null,
    })
    films.want(media.id)
    return media
  }

  async function thumbnailIn(params: Params): Promise<Buffer | null> {
    const thumbnail = params.files.get('thumbnail')
    if (!thumbnail || thumbnail.size === 0) return null
    if (thumbnail.truncated) throw tooLarge('A picture', MAX_IMAGE_BYTES)
    return readUpload(thumbnail)
  }

  const files = { file: MAX_FILM_BYTES, thumbnail: MAX_IMAGE_BYTES }
  app.post('/api/v1/media', takes(files), async (request) => {
    const { id } = await upload(request)
    await films.settled(id)
    const media = mediaById(d, id)
    if (!media) throw notFound()
    if (media.state === 'processing') throw new AppError('unavailable', 'Burrow is ending. The file is kept.', { reason: 'stopping' })
    // Whoever waited for the answer needs no row that says the same.
    if (media.state === 'failed') removeUpload(d, id)
    return toMediaAttachment(contextFor(request, options), settled(media))
  })
  app.post('/api/v2/media', takes(files), async (request, reply) => {
    const media = await upload(request)
    if (media.state !== 'ready') reply.status(202)
    return toMediaAttachment(contextFor(request, options), media)
  })

  app.get<ById>('/api/v1/media/:id', needs('write:media', 'MediaAttachment'), async (request, reply) => {
    const media = settled(ownUpload(request.params.id))
    if (media.state !== 'ready') reply.status(206)
    return toMediaAttachment(contextFor(request, options), media)
  })

  const describe = async (request: FastifyRequest<ById>, reply: FastifyReply) => {
    const params = paramsOf(request)
    const { id, kind } = ownUpload(request.params.id)
    const description = params.text('description')
    const focus = focusIn(params)
    // Pictures are their own: as on Mastodon, only what moves or sounds gets another.
    const thumbnail = kind === 'video' || kind === 'audio' ? await thumbnailIn(params) : null
    const described = describeMedia(d, id, {
      ...(description === undefined ? {} : { description }),
      ...(focus === undefined ? {} : { focus }),
    })
    const media = thumbnail ? await setPoster(d, images, id, thumbnail) : described
    if (media.state === 'processing') reply.status(206)
    return toMediaAttachment(contextFor(request, options), media)
  }
  app.put('/api/v1/media/:id', takes({ thumbnail: MAX_IMAGE_BYTES }), describe)
  app.patch('/api/v1/media/:id', takes({ thumbnail: MAX_IMAGE_BYTES }), describe)

  app.delete<ById>('/api/v1/media/:id', needs('write:media', 'Empty'), async (request) => {
    removeUpload(d, ownUpload(request.params.id).id)
    return {}
  })

  function ownUpload(text: string) {
    const id = parseId(text)
    const media = id === null ? null : mediaById(d, id)
    if (!media?.own || media.kind === 'avatar' || media.kind === 'header' || media.kind === 'emoji') throw notFound()
    return media
  }
}

/** As it is, or the sentence that says why it will never be ready. */
function settled(media: MediaFile): MediaFile {
  if (media.state === 'failed') throw new AppError('invalid', `Validation failed: ${filmProblem(media.error)}`, { reason: 'media-failed' })
  return media
}

const tooLarge = (what: string, bytes: number) =>
  new AppError('invalid', `Validation failed: ${what} must be smaller than ${Math.floor(bytes / 1024 / 1024)} MB`, {
    reason: 'too-large',
    params: { maxBytes: bytes },
  })

const focusIn = (params: Params) => {
  const focus = params.word('focus')
  return focus === undefined ? undefined : focusOf(focus)
}

/** `x,y`, each from -1 to 1, the middle being 0,0. */
export function focusOf(text: string): { x: number; y: number } {
  const [x, y] = text.split(',').map(Number)
  if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) {
    throw new AppError('invalid', 'Validation failed: Focus must be two numbers from -1 to 1, as in 0.0,0.5')
  }
  return { x, y }
}
