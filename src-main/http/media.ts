import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import files from '@fastify/static'
import { mediaByToken } from '../domain/media.ts'
import { rangeAsked } from './byte-range.ts'
import { NOT_FOUND } from './errors.ts'
import type { Domain } from '../domain/domain.ts'
import type { RemoteFilm, RemoteMedia } from '../domain/ports.ts'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { MediaLine, Place } from './media-line.ts'

/**
 * Pictures and other files: `/media/TOKEN/original.jpg` and `/media/TOKEN/small.jpg`. The token is an unguessable capability; no address
 * ever carries a URL to fetch. Types are an allow-list, nothing here can be a document or a script (rule 4).
 */

const TOO_LARGE = { error: 'Its server gives this film only whole, and it is too large for that. It can be seen where it was posted.' }
const SILENT = { error: 'The server of this film does not answer.' }
const BUSY = { error: 'Too many are fetching files from here right now.' }
const SERVED = /^(image\/(jpeg|png|webp|gif|avif)|video\/(mp4|webm|ogg|quicktime)|audio\/(mpeg|ogg|mp4|webm|wav|x-wav|flac|aac|x-m4a))$/

export interface MediaOptions {
  domain: Domain
  /** Who may see what: on the public listener only what has left, and others' files only if apps connect through it. */
  viewer: 'owner' | 'public'
  /** Whether apps connect here too: they show what they have just uploaded. */
  apps?: () => boolean
  remote: RemoteMedia | null
  /** A folder for the static plugin to start from; every file is sent with its own. */
  root: string
  /** Where strangers queue for the owner's own files; absent: nobody has to. */
  line?: MediaLine
}

type Film = Exclude<RemoteFilm, string>

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
      const file = /^[\w-]{16,64}$/.test(token) ? mediaByToken(options.domain, token, options.viewer, options.apps?.() ?? false) : null
      if (file && !file.own && options.remote) {
        const film = await options.remote.film(file.id)
        if (film === 'too-large') return reply.status(413).type('application/json; charset=utf-8').send(TOO_LARGE)
        if (film === 'none') return reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND)
        if (film !== 'whole') return sendFilm(film, request, described(reply, film.mime), `"${file.id}-${film.size}"`)
      }
      const found = file && (await locate(file, name.startsWith('small')))
      if (!found || !SERVED.test(found.mime)) return reply.status(404).type('application/json; charset=utf-8').send(NOT_FOUND)
      if (request.headers.range !== undefined) {
        const { size } = await stat(found.path)
        if (rangeAsked(request.headers.range, size) === 'beyond') return reply.status(416).header('Content-Range', `bytes */${size}`).send()
      }
      if (options.line && file.own && request.method === 'GET' && !(await takePlace(options.line, request, reply))) {
        const wait = COME_BACK_S + Math.floor(Math.random() * COME_BACK_S)
        return reply.status(503).header('Retry-After', String(wait)).type('application/json; charset=utf-8').send(BUSY)
      }
      return described(reply, found.mime).sendFile(basename(found.path), dirname(found.path), {
        contentType: false,
        cacheControl: false,
        acceptRanges: true,
        dotfiles: 'allow',
      })
    })

    /** What stands on every file: its own type and no other, no document, no script; and it never changes. */
    const described = (reply: FastifyReply, mime: string): FastifyReply =>
      reply
        .header('Content-Type', mime)
        .header('Content-Disposition', 'inline')
        .header('X-Content-Type-Options', 'nosniff')
        .header('Content-Security-Policy', "default-src 'none'; sandbox")
        .header('Cross-Origin-Resource-Policy', options.viewer === 'owner' ? 'same-origin' : 'cross-origin')
        .header('Cache-Control', options.viewer === 'owner' ? 'private, max-age=31536000, immutable' : 'public, max-age=604800, immutable')

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

/**
 * A film of somebody else's as it arrives. Players ask for a range and get what is there of it, at most one part: they ask again for the rest. Who asks for the
 * whole gets it part by part, each fetched when it is needed.
 */
async function sendFilm(film: Film, request: FastifyRequest, reply: FastifyReply, tag: string): Promise<FastifyReply> {
  void reply.header('Accept-Ranges', 'bytes').header('ETag', tag)
  if (request.headers['if-none-match'] === tag) return reply.status(304).send()
  const condition = request.headers['if-range']
  const asked = condition === undefined || condition === tag ? rangeAsked(request.headers.range, film.size) : null
  if (asked === 'beyond') return reply.status(416).header('Content-Range', `bytes */${film.size}`).send()
  const first = request.method === 'HEAD' && !asked ? null : await film.part(asked?.start ?? 0)
  if (request.method !== 'HEAD' && !first) {
    return reply.status(503).removeHeader('ETag').header('Cache-Control', 'no-store').type('application/json; charset=utf-8').send(SILENT)
  }
  if (asked && first) {
    const end = Math.min(asked.end, first.end)
    void reply
      .status(206)
      .header('Content-Range', `bytes ${asked.start}-${end}/${film.size}`)
      .header('Content-Length', end - asked.start + 1)
    if (request.method === 'HEAD') return headOnly(reply)
    return reply.send(createReadStream(first.path, { start: asked.start - first.start, end: end - first.start }))
  }
  void reply.header('Content-Length', film.size)
  return request.method === 'HEAD' ? headOnly(reply) : reply.send(Readable.from(wholeFilm(film), { objectMode: false }))
}

/** Fastify would say that there are no bytes, or read them all to count them. */
function headOnly(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>).end()
  return reply
}

async function* wholeFilm(film: Film): AsyncGenerator<Buffer> {
  for (let at = 0; at < film.size;) {
    const part = await film.part(at)
    // What has been said cannot be taken back: the connection ends before its length is reached.
    if (!part) throw new Error('a part of a film could not be had')
    yield* createReadStream(part.path) as AsyncIterable<Buffer>
    at = part.end + 1
  }
}
