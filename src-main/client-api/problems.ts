import { AppError } from '../domain/errors.ts'

/** The words Mastodon's clients look for (mastodon-api.md 2.3); the way from here to HTTP is `http/errors`. */

const KEPT = [/^Validation failed: /, /^The access token is invalid$/, /^This action is /, /^This method requires /, /^Record not found$/]

/** An error in the words of this API. A sentence of ours about bad input stays, behind the words that mark it as such. */
export function inMastodonWords(error: unknown): unknown {
  if (!(error instanceof AppError) || KEPT.some((words) => words.test(error.message))) return error
  const say = (text: string) => {
    const { statusCode } = error as AppError & { statusCode?: number }
    const told = new AppError(error.code, text, { retryable: error.retryable, params: error.params, cause: error })
    return Object.assign(told, error.reason === null ? {} : { reason: error.reason }, statusCode === undefined ? {} : { statusCode })
  }
  if (error.code === 'not-found') return say('Record not found')
  if (error.code === 'forbidden') return say('This action is not allowed')
  if (error.code === 'invalid' && error.reason !== 'invalid-body') return say(`Validation failed: ${error.message}`)
  return error
}

export const notFound = () => new AppError('not-found', 'Record not found')
