import { basename, dirname } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import files from '@fastify/static'
import { mediaByToken } from '../domain/media.ts'
import { NOT_FOUND } from './errors.ts'
import type { Domain } from '../domain/domain.ts'
import type { RemoteMedia } from '../domain/ports.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { MediaLine, Place } from './media-line.ts'

/**
 * Pictures and other files: `/media/TOKEN/original.jpg` and `/media/TOKEN/small.jpg`. The token is an unguessable capability; no address
 * ever carries a URL to fetch. Types are an allow-list, nothing here can be a document or a script (rule 4).
 */

const BUSY = { error: 'Too many are fetching files from here right now.' }
const SERVED = /^(image\/(jpeg|png|webp|gif|avif)|video\/(mp4|webm|ogg|quicktime)|audio\/(mpeg|ogg|mp4|webm|wav|x-wav|flac|aac|x-m4a))$/

export interface MediaOptions {
  domain: Domain
  /** Who may see what: on the public listener only what has left, and others' files only if apps connect through it. */
  viewer: 'owner' | 'public'
  remote: RemoteMedia | null
  /** A folder for the static plugin to start from; every file is sent with its own. */
  root: string
  /** Where strangers queue for the owner's own files; absent: nobody has to. */
  line?: MediaLine
}

/** Those who found no place come back spread over as many seconds again. */
const COME_BACK_S = 30

export function mediaFiles(options: MediaOptions): FastifyPluginAsync {
  return async (app) => {
    if (!app.hasReplyDecorator('sendFile')) await app.register(files, { root: options.root, serve: false })
    const places = new WeakMap<FastifyRequest, Place>()
    const takePlace = async (line: MediaLine, request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
      const place = await line.enter()
      if (!place) return false
      places.set(request, place)
      reply.raw.once('close', () => place.leave())
      // Whoever hung up while waiting has no more use for it.
      if (reply.raw.destroyed) place.leave()
      return true
    }
    type File = { Params: { token: string; name: string } }
    const atCommonPace = async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
      const place = places.get(request)
      if (!place || typeof (payload as Readable | null)?.pipe !== 'function') return payload
      place.watch(Number(reply.getHeader('content-length') ?? 0), () => reply.raw.destroy())
      return pipeline(payload as Readable, place.pace(), () => undefined)
    }
    app.get<File>('/media/:token/:name', { onSend: atCommonPace }, async (request, reply) => {
      const { token, name } = request.params
      const file = /^[\w-]{16,64}$/.test(token) ? mediaByToken(options.domain, token, options.viewer) : null
      const found = file && (await locate(file, name.startsWith('small')))
      if (!found || !SERVED.test(found.mime)) return reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND)
      if (options.line && file.own && request.method === 'GET' && !(await takePlace(options.line, request, reply))) {
        const wait = COME_BACK_S + Math.floor(Math.random() * COME_BACK_S)
        return reply.status(503).header('Retry-After', String(wait)).type('application/json; charset=utf-8').send(BUSY)
      }
      return reply
        .header('Content-Type', found.mime)
        .header('Content-Disposition', 'inline')
        .header('X-Content-Type-Options', 'nosniff')
        .header('Content-Security-Policy', "default-src 'none'; sandbox")
        .header('Cross-Origin-Resource-Policy', options.viewer === 'owner' ? 'same-origin' : 'cross-origin')
        .header('Cache-Control', options.viewer === 'owner' ? 'private, max-age=31536000, immutable' : 'public, max-age=604800, immutable')
        .sendFile(basename(found.path), dirname(found.path), {
          contentType: false,
          cacheControl: false,
          acceptRanges: true,
          dotfiles: 'allow',
        })
    })

    async function locate(
      file: NonNullable<ReturnType<typeof mediaByToken>>,
      small: boolean,
    ): Promise<{ path: string; mime: string } | null> {
      if (file.own) {
        const blob = small ? (file.previewBlob ?? file.blob) : file.blob
        if (!blob) return null
        const mime = small && file.previewBlob ? file.previewMime : file.mime
        return mime ? { path: options.domain.store.blobs.path(blob), mime } : null
      }
      return options.remote ? options.remote.open(file.id) : null
    }
  }
}
