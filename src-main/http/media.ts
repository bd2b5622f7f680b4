import { basename, dirname } from 'node:path'
import files from '@fastify/static'
import { mediaByToken } from '../domain/media.ts'
import { NOT_FOUND } from './errors.ts'
import type { Domain } from '../domain/domain.ts'
import type { RemoteMedia } from '../domain/ports.ts'
import type { FastifyPluginAsync } from 'fastify'

/**
 * Pictures and other files: `/media/TOKEN/original.jpg` and `/media/TOKEN/small.jpg`. The token is an unguessable capability; no address
 * ever carries a URL to fetch. Types are an allow-list, nothing here can be a document or a script (rule 4).
 */

const SERVED = /^(image\/(jpeg|png|webp|gif|avif)|video\/(mp4|webm|ogg|quicktime)|audio\/(mpeg|ogg|mp4|webm|wav|x-wav|flac|aac|x-m4a))$/

export interface MediaOptions {
  domain: Domain
  /** Who may see what: on the public listener only what has left, and others' files only if apps connect through it. */
  viewer: 'owner' | 'public'
  remote: RemoteMedia | null
  /** A folder for the static plugin to start from; every file is sent with its own. */
  root: string
}

export function mediaFiles(options: MediaOptions): FastifyPluginAsync {
  return async (app) => {
    if (!app.hasReplyDecorator('sendFile')) await app.register(files, { root: options.root, serve: false })
    app.get<{ Params: { token: string; name: string } }>('/media/:token/:name', async (request, reply) => {
      const { token, name } = request.params
      const file = /^[\w-]{16,64}$/.test(token) ? mediaByToken(options.domain, token, options.viewer) : null
      const found = file && (await locate(file, name.startsWith('small')))
      if (!found || !SERVED.test(found.mime)) return reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND)
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
