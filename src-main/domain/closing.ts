import { AppError } from './errors.ts'
import { closedAt, CLOSED_AT, ensureOpen } from './closed.ts'
import { owner } from './owner.ts'
import { origin, setting } from './rows.ts'
import { cancelScheduled, scheduledPage } from './scheduled.ts'
import { setSetting } from './settings.ts'
import { handleOf } from './uris.ts'
import type { Domain } from './domain.ts'

export { closedAt } from './closed.ts'

/**
 * The end of the account: every server that may know of it is told while the name is ours, and nothing can be written any more. What was
 * read and written stays readable at home until its owner removes the folder.
 */

const RECEIPT = 'closingReceipt'

/** How far the telling is: servers to tell, told, given up. */
export interface Receipt {
  total: number
  delivered: number
  failed: number
  /** Nothing is left to try. */
  settled: boolean
}

export interface Closing {
  state: 'open' | 'leaving' | 'closed'
  at: number | null
  total: number
  delivered: number
  failed: number
}

/**
 * Closes the account for ever. `confirm` is the owner's whole handle, typed by hand. What is scheduled is cancelled. Throws 'invalid'
 * (`confirm-wrong`, `no-address`), 'conflict' (`closed`). Event `account-closed`.
 */
export function closeAccount(d: Domain, confirm: string): void {
  d.store.transaction(() => {
    ensureOpen(d)
    const { id: accountId, username } = owner(d)
    const address = origin(d)
    if (address === null) {
      throw new AppError('invalid', 'There is no address yet, so nobody knows this account.', { reason: 'no-address' })
    }
    if (confirm.trim().replace(/^@?/, '@').toLowerCase() !== handleOf(address, username).toLowerCase()) {
      throw new AppError('invalid', 'Type your whole handle to confirm.', { reason: 'confirm-wrong' })
    }
    for (let waiting = scheduledPage(d, { limit: 100 }); waiting.length > 0; waiting = scheduledPage(d, { limit: 100 })) {
      for (const { id } of waiting) cancelScheduled(d, id)
    }
    setSetting(d, CLOSED_AT, d.now())
    d.events.append('account-closed', { accountId })
  })
}

/** How the closing stands. `seen`: what the outbox says of it now; null once it has forgotten: then the receipt counts. */
export function closing(d: Domain, seen: Receipt | null): Closing {
  const at = closedAt(d)
  if (at === null) return { state: 'open', at: null, total: 0, delivered: 0, failed: 0 }
  const kept = setting(d, RECEIPT) as Receipt | null
  const receipt = seen ?? kept
  if (seen && JSON.stringify(seen) !== JSON.stringify(kept)) setSetting(d, RECEIPT, seen)
  const { total = 0, delivered = 0, failed = 0, settled = false } = receipt ?? {}
  return { state: settled ? 'closed' : 'leaving', at, total, delivered, failed }
}
