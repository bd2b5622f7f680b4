import { createWriteStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import { AppError } from '../domain/errors.ts'
import { emptyBody, fromForm, fromJson, put } from './params.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Body, Upload } from './params.ts'

type Blobs = Domain['store']['blobs']

/** How bodies are read on these routes: every content type a client sends, and none at all (mastodon-api.md 2.4). */

/** The largest picture taken, as the instance says (Mastodon's limit). */
export const MAX_IMAGE_BYTES = 16 * 1024 * 1024
/** The largest film or sound taken, as the instance says (Mastodon's limit). */
export const MAX_FILM_BYTES = 99 * 1024 * 1024
/** A film, its picture and its words: no request is read further than this. */
const MAX_REQUEST_BYTES = MAX_FILM_BYTES + MAX_IMAGE_BYTES + 1024 * 1024
/** Of requests that take no files, and of the words beside files: as much as of any other body. Everything up to here may be held in memory. */
const MAX_WORDS_BYTES = 1024 * 1024
/** One value among the words. */
const MAX_VALUE_BYTES = 512 * 1024
/** Files in one request. */
const MAX_FILES = 4

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Files that a route takes, by the names of their parts, with the most bytes of each. Of other routes, files are read and thrown away. */
    uploads?: Record<string, number>
  }
}

/**
 * Registers the parsers on an encapsulated instance; `request.body` becomes a `Body`. Files go to `blobs` piece by piece as they arrive, never whole into memory,
 * and are gone when their request is over, however it ends.
 */
export async function registerBodies(app: FastifyInstance, blobs: Blobs): Promise<void> {
  app.removeAllContentTypeParsers()
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { fieldNameSize: 200, fieldSize: MAX_VALUE_BYTES, fields: 200, files: MAX_FILES, parts: 204, fileSize: MAX_FILM_BYTES },
  })
  app.addContentTypeParser<string>(/^application\/(.+\+)?json\b/, { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
    json(text),
  )
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, text: string) => form(text),
  )
  // A missing or wrong content type: Lobsters' client sends its token request so.
  app.addContentTypeParser<string>('*', { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
    text.trimStart().startsWith('{') ? json(text) : form(text),
  )
  app.addHook('onRequest', async (request) => {
    // `isMultipart` only knows once the body is about to be read: too late for this.
    const multi = request.headers['content-type']?.toLowerCase().startsWith('multipart/') ?? false
    if (multi && Number(request.headers['content-length'] ?? 0) > mostOf(request)) throw tooLarge(request)
  })
  app.addHook('preValidation', async (request, reply) => {
    if (!request.isMultipart()) return
    try {
      request.body = await readParts(request, reply, blobs)
    } catch (error) {
      // Whatever else of it arrives is kept by nobody.
      request.raw.unpipe()
      request.raw.resume()
      throw isBroken(error) ? notAsDeclared('The body is not valid multipart.', error) : error
    }
  })
}

function json(text: string): Body {
  if (text.trim() === '') return emptyBody()
  try {
    return { values: fromJson(JSON.parse(text)), files: new Map() }
  } catch (cause) {
    throw notAsDeclared('The body is not valid JSON.', cause)
  }
}

const notAsDeclared = (sentence: string, cause: unknown) =>
  Object.assign(new AppError('invalid', sentence, { reason: 'invalid-body', cause }), { statusCode: 400 })

/** The parser's own complaints have neither code nor status; those of the disk and of Fastify have. */
const isBroken = (error: unknown) =>
  error instanceof Error && !(error instanceof AppError) && !('code' in error) && !('statusCode' in error)

const form = (text: string): Body => ({ values: fromForm(text), files: new Map() })

const takesFiles = (request: FastifyRequest) => request.routeOptions.config.uploads !== undefined
const mostOf = (request: FastifyRequest) => (takesFiles(request) ? MAX_REQUEST_BYTES : MAX_WORDS_BYTES)
const tooLarge = (request: FastifyRequest) =>
  new AppError(
    'too-large',
    takesFiles(request)
      ? `That is too large: a film may have ${mega(MAX_FILM_BYTES)} MB, a picture ${mega(MAX_IMAGE_BYTES)} MB.`
      : 'That is too large.',
  )
const mega = (bytes: number) => Math.floor(bytes / 1024 / 1024)

async function readParts(request: FastifyRequest, reply: FastifyReply, blobs: Blobs): Promise<Body> {
  const body = emptyBody()
  const files = new Map<string, Upload>()
  const paths: string[] = []
  const taken = request.routeOptions.config.uploads ?? {}
  // Once the answer has gone, or whoever sent it: both close.
  reply.raw.once('close', () => void removeAll(paths))
  let left = mostOf(request)
  let words = MAX_WORDS_BYTES
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      words -= part.fieldname.length + (typeof part.value === 'string' ? part.value.length : MAX_VALUE_BYTES)
      if (words < 0) throw tooLarge(request)
      if (typeof part.value === 'string') put(body.values, part.fieldname, part.value)
      continue
    }
    const most = taken[part.fieldname]
    if (most === undefined || files.has(part.fieldname)) {
      for await (const piece of part.file as AsyncIterable<Buffer>) if ((left -= piece.length) < 0) throw tooLarge(request)
      continue
    }
    const path = await blobs.temporary()
    paths.push(path)
    let size = 0
    const counted = async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        left -= piece.length
        if (left < 0) throw tooLarge(request)
        size += piece.length
        if (size <= most) yield piece
      }
    }
    await pipeline(counted(part.file as AsyncIterable<Buffer>), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    files.set(part.fieldname, { path, size, truncated: part.file.truncated || size > most })
  }
  if (reply.raw.destroyed) await removeAll(paths)
  return { values: body.values, files }
}

/** The bytes of an upload: for pictures, which are small. */
export const readUpload = (upload: Upload): Promise<Buffer> => readFile(upload.path)

async function removeAll(paths: string[]): Promise<void> {
  for (const path of paths.splice(0)) await rm(path, { force: true, maxRetries: 3 }).catch(() => undefined)
}
