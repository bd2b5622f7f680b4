import multipart from '@fastify/multipart'
import { AppError } from '../domain/errors.ts'
import { addMedia } from '../domain/media.ts'
import { addEmoji, EMOJI_TYPES, freeShortcode, MAX_EMOJI_BYTES, ownEmojis, removeEmoji } from '../domain/own-emojis.ts'
import { ownerId } from '../domain/owner.ts'
import { mediaPath } from '../domain/uris.ts'
import { badBody } from './bodies.ts'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Images } from '../domain/ports.ts'
import type * as contract from './contract.ts'

/** The owner's own emojis. A plugin of its own: only here a body may have parts. */
export function emojiRoutes(parts: { domain: Domain; images: Images; base: () => string }): FastifyPluginAsync {
  const { domain: d, images, base } = parts
  const all = (): contract.OwnEmoji[] =>
    ownEmojis(d).map(({ shortcode, token, mime }) => ({ shortcode, url: base() + mediaPath(token, 'original', mime) }))

  return async (routes) => {
    await routes.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fieldNameSize: 100, fieldSize: 1_024, fields: 10, files: 1, parts: 11, fileSize: MAX_EMOJI_BYTES + 1 },
    })

    routes.get('/api/owner/emojis', async () => all())
    routes.post('/api/owner/emojis', async (request) => {
      ownerId(d)
      const { shortcode, file } = await readParts(request)
      const name = freeShortcode(d, shortcode)
      const { original } = await images.process(file)
      if (!EMOJI_TYPES.includes(original.mime)) {
        throw new AppError('invalid', 'An emoji is a PNG, GIF or WebP picture.', { reason: 'unsupported-type' })
      }
      if (original.bytes.length > MAX_EMOJI_BYTES) throw tooLarge()
      const blob = await d.store.blobs.put(original.bytes)
      d.store.transaction(() => {
        const { id } = addMedia(d, {
          kind: 'emoji',
          mime: original.mime,
          bytes: original.bytes.length,
          width: original.width,
          height: original.height,
          blob,
          previewBlob: null,
          previewMime: null,
        })
        addEmoji(d, { shortcode: name, mediaId: id })
      })
      return all()
    })
    routes.delete<{ Params: { shortcode: string } }>('/api/owner/emojis/:shortcode', async (request) => {
      removeEmoji(d, request.params.shortcode)
      return all()
    })
  }
}

const tooLarge = () =>
  new AppError('invalid', 'An emoji is at most 256 KB.', { reason: 'too-large', params: { maxBytes: MAX_EMOJI_BYTES } })

async function readParts(request: FastifyRequest): Promise<{ shortcode: string; file: Buffer }> {
  if (!request.isMultipart()) throw badBody()
  let shortcode: string | null = null
  let file: Buffer | null = null
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      if (part.fieldname === 'shortcode' && typeof part.value === 'string') shortcode = part.value
      continue
    }
    const bytes = await part.toBuffer()
    if (part.file.truncated || bytes.length > MAX_EMOJI_BYTES) throw tooLarge()
    if (part.fieldname === 'file') file = bytes
  }
  if (shortcode === null || file === null) throw badBody()
  return { shortcode, file }
}
