import multipart from '@fastify/multipart'
import { AppError } from '../domain/errors.ts'
import { emptyBody, fromForm, fromJson, put } from './params.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Body, Upload } from './params.ts'

/** How bodies are read on these routes: every content type a client sends, and none at all (mastodon-api.md 2.4). */

/** The largest picture taken, as the instance says. */
export const MAX_IMAGE_BYTES = 16 * 1024 * 1024
/** No upload request is read further than this, whatever its parts are. */
const MAX_REQUEST_BYTES = 99 * 1024 * 1024

/** Registers the parsers on an encapsulated instance; `request.body` becomes a `Body`. */
export async function registerBodies(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers()
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { fieldNameSize: 200, fieldSize: 512 * 1024, fields: 200, files: 4, parts: 204, fileSize: MAX_IMAGE_BYTES },
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
    if (request.isMultipart() && Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) {
      throw new AppError('too-large', 'That is too large.')
    }
  })
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = await readParts(request)
  })
}

function json(text: string): Body {
  if (text.trim() === '') return emptyBody()
  try {
    return { values: fromJson(JSON.parse(text)), files: new Map() }
  } catch (cause) {
    throw Object.assign(new AppError('invalid', 'The body is not valid JSON.', { reason: 'invalid-body', cause }), { statusCode: 400 })
  }
}

const form = (text: string): Body => ({ values: fromForm(text), files: new Map() })

async function readParts(request: FastifyRequest): Promise<Body> {
  const body = emptyBody()
  const files = new Map<string, Upload>()
  let left = MAX_REQUEST_BYTES
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      if (typeof part.value === 'string') put(body.values, part.fieldname, part.value)
      continue
    }
    const pieces: Buffer[] = []
    for await (const piece of part.file as AsyncIterable<Buffer>) {
      left -= piece.length
      if (left < 0) throw new AppError('too-large', 'That is too large.')
      pieces.push(piece)
    }
    files.set(part.fieldname, { bytes: Buffer.concat(pieces), truncated: part.file.truncated })
  }
  return { values: body.values, files }
}
