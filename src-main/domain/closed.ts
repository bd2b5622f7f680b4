import { AppError } from './errors.ts'
import { setting } from './rows.ts'
import type { Domain } from './domain.ts'

/** Whether the owner has closed the account; what closing does stands in `closing`. */

export const CLOSED_AT = 'closedAt'

/** When the account was closed, or null. */
export function closedAt(d: Domain): number | null {
  const value = setting(d, CLOSED_AT)
  return typeof value === 'number' ? value : null
}

/** Throws 'conflict' (`closed`) once the account is closed: nothing can be written any more that others would have to hear of. */
export function ensureOpen(d: Domain): void {
  if (closedAt(d) !== null) throw new AppError('conflict', 'This account is closed.', { reason: 'closed' })
}
