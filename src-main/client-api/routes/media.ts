import { AppError } from '../../domain/errors.ts'
import { addMedia, describeMedia, mediaById, removeUpload } from '../../domain/media.ts'
import { ownerId } from '../../domain/owner.ts'
import { parseId } from '../../domain/uris.ts'
import { toMediaAttachment } from '../entities/media.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Uploads. A picture is ready when the answer comes, on both versions of the route: `url` is there at once, 200 and not 202. */
export function registerMedia(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, images } = options

  const upload = async (request: FastifyRequest) => {
    ownerId(d)
    const params = paramsOf(request)
    const given = params.files.get('file')
    if (!given || given.bytes.length === 0) throw new AppError('invalid', "Validation failed: File can't be blank")
    if (given.truncated) throw new AppError('invalid', 'Validation failed: File must be smaller than 16 MB', { reason: 'too-large' })
    const focus = params.word('focus')
    const { kind, original, preview, blurhash } = await images.process(given.bytes)
    const blob = await d.store.blobs.put(original.bytes)
    const previewBlob = await d.store.blobs.put(preview.bytes)
    const media = addMedia(d, {
      kind,
      mime: original.mime,
      bytes: original.bytes.length,
      width: original.width,
      height: original.height,
      previewMime: preview.mime,
      previewWidth: preview.width,
      previewHeight: preview.height,
      blurhash,
      description: params.text('description') ?? null,
      focus: focus === undefined ? null : focusOf(focus),
      blob,
      previewBlob,
    })
    return toMediaAttachment(contextFor(request, options), media)
  }
  app.post('/api/v1/media', needs('write:media', 'MediaAttachment'), upload)
  app.post('/api/v2/media', needs('write:media', 'MediaAttachment'), upload)

  app.get<ById>('/api/v1/media/:id', needs('write:media', 'MediaAttachment'), async (request) =>
    toMediaAttachment(contextFor(request, options), ownUpload(request.params.id)),
  )

  const describe = async (request: FastifyRequest<ById>) => {
    const params = paramsOf(request)
    const { id } = ownUpload(request.params.id)
    const description = params.text('description')
    const focus = params.word('focus')
    const media = describeMedia(d, id, {
      ...(description === undefined ? {} : { description }),
      ...(focus === undefined ? {} : { focus: focusOf(focus) }),
    })
    return toMediaAttachment(contextFor(request, options), media)
  }
  app.put('/api/v1/media/:id', needs('write:media', 'MediaAttachment'), describe)
  app.patch('/api/v1/media/:id', needs('write:media', 'MediaAttachment'), describe)

  app.delete<ById>('/api/v1/media/:id', needs('write:media', 'Empty'), async (request) => {
    removeUpload(d, ownUpload(request.params.id).id)
    return {}
  })

  function ownUpload(text: string) {
    const id = parseId(text)
    const media = id === null ? null : mediaById(d, id)
    if (!media?.own || media.kind === 'avatar' || media.kind === 'header') throw notFound()
    return media
  }
}

/** `x,y`, each from -1 to 1, the middle being 0,0. */
export function focusOf(text: string): { x: number; y: number } {
  const [x, y] = text.split(',').map(Number)
  if (x === undefined || y === undefined || !Number.isFinite(x) || !Number.isFinite(y)) {
    throw new AppError('invalid', 'Validation failed: Focus must be two numbers from -1 to 1, as in 0.0,0.5')
  }
  return { x, y }
}
