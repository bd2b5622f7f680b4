import { AppError } from '../domain/errors.ts'
import type { ErrorCode } from '../domain/errors.ts'
import type { Log } from '../domain/ports.ts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** The one place where errors become HTTP. Safe texts only: no stack, no path, no body (rule 52). */

const STATUS: Record<ErrorCode, number> = {
  invalid: 422,
  'not-found': 404,
  forbidden: 403,
  unauthorized: 401,
  conflict: 409,
  'too-large': 413,
  unsupported: 415,
  'rate-limited': 429,
  'disk-full': 503,
  unavailable: 503,
  internal: 500,
}

export const NOT_FOUND = { error: 'Record not found' }

/** Any error as an AppError: ours as it is, the store's and Fastify's translated, everything else 'internal'. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code, statusCode, message } = error as Partial<FastifyError>
  if (code === 'disk-full')
    return new AppError('disk-full', 'The disk is full. Nothing was changed; try again when there is room.', { cause: error })
  if (statusCode === 413) return new AppError('too-large', 'That is too large.', { cause: error })
  if (statusCode === 415) return new AppError('unsupported', 'That content type is not understood here.', { cause: error })
  if (statusCode === 429) return new AppError('rate-limited', 'Too many requests', { cause: error })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError('invalid', 'The request could not be understood.', { cause: error, reason: 'invalid-body' })
  }
  return new AppError('internal', 'Something went wrong here.', { cause: error instanceof Error ? error : new Error(message) })
}

/** Fastify's error handler of both listeners. The owner API gets codes beside the sentence, everything else Mastodon's body. */
export function errorHandler(log: Log, full: () => void) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const appError = toAppError(error)
    const told = (error as Partial<FastifyError>).statusCode
    const status = told === 400 || told === 416 ? told : STATUS[appError.code]
    if (appError.code === 'disk-full') full()
    if (appError.code === 'internal') {
      log.error({ error: (appError.cause as Error | undefined)?.stack, route: request.routeOptions.url }, 'a request failed')
    }
    if (status === 503) reply.header('Retry-After', '30')
    const body = request.url.startsWith('/api/owner')
      ? {
          error: appError.message,
          code: appError.reason ?? (appError.code === 'invalid' ? 'invalid-body' : appError.code),
          params: appError.params,
        }
      : { error: appError.message, ...(appError.params.description ? { error_description: appError.params.description } : {}) }
    void reply.status(status).type('application/json; charset=utf-8').send(body)
  }
}
