import { AppError } from '../domain/errors.ts'
import { StoreError } from '../store/store.ts'

/** Errors whose text is one clear sentence for the owner, after which nothing has been touched and starting again would not help. */
export function isSentence(error: unknown): error is StoreError | AppError {
  if (error instanceof StoreError) return error.code !== 'worker' && error.code !== 'closed'
  return error instanceof AppError && error.code !== 'internal'
}
