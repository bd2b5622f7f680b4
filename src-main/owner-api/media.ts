import multipart from '@fastify/multipart'
import { AppError } from '../domain/errors.ts'
import { posterPath, setPoster } from '../domain/films.ts'
import { mediaPath, parseId } from '../domain/uris.ts'
import { badBody, notFound } from './bodies.ts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Images } from '../domain/ports.ts'
import type { MediaFile } from '../domain/types.ts'
import type * as contract from './contract.ts'

/** The largest picture taken for a film: the window draws it at the size it is shown. */
const MAX_POSTER_BYTES = 4 * 1024 * 1024

/** A file as the window knows it. `url` is null while a film is being made ready, `previewUrl` while there is nothing to see. */
export function toDraftMedia(file: MediaFile, base: string): contract.DraftMedia {
  const ready = file.state === 'ready'
  const poster = posterPath(file)
  const still =
    ready && file.kind !== 'video' && file.kind !== 'audio' ? mediaPath(file.token, 'small', file.previewMime ?? file.mime) : null
  return {
    id: String(file.id),
    type: file.kind as contract.DraftMedia['type'],
    url: ready ? base + mediaPath(file.token, 'original', file.mime) : null,
    previewUrl: poster || still ? base + (poster ?? still) : null,
    description: file.description,
    width: file.width,
    height: file.height,
    blurhash: file.blurhash,
    focus: file.focus,
  }
}

/** The picture of a film, drawn by the window from its first frames: nothing of ours decodes a film. A plugin of its own: only here a body may have parts. */
export function posterRoutes(parts: { domain: Domain; images: Images; base: () => string }): FastifyPluginAsync {
  const { domain: d, images, base } = parts
  return async (routes) => {
    await routes.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fieldNameSize: 100, fieldSize: 1_024, fields: 4, files: 1, parts: 5, fileSize: MAX_POSTER_BYTES },
    })
    routes.post<{ Params: { id: string } }>('/api/owner/media/:id/poster', async (request) => {
      const id = parseId(request.params.id)
      if (id === null) throw notFound()
      return toDraftMedia(await setPoster(d, images, id, await pictureIn(request)), base())
    })
  }
}

async function pictureIn(request: FastifyRequest): Promise<Buffer> {
  if (!request.isMultipart()) throw badBody()
  let bytes: Buffer | null = null
  for await (const part of request.parts()) {
    if (part.type === 'field') continue
    const read = await part.toBuffer()
    if (part.file.truncated) {
      throw new AppError('invalid', 'A picture for a film is at most 4 MB.', {
        reason: 'too-large',
        params: { maxBytes: MAX_POSTER_BYTES },
      })
    }
    if (part.fieldname === 'file') bytes = read
  }
  if (!bytes) throw badBody()
  return bytes
}
