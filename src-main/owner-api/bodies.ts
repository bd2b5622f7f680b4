import { AppError } from '../domain/errors.ts'
import { parseId } from '../domain/uris.ts'
import type { FastifyRequest } from 'fastify'

/** What routes read of a request, checked. */

export const iso = (ms: number) => new Date(ms).toISOString()
export const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms))

export const badBody = () => new AppError('invalid', 'The body is not what this route takes.', { reason: 'invalid-body' })
export const notFound = () => new AppError('not-found', 'There is no such item.')

/** The JSON object of a body; its members are still anything. */
export function body<T extends object>(request: FastifyRequest): { [K in keyof T]?: unknown } {
  if (typeof request.body !== 'object' || request.body === null || Array.isArray(request.body)) {
    throw new AppError('invalid', 'The body must be a JSON object.', { reason: 'invalid-body' })
  }
  return request.body
}

/** A text that is not empty; `most` characters at most. */
export function text(value: unknown, most = 2_048): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > most) throw badBody()
  return value.trim()
}

export interface ById {
  Params: { id: string }
}
/** Our id in a path, or 'not-found'. */
export function idOf(request: FastifyRequest<ById>): number {
  const id = parseId(request.params.id)
  if (id === null) throw notFound()
  return id
}
